//! A reader under async-imap: of what comes, the library sees only whole responses that the session asked for or must know,
//! each in one form. Its parser gives up on much that servers really say, panics on some, and how TCP cuts lines in two is
//! chance.

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tracing::{debug, warn};

use self::responses::Responses;
use super::log_limit::LogLimit;

mod fetch_response;
mod folder_data;
mod line;
mod responses;
mod status_line;
#[cfg(test)]
mod tests;

/// Counts bytes as they arrive, so that a wait can tell a slow server from a silent one. Responses of which nothing is handed
/// on do not count: a server that says only such things is silent.
#[derive(Clone, Debug, Default)]
pub(super) struct ReceivedBytes(Arc<Received>);

#[derive(Debug, Default)]
struct Received {
    bytes: AtomicU64,
    unread: Mutex<UnreadLines>,
}

/// Lines that were needed and could not be read.
#[derive(Clone, Debug, Default)]
struct UnreadLines {
    count: u64,
    last: String,
}

impl ReceivedBytes {
    /// Returns the bytes received so far.
    pub(super) fn total(&self) -> u64 {
        self.0.bytes.load(Ordering::Relaxed)
    }

    /// Returns a half sentence on the lines of this connection that could not be read; `None` if there were none.
    pub(super) fn unread(&self) -> Option<String> {
        let unread = self.0.unread.lock().unwrap_or_else(PoisonError::into_inner);
        match unread.count {
            0 => None,
            1 => Some(format!("a line could not be read: {}", unread.last)),
            count => Some(format!(
                "{count} lines could not be read, the last: {}",
                unread.last
            )),
        }
    }

    /// Notes lines that could not be read. The first of a connection is told if the hour has room for it, the others are told
    /// when they are looked for.
    fn note_unread(&self, lines: impl Iterator<Item = String>, limit: &LogLimit) {
        let mut unread = self.0.unread.lock().unwrap_or_else(PoisonError::into_inner);
        for line in lines {
            if unread.count == 0 && limit.admits() {
                warn!(
                    line,
                    "a line of the mailbox's server cannot be read: passed over"
                );
            } else {
                debug!(line, "another line cannot be read: passed over");
            }
            unread.count += 1;
            unread.last = line;
        }
    }
}

/// A stream whose incoming bytes are read by the guard, once it was told to begin.
#[derive(Debug)]
pub(super) struct ResponseGuard<S> {
    inner: S,
    /// `None` before the login: who greets reads the bytes as they are.
    responses: Option<Responses>,
    received: ReceivedBytes,
    /// What may be handed on, and had no room.
    pending: Vec<u8>,
    /// Bytes of these that were handed on.
    handed_on: usize,
    /// Lines of the log on what could not be read.
    limit: LogLimit,
}

impl<S> ResponseGuard<S> {
    /// Counts what comes from a stream, and hands it on as it is until [`ResponseGuard::begin`]. `limit` is that of the lines
    /// of the log on what cannot be read.
    pub(super) fn new(inner: S, limit: LogLimit) -> (Self, ReceivedBytes) {
        let received = ReceivedBytes::default();
        let guard = ResponseGuard {
            inner,
            responses: None,
            received: received.clone(),
            pending: Vec::new(),
            handed_on: 0,
            limit,
        };
        (guard, received)
    }

    /// Begins to guard, with bytes that were read and not understood yet.
    ///
    /// # Errors
    /// A limit that they pass.
    pub(super) fn begin(&mut self, mut seen: Vec<u8>) -> io::Result<()> {
        self.responses = Some(Responses::default());
        let mut rest = Vec::new();
        let length = self.read_responses(&mut seen, &mut rest)?;
        seen.truncate(length);
        seen.append(&mut rest);
        self.pending.append(&mut seen);
        Ok(())
    }

    /// Returns the stream under the guard.
    pub(super) fn inner(&self) -> &S {
        &self.inner
    }

    /// Gives the stream back, without the guard.
    pub(super) fn into_inner(self) -> S {
        self.inner
    }

    /// See [`Responses::feed`]; notes what it passed over.
    fn read_responses(&mut self, bytes: &mut [u8], rest: &mut Vec<u8>) -> io::Result<usize> {
        let Some(responses) = &mut self.responses else {
            return Ok(bytes.len());
        };
        let length = responses.feed(bytes, rest);
        let dropped = std::mem::take(&mut responses.dropped);
        self.received.0.bytes.fetch_sub(dropped, Ordering::Relaxed);
        if !responses.unread.is_empty() {
            self.received
                .note_unread(responses.unread.drain(..), &self.limit);
        }
        for (uid, text) in responses.short_literals.drain(..) {
            if self.limit.admits() {
                warn!(
                    uid,
                    text, "the server's literal is shorter than its text: the rest is passed over"
                );
            }
        }
        length.map_err(io::Error::other)
    }

    /// Counts new bytes and reads them.
    fn take_in(&mut self, new: &mut [u8], rest: &mut Vec<u8>) -> io::Result<usize> {
        let count = new.len() as u64;
        self.received.0.bytes.fetch_add(count, Ordering::Relaxed);
        self.read_responses(new, rest)
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for ResponseGuard<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        loop {
            if this.handed_on < this.pending.len() {
                let rest = &this.pending[this.handed_on..];
                let length = rest.len().min(buffer.remaining());
                buffer.put_slice(&rest[..length]);
                this.handed_on += length;
                return Poll::Ready(Ok(()));
            }
            let mut rest = std::mem::take(&mut this.pending);
            rest.clear();
            this.handed_on = 0;
            let before = buffer.filled().len();
            ready!(Pin::new(&mut this.inner).poll_read(context, buffer))?;
            let new = &mut buffer.filled_mut()[before..];
            let came = new.len();
            let length = this.take_in(new, &mut rest)?;
            buffer.set_filled(before + length);
            this.pending = rest;
            // At the end of the stream half a line counts for nothing.
            if came == 0 || buffer.filled().len() > before {
                return Poll::Ready(Ok(()));
            }
        }
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
