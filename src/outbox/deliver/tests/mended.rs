//! What holds the outbox up, and goes.

use super::*;

/// A server that refuses the login until the password is mended.
#[derive(Default)]
struct Refusing {
    mended: Notify,
    takes: AtomicUsize,
    logins: AtomicUsize,
}

impl Transport for Refusing {
    async fn submit(&self, _mail: Submission<'_>) -> Outcome {
        self.logins.fetch_add(1, Ordering::SeqCst);
        match self.takes.load(Ordering::SeqCst) {
            0 => Outcome::NeedsHand("535 bad credentials".into()),
            _ => Outcome::Delivered("250 ok".into()),
        }
    }

    fn refuses_us(&self) -> bool {
        self.takes.load(Ordering::SeqCst) == 0
    }

    async fn mended(&self) {
        self.mended.notified().await;
        self.takes.fetch_add(1, Ordering::SeqCst);
    }
}

#[tokio::test(start_paused = true)]
async fn what_is_deferred_is_tried_at_once_at_a_start_and_when_its_cause_has_gone() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T00:00:00Z"));
    seal_for(&archive, 3, clock.now()).await;
    let server = Refusing::default();
    let stop = CancellationToken::new();
    let round = deliver_due(&archive, &server, &(), &clock, &stop).await;
    assert_eq!(round.unwrap().postponed, 3);
    assert!(archive.next_due().await.unwrap() > Some(clock.now()));

    let delivering = run(
        archive.clone(),
        &server,
        (),
        clock.clone(),
        Arc::default(),
        stop.clone(),
        CancellationToken::new(),
    );
    let logins = || server.logins.load(Ordering::SeqCst);
    let watching = async {
        // Of the start.
        while logins() < 6 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        // The clock stands, and so no attempt is due.
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(logins(), 6);
        server.mended.notify_one();
        while logins() < 9 {
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(delivering, watching);
    ended.unwrap();
    assert_eq!((logins(), archive.next_due().await.unwrap()), (9, None));
}

#[tokio::test]
async fn who_comes_later_waits_with_those_whose_login_was_refused() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T00:00:00Z"));
    seal_for(&archive, 3, clock.now()).await;
    let (server, stop) = (Refusing::default(), CancellationToken::new());
    let mut rounds = 0;
    // Ten hours in which the login is refused; a command comes in the midst of them.
    while clock.now() < at("2025-11-28T10:00:00Z") {
        rounds += 1;
        if rounds == 5 {
            ask(&archive, clock.now()).await;
        } else {
            clock.set(archive.next_due().await.unwrap().unwrap());
        }
        let round = deliver_due(&archive, &server, &(), &clock, &stop).await;
        assert_eq!(round.unwrap().delivered, 0);
    }
    // At 0, 1, 6, 21, 51 minutes, 1:51, 3:51, 7:51, 11:51 for the digest, and once when the command came.
    assert!(rounds <= 10, "{rounds}");
}

#[tokio::test(start_paused = true)]
async fn a_reload_while_the_disk_is_full_loses_no_answer() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    seal_for(&archive, 3, clock.now()).await;
    let mut server = Scripted::new(vec![Outcome::Delivered("250 ok".into())]);
    server.fills_up = Some(archive.clone());
    let (reload, shutdown) = (CancellationToken::new(), CancellationToken::new());
    let delivering = run(
        archive.clone(),
        &server,
        (),
        clock.clone(),
        Arc::default(),
        reload.clone(),
        shutdown,
    );
    let space_returns = async {
        server.is_full.notified().await;
        reload.cancel();
        tokio::time::sleep(NO_SPACE * 3 + NO_SPACE / 2).await;
        archive.refuse_writes(false).await;
    };
    let (ended, ()) = tokio::join!(delivering, space_returns);
    ended.unwrap();
    assert_eq!(server.asked(), ["0@example.net"]);
    // The next round has the others, untouched.
    let left = archive.due_deliveries(clock.now()).await.unwrap();
    let left: Vec<_> = left
        .iter()
        .map(|one| (one.recipient.as_str(), one.attempts))
        .collect();
    assert_eq!(left, [("1@example.net", 0), ("2@example.net", 0)]);
    assert_eq!(archive.recover_interrupted(clock.now()).await.unwrap(), 0);
}
