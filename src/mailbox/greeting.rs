//! Speaks with a server before the login: its greeting, STARTTLS, and its capabilities. Nothing that came before TLS is
//! believed.

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;

use super::ImapError;
use super::guard::{ReceivedBytes, ResponseGuard};
use super::read_timeout::within_read_timeout;
use super::session::ImapStream;
use super::session_status::SessionStatus;
use crate::endpoint::{ConnectError, Endpoint, InProcess, Reached, Stream, Tls};

/// Bytes that a server may say in one answer before the login; more is not an IMAP server.
const BEFORE_LOGIN: usize = 64 * 1024;
/// Characters of a server's words that an error shows.
const SHOWN: usize = 200;

/// A connection that was greeted, and on which nothing was sent but a question after the capabilities.
pub(super) struct GreetedConnection<'a> {
    greeted: Greeted,
    endpoint: &'a Endpoint,
    limit: Duration,
    status: &'a SessionStatus,
}

/// A stream and what the greeting on it told.
struct Greeted {
    stream: ImapStream,
    received: ReceivedBytes,
    /// What the server said and was not read yet: it may say more than one line at once.
    seen: Vec<u8>,
    /// The server holds us for logged in (PREAUTH).
    logged_in: bool,
    /// The capabilities, if the greeting told them on a protected connection.
    capabilities: Option<BTreeSet<String>>,
}

/// Connects, protects the connection, and reads the greeting; `limit` is how long the server may be silent. A server that
/// fails before it has greeted is tried at another of its addresses.
pub(super) async fn connect_and_greet<'a>(
    endpoint: &'a Endpoint,
    process: Option<&InProcess>,
    limit: Duration,
    status: &'a SessionStatus,
) -> Result<GreetedConnection<'a>, ImapError> {
    let begin = |here: Reached, tcp| async move {
        let greeted = greet(&here, tcp, limit, status).await;
        greeted.map_err(|error| match error {
            ImapError::Lost(said) => ConnectError::Lost(here.endpoint.to_string(), said).into(),
            other => other,
        })
    };
    let elsewhere = |error: &ImapError| match error {
        ImapError::Endpoint(error) => Some(error.cause()),
        _ => None,
    };
    let greeted = match process {
        Some(process) => {
            let stream = endpoint.connect_within(process)?;
            greeted(stream, endpoint, limit, status).await?
        }
        None => endpoint.open(limit, begin, elsewhere).await?,
    };
    Ok(GreetedConnection {
        greeted,
        endpoint,
        limit,
        status,
    })
}

/// Protects a connection and reads the greeting, with the capabilities that it told.
async fn greet(
    here: &Reached,
    mut tcp: TcpStream,
    limit: Duration,
    status: &SessionStatus,
) -> Result<Greeted, ImapError> {
    let endpoint = &here.endpoint;
    if endpoint.tls == Tls::Starttls {
        let (mut clear, received) = ResponseGuard::new(tcp, status.unread_lines.clone());
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
    let (stream, received) = ResponseGuard::new(stream, status.unread_lines.clone());
    let mut greeted = Greeted {
        stream,
        received: received.clone(),
        seen: Vec::new(),
        logged_in: false,
        capabilities: None,
    };
    if endpoint.tls == Tls::Starttls {
        // The server does not greet again, and what it said before counts for nothing. Its first words under TLS show that
        // it goes on.
        let capabilities = greeted.ask_capabilities(endpoint, limit, status).await?;
        greeted.capabilities = Some(capabilities);
    } else {
        let greeting = greeting(&mut greeted.stream, &mut greeted.seen, endpoint);
        let said = within_read_timeout(&received, status, limit, greeting).await;
        let (name, words) = said.ok_or_else(|| endpoint.silent(limit))??;
        // Without TLS too: that way leads to this machine only, and a tunnel may have logged in for us.
        greeted.logged_in = name == "PREAUTH";
        hear(status, &name, &words);
        greeted.capabilities = capabilities_in(&words);
    }
    Ok(greeted)
}

impl Greeted {
    /// Asks for the capabilities.
    async fn ask_capabilities(
        &mut self,
        endpoint: &Endpoint,
        limit: Duration,
        status: &SessionStatus,
    ) -> Result<BTreeSet<String>, ImapError> {
        let asked = ask(
            &mut self.stream,
            &mut self.seen,
            endpoint,
            Some(status),
            "CAPABILITY",
        );
        let lines = within_read_timeout(&self.received, status, limit, asked)
            .await
            .ok_or_else(|| endpoint.silent(limit))??;
        let mut found = BTreeSet::new();
        for line in &lines {
            match status_of(line) {
                Some((name, words)) if name == "CAPABILITY" => found.append(&mut words_of(words)),
                _ => found.append(&mut capabilities_in(line).unwrap_or_default()),
            }
        }
        Ok(found)
    }
}

impl GreetedConnection<'_> {
    /// Returns the capabilities before the login: as the greeting told them, or asked for.
    pub(super) async fn capabilities(&mut self) -> Result<BTreeSet<String>, ImapError> {
        if let Some(told) = self.greeted.capabilities.take() {
            return Ok(told);
        }
        let (limit, status) = (self.limit, self.status);
        self.greeted
            .ask_capabilities(self.endpoint, limit, status)
            .await
    }

    /// Returns the end of the validity of the server's certificate.
    pub(super) fn certificate_expires(&self) -> Option<Timestamp> {
        self.greeted.stream.inner().certificate_expires()
    }

    /// Hands the connection over, guarded from here on.
    ///
    /// # Errors
    /// What the server said last cannot be read.
    pub(super) fn guarded(self) -> Result<(ImapStream, ReceivedBytes), ImapError> {
        let mut greeted = self.greeted;
        greeted
            .stream
            .begin(greeted.seen)
            .map_err(ImapError::lost)?;
        Ok((greeted.stream, greeted.received))
    }

    /// Returns true when the server holds us for logged in.
    pub(super) fn logged_in(&self) -> bool {
        self.greeted.logged_in
    }
}

/// Reads the greeting (RFC 9051 section 7.1): `* OK …` or `* PREAUTH …`, or the server's reason not to talk. Returns its word in
/// upper case, and the words behind it.
async fn greeting(
    stream: &mut (impl AsyncRead + Unpin),
    seen: &mut Vec<u8>,
    endpoint: &Endpoint,
) -> Result<(String, String), ImapError> {
    loop {
        let line = read_line(stream, seen, endpoint).await?;
        match status_of(&line) {
            Some((name, words)) if name == "OK" || name == "PREAUTH" => {
                return Ok((name, words.to_owned()));
            }
            Some((name, words)) => refusal(&name, words, endpoint)?,
            // Some servers begin with a blank line.
            None if line.is_empty() => {}
            None => return Err(protocol(endpoint, format!("it greets with `{line}`"))),
        }
    }
}

/// Reads the greeting in clear text and asks for STARTTLS (RFC 9051 section 6.2.1). Bytes after the go-ahead were not
/// sent under TLS and are an attack.
async fn starttls(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    endpoint: &Endpoint,
) -> Result<(), ImapError> {
    let mut seen = Vec::new();
    let (name, _) = greeting(stream, &mut seen, endpoint).await?;
    if name == "PREAUTH" {
        // STARTTLS is not allowed any more then, so a stranger on the way may say it to keep us in clear text.
        let said = "it greets with PREAUTH before TLS, which must not be trusted";
        return Err(protocol(endpoint, said.into()));
    }
    // Nothing that is said before TLS is told to anybody.
    let said = ask(stream, &mut seen, endpoint, None, "STARTTLS").await?;
    let last = said.last().map(String::as_str).unwrap_or_default();
    if !last.to_ascii_uppercase().starts_with("OK") {
        let said = format!("it does not offer STARTTLS (`{last}`)");
        return Err(protocol(endpoint, said));
    }
    if !seen.is_empty() {
        let said = "it sent data that was not asked for, which must not be trusted";
        return Err(protocol(endpoint, said.into()));
    }
    Ok(())
}

/// Sends one command and reads up to its tagged answer, which comes last and without its tag.
async fn ask(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
    seen: &mut Vec<u8>,
    endpoint: &Endpoint,
    status: Option<&SessionStatus>,
    command: &str,
) -> Result<Vec<String>, ImapError> {
    const TAG: &str = "n1";
    let line = format!("{TAG} {command}\r\n");
    let sent = stream.write_all(line.as_bytes()).await;
    sent.map_err(ImapError::lost)?;
    stream.flush().await.map_err(ImapError::lost)?;
    let (mut lines, mut length) = (Vec::new(), 0);
    loop {
        let line = read_line(stream, seen, endpoint).await?;
        length += line.len();
        if length > BEFORE_LOGIN {
            return Err(protocol(endpoint, "it talks without end".into()));
        }
        let (first, rest) = line.split_once([' ', '\t']).unwrap_or((&line, ""));
        if first.eq_ignore_ascii_case(TAG) {
            lines.push(rest.trim_start().to_owned());
            return Ok(lines);
        }
        if let Some((name, words)) = status_of(&line) {
            if name == "BYE" {
                refusal(&name, words, endpoint)?;
            }
            if let Some(status) = status {
                hear(status, &name, words);
            }
        }
        lines.push(line);
    }
}

/// Reads one line, without the blanks around it and without control characters; what came after it stays in `seen`.
async fn read_line(
    stream: &mut (impl AsyncRead + Unpin),
    seen: &mut Vec<u8>,
    endpoint: &Endpoint,
) -> Result<String, ImapError> {
    let mut searched = 0;
    loop {
        if let Some(end) = seen[searched..].iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = seen.drain(..=searched + end).collect();
            let line = String::from_utf8_lossy(&line).replace('\t', " ");
            let line: String = line.chars().filter(|c| !c.is_control()).collect();
            return Ok(line.trim().to_owned());
        }
        searched = seen.len();
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

/// Notes an untagged status response that speaks to people.
fn hear(status: &SessionStatus, name: &str, words: &str) {
    let alert = || words.to_ascii_uppercase().starts_with("[ALERT]");
    if matches!(name, "NO" | "BAD") || alert() {
        status.hear(words);
    }
}

/// Splits an untagged line into its first word, in upper case, and the words behind it.
fn status_of(line: &str) -> Option<(String, &str)> {
    let line = line.strip_prefix('*')?.trim_start();
    let end = line.find(|c: char| !c.is_ascii_alphanumeric());
    let (name, words) = line.split_at(end.unwrap_or(line.len()));
    Some((name.to_ascii_uppercase(), words.trim_start()))
}

/// Returns the server's words as the error that they are, if they refuse to talk: BYE, NO or BAD.
fn refusal(name: &str, words: &str, endpoint: &Endpoint) -> Result<(), ImapError> {
    if !matches!(name, "BYE" | "NO" | "BAD") {
        return Ok(());
    }
    let said = if words.is_empty() { name } else { words };
    Err(ImapError::Later {
        endpoint: endpoint.to_string(),
        said: said.chars().take(SHOWN).collect(),
    })
}

/// Makes a [`ImapError::Protocol`] of at most 200 characters of words.
fn protocol(endpoint: &Endpoint, said: String) -> ImapError {
    ImapError::Protocol {
        endpoint: endpoint.to_string(),
        said: said.chars().take(SHOWN).collect(),
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

    fn endpoint() -> Endpoint {
        toml::from_str::<crate::endpoint::ServerKeys>("host = \"imap.example.net\"")
            .unwrap()
            .endpoint(993, 143)
    }

    /// Has a server say this, with nothing behind it.
    async fn said(text: &str) -> (Result<(String, String), ImapError>, Vec<u8>) {
        let (mut bytes, mut seen) = (text.as_bytes(), Vec::new());
        let read = greeting(&mut bytes, &mut seen, &endpoint()).await;
        (read, seen)
    }

    #[test]
    fn capabilities_are_read_whatever_their_case_and_blanks() {
        let found = capabilities_in("* OK [CAPABILITY IMAP4rev1  idle AUTH=PLAIN] ready").unwrap();
        assert!(found.contains("IDLE") && found.contains("AUTH=PLAIN"));
        assert_eq!(capabilities_in("* OK ready"), None);
    }

    #[tokio::test]
    async fn greetings_are_read_in_any_form() {
        for (text, name, words, rest) in [
            ("* OK\r\n", "OK", "", ""),
            ("* ok  Ready\n", "OK", "Ready", ""),
            (
                "\r\n \r\n*\tOK[ALERT] gesch\u{fc}tzt\r\n",
                "OK",
                "[ALERT] gesch\u{fc}tzt",
                "",
            ),
            ("* X y\r\n* OK a\r\n* CAPABILITY", "OK", "a", "* CAPABILITY"),
            ("* Preauth in\r\n", "PREAUTH", "in", ""),
        ] {
            let (read, seen) = said(text).await;
            assert_eq!(read.unwrap(), (name.into(), words.into()), "{text}");
            assert_eq!(seen, rest.as_bytes(), "{text}");
        }
    }

    #[tokio::test]
    async fn a_server_that_refuses_to_talk_is_shown_with_its_words() {
        for (text, shown) in [
            ("* BYE\r\n", "refuses for now: BYE"),
            (
                "* bye \u{7}shutting down\r\n",
                "refuses for now: shutting down",
            ),
            (
                "* BAD [ALERT] enable IMAP first\r\n",
                "refuses for now: [ALERT] enable IMAP first",
            ),
            ("220 mail ESMTP\r\n", "greets with `220 mail ESMTP`"),
            ("", "closed it before the login"),
        ] {
            let error = said(text).await.0.unwrap_err().to_string();
            assert!(error.contains(shown), "{error}");
        }
        let error = said(&"x".repeat(70_000)).await.0.unwrap_err().to_string();
        assert!(error.contains("talks without end"), "{error}");
        let error = said(&format!("{}\n", "x".repeat(5_000)))
            .await
            .0
            .unwrap_err();
        assert!(error.to_string().len() < 400);
    }
}
