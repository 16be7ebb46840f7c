//! Makes a message ready for the parser: what is not looked at is left out before it is taken apart.

use memchr::memchr;

use super::header::{fields_of, header_end};

/// The longest name of a field that is looked at; the names of content fields are longer, but begin alike.
const LONGEST: usize = 19;

/// Whether a field is looked at, by its name in lower case.
fn is_used(name: &[u8]) -> bool {
    matches!(
        name,
        b"subject"
            | b"from"
            | b"message-id"
            | b"date"
            | b"list-id"
            | b"sender"
            | b"reply-to"
            | b"x-original-from"
            | b"to"
            | b"cc"
            | b"auto-submitted"
            | b"x-beenthere"
            | b"x-failed-recipients"
            | b"x-nikkan-edition"
            | b"mime-version"
    )
}

/// A message without the header fields that are not looked at: a list's message has some thirty, and taking each apart
/// costs more than the rest of it.
pub(super) fn thinned(raw: &[u8]) -> Vec<u8> {
    let (header, body) = raw.split_at(header_end(raw));
    let mut thin = Vec::with_capacity(raw.len());
    for field in fields_of(header) {
        let end = memchr(b':', field).unwrap_or(field.len());
        let name = field[..end].trim_ascii_end();
        let mut lower = [0; LONGEST];
        let length = name.len().min(LONGEST);
        lower[..length].copy_from_slice(&name[..length]);
        lower.make_ascii_lowercase();
        let is_content = lower.starts_with(b"content-");
        if is_content && !is_default(field, raw)
            || name.len() <= LONGEST && is_used(&lower[..length])
        {
            thin.extend_from_slice(field);
        }
    }
    thin.extend_from_slice(b"\r\n");
    thin.extend_from_slice(body);
    thin
}

/// Whether a field says what holds without it: plain text in ASCII (RFC 2045 section 5.2), letter for letter.
fn is_default(field: &[u8], raw: &[u8]) -> bool {
    const PLAIN: [&[u8]; 3] = [
        b"content-type: text/plain; charset=\"us-ascii\"",
        b"content-type: text/plain; charset=us-ascii",
        b"content-transfer-encoding: 7bit",
    ];
    let field = field.trim_ascii_end();
    PLAIN.iter().any(|plain| field.eq_ignore_ascii_case(plain)) && raw.is_ascii()
}
