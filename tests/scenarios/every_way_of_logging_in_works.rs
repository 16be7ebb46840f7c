//! Passwords of any letters by PLAIN and LOGIN, tokens by XOAUTH2 and OAUTHBEARER against Dovecot's own oauth2 driver;
//! a token is asked for anew at each login.

use std::path::Path;

use nikkan::mailbox::{self, MailboxSettings};

use crate::lab::dovecot::{Dovecot, USER};
use crate::lab::scripted_imap::ScriptedImap;
use crate::lab::tokens::{CONFIGURATION, KEY, token, write_key};
use crate::lab::watched::Watched;
use crate::lab::{announcements, wait_for};

fn settings(port: u16, keys: &str) -> MailboxSettings {
    toml::from_str(&format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nusername = \"{USER}\"\n{keys}"
    ))
    .unwrap()
}

fn with_tokens() -> Dovecot {
    Dovecot::start_configured(None, "unused", CONFIGURATION, write_key)
}

/// Keys for a command that prints what is in a file, and notes that it ran.
fn from_file(auth: &str, folder: &Path) -> String {
    let at = folder.display();
    format!(
        "auth = \"{auth}\"\ntoken_command = [\"sh\", \"-c\", \"echo ran >> {at}/runs; cat {at}/token\"]\n"
    )
}

#[tokio::test]
async fn a_signed_token_is_taken_by_both_mechanisms() {
    let (dovecot, folder) = (with_tokens(), tempfile::tempdir().unwrap());
    std::fs::write(folder.path().join("token"), token(USER, 3600, KEY)).unwrap();
    for auth in ["xoauth2", "oauthbearer"] {
        let probe = mailbox::probe(&settings(dovecot.port, &from_file(auth, folder.path()))).await;
        let probe = probe.unwrap_or_else(|error| panic!("{auth}: {error}\n{}", dovecot.log()));
        assert_eq!(probe.folders[0].name, "INBOX");
    }
}

#[tokio::test]
async fn an_expired_or_foreign_token_is_refused_with_the_keys_to_look_at() {
    let (dovecot, folder) = (with_tokens(), tempfile::tempdir().unwrap());
    for (what, bad) in [
        ("expired", token(USER, -10, KEY)),
        ("signed by another", token(USER, 3600, b"another key")),
        ("no token", "nonsense".to_owned()),
    ] {
        std::fs::write(folder.path().join("token"), &bad).unwrap();
        for auth in ["xoauth2", "oauthbearer"] {
            let keys = from_file(auth, folder.path());
            let error = mailbox::probe(&settings(dovecot.port, &keys))
                .await
                .unwrap_err();
            let said = error.to_string();
            assert!(error.is_credentials(), "{what}, {auth}: {said}");
            assert!(
                said.contains("check the keys username and token_command"),
                "{said}"
            );
            assert!(!said.contains(&bad), "the token is in the error: {said}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_outlasts_its_token_and_the_next_login_asks_for_another() {
    let (mut dovecot, folder) = (with_tokens(), tempfile::tempdir().unwrap());
    let mails = announcements(3);
    let (path, runs) = (folder.path().join("token"), folder.path().join("runs"));
    let count = || {
        std::fs::read_to_string(&runs)
            .unwrap_or_default()
            .lines()
            .count()
    };
    dovecot.fill(&mails[..1]);
    let first = token(USER, 5, KEY);
    std::fs::write(&path, &first).unwrap();
    let keys = from_file("xoauth2", folder.path());
    let watched = Watched::start(dovecot.port, &keys, &folder.path().join("archive"));
    watched.waits().await;
    assert_eq!(count(), 1);
    // Past its time, new logins with it are refused; the session that it opened lives on.
    wait_for("the token to expire", || {
        let inner = settings(dovecot.port, &keys);
        let refused = tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(mailbox::probe(&inner))
        });
        refused.err().filter(mailbox::ImapError::is_credentials)
    });
    let before = count();
    dovecot.add(&mails[1]);
    assert!(watched.holds(2).await.is_some());
    assert_eq!(count(), before, "no new login was needed");
    dovecot.stop();
    std::fs::write(&path, token(USER, 3600, KEY)).unwrap();
    dovecot.restart();
    dovecot.add(&mails[2]);
    assert!(watched.holds(3).await.is_some(), "{}", dovecot.log());
    assert!(count() > before);
    assert_eq!(watched.end().await, None);
}

#[tokio::test]
async fn a_password_may_hold_any_letters() {
    for password in [
        "pässwörd 日刊 €",
        "quote \" back \\ slash {3}",
        "%d \u{1f4ec}",
    ] {
        for mechanisms in ["plain", "login", "plain login"] {
            let more = format!("auth_mechanisms = {mechanisms}\n");
            let dovecot = Dovecot::start_configured(None, password, &more, |_| {});
            let mut settings = settings(dovecot.port, "");
            settings.login.password = Some(nikkan::secret::Secret::new(password));
            let probe = mailbox::probe(&settings).await;
            assert!(
                probe.is_ok(),
                "{password:?} by {mechanisms}: {probe:?}\n{}",
                dovecot.log()
            );
        }
    }
}

#[tokio::test]
async fn where_no_mechanism_is_offered_the_command_login_carries_the_password() {
    const ODD: &str = "p\u{e4}\"\u{df}\\\u{65e5}\u{520a}";
    let server = ScriptedImap::start().await;
    server.model().offered = ["IMAP4rev1".into(), "IMAP4rev1 IDLE".into()];
    server.model().password = ODD.into();
    let mut settings = settings(server.port, "");
    settings.login.password = Some(nikkan::secret::Secret::new(ODD));
    mailbox::probe(&settings).await.unwrap();
    let commands = server.model().commands.clone();
    assert!(commands[1].starts_with("LOGIN "), "{commands:?}");
    settings.login.password = Some(nikkan::secret::Secret::new("another"));
    assert!(
        mailbox::probe(&settings)
            .await
            .unwrap_err()
            .is_credentials()
    );
}
