//! Stores a sent digest in a folder of the mailbox: the one thing nikkan ever writes there, and only where
//! `sent_folder` asks for it.

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::folder::{encoded, written};
use super::orders::Line;
use super::{Error, Settings, connect};

/// Appends a message to `folder`, which is made where it is missing, as received at `at`.
///
/// # Errors
/// The server cannot be reached or refuses; see [`Error`].
pub async fn append(
    settings: &Settings,
    folder: &str,
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
    let date = at.strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string();
    session.append(&encoded(folder), Some(&date), bytes).await?;
    session.log_out().await;
    Ok(())
}
