//! What a server offers and whether the folders can be opened, for `nikkan check`.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::exchange::Session;
use super::orders::Line;
use super::{Error, Settings, connect, folder};

/// What a login showed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// In upper case, sorted.
    pub capabilities: Vec<String>,
    /// Until when the server's certificate is valid; `None` without TLS.
    pub certificate_expires: Option<Timestamp>,
    /// The configured folders.
    pub folders: Vec<FolderProbe>,
}

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FolderProbe {
    /// Its name as configured.
    pub name: String,
    /// How many messages are in it.
    pub messages: u32,
}

/// Logs in and opens each folder, read-only.
///
/// # Errors
/// See [`Error`]; each message says what to change. For a folder that is missing it names those that are there.
pub async fn probe(settings: &Settings) -> Result<Probe, Error> {
    let line = Line::alone(CancellationToken::new());
    let mut session = connect::connect(settings, line).await?;
    let mut folders = Vec::new();
    for name in &settings.folders {
        let opened = match folder::examine(&mut session, name).await {
            Err(Error::Folder { folder, said }) => {
                let said = with_others(&mut session, &said).await;
                return Err(Error::Folder { folder, said });
            }
            other => other?,
        };
        folders.push(FolderProbe {
            name: name.clone(),
            messages: opened.messages,
        });
    }
    let capabilities = session.capabilities.iter().cloned().collect();
    let certificate_expires = session.certificate_expires;
    session.log_out().await;
    Ok(Probe {
        capabilities,
        certificate_expires,
        folders,
    })
}

/// The server's words and the folders that it does have, as far as it tells.
async fn with_others(session: &mut Session, said: &str) -> String {
    match folder::list(session, 20).await {
        Ok(names) if !names.is_empty() => format!("{said} (folders there: {})", names.join(", ")),
        _ => said.to_owned(),
    }
}
