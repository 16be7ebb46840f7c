//! Loads a range of messages: which of them are wanted, and their bodies. What cannot be had now is never passed over;
//! the range then ends before it.

use async_imap::imap_proto::Response;
use tracing::{error, warn};

use super::fetch_result::{
    FETCH_LIMIT, FetchResult, FetchedMessage, UidRange, fetched_message, run_fetch,
};
use super::fetch_strategy::{BATCH_BYTES, FetchStrategy, sequence_set};
use super::filter::is_wanted;
use super::session::Session;
use super::{ImapError, RawMessage};

/// Bytes that are asked of a message at first. An announcement has 3 kB; only digests of busy days have more.
const FIRST_PART: u32 = 256 * 1024;
/// Bytes up to which a list's message is read; of a larger one the first part must do.
const WHOLE: u32 = 4 * 1024 * 1024;

/// The wanted messages of a range of UIDs.
#[derive(Debug)]
pub(super) struct LoadedRange {
    /// The wanted messages, in ascending order of UID.
    pub(super) messages: Vec<RawMessage>,
    /// Everything up to this UID was answered with OK.
    pub(super) reached: u32,
    /// Number of messages there were, wanted or not.
    pub(super) found: usize,
    /// True when the range was read to its end.
    pub(super) complete: bool,
}

/// Returns the highest UID after `from`, for servers that do not tell UIDNEXT.
pub(super) async fn highest_uid(session: &mut Session, from: u32) -> Result<u32, ImapError> {
    let mut highest = from;
    let range = UidRange { from, to: None };
    let asked = format!("UID FETCH {} (UID)", range.to_sequence_set());
    session
        .run_command("FETCH", &asked, |response| {
            if let Response::Fetch(_, attributes) = response {
                highest = highest.max(fetched_message(attributes).uid);
            }
        })
        .await?;
    Ok(highest)
}

/// Loads the wanted messages of a range: all bodies in one go with `at_once`, else their headers first.
pub(super) async fn load_range(
    session: &mut Session,
    wanted: &[String],
    range: UidRange,
    at_once: bool,
    strategy: &mut FetchStrategy,
) -> Result<LoadedRange, ImapError> {
    let (fetched, at_once) = fetch_first(session, range, at_once, strategy).await?;
    let highest = fetched.messages.keys().next_back().copied();
    // All of it was answered with OK: up to here the cursor may move, together with what was read.
    let mut extent = ReadExtent {
        reached: range.to.or(highest).unwrap_or(range.from).max(range.from),
        complete: true,
    };
    extent.end_before(fetched.left_out);
    let (found, weight) = (fetched.messages.len(), fetched.weight);
    let mut listed: Vec<FetchedMessage> = fetched.messages.into_values().collect();
    listed.retain(|message| match &message.bytes {
        Some(bytes) => is_wanted(bytes, wanted),
        // Named without what was asked for: it is asked for by itself.
        None => true,
    });
    strategy.note_share(listed.len(), found);
    let (mut loaded, missing) = if at_once {
        strategy.note_size(found, weight);
        listed
            .into_iter()
            .partition(|message| message.bytes.is_some())
    } else {
        let (chosen, rest) = as_many_as_fit(listed);
        extent.end_before(rest);
        (Vec::new(), chosen)
    };
    if !missing.is_empty() {
        let (bodies, refused) = load_bodies(session, &missing, wanted, strategy).await?;
        extent.end_before(refused);
        loaded.extend(bodies);
        loaded.sort_by_key(|message| message.uid);
    }
    let messages = complete_messages(session, loaded, &mut extent, strategy).await?;
    strategy.forget_refusals(extent.reached);
    Ok(LoadedRange {
        messages,
        reached: extent.reached.max(range.from),
        found,
        complete: extent.complete,
    })
}

/// Fetches a range for the first time: its bodies with `at_once`, else, or when these are refused, its headers. Returns
/// with the result whether it holds bodies.
async fn fetch_first(
    session: &mut Session,
    range: UidRange,
    at_once: bool,
    strategy: &mut FetchStrategy,
) -> Result<(FetchResult, bool), ImapError> {
    let set = range.to_sequence_set();
    if at_once {
        let command =
            format!("UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{FIRST_PART}>)");
        match run_fetch(session, &command, range).await {
            Ok(fetched) => return Ok((fetched, true)),
            // One message that the server cannot give makes it refuse them all. Which one will be seen.
            Err(ImapError::Refused { said, .. }) => {
                warn!(range = set, said, "FETCH refused, asking for headers first");
                strategy.headers_first();
            }
            Err(other) => return Err(other),
        }
    }
    let command = format!(
        "UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (LIST-ID CONTENT-TYPE FROM)])"
    );
    Ok((run_fetch(session, &command, range).await?, false))
}

/// Loads the rest of long messages, up to the end of the extent and as many as may be in memory.
async fn complete_messages(
    session: &mut Session,
    loaded: Vec<FetchedMessage>,
    extent: &mut ReadExtent,
    strategy: &mut FetchStrategy,
) -> Result<Vec<RawMessage>, ImapError> {
    let (mut messages, mut bytes) = (Vec::with_capacity(loaded.len()), 0);
    for message in loaded {
        if message.uid > extent.reached {
            break;
        }
        if bytes > FETCH_LIMIT {
            extent.end_before(Some(message.uid));
            break;
        }
        let message = load_whole(session, message, strategy).await?;
        bytes += message.bytes.len();
        messages.push(message);
    }
    Ok(messages)
}

/// The part of a range that was read.
struct ReadExtent {
    reached: u32,
    complete: bool,
}

impl ReadExtent {
    /// Ends the extent before a message that has to wait, if there is one.
    fn end_before(&mut self, uid: Option<u32>) {
        if let Some(uid) = uid {
            self.reached = self.reached.min(uid.saturating_sub(1));
            self.complete = false;
        }
    }
}

/// Returns as many messages as may be in memory at once, and the UID of the first one that has to wait.
fn as_many_as_fit(messages: Vec<FetchedMessage>) -> (Vec<FetchedMessage>, Option<u32>) {
    let (mut chosen, mut bytes) = (Vec::new(), 0_usize);
    for message in messages {
        let part = if message.size > WHOLE {
            FIRST_PART
        } else {
            message.size
        };
        bytes += part as usize;
        if bytes > BATCH_BYTES && !chosen.is_empty() {
            return (chosen, Some(message.uid));
        }
        chosen.push(message);
    }
    (chosen, None)
}

/// Loads the bodies of messages that may be wanted, and returns the UID of the first that has to wait. What does not come with
/// the others is asked for by itself: it may be gone, or be the one that the server cannot give.
async fn load_bodies(
    session: &mut Session,
    chosen: &[FetchedMessage],
    wanted: &[String],
    strategy: &mut FetchStrategy,
) -> Result<(Vec<FetchedMessage>, Option<u32>), ImapError> {
    let uids: Vec<u32> = chosen.iter().map(|message| message.uid).collect();
    let range = UidRange {
        from: 0,
        to: uids.last().copied(),
    };
    let set = sequence_set(&uids);
    let asked =
        format!("UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{FIRST_PART}>)");
    let mut fetched = match run_fetch(session, &asked, range).await {
        Ok(fetched) => fetched,
        Err(ImapError::Refused { .. }) => FetchResult::default(),
        Err(other) => return Err(other),
    };
    let (mut messages, mut rest) = (Vec::new(), fetched.left_out);
    for message in chosen {
        if rest.is_some_and(|uid| uid <= message.uid) {
            break;
        }
        let came = fetched.messages.remove(&message.uid);
        let came = match came.filter(|message| message.bytes.is_some()) {
            Some(message) => Some(message),
            None => match load_one(session, message, strategy).await {
                Ok(found) => found,
                // The messages before it are made safe first.
                Err(ImapError::Refused { .. }) if !messages.is_empty() => {
                    rest = Some(message.uid);
                    break;
                }
                Err(other) => return Err(other),
            },
        };
        let is_ours = |message: &FetchedMessage| {
            is_wanted(message.bytes.as_deref().unwrap_or_default(), wanted)
        };
        messages.extend(came.filter(is_ours));
    }
    Ok((messages, rest))
}

/// Loads one message by itself; of one whose body was refused many times, the header. `None` when it is gone.
async fn load_one(
    session: &mut Session,
    message: &FetchedMessage,
    strategy: &mut FetchStrategy,
) -> Result<Option<FetchedMessage>, ImapError> {
    let uid = message.uid;
    let range = UidRange::only(uid);
    let ask = |section: &str| format!("UID FETCH {uid} (UID INTERNALDATE RFC822.SIZE {section})");
    let first_part = ask(&format!("BODY.PEEK[]<0.{FIRST_PART}>"));
    let found = match run_fetch(session, &first_part, range).await {
        Ok(fetched) => fetched,
        Err(refused @ ImapError::Refused { .. }) => {
            if !strategy.count_refusal(uid) {
                return Err(refused);
            }
            warn!(uid, "body refused many times: only the header is read");
            match run_fetch(session, &ask("BODY.PEEK[HEADER]"), range).await {
                Ok(fetched) => fetched,
                Err(ImapError::Refused { said, .. }) => {
                    error!(uid, said, "the server cannot give this message: skipped");
                    return Ok(None);
                }
                Err(other) => return Err(other),
            }
        }
        Err(other) => return Err(other),
    };
    let found = found.messages.into_values().next();
    Ok(found.filter(|message| message.bytes.is_some()))
}

/// Loads the whole of a list's message that is larger than its first part, up to a limit.
async fn load_whole(
    session: &mut Session,
    mut message: FetchedMessage,
    strategy: &mut FetchStrategy,
) -> Result<RawMessage, ImapError> {
    let (uid, size) = (message.uid, message.size);
    if size > WHOLE {
        warn!(uid, size, "too large: only its beginning is read");
    } else if size > FIRST_PART {
        let asked =
            format!("UID FETCH {uid} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{WHOLE}>)");
        let again = match run_fetch(session, &asked, UidRange::only(uid)).await {
            Ok(fetched) => fetched.messages.into_values().next(),
            Err(ImapError::Refused { .. }) if strategy.count_refusal(uid) => None,
            Err(other) => return Err(other),
        };
        message = again
            .filter(|again| again.bytes.is_some())
            .unwrap_or(message);
    }
    Ok(raw_message(message))
}

fn raw_message(message: FetchedMessage) -> RawMessage {
    RawMessage {
        uid: message.uid,
        received: message.received,
        bytes: message.bytes.unwrap_or_default(),
    }
}
