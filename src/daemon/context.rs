//! Holds what the tasks of one round share.

use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use super::ending::Ending;
use super::liveness::Liveness;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::Config;

/// The configuration in force, the archive and the clock, and the token that ends the round. Cheap to clone: one clone
/// for each task.
#[derive(Clone)]
pub(super) struct DaemonContext {
    pub(super) config: Arc<Config>,
    pub(super) archive: Archive,
    pub(super) clock: Clock,
    /// Cancelled when the tasks are to end at a safe point.
    pub(super) stop: CancellationToken,
    /// Where each part proves that it moves.
    pub(super) liveness: Liveness,
    /// What outlives the round, and how the process ends.
    pub(super) ending: Ending,
}

impl DaemonContext {
    /// Waits for `pause`. Returns false when asked to stop before it is over.
    pub(super) async fn pause(&self, pause: Duration) -> bool {
        let slept = self.stop.run_until_cancelled(tokio::time::sleep(pause));
        slept.await.is_some()
    }
}
