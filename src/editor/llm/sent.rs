//! The facts that go with a question, as they are sent. Only what the lists announced is in them.

use serde_json::{Value, json};

use crate::digest::{Digest, DraftEntry, Evidence, HotTopic, RfcEntry, Theme};
use crate::editor::summary::summarise;

/// Characters of an abstract that are sent; what a document is for stands at its start.
pub(super) const ABSTRACT: usize = 2400;
/// Characters of a title or a name that are sent.
const TITLE: usize = 300;
/// Documents of each theme, and sisters, that are named.
const NAMED: usize = 8;

/// Returns the drafts of a digest in their order.
pub(super) fn drafts(digest: &Digest) -> impl Iterator<Item = &DraftEntry> {
    digest.drafts()
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

/// Returns the facts on a draft.
pub(super) fn draft_facts(digest: &Digest, draft: &DraftEntry) -> Value {
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

/// Returns the facts on an RFC.
pub(super) fn rfc_facts(entry: &RfcEntry) -> Value {
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

/// Returns the newest revision and the facts on a hot topic, with the abstracts of what is told with it.
pub(super) fn topic_facts(digest: &Digest, topic: &HotTopic) -> (String, Value) {
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
    let draft_authors = draft.map_or(&[][..], |draft| &draft.authors);
    let with = topic.with.iter().take(NAMED).map(|name| {
        let draft = drafts(digest).find(|draft| draft.name == *name);
        let mut told = draft.map_or_else(|| json!({"id": name}), told_with_abstract);
        let common = draft_authors
            .iter()
            .filter(|author| draft.is_some_and(|other| other.authors.contains(author)));
        told["authors_in_common"] = json!(common.count());
        told
    });
    facts["told_with"] = json!(with.collect::<Vec<_>>());
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

/// Returns the facts on the day.
pub(super) fn day_facts(digest: &Digest) -> Value {
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

fn told_with_abstract(draft: &DraftEntry) -> Value {
    json!({
        "id": draft.name,
        "revision": draft.revisions.last(),
        "title": cut(&draft.title, TITLE),
        "authors": draft.authors.iter().take(NAMED).collect::<Vec<_>>(),
        "updates": draft.updates,
        "abstract": draft.abstract_text.as_deref().map(|text| cut(text, ABSTRACT)),
    })
}

/// Returns the facts on a theme.
pub(super) fn theme_facts(theme: &Theme) -> Value {
    json!({
        "id": theme.key, "usual_title": theme.title, "count": theme.drafts.len(),
        "drafts": theme.drafts.iter().take(NAMED).map(told_short).collect::<Vec<_>>(),
    })
}
