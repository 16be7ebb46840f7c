//! Stores a sent digest in a folder of the mailbox: the one thing nikkan ever writes there, and only where
//! `sent_folder` asks for it.

use jiff::Timestamp;

use super::exchange::quoted;
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
    let mut session = connect::connect(settings).await?;
    let create = format!("CREATE {}", quoted(folder));
    match session.run("CREATE", &create, |_| {}).await {
        // It is there already: the usual answer, which servers give in many words.
        Ok(()) | Err(Error::Refused { .. }) => {}
        Err(other) => return Err(other),
    }
    let date = at.strftime("\"%d-%b-%Y %H:%M:%S +0000\"").to_string();
    session.append(folder, Some(&date), bytes).await?;
    session.log_out().await;
    Ok(())
}
