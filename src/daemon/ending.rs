//! The end of the process: what is in hand comes to a safe point within seconds, or is broken off where nobody could get a mail
//! twice. Only for a server that has a whole mail and has not answered is more time taken, and asked for
//! (`EXTEND_TIMEOUT_USEC=`, sd_notify(3)): to leave then would be to send that mail again.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{info, warn};

use super::seen_clocks::SeenClocks;
use super::service_manager;
use crate::archive::{Archive, DaemonLock};
use crate::outbox::Unanswered;

/// Time that what is in hand has to come to a safe point. With [`CLOSE`] it is less than five seconds.
const SAFE_POINT: Duration = Duration::from_secs(3);

/// Time that the archive has to bring its log into the database; if it has not, the next start does.
const CLOSE: Duration = Duration::from_secs(1);

/// The longest wait for servers that have a whole mail. RFC 5321 section 4.5.3.2.6 lets them think for ten minutes; a machine
/// that is shut down waits for half of it.
const LONGEST_UNANSWERED: Duration = Duration::from_secs(5 * 60);

/// Time that the service manager is asked for, again and again.
const EXTENSION: Duration = Duration::from_secs(15);
const EXTEND_EVERY: Duration = Duration::from_secs(3);

/// What knows of the end, for all rounds of the process. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Ending {
    /// Cancelled when the process is to end.
    pub(super) shutdown: CancellationToken,
    /// The mails that servers have and have not answered.
    pub(super) unanswered: Unanswered,
    /// What earlier rounds had in hand at their end, and go on with by their own configuration.
    pub(super) in_hand: TaskTracker,
    /// Held by whoever stores copies in `sent_folder`, so that two rounds do not store the same ones.
    pub(super) copying: Arc<Mutex<()>>,
    /// Held by the job that ends the days: a leap of the clock is remembered over a reload and a panic.
    pub(super) clocks: Arc<Mutex<Option<SeenClocks>>>,
    /// The daemon's lock, in which it tells what it waits for.
    pub(super) lock: Option<Arc<DaemonLock>>,
}

impl Ending {
    /// Returns the end that `shutdown` asks for. `lock` is held as long as the process runs.
    pub(super) fn at(shutdown: CancellationToken, lock: DaemonLock) -> Self {
        Ending {
            shutdown,
            lock: Some(Arc::new(lock)),
            ..Ending::default()
        }
    }

    /// Waits for `work` after a stop, as long as it may take. Returns what it returned; `None` when it did not come to its end
    /// and is to be left as it is.
    pub(super) async fn wait_for<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        if let Ok(done) = timeout(SAFE_POINT, &mut work).await {
            return Some(done);
        }
        let mails = self.unanswered.count();
        if mails == 0 {
            return None;
        }
        let until = Instant::now() + LONGEST_UNANSWERED - SAFE_POINT;
        warn!(
            mails,
            minutes = LONGEST_UNANSWERED.as_secs() / 60,
            "stopping waits for a server that has a mail and has not answered, or its reader would get it twice; a second signal ends nikkan at once"
        );
        while self.unanswered.count() > 0 && Instant::now() < until {
            service_manager::extend(EXTENSION);
            tokio::select! {
                biased;
                done = &mut work => return Some(done),
                () = self.unanswered.none() => {}
                () = sleep(EXTEND_EVERY) => {}
            }
        }
        // To write down what was answered.
        timeout(CLOSE, work).await.ok()
    }

    /// Waits for `work` until the process is to end, and then as long as it may take. `None` when it was left as it is.
    pub(super) async fn until_shutdown<T>(&self, work: impl Future<Output = T>) -> Option<T> {
        let mut work = pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return Some(done),
            () = self.shutdown.cancelled() => {}
        }
        service_manager::stopping();
        info!("stopping");
        self.wait_for(work).await
    }
}

/// Closes the archive, unless its disk or another process keeps it from it.
pub(super) async fn close(archive: Archive) {
    if timeout(CLOSE, archive.close()).await.is_err() {
        info!("the archive's log stays; the next start brings it into the database");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_does_not_come_to_a_safe_point_is_left_within_five_seconds() {
        let (ending, begun) = (Ending::default(), Instant::now());
        let hangs = std::future::pending::<()>();
        assert_eq!(ending.wait_for(hangs).await, None);
        assert!(begun.elapsed() < Duration::from_secs(5));
        assert_eq!(ending.wait_for(async { 7 }).await, Some(7));
    }

    #[tokio::test(start_paused = true)]
    async fn nothing_ends_before_it_is_to_end() {
        let ending = Ending::default();
        let asked = ending.shutdown.clone();
        tokio::spawn(async move {
            sleep(Duration::from_secs(3600)).await;
            asked.cancel();
        });
        let begun = Instant::now();
        assert_eq!(
            ending.until_shutdown(std::future::pending::<()>()).await,
            None
        );
        assert!(begun.elapsed() > Duration::from_secs(3600));
    }
}
