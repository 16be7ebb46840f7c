//! A table of the file as its faults are told: by its name, and by where its keys stand.

use std::ops::Range;

/// What is wrong, before it is known in which file: the byte where it stands, and what to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

/// The keys of an edition that are tables, all of the same form.
pub(super) const WATCHES: [&str; 3] = ["watch", "only", "except"];

/// A table of the file: what it is called in messages, and where its keys stand.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// `[mailbox]`, or `[[edition]]`.
    pub(super) label: String,
    /// Where its header stands.
    pub(super) at: usize,
    /// Each key, where it stands, and where its value does.
    pub(super) keys: Vec<(String, usize, Range<usize>)>,
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
    pub(super) fn key_around(&self, span: &Range<usize>) -> Option<(&str, usize, bool)> {
        self.keys
            .iter()
            .find(|(_, at, value)| {
                *at == span.start || (value.start <= span.start && span.end <= value.end)
            })
            .map(|(name, at, value)| (name.as_str(), *at, value == span))
    }
}
