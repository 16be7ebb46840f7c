//! Reads the headers of what is in `sent_folder`: the digests that an archive which is lost had sent.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use super::exchange::Session;
use super::haul::{Range, fetch};
use super::orders::{Line, Orders, Phase};
use super::{Error, MailboxSettings, backoff, connect, fetch, folder};
use crate::clock::Clock;

/// So many messages are asked for at a time; a digest's header has 1 to 10 kB.
const WINDOW: u32 = 500;
/// More folders than this are not looked through for the one that could not be opened.
const FOLDERS: usize = 10_000;

/// Every header in `folder`, oldest first; none where the folder is not there.
///
/// # Errors
/// The mailbox cannot be read; see [`Error`].
pub async fn sent(settings: &MailboxSettings, folder: &str) -> Result<Vec<Vec<u8>>, Error> {
    read(settings, folder, Line::alone(CancellationToken::new())).await
}

/// The same for a daemon, whose state is shown meanwhile: waits until it could be read. `None` when asked to stop.
pub async fn sent_at_last(
    settings: &MailboxSettings,
    folder: &str,
    clock: &Clock,
    orders: &Orders,
    stop: &CancellationToken,
) -> Option<Vec<Vec<u8>>> {
    let account = settings.account();
    let line = Line::to(orders, clock, stop.clone());
    line.tell(|state| state.account.clone_from(&account));
    let mut failures = 0;
    loop {
        line.enter(Phase::Connecting, "looking for digests that were sent");
        let error = tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            headers = read(settings, folder, line.clone()) => match headers {
                Ok(headers) => return Some(headers),
                Err(error) => error,
            },
        };
        failures += 1;
        let wait: Duration = backoff::wait(error.kind(), failures, fastrand::f64());
        warn!(folder, %error, failures, wait = wait.as_secs_f32(), "the sent digests could not be read");
        let next = clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        line.tell(|state| {
            state.last_error = Some(error.to_string());
            state.next_attempt = Some(next);
        });
        line.enter(Phase::BackingOff, &error.to_string());
        tokio::select! {
            biased;
            () = stop.cancelled() => return None,
            () = tokio::time::sleep(wait) => {}
        }
    }
}

async fn read(settings: &MailboxSettings, folder: &str, line: Line) -> Result<Vec<Vec<u8>>, Error> {
    let mut session = connect::connect(settings, line).await?;
    let headers = headers(&mut session, folder).await?;
    session.log_out().await;
    Ok(headers)
}

async fn headers(session: &mut Session, folder: &str) -> Result<Vec<Vec<u8>>, Error> {
    let opened = match folder::examine(session, folder).await {
        Ok(opened) => opened,
        // A folder that is there and cannot be opened now is not an empty one.
        Err(error @ Error::Folder { .. }) => {
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
        None => fetch::highest(session, 0).await?,
    };
    let (mut from, mut width, mut found) = (0, WINDOW, Vec::new());
    while from < end {
        let to = from.saturating_add(width).min(end);
        let range = Range { from, to: Some(to) };
        let asked = format!("UID FETCH {} (UID BODY.PEEK[HEADER])", range.written());
        let haul = fetch(session, &asked, range).await?;
        // Doubled over gaps, so that a jump to four billion takes 23 steps.
        width = if haul.items.is_empty() {
            width.saturating_mul(2)
        } else {
            WINDOW
        };
        from = haul.left_out.map_or(to, |uid| uid.saturating_sub(1));
        found.extend(haul.items.into_values().filter_map(|item| item.bytes));
    }
    Ok(found)
}
