//! A private pymap, installed from PyPI by `scripts/prepare`: a server of another family, written in Python. Its mail is
//! in memory, so that a restart is also a rebuilt mailbox.

use std::path::Path;
use std::process::{Command, Stdio};

use super::dovecot::{PASSWORD, USER};
use super::imap_client::ImapClient;
use super::mailserver::Mailserver;
use super::{Group, free_port, wait_for};

/// The server; it ends when this is dropped.
pub struct Pymap {
    process: Option<Group>,
    port: u16,
}

impl Pymap {
    fn launch(&mut self) -> bool {
        let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/venv/bin/pymap");
        assert!(
            program.exists(),
            "pymap is missing: run `scripts/prepare test`, which installs it into target/venv"
        );
        let port = self.port;
        let mut process = Group::start(
            Command::new(program)
                .args([
                    "--host",
                    "127.0.0.1",
                    "--port",
                    &port.to_string(),
                    "--no-tls",
                ])
                .args(["dict", "--demo-user", USER, "--demo-password", PASSWORD])
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let up = wait_for("pymap to listen", || {
            if process.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            ImapClient::connect(port).ok().map(|_| true)
        });
        self.process = Some(process);
        up
    }
}

impl Mailserver for Pymap {
    const KEEPS: bool = false;
    // Its `MailboxData.update_selected` waits for the next change without looking for one that was not told.
    const TELLS_LATE: bool = true;

    fn start() -> Self {
        let mut pymap = Pymap {
            process: None,
            port: 0,
        };
        for _ in 0..5 {
            pymap.port = free_port();
            if pymap.launch() {
                return pymap;
            }
        }
        panic!("pymap does not start");
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn stop(&mut self) {
        self.process = None;
    }

    fn restart(&mut self) {
        assert!(self.launch(), "pymap does not start again");
    }
}
