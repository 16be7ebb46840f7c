//! The addresses of an edition, and the names that are made of them: Message-IDs, tags.

use std::str::FromStr;

use lettre::message::Mailbox;

use super::clean;
use crate::clock::Day;
use crate::digest::Edition;

/// Returns true when a mail can be sent to `text`.
pub fn is_address(text: &str) -> bool {
    Mailbox::from_str(text.trim()).is_ok()
}

/// Reads the addresses of an edition: its sender and its readers.
///
/// # Errors
/// The first that is no mail address, named by its key, or no reader at all.
pub fn addresses(edition: &Edition) -> Result<(Mailbox, Vec<Mailbox>), String> {
    let read = |key: &str, text: &str| {
        Mailbox::from_str(text.trim()).map_err(|error| {
            let shown = clean::line(text, clean::NAME);
            format!("{key} of edition `{}`: `{shown}` is not a mail address ({error}), write it like nikkan <nikkan@example.net>", edition.name)
        })
    };
    let from = read("from", &edition.from)?;
    let to: Vec<Mailbox> = edition
        .to
        .iter()
        .map(|text| read("to", text))
        .collect::<Result<_, _>>()?;
    if to.is_empty() {
        return Err(format!(
            "to of edition `{}` is empty, name at least one reader",
            edition.name
        ));
    }
    Ok((from, to))
}

/// Returns the Message-ID of the edition's digest for `day`, without brackets. It never changes, so that a receiver can drop
/// the copy that a retry may make.
pub fn message_id(edition: &Edition, day: Day) -> String {
    format!(
        "{day}.{}.nikkan@{}",
        edition_token(&edition.name),
        sender_domain(edition)
    )
}

/// Returns the Message-ID of an explicit resend: a receiver that has seen the first mail must not drop this one.
pub fn resend_message_id(edition: &Edition, day: Day, nonce: u64) -> String {
    format!(
        "{day}.{}.resend-{nonce:x}.nikkan@{}",
        edition_token(&edition.name),
        sender_domain(edition)
    )
}

/// Returns the edition's name as it may stand in a header; the configuration allows no other characters.
pub(crate) fn edition_token(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c))
        .collect()
}

/// Returns what stands after the sender's `@`; `localhost` when the sender is no address, which the mail refuses.
pub(crate) fn sender_domain(edition: &Edition) -> String {
    Mailbox::from_str(edition.from.trim())
        .map(|from| from.email.domain().to_owned())
        .unwrap_or_else(|_| "localhost".to_owned())
}
