//! `nikkan digest`: one day, compiled and printed. A sealed day is printed again from what was sealed; any other is
//! compiled from what is there.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Result;
use clap::builder::PossibleValuesParser;
use clap::builder::TypedValueParser;

use super::terminal::{exit, print, say};
use super::{
    CommandContext, Usage, explain, import, open_archive, open_archive_to_read, sealed_digest,
    taxonomy,
};
use crate::announcement::Lists;
use crate::archive::{Archive, DayRecord};
use crate::clock::{Clock, Day};
use crate::digest::{self, Digest, Edition, Language, Taxonomy};
use crate::editor::{self, Edited, EditorKind, EditorSettings, Japanese};
use crate::press::{self, Format, Press};
use crate::secret::InstallationKey;

/// Compile a day and print it
///
/// From the archive, or with --mail straight from files, which needs no configuration and no server. A day that is not
/// over is compiled from what is there.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan digest                                    yesterday, from the archive
  nikkan digest 2025-11-28 --mail ~/Mail/ietf      one day straight from files
  nikkan digest today --language ja                today so far, with Japanese headings
  nikkan digest 2025-11-28 --editor llm            what the model makes of it; --editor extract, to compare
  nikkan digest 2025-11-28 --format html > day.html
  nikkan digest 2025-11-28 --format json | jq .counts
  nikkan digest 2025-10-20 --format markdown --part-size 20")]
pub(super) struct Arguments {
    /// The UTC day, like 2025-11-28, or `today` [default: yesterday; with --mail the one day of the mails]
    #[arg(value_name = "DATE")]
    date: Option<Date>,

    /// Compile straight from these files: .eml, mbox, Maildir; - for standard input
    #[arg(long, value_name = "PATH", num_args = 1..)]
    mail: Vec<PathBuf>,

    /// The edition, by its name [default: the first one]
    #[arg(long, value_name = "NAME")]
    edition: Option<String>,

    /// The language of every fixed phrase [default: the edition's]
    #[arg(long, value_parser = PossibleValuesParser::new(["en", "ja"]).map(|tag| if tag == "ja" { Language::Ja } else { Language::En }))]
    language: Option<Language>,

    /// What to print
    #[arg(long, default_value = "text", value_parser = PossibleValuesParser::new(Format::NAMES.map(|(name, _)| name)).try_map(|name| name.parse::<Format>()))]
    format: Format,

    /// Markdown in numbered parts of this many drafts, divided by lines of `-----`, for posting a busy day
    #[arg(long, value_name = "DRAFTS", value_parser = clap::value_parser!(u16).range(1..))]
    part_size: Option<u16>,

    /// Edit anew, and by this editor [default: the configured one, with what it has written already]
    ///
    /// With llm what is missing is asked for now, which takes a while and counts towards the day's limits.
    #[arg(long, value_name = "EDITOR", value_parser = PossibleValuesParser::new(["extract", "llm"]).map(|name| if name == "llm" { EditorKind::Llm } else { EditorKind::Extract }))]
    editor: Option<EditorKind>,

    /// Print instead of the digest why each draft stands under its theme, the points that make hot topics, and for a
    /// Japanese edition each title in Japanese or why it stays English
    #[arg(long)]
    explain: bool,
}

/// A day as it is written on the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Date {
    Today,
    Yesterday,
    On(Day),
}

impl std::str::FromStr for Date {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "today" => Ok(Date::Today),
            "yesterday" => Ok(Date::Yesterday),
            _ => text.parse().map(Date::On),
        }
    }
}

impl Date {
    /// The day that is meant, seen from `today`.
    pub(super) fn day(self, today: Day) -> Day {
        match self {
            Date::Today => today,
            Date::Yesterday => today.previous(),
            Date::On(day) => day,
        }
    }
}

/// The parts that a digest is made of, its readers and its editor.
struct DigestInputs {
    archive: Archive,
    edition: Edition,
    press: Press,
    editor: Option<EditorSettings>,
    taxonomy: Taxonomy,
}

impl DigestInputs {
    /// Opens the glossary as configured.
    fn japanese(&self) -> Result<Japanese> {
        let glossary = self
            .editor
            .as_ref()
            .and_then(|editor| editor.glossary.as_deref());
        Japanese::configured(glossary).map_err(|fault| Usage(fault).into())
    }
}

pub(super) async fn run(mut arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    take_date_from_paths(&mut arguments);
    check_options(&arguments)?;
    let today = context.clock.today();
    let (mut inputs, lists) = inputs(&arguments, &context)?;
    let mut failed = false;
    if !arguments.mail.is_empty() {
        let imported = import::import(&inputs.archive, &arguments.mail, &lists, &context.clock);
        let (read, some_failed) = imported.await?;
        failed = some_failed;
        // What could not be read is said; a digest of nothing would only hide that.
        if failed && read.messages == 0 {
            return Ok(ExitCode::FAILURE);
        }
    }
    let day = match arguments.date {
        Some(date) => date.day(today),
        None if arguments.mail.is_empty() => today.previous(),
        None => day_of_the_mails(&inputs.archive, today).await?,
    };
    let stored = sealed_digest(&inputs.archive, &inputs.edition.name, day).await?;
    let anew = arguments.explain || arguments.language.is_some() || arguments.editor.is_some();
    let stored = stored.filter(|_| !anew);
    if let Some(language) = arguments.language {
        inputs.edition.language = language;
    }
    let edited = match stored {
        Some(edited) => edited,
        None => {
            let record = record(&inputs, day, context.clock.today()).await?;
            if arguments.explain {
                explain::print(
                    &record,
                    &inputs.edition,
                    &inputs.taxonomy,
                    &inputs.japanese()?,
                )?;
                return Ok(ExitCode::SUCCESS);
            }
            if record.announcements.is_empty() && !arguments.mail.is_empty() {
                hint_at_newest_day(&inputs.archive, day).await?;
            }
            let digest = digest::compile(&record, &inputs.edition, &inputs.taxonomy, None);
            edit(digest, &inputs, arguments.editor, &context.clock).await?
        }
    };
    let bytes = match (arguments.format, arguments.part_size) {
        (Format::Markdown, Some(size)) => inputs
            .press
            .markdown_parts(&edited, size.into())?
            .join("\n-----\n\n")
            .into_bytes(),
        (Format::Eml, _) => {
            let last = edited.digest.date;
            let key = inputs.archive.known_keys().await?.into_iter().next();
            let key = key.unwrap_or_else(InstallationKey::of_none);
            let id = press::message_id(&key, &inputs.edition, last);
            inputs
                .press
                .mail(&edited, &inputs.edition, last.end(), &id, None)?
                .as_first()
        }
        (format, _) => inputs.press.print(&edited, format)?.into_bytes(),
    };
    print(bytes)?;
    Ok(exit(!failed))
}

/// Lets an editor write the words of a digest. Only one that was asked for by name asks anybody else: printing a day
/// twice must neither cost twice nor give two digests.
async fn edit(
    digest: Digest,
    inputs: &DigestInputs,
    asked_for: Option<EditorKind>,
    clock: &Clock,
) -> Result<Edited> {
    let settings = match (asked_for, &inputs.editor) {
        (Some(EditorKind::Extract), _) => None,
        (Some(EditorKind::Llm), Some(settings)) if settings.base_url.is_some() => {
            Some(EditorSettings {
                kind: EditorKind::Llm,
                ..settings.clone()
            })
        }
        (Some(EditorKind::Llm), _) => {
            return Err(Usage(
                "--editor llm needs a configuration whose [editor] has base_url and model".into(),
            )
            .into());
        }
        (None, settings) => settings.clone(),
    };
    let deadline = settings.as_ref().map(|settings| settings.deadline);
    let until = asked_for.and(deadline).map(|span| clock.now() + span);
    let editor = editor::configured(settings.as_ref(), &inputs.archive, clock)?;
    let edited = editor.edit(digest, until).await;
    if asked_for == Some(EditorKind::Llm) && edited.words.fallbacks > 0 {
        say(&format!(
            "{} texts are the extract's; RUST_LOG=nikkan=debug tells why",
            edited.words.fallbacks
        ));
    }
    Ok(edited)
}

/// Refuses options that say nothing together, rather than to take no notice of one.
fn check_options(arguments: &Arguments) -> Result<(), Usage> {
    let apart = |one: &str, other: &str, why: &str| {
        Err(Usage(format!(
            "{one} and {other} do not go together: {why}"
        )))
    };
    let format = Format::NAMES
        .iter()
        .find(|(_, format)| *format == arguments.format);
    let format = format.map_or_else(String::new, |(name, _)| format!("--format {name}"));
    if arguments.explain && arguments.format != Format::Text {
        return apart("--explain", &format, "the points are printed as text only");
    }
    if arguments.explain && arguments.editor.is_some() {
        return apart(
            "--explain",
            "--editor",
            "no editor has a part in the points",
        );
    }
    if arguments.explain && arguments.part_size.is_some() {
        return apart("--explain", "--part-size", "the points are no digest");
    }
    if arguments.part_size.is_some() && arguments.format != Format::Markdown {
        return apart("--part-size", &format, "parts are for --format markdown");
    }
    Ok(())
}

/// Chooses the day of the mails when none is named: yesterday, as from the archive, if any of them is of it; else the
/// one day that they are of.
async fn day_of_the_mails(archive: &Archive, today: Day) -> Result<Day> {
    let yesterday = today.previous();
    let days = archive.announced_days().await?;
    match days.as_slice() {
        [] => Ok(yesterday),
        _ if days.contains(&yesterday) => Ok(yesterday),
        [day] => {
            say(&format!(
                "all of these mails are of {day}, which is printed"
            ));
            Ok(*day)
        }
        [first, .., last] => {
            const SHOWN: usize = 8;
            let names: Vec<String> = days.iter().map(ToString::to_string).collect();
            let names = if names.len() > SHOWN {
                format!("{} days from {first} to {last}", names.len())
            } else {
                format!("several days: {}", names.join(", "))
            };
            Err(Usage(format!(
                "these mails are of {names}; name the day that is wanted, like: nikkan digest {last} --mail PATH"
            ))
            .into())
        }
    }
}

/// Takes the day from `--mail DIR 2025-11-28`: what follows the paths is the day, unless there is a file of that name.
fn take_date_from_paths(arguments: &mut Arguments) {
    if arguments.mail.len() < 2 || arguments.date.is_some() {
        return;
    }
    let last = arguments.mail.last().filter(|path| !path.exists());
    if let Some(date) = last.and_then(|path| path.to_str()?.parse::<Date>().ok()) {
        arguments.date = Some(date);
        arguments.mail.pop();
    }
}

/// Opens the archive; with `--mail` one in memory, for the files, and then a configuration is only used when one is
/// named, for its lists and editions.
fn inputs(arguments: &Arguments, context: &CommandContext) -> Result<(DigestInputs, Lists)> {
    let from_files = !arguments.mail.is_empty();
    if from_files && context.named_config.is_none() && arguments.edition.is_none() {
        let inputs = DigestInputs {
            archive: Archive::in_memory()?,
            edition: Edition::unconfigured(),
            press: Press::default(),
            editor: None,
            taxonomy: Taxonomy::built_in().clone(),
        };
        return Ok((inputs, Lists::built_in()));
    }
    let config = context.config()?;
    config.check_looks()?;
    let edition = config.edition(arguments.edition.as_deref());
    let inputs = DigestInputs {
        edition: edition.map_err(Usage)?.clone(),
        press: Press::configured(&config.press)?,
        taxonomy: taxonomy(&config)?,
        archive: if from_files {
            Archive::in_memory()?
        } else {
            // A model that is asked is counted.
            match arguments.editor {
                Some(_) => open_archive(&config)?,
                None => open_archive_to_read(&config)?,
            }
        },
        editor: config.editor,
    };
    Ok((inputs, Lists::new(&config.lists)))
}

/// Reads what a digest is compiled from. The next one to be sealed is shown with the late arrivals that it will have;
/// any other as it was announced. Of a week that is not over, the days until today.
async fn record(inputs: &DigestInputs, day: Day, today: Day) -> Result<DayRecord> {
    let name = &inputs.edition.name;
    let (since, last) = inputs.edition.span(day);
    let last = last.min(today.max(day));
    let open = inputs.archive.unsealed_days(name, today.next()).await?;
    let record = match open.first() {
        Some(first) if (since..=last).contains(first) && *first <= day => {
            inputs.archive.record_to_seal(name, *first, last).await?
        }
        _ => inputs.archive.record_of_days(since, last).await?,
    };
    Ok(record)
}

/// Says which day the newest mail is of, when the day that was asked for has none.
async fn hint_at_newest_day(archive: &Archive, day: Day) -> Result<()> {
    let lists = archive.status(day).await?.lists;
    match lists.iter().map(|list| Day::of(list.last)).max() {
        Some(newest) => say(&format!(
            "nothing in these files is of {day}; the newest announcement is of {newest}"
        )),
        None => say("there is no announcement in these files"),
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_a_day_or_a_word() {
        let today: Day = "2025-11-29".parse().unwrap();
        let day = |text: &str| text.parse::<Date>().map(|date| date.day(today).to_string());
        assert_eq!(day("today").unwrap(), "2025-11-29");
        assert_eq!(day("yesterday").unwrap(), "2025-11-28");
        assert_eq!(day("2025-10-20").unwrap(), "2025-10-20");
        assert_eq!(
            day("tomorrow").unwrap_err(),
            "`tomorrow` is not a day, write it like 2025-11-28"
        );
    }
}
