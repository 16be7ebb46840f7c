//! What a server offers and whether the folders can be opened, for `nikkan check`.

use async_imap::imap_proto::{MailboxDatum, Response};

use jiff::Timestamp;

use super::exchange::quoted;
use super::{Error, Settings, connect, fetch};

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
    let mut session = connect::connect(settings).await?;
    let mut folders = Vec::new();
    for name in &settings.folders {
        if let Err(error) = fetch::examine(&mut session, name).await {
            return Err(match error {
                Error::Folder { folder, said } => {
                    let said = with_others(&mut session, &said).await;
                    Error::Folder { folder, said }
                }
                other => other,
            });
        }
        let mut messages = 0;
        let command = format!("EXAMINE {}", quoted(name));
        session
            .run("EXAMINE", &command, |response| {
                if let Response::MailboxData(MailboxDatum::Exists(count)) = response {
                    messages = *count;
                }
            })
            .await?;
        folders.push(FolderProbe {
            name: name.clone(),
            messages,
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
async fn with_others(session: &mut super::exchange::Session, said: &str) -> String {
    let mut names = Vec::new();
    let listed = session
        .run("LIST", "LIST \"\" \"*\"", |response| {
            if let Response::MailboxData(MailboxDatum::List(list)) = response {
                names.push(list.name.to_string());
            }
        })
        .await;
    names.sort();
    names.truncate(20);
    if listed.is_err() || names.is_empty() {
        return said.to_owned();
    }
    format!("{said} (folders there: {})", names.join(", "))
}
