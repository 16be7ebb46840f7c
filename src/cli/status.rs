//! `nikkan status`: how things stand, for a person or as JSON for monitoring. The exit code says whether all is well.
//!
//! Everything is read from the archive, in which the daemon keeps its own state as a note; no server is asked.

use std::process::ExitCode;

use anyhow::Result;
use serde::Serialize;

use super::{CommandContext, open_archive, terminal};

mod gather;
mod judge;
mod print;

use gather::Snapshot;

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
    let archive = open_archive(&config)?;
    let snapshot = gather::snapshot(&config, &archive, &context.clock).await?;
    let problems = judge::problems(&snapshot);
    let healthy = problems.is_empty();
    let text = if arguments.json {
        let report = Report {
            healthy,
            problems: &problems,
            snapshot: &snapshot,
        };
        let mut text = serde_json::to_string_pretty(&report)?;
        text.push('\n');
        text
    } else {
        print::describe(&snapshot, &problems)
    };
    terminal::print(text)?;
    Ok(terminal::exit(healthy))
}
