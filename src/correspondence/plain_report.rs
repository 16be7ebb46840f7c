//! Reports of servers that write no fields for machines: qmail, old Exchange, Exim. They are read only where the address that
//! they came to names the reader, for their words are each server's own.

use super::dsn::{DIAGNOSTIC, FailedRecipient};
use super::severity::{enhanced_codes, is_hard};
use crate::mail::{Header, Message};

/// Characters of a report that are read: what follows is the mail that came back.
const READ: usize = 8 * 1024;

/// Words of the senders of reports.
const SENDERS: [&str; 6] = [
    "mailer-daemon",
    "postmaster",
    "mail-daemon",
    "mail delivery",
    "microsoftexchange",
    "system administrator",
];

/// Words with which the copy of the mail that came back begins.
const COPY: [&str; 5] = [
    "below this line is a copy",
    "this is a copy of the message",
    "original message",
    "message header follows",
    "returned message",
];

/// Words of a failure, of reports that name no code.
const FAILED: [&str; 6] = [
    "undeliverable",
    "could not be delivered",
    "couldn't be delivered",
    "permanent error",
    "permanent fatal error",
    "delivery failed",
];

/// Reads a report; `None` when it is none, as an automatic answer of a person who is away, or tells only of a delay.
pub(super) fn read(header: &Header<'_>) -> Option<FailedRecipient> {
    let from = header.first("from").map(|from| from.text().to_lowercase());
    let is_report = header.first("x-failed-recipients").is_some()
        || from.is_some_and(|from| SENDERS.iter().any(|sender| from.contains(sender)));
    if !is_report {
        return None;
    }
    let message = Message::from_header(header);
    let text: String = message.text.chars().take(READ).collect();
    let lower = text.to_lowercase();
    let copy = COPY.iter().filter_map(|words| lower.find(words)).min();
    // Lower case may be longer than what it was made of.
    let told = lower.get(..copy.unwrap_or(lower.len())).unwrap_or(&lower);
    let mut codes = enhanced_codes(told).filter(|code| code.0 != 2);
    let failed = match codes.next() {
        Some((class, ..)) => class == 5,
        None => is_hard("", told) || FAILED.iter().any(|words| told.contains(words)),
    };
    failed.then(|| FailedRecipient {
        address: String::new(),
        diagnostic: telling_line(told),
        hard: is_hard("", told),
    })
}

/// Returns the line that tells most: with a code, else the first that is judged, else the first.
fn telling_line(told: &str) -> String {
    let lines = || told.lines().map(str::trim).filter(|line| !line.is_empty());
    let line = lines()
        .find(|line| enhanced_codes(line).any(|code| code.0 == 5))
        .or_else(|| lines().find(|line| is_hard("", line)))
        .or_else(|| lines().next());
    let kept = line.unwrap_or_default().chars().filter(|c| !c.is_control());
    kept.take(DIAGNOSTIC).collect()
}
