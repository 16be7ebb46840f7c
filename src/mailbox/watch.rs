//! The watcher: connect → read to the end → wait → read again … with one way out of every failure: drop the session,
//! wait a little longer than before, connect, read by UID. It trusts no notification; a hint only makes it look.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::oneshot;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::clocks::{Clocks, TICK};
use super::exchange::Session;
use super::orders::{Line, Orders, Phase};
use super::places::{Place, Places};
use super::progress::Counted;
use super::{Error, Intake, MailboxSettings, backoff, connect};
use crate::clock::Clock;

/// With several folders on one connection, IDLE watches the first; the others are looked at this often.
const OTHER_FOLDERS: Duration = Duration::from_secs(60);
/// So many hints in a row may come to nothing; from then on the server's next one is answered after [`CALM`].
const IDLE_TALK: u32 = 5;
/// Flags that another client changes are hints too, and some servers repeat themselves.
const CALM: Duration = Duration::from_secs(1);

/// Watches until `stop`. Failures are waited out and never end it.
pub async fn watch<I: Intake>(
    settings: MailboxSettings,
    wanted: Vec<String>,
    clock: Clock,
    intake: I,
    mut orders: Orders,
    stop: CancellationToken,
) {
    let account = settings.account();
    let line = Line::to(&orders, &clock, stop.clone());
    line.tell(|state| state.account.clone_from(&account));
    let mut watcher = Watcher {
        settings: &settings,
        clock: &clock,
        line,
        places: Places::new(&account, &settings.folders, &wanted),
        asked: Vec::new(),
        proved: None,
        failures: 0,
        kind: backoff::Kind::Connection,
    };
    let mut intake = Counted::new(intake);
    while let Err(error) = watcher.session(&mut intake, &mut orders, &stop).await {
        if intake.stored() > 0 {
            watcher.failures = 0;
        }
        if stop.is_cancelled() || watcher.back_off(&error, &account, &mut orders, &stop).await {
            break;
        }
    }
    watcher.line.enter(Phase::Stopped, "asked to");
}

/// Reads every folder to its end once, for `run --once`.
///
/// # Errors
/// The mailbox cannot be read; see [`Error`].
pub async fn read_once<I: Intake>(
    settings: &MailboxSettings,
    wanted: &[String],
    clock: &Clock,
    intake: &mut I,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let account = settings.account();
    let started = clock.now();
    let mut session = connect::connect(settings, Line::alone(stop.clone())).await?;
    for folder in &settings.folders {
        let mut place = Place::new(folder);
        place.open(&mut session, &account, wanted, intake).await?;
    }
    session.log_out().await;
    note_alive(intake, started, clock.now()).await
}

async fn note_alive<I: Intake>(
    intake: &mut I,
    since: Timestamp,
    until: Timestamp,
) -> Result<(), Error> {
    if until < since {
        return Ok(());
    }
    intake
        .alive(since, until)
        .await
        .map_err(|error| Error::Intake(Box::new(error)))
}

/// Why a wait ended, and with it what to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Woken {
    Stopped,
    /// Something was said about the folder that is open.
    Hinted,
    /// The other folders are due.
    Others,
    /// Everything is due, or was asked for.
    Due(&'static str),
}

struct Watcher<'a> {
    settings: &'a MailboxSettings,
    clock: &'a Clock,
    line: Line,
    places: Places<'a>,
    /// Who asked for a look and has no answer yet.
    asked: Vec<oneshot::Sender<()>>,
    /// The last proof of life in this session.
    proved: Option<Timestamp>,
    /// Failures in a row, of one kind.
    failures: u32,
    kind: backoff::Kind,
}

impl Watcher<'_> {
    /// One session from its connection to its end. `Ok` only when asked to stop.
    async fn session<I: Intake>(
        &mut self,
        intake: &mut I,
        orders: &mut Orders,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        self.line.enter(Phase::Connecting, "no session");
        self.proved = None;
        let mut session = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            session = connect::connect(self.settings, self.line.clone()) => session?,
        };
        info!(
            capabilities = session.capabilities.len(),
            idle = session.offers("IDLE"),
            "connected"
        );
        self.prove(intake).await?;
        let mut woken = Woken::Due("connected");
        let mut full_at = Instant::now();
        let mut idle_talk = 0;
        loop {
            // Requests that came before this reading are answered by it.
            while let Ok(look) = orders.looks.try_recv() {
                self.asked.push(look);
            }
            let found = match woken {
                Woken::Hinted if self.asked.is_empty() => {
                    self.line.enter(Phase::Reconciling, "the server hinted");
                    self.places.news(&mut session, intake).await?
                }
                Woken::Others if self.asked.is_empty() => {
                    self.line.enter(Phase::Reconciling, "other folders are due");
                    self.places.others(&mut session, intake).await?
                }
                Woken::Due(why) => self.everything(&mut session, intake, why).await?,
                _ => self.everything(&mut session, intake, "asked for").await?,
            };
            self.prove(intake).await?;
            if stop.is_cancelled() {
                session.log_out().await;
                return Ok(());
            }
            self.settle();
            if matches!(woken, Woken::Due(_)) {
                full_at = Instant::now() + self.settings.idle_refresh.min(self.settings.poll);
            }
            idle_talk = match woken {
                Woken::Hinted if found == 0 => idle_talk + 1,
                _ => 0,
            };
            if idle_talk > IDLE_TALK {
                tokio::select! {
                    () = stop.cancelled() => {}
                    () = tokio::time::sleep(CALM) => {}
                }
            }
            woken = if session.hinted {
                // Said while reading: there may be more already.
                Woken::Hinted
            } else if session.offers("IDLE") {
                self.idle(&mut session, orders, full_at, stop).await?
            } else {
                self.poll(orders, full_at, stop).await?
            };
            if woken == Woken::Stopped {
                session.log_out().await;
                return Ok(());
            }
        }
    }

    async fn everything<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &mut I,
        why: &'static str,
    ) -> Result<usize, Error> {
        self.line.enter(Phase::Reconciling, why);
        let found = self.places.everything(session, intake).await?;
        // After a stop it may not have been everything.
        if !session.line.stop.is_cancelled() {
            for look in self.asked.drain(..) {
                // Who asked may have stopped waiting.
                let _ = look.send(());
            }
        }
        Ok(found)
    }

    /// A session that has read to the end makes earlier failures history.
    fn settle(&mut self) {
        self.failures = 0;
        let missing = self.places.missing().map(|error| error.to_string());
        self.line.tell(|state| {
            state.last_error = missing;
            state.next_attempt = None;
        });
    }

    /// Waits after a failure; `true` when asked to stop.
    async fn back_off(
        &mut self,
        error: &Error,
        account: &str,
        orders: &mut Orders,
        stop: &CancellationToken,
    ) -> bool {
        let kind = error.kind();
        self.failures = if kind == self.kind {
            self.failures + 1
        } else {
            1
        };
        self.kind = kind;
        let wait = backoff::wait(kind, self.failures, fastrand::f64());
        let next = self.clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        let failures = self.failures;
        warn!(%account, %error, failures, wait = wait.as_secs_f32(), "session lost");
        self.line.tell(|state| {
            state.last_error = Some(error.to_string());
            state.next_attempt = Some(next);
        });
        self.line.enter(Phase::BackingOff, &error.to_string());
        let pause = Instant::now() + wait;
        let mut clocks = Clocks::start(self.clock);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return true,
                () = tokio::time::sleep_until(pause) => return false,
                // Kept until a session has read to the end.
                Some(look) = orders.looks.recv() => {
                    self.asked.push(look);
                    // Somebody waits, at midnight for example: a server that was away may be back. A password that
                    // was refused is still wrong.
                    if kind == backoff::Kind::Connection {
                        return false;
                    }
                }
                // What was true before the machine slept need not be true now.
                () = tokio::time::sleep(TICK) => if clocks.agree(self.clock).is_err() {
                    return false;
                },
            }
        }
    }

    /// When the next wait ends by itself, and why.
    fn deadline(&self, full_at: Instant) -> (Instant, Woken) {
        let others = Instant::now() + OTHER_FOLDERS;
        if self.places.several() && others < full_at {
            (others, Woken::Others)
        } else {
            (full_at, Woken::Due("the refresh is due"))
        }
    }

    /// Waits in IDLE until there is a reason to look: a hint, a request, or the time after which the connection must
    /// prove that it lives. That time is absolute: a server that chats without end cannot prolong it.
    async fn idle(
        &mut self,
        session: &mut Session,
        orders: &mut Orders,
        full_at: Instant,
        stop: &CancellationToken,
    ) -> Result<Woken, Error> {
        let tag = match session.begin_idle().await {
            Ok(tag) => tag,
            Err(Error::Refused { said, .. }) => {
                warn!(said, "IDLE refused, polling instead");
                session.capabilities.remove("IDLE");
                return self.poll(orders, full_at, stop).await;
            }
            Err(other) => return Err(other),
        };
        self.line.enter(Phase::Idling, "read to the end");
        let (deadline, due) = self.deadline(full_at);
        let mut ticks = tokio::time::interval_at(Instant::now() + TICK, TICK);
        let mut clocks = Clocks::start(self.clock);
        // What was said before the `+` counts too.
        let woken = loop {
            if session.hinted {
                break Woken::Hinted;
            }
            tokio::select! {
                biased;
                () = stop.cancelled() => break Woken::Stopped,
                look = orders.looks.recv() => match look {
                    Some(look) => { self.asked.push(look); break Woken::Due("asked for") }
                    None => break Woken::Stopped,
                },
                () = tokio::time::sleep_until(deadline) => break due,
                _ = ticks.tick() => clocks.agree(self.clock)?,
                said = session.idle_response() => said?,
            }
        };
        session.end_idle(&tag).await?;
        Ok(woken)
    }

    /// Waits for the next look on a server without IDLE. The reading that follows proves the connection.
    async fn poll(
        &mut self,
        orders: &mut Orders,
        full_at: Instant,
        stop: &CancellationToken,
    ) -> Result<Woken, Error> {
        self.line.enter(Phase::Polling, "read to the end, no IDLE");
        let (deadline, due) = self.deadline(full_at);
        let mut ticks = tokio::time::interval_at(Instant::now() + TICK, TICK);
        let mut clocks = Clocks::start(self.clock);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return Ok(Woken::Stopped),
                look = orders.looks.recv() => {
                    let Some(look) = look else {
                        return Ok(Woken::Stopped);
                    };
                    self.asked.push(look);
                    return Ok(Woken::Due("asked for"));
                }
                () = tokio::time::sleep_until(deadline) => return Ok(due),
                _ = ticks.tick() => clocks.agree(self.clock)?,
            }
        }
    }

    /// Notes that the server lives now, and did since the proof before.
    async fn prove<I: Intake>(&mut self, intake: &mut I) -> Result<(), Error> {
        let now = self.clock.now();
        let since = self.proved.filter(|proved| *proved <= now).unwrap_or(now);
        note_alive(intake, since, now).await?;
        self.proved = Some(now);
        self.line.beat();
        Ok(())
    }
}
