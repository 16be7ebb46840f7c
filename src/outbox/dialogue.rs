//! The words of an SMTP client over a stream: a command, its reply, each within a limit. What the replies mean is decided
//! elsewhere ([`verdict`](super::verdict)); here a reply is a reply, whatever its text.

use std::io;
use std::time::Duration;

use futures_util::FutureExt as _;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::{Instant, timeout};

use super::reply::{Reply, ReplyReader};
use super::text::MailText;

/// The time that the server may take over a piece of a mail (RFC 5321 section 4.5.3.2.5).
const DATA_BLOCK: Duration = Duration::from_secs(3 * 60);
/// The time that it may take over the end of the mail (section 4.5.3.2.6). A shorter limit sends mails twice: slow
/// relays were seen to take minutes over a mail that they then delivered.
const END_OF_DATA: Duration = Duration::from_secs(10 * 60);
/// The time in which the words of a server that closed are looked for: they are here or on the way.
const LAST_WORDS: Duration = Duration::from_secs(5);

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

/// Why there is no reply to a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Unsent {
    /// The mail's end was not sent: the server cannot have it.
    Before(NoReply),
    /// The server may have it.
    After(NoReply),
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
    /// True once it is not known which command the next reply would answer, or the connection has ended.
    broken: bool,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Dialogue<S> {
    pub(super) fn new(stream: S, readable: fn(&[u8]) -> String) -> Self {
        Dialogue {
            stream,
            reader: ReplyReader::default(),
            ahead: Vec::new(),
            readable,
            broken: false,
        }
    }

    /// Returns false once nothing more is worth saying.
    pub(super) fn is_whole(&self) -> bool {
        !self.broken
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
        let Err(why) = self.say(line.as_bytes(), limit).await else {
            return self.reply(limit).await;
        };
        self.broken = true;
        self.last_words().await.ok_or(why)
    }

    /// Sends a mail, and reads the reply; `at_the_end` is called before the mail's end is sent.
    ///
    /// # Errors
    /// No reply came: the server has the mail, or not, as [`Unsent`] tells.
    pub(super) async fn text(
        &mut self,
        mut mail: MailText<'_>,
        at_the_end: impl FnOnce() + Send,
    ) -> Result<Reply, Unsent> {
        let (mut piece, mut at_the_end) = (Vec::new(), Some(at_the_end));
        while mail.next_piece(&mut piece) {
            if mail.is_ended()
                && let Some(at_the_end) = at_the_end.take()
            {
                at_the_end();
            }
            let why = match timeout(DATA_BLOCK, self.stream.write_all(&piece)).await {
                Ok(Ok(())) => continue,
                Ok(Err(cause)) => lost(&cause),
                Err(_) => NoReply::Silent(DATA_BLOCK),
            };
            // The end of it is not out. What the server has said meanwhile tells why it would have no more.
            self.broken = true;
            return match self.last_words().await {
                Some(reply) => Ok(reply),
                None => Err(Unsent::Before(why)),
            };
        }
        let flushed = timeout(DATA_BLOCK, self.stream.flush()).await;
        if !matches!(flushed, Ok(Ok(()))) {
            self.broken = true;
        }
        // Another "go on" is no answer to the end.
        self.reply_but(3, END_OF_DATA).await.map_err(Unsent::After)
    }

    /// Asks to send a mail, and reads the reply. Nothing but a "go on" or a refusal is one: a server that answered a command
    /// twice is out of step, and to take what it says of DATA for what it says of the mail would be to lose the mail.
    ///
    /// # Errors
    /// No reply came, or one more than was asked for.
    pub(super) async fn data(&mut self, limit: Duration) -> Result<Reply, NoReply> {
        let mut reply = self.command("DATA", limit).await?;
        if reply.class() == 2 {
            self.broken = true;
            reply = self.reply_but(2, limit).await?;
        }
        if reply.class() != 3 {
            return Ok(reply);
        }
        let Some(unasked) = self.unasked() else {
            return Ok(reply);
        };
        self.broken = true;
        match unasked {
            Ok(refusal) if refusal.class() >= 4 => Ok(refusal),
            Ok(unasked) => Err(NoReply::Senseless(unasked.to_string())),
            Err(why) => Err(why),
        }
    }

    /// Reads the next reply that is not of this class.
    async fn reply_but(&mut self, passed_over: u16, limit: Duration) -> Result<Reply, NoReply> {
        let until = Instant::now() + limit;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            let reply = self.reply(left).await;
            match reply {
                Ok(reply) if reply.class() == passed_over => self.broken = true,
                Err(NoReply::Silent(_)) => return Err(NoReply::Silent(limit)),
                reply => return reply,
            }
        }
    }

    /// Returns true while nothing was said that was not asked for, and the connection stands.
    pub(super) fn is_quiet(&mut self) -> bool {
        !self.broken && self.unasked().is_none() && self.reader.is_empty()
    }

    /// Returns what the server has said without being asked.
    fn unasked(&mut self) -> Option<Result<Reply, NoReply>> {
        self.next_reply().now_or_never()
    }

    async fn say(&mut self, bytes: &[u8], limit: Duration) -> Result<(), NoReply> {
        let said = async {
            self.stream.write_all(bytes).await?;
            self.stream.flush().await
        };
        match timeout(limit, said).await {
            Ok(said) => said.map_err(|cause| lost(&cause)),
            Err(_) => Err(NoReply::Silent(limit)),
        }
    }

    /// Returns the refusal of a server that closed, or listens no more: its words may have come before that was noticed.
    async fn last_words(&mut self) -> Option<Reply> {
        let reply = self.reply(LAST_WORDS).await.ok();
        reply.filter(|reply| reply.class() >= 4)
    }

    /// Reads the next reply.
    ///
    /// # Errors
    /// The connection ended, `limit` passed in silence, or what came is no reply.
    pub(super) async fn reply(&mut self, limit: Duration) -> Result<Reply, NoReply> {
        let reply = match timeout(limit, self.next_reply()).await {
            Ok(reply) => reply,
            Err(_) => self.cut().ok_or(NoReply::Silent(limit)),
        };
        self.broken |= reply.is_err();
        reply
    }

    /// Returns the reply whose end did not come, if its digits did: they decide.
    fn cut(&mut self) -> Option<Reply> {
        self.broken = true;
        self.reader.at_end(self.readable)
    }

    async fn next_reply(&mut self) -> Result<Reply, NoReply> {
        let mut chunk = [0; 4096];
        loop {
            let ahead = std::mem::take(&mut self.ahead);
            let fed = self.reader.feed(&ahead, self.readable);
            let Ok((taken, reply)) = fed else {
                let endless = || NoReply::Senseless("it talks without end".into());
                return self.cut().ok_or_else(endless);
            };
            self.ahead = ahead.get(taken..).unwrap_or_default().to_vec();
            if let Some(reply) = reply {
                return Ok(reply);
            }
            match self.stream.read(&mut chunk).await {
                Ok(0) => {
                    if let Some(reply) = self.cut() {
                        return Ok(reply);
                    }
                    return Err(match self.reader.so_far(self.readable) {
                        Some(said) if !is_cut_code(&said) => NoReply::Senseless(said),
                        Some(said) => NoReply::Lost(format!("the server closed it after `{said}`")),
                        None => NoReply::Lost("the server closed it".into()),
                    });
                }
                Ok(length) => self.ahead.extend_from_slice(&chunk[..length]),
                Err(cause) => return self.cut().ok_or_else(|| lost(&cause)),
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

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_secs(10);

    fn plain(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
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
        let heard = dialogue.command("EHLO x", LIMIT).await.unwrap();
        assert_eq!(heard.to_string(), "421 4.3.2 shutting down");
    }
}
