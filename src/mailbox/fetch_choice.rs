//! Chooses by their headers which messages are loaded.

use std::collections::BTreeMap;

use tracing::info;

use super::fetch_result::{Asked, FetchedMessage, Part, WHOLE, run_fetch};
use super::fetch_strategy::FetchStrategy;
use super::filter::{Verdict, judge};
use super::session::Session;
use super::{ImapError, UidSet};

/// The messages whose bodies are loaded.
#[derive(Debug, Default)]
pub(super) struct Chosen {
    /// Those that are wanted by their headers.
    pub(super) wanted: UidSet,
    /// Those of which the header tells nothing: the body will.
    pub(super) unclear: UidSet,
    /// Those that may be longer than what is read of a message.
    pub(super) long: UidSet,
}

impl Chosen {
    /// Returns true when the body of this message is to be loaded.
    pub(super) fn contains(&self, uid: u32) -> bool {
        self.wanted.contains(uid) || self.unclear.contains(uid)
    }
}

/// Chooses the messages that may be wanted by their header. Of those that came without the fields that were asked for, the
/// whole header is loaded.
pub(super) async fn choose_by_header(
    session: &mut Session,
    list_ids: &[String],
    came: &BTreeMap<u32, FetchedMessage>,
    part: Part,
    strategy: &mut FetchStrategy,
) -> Result<Chosen, ImapError> {
    let mut chosen = Chosen::default();
    let mut without_fields = 0;
    for (uid, message) in came {
        match judge(message.text(), list_ids, part == Part::Fields) {
            Verdict::Wanted => chosen.wanted.add(*uid),
            Verdict::Unwanted => {}
            Verdict::NoListId => chosen.unclear.add(*uid),
            Verdict::Unclear => {
                chosen.unclear.add(*uid);
                without_fields += 1;
            }
        }
    }
    let may_be_long = |it: &&FetchedMessage| it.size.is_none_or(|size| size > WHOLE);
    chosen.long = came.values().filter(may_be_long).map(|it| it.uid).collect();
    if part != Part::Fields || chosen.unclear.is_empty() {
        return Ok(chosen);
    }
    strategy.note_unclear(without_fields, came.len());
    let position = session.status.position();
    let folder = position.map(|it| it.folder).unwrap_or_default();
    info!(uids = %chosen.unclear, folder, "came without the header fields that were asked for: loading the header");
    let asked = Asked::Set(chosen.unclear.clone());
    let headers = match run_fetch(session, &asked, Part::Header).await {
        Ok(headers) => headers.split().0,
        Err(ImapError::Refused { .. }) => BTreeMap::new(),
        Err(other) => return Err(other),
    };
    let mut known = UidSet::default();
    for (uid, header) in &headers {
        let verdict = judge(header.text(), list_ids, false);
        if verdict == Verdict::Wanted {
            chosen.wanted.add(*uid);
        }
        if verdict != Verdict::Unclear {
            known.add(*uid);
        }
    }
    chosen.unclear = chosen.unclear.minus(&known);
    Ok(chosen)
}
