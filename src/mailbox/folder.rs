//! Opening folders and asking how they stand, always read-only. Names are written as IMAP wants them (RFC 3501
//! section 5.1.3: modified UTF-7), so that `通知` can stand in the configuration as it is.

use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode, StatusAttribute};

use super::session::Session;
use super::watcher_handle::Phase;
use super::{ImapError, modified_utf7};

/// What was learnt about a folder when it was opened, or by STATUS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FolderStatus {
    pub(super) uidvalidity: u32,
    pub(super) uid_next: Option<u32>,
    pub(super) messages: u32,
}

/// Opens a folder read-only.
pub(super) async fn examine(
    session: &mut Session,
    folder: &str,
) -> Result<FolderStatus, ImapError> {
    session.status.enter(Phase::Examining, folder);
    let (mut uidvalidity, mut uid_next, mut messages) = (None, None, 0);
    let command = format!("EXAMINE {}", quoted(folder));
    let opened = session
        .run("EXAMINE", &command, |response| {
            if let Response::MailboxData(MailboxDatum::Exists(count)) = response {
                messages = *count;
            }
            let (Response::Data { outcome, .. } | Response::Done { outcome, .. }) = response else {
                return;
            };
            match outcome.code {
                Some(ResponseCode::UidValidity(value)) => uidvalidity = Some(value),
                Some(ResponseCode::UidNext(value)) => uid_next = Some(value),
                _ => {}
            }
        })
        .await;
    match opened {
        Ok(()) => {}
        Err(ImapError::Refused { said, .. }) => {
            return Err(ImapError::Folder {
                folder: folder.to_owned(),
                said,
            });
        }
        Err(other) => return Err(other),
    }
    // Without it a UID means nothing; a server that is cut off here would otherwise look like an empty folder.
    let uidvalidity =
        uidvalidity.ok_or_else(|| ImapError::lost("no UIDVALIDITY came with the folder"))?;
    Ok(FolderStatus {
        uidvalidity,
        uid_next,
        messages,
    })
}

/// How a folder that is not open stands; `None` where the server does not say all of it.
pub(super) async fn status(
    session: &mut Session,
    folder: &str,
) -> Result<Option<FolderStatus>, ImapError> {
    let (mut uidvalidity, mut uid_next) = (None, None);
    let command = format!("STATUS {} (UIDVALIDITY UIDNEXT)", quoted(folder));
    let asked = session
        .run("STATUS", &command, |response| {
            let Response::MailboxData(MailboxDatum::Status { status, .. }) = response else {
                return;
            };
            for attribute in status {
                match attribute {
                    StatusAttribute::UidValidity(value) => uidvalidity = Some(*value),
                    StatusAttribute::UidNext(value) => uid_next = Some(*value),
                    _ => {}
                }
            }
        })
        .await;
    match asked {
        // EXAMINE will tell what is wrong with it.
        Ok(()) | Err(ImapError::Refused { .. }) => {
            Ok(uidvalidity.map(|uidvalidity| FolderStatus {
                uidvalidity,
                uid_next,
                messages: 0,
            }))
        }
        Err(other) => Err(other),
    }
}

/// The names of all folders, at most `most`, as a person writes them.
pub(super) async fn list(session: &mut Session, most: usize) -> Result<Vec<String>, ImapError> {
    let mut names = Vec::new();
    session
        .run("LIST", "LIST \"\" \"*\"", |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response
                && names.len() < 10_000
            {
                names.push(modified_utf7::decode(&list.name));
            }
        })
        .await?;
    names.sort();
    names.truncate(most);
    Ok(names)
}

/// A folder's name as it goes over the wire: modified UTF-7 in quotes (RFC 9051 section 4.3). Names come from the
/// configuration only.
pub(super) fn quoted(name: &str) -> String {
    let escaped = modified_utf7::encode(name)
        .replace('\\', "\\\\")
        .replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b\\c\r\nLOGOUT"), "\"a\\\"b\\\\cLOGOUT\"");
    }
}
