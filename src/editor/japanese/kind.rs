//! The kind of a document, from the head of its title.

use super::flags::Flags;
use super::glossary::Glossary;
use super::keys::{Keyed, KeyedWord};
use super::tables::PREPOSITIONS;

/// Heads that say a kind besides those that the glossary marks as heads.
const KINDS: [&str; 13] = [
    "algorithm",
    "application programming interface",
    "api",
    "codec",
    "considerations",
    "header field",
    "media type",
    "message",
    "option",
    "procedure",
    "protocol",
    "report",
    "scheme",
];

/// A head that tells no kind: サポート.
const NO_KIND: &str = "support";

/// Returns what kind of document a title tells, in Japanese.
pub(super) fn kind(glossary: &Glossary, title: &str) -> Option<String> {
    title
        .split(": ")
        .take(2)
        .find_map(|part| of_head(glossary, part))
}

fn of_head(glossary: &Glossary, part: &str) -> Option<String> {
    let stops = |word: &str| PREPOSITIONS.contains(&word) || matches!(word, "," | "based" | "and");
    // An abbreviation in brackets stands within: "Protocol (STAMP) Extensions" are extensions.
    let mut depth = 0_usize;
    let words: Vec<KeyedWord> = (Keyed::read(part).words.into_iter())
        .filter(|word| {
            let outside = depth == 0;
            match word.text.as_str() {
                "(" => depth += 1,
                ")" => depth = depth.saturating_sub(1),
                _ => return outside,
            }
            false
        })
        .take_while(|word| !stops(&word.lower))
        .collect();
    let head = &words[words.len().saturating_sub(glossary.most_words())..];
    (0..head.len()).find_map(|at| {
        let keys: Vec<&str> = head[at..].iter().map(|word| word.key.as_str()).collect();
        let key = keys.join(" ");
        let term = glossary
            .get(&key)
            .filter(|term| !term.flags.any(Flags::PART))?;
        let says =
            term.flags.any(Flags::HEAD.and(Flags::EXTENSION)) || KINDS.contains(&key.as_str());
        (says && key != NO_KIND).then(|| term.japanese.clone())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_head_tells_the_kind() {
        for (title, expected) in [
            (
                "Frobnication Protocol (FP) Extensions for Quux",
                Some("拡張"),
            ),
            ("Frobnication Protocol (FP)", Some("プロトコル")),
            ("Support for Frobnication", None),
            ("Frobnication (", None),
        ] {
            assert_eq!(
                kind(Glossary::built_in(), title).as_deref(),
                expected,
                "{title}"
            );
        }
    }
}
