//! Which texts of a model may stand. Pure: the same answer is judged alike. Every item that was asked for is answered once,
//! nothing else is; RFC numbers, revisions and names of drafts are those of the facts; language and length are as asked;
//! there is no mark-up, no link, no control character. What the text means is not judged: the footer of the digest says who
//! wrote it.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::Value;

use crate::wording::Language;

mod facts;
mod form;
mod language;

pub(super) use facts::GroundingFacts;

/// A kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum TextKind {
    /// What a document does, in one line of the list.
    Gist,
    /// The purpose of a document.
    Summary,
    /// What a hot topic is about, in one or two sentences.
    Topic,
    /// Why a hot topic is one.
    Reason,
    /// A hot topic, explained to somebody outside the field.
    Essay,
    /// The title of a theme on this day.
    Theme,
    /// The closing note.
    Closing,
}

impl TextKind {
    /// Returns its name in the archive and in what is sent.
    pub(super) fn name(self) -> &'static str {
        match self {
            TextKind::Gist => "gist",
            TextKind::Summary => "summary",
            TextKind::Topic => "topic",
            TextKind::Reason => "reason",
            TextKind::Essay => "essay",
            TextKind::Theme => "title",
            TextKind::Closing => "closing",
        }
    }

    /// Returns the length of the shortest and of the longest text, in characters.
    pub(super) fn length(self, language: Language) -> (usize, usize) {
        match (self, language) {
            (TextKind::Gist, Language::En) => (12, 220),
            (TextKind::Gist, Language::Ja) => (6, 60),
            (TextKind::Topic, Language::En) => (20, 420),
            (TextKind::Topic, Language::Ja) => (15, 120),
            (TextKind::Summary, Language::En) => (40, 500),
            (TextKind::Summary, Language::Ja) => (25, 260),
            (TextKind::Reason, Language::En) => (20, 260),
            (TextKind::Reason, Language::Ja) => (12, 140),
            (TextKind::Essay, Language::En) => (120, 1200),
            (TextKind::Essay, Language::Ja) => (80, 600),
            (TextKind::Theme, Language::En) => (3, 60),
            (TextKind::Theme, Language::Ja) => (2, 30),
            (TextKind::Closing, Language::En) => (60, 900),
            (TextKind::Closing, Language::Ja) => (40, 500),
        }
    }

    /// Returns the most words that a text may have, where the page counts them.
    pub(super) fn most_words(self, language: Language) -> Option<usize> {
        match (self, language) {
            (TextKind::Gist, Language::En) => Some(25),
            (TextKind::Topic, Language::En) => Some(50),
            _ => None,
        }
    }
}

/// One text that is asked for.
#[derive(Clone, Debug)]
pub(super) struct TextRequest {
    /// The kind of text.
    pub(super) kind: TextKind,
    /// The subject: a document's name, a theme's key, `day`.
    pub(super) id: String,
    /// The draft's revision, or the day.
    pub(super) revision: String,
    /// The facts as they are sent.
    pub(super) sent: Arc<Value>,
    /// The same as they are compared with.
    pub(super) facts: Arc<GroundingFacts>,
}

/// One text that came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Answer {
    /// The kind of text.
    pub(super) kind: TextKind,
    /// The subject that it claims.
    pub(super) id: String,
    /// The text.
    pub(super) text: String,
}

/// The judgement of an answer; positions are those of the items that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Verdict {
    /// Texts that may stand.
    pub(super) good: Vec<(usize, String)>,
    /// Those that may not, and why.
    pub(super) bad: Vec<(usize, String)>,
    /// Subjects that nobody asked for: documents that were not announced.
    pub(super) strangers: Vec<String>,
}

/// Compares answers with what was asked for.
pub(super) fn judge(items: &[TextRequest], answers: &[Answer], language: Language) -> Verdict {
    let mut verdict = Verdict::default();
    let mut by_item: BTreeMap<(TextKind, &str), Vec<&str>> = BTreeMap::new();
    for answer in answers {
        let asked = items.iter().any(|item| item.id == answer.id);
        if asked {
            let texts = by_item.entry((answer.kind, &answer.id)).or_default();
            texts.push(&answer.text);
        } else if !verdict.strangers.contains(&answer.id) {
            verdict.strangers.push(answer.id.clone());
        }
    }
    let mut said: BTreeMap<(TextKind, String), usize> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let texts = by_item.get(&(item.kind, item.id.as_str()));
        let judged = match texts.map(Vec::as_slice) {
            None | Some([]) => Err("it is missing".to_owned()),
            Some([text]) => judge_text(item, text, language),
            Some(_) => Err("it was answered more than once".to_owned()),
        };
        let judged = judged.and_then(|text| match said.insert((item.kind, text.clone()), at) {
            Some(_) => Err("another item has the same text".to_owned()),
            None => Ok(text),
        });
        match judged {
            Ok(text) => verdict.good.push((at, text)),
            Err(why) => verdict.bad.push((at, why)),
        }
    }
    verdict
}

/// Judges one text alone: returns it as it may stand, or what is wrong with it.
pub(super) fn judge_one(
    item: &TextRequest,
    text: &str,
    language: Language,
) -> Result<String, String> {
    judge_text(item, text, language)
}

/// Returns the text as it may stand, or what is wrong with it, as a sentence for the model.
fn judge_text(item: &TextRequest, text: &str, language: Language) -> Result<String, String> {
    let text = text.trim().replace("\r\n", "\n");
    let paragraphs = matches!(item.kind, TextKind::Essay | TextKind::Closing);
    if !paragraphs && text.contains('\n') {
        return Err("it has more than one paragraph".into());
    }
    let (shortest, longest) = item.kind.length(language);
    let length = text.chars().count();
    let wrong = |bound: String| format!("it has {length} characters, {bound} are asked for");
    if length > longest {
        return Err(wrong(format!("at most {longest}")));
    }
    if length < shortest {
        return Err(wrong(format!("at least {shortest}")));
    }
    if let Some(most) = item.kind.most_words(language) {
        let words = text.split_whitespace().count();
        if words > most {
            return Err(format!(
                "it has {words} words, at most {most} are asked for"
            ));
        }
    }
    if !language::is_in(language, &text) {
        return Err(match language {
            Language::En => "it is not written in English".into(),
            Language::Ja => "it is not written in Japanese".into(),
        });
    }
    if let Some(fault) = form::form_fault(&text, &item.facts.text) {
        return Err(fault.to_owned());
    }
    check_names(item, &text, language)?;
    Ok(text)
}

/// Refuses a text that names what the facts do not know.
fn check_names(item: &TextRequest, text: &str, language: Language) -> Result<(), String> {
    let facts = &item.facts;
    let small = facts::plain(text).to_lowercase();
    if let Some(rfc) = (facts::rfcs_in(&small).into_iter()).find(|rfc| !facts.rfcs.contains(rfc)) {
        return Err(format!("it names RFC {rfc}, which the facts do not"));
    }
    for name in facts::drafts_in(&small) {
        let (stem, revision) = facts::split_revision(&name);
        let known = facts.drafts.contains(stem) || facts.drafts.contains(&name);
        if !known || revision.is_some_and(|number| !facts.revisions.contains(&number)) {
            return Err(format!("it names {name}, which was not announced"));
        }
    }
    let told = |number: &u32| {
        facts.revisions.contains(number) || facts.text.contains(&format!("version {number}"))
    };
    let wrong = facts::revisions_in(&small).into_iter().find(|n| !told(n));
    if let Some(number) = wrong {
        return Err(format!(
            "it speaks of revision {number}, which the facts do not"
        ));
    }
    let first = ["初版", "first version", "initial version", "first revision"];
    let says_first = first
        .iter()
        .any(|words| small.contains(words) && !facts.text.contains(words));
    if says_first && !facts.revisions.contains(&0) {
        return Err("it speaks of a first version, which the facts do not".into());
    }
    if item.kind == TextKind::Theme || item.kind == TextKind::Closing {
        return Ok(());
    }
    let shared = facts::words_in(&small)
        .map(facts::singular)
        .filter(|word| facts.words.contains(word) && !COMMON.contains(&word.as_str()))
        .collect::<std::collections::BTreeSet<_>>()
        .len()
        // Here they are known ones.
        + facts::rfcs_in(&small).len()
        + facts::revisions_in(&small).len();
    let wanted = match (language, item.kind) {
        (Language::En, TextKind::Summary | TextKind::Essay) => 2,
        _ => 1,
    };
    if shared < wanted {
        return Err("it names nothing that the facts name".into());
    }
    Ok(())
}

/// Words that say nothing about what a text is about.
const COMMON: [&str; 40] = [
    "the", "an", "of", "to", "and", "in", "for", "is", "with", "that", "on", "by", "as", "it",
    "from", "are", "be", "thi", "its", "it", "or", "at", "which", "this", "can", "may", "will",
    "has", "have", "not", "document", "draft", "describe", "define", "specifie", "new", "use",
    "used", "rfc", "internet",
];

#[cfg(test)]
mod tests;
