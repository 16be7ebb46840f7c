//! TLS in front of a server of this machine, with the faults of the years: each connection is served as the next turn says,
//! the last turn serves all that follow.

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openssl::dh::Dh;
use openssl::ssl::{
    NameType, SniError, Ssl, SslAlert, SslContext, SslMethod, SslStream, SslVerifyMode, SslVersion,
};

use super::certificates::{Authority, Chain, Profile};

/// What is spoken in clear text first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Before {
    Nothing,
    ImapStarttls,
    SmtpStarttls,
}

/// Whether a client has to show a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Client {
    Unasked,
    Asked,
    Required,
}

/// What becomes of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conduct {
    Serve,
    /// Not one byte, whatever comes.
    Stall,
    /// Closed after the client's first bytes.
    Close,
    /// These bytes instead of TLS.
    Say(&'static str),
    /// TLS, and then not a word.
    Mute,
}

/// How one connection is served.
#[derive(Clone)]
pub struct Turn {
    pub chain: Chain,
    pub before: Before,
    pub newest: Option<SslVersion>,
    /// Ciphers of TLS 1.2 with a weak Diffie-Hellman group.
    pub weak_group: bool,
    pub client: Client,
    /// A client that names no host is refused.
    pub needs_name: bool,
    pub conduct: Conduct,
    /// Ends without the goodbye of TLS (RFC 8446 section 6.1).
    pub truncates: bool,
}

impl Turn {
    /// Serves in order with this chain.
    pub fn with(chain: Chain) -> Self {
        Turn {
            chain,
            before: Before::Nothing,
            newest: None,
            weak_group: false,
            client: Client::Unasked,
            needs_name: false,
            conduct: Conduct::Serve,
            truncates: false,
        }
    }

    fn context(&self, named: &Arc<Mutex<Vec<Option<String>>>>) -> SslContext {
        let mut context = SslContext::builder(SslMethod::tls_server()).unwrap();
        // What this machine would refuse must be served all the same.
        context.set_security_level(0);
        context.set_min_proto_version(None).unwrap();
        context.set_max_proto_version(self.newest).unwrap();
        context.set_cipher_list("ALL:@SECLEVEL=0").unwrap();
        if self.weak_group {
            context
                .set_max_proto_version(Some(SslVersion::TLS1_2))
                .unwrap();
            context
                .set_cipher_list("DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0")
                .unwrap();
            context.set_tmp_dh(&Dh::get_1024_160().unwrap()).unwrap();
        }
        let (leaf, others) = self.chain.certificates.split_first().unwrap();
        context.set_certificate(leaf).unwrap();
        for certificate in others {
            context.add_extra_chain_cert(certificate.clone()).unwrap();
        }
        context.set_private_key(&self.chain.key).unwrap();
        match self.client {
            Client::Unasked => {}
            // Any would do; there is none to look at.
            Client::Asked => context.set_verify_callback(SslVerifyMode::PEER, |_, _| true),
            Client::Required => {
                context.set_verify(SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT);
            }
        }
        context.set_session_id_context(b"lab").unwrap();
        let (needs_name, named) = (self.needs_name, named.clone());
        context.set_servername_callback(move |tls, alert| {
            let name = tls.servername(NameType::HOST_NAME).map(str::to_owned);
            named.lock().unwrap().push(name.clone());
            if needs_name && name.is_none() {
                *alert = SslAlert::UNRECOGNIZED_NAME;
                return Err(SniError::ALERT_FATAL);
            }
            Ok(())
        });
        context.build()
    }
}

/// The front; its threads end with their connections.
pub struct TlsFront {
    pub port: u16,
    pub authority: Authority,
    turns: Arc<Mutex<Vec<Turn>>>,
    connections: Arc<Mutex<usize>>,
    named: Arc<Mutex<Vec<Option<String>>>>,
    stopped: Arc<AtomicBool>,
    folder: tempfile::TempDir,
}

impl TlsFront {
    /// In front of a port of this machine, with a sound certificate for `localhost`.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let authority = Authority::new();
        let front = TlsFront {
            port,
            turns: Arc::new(Mutex::new(vec![Turn::with(
                authority.issue(&Profile::host("localhost")),
            )])),
            authority,
            connections: Arc::default(),
            named: Arc::default(),
            stopped: Arc::default(),
            folder: tempfile::tempdir().unwrap(),
        };
        front.authority.write(&front.ca_file());
        let (turns, connections) = (front.turns.clone(), front.connections.clone());
        let (named, stopped) = (front.named.clone(), front.stopped.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                if stopped.load(Ordering::SeqCst) {
                    return;
                }
                let turn = {
                    let mut turns = turns.lock().unwrap();
                    match turns.len() {
                        1 => turns[0].clone(),
                        _ => turns.remove(0),
                    }
                };
                *connections.lock().unwrap() += 1;
                let (named, stopped) = (named.clone(), stopped.clone());
                // A client that goes away ends its connection.
                std::thread::spawn(move || {
                    serve(stream.unwrap(), &turn, to, &named, &stopped).ok()
                });
            }
        });
        front
    }

    /// The file that names its authority.
    pub fn ca_file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// A sound turn: a new certificate for `localhost`.
    pub fn sound(&self) -> Turn {
        self.issued(&Profile::host("localhost"))
    }

    /// A turn with a certificate of this kind.
    pub fn issued(&self, profile: &Profile) -> Turn {
        Turn::with(self.authority.issue(profile))
    }

    /// Serves the next connections like this.
    pub fn play(&self, turns: impl IntoIterator<Item = Turn>) {
        *self.turns.lock().unwrap() = turns.into_iter().collect();
    }

    /// Connections so far.
    pub fn connections(&self) -> usize {
        *self.connections.lock().unwrap()
    }

    /// Does something once so many connections came.
    pub fn after(&self, connections: usize, then: impl FnOnce() + Send + 'static) {
        let count = self.connections.clone();
        std::thread::spawn(move || {
            super::wait_for("connections", || {
                (*count.lock().unwrap() >= connections).then_some(())
            });
            then();
        });
    }

    /// The host names that clients gave in TLS, in order.
    pub fn named(&self) -> Vec<Option<String>> {
        self.named.lock().unwrap().clone()
    }
}

impl Drop for TlsFront {
    fn drop(&mut self) {
        self.stopped.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

fn serve(
    mut client: TcpStream,
    turn: &Turn,
    to: u16,
    named: &Arc<Mutex<Vec<Option<String>>>>,
    stopped: &AtomicBool,
) -> std::io::Result<()> {
    client.set_nodelay(true)?;
    match turn.conduct {
        Conduct::Say(words) => client.write_all(words.as_bytes())?,
        Conduct::Stall => {
            std::io::copy(&mut client, &mut std::io::sink())?;
            return Ok(());
        }
        _ => {}
    }
    match turn.before {
        Before::Nothing => {}
        Before::ImapStarttls => {
            client.write_all(b"* OK front ready\r\n")?;
            let line = read_line(&mut client)?;
            let tag = line.split(' ').next().unwrap_or_default();
            client.write_all(format!("{tag} OK begin\r\n").as_bytes())?;
        }
        Before::SmtpStarttls => {
            client.write_all(b"220 front ready\r\n")?;
            read_line(&mut client)?;
            client.write_all(b"250-front\r\n250 STARTTLS\r\n")?;
            read_line(&mut client)?;
            client.write_all(b"220 begin\r\n")?;
        }
    }
    if matches!(turn.conduct, Conduct::Close | Conduct::Say(_)) {
        // Read first: closed with bytes unread it would be reset.
        return client.read(&mut [0; 4096]).map(drop);
    }
    let tls = Ssl::new(&turn.context(named))?;
    let Ok(mut tls) = tls.accept(client) else {
        return Ok(());
    };
    if turn.conduct == Conduct::Mute {
        std::io::copy(&mut tls, &mut std::io::sink())?;
        return Ok(());
    }
    let server = TcpStream::connect(("127.0.0.1", to))?;
    server.set_nodelay(true)?;
    let mut server = BufReader::new(server);
    if turn.before != Before::Nothing {
        // It was greeted before.
        server.read_until(b'\n', &mut Vec::new())?;
    }
    carry(tls, server.into_inner(), turn.truncates, stopped)
}

fn read_line(client: &mut TcpStream) -> std::io::Result<String> {
    let mut line = Vec::new();
    let mut byte = [0];
    while byte[0] != b'\n' && client.read(&mut byte)? == 1 {
        line.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&line).into_owned())
}

/// Carries both ways until one side ends. One thread for both, since a TLS stream cannot be shared: each side is waited for
/// a little in turn.
fn carry(
    mut tls: SslStream<TcpStream>,
    mut server: TcpStream,
    truncates: bool,
    stopped: &AtomicBool,
) -> std::io::Result<()> {
    let turn = Some(Duration::from_millis(3));
    tls.get_ref().set_read_timeout(turn)?;
    server.set_read_timeout(turn)?;
    let mut buffer = vec![0; 16 * 1024];
    let came = |read: std::io::Result<usize>| match read {
        Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
            Ok(None)
        }
        other => other.map(Some),
    };
    while !stopped.load(Ordering::SeqCst) {
        match came(tls.read(&mut buffer))? {
            Some(0) => return Ok(()),
            Some(length) => server.write_all(&buffer[..length])?,
            None => {}
        }
        match came(server.read(&mut buffer))? {
            Some(0) if truncates => return Ok(()),
            Some(0) => return tls.shutdown().map(drop).map_err(std::io::Error::other),
            Some(length) => tls.write_all(&buffer[..length])?,
            None => {}
        }
    }
    Ok(())
}
