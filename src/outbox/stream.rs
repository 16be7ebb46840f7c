//! The stream under an SMTP session. STARTTLS is negotiated here, by hand, because nothing that came before TLS may
//! be believed: bytes that follow the server's go-ahead are a known way to inject replies (RFC 3207 section 6),
//! and the session above must begin anew on the protected stream.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};

use lettre::transport::smtp::client::AsyncTokioStream;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};

use crate::endpoint::Stream;

/// The bytes that a server may say before TLS; more is not an SMTP server.
const BEFORE_TLS: usize = 64 * 1024;

/// A stream that first yields a preface, then what comes over the network. After STARTTLS the server greets no
/// second time, while the session expects a greeting: the preface gives it the one that was read.
#[derive(Debug)]
pub(super) struct Prefaced {
    preface: Vec<u8>,
    read: usize,
    stream: Stream,
}

impl Prefaced {
    pub(super) fn new(stream: Stream, preface: Vec<u8>) -> Self {
        Prefaced {
            preface,
            read: 0,
            stream,
        }
    }
}

impl AsyncTokioStream for Prefaced {
    fn peer_addr(&self) -> io::Result<SocketAddr> {
        // Only used in logs.
        let unknown = || SocketAddr::from((Ipv4Addr::UNSPECIFIED, 0));
        Ok(self.stream.peer().unwrap_or_else(unknown))
    }
}

impl AsyncRead for Prefaced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.read < self.preface.len() {
            let end = self.preface.len().min(self.read + buffer.remaining());
            buffer.put_slice(&self.preface[self.read..end]);
            self.read = end;
            return Poll::Ready(Ok(()));
        }
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl AsyncWrite for Prefaced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

/// Why there is no STARTTLS, in one sentence.
#[derive(Debug)]
pub(super) enum NoTls {
    /// The server said something else.
    Said(String),
    /// The connection ended.
    Lost(String),
}

/// Reads the greeting, and says EHLO and STARTTLS in clear text. Returns the greeting, for [`Prefaced`].
///
/// # Errors
/// The server's refusal, the end of the connection, or bytes that came unasked.
pub(super) async fn negotiate_starttls(
    stream: &mut (impl AsyncRead + AsyncWrite + Unpin),
) -> Result<Vec<u8>, NoTls> {
    let refused = |why: &str| Err(NoTls::Said(why.to_owned()));
    let mut seen = Vec::new();
    let greeting = reply(stream, &mut seen, "220").await?;
    // Before TLS nothing needs to know our name; the session says it again on the protected stream.
    say(stream, b"EHLO [127.0.0.1]\r\n").await?;
    let offered = reply(stream, &mut seen, "250").await?;
    let offers_it = String::from_utf8_lossy(&offered).lines().any(|line| {
        line.get(4..)
            .is_some_and(|word| word.trim().eq_ignore_ascii_case("STARTTLS"))
    });
    if !offers_it {
        return refused("it does not offer STARTTLS");
    }
    say(stream, b"STARTTLS\r\n").await?;
    reply(stream, &mut seen, "220").await?;
    if !seen.is_empty() {
        return refused("it sent data before TLS began, which must not be trusted");
    }
    Ok(greeting)
}

async fn say(stream: &mut (impl AsyncWrite + Unpin), line: &[u8]) -> Result<(), NoTls> {
    stream.write_all(line).await.map_err(lost)
}

fn lost(cause: io::Error) -> NoTls {
    NoTls::Lost(cause.to_string())
}

/// Reads one reply, which may have several lines (RFC 5321 section 4.2.1), and leaves what follows in `seen`.
async fn reply(
    stream: &mut (impl AsyncRead + Unpin),
    seen: &mut Vec<u8>,
    expected: &str,
) -> Result<Vec<u8>, NoTls> {
    let mut lines = 0;
    loop {
        while let Some(length) = seen[lines..].iter().position(|byte| *byte == b'\n') {
            let line = &seen[lines..lines + length];
            let more = line.get(3) == Some(&b'-');
            let fits = line.starts_with(expected.as_bytes());
            let said = String::from_utf8_lossy(line).trim().to_owned();
            lines += length + 1;
            if !fits {
                let why = format!("it said `{said}` where {expected} was expected");
                return Err(NoTls::Said(why));
            }
            if !more {
                return Ok(seen.drain(..lines).collect());
            }
        }
        if seen.len() > BEFORE_TLS {
            return Err(NoTls::Said("it talks without end before TLS".to_owned()));
        }
        let mut chunk = [0; 4096];
        match stream.read(&mut chunk).await.map_err(lost)? {
            0 => return Err(NoTls::Lost("closed before TLS".to_owned())),
            length => seen.extend_from_slice(&chunk[..length]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;
    use tokio::time::timeout;

    /// Plays a server: each entry is said once the client's line before it has come.
    async fn against(script: &[&str]) -> Result<Vec<u8>, NoTls> {
        let (mut client, mut server) = tokio::io::duplex(1024);
        let script: Vec<String> = script.iter().map(|line| (*line).to_owned()).collect();
        let played = tokio::spawn(async move {
            for (turn, words) in script.iter().enumerate() {
                let mut byte = [0];
                while turn > 0 && byte[0] != b'\n' {
                    if server.read(&mut byte).await.unwrap_or(0) == 0 {
                        return;
                    }
                }
                server.write_all(words.as_bytes()).await.unwrap();
            }
        });
        let talk = negotiate_starttls(&mut client);
        let result = timeout(Duration::from_secs(10), talk).await.unwrap();
        drop(client);
        played.await.unwrap();
        result
    }

    #[tokio::test]
    async fn a_greeting_is_kept_for_the_session_above() {
        let greeting = against(&[
            "220-mail.example\r\n220 ready\r\n",
            "250-mail.example\r\n250-8BITMIME\r\n250 STARTTLS\r\n",
            "220 go ahead\r\n",
        ])
        .await
        .unwrap();
        assert_eq!(greeting, b"220-mail.example\r\n220 ready\r\n");
    }

    #[tokio::test]
    async fn a_server_without_starttls_is_refused() {
        let error = against(&["220 ready\r\n", "250 mail.example\r\n"]).await;
        assert!(matches!(error, Err(NoTls::Said(said)) if said == "it does not offer STARTTLS"));
    }

    #[tokio::test]
    async fn bytes_after_the_go_ahead_are_an_attack() {
        let error = against(&[
            "220 ready\r\n",
            "250 STARTTLS\r\n",
            "220 go ahead\r\n250 injected\r\n",
        ])
        .await;
        assert!(matches!(error, Err(NoTls::Said(said)) if said.contains("before TLS began")));
    }
}
