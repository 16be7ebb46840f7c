//! The proofs that each part of the daemon moves. A part proves it itself, whenever it goes on, and says what it waits for and
//! for how long that may take; a part whose time is over is stuck, is named in log and `status`, and starves the watchdog.
//! What a server says is no proof, and its silence none of the contrary.
//!
//! Time here is the monotonic clock's, like the service manager's own (systemd.service(5), `WatchdogSec=`): it stands still
//! while the machine sleeps, and nobody sets it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::time::Instant;

use crate::clock::Clock;

/// The age from which what a part waits for is worth telling.
const WORTH_TELLING: Duration = Duration::from_secs(5);

/// A part of the daemon that must move by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum DaemonPart {
    /// Watches the mailbox.
    Watcher,
    /// Ends the days.
    EndOfDay,
    /// Lets the editor prepare its words.
    Editor,
    /// Hands mails in.
    Delivery,
    /// Stores copies in `sent_folder`.
    Copies,
    /// Copies the archive.
    Backup,
    /// Owns the connection to the archive.
    Archive,
}

impl DaemonPart {
    /// Returns true when nothing goes on without it: a new start is then better than waiting. A backup's disk that hangs would
    /// hang after it, too.
    fn is_vital(self) -> bool {
        self != DaemonPart::Backup
    }
}

impl fmt::Display for DaemonPart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DaemonPart::Watcher => "the watcher",
            DaemonPart::EndOfDay => "the end-of-day job",
            DaemonPart::Editor => "the editor",
            DaemonPart::Delivery => "the delivery",
            DaemonPart::Copies => "the copies to sent_folder",
            DaemonPart::Backup => "the backup",
            DaemonPart::Archive => "the archive",
        })
    }
}

/// What a part waits for since a while.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartWait {
    /// The part, in words.
    pub part: String,
    /// What it waits for.
    pub waits_for: String,
    /// Since when.
    pub since: Timestamp,
    /// Until when that may last.
    pub until: Timestamp,
    /// True when that is over: the part is stuck.
    pub stuck: bool,
}

impl fmt::Display for PartWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stuck = if self.stuck { "is stuck: it " } else { "" };
        let since = self.since.strftime("%F %H:%M:%S UTC");
        write!(
            f,
            "{} {stuck}waits for {} since {since}",
            self.part, self.waits_for
        )
    }
}

/// Tells for how long the log was not taken; `None` while it is.
pub type LogHangs = fn() -> Option<Duration>;

/// The proofs of all parts. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct Liveness {
    parts: Arc<Mutex<BTreeMap<DaemonPart, Movement>>>,
    /// The log has a thread of its own, and proves nothing by itself.
    log: Option<LogHangs>,
}

/// The proofs of one part.
#[derive(Debug)]
struct Movement {
    /// When its last proof was given.
    proved: Instant,
    /// The time within which the next one follows; `None` for a part that only works now and then.
    within: Option<Duration>,
    /// What it does beside that, by number.
    works: BTreeMap<u64, UnderWay>,
    next: u64,
}

#[derive(Debug)]
struct UnderWay {
    what: String,
    since: Instant,
    limit: Duration,
}

impl Liveness {
    /// Returns proofs of no part yet; `log` tells of the log.
    pub(super) fn with_log(log: LogHangs) -> Self {
        Liveness {
            log: Some(log),
            ..Liveness::default()
        }
    }

    /// Proves that `part` moves: it begins another turn, and the next proof follows `within` this time, its works left aside.
    pub(super) fn proves(&self, part: DaemonPart, within: Duration) {
        let now = Instant::now();
        let mut parts = self.parts();
        let movement = parts.entry(part).or_insert_with(Movement::new);
        (movement.proved, movement.within) = (now, Some(within));
    }

    /// Notes that `part` waits for `what`, an object such as `the answer of mail.example`, which may take `limit`. While the
    /// returned value lives, no other proof is due.
    pub(super) fn waits_for(
        &self,
        part: DaemonPart,
        what: impl Into<String>,
        limit: Duration,
    ) -> WaitingFor {
        let mut parts = self.parts();
        let movement = parts.entry(part).or_insert_with(Movement::new);
        let number = movement.next;
        movement.next += 1;
        let work = UnderWay {
            what: what.into(),
            since: Instant::now(),
            limit,
        };
        movement.works.insert(number, work);
        WaitingFor {
            liveness: self.clone(),
            part,
            number,
        }
    }

    /// Notes that `part` has ended in order: no proof is due. What it still waits for has limits of its own.
    pub(super) fn ends(&self, part: DaemonPart) {
        if let Some(movement) = self.parts().get_mut(&part) {
            movement.within = None;
        }
    }

    /// Returns what the parts wait for since a while, those that are stuck first; the monotonic times are told by `clock`.
    pub(super) fn waits(&self, clock: &Clock) -> Vec<PartWait> {
        let (now, wall) = (Instant::now(), clock.now());
        let told = |part: &DaemonPart, what: &str, since: Instant, limit: Duration| PartWait {
            part: part.to_string(),
            waits_for: what.to_owned(),
            since: wall
                .checked_sub(now.duration_since(since))
                .unwrap_or(Timestamp::MIN),
            until: since
                .checked_add(limit)
                .map(|end| (end.duration_since(now), now.duration_since(end)))
                .and_then(|(left, over)| wall.checked_add(left).ok()?.checked_sub(over).ok())
                .unwrap_or(Timestamp::MAX),
            stuck: now.duration_since(since) > limit,
        };
        let mut waits = Vec::new();
        for (part, movement) in self.parts().iter() {
            let works = movement.works.values();
            let long = works.filter(|work| work.since.elapsed() > WORTH_TELLING);
            waits.extend(long.map(|work| told(part, &work.what, work.since, work.limit)));
            let idle = movement.within.filter(|_| movement.works.is_empty());
            if let Some(within) = idle.filter(|_| movement.is_stuck()) {
                waits.push(told(part, "nothing that is known", movement.proved, within));
            }
        }
        let log = self.log.and_then(|hangs_for| hangs_for());
        if let Some(hangs) = log.filter(|hangs| *hangs > WORTH_TELLING) {
            waits.push(PartWait {
                part: "the log".into(),
                waits_for: "the journal, or whoever reads standard error".into(),
                since: wall.checked_sub(hangs).unwrap_or(Timestamp::MIN),
                until: Timestamp::MAX,
                stuck: false,
            });
        }
        waits.sort_by_key(|wait| !wait.stuck);
        waits
    }

    /// Returns true when a part without which nothing goes on is stuck.
    pub(super) fn is_stuck(&self) -> bool {
        let parts = self.parts();
        let mut vital = parts.iter().filter(|(part, _)| part.is_vital());
        vital.any(|(_, movement)| movement.is_stuck())
    }

    fn parts(&self) -> MutexGuard<'_, BTreeMap<DaemonPart, Movement>> {
        self.parts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Movement {
    fn new() -> Self {
        Movement {
            proved: Instant::now(),
            within: None,
            works: BTreeMap::new(),
            next: 0,
        }
    }

    fn is_stuck(&self) -> bool {
        match self.works.is_empty() {
            true => self
                .within
                .is_some_and(|within| self.proved.elapsed() > within),
            false => {
                let mut works = self.works.values();
                works.any(|work| work.since.elapsed() > work.limit)
            }
        }
    }
}

/// What a part waits for; its end is a proof that the part moves.
#[derive(Debug)]
pub(super) struct WaitingFor {
    liveness: Liveness,
    part: DaemonPart,
    number: u64,
}

impl WaitingFor {
    /// Notes that the part goes on, and waits for something else now.
    pub(super) fn goes_on(&self, what: impl Into<String>, limit: Duration) {
        let mut parts = self.liveness.parts();
        let movement = parts.get_mut(&self.part);
        if let Some(work) = movement.and_then(|one| one.works.get_mut(&self.number)) {
            *work = UnderWay {
                what: what.into(),
                since: Instant::now(),
                limit,
            };
        }
    }
}

impl Drop for WaitingFor {
    fn drop(&mut self) {
        if let Some(movement) = self.liveness.parts().get_mut(&self.part) {
            movement.works.remove(&self.number);
            movement.proved = Instant::now();
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::advance;

    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn clock() -> Clock {
        Clock::held("2025-11-29T00:00:00Z".parse().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn a_part_is_stuck_once_its_next_proof_is_overdue() {
        let liveness = Liveness::default();
        assert!(!liveness.is_stuck());
        liveness.proves(DaemonPart::EndOfDay, MINUTE);
        advance(MINUTE).await;
        assert!(!liveness.is_stuck() && liveness.waits(&clock()).is_empty());
        advance(Duration::from_secs(1)).await;
        assert!(liveness.is_stuck());
        let waits = liveness.waits(&clock());
        assert_eq!(waits[0].part, "the end-of-day job");
        assert_eq!(waits[0].since.to_string(), "2025-11-28T23:58:59Z");
        assert_eq!(waits[0].until.to_string(), "2025-11-28T23:59:59Z");
        liveness.proves(DaemonPart::EndOfDay, MINUTE);
        assert!(!liveness.is_stuck());
        advance(2 * MINUTE).await;
        liveness.ends(DaemonPart::EndOfDay);
        assert!(!liveness.is_stuck());
    }

    #[tokio::test(start_paused = true)]
    async fn while_a_part_waits_for_something_within_its_limit_no_proof_is_due() {
        let liveness = Liveness::default();
        liveness.proves(DaemonPart::Delivery, MINUTE);
        let waits = liveness.waits_for(
            DaemonPart::Delivery,
            "the answer of mail.example",
            5 * MINUTE,
        );
        advance(4 * MINUTE).await;
        assert!(!liveness.is_stuck());
        let told = liveness.waits(&clock());
        assert_eq!(told[0].waits_for, "the answer of mail.example");
        assert_eq!(told[0].until.to_string(), "2025-11-29T00:01:00Z");
        waits.goes_on("its goodbye", MINUTE);
        advance(2 * MINUTE).await;
        assert!(liveness.is_stuck() && liveness.waits(&clock())[0].stuck);
        drop(waits);
        assert!(!liveness.is_stuck());
        advance(2 * MINUTE).await;
        assert!(liveness.is_stuck());
    }

    #[tokio::test(start_paused = true)]
    async fn a_backup_that_hangs_is_told_and_ends_nothing() {
        let liveness = Liveness::default();
        let waits = liveness.waits_for(DaemonPart::Backup, "the disk of /mnt/backup", MINUTE);
        advance(2 * MINUTE).await;
        assert!(!liveness.is_stuck());
        assert!(liveness.waits(&clock())[0].stuck);
        drop(waits);
        advance(100 * MINUTE).await;
        assert!(liveness.waits(&clock()).is_empty());
    }
}
