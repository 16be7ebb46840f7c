//! Tables of the file, and the keys above the first of them, into settings.

use std::time::Duration;

use serde::Deserialize;
use toml::Spanned;
use toml::de::{DeTable, DeValue, Error, ValueDeserializer};

use super::keys::Table;
use super::section::{Fault, Section, WATCHES};
use super::{checks, explain, shape};
use crate::clock;
use crate::digest::{Watch, watch_fault};

/// A week is read one by one; after a longer absence one mail is enough.
const CATCH_UP_DAYS: usize = 7;

/// Takes a table that may stand once.
pub(super) fn once<T: Table>(
    root: &mut DeTable<'_>,
    name: &str,
    text: &str,
) -> Result<Option<(T, Section)>, Fault> {
    let label = format!("[{name}]");
    let Some(value) = root.remove(name) else {
        return Ok(None);
    };
    if value.get_ref().is_table() {
        return table(value, label).map(Some);
    }
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

/// Takes a table that may stand several times.
pub(super) fn many<T: Table>(
    root: &mut DeTable<'_>,
    name: &str,
) -> Result<Vec<(T, Section)>, Fault> {
    let label = format!("[[{name}]]");
    let Some(value) = root.remove(name) else {
        return Ok(Vec::new());
    };
    let wrong = |at: usize| Fault {
        at,
        message: format!(
            "`{name}` may stand several times; write it with double brackets: {label}"
        ),
    };
    let at = value.span().start;
    let DeValue::Array(items) = value.into_inner() else {
        return Err(wrong(at));
    };
    let read = |item: Spanned<DeValue<'_>>| match item.get_ref() {
        DeValue::Table(_) => table(item, label.clone()),
        _ => Err(wrong(item.span().start)),
    };
    items.into_iter().map(read).collect()
}

/// Reads one table into its settings.
fn table<T: Table>(value: Spanned<DeValue<'_>>, label: String) -> Result<(T, Section), Fault> {
    let mut section = Section {
        label,
        at: value.span().start,
        keys: Vec::new(),
    };
    if let DeValue::Table(table) = value.get_ref() {
        shape::keys(table, &format!("in {}", section.label), &T::keys())?;
        for key in WATCHES {
            let Some((at, watch)) = table.get_key_value(key) else {
                continue;
            };
            let label = &section.label;
            let Some(watch) = watch.get_ref().as_table() else {
                // serde would take a list for the values of the keys in their order.
                return Err(Fault {
                    at: at.span().start,
                    message: format!(
                        "`{key}` in {label} must be a table, like {{ groups = [\"quic\"] }}"
                    ),
                });
            };
            shape::keys(watch, &format!("in {key} of {label}"), &Watch::keys())?;
            expressions(watch, key, label)?;
        }
        shape::values(table, &section.label)?;
        section.keys = table
            .iter()
            .map(|(key, value)| (key.get_ref().to_string(), key.span().start, value.span()))
            .collect();
        T::check_shared(table).map_err(|error| wrong_value(&error, &section))?;
    }
    let settings = T::deserialize(ValueDeserializer::from(value));
    let settings = settings.map_err(|error| wrong_value(&error, &section))?;
    Ok((settings, section))
}

/// Refuses entries of a watch list that are no expression.
fn expressions(watch: &DeTable<'_>, key: &str, label: &str) -> Result<(), Fault> {
    for (kind, entries) in watch {
        let entries = entries.get_ref().as_array().into_iter().flatten();
        for (entry, at) in
            entries.filter_map(|item| Some((item.get_ref().as_str()?, item.span().start)))
        {
            if let Some(fault) = watch_fault(entry) {
                let message = format!(
                    "`{}` in {key} of {label}: '{entry}' {fault}",
                    kind.get_ref()
                );
                return Err(Fault { at, message });
            }
        }
    }
    Ok(())
}

fn wrong_value(error: &Error, section: &Section) -> Fault {
    let label = &section.label;
    if let Some(key) = explain::missing_field(error.message()) {
        return section.fault(key, format!("{label} needs the key `{key}`"));
    }
    let said = explain::value(error.message());
    let around = error.span().and_then(|span| section.key_around(&span));
    let Some((key, at, whole)) = around else {
        return section.fault("", format!("{label} {said}"));
    };
    let message = match key {
        _ if whole => format!("`{key}` in {label} {said}"),
        "price" => format!("`{key}` in {label}: what stands there {said}"),
        _ => format!("each item of `{key}` in {label} {said}"),
    };
    Fault { at, message }
}

/// Takes the time after midnight that the digest waits for slow lists.
pub(super) fn grace(root: &mut DeTable<'_>) -> Result<Duration, Fault> {
    let sound = |grace: &Duration| *grace <= checks::LONGEST_GRACE;
    let grace = top_key(root, "grace", clock::span, sound, "at most \"12h\"")?;
    Ok(grace.unwrap_or_default())
}

/// Takes the number of missed days that are made good one by one.
pub(super) fn catch_up_days(root: &mut DeTable<'_>) -> Result<usize, Fault> {
    let sound = |days: &usize| (1..=366).contains(days);
    let days = top_key(
        root,
        "catch_up_days",
        usize::deserialize,
        sound,
        "from 1 to 366",
    )?;
    Ok(days.unwrap_or(CATCH_UP_DAYS))
}

/// Takes a key above the first table, whose value must be `sound`; `None` when it is not there.
fn top_key<'de, T>(
    root: &mut DeTable<'de>,
    name: &str,
    read: impl FnOnce(ValueDeserializer<'de>) -> Result<T, Error>,
    sound: impl FnOnce(&T) -> bool,
    wanted: &str,
) -> Result<Option<T>, Fault> {
    let Some((key, value)) = root.remove_entry(name) else {
        return Ok(None);
    };
    let said = match read(ValueDeserializer::from(value)) {
        Ok(value) if sound(&value) => return Ok(Some(value)),
        Ok(_) => format!("must be {wanted}"),
        Err(error) => explain::value(error.message()),
    };
    Err(Fault {
        at: key.span().start,
        message: format!("`{name}` {said}"),
    })
}
