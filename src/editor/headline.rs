//! Headlines of hot topics, in the words of the titles: what a family has in common is said once, and what differs leads to
//! its document. Nothing is added but names that the abstracts give, and the words between.

use std::collections::BTreeSet;

use crate::digest::{Digest, HeadlinePart, HotTopic};
use crate::wording::{Language, say};

use super::titles::{Joint, called, cut, fold, join, join_japanese, short_name};

/// A headline may have about this many words.
const WORDS: usize = 14;
/// A title with more words is folded.
const LONG: usize = 10;

/// A document of a topic with what its headline is made of.
struct Told<'a> {
    document: &'a str,
    /// The title in English.
    title: String,
    /// The title in the edition's language, where there is one.
    own: Option<&'a str>,
    text: &'a str,
}

/// Returns the headline of a topic.
pub(super) fn headline(topic: &HotTopic, digest: &Digest) -> Vec<HeadlinePart> {
    let lead = told(&topic.document, digest).unwrap_or(Told {
        document: &topic.document,
        title: title(&topic.title),
        own: None,
        text: "",
    });
    let others = topic.with.iter().filter_map(|name| told(name, digest));
    let mut all: Vec<Told<'_>> = std::iter::once(lead).chain(others).collect();
    let untitled = topic.with.len() + 1 - all.len();
    // A title that two documents have is said once: an adopted draft and the one that it was.
    let mut said = BTreeSet::new();
    all.retain(|one| said.insert(one.title.to_lowercase()));
    let mut line = Line {
        language: digest.language,
        parts: Vec::new(),
    };
    let joint = line.join(&all).filter(|_| untitled == 0);
    // A name goes first only where all are called by it, and where the titles do not have it.
    let named = all.iter().map(|one| called(one.text));
    let name = named
        .reduce(|one, other| one.filter(|_| one == other))
        .flatten();
    let has = |one: &Told<'_>, name: &str| {
        let shown = one.own.unwrap_or(&one.title);
        let words = one.title.split(|c: char| !c.is_alphanumeric());
        shown.contains(name)
            || words
                .into_iter()
                .any(|word| word.eq_ignore_ascii_case(name))
    };
    if let Some(name) = name.filter(|name| !all.iter().any(|one| has(one, name))) {
        line.say(name.to_owned(), None);
        line.word("headline-name");
    }
    match joint {
        Some(joint) => line.joint(joint, &all),
        None => line.one_by_one(&all, untitled),
    }
    line.parts
}

/// The parts of a headline as they are put together.
struct Line {
    language: Language,
    parts: Vec<HeadlinePart>,
}

impl Line {
    fn say(&mut self, text: String, document: Option<&str>) {
        if !text.is_empty() {
            let document = document.map(str::to_owned);
            self.parts.push(HeadlinePart { text, document });
        }
    }

    fn word(&mut self, key: &str) {
        self.say(say(self.language, key, &[]), None);
    }

    /// Joins the titles, in the edition's language where all of them have one.
    fn join(&self, all: &[Told<'_>]) -> Option<(Joint, Language)> {
        let own: Option<Vec<&str>> = all.iter().map(|one| one.own).collect();
        if let Some(own) = own {
            return join_japanese(&own).map(|joint| (joint, Language::Ja));
        }
        let titles: Vec<&str> = all.iter().map(|one| one.title.as_str()).collect();
        let joint = join(&titles)?;
        let words = [&joint.before, &joint.after].into_iter().chain(&joint.each);
        let words: usize = words.map(|part| part.split_whitespace().count()).sum();
        (words + all.len() - 1 <= WORDS).then_some((joint, Language::En))
    }

    fn joint(&mut self, (joint, language): (Joint, Language), all: &[Told<'_>]) {
        // English titles that stay English are joined by English words, in a Japanese headline as well.
        let edition = std::mem::replace(&mut self.language, language);
        let gap = match language {
            Language::En => " ",
            Language::Ja => "",
        };
        if !joint.before.is_empty() {
            self.say(format!("{}{gap}", joint.before), None);
        }
        let last = joint.each.len().saturating_sub(1);
        for (at, (words, one)) in joint.each.into_iter().zip(all).enumerate() {
            match at {
                0 => {}
                _ if at == last || language == Language::Ja => self.word("headline-both"),
                _ => self.word("headline-comma"),
            }
            self.say(words, Some(one.document));
        }
        if !joint.after.is_empty() {
            self.say(format!("{gap}{}", joint.after), None);
        }
        self.language = edition;
    }

    /// Puts the titles one after the other while there is room, and counts the rest.
    fn one_by_one(&mut self, all: &[Told<'_>], untitled: usize) {
        let mut room = WORDS;
        let mut left = all.len() + untitled;
        for (at, one) in all.iter().enumerate() {
            let words = one.title.split_whitespace().count();
            if at > 0 && words + 1 > room {
                break;
            }
            if at > 0 {
                // Titles in Japanese are joined by a particle, titles in English stand side by side.
                let japanese = all[at - 1].own.is_some() && one.own.is_some();
                match self.language {
                    Language::Ja if !japanese || left > 1 => self.word("headline-comma"),
                    Language::En if left > 1 => self.word("headline-comma"),
                    _ => self.word("headline-and"),
                }
            }
            let text = one
                .own
                .map_or_else(|| cut(&one.title, WORDS), str::to_owned);
            self.say(text, Some(one.document));
            room = room.saturating_sub(words + usize::from(at > 0));
            left -= 1;
        }
        if left > 0 {
            let count = [("count", left.into())];
            self.say(say(self.language, "headline-more", &count), None);
        }
    }
}

/// Returns what is known of a document of the digest; `None` when nobody gave its title.
fn told<'a>(document: &'a str, digest: &'a Digest) -> Option<Told<'a>> {
    let mut drafts = digest.drafts();
    if let Some(draft) = drafts.find(|draft| draft.name == document) {
        return Some(Told {
            document,
            title: title(&draft.title),
            own: draft.gist.title.as_deref(),
            text: draft.abstract_text.as_deref().unwrap_or_default(),
        });
    }
    let is_it = |number: u32| {
        document
            .strip_prefix("rfc")
            .is_some_and(|own| own == number.to_string())
    };
    if let Some(entry) = digest.rfcs.iter().find(|entry| is_it(entry.rfc.number)) {
        return Some(Told {
            document,
            title: title(entry.rfc.title.as_deref()?),
            own: entry.gist.title.as_deref(),
            text: entry.rfc.abstract_text.as_deref().unwrap_or_default(),
        });
    }
    let calls = digest
        .last_calls
        .iter()
        .flat_map(|call| &call.body.documents);
    let actions = digest
        .actions
        .iter()
        .flat_map(|action| &action.body.documents);
    let named = calls.chain(actions).find(|named| named.name == document)?;
    Some(Told {
        document,
        title: title(named.title.as_deref()?),
        own: None,
        text: "",
    })
}

/// Returns a title as a headline has it: its short name first, long names folded where it has many words.
fn title(written: &str) -> String {
    let written = written.split_whitespace();
    let written: Vec<&str> = written.take(WORDS * 4).collect();
    let whole = written.join(" ");
    if let Some((short, long)) = short_name(&whole) {
        return format!("{short}: {long}");
    }
    match written.len() > LONG {
        true => fold(&whole),
        false => whole,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::{DraftEntry, Gist, Theme};

    /// A digest with one topic of these drafts (title, Japanese title, abstract), and its headline.
    fn parts(language: Language, drafts: &[(&str, Option<&str>, &str)]) -> Vec<HeadlinePart> {
        let mut digest = Digest::empty("2025-11-28".parse().unwrap(), "daily", language);
        let entries = drafts
            .iter()
            .zip(1..)
            .map(|((title, own, text), number)| DraftEntry {
                name: format!("draft-{number}"),
                title: (*title).into(),
                gist: Gist {
                    title: own.map(str::to_owned),
                    ..Gist::default()
                },
                abstract_text: Some((*text).into()),
                ..DraftEntry::default()
            });
        let drafts: Vec<DraftEntry> = entries.collect();
        let names: Vec<String> = drafts.iter().map(|draft| draft.name.clone()).collect();
        let topic = HotTopic {
            document: names[0].clone(),
            title: drafts[0].title.clone(),
            reason: String::new(),
            with: names[1..].to_vec(),
            headline: Vec::new(),
            gist: Gist::default(),
            evidence: Vec::new(),
        };
        digest.themes = vec![Theme {
            key: "a".into(),
            title: "A".into(),
            drafts,
        }];
        headline(&topic, &digest)
    }

    /// The headline in one line, its links in brackets.
    fn line(language: Language, drafts: &[(&str, Option<&str>, &str)]) -> String {
        let linked = |part: HeadlinePart| match part.document {
            Some(_) => format!("[{}]", part.text),
            None => part.text,
        };
        parts(language, drafts).into_iter().map(linked).collect()
    }

    const CALLED: &str = "This document defines an extension called \"CLIENTID\" that helps.";

    #[test]
    fn a_family_is_told_in_the_words_of_its_titles() {
        let smtp = ("SMTP Service Extension for Client Identity", None, CALLED);
        let imap = ("IMAP Service Extension for Client Identity", None, CALLED);
        let gateway = ("Requirements for Agent Gateway", None, "");
        let a2a = (
            "Enhanced A2A Requirements for Agents Collobration in Enterprise",
            None,
            "",
        );
        for (drafts, expected) in [
            (
                vec![smtp, imap],
                "CLIENTID: Client Identity for [SMTP] and [IMAP]",
            ),
            (
                vec![smtp],
                "CLIENTID: [SMTP Service Extension for Client Identity]",
            ),
            (vec![gateway, gateway], "[Requirements for Agent Gateway]"),
            (
                vec![gateway, a2a],
                "[Requirements for Agent Gateway], and [Enhanced A2A Requirements for Agents Collobration in Enterprise]",
            ),
            (
                vec![(
                    "SOUTH: Stochastic Authorization for Agent and Service Requests",
                    None,
                    "",
                )],
                "[SOUTH: Stochastic Authorization for Agent and Service Requests]",
            ),
            (
                vec![("The Entity Attestation Token (EAT)", None, "")],
                "[EAT: Entity Attestation Token]",
            ),
            (
                vec![
                    ("X Architecture", None, ""),
                    ("X Protocol", None, ""),
                    ("Words of X", None, ""),
                    (
                        "The Long and Winding Road to the End of X and Back",
                        None,
                        "",
                    ),
                ],
                "[X Architecture], [X Protocol], [Words of X], and 1 more",
            ),
            (
                vec![
                    ("The X Way Architecture", None, ""),
                    ("The X Way Protocol", None, ""),
                    ("The X Way Terms", None, ""),
                ],
                "X Way [Architecture], [Protocol] and [Terms]",
            ),
        ] {
            assert_eq!(line(Language::En, &drafts), expected);
        }
    }

    #[test]
    fn japanese_titles_are_used_where_they_are_known() {
        let smtp = (
            "SMTP Service Extension for Client Identity",
            Some("クライアント識別のためのSMTPサービス拡張"),
            CALLED,
        );
        let imap = (
            "IMAP Service Extension for Client Identity",
            Some("クライアント識別のためのIMAPサービス拡張"),
            CALLED,
        );
        let gateway = (
            "Requirements for Agent Gateway",
            Some("Agent Gatewayの要件"),
            "",
        );
        let english = ("Enhanced A2A Requirements", None, "");
        for (drafts, expected) in [
            (
                vec![smtp, imap],
                "CLIENTID：クライアント識別のための[SMTP]・[IMAP]サービス拡張",
            ),
            (
                vec![gateway, english],
                "[Agent Gatewayの要件]、[Enhanced A2A Requirements]",
            ),
            (
                vec![gateway, ("Y", Some("A2Aの要求"), "")],
                "[Agent Gatewayの要件]と、[A2Aの要求]",
            ),
            (
                vec![
                    ("OSPF Extensions for X", None, ""),
                    ("IS-IS Extensions for X", None, ""),
                ],
                "[OSPF] and [IS-IS] Extensions for X",
            ),
        ] {
            assert_eq!(line(Language::Ja, &drafts), expected);
        }
    }

    #[test]
    fn no_headline_has_many_more_words_than_there_is_room_for() {
        for file in [
            include_str!("../../tests/data/themes/labelled.tsv"),
            include_str!("../../tests/data/themes/fresh.tsv"),
        ] {
            let rows = file.lines().filter(|row| !row.starts_with('#'));
            let rows: Vec<Vec<&str>> = rows.map(|row| row.split('\t').collect()).collect();
            for pair in rows.windows(2) {
                let of = |row: &[&'static str]| (row[3], None, row[4]);
                let told = line(Language::En, &[of(&pair[0]), of(&pair[1])]);
                let words = told.split_whitespace().count();
                assert!(words <= WORDS + 4, "{words}: {told}");
            }
        }
    }

    #[test]
    fn what_is_hostile_is_cut_and_never_lost() {
        for title in [
            "word ".repeat(500_000),
            "(".repeat(500_000),
            String::new(),
            "a (b) (c".into(),
        ] {
            for language in [Language::En, Language::Ja] {
                let told = parts(
                    language,
                    &[(&title, None, &title), ("B", None, ""), (&title, None, "")],
                );
                assert!(told.iter().any(|part| part.document.is_some()));
            }
        }
    }
}
