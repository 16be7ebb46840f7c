//! `nikkan parse`: mails in, one JSON object per announcement out. Needs no configuration and no archive.

use std::collections::BTreeMap;
use std::io::{self, BufWriter, IsTerminal, LineWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::terminal::{counted, exit, say};
use super::{files, progress};
use crate::announcement::{self, Lists};
use crate::mail::Message;

/// Read announcements from files and print them as JSON, one object per line
///
/// Reads single messages (.eml), mbox files, Maildirs, directories of these, and standard input. A summary goes to
/// standard error.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan parse announcement.eml
  nikkan parse ~/Maildir | jq -r 'select(.kind == \"rfc\") | .rfc.title'
  nikkan parse 2025-11.mbox > november.jsonl
  curl -s https://example.org/list.mbox | nikkan parse")]
pub(super) struct Arguments {
    /// Files and directories; without any, or with -, standard input
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub(super) fn run(arguments: &Arguments) -> Result<ExitCode> {
    if arguments.paths.is_empty() && io::stdin().is_terminal() {
        say("reading mail from standard input; end it with Ctrl-D, or name files instead");
    }
    let lists = Lists::built_in();
    let stdout = io::stdout().lock();
    let mut out: Box<dyn Write> = if stdout.is_terminal() {
        Box::new(LineWriter::new(stdout))
    } else {
        Box::new(BufWriter::with_capacity(1 << 16, stdout))
    };
    let bar = progress::bar_over_files(&arguments.paths, true);
    let mut counts = BTreeMap::new();
    let (mut read, mut failed) = (0_u64, false);
    let mut messages = files::messages(&arguments.paths);
    for message in messages.by_ref() {
        let Some(message) = progress::readable(message, &bar) else {
            failed = true;
            continue;
        };
        read += 1;
        let parsed = Message::parse(&message.bytes);
        for announcement in announcement::parse(&parsed, None, &lists) {
            *counts.entry(announcement.body.kind()).or_insert(0_u64) += 1;
            serde_json::to_writer(&mut out, &announcement).context("cannot write")?;
            out.write_all(b"\n").context("cannot write")?;
        }
        bar.inc(message.bytes.len() as u64);
        if read.is_multiple_of(512) {
            bar.set_message(format!("{read} messages"));
        }
    }
    out.flush().context("cannot write")?;
    bar.finish_and_clear();
    let only_stdin = arguments.paths.iter().all(|path| path.as_os_str() == "-");
    say(&if read == 0 && !failed && only_stdin {
        "nothing came over standard input; name files, or pipe mail in".to_owned()
    } else {
        summary(read, messages.passed_over(), &counts)
    });
    Ok(exit(!failed))
}

/// `4 messages: 3 draft, 1 rfc`.
fn summary(read: u64, passed_over: u64, counts: &BTreeMap<&str, u64>) -> String {
    let mut text = match read {
        0 => "no message found".to_owned(),
        _ => counted(read, "message"),
    };
    let kinds = counts.iter().map(|(kind, count)| format!("{count} {kind}"));
    let kinds = kinds.collect::<Vec<_>>().join(", ");
    if !kinds.is_empty() {
        text = format!("{text}: {kinds}");
    }
    match passed_over {
        0 => text,
        1 => format!("{text} (1 file beside them is no mail)"),
        _ => format!("{text} ({passed_over} files beside them are no mail)"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_counts_by_kind() {
        let counts = BTreeMap::from([("draft", 14), ("notice", 1)]);
        assert_eq!(
            summary(15, 1, &counts),
            "15 messages: 14 draft, 1 notice (1 file beside them is no mail)"
        );
        assert_eq!(summary(0, 0, &BTreeMap::new()), "no message found");
    }
}
