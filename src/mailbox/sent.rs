//! The folder of sent digests: each is stored there if `sent_folder` asks for it, the one thing nikkan ever writes in a
//! mailbox, and their headers tell what an archive which is lost had sent.

use std::time::Duration;

use async_imap::imap_proto::{MailboxDatum, Response};
use jiff::Timestamp;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::back_off::BackOff;
use super::fetch_result::{Asked, Part, run_fetch};
use super::folder::Located;
use super::session::Session;
use super::session_status::SessionStatus;
use super::watcher_handle::{Phase, WatcherChannel, WatcherHandle};
use super::{ImapError, MailboxSettings, UidSet, append, connect, folder, listing};
use crate::clock::{Clock, Day};
use crate::mail::Header;

/// Messages that are asked for at a time; a digest's header has 1 to 10 kB.
const WINDOW: u32 = 500;
/// Longer than a whole reading may take: a server that gives a byte now and then keeps to the limits of each step.
const READING: Duration = Duration::from_secs(60 * 60);
/// The last messages that a look reads whatever their dates: not every server keeps the date that APPEND gives.
const LAST: u32 = 20;
/// The field that only our copies of digests have, and in which the installation's key stands. Servers that file submitted mail by themselves have a reader's mail, without it, under the
/// same Message-ID.
pub const KEY_FIELD: &str = "X-Nikkan-Key";

/// The folder of sent digests, open for storing.
#[derive(Debug)]
pub struct SentFolder {
    session: Session,
    /// Its name on the server, which may have a prefix that the configuration lacks.
    name: String,
}

impl SentFolder {
    /// Logs in and finds the folder `name`, which is made if it is missing, under the prefix that the server wants. The login
    /// counts with those of `watcher`.
    ///
    /// # Errors
    /// The server cannot be reached or refuses; see [`ImapError`].
    pub async fn open(
        settings: &MailboxSettings,
        name: &str,
        watcher: Option<&WatcherHandle>,
    ) -> Result<Self, ImapError> {
        let stop = CancellationToken::new();
        let status = match watcher {
            Some(watcher) => SessionStatus::counted_with(watcher, stop),
            None => SessionStatus::unreported(stop),
        };
        let mut session = connect::open_session(settings, status).await?;
        let found = match folder::locate(&mut session, name).await? {
            Located::There(found, _) => found,
            Located::Unusable(folder, said) => return Err(ImapError::Folder { folder, said }),
            Located::Missing(candidates) => folder::create(&mut session, &candidates).await?,
        };
        if found != name {
            info!(
                folder = name,
                found, "the folder for sent digests has a prefix on this server"
            );
        }
        Ok(SentFolder {
            session,
            name: found,
        })
    }

    /// Returns the folder's name on the server.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Stores a message as received at `at`. One that is there already, by its Message-ID and with the key if it has one, is not
    /// stored again: a crash may have come between the storing and its note.
    ///
    /// # Errors
    /// The connection is lost or the server refuses; see [`ImapError`].
    pub async fn store(
        &mut self,
        message_id: &str,
        bytes: &[u8],
        at: Timestamp,
    ) -> Result<(), ImapError> {
        if let Some(search) = search_for(message_id, bytes)
            && has_message(&mut self.session, &self.name, &search).await?
        {
            return Ok(());
        }
        let date = at.strftime("%d-%b-%Y %H:%M:%S +0000").to_string();
        append::append(&mut self.session, &self.name, &date, bytes).await
    }

    /// Logs out.
    pub async fn close(self) {
        self.session.logout().await;
    }
}

/// Returns the command that looks for a message which is about to be stored; `None` for a Message-ID that cannot be asked for.
fn search_for(message_id: &str, bytes: &[u8]) -> Option<String> {
    // Our own, of edition and configured address; anything that could leave its quotes is not asked for.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    if !message_id.chars().all(plain) {
        return None;
    }
    let by_id = format!("HEADER Message-ID \"<{message_id}>\"");
    // An empty string finds whatever has the field (RFC 9051 section 6.4.4).
    Some(match Header::parse(bytes).first(KEY_FIELD) {
        Some(_) => format!("UID SEARCH HEADER {KEY_FIELD} \"\" {by_id}"),
        None => format!("UID SEARCH {by_id}"),
    })
}

/// Returns true when the folder holds a message that `search` finds. If that cannot be asked, it counts as absent: a second copy
/// does less harm than none.
async fn has_message(session: &mut Session, name: &str, search: &str) -> Result<bool, ImapError> {
    let mut found = false;
    let see = |response: &Response<'_>| {
        if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
            found = found || !uids.is_empty();
        }
    };
    let asked = match folder::examine(session, name).await {
        Ok(_) => {
            let asked = session.run_command("SEARCH", search, see).await;
            // Courier takes no APPEND while a folder is open read-only ("Current box is selected READ-ONLY"). Of one that is,
            // CLOSE removes nothing (RFC 9051 section 6.4.1).
            match session.run_command("CLOSE", "CLOSE", |_| {}).await {
                Ok(()) | Err(ImapError::Refused { .. }) => asked,
                Err(other) => Err(other),
            }
        }
        Err(error) => Err(error),
    };
    match asked {
        Ok(()) => Ok(found),
        Err(ImapError::Folder { .. } | ImapError::Refused { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}

/// Reads every header in `folder`, oldest first; none if the folder is not there.
///
/// # Errors
/// The mailbox cannot be read; see [`ImapError`].
pub async fn read_sent_headers(
    settings: &MailboxSettings,
    folder: &str,
) -> Result<Vec<Vec<u8>>, ImapError> {
    let status = SessionStatus::unreported(CancellationToken::new());
    connect_and_read(settings, folder, None, status).await
}

/// Reads the headers of what `folder` got on `first` and later, and of its last messages; none if the folder is not there.
/// The login counts with those of `watcher`.
///
/// # Errors
/// The folder cannot be read, or not all of it; see [`ImapError`].
pub async fn read_sent_headers_since(
    settings: &MailboxSettings,
    folder: &str,
    first: Day,
    watcher: Option<&WatcherHandle>,
) -> Result<Vec<Vec<u8>>, ImapError> {
    let stop = CancellationToken::new();
    let status = match watcher {
        Some(watcher) => SessionStatus::counted_with(watcher, stop),
        None => SessionStatus::unreported(stop),
    };
    connect_and_read(settings, folder, Some(first), status).await
}

/// Reads the same for a daemon, whose state is shown meanwhile: waits until it could be read. Another password, or a network
/// that is back, ends a wait between two readings. `None` when asked to stop.
pub async fn wait_for_sent_headers(
    settings: &MailboxSettings,
    folder: &str,
    clock: &Clock,
    channel: &WatcherChannel,
    stop: &CancellationToken,
) -> Option<Vec<Vec<u8>>> {
    let account = settings.account();
    let status = SessionStatus::reporting_to(channel, clock, stop.clone());
    status.update(|state| state.account.clone_from(&account));
    let mut back_off = BackOff::new(channel.logins.clone());
    loop {
        status.enter(Phase::Connecting, "looking for digests that were sent");
        let reading = connect_and_read(settings, folder, None, status.clone());
        let reading = timeout(READING, reading);
        let error = match stop.run_until_cancelled(reading).await? {
            Ok(Ok(headers)) => return Some(headers),
            Ok(Err(error)) => error,
            Err(_) => ImapError::lost("the sent digests were not given within an hour"),
        };
        let (failures, wait) = back_off.failed(&error, false, fastrand::f64());
        warn!(folder, %error, failures, wait = wait.as_secs_f32(), "the sent digests could not be read");
        status.back_off(&error, clock.now().checked_add(wait));
        let reachable = async {
            loop {
                channel.reachable.notified().await;
                if let Some(wait) = back_off.look_when_reachable() {
                    return wait;
                }
            }
        };
        let mended = async {
            let wait = tokio::select! {
                () = connect::another_secret(settings, status.secret.clone(), &error) => {
                    back_off.look_when_mended()
                }
                wait = reachable => wait,
            };
            sleep(wait).await;
        };
        tokio::select! {
            biased;
            stopped = status.pause(wait) => if stopped {
                return None;
            },
            () = mended => {}
        }
    }
}

async fn connect_and_read(
    settings: &MailboxSettings,
    folder: &str,
    first: Option<Day>,
    status: SessionStatus,
) -> Result<Vec<Vec<u8>>, ImapError> {
    let mut session = connect::open_session(settings, status).await?;
    let headers = read_headers(&mut session, folder, first).await?;
    session.logout().await;
    Ok(headers)
}

/// Reads the headers in a folder, of `first` and later if that is given: then each message that the server names must come.
async fn read_headers(
    session: &mut Session,
    folder: &str,
    first: Option<Day>,
) -> Result<Vec<Vec<u8>>, ImapError> {
    let opened = match folder::locate(session, folder).await? {
        Located::There(_, opened) => opened,
        // A folder that is there and cannot be opened now is not an empty one.
        Located::Unusable(folder, said) => return Err(ImapError::Folder { folder, said }),
        Located::Missing(_) => return Ok(Vec::new()),
    };
    let end = match opened.uid_next {
        Some(next) => next.saturating_sub(1),
        None => listing::highest(session, 1).await?,
    };
    let named = match first {
        Some(first) => named_since(session, first).await?,
        None => None,
    };
    let end = end.max(named.as_ref().and_then(UidSet::last).unwrap_or(0));
    let (mut from, mut width, mut found) = (0, WINDOW, Vec::new());
    let mut missing = UidSet::default();
    if let Some(named) = named {
        let last_ones = end.saturating_sub(LAST);
        from = named
            .first()
            .map_or(last_ones, |uid| (uid - 1).min(last_ones));
        missing = named;
    }
    while from < end {
        let to = from.saturating_add(width).min(end);
        let asked = Asked::Set(UidSet::from_range(from + 1, to));
        let fetched = run_fetch(session, &asked, Part::Header).await?;
        from = fetched.left_out.map_or(to, |uid| uid.saturating_sub(1));
        let messages = fetched.split().0;
        // Doubled over gaps, so that a jump to four billion takes 23 steps.
        width = if messages.is_empty() {
            width.saturating_mul(2)
        } else {
            WINDOW
        };
        missing = missing.minus(&messages.keys().copied().collect());
        let messages = messages.into_values();
        found.extend(messages.filter_map(|message| message.bytes));
    }
    match missing.is_empty() {
        true => Ok(found),
        false => Err(ImapError::Folder {
            folder: folder.to_owned(),
            said: format!("the server names the messages {missing} and does not give them"),
        }),
    }
}

/// Returns the UIDs of what the open folder got on `first` and later, in the server's own time zone; `None` where the server
/// does not search.
async fn named_since(session: &mut Session, first: Day) -> Result<Option<UidSet>, ImapError> {
    let mut named = UidSet::default();
    // What came at midnight UTC has the day before in the west.
    let first = first.date().strftime("%-d-%b-%Y");
    let searched = session
        .run_command("SEARCH", &format!("UID SEARCH SINCE {first}"), |response| {
            if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                for uid in uids.iter().filter(|uid| **uid > 0) {
                    if named.pieces() < listing::MOST_PIECES {
                        named.add(*uid);
                    }
                }
            }
        })
        .await;
    match searched {
        Ok(()) => Ok(Some(named)),
        Err(ImapError::Refused { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_with_the_key_is_not_taken_for_there_because_a_readers_mail_is() {
        let by_id = "HEADER Message-ID \"<1.daily@example.net>\"";
        let search = |bytes: &[u8]| search_for("1.daily@example.net", bytes);
        let plain = b"Subject: x\r\n\r\nX-Nikkan-Key: in the text\r\n";
        assert_eq!(search(plain), Some(format!("UID SEARCH {by_id}")));
        let marked = format!("UID SEARCH HEADER X-Nikkan-Key \"\" {by_id}");
        let copy = b"X-Nikkan-Key: abc\r\nSubject: x\r\n\r\n";
        assert_eq!(search(copy), Some(marked));
        assert_eq!(search_for("a\" b@c", copy), None);
    }
}
