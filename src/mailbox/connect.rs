//! From nothing to a session: TCP, TLS, greeting, capabilities, login. Nothing that came before TLS is believed, and
//! no step waits without a limit.

use std::collections::BTreeSet;
use std::time::Duration;

use async_imap::imap_proto::{Capability, Response, ResponseCode};
use async_imap::{Authenticator, Client, Session as ImapSession};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::exchange::{Session, Wire};
use super::guard::{Activity, Guard};
use super::{Auth, Error, Settings};
use crate::endpoint::{Endpoint, Stream, Tls};
use crate::secret::Secret;

/// How long connecting, the handshake, the greeting and the login may take, each.
const LIMIT: Duration = Duration::from_secs(30);

/// What a server may say in one answer before the login; more is not an IMAP server.
const BEFORE_LOGIN: usize = 64 * 1024;

/// Opens a session and logs in.
///
/// # Errors
/// See [`Error`]; each message says what to change.
pub(super) async fn connect(settings: &Settings) -> Result<Session, Error> {
    let endpoint = settings.endpoint();
    let source = settings.secret().map_err(Error::Settings)?;
    let mut stream = open(&endpoint).await?;
    let offered = match stream.1.take() {
        Some(offered) => offered,
        None => capabilities(&mut stream.0, &endpoint).await?,
    };
    let expires = stream.0.certificate_expires();
    // Read anew at each login: tokens expire, passwords change.
    let secret = source.read().await?;
    let (guard, activity) = Guard::new(stream.0);
    let client = Client::new(guard);
    let login = log_in(client, settings, &endpoint, &offered, &secret);
    let session = limited(&endpoint, login).await??;
    let mut session = finish(session, activity, offered).await?;
    session.certificate_expires = expires;
    Ok(session)
}

/// The stream behind the greeting, and the capabilities where the greeting told them on a protected connection.
async fn open(endpoint: &Endpoint) -> Result<(Stream, Option<BTreeSet<String>>), Error> {
    let connector = match endpoint.tls {
        Tls::None => None,
        _ => Some(endpoint.connector()?),
    };
    let mut tcp = endpoint.connect(LIMIT).await?;
    let mut stream = match (endpoint.tls, connector) {
        (Tls::Implicit, Some(connector)) => endpoint.protect(&connector, tcp, LIMIT).await?,
        (Tls::Starttls, Some(connector)) => {
            limited(endpoint, starttls(&mut tcp, endpoint)).await??;
            let stream = endpoint.protect(&connector, tcp, LIMIT).await?;
            // The server does not greet again, and what it said before counts for nothing.
            return Ok((stream, None));
        }
        _ => Stream::Plain(tcp),
    };
    let greeting = limited(endpoint, greeting(&mut stream, endpoint)).await??;
    Ok((stream, capabilities_in(&greeting)))
}

async fn limited<T>(endpoint: &Endpoint, step: impl Future<Output = T>) -> Result<T, Error> {
    timeout(LIMIT, step)
        .await
        .map_err(|_| Error::Endpoint(endpoint.silent(LIMIT)))
}

/// Reads the greeting (RFC 9051 section 7.1): `* OK …`, or the server's reason not to talk.
async fn greeting(
    stream: &mut (impl AsyncRead + Unpin),
    endpoint: &Endpoint,
) -> Result<String, Error> {
    let mut seen = Vec::new();
    let line = line(stream, &mut seen, endpoint).await?;
    let upper = line.to_ascii_uppercase();
    if upper.starts_with("* OK") && seen.is_empty() {
        Ok(line)
    } else if upper.starts_with("* BYE") {
        Err(Error::Later {
            endpoint: endpoint.to_string(),
            said: line,
        })
    } else {
        Err(protocol(endpoint, format!("it greets with `{line}`")))
    }
}

/// Greeting and STARTTLS in clear text. Bytes behind the go-ahead were not sent under TLS and are an attack.
async fn starttls(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
) -> Result<(), Error> {
    greeting(stream, endpoint).await?;
    let said = ask(stream, endpoint, "STARTTLS").await?;
    match said.last().map(|line| line.to_ascii_uppercase()) {
        Some(line) if line.starts_with("OK") => Ok(()),
        _ => Err(protocol(endpoint, "it does not offer STARTTLS".into())),
    }
}

async fn capabilities(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
) -> Result<BTreeSet<String>, Error> {
    let lines = limited(endpoint, ask(stream, endpoint, "CAPABILITY")).await??;
    let found = lines.iter().filter_map(|line| {
        let rest = line.strip_prefix("* ")?;
        let (name, words) = rest.split_once(' ')?;
        name.eq_ignore_ascii_case("CAPABILITY")
            .then(|| words_of(words))
    });
    Ok(found.flatten().collect())
}

/// Sends one command and reads up to its tagged answer, which comes last and without its tag.
async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
    command: &str,
) -> Result<Vec<String>, Error> {
    const TAG: &str = "n1 ";
    stream
        .write_all(format!("{TAG}{command}\r\n").as_bytes())
        .await
        .map_err(Error::lost)?;
    stream.flush().await.map_err(Error::lost)?;
    let mut seen = Vec::new();
    let mut lines = Vec::new();
    loop {
        let line = line(stream, &mut seen, endpoint).await?;
        if let Some(rest) = line.strip_prefix(TAG) {
            lines.push(rest.to_owned());
            break;
        }
        lines.push(line);
    }
    if seen.is_empty() {
        Ok(lines)
    } else {
        Err(protocol(
            endpoint,
            "it sent data that was not asked for, which must not be trusted".into(),
        ))
    }
}

async fn line(
    stream: &mut (impl AsyncRead + Unpin),
    seen: &mut Vec<u8>,
    endpoint: &Endpoint,
) -> Result<String, Error> {
    loop {
        if let Some(end) = seen.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = seen.drain(..=end).collect();
            return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        if seen.len() > BEFORE_LOGIN {
            return Err(protocol(endpoint, "it talks without end".into()));
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await.map_err(Error::lost)? {
            0 => return Err(Error::lost("the server closed it before the login")),
            length => seen.extend_from_slice(&chunk[..length]),
        }
    }
}

fn protocol(endpoint: &Endpoint, said: String) -> Error {
    Error::Protocol {
        endpoint: endpoint.to_string(),
        said,
    }
}

/// The capabilities in `* OK [CAPABILITY IMAP4rev1 IDLE] ready`.
fn capabilities_in(greeting: &str) -> Option<BTreeSet<String>> {
    let start = greeting.to_ascii_uppercase().find("[CAPABILITY ")? + "[CAPABILITY ".len();
    let end = greeting.get(start..)?.find(']')? + start;
    Some(words_of(&greeting[start..end]))
}

/// Servers write them in any case, and some with two blanks between.
fn words_of(text: &str) -> BTreeSet<String> {
    text.split_whitespace()
        .map(str::to_ascii_uppercase)
        .collect()
}

/// SASL: one answer to the first, empty challenge; whatever follows is an error text, answered with nothing.
struct OneAnswer(Option<Vec<u8>>);

impl Authenticator for OneAnswer {
    type Response = Vec<u8>;

    fn process(&mut self, _challenge: &[u8]) -> Vec<u8> {
        self.0.take().unwrap_or_default()
    }
}

async fn log_in(
    client: Client<Wire>,
    settings: &Settings,
    endpoint: &Endpoint,
    offered: &BTreeSet<String>,
    secret: &Secret,
) -> Result<ImapSession<Wire>, Error> {
    let (user, word) = (&settings.username, secret.expose());
    let result = match settings.auth {
        Auth::Xoauth2 => {
            let answer = format!("user={user}\x01auth=Bearer {word}\x01\x01");
            let answer = OneAnswer(Some(answer.into_bytes()));
            client.authenticate("XOAUTH2", answer).await
        }
        Auth::Oauthbearer => {
            let name = user.replace('=', "=3D").replace(',', "=2C");
            let answer = format!("n,a={name},\x01auth=Bearer {word}\x01\x01");
            let answer = OneAnswer(Some(answer.into_bytes()));
            client.authenticate("OAUTHBEARER", answer).await
        }
        // LOGIN sends a quoted string, which cannot carry every password; PLAIN can (RFC 4616).
        Auth::Password if offered.contains("AUTH=PLAIN") => {
            let answer = OneAnswer(Some(format!("\0{user}\0{word}").into_bytes()));
            client.authenticate("PLAIN", answer).await
        }
        Auth::Password => client.login(user, word).await,
    };
    result.map_err(|(error, _client)| refusal(error, settings, endpoint))
}

/// Tells a wrong password from a server that is busy: the second must not be treated as the first, or the account is
/// left alone for an hour for nothing.
fn refusal(error: async_imap::error::Error, settings: &Settings, endpoint: &Endpoint) -> Error {
    use async_imap::error::Error as Imap;
    let said = match &error {
        Imap::No(said) | Imap::Bad(said) => tidy(said),
        _ => return Error::lost(error),
    };
    let upper = said.to_ascii_uppercase();
    let busy = [
        "UNAVAILABLE",
        "LIMIT",
        "INUSE",
        "TOO MANY",
        "TRY AGAIN",
        "TEMPORAR",
        "LATER",
    ];
    if busy.iter().any(|word| upper.contains(word)) {
        return Error::Later {
            endpoint: endpoint.to_string(),
            said,
        };
    }
    Error::Credentials {
        endpoint: endpoint.to_string(),
        username: settings.username.clone(),
        said,
    }
}

/// async-imap gives the server's words as `code: None, info: Some("…")`.
fn tidy(said: &str) -> String {
    let words = said
        .split_once("info: Some(\"")
        .and_then(|(_, rest)| rest.strip_suffix("\")"))
        .unwrap_or(said);
    let words = words.replace("\\\"", "\"");
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
}

/// Asks for the capabilities once more, since many servers offer more after the login; survives one that cannot tell.
async fn finish(
    session: ImapSession<Wire>,
    activity: Activity,
    offered: BTreeSet<String>,
) -> Result<Session, Error> {
    let mut session = Session::new(session, activity, offered);
    let mut found = BTreeSet::new();
    session
        .run("CAPABILITY", "CAPABILITY", |response| {
            if let Response::Capabilities(list) = response {
                found.extend(list.iter().map(name_of));
            }
            if let Response::Done { outcome, .. } = response
                && let Some(ResponseCode::Capabilities(list)) = &outcome.code
            {
                found.extend(list.iter().map(name_of));
            }
        })
        .await?;
    if !found.is_empty() {
        session.capabilities = found;
    }
    Ok(session)
}

fn name_of(capability: &Capability<'_>) -> String {
    match capability {
        Capability::Imap4rev1 => "IMAP4REV1".into(),
        Capability::Auth(name) => format!("AUTH={}", name.to_ascii_uppercase()),
        Capability::Atom(name) => name.to_ascii_uppercase(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capabilities_are_read_whatever_their_case_and_blanks() {
        let found = capabilities_in("* OK [CAPABILITY IMAP4rev1  idle AUTH=PLAIN] ready").unwrap();
        assert!(found.contains("IDLE") && found.contains("AUTH=PLAIN"));
        assert_eq!(capabilities_in("* OK ready"), None);
    }

    #[test]
    fn the_servers_words_are_found_in_the_librarys() {
        assert_eq!(
            tidy("code: None, info: Some(\"wrong password\")"),
            "wrong password"
        );
        assert_eq!(tidy("something else"), "something else");
    }
}
