//! The built-in editor: offline, pure, and with nothing to say that the facts do not. Summaries are sentences of the
//! abstract; reasons and the closing note are phrases of the catalogue filled with facts.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;

use crate::digest::{Digest, DraftEntry, Evidence, HotTopic, SilenceReason};
use crate::wording::{Language, Value, in_a_row, listed, listed_in_quotes, ordinal, say};

use super::gist::{NoGist, gist, topic};
use super::headline::headline;
use super::sentence::sentence;
use super::summary::summarise;
use super::{Edited, Editor, EditorError, EditorNotes, EditorSettings, Japanese, Writing};

/// Facts that a reason names; the strongest come first.
const FACTS: usize = 3;
/// Sister drafts that a reason names; the others are counted.
const SISTERS: usize = 3;

/// The built-in editor.
#[derive(Clone, Debug, Default)]
pub struct Extract {
    japanese: Japanese,
}

impl Extract {
    /// Sets it up as configured; without settings, with what is built in.
    ///
    /// # Errors
    /// A glossary that cannot be read or used.
    pub fn configured(settings: Option<&EditorSettings>) -> Result<Self, EditorError> {
        let glossary = settings.and_then(|settings| settings.glossary.as_deref());
        let japanese = Japanese::configured(glossary).map_err(EditorError::Glossary)?;
        Ok(Extract { japanese })
    }

    /// Writes the words of a digest.
    pub fn write(&self, mut digest: Digest) -> Edited {
        if digest.language == Language::Ja {
            self.japanese.fill(&mut digest);
        }
        written(digest)
    }
}

impl Editor for Extract {
    fn edit(&self, digest: Digest, _: Option<Timestamp>) -> Writing<'_, Edited> {
        Box::pin(std::future::ready(self.write(digest)))
    }
}

/// Writes the words of a digest with what is built in: see [`Extract::write`].
pub fn extract(digest: Digest) -> Edited {
    Extract::default().write(digest)
}

/// Fills in summaries, reasons and the closing note.
fn written(mut digest: Digest) -> Edited {
    if digest.language == Language::En {
        gists(&mut digest);
    }
    let summary = |text: &Option<String>| text.as_deref().map(summarise).unwrap_or_default();
    for draft in digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts) {
        draft.summary = summary(&draft.abstract_text);
    }
    for entry in &mut digest.rfcs {
        entry.summary = summary(&entry.rfc.abstract_text);
    }
    let language = digest.language;
    let mut topics = std::mem::take(&mut digest.hot_topics);
    for topic in &mut topics {
        topic.reason = reason(language, topic, &digest);
        topic.headline = headline(topic, &digest);
        // What the headline says already: "CLIENTID: ...".
        let said: String = (topic.headline.iter())
            .map(|part| part.text.as_str())
            .collect();
        let keywords = &mut topic.gist.keywords;
        keywords.retain(|keyword| !said.contains(keyword.as_str()));
    }
    digest.hot_topics = topics;
    let words = EditorNotes {
        sentence: sentence(&digest),
        closing: Some(closing(&digest)).filter(|note| !note.is_empty()),
        editor: "extract".into(),
        ..EditorNotes::default()
    };
    Edited { digest, words }
}

/// Writes the line of every document, and what is said of the hot topics.
fn gists(digest: &mut Digest) {
    let texts = texts(digest);
    let told: Vec<String> = (digest.hot_topics.iter())
        .map(|hot| {
            let names = [&hot.document].into_iter().chain(&hot.with);
            let family: Vec<(&str, &str)> =
                names.filter_map(|name| texts.get(name).copied()).collect();
            topic(&family).unwrap_or_default()
        })
        .collect();
    let mut lines = gist_lines(digest);
    let mut line = |name: &str| lines.remove(name).and_then(Result::ok).unwrap_or_default();
    for (hot, told) in digest.hot_topics.iter_mut().zip(told) {
        hot.gist.line = told;
    }
    for draft in digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts) {
        draft.gist.line = line(&draft.name);
    }
    for entry in &mut digest.rfcs {
        entry.gist.line = line(&format!("rfc{}", entry.rfc.number));
    }
}

/// Returns the English line of every draft and RFC by its name, or why it has none.
pub fn gist_lines(digest: &Digest) -> BTreeMap<String, Result<String, NoGist>> {
    let lines = texts(digest).into_iter();
    lines
        .map(|(name, (title, text))| (name, gist(title, text)))
        .collect()
}

/// Returns title and abstract of every draft and RFC by its name.
fn texts(digest: &Digest) -> BTreeMap<String, (&str, &str)> {
    let drafts = digest.drafts().map(|draft| {
        let text = draft.abstract_text.as_deref();
        (
            draft.name.clone(),
            (draft.title.as_str(), text.unwrap_or_default()),
        )
    });
    let rfcs = digest.rfcs.iter().map(|entry| {
        let title = entry.rfc.title.as_deref().unwrap_or_default();
        let text = entry.rfc.abstract_text.as_deref().unwrap_or_default();
        (format!("rfc{}", entry.rfc.number), (title, text))
    });
    drafts.chain(rfcs).collect()
}

/// Says the strongest facts, a sentence each.
fn reason(language: Language, topic: &HotTopic, digest: &Digest) -> String {
    let facts = topic.evidence.iter().take(FACTS);
    let sentences: Vec<String> = facts
        .map(|evidence| fact(language, topic, evidence, digest))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    in_a_row(language, &sentences)
}

fn fact(language: Language, topic: &HotTopic, evidence: &Evidence, digest: &Digest) -> String {
    let say = |key: &str, values: &[(&str, Value<'_>)]| say(language, key, values);
    match evidence {
        Evidence::Watched { what } => watched(language, what),
        Evidence::Published { number, status } => {
            let number = ("number", text(&number.to_string()));
            match status {
                Some(status) => say("reason-published-as", &[number, ("status", text(status))]),
                None => say("reason-published", &[number]),
            }
        }
        Evidence::Approved => say("reason-approved", &[]),
        Evidence::InLastCall { ends } => match ends {
            Some(ends) => {
                let date = text(&ends.to_string());
                say("reason-last-call-until", &[("date", date)])
            }
            None => say("reason-last-call", &[]),
        },
        Evidence::Adopted { group, from } => {
            let group = ("group", text(group));
            match from {
                Some(from) => say("reason-adopted-from", &[group, ("from", text(from))]),
                None => say("reason-adopted", &[group]),
            }
        }
        Evidence::New => say("reason-new", &[]),
        Evidence::Authors { count } => say("reason-authors", &[("count", (*count).into())]),
        Evidence::Subject { word, .. } => say("reason-subject", &[("word", text(word))]),
        Evidence::Mature { revision } => {
            let ordinal = text(&ordinal(language, *revision));
            let count = ("count", (*revision).into());
            say("reason-mature", &[count, ("ordinal", ordinal)])
        }
        Evidence::Updates { rfcs } => changes(language, topic, "reason-updates", rfcs),
        Evidence::Obsoletes { rfcs } => changes(language, topic, "reason-obsoletes", rfcs),
        Evidence::Sisters { names } => sisters(language, digest, names),
        Evidence::SeveralRevisions { revisions } => {
            let revisions = text(&listed(language, revisions));
            say("reason-several", &[("revisions", revisions)])
        }
        Evidence::Surge { theme, today } => {
            let values = [("theme", text(theme)), ("count", (*today).into())];
            say("reason-surge", &values)
        }
    }
}

fn text(value: &str) -> Value<'static> {
    Value::from(value.to_owned())
}

/// Says by which entry a document is on the watch list. `groups: netmod` is how the digest names a match; the catalogue
/// has the words for each kind.
fn watched(language: Language, entry: &str) -> String {
    let what = match entry.split_once(": ") {
        Some((kind @ ("groups" | "authors" | "drafts" | "keywords"), what)) => {
            say(language, &format!("watch-{kind}"), &[("what", text(what))])
        }
        _ => entry.to_owned(),
    };
    say(language, "reason-watched", &[("what", text(&what))])
}

/// Says which RFCs a document changes: a draft would, an RFC does.
fn changes(language: Language, topic: &HotTopic, key: &str, rfcs: &[u32]) -> String {
    let is_rfc = topic.document.starts_with("rfc");
    let now = if is_rfc { "-now" } else { "" };
    let numbers = text(&numbers(language, rfcs));
    let values = [("rfcs", numbers), ("count", rfcs.len().into())];
    say(language, &format!("{key}{now}"), &values)
}

/// Names the first drafts of a family by their titles, and counts the others.
fn sisters(language: Language, digest: &Digest, names: &[String]) -> String {
    let named = names.iter().take(SISTERS);
    let titles: Vec<String> = named.map(|name| title_of(digest, name)).collect();
    let key = match names.len() {
        ..=SISTERS => "reason-sisters",
        _ => "reason-sisters-more",
    };
    let more = names.len().saturating_sub(SISTERS);
    say(
        language,
        key,
        &[
            ("more", more.into()),
            ("titles", text(&listed_in_quotes(language, &titles))),
            ("count", names.len().into()),
        ],
    )
}

fn title_of(digest: &Digest, name: &str) -> String {
    digest
        .drafts()
        .find(|draft| draft.name == name)
        .map_or_else(|| name.to_owned(), |draft| draft.title.clone())
}

fn numbers(language: Language, rfcs: &[u32]) -> String {
    let written: Vec<String> = rfcs.iter().map(|number| format!("RFC {number}")).collect();
    listed(language, &written)
}

/// Writes the closing note: on a silent day why it is silent, else from the day's figures.
fn closing(digest: &Digest) -> String {
    let mut sentences = silence(digest);
    let documents = digest.counts.drafts + digest.counts.rfcs;
    if digest.silence.is_none() || documents > 0 {
        sentences.extend(figures(digest));
    }
    in_a_row(digest.language, &sentences)
}

fn silence(digest: &Digest) -> Vec<String> {
    let language = digest.language;
    let documents = digest.counts.drafts + digest.counts.rfcs;
    let reasons = digest.silence.iter().flat_map(|silence| &silence.reasons);
    reasons
        .map(|reason| match reason {
            SilenceReason::Weekend if documents > 0 => say(language, "closing-weekend-some", &[]),
            SilenceReason::Weekend => say(language, "closing-weekend", &[]),
            SilenceReason::CutOff { .. } => say(language, "closing-cut-off", &[]),
            SilenceReason::Holiday { name } => {
                say(language, "closing-holiday", &[("name", text(name))])
            }
        })
        .collect()
}

/// Says which theme was largest, how many drafts are new or mature, and how many groups were at work.
fn figures(digest: &Digest) -> Vec<String> {
    let language = digest.language;
    let mut sentences = Vec::new();
    if digest.counts.drafts > 3
        && let Some(theme) = digest.themes.iter().max_by_key(|theme| theme.drafts.len())
        && theme.drafts.len() > 2
    {
        let count = theme.drafts.len().into();
        let values = [("theme", text(&theme.title)), ("count", count)];
        sentences.push(say(language, "closing-theme", &values));
    }
    let last_revision = |draft: &DraftEntry| draft.revisions.last()?.parse::<u32>().ok();
    let drafts_with = |has: fn(u32) -> bool| {
        let revisions = digest.drafts().filter_map(last_revision);
        revisions.filter(|revision| has(*revision)).count()
    };
    let (new, mature) = (drafts_with(|n| n == 0), drafts_with(|n| n >= 10));
    if new + mature > 0 && digest.counts.drafts > 1 {
        let values = [("new", new.into()), ("mature", mature.into())];
        sentences.push(say(language, "closing-ages", &values));
    }
    let working_groups: BTreeSet<&str> = digest
        .drafts()
        .filter_map(|draft| draft.group.as_ref()?.acronym.as_deref())
        .collect();
    if working_groups.len() > 2 {
        let count = [("count", working_groups.len().into())];
        sentences.push(say(language, "closing-groups", &count));
    }
    sentences
}
