//! Asks which UIDs there are, by UID alone. A FETCH that was answered OK without a message is no proof that the message is
//! not there.

use async_imap::imap_proto::{AttributeValue, MailboxDatum, Response};

use super::fetch_strategy::FetchStrategy;
use super::session::Session;
use super::{ImapError, UidSet};

/// Ranges of UIDs that are taken of one answer; what lies beyond is found the next time.
pub(super) const MOST_PIECES: usize = 10_000;
/// Ranges of UIDs that are written into one command: servers take lines of 8,000 characters, some of 1,000.
const WRITTEN: usize = 40;

/// Returns which of these UIDs SEARCH names (RFC 9051 section 6.4.4); where it is refused, which a FETCH does. SEARCH goes by
/// another way through a server than FETCH does.
pub(super) async fn search(
    session: &mut Session,
    set: &UidSet,
    strategy: &mut FetchStrategy,
) -> Result<UidSet, ImapError> {
    if strategy.search_refused {
        return list(session, set).await;
    }
    let mut found = UidSet::default();
    let command = format!("UID SEARCH UID {}", written(set));
    let searched = session
        .run_command("SEARCH", &command, |response| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                for uid in uids.iter().filter(|uid| set.contains(**uid)) {
                    add(&mut found, *uid);
                }
            }
        })
        .await;
    match searched {
        Ok(()) => Ok(found),
        Err(ImapError::Refused { .. }) => {
            strategy.search_refused = true;
            list(session, set).await
        }
        Err(other) => Err(other),
    }
}

/// Returns which of these UIDs a FETCH of UIDs names.
pub(super) async fn list(session: &mut Session, set: &UidSet) -> Result<UidSet, ImapError> {
    let mut found = UidSet::default();
    fetch_uids(session, &written(set), |uid| {
        if set.contains(uid) {
            add(&mut found, uid);
        }
    })
    .await?;
    Ok(found)
}

/// Returns the UIDs after `last` that are worth a look, and the highest of all that were named: that may be one before
/// `last`.
pub(super) async fn list_after(
    session: &mut Session,
    last: u32,
    worth: impl Fn(u32) -> bool,
) -> Result<(UidSet, u32), ImapError> {
    let (mut found, mut highest) = (UidSet::default(), 0);
    fetch_uids(session, &format!("{}:*", last.saturating_add(1)), |uid| {
        highest = highest.max(uid);
        if uid > last && worth(uid) {
            add(&mut found, uid);
        }
    })
    .await?;
    Ok((found, highest))
}

/// Returns the highest UID of the open folder; 0 when none is named. `near` is where it is thought to be.
pub(super) async fn highest(session: &mut Session, near: u32) -> Result<u32, ImapError> {
    let (_, found) = list_after(session, near.saturating_sub(1), |_| false).await?;
    if found > 0 {
        return Ok(found);
    }
    // Not every server names the last message where all are before `near`.
    let mut highest = 0;
    match fetch_uids(session, "*", |uid| highest = highest.max(uid)).await {
        // Of an empty folder.
        Ok(()) | Err(ImapError::Refused { .. }) => Ok(highest),
        Err(other) => Err(other),
    }
}

/// Runs a FETCH of UIDs alone, and hands each to `see`.
async fn fetch_uids(
    session: &mut Session,
    set: &str,
    mut see: impl FnMut(u32),
) -> Result<(), ImapError> {
    let command = format!("UID FETCH {set} (UID)");
    session
        .run_command("FETCH", &command, |response| {
            if let Response::Fetch(_, attributes) = response {
                for attribute in attributes {
                    if let AttributeValue::Uid(uid) = attribute {
                        see(*uid);
                    }
                }
            }
        })
        .await
}

/// Adds a UID, as long as that takes little memory.
fn add(found: &mut UidSet, uid: u32) {
    if found.pieces() < MOST_PIECES {
        found.add(uid);
    }
}

/// Writes a set; one of too many ranges as all from its first to its last.
fn written(set: &UidSet) -> String {
    match (set.first(), set.last()) {
        (Some(first), Some(last)) if set.pieces() > WRITTEN => format!("{first}:{last}"),
        _ => set.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_of_many_ranges_is_asked_for_as_one() {
        let few: UidSet = (0..40).map(|number| 2 * number + 1).collect();
        assert_eq!(written(&few), few.to_string());
        let many: UidSet = (0..41).map(|number| 2 * number + 1).collect();
        assert_eq!(written(&many), "1:81");
    }
}
