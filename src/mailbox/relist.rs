//! Lists again what was read. Servers are known to make UIDs visible out of order, and to leave one out of a listing that is
//! in the next: what lies before the cursor and was not read is fetched when it shows up. And messages that were set
//! aside are asked for again.

use std::sync::atomic::{AtomicU32, Ordering};

use tracing::{debug, info, warn};

use super::fetch::SyncTarget;
use super::fetch_again::ask_again;
use super::fetch_bodies::load_whole;
use super::fetch_result::Part;
use super::fetch_strategy::FetchStrategy;
use super::filter::is_wanted;
use super::listing;
use super::session::Session;
use super::sync::{News, Progress, store_released, sync_late, sync_new};
use super::{ImapError, Intake, UidSet};

/// Messages set aside that are asked for again in one go: each costs a FETCH of its own.
pub(super) const RETRIED: usize = 20;

/// Lists the last messages of the open folder by their UIDs alone, and reads those that were not read. A folder in which
/// nothing is missing before the cursor is listed from there on only. Returns how many messages there were.
pub(super) async fn relist<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    progress: &mut Progress,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let cursor = &progress.cursor;
    let from = cursor.settled.filled_up_to().min(cursor.last_uid);
    let unsettled = |uid: u32| !cursor.settled.contains(uid) && !progress.aside.contains(uid);
    let found = listing::list_after(session, from, unsettled).await?.0;
    let late = found.until(cursor.last_uid);
    debug!(folder = target.folder, from, uids = %found, "listed again");
    let mut total = 0;
    if !late.is_empty() {
        warn!(folder = target.folder, uids = %late, "messages showed up late, behind others: read now");
        total += sync_late(session, target, &late, progress, strategy, intake).await?;
    }
    if found.last() > late.last() {
        // UIDNEXT did not tell of them, nor did a hint.
        total += sync_new(session, target, progress, News::Missed, strategy, intake).await?;
    }
    Ok(total)
}

/// What came of listing a folder whole.
#[derive(Clone, Copy, Debug)]
pub(super) struct Listed {
    /// Messages that were named.
    pub(super) shown: u32,
    /// Messages that were read.
    pub(super) found: usize,
    /// True when old messages were read that may have been read before.
    pub(super) read_again: bool,
}

/// Lists every message of the open folder by its UID, and reads those that were not read. Of the old ones that is not kept:
/// they are all read again where more messages than `known` are named, and those that were not read are too few. What the
/// archive has is not kept twice.
pub(super) async fn list_whole<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    known: u32,
    progress: &mut Progress,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<Listed, ImapError> {
    let (cursor, shown) = (&progress.cursor, AtomicU32::new(0));
    let wanted = |uid: u32| {
        shown.fetch_add(1, Ordering::Relaxed);
        !progress.aside.contains(uid)
    };
    let all = listing::list_after(session, 0, wanted).await?.0;
    let shown = shown.into_inner();
    let unread = all.minus(&cursor.settled);
    let read_again = unread.count() < u64::from(shown.saturating_sub(known));
    let mut late = unread.until(cursor.last_uid);
    let is_new = unread.last() > late.last();
    if read_again {
        late.extend(&all.until(cursor.settled.filled_up_to()));
    }
    let (folder, count) = (target.folder, late.count());
    info!(
        folder,
        shown, known, count, "grew, and nothing is new: listed whole"
    );
    let mut found = 0;
    if !late.is_empty() {
        warn!(
            folder,
            count, "messages showed up late, behind others: read now"
        );
        found += sync_late(session, target, &late, progress, strategy, intake).await?;
    }
    if is_new {
        found += sync_new(session, target, progress, News::Missed, strategy, intake).await?;
    }
    Ok(Listed {
        shown,
        found,
        read_again,
    })
}

/// Asks once more for messages that were set aside, beginning with number `start` of them; each by itself, because one may
/// be the end of the session. Returns how many came.
pub(super) async fn retry_set_aside<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    start: usize,
    progress: &mut Progress,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let all: Vec<u32> = progress.aside.iter().collect();
    let start = start.checked_rem(all.len()).unwrap_or_default();
    let mut came = 0;
    for uid in all.iter().cycle().skip(start).take(all.len().min(RETRIED)) {
        if session.status.stop.is_cancelled() {
            break;
        }
        let uid = *uid;
        session.status.note_position(target.folder, uid, Some(uid));
        let set = UidSet::from_iter([uid]);
        let mut again = ask_again(session, &set, Part::Message, strategy).await?;
        let message = match again.came.remove(&uid) {
            Some(message) => {
                let bytes = message.bytes.as_deref().unwrap_or_default();
                if is_wanted(bytes, target.wanted) {
                    Some(load_whole(session, message, strategy).await?)
                } else {
                    // What came may be anything but the message: its header decides.
                    let part = strategy.header_part();
                    let again = ask_again(session, &set, part, strategy).await?;
                    let header = again.came.get(&uid).and_then(|it| it.bytes.as_deref());
                    if header.is_none_or(|header| is_wanted(header, target.wanted)) {
                        continue;
                    }
                    None
                }
            }
            None if again.withheld.contains_key(&uid) => continue,
            None => None,
        };
        let what = match &message {
            Some(_) => "came after all",
            None => "is gone, or not wanted",
        };
        info!(folder = target.folder, uid, "message set aside: {what}");
        came += usize::from(message.is_some());
        store_released(session, target, uid, message, progress, intake).await?;
    }
    session.status.clear_position();
    Ok(came)
}
