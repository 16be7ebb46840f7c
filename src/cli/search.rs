//! `nikkan search`: words in, announcements out, newest first.

use std::process::ExitCode;

use anyhow::Result;

use super::CommandContext;
use super::terminal::{print, say};
use crate::announcement::Body;
use crate::archive::{Archive, StoredAnnouncement};
use crate::press;

/// Search the archive: names, titles, people, abstracts
///
/// All words must occur. A word that ends with * stands for all that begin so. The newest come first.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan search post-quantum tls
  nikkan search draft-ietf-netmod-system-config
  nikkan search nottingham http --limit 5
  nikkan search 'congest*' --json | jq -r .subject")]
pub(super) struct Arguments {
    /// The words
    #[arg(value_name = "WORDS", required = true)]
    words: Vec<String>,

    /// At most so many
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    limit: u32,

    /// As JSON, one object per line, like `nikkan parse`
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let archive = Archive::open_to_search(&config.archive_directory()?)?;
    let words = arguments.words.join(" ");
    let found = archive.search(&words, arguments.limit).await?;
    archive.close().await;
    let mut text = String::new();
    for stored in &found {
        text += &if arguments.json {
            serde_json::to_string(&stored.announcement)?
        } else {
            line(stored)
        };
        text.push('\n');
    }
    print(text)?;
    if found.is_empty() {
        say("nothing found");
    }
    Ok(ExitCode::SUCCESS)
}

/// `2025-11-28  draft-ietf-netmod-system-config-14  System-defined Configuration`.
fn line(stored: &StoredAnnouncement) -> String {
    let announcement = &stored.announcement;
    let subject = || announcement.subject.clone();
    let (name, title) = match &announcement.body {
        Body::Draft(draft) => (
            format!("{}-{}", draft.name, draft.revision),
            draft.title.clone().unwrap_or_else(subject),
        ),
        Body::Rfc(rfc) => (
            format!("RFC {}", rfc.number),
            rfc.title.clone().unwrap_or_else(subject),
        ),
        body => (body.kind().replace('_', " "), subject()),
    };
    // A title comes from outside and must not steer the terminal.
    format!("{}  {name}  {}", stored.day, press::title(&title))
}
