//! `status` for a person.

use std::fmt::Write as _;

use super::gather::Snapshot;
use crate::archive::{Bounce, DeliveryState, Open};
use crate::cli::lists;
use crate::cli::terminal::{moment, one_line};
use crate::mailbox::{Phase, WatcherState};

/// Writes how things stand for a person: a word a line, and what it says.
pub(super) fn describe(snapshot: &Snapshot, problems: &[String]) -> String {
    let mut text = String::new();
    let mut line = |word: &str, said: String| {
        let _ = writeln!(text, "{word:<13} {}", one_line(&said));
    };
    match problems {
        [] => line("health", "all is well".into()),
        problems => problems
            .iter()
            .for_each(|problem| line("PROBLEM", problem.clone())),
    }
    line(
        "daemon",
        match (snapshot.pid, snapshot.running) {
            (Some(pid), true) => format!("running, process {pid}"),
            _ => "not running".into(),
        },
    );
    if let Some(state) = snapshot.connection.as_ref().filter(|_| snapshot.running) {
        line("connection", connection(state));
    }
    if let Some(proof) = snapshot.last_proof.filter(|_| !snapshot.running) {
        line("connection", format!("last proved alive {}", moment(proof)));
    }
    let archive = &snapshot.archive;
    for folder in &archive.folders {
        line(
            "folder",
            format!(
                "{} of {}: read up to UID {}, {}",
                folder.folder,
                folder.account,
                folder.last_uid,
                moment(folder.moved_at)
            ),
        );
    }
    for list in &archive.lists {
        line(
            "list",
            format!("{}: last message {}", list.list, moment(list.last)),
        );
    }
    for request in &snapshot.subscriptions {
        line(
            "subscription",
            format!("{}: {}", request.list, lists::progress(request)),
        );
    }
    let today = archive.today;
    line(
        "today",
        format!(
            "{}: {} drafts, {} RFCs, {} announcements so far",
            today.day, today.drafts, today.rfcs, today.announcements
        ),
    );
    for digest in &archive.digests {
        let said = match (digest.day, digest.sealed_at) {
            (Some(day), Some(at)) => format!("{}: {day}, sealed {}", digest.edition, moment(at)),
            _ => format!("{}: none yet", digest.edition),
        };
        line("last digest", said);
    }
    line("next digest", moment(snapshot.next_digest));
    if archive.outbox.is_empty() {
        line("outbox", "empty, everything is delivered".into());
    }
    for open in &archive.outbox {
        line("outbox", delivery(open));
    }
    for bounce in &archive.bounces {
        let Bounce {
            edition,
            day,
            recipient,
            said,
            at,
        } = bounce;
        line(
            "bounce",
            format!(
                "{day} for `{edition}` to {recipient}, {}: {said}",
                moment(*at)
            ),
        );
    }
    if let Some(backup) = &snapshot.backup {
        let how = backup.error.as_deref().unwrap_or("made");
        line("backup", format!("{}: {how}", moment(backup.at)));
    }
    if let Some(error) = &snapshot.last_error {
        line("last error", error.clone());
    }
    line(
        "archive",
        format!(
            "{} messages in {}",
            archive.messages,
            snapshot.directory.display()
        ),
    );
    text
}

fn connection(state: &WatcherState) -> String {
    let mut text = format!(
        "{}: {} since {}",
        state.account,
        state.phase,
        moment(state.since)
    );
    // While waiting to try again the reason is the last error, which has a line of its own.
    if state.phase != Phase::BackingOff && !state.why.is_empty() {
        text = format!("{text} ({})", state.why);
    }
    if let Some(proof) = state.last_proof {
        text = format!("{text}, proved alive {}", moment(proof));
    }
    if let Some(next) = state.next_attempt {
        text = format!("{text}, next attempt {}", moment(next));
    }
    text
}

fn delivery(open: &Open) -> String {
    let state = match open.state {
        DeliveryState::Queued => "not tried yet",
        DeliveryState::Sending => "being sent",
        DeliveryState::Sent => "sent",
        DeliveryState::Deferred => "put off",
        DeliveryState::Uncertain => "sent, and not known whether it was taken",
        DeliveryState::Failed => "given up",
    };
    let mut text = format!(
        "{} for `{}` to {}: {state}, {} attempts",
        open.day, open.edition, open.recipient, open.attempts
    );
    if let Some(next) = open.next_attempt {
        text = format!("{text}, next {}", moment(next));
    }
    if !open.response.is_empty() {
        text = format!("{text}: {}", open.response);
    }
    text
}
