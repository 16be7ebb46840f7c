//! An IMAP server that follows a script: it keeps a small mailbox in order, plays one fault at one place, and behaves
//! from there on. It shares no code with what it tests.

use std::collections::BTreeMap;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use nikkan::endpoint::InProcess;
use tokio::io::DuplexStream;
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

mod model;
mod session;
mod wire;

pub use model::{Act, At, Fault, Folder, Message, Model, Twist};

pub const PASSWORD: &str = "correct horse 7 battery";

pub struct Shared {
    model: Mutex<Model>,
    changed: Notify,
    stopped: CancellationToken,
    /// Ends the listening of now, and with it its sessions.
    listening: Mutex<CancellationToken>,
    /// Reached without the network, in paused time.
    in_process: bool,
    /// What began to crawl comes at the usual speed again.
    behaves: AtomicBool,
}

impl Shared {
    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.model
            .lock()
            .unwrap_or_else(|broken| broken.into_inner())
    }

    /// A message arrives; whoever idles learns of it.
    pub fn arrive(&self, folder: &str, message: Message) -> u32 {
        let uid = self.model().folder(folder).unwrap().add(message);
        self.wake();
        uid
    }

    fn behaves(&self) -> bool {
        self.behaves.load(Ordering::SeqCst)
    }

    /// A connection without the network.
    pub fn connect(self: &Arc<Self>) -> io::Result<DuplexStream> {
        let listening = self.listening.lock().unwrap().clone();
        if listening.is_cancelled() {
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (near, far) = tokio::io::duplex(64 * 1024);
        self.serve(far, listening);
        Ok(near)
    }

    /// A client has come.
    fn serve(self: &Arc<Self>, stream: impl session::Wire + 'static, ended: CancellationToken) {
        let shared = self.clone();
        tokio::spawn(async move {
            shared.model().sessions += 1;
            let session = session::Session::new(stream, shared.clone());
            tokio::select! {
                biased;
                () = ended.cancelled() => {}
                _ = session.run() => {}
            }
            shared.model().sessions -= 1;
        });
    }

    /// Sessions that idle look at what has changed.
    pub fn wake(&self) {
        self.changed.notify_waiters();
    }
}

/// The server; it ends when this is dropped.
pub struct ScriptedImap {
    pub shared: Arc<Shared>,
    pub port: u16,
}

impl ScriptedImap {
    /// With an empty INBOX, on a free port, on the runtime of the caller.
    pub async fn start() -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let shared = Self::shared(false);
        listen(&shared, listener);
        ScriptedImap { shared, port }
    }

    /// The same without the network, to be reached by [`ScriptedImap::way`].
    pub fn in_process() -> Self {
        ScriptedImap {
            shared: Self::shared(true),
            port: 0,
        }
    }

    /// The way to a server in this process, for `MailboxSettings::in_process`.
    pub fn way(&self) -> InProcess {
        let shared = self.shared.clone();
        InProcess::new(move || shared.connect())
    }

    fn shared(in_process: bool) -> Arc<Shared> {
        Arc::new(Shared {
            model: Mutex::new(Model {
                folders: BTreeMap::from([("INBOX".to_owned(), Folder::new(1_764_000_000))]),
                offered: [
                    "IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 AUTH=OAUTHBEARER ID".into(),
                    "IMAP4rev1 IDLE ID".into(),
                ],
                password: PASSWORD.into(),
                tells_uid_next: true,
                echoes: true,
                faults: Vec::new(),
                twists: Vec::new(),
                broken: None,
                played: None,
                count: 0,
                commands: Vec::new(),
                body_bytes: 0,
                logins: 0,
                sessions: 0,
            }),
            changed: Notify::new(),
            stopped: CancellationToken::new(),
            listening: Mutex::new(CancellationToken::new()),
            in_process,
            behaves: AtomicBool::new(false),
        })
    }

    /// Nothing is played any more.
    pub fn behave(&self) {
        let mut model = self.model();
        model.faults.clear();
        model.twists.clear();
        model.broken = None;
        drop(model);
        self.shared.behaves.store(true, Ordering::SeqCst);
        self.shared.wake();
    }

    pub fn model(&self) -> MutexGuard<'_, Model> {
        self.shared.model()
    }

    /// Plays `act` the next time that the place is passed.
    pub fn play(&self, at: At, act: Act) {
        self.play_after(0, at, act);
    }

    /// The same, after the place was passed `skip` times.
    pub fn play_after(&self, skip: u32, at: At, act: Act) {
        self.model().faults.push(Fault { at, skip, act });
        self.shared.wake();
    }

    /// Changes what is said, so many times; see [`Twist`].
    pub fn twist(
        &self,
        times: u32,
        change: impl Fn(&str, &[u8]) -> Option<Vec<u8>> + Send + Sync + 'static,
    ) {
        let change = Arc::new(change);
        let twist = Twist {
            left: times,
            change,
        };
        self.model().twists.push(twist);
    }

    pub fn deliver(&self, message: Message) -> u32 {
        self.shared.arrive("INBOX", message)
    }

    /// Ends every session and takes no new one for so long, as a server that is restarted.
    pub fn restart(&self, away: Duration) {
        self.shared.listening.lock().unwrap().cancel();
        let (shared, port) = (self.shared.clone(), self.port);
        tokio::spawn(async move {
            tokio::time::sleep(away).await;
            if shared.in_process {
                *shared.listening.lock().unwrap() = shared.stopped.child_token();
                return;
            }
            // The listener before may not have let go of it yet.
            loop {
                if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
                    return listen(&shared, listener);
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        });
    }
}

fn listen(shared: &Arc<Shared>, listener: TcpListener) {
    let listening = shared.stopped.child_token();
    *shared.listening.lock().unwrap() = listening.clone();
    let shared = shared.clone();
    tokio::spawn(async move {
        loop {
            let stream = tokio::select! {
                () = listening.cancelled() => return,
                accepted = listener.accept() => accepted.unwrap().0,
            };
            let _ = stream.set_nodelay(true);
            shared.serve(stream, listening.clone());
        }
    });
}

impl Drop for ScriptedImap {
    fn drop(&mut self) {
        self.shared.stopped.cancel();
    }
}
