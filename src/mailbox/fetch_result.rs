//! One FETCH and what it brings. What comes is kept only where it was asked for, and only as much as may be in memory
//! at once.

use std::collections::BTreeMap;

use async_imap::imap_proto::{AttributeValue, Response};
use jiff::Timestamp;

use super::ImapError;
use super::fetch_strategy::BATCH_BYTES;
use super::session::Session;

/// One FETCH may bring this much, its bookkeeping included; twice what should come.
pub(super) const FETCH_LIMIT: usize = 2 * BATCH_BYTES;
/// What an item without its bytes takes in memory.
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
    /// Behind this UID.
    pub(super) from: u32,
    pub(super) to: Option<u32>,
}

impl UidRange {
    pub(super) fn to_sequence_set(self) -> String {
        let first = self.from.saturating_add(1);
        match self.to {
            Some(last) => format!("{first}:{last}"),
            None => format!("{first}:*"),
        }
    }

    pub(super) fn contains(self, uid: u32) -> bool {
        // `n:*` names the last message even where its UID is below n (RFC 9051 section 6.4.8).
        uid > self.from && self.to.is_none_or(|last| uid <= last)
    }
}

/// What a FETCH brought.
#[derive(Debug, Default)]
pub(super) struct FetchResult {
    pub(super) items: BTreeMap<u32, FetchedMessage>,
    /// Bytes of bodies.
    pub(super) weight: usize,
    /// The lowest UID for which there was no more room.
    pub(super) left_out: Option<u32>,
}

impl FetchResult {
    fn add(&mut self, item: FetchedMessage) {
        let weight = item.bytes.as_ref().map_or(0, Vec::len);
        if let Some(known) = self.items.get_mut(&item.uid) {
            // Some servers tell a message's parts, or a change of its flags, in lines of their own.
            if known.bytes.is_none() {
                known.bytes = item.bytes;
                self.weight += weight;
            }
            known.size = known.size.max(item.size);
            known.received = known.received.or(item.received);
            return;
        }
        let taken = self.weight + self.items.len() * BOOKKEEPING;
        if taken + weight > FETCH_LIMIT && !self.items.is_empty() {
            self.left_out = Some(self.left_out.map_or(item.uid, |uid| uid.min(item.uid)));
            return;
        }
        self.weight += weight;
        self.items.insert(item.uid, item);
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
        .run("FETCH", command, |response| {
            if let Response::Fetch(_, attributes) = response {
                let item = fetched_message(attributes);
                if range.contains(item.uid) {
                    fetched.add(item);
                }
            }
        })
        .await?;
    // What was left out in favour of a higher UID comes again with it.
    if let Some(first) = fetched.left_out {
        fetched.items.retain(|uid, _| *uid < first);
    }
    Ok(fetched)
}

pub(super) fn fetched_message(attributes: &[AttributeValue<'_>]) -> FetchedMessage {
    let mut item = FetchedMessage::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => item.uid = *uid,
            AttributeValue::Rfc822Size(size) => item.size = *size,
            AttributeValue::InternalDate(text) => item.received = internal_date(text),
            AttributeValue::BodySection {
                data: Some(data), ..
            } => item.bytes = Some(data.to_vec()),
            _ => {}
        }
    }
    item
}

/// `28-Nov-2025 09:05:37 +0000`, the day padded with a blank (RFC 9051, date-time).
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
    fn a_haul_keeps_what_fits_and_tells_where_it_ended() {
        let mut fetched = FetchResult::default();
        for uid in 1..100 {
            fetched.add(item(uid, FETCH_LIMIT / 10));
        }
        assert_eq!((fetched.items.len(), fetched.left_out), (9, Some(10)));
    }

    #[test]
    fn a_change_of_flags_before_the_body_does_not_hide_it() {
        let mut fetched = FetchResult::default();
        fetched.add(FetchedMessage {
            uid: 5,
            ..FetchedMessage::default()
        });
        fetched.add(item(5, 10));
        assert_eq!(fetched.items[&5].bytes.as_ref().map(Vec::len), Some(10));
    }

    #[test]
    fn the_last_message_is_not_new_because_it_was_named() {
        let range = UidRange { from: 7, to: None };
        assert!(!range.contains(7) && !range.contains(0) && range.contains(8));
    }
}
