//! Opens folders and asks for their status, always read-only.

use async_imap::imap_proto::{MailboxDatum, Response, ResponseCode, StatusAttribute};

use super::session::Session;
use super::watcher_handle::Phase;
use super::{ImapError, modified_utf7};

/// A folder as EXAMINE or STATUS describe it (RFC 9051 sections 6.3.3 and 6.3.11).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct FolderStatus {
    pub(super) uidvalidity: u32,
    pub(super) uid_next: Option<u32>,
    pub(super) messages: u32,
}

/// Opens a folder read-only, by EXAMINE; [`ImapError::Folder`] when the server refuses.
pub(super) async fn examine(
    session: &mut Session,
    folder: &str,
) -> Result<FolderStatus, ImapError> {
    session.status.enter(Phase::Examining, folder);
    let (mut uidvalidity, mut uid_next, mut messages) = (None, None, 0);
    let command = format!("EXAMINE {}", quoted(folder));
    let opened = session
        .run_command("EXAMINE", &command, |response| {
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
    opened.map_err(|error| match error {
        ImapError::Refused { said, .. } => ImapError::Folder {
            folder: folder.to_owned(),
            said,
        },
        other => other,
    })?;
    // Without it a UID means nothing; a server that is cut off here would otherwise look like an empty folder.
    let uidvalidity =
        uidvalidity.ok_or_else(|| ImapError::lost("no UIDVALIDITY came with the folder"))?;
    Ok(FolderStatus {
        uidvalidity,
        uid_next,
        messages,
    })
}

/// Asks for the STATUS of a folder that is not open; `None` when the server does not say all of it.
pub(super) async fn status(
    session: &mut Session,
    folder: &str,
) -> Result<Option<FolderStatus>, ImapError> {
    let (mut uidvalidity, mut uid_next) = (None, None);
    let command = format!("STATUS {} (UIDVALIDITY UIDNEXT)", quoted(folder));
    let asked = session
        .run_command("STATUS", &command, |response| {
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

/// Lists the names of all folders, at most `most`, sorted and as a person writes them.
pub(super) async fn list(session: &mut Session, most: usize) -> Result<Vec<String>, ImapError> {
    let mut names = Vec::new();
    session
        .run_command("LIST", "LIST \"\" \"*\"", |response| {
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

/// Writes a folder's name as a quoted string (RFC 9051 section 4.3) in modified UTF-7. Names come from the configuration
/// only.
pub(super) fn quoted(name: &str) -> String {
    in_quotes(&modified_utf7::encode(name))
}

/// Writes a text as a quoted string; line breaks, which none can hold, are left out.
pub(super) fn in_quotes(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars().filter(|c| !matches!(c, '\r' | '\n' | '\0')) {
        if matches!(c, '\\' | '"') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted + "\""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_quotes() {
        assert_eq!(quoted("a\"b\\c\r\nLOGOUT"), "\"a\\\"b\\\\cLOGOUT\"");
    }
}
