//! `nikkan status`: how things stand, for a person or as JSON for monitoring. The exit code says whether all is well.
//!
//! Everything is read from the archive, where the daemon keeps its own state as a note; no server is asked.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::{Surroundings, lists, open_archive};
use crate::announcement::Lists;
use crate::archive::{self, Bounce, DeliveryState, LastDigest, Open, SilentList, Subscription};
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::daemon::{Backup, Live};
use crate::mailbox::{Phase, WatcherState};

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

/// How long after its end a day may be unsealed, and a digest undelivered, before that needs a look. The last look at
/// a mailbox that does not answer takes two minutes, and a submission server may put a mail off for a while.
const PATIENCE: SignedDuration = SignedDuration::from_hours(1);

/// For how long nobody may have looked into the mailbox: a daemon does all the time, a timer at least once a day.
const UNSEEN: SignedDuration = SignedDuration::from_hours(26);

/// How old a failed delivery may be and still need a look; after that it is history.
const REMEMBERED_DAYS: i64 = 7;

#[derive(Debug, Serialize)]
struct Report {
    healthy: bool,
    /// One sentence for each thing that needs a look.
    problems: Vec<String>,
    /// Whether a daemon runs on the archive.
    running: bool,
    /// The daemon's process, while it runs.
    pid: Option<u32>,
    /// The connection to the mailbox, as the daemon last noted it.
    connection: Option<WatcherState>,
    next_digest: Timestamp,
    last_error: Option<String>,
    /// When the mailbox last proved alive, to whichever daemon or command.
    last_proof: Option<Timestamp>,
    /// Lists that fell silent against their own rhythm.
    silent_lists: Vec<SilentList>,
    /// Lists that were joined or left by mail, and how far that is.
    subscriptions: Vec<Subscription>,
    /// The last copy of the archive, where one is configured.
    backup: Option<Backup>,
    directory: PathBuf,
    #[serde(flatten)]
    archive: archive::ArchiveStatus,
}

pub(super) async fn run(arguments: Arguments, around: Surroundings) -> Result<ExitCode> {
    let config = around.config()?;
    let report = look(&config, &around.clock).await?;
    let text = if arguments.json {
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        text
    } else {
        describe(&report)
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())
        .and_then(|()| out.flush())
        .context("cannot write")?;
    Ok(if report.healthy {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

async fn look(config: &Config, clock: &Clock) -> Result<Report> {
    let archive = open_archive(config)?;
    let now = clock.now();
    let live = Live::read(&archive).await?;
    let mut overdue = Vec::new();
    for edition in &config.editions {
        let days = archive.unsealed_days(&edition.name, clock.today()).await?;
        for (_, day) in edition.digests(&days, usize::MAX) {
            if now.duration_since(after(day.end(), config.grace)) > PATIENCE {
                overdue.push((edition.name.clone(), day));
            }
        }
    }
    let status = archive.status(clock.today()).await?;
    let running = live.as_ref().is_some_and(|live| live.is_running(now));
    let mut problems = problems(live.as_ref(), &overdue, &status.outbox, now);
    let known = Lists::new(&config.lists).names();
    let mut silent_lists = archive.silent_lists(clock.today()).await?;
    // Lists that were only imported were never subscribed.
    silent_lists.retain(|silent| known.contains(&silent.list));
    let silent = |silent: &SilentList| format!("{}: {}", silent.list, lists::silence(silent));
    problems.extend(silent_lists.iter().map(silent));
    let subscriptions = archive.subscriptions().await?;
    problems.extend(subscriptions.iter().filter_map(|request| {
        let late = lists::overdue(request, now)?;
        Some(format!("{}: {late}", request.list))
    }));
    let last_proof = archive.last_connected().await?;
    problems.extend(unseen(running, last_proof, now));
    if let Some(folder) = &config.mailbox.sent_folder {
        let missing = archive.copies_due().await?;
        let late = |copy: &archive::Copy| now.duration_since(copy.day.end()) > PATIENCE;
        if let Some(first) = missing.iter().find(|copy| late(copy)) {
            problems.push(format!(
                "the digest of {} was sent and is not stored in the folder `{folder}`; the log tells why",
                first.day
            ));
        }
    }
    problems.extend(ahead(&status.digests, clock.today()));
    let backup = Backup::read(&archive).await?;
    let backup = backup.filter(|_| config.archive.backup.is_some());
    if let Some(why) = backup.as_ref().and_then(|last| last.error.as_ref()) {
        problems.push(format!("the last backup failed: {why}"));
    }
    for bounce in &status.bounces {
        if clock.today().since(bounce.day) <= REMEMBERED_DAYS {
            let Bounce {
                day,
                recipient,
                said,
                ..
            } = bounce;
            problems.push(format!(
                "the digest of {day} to {recipient} bounced: {said}"
            ));
        }
    }
    let ends = config
        .editions
        .iter()
        .map(|edition| edition.span(clock.today()).1.end());
    let midnight = after(ends.min().unwrap_or(clock.today().end()), config.grace);
    let connection = live.as_ref().map(|live| live.connection.clone());
    Ok(Report {
        healthy: problems.is_empty(),
        problems,
        running,
        pid: live.as_ref().filter(|_| running).map(|live| live.pid),
        next_digest: live
            .filter(|_| running)
            .map_or(midnight, |live| live.next_digest),
        last_error: connection
            .as_ref()
            .and_then(|state| state.last_error.clone())
            .or_else(|| {
                let mut said = status.outbox.iter().rev().map(|open| &open.response);
                said.find(|said| !said.is_empty()).cloned()
            }),
        last_proof,
        silent_lists,
        subscriptions,
        connection,
        backup,
        directory: config.archive_directory()?,
        archive: status,
    })
}

fn after(instant: Timestamp, grace: Duration) -> Timestamp {
    instant.checked_add(grace).unwrap_or(Timestamp::MAX)
}

/// Nobody looked into the mailbox for so long that neither a daemon nor a timer can be at work.
fn unseen(running: bool, last_proof: Option<Timestamp>, now: Timestamp) -> Option<String> {
    let last = last_proof.filter(|last| !running && now.duration_since(*last) > UNSEEN)?;
    Some(format!(
        "nobody has looked into the mailbox since {}; start the daemon, or see why the timer does not run",
        moment(last)
    ))
}

/// Digests that were sealed while the clock was ahead: until it gets there again nothing more is sent.
fn ahead(digests: &[LastDigest], today: Day) -> Vec<String> {
    let ahead = |last: &LastDigest| {
        let day = last.day.filter(|day| *day >= today)?;
        Some(format!(
            "the digest of {day} for `{}` was sealed while the clock was ahead; the next one comes after {}",
            last.edition,
            day.next()
        ))
    };
    digests.iter().filter_map(ahead).collect()
}

/// What needs a look. That no daemon runs is none by itself: `run --once` needs none.
fn problems(
    live: Option<&Live>,
    overdue: &[(String, Day)],
    outbox: &[Open],
    now: Timestamp,
) -> Vec<String> {
    let mut found = Vec::new();
    match live {
        Some(live) if live.is_running(now) => {
            if let (Phase::BackingOff, Some(why)) =
                (&live.connection.phase, &live.connection.last_error)
            {
                found.push(format!("the mailbox cannot be read: {why}"));
            }
        }
        Some(live) if live.connection.phase != Phase::Stopped => found.push(format!(
            "the daemon does not run; its last sign of life is of {}",
            moment(live.noted_at)
        )),
        _ => {}
    }
    if let Some((edition, day)) = overdue.first() {
        let more = match overdue.len() {
            1 => String::new(),
            n => format!(", and {} more", n - 1),
        };
        found.push(format!(
            "the digest of {day} for `{edition}` is not sealed{more}; `nikkan run` makes it good"
        ));
    }
    for open in outbox {
        let late = now.duration_since(open.day.end()) > PATIENCE;
        let recent = Day::of(now).since(open.day) <= REMEMBERED_DAYS;
        if open.state == DeliveryState::Failed && recent {
            found.push(format!(
                "the digest of {} to {} was given up: {}; when that is mended: nikkan send {} --edition {} --to {}",
                open.day, open.recipient, open.response, open.day, open.edition, open.recipient
            ));
        } else if open.state != DeliveryState::Failed && late {
            found.push(format!(
                "the digest of {} to {} is not delivered: {}",
                open.day,
                open.recipient,
                if open.response.is_empty() {
                    "not tried yet"
                } else {
                    &open.response
                }
            ));
        }
    }
    found
}

/// The report for a person: a word, and what it says.
fn describe(report: &Report) -> String {
    let mut text = String::new();
    let mut line = |word: &str, said: String| {
        let said = said.split_whitespace().collect::<Vec<_>>().join(" ");
        let _ = writeln!(text, "{word:<13} {said}");
    };
    match report.problems.as_slice() {
        [] => line("health", "all is well".into()),
        problems => problems
            .iter()
            .for_each(|problem| line("PROBLEM", problem.clone())),
    }
    line(
        "daemon",
        match (report.pid, report.running) {
            (Some(pid), true) => format!("running, process {pid}"),
            _ => "not running".into(),
        },
    );
    if let Some(state) = report.connection.as_ref().filter(|_| report.running) {
        line("connection", connection(state));
    }
    if let Some(proof) = report.last_proof.filter(|_| !report.running) {
        line("connection", format!("last proved alive {}", moment(proof)));
    }
    let archive = &report.archive;
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
    for request in &report.subscriptions {
        line(
            "subscription",
            format!("{}: {}", request.list, lists::standing(request)),
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
    line("next digest", moment(report.next_digest));
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
    if let Some(backup) = &report.backup {
        let how = backup.error.as_deref().unwrap_or("made");
        line("backup", format!("{}: {how}", moment(backup.at)));
    }
    if let Some(error) = &report.last_error {
        line("last error", error.clone());
    }
    line(
        "archive",
        format!(
            "{} messages in {}",
            archive.messages,
            report.directory.display()
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

/// An instant to the second, in UTC.
pub(super) fn moment(instant: Timestamp) -> String {
    instant.strftime("%F %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests;
