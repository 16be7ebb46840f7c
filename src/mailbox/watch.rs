//! The watcher: connect → read to the end → wait → read again … with one way out of every failure: drop the session,
//! wait a little longer than before, connect, read by UID. It trusts no notification; a hint only makes it look.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::asking::Manner;
use super::exchange::Session;
use super::fetch::{self, Target};
use super::orders::{Orders, Phase};
use super::{Error, Intake, Settings, backoff, connect};
use crate::clock::Clock;

/// How often a wait looks at the clocks: a suspended machine or a stepped clock is noticed within this time.
const TICK: Duration = Duration::from_secs(15);
/// Wall clock and monotonic clock may drift apart this much during one wait before the connection is suspect.
const STEP: SignedDuration = SignedDuration::from_secs(30);
/// With several folders on one connection, IDLE watches the first; the others are looked at this often.
const OTHER_FOLDERS: Duration = Duration::from_secs(60);

/// Watches until `stop`. Failures are waited out and never end it.
pub async fn watch<I: Intake>(
    settings: Settings,
    wanted: Vec<String>,
    clock: Clock,
    mut intake: I,
    mut orders: Orders,
    stop: CancellationToken,
) {
    let account = format!("{}@{}", settings.username, settings.host);
    let mut watcher = Watcher {
        settings: &settings,
        wanted: &wanted,
        account: &account,
        clock: &clock,
        manners: settings.folders.iter().map(|_| Manner::default()).collect(),
        asked: Vec::new(),
        proved: None,
        failures: 0,
    };
    orders
        .state
        .send_modify(|state| state.account.clone_from(&account));
    loop {
        let ended = watcher.session(&mut intake, &mut orders, &stop).await;
        let Err(error) = ended else {
            break;
        };
        watcher.proved = None;
        watcher.failures += 1;
        let wait = backoff::wait(error.kind(), watcher.failures, fastrand::f64());
        let next = clock.now().checked_add(wait).unwrap_or(Timestamp::MAX);
        let failures = watcher.failures;
        warn!(%account, %error, failures, wait = wait.as_secs_f32(), "session lost");
        watcher.enter(&orders, Phase::BackingOff);
        orders.state.send_modify(|state| {
            state.last_error = Some(error.to_string());
            state.next_attempt = Some(next);
        });
        let pause = tokio::time::sleep(wait);
        tokio::pin!(pause);
        loop {
            tokio::select! {
                biased;
                () = stop.cancelled() => return watcher.enter(&orders, Phase::Stopped),
                () = &mut pause => break,
                // Kept until a session has read to the end.
                Some(look) = orders.looks.recv() => watcher.asked.push(look),
            }
        }
    }
    watcher.enter(&orders, Phase::Stopped);
}

/// Reads every folder to its end once, for `run --once`.
///
/// # Errors
/// The mailbox cannot be read; see [`Error`].
pub async fn read_once<I: Intake>(
    settings: &Settings,
    wanted: &[String],
    clock: &Clock,
    intake: &mut I,
    stop: &CancellationToken,
) -> Result<(), Error> {
    let account = format!("{}@{}", settings.username, settings.host);
    let started = clock.now();
    let mut session = connect::connect(settings).await?;
    for folder in &settings.folders {
        let target = Target {
            account: &account,
            folder,
            wanted,
        };
        let opened = fetch::examine(&mut session, folder).await?;
        let mut cursor = fetch::cursor(target, opened, intake).await?;
        let mut manner = Manner::default();
        fetch::read(
            &mut session,
            target,
            opened,
            &mut cursor,
            &mut manner,
            intake,
            stop,
        )
        .await?;
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

/// Why a wait ended.
enum Woken {
    Stopped,
    LookAgain,
}

struct Watcher<'a> {
    settings: &'a Settings,
    wanted: &'a [String],
    account: &'a str,
    clock: &'a Clock,
    manners: Vec<Manner>,
    /// Who asked for a look and has no answer yet.
    asked: Vec<oneshot::Sender<()>>,
    /// The last proof of life in this session.
    proved: Option<Timestamp>,
    failures: u32,
}

impl Watcher<'_> {
    /// One session from its connection to its end. `Ok` only when asked to stop.
    async fn session<I: Intake>(
        &mut self,
        intake: &mut I,
        orders: &mut Orders,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        self.enter(orders, Phase::Connecting);
        let mut session = tokio::select! {
            biased;
            () = stop.cancelled() => return Ok(()),
            session = connect::connect(self.settings) => session?,
        };
        info!(
            account = self.account,
            capabilities = session.capabilities.len(),
            "connected"
        );
        self.prove(intake, orders).await?;
        loop {
            self.enter(orders, Phase::Reconciling);
            // Requests that came before this reading are answered by it.
            while let Ok(look) = orders.looks.try_recv() {
                self.asked.push(look);
            }
            self.reconcile(&mut session, intake, stop).await?;
            self.prove(intake, orders).await?;
            if stop.is_cancelled() {
                session.log_out().await;
                return Ok(());
            }
            self.failures = 0;
            orders.state.send_modify(|state| {
                state.last_error = None;
                state.next_attempt = None;
            });
            for look in self.asked.drain(..) {
                // Who asked may have stopped waiting.
                let _ = look.send(());
            }
            // Said while reading: there may be more already.
            if session.hinted {
                continue;
            }
            let woken = if session.offers("IDLE") {
                self.idle(&mut session, orders, stop).await?
            } else {
                self.poll(orders, stop).await
            };
            if matches!(woken, Woken::Stopped) {
                session.log_out().await;
                return Ok(());
            }
        }
    }

    /// Reads every folder to its end, the first one last, so that it is open for IDLE.
    async fn reconcile<I: Intake>(
        &mut self,
        session: &mut Session,
        intake: &mut I,
        stop: &CancellationToken,
    ) -> Result<(), Error> {
        for (folder, manner) in self.settings.folders.iter().zip(&mut self.manners).rev() {
            if stop.is_cancelled() {
                return Ok(());
            }
            let target = Target {
                account: self.account,
                folder,
                wanted: self.wanted,
            };
            let opened = fetch::examine(session, folder).await?;
            let mut cursor = fetch::cursor(target, opened, intake).await?;
            fetch::read(session, target, opened, &mut cursor, manner, intake, stop).await?;
        }
        Ok(())
    }

    /// Waits in IDLE until there is a reason to look: a hint, a request, or the time after which the connection must
    /// prove that it lives. That time is absolute: a server that chats without end cannot prolong it.
    async fn idle(
        &mut self,
        session: &mut Session,
        orders: &mut Orders,
        stop: &CancellationToken,
    ) -> Result<Woken, Error> {
        let tag = match session.begin_idle().await {
            Ok(tag) => tag,
            Err(Error::Refused { said, .. }) => {
                warn!(
                    account = self.account,
                    said, "IDLE refused, polling instead"
                );
                session.capabilities.remove("IDLE");
                return Ok(self.poll(orders, stop).await);
            }
            Err(other) => return Err(other),
        };
        self.enter(orders, Phase::Idling);
        let mut limit = self.settings.idle_refresh.min(self.settings.poll);
        if self.settings.folders.len() > 1 {
            limit = limit.min(OTHER_FOLDERS);
        }
        let deadline = tokio::time::Instant::now() + limit;
        let mut clocks = Clocks::start(self.clock);
        let mut stopped = false;
        // What was said before the `+` counts too.
        while !session.hinted {
            tokio::select! {
                biased;
                () = stop.cancelled() => { stopped = true; break }
                look = orders.looks.recv() => match look {
                    Some(look) => { self.asked.push(look); break }
                    None => { stopped = true; break }
                },
                said = session.idle_response() => said?,
                () = tokio::time::sleep_until(deadline) => break,
                () = tokio::time::sleep(TICK) => clocks.agree(self.clock)?,
            }
        }
        session.end_idle(&tag).await?;
        Ok(if stopped {
            Woken::Stopped
        } else {
            Woken::LookAgain
        })
    }

    /// Waits for the next look on a server without IDLE. The reading that follows proves the connection.
    async fn poll(&mut self, orders: &mut Orders, stop: &CancellationToken) -> Woken {
        self.enter(orders, Phase::Polling);
        // Without IDLE the refresh is the only way to learn of new mail, and of a connection that died.
        let limit = self.settings.poll.min(self.settings.idle_refresh);
        tokio::select! {
            biased;
            () = stop.cancelled() => Woken::Stopped,
            look = orders.looks.recv() => match look {
                Some(look) => { self.asked.push(look); Woken::LookAgain }
                None => Woken::Stopped,
            },
            () = tokio::time::sleep(limit) => Woken::LookAgain,
        }
    }

    /// Notes that the server lives now, and did since the proof before.
    async fn prove<I: Intake>(&mut self, intake: &mut I, orders: &Orders) -> Result<(), Error> {
        let now = self.clock.now();
        let since = self.proved.filter(|proved| *proved <= now).unwrap_or(now);
        note_alive(intake, since, now).await?;
        self.proved = Some(now);
        orders
            .state
            .send_modify(|state| state.last_proof = Some(now));
        Ok(())
    }

    fn enter(&self, orders: &Orders, phase: Phase) {
        let now = self.clock.now();
        orders.state.send_modify(|state| {
            if state.phase != phase {
                tracing::debug!(account = self.account, from = %state.phase, to = %phase, "phase");
                state.phase = phase;
                state.since = now;
            }
        });
    }
}

/// The wall clock beside the monotonic one: where they part, the machine slept or the clock was set, and a connection
/// that looks alive may have been dead for hours.
struct Clocks {
    wall: Timestamp,
    monotonic: Instant,
}

impl Clocks {
    fn start(clock: &Clock) -> Self {
        Clocks {
            wall: clock.now(),
            monotonic: Instant::now(),
        }
    }

    fn agree(&mut self, clock: &Clock) -> Result<(), Error> {
        let before = std::mem::replace(self, Clocks::start(clock));
        let wall = self.wall.duration_since(before.wall);
        let monotonic = self.monotonic.duration_since(before.monotonic);
        let apart = (wall - SignedDuration::try_from(monotonic).unwrap_or(wall)).abs();
        if apart > STEP {
            let seconds = apart.as_secs();
            return Err(Error::Lost(format!(
                "the clock jumped by {seconds} s (the machine slept, or its clock was set): connecting anew"
            )));
        }
        Ok(())
    }
}
