//! Prints the waiting notice: a mail to the operator that a digest is not taken before something is changed.

use std::fmt::Write as _;
use std::time::Duration;

use jiff::Timestamp;

use super::address::{edition_id, edition_token};
use super::failure_notice::{SAID, operator_address};
use super::outgoing::{Origin, Outgoing, field};
use super::{PrintError, clean};
use crate::archive::{MailObject, WaitingDeliveries};
use crate::digest::Edition;
use crate::secret::InstallationKey;

/// The answers that are told; more have hardly other causes.
const SHOWN: usize = 5;

/// Prints the notice to `operator` of a digest of which all `waiting` deliveries are. Another one of the same digest has another
/// `number`.
///
/// # Errors
/// The edition's sender or the operator is no mail address, or nothing waits.
pub fn waiting_notice(
    key: &InstallationKey,
    edition: &Edition,
    operator: &str,
    now: Timestamp,
    waiting: &[WaitingDeliveries],
    number: usize,
    give_up_after: Duration,
) -> Result<MailObject, PrintError> {
    let from = operator_address("from", &edition.from)?;
    let to = operator_address("operator", operator)?;
    let Some(first) = waiting.first() else {
        return Err(PrintError::Address("nothing waits".into()));
    };
    let (day, name) = (first.day, &edition.name);
    let mut text = format!(
        "The digest of {day} (edition {name}) waits: it is not taken before something is changed.\n"
    );
    for one in waiting.iter().take(SHOWN) {
        let more = match one.readers - one.readers.min(1) {
            0 => String::new(),
            1 => " and 1 reader more".to_owned(),
            more => format!(" and {more} readers more"),
        };
        // Writing to a string cannot fail.
        let _ = write!(
            text,
            "\n  {}{more}; the last answer was:\n  {}\n",
            one.recipient,
            clean::line(&one.response, SAID)
        );
    }
    let shown = |instant: Timestamp| instant.strftime("%F %H:%M UTC").to_string();
    let next = waiting.iter().map(|one| one.next_attempt).min();
    let next = shown(next.unwrap_or(now).max(now));
    let until = first.queued_at.checked_add(give_up_after);
    let until = shown(until.unwrap_or(Timestamp::MAX));
    let _ = write!(
        text,
        "\n`nikkan check` asks the server, and says which key to change. When the cause is mended, nothing else is to be done:\n\
         the digest is tried again by itself, next at {next}, and given up after {until}.\n"
    );
    let mail = Outgoing {
        from,
        to: vec![to],
        reply_to: None,
        subject: format!("nikkan: the digest of {day} waits for you"),
        date: now,
        message_id: edition_id(key, edition, day, &format!("waits-{number}.")),
        origin: Origin::Generated,
        fields: vec![field("X-Nikkan-Edition", edition_token(&edition.name))],
    };
    Ok(mail.plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(readers: u32, response: &str) -> WaitingDeliveries {
        WaitingDeliveries {
            digest: 1,
            edition: "daily".into(),
            day: "2025-11-28".parse().unwrap(),
            queued_at: "2025-11-29T00:00:00Z".parse().unwrap(),
            readers,
            recipient: "a@example.net".into(),
            response: response.into(),
            next_attempt: "2025-11-29T00:05:00Z".parse().unwrap(),
            told: Vec::new(),
        }
    }

    #[test]
    fn the_notice_says_what_waits_why_and_until_when() {
        let found = [
            waiting(3, "RCPT answered `550 5.7.1 relaying denied`"),
            waiting(1, "the mail has 9 bytes, and the server takes at most 5"),
        ];
        let now = "2025-11-29T00:01:00Z".parse().unwrap();
        let edition = Edition::unconfigured();
        let day = Duration::from_secs(24 * 60 * 60);
        let key = InstallationKey::of_none();
        let print =
            |found: &[_]| waiting_notice(&key, &edition, "op@example.net", now, found, 2, day);
        let mail = print(&found).unwrap();
        assert!(mail.message_id.contains(".waits-2.nikkan@"));
        assert_eq!(mail.recipients[0].address, "op@example.net");
        let text = String::from_utf8(mail.bytes).unwrap().replace("=\r\n", "");
        for said in [
            "Subject: nikkan: the digest of 2025-11-28 waits for you",
            "a@example.net and 2 readers more; the last answer was:",
            "relaying denied",
            "the server takes at most 5",
            "next at 2025-11-29 00:05 UTC",
            "given up after 2025-11-30 00:00 UTC",
        ] {
            assert!(text.contains(said), "{said}: {text}");
        }
        assert!(print(&[]).is_err());
    }
}
