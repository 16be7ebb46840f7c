//! Puts what was written into the digest; what was not, the extract stands for. Pure.

use std::collections::BTreeMap;

use crate::digest::{Digest, Gist};
use crate::editor::Edited;
use crate::editor::grounding::{TextKind, TextRequest};

/// The texts that are known: `None` was refused, what is missing was not written.
pub(super) type Texts = BTreeMap<(TextKind, String), Option<String>>;

/// Puts the texts of `items` that may stand into what the extract wrote.
pub(super) fn compose(
    mut edited: Edited,
    items: &[TextRequest],
    texts: &Texts,
    model: &str,
) -> Edited {
    for item in items {
        match texts.get(&(item.kind, item.id.clone())) {
            Some(Some(text)) => {
                model.clone_into(&mut edited.words.editor);
                put(&mut edited, item, text);
            }
            _ => edited.words.fallbacks += 1,
        }
    }
    edited
}

fn put(edited: &mut Edited, item: &TextRequest, text: &str) {
    let digest = &mut edited.digest;
    match item.kind {
        TextKind::Summary => {
            for (summary, _) in documents(digest, &item.id) {
                text.clone_into(summary);
            }
        }
        TextKind::Gist => {
            for (_, gist) in documents(digest, &item.id) {
                text.clone_into(&mut gist.line);
            }
        }
        TextKind::Topic => {
            let topics = digest.hot_topics.iter_mut();
            for topic in topics.filter(|topic| topic.document == item.id) {
                text.clone_into(&mut topic.gist.line);
            }
        }
        TextKind::Reason => {
            let topics = digest.hot_topics.iter_mut();
            for topic in topics.filter(|topic| topic.document == item.id) {
                text.clone_into(&mut topic.reason);
            }
        }
        TextKind::Essay => {
            let essays = &mut edited.words.essays;
            essays.insert(item.id.clone(), text.to_owned());
        }
        TextKind::Theme => {
            let themes = digest.themes.iter_mut();
            for theme in themes.filter(|theme| theme.key == item.id) {
                text.clone_into(&mut theme.title);
            }
        }
        TextKind::Closing => edited.words.closing = Some(text.to_owned()),
    }
}

/// Returns the summary and the gist of the document that is called `id`.
fn documents<'a>(
    digest: &'a mut Digest,
    id: &'a str,
) -> impl Iterator<Item = (&'a mut String, &'a mut Gist)> {
    let drafts = digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts);
    let drafts = drafts.filter(move |draft| draft.name == id);
    let rfcs = digest.rfcs.iter_mut();
    let rfcs = rfcs.filter(move |entry| format!("rfc{}", entry.rfc.number) == id);
    drafts
        .map(|draft| (&mut draft.summary, &mut draft.gist))
        .chain(rfcs.map(|entry| (&mut entry.summary, &mut entry.gist)))
}
