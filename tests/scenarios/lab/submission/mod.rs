//! Private submission servers of several families, unpacked by `scripts/prepare test`: each takes mail for the readers it
//! knows, refuses all others at RCPT, and hands on to the lab's receiver what it took.

pub mod exim;
pub mod opensmtpd;
pub mod postfix;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::certificates::{Authority, Identity};
use super::smtp_receiver::{Received, SmtpReceiver};
use super::{GENEROUS, Group, free_port, is_root};

/// Accounts that the servers want, beside this machine's own; numbers from 4001 up.
const ACCOUNTS: [&str; 5] = [
    "Debian-exim",
    "opensmtpd",
    "opensmtpq",
    "postfix",
    "postdrop",
];

/// The number of one of [`ACCOUNTS`], as a user and as a group.
fn account(name: &str) -> usize {
    4001 + ACCOUNTS.iter().position(|known| *known == name).unwrap()
}

/// A server that mail is submitted to.
pub trait SubmissionServer: Sized {
    /// Keys of `[smtp]` behind the port: how it is spoken to.
    fn keys(&self) -> String;
    fn port(&self) -> u16;
    /// The sessions that were opened to it so far, where it tells.
    fn sessions(&self) -> Option<usize>;
    /// Takes mail for these and hands it on to the receiver.
    fn start(readers: &[String], receiver: &SmtpReceiver) -> Self;
    /// The mails that went through it to the receiver.
    fn arrived(&self, receiver: &SmtpReceiver) -> Vec<Received> {
        receiver.received()
    }
    /// Why it cannot be had here, where that is nobody's fault.
    fn unavailable() -> Option<String> {
        if !Path::new("/usr/bin/apt-get").exists() && !unpacked().exists() {
            return Some("it is unpacked from Debian's package, and there is no apt-get".into());
        }
        let may = || {
            Command::new("unshare")
                .args(["--mount", "--pid", "--fork", "true"])
                .stderr(Stdio::null())
                .status()
                .is_ok_and(|status| status.success())
        };
        (!is_root() || !may()).then(|| "it becomes other users, which needs root".into())
    }
}

impl SubmissionServer for SmtpReceiver {
    fn keys(&self) -> String {
        "tls = \"none\"\n".into()
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn sessions(&self) -> Option<usize> {
        None
    }

    /// By itself: a receiver judges by names, not by a list, and has nothing to hand on.
    fn start(_readers: &[String], _receiver: &SmtpReceiver) -> Self {
        SmtpReceiver::start()
    }

    fn arrived(&self, _receiver: &SmtpReceiver) -> Vec<Received> {
        self.received()
    }

    fn unavailable() -> Option<String> {
        None
    }
}

fn unpacked() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/submission")
}

/// The path of an unpacked program or folder.
fn program(name: &str) -> PathBuf {
    let path = unpacked().join(name);
    assert!(
        path.exists(),
        "{} is missing: run `scripts/prepare test`, which unpacks it",
        path.display()
    );
    path
}

/// A server in mount and process namespaces of its own: it sees the accounts it wants, and ends whole.
struct Private {
    process: Option<Group>,
    folder: TempDir,
    port: u16,
    identity: Identity,
}

impl Private {
    /// A folder with the accounts and a certificate for localhost, that `ca.pem` there is the authority of.
    fn new(name: &str) -> Self {
        let folder = tempfile::Builder::new()
            .prefix(&format!("nikkan-{name}-"))
            .tempdir()
            .unwrap();
        let root = folder.path();
        fs::set_permissions(root, fs::Permissions::from_mode(0o755)).unwrap();
        for (file, line) in [("passwd", ":/nonexistent:/usr/sbin/nologin"), ("group", "")] {
            let mut text = fs::read_to_string(Path::new("/etc").join(file)).unwrap();
            for name in ACCOUNTS {
                let number = account(name);
                text += &match file {
                    "passwd" => format!("{name}:x:{number}:{number}:{line}\n"),
                    _ => format!("{name}:x:{number}:\n"),
                };
            }
            fs::write(root.join(file), text).unwrap();
        }
        let authority = Authority::new();
        authority.write(&root.join("ca.pem"));
        let identity = authority.sign(root, "localhost", 30);
        // A server that has become its own user reads it.
        fs::set_permissions(&identity.key, fs::Permissions::from_mode(0o644)).unwrap();
        Private {
            process: None,
            folder,
            port: 0,
            identity,
        }
    }

    fn path(&self, name: &str) -> String {
        self.folder.path().join(name).display().to_string()
    }

    /// The readers that it knows, one a line, with what the server's kind of file wants behind each.
    fn write_readers(&self, readers: &[String], behind: &str) -> String {
        let lines: String = readers
            .iter()
            .map(|one| format!("{one}{behind}\n"))
            .collect();
        fs::write(self.path("readers"), lines).unwrap();
        self.path("readers")
    }

    /// Gives a folder, which is made, to one of [`ACCOUNTS`].
    fn folder_for(&self, name: &str, owner: usize, group: usize, mode: u32) {
        fs::create_dir_all(self.path(name)).unwrap();
        fs::set_permissions(self.path(name), fs::Permissions::from_mode(mode)).unwrap();
        std::os::unix::fs::chown(
            self.path(name),
            Some(u32::try_from(owner).unwrap()),
            Some(u32::try_from(group).unwrap()),
        )
        .unwrap();
    }

    /// Starts a server on a free port, for which `configure` writes the files and names the command; `mounts` is run
    /// in its namespace before. Another test may take the port between our asking and its binding.
    fn start(&mut self, mounts: &str, configure: impl Fn(&Private) -> Vec<String>) {
        for _ in 0..5 {
            self.port = free_port();
            let command = configure(self);
            if self.launch(mounts, &command) {
                return;
            }
        }
        panic!("{} does not start: {}", self.path(""), self.log());
    }

    fn launch(&mut self, mounts: &str, command: &[String]) -> bool {
        let root = self.path("");
        // The shell stays as the first process of its namespace: the kernel ends the others with it, and forgets who is to end
        // with whom when a process becomes another user.
        let script = format!(
            "set -e; mount --bind {root}passwd /etc/passwd; mount --bind {root}group /etc/group; {mounts}\n\"$@\" & wait"
        );
        let log = fs::File::create(self.path("out")).unwrap();
        let mut process = Group::start(
            Command::new("unshare")
                .args(["--mount", "--pid", "--fork", "--kill-child=KILL"])
                .args(["--mount-proc", "sh", "-c", &script, "sh"])
                .args(command)
                .env("LD_LIBRARY_PATH", unpacked().join("usr/lib/postfix"))
                .stdin(Stdio::null())
                .stdout(log.try_clone().unwrap())
                .stderr(log),
        );
        let begun = std::time::Instant::now();
        while begun.elapsed() < GENEROUS {
            if process.0.try_wait().unwrap().is_some()
                || self.log().contains("Address already in use")
            {
                return false;
            }
            if greets(self.port) {
                self.process = Some(process);
                return true;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        false
    }

    /// Everything it has logged, and said.
    fn log(&self) -> String {
        ["log", "logs/main", "out"]
            .iter()
            .filter_map(|name| fs::read(self.path(name)).ok())
            .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
            .collect()
    }
}

/// True when something there says 220.
fn greets(port: u16) -> bool {
    use std::io::Read;
    let Ok(mut stream) = std::net::TcpStream::connect(("127.0.0.1", port)) else {
        return false;
    };
    let mut said = [0; 3];
    let _ = stream.set_read_timeout(Some(GENEROUS));
    stream.read_exact(&mut said).is_ok() && &said == b"220"
}
