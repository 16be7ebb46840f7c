//! Prints commands to a list server (Mailman 3): the request to join or to leave, and the answer to its confirmation.

use std::str::FromStr;

use jiff::Timestamp;
use lettre::Address;
use lettre::message::Mailbox;

use super::PrintError;
use super::address::{ID_END, edition_token, id_domain, short_hash};
use super::outgoing::{Origin, Outgoing};
use crate::announcement::List;
use crate::archive::{MailObject, SubscriptionAction};

/// Prints the request of `address` to join or to leave a list: a mail to `LIST-join@…`.
///
/// # Errors
/// One of the addresses is none.
pub fn subscription_request(
    list: &List,
    action: SubscriptionAction,
    address: &str,
    now: Timestamp,
) -> Result<MailObject, PrintError> {
    let (name, domain) = split_address(list)?;
    let to = format!("{name}-{}@{domain}", action.name());
    // Two requests are two mails, also where the same is asked again.
    let about = format!("{}-{}", action.name(), now.as_microsecond());
    let command = Command {
        to: &to,
        subject: action.name(),
        about: &about,
        origin: Origin::Asked,
    };
    command.print(list, address, now)
}

/// Prints the answer to a confirmation: a mail to `LIST-confirm+TOKEN@…`. The same token gives the same Message-ID.
///
/// # Errors
/// One of the addresses is none, or the token would not be one.
pub fn confirmation_reply(
    list: &List,
    address: &str,
    token: &str,
    now: Timestamp,
) -> Result<MailObject, PrintError> {
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return Err(PrintError::Address(format!(
            "the token for {} is none",
            list.name
        )));
    }
    let (name, domain) = split_address(list)?;
    let to = format!("{name}-confirm+{token}@{domain}");
    let about = format!("confirm-{}", short_hash(&[token]));
    let command = Command {
        to: &to,
        subject: "Re: confirm",
        about: &about,
        origin: Origin::Replied,
    };
    command.print(list, address, now)
}

/// Splits a list's address into its name and domain.
fn split_address(list: &List) -> Result<(String, String), PrintError> {
    let address = list.address();
    let parts = address.split_once('@');
    let (name, domain) = parts.ok_or_else(|| {
        PrintError::Address(format!(
            "id of list `{}`: `{}` has no domain, write it like i-d-announce.ietf.org",
            list.name, list.id
        ))
    })?;
    Ok((name.to_owned(), domain.to_owned()))
}

/// What a list server reads of a mail is where it goes; the subject and the body are for people, and for filters that
/// take a mail without them for spam.
struct Command<'a> {
    to: &'a str,
    subject: &'a str,
    about: &'a str,
    origin: Origin,
}

impl Command<'_> {
    fn print(&self, list: &List, from: &str, now: Timestamp) -> Result<MailObject, PrintError> {
        let address = |text: &str| {
            Address::from_str(text.trim()).map_err(|error| {
                PrintError::Address(format!("`{text}` is no mail address ({error})"))
            })
        };
        let (from, to) = (address(from)?, address(self.to)?);
        let name = edition_token(&list.name);
        let right = id_domain(from.domain());
        let mail = Outgoing {
            from: Mailbox::new(None, from),
            to: vec![Mailbox::new(None, to)],
            reply_to: None,
            subject: self.subject.to_owned(),
            date: now,
            message_id: format!("{name}.{}.{ID_END}{right}", self.about),
            origin: self.origin,
            fields: Vec::new(),
        };
        Ok(mail.plain(format!("{}\r\n", self.subject)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(mail: &MailObject) -> Vec<&str> {
        let recipients = mail.recipients.iter();
        recipients.map(|one| one.address.as_str()).collect()
    }

    fn list() -> List {
        List {
            name: "drafts".into(),
            id: "I-D-Announce.ietf.org".into(),
        }
    }

    fn now() -> Timestamp {
        "2025-11-28T12:00:00Z".parse().unwrap()
    }

    #[test]
    fn a_request_goes_to_the_lists_own_address() {
        let mail = subscription_request(
            &list(),
            SubscriptionAction::Join,
            "reader@mail.example",
            now(),
        )
        .unwrap();
        assert_eq!(addresses(&mail), ["i-d-announce-join@ietf.org"]);
        assert_eq!(mail.sender, "reader@mail.example");
        let text = String::from_utf8(mail.as_first()).unwrap();
        assert!(text.contains("From: reader@mail.example\r\n"), "{text}");
        assert!(
            text.starts_with("To: i-d-announce-join@ietf.org\r\n"),
            "{text}"
        );
        let mail = subscription_request(
            &list(),
            SubscriptionAction::Leave,
            "reader@mail.example",
            now(),
        )
        .unwrap();
        assert_eq!(addresses(&mail), ["i-d-announce-leave@ietf.org"]);
    }

    #[test]
    fn an_answer_carries_the_token_in_its_address_and_is_always_the_same_mail() {
        let answer = |token| confirmation_reply(&list(), "reader@mail.example", token, now());
        let mail = answer("c449c43d476c1fae").unwrap();
        assert_eq!(
            addresses(&mail),
            ["i-d-announce-confirm+c449c43d476c1fae@ietf.org"]
        );
        let text = String::from_utf8(mail.bytes.clone()).unwrap();
        assert!(text.contains("Auto-Submitted: auto-replied\r\n"), "{text}");
        assert_eq!(answer("c449c43d476c1fae").unwrap(), mail);
        assert_ne!(
            answer("d449c43d476c1fae").unwrap().message_id,
            mail.message_id
        );
    }

    #[test]
    fn nothing_can_be_smuggled_in() {
        for token in ["", "a\r\nBcc: x@y.example", "a@evil.example", "a b", "ü"] {
            assert!(
                confirmation_reply(&list(), "reader@mail.example", token, now()).is_err(),
                "{token}"
            );
        }
        for address in [
            "reader",
            "a@b.example\r\nBcc: c@d.example",
            "a@b.example, c@d.example",
        ] {
            assert!(
                subscription_request(&list(), SubscriptionAction::Join, address, now()).is_err(),
                "{address}"
            );
        }
        let nowhere = List {
            name: "x".into(),
            id: "x".into(),
        };
        assert!(
            subscription_request(
                &nowhere,
                SubscriptionAction::Join,
                "reader@mail.example",
                now()
            )
            .is_err()
        );
    }
}
