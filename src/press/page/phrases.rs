//! The phrases that templates use by key, besides the entries.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::press::localizer::Localizer;

/// The headings; those of the sections travel with them.
const HEADINGS: [&str; 8] = [
    "sources", "teasers", "silence", "watched", "hot", "tally", "rfcs", "closing",
];

/// The other phrases.
const PHRASES: [&str; 5] = [
    "related",
    "hot-why",
    "hot-with",
    "lines-new",
    "lines-revised",
];

/// The punctuation marks that stand between a phrase and what a template puts beside it.
const MARKS: [&str; 3] = ["colon", "open", "close"];

impl Localizer {
    /// Returns what a template may say of this digest, by key.
    pub(super) fn phrases(&self, digest: &Digest) -> BTreeMap<&'static str, String> {
        let headings = HEADINGS.map(|key| (key, self.heading(digest, key)));
        let phrases = PHRASES.map(|key| (key, self.say(key)));
        let marks = MARKS.map(|key| (key, self.say(&format!("mark-{key}"))));
        let mut said: BTreeMap<&str, String> = headings.into_iter().collect();
        said.extend(phrases);
        said.extend(marks);
        said.insert("comma", self.say("list-comma"));
        said.insert("on-watch-list", self.say("watched"));
        said
    }
}
