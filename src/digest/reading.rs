//! What the rooms behind it ask of a digest more than once.

use super::{Digest, DraftEntry};

/// Lists that carry the announcements of RFCs.
const RFC_LISTS: [&str; 2] = ["rfc-dist", "ietf-announce"];
/// The list that carries what the IESG calls for and decides.
const IESG_LIST: &str = "ietf-announce";

impl Digest {
    /// Returns every draft, in the order of the themes.
    pub fn drafts(&self) -> impl Iterator<Item = &DraftEntry> + Clone {
        self.themes.iter().flat_map(|theme| &theme.drafts)
    }

    /// Returns true when a list was heard that would have carried an RFC: only then may it be said that there was none.
    pub fn hears_of_rfcs(&self) -> bool {
        RFC_LISTS.into_iter().any(|list| self.hears(list))
    }

    /// Returns true when the list was heard that would have carried a last call.
    pub fn hears_of_last_calls(&self) -> bool {
        self.hears(IESG_LIST)
    }

    fn hears(&self, name: &str) -> bool {
        self.heard.iter().any(|(list, _)| list == name)
    }
}

impl DraftEntry {
    /// Returns true when its first version is among the revisions of the day.
    pub fn is_first_version(&self) -> bool {
        self.revisions.iter().any(|revision| revision == "00")
    }
}
