//! Loads the bodies of messages that may be wanted, and of those that are the rest of what is long or came short. A body that
//! is not wanted, while its header is, is another's, or none, and has to come again.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::fetch_again::{Withheld, ask_again, ask_alone};
use super::fetch_choice::Chosen;
use super::fetch_result::{
    Asked, BATCH_BYTES, FIRST_PART, FetchResult, FetchedMessage, Part, WHOLE, run_fetch,
};
use super::fetch_strategy::FetchStrategy;
use super::filter::{header_ends, is_wanted, without_blank_lines};
use super::session::Session;
use super::{ImapError, RawMessage, UidSet};

/// A body may be shorter than RFC822.SIZE by so many bytes, besides one for each line: some servers count the ends of lines as
/// they store them.
const SHORT: usize = 64;
/// And by one in so many of its bytes.
const SHARE_SHORT: usize = 20;
/// The wait before a body that came short is asked for a last time: it may be just being written.
const SHORT_PAUSE: Duration = Duration::from_secs(1);

/// What came of loading bodies.
#[derive(Debug, Default)]
pub(super) struct LoadedBodies {
    pub(super) came: BTreeMap<u32, FetchedMessage>,
    /// Those that are there and did not come.
    pub(super) withheld: BTreeMap<u32, Withheld>,
    /// The first UID for which there was no room.
    pub(super) left_out: Option<u32>,
}

impl LoadedBodies {
    /// Returns the UIDs of those that came.
    pub(super) fn uids(&self) -> UidSet {
        self.came.keys().copied().collect()
    }
}

/// Returns as many messages as may be in memory at once, and the UID of the first one that has to wait.
pub(super) fn as_many_as_fit(
    messages: impl IntoIterator<Item = FetchedMessage>,
) -> (UidSet, Option<u32>) {
    let (mut chosen, mut bytes) = (UidSet::default(), 0_usize);
    for message in messages {
        let part = match message.size.unwrap_or_default() {
            size if size > WHOLE => FIRST_PART,
            size => size,
        };
        bytes += part as usize;
        if bytes > BATCH_BYTES && !chosen.is_empty() {
            return (chosen, Some(message.uid));
        }
        chosen.add(message.uid);
    }
    (chosen, None)
}

/// Loads the bodies of these messages, each up to its first part.
pub(super) async fn load_bodies(
    session: &mut Session,
    set: &UidSet,
    chosen: &Chosen,
    list_ids: &[String],
    strategy: &mut FetchStrategy,
) -> Result<LoadedBodies, ImapError> {
    let mut bodies = LoadedBodies::default();
    if set.is_empty() {
        return Ok(bodies);
    }
    let is_its_body = |message: &FetchedMessage| {
        let text = message.text();
        let is_cut = text.len() >= FIRST_PART as usize && !header_ends(text);
        !chosen.wanted.contains(message.uid) || is_cut || is_wanted(text, list_ids)
    };
    let mut fetched = fetch_all(session, set, chosen, strategy).await?;
    if fetched.is_none() && refuses_parts(session, &set.minus(&chosen.long), strategy).await? {
        fetched = fetch_all(session, set, chosen, strategy).await?;
    }
    // One that the server cannot give makes it refuse them all.
    let fetched = fetched.unwrap_or_default();
    bodies.left_out = fetched.left_out;
    bodies.came = fetched.split().0;
    bodies.came.retain(|_, message| is_its_body(message));
    let end = bodies
        .left_out
        .map_or(u32::MAX, |uid| uid.saturating_sub(1));
    let missing = set.minus(&bodies.uids()).until(end);
    let short = missing.minus(&chosen.long);
    let parts = [
        (missing.minus(&short), Part::Message),
        (short, strategy.body_part()),
    ];
    for (missing, part) in parts {
        if missing.is_empty() {
            continue;
        }
        let mut again = ask_again(session, &missing, part, strategy).await?;
        for (uid, why) in &mut again.withheld {
            let whole = part == Part::Message && !chosen.long.contains(*uid);
            if whole && matches!(why, Withheld::Refused(_)) {
                let message = ask(session, *uid, Part::Entire).await?;
                again.came.extend(message.map(|message| (*uid, message)));
            }
        }
        for (uid, message) in again.came {
            match is_its_body(&message) {
                true => {
                    again.withheld.remove(&uid);
                    bodies.came.insert(uid, message);
                }
                false => drop(again.withheld.insert(uid, Withheld::Another)),
            }
        }
        bodies.withheld.extend(again.withheld);
        bodies.left_out = match (bodies.left_out, again.left_out) {
            (Some(one), Some(other)) => Some(one.min(other)),
            (one, other) => one.or(other),
        };
    }
    Ok(bodies)
}

/// Fetches bodies; `None` when that is refused.
async fn fetch_all(
    session: &mut Session,
    set: &UidSet,
    chosen: &Chosen,
    strategy: &FetchStrategy,
) -> Result<Option<FetchResult>, ImapError> {
    let part = strategy.body_part();
    let asked = match part {
        Part::Entire => set.minus(&chosen.long),
        _ => set.clone(),
    };
    if asked.is_empty() {
        return Ok(None);
    }
    match run_fetch(session, &Asked::Set(asked), part).await {
        Ok(fetched) => Ok(Some(fetched)),
        Err(ImapError::Refused { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Finds out by the first of these messages that the server refuses to give a part, and gives the whole; that is kept.
async fn refuses_parts(
    session: &mut Session,
    short: &UidSet,
    strategy: &mut FetchStrategy,
) -> Result<bool, ImapError> {
    let first = short.first();
    let Some(uid) = first.filter(|_| strategy.body_part() != Part::Entire) else {
        return Ok(false);
    };
    let said = match ask_alone(session, uid, Part::Message).await {
        Ok(_) => return Ok(false),
        Err(ImapError::Refused { said, .. }) => said,
        Err(other) => return Err(other),
    };
    match ask_alone(session, uid, Part::Entire).await {
        Ok(Some(_)) => {
            warn!(
                uid,
                said, "a part of a body is refused: asking for the whole from here on"
            );
            strategy.note_parts_refused();
            Ok(true)
        }
        Ok(None) | Err(ImapError::Refused { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Makes a list's message whole: the rest of one that is longer than its first part, up to a limit, and what is missing of
/// one that came short.
pub(super) async fn load_whole(
    session: &mut Session,
    mut message: FetchedMessage,
    strategy: &mut FetchStrategy,
) -> Result<RawMessage, ImapError> {
    let (uid, size) = (message.uid, message.size.unwrap_or_default());
    // A number beyond all sizes tells nothing: then a first part that is full may have a rest.
    let told = message.size.filter(|size| *size != u32::MAX);
    let is_long = match told {
        Some(size) => (FIRST_PART + 1..=WHOLE).contains(&size),
        None => length(&message) >= FIRST_PART as usize,
    };
    if told.is_some_and(|size| size > WHOLE) {
        warn!(uid, size, "too large: only its beginning is read");
    }
    if is_long && strategy.body_part() != Part::Entire {
        keep_longer(&mut message, ask(session, uid, Part::Whole).await?);
    }
    let part = match size > FIRST_PART {
        true if strategy.body_part() == Part::Message => Part::Whole,
        _ => strategy.body_part(),
    };
    if strategy.believes_sizes() && is_short(&message) {
        let before = length(&message);
        info!(
            uid,
            size,
            came = before,
            "shorter than the server says: asked for again"
        );
        keep_longer(&mut message, ask(session, uid, part).await?);
        if is_short(&message) {
            let stop = session.status.stop.clone();
            stop.run_until_cancelled(tokio::time::sleep(SHORT_PAUSE))
                .await;
            keep_longer(&mut message, ask(session, uid, part).await?);
        }
        let came = length(&message);
        strategy.note_size_wrong(came == before);
        if is_short(&message) {
            warn!(
                uid,
                size, came, "shorter than the server says: kept as it came"
            );
        }
    }
    let mut bytes = message.bytes.unwrap_or_default();
    let blank = bytes.len() - without_blank_lines(&bytes).len();
    bytes.drain(..blank);
    Ok(RawMessage {
        uid,
        received: message.received,
        bytes,
    })
}

/// Asks for a message by itself; `None` when it does not come, or is refused.
async fn ask(
    session: &mut Session,
    uid: u32,
    part: Part,
) -> Result<Option<FetchedMessage>, ImapError> {
    match ask_alone(session, uid, part).await {
        Err(ImapError::Refused { said, .. }) => {
            warn!(uid, said, "asked for by itself, it is refused");
            Ok(None)
        }
        other => other,
    }
}

/// Takes what came again where it is more.
fn keep_longer(message: &mut FetchedMessage, again: Option<FetchedMessage>) {
    if let Some(again) = again.filter(|again| length(again) > length(message)) {
        message.bytes = again.bytes;
    }
}

fn length(message: &FetchedMessage) -> usize {
    message.bytes.as_ref().map_or(0, Vec::len)
}

/// Returns true when a message came shorter than the server says it is, by more than a way of counting explains.
fn is_short(message: &FetchedMessage) -> bool {
    let (Some(bytes), Some(size)) = (&message.bytes, message.size) else {
        return false;
    };
    if size > WHOLE {
        return false;
    }
    let expected = size as usize;
    if bytes.len() >= expected {
        return false;
    }
    // Cut where the first part ends, however little is missing.
    if bytes.len() == FIRST_PART as usize {
        return true;
    }
    let lines = bytes.iter().filter(|byte| **byte == b'\n').count();
    let missing = expected.saturating_sub(bytes.len() + lines);
    missing > SHORT && missing > expected / SHARE_SHORT
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(text: &str, size: u32) -> FetchedMessage {
        FetchedMessage {
            uid: 4,
            size: Some(size),
            bytes: Some(text.as_bytes().to_vec()),
            ..FetchedMessage::default()
        }
    }

    #[test]
    fn a_short_body_is_told_from_another_way_of_counting() {
        let text = "a line of some length, as mail has them\n".repeat(100);
        let crlf = u32::try_from(text.len() + 100).unwrap();
        assert!(!is_short(&message(&text, crlf)));
        assert!(!is_short(&message(&text, crlf - 100)));
        assert!(!is_short(&message(&text, crlf + 60)));
        assert!(!is_short(&message(&text, 10)));
        assert!(is_short(&message(&text[..2000], crlf)));
        assert!(is_short(&message("", crlf)));
        // Lines without anything in them are half their ends.
        let empty = "\n".repeat(2000);
        assert!(!is_short(&message(&empty, 4000)));
        // Of what is too large only the beginning is read.
        assert!(!is_short(&message(&text, WHOLE + 1)));
        let first_part = "x".repeat(FIRST_PART as usize);
        assert!(is_short(&message(&first_part, FIRST_PART + 10)));
    }
}
