//! A server that in turn refuses, greylists, has no room, falls silent and cuts: the digest arrives, with the same bytes
//! each time, and a second copy only where nobody could know of the first.

use std::time::Duration;

use nikkan::archive::{DeliveryState, OutboxEntry};
use nikkan::outbox::{self, Smtp, SmtpSettings};
use tokio_util::sync::CancellationToken;

use crate::digests_are_handed_in_over_every_protection::sealed;
use crate::lab::scripted_smtp::{ScriptedSmtp, Turn};

#[tokio::test]
async fn the_digest_arrives_in_the_end_and_every_state_has_its_words() {
    use DeliveryState::{Deferred, Sent, Uncertain};
    let turns = [
        (Turn::Refuse, Deferred, "421"),
        (Turn::Greylist, Deferred, "RCPT refused: 451"),
        (Turn::Full, Deferred, "RCPT refused: 452"),
        (Turn::StallAtConnect, Deferred, "did not answer"),
        (
            Turn::StallAfterData { taken: false },
            Uncertain,
            "no answer within 10 min after the mail was sent",
        ),
        (
            Turn::CutBeforeAnswer { taken: false },
            Uncertain,
            "connection lost after the mail was sent",
        ),
        (
            Turn::CutBeforeAnswer { taken: true },
            Uncertain,
            "connection lost after the mail was sent",
        ),
        (Turn::Accept, Sent, ""),
    ];
    let script: Vec<Turn> = turns.iter().map(|(turn, ..)| *turn).collect();
    let mut server = ScriptedSmtp::start(&script);
    let settings: SmtpSettings = toml::from_str(&format!(
        "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\n",
        server.port
    ))
    .unwrap();
    let (archive, clock) = sealed(&["reader"]).await;
    let smtp = Smtp::new(settings);
    let stop = CancellationToken::new();
    for (number, (turn, expected, words)) in turns.into_iter().enumerate() {
        let patience = async {
            if !matches!(turn, Turn::StallAtConnect | Turn::StallAfterData { .. }) {
                std::future::pending::<()>().await;
            }
            // Its silence has begun; now the limits pass, and no real time does.
            server.stalls().await;
            tokio::time::pause();
            loop {
                tokio::time::advance(Duration::from_secs(60)).await;
            }
        };
        tokio::select! {
            done = outbox::deliver_due(&archive, &smtp, &(), &clock, &stop) => drop(done.unwrap()),
            () = patience => {}
        }
        if matches!(turn, Turn::StallAtConnect | Turn::StallAfterData { .. }) {
            tokio::time::resume();
        }
        let day = "2025-11-29".parse().unwrap();
        let open: Option<OutboxEntry> = archive.status(day).await.unwrap().outbox.pop();
        let Some(open) = open else {
            assert_eq!(expected, Sent, "{turn:?}");
            break;
        };
        assert_eq!(open.state, expected, "{turn:?}: {}", open.response);
        assert!(open.response.contains(words), "{turn:?}: {}", open.response);
        assert_eq!(open.attempts as usize, number + 1);
        clock.set(open.next_attempt.unwrap());
    }
    let taken = server.taken();
    assert_eq!(taken.len(), 2, "taken before the cut, and once more");
    assert_eq!(taken[0], taken[1]);
    assert_eq!(archive.next_due().await.unwrap(), None);
}
