//! The keys that stand above the first table.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer};
use toml::de::{DeTable, ValueDeserializer};

use super::section::Fault;
use super::{checks, explain};
use crate::clock;

/// A week is read one by one; after a longer absence one mail is enough.
const CATCH_UP_DAYS: usize = 7;

/// Takes how long after midnight the digest waits for slow lists.
pub(super) fn grace(root: &mut DeTable<'_>) -> Result<Duration, Fault> {
    struct Grace(Duration);
    impl<'de> Deserialize<'de> for Grace {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            clock::span(deserializer).map(Grace)
        }
    }
    let checked = |grace: Grace| checks::grace(grace.0);
    top_key(root, "grace", checked).map(Option::unwrap_or_default)
}

/// Takes how many missed days are made good one by one.
pub(super) fn catch_up_days(root: &mut DeTable<'_>) -> Result<usize, Fault> {
    let days = top_key(root, "catch_up_days", checks::catch_up_days)?;
    Ok(days.unwrap_or(CATCH_UP_DAYS))
}

/// Takes a key above the first table; `None` when it is not there.
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
