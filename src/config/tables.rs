//! Tables of the file, into the settings of the rooms.

use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use super::keys::Table;
use super::section::{Fault, Section, WATCHES};
use super::{explain, unknown, values};
use crate::digest::Watch;

/// Takes a table that may stand once.
pub(super) fn once<T: Table>(
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

/// Takes a table that may stand several times.
pub(super) fn many<T: Table>(
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

/// Reads one table into its settings.
fn table<T: Table>(value: Spanned<DeValue<'_>>, label: String) -> Result<(T, Section), Fault> {
    let mut section = Section {
        label,
        at: value.span().start,
        keys: Vec::new(),
    };
    if let DeValue::Table(table) = value.get_ref() {
        unknown::keys(table, &format!("in {}", section.label), &T::keys())?;
        for key in WATCHES {
            let label = &section.label;
            match table
                .get_key_value(key)
                .map(|(key, value)| (key, value.get_ref()))
            {
                Some((_, DeValue::Table(watch))) => {
                    unknown::keys(watch, &format!("in {key} of {label}"), &Watch::keys())?;
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
        T::check_shared(table).map_err(|error| wrong_value(&error, &section))?;
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
