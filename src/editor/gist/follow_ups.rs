//! Sentences about the thing itself: "It allows …" behind the sentence that defined it, "EDHOC provides …" under the title
//! EDHOC. Their subject is what the reader already has, and is dropped.

use std::collections::BTreeSet;

use super::abbreviations::ShortForms;
use super::clauses::second_verb;
use super::pattern::{any_lead, is_one_of, lead};
use super::phrase::{Lead, Phrase};
use super::tables::{
    GRAMMAR, SAYS, SUCH_A_THING, THE_THING, THING, THING_DOES, THINGS, THIS_THING,
};
use super::words::{Word, words};

/// The longest subject, in words.
const LONGEST_SUBJECT: usize = 12;

/// The names that a document's thing goes by: the title's own, and what its first sentences define.
pub(super) struct Names {
    names: BTreeSet<String>,
    title: BTreeSet<String>,
}

impl Names {
    /// Collects what the title calls it. The first word of a title is none: PCEP is older than its extension.
    pub(super) fn of(title: &str, forms: &ShortForms) -> Self {
        let mut names = BTreeSet::new();
        let title = title.trim();
        for article in ["The ", "A ", "An ", ""] {
            let Some(rest) = title.strip_prefix(article) else {
                continue;
            };
            names.insert(spelt(&words(rest)));
            // "CBOR Object Signing and Encryption (COSE): Countersignatures": COSE is older.
            if let Some((name, _)) = rest.split_once([':', ','])
                && !name.contains('(')
            {
                names.insert(spelt(&words(name)));
            }
            break;
        }
        let is_named = |name: &String, long: &[&str]| *name == long.join(" ");
        for (short, long) in forms.pairs() {
            let whole = names.iter().any(|name| {
                is_named(name, &long)
                    || *name == format!("{} {}", long.join(" "), short.to_lowercase())
                    || *name == format!("{} {} protocol", long.join(" "), short.to_lowercase())
            });
            if whole {
                names.insert(short.to_lowercase());
                names.insert(long.join(" "));
            }
        }
        let title = words(title);
        Names {
            names,
            title: title.iter().map(|word| word.key().to_owned()).collect(),
        }
    }

    /// Adds what a defining phrase defines: its first noun, and names in quotes.
    pub(super) fn learn(&mut self, phrase: &[Word]) {
        let skipped = lead(phrase, "a|an|the ?new").unwrap_or_default();
        let ends = "for|of|to|in|that|which|with|on|over|called|named|termed|and|by|from|using|as";
        let noun = phrase[skipped..].iter().take(8);
        let length = noun.take_while(|word| !is_one_of(word.key(), ends)).count();
        let name = &phrase[skipped..skipped + length];
        if (1..8).contains(&length) && name[..length - 1].iter().all(|word| word.mark().is_none()) {
            self.names.insert(spelt(name));
        }
        let first = phrase
            .iter()
            .take(12)
            .filter(|word| word.text().starts_with(['"', '“']));
        self.names.extend(first.map(|word| word.key().to_owned()));
    }

    fn have(&self, subject: &[Word]) -> bool {
        let name = spelt(subject);
        self.names.contains(&name)
            || name
                .strip_suffix('s')
                .is_some_and(|one| self.names.contains(one))
    }

    fn title_says(&self, key: &str) -> bool {
        self.title.contains(key)
    }
}

fn spelt(words: &[Word]) -> String {
    let keys: Vec<&str> = words
        .iter()
        .filter(|word| !word.text().starts_with('('))
        .map(Word::key)
        .collect();
    keys.join(" ")
}

/// What came before a sentence.
#[derive(Clone, Copy)]
pub(super) struct Before {
    /// The document's thing was told of.
    pub(super) told: bool,
    /// It was told of in the sentence just before.
    pub(super) just_told: bool,
}

/// Reads a sentence whose subject is the document's thing.
pub(super) fn read(
    sentence_words: &[Word],
    sentence: usize,
    names: &Names,
    before: Before,
) -> Option<Phrase> {
    let (subject, verb) = split(sentence_words)?;
    let pronoun = any_lead(subject, &["it|this", THIS_THING.as_str()]) == Some(subject.len());
    let pronoun = pronoun
        || ends_in(subject, "this", THING)
        || lead(subject, SUCH_A_THING.as_str()) == Some(subject.len());
    let general = lead(subject, THE_THING.as_str()) == Some(subject.len());
    let several =
        ends_in(subject, "these", THINGS) || lead(subject, "these|they") == Some(subject.len());
    let article = lead(subject, "the|a|an").filter(|skipped| *skipped < subject.len());
    let named = names.have(&subject[article.unwrap_or_default()..]);
    // "This extension adds …" where the title speaks of an extension.
    let titled = ends_in(subject, "this", THING)
        && subject
            .last()
            .is_some_and(|word| names.title_says(word.key()));
    let allowed = titled
        || named && (before.told || sentence == 0 || article.is_none())
        || pronoun && before.just_told
        || general && before.told
        || several && before.just_told;
    if !allowed {
        return None;
    }
    let first = if named && !before.told { 60 } else { 0 };
    let points = first + if named { 220 } else { 200 }
        - 15 * i32::try_from(sentence.saturating_sub(1))
            .unwrap_or(9)
            .min(9);
    let at = subject.len() + verb;
    let adverb =
        lead(&sentence_words[at..], "also|thus|therefore|then|further").unwrap_or_default();
    let rest = &sentence_words[at + adverb..];
    let key = rest.first()?.key();
    let object = &rest[1..];
    if object.is_empty() {
        return None;
    }
    let new = |words: &[Word], lead: Lead, more: i32| {
        Some(Phrase::new(words, lead, sentence, points + more))
    };
    if let Some(length) = lead(rest, "is|are a|an|the|one") {
        let idle =
            "product|work|result|companion|main|part|common|well|widely|key|important|popular|most";
        if lead(&rest[length..], idle).is_some() || several {
            return None;
        }
        return new(object, Lead::Thing, 0);
    }
    if lead(rest, "is|are either").is_some() {
        return new(object, Lead::Thing, 0);
    }
    if lead(
        rest,
        "is|are used|intended|designed|meant|able|suitable|applicable",
    )
    .is_some()
    {
        let idle = object.first().is_some_and(|word| word.key() == "used")
            && lead(object, "used widely|in|by").is_some();
        return if idle {
            None
        } else {
            new(object, Lead::Verb, -10)
        };
    }
    if any_lead(rest, &["can|may be used|augmented|applied|extended|combined|carried|sent|negotiated|integrated|referenced", "can|may|will ?also allow|enable|help|provide|support|facilitate|improve|reduce"]).is_some() {
        return new(rest, Lead::Verb, -80);
    }
    if several {
        // "These extensions allow …": its verb is the plural's, so the noun stays.
        let does = is_one_of(
            key,
            "allow|enable|provide|permit|support|extend|describe|add|use",
        );
        let whole = does && subject.len() > 1;
        return whole
            .then(|| Phrase::new(&sentence_words[1..], Lead::Whole, sentence, points - 20));
    }
    if is_one_of(key, SAYS)
        && (pronoun || before.told)
        && is_one_of(
            key,
            "discusses|describes|defines|specifies|presents|introduces|details|outlines|explains|proposes|covers",
        )
    {
        if lead(object, "that").is_some() {
            return None;
        }
        let object = &object[lead(object, "in particular|detail").unwrap_or_default()..];
        return match second_verb(object) {
            Some(_) => new(rest, Lead::Verb, -10),
            None => new(object, Lead::Thing, -10),
        };
    }
    if is_one_of(key, "defines|specifies|describes|introduces")
        && second_verb(object).is_none()
        && named
    {
        return new(object, Lead::Thing, 20);
    }
    if is_one_of(key, THING_DOES) {
        let more = if is_one_of(key, "allows|enables|permits|lets") {
            50
        } else {
            0
        };
        return new(rest, Lead::Verb, more);
    }
    None
}

/// Reads a first sentence "DRKey is a system that …" of an abstract that speaks of nothing else, not even of its document.
pub(super) fn only_subject(read: &[Vec<Word>]) -> Option<Phrase> {
    let first = read.first()?;
    let name = first.first()?;
    let is_name = name.text().starts_with(|c: char| c.is_uppercase()) && name.mark().is_none();
    let again = read
        .iter()
        .skip(1)
        .any(|words| words.first().map(Word::key) == Some(name.key()));
    let is = lead(&first[1..], "is a|an|the")?;
    let grammar = is_one_of(name.key(), GRAMMAR);
    let old = "common|widely|popular|well|key|important|most|standard|product|part|result";
    let older = lead(&first[1 + is..], old).is_some();
    (is_name && again && !grammar && !older).then(|| Phrase::new(&first[is..], Lead::Thing, 0, 150))
}

/// Kinds of titles under which the first words are older than the document.
const OLDER: &str = "extension*|support|update*|requirement*|consideration*|guidance|guideline*|problem|issues|use|using|report|applicability|analysis|practices|recommendations|experiences|interworking|yang|mib|profile*|clarifications|deprecat*|obsolet*";

/// Kinds of things that a title adds to a name.
const KIND: &str =
    "protocol|format|framework|algorithm|scheme|mechanism|architecture|system|metric|method";

/// Reads a sentence that says what the first words of the title are; its subject stays.
pub(super) fn definition(
    read: &[Word],
    sentence: usize,
    title: &str,
    forms: &ShortForms,
) -> Option<Phrase> {
    let titled = words(title);
    if sentence > 3 || titled.iter().any(|word| is_one_of(word.key(), OLDER)) {
        return None;
    }
    let (subject, _) = split(read)?;
    let verb = &read[subject.len()..];
    let said = "defined|described|specified|documented|part|needed|required|often|widely|presented";
    let tells = lead(verb, "is a|an|the").is_some()
        || is_one_of(
            verb[0].key(),
            "allows|enables|provides|permits|supports|records|combines",
        );
    let article = |words: &[Word]| lead(words, "the|a|an").unwrap_or_default();
    let name: Vec<&str> = subject[article(subject)..].iter().map(Word::key).collect();
    let begins = |long: &[&str]| {
        let titled = &titled[article(&titled)..];
        let keys = titled.iter().map(Word::key);
        let whole = titled.get(long.len()..).is_some_and(|rest| {
            let rest = match rest.first() {
                Some(bracket) if bracket.text().starts_with('(') => &rest[1..],
                _ => rest,
            };
            // A longer name, or "COSE: Countersignatures", is another thing.
            rest.first().is_none_or(|next| {
                is_one_of(next.key(), KIND) || is_one_of(next.key(), "for|over|in|of|with|to|at|on")
            })
        });
        whole && !long.is_empty() && keys.take(long.len()).eq(long.iter().copied())
    };
    let short = |(short, long): (&str, Vec<&str>)| name == [short.to_lowercase()] && begins(&long);
    let idle = verb.get(1).is_some_and(|word| is_one_of(word.key(), said));
    (tells && !idle && (begins(&name) || forms.pairs().any(short)))
        .then(|| Phrase::new(read, Lead::Whole, sentence, 60))
}

/// "this SASL mechanism", "these new header fields": at most four words.
fn ends_in(subject: &[Word], first: &str, nouns: &'static str) -> bool {
    (2..5).contains(&subject.len())
        && subject[0].key() == first
        && subject
            .last()
            .is_some_and(|word| is_one_of(word.key(), nouns))
}

/// Finds the subject's end: the first verb, with no mark before it.
fn split(words: &[Word]) -> Option<(&[Word], usize)> {
    let verbs = "is|are|can|may|will|allow|enable|provide|permit|support|extend|describe|add";
    let adverb = "also|thus|therefore|then|further";
    for at in 1..words.len().min(LONGEST_SUBJECT) {
        if words[at - 1].mark().is_some() {
            return None;
        }
        let key = words[at].key();
        let is_adverb = is_one_of(key, adverb);
        let verb = if is_adverb {
            words.get(at + 1)?.key()
        } else {
            key
        };
        if is_one_of(verb, verbs)
            || is_one_of(verb, THING_DOES)
            || is_one_of(verb, SAYS) && verb.ends_with('s')
        {
            return Some((&words[..at], 0));
        }
    }
    None
}
