//! A private Mailman 3, installed from PyPI by `scripts/prepare`: mail comes in over LMTP and goes out over SMTP, its
//! database is one SQLite file in a temporary directory.

use std::fmt::Write as _;
use std::io::{BufRead, BufReader, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

use super::{Group, free_port, is_root, wait_for};

/// The domain of its lists.
pub const DOMAIN: &str = "lists.example";

/// Runners that no scenario needs.
const UNUSED: [&str; 9] = [
    "rest", "archive", "bounces", "digest", "nntp", "retry", "bad", "shunt", "task",
];

/// The server; it ends when this is dropped.
pub struct Mailman {
    _process: Group,
    folder: TempDir,
    lmtp: u16,
}

impl Mailman {
    /// A server with these lists, which anybody may join and only `poster` may write to without being a member. Hands
    /// its mails in at `smtp`.
    pub fn start(lists: &[&str], smtp: u16) -> Self {
        for _ in 0..5 {
            if let Some(mailman) = Self::launch(lists, smtp) {
                return mailman;
            }
        }
        panic!("Mailman does not start");
    }

    fn launch(lists: &[&str], smtp: u16) -> Option<Self> {
        let folder = tempfile::Builder::new()
            .prefix("nikkan-mailman-")
            .tempdir()
            .unwrap();
        let lmtp = free_port();
        std::fs::write(
            folder.path().join("mailman.cfg"),
            configuration(folder.path(), lmtp, smtp),
        )
        .unwrap();
        for list in lists {
            let made = run(
                folder.path(),
                &["create", "--quiet", &format!("{list}@{DOMAIN}")],
            );
            assert!(made.status.success(), "{made:?}");
        }
        let process = Group::start(
            Command::new(program("master"))
                .arg("-C")
                .arg(folder.path().join("mailman.cfg"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let mut mailman = Mailman {
            _process: process,
            folder,
            lmtp,
        };
        let up = wait_for("Mailman to listen", || {
            if mailman._process.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            TcpStream::connect(("127.0.0.1", lmtp)).ok().map(|_| true)
        });
        up.then_some(mailman)
    }

    /// Hands a mail in over LMTP (RFC 2033).
    pub fn deliver(&self, sender: &str, recipient: &str, mail: &[u8]) {
        let stream = TcpStream::connect(("127.0.0.1", self.lmtp)).unwrap();
        let mut answers = BufReader::new(stream.try_clone().unwrap());
        let mut stream = stream;
        let mut expect = |code: &str| loop {
            let mut line = String::new();
            answers.read_line(&mut line).unwrap();
            assert!(line.starts_with(code), "Mailman said: {line}");
            if line.as_bytes().get(3) == Some(&b' ') {
                return;
            }
        };
        expect("220");
        for (command, code) in [
            ("LHLO lab".to_owned(), "250"),
            (format!("MAIL FROM:<{sender}>"), "250"),
            (format!("RCPT TO:<{recipient}>"), "250"),
            ("DATA".to_owned(), "354"),
        ] {
            write!(stream, "{command}\r\n").unwrap();
            expect(code);
        }
        stream.write_all(mail).unwrap();
        stream.write_all(b"\r\n.\r\n").unwrap();
        expect("250");
        stream.write_all(b"QUIT\r\n").unwrap();
    }

    /// The addresses that a list sends to.
    pub fn members(&self, list: &str) -> Vec<String> {
        let told = run(
            self.folder.path(),
            &["members", &format!("{list}@{DOMAIN}")],
        );
        let text = String::from_utf8_lossy(&told.stdout).into_owned();
        let addresses = text.lines().filter(|line| line.contains('@'));
        addresses.map(str::to_owned).collect()
    }

    /// Lets everybody post at once: what is announced is not held for a person.
    pub fn open_for_posts(&self, list: &str) {
        let script = "from mailman.interfaces.action import Action\n\
            def accept(mlist):\n    mlist.default_nonmember_action = Action.accept\n    mlist.default_member_action = Action.accept\n";
        std::fs::write(self.folder.path().join("accept.py"), script).unwrap();
        let list = format!("{list}@{DOMAIN}");
        let done = command(self.folder.path(), &["shell", "-l", &list, "-r", "accept"])
            .env("PYTHONPATH", self.folder.path())
            .output()
            .unwrap();
        assert!(done.status.success(), "{done:?}");
    }

    /// What it logged, for a failed scenario.
    pub fn log(&self) -> String {
        let logs = self.folder.path().join("logs");
        let mut text = String::new();
        for entry in std::fs::read_dir(logs).into_iter().flatten().flatten() {
            let _ = writeln!(
                text,
                "{}",
                std::fs::read_to_string(entry.path()).unwrap_or_default()
            );
        }
        text
    }
}

fn configuration(root: &Path, lmtp: u16, smtp: u16) -> String {
    let root = root.display();
    let mut text = format!(
        "[mailman]\nsite_owner: owner@{DOMAIN}\nlayout: lab\n\n[paths.lab]\nvar_dir: {root}\nlog_dir: {root}/logs\n\
         bin_dir: {}\n\n[database]\nclass: mailman.database.sqlite.SQLiteDatabase\nurl: sqlite:///{root}/mailman.db\n\n\
         [mta]\nincoming: mailman.mta.null.NullMTA\noutgoing: mailman.mta.deliver.deliver\nsmtp_host: 127.0.0.1\n\
         smtp_port: {smtp}\nlmtp_host: 127.0.0.1\nlmtp_port: {lmtp}\n",
        program("").display()
    );
    for runner in UNUSED {
        let _ = write!(text, "\n[runner.{runner}]\nstart: no\n");
    }
    text
}

fn program(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("target/venv/bin")
        .join(name);
    assert!(
        path.exists(),
        "Mailman is missing: run `scripts/prepare test`, which installs it into target/venv"
    );
    path
}

fn command(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program("mailman"));
    if is_root() {
        command.arg("--run-as-root");
    }
    command
        .arg("-C")
        .arg(root.join("mailman.cfg"))
        .args(arguments)
        .stdin(Stdio::null());
    command
}

fn run(root: &Path, arguments: &[&str]) -> Output {
    command(root, arguments).output().unwrap()
}
