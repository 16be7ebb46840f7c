//! XOAUTH2 and OAUTHBEARER at a real submission server: the token is asked for anew for each mail, one that is refused is
//! told with the server's words, and no token stands in a log.

use std::path::Path;

use nikkan::outbox::{self, SmtpSettings};

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::smtp_receiver::{SmtpReceiver, USER};

const GOOD: &str = "ya29.the-good-token";
const STALE: &str = "ya29.a-stale-token";

/// The keys of a login with what is in `folder/token`, by a command that notes that it ran.
fn keys(auth: &str, port: u16, folder: &Path) -> String {
    let at = folder.display();
    format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\nusername = \"{USER}\"\nauth = \"{auth}\"\n\
         token_command = [\"sh\", \"-c\", \"echo ran >> {at}/runs; cat {at}/token\"]\n"
    )
}

fn runs(folder: &Path) -> usize {
    let text = std::fs::read_to_string(folder.join("runs")).unwrap_or_default();
    text.lines().count()
}

#[tokio::test]
async fn a_good_token_logs_in_and_a_stale_one_is_told_with_the_servers_words() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good"), GOOD).unwrap();
    let receiver = SmtpReceiver::with_tokens(&folder.path().join("good"));
    for auth in ["xoauth2", "oauthbearer"] {
        let settings: SmtpSettings =
            toml::from_str(&keys(auth, receiver.port, folder.path())).unwrap();
        std::fs::write(
            folder.path().join("token"),
            format!("{GOOD}\nvalid for an hour\n"),
        )
        .unwrap();
        let probe = outbox::probe(&settings).await.unwrap();
        assert!(probe.logged_in);
        std::fs::write(folder.path().join("token"), STALE).unwrap();
        let said = outbox::probe(&settings).await.unwrap_err().to_string();
        assert!(
            said.contains("refused the login of `sender`: 535 5.7.8 the token is not good; check the keys username and token_command in [smtp]"),
            "{said}"
        );
        assert!(!said.contains(STALE), "{said}");
    }
    assert_eq!(runs(folder.path()), 4);
    // A password is not what this server takes.
    let password =
        "host = \"127.0.0.1\"\nusername = \"sender\"\npassword = \"x\"\ntls = \"none\"\n";
    let settings: SmtpSettings =
        toml::from_str(&format!("{password}port = {}\n", receiver.port)).unwrap();
    let said = outbox::probe(&settings).await.unwrap_err().to_string();
    assert!(
        said.contains("AUTH XOAUTH2") && said.contains("check the key auth"),
        "{said}"
    );
}

#[test]
fn a_stale_token_defers_the_digest_a_new_one_delivers_it_and_no_log_has_either() {
    let dovecot = Dovecot::start();
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("good"), GOOD).unwrap();
    std::fs::write(folder.path().join("token"), STALE).unwrap();
    let receiver = SmtpReceiver::with_tokens(&folder.path().join("good"));
    let mut setup = Setup::plain(dovecot.port, receiver.port);
    setup.smtp = keys("xoauth2", receiver.port, folder.path());
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let once = |at: &str| {
        let mut command = home.command(&["--at", at, "run", "--once"]);
        let output = command.env("RUST_LOG", "trace").output().unwrap();
        let log = String::from_utf8_lossy(&output.stderr).into_owned();
        for token in [GOOD, STALE, "dXNlcj1z"] {
            assert!(!log.contains(token), "{token} stands in the log:\n{log}");
        }
        log
    };
    once("2025-11-28T08:00:00Z");
    let log = once("2025-11-29T00:00:10Z");
    assert!(log.contains("535 5.7.8"), "{log}");
    assert!(receiver.received().is_empty());
    let before = runs(folder.path());
    std::fs::write(folder.path().join("token"), GOOD).unwrap();
    let log = once("2025-11-29T01:00:00Z");
    assert_eq!(receiver.received().len(), 1, "{log}");
    assert!(runs(folder.path()) > before);
}
