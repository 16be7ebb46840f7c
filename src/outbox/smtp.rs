//! Submits one mail for one recipient over SMTP, and knows at each step what a failure means: before the text is sent
//! nothing has happened, after it the server may have the mail.

use std::time::Duration;

use lettre::Address;

use super::dialogue::NoReply;
use super::open::open_session;
use super::reply::Reply;
use super::session::{COMMAND, Session};
use super::verdict::{Meaning, Step, verdict};
use super::{Outcome, SmtpSettings, Submission, Transport};

/// The time that it may take over the end of the mail (section 4.5.3.2.6). A shorter limit sends mails twice: slow
/// relays were seen to take minutes over a mail that they then delivered.
const END_OF_DATA: Duration = Duration::from_secs(10 * 60);

/// Submits mails to the configured server: a connection for each, since a digest a day needs no pool, and a pooled
/// connection that the server has left is the classic way to lose a mail.
#[derive(Clone, Debug)]
pub struct Smtp {
    settings: SmtpSettings,
}

impl Smtp {
    /// Returns the way to the server in `settings`.
    pub fn new(settings: SmtpSettings) -> Self {
        Smtp { settings }
    }
}

impl Transport for Smtp {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let Submission {
            sender, recipient, ..
        } = mail;
        let bytes = [mail.own, mail.bytes].concat();
        let (sender, recipient): (Address, Address) = match (sender.parse(), recipient.parse()) {
            (Ok(sender), Ok(recipient)) => (sender, recipient),
            (Err(why), _) => return Outcome::Refused(format!("sender {sender}: {why}")),
            (_, Err(why)) => return Outcome::Refused(format!("recipient {recipient}: {why}")),
        };
        // Nothing has been said about the mail yet: whatever goes wrong, it can be put right and tried again.
        let mut session = match open_session(&self.settings).await {
            Ok(session) => session,
            Err(error) if error.needs_hand() => return Outcome::NeedsHand(error.to_string()),
            Err(error) => return Outcome::Deferred(error.to_string()),
        };
        let outcome = submit(&mut session, &sender, &recipient, &bytes).await;
        // The outcome is known; a server that is slow to say goodbye cannot change it.
        session.quit().await;
        outcome
    }
}

/// Says MAIL, RCPT and DATA in turn, then the mail; each refusal is told apart by its code.
async fn submit(
    session: &mut Session,
    sender: &Address,
    recipient: &Address,
    bytes: &[u8],
) -> Outcome {
    let steps = async {
        name_both(session, sender, recipient, bytes).await?;
        step(session, Step::Data, "DATA", "DATA").await
    };
    if let Err(outcome) = steps.await {
        return outcome;
    }
    let said = session.dialogue.text(bytes, END_OF_DATA).await;
    match said {
        Ok(reply) if reply.class() == 3 => {
            Outcome::Uncertain(format!("answered `{reply}` after the mail was sent"))
        }
        Ok(reply) => outcome(Step::End, "the mail", &reply),
        Err(NoReply::Silent(limit)) => Outcome::Uncertain(format!(
            "no answer within {} min after the mail was sent",
            limit.as_secs() / 60
        )),
        Err(NoReply::Lost(why)) => {
            Outcome::Uncertain(format!("connection lost after the mail was sent: {why}"))
        }
        Err(NoReply::Senseless(said)) => {
            Outcome::Uncertain(format!("no reply, but `{said}`, after the mail was sent"))
        }
    }
}

/// Says MAIL and RCPT for a mail of these bytes.
pub(super) async fn name_both(
    session: &mut Session,
    sender: &Address,
    recipient: &Address,
    bytes: &[u8],
) -> Result<(), Outcome> {
    let size = bytes.len() as u64;
    if let Some(limit) = session
        .extensions
        .size_limit()
        .filter(|limit| *limit < size)
    {
        return Err(Outcome::NeedsHand(format!(
            "the mail has {size} bytes, and the server takes at most {limit}"
        )));
    }
    let mut mail = format!("MAIL FROM:<{sender}>");
    if session.extensions.has("SIZE") && size > 0 {
        mail += &format!(" SIZE={size}");
    }
    if session.extensions.has("8BITMIME") && !bytes.is_ascii() {
        mail += " BODY=8BITMIME";
    }
    step(session, Step::Mail, "MAIL", &mail).await?;
    let rcpt = format!("RCPT TO:<{recipient}>");
    step(session, Step::Rcpt, "RCPT", &rcpt).await
}

/// Makes one step of the dialogue before the mail is sent.
pub(super) async fn step(
    session: &mut Session,
    step: Step,
    name: &str,
    command: &str,
) -> Result<(), Outcome> {
    let done = if step == Step::Data { 3 } else { 2 };
    match session.dialogue.command(command, COMMAND).await {
        Ok(reply) if reply.class() == done => Ok(()),
        Ok(reply) => Err(outcome(step, name, &reply)),
        Err(NoReply::Silent(limit)) => Err(Outcome::Deferred(format!(
            "no answer to {name} within {} min",
            limit.as_secs() / 60
        ))),
        Err(NoReply::Lost(why)) => Err(Outcome::Deferred(format!(
            "connection lost at {name}: {why}"
        ))),
        Err(NoReply::Senseless(said)) => Err(Outcome::Deferred(format!(
            "no reply to {name}, but `{said}`"
        ))),
    }
}

/// Returns the outcome that a reply tells.
fn outcome(step: Step, name: &str, reply: &Reply) -> Outcome {
    match verdict(step, reply) {
        Meaning::Delivered => Outcome::Delivered(reply.to_string()),
        Meaning::Refused => Outcome::Refused(format!("{name} refused: {reply}")),
        Meaning::Deferred => Outcome::Deferred(format!("{name} refused: {reply}")),
        Meaning::NeedsHand => Outcome::NeedsHand(format!("{name} refused: {reply}")),
    }
}

#[cfg(test)]
mod tests;
