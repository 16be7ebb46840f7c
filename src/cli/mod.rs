//! The command line. Its one definition stands here: help, completions and manual pages come from it.
//!
//! Data goes to standard output, everything said to a person to standard error, and an error is said once, on one
//! line. The exit code is 0 for done, 1 for failed, 2 for a wrong usage or configuration.
//!
//! ```
//! use std::process::ExitCode;
//!
//! // All of `main.rs`. Without arguments it says how it is used.
//! fn main() {
//!     assert_eq!(nikkan::cli::main(), ExitCode::from(2));
//! }
//! ```

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, Subcommand};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;
use tracing::level_filters::LevelFilter;

use crate::archive::{Archive, SubscriptionAction};
use crate::clock::{Clock, Day};
use crate::config::{self, Config};
use crate::daemon::{SentFolderLook, Signals};
use crate::digest::Taxonomy;
use crate::editor::Edited;
use crate::outbox::{self, Smtp};
use crate::panics;

mod asked;
mod backup;
mod check;
mod completions;
mod digest;
mod explain;
mod files;
mod glossary;
mod import;
mod journald;
mod lists;
mod log;
mod log_outlets;
mod log_queue;
mod manual;
mod mbox;
mod parse;
mod progress;
mod readers;
mod reparse;
mod restore;
mod rewind;
mod run;
mod runtime;
mod search;
mod send;
mod site;
mod status;
mod subscribe;
mod terminal;

use runtime::{block_on, block_on_daemon};
use terminal::{one_line, say};

/// The configuration file, when nothing else is said.
const USUAL_CONFIG: &str = "/etc/nikkan/config.toml";

/// Mails one compiled digest a day of the IETF's Internet-Draft and RFC announcements.
///
/// nikkan keeps a mailbox subscribed to the IETF announcement lists, gathers each UTC day's announcements as they
/// arrive, and mails out one digest when the day is over.
#[derive(Debug, Parser)]
#[command(
    name = "nikkan",
    version,
    max_term_width = 100,
    after_help = "Examples:
  nikkan check                            does the configuration work?
  nikkan run                              the daemon
  nikkan digest                           yesterday, from the archive
  nikkan digest 2025-11-28 --mail ~/Mail  a day from files, no configuration
  nikkan status                           how things stand

Exit codes: 0 done, 1 failed, 2 wrong usage or configuration."
)]
struct Cli {
    /// The configuration file [default: /etc/nikkan/config.toml]
    #[arg(
        long,
        value_name = "FILE",
        global = true,
        env = "NIKKAN_CONFIG",
        hide_env_values = true
    )]
    config: Option<PathBuf>,

    /// Run as if this were the current time: 2025-11-29T00:00:00Z
    #[arg(long, value_name = "INSTANT", global = true, value_parser = instant)]
    at: Option<Timestamp>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Run(run::Arguments),
    Check(check::Arguments),
    Status(status::Arguments),
    Digest(digest::Arguments),
    Send(send::Arguments),
    /// Join lists by mail
    ///
    /// Mails each list the request to send its mail to the mailbox's address. The list asks for a confirmation, which
    /// `nikkan run` answers where it comes within three days; `nikkan lists` shows how far it is.
    #[command(after_help = "Examples:
  nikkan subscribe i-d-announce ietf-announce rfc-dist
  nikkan subscribe rfc-dist --address reader@example.net
  nikkan lists                          how far it is")]
    Subscribe(subscribe::Request),
    /// Leave lists by mail
    ///
    /// Mails each list the request to send nothing any more. The list asks for a confirmation, which `nikkan run`
    /// answers where it comes within three days; `nikkan lists` shows how far it is.
    #[command(after_help = "Examples:
  nikkan unsubscribe rfc-dist
  nikkan unsubscribe rfc-dist --address reader@example.net")]
    Unsubscribe(subscribe::Request),
    Lists(lists::Arguments),
    Readers(readers::Arguments),
    Search(search::Arguments),
    Glossary(glossary::Arguments),
    Site(site::Arguments),
    Parse(parse::Arguments),
    Import(import::Arguments),
    Reparse(reparse::Arguments),
    Backup(backup::Arguments),
    Restore(restore::Arguments),
    Rewind(rewind::Arguments),
    Completions(completions::Arguments),
    Manual(manual::Arguments),
}

/// The context that a command runs in.
#[derive(Debug)]
struct CommandContext {
    /// The file that was named, on the command line or in the environment.
    named_config: Option<PathBuf>,
    /// The current time, or the one that `--at` gave.
    clock: Clock,
    /// The signals, where they are held: for `run`.
    signals: Option<Signals>,
}

impl CommandContext {
    /// Reads the configuration. Its warnings are for `run` and `check` to say: a person who looks at the status ten
    /// times a day has read them.
    fn config(&self) -> Result<Config, config::ConfigError> {
        config::load(&self.config_path())
    }

    fn config_path(&self) -> PathBuf {
        self.named_config
            .clone()
            .unwrap_or_else(|| USUAL_CONFIG.into())
    }
}

/// Reads the themes as configured.
fn taxonomy(config: &Config) -> Result<Taxonomy> {
    Taxonomy::configured(&config.digest).map_err(|fault| Usage(fault).into())
}

/// Opens the archive for a command that changes it. It must be there: only `run`, `import` and the requests to the lists make one.
fn open_archive(config: &Config) -> Result<Archive> {
    Ok(Archive::open_existing(&config.archive_directory()?)?)
}

/// Opens the archive for a command that only looks: beside a daemon, on a full disk, or where nothing may be written.
fn open_archive_to_read(config: &Config) -> Result<Archive> {
    Ok(Archive::open_to_read(&config.archive_directory()?)?)
}

/// Returns the digest that was sealed for a day, if it was.
async fn sealed_digest(archive: &Archive, edition: &str, day: Day) -> Result<Option<Edited>> {
    let Some(json) = archive.compiled_digest(edition, day).await? else {
        return Ok(None);
    };
    serde_json::from_str(&json)
        .with_context(|| format!("the sealed digest of {day} cannot be read"))
}

/// Hands in all that is due.
async fn hand_in(config: &Config, archive: &Archive, clock: &Clock) -> Result<()> {
    let smtp = Smtp::new(config.smtp.clone());
    let stop = CancellationToken::new();
    let look = SentFolderLook::new(config, archive, clock, None, &stop);
    outbox::deliver_due(archive, &smtp, &look, clock, &stop).await?;
    Ok(())
}

/// A command that was used in a way that cannot be meant; ends with exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Usage(String);

/// Time that the log has at the end of `run`.
const LAST_LINES: Duration = Duration::from_millis(300);

/// Reads the arguments and carries the command out.
pub fn main() -> ExitCode {
    // Before anything else: what comes until the daemon stands is not to end it.
    let held = std::env::args_os().any(|argument| argument == "run");
    let held = held.then(Signals::hold).transpose();
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // A reader that has gone, as in `nikkan --help | head`, is no reason to say more.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    let runs = matches!(cli.command, Command::Run(_));
    match cli.command {
        // Events, too.
        Command::Run(_) => log::init(LevelFilter::INFO, None),
        // What is worth a warning is a finding there, but for an address that was passed over.
        Command::Check(_) => log::init(LevelFilter::WARN, Some("nikkan::endpoint::open")),
        _ => log::init(LevelFilter::WARN, None),
    }
    panics::log_from_here_on();
    let done = match held {
        Ok(signals) => {
            if let Some(signals) = signals.as_ref().filter(|_| !runs) {
                signals.release();
            }
            // Logged by then; the exit code is that of any other failure.
            panics::caught(|| carry_out(cli, signals)).unwrap_or_else(|panic| report(&panic.into()))
        }
        Err(cause) => {
            let cause = anyhow::Error::from(cause);
            report(&cause.context("nikkan cannot listen for signals; check TasksMax= of the unit"))
        }
    };
    // A person waits for the words of a command as long as it takes; a service ends.
    log::flush(if runs { LAST_LINES } else { Duration::MAX });
    done
}

/// Carries the command out.
fn carry_out(cli: Cli, signals: Option<Signals>) -> ExitCode {
    use SubscriptionAction::{Join, Leave};

    let context = CommandContext {
        named_config: cli.config,
        clock: cli.at.map_or_else(Clock::system, Clock::starting_at),
        signals,
    };
    let done = match cli.command {
        Command::Run(arguments) => block_on_daemon(run::run(arguments, context)),
        Command::Check(arguments) => block_on(check::run(arguments, context)),
        Command::Status(arguments) => block_on(status::run(arguments, context)),
        Command::Digest(arguments) => block_on(digest::run(arguments, context)),
        Command::Send(arguments) => block_on(send::run(arguments, context)),
        Command::Subscribe(request) => block_on(subscribe::run(request, Join, context)),
        Command::Unsubscribe(request) => block_on(subscribe::run(request, Leave, context)),
        Command::Lists(arguments) => block_on(lists::run(arguments, context)),
        Command::Readers(arguments) => block_on(readers::run(arguments, context)),
        Command::Search(arguments) => block_on(search::run(arguments, context)),
        Command::Glossary(arguments) => block_on(glossary::run(arguments, context)),
        Command::Site(arguments) => block_on(site::run(arguments, context)),
        Command::Parse(arguments) => parse::run(&arguments),
        Command::Reparse(arguments) => block_on(reparse::run(arguments, context)),
        Command::Backup(arguments) => backup::run(&arguments, &context),
        Command::Restore(arguments) => restore::run(&arguments, &context),
        Command::Rewind(arguments) => block_on(rewind::run(arguments, context)),
        Command::Completions(arguments) => completions::run(&arguments),
        Command::Manual(arguments) => manual::run(&arguments),
        Command::Import(arguments) => block_on(import::run(arguments, context)),
    };
    done.unwrap_or_else(|error| report(&error))
}

/// Says an error once, and which exit code it has.
fn report(error: &anyhow::Error) -> ExitCode {
    let broken_pipe = error.chain().any(|cause| {
        let is_pipe = |error: &io::Error| error.kind() == io::ErrorKind::BrokenPipe;
        cause.downcast_ref().is_some_and(is_pipe)
            || cause
                .downcast_ref::<serde_json::Error>()
                .is_some_and(|error| error.io_error_kind() == Some(io::ErrorKind::BrokenPipe))
    });
    if broken_pipe {
        return ExitCode::SUCCESS;
    }
    say(&one_line(&format!("{error:#}")));
    let wrong = error.chain().any(|cause| {
        cause.downcast_ref::<config::ConfigError>().is_some()
            || cause.downcast_ref::<Usage>().is_some()
    });
    ExitCode::from(if wrong { 2 } else { 1 })
}

fn instant(text: &str) -> Result<Timestamp, String> {
    text.parse()
        .map_err(|_| "write it like 2025-11-29T00:00:00Z".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_definition_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_teaches_by_example() {
        for command in Cli::command().get_subcommands() {
            let after = command.get_after_help().map(ToString::to_string);
            let after = after.unwrap_or_default();
            assert!(after.contains("Example"), "{} has none", command.get_name());
            assert!(command.get_about().is_some(), "{}", command.get_name());
        }
    }
}
