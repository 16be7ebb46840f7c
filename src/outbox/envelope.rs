//! The two addresses of an envelope as they are said in MAIL and RCPT (RFC 5321 section 4.1.2): domains in A-labels, and
//! nothing in them that could end a command.

use lettre::Address;

use crate::mail::comparable_address;

/// A sender and a recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Envelope {
    sender: String,
    recipient: String,
}

impl Envelope {
    /// Reads both addresses.
    ///
    /// # Errors
    /// One of them is none; says which, and why.
    pub(super) fn read(sender: &str, recipient: &str) -> Result<Self, String> {
        let read = |role: &str, text: &str| {
            checked(text).map_err(|why| format!("{role} {}: {why}", text.escape_debug()))
        };
        Ok(Envelope {
            sender: read("sender", sender)?,
            recipient: read("recipient", recipient)?,
        })
    }

    /// Returns MAIL without its parameters.
    pub(super) fn mail(&self) -> String {
        format!("MAIL FROM:<{}>", self.sender)
    }

    /// Returns RCPT.
    pub(super) fn rcpt(&self) -> String {
        format!("RCPT TO:<{}>", self.recipient)
    }

    /// Returns the first address with letters outside ASCII: only a server with SMTPUTF8 takes it (RFC 6531).
    pub(super) fn outside_ascii(&self) -> Option<&str> {
        let both = [&self.sender, &self.recipient];
        let found = both.into_iter().find(|address| !address.is_ascii());
        found.map(String::as_str)
    }
}

/// Returns an address as it is said.
///
/// # Errors
/// It is none.
fn checked(text: &str) -> Result<String, String> {
    let address: Address = text
        .trim()
        .parse()
        .map_err(|why: lettre::address::AddressError| why.to_string())?;
    let address = comparable_address(address.as_ref());
    // Of what stands within quotes nobody else has looked at each character.
    let breaks_out = |c: char| c.is_control() || matches!(c, '<' | '>');
    match address.contains(breaks_out) {
        true => Err("it holds a character that no address may".into()),
        false => Ok(address),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn domains_are_said_in_a_labels_and_local_parts_as_they_are() {
        for (address, said, plain) in [
            ("reader@example.net", "reader@example.net", true),
            ("Reader@EXAMPLE.net", "Reader@example.net", true),
            (
                "reader@bücher.example",
                "reader@xn--bcher-kva.example",
                true,
            ),
            ("grüße@例え.jp", "grüße@xn--r8jz45g.jp", false),
            ("\"a reader\"@example.net", "\"a reader\"@example.net", true),
            ("reader@[192.0.2.1]", "reader@[192.0.2.1]", true),
        ] {
            let envelope = Envelope::read("nikkan@example.net", address).unwrap();
            assert_eq!(envelope.rcpt(), format!("RCPT TO:<{said}>"));
            assert_eq!(envelope.outside_ascii().is_none(), plain, "{address}");
            let envelope = Envelope::read(address, "reader@example.net").unwrap();
            assert_eq!(envelope.mail(), format!("MAIL FROM:<{said}>"));
        }
    }

    #[test]
    fn what_is_no_address_is_said_to_nobody() {
        for text in [
            "",
            "reader",
            "@example.net",
            "a@b@example.net",
            "reader@example.net>\r\nDATA",
            "\"a\r\nRCPT TO:<x@example.net>\"@example.net",
            "\"a>b\"@example.net",
            "reader@exa mple.net",
            "reader@example.net\u{7}",
        ] {
            let error = Envelope::read("nikkan@example.net", text).unwrap_err();
            assert!(
                error.starts_with("recipient ") && !error.contains('\n'),
                "{error}"
            );
        }
    }
}
