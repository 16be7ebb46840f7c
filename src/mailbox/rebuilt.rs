//! Tells a folder that was rebuilt from the one that was read: its UIDs mean other messages then, and all of it is read
//! again; the archive knows what it has.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::fetch::SyncTarget;
use super::folder::{self, FolderStatus};
use super::listing;
use super::session::Session;
use super::sync::SETTLED_KEPT;
use super::{Cursor, ImapError, Intake};

/// A folder is read again from its start at most so often within [`PERIOD`]: once is what a server does that was restored, and
/// one that tells another UIDVALIDITY at each opening would be read for ever.
const REREADINGS: usize = 3;
const PERIOD: Duration = Duration::from_secs(60 * 60);
/// Cursors of other UIDVALIDITYs that are remembered: two servers behind one name, each with its own, are met.
const REMEMBERED: usize = 4;

/// The times at which a folder was found rebuilt, and where it was read to before.
#[derive(Debug, Default)]
pub(super) struct Rebuilds {
    cursors: Vec<Cursor>,
    times: Vec<Instant>,
    /// When it was last said that the UIDVALIDITY goes back and forth.
    told: Option<Instant>,
}

impl Rebuilds {
    /// Returns where the folder was read to when it had this UIDVALIDITY.
    fn remembered(&self, uidvalidity: u32) -> Option<Cursor> {
        let mut cursors = self.cursors.iter();
        cursors.find(|it| it.uidvalidity == uidvalidity).cloned()
    }

    /// Remembers where the folder was read to.
    fn remember(&mut self, cursor: Cursor) {
        self.cursors
            .retain(|known| known.uidvalidity != cursor.uidvalidity);
        self.cursors.push(cursor);
        if self.cursors.len() > REMEMBERED {
            self.cursors.remove(0);
        }
    }

    /// Counts one more reading from the start; false when there were too many of late.
    fn allow(&mut self, now: Instant) -> bool {
        self.times.retain(|time| now - *time < PERIOD);
        let allowed = self.times.len() < REREADINGS;
        if allowed {
            self.times.push(now);
        }
        allowed
    }

    /// Returns true when it is time to say that the UIDVALIDITY goes back and forth.
    fn tells(&mut self, now: Instant) -> bool {
        let tells = self.told.is_none_or(|told| now - told >= PERIOD);
        if tells {
            self.told = Some(now);
        }
        tells
    }
}

/// The cursor from which a folder is read on.
#[derive(Debug)]
pub(super) struct Start {
    pub(super) cursor: Cursor,
    /// True when the folder was rebuilt, and nothing that is known of its UIDs holds.
    pub(super) rebuilt: bool,
}

/// What is to be thought of a folder whose UIDVALIDITY is as it was.
#[derive(Debug, PartialEq, Eq)]
enum Standing {
    Intact,
    /// Its UIDs begin anew.
    Rebuilt,
    /// Its highest UID is before the cursor, which may only mean that messages were removed.
    Unsure {
        highest: u32,
    },
}

/// Returns the cursor from which the folder is read on. Another UIDVALIDITY (RFC 9051 section 2.3.1.1) means that all UIDs are
/// new, and so does a UIDNEXT that fell. Corrects the UIDNEXT of `opened` where the server did not tell it, or a wrong one.
pub(super) async fn starting_cursor<I: Intake>(
    session: &mut Session,
    target: SyncTarget<'_>,
    opened: &mut FolderStatus,
    rebuilds: &mut Rebuilds,
    intake: &I,
) -> Result<Start, ImapError> {
    let folder = target.folder;
    if opened.uid_next.is_some_and(|next| next <= opened.messages) {
        // There are as many UIDs before it as there are messages, at the least.
        let told = opened.uid_next.unwrap_or_default();
        if rebuilds.tells(Instant::now()) {
            warn!(
                folder,
                told,
                messages = opened.messages,
                "UIDNEXT is wrong: the last message is looked for instead"
            );
        }
        let highest = listing::highest(session, 1).await?;
        opened.uid_next = opened.uid_next.max(highest.checked_add(1));
    }
    let fresh = Cursor::new(folder, opened.uidvalidity, 0);
    let goes_on = |cursor| Start {
        cursor,
        rebuilt: false,
    };
    let known = intake.cursor(target.account, folder).await;
    let Some(known) = known.map_err(ImapError::intake)? else {
        info!(folder, "reading a folder for the first time");
        if opened.uid_next.is_none() {
            opened.uid_next = Some(listing::highest(session, 1).await?.saturating_add(1));
        }
        return Ok(goes_on(fresh));
    };
    let (before, now) = (known.uidvalidity, opened.uidvalidity);
    let same = match before == now {
        true => Some(known.clone()),
        false => rebuilds.remembered(now),
    };
    if let Some(cursor) = same {
        match standing(session, &cursor, opened).await? {
            Standing::Intact => {
                if before != now {
                    rebuilds.remember(known);
                    if rebuilds.tells(Instant::now()) {
                        warn!(
                            folder,
                            before,
                            now,
                            "the folder's UIDVALIDITY goes back and forth: each is read on where it was left"
                        );
                    }
                }
                return Ok(goes_on(cursor));
            }
            Standing::Unsure { highest } => {
                debug!(
                    folder,
                    highest,
                    cursor = cursor.last_uid,
                    "the last messages are gone: looking again at those before"
                );
                let kept = u32::try_from(SETTLED_KEPT).unwrap_or(u32::MAX);
                return Ok(goes_on(Cursor::new(
                    folder,
                    now,
                    highest.saturating_sub(kept),
                )));
            }
            Standing::Rebuilt => {}
        }
    }
    if !rebuilds.allow(Instant::now()) {
        return Err(ImapError::Folder {
            folder: folder.to_owned(),
            said: format!(
                "it was rebuilt {REREADINGS} times within an hour (UIDVALIDITY {before}, then {now}), and is read again when that hour is over"
            ),
        });
    }
    warn!(
        folder,
        before, now, "the folder was rebuilt: reading all of it again"
    );
    if before != now {
        rebuilds.remember(known);
        if opened.uid_next.is_none() {
            opened.uid_next = Some(listing::highest(session, 1).await?.saturating_add(1));
        }
    }
    Ok(Start {
        cursor: fresh,
        rebuilt: true,
    })
}

/// Compares a folder whose UIDVALIDITY is the cursor's with the cursor. UIDs only rise (RFC 9051 section 2.3.1.1): that UIDNEXT
/// is not after the cursor, and no such message is there, is proof. An empty folder is none, and neither is that the last
/// messages are gone: people empty folders.
async fn standing(
    session: &mut Session,
    cursor: &Cursor,
    opened: &mut FolderStatus,
) -> Result<Standing, ImapError> {
    let last = cursor.last_uid;
    if opened.uid_next.is_some_and(|next| next > last) {
        return Ok(Standing::Intact);
    }
    let told = opened.uid_next;
    let highest = match opened.messages {
        0 => 0,
        _ => listing::highest(session, last.max(1)).await?,
    };
    // From here on, what was listed counts.
    opened.uid_next = told.max(highest.checked_add(1));
    if highest >= last {
        return Ok(Standing::Intact);
    }
    if told.is_some() {
        return Ok(Standing::Rebuilt);
    }
    if highest == 0 {
        return Ok(Standing::Intact);
    }
    // Some tell UIDNEXT only when they are asked for it.
    let asked = folder::status(session, &cursor.folder).await?;
    Ok(match asked.and_then(|status| status.uid_next) {
        Some(next) if next > last => Standing::Intact,
        Some(_) => Standing::Rebuilt,
        None => Standing::Unsure { highest },
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_not_read_again_for_ever() {
        let (mut rebuilds, start) = (Rebuilds::default(), Instant::now());
        let minutes = |count: u64| start + Duration::from_secs(60 * count);
        let allowed = (0..180).filter(|minute| rebuilds.allow(minutes(*minute)));
        assert_eq!(allowed.count(), 9);
    }

    #[test]
    fn a_few_cursors_are_remembered_the_last_of_each() {
        let mut rebuilds = Rebuilds::default();
        for uidvalidity in [1, 2, 3, 2, 4, 5] {
            rebuilds.remember(Cursor::new("INBOX", uidvalidity, 10 * uidvalidity));
        }
        let last = |uidvalidity| rebuilds.remembered(uidvalidity).map(|it| it.last_uid);
        assert_eq!([1, 2, 5].map(last), [None, Some(20), Some(50)]);
    }
}
