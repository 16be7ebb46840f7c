//! Opens a connection to a server: to the first of its addresses that answers, and past those that are dead.

use std::fmt;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_native_tls::TlsConnector;
use tokio::net::TcpStream;
use tracing::warn;

use crate::clock::Clock;

use super::{ConnectError, Endpoint, Stream, Tls, addresses, error, fault, race};

/// Addresses at which one attempt goes on after TCP. Each may cost the whole limit in silence, and what was not tried is
/// first the next time.
const GREETED: usize = 3;

/// Days before its end from which on a certificate is warned of: most are renewed by themselves 30 days before.
pub const RENEWAL_DAYS: i64 = 14;

/// One address of a server that was connected to.
#[derive(Debug)]
pub struct Reached {
    /// The server; its name tells the address too.
    pub endpoint: Endpoint,
    connector: Option<Arc<TlsConnector>>,
}

impl Reached {
    /// Sets TLS up over the connection, within `limit`; nothing with `tls = "none"`.
    ///
    /// # Errors
    /// The certificate is not to be trusted, or the server speaks something else; the message says which.
    pub async fn protect(&self, tcp: TcpStream, limit: Duration) -> Result<Stream, ConnectError> {
        let Some(connector) = &self.connector else {
            return Ok(Stream::Plain(tcp));
        };
        let endpoint = &self.endpoint;
        let peer = tcp.peer_addr().ok();
        // The dot of a name that is complete is in no certificate, and must not be in SNI (RFC 6066 section 3).
        let name = endpoint.host.trim_end_matches('.');
        let stream = tokio::time::timeout(limit, connector.connect(name, tcp))
            .await
            .map_err(|_| endpoint.stalled(limit))?
            .map_err(|cause| endpoint.refused(&cause))?;
        let stream = Stream::Protected(Box::new(stream), peer);
        endpoint.warn_of_expiry(&stream);
        Ok(stream)
    }
}

impl Endpoint {
    /// Connects to the first address of the host that answers (RFC 8305), and lets `begin` say the first words there: TLS
    /// and greeting. Where it comes to nothing in a way that `elsewhere` gives a cause for, the next address is tried, of
    /// three at most: a dead machine behind one of two addresses accepts connections as well as a live one. What was
    /// greeted is tried first the next time, what was not last. Resolving and connecting may take `limit` each. With
    /// `tls = "none"` only addresses of this machine are tried.
    ///
    /// # Errors
    /// `ca_file` cannot be used, the host does not resolve, or none of its addresses can be used: see [`ConnectError`], with the cause at each.
    /// Where only one was tried, the error of `begin`.
    pub async fn open<T, E, F>(
        &self,
        limit: Duration,
        begin: impl Fn(Reached, TcpStream) -> F,
        elsewhere: impl Fn(&E) -> Option<String>,
    ) -> Result<T, E>
    where
        E: From<ConnectError> + fmt::Display,
        F: Future<Output = Result<T, E>>,
    {
        let resolved = self.permitted(addresses::resolve(&self.host, self.port, limit).await?)?;
        self.open_at(&resolved, limit, begin, elsewhere).await
    }

    /// Does what [`Endpoint::open`] does, at these addresses.
    async fn open_at<T, E, F>(
        &self,
        resolved: &[SocketAddr],
        limit: Duration,
        begin: impl Fn(Reached, TcpStream) -> F,
        elsewhere: impl Fn(&E) -> Option<String>,
    ) -> Result<T, E>
    where
        E: From<ConnectError> + fmt::Display,
        F: Future<Output = Result<T, E>>,
    {
        let connector = match self.tls {
            Tls::None => None,
            _ => Some(Arc::new(self.connector_within(limit).await?)),
        };
        let known = addresses::remembered(&self.host, self.port);
        let mut left = addresses::ordered(resolved, &known);
        let mut failures = Vec::new();
        for turn in 1.. {
            let (address, tcp) = match race::race(&left, limit, TcpStream::connect).await {
                Ok(found) => found,
                Err(more) => {
                    failures.extend(more);
                    break;
                }
            };
            keep_alive(&tcp, limit);
            let mut endpoint = self.clone();
            endpoint.address = Some(address.ip());
            let here = Reached {
                endpoint,
                connector: connector.clone(),
            };
            let error = match begin(here, tcp).await {
                Ok(opened) => {
                    addresses::remember(&self.host, self.port, address, true);
                    return Ok(opened);
                }
                Err(error) => error,
            };
            addresses::remember(&self.host, self.port, address, false);
            let Some(cause) = elsewhere(&error) else {
                return Err(error);
            };
            left.retain(|other| *other != address);
            if failures.is_empty() && left.is_empty() {
                return Err(error);
            }
            failures.push((address, cause));
            if left.is_empty() || turn == GREETED {
                break;
            }
            warn!(server = %self, address = %address.ip(), %error, "trying the next address");
        }
        let told = error::told(&failures, &self.host);
        Err(ConnectError::Connect(self.to_string(), told).into())
    }

    /// Leaves of the host's addresses those that may be spoken to: with `tls = "none"` only those of this machine.
    fn permitted(&self, mut found: Vec<SocketAddr>) -> Result<Vec<SocketAddr>, ConnectError> {
        if self.tls == Tls::None {
            found.retain(|address| address.ip().is_loopback());
            if found.is_empty() {
                return Err(ConnectError::Cleartext(self.to_string()));
            }
        }
        Ok(found)
    }

    /// Returns the error for a server that says nothing in clear text within `limit`: one that waits for TLS does so.
    pub fn silent_before_tls(&self, limit: Duration) -> ConnectError {
        let seconds = limit.as_secs();
        let why = format!(
            "it said nothing in clear text within {seconds} s; where its port is for TLS from the first byte (993, 465) set tls = \"implicit\""
        );
        ConnectError::Handshake(self.to_string(), why)
    }

    /// Warns once a day of a certificate that ends soon. Its validity is judged by this machine's clock, so this is too.
    fn warn_of_expiry(&self, stream: &Stream) {
        let clock = Clock::system();
        let Some(expires) = stream.certificate_expires() else {
            return;
        };
        let days = expires.duration_since(clock.now()).as_hours() / 24;
        if days < RENEWAL_DAYS && addresses::first_warning(&self.host, self.port, clock.today()) {
            warn!(target: "nikkan::endpoint::certificate", server = %self, days, %expires, "its certificate ends soon, the server needs a new one");
        }
    }

    fn stalled(&self, limit: Duration) -> ConnectError {
        let seconds = limit.as_secs();
        let why = format!(
            "{} within {seconds} s; check the keys port and tls",
            fault::STALLED
        );
        ConnectError::Handshake(self.to_string(), why)
    }

    /// Returns the error for a failed handshake, with the library's words turned into what to change.
    fn refused(&self, cause: &dyn std::error::Error) -> ConnectError {
        let mut said = cause.to_string();
        let mut inner = cause.source();
        while let Some(next) = inner {
            // The TLS library gives itself as its own cause.
            let words = next.to_string();
            if !said.contains(&words) {
                said = format!("{said}: {words}");
            }
            inner = next.source();
        }
        let why = fault::in_handshake(&said, &self.host, self.tls, self.ca_file.as_deref());
        ConnectError::Handshake(self.to_string(), why)
    }
}

/// Lets the kernel find a dead peer: probes on a silent line, and an end to unacknowledged data. A half-open
/// connection is the most reported failure of programs that wait for mail.
fn keep_alive(stream: &TcpStream, limit: Duration) {
    let socket = socket2::SockRef::from(stream);
    let probes = socket2::TcpKeepalive::new()
        .with_time(Duration::from_secs(60))
        .with_interval(Duration::from_secs(15));
    // Best effort: a kernel without these options still has the timeouts above it.
    let _ = socket.set_tcp_keepalive(&probes);
    #[cfg(target_os = "linux")]
    let _ = socket.set_tcp_user_timeout(Some(limit.max(Duration::from_secs(60))));
    let _ = stream.set_nodelay(true);
}

#[cfg(test)]
mod tests {
    use super::super::ServerKeys;
    use super::*;
    use std::net::{IpAddr, Ipv4Addr};
    use tokio::net::TcpListener;

    fn endpoint(host: &str, port: u16, tls: &str) -> Endpoint {
        let keys = format!("host = \"{host}\"\nport = {port}\ntls = \"{tls}\"");
        let keys: ServerKeys = toml::from_str(&keys).unwrap();
        keys.endpoint(port, port)
    }

    #[tokio::test]
    async fn clear_text_to_another_machine_is_refused_before_a_connection() {
        let error = endpoint("192.0.2.1", 9, "none")
            .open(Duration::from_secs(5), greeted, |_| None)
            .await
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "192.0.2.1:9 is not this machine: tls = \"none\" is for loopback only, use \"implicit\" or \"starttls\""
        );
    }

    /// Waits for one byte, as for a greeting; the address of whoever gave it.
    async fn greeted(here: Reached, tcp: TcpStream) -> Result<IpAddr, ConnectError> {
        let silent = || here.endpoint.silent(Duration::from_secs(1));
        match tcp.peek(&mut [0]).await {
            Ok(1) => Ok(tcp.peer_addr().map_err(|_| silent())?.ip()),
            _ => Err(silent()),
        }
    }

    fn cause(error: &ConnectError) -> Option<String> {
        Some(error.cause())
    }

    /// Listens at 127.0.0.n of one port; those that are alive say something, the others close.
    async fn machines(alive: &[bool]) -> (u16, Vec<SocketAddr>) {
        use tokio::io::AsyncWriteExt;
        let mut port = 0;
        let mut addresses = Vec::new();
        for (number, alive) in (1..).zip(alive.iter().copied()) {
            let listener = TcpListener::bind((Ipv4Addr::new(127, 0, 0, number), port))
                .await
                .unwrap();
            let address = listener.local_addr().unwrap();
            port = address.port();
            addresses.push(address);
            tokio::spawn(async move {
                while let Ok((mut tcp, _)) = listener.accept().await {
                    if alive {
                        tcp.write_all(b"*").await.unwrap();
                    }
                }
            });
        }
        (port, addresses)
    }

    const LIMIT: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_dead_machine_behind_an_address_is_passed_over_and_comes_last_from_then_on() {
        let (port, addresses) = machines(&[false, true]).await;
        let server = endpoint("two.example", port, "implicit");
        let opened = server.open_at(&addresses, LIMIT, greeted, cause).await;
        assert_eq!(opened.unwrap(), addresses[1].ip());
        // The first is not even asked.
        let opened = server.open_at(&addresses, LIMIT, greeted, |_| None).await;
        assert_eq!(opened.unwrap(), addresses[1].ip());
    }

    #[tokio::test]
    async fn what_no_other_address_can_mend_is_told_at_once_and_another_is_first_the_next_time() {
        let (port, addresses) = machines(&[false, true]).await;
        let server = endpoint("refuses.example", port, "implicit");
        let refused = server.open_at(&addresses, LIMIT, greeted, |_| None).await;
        assert_eq!(
            refused.unwrap_err().to_string(),
            format!(
                "refuses.example:{port} (127.0.0.1) did not answer within 1 s; check the keys host, port and tls"
            )
        );
        let opened = server.open_at(&addresses, LIMIT, greeted, |_| None).await;
        assert_eq!(opened.unwrap(), addresses[1].ip());
    }

    #[tokio::test]
    async fn three_dead_machines_are_enough_for_one_attempt_and_the_fourth_is_first_in_the_next() {
        let (port, addresses) = machines(&[false, false, false, true]).await;
        let server = endpoint("four.example", port, "implicit");
        let failed = server.open_at(&addresses, LIMIT, greeted, cause).await;
        assert_eq!(
            failed.unwrap_err().to_string(),
            format!(
                "cannot connect to four.example:{port}: no answer within 1 s at 127.0.0.1 and 127.0.0.2 and 127.0.0.3; check the keys host and port"
            )
        );
        let opened = server.open_at(&addresses, LIMIT, greeted, cause).await;
        assert_eq!(opened.unwrap(), addresses[3].ip());
    }

    #[tokio::test]
    async fn an_address_that_swallows_packets_costs_a_quarter_of_a_second() {
        let swallows =
            socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        let free: SocketAddr = ([127, 0, 0, 1], 0).into();
        swallows.bind(&free.into()).unwrap();
        swallows.listen(0).unwrap();
        let swallowed = swallows.local_addr().unwrap().as_socket().unwrap();
        // One connection fills the queue; from then on the kernel drops what comes.
        let _queued = TcpStream::connect(swallowed).await.unwrap();
        let alive = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 2), swallowed.port()))
            .await
            .unwrap();
        let server = endpoint("swallowed.example", swallowed.port(), "implicit");
        let start = std::time::Instant::now();
        let address = |_: Reached, tcp: TcpStream| async move {
            Ok::<_, ConnectError>(tcp.peer_addr().unwrap().ip())
        };
        let addresses = [swallowed, alive.local_addr().unwrap()];
        let opened = server.open_at(&addresses, LIMIT, address, cause).await;
        assert_eq!(opened.unwrap(), addresses[1].ip());
        let first = start.elapsed();
        assert!(first >= Duration::from_millis(250), "{first:?}");
        assert!(first < Duration::from_secs(10), "{first:?}");
        // With nobody behind it: silence there, refusal here.
        drop(alive);
        let short = Duration::from_secs(1);
        let failed = server.open_at(&addresses, short, address, cause).await;
        assert_eq!(
            failed.unwrap_err().to_string(),
            format!(
                "cannot connect to {server}: Connection refused at 127.0.0.2, no answer within 1 s at 127.0.0.1; check the keys host and port"
            )
        );
    }
}
