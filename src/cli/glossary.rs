//! `nikkan glossary`: titles in Japanese, and which words the glossary lacks.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use anyhow::Result;

use super::terminal::{counted, exit, print, say};
use super::{CommandContext, Usage, open_archive_to_read};
use crate::announcement::Body;
use crate::archive::Archive;
use crate::config::Config;
use crate::editor::{Japanese, Unknown};
use crate::press;

/// Japanese titles, and the words that the glossary lacks
///
/// Prints each title as a Japanese edition has it, or why it stays English. With --missing, the words for which titles in
/// the archive stay English, those that the most titles lack first: what is worth adding to the file that `glossary` in
/// [editor] names.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan glossary 'YANG Data Model for Network Inventory'
  nikkan glossary --missing                  the words that most titles lack
  nikkan glossary --missing --limit 100")]
pub(super) struct Arguments {
    /// Titles, each in quotes
    #[arg(value_name = "TITLE")]
    titles: Vec<String>,

    /// List the words that titles in the archive lack, with the number of titles and one of them
    #[arg(long, conflicts_with = "titles")]
    missing: bool,

    /// At most so many words
    #[arg(
        long,
        value_name = "NUMBER",
        default_value_t = 40,
        requires = "missing"
    )]
    limit: usize,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    if arguments.missing {
        let config = context.config()?;
        let archive = open_archive_to_read(&config)?;
        let titles = titles(&archive).await?;
        archive.close().await;
        return print_missing(&japanese(Some(&config))?, &titles, arguments.limit);
    }
    if arguments.titles.is_empty() {
        return Err(Usage("name a title in quotes, or use --missing".into()).into());
    }
    // Without a configuration there are the built-in terms.
    let config = match context.named_config {
        Some(_) => Some(context.config()?),
        None => None,
    };
    let japanese = japanese(config.as_ref())?;
    let mut all = true;
    let mut text = String::new();
    for title in &arguments.titles {
        let line = japanese.title(title);
        all &= line.is_ok();
        text += &line.unwrap_or_else(|unknown| format!("({})", press::title(&unknown.to_string())));
        text.push('\n');
    }
    print(text)?;
    Ok(exit(all))
}

/// Opens the glossary as configured.
pub(super) fn japanese(config: Option<&Config>) -> Result<Japanese> {
    let editor = config.and_then(|config| config.editor.as_ref());
    let glossary = editor.and_then(|editor| editor.glossary.as_deref());
    Japanese::configured(glossary).map_err(|fault| Usage(fault).into())
}

/// Reads the titles of all drafts and RFCs, each once.
async fn titles(archive: &Archive) -> Result<BTreeSet<String>> {
    let mut titles = BTreeSet::new();
    for day in archive.announced_days().await? {
        let record = archive.record_of_day(day).await?;
        titles.extend(record.announcements.into_iter().filter_map(|stored| {
            match stored.announcement.body {
                Body::Draft(draft) => draft.title,
                Body::Rfc(rfc) => rfc.title,
                _ => None,
            }
        }));
    }
    Ok(titles)
}

fn print_missing(japanese: &Japanese, titles: &BTreeSet<String>, limit: usize) -> Result<ExitCode> {
    let mut missing: BTreeMap<String, (usize, &str)> = BTreeMap::new();
    let mut lines = 0;
    for title in titles {
        match japanese.title(title) {
            Ok(_) => lines += 1,
            Err(Unknown::Word(word)) => {
                missing.entry(word.to_lowercase()).or_insert((0, title)).0 += 1
            }
            Err(Unknown::Form(..)) => {}
        }
    }
    let mut missing: Vec<_> = missing.into_iter().collect();
    missing.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    // Words and titles come from outside and must not steer the terminal.
    let row = |(word, (count, title)): &(String, (usize, &str))| {
        let (word, title) = (press::title(word), press::title(title));
        format!("{count:>5}  {word}  ({title})\n")
    };
    let text: String = missing.iter().take(limit).map(row).collect();
    print(text)?;
    let all = u64::try_from(titles.len()).unwrap_or(u64::MAX);
    say(&format!(
        "{lines} of {} are Japanese",
        counted(all, "title")
    ));
    Ok(ExitCode::SUCCESS)
}
