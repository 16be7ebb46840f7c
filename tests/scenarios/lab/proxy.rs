//! A connection that dies without a word: a proxy that from one moment on swallows the bytes of both directions, as a
//! NAT that has forgotten the way does. There is no FIN and no RST; new connections are carried as usual.

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nikkan::endpoint::InProcess;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::Instant;

use super::scripted_imap::Shared;

pub struct Proxy {
    pub port: u16,
    /// Connections with a lower number are dead.
    alive_from: Arc<AtomicU32>,
    opened: Arc<AtomicU32>,
    carried: Arc<AtomicU64>,
    /// When the connections of [`Proxy::in_process`] were asked for.
    times: Arc<Mutex<Vec<Instant>>>,
    task: Option<tokio::task::JoinHandle<()>>,
}

impl Proxy {
    /// In front of a port of this machine.
    pub async fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (alive_from, opened) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let carried = Arc::new(AtomicU64::new(0));
        let (alive, count, bytes) = (alive_from.clone(), opened.clone(), carried.clone());
        let task = tokio::spawn(async move {
            loop {
                let Ok((here, _)) = listener.accept().await else {
                    return;
                };
                let number = count.fetch_add(1, Ordering::SeqCst);
                let Ok(there) = TcpStream::connect(("127.0.0.1", to)).await else {
                    continue;
                };
                let _ = (here.set_nodelay(true), there.set_nodelay(true));
                let (from_here, to_here) = here.into_split();
                let (from_there, to_there) = there.into_split();
                let bytes = || (alive.clone(), bytes.clone());
                tokio::spawn(carry(from_here, to_there, number, bytes()));
                tokio::spawn(carry(from_there, to_here, number, bytes()));
            }
        });
        Proxy {
            port,
            alive_from,
            opened,
            carried,
            times: Arc::default(),
            task: Some(task),
        }
    }

    /// The same without the network: the proxy, and the way through it to the server.
    pub fn in_process(to: Arc<Shared>) -> (Self, InProcess) {
        let (alive_from, opened) = (Arc::new(AtomicU32::new(0)), Arc::new(AtomicU32::new(0)));
        let carried = Arc::new(AtomicU64::new(0));
        let (alive, count, bytes) = (alive_from.clone(), opened.clone(), carried.clone());
        let times = Arc::new(Mutex::new(Vec::new()));
        let asked = times.clone();
        let way = InProcess::new(move || {
            asked.lock().unwrap().push(Instant::now());
            let number = count.fetch_add(1, Ordering::SeqCst);
            let (from_there, to_there) = tokio::io::split(to.connect()?);
            let (near, here) = tokio::io::duplex(64 * 1024);
            let (from_here, to_here) = tokio::io::split(here);
            let bytes = || (alive.clone(), bytes.clone());
            tokio::spawn(carry(from_here, to_there, number, bytes()));
            tokio::spawn(carry(from_there, to_here, number, bytes()));
            Ok(near)
        });
        let proxy = Proxy {
            port: 0,
            alive_from,
            opened,
            carried,
            times,
            task: None,
        };
        (proxy, way)
    }

    /// Connections so far, refused ones included.
    pub fn opened(&self) -> u32 {
        self.opened.load(Ordering::SeqCst)
    }

    /// Most connections that were asked for within such a time.
    pub fn most_within(&self, span: Duration) -> usize {
        let times = self.times.lock().unwrap();
        let after = |(index, time): (usize, &Instant)| {
            let mut later = times[index..].iter();
            later
                .position(|other| *other - *time > span)
                .unwrap_or(times.len() - index)
        };
        times.iter().enumerate().map(after).max().unwrap_or(0)
    }

    /// Bytes that went through, both ways.
    pub fn carried(&self) -> u64 {
        self.carried.load(Ordering::SeqCst)
    }

    /// The connections of now carry nothing from here on.
    pub fn swallow(&self) {
        let opened = self.opened.load(Ordering::SeqCst);
        self.alive_from.store(opened, Ordering::SeqCst);
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

async fn carry(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    number: u32,
    (alive, carried): (Arc<AtomicU32>, Arc<AtomicU64>),
) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).await.unwrap_or(0);
        carried.fetch_add(length as u64, Ordering::SeqCst);
        let dead = number < alive.load(Ordering::SeqCst);
        if length == 0 {
            if dead {
                // The end of one side does not reach the other either.
                std::future::pending::<()>().await;
            }
            let _ = to.shutdown().await;
            return;
        }
        if !dead && to.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}
