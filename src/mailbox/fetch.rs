//! Loads messages: which of them are wanted, and their bodies. What does not come, though it is there, is asked for again,
//! and never passed over without a word; what has to wait ends the range before it.

use std::collections::{BTreeMap, BTreeSet};

use tracing::{debug, info, warn};

use super::fetch_again::{Withheld, ask_again, ask_alone};
use super::fetch_bodies::{as_many_as_fit, load_bodies, load_whole};
use super::fetch_choice::choose_by_header;
use super::fetch_result::{Asked, FETCH_LIMIT, FetchResult, FetchedMessage, Part, run_fetch};
use super::fetch_strategy::FetchStrategy;
use super::filter::is_wanted;
use super::listing;
use super::session::Session;
use super::{ImapError, RawMessage, UidSet};
use crate::clock::Clock;

/// After so many sessions in which it did not come, a message that the server lists is set aside: with the waits between
/// them half a minute, as what lies behind it waits, too. It is asked for again each hour.
const LISTED_SESSIONS: u32 = 6;
/// After so many sessions in which its body was refused, a message is read by its header alone: with the waits between
/// them about 9 minutes, longer than a server restarts, shorter than a day is lost to one broken message. Where very many
/// messages do not come, it is the folder that is broken, and waits as long.
const REFUSED_SESSIONS: u32 = 10;
/// Messages that do not come at once, from which on it is not each one's own fault.
const VERY_MANY: usize = 20;

/// A folder of an account, and the List-Ids that are wanted of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct SyncTarget<'a> {
    pub(super) account: &'a str,
    pub(super) folder: &'a str,
    pub(super) wanted: &'a [String],
    pub(super) clock: &'a Clock,
}

/// What was loaded of the messages that were asked for.
#[derive(Debug)]
pub(super) struct Loaded {
    /// The wanted messages, in ascending order of UID.
    pub(super) messages: Vec<RawMessage>,
    /// Every message up to `reached` that was fetched, or not wanted by its own header.
    pub(super) settled: UidSet,
    /// Messages up to `reached` that are given up for now, and why.
    pub(super) set_aside: Vec<(u32, String)>,
    /// Everything up to this UID was answered.
    pub(super) reached: u32,
    /// Number of messages there were, wanted or not.
    pub(super) found: usize,
    /// True when all that was asked for was answered.
    pub(super) complete: bool,
}

/// Loads the wanted ones of the messages asked for: all bodies in one go with `at_once`, else their headers first.
pub(super) async fn load(
    session: &mut Session,
    target: SyncTarget<'_>,
    asked: Asked,
    at_once: bool,
    strategy: &mut FetchStrategy,
) -> Result<Loaded, ImapError> {
    let first = fetch_first(session, target, asked, at_once, strategy).await?;
    let (from, part) = (first.asked.before(), first.part);
    let left_out = first.fetched.left_out;
    let (mut came, named) = first.fetched.split();
    let highest = came.keys().next_back().copied().max(named.last());
    let end = match &first.asked {
        Asked::Set(set) => set.last(),
        Asked::After(_) => highest,
    };
    // All of it was answered with OK: up to here the cursor may move, once it is known of each number what became of it.
    let mut extent = ReadExtent {
        reached: end.unwrap_or(from).max(from),
        complete: !first.halved,
    };
    extent.end_before(left_out);
    let missing = missing_of(session, &first.asked, &came, named, &mut extent, strategy).await?;
    let mut withheld = BTreeMap::new();
    if !missing.is_empty() {
        let again = ask_again(session, &missing, part, strategy).await?;
        extent.end_before(again.left_out);
        came.extend(again.came);
        withheld = again.withheld;
    }
    let found = came.len() + withheld.len();
    let at_once = part == Part::Message;
    let (headers, header_part) = match at_once {
        true => {
            let bytes = came
                .values()
                .map(|message| message.bytes.as_ref().map_or(0, Vec::len));
            strategy.note_size(came.len(), bytes.sum());
            let unwanted = came
                .values()
                .filter(|it| !is_wanted(it.text(), target.wanted));
            let unwanted: UidSet = unwanted.map(|it| it.uid).collect();
            match headers_of(session, &unwanted).await? {
                Some(headers) => {
                    extent.end_before(headers.left_out);
                    (headers.split().0, Part::Header)
                }
                // They are asked for again, another way.
                None => {
                    strategy.headers_first();
                    extent.end_before(unwanted.first());
                    (BTreeMap::new(), Part::Header)
                }
            }
        }
        false => (std::mem::take(&mut came), part),
    };
    let chosen = choose_by_header(session, target.wanted, &headers, header_part, strategy).await?;
    let uids = headers.keys().chain(came.keys()).copied();
    let mut settled: UidSet = uids.collect::<BTreeSet<_>>().into_iter().collect();
    let headers = headers.into_values();
    let fit = headers.filter(|it| it.uid <= extent.reached && chosen.contains(it.uid));
    let (fit, rest) = as_many_as_fit(fit);
    extent.end_before(rest);
    let bodies = load_bodies(session, &fit, &chosen, target.wanted, strategy).await?;
    // What may be wanted and did not come is not settled.
    settled = settled.minus(&fit.minus(&bodies.uids()));
    if at_once && !fit.is_empty() {
        info!(
            uids = %fit,
            folder = target.folder,
            "came as another mail than that of its header: asked for by its header"
        );
        strategy.headers_first();
        came.retain(|uid, _| !fit.contains(*uid));
    }
    extent.end_before(bodies.left_out);
    withheld.extend(bodies.withheld);
    came.extend(bodies.came);
    came.retain(|uid, _| *uid <= extent.reached);
    let mut wanted: Vec<FetchedMessage> = came.into_values().collect();
    wanted.retain(|it| chosen.wanted.contains(it.uid) || is_wanted(it.text(), target.wanted));
    strategy.note_share(wanted.len() + withheld.len(), found);
    withheld.retain(|uid, _| *uid <= extent.reached);
    let nothing_before = |uid: u32| settled.first().is_none_or(|first| first > uid);
    let given_up = give_up(
        session,
        withheld,
        nothing_before,
        target,
        &mut extent,
        strategy,
    )
    .await?;
    wanted.extend(given_up.headers);
    wanted.sort_by_key(|message| message.uid);
    let messages = complete_messages(session, wanted, &mut extent, strategy).await?;
    for message in &messages {
        settled.add(message.uid);
    }
    let reached = extent.reached.max(from);
    strategy.forget_withheld(reached);
    let mut set_aside = given_up.set_aside;
    set_aside.retain(|(uid, _)| *uid <= reached);
    Ok(Loaded {
        messages,
        settled: settled.until(reached),
        set_aside,
        reached,
        found,
        complete: extent.complete,
    })
}

/// The first FETCH of a range.
struct FirstFetch {
    fetched: FetchResult,
    /// What was asked for at last.
    asked: Asked,
    part: Part,
    /// True when less was asked for than was to be.
    halved: bool,
}

/// Fetches messages for the first time: their bodies with `at_once`, else, or when these are refused, their headers. Of what is
/// refused altogether half is asked for, down to one message: it may be the one that the server cannot give.
async fn fetch_first(
    session: &mut Session,
    target: SyncTarget<'_>,
    asked: Asked,
    at_once: bool,
    strategy: &mut FetchStrategy,
) -> Result<FirstFetch, ImapError> {
    let (mut asked, mut halved) = (asked, false);
    let mut part = match at_once {
        true => Part::Message,
        false => strategy.header_part(),
    };
    loop {
        note_position(session, target, &asked);
        let said = match run_fetch(session, &asked, part).await {
            Ok(fetched) => {
                return Ok(FirstFetch {
                    fetched,
                    asked,
                    part,
                    halved,
                });
            }
            Err(ImapError::Refused { said, .. }) => said,
            Err(other) => return Err(other),
        };
        let uids = asked.to_sequence_set();
        if part == Part::Message {
            warn!(
                folder = target.folder,
                uids, said, "FETCH refused, asking for headers first"
            );
            strategy.headers_first();
            part = strategy.header_part();
            continue;
        }
        let set = match &asked {
            Asked::Set(set) => set.clone(),
            Asked::After(last) => listing::list_after(session, *last, |_| true).await?.0,
        };
        match halves(&set) {
            Some(half) => {
                debug!(
                    folder = target.folder,
                    uids, said, "FETCH refused, asking for half"
                );
                asked = Asked::Set(half);
                halved = true;
            }
            None if set.count() == 1 => {
                // It will be asked for by itself, and counted.
                return Ok(FirstFetch {
                    fetched: FetchResult::default(),
                    asked: Asked::Set(set),
                    part,
                    halved,
                });
            }
            None => {
                return Err(ImapError::Refused {
                    command: "FETCH",
                    said,
                });
            }
        }
    }
}

/// Loads the headers of messages whose bodies came and are not wanted: a server that gives another mail's body, or none, is
/// seen by them. `None` where that is refused.
async fn headers_of(
    session: &mut Session,
    uids: &UidSet,
) -> Result<Option<FetchResult>, ImapError> {
    if uids.is_empty() {
        return Ok(Some(FetchResult::default()));
    }
    match run_fetch(session, &Asked::Set(uids.clone()), Part::Header).await {
        Ok(headers) => Ok(Some(headers)),
        Err(ImapError::Refused { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Returns the first half of a set of several UIDs.
fn halves(set: &UidSet) -> Option<UidSet> {
    let (first, last) = (set.first()?, set.last()?);
    (first < last).then(|| set.until(first + (last - first) / 2))
}

/// Notes which messages are under way.
fn note_position(session: &Session, target: SyncTarget<'_>, asked: &Asked) {
    let last = match asked {
        Asked::Set(set) => set.last(),
        Asked::After(_) => None,
    };
    let first = asked.before().saturating_add(1);
    session.status.note_position(target.folder, first, last);
}

/// Returns what was asked for up to the extent and did not come: what is named without what was asked of it, and of the
/// numbers that are not named those that the server knows when it is asked another way.
async fn missing_of(
    session: &mut Session,
    asked: &Asked,
    came: &BTreeMap<u32, FetchedMessage>,
    named: UidSet,
    extent: &mut ReadExtent,
    strategy: &mut FetchStrategy,
) -> Result<UidSet, ImapError> {
    let all = match asked {
        Asked::Set(set) => set.until(extent.reached),
        Asked::After(last) => UidSet::from_range(last.saturating_add(1), extent.reached),
    };
    let mut answered: UidSet = came.keys().copied().collect();
    answered.extend(&named);
    let gaps = all.minus(&answered);
    let mut missing = named.until(extent.reached);
    if gaps.is_empty() {
        return Ok(missing);
    }
    let there = listing::search(session, &gaps, strategy).await?;
    if there.pieces() >= listing::MOST_PIECES {
        // There are more of them than are kept at once.
        extent.end_before(there.last().and_then(|last| last.checked_add(1)));
    }
    missing.extend(&there);
    Ok(missing.until(extent.reached))
}

/// Messages that are given up for now.
#[derive(Default)]
struct GivenUp {
    /// The headers of those whose body is refused.
    headers: Vec<FetchedMessage>,
    set_aside: Vec<(u32, String)>,
}

/// Decides what becomes of messages that are there and did not come. Those before them are made safe first; then each session
/// without them counts, and after enough of them they are set aside.
async fn give_up(
    session: &mut Session,
    withheld: BTreeMap<u32, Withheld>,
    nothing_before: impl Fn(u32) -> bool,
    target: SyncTarget<'_>,
    extent: &mut ReadExtent,
    strategy: &mut FetchStrategy,
) -> Result<GivenUp, ImapError> {
    let mut given_up = GivenUp::default();
    let Some(first) = withheld.keys().next().copied() else {
        return Ok(given_up);
    };
    if !nothing_before(first) {
        extent.end_before(Some(first));
        return Ok(given_up);
    }
    let very_many = withheld.len() > VERY_MANY;
    let mut waiting = None;
    for (uid, why) in withheld {
        let sessions = strategy.count_withheld(uid);
        let refused = matches!(why, Withheld::Refused(_));
        let enough = match refused || very_many {
            true => REFUSED_SESSIONS,
            false => LISTED_SESSIONS,
        };
        if sessions < enough {
            waiting.get_or_insert((uid, why));
            continue;
        }
        let header = match refused {
            true => header_of(session, uid).await?,
            false => None,
        };
        match header {
            Some(header) => given_up.headers.push(header),
            None => given_up.set_aside.push((uid, why.why().to_owned())),
        }
    }
    match waiting {
        Some((uid, why)) if uid == first => Err(ImapError::Withheld {
            folder: target.folder.to_owned(),
            uid,
            said: why.why().to_owned(),
        }),
        Some((uid, _)) => {
            extent.end_before(Some(uid));
            Ok(given_up)
        }
        None => Ok(given_up),
    }
}

/// Loads the header of a message whose body is refused; `None` when that is refused, too.
async fn header_of(session: &mut Session, uid: u32) -> Result<Option<FetchedMessage>, ImapError> {
    match ask_alone(session, uid, Part::Header).await {
        Ok(Some(mut header)) => {
            warn!(uid, "body refused many times: only the header is read");
            // It is all there will be of it.
            header.size = None;
            Ok(Some(header))
        }
        Ok(None) | Err(ImapError::Refused { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Loads the rest of long messages, up to the end of the extent and as many as may be in memory.
async fn complete_messages(
    session: &mut Session,
    loaded: Vec<FetchedMessage>,
    extent: &mut ReadExtent,
    strategy: &mut FetchStrategy,
) -> Result<Vec<RawMessage>, ImapError> {
    let (mut messages, mut bytes) = (Vec::with_capacity(loaded.len()), 0);
    for message in loaded {
        if message.uid > extent.reached {
            break;
        }
        if bytes > FETCH_LIMIT {
            extent.end_before(Some(message.uid));
            break;
        }
        let message = load_whole(session, message, strategy).await?;
        bytes += message.bytes.len();
        messages.push(message);
    }
    Ok(messages)
}

/// The part of a range that was read.
struct ReadExtent {
    reached: u32,
    complete: bool,
}

impl ReadExtent {
    /// Ends the extent before a message that has to wait, if there is one.
    fn end_before(&mut self, uid: Option<u32>) {
        if let Some(uid) = uid.filter(|uid| *uid <= self.reached) {
            self.reached = uid.saturating_sub(1);
            self.complete = false;
        }
    }
}
