//! From the text to typed settings. One fault is told at a time, the first by its kind: syntax, unknown keys, missing
//! tables, wrong values, and last what does not fit together.

use std::path::Path;

use toml::de::DeTable;

use super::section::{Fault, Section};
use super::tables::{catch_up_days, grace, many, once};
use super::{Config, Position, checks, files, shape};
use crate::announcement::Lists;
use crate::digest::Edition;

/// Reads the whole file.
pub(super) fn read(text: &str, path: &Path) -> Result<Config, Fault> {
    let parsed = DeTable::parse(text).map_err(|error| syntax(&error, text))?;
    let mut root = parsed.into_inner();
    shape::no_control_characters(&root)?;
    shape::top(&root)?;

    let (mailbox, mailbox_at) = once(&mut root, "mailbox", text)?
        .ok_or_else(|| absent("[mailbox]", "where announcements arrive", text))?;
    let (smtp, smtp_at) = once(&mut root, "smtp", text)?
        .ok_or_else(|| absent("[smtp]", "where digests are handed in", text))?;
    let (standby, standby_at) = once(&mut root, "standby", text)?.unzip();
    let archive = once(&mut root, "archive", text)?;
    let editor = once(&mut root, "editor", text)?;
    let (digest, digest_at) = once(&mut root, "digest", text)?.unzip();
    let (press, press_at) = once(&mut root, "press", text)?.unzip();
    let lists = many(&mut root, "list")?;
    let editions = many(&mut root, "edition")?;
    if editions.is_empty() {
        return Err(absent("[[edition]]", "who reads the digest", text));
    }
    let grace = grace(&mut root)?;
    let catch_up_days = catch_up_days(&mut root)?;

    checks::mailbox(&mailbox, &mailbox_at)?;
    checks::smtp(&smtp, &smtp_at)?;
    if let (Some(settings), Some(at)) = (&standby, &standby_at) {
        checks::standby(settings, &mailbox, at)?;
    }
    checks::lists(&lists)?;
    checks::editions(&editions)?;
    if let Some((settings, at)) = &editor {
        checks::editor(settings, at)?;
    }
    if let Some((settings, at)) = &archive {
        checks::archive(settings, at)?;
    }

    let at_login = [&mailbox_at, &smtp_at].into_iter();
    let warnings = at_login.filter_map(|section| in_the_open(section, text, path));
    let unwise = (editions.iter()).flat_map(|edition| checks::unwise(edition, &mailbox));
    let warnings = warnings.chain(unwise.map(|fault| placed(&fault, text, path)));
    let warnings: Vec<String> = warnings.collect();
    let (lists, _): (Vec<_>, Vec<_>) = lists.into_iter().unzip();
    let (mut editions, _): (Vec<Edition>, Vec<_>) = editions.into_iter().unzip();
    for edition in &mut editions {
        edition.lists = Lists::new(&lists).names();
        edition.reply_to = edition.reply_to.take().or_else(|| smtp.operator.clone());
    }
    let (editor, editor_at) = editor.unzip();
    let mut config = Config {
        path: path.to_owned(),
        mailbox,
        smtp,
        standby,
        archive: archive.map(|(settings, _)| settings).unwrap_or_default(),
        lists,
        editions,
        editor,
        digest: digest.unwrap_or_default(),
        press: press.unwrap_or_default(),
        grace,
        catch_up_days,
        warnings,
        files: Vec::new(),
    };
    let optional = [standby_at, editor_at, digest_at, press_at]
        .into_iter()
        .flatten();
    let sections: Vec<Section> = [mailbox_at, smtp_at].into_iter().chain(optional).collect();
    config.files = files::named(&mut config, text, &sections);
    Ok(config)
}

/// Warns when the password itself stands in the table.
fn in_the_open(section: &Section, text: &str, path: &Path) -> Option<String> {
    let at = section.position_of("password")?;
    let message = format!(
        "the password in {} stands in the configuration; put it into a file of its own and name that as password_file, or let systemd hand it over with password_credential",
        section.label
    );
    Some(placed(&Fault { at, message }, text, path))
}

/// Writes a fault that is only warned of, with file and line.
fn placed(fault: &Fault, text: &str, path: &Path) -> String {
    let position = Position::of(text, fault.at);
    format!("{}:{position}: {}", path.display(), fault.message)
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
