//! A limiting reader under async-imap. A server that is broken or hostile may announce a literal of half a gigabyte,
//! a line without end, or parentheses 200,000 deep; the first takes the memory, the second the processor, the third
//! the stack. All three end here, before they are parsed.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};

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
pub(super) struct Activity(Arc<AtomicU64>);

impl Activity {
    /// Bytes received so far.
    pub(super) fn bytes(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream whose incoming bytes are checked.
#[derive(Debug)]
pub(super) struct Guard<S> {
    inner: S,
    scan: Scan,
    activity: Activity,
}

impl<S> Guard<S> {
    pub(super) fn new(inner: S) -> (Self, Activity) {
        let activity = Activity::default();
        let guard = Guard {
            inner,
            scan: Scan::default(),
            activity: activity.clone(),
        };
        (guard, activity)
    }
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
}

impl Scan {
    fn feed(&mut self, mut bytes: &[u8]) -> Result<(), String> {
        while !bytes.is_empty() {
            if self.literal_left > 0 {
                let skipped = self.literal_left.min(bytes.len() as u64);
                self.literal_left -= skipped;
                bytes = &bytes[usize::try_from(skipped).unwrap_or(bytes.len())..];
                continue;
            }
            self.byte(bytes[0])?;
            bytes = &bytes[1..];
        }
        Ok(())
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
        self.line = 0;
        let Some(size) = literal else {
            self.depth = 0;
            self.response = 0;
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

impl<S: AsyncRead + Unpin> AsyncRead for Guard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let before = buffer.filled().len();
        match Pin::new(&mut this.inner).poll_read(context, buffer) {
            Poll::Ready(Ok(())) => {
                let new = &buffer.filled()[before..];
                this.activity
                    .0
                    .fetch_add(new.len() as u64, Ordering::Relaxed);
                Poll::Ready(this.scan.feed(new).map_err(io::Error::other))
            }
            other => other,
        }
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Guard<S> {
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

    fn fed(text: &str) -> Result<Scan, String> {
        let mut scan = Scan::default();
        // One byte at a time and all at once must come to the same.
        for byte in text.as_bytes() {
            scan.feed(std::slice::from_ref(byte))?;
        }
        let mut whole = Scan::default();
        whole.feed(text.as_bytes())?;
        assert_eq!(format!("{scan:?}"), format!("{whole:?}"));
        Ok(scan)
    }

    #[test]
    fn an_honest_fetch_passes_whatever_is_in_its_literal() {
        let body = "((((\"{99999999999}\r\n".repeat(50);
        let text = format!(
            "* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{body})\r\nA1 OK done\r\n",
            body.len()
        );
        let scan = fed(&text).unwrap();
        assert_eq!((scan.depth, scan.literal_left, scan.response), (0, 0, 0));
    }

    #[test]
    fn a_giant_literal_is_refused_when_it_is_announced() {
        let error = fed("* 1 FETCH (BODY[] {536000000}\r\n").unwrap_err();
        assert!(error.contains("536000000 bytes at once"), "{error}");
        fed("* OK see {536000000} for more\r\n").unwrap();
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
}
