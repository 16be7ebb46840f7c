//! Decides how the messages of a folder are fetched: bodies at once or headers first, and how many UIDs a FETCH spans.

use std::collections::BTreeMap;

use super::UidSet;
use super::fetch_result::{BATCH_BYTES, Part};

/// In a folder of which up to this share of messages is other mail, asking for all bodies at once is less work.
const OTHER_MAIL: f64 = 0.1;
/// UIDs that one FETCH spans at most.
const WINDOW: u32 = 1000;
/// UIDs that the first FETCH spans, which only asks for headers: soon something is there to be parsed.
const FIRST_LOOK: u32 = 50;
/// Ranges that were stored until a narrowed FETCH spans twice as many UIDs again.
const STORED_TO_WIDEN: u32 = 8;
/// Messages in a row that were no longer than they came, though RFC822.SIZE tells more, until it is believed no more: some
/// servers estimate it.
const WRONG_SIZES: u32 = 3;

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
    /// Sessions in which each message did not come, by UID.
    withheld: BTreeMap<u32, u32>,
    /// UIDs that a FETCH spans at most, while something goes wrong at one of them.
    limit: Option<u32>,
    /// Ranges stored since the limit was set.
    stored: u32,
    /// True when the server answers a FETCH of header fields with something else.
    whole_headers: bool,
    /// True when the server refuses to give a part of a body.
    parts_refused: bool,
    /// Messages in a row whose RFC822.SIZE was wrong.
    wrong_sizes: u32,
    /// True when the server does not know SEARCH.
    pub(super) search_refused: bool,
}

impl Default for FetchStrategy {
    fn default() -> Self {
        FetchStrategy {
            other_mail: 1.0,
            nothing_seen: true,
            typical: 4096,
            withheld: BTreeMap::new(),
            limit: None,
            stored: 0,
            whole_headers: false,
            parts_refused: false,
            wrong_sizes: 0,
            search_refused: false,
        }
    }
}

impl FetchStrategy {
    /// Returns true when bodies are asked for at once, without their headers first.
    pub(super) fn bodies_at_once(&self) -> bool {
        // How long a message is, and so whether it may come whole, is known by its header only.
        self.other_mail <= OTHER_MAIL && !self.parts_refused
    }

    /// Returns the part of a message that is asked for at first.
    pub(super) fn body_part(&self) -> Part {
        match self.parts_refused {
            true => Part::Entire,
            false => Part::Message,
        }
    }

    /// Takes note that the server refuses to give a part of a body.
    pub(super) fn note_parts_refused(&mut self) {
        self.parts_refused = true;
    }

    /// Returns the part by which it is seen whose a message is.
    pub(super) fn header_part(&self) -> Part {
        match self.whole_headers {
            true => Part::Header,
            false => Part::Fields,
        }
    }

    /// Returns how many UIDs the next FETCH spans.
    pub(super) fn window(&self) -> u32 {
        let window = if self.nothing_seen {
            FIRST_LOOK
        } else if self.bodies_at_once() {
            let fit = BATCH_BYTES / self.typical.max(1);
            u32::try_from(fit).unwrap_or(WINDOW).clamp(10, WINDOW)
        } else {
            WINDOW
        };
        self.limit.map_or(window, |limit| window.min(limit))
    }

    /// Halves the number of UIDs that a FETCH spans, because something went wrong at one of the `span` that were under way:
    /// after a few times it is known at which.
    pub(super) fn narrow(&mut self, span: u32) {
        self.limit = Some((self.window().min(span) / 2).max(1));
        self.stored = 0;
    }

    /// Lifts the limit.
    pub(super) fn widen(&mut self) {
        self.limit = None;
    }

    /// Returns true while something goes wrong at one message, and each range is stored before the next is fetched.
    pub(super) fn is_narrowed(&self) -> bool {
        self.limit.is_some()
    }

    /// Takes note that a range was stored; after some of them the limit is twice as high.
    pub(super) fn note_stored(&mut self) {
        let Some(limit) = self.limit else {
            return;
        };
        self.stored += 1;
        if self.stored >= STORED_TO_WIDEN {
            self.stored = 0;
            self.limit = limit.checked_mul(2).filter(|limit| *limit < WINDOW);
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

    /// Takes note of how many of `all` messages came without the header fields that were asked for.
    pub(super) fn note_unclear(&mut self, unclear: usize, all: usize) {
        // A mail without a sender is rare; where most have none, it is the server's doing.
        self.whole_headers |= unclear * 2 > all;
    }

    /// Takes note that a message was as long as it came at first, or, with `false`, that it was longer.
    pub(super) fn note_size_wrong(&mut self, wrong: bool) {
        self.wrong_sizes = if wrong { self.wrong_sizes + 1 } else { 0 };
    }

    /// Returns true while RFC822.SIZE is believed.
    pub(super) fn believes_sizes(&self) -> bool {
        self.wrong_sizes < WRONG_SIZES
    }

    /// Asks for headers first from here on.
    pub(super) fn headers_first(&mut self) {
        self.other_mail = 1.0;
    }

    /// Counts a session in which a message that is there did not come; returns how many there were.
    pub(super) fn count_withheld(&mut self, uid: u32) -> u32 {
        let count = self.withheld.entry(uid).or_default();
        *count += 1;
        *count
    }

    /// Forgets that messages did not come, except those after `uid`, which are not passed yet.
    pub(super) fn forget_withheld(&mut self, uid: u32) {
        self.withheld.retain(|withheld, _| *withheld > uid);
    }
}

/// Returns the first `most` UIDs of a set as one range, as [`FetchStrategy::window`] limits it.
pub(super) fn first_of(set: &UidSet, most: u32) -> Option<(u32, u32)> {
    let last = set.iter().take(most.max(1) as usize).last()?;
    Some((set.first()?, last))
}

#[cfg(test)]
mod tests {
    use super::*;

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
    fn sessions_without_a_message_are_counted_until_it_is_passed() {
        let mut strategy = FetchStrategy::default();
        assert_eq!(
            [7, 7, 8, 7].map(|uid| strategy.count_withheld(uid)),
            [1, 2, 1, 3]
        );
        strategy.forget_withheld(7);
        assert_eq!([7, 8].map(|uid| strategy.count_withheld(uid)), [1, 2]);
    }

    /// Every failure halves the span: from a window of 1,000 UIDs to one of them.
    #[test]
    fn a_message_at_which_all_fails_is_found_in_a_few_sessions() {
        let mut strategy = FetchStrategy::default();
        strategy.note_share(0, 50);
        let (bad, mut cursor, mut sessions) = (777_u32, 0_u32, 0);
        loop {
            let last = cursor + strategy.window();
            if (cursor + 1..=last).contains(&bad) {
                sessions += 1;
                if last == cursor + 1 {
                    break;
                }
                strategy.narrow(last - cursor);
            } else {
                cursor = last;
                strategy.note_stored();
            }
        }
        assert!(sessions <= 15, "{sessions}");
        strategy.widen();
        assert_eq!((strategy.window(), strategy.is_narrowed()), (WINDOW, false));
    }

    #[test]
    fn a_narrowed_window_grows_again() {
        let mut strategy = FetchStrategy::default();
        strategy.note_share(0, 50);
        for _ in 0..20 {
            strategy.narrow(u32::MAX);
        }
        assert_eq!(strategy.window(), 1);
        for _ in 0..10 * STORED_TO_WIDEN {
            strategy.note_stored();
        }
        assert!(!strategy.is_narrowed());
    }

    #[test]
    fn wrong_sizes_are_believed_no_more_after_a_few() {
        let mut strategy = FetchStrategy::default();
        for wrong in [true, true, false, true, true] {
            strategy.note_size_wrong(wrong);
        }
        assert!(strategy.believes_sizes());
        strategy.note_size_wrong(true);
        assert!(!strategy.believes_sizes());
    }
}
