//! Stores a sent digest in a folder of the mailbox: the one thing nikkan ever writes there, and only if
//! `sent_folder` asks for it.

use async_imap::imap_proto::{MailboxDatum, Response};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::folder::{examine, quoted};
use super::session::Session;
use super::session_status::SessionStatus;
use super::{ImapError, MailboxSettings, connect, modified_utf7};

/// Appends a message to `folder`, which is made if it is missing, as received at `at`. One that is there already, by
/// its Message-ID, is not stored again: a crash may have come between the storing and its note.
///
/// # Errors
/// The server cannot be reached or refuses; see [`ImapError`].
pub async fn append_message(
    settings: &MailboxSettings,
    folder: &str,
    message_id: &str,
    bytes: &[u8],
    at: Timestamp,
) -> Result<(), ImapError> {
    let status = SessionStatus::unreported(CancellationToken::new());
    let mut session = connect::open_session(settings, status).await?;
    let create = format!("CREATE {}", quoted(folder));
    match session.run_command("CREATE", &create, |_| {}).await {
        // It is there already: the usual answer, which servers give in many words.
        Ok(()) | Err(ImapError::Refused { .. }) => {}
        Err(other) => return Err(other),
    }
    if has_message(&mut session, folder, message_id).await? {
        session.logout().await;
        return Ok(());
    }
    let date = at.strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string();
    session
        .append(&modified_utf7::encode(folder), Some(&date), bytes)
        .await?;
    session.logout().await;
    Ok(())
}

/// Returns true when the folder holds a message with this Message-ID. If that cannot be asked, it counts as absent: a second
/// copy does less harm than none.
async fn has_message(
    session: &mut Session,
    folder: &str,
    message_id: &str,
) -> Result<bool, ImapError> {
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
                .run_command("SEARCH", &search, |response| {
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
        Err(ImapError::Folder { .. } | ImapError::Refused { .. }) => Ok(false),
        Err(other) => Err(other),
    }
}
