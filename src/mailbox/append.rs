//! Stores a sent digest in a folder of the mailbox: the one thing nikkan ever writes there, and only where
//! `sent_folder` asks for it.

use async_imap::imap_proto::{MailboxDatum, Response};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::exchange::Session;
use super::folder::{encoded, examine, written};
use super::orders::Line;
use super::{Error, MailboxSettings, connect};

/// Appends a message to `folder`, which is made where it is missing, as received at `at`. One that is there already, by
/// its Message-ID, is not stored again: a crash may have come between the storing and its note.
///
/// # Errors
/// The server cannot be reached or refuses; see [`Error`].
pub async fn append(
    settings: &MailboxSettings,
    folder: &str,
    message_id: &str,
    bytes: &[u8],
    at: Timestamp,
) -> Result<(), Error> {
    let line = Line::alone(CancellationToken::new());
    let mut session = connect::connect(settings, line).await?;
    let create = format!("CREATE {}", written(folder));
    match session.run("CREATE", &create, |_| {}).await {
        // It is there already: the usual answer, which servers give in many words.
        Ok(()) | Err(Error::Refused { .. }) => {}
        Err(other) => return Err(other),
    }
    if is_there(&mut session, folder, message_id).await? {
        session.log_out().await;
        return Ok(());
    }
    let date = at.strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string();
    session.append(&encoded(folder), Some(&date), bytes).await?;
    session.log_out().await;
    Ok(())
}

/// Whether the folder holds a message with this Message-ID. Where that cannot be asked, it counts as absent: a second
/// copy does less harm than none.
async fn is_there(session: &mut Session, folder: &str, message_id: &str) -> Result<bool, Error> {
    // Our own, of edition and configured address; anything that could leave its quotes is not asked for.
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@+".contains(c);
    if !message_id.chars().all(plain) {
        return Ok(false);
    }
    let mut found = false;
    let search = format!("UID SEARCH HEADER Message-ID \"<{message_id}>\"");
    let asked = match examine(session, folder).await {
        Ok(_) => {
            session
                .run("SEARCH", &search, |response| {
                    if let Response::MailboxData(MailboxDatum::Search(uids)) = response {
                        found = found || !uids.is_empty();
                    }
                })
                .await
        }
        Err(error) => Err(error),
    };
    match asked {
        Ok(()) => Ok(found),
        Err(Error::Folder { .. } | Error::Refused { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}
