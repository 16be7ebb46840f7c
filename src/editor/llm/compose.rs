//! Puts what was written into the digest; what was not, the extract stands for. Pure.

use std::collections::BTreeMap;

use crate::digest::Digest;
use crate::editor::grounding::{TextKind, TextRequest};
use crate::editor::{Edited, extract};

/// The texts that are known: `None` was refused, what is missing was not written.
pub(super) type Texts = BTreeMap<(TextKind, String), Option<String>>;

/// Puts the texts of `items` that may stand into the digest.
pub(super) fn compose(digest: Digest, items: &[TextRequest], texts: &Texts, model: &str) -> Edited {
    let mut edited = extract(digest);
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
            let drafts = digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts);
            for draft in drafts.filter(|draft| draft.name == item.id) {
                text.clone_into(&mut draft.summary);
            }
            for entry in &mut digest.rfcs {
                if format!("rfc{}", entry.rfc.number) == item.id {
                    text.clone_into(&mut entry.summary);
                }
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
        TextKind::Teasers => edited.words.teasers = text.lines().map(str::to_owned).collect(),
        TextKind::Closing => edited.words.closing = Some(text.to_owned()),
    }
}
