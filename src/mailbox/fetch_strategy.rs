//! Decides how the messages of a folder are fetched: bodies at once or headers first, and how many UIDs a FETCH spans.

use std::collections::BTreeMap;

/// In a folder of which up to this share of messages is other mail, asking for all bodies at once is less work.
const OTHER_MAIL: f64 = 0.1;
/// UIDs that one FETCH spans at most.
const WINDOW: u32 = 1000;
/// UIDs that the first FETCH spans, which only asks for headers: soon something is there to be parsed.
const FIRST_LOOK: u32 = 50;
/// Bytes that one FETCH of bodies should bring; the messages seen lately tell how many that is.
pub(super) const BATCH_BYTES: usize = 3 * 256 * 1024;
/// After so many sessions in which its body was refused, a message is read by its header alone: with the waits between
/// them about 9 minutes, longer than a server restarts, shorter than a day is lost to one broken message.
const REFUSALS: u32 = 10;

/// The way a folder's messages are asked for, learnt from what came before.
#[derive(Debug)]
pub(super) struct FetchStrategy {
    /// Share of other mail seen lately, from 0 to 1; begins at 1, so that nobody's mail is loaded before it is known
    /// to be a list's.
    other_mail: f64,
    /// Nothing was fetched so far.
    nothing_seen: bool,
    /// Bytes of a message, as seen lately.
    typical: usize,
    /// Refusals of each body, by UID.
    refused: BTreeMap<u32, u32>,
}

impl Default for FetchStrategy {
    fn default() -> Self {
        FetchStrategy {
            other_mail: 1.0,
            nothing_seen: true,
            typical: 4096,
            refused: BTreeMap::new(),
        }
    }
}

impl FetchStrategy {
    /// Returns true when bodies are asked for at once, without their headers first.
    pub(super) fn bodies_at_once(&self) -> bool {
        self.other_mail <= OTHER_MAIL
    }

    /// Returns how many UIDs the next FETCH spans.
    pub(super) fn window(&self) -> u32 {
        if self.nothing_seen {
            FIRST_LOOK
        } else if self.bodies_at_once() {
            let fit = BATCH_BYTES / self.typical.max(1);
            u32::try_from(fit).unwrap_or(WINDOW).clamp(10, WINDOW)
        } else {
            WINDOW
        }
    }

    /// Takes note that `wanted` of `all` messages were a list's.
    pub(super) fn note_share(&mut self, wanted: usize, all: usize) {
        if all > 0 {
            self.nothing_seen = false;
            #[expect(clippy::cast_precision_loss, reason = "a share needs no precision")]
            let share = 1.0 - wanted as f64 / all as f64;
            // Lately counts more; a folder that changes its use is followed within a few windows.
            self.other_mail = if self.other_mail >= 1.0 {
                share
            } else {
                (self.other_mail + share) / 2.0
            };
        }
    }

    /// Takes note of the size of messages that were loaded.
    pub(super) fn note_size(&mut self, messages: usize, bytes: usize) {
        if let Some(each) = bytes.checked_div(messages) {
            self.typical = each.max(512);
        }
    }

    /// Asks for headers first from here on.
    pub(super) fn headers_first(&mut self) {
        self.other_mail = 1.0;
    }

    /// Counts a refused body. Returns true when the header must do from here on.
    pub(super) fn count_refusal(&mut self, uid: u32) -> bool {
        let count = self.refused.entry(uid).or_default();
        *count += 1;
        *count >= REFUSALS
    }

    /// Forgets the refusals up to `uid`, which was passed.
    pub(super) fn forget_refusals(&mut self, uid: u32) {
        self.refused.retain(|refused, _| *refused > uid);
    }
}

/// Writes ascending UIDs as a sequence set (RFC 9051 section 9): `1:3,7`.
pub(super) fn sequence_set(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == *uid => *end = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let written: Vec<String> = ranges
        .into_iter()
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}:{end}")
            }
        })
        .collect();
    written.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_written_as_ranges() {
        assert_eq!(sequence_set(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
    }

    #[test]
    fn a_folder_of_list_mail_is_read_at_once_and_a_shared_one_header_first() {
        let mut strategy = FetchStrategy::default();
        assert!(!strategy.bodies_at_once());
        strategy.note_share(50, 50);
        assert!(strategy.bodies_at_once());
        strategy.note_share(10, 50);
        assert!(!strategy.bodies_at_once());
    }

    #[test]
    fn heavy_messages_make_the_window_narrow() {
        let mut strategy = FetchStrategy::default();
        strategy.note_share(50, 50);
        assert_eq!(strategy.window() as usize, BATCH_BYTES / 4096);
        strategy.note_size(10, 10 * 200_000);
        assert_eq!(strategy.window(), 10);
    }

    #[test]
    fn a_body_is_given_up_only_after_many_refusals() {
        let mut strategy = FetchStrategy::default();
        assert_eq!((1..=10).filter(|_| strategy.count_refusal(7)).count(), 1);
        strategy.forget_refusals(7);
        assert!(!strategy.count_refusal(7));
    }
}
