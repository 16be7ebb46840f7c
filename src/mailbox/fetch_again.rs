//! Asks again for what did not come. That a message is gone is believed when neither SEARCH nor a FETCH of UIDs names it;
//! while either does, it is withheld, and the cursor waits for it.

use std::collections::BTreeMap;

use tracing::info;

use super::fetch_result::{Asked, FetchedMessage, Part, run_fetch};
use super::fetch_strategy::FetchStrategy;
use super::listing;
use super::session::Session;
use super::{ImapError, UidSet};

/// Messages that are asked for one by one: where none of so many comes, it is not one message's fault.
const ALONE: usize = 20;
/// Said of a message that is listed and does not come.
const LISTED: &str = "the server lists it and does not give it";

/// Said of a message whose body is not that of its header.
const ANOTHER: &str = "what the server gives as its body is not the message of its header";

/// What came of asking again.
#[derive(Debug, Default)]
pub(super) struct AskedAgain {
    pub(super) came: BTreeMap<u32, FetchedMessage>,
    /// Messages that are there and did not come, and what the server says to that.
    pub(super) withheld: BTreeMap<u32, Withheld>,
    /// The first UID for which there was no room.
    pub(super) left_out: Option<u32>,
}

/// Why a message that is there did not come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    /// The server refused the FETCH, with these words.
    Refused(String),
    /// The FETCH was answered OK, without it.
    Listed,
    /// Its header is of a message that is wanted, and what comes as its body is not.
    Another,
}

impl Withheld {
    /// Returns the reason in a few words.
    pub(super) fn why(&self) -> &str {
        match self {
            Withheld::Refused(said) => said,
            Withheld::Listed => LISTED,
            Withheld::Another => ANOTHER,
        }
    }
}

/// Asks for a part of messages that did not come: all of them once more, then one by one, and then whether they are there.
pub(super) async fn ask_again(
    session: &mut Session,
    missing: &UidSet,
    part: Part,
    strategy: &mut FetchStrategy,
) -> Result<AskedAgain, ImapError> {
    let position = session.status.position();
    let folder = position.map(|it| it.folder).unwrap_or_default();
    info!(uids = %missing, folder, "did not come: asked for again");
    let mut again = AskedAgain::default();
    let mut left = missing.clone();
    if missing.count() > 1 {
        match run_fetch(session, &Asked::Set(missing.clone()), part).await {
            Ok(fetched) => {
                again.left_out = fetched.left_out;
                again.came = fetched.split().0;
                left = without(
                    missing,
                    again.came.keys().copied().collect(),
                    again.left_out,
                );
            }
            // Which one it is will be seen.
            Err(ImapError::Refused { .. }) => {}
            Err(other) => return Err(other),
        }
    }
    let mut refused = BTreeMap::new();
    for uid in left.iter().take(ALONE) {
        match ask_alone(session, uid, part).await {
            Ok(Some(message)) => drop(again.came.insert(uid, message)),
            Ok(None) => {}
            Err(ImapError::Refused { said, .. }) => drop(refused.insert(uid, said)),
            Err(other) => return Err(other),
        }
    }
    let left = without(&left, again.came.keys().copied().collect(), None);
    for uid in still_there(session, &left, strategy).await?.iter() {
        let why = refused
            .remove(&uid)
            .map_or(Withheld::Listed, Withheld::Refused);
        again.withheld.insert(uid, why);
    }
    Ok(again)
}

/// Asks for a part of one message by itself.
pub(super) async fn ask_alone(
    session: &mut Session,
    uid: u32,
    part: Part,
) -> Result<Option<FetchedMessage>, ImapError> {
    let asked = Asked::Set(UidSet::from_iter([uid]));
    Ok(run_fetch(session, &asked, part).await?.only(uid))
}

/// Returns which of these are named, by SEARCH or by a FETCH of UIDs.
async fn still_there(
    session: &mut Session,
    set: &UidSet,
    strategy: &mut FetchStrategy,
) -> Result<UidSet, ImapError> {
    if set.is_empty() {
        return Ok(UidSet::default());
    }
    let mut there = listing::search(session, set, strategy).await?;
    let rest = without(set, there.clone(), None);
    if rest.is_empty() {
        return Ok(there);
    }
    let listed = match listing::list(session, &rest).await {
        Ok(listed) => listed,
        // It says nothing against them.
        Err(ImapError::Refused { .. }) => rest,
        Err(other) => return Err(other),
    };
    for uid in listed.iter() {
        there.add(uid);
    }
    Ok(there)
}

/// Returns a set without those that came, and without what begins at `end`.
fn without(set: &UidSet, came: UidSet, end: Option<u32>) -> UidSet {
    let last = end.map_or(u32::MAX, |end| end.saturating_sub(1));
    set.minus(&came).until(last)
}
