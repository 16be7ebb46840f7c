//! Loading a range of messages: which of them are wanted, and their bodies. What cannot be had now is never passed
//! over; the range then ends before it.

use async_imap::imap_proto::Response;
use tracing::{error, warn};

use super::fetch_result::{
    FETCH_LIMIT, FetchResult, FetchedMessage, UidRange, fetched_message, run_fetch,
};
use super::fetch_strategy::{BATCH_BYTES, FetchStrategy, sequence_set};
use super::filter::is_wanted;
use super::session::Session;
use super::{ImapError, RawMessage};

/// What is asked of a message at first. An announcement has 3 kB; only digests of busy days have more.
const FIRST_PART: u32 = 256 * 1024;
/// A list's message is read up to this size; of a larger one the first part must do.
const WHOLE: u32 = 4 * 1024 * 1024;
/// What one look at a range of UIDs brought.
#[derive(Debug)]
pub(super) struct LoadedRange {
    /// The wanted messages, in ascending order of UID.
    pub(super) messages: Vec<RawMessage>,
    /// Everything up to this UID was answered with OK.
    pub(super) reached: u32,
    /// How many messages there were, wanted or not.
    pub(super) found: usize,
    /// Whether the range was read to its end.
    pub(super) complete: bool,
}

/// The highest UID behind `from`, for servers that do not tell UIDNEXT.
pub(super) async fn highest_uid(session: &mut Session, from: u32) -> Result<u32, ImapError> {
    let mut highest = from;
    let range = UidRange { from, to: None };
    let asked = format!("UID FETCH {} (UID)", range.to_sequence_set());
    session
        .run("FETCH", &asked, |response| {
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
    let set = range.to_sequence_set();
    let mut fetched = None;
    if at_once {
        let asked =
            format!("UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{FIRST_PART}>)");
        match run_fetch(session, &asked, range).await {
            Ok(found) => fetched = Some(found),
            // One message that the server cannot give makes it refuse them all. Which one will be seen.
            Err(ImapError::Refused { said, .. }) => {
                warn!(range = set, said, "FETCH refused, asking for headers first");
                strategy.be_careful();
            }
            Err(other) => return Err(other),
        }
    }
    let at_once = fetched.is_some();
    let fetched = match fetched {
        Some(fetched) => fetched,
        None => {
            let asked = format!(
                "UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (LIST-ID CONTENT-TYPE FROM)])"
            );
            run_fetch(session, &asked, range).await?
        }
    };
    let highest = fetched.items.keys().next_back().copied();
    // All of it was answered with OK: up to here the cursor may move, together with what was read.
    let mut extent = ReadExtent {
        reached: range.to.or(highest).unwrap_or(range.from).max(range.from),
        complete: true,
    };
    extent.end_before(fetched.left_out);
    let (found, weight) = (fetched.items.len(), fetched.weight);
    let mut items: Vec<FetchedMessage> = fetched.items.into_values().collect();
    items.retain(|item| match &item.bytes {
        Some(bytes) => is_wanted(bytes, wanted),
        // Named without what was asked for: it is looked at by itself.
        None => true,
    });
    strategy.learn(items.len(), found);
    let (mut items, asked) = if at_once {
        strategy.weigh(found, weight);
        items.into_iter().partition(|item| item.bytes.is_some())
    } else {
        let (chosen, rest) = as_many_as_fit(items);
        extent.end_before(rest);
        (Vec::new(), chosen)
    };
    if !asked.is_empty() {
        let (bodies, refused) = load_bodies(session, &asked, wanted, strategy).await?;
        extent.end_before(refused);
        items.extend(bodies);
        items.sort_by_key(|item| item.uid);
    }
    let (mut messages, mut bytes) = (Vec::with_capacity(items.len()), 0);
    for item in items {
        if item.uid > extent.reached {
            break;
        }
        if bytes > FETCH_LIMIT {
            extent.end_before(Some(item.uid));
            break;
        }
        let message = load_whole(session, item, strategy).await?;
        bytes += message.bytes.len();
        messages.push(message);
    }
    strategy.passed(extent.reached);
    Ok(LoadedRange {
        messages,
        reached: extent.reached.max(range.from),
        found,
        complete: extent.complete,
    })
}

/// How far a range was read.
struct ReadExtent {
    reached: u32,
    complete: bool,
}

impl ReadExtent {
    /// The message with this UID has to wait, and all behind it.
    fn end_before(&mut self, uid: Option<u32>) {
        if let Some(uid) = uid {
            self.reached = self.reached.min(uid.saturating_sub(1));
            self.complete = false;
        }
    }
}

/// As many messages as may be in memory at once, and the UID of the first one that has to wait.
fn as_many_as_fit(items: Vec<FetchedMessage>) -> (Vec<FetchedMessage>, Option<u32>) {
    let (mut chosen, mut bytes) = (Vec::new(), 0_usize);
    for item in items {
        let part = if item.size > WHOLE {
            FIRST_PART
        } else {
            item.size
        };
        bytes += part as usize;
        if bytes > BATCH_BYTES && !chosen.is_empty() {
            return (chosen, Some(item.uid));
        }
        chosen.push(item);
    }
    (chosen, None)
}

/// Loads the bodies of messages that may be wanted, and says which had to be left for later. What does not come with
/// the others is asked for by itself: it may be gone, or be the one that the server cannot give.
async fn load_bodies(
    session: &mut Session,
    chosen: &[FetchedMessage],
    wanted: &[String],
    strategy: &mut FetchStrategy,
) -> Result<(Vec<FetchedMessage>, Option<u32>), ImapError> {
    let uids: Vec<u32> = chosen.iter().map(|item| item.uid).collect();
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
    let (mut items, mut rest) = (Vec::new(), fetched.left_out);
    for item in chosen {
        if rest.is_some_and(|uid| uid <= item.uid) {
            break;
        }
        let came = fetched.items.remove(&item.uid);
        let came = match came.filter(|item| item.bytes.is_some()) {
            Some(item) => Some(item),
            None => match load_one(session, item, strategy).await {
                Ok(found) => found,
                // What was read before it is made safe first.
                Err(ImapError::Refused { .. }) if !items.is_empty() => {
                    rest = Some(item.uid);
                    break;
                }
                Err(other) => return Err(other),
            },
        };
        let is_ours =
            |item: &FetchedMessage| is_wanted(item.bytes.as_deref().unwrap_or_default(), wanted);
        items.extend(came.filter(is_ours));
    }
    Ok((items, rest))
}

/// One message by itself; of one whose body was refused many times, the header. `None` where it is gone.
async fn load_one(
    session: &mut Session,
    item: &FetchedMessage,
    strategy: &mut FetchStrategy,
) -> Result<Option<FetchedMessage>, ImapError> {
    let uid = item.uid;
    let range = UidRange {
        from: uid.saturating_sub(1),
        to: Some(uid),
    };
    let ask = |section: &str| format!("UID FETCH {uid} (UID INTERNALDATE RFC822.SIZE {section})");
    let first_part = ask(&format!("BODY.PEEK[]<0.{FIRST_PART}>"));
    let found = match run_fetch(session, &first_part, range).await {
        Ok(fetched) => fetched,
        Err(refused @ ImapError::Refused { .. }) => {
            if !strategy.refusal(uid) {
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
    let found = found.items.into_values().next();
    Ok(found.filter(|item| item.bytes.is_some()))
}

/// A list's message that is larger than its first part is read whole, up to a limit.
async fn load_whole(
    session: &mut Session,
    item: FetchedMessage,
    strategy: &mut FetchStrategy,
) -> Result<RawMessage, ImapError> {
    if item.size <= FIRST_PART || item.size > WHOLE {
        if item.size > WHOLE {
            warn!(
                uid = item.uid,
                size = item.size,
                "too large: only its beginning is read"
            );
        }
        return Ok(raw_message(item));
    }
    let asked = format!(
        "UID FETCH {} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{WHOLE}>)",
        item.uid
    );
    let range = UidRange {
        from: item.uid.saturating_sub(1),
        to: Some(item.uid),
    };
    let again = match run_fetch(session, &asked, range).await {
        Ok(fetched) => fetched.items.into_values().next(),
        Err(ImapError::Refused { .. }) if strategy.refusal(item.uid) => None,
        Err(other) => return Err(other),
    };
    Ok(raw_message(
        again.filter(|again| again.bytes.is_some()).unwrap_or(item),
    ))
}

fn raw_message(item: FetchedMessage) -> RawMessage {
    RawMessage {
        uid: item.uid,
        received: item.received,
        bytes: item.bytes.unwrap_or_default(),
    }
}
