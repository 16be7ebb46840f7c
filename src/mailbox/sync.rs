//! Reads one folder to its end. What counts as new is a UID above the cursor and nothing else: notifications,
//! RECENT and UNSEEN have all been found to lie. The cursor moves past a UID when that was fetched, was not wanted by its
//! own header, is set aside, or is known not to be there, and then together with what was read.

use tokio::sync::mpsc;
use tracing::{debug, warn};

use super::fetch::{Loaded, SyncTarget, load};
use super::fetch_result::Asked;
use super::fetch_strategy::{FetchStrategy, first_of};
use super::folder::FolderStatus;
use super::listing;
use super::session::Session;
use super::session_status::SessionStatus;
use super::{Batch, Cursor, ImapError, Intake, RawMessage, SetAside, UidSet};

/// Batches that may wait between the one that is loaded and the one that is stored; each takes memory.
const BATCHES_AHEAD: usize = 2;
/// Messages before the cursor of which it is kept whether they were read. Servers that make UIDs visible out of order do so
/// within minutes; the announcement lists carry some hundred messages a day, and a busy mailbox 500 in some hours. Listing
/// them is an answer of 15 kB, and keeping them takes 6 kB where there is a gap after each.
pub(super) const SETTLED_KEPT: u64 = 500;

/// How far a folder was read.
#[derive(Clone, Debug)]
pub(super) struct Progress {
    pub(super) cursor: Cursor,
    /// The UIDs that are set aside, and left out of every FETCH.
    pub(super) aside: UidSet,
}

impl Progress {
    /// Returns it after what was loaded, with everything up to `reached` read.
    fn after(&self, loaded: &Loaded, reached: u32) -> Progress {
        let mut after = self.clone();
        after.cursor.last_uid = after.cursor.last_uid.max(reached);
        after.cursor.settled.extend(&loaded.settled);
        after.cursor.settled.fill_below(SETTLED_KEPT);
        for (uid, _) in &loaded.set_aside {
            after.aside.add(*uid);
        }
        after
    }
}

/// Reads everything after the cursor, once the folder was opened; when asked to stop, ends sooner at a safe point.
/// While one batch is made safe, the next one is already on its way. Returns how many messages there were.
pub(super) async fn sync_to_end<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    opened: FolderStatus,
    progress: &mut Progress,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let before = progress.cursor.last_uid;
    let (status, stop) = (session.status.clone(), session.status.stop.clone());
    // What lies beyond UIDNEXT came later, and the server tells of it.
    let end = match opened.uid_next {
        Some(next) => next.saturating_sub(1),
        None => listing::list_after(session, before, |_| false).await?.1,
    };
    let (mut width, mut total) = (strategy.window(), 0);
    let mut ahead = progress.clone();
    // While batches are read and stored, the next ones are already on their way.
    let (storing, waiting) = mpsc::channel(BATCHES_AHEAD);
    // On the heap: a build without optimization has little stack left here.
    let loading = Box::pin(async {
        let mut position = before;
        while position < end && !stop.is_cancelled() {
            let last = position.saturating_add(width).min(end);
            let asked = ahead.aside.gaps(position.saturating_add(1), last);
            let at_once = strategy.bodies_at_once();
            let loaded = match asked.is_empty() {
                true => Loaded::nothing(last),
                false => load(session, target, Asked::Set(asked), at_once, strategy).await?,
            };
            position = match loaded.complete {
                true => last,
                false => loaded.reached,
            };
            total += loaded.found;
            note_set_aside(intake, target, ahead.cursor.uidvalidity, &loaded).await?;
            ahead = ahead.after(&loaded, position);
            let found = loaded.found;
            let batch = batch_of(target, &ahead.cursor, loaded.messages, false);
            let batch = begin_storing(intake, batch);
            if strategy.is_narrowed() {
                // What fails is to be known by its place.
                let (done, stored) = tokio::sync::oneshot::channel();
                let batch = StoringBatch {
                    told: Some(done),
                    ..batch
                };
                if storing.send(batch).await.is_err() || stored.await.is_err() {
                    break;
                }
                strategy.note_stored();
            } else if storing.send(batch).await.is_err() {
                // Nothing can be stored; the other side says why.
                break;
            }
            // Doubled over gaps, so that a jump to four billion takes 23 steps.
            width = match found {
                0 => width.saturating_mul(2),
                _ => strategy.window(),
            };
        }
        drop(storing);
        Ok::<_, ImapError>(())
    });
    let (stored, loaded) =
        tokio::join!(finish_all(waiting, &mut progress.cursor, &status), loading);
    stored?;
    loaded?;
    progress.aside = ahead.aside;
    // A safe point: everything up to the cursor is stored.
    if stop.is_cancelled() {
        return Ok(total);
    }
    let batch = batch_of(target, &progress.cursor, Vec::new(), true);
    begin_storing(intake, batch)
        .finish(&mut progress.cursor, &status)
        .await?;
    strategy.widen();
    status.clear_position();
    debug!(
        folder = target.folder,
        from = before,
        to = progress.cursor.last_uid,
        "read to its end"
    );
    Ok(total)
}

/// What is known of new messages before they are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum News {
    /// Nothing was said.
    Unexpected,
    /// Something was said, so their bodies are asked for at once if the folder holds only the lists' mail.
    Expected,
    /// They did not come when they were asked for, so their UIDs are listed first.
    Missed,
}

/// Reads what came since the folder was last read to its end.
pub(super) async fn sync_new<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    progress: &mut Progress,
    news: News,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let mut total = 0;
    loop {
        session.hinted = false;
        let last = progress.cursor.last_uid;
        let at_once = news != News::Unexpected && strategy.bodies_at_once();
        // `n:*` names the last message, which may be one that is set aside; and what fails is to be known by its place.
        let careful = news == News::Missed || strategy.is_narrowed() || !progress.aside.is_empty();
        let (asked, all) = match careful {
            false => (Asked::After(last), true),
            true => {
                let aside = &progress.aside;
                let new = listing::list_after(session, last, |uid| !aside.contains(uid));
                let new = new.await?.0;
                let first = first_of(&new, strategy.window());
                let end = first.map_or(last, |(_, end)| end);
                let set = aside.gaps(last.saturating_add(1), end);
                (Asked::Set(set), new.last().is_none_or(|last| last == end))
            }
        };
        let loaded = match &asked {
            Asked::Set(set) if set.is_empty() => Loaded::nothing(last),
            _ => load(session, target, asked, at_once, strategy).await?,
        };
        total += loaded.found;
        note_set_aside(intake, target, progress.cursor.uidvalidity, &loaded).await?;
        let mut after = progress.after(&loaded, loaded.reached);
        let complete = loaded.complete && all;
        let batch = batch_of(target, &after.cursor, loaded.messages, complete);
        let storing = begin_storing(intake, batch);
        storing.finish(&mut after.cursor, &session.status).await?;
        *progress = after;
        strategy.note_stored();
        if complete {
            strategy.widen();
            session.status.clear_position();
        }
        if complete || session.status.stop.is_cancelled() {
            return Ok(total);
        }
    }
}

/// Reads messages before the cursor, and stores them. Returns how many there were.
pub(super) async fn sync_late<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    late: &UidSet,
    progress: &mut Progress,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let (mut left, mut total) = (late.clone(), 0);
    while let Some((_, end)) = first_of(&left, strategy.window()) {
        let (asked, at_once) = (left.until(end), strategy.bodies_at_once());
        let loaded = load(session, target, Asked::Set(asked), at_once, strategy).await?;
        total += loaded.found;
        let reached = if loaded.complete { end } else { loaded.reached };
        note_set_aside(intake, target, progress.cursor.uidvalidity, &loaded).await?;
        let mut after = progress.after(&loaded, 0);
        let batch = batch_of(target, &after.cursor, loaded.messages, true);
        let storing = begin_storing(intake, batch);
        storing.finish(&mut after.cursor, &session.status).await?;
        *progress = after;
        if session.status.stop.is_cancelled() {
            break;
        }
        left = left.minus(&UidSet::up_to(reached));
    }
    session.status.clear_position();
    Ok(total)
}

/// Stores a message that was set aside and came after all, or releases it because it is not wanted, or gone.
pub(super) async fn store_released<I: Intake>(
    session: &Session,
    target: SyncTarget<'_>,
    uid: u32,
    message: Option<RawMessage>,
    progress: &mut Progress,
    intake: &I,
) -> Result<(), ImapError> {
    let mut cursor = progress.cursor.clone();
    if message.is_some() {
        cursor.settled.add(uid);
    }
    let mut batch = batch_of(target, &cursor, message.into_iter().collect(), true);
    batch.released.push(uid);
    let storing = begin_storing(intake, batch);
    storing
        .finish(&mut progress.cursor, &session.status)
        .await?;
    progress.aside = progress.aside.minus(&UidSet::from_iter([uid]));
    Ok(())
}

/// Releases all that was set aside: the folder was rebuilt, and its UIDs are those of other messages.
pub(super) async fn release_all<I: Intake>(
    session: &Session,
    target: SyncTarget<'_>,
    progress: &mut Progress,
    intake: &I,
) -> Result<(), ImapError> {
    if progress.aside.is_empty() {
        return Ok(());
    }
    let mut batch = batch_of(target, &progress.cursor, Vec::new(), false);
    batch.released = progress.aside.iter().collect();
    progress.aside = UidSet::default();
    let storing = begin_storing(intake, batch);
    storing.finish(&mut progress.cursor, &session.status).await
}

impl Loaded {
    /// Stands for a range up to `reached` of which nothing is to be asked for.
    fn nothing(reached: u32) -> Self {
        Loaded {
            messages: Vec::new(),
            settled: UidSet::default(),
            set_aside: Vec::new(),
            reached,
            found: 0,
            complete: true,
        }
    }
}

/// Sets a message aside: the cursor may pass it, and it is left out of every FETCH.
pub(super) async fn set_aside<I: Intake>(
    target: SyncTarget<'_>,
    progress: &mut Progress,
    uid: u32,
    why: &str,
    intake: &I,
) -> Result<(), ImapError> {
    record_set_aside(intake, target, progress.cursor.uidvalidity, uid, why).await?;
    progress.aside.add(uid);
    Ok(())
}

/// Records which messages are given up for now, before the cursor passes them.
async fn note_set_aside<I: Intake>(
    intake: &I,
    target: SyncTarget<'_>,
    uidvalidity: u32,
    loaded: &Loaded,
) -> Result<(), ImapError> {
    for (uid, why) in &loaded.set_aside {
        record_set_aside(intake, target, uidvalidity, *uid, why).await?;
    }
    Ok(())
}

async fn record_set_aside<I: Intake>(
    intake: &I,
    target: SyncTarget<'_>,
    uidvalidity: u32,
    uid: u32,
    why: &str,
) -> Result<(), ImapError> {
    warn!(
        folder = target.folder,
        uid, why, "message set aside: it is asked for again each hour"
    );
    let message = SetAside {
        folder: target.folder.to_owned(),
        uidvalidity,
        uid,
        why: why.to_owned(),
        at: target.clock.now(),
    };
    let noted = intake.set_aside(target.account, message).await;
    noted.map_err(ImapError::intake)
}

/// Makes a batch of messages and the cursor after them.
fn batch_of(
    target: SyncTarget<'_>,
    cursor: &Cursor,
    messages: Vec<RawMessage>,
    caught_up: bool,
) -> Batch {
    Batch {
        account: target.account.to_owned(),
        messages,
        cursor: cursor.clone(),
        caught_up,
        released: Vec::new(),
    }
}

/// A batch that is being stored.
struct StoringBatch<F> {
    done: F,
    /// The cursor once it is.
    cursor: Cursor,
    messages: usize,
    /// Who waits for it.
    told: Option<tokio::sync::oneshot::Sender<()>>,
}

/// Hands a batch to the intake.
fn begin_storing<I: Intake>(
    intake: &I,
    batch: Batch,
) -> StoringBatch<impl Future<Output = Result<(), I::Error>> + Send> {
    StoringBatch {
        cursor: batch.cursor.clone(),
        messages: batch.messages.len(),
        done: intake.store(batch),
        told: None,
    }
}

impl<F, E> StoringBatch<F>
where
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    /// Awaits the storing, moves the cursor past the batch, and reports how many messages it had.
    async fn finish(self, cursor: &mut Cursor, status: &SessionStatus) -> Result<(), ImapError> {
        self.done.await.map_err(ImapError::intake)?;
        *cursor = self.cursor;
        status.add_stored(self.messages);
        if let Some(told) = self.told {
            // Who waited may have ended.
            let _ = told.send(());
        }
        Ok(())
    }
}

/// Finishes batches in their order. Ends at the first that cannot be stored, which ends the loading too.
async fn finish_all<F, E>(
    mut waiting: mpsc::Receiver<StoringBatch<F>>,
    cursor: &mut Cursor,
    status: &SessionStatus,
) -> Result<(), ImapError>
where
    F: Future<Output = Result<(), E>>,
    E: std::error::Error + Send + Sync + 'static,
{
    while let Some(batch) = waiting.recv().await {
        batch.finish(cursor, status).await?;
    }
    Ok(())
}
