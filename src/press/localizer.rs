//! Asks the catalogue in one language, and for what a page needs of it.

use crate::clock::Day;
use crate::wording::{Language, Value, date_range, long_date, say};

/// A language, with short ways of asking the catalogue for its phrases.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Localizer(pub Language);

impl Localizer {
    /// Returns a phrase without arguments.
    pub(crate) fn say(&self, key: &str) -> String {
        say(self.0, key, &[])
    }

    /// Returns a phrase with its arguments set in.
    pub(crate) fn with(&self, key: &str, arguments: &[(&str, Value<'_>)]) -> String {
        say(self.0, key, arguments)
    }

    /// Returns a phrase whose only argument is a count.
    pub(crate) fn count(&self, key: &str, count: u32) -> String {
        say(self.0, key, &[("count", count.into())])
    }

    /// Joins items as `a, b, c` in the language's own way.
    pub(crate) fn list<S: AsRef<str>>(&self, items: impl IntoIterator<Item = S>) -> String {
        let items: Vec<String> = items
            .into_iter()
            .map(|item| item.as_ref().to_owned())
            .collect();
        items.join(&self.say("list-comma"))
    }

    /// Returns `Transport & QUIC 5`: a theme with its count.
    pub(super) fn tally(&self, title: &str, count: impl Into<Value<'static>>) -> String {
        self.with(
            "tally-theme",
            &[("title", title.into()), ("count", count.into())],
        )
    }

    /// Returns the day in words, or the first and the last of several.
    pub(crate) fn dates(&self, since: Option<Day>, day: Day) -> String {
        match since {
            None => long_date(self.0, day.date()),
            Some(since) => date_range(self.0, since.date(), day.date()),
        }
    }
}
