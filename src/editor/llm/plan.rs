//! Plans what is to be asked for a digest, with the facts that go with each question. Pure: the same digest, the same plan.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::{Value, json};

use super::form::AnswerForm;
use super::sent::{day_facts, draft_facts, drafts, rfc_facts, theme_facts, topic_facts};
use crate::digest::{Digest, Gist};
use crate::editor::grounding::{Answer, TextKind, TextRequest};
use crate::wording::Language;

/// Documents that one question is about: an answer that is lost loses no more than these.
pub(super) const BATCH: usize = 8;

/// The purpose of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Texts, reasons and essays of hot topics.
    Topics,
    /// Titles of themes, the closing note.
    Day,
    /// Gists and summaries of documents.
    Summaries,
}

impl Task {
    /// Returns its name in templates and logs.
    pub(super) fn name(self) -> &'static str {
        match self {
            Task::Summaries => "summaries",
            Task::Topics => "topics",
            Task::Day => "day",
        }
    }

    /// Returns the task that writes a kind of text.
    pub(super) fn of(kind: TextKind) -> Self {
        match kind {
            TextKind::Gist | TextKind::Summary => Task::Summaries,
            TextKind::Topic | TextKind::Reason | TextKind::Essay => Task::Topics,
            TextKind::Theme | TextKind::Closing => Task::Day,
        }
    }

    /// Returns the name of the list in an answer whose entries have an id.
    fn list(self) -> &'static str {
        match self {
            Task::Summaries => "documents",
            Task::Topics => "topics",
            Task::Day => "themes",
        }
    }

    /// Returns the form of the answer in one line, for services that know no schema.
    pub(super) fn form(self, items: &[&TextRequest]) -> String {
        let mut kinds: Vec<TextKind> = items.iter().map(|item| item.kind).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let of_each: Vec<String> = (kinds.iter().filter(|kind| **kind != TextKind::Closing))
            .map(|kind| format!(r#","{}":"…""#, kind.name()))
            .collect();
        let mut parts = Vec::new();
        if !of_each.is_empty() {
            let fields = of_each.concat();
            parts.push(format!(r#""{}":[{{"id":"…"{fields}}}]"#, self.list()));
        }
        if kinds.contains(&TextKind::Closing) {
            parts.push(r#""closing":"…""#.into());
        }
        format!("{{{}}}", parts.join(","))
    }

    /// Returns the form of the answer as a JSON schema, strict: nothing but what is asked for.
    pub(super) fn schema(self, items: &[&TextRequest]) -> Value {
        let text = json!({"type": "string"});
        let object = |properties: serde_json::Map<String, Value>| {
            let required: Vec<&String> = properties.keys().collect();
            json!({"type": "object", "required": required, "additionalProperties": false, "properties": properties})
        };
        let mut fields = serde_json::Map::new();
        let mut ids: Vec<&str> = Vec::new();
        let mut top = serde_json::Map::new();
        for item in items {
            match item.kind {
                TextKind::Closing => {
                    top.insert("closing".into(), text.clone());
                }
                kind => {
                    fields.insert(kind.name().into(), text.clone());
                    if !ids.contains(&item.id.as_str()) {
                        ids.push(&item.id);
                    }
                }
            }
        }
        if !ids.is_empty() {
            fields.insert("id".into(), json!({"type": "string", "enum": ids}));
            let list = json!({"type": "array", "items": object(fields)});
            top.insert(self.list().into(), list);
        }
        object(top)
    }

    /// Reads the texts of an answer; what is not of the form is left out.
    pub(super) fn answers(self, answer: &Value) -> Vec<Answer> {
        let mut found = Vec::new();
        let kinds: &[TextKind] = match self {
            Task::Summaries => &[TextKind::Gist, TextKind::Summary],
            Task::Topics => &[TextKind::Topic, TextKind::Reason, TextKind::Essay],
            Task::Day => &[TextKind::Theme],
        };
        let mut push = |kind: TextKind, id: &str, text: String| {
            let id = id.to_owned();
            found.push(Answer { kind, id, text });
        };
        let entries = answer.get(self.list()).and_then(Value::as_array);
        for entry in entries.into_iter().flatten() {
            let Some(id) = entry.get("id").and_then(Value::as_str) else {
                continue;
            };
            for kind in kinds {
                if let Some(text) = entry.get(kind.name()).and_then(Value::as_str) {
                    push(*kind, id, text.to_owned());
                }
            }
        }
        if let Some(text) = answer.get("closing").and_then(Value::as_str) {
            push(TextKind::Closing, "day", text.to_owned());
        }
        found
    }
}

/// Returns everything that can be asked for a digest that the extract has been through: first what stands first in it.
pub(super) fn items(digest: &Digest) -> Vec<TextRequest> {
    let mut items = Vec::new();
    if digest.counts.drafts + digest.counts.rfcs == 0 {
        // Why a day is silent is known; there is nothing to write about.
        return items;
    }
    for topic in &digest.hot_topics {
        let (revision, sent) = topic_facts(digest, topic);
        let kinds = [TextKind::Topic, TextKind::Reason, TextKind::Essay];
        items.extend(requests(&kinds, &topic.document, &revision, sent));
    }
    let date = digest.date.to_string();
    for theme in &digest.themes {
        let sent = theme_facts(theme);
        items.extend(requests(&[TextKind::Theme], &theme.key, &date, sent));
    }
    items.extend(requests(
        &[TextKind::Closing],
        "day",
        &date,
        day_facts(digest),
    ));
    let mut rank: Vec<(bool, usize, Vec<TextRequest>)> = Vec::new();
    let kinds = |gist: &Gist, title: &str| {
        let mut kinds = vec![TextKind::Gist, TextKind::Summary];
        kinds.retain(|kind| *kind != TextKind::Gist || lacks_gist(digest.language, gist, title));
        kinds
    };
    for (at, draft) in drafts(digest).enumerate() {
        if draft.abstract_text.is_some() {
            let first = !draft.watched.is_empty() || is_hot(digest, &draft.name);
            let revision = draft.revisions.last().map_or("", String::as_str);
            let sent = draft_facts(digest, draft);
            let kinds = kinds(&draft.gist, &draft.title);
            rank.push((!first, at, requests(&kinds, &draft.name, revision, sent)));
        }
    }
    for entry in &digest.rfcs {
        if entry.rfc.abstract_text.is_some() {
            let id = format!("rfc{}", entry.rfc.number);
            let title = entry.rfc.title.as_deref().unwrap_or_default();
            let kinds = kinds(&entry.gist, title);
            rank.push((false, 0, requests(&kinds, &id, "", rfc_facts(entry))));
        }
    }
    // Sorting is stable: what the readers see first is written first.
    rank.sort_by_key(|(last, at, _)| (*last, *at));
    items.extend(rank.into_iter().flat_map(|(_, _, item)| item));
    items
}

/// Returns true when the extract found no line for a document, or one that says the title again.
fn lacks_gist(language: Language, gist: &Gist, title: &str) -> bool {
    if language == Language::Ja || gist.line.is_empty() {
        return gist.line.is_empty();
    }
    let words = |text: &str| -> BTreeSet<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        let words = words.map(str::to_lowercase);
        words.filter(|word| word.len() > 3).collect()
    };
    words(&gist.line).is_subset(&words(title))
}

/// Returns true when a kind of text is asked for in this form: a model that holds no other one cannot tell of a whole day, and mostly
/// is slow, so that it writes what the mail shows.
pub(super) fn is_askable(kind: TextKind, form: AnswerForm) -> bool {
    form != AnswerForm::Single || matches!(kind, TextKind::Gist | TextKind::Topic)
}

/// Puts what is asked for into questions: one for the topics, one for the day, and documents in batches.
pub(super) fn questions(mut items: Vec<TextRequest>) -> Vec<Vec<TextRequest>> {
    let mut questions: Vec<Vec<TextRequest>> = Vec::new();
    items.sort_by_key(|item| Task::of(item.kind));
    let mut documents = 0;
    for item in items {
        let task = Task::of(item.kind);
        if let Some(items) = questions.last_mut()
            && let Some(last) = items.last()
            && Task::of(last.kind) == task
        {
            documents += usize::from(last.id != item.id);
            if task != Task::Summaries || documents <= BATCH {
                items.push(item);
                continue;
            }
        }
        documents = 1;
        questions.push(vec![item]);
    }
    questions
}

/// Asks for texts of these kinds about one subject, from the same facts.
fn requests(kinds: &[TextKind], id: &str, revision: &str, sent: Value) -> Vec<TextRequest> {
    let facts = Arc::default();
    let sent = Arc::new(sent);
    let request = |kind: &TextKind| TextRequest {
        kind: *kind,
        id: id.to_owned(),
        revision: revision.to_owned(),
        sent: sent.clone(),
        facts: Arc::clone(&facts),
    };
    kinds.iter().map(request).collect()
}

fn is_hot(digest: &Digest, name: &str) -> bool {
    digest.hot_topics.iter().any(|topic| topic.document == name)
}
