//! Tries the submission server out, for `nikkan check`.

use jiff::Timestamp;

use super::envelope::Envelope;
use super::open::open_session;
use super::smtp::Smtp;
use super::transaction::Transaction;
use super::{Outcome, SmtpError, SmtpSettings, Transport};
use crate::endpoint::Tls;

/// What a submission server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpProbe {
    /// The name it gives itself.
    pub name: String,
    /// The name that was said to it in EHLO.
    pub hello: String,
    /// The protection of the connection.
    pub tls: Tls,
    /// True when a login was made; false if none is configured.
    pub logged_in: bool,
    /// The instant at which the server's certificate expires; `None` without TLS.
    pub certificate_expires: Option<Timestamp>,
    /// The extensions that matter here.
    pub offers: Vec<String>,
}

/// Opens a session as a delivery would, logs in, and leaves without a mail.
///
/// # Errors
/// See [`SmtpError`]; each message names the keys to change.
pub async fn probe(settings: &SmtpSettings) -> Result<SmtpProbe, SmtpError> {
    let session = open_session(settings).await?;
    let probe = SmtpProbe {
        name: session.extensions.name.clone(),
        hello: session.hello.clone(),
        tls: settings.server.tls,
        logged_in: settings.login.username.is_some(),
        offers: session.extensions.shown(),
        certificate_expires: session.certificate_expires,
    };
    session.quit().await;
    Ok(probe)
}

/// Asks for each recipient whether a mail from `sender` would be taken, and sends none.
///
/// # Errors
/// No session could be had. What the server says of a recipient is the outcome beside it, `Ok` if it would take
/// the mail.
pub async fn rehearse(
    settings: &SmtpSettings,
    sender: &str,
    recipients: &[String],
) -> Result<Vec<(String, Result<(), Outcome>)>, SmtpError> {
    let smtp = Smtp::new(settings.clone());
    let mut found = Vec::new();
    for recipient in recipients {
        let envelope = Envelope::read(sender, recipient).map_err(SmtpError::Address)?;
        let asked = Transaction {
            envelope: &envelope,
            text: None,
            end: None,
        };
        let asked = smtp.make(&asked).await?;
        let asked = asked.map(drop).map_err(|halt| halt.outcome);
        found.push((recipient.clone(), asked));
    }
    smtp.rest().await;
    Ok(found)
}
