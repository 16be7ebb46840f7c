//! Reading one folder to its end, without changing it. What counts as new is a UID above the cursor and nothing
//! else: notifications, RECENT and UNSEEN have all been found to lie. The cursor moves when a FETCH was answered with
//! its own tagged OK, and then together with what was read.

use async_imap::imap_proto::{AttributeValue, Response, ResponseCode};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info, warn};

use super::asking::{Manner, compact, is_wanted};
use super::exchange::{Session, quoted};
use super::{Batch, Cursor, Error, Intake, RawMessage};

/// How many UIDs one FETCH spans at first; doubled over gaps, so that a jump to four billion takes 23 steps.
const WINDOW: u32 = 500;
/// Bodies that are asked for after their headers are loaded this much at a time.
const BATCH_BYTES: usize = 2 * 1024 * 1024;
/// What is asked of a message at first. An announcement has 3 kB; only digests of busy days have more.
const FIRST_PART: u32 = 256 * 1024;
/// A list's message is read up to this size; of a larger one the first part must do.
const WHOLE: u32 = 4 * 1024 * 1024;
/// What was learnt about a folder when it was opened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Opened {
    pub(super) uidvalidity: u32,
    pub(super) uid_next: Option<u32>,
}

/// One message of a FETCH.
#[derive(Debug, Default)]
struct Item {
    uid: u32,
    size: u32,
    received: Option<Timestamp>,
    bytes: Option<Vec<u8>>,
}

/// Opens a folder read-only.
pub(super) async fn examine(session: &mut Session, folder: &str) -> Result<Opened, Error> {
    let (mut uidvalidity, mut uid_next) = (None, None);
    let command = format!("EXAMINE {}", quoted(folder));
    let opened = session
        .run("EXAMINE", &command, |response| {
            let (Response::Data { outcome, .. } | Response::Done { outcome, .. }) = response else {
                return;
            };
            match outcome.code {
                Some(ResponseCode::UidValidity(value)) => uidvalidity = Some(value),
                Some(ResponseCode::UidNext(value)) => uid_next = Some(value),
                _ => {}
            }
        })
        .await;
    match opened {
        Ok(()) => {}
        Err(Error::Refused { said, .. }) => {
            return Err(Error::Folder {
                folder: folder.to_owned(),
                said,
            });
        }
        Err(other) => return Err(other),
    }
    // Without it a UID means nothing; a server that is cut off here would otherwise look like an empty folder.
    let uidvalidity =
        uidvalidity.ok_or_else(|| Error::lost("no UIDVALIDITY came with the folder"))?;
    Ok(Opened {
        uidvalidity,
        uid_next,
    })
}

/// What is being read: a folder of an account, and the List-Ids that are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) account: &'a str,
    pub(super) folder: &'a str,
    pub(super) wanted: &'a [String],
}

/// Where the folder is to be read on from. Another UIDVALIDITY means that all UIDs are new: everything is read again,
/// and the archive knows what it has.
pub(super) async fn cursor<I: Intake>(
    target: Target<'_>,
    opened: Opened,
    intake: &mut I,
) -> Result<Cursor, Error> {
    let known = intake
        .cursor(target.account, target.folder)
        .await
        .map_err(|error| Error::Intake(Box::new(error)))?;
    let fresh = Cursor {
        folder: target.folder.to_owned(),
        uidvalidity: opened.uidvalidity,
        last_uid: 0,
    };
    Ok(match known {
        Some(known) if known.uidvalidity == opened.uidvalidity => known,
        Some(known) => {
            warn!(
                folder = target.folder,
                before = known.uidvalidity,
                now = opened.uidvalidity,
                "the folder was rebuilt: reading all of it again"
            );
            fresh
        }
        None => {
            info!(
                folder = target.folder,
                "reading a folder for the first time"
            );
            fresh
        }
    })
}

/// What one look at a range of UIDs brought.
struct Loaded {
    /// The wanted messages, in ascending order of UID.
    messages: Vec<RawMessage>,
    /// Everything up to this UID was answered with OK.
    reached: u32,
    /// How many messages there were, wanted or not.
    found: usize,
    /// Whether the range was read to its end.
    complete: bool,
}

/// Reads the folder to its end and moves `cursor` along; when asked to stop, ends sooner at a safe point. While one
/// batch is made safe, the next one is already on its way.
pub(super) async fn read<I: Intake>(
    session: &mut Session,
    target: Target<'_>,
    opened: Opened,
    cursor: &mut Cursor,
    manner: &mut Manner,
    intake: &mut I,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let before = cursor.last_uid;
    let mut width = WINDOW;
    // Up to UIDNEXT in windows; what lies beyond it came later and is little.
    let end = opened.uid_next.unwrap_or(0).saturating_sub(1);
    let mut position = cursor.last_uid;
    let mut ready: Option<Vec<RawMessage>> = None;
    while position < end && !stop.is_cancelled() {
        let last = position.saturating_add(width).min(end);
        let storing = store(target, cursor, ready.take(), position, intake);
        let loading = load(session, target, position, Some(last), manner);
        let (stored, loaded) = tokio::join!(storing, loading);
        stored?;
        let loaded = loaded?;
        position = loaded.reached;
        ready = Some(loaded.messages);
        width = if loaded.found == 0 {
            width.saturating_mul(2)
        } else {
            WINDOW
        };
    }
    store(target, cursor, ready, position, intake).await?;
    // A safe point: everything up to the cursor is stored.
    if stop.is_cancelled() {
        return Ok(());
    }
    session.hinted = false;
    loop {
        let loaded = load(session, target, cursor.last_uid, None, manner).await?;
        cursor.last_uid = loaded.reached;
        hand_over(target, cursor, loaded.messages, loaded.complete, intake).await?;
        if loaded.complete {
            break;
        }
    }
    debug!(
        folder = target.folder,
        from = before,
        to = cursor.last_uid,
        "read to its end"
    );
    Ok(())
}

/// Makes a batch safe and moves the cursor to `position`, where there is a batch.
async fn store<I: Intake>(
    target: Target<'_>,
    cursor: &mut Cursor,
    batch: Option<Vec<RawMessage>>,
    position: u32,
    intake: &mut I,
) -> Result<(), Error> {
    let Some(batch) = batch else {
        return Ok(());
    };
    cursor.last_uid = position;
    hand_over(target, cursor, batch, false, intake).await
}

/// Loads the messages behind the UID `from`, up to `last` or to the end.
async fn load(
    session: &mut Session,
    target: Target<'_>,
    from: u32,
    last: Option<u32>,
    manner: &mut Manner,
) -> Result<Loaded, Error> {
    let first = from.saturating_add(1);
    let range = match last {
        Some(last) => format!("{first}:{last}"),
        None => format!("{first}:*"),
    };
    let at_once = manner.bodies_at_once();
    let asked = if at_once {
        format!("UID FETCH {range} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{FIRST_PART}>)")
    } else {
        format!(
            "UID FETCH {range} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[HEADER.FIELDS (LIST-ID)])"
        )
    };
    let mut items = items(session, &asked).await?;
    // `n:*` names the last message even where its UID is below n (RFC 9051 section 6.4.8).
    items.retain(|item| item.uid >= first);
    items.sort_by_key(|item| item.uid);
    items.dedup_by_key(|item| item.uid);
    let (found, highest) = (items.len(), items.last().map(|item| item.uid));
    items.retain(|item| is_wanted(item.bytes.as_deref().unwrap_or_default(), target.wanted));
    manner.learn(items.len(), found);
    // All of it was answered with OK: up to here the cursor may move, together with what was read.
    let mut reached = last.or(highest).unwrap_or(from).max(from);
    let mut complete = true;
    if !at_once && !items.is_empty() {
        let (chosen, rest) = as_many_as_fit(items);
        if let Some(next) = rest {
            reached = next - 1;
            complete = false;
        }
        items = bodies(session, &chosen).await?;
    }
    let mut messages = Vec::with_capacity(items.len());
    for item in items {
        messages.push(whole(session, item).await?);
    }
    Ok(Loaded {
        messages,
        reached,
        found,
        complete,
    })
}

/// The UIDs of as many messages as may be in memory at once, and the first one that has to wait.
fn as_many_as_fit(items: Vec<Item>) -> (Vec<u32>, Option<u32>) {
    let (mut chosen, mut bytes) = (Vec::new(), 0_usize);
    for item in items {
        bytes += item.size.min(FIRST_PART) as usize;
        if bytes > BATCH_BYTES && !chosen.is_empty() {
            return (chosen, Some(item.uid));
        }
        chosen.push(item.uid);
    }
    (chosen, None)
}

/// Loads the bodies of messages that are known to be wanted. One that was expunged in between does not come.
async fn bodies(session: &mut Session, uids: &[u32]) -> Result<Vec<Item>, Error> {
    let set = compact(uids);
    let asked =
        format!("UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{FIRST_PART}>)");
    let mut loaded = items(session, &asked).await?;
    loaded.retain(|item| item.bytes.is_some() && uids.binary_search(&item.uid).is_ok());
    loaded.sort_by_key(|item| item.uid);
    loaded.dedup_by_key(|item| item.uid);
    Ok(loaded)
}

/// A list's message that is larger than its first part is read whole, up to a limit.
async fn whole(session: &mut Session, item: Item) -> Result<RawMessage, Error> {
    if item.size <= FIRST_PART || item.size > WHOLE {
        if item.size > WHOLE {
            warn!(
                uid = item.uid,
                size = item.size,
                "too large: only its beginning is read"
            );
        }
        return Ok(raw(item));
    }
    let asked = format!(
        "UID FETCH {} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{WHOLE}>)",
        item.uid
    );
    let again = items(session, &asked).await?;
    let again = again
        .into_iter()
        .find(|found| found.uid == item.uid && found.bytes.is_some());
    Ok(raw(again.unwrap_or(item)))
}

fn raw(item: Item) -> RawMessage {
    RawMessage {
        uid: item.uid,
        received: item.received,
        bytes: item.bytes.unwrap_or_default(),
    }
}

async fn hand_over<I: Intake>(
    target: Target<'_>,
    cursor: &Cursor,
    messages: Vec<RawMessage>,
    caught_up: bool,
    intake: &mut I,
) -> Result<(), Error> {
    let batch = Batch {
        account: target.account.to_owned(),
        messages,
        cursor: cursor.clone(),
        caught_up,
    };
    intake
        .take(batch)
        .await
        .map_err(|error| Error::Intake(Box::new(error)))
}

/// Runs a FETCH and collects its messages; those without a UID were not asked for.
async fn items(session: &mut Session, command: &str) -> Result<Vec<Item>, Error> {
    let mut found = Vec::new();
    session
        .run("FETCH", command, |response| {
            if let Response::Fetch(_, attributes) = response {
                let item = item(attributes);
                if item.uid > 0 {
                    found.push(item);
                }
            }
        })
        .await?;
    Ok(found)
}

fn item(attributes: &[AttributeValue<'_>]) -> Item {
    let mut item = Item::default();
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
}
