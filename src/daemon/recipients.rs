//! Tells which of a mail's recipients are readers who are written to, and gives each what is theirs.

use jiff::Timestamp;

use crate::archive::{ActiveReader, Archive, ArchiveError, MailObject};
use crate::config::Config;
use crate::digest::Edition;
use crate::press::{self, ReaderHeader};

/// Gives each of the mail's recipients who is an active reader of `edition` the fields and the sender that are theirs, and
/// returns these readers, in the recipients' order.
///
/// # Errors
/// The archive cannot be read or written.
pub async fn add_reader_headers(
    config: &Config,
    archive: &Archive,
    edition: &Edition,
    mail: &mut MailObject,
    now: Timestamp,
) -> Result<Vec<ActiveReader>, ArchiveError> {
    let readers = archive
        .active_readers(&edition.name, readers_among(mail, edition))
        .await?;
    let key = archive.installation_key(now).await?;
    let header = ReaderHeader {
        key: &key,
        mailbox: config.mailbox.mail_address(),
        bounce_address: config.smtp.bounce_address.as_deref(),
    };
    header.add(mail, edition, &readers);
    Ok(readers)
}

/// Returns the addresses of those of a mail's recipients who are readers of the edition.
fn readers_among(mail: &MailObject, edition: &Edition) -> Vec<String> {
    let configured = press::reader_addresses(edition);
    let addresses = mail.recipients.iter().map(|recipient| &recipient.address);
    addresses
        .filter(|address| configured.binary_search(address).is_ok())
        .cloned()
        .collect()
}
