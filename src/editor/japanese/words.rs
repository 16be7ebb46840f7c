//! English words: plurals, names, and what letters a text is written in.

use crate::wording::{is_japanese, is_katakana};

/// Words that end like a plural and are none, or have none.
const SAME: [&str; 112] = [
    "access",
    "address",
    "aliases",
    "always",
    "ambiguous",
    "analysis",
    "anonymous",
    "as",
    "asynchronous",
    "atlas",
    "autonomous",
    "aws",
    "axis",
    "basis",
    "bus",
    "business",
    "bytes",
    "canvas",
    "chaos",
    "class",
    "compress",
    "consensus",
    "continuous",
    "corpus",
    "cross",
    "css",
    "diagnosis",
    "differentiated",
    "discuss",
    "dns",
    "express",
    "eyeballs",
    "focus",
    "freshness",
    "gps",
    "happy",
    "has",
    "heterogeneous",
    "https",
    "human",
    "ims",
    "ios",
    "is",
    "iss",
    "its",
    "kubernetes",
    "lens",
    "less",
    "liveness",
    "loss",
    "lossless",
    "mess",
    "mls",
    "nats",
    "news",
    "oblivious",
    "opus",
    "os",
    "pass",
    "perhaps",
    "plus",
    "press",
    "previous",
    "process",
    "progress",
    "qos",
    "responsiveness",
    "robustness",
    "semantics",
    "series",
    "sms",
    "ss",
    "stateless",
    "status",
    "synchronous",
    "synthesis",
    "this",
    "thus",
    "tls",
    "toss",
    "towards",
    "various",
    "virus",
    "vs",
    "was",
    "wireless",
    "across",
    "afterwards",
    "besides",
    "census",
    "ethics",
    "physics",
    "economics",
    "analytics",
    "politics",
    "mathematics",
    "logistics",
    "cellos",
    "ethos",
    "pathos",
    "harness",
    "witness",
    "awareness",
    "readiness",
    "completeness",
    "correctness",
    "effectiveness",
    "fairness",
    "happiness",
    "uniqueness",
    "usefulness",
    "bias",
];

/// Plurals with a form of their own.
const IRREGULAR: [(&str, &str); 17] = [
    ("analyses", "analysis"),
    ("children", "child"),
    ("cookies", "cookie"),
    ("criteria", "criterion"),
    ("data", "data"),
    ("errata", "errata"),
    ("indices", "index"),
    ("matrices", "matrix"),
    ("media", "media"),
    ("men", "man"),
    ("movies", "movie"),
    ("people", "person"),
    ("policies", "policy"),
    ("series", "series"),
    ("ties", "tie"),
    ("vertices", "vertex"),
    ("axes", "axis"),
];

/// Returns the singular of a word in lower case.
pub(super) fn singular(word: &str) -> String {
    if word.len() < 4 || SAME.contains(&word) {
        return word.to_owned();
    }
    if let Some((_, one)) = IRREGULAR.iter().find(|(many, _)| *many == word) {
        return (*one).to_owned();
    }
    if let Some(stem) = word.strip_suffix("ies")
        && stem.len() > 1
    {
        return format!("{stem}y");
    }
    if let Some(stem) = word.strip_suffix("es")
        && (stem.ends_with(['x'])
            || ["ss", "ch", "sh"].iter().any(|end| stem.ends_with(end))
            || SAME.contains(&stem))
    {
        return stem.to_owned();
    }
    match word.strip_suffix('s') {
        Some(stem) if !word.ends_with("ss") && !word.ends_with("us") && !word.ends_with("is") => {
            stem.to_owned()
        }
        _ => word.to_owned(),
    }
}

/// Returns true for a plural.
pub(super) fn is_plural(word: &str) -> bool {
    let lower = word.to_lowercase();
    singular(&lower) != lower
}

/// Returns true for a word that stays as it is: of capitals, with a capital inside, or with letters and digits.
pub(super) fn is_name(word: &str) -> bool {
    let bare = word.strip_suffix('s').unwrap_or(word);
    let capital = |c: char| c.is_ascii_uppercase();
    if word.chars().skip(1).any(capital) {
        return true;
    }
    let signs = bare
        .chars()
        .skip(1)
        .any(|c| c.is_ascii_digit() || "+*#".contains(c));
    if word.starts_with(capital) && signs && !bare.chars().any(|c| c.is_ascii_lowercase()) {
        return true;
    }
    let letters = word.chars().any(|c| c.is_ascii_alphabetic());
    letters
        && word.contains(|c: char| c.is_ascii_digit() || c == '_' || c == '@')
        && !is_ordinal(word)
}

/// `2nd`, `1990s`.
fn is_ordinal(word: &str) -> bool {
    let end = word
        .trim_start_matches(|c: char| c.is_ascii_digit())
        .to_lowercase();
    end.len() < word.len() && ["st", "nd", "rd", "th", "s"].contains(&end.as_str())
}

/// Takes the plural off a name of capitals: `LSPs`, `IDs`.
pub(super) fn name_form(word: &str) -> &str {
    match word.strip_suffix('s') {
        Some(stem)
            if stem.len() > 1
                && stem.chars().all(|c| {
                    c.is_ascii_uppercase() || c.is_ascii_digit() || c == '+' || c == '-'
                }) =>
        {
            stem
        }
        _ => word,
    }
}

/// Returns true for `2`, `1.3`, `v2`, `5bis`.
pub(super) fn is_number(word: &str) -> bool {
    let word = word.strip_prefix('v').unwrap_or(word);
    let word = word.strip_suffix("bis").unwrap_or(word);
    !word.is_empty()
        && word
            .split('.')
            .all(|part| !part.is_empty() && part.chars().all(|c| c.is_ascii_digit()))
}

/// Returns true when a text has Japanese in it.
pub(super) fn has_japanese(text: &str) -> bool {
    text.contains(is_japanese)
}

/// Returns true for a letter, a digit or a sign that belongs to a Latin word.
fn is_latin(c: char) -> bool {
    c.is_ascii_alphanumeric() || "+*#_.@/-".contains(c)
}

/// Writes two pieces one after the other: a blank stands between Latin words only.
pub(super) fn joined(left: &str, right: &str) -> String {
    let apart = left.ends_with(is_latin) && right.starts_with(is_latin);
    format!("{left}{}{right}", if apart { " " } else { "" })
}

/// Counts the katakana on both sides of where two pieces would meet; 0 when one side has none.
pub(super) fn katakana_at_the_seam(left: &str, right: &str) -> usize {
    let before = left.chars().rev().take_while(|c| is_katakana(*c)).count();
    let behind = right.chars().take_while(|c| is_katakana(*c)).count();
    if before == 0 || behind == 0 {
        0
    } else {
        before + behind
    }
}

/// Returns true for what is inflected: it ends in hiragana.
pub(super) fn ends_in_hiragana(japanese: &str) -> bool {
    japanese.ends_with(|c| ('\u{3041}'..='\u{3096}').contains(&c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plurals_lose_their_ending_and_other_words_keep_it() {
        for (many, one) in [
            ("networks", "network"),
            ("policies", "policy"),
            ("addresses", "address"),
            ("processes", "process"),
            ("boxes", "box"),
            ("switches", "switch"),
            ("indices", "index"),
            ("dns", "dns"),
            ("status", "status"),
            ("analysis", "analysis"),
            ("ids", "ids"),
        ] {
            assert_eq!(singular(many), one);
        }
    }

    #[test]
    fn names_are_told_by_their_letters() {
        for name in [
            "TLS", "LSPs", "OAuth", "G-ACh", "IPv6", "C2", "p2p5", "HTTP/3", "C++",
        ] {
            assert!(is_name(name), "{name}");
        }
        for word in ["Transport", "the", "2nd", "1990s", "A", "2"] {
            assert!(!is_name(word), "{word}");
        }
        assert_eq!(
            (name_form("LSPs"), name_form("TLS"), name_form("Hosts")),
            ("LSP", "TLS", "Hosts")
        );
    }

    #[test]
    fn a_blank_stands_between_latin_words_only() {
        assert_eq!(joined("SRv6", "SID"), "SRv6 SID");
        assert_eq!(joined("SRv6", "ネットワーク"), "SRv6ネットワーク");
        assert_eq!(joined("拡張", "TLS"), "拡張TLS");
    }
}
