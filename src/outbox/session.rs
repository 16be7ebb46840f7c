//! An SMTP session that is ready for a mail: connected, protected, greeted and logged in.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::extension::{ClientId, Extension};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::stream::{NoTls, Prefaced, negotiate_starttls};
use super::{SmtpError, SmtpSettings};
use crate::endpoint::{ConnectError, Endpoint, Reached, Tls};
use crate::secret::{Auth, Secret};

/// The time that resolving, connecting and a handshake may take each.
const CONNECT: Duration = Duration::from_secs(60);
/// The time that a server may take to greet. RFC 5321 section 4.5.3.2.1 advises five minutes; here another address of it may
/// live, and the next attempt comes in a minute.
const GREETING: Duration = Duration::from_secs(2 * 60);
/// The time that the server may take over a command (RFC 5321 section 4.5.3.2.1 to 4.5.3.2.4).
pub(super) const COMMAND: Duration = Duration::from_secs(5 * 60);
/// The time that a server may take to say goodbye; nothing depends on it any more.
const QUIT: Duration = Duration::from_secs(5);

/// Connects, protects the connection, greets and logs in. Also returns the instant at which the server's
/// certificate expires.
pub(super) async fn open_session(
    settings: &SmtpSettings,
) -> Result<(AsyncSmtpConnection, Option<Timestamp>), SmtpError> {
    let endpoint = settings.endpoint();
    let login = settings.login.secret()?;
    let elsewhere = |error: &SmtpError| match error {
        SmtpError::Endpoint(error) => Some(error.cause()),
        _ => None,
    };
    let (mut session, expires) = endpoint.open(CONNECT, greet, elsewhere).await?;
    if let Some((username, source)) = login {
        // Read anew at each login: tokens expire, passwords change.
        let secret = source.read().await?;
        log_in(&mut session, settings, username, &secret).await?;
    }
    Ok((session, expires))
}

async fn log_in(
    session: &mut AsyncSmtpConnection,
    settings: &SmtpSettings,
    username: &str,
    secret: &Secret,
) -> Result<(), SmtpError> {
    let endpoint = settings.endpoint();
    let known: &[Mechanism] = match settings.login.auth {
        Auth::Password => &[Mechanism::Plain, Mechanism::Login],
        Auth::Xoauth2 => &[Mechanism::Xoauth2],
        // The library does not tell whether it is offered; the server does, when it is asked for it.
        Auth::Oauthbearer => &[],
    };
    let info = session.server_info();
    if !known.is_empty() && info.get_auth_mechanism(known).is_none() {
        return Err(SmtpError::NoLogin {
            endpoint: endpoint.to_string(),
            offered: offered_extensions(session).join(", "),
        });
    }
    let login = async {
        match settings.login.auth.token_answer(username, secret) {
            Some((name, answer, end)) => authenticate_with_token(session, name, &answer, end).await,
            None => {
                let (name, word) = (username.to_owned(), secret.expose().to_owned());
                let credentials = Credentials::new(name, word);
                session.auth(known, &credentials).await.map(drop)
            }
        }
    };
    match timeout(COMMAND, login).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(SmtpError::Credentials {
            endpoint: endpoint.to_string(),
            username: username.to_owned(),
            key: settings.login.secret_key(),
            said: reply_text(&error),
        }),
        Err(_) => Err(endpoint.silent(COMMAND).into()),
    }
}

/// Says `AUTH` with a token (RFC 4954). A token that is refused is told of in a challenge first; it wants an answer before
/// the code with the server's words comes. The library ends there with words of its own, so this is done by hand.
async fn authenticate_with_token(
    session: &mut AsyncSmtpConnection,
    mechanism: &str,
    answer: &str,
    end: &str,
) -> Result<(), lettre::transport::smtp::Error> {
    let answer = BASE64_STANDARD.encode(answer);
    let mut said = session
        .command(format!("AUTH {mechanism} {answer}\r\n"))
        .await?;
    if said.has_code(334) {
        said = session
            .command(format!("{}\r\n", BASE64_STANDARD.encode(end)))
            .await?;
    }
    // A server that goes on asking takes neither the token nor the end of the attempt.
    if said.has_code(334) {
        session.command("*\r\n").await?;
    }
    Ok(())
}

/// Protects a connection, reads the greeting and says EHLO. All three ways go through [`Endpoint::open`], so that IMAP and
/// SMTP verify alike and fail with the same words.
///
/// [`Endpoint::open`]: crate::endpoint::Endpoint::open
async fn greet(
    here: Reached,
    mut tcp: TcpStream,
) -> Result<(AsyncSmtpConnection, Option<Timestamp>), SmtpError> {
    let endpoint = &here.endpoint;
    let mut preface = Vec::new();
    if endpoint.tls == Tls::Starttls {
        preface = timeout(GREETING, negotiate_starttls(&mut tcp))
            .await
            .map_err(|_| endpoint.silent_before_tls(GREETING))?
            .map_err(|refusal| before_greeting(endpoint, refusal))?;
    }
    let stream = here.protect(tcp, CONNECT).await?;
    let expires = stream.certificate_expires();
    let stream = Box::new(Prefaced::new(stream, preface));
    let hello = ClientId::default();
    let session = AsyncSmtpConnection::connect_with_transport(stream, &hello);
    let session = timeout(GREETING, session)
        .await
        .map_err(|_| endpoint.silent(GREETING))?
        .map_err(|error| unexpected(endpoint, &error))?;
    Ok((session, expires))
}

/// Tells a server that spoke from one that is gone: another address of it may live.
fn before_greeting(endpoint: &Endpoint, refusal: NoTls) -> SmtpError {
    let endpoint = endpoint.to_string();
    match refusal {
        NoTls::Lost(said) => ConnectError::Lost(endpoint, said).into(),
        NoTls::Said(said) => SmtpError::Protocol { endpoint, said },
    }
}

fn unexpected(endpoint: &Endpoint, error: &lettre::transport::smtp::Error) -> SmtpError {
    let cause = std::error::Error::source(error).filter(|_| error.status().is_none());
    let refusal = match cause {
        Some(cause) => NoTls::Lost(cause.to_string()),
        None => NoTls::Said(reply_text(error)),
    };
    before_greeting(endpoint, refusal)
}

pub(super) async fn quit(session: &mut AsyncSmtpConnection) {
    let _ = timeout(QUIT, session.quit()).await;
}

/// Returns the extensions that matter here, of those that the server offers.
pub(super) fn offered_extensions(session: &AsyncSmtpConnection) -> Vec<String> {
    let auth = Extension::Authentication;
    let mut known = vec![
        ("8BITMIME", Extension::EightBitMime),
        ("SMTPUTF8", Extension::SmtpUtfEight),
        ("AUTH PLAIN", auth(Mechanism::Plain)),
        ("AUTH LOGIN", auth(Mechanism::Login)),
        ("AUTH XOAUTH2", auth(Mechanism::Xoauth2)),
    ];
    known.retain(|(_, extension)| session.server_info().supports_feature(*extension));
    known.into_iter().map(|(name, _)| name.to_owned()).collect()
}

/// Returns the server's own words with its code.
pub(super) fn reply_text(error: &lettre::transport::smtp::Error) -> String {
    let said = std::error::Error::source(error).map(ToString::to_string);
    match (error.status(), said) {
        (Some(code), Some(said)) => format!("{code} {said}"),
        _ => error.to_string(),
    }
}
