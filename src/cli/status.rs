//! `nikkan status`: how things stand, for a person or as JSON for monitoring. The exit code says whether all is well.
//!
//! Everything is read from the archive, in which the daemon keeps its own state as a note; no server is asked.

use std::fmt::Write as _;
use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::terminal::{self, counted, moment, one_line};
use super::{CommandContext, lists, open_archive_to_read};
use crate::archive::{DeliveryState, OutboxEntry};
use crate::mailbox::{Phase, WatcherState};

mod gather;
mod judge;

use gather::{Runner, Snapshot};

/// Show how things stand: connection, counts, digests, outbox
///
/// Ends with exit code 0 where all is well and 1 where something needs a look, so that monitoring can use it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan status
  nikkan status --json | jq .outbox
  nikkan status > /dev/null || echo 'nikkan needs a look'")]
pub(super) struct Arguments {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// The object that `--json` prints.
#[derive(Debug, Serialize)]
struct Report<'a> {
    healthy: bool,
    /// One sentence for each thing that needs a look.
    problems: &'a [String],
    #[serde(flatten)]
    snapshot: &'a Snapshot,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let archive = open_archive_to_read(&config)?;
    let snapshot = gather::snapshot(&config, &archive, &context.clock).await?;
    let problems = judge::problems(&snapshot);
    let healthy = problems.is_empty();
    let text = if arguments.json {
        let report = Report {
            healthy,
            problems: &problems,
            snapshot: &snapshot,
        };
        serde_json::to_string_pretty(&report)? + "\n"
    } else {
        describe(&snapshot, &problems)
    };
    terminal::print(text)?;
    Ok(terminal::exit(healthy))
}

/// Lines of a word, and what it says.
#[derive(Default)]
struct Lines(String);

impl Lines {
    fn add(&mut self, word: &str, said: impl AsRef<str>) {
        let _ = writeln!(self.0, "{word:<13} {}", one_line(said.as_ref()));
    }
}

/// Writes how things stand for a person: a word a line, and what it says.
fn describe(snapshot: &Snapshot, problems: &[String]) -> String {
    let mut lines = Lines::default();
    if problems.is_empty() {
        lines.add("health", "all is well");
    }
    for problem in problems {
        lines.add("PROBLEM", problem);
    }
    incoming(snapshot, &mut lines);
    outgoing(snapshot, &mut lines);
    backup(snapshot, &mut lines);
    let copy = snapshot.sent_copy.as_ref();
    if let Some((copy, why)) = copy.and_then(|copy| Some((copy, copy.error.as_ref()?))) {
        lines.add("sent_folder", format!("{}: {why}", moment(copy.at)));
    }
    let look = snapshot.sent_look.as_ref();
    if let Some((look, why)) = look.and_then(|look| Some((look, look.error.as_ref()?))) {
        let said = format!("{}: cannot be looked into: {why}", moment(look.at));
        lines.add("sent_folder", said);
    }
    if let Some(error) = &snapshot.last_error {
        lines.add("last error", error);
    }
    let (messages, directory) = (snapshot.archive.messages, snapshot.directory.display());
    lines.add("archive", format!("{messages} messages in {directory}"));
    lines.0
}

/// The last attempt at a backup, what is kept, and where this archive came from.
fn backup(snapshot: &Snapshot, lines: &mut Lines) {
    if let Some(last) = &snapshot.backup {
        let at = moment(last.at);
        match (&last.error, &last.made, last.made_at) {
            (Some(why), _, _) => lines.add("backup", format!("{at}: {why}")),
            (None, Some(made), _) if !last.under_way => {
                let (file, kept) = (made.file.display(), counted(made.kept as u64, "backup"));
                lines.add(
                    "backup",
                    format!("{at}: {file}: {}; {kept} there", made.holds),
                );
            }
            _ if last.under_way => lines.add("backup", format!("being made since {at}")),
            _ => lines.add("backup", format!("{at}: made")),
        }
        if let (true, Some(made), Some(made_at)) = (
            last.error.is_some() || last.under_way,
            &last.made,
            last.made_at,
        ) {
            let said = format!("the last one: {}, {}", made.file.display(), moment(made_at));
            lines.add("backup", said);
        }
        for spared in last.made.iter().flat_map(|made| &made.spared) {
            lines.add("backup", format!("not removed: {spared}"));
        }
    }
    if let Some(mark) = &snapshot.restored {
        let said = format!(
            "{}, from {}: what was told since is asked for before the next digest",
            moment(mark.at),
            mark.from.display()
        );
        lines.add("restored", said);
    }
}

/// The daemon, its connection, and what came over it.
fn incoming(snapshot: &Snapshot, lines: &mut Lines) {
    match &snapshot.runner {
        Runner::Daemon(pid) => lines.add("daemon", format!("running, process {pid}")),
        Runner::Other(pid, command) => lines.add(
            "daemon",
            format!("not running; process {pid} (`nikkan {command}`) holds the archive"),
        ),
        Runner::Nobody => lines.add("daemon", "not running"),
    }
    for wait in &snapshot.waits {
        lines.add("waits", wait.to_string());
    }
    if let Some(state) = snapshot.connection.as_ref().filter(|_| snapshot.running) {
        lines.add("connection", connection(state));
        for words in &state.heard {
            lines.add(
                "server says",
                format!("{}: {}", moment(words.at), words.said),
            );
        }
    }
    if let Some(proof) = snapshot.last_proof.filter(|_| !snapshot.running) {
        lines.add("connection", format!("last proved alive {}", moment(proof)));
    }
    for folder in &snapshot.archive.folders {
        let said = format!(
            "{} of {}: read up to UID {}, {}",
            folder.folder,
            folder.account,
            folder.last_uid,
            moment(folder.moved_at)
        );
        lines.add("folder", said);
    }
    for message in &snapshot.archive.set_aside {
        let said = format!(
            "UID {} of {}, {}: {}",
            message.uid,
            message.folder,
            moment(message.at),
            message.why
        );
        lines.add("left out", said);
    }
    for list in &snapshot.archive.lists {
        let said = format!("{}: last message {}", list.list, moment(list.last));
        lines.add("list", said);
    }
    for request in &snapshot.subscriptions {
        let said = format!("{}: {}", request.list, lists::progress(request));
        lines.add("subscription", said);
    }
}

/// The day, the digests, and what became of them.
fn outgoing(snapshot: &Snapshot, lines: &mut Lines) {
    let archive = &snapshot.archive;
    let today = archive.today;
    let said = format!(
        "{}: {} drafts, {} RFCs, {} announcements so far",
        today.day, today.drafts, today.rfcs, today.announcements
    );
    lines.add("today", said);
    for digest in &archive.digests {
        let said = match (digest.day, digest.sealed_at) {
            (Some(day), Some(at)) => format!("{}: {day}, sealed {}", digest.edition, moment(at)),
            _ => format!("{}: none yet", digest.edition),
        };
        lines.add("last digest", said);
    }
    lines.add("next digest", moment(snapshot.next_digest));
    readers(snapshot, lines);
    if archive.outbox.is_empty() {
        lines.add("outbox", "empty, everything is delivered");
    }
    for open in &archive.outbox {
        lines.add("outbox", delivery(open));
    }
    for other in &archive.elsewhere {
        let said = format!(
            "{} for `{}`, {} readers: {}",
            other.day, other.edition, other.readers, other.why
        );
        lines.add("elsewhere", said);
    }
    for bounce in &archive.bounces {
        let said = format!(
            "{} for `{}` to {}, {}: {}",
            bounce.day,
            bounce.edition,
            bounce.recipient,
            moment(bounce.at),
            bounce.said
        );
        lines.add("bounce", said);
    }
}

/// The readers who are not simply written to, and what was asked in vain on their behalf.
fn readers(snapshot: &Snapshot, lines: &mut Lines) {
    for counts in &snapshot.readers {
        let said = [(counts.left, "left"), (counts.bouncing, "bouncing")];
        let said = said.iter().filter(|(count, _)| *count > 0);
        let said: String = said
            .map(|(count, word)| format!(", {count} {word}"))
            .collect();
        lines.add(
            "readers",
            format!("{}: {} active{said}", counts.edition, counts.active),
        );
    }
    let refused = &snapshot.archive.refused_requests;
    let said: Vec<String> = [
        (refused.forged, "to leave with a forged token"),
        (refused.replayed, "to leave that came before"),
        (
            refused.another_reader,
            "to leave with another reader's token",
        ),
        (
            refused.unknown_reports,
            "that report mails not sent from here",
        ),
    ]
    .iter()
    .filter(|(count, _)| *count > 0)
    .map(|(count, what)| format!("{count} {what}"))
    .collect();
    if !said.is_empty() {
        lines.add("ignored", format!("mails of 30 days: {}", said.join(", ")));
    }
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

fn delivery(open: &OutboxEntry) -> String {
    let state = match open.state {
        DeliveryState::Queued => "not tried yet",
        DeliveryState::Sending => "being sent",
        DeliveryState::Sent => "sent",
        DeliveryState::Deferred => "put off",
        DeliveryState::Uncertain => "sent, and not known whether it was taken",
        DeliveryState::Failed => "given up",
        DeliveryState::Elsewhere => "handed in by another machine",
        DeliveryState::Cancelled => "not to be made any more",
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
