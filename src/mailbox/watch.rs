//! The watcher: connect → read to the end → wait → read again … with one way out of every failure: drop the session,
//! wait a little longer than before, connect, read by UID. It trusts no notification; a hint only makes it request.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::back_off::BackOff;
use super::clock_step::{CHECK_EVERY, ClockStep};
use super::hint_pace::HintPace;
use super::idle_trials::{BrokenIdle, IdleTrials};
use super::last_reading::{LastReading, ReadingStart};
use super::session::{IdleResponse, Session};
use super::session_status::SessionStatus;
use super::watched_folder::{Relisting, SEARCH_FATAL};
use super::watched_folders::{WatchedFolders, caught};
use super::watcher_handle::{Phase, SyncRequest, WatcherChannel};
use super::{ImapError, Intake, MailboxSettings, connect};
use crate::clock::Clock;

/// With several folders on one connection, IDLE watches the first; the interval at which the others are asked after.
const OTHER_FOLDERS: Duration = Duration::from_secs(60);
/// Sessions of one pass that may be lost to a panic: ten to find the message among a thousand, three to be sure, and as many
/// for another.
const PANICS_OF_ONE_PASS: u32 = 26;

/// Watches until `stop`. Failures are waited out and never end it.
pub async fn watch<I: Intake>(
    settings: MailboxSettings,
    wanted: Vec<String>,
    clock: Clock,
    intake: I,
    channel: WatcherChannel,
    stop: CancellationToken,
) {
    let account = settings.account();
    let status = SessionStatus::reporting_to(&channel, &clock, stop.clone());
    status.update(|state| state.account.clone_from(&account));
    let logins = channel.logins.clone();
    let mut watcher = Watcher {
        settings: &settings,
        clock: &clock,
        intake,
        channel,
        status,
        folders: WatchedFolders::new(&account, &settings.folders, &wanted, &clock),
        requested: Vec::new(),
        proved: None,
        back_off: BackOff::new(logins),
        idle: IdleTrials::new(settings.idle_refresh),
    };
    let mut stored = 0;
    while let Err(error) = caught(Box::pin(watcher.session())).await {
        watcher.idle_broken_off(&error.to_string());
        // A server that fails often, and yet gives messages in between, is not to be waited for ever longer.
        if watcher.status.stored() > stored {
            stored = watcher.status.stored();
            watcher.back_off.forget();
        }
        if stop.is_cancelled() || watcher.pause_after(&error).await {
            break;
        }
    }
    watcher.status.enter(Phase::Stopped, "asked to");
}

/// Reads every folder to its end once, for `run --once`. Returns the proof of that.
///
/// # Errors
/// The mailbox cannot be read, not one folder of it, or not before `stop`; see [`ImapError`].
pub async fn sync_once<I: Intake>(
    settings: &MailboxSettings,
    wanted: &[String],
    clock: &Clock,
    intake: &I,
    stop: &CancellationToken,
) -> Result<LastReading, ImapError> {
    let account = settings.account();
    let (started, start) = (clock.now(), ReadingStart::now(clock));
    let mut folders = WatchedFolders::new(&account, &settings.folders, wanted, clock).each_once();
    let (mut panicked, mut lost_at_search) = (0, 0);
    loop {
        let status = SessionStatus::unreported(stop.clone());
        let mut session = connect::open_session(settings, status).await?;
        let before = folders.unread().len();
        let synced = folders.sync_all(&mut session, Relisting::Once, intake);
        match synced.await {
            Ok(_) => session.logout().await,
            // One folder took the connection with it: the others are read on another.
            Err(_) if folders.unread().len() > before && folders.has_untried() => continue,
            // By ever fewer messages at a time it is found at which one it happens, which is then set aside.
            Err(error) if error.is_own_fault() && panicked < PANICS_OF_ONE_PASS => {
                warn!(%account, %error, "session lost");
                panicked += 1;
                continue;
            }
            // Then it is read without SEARCH.
            Err(error) if session.was_lost_at_search(&error) && lost_at_search < SEARCH_FATAL => {
                warn!(%account, %error, "session lost");
                lost_at_search += 1;
                continue;
            }
            Err(error) => return Err(error),
        }
        if let Some(unavailable) = folders.unavailable() {
            return Err(unavailable);
        }
        break;
    }
    let reading = folders.reading_since(start).ok_or(ImapError::Stopped)?;
    let ended = clock.now();
    if ended >= started {
        let noted = intake.note_alive(started, ended).await;
        noted.map_err(ImapError::intake)?;
    }
    Ok(reading)
}

/// The reason why a wait ended, and with it what to sync.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum WakeReason {
    Stopped,
    /// Something was said about the folder that is open.
    Hinted,
    /// The other folders are due.
    Others,
    /// Everything is due, or was asked for.
    Due(&'static str),
}

/// When folders are due whatever the server says.
#[derive(Clone, Copy, Debug)]
struct DueTimes {
    /// All of them.
    all: Instant,
    /// Those that are not open, where there are several.
    others: Option<Instant>,
}

impl DueTimes {
    /// Returns the next time, and what is due then.
    fn first(self) -> (Instant, WakeReason) {
        match self.others {
            Some(others) if others < self.all => (others, WakeReason::Others),
            _ => (self.all, WakeReason::Due("the refresh is due")),
        }
    }

    /// Returns what is due at `now`.
    fn due(self, now: Instant) -> Option<WakeReason> {
        if now >= self.all {
            return Some(WakeReason::Due("the refresh is due"));
        }
        let (at, reason) = self.first();
        (now >= at).then_some(reason)
    }
}

/// The watcher between and during its sessions.
struct Watcher<'a, I> {
    settings: &'a MailboxSettings,
    clock: &'a Clock,
    intake: I,
    channel: WatcherChannel,
    status: SessionStatus,
    folders: WatchedFolders<'a>,
    /// Requests for a sync that have no answer yet.
    requested: Vec<SyncRequest>,
    /// The last proof of life in this session.
    proved: Option<Timestamp>,
    /// The failures so far, and the waits after them.
    back_off: BackOff,
    /// What became of IDLE so far.
    idle: IdleTrials,
}

impl<I: Intake> Watcher<'_, I> {
    /// Runs one session from its connection to its end. `Ok` only when asked to stop.
    async fn session(&mut self) -> Result<(), ImapError> {
        self.status.enter(Phase::Connecting, "no session");
        self.status.clear_position();
        self.proved = None;
        let stop = self.status.stop.clone();
        let opening = Box::pin(connect::open_session(self.settings, self.status.clone()));
        let Some(session) = stop.run_until_cancelled(opening).await else {
            return Ok(());
        };
        let mut session = session?;
        info!(
            capabilities = session.capabilities.len(),
            idle = session.offers("IDLE"),
            "connected"
        );
        self.note_proof().await?;
        let mut woken = WakeReason::Due("connected");
        let mut pace = HintPace::default();
        let mut times = self.next_times();
        loop {
            // Requests that came before this reading are answered by it.
            while let Ok(request) = self.channel.sync_requests.try_recv() {
                self.requested.push(request);
            }
            let found = self.sync(&mut session, woken).await?;
            self.note_proof().await?;
            if stop.is_cancelled() {
                break;
            }
            self.settle();
            match woken {
                WakeReason::Due(_) => times = self.next_times(),
                WakeReason::Others => times.others = self.next_times().others,
                _ => {}
            }
            if found > 0 || woken == WakeReason::Hinted {
                pace.note(found, Instant::now());
            }
            // Said while reading: there may be more already. What is due comes first.
            let now = Instant::now();
            woken = match times.due(now) {
                Some(due) => due,
                None if session.hinted && pace.allows(now) => WakeReason::Hinted,
                None => self.wait(&mut session, times, &pace).await?,
            };
            if woken == WakeReason::Stopped {
                break;
            }
        }
        session.logout().await;
        Ok(())
    }

    /// Syncs what the wait ended for, or everything if that was asked for. Returns how many messages there were.
    async fn sync(&mut self, session: &mut Session, woken: WakeReason) -> Result<usize, ImapError> {
        match woken {
            WakeReason::Hinted if self.requested.is_empty() => {
                self.status.enter(Phase::Syncing, "the server hinted");
                self.folders.sync_open(session, &self.intake).await
            }
            WakeReason::Others if self.requested.is_empty() => {
                self.status.enter(Phase::Syncing, "other folders are due");
                self.folders.sync_others(session, &self.intake).await
            }
            WakeReason::Due(why) => self.sync_all(session, why).await,
            _ => self.sync_all(session, "asked for").await,
        }
    }

    /// Syncs all folders and answers those who asked for it.
    async fn sync_all(
        &mut self,
        session: &mut Session,
        why: &'static str,
    ) -> Result<usize, ImapError> {
        self.status.enter(Phase::Syncing, why);
        let relisting = match self.requested.is_empty() {
            true => Relisting::Hourly,
            false => Relisting::Asked,
        };
        let start = ReadingStart::now(self.clock);
        let folders = &mut self.folders;
        let found = folders.sync_all(session, relisting, &self.intake).await?;
        if let Some(reading) = self.folders.reading_since(start) {
            for request in self.requested.drain(..) {
                // Who asked may have stopped waiting.
                let _ = request.send(reading.clone());
            }
        }
        Ok(found)
    }

    /// Shows that a session has read to the end.
    fn settle(&mut self) {
        let missing = self.folders.unavailable().map(|error| error.to_string());
        self.status.update(|state| {
            state.last_error = missing;
            state.next_attempt = None;
        });
    }

    /// Waits after a failure. Returns true when asked to stop.
    async fn pause_after(&mut self, error: &ImapError) -> bool {
        self.requested.retain(|request| !request.is_closed());
        let requested = !self.requested.is_empty();
        let (failures, wait) = self.back_off.failed(error, requested, fastrand::f64());
        let account = self.settings.account();
        warn!(%account, %error, failures, wait = wait.as_secs_f32(), "session lost");
        self.status
            .back_off(error, self.clock.now().checked_add(wait));
        let mut pause = Instant::now() + wait;
        let mut clocks = ClockStep::start(self.clock);
        let mut another = Box::pin(connect::another_secret(
            self.settings,
            self.status.secret.clone(),
            error,
        ));
        let mut is_mended = false;
        loop {
            self.status.moves();
            let looks = tokio::select! {
                biased;
                () = self.status.stop.cancelled() => return true,
                () = tokio::time::sleep_until(pause) => return false,
                () = &mut another, if !is_mended => {
                    info!(%account, "there is another password or token: it is tried now");
                    is_mended = true;
                    pause = pause.min(Instant::now() + self.back_off.look_when_mended());
                    false
                }
                () = self.channel.reachable.notified() => {
                    let wait = self.back_off.look_when_reachable();
                    pause = wait.map_or(pause, |wait| pause.min(Instant::now() + wait));
                    false
                }
                // Kept until a session has read to the end. Somebody waits, at midnight for example: a server that was
                // away may be back.
                Some(request) = self.channel.sync_requests.recv() => {
                    self.requested.push(request);
                    true
                }
                // After a sleep the server may be back.
                () = tokio::time::sleep(CHECK_EVERY) => clocks.check(self.clock).is_err(),
            };
            if looks && let Some(wait) = self.back_off.look_on_request() {
                pause = pause.min(Instant::now() + wait);
            }
        }
    }

    /// Returns when the folders are due next, counted from now.
    fn next_times(&self) -> DueTimes {
        let now = Instant::now();
        DueTimes {
            all: now + self.settings.idle_refresh.min(self.settings.poll),
            others: self.folders.has_several().then(|| now + OTHER_FOLDERS),
        }
    }

    /// Starts IDLE; `None` on a server that does not offer it, or with which it does not work.
    async fn start_idle(&mut self, session: &mut Session) -> Result<Option<String>, ImapError> {
        let polls = match (session.offers("IDLE"), self.idle.reason_to_poll()) {
            (false, _) => "read to the end, no IDLE".to_owned(),
            (true, Some(why)) => format!("read to the end; {why}"),
            (true, None) => {
                self.idle.begin();
                match session.start_idle().await {
                    Ok(tag) => {
                        self.status.enter(Phase::Idling, "read to the end");
                        return Ok(Some(tag));
                    }
                    Err(ImapError::Refused { said, .. }) => {
                        warn!(said, "IDLE refused, polling instead");
                        self.idle.refused(&said);
                        format!("read to the end; IDLE refused: {said}")
                    }
                    Err(other) => return Err(other),
                }
            }
        };
        self.status.enter(Phase::Polling, &polls);
        Ok(None)
    }

    /// Notes that the server ended IDLE, or the session in it.
    fn idle_broken_off(&mut self, why: &str) {
        match self.idle.broken_off(why) {
            BrokenIdle::Worked => self.back_off.forget(),
            BrokenIdle::GivenUp => {
                warn!(
                    why,
                    "IDLE does not work here, polling instead; it is tried again in an hour"
                );
            }
            BrokenIdle::NotIdle | BrokenIdle::Short => {}
        }
    }

    /// Waits, in IDLE if the server has it, until there is a reason to sync: a hint that is worth it, a request, or the time
    /// after which the connection must prove that it lives. That time is absolute: a server that chats without end cannot
    /// prolong it. Without IDLE the reading that follows is the proof.
    async fn wait(
        &mut self,
        session: &mut Session,
        times: DueTimes,
        pace: &HintPace,
    ) -> Result<WakeReason, ImapError> {
        let tag = self.start_idle(session).await?;
        let (deadline, due) = times.first();
        let quiet = pace.quiet_until();
        let mut ticks = tokio::time::interval_at(Instant::now() + CHECK_EVERY, CHECK_EVERY);
        let mut clocks = ClockStep::start(self.clock);
        // A hint before the `+` counts too.
        let woken = loop {
            if session.hinted && pace.allows(Instant::now()) {
                break WakeReason::Hinted;
            }
            tokio::select! {
                biased;
                () = self.status.stop.cancelled() => break WakeReason::Stopped,
                request = self.channel.sync_requests.recv() => match request {
                    Some(request) => { self.requested.push(request); break WakeReason::Due("asked for") }
                    None => break WakeReason::Stopped,
                },
                () = tokio::time::sleep_until(deadline) => break due,
                () = tokio::time::sleep_until(quiet.unwrap_or(deadline)), if session.hinted => {}
                _ = ticks.tick() => {
                    self.status.moves();
                    if let Err(jumped) = clocks.check(self.clock) {
                        // Not the server's doing.
                        self.idle.end();
                        return Err(jumped);
                    }
                }
                said = session.read_idle_response(tag.as_deref().unwrap_or_default()), if tag.is_some() => {
                    if let IdleResponse::Ended(said) = said? {
                        info!(said, "the server ended IDLE by itself");
                        self.idle_broken_off(&said);
                        return Ok(WakeReason::Due("the server ended IDLE"));
                    }
                }
            }
        };
        // Only what lasted makes earlier failures forgotten: a reading that succeeds does not, since a server may close
        // after each.
        match &tag {
            Some(tag) => {
                session.end_idle(tag).await?;
                if self.idle.end() {
                    self.back_off.forget();
                }
            }
            None if woken == due => self.back_off.forget(),
            None => {}
        }
        Ok(woken)
    }

    /// Notes that the server lives now, and did since the proof before.
    async fn note_proof(&mut self) -> Result<(), ImapError> {
        let now = self.clock.now();
        let since = self.proved.filter(|proved| *proved <= now).unwrap_or(now);
        let noted = self.intake.note_alive(since, now).await;
        noted.map_err(ImapError::intake)?;
        self.proved = Some(now);
        self.status.heartbeat();
        Ok(())
    }
}
