//! Reads the headers of what is in `sent_folder`: the digests that an archive which is lost had sent.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::fetch_result::{UidRange, run_fetch};
use super::session::Session;
use super::session_status::SessionStatus;
use super::watcher_handle::{Phase, WatcherChannel};
use super::{ImapError, MailboxSettings, backoff, connect, fetch, folder};
use crate::clock::Clock;

/// Messages that are asked for at a time; a digest's header has 1 to 10 kB.
const WINDOW: u32 = 500;
/// Folders that are searched at most for the one that could not be opened.
const FOLDERS: usize = 10_000;

/// Reads every header in `folder`, oldest first; none if the folder is not there.
///
/// # Errors
/// The mailbox cannot be read; see [`ImapError`].
pub async fn read_sent_headers(
    settings: &MailboxSettings,
    folder: &str,
) -> Result<Vec<Vec<u8>>, ImapError> {
    connect_and_read(
        settings,
        folder,
        SessionStatus::unreported(CancellationToken::new()),
    )
    .await
}

/// Reads the same for a daemon, whose state is shown meanwhile: waits until it could be read. `None` when asked to stop.
pub async fn wait_for_sent_headers(
    settings: &MailboxSettings,
    folder: &str,
    clock: &Clock,
    channel: &WatcherChannel,
    stop: &CancellationToken,
) -> Option<Vec<Vec<u8>>> {
    let account = settings.account();
    let status = SessionStatus::reporting_to(channel, clock, stop.clone());
    status.update(|state| state.account.clone_from(&account));
    let mut failures = 0;
    loop {
        status.enter(Phase::Connecting, "looking for digests that were sent");
        let error = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            headers = connect_and_read(settings, folder, status.clone()) => match headers {
                Ok(headers) => return Some(headers),
                Err(error) => error,
            },
        };
        failures += 1;
        let wait: Duration = backoff::delay(error.kind(), failures, fastrand::f64());
        warn!(folder, %error, failures, wait = wait.as_secs_f32(), "the sent digests could not be read");
        let next = clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        status.update(|state| {
            state.last_error = Some(error.to_string());
            state.next_attempt = Some(next);
        });
        status.enter(Phase::BackingOff, &error.to_string());
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn connect_and_read(
    settings: &MailboxSettings,
    folder: &str,
    status: SessionStatus,
) -> Result<Vec<Vec<u8>>, ImapError> {
    let mut session = connect::open_session(settings, status).await?;
    let headers = read_headers(&mut session, folder).await?;
    session.logout().await;
    Ok(headers)
}

async fn read_headers(session: &mut Session, folder: &str) -> Result<Vec<Vec<u8>>, ImapError> {
    let opened = match folder::examine(session, folder).await {
        Ok(opened) => opened,
        // A folder that is there and cannot be opened now is not an empty one.
        Err(error @ ImapError::Folder { .. }) => {
            let there = folder::list(session, FOLDERS).await?;
            if there.iter().any(|name| name == folder) {
                return Err(error);
            }
            return Ok(Vec::new());
        }
        Err(error) => return Err(error),
    };
    let end = match opened.uid_next {
        Some(next) => next.saturating_sub(1),
        None => fetch::highest_uid(session, 0).await?,
    };
    let (mut from, mut width, mut found) = (0, WINDOW, Vec::new());
    while from < end {
        let to = from.saturating_add(width).min(end);
        let range = UidRange { from, to: Some(to) };
        let asked = format!(
            "UID FETCH {} (UID BODY.PEEK[HEADER])",
            range.to_sequence_set()
        );
        let fetched = run_fetch(session, &asked, range).await?;
        // Doubled over gaps, so that a jump to four billion takes 23 steps.
        width = if fetched.messages.is_empty() {
            width.saturating_mul(2)
        } else {
            WINDOW
        };
        from = fetched.left_out.map_or(to, |uid| uid.saturating_sub(1));
        found.extend(
            fetched
                .messages
                .into_values()
                .filter_map(|message| message.bytes),
        );
    }
    Ok(found)
}
