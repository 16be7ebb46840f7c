//! Values that are wrong before anything is known of their table.

use toml::de::{DeTable, DeValue};

use super::section::{Fault, WATCHES};

/// The keys whose value is a path. An empty one names the working directory, which nobody means.
const PATHS: [&str; 6] = [
    "ca_file",
    "password_file",
    "api_key_file",
    "prompt",
    "themes",
    "templates",
];

/// Refuses what serde would take, or tell without the key: a table in the place of one value, a price without its
/// parts, a path of nothing.
pub(super) fn plain(table: &DeTable<'_>, label: &str) -> Result<(), Fault> {
    for (key, value) in table {
        let name = key.get_ref().as_ref();
        let wrong = |what: &str| {
            Err(Fault {
                at: key.span().start,
                message: format!("`{name}` in {label} {what}"),
            })
        };
        match value.get_ref() {
            DeValue::Table(_) if WATCHES.contains(&name) => {}
            DeValue::Table(parts)
                if name == "price"
                    && parts.contains_key("input")
                    && parts.contains_key("output") => {}
            DeValue::Table(_) if name == "price" => {
                return wrong("needs both input and output, like { input = 0.15, output = 0.60 }");
            }
            DeValue::Table(_) => return wrong("must be one value, not a table"),
            _ if name == "price" => {
                return wrong("must be a table, like { input = 0.15, output = 0.60 }");
            }
            DeValue::String(text) if text.is_empty() && PATHS.contains(&name) => {
                return wrong("is empty; write a path, or leave the key out");
            }
            _ => {}
        }
    }
    Ok(())
}

/// Nothing that is configured may hold a control character: it would end up in an IMAP command or a mail header.
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
