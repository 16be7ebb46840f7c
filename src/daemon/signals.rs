//! The signals to `nikkan run`, held from the first instruction of the program on (signal(7)): until the daemon stands, a
//! hang-up ends nothing and a stop waits. They are heard by a thread of their own, so that no state of the daemon can keep it
//! from hearing them: the second stop ends the process, whatever the first one waits for.

use std::fs::read_to_string;
use std::io::{self, IsTerminal};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::time::{Duration, Instant};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals as Received;
use signal_hook::low_level;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::secret;

/// Two stops nearer to each other are one: timeout(1) sends its signal to the process and to its group.
const ONE_STOP: Duration = Duration::from_millis(300);

/// The signals of this process. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Signals {
    stop: CancellationToken,
    /// The signal that asked for the stop; 0 before.
    asked_by: Arc<AtomicI32>,
    hangup: Arc<Notify>,
    /// True when a hang-up asks for a stop.
    hangup_stops: Arc<AtomicBool>,
    /// True when the system's default holds again.
    released: Arc<AtomicBool>,
}

impl Signals {
    /// Holds SIGTERM, SIGINT and SIGHUP from here on.
    ///
    /// To a process in the foreground of a terminal, or one that speaks to it, a hang-up means that the terminal has gone. To
    /// any other, and to one for which nohup(1) has it ignored, it is the request to read the configuration again.
    ///
    /// # Errors
    /// The system does not let the process listen for signals, or gives it no thread.
    pub fn hold() -> io::Result<Self> {
        // Before the handler replaces what nohup(1) has set.
        let ignored = is_ignored(SIGHUP);
        let received = Received::new([SIGTERM, SIGINT, SIGHUP])?;
        let on_a_terminal = !ignored && (io::stderr().is_terminal() || is_in_the_foreground());
        let signals = Signals {
            stop: CancellationToken::new(),
            asked_by: Arc::default(),
            hangup: Arc::default(),
            hangup_stops: Arc::new(AtomicBool::new(on_a_terminal)),
            released: Arc::default(),
        };
        let heard = signals.clone();
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(move || heard.listen(received))?;
        Ok(signals)
    }

    /// Gives the signals back to the system's default, for a command that may be ended anywhere.
    pub fn release(&self) {
        self.released.store(true, Ordering::Release);
        let asked_by = self.asked_by.load(Ordering::Acquire);
        if asked_by != 0 {
            let _ = low_level::emulate_default_handler(asked_by);
        }
    }

    /// Lets each signal that would end the process end the password commands before: they stand in process groups of their own,
    /// which hear nothing of a terminal. For a command that may be ended anywhere; a signal that is ignored stays so.
    ///
    /// # Errors
    /// The system does not let the process listen for signals, or gives it no thread.
    pub fn end_commands_first() -> io::Result<()> {
        let signals = [SIGTERM, SIGINT, SIGHUP];
        let mut received = Received::new(signals.into_iter().filter(|one| !is_ignored(*one)))?;
        let listen = move || {
            for signal in &mut received {
                secret::end_commands();
                let _ = low_level::emulate_default_handler(signal);
            }
        };
        std::thread::Builder::new()
            .name("signals".into())
            .spawn(listen)
            .map(drop)
    }

    /// Takes a hang-up for a stop, for a pass: it has no configuration to read again.
    pub(super) fn hangups_stop(&self) {
        self.hangup_stops.store(true, Ordering::Release);
    }

    /// Returns the token that the first SIGTERM or SIGINT cancels.
    pub fn stop(&self) -> CancellationToken {
        self.stop.clone()
    }

    /// Returns the name of the signal that asked for a stop, if one did.
    pub fn asked_by(&self) -> Option<&'static str> {
        name_of(self.asked_by.load(Ordering::Acquire))
    }

    /// Waits for a hang-up that asks for the configuration to be read again.
    pub(super) async fn hangup(&self) {
        self.hangup.notified().await;
    }

    fn listen(&self, mut received: Received) {
        let mut first: Option<Instant> = None;
        for signal in &mut received {
            if self.released.load(Ordering::Acquire) {
                secret::end_commands();
                let _ = low_level::emulate_default_handler(signal);
                continue;
            }
            let stops = self.hangup_stops.load(Ordering::Acquire);
            if signal == SIGHUP && !stops {
                self.hangup.notify_one();
                continue;
            }
            match first {
                None => {
                    first = Some(Instant::now());
                    self.asked_by.store(signal, Ordering::Release);
                    // Before a word is said: the log may hang.
                    self.stop.cancel();
                    let name = name_of(signal);
                    match signal {
                        SIGHUP => info!(signal = name, "asked to stop: the terminal has gone"),
                        _ => info!(signal = name, "asked to stop"),
                    }
                }
                Some(first) if first.elapsed() < ONE_STOP => {}
                // A terminal that goes sends one after the other.
                Some(_) if signal == SIGHUP => {}
                Some(_) => {
                    warn!(signal = name_of(signal), "asked to stop at once");
                    secret::end_commands();
                    low_level::exit(128 + signal);
                }
            }
        }
    }
}

/// Returns the name of a signal that is held.
fn name_of(signal: i32) -> Option<&'static str> {
    match signal {
        SIGTERM => Some("SIGTERM"),
        SIGINT => Some("SIGINT"),
        SIGHUP => Some("SIGHUP"),
        _ => None,
    }
}

/// Returns true when the signal is ignored (proc_pid_status(5), `SigIgn`), as nohup(1) has it.
fn is_ignored(signal: i32) -> bool {
    let status = read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| (mask >> (signal - 1)) & 1 == 1)
}

/// Returns true when this process stands in the foreground of its terminal (proc_pid_stat(5), `pgrp`, `tty_nr` and `tpgid`).
fn is_in_the_foreground() -> bool {
    let stat = read_to_string("/proc/self/stat").unwrap_or_default();
    // The name before may hold anything, parentheses too.
    let fields = stat.rsplit_once(") ").map_or("", |(_, fields)| fields);
    let fields: Vec<&str> = fields.split(' ').collect();
    match fields.as_slice() {
        [_, _, group, _, terminal, foreground, ..] => *terminal != "0" && group == foreground,
        _ => false,
    }
}
