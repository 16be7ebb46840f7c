//! Writes what only one reader's mail has: how to leave, and an envelope sender by which a bounce names its reader. The field
//! `To` every mail has from where it is put together.

use std::fmt::Write as _;
use std::str::FromStr;

use lettre::message::Mailbox;

use super::address::edition_token;
use crate::archive::{ActiveReader, MailObject, bounce_token, leave_token};
use crate::digest::Edition;
use crate::mail::comparable_address;
use crate::secret::InstallationKey;

/// The ways from a reader back to this installation.
#[derive(Clone, Copy, Debug)]
pub struct ReaderHeader<'a> {
    /// The key of the readers' tokens.
    pub key: &'a InstallationKey,
    /// The address whose mail comes into the watched mailbox; `None` where it is not known: nobody can leave by mail then.
    pub mailbox: Option<&'a str>,
    /// The envelope's sender, with a `*` for the token; `None` is the edition's sender, the same for all.
    pub bounce_address: Option<&'a str>,
}

impl ReaderHeader<'_> {
    /// Gives those of the mail's recipients that are `readers` of the edition what is theirs. The others have only their
    /// address: who is no reader has nothing to leave.
    pub fn add(&self, mail: &mut MailObject, edition: &Edition, readers: &[ActiveReader]) {
        let leave_address = self.mailbox.filter(|_| edition.unsubscribe);
        let leave_address = leave_address.and_then(uri_address);
        let name = edition_token(&edition.name);
        let mut readers = readers.iter().peekable();
        for recipient in &mut mail.recipients {
            // The readers are some of the recipients, in the same order.
            let reader = readers.next_if(|reader| reader.address == recipient.address);
            let Some(ActiveReader { generation, .. }) = reader else {
                continue;
            };
            let reader = (edition.name.as_str(), recipient.address.as_str());
            if let Some(address) = &leave_address {
                let token = leave_token(self.key, reader.0, reader.1, *generation);
                // One line, though it is long: not every program joins what is folded inside the brackets.
                let field = format!(
                    "List-Unsubscribe: <mailto:{address}?subject=unsubscribe%20{name}%20{token}>\r\n"
                );
                // Ten thousand of them are in memory at once.
                recipient.own.reserve_exact(field.len());
                recipient.own.extend_from_slice(field.as_bytes());
            }
            if let Some(pattern) = self.bounce_address {
                let token = bounce_token(self.key, reader.0, reader.1, *generation);
                recipient.sender = Some(pattern.replacen('*', &token, 1));
            }
        }
    }
}

/// Takes from a mail's recipients those who are not among `readers`, because they left or their mail comes back.
pub fn keep_readers(mail: &mut MailObject, readers: &[ActiveReader]) {
    let mut kept = readers.iter().map(|reader| &reader.address).peekable();
    // The readers are some of the recipients, in the same order.
    mail.recipients
        .retain(|recipient| kept.next_if_eq(&&recipient.address).is_some());
}

/// Writes an address as the path of a `mailto` (RFC 6068 section 2); `None` when it is no address.
fn uri_address(address: &str) -> Option<String> {
    let mailbox = Mailbox::from_str(address.trim()).ok()?;
    let address = comparable_address(mailbox.email.as_ref());
    let (local, domain) = address.rsplit_once('@')?;
    let mut path = String::with_capacity(address.len());
    for byte in local.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~!$'*+".contains(&byte) {
            path.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(path, "%{byte:02X}");
        }
    }
    path.push('@');
    for c in domain.chars() {
        match c {
            '[' => path.push_str("%5B"),
            ']' => path.push_str("%5D"),
            c => path.push(c),
        }
    }
    path.is_ascii().then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::Recipient;

    fn mail(readers: &[&str]) -> MailObject {
        MailObject {
            message_id: "x.nikkan@id.example.net".into(),
            sender: "nikkan@example.net".into(),
            recipients: readers.iter().copied().map(Recipient::plain).collect(),
            bytes: b"Subject: x\r\n\r\n".to_vec(),
        }
    }

    fn reader(address: &str, generation: i64) -> ActiveReader {
        ActiveReader {
            address: address.into(),
            generation,
        }
    }

    fn key() -> InstallationKey {
        InstallationKey::of_none()
    }

    #[test]
    fn each_reader_can_leave_and_bounces_by_a_token_of_their_own() {
        let (key, edition) = (key(), Edition::unconfigured());
        let header = ReaderHeader {
            key: &key,
            mailbox: Some("Watcher <in+box@Example.net>"),
            bounce_address: Some("nikkan+*@example.net"),
        };
        let mut mail = mail(&["a@example.org", "b@example.org", "guest@example.org"]);
        let readers = [reader("a@example.org", 0), reader("b@example.org", 2)];
        header.add(&mut mail, &edition, &readers);
        for (recipient, generation) in mail.recipients.iter().zip([0, 2]) {
            let token = leave_token(&key, "daily", &recipient.address, generation);
            assert_eq!(
                String::from_utf8_lossy(&recipient.own),
                format!(
                    "List-Unsubscribe: <mailto:in+box@example.net?subject=unsubscribe%20daily%20{token}>\r\n"
                )
            );
            let token = bounce_token(&key, "daily", &recipient.address, generation);
            let sender = format!("nikkan+{token}@example.net");
            assert_eq!(recipient.sender, Some(sender));
        }
        assert_ne!(mail.recipients[0].own, mail.recipients[1].own);
        assert_eq!(mail.recipients[2], Recipient::plain("guest@example.org"));
    }

    #[test]
    fn where_a_list_server_lets_its_readers_leave_or_no_address_is_known_there_is_no_such_field() {
        let (key, mut edition) = (key(), Edition::unconfigured());
        let readers = [reader("a@example.org", 0)];
        let mut header = ReaderHeader {
            key: &key,
            mailbox: None,
            bounce_address: None,
        };
        let plain = mail(&["a@example.org"]);
        for (mailbox, unsubscribe) in [
            (None, true),
            (Some("reader"), true),
            (Some("in@example.net"), false),
        ] {
            (header.mailbox, edition.unsubscribe) = (mailbox, unsubscribe);
            let mut mail = plain.clone();
            header.add(&mut mail, &edition, &readers);
            assert_eq!(mail, plain, "{mailbox:?}");
        }
    }

    #[test]
    fn who_left_is_taken_from_the_recipients() {
        let mut mail = mail(&["a@example.org", "b@example.org", "c@example.org"]);
        let readers = [reader("a@example.org", 0), reader("c@example.org", 1)];
        keep_readers(&mut mail, &readers);
        let kept = ["a@example.org", "c@example.org"].map(Recipient::plain);
        assert_eq!(mail.recipients, kept);
        keep_readers(&mut mail, &[]);
        assert!(mail.recipients.is_empty());
    }

    #[test]
    fn an_address_in_a_uri_means_itself() {
        for (address, uri) in [
            ("a.b+c@example.net", Some("a.b+c@example.net")),
            ("a&b?c=d%@example.net", Some("a%26b%3Fc%3Dd%25@example.net")),
            ("g@bücher.example", Some("g@xn--bcher-kva.example")),
            ("grüße@example.net", Some("gr%C3%BC%C3%9Fe@example.net")),
            ("reader", None),
            ("a@b.example>\r\nBcc: x@y.example", None),
        ] {
            assert_eq!(uri_address(address).as_deref(), uri, "{address}");
        }
    }
}
