//! Keywords: terms and names in what the document says that it does.

use super::flags::Flags;
use super::glossary::{Glossary, Term};
use super::keys::{Keyed, KeyedWord};
use super::unit::{Kind, Unit};
use super::words::{is_name, name_form};

/// No document has more.
pub(super) const MOST: usize = 5;
/// So many of them may be names that the glossary does not have: nobody looked at those.
const MOST_UNKNOWN_NAMES: usize = 2;
/// An RFC number is no greater.
const GREATEST_RFC: u32 = 99_999;

/// Single words that say nothing of a document, and names that stand in most.
const GENERIC: [&str; 134] = [
    "action",
    "addition",
    "application",
    "area",
    "attribute",
    "author",
    "base",
    "benefit",
    "bit",
    "case",
    "challenge",
    "change",
    "characteristic",
    "client",
    "code",
    "communication",
    "component",
    "condition",
    "connection",
    "context",
    "control",
    "creation",
    "data",
    "definition",
    "design",
    "detail",
    "device",
    "document",
    "domain",
    "draft",
    "element",
    "entity",
    "environment",
    "event",
    "example",
    "existing",
    "exchange",
    "experience",
    "feature",
    "field",
    "file",
    "flag",
    "function",
    "functionality",
    "goal",
    "group",
    "handling",
    "header",
    "iana",
    "id",
    "identifier",
    "ietf",
    "implementation",
    "index",
    "information",
    "instance",
    "integration",
    "interaction",
    "interface",
    "internet",
    "internet-draft",
    "issue",
    "item",
    "language",
    "length",
    "level",
    "line",
    "link",
    "list",
    "management",
    "maximum",
    "member",
    "message",
    "mode",
    "model",
    "name",
    "network",
    "node",
    "number",
    "object",
    "objective",
    "operation",
    "option",
    "organization",
    "output",
    "packet",
    "pair",
    "parameter",
    "part",
    "path",
    "perspective",
    "platform",
    "point",
    "principle",
    "problem",
    "process",
    "processing",
    "property",
    "protocol",
    "provider",
    "reference",
    "request",
    "research",
    "resource",
    "response",
    "result",
    "rfc",
    "role",
    "rule",
    "scenario",
    "scheme",
    "section",
    "server",
    "service",
    "set",
    "size",
    "software",
    "solution",
    "source",
    "specific",
    "standard",
    "state",
    "status",
    "structure",
    "support",
    "system",
    "technique",
    "technology",
    "time",
    "tool",
    "type",
    "use",
    "user",
    "value",
];

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

struct Candidate {
    japanese: String,
    /// Greater for what is rarer.
    rank: usize,
    unknown: bool,
}

/// Returns the keywords of a document, the rarest first; none that its title says, in English or as the `line`.
pub(super) fn keywords(
    glossary: &Glossary,
    title: &str,
    line: Option<&str>,
    sentences: &[String],
) -> Vec<String> {
    let title_keys = Keyed::read(title).line();
    let mut found: Vec<Candidate> = Vec::new();
    for sentence in sentences {
        let words = Keyed::read(sentence).words;
        let mut at = 0;
        while at < words.len() {
            let (length, candidate) = candidate(glossary, &words[at..]);
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
    }
    // Stable: of two as rare, the earlier stands first.
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.rank));
    let mut chosen: Vec<String> = Vec::new();
    let mut unknown_names = 0;
    for candidate in found {
        let told = chosen.iter().any(|one| {
            one.contains(&candidate.japanese) || candidate.japanese.contains(one.as_str())
        });
        let one_too_many = candidate.unknown && unknown_names == MOST_UNKNOWN_NAMES;
        if chosen.len() < MOST && !told && !one_too_many {
            unknown_names += usize::from(candidate.unknown);
            chosen.push(candidate.japanese);
        }
    }
    chosen
}

/// Reads the longest term or the name that words begin with; returns its length, and what it is if it says something.
fn candidate(glossary: &Glossary, words: &[KeyedWord]) -> (usize, Option<Candidate>) {
    let most = words.len().min(glossary.most_words());
    let term = (1..=most).rev().find_map(|length| {
        let keys: Vec<&str> = words[..length]
            .iter()
            .map(|word| word.key.as_str())
            .collect();
        let term = glossary.get(&keys.join(" "))?;
        let bad = Flags::PART.and(Flags::HYPHENATED);
        (!term.flags.any(bad) && fits(term, &words[..length])).then_some((length, term))
    });
    if let Some((length, term)) = term {
        let texts: Vec<&str> = words[..length]
            .iter()
            .map(|word| word.text.as_str())
            .collect();
        let unit = Unit::term(term, &texts);
        let plain =
            length == 1 && (GENERIC.contains(&words[0].key.as_str()) || unit.is(Flags::HEAD));
        let thing = matches!(unit.kind, Kind::Noun | Kind::Name);
        let candidate = Candidate {
            japanese: unit.japanese,
            rank: term.rank,
            unknown: false,
        };
        return (length, (thing && !plain).then_some(candidate));
    }
    let name = words.first().map_or("", |word| name_form(&word.text));
    let known = is_name(name)
        && !NO_NAMES.contains(&name)
        && !name.starts_with("RFC")
        && !name.contains('.');
    let candidate = known.then(|| Candidate {
        japanese: name.to_owned(),
        rank: usize::MAX,
        unknown: true,
    });
    (1, candidate)
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
            "a protocol in which SSH clients use access tokens and GRASP for access control of a server",
        );
        assert!(
            words.contains(&"アクセストークン".to_owned())
                && words.contains(&"アクセス制御".to_owned()),
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
    fn rfc_numbers_are_found_however_they_are_written() {
        let sentences =
            ["It uses RFC 8342, RFC9000 and [RFC7950], not RFC 8342 of RFCs 1034.".to_owned()];
        assert_eq!(rfcs(&sentences, &[9000]), [1034, 7950, 8342]);
    }
}
