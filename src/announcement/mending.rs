//! What a mail goes through on its way, undone: bytes that are no UTF-8 in a header that declares nothing, bodies whose
//! charset is missing or wrong, marks of mbox files, parts without an end.

use std::borrow::Cow;

use super::header::header_end;

/// The characters of windows-1252 from 0x80 to 0x9f; the rest of it is Latin-1. Mail without a charset of the years
/// before UTF-8 is nearly always this.
const FROM_0X80: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// The message with a header that is UTF-8 (RFC 6532), whatever bytes it had.
pub(super) fn header(raw: &[u8]) -> Cow<'_, [u8]> {
    if std::str::from_utf8(raw).is_ok() {
        return Cow::Borrowed(raw);
    }
    let end = header_end(raw);
    if std::str::from_utf8(&raw[..end]).is_ok() {
        return Cow::Borrowed(raw);
    }
    // Line by line: what one relay wrote is no reason to read another's UTF-8 as something else.
    let mut mended = Vec::with_capacity(raw.len() + 64);
    for line in raw[..end].split_inclusive(|byte| *byte == b'\n') {
        mended.extend_from_slice(self::body(line).as_bytes());
    }
    mended.extend_from_slice(&raw[end..]);
    Cow::Owned(mended)
}

/// A body's text from its bytes as they stood in the message: UTF-8 where they are that, whatever was declared.
pub(super) fn body(bytes: &[u8]) -> String {
    match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        Err(_) => of_windows_1252(bytes),
    }
}

/// Some archives keep the mbox separator as the first line, which is no header field; some editors put a byte order mark
/// or empty lines there.
pub(super) fn without_mbox_line(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let blank = raw
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let field = raw[blank..]
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-'));
    let is_header = field.is_some_and(|end| end > 0 && raw[blank + end] == b':');
    let raw = if is_header { &raw[blank..] } else { raw };
    let is_separator = raw.starts_with(b"From ") || raw.starts_with(b">From ");
    match raw.iter().position(|byte| *byte == b'\n') {
        Some(end) if is_separator => &raw[end + 1..],
        _ => raw,
    }
}

/// A `From` that began a line was quoted by some mbox on the way.
pub(super) fn without_mbox_quotes(text: String) -> String {
    if !text.contains(">From ") {
        return text;
    }
    let text = text.replace("\n>From ", "\nFrom ");
    match text.strip_prefix(">From ") {
        Some(rest) => format!("From {rest}"),
        None => text,
    }
}

/// The body where no part of it was found, because its boundary is another one or never comes: without the lines that
/// look like a part's beginning.
pub(super) fn without_part_headers(raw: &[u8]) -> String {
    let text = body(&raw[header_end(raw)..]);
    let mut lines = Vec::new();
    let mut in_header = false;
    for line in text.lines() {
        let begins = line.starts_with("--") && !line.contains(' ');
        in_header = (in_header || begins) && !(in_header && line.trim().is_empty());
        if !in_header {
            lines.push(line);
        }
    }
    lines.join("\n")
}

fn of_windows_1252(bytes: &[u8]) -> String {
    bytes
        .iter()
        .map(|byte| match byte {
            0x80..=0x9f => FROM_0X80[usize::from(byte - 0x80)],
            other => char::from(*other),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_without_a_charset_keeps_its_letters() {
        let raw = b"Subject: voil\xe0 \x93x\x94\nTo: \xc3\xa9\n\nbody \xe9";
        let mended = header(raw);
        assert!(mended.starts_with("Subject: voilà “x”\nTo: é\n\n".as_bytes()));
        assert!(mended.ends_with(b"body \xe9"));
        let good = "Subject: voilà\n\nx".as_bytes();
        assert!(matches!(header(good), Cow::Borrowed(_)));
    }

    #[test]
    fn a_body_is_utf_8_where_it_can_be() {
        assert_eq!(body("é".as_bytes()), "é");
        assert_eq!(body(b"\xe9"), "é");
    }
}
