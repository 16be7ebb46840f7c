//! Servers whose ways to a folder tell different things: SEARCH ends the session where FETCH is fine.

use std::time::Duration;

use crate::lab::scripted_imap::ScriptedImap;
use crate::run::{Case, Lab, REFRESH, case};

/// For two sessions that end, and a third.
const THREE_SESSIONS: Duration = Duration::from_secs(8);

/// Answers each SEARCH in this way.
pub fn at_search(server: &ScriptedImap, said: &'static str) {
    server.twist(u32::MAX, move |command, _| {
        command
            .starts_with("UID SEARCH")
            .then(|| said.as_bytes().to_vec())
    });
}

/// Skips some numbers, so that it is asked whether a message is there.
pub fn skip(server: &ScriptedImap) {
    let mut model = server.model();
    model.folder("INBOX").unwrap().uid_next += 3;
}

/// The message is there before the watcher comes, behind a gap.
fn missing(lab: &Lab) {
    skip(&lab.server);
    lab.server.deliver(lab.missed.clone());
}

pub fn cases() -> Vec<Case> {
    vec![
        case(
            "BYE at each SEARCH",
            "`* BYE Internal error` while FETCH is fine",
            THREE_SESSIONS,
        )
        .before(|lab| {
            at_search(&lab.server, "* BYE Internal error\r\n");
            missing(lab);
        })
        .sees(&[
            "said goodbye: Internal error (at UID SEARCH)",
            "sessions end at SEARCH: it is not used any more",
        ]),
        case(
            "silence at each SEARCH",
            "no answer while FETCH is fine",
            (REFRESH + Duration::from_secs(15)) * 2,
        )
        .before(|lab| {
            at_search(&lab.server, "");
            missing(lab);
        })
        .sees(&["silent for 10 s at UID SEARCH"]),
    ]
}
