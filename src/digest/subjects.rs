//! What people talk about, as titles name it. Short and dated (November 2026) on purpose: what is on everybody's lips is
//! ordinary in a few years.

/// A subject and the words that name it in a title, lower case, words divided by blanks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Its key; `subject-` and the key is its name in the wording.
    pub key: &'static str,
    /// The words of its name: only these are said to stand in titles.
    pub nouns: &'static [&'static str],
    /// Other words that tell it: protocols, algorithms, abbreviations.
    also: &'static [&'static str],
    /// Words before which, or behind which, a noun means something else: an SSH agent holds keys.
    unless_behind: &'static [&'static str],
    unless_before: &'static [&'static str],
}

/// The subjects, the one that is told first where a title names two.
pub const SUBJECTS: [Subject; 5] = [
    Subject {
        key: "agents",
        nouns: &["agent", "agents"],
        also: &[
            "agentic",
            "a2a",
            "mcp",
            "model context protocol",
            "agent2agent",
            "multiagent",
        ],
        unless_behind: &[
            "ssh",
            "key",
            "user",
            "relay",
            "transfer",
            "delivery",
            "submission",
            "home",
            "foreign",
            "mobility",
            "access",
            "snmp",
            "dhcp",
            "dhcpv6",
            "secure shell",
            "forwarding",
            "failover",
        ],
        unless_before: &["circuit", "remote", "forwarding", "information"],
    },
    Subject {
        key: "post-quantum",
        nouns: &["post quantum", "postquantum"],
        also: &[
            "pqc",
            "pq",
            "ml kem",
            "ml dsa",
            "slh dsa",
            "fn dsa",
            "quantum safe",
            "quantum resistant",
            "mlkem",
            "kyber",
            "dilithium",
        ],
        unless_behind: &[],
        unless_before: &[],
    },
    Subject {
        key: "ai-preferences",
        nouns: &["ai preferences", "ai preference", "ai usage"],
        also: &["aipref", "ai training", "ai crawlers", "ai crawler"],
        unless_behind: &[],
        unless_before: &[],
    },
    Subject {
        key: "ai",
        nouns: &["ai", "artificial intelligence"],
        also: &[
            "llm",
            "llms",
            "large language model",
            "large language models",
            "genai",
        ],
        unless_behind: &[],
        unless_before: &[],
    },
    Subject {
        key: "bots",
        nouns: &["bot", "bots", "crawler", "crawlers"],
        also: &["web bot auth", "robots exclusion"],
        unless_behind: &[],
        unless_before: &[],
    },
];

impl Subject {
    /// Returns true when one of its nouns stands in `title`, and means it.
    pub fn is_named_in(&self, title: &str) -> bool {
        self.found(&words(title), self.nouns).is_some()
    }

    /// Returns the place of the first of `phrases` in a title's words that means this subject.
    fn found(&self, title: &[String], phrases: &[&str]) -> Option<(usize, usize)> {
        let mut all = phrases.iter().flat_map(|phrase| {
            let length = phrase.split(' ').count();
            let starts = 0..(title.len() + 1).saturating_sub(length);
            starts.map(move |at| (at, length, *phrase))
        });
        let place = all.find(|&(at, length, phrase)| {
            let (before, rest) = title.split_at(at);
            let after = rest.get(length..).unwrap_or_default();
            let other =
                |others: &[&str], is: &dyn Fn(&str) -> bool| others.iter().any(|word| is(word));
            is_start(rest, phrase)
                && !other(self.unless_behind, &|word| is_end(before, word))
                && !other(self.unless_before, &|word| is_start(after, word))
        });
        place.map(|(at, length, _)| (at, length))
    }
}

/// Returns the first subject that a title names, and the words that name it as the title has them.
pub(super) fn named_in(title: &str) -> Option<(&'static str, String)> {
    let (lower, written) = (words(title), written(title));
    SUBJECTS.iter().find_map(|subject| {
        let place = subject.found(&lower, subject.nouns);
        let (at, length) = place.or_else(|| subject.found(&lower, subject.also))?;
        Some((subject.key, written.get(at..at + length)?.join(" ")))
    })
}

fn is_start(words: &[String], phrase: &str) -> bool {
    let wanted = phrase.split(' ').count();
    words.len() >= wanted
        && words
            .iter()
            .zip(phrase.split(' '))
            .all(|(word, part)| word == part)
}

fn is_end(words: &[String], phrase: &str) -> bool {
    let from = words.len().checked_sub(phrase.split(' ').count());
    from.is_some_and(|from| is_start(&words[from..], phrase))
}

/// The words of a title that are compared; a title has few, and more than these are no title.
const WORDS: usize = 60;

fn written(title: &str) -> Vec<String> {
    let words = title.split(|c: char| !c.is_alphanumeric());
    let words = words.filter(|word| !word.is_empty()).take(WORDS);
    words.map(str::to_owned).collect()
}

fn words(title: &str) -> Vec<String> {
    let written = written(title).into_iter();
    written.map(|word| word.to_lowercase()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wording::{Language, say};

    #[test]
    fn titles_name_subjects_by_whole_words_that_mean_them() {
        let named = |title: &str| named_in(title).map(|(key, word)| format!("{key}: {word}"));
        for (title, expected) in [
            ("Requirements for Agent Gateway", Some("agents: Agent")),
            ("Enhanced A2A Requirements", Some("agents: A2A")),
            (
                "SCIM Agents and Agentic Applications Extension",
                Some("agents: Agents"),
            ),
            ("SSH Agent Protocol", None),
            ("The Secure Shell Agent and Agent Forwarding", None),
            ("DHCP Relay Agent Information Option", None),
            ("HTTP User Agents and the Origin", None),
            ("AgentX over TLS", None),
            (
                "Post-Quantum Key Encapsulation in TLS 1.3",
                Some("post-quantum: Post Quantum"),
            ),
            ("Use of ML-DSA in X.509", Some("post-quantum: ML DSA")),
            (
                "A Vocabulary for AI Preferences",
                Some("ai-preferences: AI Preferences"),
            ),
            ("AI Content Disclosure Header", Some("ai: AI")),
            ("System-defined Configuration", None),
            ("", None),
        ] {
            assert_eq!(named(title).as_deref(), expected, "{title}");
        }
    }

    #[test]
    fn every_subject_has_a_name_in_each_language() {
        for subject in SUBJECTS {
            for language in [Language::En, Language::Ja] {
                let key = format!("subject-{}", subject.key);
                assert_ne!(say(language, &key, &[]), key);
            }
        }
    }
}
