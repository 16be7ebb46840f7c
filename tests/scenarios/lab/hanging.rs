//! A server that hangs at one step: a proxy that holds back what the server says from that step on, until it is told to go
//! on. The connections stay open, and nothing that was said is lost.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex};

/// Words of the client, after which the server says nothing; empty for its greeting.
type Step = &'static str;

pub struct Hanging {
    pub port: u16,
    state: Arc<State>,
}

#[derive(Default)]
struct State {
    armed: Mutex<Option<Step>>,
    released: Mutex<bool>,
    on_release: Condvar,
    reached: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Hanging {
    /// In front of a port of this machine; it ends with the process.
    pub fn start(to: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let state = Arc::new(State::default());
        let shared = state.clone();
        std::thread::spawn(move || {
            for here in listener.incoming().map_while(Result::ok) {
                if let Ok(there) = TcpStream::connect(("127.0.0.1", to)) {
                    carry(here, there, &shared);
                }
            }
        });
        Hanging { port, state }
    }

    /// From now on it hangs at this step, on every connection.
    pub fn arm(&self, step: Step) {
        *self.state.armed.lock().unwrap() = Some(step);
    }

    /// Ends the connections of now.
    pub fn cut(&self) {
        for stream in self.state.open.lock().unwrap().drain(..) {
            // One that has ended by itself is as good.
            let _ = stream.shutdown(Shutdown::Both);
        }
    }

    /// Whether the step was reached.
    pub fn hangs(&self) -> bool {
        self.state.reached.load(Ordering::SeqCst)
    }

    /// Says what was held back, and hangs no more.
    pub fn go_on(&self) {
        *self.state.armed.lock().unwrap() = None;
        *self.state.released.lock().unwrap() = true;
        self.state.on_release.notify_all();
    }
}

/// Carries one connection, each way on a thread of its own.
fn carry(here: TcpStream, there: TcpStream, state: &Arc<State>) {
    let _ = (here.set_nodelay(true), there.set_nodelay(true));
    let both = [here.try_clone().unwrap(), there.try_clone().unwrap()];
    state.open.lock().unwrap().extend(both);
    let hangs = Arc::new(AtomicBool::new(false));
    let begins = (*state.armed.lock().unwrap()).is_some_and(str::is_empty);
    if begins {
        hang(&hangs, state);
    }
    let (from_client, to_client) = (here.try_clone().unwrap(), here);
    let (from_server, to_server) = (there.try_clone().unwrap(), there);
    let (asked, shared) = (hangs.clone(), state.clone());
    std::thread::spawn(move || {
        let mut last = Vec::new();
        pass(from_client, to_server, |bytes| {
            last.extend_from_slice(bytes);
            let step = *shared.armed.lock().unwrap();
            let said = |step: &str| {
                String::from_utf8_lossy(&last)
                    .to_ascii_uppercase()
                    .contains(step)
            };
            if step.is_some_and(|step| !step.is_empty() && said(step)) {
                hang(&asked, &shared);
            }
            // Words that come in two pieces are words all the same.
            last.drain(..last.len().saturating_sub(64));
        });
    });
    let shared = state.clone();
    std::thread::spawn(move || {
        pass(from_server, to_client, |_| {
            if hangs.load(Ordering::SeqCst) {
                let released = shared.released.lock().unwrap();
                drop(
                    shared
                        .on_release
                        .wait_while(released, |released| !*released)
                        .unwrap(),
                );
            }
        });
    });
}

fn hang(connection: &AtomicBool, state: &State) {
    connection.store(true, Ordering::SeqCst);
    state.reached.store(true, Ordering::SeqCst);
}

/// Passes bytes on until one side ends; `before` is called with each piece before it is passed on.
fn pass(mut from: TcpStream, mut to: TcpStream, mut before: impl FnMut(&[u8])) {
    let mut buffer = vec![0; 16 * 1024];
    loop {
        let length = from.read(&mut buffer).unwrap_or(0);
        if length == 0 {
            let _ = to.shutdown(Shutdown::Write);
            return;
        }
        before(&buffer[..length]);
        if to.write_all(&buffer[..length]).is_err() {
            return;
        }
    }
}
