//! Stores a message in a folder (RFC 9051 section 6.3.12).

use super::session::{CommandStep, Session};
use super::{ImapError, folder};

/// Stores a message as read, received at `at` in the form of INTERNALDATE.
pub(super) async fn append(
    session: &mut Session,
    folder: &str,
    at: &str,
    bytes: &[u8],
) -> Result<(), ImapError> {
    const NAME: &str = "APPEND";
    let (folder, length) = (folder::quoted(folder), bytes.len());
    let command = format!("{NAME} {folder} (\\Seen) \"{at}\" {{{length}}}");
    session.status.begin_command();
    let tag = session.send(&command).await?;
    // The server may say other things before it waits for the literal.
    match session.read_answer(&tag, NAME, |_| {}).await? {
        CommandStep::Continue(_) => {}
        CommandStep::Completed => return Err(ImapError::lost("APPEND ended before its message")),
    }
    session.write(bytes).await?;
    session.write(b"\r\n").await?;
    match session.read_answer(&tag, NAME, |_| {}).await? {
        CommandStep::Completed => Ok(()),
        CommandStep::Continue(_) => Err(ImapError::lost("APPEND wants more than its message")),
    }
}
