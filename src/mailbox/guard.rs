//! A reader under async-imap that checks what comes and hands on whole lines: the library's parser gives up on some that
//! are cut in two, as `* ID` without its end, and how TCP cuts them is chance.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::response_scanner::ResponseScanner;

/// Counts bytes as they arrive, so that a wait can tell a slow server from a silent one.
#[derive(Clone, Debug, Default)]
pub(super) struct ReceivedBytes(Arc<AtomicU64>);

impl ReceivedBytes {
    /// Returns the bytes received so far.
    pub(super) fn total(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// A stream whose incoming bytes are checked.
#[derive(Debug)]
pub(super) struct ResponseGuard<S> {
    inner: S,
    scanner: ResponseScanner,
    received: ReceivedBytes,
    /// Bytes that were checked and not handed on: a line whose end has not come.
    pending: Vec<u8>,
    /// Bytes of these that may be handed on, and had no room.
    free: usize,
}

impl<S> ResponseGuard<S> {
    /// Guards a stream; the counter counts what comes from it.
    pub(super) fn new(inner: S) -> (Self, ReceivedBytes) {
        let received = ReceivedBytes::default();
        let guard = ResponseGuard {
            inner,
            scanner: ResponseScanner::default(),
            received: received.clone(),
            pending: Vec::new(),
            free: 0,
        };
        (guard, received)
    }

    /// Returns the stream under the guard.
    pub(super) fn inner(&self) -> &S {
        &self.inner
    }

    /// Gives the stream back, without the guard.
    pub(super) fn into_inner(self) -> S {
        self.inner
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
    /// Counts and checks new bytes; see [`ResponseScanner::feed`].
    fn check(&mut self, new: &mut [u8]) -> io::Result<(usize, usize)> {
        self.received
            .0
            .fetch_add(new.len() as u64, Ordering::Relaxed);
        self.scanner.feed(new).map_err(io::Error::other)
    }

    /// Reads on when a line is longer than the room for it.
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

    /// Returns what is read in pieces of `piece` bytes, from a stream that brings `step` at a time.
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
