//! The waits of a day, and its logins, in virtual time: whatever a server does, an hour has few logins, and before a day
//! is sealed the mailbox is looked into, unless a look might lock the account.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use nikkan::mailbox::{LOGINS_AN_HOUR, Phase};
use tokio::time::{Instant, sleep};

use crate::lab::scripted_imap::{Act, At, Folder};
use crate::virtual_time::{Run, mails, with};

const HOUR: Duration = Duration::from_secs(3600);

/// Counts the logins of each hour of a day in which the server does this every time. `asked` is how often somebody asks for
/// a sync.
async fn logins_by_hour(at: At, act: Act, asked: Option<Duration>) -> Vec<u32> {
    let server = with(&mails(1)).await;
    for _ in 0..6000 {
        server.play(at, act.clone());
    }
    let run = Run::start(server, "");
    let asking = asked.map(|every| {
        let watcher = run.watcher.clone();
        tokio::spawn(async move {
            loop {
                // As at the end of a day: for two minutes at most.
                let _ = tokio::time::timeout(Duration::from_secs(120), watcher.sync()).await;
                sleep(every).await;
            }
        })
    });
    let (mut hours, mut before) = (Vec::new(), 0);
    for _ in 0..24 {
        sleep(HOUR).await;
        let logins = run.server.model().logins;
        hours.push(logins - before);
        before = logins;
    }
    if let Some(asking) = asking {
        asking.abort();
    }
    run.end().await;
    hours
}

const WRONG: &str = "NO [AUTHENTICATIONFAILED] Authentication failed.";
const THROTTLED: &str = "BAD Request is throttled. Suggested Backoff Time: 299961 milliseconds";

#[tokio::test(start_paused = true)]
async fn no_hour_of_a_day_has_more_logins_than_the_bound() {
    let bound = u32::try_from(LOGINS_AN_HOUR).unwrap();
    for (what, at, act, most) in [
        ("wrong password", At::Login, Act::Answer(WRONG), 5),
        (
            "an account to be mended",
            At::Login,
            Act::Answer("NO [ALERT] Please log in via your web browser"),
            5,
        ),
        ("who knows what", At::Login, Act::Answer("NO denied"), 5),
        ("throttled", At::Login, Act::Answer(THROTTLED), 12),
        (
            "throttled without a number",
            At::Login,
            Act::Answer("NO [OVERQUOTA] Account exceeded command or bandwidth limits."),
            7,
        ),
        (
            "busy",
            At::Login,
            Act::Answer("NO [UNAVAILABLE] maintenance"),
            24,
        ),
        ("closes at the login", At::Login, Act::Close, 24),
        ("closes after the login", At::LookAround, Act::Close, 24),
        ("closes at EXAMINE", At::Examine, Act::Close, 24),
        ("closes at each IDLE", At::BeforePlus, Act::Close, 5),
        ("closes in each IDLE", At::Idling, Act::Close, 5),
        ("ends each IDLE", At::Idling, Act::Answer("OK enough"), 1),
        ("refuses IDLE", At::BeforePlus, Act::Answer("NO"), 1),
        ("closes at DONE", At::Done, Act::Close, 14),
    ] {
        let hours = logins_by_hour(at, act, None).await;
        eprintln!("{what}: {hours:?}");
        assert!(
            hours.iter().all(|logins| *logins <= most),
            "{what}: {hours:?}"
        );
        assert!(
            hours.iter().all(|logins| *logins <= bound),
            "{what}: {hours:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn whoever_asks_an_hour_has_no_more_logins_than_the_bound() {
    let bound = u32::try_from(LOGINS_AN_HOUR).unwrap();
    // Each ten seconds, as while a disk is full at the end of a day.
    let asked = Some(Duration::from_secs(10));
    for (what, at, act, most) in [
        ("wrong password", At::Login, Act::Answer(WRONG), 5),
        ("who knows what", At::Login, Act::Answer("NO denied"), 8),
        ("throttled", At::Login, Act::Answer(THROTTLED), 14),
        ("busy", At::Login, Act::Answer("NO [UNAVAILABLE] no"), bound),
        ("closes at EXAMINE", At::Examine, Act::Close, bound),
    ] {
        let hours = logins_by_hour(at, act, asked).await;
        eprintln!("{what}: {hours:?}");
        assert!(
            hours.iter().all(|logins| *logins <= most),
            "{what}: {hours:?}"
        );
    }
}

/// A session that stores something makes earlier failures forgotten, so only the bound keeps it from a login a second.
#[tokio::test(start_paused = true)]
async fn a_server_that_gives_one_message_and_closes_is_asked_no_more_often() {
    let mail = mails(1).remove(0);
    let server = with(&[]).await;
    server
        .model()
        .folders
        .insert("Lists".into(), Folder::new(7));
    for _ in 0..3000 {
        // The folder with the mail is read first, and then the connection closes at the other one.
        server.play_after(1, At::Examine, Act::Close);
    }
    let shared = server.shared.clone();
    let arriving = tokio::spawn(async move {
        loop {
            shared.arrive("Lists", mail.clone());
            sleep(Duration::from_secs(15)).await;
        }
    });
    let run = Run::start(server, "folders = [\"INBOX\", \"Lists\"]\n");
    for hour in 0..2 {
        sleep(HOUR).await;
        let logins = run.server.model().logins;
        let bound = u32::try_from(LOGINS_AN_HOUR).unwrap() * (hour + 1);
        assert!(logins > 10 && logins <= bound, "{logins} until hour {hour}");
        eprintln!("one message each: {logins}");
    }
    arriving.abort();
    run.end().await;
}

/// Returns how long after midnight a new message is read, when logins were refused like this until just before; `None` when
/// it is not within the two minutes for which the end of a day waits.
async fn at_midnight(refused: &'static str) -> Option<Duration> {
    let mails = mails(2);
    let server = with(&mails[..1]).await;
    for _ in 0..200 {
        server.play(At::Login, Act::Answer(refused));
    }
    let run = Run::start(server, "");
    sleep(5 * HOUR).await;
    // Right after a login, so that the next one of its own accord is not in the two minutes by chance.
    let before = run.server.model().logins;
    while run.server.model().logins == before {
        sleep(Duration::from_secs(1)).await;
    }
    run.reaches(Phase::BackingOff).await;
    run.server.model().faults.clear();
    let midnight = Instant::now();
    let synced = tokio::time::timeout(Duration::from_secs(120), run.watcher.sync()).await;
    let took = midnight.elapsed();
    run.end().await;
    synced.ok().map(|_| took)
}

#[tokio::test(start_paused = true)]
async fn before_a_day_is_sealed_the_mailbox_is_looked_into_whatever_the_wait() {
    for refused in [
        THROTTLED,
        "NO [OVERQUOTA] Account exceeded command or bandwidth limits.",
        "BAD internal server error",
        "NO Lockdown in sector 4",
        "NO [ALERT] Web login required.",
        "NO denied",
    ] {
        let took = at_midnight(refused).await;
        assert!(
            took.is_some_and(|took| took < Duration::from_secs(5)),
            "{refused}: {took:?}"
        );
    }
    assert_eq!(
        at_midnight(WRONG).await,
        None,
        "that might lock the account"
    );
}

/// Returns the error that is shown after the server did this at the login.
async fn shown_after(act: Vec<Act>, keys: &str) -> String {
    let server = with(&mails(1)).await;
    for act in act {
        server.play(At::Login, act);
    }
    let run = Run::start(server, keys);
    run.reaches(Phase::BackingOff).await;
    let said = run.state.borrow().last_error.clone().unwrap();
    run.end().await;
    said
}

#[tokio::test(start_paused = true)]
async fn what_is_said_instead_of_an_answer_is_the_error() {
    let alert = "* BAD [ALERT] Please enable IMAP access in your account settings first.\r\n";
    for end in [Act::Silence, Act::Close] {
        let said = shown_after(vec![Act::Say(alert.into()), end], "").await;
        assert!(said.contains("Please enable IMAP access"), "{said}");
        assert!(said.contains("switch IMAP on"), "{said}");
        assert!(!said.contains("check the keys username"), "{said}");
    }
    let said = shown_after(vec![Act::Answer(THROTTLED)], "").await;
    assert!(
        said.contains("refuses for now: Request is throttled"),
        "{said}"
    );
}

/// In real time: the token comes from a command.
#[tokio::test(flavor = "multi_thread")]
async fn the_error_of_a_token_is_answered_and_shown_in_whatever_form_it_comes() {
    for auth in ["xoauth2", "oauthbearer"] {
        for (challenge, shown) in [
            (
                "+ eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=\r\n",
                "({\"status\":\"invalid_token\"})",
            ),
            ("+ token expired\r\n", "(token expired)"),
            ("+ \r\n", "no; check the keys username and token_command"),
            ("+\r\n", "no; check the keys username and token_command"),
        ] {
            let server = with(&mails(1)).await;
            server.model().password = "another token".into();
            let first = AtomicBool::new(true);
            server.twist(100, move |command, bytes| {
                let is_challenge = command.starts_with("AUTHENTICATE") && bytes.starts_with(b"+");
                // The first asks for the token, the second tells the error.
                let is_error = is_challenge && !first.swap(false, Ordering::SeqCst);
                is_error.then(|| challenge.as_bytes().to_vec())
            });
            let keys = format!("auth = \"{auth}\"\ntoken_command = [\"echo\", \"old\"]\n");
            let run = Run::start(server, &keys);
            run.reaches(Phase::BackingOff).await;
            let said = run.state.borrow().last_error.clone().unwrap();
            run.end().await;
            assert!(said.contains(shown), "{auth} {challenge:?}: {said}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn idle_that_does_not_work_is_left_said_and_tried_again_in_an_hour() {
    let all = mails(3);
    let server = with(&all[..1]).await;
    for _ in 0..3 {
        server.play(At::BeforePlus, Act::Close);
    }
    let run = Run::start(server, "");
    run.reaches(Phase::Polling).await;
    let why = run.state.borrow().why.clone();
    assert!(why.contains("IDLE ended too soon 3 times"), "{why}");
    assert_eq!(run.server.model().logins, 4);
    // What comes meanwhile is polled.
    run.server.deliver(all[1].clone());
    let took = run.holds(2).await;
    assert!(took <= Duration::from_secs(302), "{took:?}");
    let polling = Instant::now();
    run.reaches(Phase::Idling).await;
    assert!(polling.elapsed() < HOUR + Duration::from_secs(300));
    assert_eq!(run.server.model().logins, 4, "on the same session");
    run.server.deliver(all[2].clone());
    assert!(run.holds(3).await < Duration::from_secs(2));
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_server_that_ends_each_idle_after_five_minutes_is_put_up_with() {
    let server = with(&mails(1)).await;
    let run = Run::start(server, "idle_refresh = \"10m\"\n");
    for _ in 0..12 {
        run.reaches(Phase::Idling).await;
        sleep(Duration::from_secs(300)).await;
        run.server.play(At::Idling, Act::Close);
        run.reaches(Phase::BackingOff).await;
        let lost = Instant::now();
        run.reaches(Phase::Idling).await;
        // The first wait each time: nothing is held against it.
        assert!(
            lost.elapsed() < Duration::from_secs(2),
            "{:?}",
            lost.elapsed()
        );
    }
    run.end().await;
}
