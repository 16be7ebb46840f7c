//! A table of the file as its faults are told: by its name, and the positions of its keys.

use std::fmt::Display;
use std::ops::Range;

/// A fault, before it is known in which file: the byte that it stands at, and the words for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) at: usize,
    pub(super) message: String,
}

/// The keys of an edition that are tables, all of the same form.
pub(super) const WATCHES: [&str; 3] = ["watch", "only", "except"];

/// A table of the file: its name in messages, and the positions of its keys.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// `[mailbox]`, or `[[edition]]`.
    pub(super) label: String,
    /// The byte at which its header stands.
    pub(super) at: usize,
    /// Each key, the byte it stands at, and the bytes of its value.
    pub(super) keys: Vec<(String, usize, Range<usize>)>,
}

impl Section {
    /// Makes a fault at `key`, or at the header when the key is not there.
    pub(super) fn fault(&self, key: &str, message: impl Into<String>) -> Fault {
        Fault {
            at: self.position_of(key).unwrap_or(self.at),
            message: message.into(),
        }
    }

    /// Refuses the value of `key`: `what` is wrong with it, or what it must be.
    pub(super) fn refuse(&self, key: &str, what: impl Display) -> Result<(), Fault> {
        Err(self.fault(key, format!("`{key}` in {} {what}", self.label)))
    }

    /// Returns the byte that `key` stands at.
    pub(super) fn position_of(&self, key: &str) -> Option<usize> {
        let found = self.keys.iter().find(|(name, ..)| name == key);
        found.map(|(_, at, _)| *at)
    }

    /// Returns the key whose value is at `span`, and true when the span is all of the value.
    pub(super) fn key_around(&self, span: &Range<usize>) -> Option<(&str, usize, bool)> {
        self.keys
            .iter()
            .find(|(_, at, value)| {
                *at == span.start || (value.start <= span.start && span.end <= value.end)
            })
            .map(|(name, at, value)| (name.as_str(), *at, value == span))
    }
}
