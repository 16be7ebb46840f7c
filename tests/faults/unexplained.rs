//! What does not fit together: SEARCH ends sessions that FETCH does not, and more messages are told of than are shown.

use std::time::Duration;

use nikkan::mailbox::Phase;
use tokio::time::Instant;

use crate::lab::scripted_imap::ScriptedImap;
use crate::views::{at_search, skip};
use crate::virtual_time::{Run, mails, with};

#[tokio::test(start_paused = true)]
async fn a_search_that_ends_each_session_is_left() {
    let mails = mails(6);
    for said in ["* BYE Internal error\r\n", ""] {
        let server = with(&mails[..2]).await;
        skip(&server);
        server.deliver(mails[2].clone());
        let run = Run::start(server, "");
        run.holds(3).await;
        // It works at first, and then no more.
        at_search(&run.server, said);
        for (count, mail) in mails[3..].iter().enumerate() {
            skip(&run.server);
            run.server.deliver(mail.clone());
            let took = run.holds(4 + count).await;
            assert!(took < Duration::from_secs(150), "{took:?}");
        }
        assert_eq!(run.server.model().logins, 3);
        run.end().await;
    }
}

/// Takes a message out of the INBOX.
fn take(server: &ScriptedImap, uid: u32) -> impl FnOnce(&ScriptedImap) + use<> {
    let message = server
        .model()
        .folder("INBOX")
        .unwrap()
        .messages
        .remove(&uid);
    move |server| {
        let mut model = server.model();
        let inbox = model.folder("INBOX").unwrap();
        inbox.messages.insert(uid, message.unwrap());
    }
}

#[tokio::test(start_paused = true)]
async fn a_folder_that_grew_behind_the_cursor_is_listed_whole_at_once() {
    let mails = mails(5);
    let server = with(&mails[..4]).await;
    let put_back = take(&server, 2);
    let run = Run::start(server, "");
    run.holds(3).await;
    run.reaches(Phase::Idling).await;
    put_back(&run.server);
    let took = run.holds(4).await;
    // EXAMINE tells it, at the refresh, and not the hour.
    assert!(took < Duration::from_secs(301), "{took:?}");
    assert_eq!(run.server.model().logins, 1);
    run.end().await;
}

/// Nine messages are told of in every IDLE and FETCH, and three are there.
#[tokio::test(start_paused = true)]
async fn a_connection_that_shows_less_than_it_tells_is_replaced_once_an_hour() {
    let mails = mails(3);
    let run = Run::start(with(&mails).await, "");
    run.holds(3).await;
    run.reaches(Phase::Idling).await;
    run.server.twist(u32::MAX, |command, said| {
        let ends = command.starts_with("UID FETCH") && !said.starts_with(b"*");
        ends.then(|| [b"* 9 EXISTS\r\n", said].concat())
    });
    run.server.twist(u32::MAX, |command, said| {
        let begins = command.starts_with("IDLE") && said.starts_with(b"+");
        begins.then(|| [said, b"* 9 EXISTS\r\n"].concat())
    });
    let start = Instant::now();
    let mut state = run.state.clone();
    let told = state.wait_for(|state| {
        let error = state.last_error.as_deref().unwrap_or_default();
        error.contains("tells of 9 messages and shows 3: connecting anew")
    });
    told.await.unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(700),
        "{:?}",
        start.elapsed()
    );
    tokio::time::sleep(Duration::from_secs(3 * 3600)).await;
    let logins = run.server.model().logins;
    assert!((2..=5).contains(&logins), "{logins}");
    run.end().await;
}
