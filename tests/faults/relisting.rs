//! What the cursor does in hours, in a moment: UIDs that show up late, messages that never come, folders that fail, and
//! hints without end. Round trips are counted.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use nikkan::mailbox::{Phase, UnreadFolder};
use tokio::time::Instant;

use crate::cursor::{asks_for, refuse};
use crate::lab::scripted_imap::{Folder, Message, ScriptedImap};
use crate::virtual_time::{Run, mails, with};

const HOUR: Duration = Duration::from_secs(3600);

/// Leaves a message of the INBOX out of every listing; put it back with [`show`].
fn hide(server: &ScriptedImap, uid: u32) -> Message {
    let mut model = server.model();
    let inbox = model.folder("INBOX").unwrap();
    inbox.messages.remove(&uid).unwrap()
}

fn show(server: &ScriptedImap, uid: u32, message: Message) {
    let mut model = server.model();
    let inbox = model.folder("INBOX").unwrap();
    inbox.messages.insert(uid, message);
}

/// The commands that began with these words since the list was emptied.
fn commands(server: &ScriptedImap, words: &str) -> Vec<String> {
    let commands = server.model().commands.clone();
    let ours = commands.into_iter();
    ours.filter(|command| command.starts_with(words)).collect()
}

fn forget_commands(server: &ScriptedImap) {
    server.model().commands.clear();
}

/// The UIDs that were handed over, in order.
fn uids(run: &Run) -> Vec<u32> {
    let kept = run.memory.0.lock().unwrap();
    kept.messages.iter().map(|(_, uid, _)| *uid).collect()
}

/// A folder besides the INBOX, whose first UID is 1000.
fn add_lists(server: &ScriptedImap, messages: &[Message]) {
    let mut folder = Folder::new(7);
    folder.uid_next = 1000;
    for message in messages {
        folder.add(message.clone());
    }
    server.model().folders.insert("Lists".into(), folder);
}

const BOTH: &str = "folders = [\"INBOX\", \"Lists\"]\n";

#[tokio::test(start_paused = true)]
async fn a_uid_that_shows_up_late_is_read_within_the_hour() {
    let mails = mails(5);
    let server = with(&mails[..3]).await;
    let late = hide(&server, 2);
    let run = Run::start(server, "");
    run.holds(2).await;
    run.reaches(Phase::Idling).await;
    run.server.deliver(mails[3].clone());
    run.holds(3).await;
    tokio::time::sleep(Duration::from_secs(600)).await;
    forget_commands(&run.server);
    // The folder has as many messages as before: no number tells of it.
    hide(&run.server, 1);
    show(&run.server, 2, late);
    let took = run.holds(4).await;
    assert!(took < HOUR + Duration::from_secs(301), "{took:?}");
    assert_eq!(uids(&run), [1, 3, 4, 2]);
    // By UID alone, from the gap on, once; and then the one message.
    let asked = commands(&run.server, "UID FETCH");
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert_eq!(asked[0], "UID FETCH 2:* (UID)");
    assert!(asked[1].starts_with("UID FETCH 2 (UID"), "{asked:?}");
    // From there on nothing is missing, and what is listed is what follows.
    forget_commands(&run.server);
    tokio::time::sleep(3 * HOUR).await;
    let asked = commands(&run.server, "UID FETCH");
    assert!(asked.len() <= 3, "{asked:?}");
    assert!(
        asked.iter().all(|it| it == "UID FETCH 5:* (UID)"),
        "{asked:?}"
    );
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn who_asks_gets_what_showed_up_late_and_the_folders_that_were_not_read() {
    let mails = mails(4);
    let server = with(&mails[..3]).await;
    let late = hide(&server, 2);
    add_lists(&server, &mails[3..]);
    server.twist(u32::MAX, |command, said| {
        let text = String::from_utf8_lossy(said).into_owned();
        let ours = command.starts_with("EXAMINE \"Lists\"") && text.contains("UIDVALIDITY 7");
        ours.then(|| text.replace("UIDVALIDITY 7", "UIDVALIDITY 0").into_bytes())
    });
    let run = Run::start(server, BOTH);
    run.holds(2).await;
    run.reaches(Phase::Idling).await;
    show(&run.server, 2, late);
    let reading = run.watcher.sync().await.unwrap();
    assert_eq!(uids(&run), [1, 3, 2]);
    let [UnreadFolder { folder, said }] = reading.unread() else {
        panic!("{reading:?}");
    };
    assert_eq!(folder, "Lists");
    assert!(said.contains("UIDVALIDITY 0"), "{said}");
    let shown = run.state.borrow().last_error.clone().unwrap();
    assert!(
        shown.contains("`Lists`") && shown.contains("UIDVALIDITY 0"),
        "{shown}"
    );
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn what_was_settled_is_known_after_a_restart() {
    let mails = mails(6);
    let server = with(&mails[..5]).await;
    let late = hide(&server, 2);
    let run = Run::start(server, "");
    run.holds(4).await;
    run.reaches(Phase::Idling).await;
    let (memory, server) = run.end().await;
    show(&server, 2, late);
    forget_commands(&server);
    let run = Run::on(server, "", memory);
    run.holds(5).await;
    run.reaches(Phase::Idling).await;
    let asked = commands(&run.server, "UID FETCH");
    assert_eq!(asked.len(), 3, "the list, the header, the body: {asked:?}");
    assert!(
        asked[1..].iter().all(|it| it.starts_with("UID FETCH 2 ")),
        "{asked:?}"
    );
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_caught_up_start_asks_for_nothing() {
    let server = with(&mails(5)).await;
    let run = Run::start(server, "");
    run.holds(5).await;
    run.reaches(Phase::Idling).await;
    let (memory, server) = run.end().await;
    forget_commands(&server);
    let run = Run::on(server, "", memory);
    run.reaches(Phase::Idling).await;
    let all = commands(&run.server, "");
    let words: Vec<&str> = all.iter().map(|it| it.split(' ').next().unwrap()).collect();
    assert_eq!(
        words,
        [
            "CAPABILITY",
            "AUTHENTICATE",
            "CAPABILITY",
            "ID",
            "EXAMINE",
            "IDLE"
        ]
    );
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn the_ordinary_road_has_no_more_commands_than_batches() {
    let mails = mails(101);
    let run = Run::start(with(&mails[..100]).await, "");
    run.holds(100).await;
    run.reaches(Phase::Idling).await;
    // The first headers, their bodies, and the rest at once.
    let asked = commands(&run.server, "UID ");
    assert_eq!(asked.len(), 3, "{asked:?}");
    forget_commands(&run.server);
    run.server.deliver(mails[100].clone());
    run.holds(101).await;
    run.reaches(Phase::Idling).await;
    assert_eq!(commands(&run.server, "UID ").len(), 1);
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn gaps_cost_one_search_for_each_batch() {
    let mails = mails(100);
    let server = with(&mails).await;
    for uid in (10..=90).step_by(10) {
        hide(&server, uid);
    }
    let run = Run::start(server, "");
    run.holds(91).await;
    run.reaches(Phase::Idling).await;
    assert_eq!(
        commands(&run.server, "UID FETCH")
            .iter()
            .filter(|it| it.contains("BODY"))
            .count(),
        3
    );
    assert_eq!(commands(&run.server, "UID SEARCH").len(), 2);
    run.end().await;
}

/// Keeps back a message, whatever is asked of it.
fn keep_back(server: &ScriptedImap, uid: u32) {
    let mark = format!("FETCH (UID {uid} ");
    server.twist(u32::MAX, move |command, said| {
        let start = String::from_utf8_lossy(&said[..said.len().min(40)]).into_owned();
        let ours = command.contains("BODY") && start.contains(&mark);
        ours.then(Vec::new)
    });
}

#[tokio::test(start_paused = true)]
async fn a_message_that_never_comes_is_set_aside_and_read_when_it_does() {
    let mails = mails(4);
    let run = Run::start(with(&mails[..1]).await, "");
    run.holds(1).await;
    run.reaches(Phase::Idling).await;
    keep_back(&run.server, 2);
    run.server.deliver(mails[1].clone());
    run.server.deliver(mails[2].clone());
    let start = Instant::now();
    run.holds(2).await;
    run.reaches(Phase::Idling).await;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(60), "{took:?}");
    {
        let kept = run.memory.0.lock().unwrap();
        let [aside] = &kept.set_aside[..] else {
            panic!("{:?}", kept.set_aside);
        };
        assert_eq!((aside.uid, aside.uidvalidity), (2, 1_764_000_000));
        assert!(
            aside.why.contains("lists it and does not give it"),
            "{aside:?}"
        );
        // It is not settled, and the cursor is behind it.
        assert_eq!(kept.cursors[0].last_uid, 3);
        assert!(!kept.cursors[0].settled.contains(2));
    }
    // What comes later is read at once, and nothing else is asked of the one set aside until its hour.
    forget_commands(&run.server);
    run.server.deliver(mails[3].clone());
    run.holds(3).await;
    let asked = commands(&run.server, "UID FETCH");
    let of_two = |it: &String| it.contains("BODY") && (it.contains(" 2 ") || it.contains("2:"));
    assert!(!asked.iter().any(of_two), "{asked:?}");
    run.server.model().twists.clear();
    let took = run.holds(4).await;
    assert!(took < HOUR + Duration::from_secs(301), "{took:?}");
    assert_eq!(uids(&run), [1, 3, 4, 2]);
    assert!(run.memory.0.lock().unwrap().set_aside.is_empty());
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_message_that_ends_every_session_is_found_and_set_aside() {
    let mails = mails(40);
    let server = with(&mails).await;
    // Whatever asks for it is answered by the end of the connection.
    server.twist(u32::MAX, |command, said| {
        let start = String::from_utf8_lossy(&said[..said.len().min(40)]).into_owned();
        let ours = command.contains("BODY") && start.contains("FETCH (UID 27 ");
        ours.then(|| b"* 27 FETCH (UID 27 BODY[] {500000000}\r\n".to_vec())
    });
    let run = Run::start(server, "");
    let start = Instant::now();
    run.holds(39).await;
    run.reaches(Phase::Idling).await;
    let took = start.elapsed();
    assert!(took < Duration::from_secs(30 * 60), "{took:?}");
    let aside: Vec<u32> = {
        let kept = run.memory.0.lock().unwrap();
        kept.set_aside.iter().map(|it| it.uid).collect()
    };
    assert_eq!(aside, [27]);
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_always_fails_does_not_starve_the_others() {
    let mails = mails(4);
    let server = with(&mails[..1]).await;
    add_lists(&server, &mails[3..]);
    // Of the folder Lists nothing can be had: its FETCH is refused, or answered by the end of the session.
    for ends in [false, true] {
        server.model().twists.clear();
        match ends {
            false => refuse(&server, 1000),
            true => server.twist(u32::MAX, |command, said| {
                let ours = command.contains("BODY") && asks_for(command, 1000);
                let line = b"* 1 FETCH (UID 1000 BODY[] {500000000}\r\n";
                (ours && said.starts_with(b"*")).then(|| line.to_vec())
            }),
        }
        let again = ScriptedImap::start().await;
        {
            let mut model = again.model();
            model.folders = server.model().folders.clone();
            model.twists = server.model().twists.clone();
        }
        let run = Run::start(again, BOTH);
        run.holds(1).await;
        // It is said which folder it is, once it was tried a few times.
        let mut state = run.state.clone();
        let named = state.wait_for(|state| {
            let error = state.last_error.as_deref().unwrap_or_default();
            state.phase == Phase::Idling && error.contains("`Lists`")
        });
        named.await.unwrap();
        run.server.deliver(mails[1].clone());
        let took = run.holds(2).await;
        assert!(took < Duration::from_secs(70), "{took:?}");
        tokio::time::sleep(2 * HOUR).await;
        let before = run.server.model().logins;
        run.reaches(Phase::Idling).await;
        run.server.deliver(mails[2].clone());
        run.holds(3).await;
        assert!(before < 40, "{before} logins");
        run.end().await;
    }
}

#[tokio::test(start_paused = true)]
async fn hints_in_every_answer_starve_nothing() {
    let mails = mails(5);
    let server = with(&mails[..1]).await;
    add_lists(&server, &mails[4..]);
    let number = AtomicU32::new(1);
    // A number that jumps up and down, before the end of every FETCH.
    server.twist(u32::MAX, move |command, said| {
        let ends = command.starts_with("UID FETCH") && !said.starts_with(b"*");
        ends.then(|| {
            let count = 1 + number.fetch_add(7, Ordering::Relaxed) % 5;
            [format!("* {count} EXISTS\r\n").as_bytes(), said].concat()
        })
    });
    let run = Run::start(server, BOTH);
    run.holds(2).await;
    run.reaches(Phase::Idling).await;
    let start = Instant::now();
    forget_commands(&run.server);
    tokio::time::sleep(Duration::from_secs(600)).await;
    let fetches = commands(&run.server, "UID FETCH").len();
    assert!(fetches < 70, "{fetches} in {:?}", start.elapsed());
    assert!(commands(&run.server, "IDLE").len() > 10);
    assert!(commands(&run.server, "STATUS").len() >= 8);
    assert!(commands(&run.server, "EXAMINE").len() >= 2, "the refresh");
    // The other folder is read on its minute, the open one soon, and who asks is answered.
    run.server.shared.arrive("Lists", mails[1].clone());
    assert!(run.holds(3).await < Duration::from_secs(65));
    run.server.deliver(mails[2].clone());
    assert!(run.holds(4).await < Duration::from_secs(25));
    let asked = Instant::now();
    let reading = run.watcher.sync().await.unwrap();
    assert!(reading.unread().is_empty());
    assert!(
        asked.elapsed() < Duration::from_secs(2),
        "{:?}",
        asked.elapsed()
    );
    assert_eq!(run.server.model().logins, 1);
    run.end().await;
}

#[tokio::test(start_paused = true)]
async fn a_uidvalidity_that_is_never_the_same_is_not_read_for_ever() {
    let mails = mails(3);
    let server = with(&mails).await;
    let value = AtomicU32::new(100);
    server.twist(u32::MAX, move |command, said| {
        let text = String::from_utf8_lossy(said).into_owned();
        let ours = command.starts_with("EXAMINE") && text.contains("UIDVALIDITY 1764000000");
        ours.then(|| {
            let now = format!("UIDVALIDITY {}", value.fetch_add(1, Ordering::Relaxed));
            text.replace("UIDVALIDITY 1764000000", &now).into_bytes()
        })
    });
    let run = Run::start(server, "");
    tokio::time::sleep(3 * HOUR).await;
    let read = run.memory.0.lock().unwrap().messages.len() / 3;
    assert!((4..=10).contains(&read), "{read} times");
    let shown = run.state.borrow().last_error.clone().unwrap();
    assert!(shown.contains("rebuilt 3 times within an hour"), "{shown}");
    run.end().await;
}
