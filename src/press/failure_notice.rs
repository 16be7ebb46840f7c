//! Prints the failure notice: a mail to the operator that a digest could not be delivered.

use std::fmt::Write as _;
use std::str::FromStr;

use jiff::Timestamp;
use lettre::message::Mailbox;

use super::address::{edition_id, edition_token};
use super::outgoing::{Origin, Outgoing, field};
use super::{PrintError, clean};
use crate::archive::{FailedDelivery, MailObject};
use crate::digest::Edition;
use crate::secret::InstallationKey;

/// The longest answer of a server that is told, in characters.
pub(super) const SAID: usize = 500;

/// The readers that are named; an answer that thousands have is the server's.
const NAMED: usize = 50;

/// Prints the notice to `operator` of the failed deliveries of one digest.
///
/// # Errors
/// The edition's sender or the operator is no mail address.
pub fn failure_notice(
    key: &InstallationKey,
    edition: &Edition,
    operator: &str,
    now: Timestamp,
    failures: &[FailedDelivery],
) -> Result<MailObject, PrintError> {
    let from = operator_address("from", &edition.from)?;
    let to = operator_address("operator", operator)?;
    let Some(day) = failures.first().map(|failed| failed.day) else {
        return Err(PrintError::Address("nothing failed".into()));
    };
    let number = failures
        .iter()
        .map(|failed| failed.delivery)
        .max()
        .unwrap_or(0);
    let message_id = edition_id(key, edition, day, &format!("given-up-{number}."));
    let mut text = format!(
        "nikkan could not deliver the digest of {day} (edition {}):\n",
        edition.name
    );
    let (named, unnamed) = failures.split_at(failures.len().min(NAMED));
    for failed in named {
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            // The address is the operator's own, to be read and to be copied.
            "\n  {}\n  {} {}; the last answer was:\n  {}\n",
            failed.recipient,
            failed.attempts,
            if failed.attempts == 1 {
                "attempt"
            } else {
                "attempts"
            },
            clean::line(&failed.response, SAID),
        );
    }
    if !unnamed.is_empty() {
        let _ = writeln!(
            text,
            "\n  and {} readers more, whom `nikkan status` names",
            unnamed.len()
        );
    }
    let _ = write!(
        text,
        "\nIt is not tried again by itself. When the cause is mended, send it with\n\n"
    );
    for failed in named {
        let _ = writeln!(
            text,
            "  nikkan send {day} --edition {} --to {}",
            edition.name, failed.recipient
        );
    }
    let mail = Outgoing {
        from,
        to: vec![to],
        reply_to: None,
        subject: format!("nikkan: the digest of {day} was given up"),
        date: now,
        message_id,
        origin: Origin::Generated,
        fields: vec![field("X-Nikkan-Edition", edition_token(&edition.name))],
    };
    Ok(mail.plain(text))
}

/// Reads an address that a notice to the operator needs; `key` is where it stands.
///
/// # Errors
/// It is none.
pub(super) fn operator_address(key: &str, text: &str) -> Result<Mailbox, PrintError> {
    Mailbox::from_str(text.trim()).map_err(|error| {
        PrintError::Address(format!("{key}: `{text}` is no mail address ({error})"))
    })
}
