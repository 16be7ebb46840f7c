//! Plans what is to be asked for a digest, with the facts that go with each question. Pure: the same digest, the same plan.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::digest::{Digest, DraftEntry, Evidence, HotTopic, RfcEntry};
use crate::editor::grounding::{Answer, GroundingFacts, TextKind, TextRequest};
use crate::editor::summary::summarise;

/// Documents that one question is about: an answer that is lost loses no more than these.
pub(super) const BATCH: usize = 8;
/// Characters of an abstract that are sent; what a document is for stands at its start.
const ABSTRACT: usize = 2400;
/// Characters of a title or a name that are sent.
const TITLE: usize = 300;
/// Documents of each theme, and sisters, that are named.
const NAMED: usize = 8;
/// The number of teasers.
const TEASERS: usize = 3;

/// The purpose of a question.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Task {
    /// Reasons and essays of hot topics.
    Topics,
    /// Titles of themes, teasers, the closing note.
    Day,
    /// Summaries of documents.
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
            TextKind::Summary => Task::Summaries,
            TextKind::Reason | TextKind::Essay => Task::Topics,
            TextKind::Theme | TextKind::Teasers | TextKind::Closing => Task::Day,
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
        let has = |kind: TextKind| items.iter().any(|item| item.kind == kind);
        match self {
            Task::Summaries => r#"{"documents":[{"id":"…","summary":"…"}]}"#.into(),
            Task::Topics => r#"{"topics":[{"id":"…","reason":"…","essay":"…"}]}"#.into(),
            Task::Day => {
                let mut parts = Vec::new();
                parts
                    .extend(has(TextKind::Theme).then_some(r#""themes":[{"id":"…","title":"…"}]"#));
                parts.extend(has(TextKind::Teasers).then_some(r#""teasers":["…"]"#));
                parts.extend(has(TextKind::Closing).then_some(r#""closing":"…""#));
                format!("{{{}}}", parts.join(","))
            }
        }
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
                TextKind::Teasers => {
                    top.insert("teasers".into(), json!({"type": "array", "items": text}));
                }
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
            Task::Summaries => &[TextKind::Summary],
            Task::Topics => &[TextKind::Reason, TextKind::Essay],
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
        if let Some(lines) = answer.get("teasers").and_then(Value::as_array) {
            let lines: Vec<&str> = lines.iter().filter_map(Value::as_str).collect();
            push(TextKind::Teasers, "day", lines.join("\n"));
        }
        if let Some(text) = answer.get("closing").and_then(Value::as_str) {
            push(TextKind::Closing, "day", text.to_owned());
        }
        found
    }
}

/// Returns everything that can be asked for a digest: first what stands first in it.
pub(super) fn items(digest: &Digest) -> Vec<TextRequest> {
    let mut items = Vec::new();
    if digest.counts.drafts + digest.counts.rfcs == 0 {
        // Why a day is silent is known; there is nothing to write about.
        return items;
    }
    for topic in &digest.hot_topics {
        let (revision, sent) = topic_facts(digest, topic);
        let kinds = [TextKind::Reason, TextKind::Essay];
        items.extend(requests(kinds, &topic.document, &revision, sent));
    }
    let date = digest.date.to_string();
    for theme in &digest.themes {
        let listed = json!({
            "id": theme.key, "usual_title": theme.title, "count": theme.drafts.len(),
            "drafts": theme.drafts.iter().take(NAMED).map(told_short).collect::<Vec<_>>(),
        });
        items.extend(requests([TextKind::Theme], &theme.key, &date, listed));
    }
    let kinds = [TextKind::Teasers, TextKind::Closing];
    items.extend(requests(kinds, "day", &date, day_facts(digest)));
    let mut rank: Vec<(bool, usize, [TextRequest; 1])> = Vec::new();
    let mut summary = |last: bool, at: usize, id: &str, revision: &str, sent: Value| {
        rank.push((last, at, requests([TextKind::Summary], id, revision, sent)));
    };
    for (at, draft) in drafts(digest).enumerate() {
        if draft.abstract_text.is_some() {
            let first = !draft.watched.is_empty() || is_hot(digest, &draft.name);
            let revision = draft.revisions.last().map_or("", String::as_str);
            let sent = draft_facts(digest, draft);
            summary(!first, at, &draft.name, revision, sent);
        }
    }
    for entry in &digest.rfcs {
        if entry.rfc.abstract_text.is_some() {
            let id = format!("rfc{}", entry.rfc.number);
            summary(false, 0, &id, "", rfc_facts(entry));
        }
    }
    // Sorting is stable: what the readers see first is written first.
    rank.sort_by_key(|(last, at, _)| (*last, *at));
    items.extend(rank.into_iter().flat_map(|(_, _, item)| item));
    items
}

/// Puts what is asked for into questions: one for the topics, one for the day, and summaries in batches.
pub(super) fn questions(mut items: Vec<TextRequest>) -> Vec<(Task, Vec<TextRequest>)> {
    let mut questions: Vec<(Task, Vec<TextRequest>)> = Vec::new();
    items.sort_by_key(|item| Task::of(item.kind));
    for item in items {
        let task = Task::of(item.kind);
        match questions.last_mut() {
            Some((last, items))
                if *last == task && (task != Task::Summaries || items.len() < BATCH) =>
            {
                items.push(item);
            }
            _ => questions.push((task, vec![item])),
        }
    }
    questions
}

/// Asks for texts of these kinds about one subject, from the same facts.
fn requests<const N: usize>(
    kinds: [TextKind; N],
    id: &str,
    revision: &str,
    sent: Value,
) -> [TextRequest; N] {
    let facts = Arc::new(GroundingFacts::of(&sent));
    let documents = sent.get("documents").and_then(Value::as_u64).unwrap_or(1);
    let teasers = usize::try_from(documents).unwrap_or(TEASERS).min(TEASERS);
    let sent = Arc::new(sent);
    kinds.map(|kind| TextRequest {
        kind,
        id: id.to_owned(),
        revision: revision.to_owned(),
        sent: sent.clone(),
        facts: facts.clone(),
        lines: if kind == TextKind::Teasers {
            teasers
        } else {
            1
        },
    })
}

fn drafts(digest: &Digest) -> impl Iterator<Item = &DraftEntry> {
    digest.themes.iter().flat_map(|theme| &theme.drafts)
}

fn is_hot(digest: &Digest, name: &str) -> bool {
    digest.hot_topics.iter().any(|topic| topic.document == name)
}

fn cut(text: &str, most: usize) -> String {
    text.chars().take(most).collect()
}

/// Names sister documents, with their titles if they are of this day.
fn named<'a>(digest: &Digest, names: impl Iterator<Item = &'a String>) -> Vec<Value> {
    let told = names.take(NAMED).map(|name| {
        let draft = drafts(digest).find(|draft| draft.name == *name);
        json!({"id": name, "title": draft.map(|draft| cut(&draft.title, TITLE))})
    });
    told.collect()
}

fn draft_facts(digest: &Digest, draft: &DraftEntry) -> Value {
    json!({
        "id": draft.name,
        "revision": draft.revisions.last(),
        "revisions": draft.revisions,
        "previous": draft.previous,
        "title": cut(&draft.title, TITLE),
        "authors": draft.authors.iter().take(NAMED).collect::<Vec<_>>(),
        "group": draft.group.as_ref().and_then(|group| group.name.as_ref().or(group.acronym.as_ref())),
        "pages": draft.pages,
        "updates": draft.updates,
        "obsoletes": draft.obsoletes,
        "was_before": draft.adopted_from,
        "together_with": named(digest, draft.related.iter()),
        "abstract": draft.abstract_text.as_deref().map(|text| cut(text, ABSTRACT)),
    })
}

fn rfc_facts(entry: &RfcEntry) -> Value {
    let rfc = &entry.rfc;
    json!({
        "id": format!("rfc{}", rfc.number),
        "rfc": rfc.number,
        "title": rfc.title.as_deref().map(|title| cut(title, TITLE)),
        "authors": rfc.authors.iter().take(NAMED).collect::<Vec<_>>(),
        "status": rfc.status,
        "stream": rfc.stream,
        "group": rfc.group.as_ref().and_then(|group| group.name.as_ref().or(group.acronym.as_ref())),
        "pages": rfc.pages,
        "updates": rfc.updates,
        "obsoletes": rfc.obsoletes,
        "was_before": rfc.draft,
        "abstract": rfc.abstract_text.as_deref().map(|text| cut(text, ABSTRACT)),
    })
}

fn topic_facts(digest: &Digest, topic: &HotTopic) -> (String, Value) {
    let draft = drafts(digest).find(|draft| draft.name == topic.document);
    let rfc =
        (digest.rfcs.iter()).find(|entry| format!("rfc{}", entry.rfc.number) == topic.document);
    let (revision, mut facts) = match (draft, rfc) {
        (Some(draft), _) => (draft.revisions.last(), draft_facts(digest, draft)),
        (None, Some(entry)) => (None, rfc_facts(entry)),
        (None, None) => (
            None,
            json!({"id": topic.document, "title": cut(&topic.title, TITLE)}),
        ),
    };
    // What the reader watches is the reader's own: it is not sent.
    let watched = |fact: &&Evidence| matches!(fact, Evidence::Watched { .. });
    let why: Vec<_> = topic
        .evidence
        .iter()
        .filter(|fact| !watched(fact))
        .collect();
    facts["why_chosen"] = json!(why);
    facts["told_with"] = json!(named(digest, topic.with.iter()));
    (revision.cloned().unwrap_or_default(), facts)
}

fn told_short(draft: &DraftEntry) -> Value {
    json!({
        "id": draft.name,
        "revision": draft.revisions.last(),
        "title": cut(&draft.title, TITLE),
        "about": draft.abstract_text.as_deref().map(|text| cut(&summarise(text), TITLE)),
        "updates": draft.updates,
        "obsoletes": draft.obsoletes,
    })
}

fn day_facts(digest: &Digest) -> Value {
    let themes: Vec<Value> = (digest.themes.iter())
        .map(|theme| {
            let drafts: Vec<Value> = theme.drafts.iter().take(NAMED).map(told_short).collect();
            json!({"theme": theme.title, "count": theme.drafts.len(), "drafts": drafts})
        })
        .collect();
    let rfcs: Vec<Value> = digest.rfcs.iter().take(NAMED).map(rfc_facts).collect();
    let hot: Vec<Value> = (digest.hot_topics.iter())
        .map(|topic| json!({"id": topic.document, "title": cut(&topic.title, TITLE)}))
        .collect();
    json!({
        "id": "day",
        "date": digest.date,
        "documents": digest.counts.drafts + digest.counts.rfcs,
        "draft_count": digest.counts.drafts,
        "rfc_count": digest.counts.rfcs,
        "themes": themes,
        "rfcs_today": rfcs,
        "hot_topics": hot,
    })
}
