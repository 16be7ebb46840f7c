//! One type for a connection, protected or not, so that what speaks over it need not care.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use async_native_tls::TlsStream;
use jiff::Timestamp;
use tokio::io::{AsyncRead, AsyncWrite, DuplexStream, ReadBuf};
use tokio::net::TcpStream;

use super::{certificate, fault};
use crate::crash;

/// A connection to a server.
#[derive(Debug)]
pub enum Stream {
    /// Clear text: to loopback, or before STARTTLS.
    Plain(TcpStream),
    /// TLS.
    Protected(Box<TlsStream<TcpStream>>, Option<SocketAddr>),
    /// To a server in this process.
    #[doc(hidden)]
    InProcess(DuplexStream),
}

impl Stream {
    /// Returns the end of the validity of the server's certificate; `None` without TLS.
    pub fn certificate_expires(&self) -> Option<Timestamp> {
        let Stream::Protected(stream, _) = self else {
            return None;
        };
        let certificate = stream.peer_certificate().ok()??;
        certificate::not_after(&certificate.to_der().ok()?)
    }

    /// Returns the address of the other end, when the system still knows it.
    pub fn peer(&self) -> Option<SocketAddr> {
        match self {
            Stream::Plain(stream) => stream.peer_addr().ok(),
            Stream::Protected(_, peer) => *peer,
            Stream::InProcess(_) => None,
        }
    }
}

/// Says in plain words what the TLS library says; the system's errors stay as they are.
fn explained(error: io::Error) -> io::Error {
    match error.raw_os_error() {
        Some(_) => error,
        None => io::Error::new(error.kind(), fault::in_session(&error.to_string())),
    }
}

/// Reads why the server has gone, where a write has failed. In TLS 1.3 a server may refuse a client after the handshake,
/// when that has gone on to its first words.
fn last_words(stream: &mut TlsStream<TcpStream>, context: &mut Context<'_>) -> Option<io::Error> {
    let mut rest = [0; 1024];
    match Pin::new(stream).poll_read(context, &mut ReadBuf::new(&mut rest)) {
        Poll::Ready(Err(said)) if said.raw_os_error().is_none() => Some(explained(said)),
        _ => None,
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Stream::Protected(stream, _) => Pin::new(stream)
                .poll_read(context, buffer)
                .map_err(explained),
            Stream::InProcess(stream) => Pin::new(stream).poll_read(context, buffer),
        };
        if read.is_ready() {
            crash::step("read from a server", "");
        }
        read
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        crash::step("before writing to a server", "");
        let written = match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Stream::Protected(stream, _) => {
                let written = Pin::new(&mut *stream).poll_write(context, bytes);
                written.map_err(|error| last_words(stream, context).unwrap_or(explained(error)))
            }
            Stream::InProcess(stream) => Pin::new(stream).poll_write(context, bytes),
        };
        crash::step("after writing to a server", "");
        written
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_flush(context),
            Stream::Protected(stream, _) => Pin::new(stream).poll_flush(context),
            Stream::InProcess(stream) => Pin::new(stream).poll_flush(context),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Stream::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Stream::Protected(stream, _) => Pin::new(stream).poll_shutdown(context),
            Stream::InProcess(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}
