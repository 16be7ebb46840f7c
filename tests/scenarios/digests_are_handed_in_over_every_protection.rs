//! The courier against a real SMTP server: clear text on loopback, STARTTLS and implicit TLS with login; what is
//! refused is refused for that reader alone, and what is uncertain keeps its Message-ID.

use std::path::Path;

use nikkan::archive::{Archive, DeliveryState, MailObject, Recipient, Sealing};
use nikkan::clock::Clock;
use nikkan::endpoint::Tls;
use nikkan::outbox::{self, Round, Smtp, SmtpSettings};
use nikkan::secret::Secret;
use tokio_util::sync::CancellationToken;

use crate::lab::certificates::Authority;
use crate::lab::mail::header;
use crate::lab::smtp_receiver::{PASSWORD, Protection, SmtpReceiver, USER};

fn settings(host: &str, port: u16, tls: Tls, ca: Option<&Path>, login: bool) -> SmtpSettings {
    let mut settings: SmtpSettings = toml::from_str(&format!(
        "host = \"{host}\"\nport = {port}\ntls = \"{tls}\"\n"
    ))
    .unwrap();
    settings.server.ca_file = ca.map(Path::to_owned);
    if login {
        settings.login.username = Some(USER.into());
        settings.login.password = Some(Secret::new(PASSWORD));
    }
    settings
}

/// An archive with one sealed digest for these readers, on a clock that shows the midnight after its day.
pub(crate) async fn sealed(readers: &[&str]) -> (Archive, Clock) {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held("2025-11-29T00:00:00Z".parse().unwrap());
    let message_id = "2025-11-28.daily.nikkan@example.net";
    let sealing = Sealing {
        edition: "daily".into(),
        day: "2025-11-28".parse().unwrap(),
        since: None,
        sealed_at: clock.now(),
        compiled: "{}".into(),
        announcements: Vec::new(),
        mail: Some(MailObject {
            message_id: message_id.into(),
            sender: "nikkan@example.net".into(),
            recipients: readers
                .iter()
                .map(|reader| Recipient::plain(format!("{reader}@example.net")))
                .collect(),
            bytes: format!("Message-ID: <{message_id}>\r\nSubject: x\r\n\r\n.leading dot\r\n")
                .into_bytes(),
        }),
    };
    archive.seal(sealing).await.unwrap();
    (archive, clock)
}

async fn round(archive: &Archive, clock: &Clock, settings: &SmtpSettings) -> Round {
    let smtp = Smtp::new(settings.clone());
    outbox::deliver_due(archive, &smtp, &(), clock, &CancellationToken::new())
        .await
        .unwrap()
}

async fn states(archive: &Archive) -> Vec<(String, DeliveryState, String)> {
    let status = archive.status("2025-11-29".parse().unwrap()).await.unwrap();
    let states = status
        .outbox
        .into_iter()
        .map(|open| (open.recipient, open.state, open.response));
    states.collect()
}

#[tokio::test]
async fn all_three_ways_deliver_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let identity = authority.sign(folder.path(), "localhost", 10);
    for (protection, tls, login) in [
        (Protection::None, Tls::None, false),
        (Protection::Starttls, Tls::Starttls, true),
        (Protection::Implicit, Tls::Implicit, false),
    ] {
        let receiver = SmtpReceiver::start_with(protection, Some(&identity), login);
        let settings = settings("localhost", receiver.port, tls, Some(&ca), login);
        let probe = outbox::probe(&settings).await.unwrap();
        assert_eq!(
            (probe.name.as_str(), probe.logged_in),
            ("receiver.lab", login)
        );
        let (archive, clock) = sealed(&["reader"]).await;
        assert_eq!(
            round(&archive, &clock, &settings).await.delivered,
            1,
            "{:?}",
            states(&archive).await
        );
        let received = receiver.wait_for(1);
        assert_eq!(
            header(&received[0].bytes, "Message-ID"),
            "<2025-11-28.daily.nikkan@example.net>"
        );
        let text = String::from_utf8_lossy(&received[0].bytes);
        assert!(text.contains("\r\n.leading dot\r\n"), "{text}");
        // Sent is sent.
        assert_eq!(round(&archive, &clock, &settings).await, Round::default());
    }
}

#[tokio::test]
async fn a_certificate_or_password_that_is_wrong_defers_and_says_what_to_change() {
    let folder = tempfile::tempdir().unwrap();
    let authority = Authority::new();
    let ca = folder.path().join("ca.pem");
    authority.write(&ca);
    let identity = authority.sign(folder.path(), "localhost", 10);
    let receiver = SmtpReceiver::start_with(Protection::Starttls, Some(&identity), true);
    let (archive, clock) = sealed(&["reader"]).await;
    let unknown = settings("localhost", receiver.port, Tls::Starttls, None, true);
    assert_eq!(round(&archive, &clock, &unknown).await.postponed, 1);
    let (_, state, said) = states(&archive).await.remove(0);
    assert_eq!(state, DeliveryState::Deferred);
    assert!(said.contains("ca_file"), "{said}");
    let mut wrong = settings("localhost", receiver.port, Tls::Starttls, Some(&ca), true);
    wrong.login.password = Some(Secret::new("wrong"));
    let error = outbox::probe(&wrong).await.unwrap_err().to_string();
    assert!(
        error.contains("refused the login of `sender`: 535"),
        "{error}"
    );
    assert!(
        error.contains("[smtp]") && !error.contains("wrong"),
        "{error}"
    );
    assert!(receiver.received().is_empty());
}

#[tokio::test]
async fn one_bad_address_neither_stops_the_others_nor_makes_them_get_it_twice() {
    let receiver = SmtpReceiver::start();
    let settings = settings("127.0.0.1", receiver.port, Tls::None, None, false);
    let (archive, clock) = sealed(&["refused", "full", "grey", "good"]).await;
    let first = round(&archive, &clock, &settings).await;
    assert_eq!((first.delivered, first.postponed, first.failed), (1, 2, 1));
    for (reader, state, said) in states(&archive).await {
        let expected = if reader.starts_with("refused") {
            DeliveryState::Failed
        } else {
            DeliveryState::Deferred
        };
        assert_eq!(state, expected, "{reader}: {said}");
        assert!(
            said.starts_with("RCPT refused: 55") || said.starts_with("RCPT refused: 45"),
            "{said}"
        );
    }
    clock.set("2025-11-29T00:05:00Z".parse().unwrap());
    let second = round(&archive, &clock, &settings).await;
    assert_eq!(
        (second.delivered, second.postponed, second.failed),
        (1, 1, 0)
    );
    let got: Vec<String> = receiver
        .received()
        .into_iter()
        .flat_map(|mail| mail.recipients)
        .collect();
    assert_eq!(got, ["good@example.net", "grey@example.net"]);
}

#[tokio::test]
async fn an_unknown_outcome_is_tried_again_with_the_same_bytes_and_message_id() {
    let receiver = SmtpReceiver::start();
    let settings = settings("127.0.0.1", receiver.port, Tls::None, None, false);
    let (archive, clock) = sealed(&["cut"]).await;
    assert_eq!(round(&archive, &clock, &settings).await.postponed, 1);
    let (_, state, said) = states(&archive).await.remove(0);
    assert_eq!(state, DeliveryState::Uncertain, "{said}");
    clock.set("2025-11-29T00:05:00Z".parse().unwrap());
    assert_eq!(round(&archive, &clock, &settings).await.delivered, 1);
    let received = receiver.received();
    assert_eq!(
        received.len(),
        2,
        "the server kept it both times, which it can see by the Message-ID"
    );
    assert_eq!(received[0].bytes, received[1].bytes);
}

#[tokio::test]
async fn a_server_that_is_away_is_tried_for_five_days() {
    let settings = settings("127.0.0.1", 1, Tls::None, None, false);
    let (archive, clock) = sealed(&["reader"]).await;
    let mut attempts = 0;
    while let Some(next) = archive.next_due().await.unwrap() {
        clock.set(next.max(clock.now()));
        round(&archive, &clock, &settings).await;
        attempts += 1;
    }
    let (_, state, said) = states(&archive).await.remove(0);
    assert_eq!(state, DeliveryState::Failed);
    assert!(
        said.starts_with("given up after 5 days: cannot connect"),
        "{said}"
    );
    assert!((30..50).contains(&attempts), "{attempts} attempts");
}
