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
    let mut said = None;
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
            let words = outcome.information.as_deref().unwrap_or_default();
            if words.to_ascii_uppercase().contains("UIDVALIDITY") {
                said.get_or_insert(without_controls(words));
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
    // What was said of new messages until here is in the answer.
    session.hinted = false;
    session.exists = messages;
    // Without it a UID means nothing (RFC 9051 section 2.3.1.1: a number from 1 to 4,294,967,295).
    let uidvalidity = match uidvalidity {
        Some(value) if value > 0 => value,
        _ => {
            let told = match (uidvalidity, said) {
                (Some(value), _) => format!("UIDVALIDITY {value}"),
                (None, Some(said)) => said,
                (None, None) => "no UIDVALIDITY".to_owned(),
            };
            return Err(ImapError::Folder {
                folder: folder.to_owned(),
                said: format!(
                    "the server tells {told}, and must tell a number from 1 to 4294967295"
                ),
            });
        }
    };
    Ok(FolderStatus {
        uidvalidity,
        uid_next: uid_next.filter(|next| *next > 0),
        messages,
    })
}

/// Makes one short line of a server's words.
fn without_controls(words: &str) -> String {
    words
        .chars()
        .filter(|c| !c.is_control())
        .take(200)
        .collect()
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

/// Folders that are listed at most.
const MOST_LISTED: usize = 10_000;

/// Lists the names of all folders, at most `most`, sorted and as a person writes them.
pub(super) async fn list(session: &mut Session, most: usize) -> Result<Vec<String>, ImapError> {
    let (mut names, _) = listed(session, "LIST", "LIST \"\" \"*\"").await?;
    names.truncate(most);
    Ok(names)
}

/// Runs a command that is answered by LIST responses. Returns the names, sorted, and the delimiter of levels.
async fn listed(
    session: &mut Session,
    name: &'static str,
    command: &str,
) -> Result<(Vec<String>, Option<String>), ImapError> {
    let (mut names, mut delimiter) = (Vec::new(), None);
    session
        .run_command(name, command, |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response
                && names.len() < MOST_LISTED
            {
                names.push(modified_utf7::decode(&list.name));
                if let Some(told) = &list.delimiter {
                    delimiter = Some(told.to_string());
                }
            }
        })
        .await?;
    names.sort();
    Ok((names, delimiter))
}

/// Where a folder is that need not be there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Located {
    /// It is there, under this name, and is open now.
    There(String, FolderStatus),
    /// It is there, under this name, and cannot be opened: the server's words.
    Unusable(String, String),
    /// It is not there: the names under which it can be made, the likeliest first.
    Missing(Vec<String>),
}

/// Finds a folder by its name, or by that name under the prefix which the server wants for an account's own folders, such as
/// `INBOX.`: told by NAMESPACE (RFC 2342) where it is offered, else guessed when all others lie under INBOX.
pub(super) async fn locate(session: &mut Session, name: &str) -> Result<Located, ImapError> {
    let said = match examine(session, name).await {
        Ok(status) => return Ok(Located::There(name.to_owned(), status)),
        Err(ImapError::Folder { said, .. }) => said,
        Err(other) => return Err(other),
    };
    let (names, delimiter) = listed(session, "LIST", "LIST \"\" \"*\"").await?;
    if names.iter().any(|other| other == name) {
        return Ok(Located::Unusable(name.to_owned(), said));
    }
    let told = if session.offers("NAMESPACE") {
        match listed(session, "NAMESPACE", "NAMESPACE").await {
            Ok((prefixes, _)) => Some(prefixes.into_iter().next()),
            Err(ImapError::Refused { .. }) => None,
            Err(other) => return Err(other),
        }
    } else {
        None
    };
    let is_told = told.is_some();
    let prefix = told.unwrap_or_else(|| {
        let under = format!("INBOX{}", delimiter?);
        let beside = |other: &String| other != "INBOX" && !other.starts_with(&under);
        (!names.iter().any(beside)).then_some(under)
    });
    let prefixed = prefix
        .filter(|prefix| !name.starts_with(prefix.as_str()))
        .map(|prefix| prefix + name);
    let Some(prefixed) = prefixed else {
        return Ok(Located::Missing(vec![name.to_owned()]));
    };
    if names.contains(&prefixed) {
        return match examine(session, &prefixed).await {
            Ok(status) => Ok(Located::There(prefixed, status)),
            Err(ImapError::Folder { said, .. }) => Ok(Located::Unusable(prefixed, said)),
            Err(other) => Err(other),
        };
    }
    let mut candidates = vec![name.to_owned(), prefixed];
    if is_told {
        candidates.reverse();
    }
    Ok(Located::Missing(candidates))
}

/// Makes a folder under the first of these names that the server takes, and returns that.
pub(super) async fn create(
    session: &mut Session,
    candidates: &[String],
) -> Result<String, ImapError> {
    let mut refused = Vec::new();
    for name in candidates {
        let command = format!("CREATE {}", quoted(name));
        match session.run_command("CREATE", &command, |_| {}).await {
            Ok(()) => return Ok(name.clone()),
            Err(ImapError::Refused { said, .. }) => {
                // RFC 5530; another program was faster.
                let lower = said.to_lowercase();
                if lower.contains("alreadyexists") || lower.contains("already exists") {
                    return Ok(name.clone());
                }
                refused.push(format!("`{name}`: {said}"));
            }
            Err(other) => return Err(other),
        }
    }
    Err(ImapError::Refused {
        command: "CREATE",
        said: refused.join("; "),
    })
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
