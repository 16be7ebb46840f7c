//! Puts a digest into an envelope: plain text and HTML as alternatives, with headers that people can filter on and
//! machines will not answer. Same digest, same date, same Message-ID: same bytes, the boundaries included.

use std::fmt::Write as _;

use jiff::Timestamp;
use lettre::Message;
use lettre::message::header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue};
use lettre::message::{Mailbox, MultiPart, MultiPartBuilder, SinglePart};
use sha2::{Digest as _, Sha256};

use super::address::{addresses, edition_token};
use super::html::{self, Fitted};
use super::subject::subject;
use super::templates::TEXT;
use super::transfer::{date_field, encoded};
use super::{Press, PrintError};
use crate::archive::MailObject;
use crate::digest::Edition;
use crate::editor::Edited;

/// The field that names what is in a digest.
pub(super) const CONTENTS: &str = "X-Nikkan-Contents";

/// Lines of a header are folded at this length (RFC 5322 section 2.1.1 wants 78).
const LINE: usize = 76;

impl Press {
    /// Puts the mail of a digest together, ready to be sealed. `date` is its Date header, `message_id` stands without brackets, and
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
        let (from, to) = addresses(edition).map_err(PrintError::Address)?;
        let templates = self.templates()?;
        let Fitted { page, html } = html::fit(templates, edited)?;
        let text = templates.render(TEXT, &page)?;
        let boundary = Boundary::of(&[message_id, &text, &html]);
        let body = boundary
            .mark(MultiPart::alternative())
            .singlepart(part(ContentType::TEXT_PLAIN, text))
            .singlepart(part(ContentType::TEXT_HTML, html));
        let mut builder = Message::builder();
        if let Some(fingerprints) = contents {
            builder = builder.raw_header(contents_field(fingerprints));
        }
        builder = builder
            .from(from.clone())
            .subject(subject(edited))
            .date(date_field(date))
            .message_id(Some(format!("<{message_id}>")));
        for reader in &to {
            builder = builder.to(reader.clone());
        }
        for (name, value) in headers(edited, edition, &from) {
            builder = builder.raw_header(HeaderValue::new(name, value));
        }
        let message = builder.multipart(body)?;
        Ok(MailObject {
            message_id: message_id.to_owned(),
            sender: from.email.to_string(),
            recipients: to.iter().map(|reader| reader.email.to_string()).collect(),
            bytes: message.formatted(),
        })
    }
}

/// Makes the field that names what is in a digest, by the archive's fingerprints, so that the archive can be made again
/// from the copies in the mailbox.
fn contents_field(fingerprints: &[String]) -> HeaderValue {
    let mut value = String::new();
    let mut length = CONTENTS.len() + 1;
    for fingerprint in fingerprints {
        if length + 1 + fingerprint.len() > LINE {
            value.push_str("\r\n");
            length = 0;
        }
        value.push(' ');
        value.push_str(fingerprint);
        length += 1 + fingerprint.len();
    }
    if fingerprints.is_empty() {
        value.push_str(" none");
    }
    // The blank after the colon is written with the name.
    value.remove(0);
    let name = HeaderName::new_from_ascii_str(CONTENTS);
    HeaderValue::dangerous_new_pre_encoded(name, fingerprints.join(" "), value)
}

/// Makes the headers that lettre has no types for.
fn headers(edited: &Edited, edition: &Edition, from: &Mailbox) -> Vec<(HeaderName, String)> {
    let digest = &edited.digest;
    let name = edition_token(&edition.name);
    let since = digest.since.map(|since| since.to_string());
    let known = |name: &'static str| HeaderName::new_from_ascii_str(name);
    let mut headers = vec![
        (known("Auto-Submitted"), "auto-generated".to_owned()), // RFC 3834, section 5
        (known("X-Auto-Response-Suppress"), "All".to_owned()),  // Exchange's way of saying the same
        (
            known("List-Id"),
            format!("\"nikkan {name}\" <{name}.nikkan.{}>", from.email.domain()),
        ),
        (known("Content-Language"), digest.language.tag().to_owned()),
        (known("X-Nikkan-Edition"), name),
        (known("X-Nikkan-Day"), digest.date.to_string()),
    ];
    headers.extend(since.map(|since| (known("X-Nikkan-Since"), since)));
    headers
}

/// Makes one body. Quoted-printable even when the text is short ASCII lines: a trailing space or a line that begins with
/// `From ` survives every relay, and the bytes can still be read.
fn part(kind: ContentType, text: String) -> SinglePart {
    SinglePart::builder()
        .header(kind)
        .body(encoded(text, ContentTransferEncoding::QuotedPrintable))
}

/// A boundary made of what it divides: the same each time, and nothing in the bodies can have foreseen it.
struct Boundary(String);

impl Boundary {
    fn of(parts: &[&str]) -> Self {
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
        Boundary(name)
    }

    fn mark(&self, part: MultiPartBuilder) -> MultiPartBuilder {
        part.boundary(self.0.clone())
    }
}
