//! The keys that stand above the first table.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, ValueDeserializer};

use super::{Fault, checks, explain};
use crate::clock;

/// A week is read one by one; after a longer absence one mail is enough.
const CATCH_UP_DAYS: usize = 7;

/// The one key outside of any table.
pub(super) fn grace(root: &mut DeTable<'_>) -> Result<Duration, Fault> {
    struct Span(Duration);
    impl<'de> Deserialize<'de> for Span {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            clock::span(deserializer).map(Span)
        }
    }
    let checked = |span: Span| checks::grace(span.0);
    top_key(root, "grace", checked).map(Option::unwrap_or_default)
}

pub(super) fn catch_up_days(root: &mut DeTable<'_>) -> Result<usize, Fault> {
    let days = top_key(root, "catch_up_days", checks::catch_up_days)?;
    Ok(days.unwrap_or(CATCH_UP_DAYS))
}

/// A key above the first table, `None` where it is not there.
fn top_key<T: DeserializeOwned, V>(
    root: &mut DeTable<'_>,
    name: &str,
    check: impl FnOnce(T) -> Result<V, String>,
) -> Result<Option<V>, Fault> {
    let Some((key, value)) = root.remove_entry(name) else {
        return Ok(None);
    };
    let at = key.span().start;
    let wrong = |said: String| Fault {
        at,
        message: format!("`{name}` {said}"),
    };
    let value = T::deserialize(ValueDeserializer::from(value))
        .map_err(|error| wrong(explain::value(error.message())))?;
    check(value).map(Some).map_err(wrong)
}
