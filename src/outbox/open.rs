//! Opens a session: connected, protected, greeted and logged in.

use super::session::{CONNECT, Session, greet};
use super::{SmtpError, SmtpSettings, login};
use crate::secret::LastSecret;

/// Connects, protects the connection, greets and logs in.
///
/// # Errors
/// No session could be had; nothing was said about a mail.
pub(super) async fn open_session(settings: &SmtpSettings) -> Result<Session, SmtpError> {
    let mut session = connect(settings).await?;
    log_in(&mut session, settings, &LastSecret::default()).await?;
    Ok(session)
}

/// Logs in, where that is configured, with the secret as it is now, which is kept in `last`.
///
/// # Errors
/// There is no secret, or the server refuses it.
pub(super) async fn log_in(
    session: &mut Session,
    settings: &SmtpSettings,
    last: &LastSecret,
) -> Result<(), SmtpError> {
    let Some((username, source)) = settings.login.secret()? else {
        return Ok(());
    };
    // Read anew at each login: tokens expire, passwords change.
    let secret = last.read(&source).await?;
    login::log_in(session, settings, username, &secret).await?;
    last.works();
    Ok(())
}

/// Connects, protects the connection and greets.
///
/// # Errors
/// The server cannot be reached, or does not greet.
pub(super) async fn connect(settings: &SmtpSettings) -> Result<Session, SmtpError> {
    let elsewhere = |error: &SmtpError| match error {
        SmtpError::Endpoint(error) => Some(error.cause()),
        _ => None,
    };
    let helo = settings.helo.as_deref();
    let greeted = |here, tcp| greet(here, tcp, helo);
    (settings.endpoint())
        .open(CONNECT, greeted, elsewhere)
        .await
}
