//! A private Dovecot: one user, plain on one port and, with a certificate, TLS on another.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Stdio};

use tempfile::TempDir;

use super::certificates::Identity;
use super::imap_client::ImapClient;
use super::{Group, free_port, is_root, wait_for};

pub const USER: &str = "reader";
pub const PASSWORD: &str = "correct horse 7 battery";

/// The server; it ends when this is dropped.
pub struct Dovecot {
    process: Option<Group>,
    folder: TempDir,
    identity: Option<Identity>,
    password: String,
    /// Lines behind the usual configuration; `ROOT` stands for the server's own directory.
    more: String,
    pub port: u16,
    pub tls_port: u16,
}

impl Dovecot {
    /// Clear text only.
    pub fn start() -> Self {
        Self::start_with(None)
    }

    /// With a certificate: TLS on `tls_port`, STARTTLS on `port`.
    pub fn start_with(identity: Option<&Identity>) -> Self {
        Self::start_configured(identity, PASSWORD, "", |_| {})
    }

    /// With another password and further lines of configuration, in which `ROOT` is a directory that `fill` may fill.
    pub fn start_configured(
        identity: Option<&Identity>,
        password: &str,
        more: &str,
        fill: impl FnOnce(&Path),
    ) -> Self {
        let folder = tempfile::Builder::new()
            .prefix("nikkan-dovecot-")
            .tempdir()
            .unwrap();
        // Dovecot reads the mail as another user where it was started by root.
        fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
        let mut dovecot = Dovecot {
            process: None,
            folder,
            identity: identity.cloned(),
            password: password.to_owned(),
            more: more.to_owned(),
            port: 0,
            tls_port: 0,
        };
        fill(dovecot.folder.path());
        // Another test may take the port between our asking and Dovecot's binding it.
        for _ in 0..5 {
            dovecot.port = free_port();
            dovecot.tls_port = free_port();
            if dovecot.launch() {
                return dovecot;
            }
        }
        panic!("Dovecot does not start: {}", dovecot.log());
    }

    /// Starts it again on the same ports after [`Dovecot::stop`].
    pub fn restart(&mut self) {
        assert!(
            self.launch(),
            "Dovecot does not start again: {}",
            self.log()
        );
    }

    /// Ends it; the mail stays.
    pub fn stop(&mut self) {
        self.process = None;
        let _ = fs::remove_dir_all(self.folder.path().join("run"));
    }

    fn launch(&mut self) -> bool {
        let root = self.folder.path();
        let config = root.join("dovecot.conf");
        fs::write(&config, self.config()).unwrap();
        fs::write(
            root.join("users"),
            format!("{USER}:{{PLAIN}}{}\n", self.password),
        )
        .unwrap();
        let mail = root.join("mail");
        fs::create_dir_all(&mail).unwrap();
        if is_root() {
            fs::set_permissions(&mail, fs::Permissions::from_mode(0o777)).unwrap();
        }
        let mut process = Group::start(
            Command::new(binary())
                .arg("-F")
                .arg("-c")
                .arg(&config)
                .stdin(Stdio::null())
                .stdout(Stdio::null())
                .stderr(Stdio::null()),
        );
        let port = self.port;
        let up = wait_for("Dovecot to listen", || {
            if process.0.try_wait().unwrap().is_some() {
                return Some(false);
            }
            ImapClient::connect(port).ok().map(|_| true)
        });
        self.process = Some(process);
        up
    }

    fn config(&self) -> String {
        let root = self.folder.path().display();
        let (user, people) = if is_root() {
            (
                "default_internal_user = dovecot\ndefault_login_user = dovenull\n".to_owned(),
                "uid=65534 gid=65534".to_owned(),
            )
        } else {
            let me = |flag: &str| {
                let output = Command::new("id").arg(flag).output().unwrap();
                String::from_utf8(output.stdout).unwrap().trim().to_owned()
            };
            (
                format!(
                    "default_internal_user = {0}\ndefault_login_user = {0}\ndefault_internal_group = {1}\n",
                    me("-un"),
                    me("-gn")
                ),
                format!("uid={} gid={}", me("-u"), me("-g")),
            )
        };
        let tls = self
            .identity
            .as_ref()
            .map_or("ssl = no\n".to_owned(), |identity| {
                format!(
                    "ssl = yes\nssl_cert = <{}\nssl_key = <{}\n",
                    identity.certificate.display(),
                    identity.key.display()
                )
            });
        let tls_listener = match self.identity {
            Some(_) => format!(
                "inet_listener imaps {{\n port = {}\n ssl = yes\n }}",
                self.tls_port
            ),
            None => "inet_listener imaps {\n port = 0\n }".to_owned(),
        };
        format!(
            "protocols = imap\nlisten = 127.0.0.1\nbase_dir = {root}/run\nstate_dir = {root}/state\n\
             log_path = {root}/log\nmail_location = maildir:{root}/mail/%u\nfirst_valid_uid = 1\n{user}{tls}\
             disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_failure_delay = 0\n\
             mail_max_userip_connections = 100\nmail_fsync = never\n\
             passdb {{\n driver = passwd-file\n args = {root}/users\n}}\n\
             userdb {{\n driver = static\n args = {people} home={root}/mail/%u\n}}\n\
             service imap-login {{\n chroot =\n inet_listener imap {{\n port = {}\n }}\n {tls_listener}\n}}\n\
             service anvil {{\n chroot =\n unix_listener anvil-auth-penalty {{\n mode = 0\n }}\n}}\nservice stats {{\n chroot =\n}}\n\
             service auth {{\n unix_listener auth-userdb {{\n mode = 0666\n }}\n}}\n{}\n",
            self.port,
            self.more.replace("ROOT", &root.to_string())
        )
    }

    /// What Dovecot logged.
    pub fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// The INBOX as a folder that a delivery agent writes to.
    pub fn maildir(&self) -> std::path::PathBuf {
        self.folder.path().join("mail").join(USER)
    }

    /// A logged-in client of the lab's own.
    pub fn client(&self) -> ImapClient {
        let mut client = ImapClient::connect(self.port).unwrap();
        client.log_in(USER, &self.password);
        client
    }

    /// Puts messages into the INBOX as files, the quick way to a large folder.
    pub fn fill(&self, messages: &[Vec<u8>]) {
        let inbox = self.maildir();
        for name in ["cur", "new", "tmp"] {
            fs::create_dir_all(inbox.join(name)).unwrap();
        }
        for (number, message) in messages.iter().enumerate() {
            // As Dovecot itself names what it delivers; names that hash alike would make it slow.
            let size = message.len();
            let name = format!(
                "cur/{}.M{}P{}.lab,S={size},W={size}:2,",
                1_764_000_000 + number * 1_733,
                number * 7_919_117 % 1_000_000,
                number * 104_729 % 32_768,
            );
            fs::write(inbox.join(name), message).unwrap();
        }
        if is_root() {
            let owned = Command::new("chown")
                .args(["-R", "65534:65534"])
                .arg(&inbox)
                .status();
            assert!(owned.unwrap().success());
        }
    }

    /// Gives every message in the INBOX this time of arrival. Over IMAP, Dovecot takes none that is to come.
    pub fn redate(&self, instant: &str) {
        let inbox = self.maildir().join("cur");
        for entry in fs::read_dir(inbox).unwrap() {
            let path = entry.unwrap().path();
            let touched = Command::new("touch")
                .args(["-d", instant])
                .arg(path)
                .status();
            assert!(touched.unwrap().success());
        }
    }

    /// Puts one message into the INBOX as a delivery agent does, without a login.
    pub fn add(&self, message: &[u8]) {
        let inbox = self.maildir();
        let count = fs::read_dir(inbox.join("cur")).unwrap().count()
            + fs::read_dir(inbox.join("new")).unwrap().count();
        let name = format!("{}.M{count}P1.lab", 1_765_000_000 + count);
        fs::write(inbox.join("tmp").join(&name), message).unwrap();
        if is_root() {
            let owned = Command::new("chown")
                .arg("65534:65534")
                .arg(inbox.join("tmp").join(&name))
                .status();
            assert!(owned.unwrap().success());
        }
        fs::rename(inbox.join("tmp").join(&name), inbox.join("new").join(&name)).unwrap();
    }

    /// Delivers messages to the INBOX, as received now.
    pub fn deliver(&self, messages: &[Vec<u8>]) {
        let mut client = self.client();
        for message in messages {
            client.append("INBOX", message);
        }
    }
}

fn binary() -> &'static str {
    // Debian puts it where an ordinary user's PATH does not reach.
    let known = "/usr/sbin/dovecot";
    if Path::new(known).exists() {
        known
    } else {
        "dovecot"
    }
}
