//! The identity of an announcement, and its day.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::{Announcement, Body};
use crate::clock::Day;

impl Announcement {
    /// Returns the identity, which two announcements share when they are the same: the document, else the Message-ID,
    /// else the bytes of the message.
    pub fn identity(&self, raw: &[u8]) -> String {
        match (&self.body, &self.message_id) {
            (Body::Draft(draft), _) => format!("draft:{}-{}", draft.name, draft.revision),
            (Body::Rfc(rfc), _) => format!("rfc:{}", rfc.number),
            (_, Some(id)) => format!("message:{id}"),
            (_, None) => {
                let hash = Sha256::digest(raw);
                let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("bytes:{hex}")
            }
        }
    }

    /// Returns the UTC day to which it belongs; when nothing tells that, the day of `now`.
    pub fn day_or(&self, now: Timestamp) -> Day {
        Day::of(self.date.unwrap_or(now))
    }
}
