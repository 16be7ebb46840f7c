//! From the text to typed settings. One fault is told at a time, the first by its kind: syntax, unknown keys, missing
//! tables, wrong values, and last what does not fit together.

use std::path::Path;

use toml::de::DeTable;

use super::section::{Fault, Section};
use super::tables::{many, once};
use super::top::{catch_up_days, grace};
use super::{Config, Position, checks, files, unknown, values};
use crate::announcement::{List, Lists};
use crate::digest::Edition;
use crate::editor::EditorSettings;
use crate::mailbox::MailboxSettings;
use crate::outbox::SmtpSettings;
use crate::{archive, digest, press};

/// Reads the whole file.
pub(super) fn read(text: &str, path: &Path) -> Result<Config, Fault> {
    let mut root = DeTable::parse(text)
        .map_err(|error| syntax(&error, text))?
        .into_inner();
    values::no_control_characters(&root)?;
    unknown::tables(&root)?;
    unknown::top_keys(&root)?;

    let (mailbox, mailbox_at) = once::<MailboxSettings>(&mut root, "mailbox", text)?
        .ok_or_else(|| absent("[mailbox]", "where announcements arrive", text))?;
    let (smtp, smtp_at) = once::<SmtpSettings>(&mut root, "smtp", text)?
        .ok_or_else(|| absent("[smtp]", "where digests are handed in", text))?;
    let archive = once::<archive::ArchiveSettings>(&mut root, "archive", text)?;
    let editor = once::<EditorSettings>(&mut root, "editor", text)?;
    let (digest, digest_at) = once::<digest::DigestSettings>(&mut root, "digest", text)?.unzip();
    let (press, press_at) = once::<press::PressSettings>(&mut root, "press", text)?.unzip();
    let lists = many::<List>(&mut root, "list")?;
    let editions = many::<Edition>(&mut root, "edition")?;
    if editions.is_empty() {
        return Err(absent("[[edition]]", "who reads the digest", text));
    }
    let grace = grace(&mut root)?;
    let catch_up_days = catch_up_days(&mut root)?;

    checks::mailbox(&mailbox, &mailbox_at)?;
    checks::smtp(&smtp, &smtp_at)?;
    checks::lists(&lists)?;
    checks::editions(&editions)?;
    if let Some((settings, at)) = &editor {
        checks::editor(settings, at)?;
    }
    if let Some((settings, at)) = &archive {
        checks::archive(settings, at)?;
    }

    let lists: Vec<List> = lists.into_iter().map(|(list, _)| list).collect();
    let mut editions: Vec<Edition> = editions.into_iter().map(|(edition, _)| edition).collect();
    for edition in &mut editions {
        edition.lists = Lists::new(&lists).names();
    }
    let warnings = [&mailbox_at, &smtp_at];
    let warnings = warnings
        .into_iter()
        .filter_map(|section| in_the_open(section, text, path));
    let (editor, editor_at) = editor.unzip();
    let mut config = Config {
        path: path.to_owned(),
        mailbox,
        smtp,
        archive: archive.map(|(settings, _)| settings).unwrap_or_default(),
        lists,
        editions,
        editor,
        digest: digest.unwrap_or_default(),
        press: press.unwrap_or_default(),
        grace,
        catch_up_days,
        warnings: warnings.collect(),
        files: Vec::new(),
    };
    let sections = files::Sections {
        mailbox: mailbox_at,
        smtp: smtp_at,
        editor: editor_at,
        digest: digest_at,
        press: press_at,
    };
    files::note(&mut config, text, &sections);
    Ok(config)
}

/// Warns when the password itself stands in the table.
fn in_the_open(section: &Section, text: &str, path: &Path) -> Option<String> {
    let at = section.position_of("password")?;
    Some(format!(
        "{}:{}: the password in {} stands in the configuration; put it into a file of its own and name that as password_file, or let systemd hand it over with password_credential",
        path.display(),
        Position::of(text, at),
        section.label
    ))
}

/// Tells a table that must be there and is not: at the end, where it can be added.
fn absent(label: &str, what: &str, text: &str) -> Fault {
    let written = text.trim_end();
    Fault {
        // The line after the last: no key that stands there is at fault.
        at: written.len() + usize::from(text[written.len()..].starts_with('\n')),
        message: format!("the table {label} is missing; add it: it says {what}"),
    }
}

fn syntax(error: &toml::de::Error, text: &str) -> Fault {
    let span = error.span().unwrap_or_default();
    let mut message = error.message().to_owned();
    // The text is shown only when it is a key: elsewhere it may be a password.
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        message = format!("the key `{key}` stands twice");
    }
    Fault {
        at: span.start,
        message: format!("not valid TOML: {message}"),
    }
}
