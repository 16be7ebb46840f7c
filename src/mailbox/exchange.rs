//! A session: one command at a time, read to its own tagged answer. Every command goes through [`Session::run`],
//! because the library's own streams end without an error when a FETCH is refused or cut off, and a cursor that moves
//! on such an end loses mail for good.

use std::collections::BTreeSet;
use std::time::Duration;

use async_imap::Session as ImapSession;
use async_imap::imap_proto::{MailboxDatum, RequestId, Response, Status};
use jiff::Timestamp;
use tokio::time::timeout;

use super::Error;
use super::guard::{Activity, Guard};
use crate::endpoint::Stream;

/// The stream that async-imap reads from.
pub(super) type Wire = Guard<Stream>;

/// How long a server may be silent while it owes an answer. A slow one, from which bytes still come, is waited for.
const SILENCE: Duration = Duration::from_secs(60);

/// How long the end of IDLE may take; servers that need longer have been found to be gone (chatmail/core#975).
pub(super) const DONE_LIMIT: Duration = Duration::from_secs(15);

/// A logged-in session.
#[derive(Debug)]
pub(super) struct Session {
    imap: ImapSession<Wire>,
    activity: Activity,
    /// In upper case.
    pub(super) capabilities: BTreeSet<String>,
    /// Until when the server's certificate is valid.
    pub(super) certificate_expires: Option<Timestamp>,
    /// Something was said about new messages since this was last cleared.
    pub(super) hinted: bool,
}

impl Session {
    pub(super) fn new(
        imap: ImapSession<Wire>,
        activity: Activity,
        capabilities: BTreeSet<String>,
    ) -> Self {
        Session {
            certificate_expires: None,
            imap,
            activity,
            capabilities,
            hinted: false,
        }
    }

    /// Sends `command` and hands every response to `see`, up to and with its own tagged one, which must be OK. `name`
    /// is for the error's text.
    pub(super) async fn run(
        &mut self,
        name: &'static str,
        command: &str,
        mut see: impl FnMut(&Response<'_>),
    ) -> Result<(), Error> {
        let tag = self.imap.run_command(command).await.map_err(Error::lost)?;
        loop {
            let ended = self
                .next(SILENCE, |response| {
                    see(response);
                    end_of(response, &tag, name)
                })
                .await?;
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// Hands the next response to `see`; an error where the server says goodbye, closes, or is silent for `limit`.
    async fn next<T>(
        &mut self,
        limit: Duration,
        see: impl FnOnce(&Response<'_>) -> T,
    ) -> Result<T, Error> {
        let activity = self.activity.clone();
        let mut read = std::pin::pin!(self.imap.read_response());
        let response = loop {
            let before = activity.bytes();
            match timeout(limit, &mut read).await {
                Ok(response) => break response,
                // Bytes came, only not a whole response yet.
                Err(_) if activity.bytes() > before => {}
                Err(_) => return Err(Error::lost(format!("silent for {} s", limit.as_secs()))),
            }
        };
        let response = response
            .map_err(Error::lost)?
            .ok_or_else(|| Error::lost("the server closed it"))?;
        notice(response.parsed(), &mut self.hinted)?;
        Ok(see(response.parsed()))
    }

    /// Begins IDLE (RFC 2177): waits for the server's `+`. What it says before that is noted like anything else. The
    /// tag is for [`Session::end_idle`].
    pub(super) async fn begin_idle(&mut self) -> Result<String, Error> {
        let tag = self.imap.run_command("IDLE").await.map_err(Error::lost)?;
        loop {
            let begun = self
                .next(SILENCE, |response| match response {
                    Response::Continue(_) => Some(Ok(())),
                    // Refused, or over at once; both leave no IDLE to wait in.
                    _ => end_of(response, &tag, "IDLE").map(|ended| {
                        ended.and(Err(Error::Refused {
                            command: "IDLE",
                            said: "it ended at once".into(),
                        }))
                    }),
                })
                .await?;
            if let Some(begun) = begun {
                return begun.map(|()| tag.0);
            }
        }
    }

    /// Reads one response while idling. Safe to drop: a response that has come in part stays in the session's buffer.
    pub(super) async fn idle_response(&mut self) -> Result<(), Error> {
        let response = self
            .imap
            .read_response()
            .await
            .map_err(Error::lost)?
            .ok_or_else(|| Error::lost("the server closed it"))?;
        notice(response.parsed(), &mut self.hinted)?;
        match response.parsed() {
            Response::Expunge(_) | Response::Fetch(..) | Response::Vanished { .. } => {
                self.hinted = true;
                Ok(())
            }
            // A tagged answer ends IDLE, which only our DONE may do.
            Response::Done { .. } => Err(Error::lost("the server ended IDLE by itself")),
            _ => Ok(()),
        }
    }

    /// Ends IDLE with DONE and reads to its tagged answer, which proves that the server lives.
    pub(super) async fn end_idle(&mut self, tag: &str) -> Result<(), Error> {
        let end = async {
            self.imap
                .run_command_untagged("DONE")
                .await
                .map_err(Error::lost)?;
            loop {
                let answers = |response: &Response<'_>| matches!(response, Response::Done { tag: answered, .. } if answered.0 == tag);
                if self.next(DONE_LIMIT, answers).await? {
                    return Ok(());
                }
            }
        };
        timeout(DONE_LIMIT, end)
            .await
            .unwrap_or_else(|_| Err(Error::lost("no answer to DONE")))
    }

    /// Stores a message in a folder (RFC 9051 section 6.3.12).
    pub(super) async fn append(
        &mut self,
        folder: &str,
        at: Option<&str>,
        bytes: &[u8],
    ) -> Result<(), Error> {
        let append = self.imap.append(folder, Some("(\\Seen)"), at, bytes);
        match timeout(SILENCE * 2, append).await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(error)) => Err(Error::Refused {
                command: "APPEND",
                said: Error::lost(error).to_string(),
            }),
            Err(_) => Err(Error::lost("no answer to APPEND")),
        }
    }

    /// Says goodbye; a server that does not answer is left.
    pub(super) async fn log_out(mut self) {
        let _ = timeout(Duration::from_secs(2), self.imap.logout()).await;
    }

    /// Whether the server offers `name`, given in upper case.
    pub(super) fn offers(&self, name: &str) -> bool {
        self.capabilities.contains(name)
    }
}

/// How the command with `tag` ended, where this response says so.
fn end_of(
    response: &Response<'_>,
    tag: &RequestId,
    name: &'static str,
) -> Option<Result<(), Error>> {
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
        Status::No | Status::Bad => Err(Error::Refused {
            command: name,
            said: said.chars().filter(|c| !c.is_control()).take(200).collect(),
        }),
        _ => Err(Error::lost(said)),
    })
}

/// Takes note of what a server may say at any time.
fn notice(response: &Response<'_>, hinted: &mut bool) -> Result<(), Error> {
    match response {
        Response::MailboxData(MailboxDatum::Exists(_) | MailboxDatum::Recent(_)) => {
            *hinted = true;
        }
        Response::Data {
            status: Status::Bye,
            outcome,
        } => {
            let said = outcome.information.as_deref().unwrap_or("BYE");
            return Err(Error::lost(format!("the server said goodbye: {said}")));
        }
        _ => {}
    }
    Ok(())
}

/// A string as IMAP writes it in quotes (RFC 9051 section 4.3); folder names come from the configuration only.
pub(super) fn quoted(text: &str) -> String {
    let escaped = text.replace('\\', "\\\\").replace('"', "\\\"");
    let clean: String = escaped.chars().filter(|c| !c.is_control()).collect();
    format!("\"{clean}\"")
}
