//! A session: one command at a time, read to its own tagged answer. Every command goes through [`Session::run_command`],
//! because the library's own streams end without an error when a FETCH is refused or cut off, and a cursor that moves
//! on such an end loses mail for good.

use std::collections::BTreeSet;
use std::time::Duration;

use async_imap::Session as ImapSession;
use async_imap::imap_proto::{MailboxDatum, RequestId, Response, ResponseCode, Status};
use jiff::Timestamp;
use tokio::time::{Instant, timeout};

use super::guard::{ReceivedBytes, ResponseGuard};
use super::read_timeout::{CHECKS_PER_TIMEOUT, LONGEST_ANSWER, within_read_timeout};
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

/// A logged-in session.
#[derive(Debug)]
pub(super) struct Session {
    imap: ImapSession<ImapStream>,
    received: ReceivedBytes,
    limits: SessionLimits,
    pub(super) status: SessionStatus,
    /// The time to give up what is under way, once a stop was asked for.
    shutdown_deadline: Option<Instant>,
    /// In upper case.
    pub(super) capabilities: BTreeSet<String>,
    /// The end of the server's certificate.
    pub(super) certificate_expires: Option<Timestamp>,
    /// Something was said about new messages since this was last cleared.
    pub(super) hinted: bool,
}

impl Session {
    pub(super) fn new(
        imap: ImapSession<ImapStream>,
        received: ReceivedBytes,
        limits: SessionLimits,
        status: SessionStatus,
        capabilities: BTreeSet<String>,
    ) -> Self {
        Session {
            imap,
            received,
            limits,
            status,
            shutdown_deadline: None,
            capabilities,
            certificate_expires: None,
            hinted: false,
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
        let tag = self.send(command).await?;
        let mut answered = Instant::now();
        loop {
            let (ended, unsolicited) = self
                .next(self.limits.read_timeout, |response| {
                    see(response);
                    (
                        completion_of(response, &tag, name),
                        is_unsolicited(response),
                    )
                })
                .await?;
            if let Some(ended) = ended {
                return ended;
            }
            if !unsolicited {
                answered = Instant::now();
            } else if answered.elapsed() > self.limits.chatter {
                return Err(ImapError::lost(format!("talks without answering {name}")));
            }
        }
    }

    /// Sends a command without waiting for its answer.
    async fn send(&mut self, command: &str) -> Result<RequestId, ImapError> {
        timeout(self.limits.read_timeout, self.imap.run_command(command))
            .await
            .map_err(|_| ImapError::lost("takes no more commands"))?
            .map_err(ImapError::lost)
    }

    /// Hands the next response to `see`; an error when the server says goodbye, closes, or is silent for `limit`.
    async fn next<T>(
        &mut self,
        limit: Duration,
        see: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, ImapError> {
        let received = self.received.clone();
        let begun = Instant::now();
        let (mut seen, mut heard) = (received.total(), begun);
        let mut read = std::pin::pin!(self.imap.read_response());
        let response = loop {
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
                response = &mut read => break response,
                () = stopped => if self.shutdown_deadline.is_some() {
                    return Err(ImapError::lost("asked to stop"));
                },
                () = tokio::time::sleep(limit / CHECKS_PER_TIMEOUT) => {
                    let came = received.total();
                    if came == seen && heard.elapsed() >= limit {
                        let unread = received.unread().map(|more| format!("; {more}"));
                        return Err(ImapError::lost(format!(
                            "silent for {} s{}",
                            limit.as_secs(),
                            unread.unwrap_or_default()
                        )));
                    }
                    if begun.elapsed() > LONGEST_ANSWER {
                        return Err(ImapError::lost("slower than is of use"));
                    }
                    if came != seen {
                        // Bytes came, only not a whole response yet.
                        (seen, heard) = (came, Instant::now());
                        self.status.heartbeat();
                    }
                }
            }
        };
        let response = response
            .map_err(ImapError::lost)?
            .ok_or_else(|| ImapError::lost("the server closed it"))?;
        self.status.heartbeat();
        note_unsolicited(response.parsed(), &mut self.hinted)?;
        Ok(see(response.parsed()))
    }

    /// Starts IDLE (RFC 9051 section 6.3.13): waits for the server's `+`. What it says before that is noted like anything else. The
    /// tag is for [`Session::end_idle`].
    pub(super) async fn start_idle(&mut self) -> Result<String, ImapError> {
        let tag = self.send("IDLE").await?;
        let begun = Instant::now();
        loop {
            let begun_idle = self
                .next(self.limits.read_timeout, |response| match response {
                    Response::Continue(_) => Some(Ok(())),
                    // Refused, or over at once; both leave no IDLE to wait in.
                    _ => completion_of(response, &tag, "IDLE").map(|ended| {
                        ended.and(Err(ImapError::Refused {
                            command: "IDLE",
                            said: "it ended at once".into(),
                        }))
                    }),
                })
                .await?;
            if let Some(ended) = begun_idle {
                return ended.map(|()| tag.0);
            }
            if begun.elapsed() > self.limits.chatter {
                return Err(ImapError::lost("talks without beginning IDLE"));
            }
        }
    }

    /// Reads one response while idling. Safe to drop: a response that has come in part stays in the session's buffer.
    pub(super) async fn read_idle_response(&mut self) -> Result<(), ImapError> {
        let response = self
            .imap
            .read_response()
            .await
            .map_err(ImapError::lost)?
            .ok_or_else(|| ImapError::lost("the server closed it"))?;
        self.status.heartbeat();
        note_unsolicited(response.parsed(), &mut self.hinted)?;
        match response.parsed() {
            Response::Expunge(_) | Response::Fetch(..) | Response::Vanished { .. } => {
                self.hinted = true;
                Ok(())
            }
            // A tagged answer ends IDLE, which only our DONE may do.
            Response::Done { .. } => Err(ImapError::lost("the server ended IDLE by itself")),
            _ => Ok(()),
        }
    }

    /// Ends IDLE with DONE and reads to its tagged answer, which proves that the server lives.
    pub(super) async fn end_idle(&mut self, tag: &str) -> Result<(), ImapError> {
        let (received, status) = (self.received.clone(), self.status.clone());
        let end = async {
            self.imap
                .run_command_untagged("DONE")
                .await
                .map_err(ImapError::lost)?;
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

    /// Stores a message in a folder (RFC 9051 section 6.3.12).
    pub(super) async fn append(
        &mut self,
        folder: &str,
        at: Option<&str>,
        bytes: &[u8],
    ) -> Result<(), ImapError> {
        let append = self.imap.append(folder, Some("(\\Seen)"), at, bytes);
        match timeout(self.limits.read_timeout * 2, append).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(ImapError::Refused {
                command: "APPEND",
                said: ImapError::lost(error).to_string(),
            }),
            Err(_) => Err(ImapError::lost("no answer to APPEND")),
        }
    }

    /// Sends LOGOUT; a server that does not answer is left.
    pub(super) async fn logout(mut self) {
        let _ = timeout(SHUTDOWN_GRACE, self.imap.logout()).await;
    }

    /// Returns true when the server offers the capability `name`, given in upper case.
    pub(super) fn offers(&self, name: &str) -> bool {
        self.capabilities.contains(name)
    }
}

/// Returns how the command with `tag` ended, if this response completes it.
fn completion_of(
    response: &Response<'_>,
    tag: &RequestId,
    name: &'static str,
) -> Option<Result<(), ImapError>> {
    let Response::Done {
        tag: answered,
        status,
        outcome,
    } = response
    else {
        return None;
    };
    // A tagged answer to an older command says nothing about this one.
    if answered != tag {
        return None;
    }
    let said = outcome.information.as_deref().unwrap_or("without a word");
    Some(match status {
        Status::Ok => Ok(()),
        Status::No | Status::Bad => Err(ImapError::Refused {
            command: name,
            said: said.chars().filter(|c| !c.is_control()).take(200).collect(),
        }),
        _ => Err(ImapError::lost(said)),
    })
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

/// Takes note of responses that a server may send at any time (RFC 9051 section 7).
fn note_unsolicited(response: &Response<'_>, hinted: &mut bool) -> Result<(), ImapError> {
    match response {
        Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_)) => {
            *hinted = true;
        }
        Response::Data {
            status: Status::Bye,
            outcome,
        } => {
            let said = outcome.information.as_deref().unwrap_or("BYE");
            return Err(ImapError::lost(format!("the server said goodbye: {said}")));
        }
        _ => {}
    }
    Ok(())
}
