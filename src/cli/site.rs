//! `nikkan site`: the archive as static pages, an Atom feed and JSON. A file is written only if it would change, and
//! always whole: it is written beside and put in its place.

use std::collections::{BTreeMap, VecDeque};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use clap::builder::{PossibleValuesParser, TypedValueParser};

use super::terminal::{counted, say};
use super::{CommandContext, Usage, open_archive_to_read, sealed_digest, taxonomy};
use crate::archive::Archive;
use crate::clock::Day;
use crate::digest::{self, Edition, Language, Taxonomy};
use crate::editor::{self, Edited};
use crate::press::{Format, Press};
use crate::site::{self, FEED, INDEX, Issue};

/// Write the archive as static pages, an Atom feed and JSON
///
/// A page and a JSON file for each digest, a list of all of them, and a feed of the newest. What was sealed is written
/// as it was sent; days before that are compiled from what the archive knows. Safe to repeat: only what changed is
/// written anew. Days that are not over are left out.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan site /srv/www/nikkan
  nikkan site /srv/www/nikkan --url https://www.example.net/nikkan/
  nikkan site public --edition security-weekly --language ja")]
pub(super) struct Arguments {
    /// Where to write; made where it is missing
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,

    /// The edition, by its name [default: the first one]
    #[arg(long, value_name = "NAME")]
    edition: Option<String>,

    /// The language of every fixed phrase [default: the edition's]
    #[arg(long, value_parser = PossibleValuesParser::new(["en", "ja"]).map(|tag| if tag == "ja" { Language::Ja } else { Language::En }))]
    language: Option<Language>,

    /// Where the site will be found, for the feed, whose links are relative without it
    #[arg(long, value_name = "URL", value_parser = base_url)]
    url: Option<String>,
}

/// Reads an address, and gives it its final `/`.
fn base_url(text: &str) -> Result<String, String> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))
        .unwrap_or_default();
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~/:[]%".contains(c);
    if rest.is_empty() || rest.starts_with('/') || !rest.chars().all(allowed) {
        return Err("write it like https://www.example.net/nikkan/".into());
    }
    Ok(format!("{}/", text.trim_end_matches('/')))
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let edition = config
        .edition(arguments.edition.as_deref())
        .map_err(Usage)?;
    config.check_looks()?;
    let press = Press::configured(&config.press)?;
    let taxonomy = taxonomy(&config)?;
    let archive = open_archive_to_read(&config)?;
    let directory = SiteDirectory::prepare(&arguments.directory)?;
    // What was sealed is in the edition's language.
    let anew = arguments
        .language
        .is_some_and(|tag| tag != edition.language);
    let mut edition = edition.clone();
    edition.language = arguments.language.unwrap_or(edition.language);

    let spans = spans(&archive, &edition, context.clock.today()).await?;
    let mut written = 0;
    let mut issues = Vec::new();
    let mut newest = VecDeque::new();
    for (at, (since, day)) in spans.iter().enumerate() {
        let edited = edited(&archive, (&edition, &taxonomy), (*since, *day), anew).await?;
        let previous = at.checked_sub(1).and_then(|before| spans.get(before));
        let next = spans.get(at + 1);
        let html = site::day_page(
            &press,
            &edited,
            previous.map(|span| span.1),
            next.map(|span| span.1),
        )?;
        written += directory.write_if_changed(&site::page_name(*day), &html)?;
        let json = press.print(&edited, Format::Json)?;
        written += directory.write_if_changed(&site::json_name(*day), &json)?;
        issues.push(Issue::of(&edited));
        newest.push_front(edited);
        newest.truncate(site::ENTRIES);
    }
    let feed = site::feed(&edition, newest.make_contiguous(), arguments.url.as_deref());
    written += directory.write_if_changed(FEED, &feed)?;
    // Last, so that it never names a page that is not there.
    written +=
        directory.write_if_changed(INDEX, &site::index_page(&press, edition.language, &issues)?)?;
    let files = 2 * spans.len() + 2;
    say(&format!(
        "{} in {}: {written} of {files} files written, the others had not changed",
        counted(spans.len() as u64, "digest"),
        arguments.directory.display()
    ));
    Ok(ExitCode::SUCCESS)
}

/// Lists the days of each digest, oldest first: those that were sealed, and around them each day or week of which the
/// archive knows anything and that is over.
async fn spans(archive: &Archive, edition: &Edition, today: Day) -> Result<Vec<digest::DayRange>> {
    let sealed = archive.sealed_spans(&edition.name).await?;
    let of_sealed = |day: Day| {
        let at = sealed.partition_point(|(_, last)| *last < day);
        sealed.get(at).filter(|(since, _)| *since <= day)
    };
    let mut found: BTreeMap<Day, Day> = sealed.iter().map(|(since, day)| (*day, *since)).collect();
    for day in archive.announced_days().await? {
        if of_sealed(day).is_some() {
            continue;
        }
        let (mut since, mut last) = edition.span(day);
        // A week in which the edition began, or was daily before, is shorter.
        while of_sealed(since).is_some() {
            since = since.next();
        }
        while of_sealed(last).is_some() {
            last = last.previous();
        }
        if last < today {
            found.insert(last, since);
        }
    }
    Ok(found.into_iter().map(|(day, since)| (since, day)).collect())
}

async fn edited(
    archive: &Archive,
    (edition, taxonomy): (&Edition, &Taxonomy),
    (since, day): digest::DayRange,
    anew: bool,
) -> Result<Edited> {
    let sealed = sealed_digest(archive, &edition.name, day).await?;
    if let Some(edited) = sealed.filter(|_| !anew) {
        return Ok(edited);
    }
    let record = archive.record_of_days(since, day).await?;
    Ok(editor::extract(digest::compile(
        &record, edition, taxonomy, None,
    )))
}

/// The directory of the site.
struct SiteDirectory<'a>(&'a Path);

impl SiteDirectory<'_> {
    /// Makes the directory, and refuses one that holds another site.
    fn prepare(directory: &Path) -> Result<SiteDirectory<'_>> {
        fs::create_dir_all(directory)
            .with_context(|| format!("cannot make the directory {}", directory.display()))?;
        let there = |name: &str| directory.join(name).exists();
        if there(INDEX) && !there(FEED) {
            bail!(
                "{} has an {INDEX} that nikkan did not write; name a directory of its own",
                directory.display()
            );
        }
        Ok(SiteDirectory(directory))
    }

    /// Writes a file if it would change, and returns how many files were written. A reader sees the old one or the new
    /// one. It is not forced to the disk: what a power cut leaves half written differs, and is written again the next
    /// time.
    fn write_if_changed(&self, name: &str, text: &str) -> Result<usize> {
        let path = self.0.join(name);
        let told = || format!("cannot write {}", path.display());
        match fs::read(&path) {
            Ok(bytes) if bytes == text.as_bytes() => return Ok(0),
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(error).with_context(told);
            }
            _ => {}
        }
        let new = self.0.join(format!(".{name}.new"));
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &path))
            .with_context(told)?;
        Ok(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_ends_with_one_slash_and_is_one() {
        for text in [
            "https://a.example/n",
            "https://a.example/n/",
            "https://a.example/n//",
        ] {
            assert_eq!(base_url(text).unwrap(), "https://a.example/n/");
        }
        for wrong in [
            "a.example",
            "ftp://a.example/",
            "https://",
            "https:///x",
            "https://a\"b/",
        ] {
            assert!(base_url(wrong).is_err(), "{wrong}");
        }
    }
}
