//! A real SMTP server as a receiver: aiosmtpd, run by a script beside this file.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, Command, Stdio};

use tempfile::TempDir;

use super::certificates::Identity;
use super::{Group, wait_for};

pub const USER: &str = "sender";
pub const PASSWORD: &str = "staple; \"quoted\" 9";

/// How the receiver is to be spoken to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Protection {
    None,
    Starttls,
    Implicit,
}

/// The server; it ends when this is dropped.
pub struct SmtpReceiver {
    process: Group,
    _stdin: ChildStdin,
    folder: TempDir,
    pub port: u16,
}

/// One received mail.
#[derive(Clone, Debug)]
pub struct Received {
    pub recipients: Vec<String>,
    pub bytes: Vec<u8>,
}

impl SmtpReceiver {
    /// Clear text, no login.
    pub fn start() -> Self {
        Self::start_with(Protection::None, None, false)
    }

    pub fn start_with(protection: Protection, identity: Option<&Identity>, login: bool) -> Self {
        let login: &[&str] = if login {
            &["--user", USER, "--password", PASSWORD]
        } else {
            &[]
        };
        Self::start_by(protection, identity, login)
    }

    /// Clear text, and a login by the token that stands in a file.
    pub fn with_tokens(file: &Path) -> Self {
        let login = ["--user", USER, "--tokens", file.to_str().unwrap()];
        Self::start_by(Protection::None, None, &login)
    }

    fn start_by(protection: Protection, identity: Option<&Identity>, login: &[&str]) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("nikkan-smtp-")
            .tempdir()
            .unwrap();
        let script =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/scenarios/lab/smtp_receiver.py");
        let mut command = Command::new(python());
        command
            .arg(script)
            .arg(folder.path())
            .arg("--tls")
            .arg(match protection {
                Protection::None => "none",
                Protection::Starttls => "starttls",
                Protection::Implicit => "implicit",
            });
        if let Some(identity) = identity {
            command
                .arg("--certificate")
                .arg(&identity.certificate)
                .arg("--key")
                .arg(&identity.key);
        }
        command.args(login);
        let mut process = Group::start(
            command
                .stdin(Stdio::piped())
                .stdout(Stdio::piped())
                .stderr(Stdio::inherit()),
        );
        let stdin = process.0.stdin.take().unwrap();
        let mut line = String::new();
        BufReader::new(process.0.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        let port = line
            .trim()
            .strip_prefix("port ")
            .and_then(|port| port.parse().ok());
        SmtpReceiver {
            process,
            _stdin: stdin,
            folder,
            port: port.unwrap_or_else(|| panic!("the SMTP receiver did not start: {line:?}")),
        }
    }

    /// The file of the first mail, written when that arrived.
    pub fn first_file(&self) -> Option<PathBuf> {
        self.files().into_iter().next()
    }

    fn files(&self) -> Vec<PathBuf> {
        let mut files: Vec<PathBuf> = std::fs::read_dir(self.folder.path())
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .filter(|path| path.extension().is_some_and(|end| end == "eml"))
            .collect();
        files.sort();
        files
    }

    /// What has arrived, in order.
    pub fn received(&self) -> Vec<Received> {
        self.files()
            .into_iter()
            .map(|path| {
                let envelope = std::fs::read_to_string(path.with_extension("json")).unwrap();
                let envelope: serde_json::Value = serde_json::from_str(&envelope).unwrap();
                Received {
                    recipients: serde_json::from_value(envelope["to"].clone()).unwrap(),
                    bytes: std::fs::read(path).unwrap(),
                }
            })
            .collect()
    }

    /// Waits until `count` mails have arrived.
    pub fn wait_for(&self, count: usize) -> Vec<Received> {
        wait_for(&format!("{count} mails"), || {
            Some(self.received()).filter(|mails| mails.len() >= count)
        })
    }

    /// Ends the server while scenarios go on.
    pub fn stop(self) {
        drop(self.process);
    }
}

fn python() -> &'static str {
    // aiosmtpd is a package of Debian's own Python; another one may come first on the PATH.
    let known = "/usr/bin/python3";
    if Path::new(known).exists() {
        known
    } else {
        "python3"
    }
}
