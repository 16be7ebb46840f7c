//! A private Courier IMAP, unpacked by `scripts/prepare`. Its paths under `/etc` and `/run` are made relative there, so that
//! each server finds configuration, users and the socket of its login daemon in its own folder.

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::dovecot::{PASSWORD, USER};
use super::imap_client::ImapClient;
use super::mailserver::Mailserver;
use super::{Group, free_port, is_root, wait_for};

/// The server; it ends when this is dropped.
pub struct Courier {
    /// The daemon that knows the users, and the one that takes connections.
    processes: Option<(Group, Group)>,
    folder: TempDir,
    port: u16,
}

/// As Debian's package offers it.
const CAPABILITY: &str =
    "IMAP4rev1 UIDPLUS CHILDREN NAMESPACE THREAD=ORDEREDSUBJECT THREAD=REFERENCES SORT QUOTA IDLE";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("target/courier")
}

/// Reads a number of this user.
fn own(flag: &str) -> String {
    let output = Command::new("id").arg(flag).output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Courier {
    /// One of its programs, in this server's folder.
    fn command(&self, program: &str) -> Command {
        let root = root();
        assert!(
            root.join(program).exists(),
            "Courier IMAP is missing: run `scripts/prepare test`, which unpacks it into {}",
            root.display()
        );
        let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
        let libraries = [root.join("usr/lib"), root.join(libraries)];
        let mut command = Command::new(root.join(program));
        command
            .current_dir(self.folder.path())
            .env("LD_LIBRARY_PATH", std::env::join_paths(libraries).unwrap())
            .env("LTDL_LIBRARY_PATH", root.join("usr/lib/courier-authlib"));
        command
    }

    /// What a program writes, given this to read.
    fn answer(&self, program: &str, arguments: &[&str], input: &str) -> String {
        let mut child = self
            .command(program)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut stdin = child.stdin.take().unwrap();
        stdin.write_all(input.as_bytes()).unwrap();
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{program}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    /// A database as its programs read it: one key and its value.
    fn write_database(&self, file: &str, value: &str) {
        let line = format!("{USER}\t{value}\n.\n");
        let program = "usr/lib/courier/courier-authlib/makedatprog";
        self.answer(program, &["-", "new.dat", file], &line);
    }

    fn set_up(&self) {
        let at = self.folder.path();
        let (uid, gid) = match is_root() {
            // Nobody and nogroup: it gives up root for the user.
            true => ("65534".to_owned(), "65534".to_owned()),
            false => (own("-u"), own("-g")),
        };
        fs::create_dir(at.join("mail")).unwrap();
        self.answer("usr/bin/maildirmake.courier", &["mail/Maildir"], "");
        if is_root() {
            let owned = Command::new("chown")
                .args(["-R", "65534:65534"])
                .arg(at.join("mail"))
                .status();
            assert!(owned.unwrap().success());
        }
        let home = at.join("mail").display().to_string();
        self.write_database(
            "userdb.dat",
            &format!("home={home}|mail={home}/Maildir|uid={uid}|gid={gid}"),
        );
        let hash = self.answer("usr/sbin/userdbpw", &["-md5"], &format!("{PASSWORD}\n"));
        self.write_database("userdbshadow.dat", &format!("systempw={hash}"));
        fs::write(
            at.join("authdaemonrc"),
            "authmodulelist=\"authuserdb\"\nauthmodulelistorig=\"authuserdb\"\ndaemons=2\nauthdaemonvar=.\n",
        )
        .unwrap();
    }

    fn launch(&mut self) -> bool {
        let quiet = |mut command: Command| {
            command
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            Group::start(&mut command)
        };
        let users = quiet(self.command("usr/lib/courier/courier-authlib/authdaemond"));
        let socket = self.folder.path().join("socket");
        wait_for("Courier's login daemon", || socket.exists().then_some(()));
        let port = self.port.to_string();
        let mut listens = self.command("usr/sbin/couriertcpd");
        listens
            .args(["-address=127.0.0.1", "-maxprocs=40", "-maxperip=40"])
            .args(["-nodnslookup", "-noidentlookup", &port])
            .arg(root().join("usr/lib/courier/courier/imaplogin"))
            .arg(root().join("usr/bin/imapd"))
            .arg("Maildir")
            .envs([
                ("IMAP_CAPABILITY", CAPABILITY),
                ("IMAP_TLS_REQUIRED", "0"),
                ("IMAP_MAILBOX_SANITY_CHECK", "1"),
                ("IMAP_USELOCKS", "1"),
                ("IMAP_UMASK", "022"),
                ("IMAP_TRASHFOLDERNAME", "Trash"),
                ("IMAP_ENHANCEDIDLE", "0"),
                // In IDLE it looks for mail this often, in seconds; the package says 60.
                ("IMAP_IDLE_TIMEOUT", "2"),
            ]);
        let mut listens = quiet(listens);
        let port = self.port;
        let up = wait_for("Courier to listen", || {
            if listens.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            ImapClient::connect(port).ok().map(|_| true)
        });
        self.processes = Some((users, listens));
        up
    }
}

impl Mailserver for Courier {
    const KEEPS: bool = true;
    const PREFIX: &str = "INBOX.";

    fn unavailable() -> Option<String> {
        let debian = Path::new("/usr/bin/apt-get").exists();
        (!root().exists() && !debian).then(|| {
            "Courier IMAP is unpacked from Debian's packages, and there is no apt-get".into()
        })
    }

    fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("nikkan-courier-")
            .tempdir()
            .unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut courier = Courier {
            processes: None,
            folder,
            port: 0,
        };
        courier.set_up();
        // Another test may take the port between our asking and its binding.
        for _ in 0..5 {
            courier.port = free_port();
            if courier.launch() {
                return courier;
            }
        }
        panic!("Courier does not start");
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn stop(&mut self) {
        self.processes = None;
        // A new daemon makes its own.
        let _ = fs::remove_file(self.folder.path().join("socket"));
    }

    fn restart(&mut self) {
        assert!(self.launch(), "Courier does not start again");
    }
}
