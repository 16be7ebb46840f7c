//! Subjects of what the IESG says more than once: "Second Last Call: …", "UPDATED WG Review: …".

use crate::mail::text::find_ignoring_case;

/// Words that say how often something was said.
const REPEATED: [&str; 19] = [
    "additional",
    "second",
    "third",
    "fourth",
    "2nd",
    "3rd",
    "updated",
    "update",
    "revised",
    "extended",
    "extension",
    "new",
    "corrected",
    "correction",
    "reissued",
    "repeated",
    "of",
    "ietf",
    "wide",
];

/// Returns what follows `words` in a subject, when nothing stands before them but words that say how often it was said,
/// such as "Second", "UPDATED:" or "Correction -".
pub(super) fn after_words<'a>(subject: &'a str, words: &str) -> Option<&'a str> {
    let at = find_ignoring_case(subject, words)?;
    let known = subject[..at]
        .split([' ', ':', '-', '*', '(', ')'])
        .filter(|word| !word.is_empty())
        .all(is_repetition);
    known.then(|| subject[at + words.len()..].trim())
}

fn is_repetition(word: &str) -> bool {
    REPEATED
        .iter()
        .any(|known| word.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn how_often_it_was_said_may_stand_first() {
        for subject in [
            "Last Call: x",
            "Second Last Call: x",
            "UPDATED: Last Call: x",
            "Extension of Last Call: x",
            "IETF-wide Last Call: x",
        ] {
            assert_eq!(after_words(subject, "Last Call:"), Some("x"), "{subject}");
        }
        for subject in [
            "Re: Last Call: x",
            "Guidance on Last Call: x",
            "Fwd: Last Call: x",
            "WG Last Call: x",
        ] {
            assert_eq!(after_words(subject, "Last Call:"), None, "{subject}");
        }
    }
}
