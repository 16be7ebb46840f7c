//! From the text to typed settings. One fault is told at a time, the first by its kind: syntax, unknown keys, missing
//! tables, wrong values, and last what does not fit together.

use std::ops::Range;
use std::path::Path;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::files::{self, Named};
use super::top::{catch_up_days, grace};
use super::{Config, Fault, Position, checks, explain, keys, values};
use crate::announcement::{List, Lists};
use crate::digest::{Edition, Watch};
use crate::editor::EditorSettings;
use crate::mailbox::MailboxSettings;
use crate::outbox::SmtpSettings;
use crate::{archive, digest, press};

/// What stands at the top of the file. `[[list]]` and `[[edition]]` may stand several times.
const TOP: [&str; 10] = [
    "grace",
    "catch_up_days",
    "mailbox",
    "smtp",
    "archive",
    "list",
    "edition",
    "editor",
    "digest",
    "press",
];

/// The keys of an edition that are tables, all of the same form.
pub(super) const WATCHES: [&str; 3] = ["watch", "only", "except"];

/// A table of the file: what it is called in messages, and where its keys stand.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// `[mailbox]`, or `[[edition]]`.
    pub(super) label: String,
    /// Where its header stands.
    at: usize,
    /// Each key, where it stands, and where its value does.
    keys: Vec<(String, usize, Range<usize>)>,
}

impl Section {
    /// A fault at `key`, or at the header where the key is not there.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) -> Fault {
        Fault {
            at: self.position_of(key).unwrap_or(self.at),
            message: message.into(),
        }
    }

    /// Where `key` stands.
    pub(super) fn position_of(&self, key: &str) -> Option<usize> {
        let found = self.keys.iter().find(|(name, ..)| name == key);
        found.map(|(_, at, _)| *at)
    }

    /// The key whose value is at `span`, and whether the span is all of the value.
    fn key_around(&self, span: &Range<usize>) -> Option<(&str, usize, bool)> {
        self.keys
            .iter()
            .find(|(_, at, value)| {
                *at == span.start || (value.start <= span.start && span.end <= value.end)
            })
            .map(|(name, at, value)| (name.as_str(), *at, value == span))
    }
}

/// Reads the whole file.
pub(super) fn read(text: &str, path: &Path) -> Result<Config, Fault> {
    let mut root = DeTable::parse(text)
        .map_err(|error| syntax(&error, text))?
        .into_inner();
    no_control_characters(&root)?;
    known_tables(&root)?;
    known_keys(&root, "at the top of the file", &TOP)?;

    let (mailbox, mailbox_at) = one::<MailboxSettings>(&mut root, "mailbox", text)?
        .ok_or_else(|| absent("[mailbox]", "where announcements arrive", text))?;
    let (smtp, smtp_at) = one::<SmtpSettings>(&mut root, "smtp", text)?
        .ok_or_else(|| absent("[smtp]", "where digests are handed in", text))?;
    let archive = one::<archive::ArchiveSettings>(&mut root, "archive", text)?;
    let editor = one::<EditorSettings>(&mut root, "editor", text)?;
    let digest = one::<digest::Settings>(&mut root, "digest", text)?;
    let press = one::<press::Settings>(&mut root, "press", text)?;
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

    let mut config = Config {
        path: path.to_owned(),
        archive: archive.map(|(settings, _)| settings).unwrap_or_default(),
        lists,
        editions,
        grace,
        catch_up_days,
        warnings: Vec::new(),
        files: Vec::new(),
        digest: digest
            .as_ref()
            .map(|(settings, _)| settings.clone())
            .unwrap_or_default(),
        press: press
            .as_ref()
            .map(|(settings, _)| settings.clone())
            .unwrap_or_default(),
        editor: editor.as_ref().map(|(settings, _)| settings.clone()),
        mailbox,
        smtp,
    };
    let mut name = |key: &'static str, file: Option<&Path>, section: &Section| {
        if let (Some(file), Some(at)) = (file, section.position_of(key)) {
            config.files.push(Named {
                key,
                label: section.label.clone(),
                path: file.to_owned(),
                credential: None,
                position: Position::of(text, at),
            });
        }
    };
    let (mailbox, smtp) = (&config.mailbox, &config.smtp);
    name("ca_file", mailbox.ca_file.as_deref(), &mailbox_at);
    name(
        "password_file",
        mailbox.password_file.as_deref(),
        &mailbox_at,
    );
    name("ca_file", smtp.ca_file.as_deref(), &smtp_at);
    name("password_file", smtp.password_file.as_deref(), &smtp_at);
    if let Some((settings, at)) = &editor {
        name("api_key_file", settings.api_key_file.as_deref(), at);
        name("ca_file", settings.ca_file.as_deref(), at);
        name("prompt", settings.prompt.as_deref(), at);
    }
    if let Some((settings, at)) = &digest {
        name("themes", settings.themes.as_deref(), at);
    }
    if let Some((settings, at)) = &press {
        name("templates", settings.templates.as_deref(), at);
    }
    let editor_at = editor.as_ref().map(|(_, at)| at);
    files::credentials(&mut config, text, &mailbox_at, &smtp_at, editor_at);
    for section in [&mailbox_at, &smtp_at] {
        if let Some(at) = section.position_of("password") {
            config.warnings.push(format!(
                "{}:{}: the password in {} stands in the configuration; put it into a file of its own and name that as password_file, or let systemd hand it over with password_credential",
                path.display(),
                Position::of(text, at),
                section.label
            ));
        }
    }
    Ok(config)
}

/// A table that must be there and is not: told at the end, where it can be added.
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
    // The text is shown only where it is a key: elsewhere it may be a password.
    if message == "duplicate key" {
        let key = text.get(span.clone()).unwrap_or_default();
        message = format!("the key `{key}` stands twice");
    }
    Fault {
        at: span.start,
        message: format!("not valid TOML: {message}"),
    }
}

/// A table that may stand once.
fn one<T: DeserializeOwned>(
    root: &mut DeTable<'_>,
    name: &str,
    text: &str,
) -> Result<Option<(T, Section)>, Fault> {
    let label = format!("[{name}]");
    match root.remove(name) {
        None => Ok(None),
        Some(value) if matches!(value.get_ref(), DeValue::Table(_)) => {
            table(value, label).map(Some)
        }
        Some(value) => {
            let doubled = text.get(value.span()).is_some_and(|t| t.starts_with("[["));
            let what = if doubled {
                "one table; write it once, with single brackets"
            } else {
                "a table"
            };
            Err(Fault {
                at: value.span().start,
                message: format!("`{name}` must be {what}: {label}"),
            })
        }
    }
}

/// A table that may stand several times.
fn many<T: DeserializeOwned>(
    root: &mut DeTable<'_>,
    name: &str,
) -> Result<Vec<(T, Section)>, Fault> {
    let label = format!("[[{name}]]");
    let wrong = |at: usize| Fault {
        at,
        message: format!(
            "`{name}` may stand several times; write it with double brackets: {label}"
        ),
    };
    let Some(value) = root.remove(name) else {
        return Ok(Vec::new());
    };
    let at = value.span().start;
    match value.into_inner() {
        DeValue::Array(items) => items
            .into_iter()
            .map(|item| match item.get_ref() {
                DeValue::Table(_) => table(item, label.clone()),
                _ => Err(wrong(item.span().start)),
            })
            .collect(),
        _ => Err(wrong(at)),
    }
}

/// One table into its settings.
fn table<T: DeserializeOwned>(
    value: Spanned<DeValue<'_>>,
    label: String,
) -> Result<(T, Section), Fault> {
    let mut section = Section {
        label,
        at: value.span().start,
        keys: Vec::new(),
    };
    if let DeValue::Table(table) = value.get_ref() {
        known_keys(table, &format!("in {}", section.label), keys::of::<T>())?;
        for key in WATCHES {
            let label = &section.label;
            match table
                .get_key_value(key)
                .map(|(key, value)| (key, value.get_ref()))
            {
                Some((_, DeValue::Table(watch))) => {
                    known_keys(watch, &format!("in {key} of {label}"), keys::of::<Watch>())?;
                }
                // serde would take a list for the values of the keys in their order.
                Some((at, _)) => {
                    return Err(Fault {
                        at: at.span().start,
                        message: format!(
                            "`{key}` in {label} must be a table, like {{ groups = [\"quic\"] }}"
                        ),
                    });
                }
                None => {}
            }
        }
        values::plain(table, &section.label)?;
        section.keys = table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), key.span().start, value.span()))
            .collect();
    }
    match T::deserialize(ValueDeserializer::from(value)) {
        Ok(settings) => Ok((settings, section)),
        Err(error) => Err(wrong_value(&error, &section)),
    }
}

fn wrong_value(error: &toml::de::Error, section: &Section) -> Fault {
    let label = &section.label;
    if let Some(key) = explain::missing_field(error.message()) {
        return section.fault(key, format!("{label} needs the key `{key}`"));
    }
    let said = explain::value(error.message());
    let around = error.span().and_then(|span| section.key_around(&span));
    match around {
        Some((key, at, true)) => Fault {
            at,
            message: format!("`{key}` in {label} {said}"),
        },
        Some((key @ "price", at, false)) => Fault {
            at,
            message: format!("`{key}` in {label}: what stands there {said}"),
        },
        Some((key, at, false)) => Fault {
            at,
            message: format!("each item of `{key}` in {label} {said}"),
        },
        None => section.fault("", format!("{label} {said}")),
    }
}

/// Refuses the first key that is not among `known`, with the nearest that is, or the table where it belongs.
fn known_keys(table: &DeTable<'_>, table_name: &str, known: &[&str]) -> Result<(), Fault> {
    let unknown = table
        .keys()
        .filter(|key| !known.contains(&key.get_ref().as_ref()))
        .min_by_key(|key| key.span().start);
    let Some(key) = unknown else {
        return Ok(());
    };
    let name = key.get_ref().as_ref();
    let hint = match keys::nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match tables_with(name).as_slice() {
            [] => format!("known are {}", known.join(", ")),
            tables => format!("it belongs {}", tables.join(" or ")),
        },
    };
    Err(Fault {
        at: key.span().start,
        message: format!("unknown key `{name}` {table_name}; {hint}"),
    })
}

/// Refuses the first table that is not one of ours.
fn known_tables(root: &DeTable<'_>) -> Result<(), Fault> {
    let is_table = |value: &DeValue<'_>| match value {
        DeValue::Table(_) => true,
        DeValue::Array(items) => {
            matches!(items.first().map(Spanned::get_ref), Some(DeValue::Table(_)))
        }
        _ => false,
    };
    let unknown = root
        .iter()
        .filter(|(key, value)| is_table(value.get_ref()) && !TOP.contains(&key.get_ref().as_ref()))
        .min_by_key(|(key, _)| key.span().start);
    let Some((key, _)) = unknown else {
        return Ok(());
    };
    let name = key.get_ref();
    let hint = match keys::nearest(name, &TOP[2..]) {
        Some(near @ ("list" | "edition")) => format!("did you mean [[{near}]]?"),
        Some(near) => format!("did you mean [{near}]?"),
        None => {
            "known are [mailbox], [smtp], [archive], [[list]], [[edition]], [editor], [digest] and [press]"
                .into()
        }
    };
    Err(Fault {
        at: key.span().start,
        message: format!("unknown table `{name}`; {hint}"),
    })
}

/// The tables that have a key of this name.
fn tables_with(key: &str) -> Vec<&'static str> {
    let tables = [
        ("in [mailbox]", keys::of::<MailboxSettings>()),
        ("in [smtp]", keys::of::<SmtpSettings>()),
        ("in [archive]", keys::of::<archive::ArchiveSettings>()),
        ("in [[list]]", keys::of::<List>()),
        ("in [[edition]]", keys::of::<Edition>()),
        ("in watch of [[edition]]", keys::of::<Watch>()),
        ("in [editor]", keys::of::<EditorSettings>()),
        ("in [digest]", keys::of::<digest::Settings>()),
        ("in [press]", keys::of::<press::Settings>()),
        ("at the top of the file, before the first table", &TOP[..2]),
    ];
    let with = |(label, keys): &(&'static str, &[&str])| keys.contains(&key).then_some(*label);
    tables.iter().filter_map(with).collect()
}

/// Nothing that is configured may hold a control character: it would end up in an IMAP command or a mail header.
fn no_control_characters(table: &DeTable<'_>) -> Result<(), Fault> {
    fn holds(value: &DeValue<'_>) -> bool {
        match value {
            DeValue::String(text) => text.chars().any(char::is_control),
            DeValue::Array(items) => items.iter().any(|item| holds(item.get_ref())),
            _ => false,
        }
    }
    for (key, value) in table {
        match value.get_ref() {
            DeValue::Table(inner) => no_control_characters(inner)?,
            DeValue::Array(items) => {
                for item in items {
                    if let DeValue::Table(inner) = item.get_ref() {
                        no_control_characters(inner)?;
                    }
                }
            }
            _ => {}
        }
        if holds(value.get_ref()) {
            return Err(Fault {
                at: key.span().start,
                message: format!(
                    "`{}` holds a line break or another control character; write it on one line",
                    key.get_ref()
                ),
            });
        }
    }
    Ok(())
}
