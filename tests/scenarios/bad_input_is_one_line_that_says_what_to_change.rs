//! What operators get wrong: each ends with one line that names what to change, exit 1 or 2, and nothing half written.

use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Output};

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::{is_root, model_day};

const BINARY: &str = env!("CARGO_BIN_EXE_nikkan");

/// The one line on standard error.
fn said(output: &Output) -> String {
    let text = String::from_utf8(output.stderr.clone()).unwrap();
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("nikkan: "))
        .collect();
    assert_eq!(lines.len(), 1, "not one line:\n{text}");
    assert!(!text.contains("panicked"), "{text}");
    lines[0].to_owned()
}

/// The lab's configuration, about which nothing is to be said.
fn setup(imap: u16, smtp: u16) -> Setup {
    let mut setup = Setup::plain(imap, smtp);
    setup
        .mailbox
        .push_str("address = \"watched@example.net\"\n");
    setup
}

fn once(setup: &Setup) -> (Option<i32>, String) {
    let home = Home::new(BINARY, setup);
    let output = home.run(&["run", "--once"]);
    (output.status.code(), said(&output))
}

#[test]
fn wrong_servers_and_credentials() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let good = setup(dovecot.port, receiver.port);
    let with = |from: &str, to: &str| {
        let mut setup = good.clone();
        assert!(setup.mailbox.contains(from), "{}", setup.mailbox);
        setup.mailbox = setup.mailbox.replace(from, to);
        once(&setup)
    };
    let port = format!("port = {}", dovecot.port);
    let (code, line) = with(&port, "port = 1");
    assert_eq!(code, Some(1));
    assert!(line.contains("check the keys host and port"), "{line}");
    let (code, line) = with("host = \"127.0.0.1\"", "host = \"no-such-host.invalid\"");
    assert_eq!(code, Some(2));
    assert!(
        line.contains("and no-such-host.invalid may be another"),
        "{line}"
    );
    let mut elsewhere = good.clone();
    elsewhere.mailbox = good
        .mailbox
        .replace("\"127.0.0.1\"", "\"no-such-host.invalid\"")
        .replace("tls = \"none\"\n", "");
    let (code, line) = once(&elsewhere);
    assert_eq!(code, Some(1));
    assert!(line.contains("check the key host"), "{line}");
    let (code, line) = with("username = \"reader\"", "username = \"somebody\"");
    assert_eq!(code, Some(1));
    assert!(line.contains("refused the login of `somebody`"), "{line}");
    let (code, line) = with(
        "tls = \"none\"\n",
        "tls = \"none\"\nfolders = [\"No Such\"]\n",
    );
    assert_eq!(code, Some(1));
    assert!(
        line.contains("`No Such`") && line.contains("key folders"),
        "{line}"
    );
    let (code, line) = with("\"127.0.0.1\"", "\"192.0.2.1\"");
    assert_eq!(code, Some(2));
    assert!(line.contains("this machine only"), "{line}");
    let (code, line) = with(
        "password_file = \"imap-password\"",
        "password_file = \"/no/such/file\"",
    );
    assert_eq!(code, Some(2));
    assert!(
        line.contains("/no/such/file") && line.contains("config.toml:"),
        "{line}"
    );
}

#[test]
fn a_configuration_that_is_missing_or_broken_names_file_line_and_key() {
    let home = Home::new(BINARY, &setup(1, 1));
    let text = std::fs::read_to_string(home.config()).unwrap();
    std::fs::write(home.config(), text.replace("username", "usrname")).unwrap();
    let output = home.run(&["status"]);
    assert_eq!(output.status.code(), Some(2));
    let line = said(&output);
    assert!(
        line.contains("config.toml:") && line.contains("did you mean `username`"),
        "{line}"
    );
    std::fs::write(home.config(), "[mailbox\n").unwrap();
    assert!(said(&home.run(&["run"])).contains("config.toml:1"));
    std::fs::remove_file(home.config()).unwrap();
    let line = said(&home.run(&["run"]));
    assert!(
        line.contains("config.toml") && line.contains("--config"),
        "{line}"
    );
}

#[test]
fn a_daemon_whose_archive_cannot_be_opened_says_so_and_ends() {
    let home = Home::new(BINARY, &setup(1, 1));
    std::fs::create_dir_all(home.archive().join("nikkan.db")).unwrap();
    let output = home.run(&["run"]);
    assert_eq!(output.status.code(), Some(1));
    let line = said(&output);
    assert!(line.contains("it is no file"), "{line}");
}

#[test]
fn a_message_that_cannot_be_parsed_is_a_notice() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let broken = b"Subject: =?utf-8?B?broken\nList-Id: <ietf-announce.ietf.org>\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n--b--".to_vec();
    let home = Home::new(BINARY, &setup(dovecot.port, receiver.port));
    assert!(
        home.run(&["--at", "2025-11-28T08:00:00Z", "run", "--once"])
            .status
            .success()
    );
    let dated = [b"Date: Fri, 28 Nov 2025 10:00:00 +0000\n".to_vec(), broken].concat();
    dovecot.deliver(&[dated]);
    let output = home.run(&["--at", "2025-11-29T00:00:10Z", "run", "--once"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let printed = home.run(&["digest", "2025-11-28", "--format", "json"]);
    let json: serde_json::Value = serde_json::from_slice(&printed.stdout).unwrap();
    assert_eq!(json["notices"].as_array().unwrap().len(), 1, "{json}");
}

#[test]
fn a_full_disk_stops_nothing_half_way_and_is_recovered_from() {
    if !is_root() {
        // A file system of a few pages needs root's mount; the same path is walked by the archive's own tests.
        return;
    }
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let home = Home::new(BINARY, &setup(dovecot.port, receiver.port));
    std::fs::create_dir(home.archive()).unwrap();
    let mount = |options: &[&str]| {
        Command::new("mount")
            .args(options)
            .arg(home.archive())
            .status()
    };
    if !mount(&["-t", "tmpfs", "-o", "size=320k", "none"]).is_ok_and(|status| status.success()) {
        // A container without the right to mount.
        return;
    }
    let unmount = Unmount(home.archive());
    std::fs::set_permissions(home.archive(), std::fs::Permissions::from_mode(0o700)).unwrap();
    let many: Vec<Vec<u8>> = (0..400)
        .map(|number| {
            let (_, bytes) = &model_day()[0];
            let text = String::from_utf8(bytes.clone()).unwrap();
            let noise: String = (0..80)
                .map(|at| format!("{:x}\n", (number * 7919 + at * 104_729) * 2_654_435_761_u64))
                .collect();
            text.replace("requirements-01", &format!("n{number}-01"))
                .replace("Abstract:", &format!("Abstract:\n\n{noise}"))
                .into_bytes()
        })
        .collect();
    dovecot.deliver(&many);
    let output = home.run(&["run", "--once"]);
    assert_eq!(output.status.code(), Some(1));
    let line = said(&output);
    assert!(line.contains("disk of the archive is full"), "{line}");
    assert!(mount(&["-o", "remount,size=64m"]).unwrap().success());
    let output = home.run(&["run", "--once"]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let status = home.run(&["status", "--json"]);
    let text = String::from_utf8_lossy(&status.stdout).into_owned();
    assert!(
        text.contains("\"messages\": 400") || text.contains("\"messages\":400"),
        "{text}"
    );
    drop(unmount);
}

struct Unmount(std::path::PathBuf);

impl Drop for Unmount {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.0).status();
    }
}
