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
const WINDOW: u32 = 400;
/// Messages are handed over when this much of them has come.
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

/// Reads the folder to its end and moves `cursor` along; when asked to stop, ends sooner at a safe point.
pub(super) async fn read<I: Intake>(
    session: &mut Session,
    target: Target<'_>,
    opened: Opened,
    cursor: &mut Cursor,
    manner: &mut Manner,
    intake: &mut I,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let mut width = WINDOW;
    // Up to UIDNEXT in windows; what lies beyond it came later and is little.
    let end = opened.uid_next.unwrap_or(0).saturating_sub(1);
    while cursor.last_uid < end {
        // A safe point: everything up to the cursor is stored.
        if stop.is_cancelled() {
            return Ok(());
        }
        let first = cursor.last_uid + 1;
        let last = first.saturating_add(width - 1).min(end);
        let found = window(session, target, cursor, Some(last), manner, intake).await?;
        width = if found == 0 {
            width.saturating_mul(2)
        } else {
            WINDOW
        };
    }
    session.hinted = false;
    let before = cursor.last_uid;
    window(session, target, cursor, None, manner, intake).await?;
    debug!(
        folder = target.folder,
        from = before,
        to = cursor.last_uid,
        "read to its end"
    );
    Ok(())
}

/// Reads the UIDs from behind the cursor to `last`, or to the end, and moves the cursor there; without `last`, to the
/// highest UID that was seen. Returns how many messages there were.
async fn window<I: Intake>(
    session: &mut Session,
    target: Target<'_>,
    cursor: &mut Cursor,
    last: Option<u32>,
    manner: &mut Manner,
    intake: &mut I,
) -> Result<usize, Error> {
    let first = cursor.last_uid.saturating_add(1);
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
    let (all, highest) = (items.len(), items.last().map(|item| item.uid));
    items.retain(|item| is_wanted(item.bytes.as_deref().unwrap_or_default(), target.wanted));
    manner.learn(items.len(), all);
    if !at_once {
        items = bodies(session, target, cursor, items, intake).await?;
    }
    let mut batch = Vec::new();
    for item in items {
        batch.push(whole(session, item).await?);
    }
    // All of it was answered with OK: now the cursor may move, together with what was read.
    cursor.last_uid = last.or(highest).unwrap_or(0).max(cursor.last_uid);
    hand_over(target, cursor, batch, last.is_none(), intake).await?;
    Ok(all)
}

/// Loads the bodies of wanted messages, some at a time: those that do not fit into memory at once are handed over on
/// the way, with the cursor where it was, since it may only move when all of the window is safe.
async fn bodies<I: Intake>(
    session: &mut Session,
    target: Target<'_>,
    cursor: &Cursor,
    wanted: Vec<Item>,
    intake: &mut I,
) -> Result<Vec<Item>, Error> {
    let mut loaded: Vec<Item> = Vec::new();
    let mut rest = wanted.into_iter().peekable();
    while rest.peek().is_some() {
        let (mut uids, mut bytes) = (Vec::new(), 0_usize);
        while let Some(item) = rest.next_if(|item| {
            uids.is_empty() || bytes + item.size.min(FIRST_PART) as usize <= BATCH_BYTES
        }) {
            bytes += item.size.min(FIRST_PART) as usize;
            uids.push(item.uid);
        }
        if !loaded.is_empty() {
            let ready = std::mem::take(&mut loaded).into_iter().map(raw).collect();
            hand_over(target, cursor, ready, false, intake).await?;
        }
        let set = compact(&uids);
        let asked =
            format!("UID FETCH {set} (UID INTERNALDATE RFC822.SIZE BODY.PEEK[]<0.{FIRST_PART}>)");
        let mut part = items(session, &asked).await?;
        // What was expunged in between does not come; what was not asked for does not count.
        part.retain(|item| item.bytes.is_some() && uids.binary_search(&item.uid).is_ok());
        part.sort_by_key(|item| item.uid);
        part.dedup_by_key(|item| item.uid);
        loaded.extend(part);
    }
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
