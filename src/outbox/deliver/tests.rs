mod mended;

use std::sync::Mutex;

use super::*;
use crate::archive::{
    AttemptMark, MailObject, Recipient, Sealing, SubscriptionAction, SubscriptionState,
};
use crate::outbox::attempt::time_in_words;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

const FIVE_DAYS: Duration = Duration::from_secs(5 * 24 * 60 * 60);

#[test]
fn a_refusal_is_final_and_a_deferral_has_a_next_attempt() {
    let next = Some(at("2025-11-29T00:01:02Z"));
    let refused = judge(Outcome::Refused("550 no".into()), next, FIVE_DAYS);
    assert_eq!(refused.state, DeliveryState::Failed);
    assert_eq!(
        (refused.response.as_str(), refused.next_attempt),
        ("550 no", None)
    );
    assert_eq!(refused.mark, AttemptMark::Refused);
    for (outcome, mark) in [
        (Outcome::Deferred("451".into()), AttemptMark::None),
        (Outcome::Throttled("421".into()), AttemptMark::None),
        (Outcome::NeedsHand("530".into()), AttemptMark::NeedsHand),
    ] {
        let deferred = judge(outcome, next, FIVE_DAYS);
        assert_eq!(deferred.state, DeliveryState::Deferred);
        assert_eq!((deferred.next_attempt, deferred.mark), (next, mark));
    }
}

#[test]
fn an_unknown_outcome_stays_uncertain_until_it_expires() {
    let lost = || Outcome::Uncertain("cut after DATA".into());
    let next = Some(at("2025-11-29T00:01:02Z"));
    assert_eq!(
        judge(lost(), next, FIVE_DAYS).state,
        DeliveryState::Uncertain
    );
    let expired = judge(lost(), None, FIVE_DAYS);
    assert_eq!(
        (expired.state, expired.next_attempt),
        (DeliveryState::Failed, None)
    );
    assert_eq!(expired.response, "given up after 5 days: cut after DATA");
    for (minutes, words) in [(60, "1 hour"), (36 * 60, "36 hours"), (90, "90 minutes")] {
        assert_eq!(time_in_words(Duration::from_secs(minutes * 60)), words);
    }
}

/// A server that answers in turn, and remembers whom it was asked for.
struct Scripted {
    answers: Mutex<Vec<Outcome>>,
    asked: Mutex<Vec<String>>,
    /// An archive whose disk is full from the moment at which the server answers.
    fills_up: Option<Archive>,
    is_full: Notify,
    turns: AtomicUsize,
}

impl Scripted {
    fn new(mut answers: Vec<Outcome>) -> Self {
        answers.reverse();
        Scripted {
            answers: Mutex::new(answers),
            asked: Mutex::default(),
            fills_up: None,
            is_full: Notify::new(),
            turns: AtomicUsize::new(0),
        }
    }

    fn asked(&self) -> Vec<String> {
        std::mem::take(&mut self.asked.lock().unwrap())
    }
}

impl Transport for Scripted {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let recipient = mail.recipient;
        self.asked.lock().unwrap().push(recipient.into());
        if let Some(archive) = &self.fills_up {
            archive.refuse_writes(true).await;
            self.is_full.notify_one();
        }
        self.answers.lock().unwrap().pop().unwrap()
    }

    fn turns(&self) {
        self.turns.fetch_add(1, Ordering::Relaxed);
    }
}

fn mail(about: &str, recipient: &str) -> MailObject {
    MailObject {
        message_id: format!("{about}.nikkan@mail.example"),
        sender: "Reader@mail.example".into(),
        recipients: vec![Recipient::plain(recipient)],
        bytes: b"Subject: x\r\n\r\n".to_vec(),
    }
}

async fn ask(archive: &Archive, now: Timestamp) {
    let request = mail("rfc-dist.join-1", "rfc-dist-join@rfc-editor.org");
    let asked = archive.request_subscription("rfc-dist", SubscriptionAction::Join, request, now);
    asked.await.unwrap();
}

async fn seal(archive: &Archive, now: Timestamp) {
    let sealing = Sealing {
        edition: "daily".into(),
        day: "2025-11-27".parse().unwrap(),
        since: None,
        sealed_at: now,
        compiled: "{}".into(),
        announcements: Vec::new(),
        mail: Some(mail("2025-11-27.daily", "reader@example.net")),
    };
    archive.seal(sealing).await.unwrap();
}

async fn deliver(archive: &Archive, server: &Scripted, clock: &Clock) -> Round {
    let stop = CancellationToken::new();
    let round = deliver_due(archive, server, &(), clock, &stop);
    round.await.unwrap()
}

#[tokio::test]
async fn a_command_is_tried_until_it_is_taken_and_then_never_again() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    let later = Clock::held(at("2025-11-28T12:30:00Z"));
    ask(&archive, clock.now()).await;
    let server = Scripted::new(vec![
        Outcome::Deferred("451 later".into()),
        Outcome::Delivered("250 ok".into()),
    ]);
    assert_eq!(deliver(&archive, &server, &clock).await.postponed, 1);
    // Not at once again.
    assert_eq!(deliver(&archive, &server, &clock).await, Round::default());
    assert_eq!(deliver(&archive, &server, &later).await.delivered, 1);
    assert_eq!(deliver(&archive, &server, &later).await, Round::default());
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].state, SubscriptionState::Asked);
    assert_eq!(found[0].response, "250 ok");
    assert_eq!(found[0].address, "reader@mail.example");
}

#[tokio::test]
async fn a_command_that_a_crash_cut_off_is_tried_again_and_a_refusal_is_shown() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    ask(&archive, clock.now()).await;
    let due = archive.due_deliveries(clock.now()).await.unwrap();
    let begun = archive.begin_attempt(due[0].id, clock.now()).await;
    assert!(begun.unwrap());
    let server = Scripted::new(vec![Outcome::Refused("550 no".into())]);
    assert_eq!(deliver(&archive, &server, &clock).await, Round::default());
    archive.recover_interrupted(clock.now()).await.unwrap();
    assert_eq!(deliver(&archive, &server, &clock).await.failed, 1);
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].state, SubscriptionState::Refused);
    assert_eq!(found[0].response, "550 no");
}

/// Delivers what is due to a server whose answer comes when the disk has just become full; there is space again after a
/// while.
async fn deliver_while_the_disk_fills_up(archive: &Archive, clock: &Clock) -> Vec<String> {
    let mut server = Scripted::new(vec![Outcome::Delivered("250 ok".into())]);
    server.fills_up = Some(archive.clone());
    let space_returns = async {
        server.is_full.notified().await;
        tokio::time::sleep(NO_SPACE * 3 + NO_SPACE / 2).await;
        archive.refuse_writes(false).await;
    };
    let (round, ()) = tokio::join!(deliver(archive, &server, clock), space_returns);
    assert_eq!((round.delivered, round.failed), (1, 0));
    // Or the watchdog ends the process with the answer in hand.
    assert!(server.turns.load(Ordering::Relaxed) > 0);
    // The next start has nothing to make good, and the next round nothing to send.
    assert_eq!(archive.recover_interrupted(clock.now()).await.unwrap(), 0);
    assert_eq!(deliver(archive, &server, clock).await, Round::default());
    server.asked()
}

#[tokio::test(start_paused = true)]
async fn a_mail_of_any_kind_is_sent_once_though_the_disk_is_full_when_the_server_has_taken_it() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    let now = clock.now();

    seal(&archive, now).await;
    let asked = deliver_while_the_disk_fills_up(&archive, &clock).await;
    assert_eq!(asked, ["reader@example.net"], "a digest");

    let (day, resend) = (
        "2025-11-27".parse().unwrap(),
        mail("resend", "b@example.net"),
    );
    let queued = archive.ask_again("daily", day, resend, now).await;
    assert!(queued.unwrap().is_some());
    let refused = Scripted::new(vec![Outcome::Refused("550 no".into())]);
    assert_eq!(deliver(&archive, &refused, &clock).await.failed, 1);
    let failures = archive.unreported_failures(now).await.unwrap();
    let notice = mail("2025-11-27.daily.given-up-2", "operator@example.net");
    let reported = archive.report_failures(failures, Some(notice), now);
    reported.await.unwrap();
    let asked = deliver_while_the_disk_fills_up(&archive, &clock).await;
    assert_eq!(asked, ["operator@example.net"], "a failure notice");

    ask(&archive, now).await;
    let asked = deliver_while_the_disk_fills_up(&archive, &clock).await;
    assert_eq!(asked, ["rfc-dist-join@rfc-editor.org"], "a command");
    let found = archive.subscriptions().await.unwrap();
    assert_eq!(found[0].response, "250 ok");
}

#[tokio::test]
async fn a_stop_while_the_disk_is_full_leaves_an_attempt_whose_end_is_not_known() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T12:00:00Z"));
    ask(&archive, clock.now()).await;
    let mut server = Scripted::new(vec![Outcome::Delivered("250 ok".into())]);
    server.fills_up = Some(archive.clone());
    let stop = CancellationToken::new();
    let ends = async {
        server.is_full.notified().await;
        stop.cancel();
    };
    let (round, ()) = tokio::join!(deliver_due(&archive, &server, &(), &clock, &stop), ends);
    assert!(round.unwrap_err().is_temporary());
    archive.refuse_writes(false).await;
    assert_eq!(archive.recover_interrupted(clock.now()).await.unwrap(), 1);
    let due = archive.due_deliveries(clock.now()).await.unwrap();
    assert_eq!((due.len(), due[0].attempts), (1, 1));
}

/// A server that takes mails, and remembers how many were under way at once.
#[derive(Default)]
struct Busy {
    under_way: Mutex<(usize, usize)>,
    taken: Mutex<Vec<(String, Vec<u8>)>>,
    /// Mails that it takes before it says each time that it is too much.
    limit: Option<usize>,
    rested: Mutex<usize>,
}

impl Transport for Busy {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        {
            let mut under_way = self.under_way.lock().unwrap();
            under_way.0 += 1;
            under_way.1 = under_way.1.max(under_way.0);
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
        self.under_way.lock().unwrap().0 -= 1;
        let mut taken = self.taken.lock().unwrap();
        let now = taken.len();
        if self
            .limit
            .is_some_and(|limit| now > 0 && now.is_multiple_of(limit))
        {
            // The next round finds it willing again.
            taken.push((String::new(), Vec::new()));
            return Outcome::Throttled("421 too many".into());
        }
        taken.push((mail.recipient.into(), mail.bytes.to_vec()));
        Outcome::Delivered("250 ok".into())
    }

    fn sessions(&self) -> usize {
        4
    }

    async fn rest(&self) {
        *self.rested.lock().unwrap() += 1;
    }
}

impl Busy {
    /// Returns whom it took a mail for, each once.
    fn readers(&self) -> usize {
        let taken = self.taken.lock().unwrap();
        let all = taken.iter().filter(|(to, _)| !to.is_empty());
        let readers: BTreeSet<&String> = all.clone().map(|(to, _)| to).collect();
        assert_eq!(readers.len(), all.count(), "a reader has it twice");
        readers.len()
    }
}

/// Seals a digest for so many readers.
async fn seal_for(archive: &Archive, readers: usize, now: Timestamp) {
    let mut mail = mail("2025-11-27.daily", "0@example.net");
    mail.recipients = (0..readers)
        .map(|n| Recipient::plain(format!("{n}@example.net")))
        .collect();
    let sealing = Sealing {
        edition: "daily".into(),
        day: "2025-11-27".parse().unwrap(),
        since: None,
        sealed_at: now,
        compiled: "{}".into(),
        announcements: Vec::new(),
        mail: Some(mail),
    };
    archive.seal(sealing).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn many_readers_have_theirs_several_at_a_time_and_each_once() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T00:00:00Z"));
    seal_for(&archive, 250, clock.now()).await;
    let (server, stop) = (Busy::default(), CancellationToken::new());
    let round = deliver_due(&archive, &server, &(), &clock, &stop).await;
    assert_eq!(round.unwrap().delivered, 250);
    assert_eq!(server.readers(), 250);
    assert_eq!(server.under_way.lock().unwrap().1, 4);
    assert_eq!(*server.rested.lock().unwrap(), 1);
    assert_eq!(archive.next_due().await.unwrap(), None);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_has_enough_is_left_alone_and_the_others_keep_their_attempts() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T00:00:00Z"));
    seal_for(&archive, 250, clock.now()).await;
    let (mut server, stop) = (Busy::default(), CancellationToken::new());
    server.limit = Some(30);
    let round = deliver_due(&archive, &server, &(), &clock, &stop)
        .await
        .unwrap();
    // Those that were under way beside the one that was told are not held back.
    assert!((30..34).contains(&round.delivered), "{round:?}");
    assert_eq!(round.delivered + round.postponed, 250);
    let left = archive.due_deliveries(clock.now()).await.unwrap();
    assert_eq!(left.len(), 249 - round.delivered as usize);
    let untouched = |one: &QueuedDelivery| (one.attempts, one.state) == (0, DeliveryState::Queued);
    assert!(left.iter().all(untouched));
    // The one that was told has its next attempt when the server is asked again.
    let status = archive.status("2025-11-28".parse().unwrap()).await.unwrap();
    let told = status
        .outbox
        .iter()
        .find(|open| open.attempts == 1)
        .unwrap();
    assert_eq!(told.next_attempt, Some(at("2025-11-28T00:01:00Z")));
}

#[tokio::test(start_paused = true)]
async fn after_a_limit_the_rest_goes_out_minute_by_minute() {
    let archive = Archive::in_memory().unwrap();
    let clock = Clock::held(at("2025-11-28T00:00:00Z"));
    seal_for(&archive, 100, clock.now()).await;
    let (mut server, stop) = (Busy::default(), CancellationToken::new());
    server.limit = Some(30);
    let began = tokio::time::Instant::now();
    let nudge = Arc::new(Notify::new());
    let delivering = run(
        archive.clone(),
        &server,
        (),
        clock.clone(),
        nudge,
        stop.clone(),
        CancellationToken::new(),
    );
    let watching = async {
        while server.readers() < 100 {
            tokio::time::sleep(Duration::from_secs(1)).await;
            clock.set(clock.now() + SignedDuration::from_secs(1));
        }
        stop.cancel();
    };
    let (ended, ()) = tokio::join!(delivering, watching);
    ended.unwrap();
    let minutes = began.elapsed().as_secs() / 60;
    assert!(minutes >= 3, "{minutes}");
}

/// A server for which some readers are always too much.
struct Picky {
    refused: &'static [&'static str],
}

impl Transport for Picky {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        match self.refused.contains(&mail.recipient) {
            true => Outcome::Throttled("421 4.7.0 not so many to this domain".into()),
            false => Outcome::Delivered("250 ok".into()),
        }
    }

    fn sessions(&self) -> usize {
        2
    }
}

#[tokio::test(start_paused = true)]
async fn readers_who_are_always_too_much_do_not_hold_up_those_behind_them() {
    let readers: [&[&str]; 2] = [
        &["0@example.net"],
        &[
            "0@example.net",
            "1@example.net",
            "2@example.net",
            "7@example.net",
        ],
    ];
    for refused in readers {
        let archive = Archive::in_memory().unwrap();
        let clock = Clock::held(at("2025-11-28T00:00:00Z"));
        seal_for(&archive, 11, clock.now()).await;
        let (server, stop) = (Picky { refused }, CancellationToken::new());
        let mut pace = Pace::new(server.sessions());
        let ends = Ends {
            round: &stop,
            process: &stop,
        };
        let mut delivered = 0;
        for _ in 0..6 {
            let round = deliver_round(&archive, &server, &(), &clock, ends, &mut pace).await;
            delivered += round.unwrap().delivered as usize;
            clock.set(clock.now() + SignedDuration::from_mins(15));
        }
        assert_eq!(delivered, 11 - refused.len());
    }
}
