//! Strips a message for the parser: a list's message has some thirty header fields, and taking each of them apart costs
//! more than the rest of it.

use super::encoded_words;
use super::header::{Field, Header};

/// The longest name of a field that is parsed; the names of content fields may be longer, but begin alike.
const LONGEST: usize = 19;

/// True when a field is parsed, by its name in lower case.
fn is_parsed(name: &[u8]) -> bool {
    matches!(
        name,
        b"subject"
            | b"from"
            | b"message-id"
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

/// Copies the message without the header fields that are not parsed.
pub(super) fn without_unused_fields(header: &Header<'_>) -> Vec<u8> {
    let mut stripped = Vec::with_capacity(header.message().len());
    for field in header.fields() {
        let name = field.name();
        let mut lower = [0; LONGEST];
        let length = name.len().min(LONGEST);
        lower[..length].copy_from_slice(&name[..length]);
        lower.make_ascii_lowercase();
        let is_content = lower.starts_with(b"content-");
        if is_content && !is_default(field, header)
            || name.len() <= LONGEST && is_parsed(&lower[..length])
        {
            match encoded_words::in_utf8(field.bytes()).filter(|_| !is_content) {
                Some(utf8) => stripped.extend_from_slice(&utf8),
                None => stripped.extend_from_slice(field.bytes()),
            }
        }
    }
    stripped.extend_from_slice(b"\r\n");
    stripped.extend_from_slice(header.body());
    stripped
}

/// Copies a header's fields, without those that say how the body is encoded.
pub(super) fn without_content_fields(header: &Header<'_>) -> Vec<u8> {
    let is_content = |field: &Field<'_>| {
        let start = field.name().get(..b"content-".len());
        start.is_some_and(|start| start.eq_ignore_ascii_case(b"content-"))
    };
    let kept = header.fields().filter(|field| !is_content(field));
    kept.flat_map(|field| field.bytes()).copied().collect()
}

/// True when a field says what holds without it: plain text in ASCII (RFC 2045 section 5.2), letter for letter.
fn is_default(field: Field<'_>, header: &Header<'_>) -> bool {
    const PLAIN: [&[u8]; 3] = [
        b"content-type: text/plain; charset=\"us-ascii\"",
        b"content-type: text/plain; charset=us-ascii",
        b"content-transfer-encoding: 7bit",
    ];
    let field = field.bytes().trim_ascii_end();
    PLAIN.iter().any(|plain| field.eq_ignore_ascii_case(plain)) && header.message().is_ascii()
}
