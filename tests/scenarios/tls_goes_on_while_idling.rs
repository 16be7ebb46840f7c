//! What a server does to a TLS session that has been there for long: new keys, a new handshake, session tickets. OpenSSL's
//! own server does them when it is told to.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nikkan::endpoint::{ConnectError, Reached, ServerKeys, Stream};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};

use crate::lab::certificates::Authority;
use crate::lab::{GENEROUS, Group, free_port, wait_for};

const LIMIT: Duration = Duration::from_secs(20);

/// Types a line into the server: a command of its own, or words for the client.
fn types(server: &mut Child, line: &str) {
    let input = server.stdin.as_mut().unwrap();
    input.write_all(format!("{line}\n").as_bytes()).unwrap();
    input.flush().unwrap();
}

async fn hears(stream: &mut BufReader<Stream>, words: &str) {
    let mut line = String::new();
    let read = tokio::time::timeout(GENEROUS, stream.read_line(&mut line));
    read.await.unwrap().unwrap();
    assert_eq!(line.trim_end(), words);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_keys_and_new_handshakes_are_taken() {
    if let Err(why) = Command::new("openssl").arg("version").output() {
        eprintln!("skipped: no program openssl: {why}");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca_file = folder.path().join("ca.pem");
    authority.write(&ca_file);
    let identity = authority.sign(folder.path(), "localhost", 10);
    // K: new keys for both sides; k: for the server's; r: a new handshake. Each TLS 1.3 handshake ends with two tickets.
    for (version, commands) in [("-tls1_3", &["K", "k", "K"][..]), ("-tls1_2", &["r", "r"])] {
        let port = free_port();
        let mut command = Command::new("openssl");
        command
            .args(["s_server", version, "-accept"])
            .arg(format!("127.0.0.1:{port}"))
            .arg("-cert")
            .arg(&identity.certificate)
            .arg("-key")
            .arg(&identity.key)
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut server = Group::start(&mut command);
        wait_for("openssl s_server", || {
            let listening = std::fs::read_to_string("/proc/net/tcp").unwrap();
            listening
                .contains(&format!("0100007F:{port:04X} 00000000:0000 0A"))
                .then_some(())
        });
        let keys = format!("host = \"localhost\"\nport = {port}\nca_file = {ca_file:?}");
        let keys: ServerKeys = toml::from_str(&keys).unwrap();
        let protect = |here: Reached, tcp| async move { here.protect(tcp, LIMIT).await };
        let endpoint = keys.endpoint(1, 1);
        let opened = endpoint.open(LIMIT, protect, |_: &ConnectError| None);
        let mut stream = BufReader::new(opened.await.unwrap());
        types(&mut server.0, "at first");
        hears(&mut stream, "at first").await;
        for command in commands {
            types(&mut server.0, command);
            // The client must answer what comes while it only waits.
            let mut line = String::new();
            let idle =
                tokio::time::timeout(Duration::from_millis(300), stream.read_line(&mut line));
            assert!(idle.await.is_err(), "{line}");
            types(&mut server.0, "and then");
            hears(&mut stream, "and then").await;
            stream.write_all(b"DONE\r\n").await.unwrap();
        }
    }
}
