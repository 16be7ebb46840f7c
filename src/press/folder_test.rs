//! The message by which `check --write` tries the folder for sent digests.

use jiff::Timestamp;

use super::PrintError;
use super::address::{addresses, edition_id};
use super::outgoing::{Origin, Outgoing, field};
use crate::archive::MailObject;
use crate::clock::Day;
use crate::digest::Edition;
use crate::secret::InstallationKey;

/// Prints a message that says that it is a test. It holds no contents of a digest, so that it is never taken for one.
///
/// # Errors
/// The edition's sender or readers are no mail addresses.
pub fn folder_test(
    edition: &Edition,
    now: Timestamp,
    nonce: u64,
) -> Result<MailObject, PrintError> {
    let (from, _) = addresses(edition).map_err(PrintError::Address)?;
    // The nonce tells it from all others.
    let key = InstallationKey::of_none();
    let about = format!("folder-test-{nonce:x}.");
    let message_id = edition_id(&key, edition, Day::of(now), &about);
    let mail = Outgoing {
        to: vec![from.clone()],
        from,
        reply_to: None,
        subject: "nikkan: a test of sent_folder".to_owned(),
        date: now,
        message_id,
        origin: Origin::Generated,
        fields: vec![field("X-Nikkan-Test", "sent_folder".to_owned())],
    };
    let text = "`nikkan check --write` has stored this message to see whether the folder takes digests.\nIt was sent to nobody. Delete it as you like.\n";
    Ok(mail.plain(text.to_owned()))
}
