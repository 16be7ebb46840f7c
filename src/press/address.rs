//! The addresses of an edition, and the names that are made of them: Message-IDs, tags.

use std::collections::BTreeSet;
use std::str::FromStr;

use lettre::message::Mailbox;
use sha2::{Digest as _, Sha256};

use super::clean;
use crate::clock::Day;
use crate::digest::Edition;
use crate::mail::comparable_address;
use crate::secret::InstallationKey;

/// Returns true when a mail can be sent to `text`.
pub fn is_address(text: &str) -> bool {
    Mailbox::from_str(text.trim()).is_ok()
}

/// Reads an address that may have a name before it, and returns it alone, as addresses are compared; `None` when it is none.
pub fn bare_address(text: &str) -> Option<String> {
    let mailbox = Mailbox::from_str(text.trim()).ok()?;
    Some(comparable_address(mailbox.email.as_ref()))
}

/// Reads the addresses of an edition: its sender and its readers, each once, however often and in whatever letters its domain is
/// written.
///
/// # Errors
/// The first that is no mail address, named by its key, or no reader at all.
pub fn addresses(edition: &Edition) -> Result<(Mailbox, Vec<Mailbox>), String> {
    let read = |key: &str, text: &str| mailbox(key, text, edition);
    let from = read("from", &edition.from)?;
    let mut to = Vec::with_capacity(edition.to.len());
    for text in &edition.to {
        to.push(read("to", text)?);
    }
    let mut known = BTreeSet::new();
    to.retain(|reader| known.insert(comparable_address(reader.email.as_ref())));
    if to.is_empty() {
        return Err(format!(
            "to of edition `{}` is empty, name at least one reader",
            edition.name
        ));
    }
    Ok((from, to))
}

/// Returns the bare addresses of an edition's readers as addresses are compared, sorted, each once; what is none is left out.
/// It is for who only looks for one: [`addresses`] of ten thousand readers are five times as large.
pub fn reader_addresses(edition: &Edition) -> Vec<String> {
    let mut readers = Vec::with_capacity(edition.to.len());
    readers.extend(edition.to.iter().filter_map(|text| bare_address(text)));
    readers.sort_unstable();
    readers.dedup();
    readers
}

/// Reads the address for answers, if the edition has one.
///
/// # Errors
/// It is no mail address.
pub(super) fn reply_to(edition: &Edition) -> Result<Option<Mailbox>, String> {
    let text = edition.reply_to.as_deref();
    text.map(|text| mailbox("reply_to", text, edition))
        .transpose()
}

fn mailbox(key: &str, text: &str, edition: &Edition) -> Result<Mailbox, String> {
    Mailbox::from_str(text.trim()).map_err(|error| {
        let shown = clean::line(text, clean::NAME);
        format!("{key} of edition `{}`: `{shown}` is not a mail address ({error}), write it like nikkan <nikkan@example.net>", edition.name)
    })
}

/// Returns the Message-ID of the edition's digest for `day`, without brackets: `20251128-daily-TAG.nikkan@id.example.net`, where
/// only who has `key` can tell the tag. It never changes, so that a receiver can drop the copy that a retry may make.
pub fn message_id(key: &InstallationKey, edition: &Edition, day: Day) -> String {
    edition_id(key, edition, day, "")
}

/// Returns the Message-ID of the digest of a day that was opened again `times` times: what was sent by a clock that was ahead
/// has the ones before, and a receiver that has seen it must not drop this one.
pub fn message_id_anew(key: &InstallationKey, edition: &Edition, day: Day, times: u32) -> String {
    let name = edition_token(&edition.name);
    match times {
        0 => message_id(key, edition, day),
        _ => id_with_tag(
            edition,
            day,
            &key.tag(&["digest", &name, &day.to_string(), &times.to_string()]),
            "",
        ),
    }
}

/// Returns the Message-ID of an explicit resend: a receiver that has seen the first mail must not drop this one.
pub fn resend_message_id(key: &InstallationKey, edition: &Edition, day: Day, nonce: u64) -> String {
    edition_id(key, edition, day, &format!("resend-{nonce:x}."))
}

/// Returns a Message-ID with `about` before the last word. What a spam filter looks for is not in it: neither the sender's
/// address nor, behind the `@`, the sender's domain alone.
pub(super) fn edition_id(
    key: &InstallationKey,
    edition: &Edition,
    day: Day,
    about: &str,
) -> String {
    let name = edition_token(&edition.name);
    let tag = key.tag(&["digest", &name, &day.to_string()]);
    id_with_tag(edition, day, &tag, about)
}

fn id_with_tag(edition: &Edition, day: Day, tag: &str, about: &str) -> String {
    let name = edition_token(&edition.name);
    let domain = id_domain(&sender_domain(edition));
    let day = day.to_string().replace('-', "");
    format!("{day}-{name}-{tag}.{about}{ID_END}{domain}")
}

/// What stands before the `@` of every Message-ID that is made here, and the `@`.
pub(super) const ID_END: &str = "nikkan@";

/// Returns what stands behind the `@` of a Message-ID of a sender at `domain`.
pub(super) fn id_domain(domain: &str) -> String {
    let is_name = |c: char| c.is_ascii_alphanumeric() || "-.".contains(c);
    if domain.chars().all(is_name) {
        return format!("id.{}", domain.to_ascii_lowercase());
    }
    // An address literal, or a domain that would have to be encoded.
    format!("{}.id.invalid", short_hash(&[domain]))
}

/// Returns eight hexadecimal digits that stand for `parts`.
pub(super) fn short_hash(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let bytes = hash.finalize();
    bytes
        .iter()
        .take(4)
        .map(|byte| format!("{byte:02x}"))
        .collect()
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
