//! Loads the bodies of messages that may be wanted, and of those that are the rest of what is long or came short.

use std::collections::BTreeMap;
use std::time::Duration;

use tracing::{info, warn};

use super::fetch_again::{Withheld, ask_again, ask_alone};
use super::fetch_result::{
    Asked, BATCH_BYTES, FIRST_PART, FetchResult, FetchedMessage, Part, WHOLE, run_fetch,
};
use super::fetch_strategy::FetchStrategy;
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
    chosen: &UidSet,
    strategy: &mut FetchStrategy,
) -> Result<LoadedBodies, ImapError> {
    let mut bodies = LoadedBodies::default();
    if chosen.is_empty() {
        return Ok(bodies);
    }
    let fetched = match run_fetch(session, &Asked::Set(chosen.clone()), Part::Message).await {
        Ok(fetched) => fetched,
        // One that the server cannot give makes it refuse them all.
        Err(ImapError::Refused { .. }) => FetchResult::default(),
        Err(other) => return Err(other),
    };
    bodies.left_out = fetched.left_out;
    bodies.came = fetched.split().0;
    let came: UidSet = bodies.came.keys().copied().collect();
    let end = bodies
        .left_out
        .map_or(u32::MAX, |uid| uid.saturating_sub(1));
    let missing = chosen.minus(&came).until(end);
    if !missing.is_empty() {
        let again = ask_again(session, &missing, Part::Message, strategy).await?;
        bodies.came.extend(again.came);
        bodies.withheld = again.withheld;
        bodies.left_out = bodies.left_out.or(again.left_out);
    }
    Ok(bodies)
}

/// Makes a list's message whole: the rest of one that is longer than its first part, up to a limit, and what is missing of
/// one that came short.
pub(super) async fn load_whole(
    session: &mut Session,
    mut message: FetchedMessage,
    strategy: &mut FetchStrategy,
) -> Result<RawMessage, ImapError> {
    let (uid, size) = (message.uid, message.size.unwrap_or_default());
    if size > WHOLE {
        warn!(uid, size, "too large: only its beginning is read");
    }
    if (FIRST_PART + 1..=WHOLE).contains(&size) {
        keep_longer(&mut message, ask(session, uid, Part::Whole).await?);
    }
    let part = match size > FIRST_PART {
        true => Part::Whole,
        false => Part::Message,
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
    Ok(RawMessage {
        uid,
        received: message.received,
        bytes: message.bytes.unwrap_or_default(),
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
            warn!(uid, said, "the rest of it is refused: kept as it came");
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
