//! Submits one mail for one recipient over SMTP, and knows at each step what a failure means: before the text is sent
//! nothing has happened, after it the server may have the mail.

use std::time::Duration;

use lettre::Address;
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::response::Severity;
use tokio::time::timeout;

use super::session::{COMMAND, open_session, quit, reply_text};
use super::{Outcome, SmtpSettings, Transport};

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
    async fn submit(&self, sender: &str, recipient: &str, bytes: &[u8]) -> Outcome {
        let (sender, recipient) = match (sender.parse(), recipient.parse()) {
            (Ok(sender), Ok(recipient)) => (sender, recipient),
            (Err(why), _) => return Outcome::Refused(format!("sender {sender}: {why}")),
            (_, Err(why)) => return Outcome::Refused(format!("recipient {recipient}: {why}")),
        };
        // Nothing has been said about the mail yet: whatever goes wrong, it can be put right and tried again.
        let mut session = match open_session(&self.settings).await {
            Ok((session, _)) => session,
            Err(error) => return Outcome::Deferred(error.to_string()),
        };
        let outcome = submit(&mut session, sender, recipient, bytes).await;
        // The outcome is known; a server that is slow to say goodbye cannot change it.
        quit(&mut session).await;
        outcome
    }
}

/// Says MAIL, RCPT and DATA in turn; each refusal is told apart by its code.
async fn submit(
    session: &mut AsyncSmtpConnection,
    sender: Address,
    recipient: Address,
    bytes: &[u8],
) -> Outcome {
    let steps = async {
        let mail = Mail::new(Some(sender), Vec::new());
        step("MAIL", session.command(mail)).await?;
        step("RCPT", session.command(Rcpt::new(recipient, Vec::new()))).await?;
        step("DATA", session.command(Data)).await
    };
    if let Err(outcome) = steps.await {
        return outcome;
    }
    match timeout(END_OF_DATA, session.message(bytes)).await {
        Ok(Ok(response)) => {
            let said: Vec<_> = response.message().collect();
            Outcome::Delivered(format!("{} {}", response.code(), said.join(" ")))
        }
        Ok(Err(error)) => match refusal("the mail", &error) {
            Some(outcome) => outcome,
            None => Outcome::Uncertain(format!("connection lost after the mail was sent: {error}")),
        },
        Err(_) => Outcome::Uncertain(format!(
            "no answer within {} min after the mail was sent",
            END_OF_DATA.as_secs() / 60
        )),
    }
}

/// Makes one step of the dialogue.
pub(super) async fn step<T>(
    name: &str,
    command: impl Future<Output = Result<T, lettre::transport::smtp::Error>>,
) -> Result<(), Outcome> {
    match timeout(COMMAND, command).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(refusal(name, &error)
            .unwrap_or_else(|| Outcome::Deferred(format!("connection lost at {name}: {error}")))),
        Err(_) => Err(Outcome::Deferred(format!(
            "no answer to {name} within {} min",
            COMMAND.as_secs() / 60
        ))),
    }
}

/// Returns the outcome that a reply code tells, or `None` if there was no reply. 421 closes the connection and says
/// nothing about the mail, whichever command it answers (RFC 5321 section 3.8).
fn refusal(name: &str, error: &lettre::transport::smtp::Error) -> Option<Outcome> {
    let code = error.status()?;
    let said = format!("{name} refused: {}", reply_text(error));
    match code.severity {
        Severity::PermanentNegativeCompletion => Some(Outcome::Refused(said)),
        _ => Some(Outcome::Deferred(said)),
    }
}
