//! One mail to one recipient over SMTP. The only file that knows lettre's transport, and the one that knows at each
//! step what a failure means: before the text is sent nothing has happened, after it the server may have the mail.

use std::time::Duration;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use jiff::Timestamp;
use lettre::Address;
use lettre::transport::smtp::authentication::{Credentials, Mechanism};
use lettre::transport::smtp::client::AsyncSmtpConnection;
use lettre::transport::smtp::commands::{Data, Mail, Rcpt, Rset};
use lettre::transport::smtp::extension::{ClientId, Extension};
use lettre::transport::smtp::response::Severity;
use tokio::time::timeout;

use super::stream::{Prefaced, negotiate_starttls};
use super::{Error, Outcome, SmtpSettings, Transport};
use crate::endpoint::{Endpoint, Stream, Tls};
use crate::secret::{Auth, Secret};

/// How long connecting and each handshake may take.
const CONNECT: Duration = Duration::from_secs(60);
/// How long the server may take over a command (RFC 5321 section 4.5.3.2.1 to 4.5.3.2.4).
const COMMAND: Duration = Duration::from_secs(5 * 60);
/// How long it may take over the end of the mail (section 4.5.3.2.6). A shorter limit sends mails twice: slow
/// relays were seen to take minutes over a mail that they then delivered.
const END_OF_DATA: Duration = Duration::from_secs(10 * 60);

/// Hands mails in at the configured server: a connection for each, since a digest a day needs no pool, and a pooled
/// connection that the server has left is the classic way to lose a mail.
#[derive(Clone, Debug)]
pub struct Smtp {
    settings: SmtpSettings,
}

/// What a submission server offers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The name it gives itself.
    pub name: String,
    /// How the way is protected.
    pub tls: Tls,
    /// Whether a login was made; `false` where none is configured.
    pub logged_in: bool,
    /// Until when the server's certificate is valid; `None` without TLS.
    pub certificate_expires: Option<Timestamp>,
    /// The extensions that matter here.
    pub offers: Vec<String>,
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
        let mut session = match open(&self.settings).await {
            Ok((session, _)) => session,
            Err(error) => return Outcome::Deferred(error.to_string()),
        };
        let outcome = submit(&mut session, sender, recipient, bytes).await;
        // The outcome is known; a server that is slow to say goodbye cannot change it.
        let _ = timeout(Duration::from_secs(5), session.quit()).await;
        outcome
    }
}

/// MAIL, RCPT and DATA in turn; each refusal is told apart by its code.
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

async fn step<T>(
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

/// The outcome that a reply code tells, or `None` where there was no reply. 421 closes the connection and says
/// nothing about the mail, whichever command it answers (RFC 5321 section 3.8).
fn refusal(name: &str, error: &lettre::transport::smtp::Error) -> Option<Outcome> {
    let code = error.status()?;
    let said = format!("{name} refused: {}", words(error));
    match code.severity {
        Severity::PermanentNegativeCompletion => Some(Outcome::Refused(said)),
        _ => Some(Outcome::Deferred(said)),
    }
}

/// The server's own words with its code.
fn words(error: &lettre::transport::smtp::Error) -> String {
    let said = std::error::Error::source(error).map(ToString::to_string);
    match (error.status(), said) {
        (Some(code), Some(said)) => format!("{code} {said}"),
        _ => error.to_string(),
    }
}

/// Connects, protects the connection, greets and logs in. Also tells until when the server's certificate is valid.
async fn open(settings: &SmtpSettings) -> Result<(AsyncSmtpConnection, Option<Timestamp>), Error> {
    let endpoint = settings.endpoint();
    let login = settings.login.secret()?;
    let protocol = |said: String| Error::Protocol {
        endpoint: endpoint.to_string(),
        said,
    };
    let stream = timeout(CONNECT * 2, protect(&endpoint))
        .await
        .unwrap_or_else(|_| Err(endpoint.silent(CONNECT * 2).into()))?;
    let expires = stream.certificate_expires();
    let hello = ClientId::default();
    let greeting = AsyncSmtpConnection::connect_with_transport(stream, &hello);
    let mut session = timeout(COMMAND, greeting)
        .await
        .map_err(|_| Error::Endpoint(endpoint.silent(COMMAND)))?
        .map_err(|error| protocol(words(&error)))?;
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
) -> Result<(), Error> {
    let endpoint = settings.endpoint();
    let known: &[Mechanism] = match settings.login.auth {
        Auth::Password => &[Mechanism::Plain, Mechanism::Login],
        Auth::Xoauth2 => &[Mechanism::Xoauth2],
        // The library does not tell whether it is offered; the server does, when it is asked for it.
        Auth::Oauthbearer => &[],
    };
    let info = session.server_info();
    if !known.is_empty() && info.get_auth_mechanism(known).is_none() {
        return Err(Error::NoLogin {
            endpoint: endpoint.to_string(),
            offered: offers(session).join(", "),
        });
    }
    let login = async {
        match settings.login.auth.token_answer(username, secret) {
            Some((name, answer, end)) => with_token(session, name, &answer, end).await,
            None => {
                let (name, word) = (username.to_owned(), secret.expose().to_owned());
                let credentials = Credentials::new(name, word);
                session.auth(known, &credentials).await.map(drop)
            }
        }
    };
    match timeout(COMMAND, login).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(error)) => Err(Error::Credentials {
            endpoint: endpoint.to_string(),
            username: username.to_owned(),
            key: settings.login.secret_key(),
            said: words(&error),
        }),
        Err(_) => Err(endpoint.silent(COMMAND).into()),
    }
}

/// `AUTH` with a token (RFC 4954). A token that is refused is told of in a challenge first; it wants an answer before the
/// code with the server's words comes. The library ends there with words of its own, so this is done by hand.
async fn with_token(
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

/// The stream that SMTP is spoken over. All three ways go through [`Endpoint::connect`] and its connector, so that
/// IMAP and SMTP verify alike and fail with the same words.
async fn protect(endpoint: &Endpoint) -> Result<Box<Prefaced>, Error> {
    let connector = match endpoint.tls {
        Tls::None => None,
        _ => Some(endpoint.connector()?),
    };
    let mut tcp = endpoint.connect(CONNECT).await?;
    let Some(connector) = connector else {
        return Ok(Box::new(Prefaced::new(Stream::Plain(tcp), Vec::new())));
    };
    let mut preface = Vec::new();
    if endpoint.tls == Tls::Starttls {
        let greeting = negotiate_starttls(&mut tcp, COMMAND).await;
        preface = greeting.map_err(|said| Error::Protocol {
            endpoint: endpoint.to_string(),
            said,
        })?;
    }
    let stream = endpoint.protect(&connector, tcp, CONNECT).await?;
    Ok(Box::new(Prefaced::new(stream, preface)))
}

fn offers(session: &AsyncSmtpConnection) -> Vec<String> {
    let info = session.server_info();
    let mut found = Vec::new();
    for (name, extension) in [
        ("8BITMIME", Extension::EightBitMime),
        ("SMTPUTF8", Extension::SmtpUtfEight),
        ("AUTH PLAIN", Extension::Authentication(Mechanism::Plain)),
        ("AUTH LOGIN", Extension::Authentication(Mechanism::Login)),
        (
            "AUTH XOAUTH2",
            Extension::Authentication(Mechanism::Xoauth2),
        ),
    ] {
        if info.supports_feature(extension) {
            found.push(name.to_owned());
        }
    }
    found
}

/// Opens a session as a delivery would, logs in, and leaves without a mail.
///
/// # Errors
/// See [`Error`]; each message names the keys to change.
pub async fn probe(settings: &SmtpSettings) -> Result<Probe, Error> {
    let (mut session, certificate_expires) = open(settings).await?;
    let probe = Probe {
        name: session.server_info().name().to_owned(),
        tls: settings.server.tls,
        logged_in: settings.login.username.is_some(),
        offers: offers(&session),
        certificate_expires,
    };
    let _ = timeout(Duration::from_secs(5), session.quit()).await;
    Ok(probe)
}

/// Asks for each recipient whether a mail from `sender` would be taken, and sends none.
///
/// # Errors
/// No session could be had. What the server says of a recipient is the outcome beside it, `Ok` where it would take
/// the mail.
pub async fn rehearse(
    settings: &SmtpSettings,
    sender: &str,
    recipients: &[String],
) -> Result<Vec<(String, Result<(), Outcome>)>, Error> {
    let address = |text: &str| -> Result<Address, Error> {
        text.parse()
            .map_err(|why: lettre::address::AddressError| Error::Address {
                address: text.to_owned(),
                why: why.to_string(),
            })
    };
    let sender = address(sender)?;
    let (mut session, _) = open(settings).await?;
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
    let _ = timeout(Duration::from_secs(5), session.quit()).await;
    Ok(found)
}
