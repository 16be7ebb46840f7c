//! Keys and tables that are not ours, with what was probably meant.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::keys::{Table, nearest};
use super::section::Fault;
use crate::announcement::List;
use crate::digest::{Edition, Watch};
use crate::editor::EditorSettings;
use crate::mailbox::MailboxSettings;
use crate::outbox::SmtpSettings;
use crate::{archive, digest, press};

/// The keys and tables at the top of the file. `[[list]]` and `[[edition]]` may stand several times.
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

/// Refuses the first key above the tables that is not one of ours.
pub(super) fn top_keys(root: &DeTable<'_>) -> Result<(), Fault> {
    keys(root, "at the top of the file", &TOP)
}

/// Refuses the first table that is not one of ours.
pub(super) fn tables(root: &DeTable<'_>) -> Result<(), Fault> {
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
    let hint = match nearest(name, &TOP[2..]) {
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
        ("in [press]", press::PressSettings::keys()),
        (
            "at the top of the file, before the first table",
            TOP[..2].to_vec(),
        ),
    ];
    let with = |(label, keys): (&'static str, Vec<&str>)| keys.contains(&key).then_some(label);
    tables.into_iter().filter_map(with).collect()
}
