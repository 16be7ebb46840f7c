//! Speaks with a server before the login: its greeting, STARTTLS, and its capabilities. Nothing that came before TLS is
//! believed.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ImapError;
use super::guard::{ReceivedBytes, ResponseGuard};
use super::read_timeout::within_read_timeout;
use super::session::ImapStream;
use super::session_status::SessionStatus;
use crate::endpoint::{Endpoint, InProcess, Reached, Stream, Tls};

/// Bytes that a server may say in one answer before the login; more is not an IMAP server.
const BEFORE_LOGIN: usize = 64 * 1024;

/// A connection that was greeted, and is not logged in.
pub(super) struct GreetedConnection<'a> {
    pub(super) stream: ImapStream,
    pub(super) received: ReceivedBytes,
    /// The capabilities, if the greeting told them on a protected connection.
    greeted_with: Option<BTreeSet<String>>,
    endpoint: &'a Endpoint,
    limit: Duration,
    status: &'a SessionStatus,
}

/// The stream, the count of what came from it, and the capabilities that the greeting told.
type Greeted = (ImapStream, ReceivedBytes, Option<BTreeSet<String>>);

/// Connects, protects the connection, and reads the greeting; `limit` is how long the server may be silent. A server that
/// fails before it has greeted is tried at another of its addresses.
pub(super) async fn connect_and_greet<'a>(
    endpoint: &'a Endpoint,
    process: Option<&InProcess>,
    limit: Duration,
    status: &'a SessionStatus,
) -> Result<GreetedConnection<'a>, ImapError> {
    let begin = |here, tcp| greet(here, tcp, limit, status);
    let elsewhere = |error: &ImapError| match error {
        ImapError::Endpoint(error) => Some(error.cause()),
        ImapError::Lost(said) => Some(said.clone()),
        _ => None,
    };
    let (stream, received, greeted_with) = match process {
        Some(process) => {
            let stream = endpoint.connect_within(process)?;
            greeted(stream, endpoint, limit, status).await?
        }
        None => endpoint.open(limit, begin, elsewhere).await?,
    };
    Ok(GreetedConnection {
        stream,
        received,
        greeted_with,
        endpoint,
        limit,
        status,
    })
}

/// Protects a connection and reads the greeting, with the capabilities that it told.
async fn greet(
    here: Reached,
    mut tcp: TcpStream,
    limit: Duration,
    status: &SessionStatus,
) -> Result<Greeted, ImapError> {
    let endpoint = &here.endpoint;
    if endpoint.tls == Tls::Starttls {
        let (mut clear, received) = ResponseGuard::new(tcp);
        let asked = starttls(&mut clear, endpoint);
        let asked = within_read_timeout(&received, status, limit, asked).await;
        asked.ok_or_else(|| endpoint.silent_before_tls(limit))??;
        tcp = clear.into_inner();
    }
    let stream = here.protect(tcp, limit).await?;
    greeted(stream, endpoint, limit, status).await
}

/// Reads the greeting on a stream that is protected as it will be.
async fn greeted(
    stream: Stream,
    endpoint: &Endpoint,
    limit: Duration,
    status: &SessionStatus,
) -> Result<Greeted, ImapError> {
    let (mut stream, received) = ResponseGuard::new(stream);
    let greeted_with = match endpoint.tls {
        // The server does not greet again, and what it said before counts for nothing.
        Tls::Starttls => None,
        _ => {
            let greeting = greeting(&mut stream, endpoint);
            let greeted = within_read_timeout(&received, status, limit, greeting).await;
            capabilities_in(&greeted.ok_or_else(|| endpoint.silent(limit))??)
        }
    };
    Ok((stream, received, greeted_with))
}

impl GreetedConnection<'_> {
    /// Returns the capabilities before the login: as the greeting told them, or asked for.
    pub(super) async fn capabilities(&mut self) -> Result<BTreeSet<String>, ImapError> {
        if let Some(told) = self.greeted_with.take() {
            return Ok(told);
        }
        let asked = ask(&mut self.stream, self.endpoint, "CAPABILITY");
        let lines = within_read_timeout(&self.received, self.status, self.limit, asked)
            .await
            .ok_or_else(|| ImapError::Endpoint(self.endpoint.silent(self.limit)))??;
        let found = lines.iter().filter_map(|line| {
            let rest = line.strip_prefix("* ")?;
            let (name, words) = rest.split_once(' ')?;
            name.eq_ignore_ascii_case("CAPABILITY")
                .then(|| words_of(words))
        });
        Ok(found.flatten().collect())
    }
}

/// Reads the greeting (RFC 9051 section 7.1): `* OK …`, or the server's reason not to talk.
async fn greeting(
    stream: &mut (impl AsyncRead + Unpin),
    endpoint: &Endpoint,
) -> Result<String, ImapError> {
    let mut seen = Vec::new();
    let line = read_line(stream, &mut seen, endpoint).await?;
    let upper = line.to_ascii_uppercase();
    if upper.starts_with("* OK") && seen.is_empty() {
        Ok(line)
    } else if upper.starts_with("* BYE") {
        Err(ImapError::Later {
            endpoint: endpoint.to_string(),
            said: line,
        })
    } else {
        Err(protocol(endpoint, format!("it greets with `{line}`")))
    }
}

/// Reads the greeting in clear text and asks for STARTTLS (RFC 9051 section 6.2.1). Bytes after the go-ahead were not
/// sent under TLS and are an attack.
async fn starttls(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
) -> Result<(), ImapError> {
    greeting(stream, endpoint).await?;
    let said = ask(stream, endpoint, "STARTTLS").await?;
    match said.last().map(|line| line.to_ascii_uppercase()) {
        Some(line) if line.starts_with("OK") => Ok(()),
        _ => Err(protocol(endpoint, "it does not offer STARTTLS".into())),
    }
}

/// Sends one command and reads up to its tagged answer, which comes last and without its tag.
async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
    command: &str,
) -> Result<Vec<String>, ImapError> {
    const TAG: &str = "n1 ";
    let line = format!("{TAG}{command}\r\n");
    let sent = stream.write_all(line.as_bytes()).await;
    sent.map_err(ImapError::lost)?;
    stream.flush().await.map_err(ImapError::lost)?;
    let (mut seen, mut lines) = (Vec::new(), Vec::new());
    loop {
        let line = read_line(stream, &mut seen, endpoint).await?;
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

/// Reads one line; what came after it stays in `seen`.
async fn read_line(
    stream: &mut (impl AsyncRead + Unpin),
    seen: &mut Vec<u8>,
    endpoint: &Endpoint,
) -> Result<String, ImapError> {
    loop {
        if let Some(end) = seen.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = seen.drain(..=end).collect();
            return Ok(String::from_utf8_lossy(&line).trim_end().to_owned());
        }
        if seen.len() > BEFORE_LOGIN {
            return Err(protocol(endpoint, "it talks without end".into()));
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await.map_err(ImapError::lost)? {
            0 => return Err(ImapError::lost("the server closed it before the login")),
            length => seen.extend_from_slice(&chunk[..length]),
        }
    }
}

/// Makes a [`ImapError::Protocol`].
fn protocol(endpoint: &Endpoint, said: String) -> ImapError {
    ImapError::Protocol {
        endpoint: endpoint.to_string(),
        said,
    }
}

/// Reads the capabilities in `* OK [CAPABILITY IMAP4rev1 IDLE] ready`.
fn capabilities_in(greeting: &str) -> Option<BTreeSet<String>> {
    let start = greeting.to_ascii_uppercase().find("[CAPABILITY ")? + "[CAPABILITY ".len();
    let end = greeting.get(start..)?.find(']')? + start;
    Some(words_of(&greeting[start..end]))
}

/// Splits a list of capabilities. Servers write them in any case, and some with two blanks between.
fn words_of(text: &str) -> BTreeSet<String> {
    text.split_whitespace()
        .map(str::to_ascii_uppercase)
        .collect()
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
}
