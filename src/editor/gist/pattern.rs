//! Patterns of words, so that the rules can be tables. `this|the ?present document|memo` is three places; a place lists
//! the words that may stand there; `?` before it lets it be empty; `allow*` takes every ending.

use super::words::Word;

/// Returns the number of words that the pattern takes from the beginning, without running over a mark of punctuation
/// inside.
pub(super) fn lead(words: &[Word], pattern: &str) -> Option<usize> {
    let mut taken = 0;
    for place in pattern.split(' ') {
        let (optional, place) = match place.strip_prefix('?') {
            Some(place) => (true, place),
            None => (false, place),
        };
        let inside = taken == 0 || words[taken - 1].mark().is_none();
        match words.get(taken) {
            Some(word) if inside && is_one_of(word.key(), place) => taken += 1,
            _ if optional => {}
            _ => return None,
        }
    }
    (taken > 0).then_some(taken)
}

/// Returns the longest lead of any of the patterns.
pub(super) fn any_lead(words: &[Word], patterns: &[&str]) -> Option<usize> {
    patterns
        .iter()
        .filter_map(|pattern| lead(words, pattern))
        .max()
}

/// Returns true when the last words match the pattern, to the end.
pub(super) fn ends(words: &[Word], pattern: &str) -> bool {
    let places = pattern.split(' ').count();
    let from = words.len().saturating_sub(places);
    lead(&words[from..], pattern) == Some(places)
}

/// Returns true when the word is one of `a|b|c*`.
pub(super) fn is_one_of(key: &str, place: &str) -> bool {
    // Nearly every word differs in its first letter: that is looked at before a comparison is called.
    let Some(first) = key.as_bytes().first() else {
        return false;
    };
    place.split('|').any(|one| {
        one.as_bytes().first() == Some(first)
            && match one.strip_suffix('*') {
                Some(start) => key.starts_with(start),
                None => one == key,
            }
    })
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
