//! Puts a digest into an envelope: plain text and HTML as alternatives, with headers that people can filter on and
//! machines will not answer. Same digest, same date, same Message-ID: same bytes, the boundaries included.

use std::fmt::Write as _;

use jiff::Timestamp;
use lettre::message::Mailbox;
use lettre::message::header::HeaderValue;
use sha2::{Digest as _, Sha256};

use super::address::{addresses, edition_token, reply_to};
use super::contents;
use super::html::{self, Fitted};
use super::outgoing::{Origin, Outgoing, field};
use super::subject::subject;
use super::templates::TEXT;
use super::{Press, PrintError};
use crate::archive::MailObject;
use crate::digest::Edition;
use crate::editor::Edited;

impl Press {
    /// Puts the mail of a digest together, with a recipient for each of the edition's readers. `date` is its Date header, `message_id` stands without brackets, and
    /// `contents` are the fingerprints that its header names if it is to be found again ([`super::identify_digest`]).
    ///
    /// # Errors
    /// An address of the edition that cannot be used, named by its key; a template that fails on this digest.
    pub fn mail(
        &self,
        edited: &Edited,
        edition: &Edition,
        date: Timestamp,
        message_id: &str,
        contents: Option<&[String]>,
    ) -> Result<MailObject, PrintError> {
        let reply_to = reply_to(edition).map_err(PrintError::Address)?;
        let templates = self.templates()?;
        let Fitted { page, html } = html::fit(templates, edited)?;
        let text = templates.render(TEXT, &page)?;
        let boundary = boundary(&[message_id, &text, &html]);
        // Not before the page is done with: they may be many.
        let (from, to) = addresses(edition).map_err(PrintError::Address)?;
        let mut fields: Vec<HeaderValue> = contents.and_then(contents::field).into_iter().collect();
        fields.extend(own_fields(edited, edition, &from));
        let mail = Outgoing {
            from,
            to,
            reply_to,
            subject: subject(edited),
            date,
            message_id: message_id.to_owned(),
            origin: Origin::Generated,
            fields,
        };
        Ok(mail.alternative(boundary, text, html))
    }
}

/// Makes the fields that only a digest has.
fn own_fields(edited: &Edited, edition: &Edition, from: &Mailbox) -> Vec<HeaderValue> {
    let digest = &edited.digest;
    let name = edition_token(&edition.name);
    let since = digest.since.map(|since| since.to_string());
    let list = format!("\"nikkan {name}\" <{name}.nikkan.{}>", from.email.domain());
    let mut fields = vec![
        field("List-Id", list),
        // RFC 2369, section 3.4: nobody can post to it.
        field("List-Post", "NO".to_owned()),
        field("Content-Language", digest.language.tag().to_owned()),
        field("X-Nikkan-Edition", name),
        field("X-Nikkan-Day", digest.date.to_string()),
    ];
    fields.extend(since.map(|since| field("X-Nikkan-Since", since)));
    fields
}

/// Returns a boundary made of what it divides: the same each time, and nothing in the bodies can have foreseen it.
fn boundary(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update(part.len().to_le_bytes());
        hash.update(part);
    }
    let mut name = String::from("nikkan-");
    for byte in hash.finalize().iter().take(15) {
        // Writing to a string cannot fail.
        let _ = write!(name, "{byte:02x}");
    }
    name
}
