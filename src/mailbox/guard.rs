//! A limiting reader under async-imap. A server that is broken or hostile may announce a literal of half a gigabyte,
//! a line without end, or parentheses 200,000 deep; the first takes the memory, the second the processor, the third
//! the stack. All three end here, before they are parsed. And lines are handed on whole: the library's parser gives up
//! on some that are cut in two, as `* ID` without its end, and how TCP cuts them is chance.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// The largest message part that is ever asked for is 4 MiB; this leaves room for servers that round up.
const LITERAL: u64 = 8 * 1024 * 1024;
/// Bytes of one response outside its literals. The longest honest one is a SEARCH over a very large folder.
const LINE: u64 = 1024 * 1024;
/// Bytes of one response with its literals.
const RESPONSE: u64 = 16 * 1024 * 1024;
/// Nesting of parentheses; what we ask for has two.
const DEPTH: u32 = 64;

/// Counts bytes as they arrive, so that a wait can tell a slow server from a silent one.
#[derive(Clone, Debug, Default)]
pub(super) struct ReceivedBytes(Arc<AtomicU64>);

impl ReceivedBytes {
    /// Bytes received so far.
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream whose incoming bytes are checked.
#[derive(Debug)]
pub(super) struct ResponseGuard<S> {
    inner: S,
    scan: Scan,
    activity: ReceivedBytes,
    /// Bytes that were checked and not handed on: a line whose end has not come.
    pending: Vec<u8>,
    /// So many of them may be handed on, where there was no room for them.
    free: usize,
}

impl<S> ResponseGuard<S> {
    pub(super) fn new(inner: S) -> (Self, ReceivedBytes) {
        let activity = ReceivedBytes::default();
        let guard = ResponseGuard {
            inner,
            scan: Scan::default(),
            activity: activity.clone(),
            pending: Vec::new(),
            free: 0,
        };
        (guard, activity)
    }

    /// What is guarded.
    pub(super) fn inner(&self) -> &S {
        &self.inner
    }

    /// What was guarded.
    pub(super) fn into_inner(self) -> S {
        self.inner
    }
}

/// What kind of response a line began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Opening {
    /// Its first words are not complete.
    #[default]
    Unknown,
    /// Data, which may hold literals.
    Data,
    /// `* OK …`, `A1 NO …`, `+ …`: text for people up to the end of the line. What looks like a literal in it is none;
    /// taken for one, the bytes after it would pass unseen.
    Text,
}

/// Where in a response the bytes are (RFC 9051 section 4.3: a literal is `{n}` at the end of a line, then n bytes).
#[derive(Debug, Default)]
struct Scan {
    literal_left: u64,
    line: u64,
    response: u64,
    depth: u32,
    quoted: bool,
    escaped: bool,
    announced: Option<u64>,
    complete: bool,
    blank: bool,
    opening: Opening,
    first_words: Vec<u8>,
}

impl Scan {
    /// Checks what has come, and closes up double blanks between words, which some servers send and the library's
    /// parser gives up on. Returns how many bytes are left at the front, and how many of these are whole lines or parts
    /// of literals.
    fn feed(&mut self, bytes: &mut [u8]) -> Result<(usize, usize), String> {
        let (mut from, mut to, mut whole) = (0, 0, 0);
        while from < bytes.len() {
            if self.literal_left > 0 {
                let left = usize::try_from(self.literal_left).unwrap_or(usize::MAX);
                let length = left.min(bytes.len() - from);
                // Nothing has to move where nothing was closed up.
                if from != to {
                    bytes.copy_within(from..from + length, to);
                }
                self.literal_left -= length as u64;
                (from, to) = (from + length, to + length);
                whole = to;
                continue;
            }
            let byte = bytes[from];
            from += 1;
            let doubled = byte == b' ' && self.blank && !self.quoted;
            self.blank = byte == b' ';
            self.byte(byte)?;
            if !doubled {
                bytes[to] = byte;
                to += 1;
            }
            if byte == b'\n' {
                whole = to;
            }
        }
        Ok((to, whole))
    }

    fn byte(&mut self, byte: u8) -> Result<(), String> {
        self.line += 1;
        self.response += 1;
        if self.line > LINE {
            return Err(format!("the server sent a line of more than {LINE} bytes"));
        }
        if byte == b'\n' {
            return self.end_of_line();
        }
        if byte == b'\r' {
            return Ok(());
        }
        if self.opening == Opening::Unknown {
            self.open(byte);
        }
        if self.quoted {
            // A quote that is not closed on its line is not one: text after OK may hold a single quote.
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
            return Ok(());
        }
        self.literal(byte);
        match byte {
            b'"' => self.quoted = true,
            b'(' => {
                self.depth += 1;
                if self.depth > DEPTH {
                    return Err(format!(
                        "the server sent parentheses more than {DEPTH} deep"
                    ));
                }
            }
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// Collects the first two words of a response and tells its kind by them.
    fn open(&mut self, byte: u8) {
        self.first_words.push(byte.to_ascii_uppercase());
        let words = &self.first_words;
        let mut parts = words.split(|byte| *byte == b' ').filter(|p| !p.is_empty());
        let (first, second) = (parts.next(), parts.next());
        if first.is_some_and(|word| word.starts_with(b"+")) {
            self.opening = Opening::Text;
        } else if words.len() > 64 || (byte == b' ' && second.is_some()) {
            let status: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
            self.opening = if second.is_some_and(|word| status.contains(&word)) {
                Opening::Text
            } else {
                Opening::Data
            };
        }
    }

    /// Follows `{`, digits, `}`: whatever else comes between or behind undoes it.
    fn literal(&mut self, byte: u8) {
        self.announced = match (byte, self.announced, self.complete) {
            (b'{', _, _) => Some(0),
            (b'0'..=b'9', Some(size), false) => Some(
                size.saturating_mul(10)
                    .saturating_add(u64::from(byte - b'0')),
            ),
            (b'+', Some(size), false) => Some(size),
            (b'}', Some(size), false) => {
                self.complete = true;
                self.announced = Some(size);
                return;
            }
            _ => None,
        };
        self.complete = false;
    }

    fn end_of_line(&mut self) -> Result<(), String> {
        let literal = self.announced.take().filter(|_| self.complete);
        self.complete = false;
        self.quoted = false;
        self.escaped = false;
        self.blank = false;
        self.line = 0;
        let Some(size) = literal.filter(|_| self.opening != Opening::Text) else {
            self.depth = 0;
            self.response = 0;
            self.opening = Opening::Unknown;
            self.first_words.clear();
            return Ok(());
        };
        if size > LITERAL {
            return Err(format!(
                "the server announced {size} bytes at once, more than was asked for"
            ));
        }
        self.response += size;
        if self.response > RESPONSE {
            return Err(format!(
                "the server sent a response of more than {RESPONSE} bytes"
            ));
        }
        self.literal_left = size;
        Ok(())
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ResponseGuard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        loop {
            if this.free > 0 {
                let length = this.free.min(buffer.remaining());
                buffer.put_slice(&this.pending[..length]);
                this.pending.drain(..length);
                this.free -= length;
                return Poll::Ready(Ok(()));
            }
            let held = this.pending.len();
            if buffer.remaining() <= held {
                ready!(this.read_aside(context))?;
                if this.pending.len() == held {
                    return Poll::Ready(Ok(()));
                }
                continue;
            }
            buffer.put_slice(&this.pending);
            let read = Pin::new(&mut this.inner).poll_read(context, buffer);
            let came = buffer.filled().len() - before - held;
            if came == 0 || !matches!(read, Poll::Ready(Ok(()))) {
                // At the end of the stream half a line counts for nothing.
                buffer.set_filled(before);
                return read;
            }
            let new = &mut buffer.filled_mut()[before + held..];
            let (left, whole) = this.check(new)?;
            let handed_on = if whole > 0 { held + whole } else { 0 };
            let rest = before + handed_on..before + held + left;
            this.pending.clear();
            this.pending.extend_from_slice(&buffer.filled()[rest]);
            buffer.set_filled(before + handed_on);
            if handed_on > 0 {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

impl<S: AsyncRead + Unpin> ResponseGuard<S> {
    fn check(&mut self, new: &mut [u8]) -> io::Result<(usize, usize)> {
        self.activity
            .0
            .fetch_add(new.len() as u64, Ordering::Relaxed);
        self.scan.feed(new).map_err(io::Error::other)
    }

    /// Reads on where a line is longer than the room for it.
    fn read_aside(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut chunk = [0; 4096];
        let mut buffer = ReadBuf::new(&mut chunk);
        ready!(Pin::new(&mut self.inner).poll_read(context, &mut buffer))?;
        let (left, whole) = self.check(buffer.filled_mut())?;
        if whole > 0 {
            self.free = self.pending.len() + whole;
        }
        self.pending.extend_from_slice(&buffer.filled()[..left]);
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for ResponseGuard<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.get_mut().inner).poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().inner).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(text: &str) -> Result<(Scan, String), String> {
        let mut scan = Scan::default();
        let mut kept = Vec::new();
        // One byte at a time and all at once must come to the same.
        for byte in text.as_bytes() {
            let mut one = [*byte];
            let (left, _) = scan.feed(&mut one)?;
            kept.extend_from_slice(&one[..left]);
        }
        let mut whole = Scan::default();
        let mut bytes = text.as_bytes().to_vec();
        let (left, _) = whole.feed(&mut bytes)?;
        assert_eq!(format!("{scan:?}"), format!("{whole:?}"));
        assert_eq!(kept, bytes[..left]);
        Ok((scan, String::from_utf8(kept).unwrap()))
    }

    #[test]
    fn an_honest_fetch_passes_whatever_is_in_its_literal() {
        let body = "((((\"{99999999999}\r\n  ".repeat(50);
        let text = format!(
            "* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{body} INTERNALDATE \"  1-Dec\")\r\nA1 OK done\r\n",
            body.len()
        );
        let (scan, kept) = fed(&text).unwrap();
        assert_eq!((scan.depth, scan.literal_left, scan.response), (0, 0, 0));
        assert_eq!(kept, text);
    }

    #[test]
    fn a_giant_literal_is_refused_when_it_is_announced() {
        let error = fed("* 1 FETCH (BODY[] {536000000}\r\n").unwrap_err();
        assert!(error.contains("536000000 bytes at once"), "{error}");
        fed("* OK see {536000000} for more\r\n").unwrap();
    }

    #[test]
    fn what_looks_like_a_literal_in_text_hides_nothing() {
        for text in ["* OK hello {8000000}", "+ go {8000000}", "A1 NO {8000000}"] {
            let deep = format!("{text}\r\n* LIST {}", "(".repeat(65));
            assert!(fed(&deep).unwrap_err().contains("deep"), "{text}");
        }
    }

    #[test]
    fn endless_lines_and_deep_nesting_are_refused() {
        assert!(
            fed(&"x".repeat(1024 * 1024 + 1))
                .unwrap_err()
                .contains("line")
        );
        assert!(fed(&"(".repeat(65)).unwrap_err().contains("deep"));
        fed(&format!("* OK \"{}\"\r\n", "(".repeat(65))).unwrap();
    }

    #[test]
    fn double_blanks_between_words_are_closed_up() {
        let (_, kept) = fed("* CAPABILITY IMAP4rev1  IDLE   ID\r\n").unwrap();
        assert_eq!(kept, "* CAPABILITY IMAP4rev1 IDLE ID\r\n");
    }

    /// What is read in pieces of `piece` bytes, from a stream that brings `step` at a time.
    async fn read_in(text: &str, step: usize, piece: usize) -> Vec<Vec<u8>> {
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let (inside, mut outside) = tokio::io::duplex(step);
        let bytes = text.as_bytes().to_vec();
        tokio::spawn(async move { outside.write_all(&bytes).await });
        let (mut guard, _) = ResponseGuard::new(inside);
        let (mut pieces, mut buffer) = (Vec::new(), vec![0; piece]);
        loop {
            match guard.read(&mut buffer).await.unwrap() {
                0 => return pieces,
                length => pieces.push(buffer[..length].to_vec()),
            }
        }
    }

    #[tokio::test]
    async fn lines_are_handed_on_whole_however_they_come() {
        let text =
            "* ID NIL\r\n* 1 FETCH (BODY[] {7}\r\nab\r\ncde UID 1)\r\nA1 OK done\r\n* half a li";
        let whole = &text[..text.len() - "* half a li".len()];
        for step in [1, 2, 3, 7, 1000] {
            for piece in [5, 64, 1000] {
                let pieces = read_in(text, step, piece).await;
                assert_eq!(pieces.concat(), whole.as_bytes(), "{step} {piece}");
                if piece > 64 && step == 1 {
                    assert_eq!(pieces[0], b"* ID NIL\r\n");
                    assert_eq!(pieces.last().unwrap(), b"A1 OK done\r\n");
                }
            }
        }
    }
}
