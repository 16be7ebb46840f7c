//! A private Cyrus IMAP, unpacked by `scripts/prepare`: Debian lets only one IMAP server be installed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::dovecot::{PASSWORD, USER};
use super::imap_client::ImapClient;
use super::mailserver::Mailserver;
use super::{Group, free_port, is_root, wait_for};

/// The server; it ends when this is dropped.
pub struct Cyrus {
    process: Option<Group>,
    folder: TempDir,
    port: u16,
}

fn unpacked() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/cyrus");
    assert!(
        root.join("usr/sbin/cyrmaster").exists(),
        "Cyrus IMAP is missing: run `scripts/prepare test`, which unpacks it into {}",
        root.display()
    );
    root
}

fn command(program: &str) -> Command {
    let root = unpacked();
    let mut command = Command::new(root.join(program));
    let libraries = format!("usr/lib/{}-linux-gnu", std::env::consts::ARCH);
    command.env("LD_LIBRARY_PATH", root.join(libraries));
    command
}

/// Cyrus becomes this user where it is started by root.
fn user() -> String {
    if is_root() {
        return "nobody".into();
    }
    let output = Command::new("id").arg("-un").output().unwrap();
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

impl Cyrus {
    fn launch(&mut self) -> bool {
        let root = self.folder.path();
        let at = root.display();
        let bin = unpacked().join("usr/lib/cyrus/bin").display().to_string();
        for name in [
            "socket", "proc", "log", "msg", "db", "lock", "user", "quota",
        ] {
            fs::create_dir_all(root.join("conf").join(name)).unwrap();
        }
        fs::create_dir_all(root.join("spool/stage.")).unwrap();
        fs::write(
            root.join("imapd.conf"),
            format!(
                "configdirectory: {at}/conf\npartition-default: {at}/spool\ndefaultpartition: default\n\
                 admins: cyrus\nsasl_pwcheck_method: auxprop\nsasl_auxprop_plugin: sasldb\n\
                 sasl_sasldb_path: {at}/sasldb2\nsasl_mech_list: PLAIN LOGIN\nallowplaintext: yes\n\
                 servername: localhost\nunixhierarchysep: yes\naltnamespace: yes\nautocreate_quota: 0\ncyrus_user: {}\n",
                user()
            ),
        )
        .unwrap();
        fs::write(
            root.join("cyrus.conf"),
            format!(
                "START {{\n idled cmd=\"{bin}/idled -C {at}/imapd.conf\"\n}}\nSERVICES {{\n imap \
                 cmd=\"{bin}/imapd -C {at}/imapd.conf\" listen=\"127.0.0.1:{}\" proto=\"tcp4\" prefork=0\n}}\nEVENTS {{\n}}\n",
                self.port
            ),
        )
        .unwrap();
        if is_root() {
            let owned = Command::new("chown")
                .args(["-R", "nobody"])
                .arg(root)
                .status();
            assert!(owned.unwrap().success());
        }
        let mut process = Group::start(
            command("usr/sbin/cyrmaster")
                .arg("-C")
                .arg(root.join("imapd.conf"))
                .arg("-M")
                .arg(root.join("cyrus.conf"))
                .arg("-p")
                .arg(root.join("conf/pid"))
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let port = self.port;
        let up = wait_for("Cyrus to listen", || {
            if process.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            ImapClient::connect(port).ok().map(|_| true)
        });
        self.process = Some(process);
        up
    }

    fn add_user(&self) {
        use std::io::Write;
        let mut child = command("usr/sbin/saslpasswd2")
            .args(["-p", "-c", "-u", "localhost", "-f"])
            .arg(self.folder.path().join("sasldb2"))
            .arg(USER)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        child
            .stdin
            .take()
            .unwrap()
            .write_all(PASSWORD.as_bytes())
            .unwrap();
        assert!(child.wait().unwrap().success());
    }
}

impl Mailserver for Cyrus {
    const KEEPS: bool = true;

    fn unavailable() -> Option<String> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/cyrus");
        let debian = Path::new("/usr/bin/apt-get").exists();
        (!root.exists() && !debian).then(|| {
            "Cyrus IMAP is unpacked from Debian's packages, and there is no apt-get".into()
        })
    }

    fn start() -> Self {
        let folder = tempfile::Builder::new()
            .prefix("nikkan-cyrus-")
            .tempdir()
            .unwrap();
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut cyrus = Cyrus {
            process: None,
            folder,
            port: 0,
        };
        cyrus.add_user();
        // Another test may take the port between our asking and its binding.
        for _ in 0..5 {
            cyrus.port = free_port();
            if cyrus.launch() {
                return cyrus;
            }
        }
        panic!("Cyrus does not start; its reasons are in the system's log");
    }

    fn port(&self) -> u16 {
        self.port
    }

    fn stop(&mut self) {
        self.process = None;
    }

    fn restart(&mut self) {
        assert!(self.launch(), "Cyrus does not start again");
    }
}
