//! A spare machine that hands in what another one did not: its table, and the question that is asked before a digest
//! leaves.

use std::collections::BTreeMap;
use std::future::Future;
use std::time::Duration;

use jiff::Timestamp;
use serde::Deserialize;
use tracing::info;

use crate::archive::{Archive, ArchiveError, MessageKind, QueuedDelivery};
use crate::clock;

/// The `[standby]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandbySettings {
    /// The time after midnight and `grace` at which a digest that the other machine did not hand in is handed in here.
    #[serde(deserialize_with = "clock::span")]
    pub after: Duration,
}

/// The answer to the question whether a digest leaves from here.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Leave {
    /// It does.
    Granted,
    /// Not yet: it is asked about again at `until`.
    NotBefore {
        /// The instant.
        until: Timestamp,
        /// The reason, as `status` shows it.
        why: String,
    },
    /// It does not: another machine handed it in; how that is known.
    Elsewhere(String),
}

/// Who is asked before a digest leaves: another machine may have handed it in.
pub trait HandIn: Send + Sync {
    /// Answers for the queued message with this number, a digest, of which something is due.
    ///
    /// # Errors
    /// The archive cannot be read or written. What a mailbox says is an answer, not an error.
    fn leave(&self, message: i64) -> impl Future<Output = Result<Leave, ArchiveError>> + Send;

    /// Hears that a server took something: what is kept of a digest elsewhere can be kept now.
    fn handed_in(&self) {}
}

/// Nobody is asked: what is due leaves.
impl HandIn for () {
    async fn leave(&self, _message: i64) -> Result<Leave, ArchiveError> {
        Ok(Leave::Granted)
    }
}

impl<H: HandIn> HandIn for &H {
    async fn leave(&self, message: i64) -> Result<Leave, ArchiveError> {
        (**self).leave(message).await
    }

    fn handed_in(&self) {
        (**self).handed_in();
    }
}

/// The answers of one round: each digest is asked about once, before its first delivery.
pub(super) struct Leaves<'a, H> {
    hand_in: &'a H,
    archive: &'a Archive,
    granted: BTreeMap<i64, bool>,
}

impl<'a, H: HandIn> Leaves<'a, H> {
    pub(super) fn new(hand_in: &'a H, archive: &'a Archive) -> Self {
        Leaves {
            hand_in,
            archive,
            granted: BTreeMap::new(),
        }
    }

    /// Returns true when the delivery is to be made now. Otherwise its digest was put off, or ended.
    ///
    /// # Errors
    /// The archive cannot be read or written.
    pub(super) async fn are_granted(
        &mut self,
        delivery: &QueuedDelivery,
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        if delivery.kind != MessageKind::Digest {
            return Ok(true);
        }
        if let Some(granted) = self.granted.get(&delivery.message) {
            return Ok(*granted);
        }
        let granted = match self.hand_in.leave(delivery.message).await? {
            Leave::Granted => true,
            Leave::NotBefore { until, why } => {
                let message_id = &delivery.message_id;
                info!(message_id, %until, why, "held back");
                self.archive
                    .put_off(delivery.message, until, why, now)
                    .await?;
                false
            }
            Leave::Elsewhere(why) => {
                let message_id = &delivery.message_id;
                info!(message_id, why, "not handed in here");
                self.archive.leave_elsewhere(delivery.message, why).await?;
                false
            }
        };
        self.granted.insert(delivery.message, granted);
        Ok(granted)
    }
}
