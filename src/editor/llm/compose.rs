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
    let mut missing: u32 = 0;
    let mut written: u32 = 0;
    for item in items {
        let Some(Some(text)) = texts.get(&(item.kind, item.id.clone())) else {
            missing += 1;
            continue;
        };
        written += 1;
        put(&mut edited, item, text);
    }
    edited.words.fallbacks = missing;
    if written > 0 {
        edited.words.editor = model.to_owned();
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
            for theme in digest
                .themes
                .iter_mut()
                .filter(|theme| theme.key == item.id)
            {
                text.clone_into(&mut theme.title);
            }
        }
        TextKind::Teasers => edited.words.teasers = text.lines().map(str::to_owned).collect(),
        TextKind::Closing => edited.words.closing = Some(text.to_owned()),
    }
}
