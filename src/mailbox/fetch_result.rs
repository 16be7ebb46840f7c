//! Runs one FETCH and collects its result: only messages that were asked for, and only as much as may be in memory at
//! once.

use std::collections::BTreeMap;

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::Timestamp;

use super::ImapError;
use super::fetch_strategy::BATCH_BYTES;
use super::session::Session;

/// Bytes that one FETCH may bring, its bookkeeping included; twice what should come.
pub(super) const FETCH_LIMIT: usize = 2 * BATCH_BYTES;
/// Bytes of memory that a message takes without its body.
const BOOKKEEPING: usize = 128;

/// One message of a FETCH.
#[derive(Debug, Default)]
pub(super) struct FetchedMessage {
    pub(super) uid: u32,
    pub(super) size: u32,
    pub(super) received: Option<Timestamp>,
    pub(super) bytes: Option<Vec<u8>>,
}

/// A range of UIDs; without an end it goes to the last message.
#[derive(Clone, Copy, Debug)]
pub(super) struct UidRange {
    /// The last UID before the range.
    pub(super) from: u32,
    pub(super) to: Option<u32>,
}

impl UidRange {
    /// The range of one message.
    pub(super) fn only(uid: u32) -> Self {
        let from = uid.saturating_sub(1);
        UidRange {
            from,
            to: Some(uid),
        }
    }

    /// Writes the range as a sequence set (RFC 9051 section 9, `sequence-set`).
    pub(super) fn to_sequence_set(self) -> String {
        let first = self.from.saturating_add(1);
        match self.to {
            Some(last) => format!("{first}:{last}"),
            None => format!("{first}:*"),
        }
    }

    /// Returns true when the UID lies in the range.
    pub(super) fn contains(self, uid: u32) -> bool {
        // `n:*` names the last message even if its UID is below n (RFC 9051 section 6.4.8).
        uid > self.from && self.to.is_none_or(|last| uid <= last)
    }
}

/// The messages that a FETCH brought.
#[derive(Debug, Default)]
pub(super) struct FetchResult {
    pub(super) messages: BTreeMap<u32, FetchedMessage>,
    /// Bytes of bodies.
    pub(super) weight: usize,
    /// The lowest UID for which there was no more room.
    pub(super) left_out: Option<u32>,
}

impl FetchResult {
    /// Adds a message, or what is new of a known one.
    fn add(&mut self, message: FetchedMessage) {
        let weight = message.bytes.as_ref().map_or(0, Vec::len);
        if let Some(known) = self.messages.get_mut(&message.uid) {
            // Some servers tell a message's parts, or a change of its flags, in lines of their own.
            if known.bytes.is_none() {
                known.bytes = message.bytes;
                self.weight += weight;
            }
            known.size = known.size.max(message.size);
            known.received = known.received.or(message.received);
            return;
        }
        let taken = self.weight + self.messages.len() * BOOKKEEPING;
        if taken + weight > FETCH_LIMIT && !self.messages.is_empty() {
            let first = self.left_out.unwrap_or(message.uid);
            self.left_out = Some(first.min(message.uid));
            return;
        }
        self.weight += weight;
        self.messages.insert(message.uid, message);
    }
}

/// Runs a FETCH and collects the messages of the range; others were not asked for.
pub(super) async fn run_fetch(
    session: &mut Session,
    command: &str,
    range: UidRange,
) -> Result<FetchResult, ImapError> {
    let mut fetched = FetchResult::default();
    session
        .run_command("FETCH", command, |response| {
            if let Response::Fetch(_, attributes) = response {
                let message = fetched_message(attributes);
                if range.contains(message.uid) {
                    fetched.add(message);
                }
            }
        })
        .await?;
    // A message that was left out in favour of a higher UID comes again with it.
    if let Some(first) = fetched.left_out {
        fetched.messages.retain(|uid, _| *uid < first);
    }
    Ok(fetched)
}

/// Reads the attributes of one FETCH response.
pub(super) fn fetched_message(attributes: &[AttributeValue<'_>]) -> FetchedMessage {
    let mut message = FetchedMessage::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => message.uid = *uid,
            AttributeValue::Rfc822Size(size) => message.size = *size,
            AttributeValue::InternalDate(text) => message.received = internal_date(text),
            AttributeValue::BodySection {
                data: Some(data), ..
            } => message.bytes = Some(data.to_vec()),
            _ => {}
        }
    }
    message
}

/// Reads an INTERNALDATE: `28-Nov-2025 09:05:37 +0000`, the day padded with a blank (RFC 9051, date-time).
fn internal_date(text: &str) -> Option<Timestamp> {
    jiff::fmt::strtime::parse("%d-%b-%Y %H:%M:%S %z", text.trim())
        .ok()?
        .to_timestamp()
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(uid: u32, length: usize) -> FetchedMessage {
        FetchedMessage {
            uid,
            bytes: Some(vec![b'x'; length]),
            ..FetchedMessage::default()
        }
    }

    #[test]
    fn internal_dates_are_read_with_and_without_padding() {
        let read = |text: &str| internal_date(text).map(|instant| instant.to_string());
        assert_eq!(
            read("28-Nov-2025 01:05:37 -0800").as_deref(),
            Some("2025-11-28T09:05:37Z")
        );
        assert_eq!(
            read(" 1-Dec-2025 00:00:00 +0000").as_deref(),
            Some("2025-12-01T00:00:00Z")
        );
        assert_eq!(read("yesterday"), None);
    }

    #[test]
    fn a_fetch_result_keeps_what_fits_and_tells_where_it_ended() {
        let mut fetched = FetchResult::default();
        for uid in 1..100 {
            fetched.add(item(uid, FETCH_LIMIT / 10));
        }
        assert_eq!((fetched.messages.len(), fetched.left_out), (9, Some(10)));
    }

    #[test]
    fn a_change_of_flags_before_the_body_does_not_hide_it() {
        let mut fetched = FetchResult::default();
        fetched.add(FetchedMessage {
            uid: 5,
            ..FetchedMessage::default()
        });
        fetched.add(item(5, 10));
        assert_eq!(fetched.messages[&5].bytes.as_ref().map(Vec::len), Some(10));
    }

    #[test]
    fn the_last_message_is_not_new_because_it_was_named() {
        let range = UidRange { from: 7, to: None };
        assert!(!range.contains(7) && !range.contains(0) && range.contains(8));
    }
}
