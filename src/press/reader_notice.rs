//! Prints the words about readers: the last one to a reader who has left, and the one to the operator about readers who left
//! or whose mail comes back.

use std::fmt::Write as _;
use std::str::FromStr;

use jiff::Timestamp;
use lettre::message::Mailbox;

use super::address::{ID_END, edition_token, id_domain, sender_domain};
use super::outgoing::{Origin, Outgoing, field};
use super::{PrintError, clean};
use crate::archive::{MailObject, ReaderChange, ReaderState};
use crate::digest::Edition;
use crate::secret::InstallationKey;
use crate::wording::say;

/// The longest answer of a server that is told, in characters.
const SAID: usize = 500;
/// The longest Message-ID that is answered to: a line may have no more (RFC 5322 section 2.1.1).
const ANSWERED_ID: usize = 900;

/// Prints the last word to a reader, who can come back by writing to `contact`. It is an answer to the mail that asked
/// (RFC 3834), and goes to the reader's own address, whoever that mail says it was from.
///
/// # Errors
/// The edition's sender or the reader's address is no mail address.
pub fn farewell(
    key: &InstallationKey,
    edition: &Edition,
    contact: &str,
    change: &ReaderChange,
    now: Timestamp,
) -> Result<MailObject, PrintError> {
    let reader = &change.reader;
    let values = [
        ("edition", edition.name.as_str().into()),
        ("address", reader.address.as_str().into()),
        ("contact", contact.into()),
    ];
    let phrase = |key: &str| say(edition.language, key, &values);
    let text = ["farewell-done", "farewell-back"].map(phrase).join("\n\n") + "\n";
    let since = reader.since.to_string();
    let mut fields = vec![field("X-Nikkan-Edition", edition_token(&edition.name))];
    if is_message_id(&change.request) {
        fields.push(field("In-Reply-To", format!("<{}>", change.request)));
    }
    let mail = Outgoing {
        from: address("from", &edition.from)?,
        to: vec![address("reader", &reader.address)?],
        reply_to: Some(address("operator", contact)?),
        subject: phrase("farewell-subject"),
        date: now,
        message_id: words_id(key, edition, "left", &[&reader.address, &since]),
        origin: Origin::Replied,
        fields,
    };
    Ok(mail.plain(text))
}

/// Prints the word to `operator` about readers of one edition.
///
/// # Errors
/// The edition's sender or the operator is no mail address.
pub fn reader_notice(
    key: &InstallationKey,
    edition: &Edition,
    operator: &str,
    changes: &[ReaderChange],
    now: Timestamp,
) -> Result<MailObject, PrintError> {
    let of = |state: ReaderState| changes.iter().filter(move |it| it.reader.state == state);
    let name = &edition.name;
    let mut text = String::new();
    let (left, bouncing) = (
        of(ReaderState::Left).count(),
        of(ReaderState::Bouncing).count(),
    );
    // Writing to a string cannot fail.
    if left > 0 {
        let _ = writeln!(text, "Left the edition {name} by mail:\n");
        for change in of(ReaderState::Left) {
            let since = change.reader.since.strftime("%F %H:%M:%S UTC");
            let _ = writeln!(text, "  {} ({since})", change.reader.address);
        }
        text.push('\n');
    }
    if bouncing > 0 {
        let _ = writeln!(text, "Came back from three digests of {name} in a row:\n");
        for change in of(ReaderState::Bouncing) {
            let said = clean::line(&change.reader.why, SAID);
            let _ = writeln!(
                text,
                "  {}\n  the last answer was: {said}",
                change.reader.address
            );
        }
        text.push('\n');
    }
    let _ = writeln!(
        text,
        "Nothing more of {name} is sent to them. They stay in `to` of the configuration until you take them out; to bring one back:\n"
    );
    for change in changes {
        let _ = writeln!(
            text,
            "  nikkan readers --back {} --edition {name}",
            change.reader.address
        );
    }
    let mut marks: Vec<String> = Vec::new();
    for ReaderChange { id, reader, .. } in changes {
        marks.push(format!("{id} {} {}", reader.state.name(), reader.since));
    }
    let marks: Vec<&str> = marks.iter().map(String::as_str).collect();
    let mail = Outgoing {
        from: address("from", &edition.from)?,
        to: vec![address("operator", operator)?],
        reply_to: None,
        subject: subject(name, left, bouncing),
        date: now,
        message_id: words_id(key, edition, "readers", &marks),
        origin: Origin::Generated,
        fields: vec![field("X-Nikkan-Edition", edition_token(name))],
    };
    Ok(mail.plain(text))
}

/// Returns the Message-ID of words about readers. It tells nothing of a digest's, which nobody is to know before it comes.
fn words_id(key: &InstallationKey, edition: &Edition, about: &str, parts: &[&str]) -> String {
    let name = edition_token(&edition.name);
    let domain = id_domain(&sender_domain(edition));
    let tag = key.tag(&[&[about, &name], parts].concat());
    format!("{name}.{about}-{tag}.{ID_END}{domain}")
}

fn subject(edition: &str, left: usize, bouncing: usize) -> String {
    let counted = |count: usize| match count {
        1 => "1 reader".to_owned(),
        more => format!("{more} readers"),
    };
    let left_words = format!("{} left {edition}", counted(left));
    let bouncing_words = format!("mail to {} of {edition} comes back", counted(bouncing));
    match (left, bouncing) {
        (_, 0) => format!("nikkan: {left_words}"),
        (0, _) => format!("nikkan: {bouncing_words}"),
        _ => format!("nikkan: {left_words}, {bouncing_words}"),
    }
}

fn address(key: &str, text: &str) -> Result<Mailbox, PrintError> {
    Mailbox::from_str(text.trim()).map_err(|error| {
        PrintError::Address(format!("{key}: `{text}` is no mail address ({error})"))
    })
}

/// Returns true for a stranger's Message-ID that may stand in a header of ours.
fn is_message_id(id: &str) -> bool {
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]\\\"".contains(c);
    id.len() < ANSWERED_ID && id.contains('@') && id.chars().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::KnownReader;
    use crate::wording::Language;

    fn change(state: ReaderState, request: &str) -> ReaderChange {
        ReaderChange {
            id: 1,
            reader: KnownReader {
                edition: "daily".into(),
                address: "reader@example.net".into(),
                state,
                since: "2025-11-28T12:00:00Z".parse().unwrap(),
                why: "550 5.1.1 <reader@example.net>: user unknown".into(),
            },
            generation: 0,
            farewell: true,
            request: request.into(),
        }
    }

    fn key() -> InstallationKey {
        InstallationKey::of_none()
    }

    fn now() -> Timestamp {
        "2025-11-28T12:00:05Z".parse().unwrap()
    }

    fn printed(mail: MailObject) -> String {
        String::from_utf8(mail.bytes).unwrap()
    }

    #[test]
    fn a_farewell_answers_the_reader_and_nobody_else() {
        for (language, words) in [
            (
                Language::En,
                "It will no longer be sent to reader@example.net.",
            ),
            (
                Language::Ja,
                "reader@example.net 宛てに「daily」をお送りすることはありません。",
            ),
        ] {
            let edition = Edition {
                language,
                ..Edition::unconfigured()
            };
            let left = change(ReaderState::Left, "1@example.net");
            let mail = farewell(&key(), &edition, "admin@example.net", &left, now()).unwrap();
            assert_eq!(mail.recipients.len(), 1);
            assert_eq!(mail.recipients[0].address, "reader@example.net");
            let message = crate::mail::Message::parse(&mail.bytes);
            assert!(message.text.contains(words), "{}", message.text);
            assert!(message.text.contains("admin@example.net"));
            assert!(!message.subject.contains("unsubscribe"));
            let text = printed(mail);
            assert!(text.contains("Auto-Submitted: auto-replied\r\n"), "{text}");
            assert!(text.contains("In-Reply-To: <1@example.net>\r\n"), "{text}");
        }
    }

    #[test]
    fn a_strangers_message_id_gets_into_no_header() {
        for id in [
            "",
            "sha256:00",
            "a@b\r\nBcc: c@d",
            "a@b> <c@d",
            &"a@".repeat(500),
        ] {
            let left = change(ReaderState::Left, id);
            let mail = farewell(
                &key(),
                &Edition::unconfigured(),
                "admin@example.net",
                &left,
                now(),
            );
            assert!(!printed(mail.unwrap()).contains("In-Reply-To"), "{id}");
        }
    }

    #[test]
    fn the_operator_reads_who_and_why_and_what_to_do() {
        let mut other = change(ReaderState::Bouncing, "");
        other.reader.address = "gone@example.net".into();
        let changes = [change(ReaderState::Left, ""), other];
        let mail = reader_notice(
            &key(),
            &Edition::unconfigured(),
            "admin@example.net",
            &changes,
            now(),
        );
        let mail = mail.unwrap();
        assert_eq!(mail.recipients[0].address, "admin@example.net");
        let message = crate::mail::Message::parse(&mail.bytes);
        assert_eq!(
            message.subject,
            "nikkan: 1 reader left daily, mail to 1 reader of daily comes back"
        );
        for words in [
            "reader@example.net (2025-11-28 12:00:00 UTC)",
            "user unknown",
            "Nothing more of daily is sent to them.",
            "nikkan readers --back gone@example.net --edition daily",
        ] {
            assert!(message.text.contains(words), "{}", message.text);
        }
        assert_eq!(subject("daily", 2, 0), "nikkan: 2 readers left daily");
    }
}
