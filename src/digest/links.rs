//! Where to read a document. Every address is built from a parsed name and number, never taken from a text.

use std::collections::BTreeMap;

use super::{Digest, Links, ListMessage};
use crate::announcement::Body;
use crate::archive::DayRecord;

/// Returns the pages of a draft's newest revision; the difference only when there is an earlier one.
pub(super) fn of_draft(name: &str, revision: &str) -> Links {
    Links {
        datatracker: format!("https://datatracker.ietf.org/doc/{name}/"),
        html: format!("https://www.ietf.org/archive/id/{name}-{revision}.html"),
        diff: (revision != "00")
            .then(|| format!("https://author-tools.ietf.org/iddiff?url2={name}-{revision}")),
        message: None,
    }
}

/// Returns the pages of an RFC.
pub(super) fn of_rfc(number: u32) -> Links {
    Links {
        datatracker: format!("https://datatracker.ietf.org/doc/rfc{number}/"),
        html: format!("https://www.rfc-editor.org/rfc/rfc{number}.html"),
        diff: None,
        message: None,
    }
}

/// Notes with each document of the day which message announced it, the newest revision of a draft.
pub(super) fn note_messages(digest: &mut Digest, record: &DayRecord) {
    let mut messages: BTreeMap<String, (&str, ListMessage)> = BTreeMap::new();
    for stored in &record.announcements {
        let (name, revision) = match &stored.announcement.body {
            Body::Draft(draft) => (draft.name.clone(), draft.revision.as_str()),
            Body::Rfc(rfc) => (format!("rfc{}", rfc.number), ""),
            _ => continue,
        };
        let list = stored.announcement.list.as_ref();
        let id = stored.announcement.message_id.as_ref();
        let newer = messages
            .get(&name)
            .is_none_or(|(known, _)| *known < revision);
        if let (Some(list), Some(id), true) = (list, id, newer) {
            let (list, id) = (list.clone(), id.clone());
            messages.insert(name, (revision, ListMessage { list, id }));
        }
    }
    let message = |name: &str| messages.get(name).map(|(_, message)| message.clone());
    for draft in digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts) {
        draft.links.message = message(&draft.name);
    }
    for entry in &mut digest.rfcs {
        entry.links.message = message(&format!("rfc{}", entry.rfc.number));
    }
}
