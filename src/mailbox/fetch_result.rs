//! Runs one FETCH and collects its result: only messages that were asked for, only what answers the question, and only as
//! much as may be in memory at once.

use std::collections::BTreeMap;

use async_imap::imap_proto::{AttributeValue, MessageSection, Response, SectionPath};
use jiff::Timestamp;

use super::filter::FIELDS;
use super::session::Session;
use super::{ImapError, UidSet};

/// Bytes that one FETCH of bodies should bring; the messages seen lately tell how many that is.
pub(super) const BATCH_BYTES: usize = 3 * 256 * 1024;
/// Bytes that one FETCH may bring, its bookkeeping included; twice what should come.
pub(super) const FETCH_LIMIT: usize = 2 * BATCH_BYTES;
/// Bytes of memory that a message takes without its body.
const BOOKKEEPING: usize = 128;
/// Bytes that are asked of a message at first. An announcement has 3 kB; only digests of busy days have more.
pub(super) const FIRST_PART: u32 = 256 * 1024;
/// Bytes up to which a list's message is read; of a larger one the first part must do.
pub(super) const WHOLE: u32 = 4 * 1024 * 1024;

/// The part of its messages that a FETCH asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// The header fields by which a list's message is known.
    Fields,
    /// The whole header.
    Header,
    /// The message, up to [`FIRST_PART`].
    Message,
    /// The message, up to [`WHOLE`].
    Whole,
    /// The message, however long; of servers that refuse to give a part.
    Entire,
}

impl Part {
    /// Writes the items of the FETCH (RFC 9051 section 6.4.5).
    fn items(self) -> String {
        let section = match self {
            Part::Fields => format!("[HEADER.FIELDS ({})]", FIELDS.join(" ")),
            Part::Header => "[HEADER]".to_owned(),
            Part::Message => format!("[]<0.{FIRST_PART}>"),
            Part::Whole => format!("[]<0.{WHOLE}>"),
            Part::Entire => "[]".to_owned(),
        };
        format!("(UID INTERNALDATE RFC822.SIZE BODY.PEEK{section})")
    }

    /// Returns what an attribute holds of this part; `None` when it is another one, or NIL.
    fn found_in<'a>(self, attribute: &'a AttributeValue<'_>) -> Option<&'a [u8]> {
        let header = matches!(self, Part::Fields | Part::Header);
        match attribute {
            AttributeValue::BodySection { section, data, .. } => {
                let answers = match section {
                    None => !header,
                    Some(SectionPath::Full(MessageSection::Header)) => header,
                    Some(_) => false,
                };
                data.as_deref().filter(|_| answers)
            }
            _ => None,
        }
    }
}

/// The UIDs that a FETCH asks for.
#[derive(Clone, Debug)]
pub(super) enum Asked {
    /// These.
    Set(UidSet),
    /// All after this one, to the last message.
    After(u32),
}

impl Asked {
    /// Writes them as a sequence set (RFC 9051 section 9, `sequence-set`).
    pub(super) fn to_sequence_set(&self) -> String {
        match self {
            Asked::Set(set) => set.to_string(),
            Asked::After(last) => format!("{}:*", last.saturating_add(1)),
        }
    }

    /// Returns true when the UID was asked for.
    pub(super) fn contains(&self, uid: u32) -> bool {
        match self {
            Asked::Set(set) => set.contains(uid),
            // `n:*` names the last message even if its UID is below n (RFC 9051 section 6.4.8).
            Asked::After(last) => uid > *last,
        }
    }

    /// Returns the last UID before them.
    pub(super) fn before(&self) -> u32 {
        match self {
            Asked::Set(set) => set.first().unwrap_or(1) - 1,
            Asked::After(last) => *last,
        }
    }
}

/// One message of a FETCH.
#[derive(Debug, Default)]
pub(super) struct FetchedMessage {
    pub(super) uid: u32,
    /// RFC822.SIZE.
    pub(super) size: Option<u32>,
    pub(super) received: Option<Timestamp>,
    /// The part that was asked for.
    pub(super) bytes: Option<Vec<u8>>,
}

/// The messages that a FETCH brought.
#[derive(Debug, Default)]
pub(super) struct FetchResult {
    /// Those that were asked for and are named in the answer.
    messages: BTreeMap<u32, FetchedMessage>,
    /// The first that came without its UID.
    unnamed: Option<FetchedMessage>,
    /// Bytes of bodies.
    weight: usize,
    /// The lowest UID for which there was no more room.
    pub(super) left_out: Option<u32>,
}

impl FetchResult {
    /// Adds a message, or what is new of a known one.
    fn add(&mut self, message: FetchedMessage) {
        let weight = message.bytes.as_ref().map_or(0, Vec::len);
        if let Some(known) = self.messages.get_mut(&message.uid) {
            // Some servers tell a message's parts, or a change of its flags, in lines of their own.
            if known.bytes.as_ref().is_none_or(Vec::is_empty) && message.bytes.is_some() {
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

    /// Returns the messages that came with what was asked of them, and the UIDs of those that are only named.
    pub(super) fn split(self) -> (BTreeMap<u32, FetchedMessage>, UidSet) {
        let (mut came, mut named) = (BTreeMap::new(), UidSet::default());
        for (uid, message) in self.messages {
            match message.answers() {
                true => drop(came.insert(uid, message)),
                false => named.add(uid),
            }
        }
        (came, named)
    }

    /// Returns the message when this is the answer to a FETCH of `uid` alone. The server may have left out the UID, since it
    /// can be no other's.
    pub(super) fn only(mut self, uid: u32) -> Option<FetchedMessage> {
        let named = self.messages.remove(&uid);
        named
            .filter(FetchedMessage::answers)
            .or_else(|| self.unnamed.filter(FetchedMessage::answers))
            .map(|message| FetchedMessage { uid, ..message })
    }

    /// Returns the INTERNALDATE of the first message that has one.
    pub(super) fn received(&self) -> Option<Timestamp> {
        self.messages.values().find_map(|message| message.received)
    }
}

impl FetchedMessage {
    /// Returns what came of the part that was asked for.
    pub(super) fn text(&self) -> &[u8] {
        self.bytes.as_deref().unwrap_or_default()
    }

    /// Returns true when what was asked for is there. Nothing is no answer, whatever RFC822.SIZE says: a message that is
    /// just being written has nothing, too.
    fn answers(&self) -> bool {
        !self.text().is_empty()
    }
}

/// Fetches a part of the messages asked for.
pub(super) async fn run_fetch(
    session: &mut Session,
    asked: &Asked,
    part: Part,
) -> Result<FetchResult, ImapError> {
    let command = format!("UID FETCH {} {}", asked.to_sequence_set(), part.items());
    collect(session, &command, asked, part).await
}

/// Asks when the server received the last message of the open folder.
pub(super) async fn newest(session: &mut Session) -> Result<Option<Timestamp>, ImapError> {
    let command = "FETCH * (UID INTERNALDATE)";
    let found = collect(session, command, &Asked::After(0), Part::Message).await?;
    Ok(found.received())
}

/// Runs a FETCH and collects what it brings of the messages asked for.
async fn collect(
    session: &mut Session,
    command: &str,
    asked: &Asked,
    part: Part,
) -> Result<FetchResult, ImapError> {
    let mut fetched = FetchResult::default();
    session
        .run_command("FETCH", command, |response| {
            if let Response::Fetch(_, attributes) = response {
                let message = fetched_message(attributes, part);
                if asked.contains(message.uid) {
                    fetched.add(message);
                } else if message.uid == 0 && message.bytes.is_some() {
                    fetched.unnamed.get_or_insert(message);
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
fn fetched_message(attributes: &[AttributeValue<'_>], part: Part) -> FetchedMessage {
    let mut message = FetchedMessage::default();
    for attribute in attributes {
        match attribute {
            AttributeValue::Uid(uid) => message.uid = *uid,
            AttributeValue::Rfc822Size(size) => message.size = Some(*size),
            AttributeValue::InternalDate(text) => message.received = internal_date(text),
            other => {
                if let Some(bytes) = part.found_in(other) {
                    message.bytes = Some(bytes.to_vec());
                }
            }
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
            size: Some(10),
            bytes: Some(vec![b'x'; length]),
            ..FetchedMessage::default()
        }
    }

    fn named(uid: u32) -> FetchedMessage {
        FetchedMessage {
            uid,
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
    fn only_what_was_asked_for_is_an_answer() {
        let mut fetched = FetchResult::default();
        // A change of flags before the body does not hide it, and neither does an empty one.
        fetched.add(named(5));
        fetched.add(item(5, 0));
        fetched.add(item(5, 10));
        fetched.add(named(6));
        fetched.add(item(7, 0));
        fetched.add(FetchedMessage {
            size: Some(0),
            ..item(8, 0)
        });
        let (came, rest) = fetched.split();
        assert_eq!(came.keys().copied().collect::<Vec<_>>(), [5]);
        // Not even of a message that is told to have nothing.
        assert_eq!(rest.to_string(), "6:8");
    }

    #[test]
    fn a_part_is_known_by_its_section() {
        let body = |section| AttributeValue::BodySection {
            section,
            index: None,
            data: Some(b"x".as_slice().into()),
        };
        let (message, header) = (
            body(None),
            body(Some(SectionPath::Full(MessageSection::Header))),
        );
        assert!(Part::Message.found_in(&message).is_some());
        assert!(Part::Message.found_in(&header).is_none());
        assert!(Part::Fields.found_in(&header).is_some());
        assert!(Part::Header.found_in(&message).is_none());
        let text = body(Some(SectionPath::Full(MessageSection::Text)));
        assert!(Part::Message.found_in(&text).is_none());
    }

    #[test]
    fn one_message_alone_needs_no_uid() {
        let fetched = FetchResult {
            unnamed: Some(item(0, 10)),
            ..FetchResult::default()
        };
        assert_eq!(fetched.only(4).map(|message| message.uid), Some(4));
        let mut fetched = FetchResult::default();
        fetched.add(named(4));
        assert!(fetched.only(4).is_none());
    }

    #[test]
    fn the_last_message_is_not_new_because_it_was_named() {
        let asked = Asked::After(7);
        assert!(!asked.contains(7) && !asked.contains(0) && asked.contains(8));
    }
}
