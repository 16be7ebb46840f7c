//! The built binary, with a configuration of its own.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use super::{Group, dovecot, wait_for};

/// A configuration in a temporary directory, with its archive beside it.
pub struct Home {
    pub folder: TempDir,
    binary: PathBuf,
}

/// The parts of a configuration that scenarios change.
#[derive(Clone, Debug)]
pub struct Setup {
    pub mailbox: String,
    pub smtp: String,
    pub editions: String,
    pub top: String,
}

impl Setup {
    /// The lab's servers in clear text, one edition for one reader.
    pub fn plain(imap: u16, smtp: u16) -> Self {
        Setup {
            mailbox: format!(
                "host = \"127.0.0.1\"\nport = {imap}\ntls = \"none\"\nusername = \"{}\"\npassword_file = \"imap-password\"\n",
                dovecot::USER
            ),
            smtp: format!("host = \"127.0.0.1\"\nport = {smtp}\ntls = \"none\"\n"),
            editions: "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <nikkan@example.net>\"\nto = [\"reader@example.net\"]\n".into(),
            top: String::new(),
        }
    }
}

impl Home {
    pub fn new(binary: &str, setup: &Setup) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("nikkan-home-")
            .tempdir()
            .unwrap();
        let home = Home {
            folder,
            binary: PathBuf::from(binary),
        };
        home.write(setup);
        home
    }

    /// Writes the configuration anew.
    pub fn write(&self, setup: &Setup) {
        let root = self.folder.path();
        let at = |name: &str| root.join(name).display().to_string();
        std::fs::write(
            root.join("imap-password"),
            format!("{}\n", dovecot::PASSWORD),
        )
        .unwrap();
        let mailbox = setup
            .mailbox
            .replace("\"imap-password\"", &format!("\"{}\"", at("imap-password")));
        let text = format!(
            "{}[mailbox]\n{mailbox}[smtp]\n{}[archive]\ndirectory = \"{}\"\n{}",
            setup.top,
            setup.smtp,
            at("archive"),
            setup.editions
        );
        std::fs::write(self.config(), text).unwrap();
    }

    pub fn config(&self) -> PathBuf {
        self.folder.path().join("config.toml")
    }

    pub fn archive(&self) -> PathBuf {
        self.folder.path().join("archive")
    }

    /// A command of the binary with this configuration.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.binary);
        command
            .arg("--config")
            .arg(self.config())
            .args(arguments)
            // Nobody listens there: what `check` finds must not hang on this machine's name server.
            .env("NIKKAN_RESOLVER", "127.0.0.1:1")
            .stdin(Stdio::null());
        command
    }

    /// Runs a command to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    /// Starts the daemon at a simulated instant.
    pub fn start(&self, at: &str) -> Daemon {
        self.start_logging(at, "debug")
    }

    /// Starts the daemon with `RUST_LOG` set.
    pub fn start_logging(&self, at: &str, log: &str) -> Daemon {
        Daemon::start(self.command(&["--at", at, "run"]).env("RUST_LOG", log))
    }
}

/// A running daemon. Ended with its scenario; one that was not stopped in order fails it.
pub struct Daemon {
    process: Group,
    log: Arc<Mutex<String>>,
    reader: Option<std::thread::JoinHandle<()>>,
    stopped: bool,
}

impl Daemon {
    pub fn start(command: &mut Command) -> Self {
        let mut process = Group::start(command.stdout(Stdio::null()).stderr(Stdio::piped()));
        let log = Arc::new(Mutex::new(String::new()));
        let lines = BufReader::new(process.0.stderr.take().unwrap()).lines();
        let kept = log.clone();
        let reader = std::thread::spawn(move || {
            for line in lines.map_while(Result::ok) {
                let mut log = kept.lock().unwrap();
                log.push_str(&line);
                log.push('\n');
            }
        });
        Daemon {
            process,
            log,
            reader: Some(reader),
            stopped: false,
        }
    }

    pub fn id(&self) -> u32 {
        self.process.0.id()
    }

    /// Everything it has said.
    pub fn log(&self) -> String {
        self.log.lock().unwrap().clone()
    }

    /// Waits until it has said `words` `times` times.
    pub fn wait_for(&mut self, words: &str, times: usize) {
        let start = Instant::now();
        loop {
            if self.log().matches(words).count() >= times {
                return;
            }
            let ended = self.process.0.try_wait().unwrap();
            assert!(
                ended.is_none(),
                "the daemon ended, {ended:?}:\n{}",
                self.log()
            );
            assert!(
                start.elapsed() < super::GENEROUS,
                "waited in vain for {times} × `{words}`:\n{}",
                self.log()
            );
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// Sends a signal and waits for the end; how it ended and how long that took.
    pub fn stop(&mut self, signal: &str) -> (ExitStatus, Duration) {
        let start = Instant::now();
        self.process.signal(signal);
        let process = &mut self.process;
        let status = wait_for("the daemon to end", || process.0.try_wait().unwrap());
        self.stopped = true;
        if let Some(reader) = self.reader.take() {
            reader.join().unwrap();
        }
        (status, start.elapsed())
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        if !self.stopped && !std::thread::panicking() {
            let ended = self.process.0.try_wait().ok().flatten();
            assert!(
                ended.is_none(),
                "the daemon ended by itself, {ended:?}:\n{}",
                self.log()
            );
        }
    }
}

/// The directory's size in bytes, for scenarios about space.
pub fn size_of(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap();
    entries
        .map(|entry| entry.unwrap().metadata().unwrap().len())
        .sum()
}
