//! `nikkan readers`: who gets which edition, who has left, whose mail comes back; and bringing one back.

use std::process::ExitCode;

use anyhow::{Result, bail};
use jiff::Timestamp;
use serde::Serialize;

use super::terminal::{self, moment, one_line, say};
use super::{CommandContext, Usage, open_archive, open_archive_to_read};
use crate::archive::{Archive, KnownReader, ReaderState};
use crate::config::Config;
use crate::mail::comparable_address;
use crate::press;

/// Show the readers of each edition: active, left or bouncing
///
/// Readers leave by a mail to the watched mailbox, as their digest tells them. One whose address was refused, or came back,
/// for three digests in a row gets nothing more until it is brought back.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan readers
  nikkan readers --json | jq '.[] | select(.state == \"bouncing\")'
  nikkan readers --back reader@example.net
  nikkan readers --back reader@example.net --edition daily")]
pub(super) struct Arguments {
    /// As JSON
    #[arg(long, conflicts_with = "back")]
    json: bool,

    /// Send to this reader again, from the next digest on
    #[arg(long, value_name = "ADDRESS")]
    back: Option<String>,

    /// Only this edition [default: all that the reader left]
    #[arg(long, value_name = "NAME", requires = "back")]
    edition: Option<String>,
}

/// A reader as `--json` tells it.
#[derive(Debug, Serialize)]
pub(super) struct ReaderReport {
    pub(super) edition: String,
    pub(super) address: String,
    pub(super) state: ReaderState,
    /// When the state began; null where it always was.
    pub(super) since: Option<Timestamp>,
    /// The last words of a server about one that bounces.
    pub(super) why: Option<String>,
    /// False when the configuration does not name the reader any more.
    pub(super) configured: bool,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    if let Some(address) = &arguments.back {
        let archive = open_archive(&config)?;
        let edition = arguments.edition.as_deref();
        bring_back(&config, &archive, address, edition, context.clock.now()).await?;
        archive.close().await;
        return Ok(ExitCode::SUCCESS);
    }
    let archive = open_archive_to_read(&config)?;
    let reports = reports(&config, &archive).await?;
    let text = match arguments.json {
        true => serde_json::to_string_pretty(&reports)? + "\n",
        false => reports.iter().map(described).collect(),
    };
    terminal::print(text)?;
    Ok(ExitCode::SUCCESS)
}

/// Returns the readers of the configuration in its order, then those that only the archive knows.
pub(super) async fn reports(config: &Config, archive: &Archive) -> Result<Vec<ReaderReport>> {
    let mut known = archive.known_readers().await?;
    let mut reports = Vec::new();
    for edition in &config.editions {
        let (_, to) = press::addresses(edition).map_err(Usage)?;
        for reader in to {
            let address = comparable_address(reader.email.as_ref());
            let is_it = |it: &KnownReader| it.edition == edition.name && it.address == address;
            let found = known.iter().position(is_it).map(|at| known.remove(at));
            reports.push(match found {
                Some(reader) => report(reader, true),
                None => ReaderReport {
                    edition: edition.name.clone(),
                    address,
                    state: ReaderState::Active,
                    since: None,
                    why: None,
                    configured: true,
                },
            });
        }
    }
    reports.extend(known.into_iter().map(|reader| report(reader, false)));
    Ok(reports)
}

fn report(reader: KnownReader, configured: bool) -> ReaderReport {
    ReaderReport {
        edition: reader.edition,
        address: reader.address,
        state: reader.state,
        since: Some(reader.since),
        why: Some(reader.why).filter(|why| !why.is_empty()),
        configured,
    }
}

/// Writes a reader's line.
fn described(reader: &ReaderReport) -> String {
    let mut said = reader.state.name().to_owned();
    if let Some(since) = reader.since {
        said = format!("{said} since {}", moment(since));
    }
    if let Some(why) = &reader.why {
        said = format!("{said}: {}", one_line(why));
    }
    if !reader.configured {
        said += "; not in the configuration any more";
    }
    format!("{:<16} {:<32} {said}\n", reader.edition, reader.address)
}

async fn bring_back(
    config: &Config,
    archive: &Archive,
    address: &str,
    edition: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    if let Some(name) = edition {
        config.edition(Some(name)).map_err(Usage)?;
    }
    let back = archive.bring_back(address, edition, now).await?;
    if back.is_empty() {
        bail!("{address} has not left and does not bounce; `nikkan readers` shows who does");
    }
    for name in back {
        let named = config.edition(Some(&name)).is_ok_and(|edition| {
            let readers = press::reader_addresses(edition);
            readers.binary_search(&comparable_address(address)).is_ok()
        });
        let next = match named {
            true => "gets the next digest",
            false => "gets it when `to` in the configuration names the address again",
        };
        say(&format!("{address} is a reader of {name} again and {next}"));
    }
    Ok(())
}
