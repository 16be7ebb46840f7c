//! A host has several addresses: one that swallows packets and one with a dead machine behind it cost a moment, and not the
//! mailbox or the digest. The built binary sees an /etc/hosts of its own, in which `localhost` is `::1` and `127.0.0.1`.

use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Output};

use tokio::net::{TcpListener, TcpStream};

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::is_root;
use crate::lab::smtp_receiver::SmtpReceiver;

/// A command in a mount namespace of its own, with another file as /etc/hosts.
fn with_hosts(hosts: &Path, command: &Command) -> Command {
    let mut inside = Command::new("unshare");
    if !is_root() {
        inside.arg("--map-root-user");
    }
    inside
        .args(["--mount", "sh", "-c"])
        .arg("mount --bind \"$0\" /etc/hosts && exec \"$@\"")
        .arg(hosts)
        .arg(command.get_program())
        .args(command.get_args());
    inside
}

/// Listens on `[::1]` and this port, and lets no connection through: its queue is full, and the kernel drops what comes.
async fn swallowing(port: u16) -> (socket2::Socket, TcpStream) {
    let domain = socket2::Domain::IPV6;
    let socket = socket2::Socket::new(domain, socket2::Type::STREAM, None).unwrap();
    let address: SocketAddr = format!("[::1]:{port}").parse().unwrap();
    socket.set_only_v6(true).unwrap();
    socket.bind(&address.into()).unwrap();
    socket.listen(0).unwrap();
    let queued = TcpStream::connect(address).await.unwrap();
    (socket, queued)
}

#[tokio::test(flavor = "multi_thread")]
async fn check_passes_over_them_and_names_each_when_all_are_gone() {
    let folder = tempfile::tempdir().unwrap();
    let hosts = folder.path().join("hosts");
    std::fs::write(&hosts, "::1 localhost\n127.0.0.1 localhost\n").unwrap();
    let mut getent = Command::new("getent");
    getent.args(["ahosts", "localhost"]);
    let seen = with_hosts(&hosts, &getent).output();
    let seen = seen.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    if !seen
        .as_ref()
        .is_ok_and(|text| text.starts_with("::1") && text.contains("127.0.0.1"))
    {
        eprintln!("skipped: no mount namespaces or no IPv6 on this machine: {seen:?}");
        return;
    }
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    // Before the mailbox an address that swallows packets, before the other server a machine that accepts and is dead.
    let swallows = swallowing(dovecot.port).await;
    let dead = TcpListener::bind(("::1", receiver.port)).await.unwrap();
    let closing = tokio::spawn(async move { while dead.accept().await.is_ok() {} });
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.mailbox = setup.mailbox.replace("127.0.0.1", "localhost");
    setup.smtp = setup.smtp.replace("127.0.0.1", "localhost");
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let check = |home: Home, hosts: std::path::PathBuf| async move {
        let run = move || (with_hosts(&hosts, &home.command(&["check"])).output(), home);
        let (output, home) = tokio::task::spawn_blocking(run).await.unwrap();
        (output.unwrap(), home)
    };
    let said = |output: &Output| {
        format!(
            "{}{}",
            String::from_utf8_lossy(&output.stdout),
            String::from_utf8_lossy(&output.stderr)
        )
    };
    let (output, home) = check(home, hosts.clone()).await;
    let text = said(&output);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(
        text.contains("trying the next address") && text.contains("address=::1"),
        "{text}"
    );
    let (imap, smtp) = (dovecot.port, receiver.port);
    drop((dovecot, receiver));
    let (output, _home) = check(home, hosts).await;
    let text = said(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    for wanted in [
        format!("cannot connect to localhost:{imap}: no answer within "),
        " s at ::1, Connection refused at 127.0.0.1; check the keys host and port".to_owned(),
        format!("cannot connect to localhost:{smtp}: "),
        " at ::1, Connection refused at 127.0.0.1; check".to_owned(),
    ] {
        assert!(text.contains(&wanted), "no `{wanted}`: {text}");
    }
    closing.abort();
    drop(swallows);
}
