//! Waits for one mail to come into the watched folders, for `nikkan check --send`.

use tokio_util::sync::CancellationToken;

use super::fetch_result::{Asked, Part, run_fetch};
use super::session::Session;
use super::session_status::SessionStatus;
use super::{ImapError, MailboxSettings, connect, folder, listing};
use crate::mail::Header;

/// The watched folders as they were before a mail was sent.
#[derive(Debug)]
pub struct Arrivals {
    session: Session,
    /// Each folder, and the last UID in it that is known.
    folders: Vec<(String, u32)>,
}

impl Arrivals {
    /// Logs in and looks how far each folder reaches.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn after_now(settings: &MailboxSettings) -> Result<Self, ImapError> {
        let status = SessionStatus::unreported(CancellationToken::new());
        let mut session = connect::open_session(settings, status).await?;
        let mut folders = Vec::new();
        for name in &settings.folders {
            let opened = folder::examine(&mut session, name).await?;
            let last = match opened.uid_next {
                Some(next) => next.saturating_sub(1),
                None => listing::highest(&mut session, 1).await?,
            };
            folders.push((name.clone(), last));
        }
        Ok(Arrivals { session, folders })
    }

    /// Looks once whether a message with this Message-ID has come since, and returns its header.
    ///
    /// # Errors
    /// See [`ImapError`].
    pub async fn header_of(&mut self, message_id: &str) -> Result<Option<Vec<u8>>, ImapError> {
        let wanted = format!("<{message_id}>");
        for (name, last) in &self.folders {
            // Only what is opened anew tells every server's news.
            folder::examine(&mut self.session, name).await?;
            let asked = Asked::After(*last);
            let (came, _) = run_fetch(&mut self.session, &asked, Part::Header)
                .await?
                .split();
            let found = came.into_values().find(|message| {
                let id = Header::parse(message.text()).first("message-id");
                id.is_some_and(|id| id.text() == wanted)
            });
            if let Some(message) = found {
                return Ok(Some(message.text().to_owned()));
            }
        }
        Ok(None)
    }

    /// Logs out.
    pub async fn close(self) {
        self.session.logout().await;
    }
}
