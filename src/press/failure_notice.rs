//! Prints the failure notice: a mail to the operator that a digest could not be delivered.

use std::fmt::Write as _;
use std::str::FromStr;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::Mailbox;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};

use super::address::{edition_token, sender_domain};
use super::transfer::{date_field, encoded};
use super::{PrintError, clean};
use crate::archive::{FailedDelivery, MailObject};
use crate::digest::Edition;

/// The longest answer of a server that is told, in characters.
const SAID: usize = 500;

/// Prints the notice to `operator` of the failed deliveries of one digest.
///
/// # Errors
/// The edition's sender or the operator is no mail address.
pub fn failure_notice(
    edition: &Edition,
    operator: &str,
    now: Timestamp,
    failures: &[FailedDelivery],
) -> Result<MailObject, PrintError> {
    let address = |key: &str, text: &str| {
        Mailbox::from_str(text.trim()).map_err(|error| {
            PrintError::Address(format!("{key}: `{text}` is no mail address ({error})"))
        })
    };
    let from = address("from", &edition.from)?;
    let to = address("operator", operator)?;
    let day = failures.first().map(|failed| failed.day.to_string());
    let day = day.unwrap_or_default();
    let number = failures
        .iter()
        .map(|failed| failed.delivery)
        .max()
        .unwrap_or(0);
    let message_id = format!(
        "{day}.{}.given-up-{number}.nikkan@{}",
        edition_token(&edition.name),
        sender_domain(edition)
    );
    let mut text = format!(
        "nikkan could not deliver the digest of {day} (edition {}):\n",
        edition.name
    );
    for failed in failures {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n  {}\n  {} attempts; the last answer was:\n  {}\n",
            clean::line(&failed.recipient, SAID),
            failed.attempts,
            clean::line(&failed.response, SAID),
        );
    }
    let _ = write!(
        text,
        "\nIt is not tried again by itself. When the cause is mended, send it with\n\n"
    );
    for failed in failures {
        let _ = writeln!(
            text,
            "  nikkan send {day} --edition {} --to {}",
            edition.name,
            clean::line(&failed.recipient, SAID)
        );
    }
    let header = |name: &'static str, value: &str| {
        HeaderValue::new(HeaderName::new_from_ascii_str(name), value.to_owned())
    };
    let message = Message::builder()
        .from(from.clone())
        .to(to.clone())
        .subject(format!("nikkan: the digest of {day} was given up"))
        .date(date_field(now))
        .message_id(Some(format!("<{message_id}>")))
        .raw_header(header("Auto-Submitted", "auto-generated"))
        .raw_header(header("X-Auto-Response-Suppress", "All"))
        .raw_header(header("X-Nikkan-Edition", &edition_token(&edition.name)))
        .header(ContentType::TEXT_PLAIN)
        .body(encoded(text, ContentTransferEncoding::QuotedPrintable))?;
    Ok(MailObject {
        message_id,
        sender: from.email.to_string(),
        recipients: vec![to.email.to_string()],
        bytes: message.formatted(),
    })
}
