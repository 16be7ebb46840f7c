//! One mail for one recipient on a session (RFC 5321 section 3.3), which knows at each step what a failure means: before the
//! end of the text was sent nothing has happened, after it the server may have the mail.

use super::Outcome;
use super::dialogue::{NoReply, Unsent};
use super::envelope::Envelope;
use super::reply::Reply;
use super::session::{COMMAND, Session};
use super::text::MailText;
use super::unanswered::EndOfMail;
use super::verdict::{Meaning, Step, verdict};

/// A mail to be handed in.
#[derive(Clone, Copy, Debug)]
pub(super) struct Transaction<'a> {
    pub(super) envelope: &'a Envelope,
    /// Header fields of its own and the rest; `None` only asks if the server would take a mail.
    pub(super) text: Option<(&'a [u8], &'a [u8])>,
    /// Where it is noted that the mail's end was sent.
    pub(super) end: Option<&'a EndOfMail<'a>>,
}

/// The end of a transaction in which the server did not take the mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Halt {
    pub(super) outcome: Outcome,
    /// True when it may be the session's fault, and nothing of the mail was said: a new session may do.
    pub(super) of_the_session: bool,
}

impl Halt {
    /// Returns the end of a mail that another session could not change.
    pub(super) fn of_the_mail(outcome: Outcome) -> Self {
        Halt {
            outcome,
            of_the_session: false,
        }
    }
}

impl Transaction<'_> {
    /// Says MAIL and RCPT, and DATA and the mail where there is one. Returns the server's words when it took it, or would.
    ///
    /// # Errors
    /// It did not, or that is not known.
    pub(super) async fn make(&self, session: &mut Session) -> Result<String, Halt> {
        let mail = self.mail(session).map_err(Halt::of_the_mail)?;
        session.in_transaction = true;
        session.mails += 1;
        step(session, Step::Mail, "MAIL", &mail).await?;
        let taken = step(session, Step::Rcpt, "RCPT", &self.envelope.rcpt()).await?;
        let Some((own, bytes)) = self.text else {
            return Ok(taken.to_string());
        };
        step(session, Step::Data, "DATA", "DATA").await?;
        let said = session.dialogue.text(MailText::new(own, bytes), || {
            if let Some(end) = self.end {
                end.is_sent_now();
            }
        });
        let said = said.await;
        let taken = ended(said).map_err(|outcome| {
            session.is_over |= matches!(outcome, Outcome::Throttled(_));
            Halt::of_the_mail(outcome)
        })?;
        session.in_transaction = false;
        Ok(taken)
    }

    /// Returns MAIL, with the parameters that the server takes.
    ///
    /// # Errors
    /// It cannot take such a mail.
    fn mail(&self, session: &Session) -> Result<String, Outcome> {
        let offered = &session.extensions;
        let (own, bytes) = self.text.unwrap_or_default();
        let size = (own.len() + bytes.len()) as u64;
        if let Some(limit) = offered.size_limit().filter(|limit| *limit < size) {
            return Err(Outcome::NeedsHand(format!(
                "the mail has {size} bytes, and the server takes at most {limit}"
            )));
        }
        let mut mail = self.envelope.mail();
        if let Some(address) = self.envelope.outside_ascii() {
            if !offered.has("SMTPUTF8") {
                return Err(Outcome::NeedsHand(format!(
                    "{address} has letters outside ASCII before the @, and the server does not offer SMTPUTF8; use an address in ASCII, or a server that offers it"
                )));
            }
            mail += " SMTPUTF8";
        }
        if offered.has("SIZE") && size > 0 {
            mail += &format!(" SIZE={size}");
        }
        if offered.has("8BITMIME") && !(own.is_ascii() && bytes.is_ascii()) {
            mail += " BODY=8BITMIME";
        }
        Ok(mail)
    }
}

/// Makes one step before the mail is sent.
async fn step(session: &mut Session, step: Step, name: &str, command: &str) -> Result<Reply, Halt> {
    let done = if step == Step::Data { 3 } else { 2 };
    let reply = match step {
        Step::Data => session.dialogue.data(COMMAND).await,
        _ => session.dialogue.command(command, COMMAND).await,
    };
    let silent = |outcome: String| {
        Err(Halt {
            outcome: Outcome::Deferred(outcome),
            of_the_session: true,
        })
    };
    match reply {
        Ok(reply) if reply.class() == done => Ok(reply),
        Ok(reply) => {
            let outcome = outcome(step, name, &reply);
            // Closing; one that wants a login again, or has lost count of the commands; so many mails and no more.
            let of_the_session = matches!(reply.code, 421 | 503 | 530)
                || reply.class() < 4
                || matches!(outcome, Outcome::Throttled(_));
            session.is_over |= of_the_session;
            Err(Halt {
                outcome,
                of_the_session,
            })
        }
        Err(NoReply::Silent(limit)) => {
            let minutes = limit.as_secs() / 60;
            silent(format!("no answer to {name} within {minutes} min"))
        }
        Err(NoReply::Lost(why)) => silent(format!("connection lost at {name}: {why}")),
        Err(NoReply::Senseless(said)) => silent(format!("no reply to {name}, but `{said}`")),
    }
}

/// Returns the server's words when it took the mail.
///
/// # Errors
/// It did not, or that is not known.
fn ended(said: Result<Reply, Unsent>) -> Result<String, Outcome> {
    let reply = match said {
        Ok(reply) => reply,
        Err(Unsent::Before(why)) => {
            return Err(Outcome::Deferred(match why {
                NoReply::Silent(limit) => format!(
                    "the server took no more of the mail for {} min",
                    limit.as_secs() / 60
                ),
                NoReply::Lost(why) | NoReply::Senseless(why) => {
                    format!("connection lost within the mail: {why}")
                }
            }));
        }
        Err(Unsent::After(why)) => {
            return Err(Outcome::Uncertain(match why {
                NoReply::Silent(limit) => format!(
                    "no answer within {} min after the mail was sent",
                    limit.as_secs() / 60
                ),
                NoReply::Lost(why) => format!("connection lost after the mail was sent: {why}"),
                NoReply::Senseless(said) => {
                    format!("no reply, but `{said}`, after the mail was sent")
                }
            }));
        }
    };
    match outcome(Step::End, "the mail", &reply) {
        Outcome::Delivered(said) => Ok(said),
        _ if reply.class() < 4 => Err(Outcome::Uncertain(format!(
            "answered `{reply}` after the mail was sent"
        ))),
        other => Err(other),
    }
}

/// Returns the outcome that a reply tells.
fn outcome(step: Step, name: &str, reply: &Reply) -> Outcome {
    let refused = format!("{name} refused: {reply}");
    match verdict(step, reply) {
        Meaning::Delivered => Outcome::Delivered(reply.to_string()),
        Meaning::Refused => Outcome::Refused(refused),
        Meaning::Deferred => Outcome::Deferred(refused),
        Meaning::Throttled => Outcome::Throttled(refused),
        Meaning::NeedsHand => Outcome::NeedsHand(refused),
    }
}
