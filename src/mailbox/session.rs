//! A session: one command at a time, read to its own tagged answer. Every command goes through [`Session::run_command`],
//! because the library's own streams end without an error when a FETCH is refused or cut off, and a cursor that moves
//! on such an end loses mail for good.

use std::collections::BTreeSet;
use std::time::Duration;

use async_imap::Client;
use async_imap::imap_proto::{MailboxDatum, Outcome, Response, ResponseCode, Status};
use jiff::Timestamp;
use tokio::io::AsyncWriteExt;
use tokio::time::{Instant, timeout};

use super::guard::{ReceivedBytes, ResponseGuard};
use super::read_timeout::{CHECKS_PER_TIMEOUT, LONGEST_ANSWER, within_read_timeout};
use super::server_words;
use super::session_status::SessionStatus;
use super::{ImapError, MailboxSettings};
use crate::endpoint::Stream;

/// The stream that async-imap reads from.
pub(super) type ImapStream = ResponseGuard<Stream>;

/// The end of IDLE must be answered within this time. Clients wait 15 s and then find the server gone
/// (chatmail/core#975); with 10 s a dead line is replaced within `idle_refresh` + 15 s, the new login included.
const DONE_LIMIT: Duration = Duration::from_secs(10);
/// Time that what is under way has after a stop.
const SHUTDOWN_GRACE: Duration = Duration::from_millis(1000);
/// The timeouts of a session. Short if the operator wants silence noticed early (`idle_refresh`), but never so short that
/// a busy server looks dead.
#[derive(Clone, Copy, Debug)]
pub(super) struct SessionLimits {
    /// Connecting, the handshake, the greeting and the login, each.
    pub(super) step_timeout: Duration,
    /// Silence while the server owes an answer. A slow one, from which bytes still come, is waited for.
    pub(super) read_timeout: Duration,
    /// Talk that is no answer, as `* OK hang in there`, while the server owes one.
    pub(super) chatter: Duration,
}

impl SessionLimits {
    /// Derives the timeouts from `idle_refresh`.
    pub(super) fn of(settings: &MailboxSettings) -> Self {
        let within = |least, most| {
            settings
                .idle_refresh
                .clamp(Duration::from_secs(least), Duration::from_secs(most))
        };
        SessionLimits {
            step_timeout: within(10, 30),
            read_timeout: within(10, 60),
            chatter: within(10, 120),
        }
    }
}

/// What was read in IDLE.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum IdleResponse {
    /// Something; the session knows whether it is a hint.
    Said,
    /// The server ended IDLE by itself, with these words.
    Ended(String),
}

/// A session, before its login and after it.
#[derive(Debug)]
pub(super) struct Session {
    imap: Client<ImapStream>,
    /// Commands so far, which number their tags.
    commands: u32,
    /// The name of the last one, as `UID FETCH`.
    command: String,
    received: ReceivedBytes,
    pub(super) limits: SessionLimits,
    pub(super) status: SessionStatus,
    /// The time to give up what is under way, once a stop was asked for.
    shutdown_deadline: Option<Instant>,
    /// In upper case.
    pub(super) capabilities: BTreeSet<String>,
    /// The end of the server's certificate.
    pub(super) certificate_expires: Option<Timestamp>,
    /// Something was said about new messages since this was last cleared.
    pub(super) hinted: bool,
    /// Messages in the open folder, as far as was told.
    pub(super) exists: u32,
}

impl Session {
    pub(super) fn new(
        stream: ImapStream,
        received: ReceivedBytes,
        limits: SessionLimits,
        status: SessionStatus,
        capabilities: BTreeSet<String>,
    ) -> Self {
        Session {
            // The library parses; commands are written here, since its own hide what is said besides their answers.
            imap: Client::new(stream),
            commands: 0,
            command: String::new(),
            received,
            limits,
            status,
            shutdown_deadline: None,
            capabilities,
            certificate_expires: None,
            hinted: false,
            exists: 0,
        }
    }

    /// Runs a command: sends it and hands every response to `see`, up to and with its own tagged one, which must be OK. `name`
    /// is for the error's text.
    pub(super) async fn run_command(
        &mut self,
        name: &'static str,
        command: &str,
        mut see: impl FnMut(&Response<'_>),
    ) -> Result<(), ImapError> {
        self.status.begin_command();
        let tag = self.send(command).await?;
        match self.read_answer(&tag, name, &mut see).await {
            Ok(CommandStep::Completed) => Ok(()),
            // Nothing was to be continued.
            Ok(CommandStep::Continue(_)) => Err(self.lost("asks for more than the command")),
            Err(ImapError::Refused { command, said }) => {
                self.status.hear(&format!("{command} refused: {said}"));
                Err(ImapError::Refused { command, said })
            }
            Err(other) => Err(other),
        }
    }

    /// Reads up to the tagged answer of the command with `tag`, which must be OK, or to a continuation (RFC 9051 section
    /// 7.5).
    pub(super) async fn read_answer(
        &mut self,
        tag: &str,
        name: &'static str,
        mut see: impl FnMut(&Response<'_>),
    ) -> Result<CommandStep, ImapError> {
        let mut answered = Instant::now();
        loop {
            let (step, unsolicited) = self
                .next(self.limits.read_timeout, |response| {
                    see(response);
                    (step_of(response, tag, name), is_unsolicited(response))
                })
                .await?;
            if let Some(step) = step {
                return step;
            }
            if !unsolicited {
                answered = Instant::now();
            } else if answered.elapsed() > self.limits.chatter {
                return Err(self.lost("talks without answering"));
            }
        }
    }

    /// Sends a command without waiting for its answer. Returns its tag.
    pub(super) async fn send(&mut self, command: &str) -> Result<String, ImapError> {
        self.commands += 1;
        let words = 1 + usize::from(command.starts_with("UID "));
        let named: Vec<&str> = command.split_whitespace().take(words).collect();
        self.command = named.join(" ");
        let tag = format!("A{:04}", self.commands);
        self.write(format!("{tag} {command}\r\n").as_bytes())
            .await?;
        Ok(tag)
    }

    /// Writes bytes as they are: a command, what continues one, a literal.
    pub(super) async fn write(&mut self, bytes: &[u8]) -> Result<(), ImapError> {
        let stream = self.imap.get_mut();
        let written = async {
            stream.write_all(bytes).await?;
            stream.flush().await
        };
        match timeout(self.limits.read_timeout, written).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(cause)) => Err(self.lost(cause)),
            Err(_) => Err(self.lost("takes no more commands")),
        }
    }

    /// Makes an error for the end of the session: its cause, the command that was under way, and what the server said
    /// before it.
    fn lost(&self, cause: impl std::fmt::Display) -> ImapError {
        let error = ImapError::lost(cause).followed_by(&format!(" at {}", self.command));
        match self.status.last_words() {
            Some(words) => error.followed_by(&format!("; the server said: {words}")),
            None => error,
        }
    }

    /// Returns true when the connection was lost by this error, and SEARCH was under way.
    pub(super) fn was_lost_at_search(&self, error: &ImapError) -> bool {
        let stopped = self.status.stop.is_cancelled();
        matches!(error, ImapError::Lost(_)) && self.command == "UID SEARCH" && !stopped
    }

    /// Hands the next response to `see`; an error when the server says goodbye, closes, or is silent for `limit`.
    async fn next<T>(
        &mut self,
        limit: Duration,
        see: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, ImapError> {
        let received = self.received.clone();
        let begun = Instant::now();
        let (mut seen, mut heard, mut unread) = (received.total(), begun, None);
        let response = {
            let mut read = std::pin::pin!(self.imap.read_response());
            loop {
                if self.shutdown_deadline.is_none() && self.status.stop.is_cancelled() {
                    self.shutdown_deadline = Some(Instant::now() + SHUTDOWN_GRACE);
                }
                let stopped = async {
                    match self.shutdown_deadline {
                        Some(end) => tokio::time::sleep_until(end).await,
                        None => self.status.stop.cancelled().await,
                    }
                };
                tokio::select! {
                    biased;
                    response = &mut read => break match response {
                        Ok(Some(response)) => Ok(response),
                        Ok(None) => Err("the server closed it".to_owned()),
                        Err(cause) => Err(cause.to_string()),
                    },
                    () = stopped => if self.shutdown_deadline.is_some() {
                        break Err("asked to stop".to_owned());
                    },
                    () = tokio::time::sleep(limit / CHECKS_PER_TIMEOUT) => {
                        let came = received.total();
                        if came == seen && heard.elapsed() >= limit {
                            unread = received.unread();
                            break Err(format!("silent for {} s", limit.as_secs()));
                        }
                        if begun.elapsed() > LONGEST_ANSWER {
                            break Err("slower than is of use".to_owned());
                        }
                        if came != seen {
                            // Bytes came, only not a whole response yet.
                            (seen, heard) = (came, Instant::now());
                            self.status.heartbeat();
                        }
                    }
                }
            }
        };
        let response = response.map_err(|cause| match unread {
            Some(more) => self
                .lost(cause)
                .followed_by(&format!("; {}", server_words::cleaned(&more))),
            None => self.lost(cause),
        })?;
        self.note(response.parsed())?;
        Ok(see(response.parsed()))
    }

    /// Takes note of a response that a server may send at any time (RFC 9051 section 7): a hint, words for people, its
    /// goodbye.
    fn note(&mut self, response: &Response<'_>) -> Result<(), ImapError> {
        self.status.heartbeat();
        match response {
            Response::MailboxData(MailboxDatum::Exists(count)) => {
                self.exists = *count;
                self.hinted = true;
            }
            Response::MailboxData(MailboxDatum::Recent(_)) => self.hinted = true,
            Response::Expunge(_) => self.exists = self.exists.saturating_sub(1),
            Response::Data {
                status: Status::Bye,
                outcome,
            } => {
                let said = words_of(outcome);
                let error = ImapError::lost(format!("the server said goodbye: {said}"));
                return Err(error.followed_by(&format!(" (at {})", self.command)));
            }
            Response::Data {
                status: Status::No | Status::Bad,
                outcome,
            } => self.status.hear(&words_of(outcome)),
            // Every one must be shown, whatever it comes with (RFC 9051 section 7.1).
            Response::Data { outcome, .. } | Response::Done { outcome, .. }
                if outcome.code == Some(ResponseCode::Alert) =>
            {
                self.status.hear(&words_of(outcome));
            }
            _ => {}
        }
        Ok(())
    }

    /// Starts IDLE (RFC 9051 section 6.3.13): waits for the server's `+`. What it says before that is noted like anything else. The
    /// tag is for [`Session::end_idle`].
    pub(super) async fn start_idle(&mut self) -> Result<String, ImapError> {
        self.status.begin_command();
        let tag = self.send("IDLE").await?;
        let begun = Instant::now();
        loop {
            let begun_idle = self
                .next(self.limits.read_timeout, |response| match response {
                    Response::Continue(_) => Some(Ok(())),
                    // Refused, or over at once; both leave no IDLE to wait in.
                    _ => step_of(response, &tag, "IDLE").map(|ended| {
                        ended.and(Err(ImapError::Refused {
                            command: "IDLE",
                            said: "it ended at once".into(),
                        }))
                    }),
                })
                .await?;
            if let Some(ended) = begun_idle {
                return ended.map(|()| tag);
            }
            if begun.elapsed() > self.limits.chatter {
                return Err(self.lost("talks without beginning"));
            }
        }
    }

    /// Reads one response while idling; `tag` is that of IDLE. Safe to drop: a response that has come in part stays in the
    /// session's buffer.
    pub(super) async fn read_idle_response(
        &mut self,
        tag: &str,
    ) -> Result<IdleResponse, ImapError> {
        let response = match self.imap.read_response().await {
            Ok(Some(response)) => response,
            Ok(None) => return Err(self.lost("the server closed it")),
            Err(cause) => return Err(self.lost(cause)),
        };
        self.note(response.parsed())?;
        match response.parsed() {
            Response::Expunge(_) | Response::Fetch(..) | Response::Vanished { .. } => {
                self.hinted = true;
            }
            // The answer ends IDLE, which only our DONE should do.
            Response::Done {
                tag: answered,
                outcome,
                ..
            } if answered.0 == tag => return Ok(IdleResponse::Ended(words_of(outcome))),
            _ => {}
        }
        Ok(IdleResponse::Said)
    }

    /// Ends IDLE with DONE and reads to its tagged answer, which proves that the server lives.
    pub(super) async fn end_idle(&mut self, tag: &str) -> Result<(), ImapError> {
        let (received, status) = (self.received.clone(), self.status.clone());
        let end = async {
            self.command = "DONE".to_owned();
            self.write(b"DONE\r\n").await?;
            loop {
                let answers = |response: &Response<'_>| matches!(response, Response::Done { tag: answered, .. } if answered.0 == tag);
                if self.next(DONE_LIMIT, answers).await? {
                    return Ok(());
                }
            }
        };
        within_read_timeout(&received, &status, DONE_LIMIT, end)
            .await
            .unwrap_or_else(|| Err(ImapError::lost("no answer to DONE")))
    }

    /// Sends LOGOUT; a server that does not answer is left.
    pub(super) async fn logout(mut self) {
        // The goodbye that it ends with is no news.
        let _ = timeout(SHUTDOWN_GRACE, self.run_command("LOGOUT", "LOGOUT", |_| {})).await;
    }

    /// Returns true when the server offers the capability `name`, given in upper case.
    pub(super) fn offers(&self, name: &str) -> bool {
        self.capabilities.contains(name)
    }
}

/// What a command has come to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum CommandStep {
    /// Its tagged answer came, and is OK.
    Completed,
    /// The server waits for more, and says this, which need not mean anything.
    Continue(String),
}

/// Returns what the command with `tag` has come to by this response; `None` where it goes on.
fn step_of(
    response: &Response<'_>,
    tag: &str,
    name: &'static str,
) -> Option<Result<CommandStep, ImapError>> {
    let (answered, status, outcome) = match response {
        Response::Continue(outcome) => {
            let said = outcome.information.as_deref().unwrap_or_default();
            return Some(Ok(CommandStep::Continue(said.to_owned())));
        }
        Response::Done {
            tag,
            status,
            outcome,
        } => (tag, status, outcome),
        _ => return None,
    };
    // A tagged answer to an older command says nothing about this one.
    if answered.0 != tag {
        return None;
    }
    let said = words_of(outcome);
    Some(match status {
        Status::Ok => Ok(CommandStep::Completed),
        Status::No | Status::Bad => Err(ImapError::Refused {
            command: name,
            said,
        }),
        _ => Err(ImapError::lost(said).followed_by(&format!(" (at {name})"))),
    })
}

/// Returns the words of a response, with its code where that says something to a person.
fn words_of(outcome: &Outcome<'_>) -> String {
    let code = match outcome.code {
        Some(ResponseCode::Alert) => "[ALERT] ",
        Some(ResponseCode::TryCreate) => "[TRYCREATE] ",
        _ => "",
    };
    match (code, outcome.information.as_deref()) {
        ("", None) => "without a word".to_owned(),
        (code, words) => server_words::cleaned(&format!("{code}{}", words.unwrap_or_default())),
    }
}

/// Returns true when a response belongs to no command: a server may send these without end. With a code, as
/// `[UIDVALIDITY 7]`, it is part of an answer.
fn is_unsolicited(response: &Response<'_>) -> bool {
    if let Response::Data { outcome, .. } = response {
        return matches!(outcome.code, None | Some(ResponseCode::Alert));
    }
    matches!(
        response,
        Response::Expunge(_)
            | Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_))
    )
}
