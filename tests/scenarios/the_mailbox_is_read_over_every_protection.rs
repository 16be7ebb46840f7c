//! Plain, STARTTLS and implicit TLS work with a private authority; what cannot be trusted is refused in words that
//! say what to change.

use nikkan::endpoint::Tls;
use nikkan::mailbox::{self, MailboxSettings};

use crate::lab::certificates::Authority;
use crate::lab::dovecot::{Dovecot, PASSWORD, USER};

fn settings(host: &str, port: u16, tls: Tls, ca: Option<&std::path::Path>) -> MailboxSettings {
    let ca = ca.map_or(String::new(), |path| format!("ca_file = {path:?}\n"));
    toml::from_str(&format!(
        "host = \"{host}\"\nport = {port}\ntls = \"{tls}\"\nusername = \"{USER}\"\npassword = \"{PASSWORD}\"\n{ca}"
    ))
    .unwrap()
}

async fn refused(settings: &MailboxSettings) -> String {
    mailbox::probe(settings).await.unwrap_err().to_string()
}

#[tokio::test]
async fn clear_text_works_on_loopback_and_shows_what_is_offered() {
    let dovecot = Dovecot::start();
    dovecot.deliver(&[b"Subject: x\n\nbody\n".to_vec()]);
    let probe = mailbox::probe(&settings("127.0.0.1", dovecot.port, Tls::None, None))
        .await
        .unwrap();
    assert!(probe.capabilities.contains(&"IDLE".to_owned()));
    assert_eq!(
        (probe.folders[0].name.as_str(), probe.folders[0].messages),
        ("INBOX", 1)
    );
}

#[tokio::test]
async fn tls_works_both_ways_with_a_private_authority_and_not_without() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let dovecot = Dovecot::start_with(Some(&authority.sign(folder.path(), "localhost", 10)));
    for (port, tls) in [
        (dovecot.tls_port, Tls::Implicit),
        (dovecot.port, Tls::Starttls),
    ] {
        mailbox::probe(&settings("localhost", port, tls, Some(&ca)))
            .await
            .unwrap();
        let error = refused(&settings("localhost", port, tls, None)).await;
        assert!(error.contains("name it as ca_file"), "{error}");
        let other = folder.path().join("other.pem");
        Authority::new().write(&other);
        let error = refused(&settings("localhost", port, tls, Some(&other))).await;
        assert!(error.contains("ca_file"), "{error}");
    }
    let error = refused(&settings(
        "localhost",
        dovecot.port,
        Tls::Implicit,
        Some(&ca),
    ))
    .await;
    assert!(error.contains("starttls"), "{error}");
}

#[tokio::test]
async fn a_certificate_for_another_host_or_of_yesterday_is_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let elsewhere = Dovecot::start_with(Some(&authority.sign(folder.path(), "mail.example", 10)));
    let error = refused(&settings(
        "localhost",
        elsewhere.tls_port,
        Tls::Implicit,
        Some(&ca),
    ))
    .await;
    assert!(
        error.contains("its certificate is not for `localhost`"),
        "{error}"
    );
    let expired = Dovecot::start_with(Some(&authority.sign(folder.path(), "localhost", -1)));
    let error = refused(&settings(
        "localhost",
        expired.tls_port,
        Tls::Implicit,
        Some(&ca),
    ))
    .await;
    assert!(error.contains("its certificate has expired"), "{error}");
}

#[tokio::test]
async fn a_wrong_password_folder_or_port_is_told_with_its_key() {
    let dovecot = Dovecot::start();
    let mut wrong = settings("127.0.0.1", dovecot.port, Tls::None, None);
    wrong.login.password = Some(nikkan::secret::Secret::new("wrong"));
    let error = refused(&wrong).await;
    assert!(error.contains("refused the login of `reader`"), "{error}");
    assert!(
        error.contains("check the keys username and password in [mailbox]")
            && !error.contains("wrong\""),
        "{error}"
    );
    let mut lost = settings("127.0.0.1", dovecot.port, Tls::None, None);
    lost.folders = vec!["Lists/IETF".into()];
    let error = refused(&lost).await;
    assert!(
        error.contains("cannot open the folder `Lists/IETF`"),
        "{error}"
    );
    assert!(error.contains("folders there: INBOX"), "{error}");
    let error = refused(&settings("127.0.0.1", 1, Tls::None, None)).await;
    assert!(error.contains("check the keys host and port"), "{error}");
    let error = refused(&settings("no-such-host.invalid", 143, Tls::Starttls, None)).await;
    assert!(error.contains("check the key host"), "{error}");
}
