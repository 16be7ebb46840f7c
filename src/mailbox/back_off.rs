//! The waits between sessions: as long as the cause asks for, a little longer at each failure of its kind, and never so
//! short that a server is asked for more than [`LOGINS_AN_HOUR`].

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use super::ImapError;
use super::error::Cause;

/// Logins within any hour, whatever goes wrong and whoever asks: one a minute. Providers count refused ones by the ten
/// and accepted ones by the hundred.
pub const LOGINS_AN_HOUR: usize = 60;
/// Of these, what is kept for the look before a day is sealed.
const KEPT_FOR_REQUESTS: usize = 6;
/// Of these, what the copies for `sent_folder` may use.
const FOR_COPIES: usize = 20;
/// Looks on request within an hour at a server that refuses the account: one at midnight does no harm, one for each try
/// to seal does.
const REQUESTED_LOOKS: usize = 2;
/// The longest wait for a server that is merely away while somebody waits for the sync, who gives up after two minutes.
const WAIT_WHILE_REQUESTED: Duration = Duration::from_secs(20);
const HOUR: Duration = Duration::from_secs(60 * 60);

/// Instants within the last hour.
#[derive(Debug, Default)]
struct LastHour(VecDeque<Instant>);

impl LastHour {
    /// Returns the wait until there are fewer than `most`.
    fn wait_for(&mut self, most: usize) -> Duration {
        while self.0.front().is_some_and(|first| first.elapsed() >= HOUR) {
            self.0.pop_front();
        }
        let surplus = (self.0.len() + 1).saturating_sub(most);
        let frees = surplus.checked_sub(1).and_then(|index| self.0.get(index));
        frees.map_or(Duration::ZERO, |at| HOUR.saturating_sub(at.elapsed()))
    }

    fn add(&mut self) {
        self.0.push_back(Instant::now());
        // More are never asked about.
        while self.0.len() > LOGINS_AN_HOUR {
            self.0.pop_front();
        }
    }
}

/// The logins of the last hour. Shared by all who log in to the mailbox.
#[derive(Clone, Debug, Default)]
pub(super) struct LoginCount(Arc<Mutex<LastHour>>);

impl LoginCount {
    /// Counts a login that is about to be tried.
    pub(super) fn add(&self) {
        self.locked(LastHour::add);
    }

    /// Returns the wait until the watcher may log in again by itself.
    fn routine_wait(&self) -> Duration {
        self.locked(|hour| hour.wait_for(LOGINS_AN_HOUR - KEPT_FOR_REQUESTS))
    }

    /// Returns the wait until one may log in again because somebody waits for it.
    pub(super) fn requested_wait(&self) -> Duration {
        self.locked(|hour| hour.wait_for(LOGINS_AN_HOUR))
    }

    /// Returns the wait until a copy may be stored.
    pub(super) fn copy_wait(&self) -> Duration {
        self.locked(|hour| hour.wait_for(FOR_COPIES))
    }

    fn locked<T>(&self, work: impl FnOnce(&mut LastHour) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The failures that were not forgotten, and the wait that they ask for.
#[derive(Debug, Default)]
pub(super) struct BackOff {
    logins: LoginCount,
    /// Failures of each kind. Those of one are not forgotten for another, or a server that refuses the password and is
    /// lost in turn would be asked every second.
    failures: BTreeMap<Cause, u32>,
    last: Option<Cause>,
    looks: LastHour,
}

impl BackOff {
    /// Begins without a failure; `logins` bounds the waits.
    pub(super) fn new(logins: LoginCount) -> Self {
        BackOff {
            logins,
            ..BackOff::default()
        }
    }

    /// Counts a failure. Returns how many of its kind there were, and the wait before the next attempt; `requested` when
    /// somebody waits for it. `spread` from 0 to 1 varies the wait, which keeps a thousand daemons from coming back to a
    /// restarted server in the same second.
    pub(super) fn failed(
        &mut self,
        error: &ImapError,
        requested: bool,
        spread: f64,
    ) -> (u32, Duration) {
        let cause = error.cause();
        let failures = self.failures.entry(cause).or_default();
        *failures = failures.saturating_add(1);
        self.last = Some(cause);
        let mut wait = cause.wait(*failures).mul_f64(0.8 + 0.4 * spread);
        // What is suggested is what the server thinks is enough: never earlier.
        if let Some(suggested) = error.suggested_wait() {
            wait = wait.max(suggested.mul_f64(1.0 + 0.1 * spread));
        }
        let bound = if requested && cause.is_brief() {
            wait = wait.min(WAIT_WHILE_REQUESTED);
            self.logins.requested_wait()
        } else {
            self.logins.routine_wait()
        };
        (*failures, wait.max(bound))
    }

    /// Returns the wait before a look that somebody asks for, as at midnight, while the wait after a failure lasts; `None`
    /// when that wait is kept: a password that was refused is still wrong, and trying it may lock the account.
    pub(super) fn look_on_request(&mut self) -> Option<Duration> {
        let bound = self.logins.requested_wait();
        match self.last {
            Some(Cause::Credentials) => None,
            Some(cause) if !cause.is_brief() => {
                if self.looks.wait_for(REQUESTED_LOOKS) > Duration::ZERO {
                    return None;
                }
                self.looks.add();
                Some(bound)
            }
            _ => Some(bound),
        }
    }

    /// Returns the wait before a look because another server can be reached again; `None` when that is no reason for one.
    pub(super) fn look_when_reachable(&self) -> Option<Duration> {
        let is_brief = self.last.is_some_and(Cause::is_brief);
        is_brief.then(|| self.logins.routine_wait())
    }

    /// Returns the wait before a look because there is another password.
    pub(super) fn look_when_mended(&self) -> Duration {
        self.logins.routine_wait()
    }

    /// Forgets all failures.
    pub(super) fn forget(&mut self) {
        self.failures.clear();
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(said: &str) -> ImapError {
        ImapError::login_refused("imap.example:993", "reader", "password", said, false)
    }

    /// Returns the waits in seconds after failures in a row, over hours of paused time.
    async fn waits(error: &ImapError, count: usize) -> Vec<u64> {
        let mut back_off = BackOff::default();
        let mut waits = Vec::new();
        for _ in 0..count {
            let (_, wait) = back_off.failed(error, false, 0.5);
            waits.push(wait.as_secs());
            tokio::time::advance(wait).await;
        }
        waits
    }

    #[tokio::test(start_paused = true)]
    async fn each_cause_has_its_waits() {
        let away = waits(&ImapError::lost("cut"), 11).await;
        assert_eq!(away, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        let busy = waits(&said("[UNAVAILABLE] maintenance"), 11).await;
        assert_eq!(busy, away);
        let wrong = waits(&said("[AUTHENTICATIONFAILED] no"), 6).await;
        assert_eq!(wrong, [10, 60, 360, 2160, 3600, 3600]);
        let account = waits(&said("[ALERT] Web login required."), 5).await;
        assert_eq!(account, [60, 360, 2160, 3600, 3600]);
        assert_eq!(waits(&said("no"), 5).await, account);
        let throttled = waits(&said("[OVERQUOTA] bandwidth limits"), 7).await;
        assert_eq!(throttled, [60, 120, 240, 480, 960, 1800, 1800]);
    }

    #[tokio::test(start_paused = true)]
    async fn a_suggested_wait_is_kept_and_never_cut_short() {
        let throttled = said("Request is throttled. Suggested Backoff Time: 299961 milliseconds");
        for spread in [0.0, 0.5, 1.0] {
            let (_, wait) = BackOff::default().failed(&throttled, true, spread);
            assert!(wait.as_millis() >= 299_961, "{wait:?}");
            assert!(wait.as_secs() <= 330, "{wait:?}");
        }
        // One that suggests nothing at all is left alone for as long as others.
        let (_, wait) = BackOff::default().failed(&said("throttled, retry after 0"), false, 0.5);
        assert_eq!(wait.as_secs(), 60);
    }

    #[tokio::test(start_paused = true)]
    async fn the_failures_of_one_kind_are_not_forgotten_for_another() {
        let mut back_off = BackOff::default();
        let (wrong, lost) = (said("[AUTHENTICATIONFAILED] no"), ImapError::lost("cut"));
        let mut wait = |error| back_off.failed(error, false, 0.5).1.as_secs();
        assert_eq!((wait(&wrong), wait(&lost), wait(&wrong)), (10, 1, 60));
        back_off.forget();
        assert_eq!(back_off.failed(&wrong, false, 0.5).1.as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn an_hour_has_so_many_logins_and_no_more() {
        let mut back_off = BackOff::default();
        let begun = Instant::now();
        for _ in 0..LOGINS_AN_HOUR - KEPT_FOR_REQUESTS {
            back_off.logins.add();
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        let (_, wait) = back_off.failed(&ImapError::lost("cut"), false, 0.5);
        assert_eq!(begun.elapsed() + wait, HOUR);
        // Nobody waits for these: what is kept is not theirs.
        assert_eq!(begun.elapsed() + back_off.look_when_mended(), HOUR);
        let reachable = back_off.look_when_reachable();
        assert_eq!(begun.elapsed() + reachable.unwrap(), HOUR);
        // Those that are kept for a request, and then none.
        for _ in 0..KEPT_FOR_REQUESTS {
            assert_eq!(back_off.look_on_request(), Some(Duration::ZERO));
            back_off.logins.add();
        }
        assert_eq!(begun.elapsed() + back_off.look_on_request().unwrap(), HOUR);
        assert!(back_off.logins.copy_wait() > Duration::from_secs(3000));
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_ends_a_wait_except_after_a_wrong_password() {
        let look = |words: &str, times: usize| {
            let mut back_off = BackOff::default();
            back_off.failed(&said(words), false, 0.5);
            let looks = (0..times).map(|_| back_off.look_on_request());
            looks.flatten().count()
        };
        assert_eq!(look("[AUTHENTICATIONFAILED] no", 9), 0);
        assert_eq!(look("[UNAVAILABLE] maintenance", 9), 9);
        for words in ["no", "Web login required", "Request is throttled"] {
            assert_eq!(look(words, 9), REQUESTED_LOOKS, "{words}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_reached_again_ends_waits_for_the_network_alone() {
        let look = |error: &ImapError| {
            let mut back_off = BackOff::default();
            back_off.failed(error, false, 0.5);
            back_off.look_when_reachable()
        };
        assert_eq!(look(&ImapError::lost("cut")), Some(Duration::ZERO));
        for words in ["[AUTHENTICATIONFAILED] no", "Request is throttled", "no"] {
            assert_eq!(look(&said(words)), None, "{words}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_server_that_is_away_waits_less() {
        let mut back_off = BackOff::default();
        for _ in 0..12 {
            back_off.failed(&ImapError::lost("cut"), false, 0.5);
        }
        let (failures, wait) = back_off.failed(&ImapError::lost("cut"), true, 0.5);
        assert_eq!((failures, wait), (13, WAIT_WHILE_REQUESTED));
    }

    #[tokio::test(start_paused = true)]
    async fn the_spread_is_a_fifth_each_way() {
        let wait = |spread| {
            let error = ImapError::lost("cut");
            BackOff::default().failed(&error, false, spread).1
        };
        assert_eq!(wait(0.0), Duration::from_millis(800));
        assert_eq!(wait(1.0), Duration::from_millis(1200));
    }
}
