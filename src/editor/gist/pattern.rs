//! Patterns of words, so that the rules can be tables. `this|the ?present document|memo` is three places; a place lists
//! the words that may stand there; `?` before it lets it be empty; `allow*` takes every ending.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use super::words::Word;

/// A place of a pattern: the words that may stand there.
struct Place {
    optional: bool,
    /// Whole words, sorted.
    words: Vec<&'static str>,
    /// Beginnings.
    starts: Vec<&'static str>,
    /// The letters with which any of them begins, a bit each: nearly every word begins with another.
    letters: u32,
}

/// Patterns that were taken apart, by where they stand in the binary.
type TakenApart = HashMap<(*const u8, usize), Rc<[Place]>>;

thread_local! {
    /// Each pattern is asked thousands of times on a busy day, and taken apart once.
    static TAKEN_APART: RefCell<TakenApart> = RefCell::default();
}

impl Place {
    fn of(place: &'static str) -> Self {
        let (optional, place) = match place.strip_prefix('?') {
            Some(place) => (true, place),
            None => (false, place),
        };
        let all = place.split('|');
        let starts = all.clone().filter_map(|one| one.strip_suffix('*'));
        let mut words: Vec<&str> = all.filter(|one| !one.ends_with('*')).collect();
        words.sort_unstable();
        Place {
            optional,
            words,
            starts: starts.collect(),
            letters: place
                .split('|')
                .fold(0, |letters, one| letters | letter(one)),
        }
    }

    fn takes(&self, key: &str) -> bool {
        self.letters & letter(key) != 0
            && (self.words.binary_search(&key).is_ok()
                || self.starts.iter().any(|start| key.starts_with(start)))
    }
}

/// Returns the bit of a word's first letter; other characters share theirs with one.
fn letter(word: &str) -> u32 {
    word.bytes().next().map_or(0, |byte| 1 << (byte & 31))
}

/// Returns the places of a pattern.
fn places(pattern: &'static str) -> Rc<[Place]> {
    let place = (pattern.as_ptr(), pattern.len());
    TAKEN_APART.with_borrow_mut(|known| {
        let places = known.entry(place);
        places
            .or_insert_with(|| pattern.split(' ').map(Place::of).collect())
            .clone()
    })
}

/// Returns the number of words that the pattern takes from the beginning, without running over a mark of punctuation
/// inside.
pub(super) fn lead(words: &[Word], pattern: &'static str) -> Option<usize> {
    let mut taken = 0;
    for place in places(pattern).iter() {
        let inside = taken == 0 || words[taken - 1].mark().is_none();
        match words.get(taken) {
            Some(word) if inside && place.takes(word.key()) => taken += 1,
            _ if place.optional => {}
            _ => return None,
        }
    }
    (taken > 0).then_some(taken)
}

/// Returns the longest lead of any of the patterns.
pub(super) fn any_lead(words: &[Word], patterns: &[&'static str]) -> Option<usize> {
    patterns
        .iter()
        .filter_map(|pattern| lead(words, pattern))
        .max()
}

/// Returns true when the last words match the pattern, to the end.
pub(super) fn ends(words: &[Word], pattern: &'static str) -> bool {
    let places = places(pattern).len();
    let from = words.len().saturating_sub(places);
    lead(&words[from..], pattern) == Some(places)
}

/// Returns true when the word is one of `a|b|c*`.
pub(super) fn is_one_of(key: &str, place: &'static str) -> bool {
    places(place).first().is_some_and(|place| place.takes(key))
}

#[cfg(test)]
mod tests {
    use super::super::words::words;
    use super::*;

    #[test]
    fn a_pattern_takes_what_it_lists() {
        let read = words("The present document, also known as it, describes");
        assert_eq!(lead(&read, "this|the ?present document|memo"), Some(3));
        assert_eq!(lead(&read, "the document"), None);
        assert_eq!(lead(&read, "the present document also"), None);
        assert_eq!(any_lead(&read, &["the", "the pres*"]), Some(2));
        assert!(ends(&read[..2], "the pres*"));
        assert!(!ends(&[], "it"));
    }
}
