//! Opens a session: connected, protected, greeted and logged in.

use super::session::{CONNECT, Session, greet};
use super::{SmtpError, SmtpSettings, login};

/// Connects, protects the connection, greets and logs in.
///
/// # Errors
/// No session could be had; nothing was said about a mail.
pub(super) async fn open_session(settings: &SmtpSettings) -> Result<Session, SmtpError> {
    let endpoint = settings.endpoint();
    let login = settings.login.secret()?;
    let elsewhere = |error: &SmtpError| match error {
        SmtpError::Endpoint(error) => Some(error.cause()),
        _ => None,
    };
    let helo = settings.helo.as_deref();
    let greeted = |here, tcp| greet(here, tcp, helo);
    let mut session = endpoint.open(CONNECT, greeted, elsewhere).await?;
    if let Some((username, source)) = login {
        // Read anew at each login: tokens expire, passwords change.
        let secret = source.read().await?;
        login::log_in(&mut session, settings, username, &secret).await?;
    }
    Ok(session)
}
