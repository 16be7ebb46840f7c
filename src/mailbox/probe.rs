//! Tries a login and the folders, for `nikkan check`.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::fetch_result;
use super::folder::Located;
use super::session::Session;
use super::session_status::SessionStatus;
use super::{ImapError, MailboxSettings, connect, folder};

/// The result of a trial login.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailboxProbe {
    /// In upper case, sorted.
    pub capabilities: Vec<String>,
    /// Until when the server's certificate is valid; `None` without TLS.
    pub certificate_expires: Option<Timestamp>,
    /// The configured folders.
    pub folders: Vec<FolderProbe>,
    /// The folder for sent digests, if one is configured.
    pub sent_folder: Option<SentFolderProbe>,
    /// What the server said to people meanwhile.
    pub heard: Vec<String>,
}

/// The folder for sent digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SentFolderProbe {
    /// It is there, under this name on the server, with this number of messages.
    There(String, u32),
    /// It is not there; the first digest makes it, under the first of these names that the server takes.
    Missing(Vec<String>),
    /// It is there and cannot be used: the server's words.
    Unusable(String),
}

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderProbe {
    /// Its name as configured.
    pub name: String,
    /// Number of messages in it.
    pub messages: u32,
    /// When the server received the newest of them (INTERNALDATE), as its clock shows.
    pub newest: Option<Timestamp>,
}

/// Logs in and opens each folder, read-only.
///
/// # Errors
/// See [`ImapError`]; each message says what to change. For a folder that is missing it names those that are there.
pub async fn probe(settings: &MailboxSettings) -> Result<MailboxProbe, ImapError> {
    let status = SessionStatus::unreported(CancellationToken::new());
    let mut session = connect::open_session(settings, status).await?;
    let mut folders = Vec::new();
    for name in &settings.folders {
        let opened = match folder::examine(&mut session, name).await {
            Err(ImapError::Folder { folder, said }) => {
                let said = with_others(&mut session, &said).await;
                return Err(ImapError::Folder { folder, said });
            }
            other => other?,
        };
        let newest = match opened.messages {
            0 => None,
            _ => newest(&mut session).await?,
        };
        folders.push(FolderProbe {
            name: name.clone(),
            messages: opened.messages,
            newest,
        });
    }
    let sent_folder = match &settings.sent_folder {
        Some(name) => Some(sent_folder(&mut session, name).await?),
        None => None,
    };
    let capabilities = session.capabilities.iter().cloned().collect();
    let certificate_expires = session.certificate_expires;
    let heard = session.status.heard();
    session.logout().await;
    Ok(MailboxProbe {
        capabilities,
        certificate_expires,
        folders,
        sent_folder,
        heard,
    })
}

/// Asks when the server received the last message of the open folder.
async fn newest(session: &mut Session) -> Result<Option<Timestamp>, ImapError> {
    match fetch_result::newest(session).await {
        Ok(received) => Ok(received),
        // It was deleted meanwhile, or the server does not like the question.
        Err(ImapError::Refused { .. }) => Ok(None),
        Err(other) => Err(other),
    }
}

/// Tries the folder for sent digests without making it.
async fn sent_folder(session: &mut Session, name: &str) -> Result<SentFolderProbe, ImapError> {
    Ok(match folder::locate(session, name).await? {
        Located::There(found, opened) => SentFolderProbe::There(found, opened.messages),
        Located::Unusable(_, said) => SentFolderProbe::Unusable(said),
        Located::Missing(candidates) => SentFolderProbe::Missing(candidates),
    })
}

/// Returns the server's words and the folders that it does have, as far as it tells.
async fn with_others(session: &mut Session, said: &str) -> String {
    match folder::list(session, 20).await {
        Ok(names) if !names.is_empty() => format!("{said} (folders there: {})", names.join(", ")),
        _ => said.to_owned(),
    }
}
