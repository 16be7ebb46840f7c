//! Dialogues with a server that answers as it is told: every class of reply at every step, in forms that real servers
//! send, cut at every byte, of one mail and of several on a session.

mod dialogues;
mod document;
mod script;
mod silence;

use std::sync::Arc;

use tokio::net::TcpListener;

use super::{Outcome, Smtp, Submission, Transport};
use script::{MAIL, Play, STEPS, accept, play};

#[tokio::test]
async fn a_login_that_is_refused_is_asked_once_a_round_for_all_readers() {
    for others in [0, 1, 9] {
        let mut ten = Play::at("EHLO", b"250-mail.example\r\n250 AUTH PLAIN\r\n")
            .and("AUTH", b"535 5.7.8 bad credentials\r\n")
            .with_keys("username = \"reader\"\npassword = \"secret\"")
            .for_readers(10);
        ten.others = others;
        let (outcomes, noticed) = play(ten).await;
        let need_a_hand = |outcome: &Outcome| matches!(outcome, Outcome::NeedsHand(_));
        assert!(outcomes.iter().all(need_a_hand), "{outcomes:?}");
        assert_eq!(noticed.connections, 1);
        assert_eq!(
            noticed.heard.matches("AUTH PLAIN").count(),
            1,
            "{}",
            noticed.heard
        );
    }
}

#[tokio::test]
async fn a_server_that_is_back_and_another_password_are_seen() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    drop(listener);
    let folder = tempfile::tempdir().unwrap();
    let password = folder.path().join("password");
    std::fs::write(&password, "wrong\n").unwrap();
    let keys = format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nusername = \"reader\"\npassword_file = {password:?}\n"
    );
    let smtp = Smtp::new(toml::from_str(&keys).unwrap());
    let submit = async || {
        let mail = Submission {
            sender: "a@example.net",
            recipient: "b@example.net",
            own: b"To: somebody\r\n",
            bytes: MAIL,
        };
        let outcome = smtp.submit(mail).await;
        smtp.rest().await;
        outcome
    };
    let outcome = submit().await;
    assert!(matches!(outcome, Outcome::Deferred(_)), "{outcome:?}");
    assert!(!smtp.refuses_us());

    let server = TcpListener::bind(("127.0.0.1", port)).await.unwrap();
    let script = [
        ("EHLO", "250-mail.example\r\n250 AUTH PLAIN\r\n"),
        ("AUTH/1", "535 5.7.8 bad credentials\r\n"),
        ("AUTH", "235 ok\r\n"),
    ];
    let script = script.map(|(step, reply)| (step.to_owned(), reply.into()));
    let _server = tokio::spawn(accept(server, script.into(), Arc::default()));
    smtp.look_again();
    smtp.mended().await;
    let outcome = submit().await;
    assert!(matches!(outcome, Outcome::NeedsHand(_)), "{outcome:?}");
    assert!(smtp.refuses_us());

    std::fs::write(&password, "right\n").unwrap();
    smtp.mended().await;
    let outcome = submit().await;
    assert!(matches!(outcome, Outcome::Delivered(_)), "{outcome:?}");
    assert!(!smtp.refuses_us());
    smtp.connected().await;
}

/// The forms of a reply: its code with text as servers send it.
fn forms(code: &str) -> Vec<Vec<u8>> {
    let with = |text: &[u8]| [code.as_bytes(), text, b"\r\n"].concat();
    vec![
        with(b" plain words"),
        with(b""),
        with(b" "),
        with(b" \xd3\xca\xbc\xfe\xd2\xd1\xbd\xd3\xca\xd5"),
        with(b" utilisateur d\xe9sol\xe9"),
        with(format!(" {}", "x".repeat(5000)).as_bytes()),
        format!("{code}-one\r\n{code}-two\r\n{code} three\r\n").into_bytes(),
        format!("{code}-one\r\n{code}\r\n").into_bytes(),
        format!("\r\n{code} after a blank line\r\n").into_bytes(),
        format!("\u{feff}{code} after a byte order mark\r\n").into_bytes(),
        format!("{code} bare\n").into_bytes(),
        format!("{code} \x1b[31mred\x07\0\r\n").into_bytes(),
    ]
}
