//! Reads one folder to its end. What counts as new is a UID above the cursor and nothing else: notifications,
//! RECENT and UNSEEN have all been found to lie. The cursor moves when a FETCH was answered with its own tagged OK,
//! and then together with what was read.

use tokio::sync::mpsc;
use tracing::{debug, info, warn};

use super::fetch;
use super::fetch_result::UidRange;
use super::fetch_strategy::FetchStrategy;
use super::folder::FolderStatus;
use super::session::Session;
use super::session_status::SessionStatus;
use super::{Batch, Cursor, ImapError, Intake, RawMessage};

/// Batches that may wait between the one that is loaded and the one that is stored; each takes memory.
const BATCHES_AHEAD: usize = 2;

/// A folder of an account, and the List-Ids that are wanted of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SyncTarget<'a> {
    pub(super) account: &'a str,
    pub(super) folder: &'a str,
    pub(super) wanted: &'a [String],
}

/// Returns the cursor from which the folder is read on. Another UIDVALIDITY (RFC 9051 section 2.3.1.1) means that all UIDs are new: everything is read again,
/// and the archive knows what it has.
pub(super) async fn starting_cursor<I: Intake>(
    target: SyncTarget<'_>,
    opened: FolderStatus,
    intake: &I,
) -> Result<Cursor, ImapError> {
    let known = intake.cursor(target.account, target.folder).await;
    let known = known.map_err(ImapError::intake)?;
    let fresh = Cursor::new(target.folder, opened.uidvalidity, 0);
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

/// Reads everything after the cursor, once the folder was opened; when asked to stop, ends sooner at a safe point.
/// While one batch is made safe, the next one is already on its way. Returns how many messages there were.
pub(super) async fn sync_to_end<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    opened: FolderStatus,
    cursor: &mut Cursor,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let before = cursor.last_uid;
    let status = session.status.clone();
    let stop = status.stop.clone();
    // What lies beyond UIDNEXT came later and is little.
    let end = match opened.uid_next {
        Some(next) => next.saturating_sub(1),
        None => fetch::highest_uid(session, before).await?,
    };
    let (mut width, mut total) = (strategy.window(), 0);
    let (start, mut position) = (cursor.clone(), before);
    // While batches are read and stored, the next ones are already on their way.
    let (storing, waiting) = mpsc::channel(BATCHES_AHEAD);
    let loading = async {
        while position < end && !stop.is_cancelled() {
            let range = UidRange {
                from: position,
                to: Some(position.saturating_add(width).min(end)),
            };
            let at_once = strategy.bodies_at_once();
            let loaded =
                fetch::load_range(session, target.wanted, range, at_once, strategy).await?;
            position = loaded.reached;
            total += loaded.found;
            let batch = batch_up_to(target, &start, position, loaded.messages, false);
            if storing.send(begin_storing(intake, batch)).await.is_err() {
                // Nothing can be stored; the other side says why.
                break;
            }
            // Doubled over gaps, so that a jump to four billion takes 23 steps.
            width = if loaded.found == 0 {
                width.saturating_mul(2)
            } else {
                strategy.window()
            };
        }
        drop(storing);
        Ok::<_, ImapError>(())
    };
    let (stored, loaded) = tokio::join!(finish_all(waiting, cursor, &status), loading);
    stored?;
    loaded?;
    // A safe point: everything up to the cursor is stored.
    if stop.is_cancelled() {
        return Ok(total);
    }
    // Nothing should be there, and what the server names instead (the last message) is not loaded for nothing.
    total += sync_new(session, target, cursor, false, strategy, intake).await?;
    debug!(
        folder = target.folder,
        from = before,
        to = cursor.last_uid,
        "read to its end"
    );
    Ok(total)
}

/// Reads what came since the folder was last read to its end. `expected`: something was said about new messages, so
/// their bodies are asked for at once if the folder holds only the lists' mail.
pub(super) async fn sync_new<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    cursor: &mut Cursor,
    expected: bool,
    strategy: &mut FetchStrategy,
    intake: &I,
) -> Result<usize, ImapError> {
    let mut total = 0;
    loop {
        session.hinted = false;
        let range = UidRange {
            from: cursor.last_uid,
            to: None,
        };
        let at_once = expected && strategy.bodies_at_once();
        let loaded = fetch::load_range(session, target.wanted, range, at_once, strategy).await?;
        total += loaded.found;
        let (messages, complete) = (loaded.messages, loaded.complete);
        let batch = batch_up_to(target, cursor, loaded.reached, messages, complete);
        let storing = begin_storing(intake, batch);
        storing.finish(cursor, &session.status).await?;
        if complete || session.status.stop.is_cancelled() {
            return Ok(total);
        }
    }
}

/// Makes a batch of messages and the cursor after them.
fn batch_up_to(
    target: SyncTarget<'_>,
    cursor: &Cursor,
    reached: u32,
    messages: Vec<RawMessage>,
    caught_up: bool,
) -> Batch {
    Batch {
        account: target.account.to_owned(),
        messages,
        cursor: Cursor {
            last_uid: reached,
            ..cursor.clone()
        },
        caught_up,
        released: Vec::new(),
    }
}

/// A batch that is being stored.
struct StoringBatch<F> {
    done: F,
    /// Where the cursor stands then.
    reached: u32,
    messages: usize,
}

/// Hands a batch to the intake.
fn begin_storing<I: Intake>(
    intake: &I,
    batch: Batch,
) -> StoringBatch<impl Future<Output = Result<(), I::Error>> + Send> {
    StoringBatch {
        reached: batch.cursor.last_uid,
        messages: batch.messages.len(),
        done: intake.store(batch),
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
        cursor.last_uid = self.reached;
        status.add_stored(self.messages);
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
