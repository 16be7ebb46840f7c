//! Makes a message ready for the parser: what is not looked at is left out before it is taken apart.

use super::header::{fields_of, header_end};

/// The fields that are looked at.
const USED: [&[u8]; 15] = [
    b"subject",
    b"from",
    b"message-id",
    b"date",
    b"list-id",
    b"sender",
    b"reply-to",
    b"x-original-from",
    b"to",
    b"cc",
    b"auto-submitted",
    b"x-beenthere",
    b"x-failed-recipients",
    b"x-nikkan-edition",
    b"mime-version",
];

/// A message without the header fields that are not looked at: a list's message has some thirty, and taking each apart
/// costs more than the rest of it.
pub(super) fn thinned(raw: &[u8]) -> Vec<u8> {
    let (header, body) = raw.split_at(header_end(raw));
    let mut thin = Vec::with_capacity(raw.len());
    for field in fields_of(header) {
        let name = field.split(|byte| *byte == b':').next().unwrap_or_default();
        let name = name.trim_ascii_end();
        let is_content = name
            .get(..8)
            .is_some_and(|start| start.eq_ignore_ascii_case(b"content-"));
        let is_used = is_content && !is_default(field, raw)
            || USED.iter().any(|used| name.eq_ignore_ascii_case(used));
        if is_used {
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
