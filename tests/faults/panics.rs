//! A message at which the program itself fails: the sessions that are lost to it find out which one it is, it is set aside,
//! and everything else is read once.

use std::time::Duration;

use nikkan::clock::Clock;
use nikkan::mailbox::{self, Phase};
use tokio_util::sync::CancellationToken;

use crate::lab::announcements;
use crate::lab::scripted_imap::{Message, PASSWORD, ScriptedImap};
use crate::virtual_time::{Failure, Memory, Run};

/// Messages in the folder.
const ALL: u32 = 200;
/// The one at which it fails.
const BAD: u32 = 77;

async fn server() -> ScriptedImap {
    let server = ScriptedImap::start().await;
    for message in announcements(ALL as usize) {
        server.deliver(Message::new(message));
    }
    server
}

fn memory(failure: Failure) -> Memory {
    let memory = Memory::default();
    memory.0.lock().unwrap().fails_at = Some((BAD, failure));
    memory
}

/// Every message but one was stored once, and that one is set aside with its reason.
fn assert_only_the_bad_one_is_left_out(memory: &Memory) {
    let kept = memory.0.lock().unwrap();
    let mut uids: Vec<u32> = kept.messages.iter().map(|(_, uid, _)| *uid).collect();
    uids.sort_unstable();
    let expected: Vec<u32> = (1..=ALL).filter(|uid| *uid != BAD).collect();
    assert_eq!(uids, expected);
    let aside: Vec<u32> = kept.set_aside.iter().map(|message| message.uid).collect();
    assert_eq!(aside, [BAD]);
    let why = &kept.set_aside[0].why;
    assert!(why.contains("a fault, planned"), "{why}");
}

#[tokio::test(start_paused = true)]
async fn the_watcher_sets_it_aside_and_reads_the_rest() {
    for failure in [Failure::Panics, Failure::Tells] {
        let run = Run::on(server().await, "", memory(failure));
        let took = run.holds(ALL as usize - 1).await;
        assert!(took < Duration::from_secs(5 * 60), "{failure:?}: {took:?}");
        run.reaches(Phase::Idling).await;
        assert_only_the_bad_one_is_left_out(&run.memory);
        let logins = run.server.model().logins;
        assert!(logins <= 15, "{failure:?}: {logins} logins");
        // It goes on, and when the fault is mended the message comes with the next listing.
        run.server
            .deliver(Message::new(announcements(ALL as usize + 1).pop().unwrap()));
        run.holds(ALL as usize).await;
        run.memory.0.lock().unwrap().fails_at = None;
        run.holds(ALL as usize + 1).await;
        let (memory, _server) = run.end().await;
        assert!(memory.0.lock().unwrap().set_aside.is_empty());
    }
}

#[tokio::test(start_paused = true)]
async fn one_pass_does_the_same() {
    for failure in [Failure::Panics, Failure::Tells] {
        let (server, memory) = (server().await, memory(failure));
        let settings: mailbox::MailboxSettings = toml::from_str(&format!(
            "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"reader\"\npassword = \"{PASSWORD}\"\n",
            server.port
        ))
        .unwrap();
        let (lists, stop) = (
            ["i-d-announce.ietf.org".to_owned()],
            CancellationToken::new(),
        );
        let read = mailbox::sync_once(&settings, &lists, &Clock::system(), &memory, &stop).await;
        read.unwrap();
        assert_only_the_bad_one_is_left_out(&memory);
    }
}
