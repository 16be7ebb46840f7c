//! What systemd hears over its socket, without a systemd: ready when the mailbox is read, the status, the watchdog fed by
//! the loop, a reload that is taken or refused, and the end. The same under a real one: `make systemd-proof`.

use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use crate::lab::daemon::{Daemon, Home, Setup};
use crate::lab::dovecot::{self, Dovecot};
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::{GENEROUS, model_day, wait_for};

const NOON: &str = "2025-11-28T12:00:00Z";

/// A service manager's end of the notify socket.
struct Manager {
    socket: UnixDatagram,
    heard: Vec<String>,
}

impl Manager {
    fn new(home: &Home) -> Self {
        let socket = UnixDatagram::bind(home.folder.path().join("notify")).unwrap();
        Manager {
            socket,
            heard: Vec::new(),
        }
    }

    /// The daemon under this manager, with a watchdog of `seconds` where there is one.
    fn start(&self, home: &Home, seconds: Option<u64>) -> Daemon {
        let mut command = home.command(&["--at", NOON, "run"]);
        command
            .env("RUST_LOG", "info")
            .env("NOTIFY_SOCKET", home.folder.path().join("notify"));
        if let Some(seconds) = seconds {
            command.env("WATCHDOG_USEC", (seconds * 1_000_000).to_string());
        }
        Daemon::start(&mut command)
    }

    /// The next message within `limit`.
    fn next(&mut self, limit: Duration) -> Option<String> {
        self.socket.set_read_timeout(Some(limit)).unwrap();
        let mut message = vec![0; 65536];
        let length = self.socket.recv(&mut message).ok()?;
        let text = String::from_utf8_lossy(&message[..length]).into_owned();
        self.heard.push(text.clone());
        Some(text)
    }

    /// Listens until a message contains `words`.
    fn wait_for(&mut self, words: &str) -> String {
        let end = Instant::now() + GENEROUS;
        while Instant::now() < end {
            if let Some(message) = self.next(Duration::from_secs(1))
                && message.contains(words)
            {
                return message;
            }
        }
        panic!("never heard `{words}`, but {:#?}", self.heard);
    }

    fn has_heard(&self, words: &str) -> bool {
        self.heard.iter().any(|message| message.contains(words))
    }
}

fn world() -> (Dovecot, SmtpReceiver, Home) {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    dovecot.deliver(&mails);
    let home = Home::new(
        env!("CARGO_BIN_EXE_nikkan"),
        &Setup::plain(dovecot.port, receiver.port),
    );
    (dovecot, receiver, home)
}

#[test]
fn ready_is_said_when_the_mailbox_is_read_and_the_end_when_it_begins() {
    let (_dovecot, _receiver, home) = world();
    let mut manager = Manager::new(&home);
    let mut daemon = manager.start(&home, None);
    manager.wait_for("READY=1");
    assert_eq!(
        daemon.log().matches("archived").count(),
        15,
        "ready too soon:\n{}",
        daemon.log()
    );
    manager.wait_for("STATUS=reader@127.0.0.1: idle, waiting for mail");
    let (ended, took) = daemon.stop("TERM");
    assert!(ended.success() && took < Duration::from_secs(5), "{took:?}");
    manager.wait_for("STOPPING=1");
    assert!(!manager.has_heard("WATCHDOG=1"), "nobody asked for it");
}

#[test]
fn the_watchdog_is_fed_by_the_loop_and_starves_when_it_is_frozen() {
    let (_dovecot, _receiver, home) = world();
    let mut manager = Manager::new(&home);
    let mut daemon = manager.start(&home, Some(2));
    for _ in 0..3 {
        manager.wait_for("WATCHDOG=1");
    }
    signal(&daemon, "STOP");
    wait_for("the daemon to freeze", || {
        let status = std::fs::read_to_string(format!("/proc/{}/status", daemon.id())).unwrap();
        status.contains("State:\tT").then_some(())
    });
    // What was said before the freeze is still in the socket.
    while manager.next(Duration::from_millis(1)).is_some() {}
    let heard = manager.next(Duration::from_secs(4));
    assert_eq!(heard, None, "twice the watchdog's time");
    signal(&daemon, "CONT");
    manager.wait_for("WATCHDOG=1");
    assert!(daemon.stop("TERM").0.success());
}

#[test]
fn a_reload_begins_a_new_edition_and_another_mailbox() {
    let (_dovecot, receiver, home) = world();
    let other = Dovecot::start();
    let mut manager = Manager::new(&home);
    let mut daemon = manager.start(&home, None);
    manager.wait_for("READY=1");
    let mut setup = Setup::plain(other.port, receiver.port);
    setup.editions = setup.editions.clone() + &setup.editions.replace("daily", "second");
    setup.mailbox = setup.mailbox.replace("127.0.0.1", "localhost");
    home.write(&setup);
    signal(&daemon, "HUP");
    let reloading = manager.wait_for("RELOADING=1");
    assert!(reloading.contains("MONOTONIC_USEC="), "{reloading}");
    manager.wait_for("READY=1");
    daemon.wait_for("is in force", 1);
    let before = daemon.log().matches("archived").count();
    manager.wait_for("STATUS=reader@localhost: idle, waiting for mail");
    // Another copy of what is known would not be told; a new document is.
    other.deliver(&crate::lab::announcements(1));
    daemon.wait_for("archived", before + 1);
    let status = home.run(&["--at", NOON, "status", "--json"]);
    let status = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(status.contains("reader@localhost"), "{status}");
    let archive = home.run(&[
        "--at",
        NOON,
        "digest",
        "2025-11-28",
        "--edition",
        "second",
        "--format",
        "json",
    ]);
    let digest = String::from_utf8_lossy(&archive.stdout).into_owned();
    assert!(
        digest.contains("\"edition\": \"second\"") || digest.contains("\"edition\":\"second\""),
        "{digest}"
    );
    assert!(daemon.stop("TERM").0.success());
}

#[test]
fn a_broken_configuration_is_refused_and_the_one_before_stays() {
    let (dovecot, receiver, home) = world();
    let mut manager = Manager::new(&home);
    let mut daemon = manager.start(&home, None);
    manager.wait_for("READY=1");
    let good = Setup::plain(dovecot.port, receiver.port);
    let mut broken = good.clone();
    broken.mailbox = broken.mailbox.replace("username", "usrname");
    home.write(&broken);
    signal(&daemon, "HUP");
    manager.wait_for("RELOADING=1");
    manager.wait_for("READY=1");
    let status = manager.wait_for("the new configuration is refused: ");
    assert!(
        status.contains("config.toml:5:1: ") && status.contains("did you mean `username`"),
        "{status}"
    );
    daemon.wait_for("the new configuration is refused", 1);
    // It goes on with the old one.
    dovecot.deliver(&[model_day().remove(0).1]);
    assert_eq!(daemon.log().matches("connected").count(), 1);
    home.write(&good);
    signal(&daemon, "HUP");
    daemon.wait_for("is in force", 1);
    let status = manager.wait_for("idle, waiting for mail");
    assert!(!status.contains("refused"), "{status}");
    assert!(daemon.stop("TERM").0.success());
}

fn signal(daemon: &Daemon, name: &str) {
    let id = daemon.id().to_string();
    let sent = Command::new("kill").args(["-s", name, &id]).status();
    assert!(sent.unwrap().success());
}

#[test]
fn a_password_comes_as_a_credential_and_its_lack_is_told() {
    let (dovecot, receiver, home) = world();
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.mailbox = setup.mailbox.replace(
        "password_file = \"imap-password\"",
        "password_credential = \"imap\"",
    );
    home.write(&setup);
    let handed = home.folder.path().join("handed");
    std::fs::create_dir(&handed).unwrap();
    let once = |credentials: &Path| {
        let mut command = home.command(&["--at", NOON, "run", "--once"]);
        command
            .env("CREDENTIALS_DIRECTORY", credentials)
            .output()
            .unwrap()
    };
    let output = once(&handed);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("config.toml:6:1: `password_credential` in [mailbox]: ")
            && said.contains("the unit needs LoadCredential=imap:FILE"),
        "{said}"
    );
    std::fs::write(handed.join("imap"), format!("{}\n", dovecot::PASSWORD)).unwrap();
    let output = once(&handed);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

/// What the units say, one setting a line, without comments.
fn settings(unit: &str) -> Vec<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("systemd")
        .join(unit);
    let text = std::fs::read_to_string(path).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(str::to_owned).collect()
}

#[test]
fn the_units_are_closed_alike_and_each_line_has_its_reason() {
    let closed = |unit: &str, name: &str, state: &str| -> Vec<String> {
        let lines = settings(unit);
        let from = lines
            .iter()
            .position(|line| line == "DynamicUser=yes")
            .unwrap();
        let lines = lines[from..].iter().take_while(|line| *line != "[Install]");
        lines
            .filter(|line| *line != "User=nikkan")
            .map(|line| line.replace(name, "config").replace(state, "nikkan"))
            .collect()
    };
    let daemon = closed("nikkan.service", "config", "nikkan");
    assert_eq!(
        closed("nikkan@.service", "%i.credentials", "nikkan-%i").len(),
        daemon.len()
    );
    assert_eq!(
        closed("nikkan@.service", "nikkan/%i", "nikkan-%i"),
        daemon
            .iter()
            .map(|line| line.replace("nikkan/config", "config"))
            .collect::<Vec<_>>()
    );
    assert_eq!(closed("nikkan-once.service", "config", "nikkan"), daemon);
    let once = settings("nikkan-once.service");
    assert!(once.contains(&"Type=oneshot".to_owned()));
    for unit in ["nikkan.service", "nikkan@.service"] {
        for needed in [
            "Type=notify",
            "Restart=on-failure",
            "WatchdogSec=15min",
            "ExecReload=/bin/kill -HUP $MAINPID",
            "LimitCORE=0",
        ] {
            assert!(
                settings(unit).contains(&needed.to_owned()),
                "{unit} lacks {needed}"
            );
        }
    }
}

/// Systemd's own opinion, where it is installed: the units have no fault, and the exposure is at most 1.2.
#[test]
fn systemd_finds_no_fault_in_the_units() {
    let version = Command::new("systemd-analyze").arg("--version").output();
    let Ok(version) = version else {
        eprintln!("no systemd here: not tried");
        return;
    };
    let version = String::from_utf8_lossy(&version.stdout).into_owned();
    let folder = tempfile::tempdir().unwrap();
    for unit in [
        "nikkan.service",
        "nikkan@.service",
        "nikkan-once.service",
        "nikkan.timer",
    ] {
        let source = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("systemd")
            .join(unit);
        let text = std::fs::read_to_string(source).unwrap();
        std::fs::write(
            folder.path().join(unit),
            text.replace("/usr/bin/nikkan", env!("CARGO_BIN_EXE_nikkan")),
        )
        .unwrap();
    }
    let verify = Command::new("systemd-analyze")
        .args([
            "verify",
            "--man=no",
            "nikkan.service",
            "nikkan@.service",
            "nikkan-once.service",
            "nikkan.timer",
        ])
        .current_dir(folder.path())
        .env("SYSTEMD_UNIT_PATH", format!("{}:", folder.path().display()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&verify.stderr).into_owned();
    let ours: Vec<&str> = said
        .lines()
        .filter(|line| line.contains("nikkan"))
        .collect();
    assert_eq!(ours, Vec::<&str>::new(), "{version}");
    for unit in ["nikkan.service", "nikkan@.service", "nikkan-once.service"] {
        let output = Command::new("systemd-analyze")
            .args(["security", "--offline=true", "--threshold=12", "--no-pager"])
            .arg(folder.path().join(unit))
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(
            text.contains("exposure level"),
            "{version}{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(output.status.success(), "{text}");
    }
}

#[test]
fn the_package_carries_every_unit_and_starts_nothing_that_is_not_configured() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let read = |name: &str| std::fs::read_to_string(root.join(name)).unwrap();
    let manifest = read("Cargo.toml");
    for entry in std::fs::read_dir(root.join("systemd")).unwrap() {
        let unit = entry.unwrap().file_name().into_string().unwrap();
        let asset = format!("[\"systemd/{unit}\", \"usr/lib/systemd/system/\", \"644\"]");
        assert!(manifest.contains(&asset), "the package lacks {unit}");
    }
    assert!(manifest.contains("conf-files = [\"/etc/nikkan/config.example.toml\"]"));
    for (unit, configuration) in [
        ("nikkan.service", "/etc/nikkan/config.toml"),
        ("nikkan@.service", "/etc/nikkan/%i.toml"),
        ("nikkan-once.service", "/etc/nikkan/config.toml"),
    ] {
        let condition = format!("ConditionPathExists={configuration}");
        assert!(settings(unit).contains(&condition), "{unit}");
    }
    for script in ["postinst", "prerm", "postrm"] {
        let path = root.join("packaging/debian").join(script);
        let sound = Command::new("sh").arg("-n").arg(path).status().unwrap();
        assert!(sound.success(), "{script}");
    }
}
