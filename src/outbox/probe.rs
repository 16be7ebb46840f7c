//! Tries the submission server out, for `nikkan check`.

use jiff::Timestamp;
use lettre::Address;
use lettre::transport::smtp::commands::{Mail, Rcpt, Rset};
use tokio::time::timeout;

use super::session::{COMMAND, offered_extensions, open_session, quit};
use super::smtp::step;
use super::{Outcome, SmtpError, SmtpSettings};
use crate::endpoint::Tls;

/// What a submission server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SmtpProbe {
    /// The name it gives itself.
    pub name: String,
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
    let (mut session, certificate_expires) = open_session(settings).await?;
    let probe = SmtpProbe {
        name: session.server_info().name().to_owned(),
        tls: settings.server.tls,
        logged_in: settings.login.username.is_some(),
        offers: offered_extensions(&session),
        certificate_expires,
    };
    quit(&mut session).await;
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
    let address = |text: &str| -> Result<Address, SmtpError> {
        text.parse()
            .map_err(|why: lettre::address::AddressError| SmtpError::Address {
                address: text.to_owned(),
                why: why.to_string(),
            })
    };
    let sender = address(sender)?;
    let (mut session, _) = open_session(settings).await?;
    let mut found = Vec::new();
    for recipient in recipients {
        let (mail, rcpt) = (
            Mail::new(Some(sender.clone()), Vec::new()),
            Rcpt::new(address(recipient)?, Vec::new()),
        );
        let asked = async {
            step("MAIL", session.command(mail)).await?;
            step("RCPT", session.command(rcpt)).await
        };
        found.push((recipient.clone(), asked.await));
        // Without it the next MAIL would be a second one in the same transaction.
        let _ = timeout(COMMAND, session.command(Rset)).await;
    }
    quit(&mut session).await;
    Ok(found)
}
