//! The shape of the file, before it is read into settings: keys and tables that are not ours, with what was probably
//! meant, and values that are wrong whatever their table is.

use toml::de::{DeTable, DeValue};

use super::keys::{Table, nearest};
use super::section::{Fault, WATCHES};
use crate::announcement::List;
use crate::digest::{Edition, Watch};
use crate::editor::EditorSettings;
use crate::mailbox::MailboxSettings;
use crate::outbox::{SmtpSettings, StandbySettings};
use crate::{archive, digest, press};

/// The keys above the first table.
const TOP_KEYS: [&str; 2] = ["grace", "catch_up_days"];

/// The tables as they are written. Those in double brackets may stand several times.
const TABLES: [&str; 9] = [
    "[mailbox]",
    "[smtp]",
    "[standby]",
    "[archive]",
    "[[list]]",
    "[[edition]]",
    "[editor]",
    "[digest]",
    "[press]",
];

/// The keys whose value is a path. An empty one names the working directory, which nobody means.
const PATHS: [&str; 7] = [
    "ca_file",
    "password_file",
    "api_key_file",
    "glossary",
    "prompt",
    "themes",
    "templates",
];

/// Returns the names of the tables, without their brackets.
fn table_names() -> [&'static str; 9] {
    TABLES.map(|table| table.trim_matches(['[', ']']))
}

/// Refuses the first key that is not among `known`, with the nearest that is, or the table that it belongs to.
pub(super) fn keys(table: &DeTable<'_>, place: &str, known: &[&str]) -> Result<(), Fault> {
    let unknown = table
        .keys()
        .filter(|key| !known.contains(&key.get_ref().as_ref()))
        .min_by_key(|key| key.span().start);
    let Some(key) = unknown else {
        return Ok(());
    };
    let name = key.get_ref().as_ref();
    let hint = match nearest(name, known) {
        Some(near) => format!("did you mean `{near}`?"),
        None => match tables_with(name).as_slice() {
            [] => format!("known are {}", known.join(", ")),
            tables => format!("it belongs {}", tables.join(" or ")),
        },
    };
    Err(Fault {
        at: key.span().start,
        message: format!("unknown key `{name}` {place}; {hint}"),
    })
}

/// Refuses the first key or table at the top of the file that is not one of ours: tables first.
pub(super) fn top(root: &DeTable<'_>) -> Result<(), Fault> {
    let is_table = |value: &DeValue<'_>| {
        let first = value.as_array().and_then(|items| items.first());
        value.is_table() || first.is_some_and(|item| item.get_ref().is_table())
    };
    let known = [&TOP_KEYS[..], &table_names()].concat();
    let unknown = root
        .iter()
        .filter(|(key, value)| {
            is_table(value.get_ref()) && !known.contains(&key.get_ref().as_ref())
        })
        .min_by_key(|(key, _)| key.span().start);
    let Some((key, _)) = unknown else {
        return keys(root, "at the top of the file", &known);
    };
    let name = key.get_ref();
    let near = nearest(name, &table_names());
    let near = TABLES
        .iter()
        .find(|table| near == Some(table.trim_matches(['[', ']'])));
    let hint = near.map_or_else(
        || format!("known are {} and [press]", TABLES[..8].join(", ")),
        |near| format!("did you mean {near}?"),
    );
    Err(Fault {
        at: key.span().start,
        message: format!("unknown table `{name}`; {hint}"),
    })
}

/// Returns the tables that have a key of this name.
fn tables_with(key: &str) -> Vec<&'static str> {
    let tables = [
        ("in [mailbox]", MailboxSettings::keys()),
        ("in [smtp]", SmtpSettings::keys()),
        ("in [archive]", archive::ArchiveSettings::keys()),
        ("in [[list]]", List::keys()),
        ("in [[edition]]", Edition::keys()),
        ("in watch of [[edition]]", Watch::keys()),
        ("in [editor]", EditorSettings::keys()),
        ("in [digest]", digest::DigestSettings::keys()),
        ("in [standby]", StandbySettings::keys()),
        ("in [press]", press::PressSettings::keys()),
        (
            "at the top of the file, before the first table",
            TOP_KEYS.to_vec(),
        ),
    ];
    let with = |(label, keys): (&'static str, Vec<&str>)| keys.contains(&key).then_some(label);
    tables.into_iter().filter_map(with).collect()
}

/// Refuses what serde would take, or tell without the key: a table in the place of one value, a price without its
/// parts, a path of nothing.
pub(super) fn values(table: &DeTable<'_>, label: &str) -> Result<(), Fault> {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let what = match value.get_ref() {
            DeValue::Table(parts) if name == "price" => {
                if parts.contains_key("input") && parts.contains_key("output") {
                    continue;
                }
                "needs both input and output, like { input = 0.15, output = 0.60 }"
            }
            _ if name == "price" => "must be a table, like { input = 0.15, output = 0.60 }",
            DeValue::Table(_) if !WATCHES.contains(&name) => "must be one value, not a table",
            DeValue::String(text) if text.is_empty() && PATHS.contains(&name) => {
                "is empty; write a path, or leave the key out"
            }
            _ => continue,
        };
        return Err(Fault {
            at: key.span().start,
            message: format!("`{name}` in {label} {what}"),
        });
    }
    Ok(())
}

/// Refuses a control character anywhere: it would end up in an IMAP command or a mail header.
pub(super) fn no_control_characters(table: &DeTable<'_>) -> Result<(), Fault> {
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
                let mut tables = items.iter().filter_map(|item| item.get_ref().as_table());
                tables.try_for_each(no_control_characters)?;
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
