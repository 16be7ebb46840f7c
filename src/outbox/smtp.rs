//! Submits mails to the configured server over sessions that are kept from one to the next: a server that counts
//! connections or logins would let no more than some thirty readers have theirs.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::envelope::Envelope;
use super::hindrance::{Hindrance, Hindrances};
use super::open::{connect, log_in};
use super::session::{ServerDate, Session};
use super::transaction::{Halt, Transaction};
use super::unanswered::{EndOfMail, Unanswered};
use super::{Outcome, SmtpError, SmtpSettings, Submission, Transport};
use crate::secret::LastSecret;

/// The way to the configured server.
#[derive(Debug)]
pub struct Smtp {
    settings: SmtpSettings,
    /// Sessions that wait for the next mail, or for their QUIT: what follows an outcome must not hold it up.
    kept: Mutex<Vec<Session>>,
    /// What came of the last attempt to open a session, where it failed: until the next round nobody else tries.
    closed: Mutex<Option<(String, Outcome)>>,
    /// True when a session could be opened in this round.
    opened: AtomicBool,
    /// Sessions are opened one after the other: what comes of the first holds for those that wait.
    opening: tokio::sync::Mutex<()>,
    /// The password or token of the last login.
    secret: LastSecret,
    hindrances: Hindrances,
    /// The end of the process: what has not been handed over by then is broken off.
    stop: CancellationToken,
    unanswered: Unanswered,
    /// The last date that the server told in its greeting.
    date: watch::Sender<Option<ServerDate>>,
}

impl Smtp {
    /// Returns the way to the server in `settings`.
    pub fn new(settings: SmtpSettings) -> Self {
        Smtp {
            settings,
            kept: Mutex::default(),
            closed: Mutex::default(),
            opened: AtomicBool::new(false),
            opening: tokio::sync::Mutex::default(),
            secret: LastSecret::default(),
            hindrances: Hindrances::default(),
            stop: CancellationToken::new(),
            unanswered: Unanswered::default(),
            date: watch::Sender::new(None),
        }
    }

    /// Breaks attempts off at `stop` where the mail's end was not sent; the others are counted in `unanswered`.
    pub fn until(self, stop: CancellationToken, unanswered: Unanswered) -> Self {
        Smtp {
            stop,
            unanswered,
            ..self
        }
    }

    /// Waits until a session was opened.
    pub async fn connected(&self) {
        self.hindrances.connected().await;
    }

    /// Tells that another server could be reached: perhaps this one can be, too.
    pub fn look_again(&self) {
        self.hindrances.look_again();
    }

    /// Returns the last date that the server told in a greeting, as it changes; many tell none.
    pub fn server_date(&self) -> watch::Receiver<Option<ServerDate>> {
        self.date.subscribe()
    }

    /// Makes a transaction on a session that was kept, or on a new one. A kept session that the server has left, or in which
    /// it takes no more, is replaced by a new one: that is no failure of the mail's.
    ///
    /// # Errors
    /// No session could be had; nothing was said about the mail.
    pub(super) async fn make(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<Result<String, Halt>, SmtpError> {
        if let Some(mut session) = self.next_kept().await {
            let made = transaction.make(&mut session).await;
            let of_the_session = made.as_ref().is_err_and(|halt| halt.of_the_session);
            if !of_the_session {
                self.keep(session);
                return Ok(made);
            }
            // Before another is opened: the server may count them.
            if session.dialogue.is_whole() {
                session.quit().await;
            }
        }
        let mut session = {
            let _turn = self.opening.lock().await;
            if let Some((said, outcome)) = locked(&self.closed).clone() {
                return Ok(Err(Halt::of_the_mail(self.of_this_round(said, outcome))));
            }
            self.open().await?
        };
        if session.date.is_some() {
            self.date.send_replace(session.date);
        }
        let made = transaction.make(&mut session).await;
        self.keep(session);
        Ok(made)
    }

    /// Opens a session, and notes for the others of this round when none can be had.
    ///
    /// # Errors
    /// None can be had.
    async fn open(&self) -> Result<Session, SmtpError> {
        let opened = self.open_and_log_in().await;
        match &opened {
            Ok(_) => self.opened.store(true, Ordering::Relaxed),
            Err(error) => *locked(&self.closed) = Some((error.to_string(), error.outcome())),
        }
        opened
    }

    async fn open_and_log_in(&self) -> Result<Session, SmtpError> {
        let connected = connect(&self.settings).await;
        self.hindrances.note_greeting(connected.as_ref().err());
        let mut session = connected?;
        let logged_in = log_in(&mut session, &self.settings, &self.secret).await;
        self.hindrances.note_login(logged_in.as_ref().err());
        logged_in.map(|()| session)
    }

    /// Returns a session that is ready for the next mail, and ends those that are not.
    async fn next_kept(&self) -> Option<Session> {
        loop {
            let mut session = locked(&self.kept).pop()?;
            if session.mails < self.settings.mails_per_session && session.is_ready().await {
                return Some(session);
            }
            session.quit().await;
        }
    }

    /// Returns the outcome of a session that could not be opened. Where another could be in this round, it was one too many, or
    /// the way is bad for a moment: those behind are left for a round with fewer.
    fn of_this_round(&self, said: String, outcome: Outcome) -> Outcome {
        match self.opened.load(Ordering::Relaxed) {
            true => Outcome::Throttled(said),
            false => outcome,
        }
    }

    /// Waits until what is in the way has gone.
    async fn gone(&self, hindrance: Option<Hindrance>) {
        match (hindrance, self.settings.login.secret()) {
            (Some(Hindrance::Login), Ok(Some((_, source)))) => {
                self.secret.becomes_another(&source).await;
            }
            (Some(Hindrance::Away(since)), _) => loop {
                self.hindrances.next_look(since).await;
                if let Ok(session) = connect(&self.settings).await {
                    session.quit().await;
                    // The last thing: what changes ends this wait.
                    return self.hindrances.note_back();
                }
            },
            _ => std::future::pending().await,
        }
    }

    fn keep(&self, session: Session) {
        if session.dialogue.is_whole() {
            locked(&self.kept).push(session);
        }
    }
}

fn locked<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Transport for Smtp {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let envelope = match Envelope::read(mail.sender, mail.recipient) {
            Ok(envelope) => envelope,
            Err(why) => return Outcome::NeedsHand(why),
        };
        let end = EndOfMail::of(&self.unanswered);
        let transaction = Transaction {
            envelope: &envelope,
            text: Some((mail.own, mail.bytes)),
            end: Some(&end),
        };
        let made = tokio::select! {
            biased;
            made = self.make(&transaction) => made,
            () = end.stopped_before(&self.stop) => {
                return Outcome::Deferred("nikkan was stopped before the mail was handed over".into());
            }
        };
        match made {
            Ok(Ok(said)) => Outcome::Delivered(said),
            Ok(Err(halt)) => halt.outcome,
            Err(error) => self.of_this_round(error.to_string(), error.outcome()),
        }
    }

    fn sessions(&self) -> usize {
        self.settings.sessions
    }

    fn give_up_after(&self) -> Duration {
        self.settings.give_up_after
    }

    fn refuses_us(&self) -> bool {
        self.hindrances.refuses_us()
    }

    async fn mended(&self) {
        let mut hindrance = self.hindrances.watch();
        loop {
            let now = *hindrance.borrow_and_update();
            tokio::select! {
                () = self.gone(now) => return,
                changed = hindrance.changed() => if changed.is_err() {
                    return std::future::pending().await;
                }
            }
        }
    }

    async fn rest(&self) {
        *locked(&self.closed) = None;
        self.opened.store(false, Ordering::Relaxed);
        let kept = std::mem::take(&mut *locked(&self.kept));
        let quit = join_all(kept.into_iter().map(Session::quit));
        // A goodbye holds up no stop.
        self.stop.run_until_cancelled(quit).await;
    }
}

#[cfg(test)]
mod tests;
