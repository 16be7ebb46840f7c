//! `nikkan lists`: the lists that are known, and whether they still speak.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::{Surroundings, open_archive, status};
use crate::announcement::Lists;
use crate::archive::Silent;

/// Show each list with its last message
///
/// A list that is silent for more than twice as long as it ever was lately is marked: its subscription may have ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan lists")]
pub(super) struct Arguments {}

pub(super) async fn run(_: Arguments, around: Surroundings) -> Result<ExitCode> {
    let config = around.config()?;
    let archive = open_archive(&config)?;
    let today = around.clock.today();
    let seen: BTreeMap<_, _> = archive
        .status(today)
        .await?
        .lists
        .into_iter()
        .map(|list| (list.list, list.last))
        .collect();
    let silent = archive.silent_lists(today).await?;
    let mut out = io::stdout().lock();
    for name in Lists::new(&config.lists).names() {
        let mut said = match seen.get(&name) {
            Some(last) => format!("last message {}", status::moment(*last)),
            None => "no message yet".into(),
        };
        if let Some(silent) = silent.iter().find(|silent| silent.list == name) {
            said = format!("{said}; {}", silence(silent));
        }
        writeln!(out, "{name:<16} {said}").context("cannot write")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// What is said of a list that fell silent.
pub(super) fn silence(silent: &Silent) -> String {
    format!(
        "nothing for {} weekdays, the subscription may have ended",
        silent.weekdays
    )
}
