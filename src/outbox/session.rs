//! An SMTP session that is ready for a mail: connected, protected, greeted and logged in.
//!
//! ```text
//! connect ─▶ greeting ─▶ EHLO ─▶ STARTTLS ─▶ TLS ─▶ EHLO ─▶ AUTH ─▶ ready ─▶ MAIL ─▶ RCPT ─▶ DATA ─▶ text ─▶ 250
//!                          │ 500, 502: HELO                           ▲                                       │
//!                          ▼                                          └────────────────── RSET ◀──────────────┘
//!                        ready (no login, no STARTTLS)
//! ```

use std::net::SocketAddr;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio::time::Instant;

use super::SmtpError;
use super::dialogue::{Dialogue, NoReply};
use super::extensions::Extensions;
use super::reply::Reply;
use super::verdict::{Meaning, Step, verdict};
use crate::endpoint::{ConnectError, Endpoint, Reached, Stream, Tls};
use crate::mail;

/// The time that resolving, connecting and a handshake may take each.
pub(super) const CONNECT: Duration = Duration::from_secs(60);
/// The time that a server may take to greet. RFC 5321 section 4.5.3.2.1 advises five minutes; here another address of it may
/// live, and the next attempt comes in a minute.
const GREETING: Duration = Duration::from_secs(2 * 60);
/// The time that the server may take over a command (RFC 5321 section 4.5.3.2.1 to 4.5.3.2.4).
pub(super) const COMMAND: Duration = Duration::from_secs(5 * 60);
/// The time that a server may take to say goodbye; nothing depends on it any more.
const QUIT: Duration = Duration::from_secs(5);

/// The date that a server told, by its own clock, and when that was heard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServerDate {
    /// The date.
    pub told: Timestamp,
    /// The moment at which it was heard.
    pub heard: Instant,
}

/// A session that is logged in.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) dialogue: Dialogue<Stream>,
    /// What the server offers, as told last.
    pub(super) extensions: Extensions,
    /// The name that was said in EHLO.
    pub(super) hello: String,
    /// The instant at which the server's certificate expires; `None` without TLS.
    pub(super) certificate_expires: Option<Timestamp>,
    /// The date that its greeting told, and when that was heard.
    pub(super) date: Option<ServerDate>,
    /// Mails that were begun.
    pub(super) mails: u32,
    /// True from MAIL to the 250 at the end of the text.
    pub(super) in_transaction: bool,
    /// True once the server takes no more in this session.
    pub(super) is_over: bool,
}

impl Session {
    /// Makes it ready for the next mail. Returns false where it cannot be: the server has left, or has said what was not
    /// asked for, so that nobody could tell which reply is the answer to what.
    pub(super) async fn is_ready(&mut self) -> bool {
        if self.is_over || !self.dialogue.is_quiet() {
            return false;
        }
        if self.in_transaction {
            let reset = self.dialogue.command("RSET", COMMAND).await;
            self.in_transaction = !reset.is_ok_and(|reply| reply.class() == 2);
        }
        !self.in_transaction && self.dialogue.is_whole()
    }

    /// Says goodbye.
    pub(super) async fn quit(mut self) {
        if self.dialogue.is_whole() {
            let _ = self.dialogue.command("QUIT", QUIT).await;
        }
    }
}

/// Protects a connection, reads the greeting and says EHLO. All three ways go through [`Endpoint::open`], so that IMAP and
/// SMTP verify alike and fail with the same words. `helo` is the name that is said; by default it is this host's.
pub(super) async fn greet(
    here: Reached,
    mut tcp: TcpStream,
    helo: Option<&str>,
) -> Result<Session, SmtpError> {
    let local = tcp.local_addr().ok();
    let name = helo.map_or_else(|| own_name(local), str::to_owned);
    if here.endpoint.tls == Tls::Starttls {
        tcp = start_tls(&here.endpoint, tcp, &name).await?;
    }
    let stream = here.protect(tcp, CONNECT).await?;
    let certificate_expires = stream.certificate_expires();
    let mut dialogue = Dialogue::new(stream, mail::unlabelled_text);
    let mut date = None;
    if here.endpoint.tls != Tls::Starttls {
        let silent = || here.endpoint.silent(GREETING).into();
        date = greeting(&mut dialogue, &here.endpoint, silent).await?;
    }
    let extensions = hello(&mut dialogue, &here.endpoint, &name).await?;
    Ok(Session {
        dialogue,
        extensions,
        hello: name,
        certificate_expires,
        date,
        mails: 0,
        in_transaction: false,
        is_over: false,
    })
}

/// Speaks in clear text up to the server's go-ahead for TLS (RFC 3207). Bytes that follow it are a known way to inject
/// replies, and nothing that was said before counts.
async fn start_tls(
    endpoint: &Endpoint,
    tcp: TcpStream,
    name: &str,
) -> Result<TcpStream, SmtpError> {
    let mut dialogue = Dialogue::new(tcp, mail::unlabelled_text);
    let silent = || endpoint.silent_before_tls(GREETING).into();
    greeting(&mut dialogue, endpoint, silent).await?;
    let offered = hello(&mut dialogue, endpoint, name).await?;
    if !offered.has("STARTTLS") {
        return Err(unexpected(endpoint, "it does not offer STARTTLS"));
    }
    let reply = dialogue.command("STARTTLS", COMMAND).await;
    let reply = reply.map_err(|error| no_reply(endpoint, error))?;
    expect(Step::Tls, "STARTTLS", &reply, 2, endpoint)?;
    let (tcp, ahead) = dialogue.into_parts();
    match ahead.is_empty() {
        true => Ok(tcp),
        false => Err(unexpected(
            endpoint,
            "it sent data before TLS began, which must not be trusted",
        )),
    }
}

/// Reads the greeting, and the date that it tells; `silent` is the error of a server that does not greet.
async fn greeting<S: AsyncRead + AsyncWrite + Unpin>(
    dialogue: &mut Dialogue<S>,
    endpoint: &Endpoint,
    silent: impl FnOnce() -> SmtpError,
) -> Result<Option<ServerDate>, SmtpError> {
    let reply = match dialogue.reply(GREETING).await {
        Err(NoReply::Silent(_)) => return Err(silent()),
        reply => reply.map_err(|error| no_reply(endpoint, error))?,
    };
    expect(Step::Greeting, "the greeting", &reply, 2, endpoint)?;
    let told = reply
        .lines
        .first()
        .and_then(|words| mail::date_at_end(words));
    Ok(told.map(|told| ServerDate {
        told,
        heard: Instant::now(),
    }))
}

/// Says EHLO, and HELO to a server that does not know it (RFC 5321 section 3.2).
async fn hello<S: AsyncRead + AsyncWrite + Unpin>(
    dialogue: &mut Dialogue<S>,
    endpoint: &Endpoint,
    name: &str,
) -> Result<Extensions, SmtpError> {
    let mut said = async |word: &str| {
        let reply = dialogue.command(&format!("{word} {name}"), COMMAND).await;
        reply.map_err(|error| no_reply(endpoint, error))
    };
    let reply = said("EHLO").await?;
    if matches!(reply.code, 500 | 502) {
        let reply = said("HELO").await?;
        expect(Step::Greeting, "HELO", &reply, 2, endpoint)?;
        return Ok(Extensions::none(&reply));
    }
    expect(Step::Greeting, "EHLO", &reply, 2, endpoint)?;
    Ok(Extensions::read(&reply))
}

/// Returns the name that is said in EHLO (RFC 5321 section 4.1.4): the host's, where it is a full one, else the address of
/// this end of the connection.
fn own_name(local: Option<SocketAddr>) -> String {
    let host = rustix::system::uname();
    match host.nodename().to_str() {
        Ok(name) if is_full_name(name) => name.to_owned(),
        _ => local.map_or_else(
            || "[127.0.0.1]".into(),
            |here| match here {
                SocketAddr::V4(here) => format!("[{}]", here.ip()),
                SocketAddr::V6(here) => format!("[IPv6:{}]", here.ip()),
            },
        ),
    }
}

/// True for a name with a dot whose labels are of letters, digits and hyphens; what ends in `.localdomain` names nothing.
fn is_full_name(name: &str) -> bool {
    let label = |label: &str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
        (1..=63).contains(&label.len())
            && label.chars().all(plain)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.')
        && name.len() <= 253
        && name.split('.').all(label)
        && last != "localdomain"
        && !last.chars().all(|c| c.is_ascii_digit())
}

/// Returns an error unless the reply is of this class.
fn expect(
    step: Step,
    name: &'static str,
    reply: &Reply,
    class: u16,
    endpoint: &Endpoint,
) -> Result<(), SmtpError> {
    match reply.class() == class {
        true => Ok(()),
        false => Err(refused(step, name, reply, endpoint)),
    }
}

/// Returns the error that a refusal before any mail was named tells.
pub(super) fn refused(
    step: Step,
    name: &'static str,
    reply: &Reply,
    endpoint: &Endpoint,
) -> SmtpError {
    let (endpoint, said) = (endpoint.to_string(), reply.to_string());
    match verdict(step, reply) {
        Meaning::Throttled => SmtpError::Throttled {
            endpoint,
            step: name,
            said,
        },
        meaning => SmtpError::Refused {
            endpoint,
            step: name,
            said,
            needs_hand: meaning == Meaning::NeedsHand,
        },
    }
}

/// Tells a server that spoke from one that is gone: another address of it may live.
pub(super) fn no_reply(endpoint: &Endpoint, error: NoReply) -> SmtpError {
    match error {
        NoReply::Lost(said) => ConnectError::Lost(endpoint.to_string(), said).into(),
        NoReply::Silent(limit) => endpoint.silent(limit).into(),
        NoReply::Senseless(said) => unexpected(endpoint, &format!("it said `{said}`")),
    }
}

fn unexpected(endpoint: &Endpoint, said: &str) -> SmtpError {
    SmtpError::Protocol {
        endpoint: endpoint.to_string(),
        said: said.to_owned(),
    }
}
