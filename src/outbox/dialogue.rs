//! The words of an SMTP client over a stream: a command, its reply, each within a limit. What the replies mean is decided
//! elsewhere ([`verdict`](super::verdict)); here a reply is a reply, whatever its text.

use std::io;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::timeout;

use super::reply::{Reply, ReplyReader};

/// Why no reply came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum NoReply {
    /// The connection ended; how.
    Lost(String),
    /// Nothing came within this time.
    Silent(Duration),
    /// What came is no reply; its beginning.
    Senseless(String),
}

/// A stream on which commands are said and replies read.
#[derive(Debug)]
pub(super) struct Dialogue<S> {
    stream: S,
    reader: ReplyReader,
    /// Bytes that came after the last reply.
    ahead: Vec<u8>,
    /// Makes text of a reply's bytes.
    readable: fn(&[u8]) -> String,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    pub(super) fn new(stream: S, readable: fn(&[u8]) -> String) -> Self {
        Dialogue {
            stream,
            reader: ReplyReader::default(),
            ahead: Vec::new(),
            readable,
        }
    }

    /// Returns the stream, for TLS. Bytes that came after the last reply were not asked for.
    pub(super) fn into_parts(self) -> (S, Vec<u8>) {
        (self.stream, self.ahead)
    }

    /// Says a command, without its line end, and reads the reply.
    ///
    /// # Errors
    /// No reply came; the command may have been heard.
    pub(super) async fn command(&mut self, line: &str, limit: Duration) -> Result<Reply, NoReply> {
        debug_assert!(!line.contains(['\r', '\n']), "a command is one line");
        let line = format!("{line}\r\n");
        self.say(line.as_bytes(), limit).await?;
        self.reply(limit).await
    }

    /// Sends the text of a mail and its end (RFC 5321 section 4.5.2: a line that begins with a dot gets another), and reads
    /// the reply.
    ///
    /// # Errors
    /// No reply came; the server may have the mail.
    pub(super) async fn text(&mut self, mail: &[u8], limit: Duration) -> Result<Reply, NoReply> {
        self.say(&stuffed(mail), limit).await?;
        self.reply(limit).await
    }

    async fn say(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NoReply> {
        let said = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        let said = timeout(limit, said)
            .await
            .map_err(|_| NoReply::Silent(limit))?;
        match said {
            Ok(()) => Ok(()),
            // A server that refuses says why and closes; its words may have come before the end was noticed.
            Err(cause) => match self.reply(Duration::from_secs(5)).await {
                Ok(reply) if reply.class() >= 4 => Err(NoReply::Lost(reply.to_string())),
                _ => Err(lost(&cause)),
            },
        }
    }

    /// Reads the next reply.
    ///
    /// # Errors
    /// The connection ended, `limit` passed in silence, or what came is no reply.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply, NoReply> {
        timeout(limit, self.next_reply())
            .await
            .unwrap_or(Err(NoReply::Silent(limit)))
    }

    async fn next_reply(&mut self) -> Result<Reply, NoReply> {
        let mut chunk = [0; 4096];
        loop {
            let ahead = std::mem::take(&mut self.ahead);
            let fed = self.reader.feed(&ahead, self.readable);
            let (taken, reply) =
                fed.map_err(|_| NoReply::Senseless("it talks without end".into()))?;
            self.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
            if let Some(reply) = reply {
                return Ok(reply);
            }
            match self.stream.read(&mut chunk).await {
                Ok(0) => {
                    if let Some(reply) = self.reader.at_end(self.readable) {
                        return Ok(reply);
                    }
                    return Err(match self.reader.so_far(self.readable) {
                        Some(said) if !is_cut_code(&said) => NoReply::Senseless(said),
                        Some(said) => NoReply::Lost(format!("the server closed it after `{said}`")),
                        None => NoReply::Lost("the server closed it".into()),
                    });
                }
                Ok(length) => self.ahead.extend_from_slice(&chunk[..length]),
                Err(cause) => return Err(lost(&cause)),
            }
        }
    }
}

/// Returns true for what may be the beginning of a code.
fn is_cut_code(said: &str) -> bool {
    said.len() < 3 && said.bytes().all(|byte| byte.is_ascii_digit())
}

fn lost(cause: &io::Error) -> NoReply {
    NoReply::Lost(cause.to_string())
}

/// Returns the text as it is sent, its end included.
fn stuffed(mail: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(mail.len() + mail.len() / 50 + 5);
    for line in mail.split_inclusive(|byte| *byte == b'\n') {
        if line.starts_with(b".") {
            out.push(b'.');
        }
        out.extend_from_slice(line);
    }
    if !out.ends_with(b"\r\n") {
        out.extend_from_slice(b"\r\n");
    }
    out.extend_from_slice(b".\r\n");
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn plain(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    #[test]
    fn dots_are_doubled_and_the_end_is_one() {
        assert_eq!(stuffed(b"a\r\n.b\r\n..\r\n"), b"a\r\n..b\r\n...\r\n.\r\n");
        assert_eq!(stuffed(b".no end"), b"..no end\r\n.\r\n");
        assert_eq!(stuffed(b""), b"\r\n.\r\n");
    }

    #[tokio::test(start_paused = true)]
    async fn replies_come_in_pieces_late_or_never() {
        let (client, mut server) = tokio::io::duplex(40);
        let mut dialogue = Dialogue::new(client, plain);
        let told = tokio::spawn(async move {
            server
                .write_all(b"220-hello\r\n220 ready\r\n250 early\r\n")
                .await
                .unwrap();
            let mut heard = [0; 6];
            server.read_exact(&mut heard).await.unwrap();
            tokio::time::sleep(Duration::from_secs(60)).await;
            server
        });
        assert_eq!(
            dialogue.reply(LIMIT).await.unwrap().lines,
            ["hello", "ready"]
        );
        // Pipelined by the server: it answers before it was asked.
        assert_eq!(
            dialogue.command("NOOP", LIMIT).await.unwrap().lines,
            ["early"]
        );
        assert_eq!(dialogue.reply(LIMIT).await, Err(NoReply::Silent(LIMIT)));
        let mut server = told.await.unwrap();
        server.write_all(b"what is this").await.unwrap();
        drop(server);
        assert_eq!(
            dialogue.reply(LIMIT).await,
            Err(NoReply::Senseless("what is this".into()))
        );
    }

    #[tokio::test]
    async fn a_server_that_refuses_and_closes_is_heard() {
        let (client, mut server) = tokio::io::duplex(64);
        let mut dialogue = Dialogue::new(client, plain);
        server
            .write_all(b"421 4.3.2 shutting down\r\n")
            .await
            .unwrap();
        drop(server);
        let heard = dialogue.command("EHLO x", LIMIT).await;
        assert_eq!(heard, Err(NoReply::Lost("421 4.3.2 shutting down".into())));
    }
}
