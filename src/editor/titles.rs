//! Titles made shorter, or one of several, by leaving words out: every word that is left is theirs.

/// Titles that differ in one place: what is common before it and behind it, and what each has there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Joint {
    pub(super) before: String,
    pub(super) each: Vec<String>,
    pub(super) after: String,
}

/// Words that a title may have in the place where it differs.
const APART: usize = 3;
/// Words of a title that are looked at: nothing that is longer is joined or folded.
const LONGEST: usize = 60;

const ARTICLES: [&str; 6] = ["A", "An", "The", "a", "an", "the"];

/// Words that say of a document no more than that it adds to a protocol.
const EXTENSION: [&str; 2] = ["Service Extension for", "Extension for"];

/// Joins titles that differ in one place only; `None` where the whole would not be sound.
pub(super) fn join(titles: &[&str]) -> Option<Joint> {
    let words: Vec<Vec<&str>> = titles.iter().map(|title| without_article(title)).collect();
    let (first, others) = words.split_first()?;
    let shortest = words.iter().map(Vec::len).min()?;
    let longest = words.iter().map(Vec::len).max()?;
    if others.is_empty() || longest > LONGEST || shortest < 2 {
        return None;
    }
    let common = |at: &dyn Fn(&[&str], usize) -> String, most: usize| {
        let same = |n: &usize| others.iter().all(|other| at(other, *n) == at(first, *n));
        (0..most).take_while(same).count()
    };
    let before = common(&|words, n| words[n].to_owned(), shortest - 1);
    let after = common(
        &|words, n| words[words.len() - 1 - n].to_owned(),
        shortest - 1 - before,
    );
    let each: Vec<&[&str]> = words
        .iter()
        .map(|words| &words[before..words.len() - after])
        .collect();
    let sound = |middle: &&[&str]| {
        let plain = |word: &&str| {
            !matches!(*word, "and" | "or") && !word.contains([':', ',', '(', ')', ';'])
        };
        (1..=APART).contains(&middle.len())
            && middle.len() <= before + after
            && middle.iter().all(plain)
    };
    let alike = each.iter().skip(1).any(|middle| *middle == each[0]);
    if alike || before + after < 2 || !each.iter().all(sound) {
        return None;
    }
    let each: Vec<String> = each.into_iter().map(|middle| middle.join(" ")).collect();
    let mut joint = Joint {
        before: first[..before].join(" "),
        each,
        after: first[first.len() - after..].join(" "),
    };
    // "SMTP Service Extension for Client Identity" and "IMAP …" are "Client Identity for SMTP and IMAP".
    let subject = EXTENSION
        .iter()
        .find_map(|words| joint.after.strip_prefix(words));
    if let (true, Some(subject)) = (
        joint.before.is_empty(),
        subject.map(str::trim).filter(|rest| !rest.is_empty()),
    ) {
        joint.before = format!("{subject} for");
        joint.after = String::new();
    }
    Some(joint)
}

fn without_article(title: &str) -> Vec<&str> {
    let words: Vec<&str> = title.split_whitespace().take(LONGEST + 1).collect();
    match words.split_first() {
        Some((first, rest)) if ARTICLES.contains(first) && !rest.is_empty() => rest.to_vec(),
        _ => words,
    }
}

/// Joins Japanese titles that differ in one run of Latin letters, such as the name of a protocol.
pub(super) fn join_japanese(titles: &[&str]) -> Option<Joint> {
    let runs: Vec<Vec<&str>> = titles.iter().map(|title| latin_runs(title)).collect();
    let (first, others) = runs.split_first()?;
    if others.is_empty() || others.iter().any(|other| other.len() != first.len()) {
        return None;
    }
    let differs = |at: &usize| others.iter().any(|other| other[*at] != first[*at]);
    let mut different = (0..first.len()).filter(differs);
    let (at, None) = (different.next()?, different.next()) else {
        return None;
    };
    let each: Vec<String> = runs.iter().map(|runs| runs[at].to_owned()).collect();
    let latin = |run: &String| run.starts_with(|c: char| c.is_ascii_alphanumeric());
    each.iter().all(latin).then(|| Joint {
        before: first[..at].concat(),
        each,
        after: first[at + 1..].concat(),
    })
}

/// Divides a title into runs of ASCII and of other characters.
fn latin_runs(title: &str) -> Vec<&str> {
    let mut runs = Vec::new();
    let mut start = 0;
    let mut before: Option<bool> = None;
    for (at, c) in title.char_indices() {
        if before.is_some_and(|ascii| ascii != c.is_ascii()) {
            runs.push(&title[start..at]);
            start = at;
        }
        before = Some(c.is_ascii());
    }
    runs.push(&title[start..]);
    runs
}

/// Folds names that a title gives with their abbreviation: `Segment Routing (SR) Paths` is `SR Paths`.
pub(super) fn fold(title: &str) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    if words.len() > LONGEST {
        return title.to_owned();
    }
    let mut folded: Vec<&str> = Vec::new();
    for word in words {
        let short = word
            .strip_prefix('(')
            .and_then(|rest| rest.strip_suffix(')'));
        match short.and_then(|short| Some((short, spelt_out(&folded, short)?))) {
            Some((short, from)) => {
                folded.truncate(from);
                folded.push(short);
            }
            None => folded.push(word),
        }
    }
    folded.join(" ")
}

/// Returns the word at which the name begins that `short` stands for: the last words before it, whose initials it is made of.
fn spelt_out(words: &[&str], short: &str) -> Option<usize> {
    let letters: Vec<char> = short
        .chars()
        .filter(|c| c.is_alphabetic())
        .flat_map(char::to_lowercase)
        .collect();
    if letters.len() < 2 || !short.starts_with(char::is_uppercase) {
        return None;
    }
    // The name has about as many words as the abbreviation has letters; hyphens divide words, and small words may be left out.
    let most = words.len().min(letters.len() + 2);
    let begins = (1..=most)
        .map(|length| words.len() - length)
        .find(|&from| is_made_of(&letters, &words[from..]))?;
    // "Authentication and Authorization for …" is one name, whatever the initials.
    let half = begins > 0 && matches!(words[begins - 1], "and" | "or" | "&");
    (!half).then_some(begins)
}

/// Returns true when `letters` are the initials of `words`, in order; small words and one other may be passed.
fn is_made_of(letters: &[char], words: &[&str]) -> bool {
    let small = |part: &str| part.chars().count() <= 3 && part.chars().all(char::is_lowercase);
    let parts = words.iter().flat_map(|word| word.split(['-', '/']));
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let mut left = letters;
    let mut passed = false;
    for (at, part) in parts.iter().enumerate() {
        let initial = part.chars().next().and_then(|c| c.to_lowercase().next());
        match (initial, left.split_first()) {
            (Some(initial), Some((letter, rest))) if initial == *letter => left = rest,
            _ if at > 0 && small(part) => {}
            // The Path Computation Element Communication Protocol is PCEP.
            _ if at > 1 && at + 1 < parts.len() && !passed => passed = true,
            _ => return false,
        }
    }
    left.is_empty()
}

/// Returns the short name that a title ends with, `Entity Attestation Token (EAT)`, and the name that it stands for.
pub(super) fn short_name(title: &str) -> Option<(&str, String)> {
    let (long, short) = title.trim().strip_suffix(')')?.rsplit_once(" (")?;
    let words = without_article(long);
    if words.len() > LONGEST || short.contains(char::is_whitespace) {
        return None;
    }
    (spelt_out(&words, short)? == 0).then(|| (short, words.join(" ")))
}

/// Characters of an abstract in which a document's name is looked for.
const SEARCHED: usize = 4000;

/// Returns the name that an abstract calls the document's own subject by: `an extension called "CLIENTID"`. A word in small
/// letters is no name.
pub(super) fn called(text: &str) -> Option<&str> {
    let end = text
        .char_indices()
        .nth(SEARCHED)
        .map_or(text.len(), |(at, _)| at);
    let text = &text[..end];
    ["called", "named", "termed", "dubbed", "known as"]
        .iter()
        .find_map(|verb| {
            let mut places = text.match_indices(verb);
            places.find_map(|(at, _)| {
                let rest = text[at + verb.len()..].trim_start();
                let rest = rest.strip_prefix("the ").unwrap_or(rest);
                let (quote, rest) = [('"', '"'), ('“', '”')]
                    .iter()
                    .find_map(|(open, close)| Some((close, rest.strip_prefix(*open)?)))?;
                let (name, _) = rest.split_once(*quote)?;
                let own = says_of_itself(&text[..at]);
                let plain = name
                    .chars()
                    .all(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '+' | '.'));
                let capital = name.starts_with(char::is_uppercase);
                (own && plain
                    && capital
                    && name.chars().count() <= 24
                    && name.split(' ').count() <= 3)
                    .then_some(name)
            })
        })
}

/// Returns true when the sentence that `before` ends in speaks of the document itself.
fn says_of_itself(before: &str) -> bool {
    let start = before.rfind(". ").map_or(0, |at| at + 2);
    let start = before.rfind("\n\n").map_or(start, |at| start.max(at + 2));
    let sentence = before[start..].trim_start();
    ["This ", "In this ", "The present ", "We "]
        .iter()
        .any(|start| sentence.starts_with(start))
}

/// Cuts a title behind `most` words.
pub(super) fn cut(title: &str, most: usize) -> String {
    let mut words = title.split_whitespace();
    let kept: Vec<&str> = words.by_ref().take(most).collect();
    match words.next() {
        Some(_) => format!("{}…", kept.join(" ").trim_end_matches([',', ':', ';'])),
        None => title.trim().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn joined(titles: &[&str]) -> Option<String> {
        let joint = join(titles)?;
        let parts = [joint.before, joint.each.join(" and "), joint.after];
        let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        Some(parts.join(" "))
    }

    #[test]
    fn titles_that_differ_in_one_place_are_one() {
        for (titles, expected) in [
            (
                [
                    "SMTP Service Extension for Client Identity",
                    "IMAP Service Extension for Client Identity",
                ],
                "Client Identity for SMTP and IMAP",
            ),
            (
                [
                    "An SMTP Extension for Limits",
                    "A JMAP Extension for Limits",
                ],
                "Limits for SMTP and JMAP",
            ),
            (
                ["OSPF Extensions for SRv6", "IS-IS Extensions for SRv6"],
                "OSPF and IS-IS Extensions for SRv6",
            ),
            (
                [
                    "A YANG Data Model for Syslog",
                    "A YANG Data Model for Network Time",
                ],
                "YANG Data Model for Syslog and Network Time",
            ),
            (
                [
                    "RTP Payload Format for VP9 Video",
                    "RTP Payload Format for AV1 Video",
                ],
                "RTP Payload Format for VP9 and AV1 Video",
            ),
            (
                [
                    "Privacy Pass Architecture Framework",
                    "Privacy Pass Issuance Protocol",
                ],
                "Privacy Pass Architecture Framework and Issuance Protocol",
            ),
            (
                ["Using TLS in Mail", "Using DTLS in Mail"],
                "Using TLS and DTLS in Mail",
            ),
        ] {
            assert_eq!(joined(&titles).as_deref(), Some(expected));
        }
    }

    #[test]
    fn titles_that_would_not_be_sound_are_not_joined() {
        for titles in [
            [
                "Requirements for Agent Gateway",
                "Enhanced A2A Requirements for Agents Collobration in Enterprise",
            ],
            [
                "YANG Groupings for TLS Clients and TLS Servers",
                "YANG Groupings for SSH Clients and SSH Servers",
            ],
            [
                "DRIP Use Architecture",
                "DRIP Use Requirements and Terminology",
            ],
            ["The Same", "The Same"],
            ["Words", "Other"],
            ["", ""],
            ["QUIC Load Balancers", "Routing of Things"],
        ] {
            assert_eq!(joined(&titles), None, "{titles:?}");
        }
        assert_eq!(join(&["One alone"]), None);
    }

    #[test]
    fn abbreviations_that_a_title_spells_out_are_folded() {
        for (title, expected) in [
            (
                "Path Computation Element Communication Protocol (PCEP) Extensions for Associated Bidirectional Segment Routing (SR) Paths",
                "PCEP Extensions for Associated Bidirectional SR Paths",
            ),
            (
                "IPv6 over Constrained Node Networks (6lo) Applicability",
                "IPv6 over Constrained Node Networks (6lo) Applicability",
            ),
            (
                "Using the Extensible Provisioning Protocol (EPP)",
                "Using the EPP",
            ),
            (
                "Authentication and Authorization for Constrained Environments (ACE)",
                "Authentication and Authorization for Constrained Environments (ACE)",
            ),
            ("Nothing to fold (here)", "Nothing to fold (here)"),
        ] {
            assert_eq!(fold(title), expected);
        }
    }

    #[test]
    fn the_name_of_a_document_is_its_own() {
        assert_eq!(
            short_name("The Entity Attestation Token (EAT)"),
            Some(("EAT", "Entity Attestation Token".into()))
        );
        assert_eq!(
            short_name("Ephemeral Diffie-Hellman Over COSE (EDHOC)"),
            Some(("EDHOC", "Ephemeral Diffie-Hellman Over COSE".into()))
        );
        assert_eq!(
            short_name("Extensions for the Border Gateway Protocol (BGP)"),
            None
        );
        let defines = "Mail is old. This document defines an extension called \"CLIENTID\" that a client can use.";
        assert_eq!(called(defines), Some("CLIENTID"));
        assert_eq!(
            called("This document flags nodes with an annotation called \"immutable\"."),
            None
        );
        assert_eq!(
            called("Attackers use a method called \"Smuggling\". This document helps."),
            None
        );
        assert_eq!(
            called("This document has a thing called \"never ended"),
            None
        );
    }

    #[test]
    fn japanese_titles_are_joined_where_latin_names_differ() {
        let joint = join_japanese(&[
            "クライアント識別のためのSMTPサービス拡張",
            "クライアント識別のためのIMAPサービス拡張",
        ])
        .unwrap();
        assert_eq!(
            (joint.before.as_str(), joint.after.as_str()),
            ("クライアント識別のための", "サービス拡張")
        );
        assert_eq!(joint.each, ["SMTP", "IMAP"]);
        assert_eq!(join_japanese(&["Agent Gatewayの要件", "A2Aの要求"]), None);
        assert_eq!(join_japanese(&["", ""]), None);
    }

    #[test]
    fn what_is_hostile_is_left_as_it_is() {
        let long = "a ".repeat(1_000_000);
        assert_eq!(join(&[&long, &long]), None);
        assert_eq!(fold(&long), long);
        assert_eq!(called(&"called \"".repeat(100_000)), None);
        assert!(cut(&long, 5).ends_with('…'));
        assert_eq!(short_name(&"(".repeat(100_000)), None);
        assert_eq!(join_japanese(&[&"「a".repeat(100_000), "b"]), None);
    }
}
