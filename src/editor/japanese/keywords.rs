//! Keywords: terms and names in what the document says that it does.

use super::compound::compound;
use super::flags::Flags;
use super::glossary::{Glossary, Term};
use super::keys::{Keyed, KeyedWord};
use super::unit::{Kind, Unit};
use super::words::{ends_in_hiragana, is_name, name_form};

/// No document has more.
pub(super) const MOST: usize = 5;
/// So many of them may be names that the glossary does not have: nobody looked at those.
const MOST_UNKNOWN_NAMES: usize = 2;
/// A compound has no more terms.
const MOST_PIECES: usize = 3;
/// A name that nobody looked at and that is shorter could be anything.
const SHORTEST_NAME: usize = 3;
/// An RFC number is no greater.
const GREATEST_RFC: u32 = 99_999;

/// Words in capitals that are no names.
const NO_NAMES: [&str; 20] = [
    "BCP",
    "IANA",
    "ID",
    "IESG",
    "IETF",
    "I-D",
    "IRTF",
    "MAY",
    "MUST",
    "NOT",
    "OPTIONAL",
    "RECOMMENDED",
    "REQUIRED",
    "RFC",
    "RFCs",
    "SHALL",
    "SHOULD",
    "STD",
    "TBD",
    "WG",
];

/// Behind these a word that could be a noun or a verb is a verb: "to address congestion".
const BEFORE_VERBS: [&str; 11] = [
    "to", "can", "cannot", "could", "may", "might", "must", "not", "should", "will", "would",
];

/// Plurals that are verbs as often: "a client requests".
const VERBS_TOO: [&str; 19] = [
    "addresses",
    "changes",
    "controls",
    "exchanges",
    "flows",
    "forms",
    "issues",
    "limits",
    "maps",
    "queries",
    "reports",
    "requests",
    "results",
    "returns",
    "sets",
    "signals",
    "supports",
    "updates",
    "uses",
];

/// Words that are verbs before another noun, where the glossary has no term of both: "and process messages".
const VERBS_BEFORE_NOUNS: [&str; 8] = [
    "address", "limit", "process", "return", "store", "support", "test", "use",
];

/// Heads that add nothing to what stands before them: 認証の仕組み, パス管理手順.
const EMPTY_HEADS: Flags = Flags::HEAD
    .and(Flags::NO)
    .and(Flags::ALWAYS_NO)
    .and(Flags::NO_AFTER_NAME);

/// A keyword that a document could have.
struct Candidate {
    japanese: String,
    /// The key of its first word: of two that begin alike, one is enough.
    first: String,
    /// True for a term of two words or more, and for a name that is put in quotation marks: they say more than any single word.
    telling: bool,
    /// Where it stands.
    at: usize,
    unknown: bool,
}

/// Returns the keywords of a document in the order of its text, none that its title says, in English or as the `line`: terms of
/// two words or more before single ones, of those the earlier before the later.
pub(super) fn keywords(
    glossary: &Glossary,
    title: &str,
    line: Option<&str>,
    sentences: &[String],
) -> Vec<String> {
    let title_keys = Keyed::read(title).line();
    let mut found: Vec<Candidate> = Vec::new();
    let mut position = 0;
    for sentence in sentences {
        let words = Keyed::read(sentence).words;
        let mut at = 0;
        while at < words.len() && !begins_examples(&words[at..]) {
            let before = at.checked_sub(1).map(|before| &words[before]);
            let (length, candidate) = candidate(glossary, before, &words[at..], position + at);
            let keys: Vec<&str> = words[at..at + length]
                .iter()
                .map(|word| word.key.as_str())
                .collect();
            let told = title_keys.contains(&format!(" {} ", keys.join(" ")));
            let said = |candidate: &Candidate| {
                told || line.is_some_and(|line| line.contains(&candidate.japanese))
            };
            found.extend(candidate.filter(|candidate| !said(candidate)));
            at += length;
        }
        position += words.len();
    }
    // Stable: of two that say as much, the earlier stands first.
    found.sort_by_key(|candidate| !candidate.telling);
    let mut chosen: Vec<Candidate> = Vec::new();
    let mut unknown_names = 0;
    for candidate in found {
        let told = chosen.iter().any(|one| {
            one.first == candidate.first
                || one.japanese.contains(&candidate.japanese)
                || candidate.japanese.contains(&one.japanese)
        });
        let one_too_many = candidate.unknown && unknown_names == MOST_UNKNOWN_NAMES;
        if chosen.len() < MOST && !told && !one_too_many {
            unknown_names += usize::from(candidate.unknown);
            chosen.push(candidate);
        }
    }
    chosen.sort_by_key(|candidate| candidate.at);
    chosen
        .into_iter()
        .map(|candidate| candidate.japanese)
        .collect()
}

/// Returns true before "such as": what follows are examples of something else.
fn begins_examples(words: &[KeyedWord]) -> bool {
    matches!(words, [such, next, ..] if such.lower == "such" && next.lower == "as")
}

/// Reads the longest term or compound, or the name, that words begin with; returns its length, and what it is if it says
/// something.
fn candidate(
    glossary: &Glossary,
    before: Option<&KeyedWord>,
    words: &[KeyedWord],
    at: usize,
) -> (usize, Option<Candidate>) {
    let Some(first) = words.first() else {
        return (1, None);
    };
    if let Some((length, unit)) = term(glossary, words) {
        let verb = length == 1
            && unit.kind != Kind::Name
            && before.is_some_and(|before| BEFORE_VERBS.contains(&before.lower.as_str()));
        if verb {
            return (1, None);
        }
        let (length, japanese, thing) = compound_of(glossary, words, length, unit);
        let candidate = japanese.filter(|_| thing).map(|japanese| Candidate {
            japanese,
            first: first.key.clone(),
            telling: length > 1,
            at,
            unknown: false,
        });
        return (length, candidate);
    }
    let name = name_form(&first.text);
    let name = name.strip_suffix("'s").unwrap_or(name);
    let known = is_name(name)
        && name.chars().count() >= SHORTEST_NAME
        && !NO_NAMES.contains(&name)
        && !name.starts_with("RFC")
        && !name.contains('.');
    let quoted = before.is_some_and(|before| ["\"", "\u{201c}"].contains(&before.text.as_str()));
    let candidate = known.then(|| Candidate {
        japanese: name.to_owned(),
        first: first.key.clone(),
        telling: quoted,
        at,
        unknown: true,
    });
    (1, candidate)
}

/// Reads on from a first term as long as nouns follow one another; returns the number of words, the Japanese, and true when
/// it says something by itself.
fn compound_of(
    glossary: &Glossary,
    words: &[KeyedWord],
    length: usize,
    unit: Unit,
) -> (usize, Option<String>, bool) {
    let says = |unit: &Unit| !unit.is(Flags::PLAIN);
    let alone = matches!(unit.kind, Kind::Noun | Kind::Name)
        && says(&unit)
        && (length > 1 || !unit.is(Flags::HEAD));
    let mut best = (length, Some(unit.japanese.clone()), alone);
    let mut end = length;
    let mut units = vec![unit];
    while units.len() < MOST_PIECES {
        let follows = units.last().is_some_and(|last| {
            let modifies = match last.kind {
                Kind::Noun if VERBS_BEFORE_NOUNS.contains(&last.english.as_str()) => false,
                Kind::Noun => !last.plural || last.english.eq_ignore_ascii_case("data"),
                Kind::Name => true,
                // 単方向, 透明; what is inflected (新しい, 任意の) tells nothing of the noun.
                Kind::Adjective => says(last) && !ends_in_hiragana(&last.japanese),
                _ => false,
            };
            modifies && !last.is(Flags::HEAD)
        });
        let Some((more, next)) = words
            .get(end..)
            .filter(|_| follows)
            .and_then(|rest| term(glossary, rest))
        else {
            break;
        };
        let verb = VERBS_TOO.contains(&next.english.to_lowercase().as_str());
        if next.kind != Kind::Noun || verb || next.is(EMPTY_HEADS) {
            break;
        }
        end += more;
        units.push(next);
        if let Ok(phrase) = compound(&units, false)
            && units.iter().any(says)
        {
            best = (end, Some(phrase.japanese), true);
        }
    }
    best
}

/// Reads the longest term that words begin with.
fn term(glossary: &Glossary, words: &[KeyedWord]) -> Option<(usize, Unit)> {
    let most = words.len().min(glossary.most_words());
    (1..=most).rev().find_map(|length| {
        let keys: Vec<&str> = words[..length]
            .iter()
            .map(|word| word.key.as_str())
            .collect();
        let term = glossary.get(&keys.join(" "))?;
        let bad = Flags::PART.and(Flags::HYPHENATED);
        let texts: Vec<&str> = words[..length]
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        (!term.flags.any(bad) && fits(term, &words[..length]))
            .then(|| (length, Unit::term(term, &texts)))
    })
}

/// A word in capitals is no common noun: "MAY", "ACT".
fn fits(term: &Term, words: &[KeyedWord]) -> bool {
    let [word] = words else { return true };
    let capitals = word.text.len() > 1 && word.text.chars().all(|c| c.is_ascii_uppercase());
    term.flags.any(Flags::NAME) || !(capitals || is_name(&word.text))
}

/// Returns the RFCs that sentences name, ascending, without those that are told elsewhere.
pub(super) fn rfcs(sentences: &[String], told: &[u32]) -> Vec<u32> {
    let mut found: Vec<u32> = Vec::new();
    for sentence in sentences {
        let words = Keyed::read(sentence).words;
        for (at, word) in words.iter().enumerate() {
            let digits = word.lower.strip_prefix("rfc").unwrap_or("s");
            let digits = match digits {
                "" | "s" if word.lower.starts_with("rfc") => {
                    words.get(at + 1).map_or("", |next| next.lower.as_str())
                }
                digits => digits,
            };
            found.extend(
                digits
                    .parse::<u32>()
                    .ok()
                    .filter(|number| (1..=GREATEST_RFC).contains(number)),
            );
        }
    }
    found.retain(|number| !told.contains(number));
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST);
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(title: &str, line: Option<&str>, sentence: &str) -> Vec<String> {
        keywords(Glossary::built_in(), title, line, &[sentence.to_owned()])
    }

    #[test]
    fn terms_and_names_are_found_and_the_title_is_not_said_again() {
        let words = of(
            "SSH Agent Protocol",
            None,
            "a protocol in which SSH clients use access tokens and GRASP for load balancing of a server",
        );
        assert!(
            words.contains(&"アクセストークン".to_owned())
                && words.contains(&"負荷分散".to_owned()),
            "{words:?}"
        );
        assert!(
            !words.iter().any(|word| word == "SSH" || word == "サーバー"),
            "{words:?}"
        );
        assert!(of("Access Tokens", None, "an access token").is_empty());
        assert!(of("Tokens", Some("アクセストークンの要件"), "an access token").is_empty());
    }

    #[test]
    fn there_are_five_at_most_and_two_unknown_names() {
        let words = of(
            "X",
            None,
            "QQ1, QQ2, QQ3, access tokens, network slices, load balancing, video, jitter and queues",
        );
        assert_eq!(words.len(), MOST);
        assert_eq!(
            words.iter().filter(|word| word.starts_with("QQ")).count(),
            MOST_UNKNOWN_NAMES,
            "{words:?}"
        );
    }

    #[test]
    fn a_compound_says_more_than_its_parts_and_plain_words_say_nothing() {
        for (sentence, keywords) in [
            (
                "an authorization protocol by which servers return errors and results",
                &["認可プロトコル"][..],
            ),
            (
                "an additional unique identification token",
                &["識別トークン"],
            ),
            ("kinds of mechanisms to handle tasks and problems", &[]),
            ("what the IEEE and the W3C say", &[]),
            // A verb, and examples of something else.
            ("ways to probe agents", &["エージェント"]),
            ("services such as access tokens", &[]),
            // The name in quotation marks says more than another one.
            (
                "QQ1, \"QQ2\", access tokens and jitter",
                &["QQ1", "QQ2", "アクセストークン", "ジッター"],
            ),
        ] {
            assert_eq!(of("X", None, sentence), keywords, "{sentence}");
        }
    }

    #[test]
    fn where_a_term_stands_in_the_glossary_says_nothing() {
        let with = |text: &str| {
            let mut file = tempfile::NamedTempFile::new().unwrap();
            std::io::Write::write_all(&mut file, text.as_bytes()).unwrap();
            let glossary = Glossary::with_file(file.path()).unwrap();
            let sentence = "frobnication of access tokens, network slices, load balancing, key agreement, trust anchors";
            keywords(&glossary, "X", None, &[sentence.to_owned()])
        };
        let own = with("frobnication\tフロブニケーション\n");
        assert_eq!(own.len(), MOST);
        assert!(!own.contains(&"フロブニケーション".to_owned()), "{own:?}");
    }

    #[test]
    fn rfc_numbers_are_found_however_they_are_written() {
        let sentences =
            ["It uses RFC 8342, RFC9000 and [RFC7950], not RFC 8342 of RFCs 1034.".to_owned()];
        assert_eq!(rfcs(&sentences, &[9000]), [1034, 7950, 8342]);
    }
}
