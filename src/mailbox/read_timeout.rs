//! Tells a slow server from a silent one and from one that only talks. A line that carries one byte a second is not
//! dead, and giving it up would begin all over again.

use std::future::Future;
use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::guard::ReceivedBytes;
use super::session_status::SessionStatus;

/// One answer may take this long, however steadily its bytes come: 3 kB at one byte a second take 50 min.
pub(super) const LONGEST_ANSWER: Duration = Duration::from_secs(2 * 60 * 60);
/// Checks for new bytes within one timeout, so that silence is noticed an eighth late at most.
pub(super) const CHECKS_PER_TIMEOUT: u32 = 8;
/// Bytes a second up to which a server counts as slow; one that says more and is not done only talks.
const SLOW: u64 = 2;
/// Checks without a byte that a slow server may have; one that has more says a line now and then.
const QUIET: u32 = 3;

/// Waits for a step of a few lines: `limit` if the server is silent or talks of other things, longer if it is merely
/// slow. `None` when it was given up.
pub(super) async fn within_read_timeout<T>(
    received: &ReceivedBytes,
    status: &SessionStatus,
    limit: Duration,
    step: impl Future<Output = T>,
) -> Option<T> {
    let mut step = std::pin::pin!(step);
    let begun = Instant::now();
    let first = received.total();
    let (mut seen, mut heard, mut quiet) = (first, begun, 0);
    loop {
        tokio::select! {
            biased;
            done = &mut step => return Some(done),
            () = sleep(limit / CHECKS_PER_TIMEOUT) => {}
        }
        let (came, took) = (received.total(), begun.elapsed());
        if came != seen {
            (seen, heard) = (came, Instant::now());
            status.heartbeat();
        } else {
            quiet += 1;
        }
        let talks =
            took >= limit && (quiet > QUIET || came.saturating_sub(first) > SLOW * took.as_secs());
        if heard.elapsed() >= limit || talks || took > LONGEST_ANSWER {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::guard::ResponseGuard;
    use super::*;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio_util::sync::CancellationToken;

    const LIMIT: Duration = Duration::from_secs(10);

    /// Reads 100 lines, of which `each` come every so many seconds; how long that was waited for, and whether they came.
    async fn waited(each: usize, seconds: u64) -> (u64, bool) {
        let (inside, mut outside) = tokio::io::duplex(10_000);
        let server = tokio::spawn(async move {
            while outside.write_all(&vec![b'\n'; each]).await.is_ok() {
                sleep(Duration::from_secs(seconds)).await;
            }
        });
        let status = SessionStatus::unreported(CancellationToken::new());
        let (mut guard, received) = ResponseGuard::new(inside, status.unread_lines.clone());
        let start = Instant::now();
        // More than one byte at a time is talk: what is read is never the answer.
        let wanted = if each > 1 { 1_000_000 } else { 100 };
        let mut bytes = vec![0; wanted];
        let step = guard.read_exact(&mut bytes);
        let came = within_read_timeout(&received, &status, LIMIT, step)
            .await
            .is_some();
        server.abort();
        (start.elapsed().as_secs(), came)
    }

    #[tokio::test(start_paused = true)]
    async fn slow_is_waited_for_silence_and_talk_are_not() {
        assert_eq!(waited(1, 1).await, (99, true));
        assert_eq!(waited(0, 1).await, (10, false));
        assert_eq!(waited(20, 1).await, (10, false));
        // `* OK hang in there` now and then.
        assert_eq!(waited(19, 9).await, (10, false));
    }
}
