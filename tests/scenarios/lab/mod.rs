//! Private servers for scenarios: each on loopback, on a free port, in a temporary directory, ended with its test.
#![allow(dead_code)] // Each scenario, the demo and the benches use their part of it.

pub mod certificates;
pub mod courier;
pub mod crash;
pub mod cyrus;
pub mod daemon;
pub mod dovecot;
pub mod hanging;
pub mod imap_client;
pub mod mail;
pub mod mailman;
pub mod mailserver;
pub mod mount;
pub mod observed;
pub mod operator;
pub mod proxy;
pub mod pymap;
pub mod scripted_imap;
#[cfg(feature = "llm")]
pub mod scripted_llm;
pub mod scripted_smtp;
pub mod smtp_receiver;
pub mod standby;
pub mod submission;
pub mod tls_front;
pub mod tokens;
pub mod watched;

use std::net::TcpListener;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::time::{Duration, Instant};

/// Long enough for a loaded machine; waiting ends with the event, not with the limit.
pub const GENEROUS: Duration = Duration::from_secs(60);

/// Waits until `look` finds something.
pub fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    let start = Instant::now();
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(start.elapsed() < GENEROUS, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// A port that was free a moment ago. Who uses it must be ready to find it taken and ask again.
pub fn free_port() -> u16 {
    TcpListener::bind(("127.0.0.1", 0))
        .and_then(|listener| listener.local_addr())
        .unwrap()
        .port()
}

/// The messages of the model day by file name, which is their order of arrival.
pub fn model_day() -> Vec<(PathBuf, Vec<u8>)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/model-day");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    assert_eq!(files.len(), 15);
    files
        .into_iter()
        .map(|path| {
            let bytes = std::fs::read(&path).unwrap();
            (path, bytes)
        })
        .collect()
}

/// The model day's messages over and over, each time as another draft.
pub fn announcements(count: usize) -> Vec<Vec<u8>> {
    let day = model_day();
    let again = |number: usize| {
        let (path, bytes) = &day[number % day.len()];
        let name = path.file_stem().unwrap().to_string_lossy();
        let name = &name[name.find("draft-").unwrap()..name.len() - 3];
        let text = String::from_utf8_lossy(bytes).replace(name, &format!("{name}-{number:05}"));
        let text = text.replace("Message-ID: <", &format!("Message-ID: <{number}."));
        imap_client::crlf(text.as_bytes())
    };
    (0..count).map(again).collect()
}

/// A line of a process's memory in MiB, from the kernel: `VmRSS:` for now, `VmHWM:` for the most there was.
pub fn memory_of(process: u32, line: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let found = status.lines().find_map(|text| text.strip_prefix(line));
    let kib = found.and_then(|rest| rest.trim().trim_end_matches(" kB").parse::<f64>().ok());
    kib.map_or(0.0, |kib| kib / 1024.0)
}

/// Whether this process may become other users, as root in a container may.
pub fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().unwrap();
    output.stdout.trim_ascii() == b"0"
}

/// A child that is ended with its whole process group when it is dropped.
#[derive(Debug)]
pub struct Group(pub Child);

impl Group {
    /// Starts a command as the leader of a new process group.
    pub fn start(command: &mut Command) -> Self {
        use std::os::unix::process::CommandExt;
        Group(command.process_group(0).spawn().unwrap())
    }

    /// Sends a signal to the process itself, by name.
    pub fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        let _ = Command::new("kill").args(["-s", name, &id]).status();
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        let group = format!("-{}", self.0.id());
        let _ = Command::new("kill")
            .args(["-s", "KILL", "--", &group])
            .stderr(std::process::Stdio::null())
            .status();
        let _ = self.0.wait();
    }
}
