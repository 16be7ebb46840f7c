//! Repairs what a mail goes through on its way: the traces of an mbox file (RFC 4155), bytes that are no UTF-8 in a
//! header that declares nothing, bodies whose charset is missing or wrong, parts without an end.

use std::borrow::Cow;

use encoding_rs::WINDOWS_1252;
use memchr::memchr;

use super::escapes;
use super::header::Header;

/// Cuts off what is no header yet: the separator of an mbox, which some archives keep as the first line, a byte order
/// mark, and empty lines before a header.
pub(super) fn without_separator(raw: &[u8]) -> &[u8] {
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

/// Undoes the quoting of a `From` that began a line.
pub(super) fn without_quotes(text: String) -> String {
    if !text.contains(">From ") {
        return text;
    }
    let text = text.replace("\n>From ", "\nFrom ");
    match text.strip_prefix(">From ") {
        Some(rest) => format!("From {rest}"),
        None => text,
    }
}

/// Copies the message with a header that is UTF-8 (RFC 6532), whatever bytes it had; `None` when it is that already.
pub(super) fn header_in_utf8(header: &Header<'_>) -> Option<Vec<u8>> {
    // Nearly every message is UTF-8 as a whole, and one look tells that.
    let is_utf8 = |bytes: &[u8]| str::from_utf8(bytes).is_ok();
    let is_fine = is_utf8(header.message()) || is_utf8(header.bytes());
    // ISO-2022-JP is UTF-8 by its bytes, and no letter of it by its sense.
    if is_fine && memchr(escapes::ESCAPE, header.bytes()).is_none() {
        return None;
    }
    // Line by line: what one relay wrote is no reason to read another's UTF-8 as something else.
    let mut repaired = Vec::with_capacity(header.message().len() + 64);
    for line in header.bytes().split_inclusive(|byte| *byte == b'\n') {
        repaired.extend_from_slice(text_of(line).as_bytes());
    }
    repaired.extend_from_slice(header.body());
    Some(repaired)
}

/// Decodes text whose charset is not known: UTF-8 or ISO-2022-JP when it is that, whatever was declared, else
/// windows-1252, which mail without a charset of the years before UTF-8 nearly always is.
pub(super) fn text_of(bytes: &[u8]) -> Cow<'_, str> {
    if let Some(text) = escapes::from_unnamed_jis(bytes) {
        return Cow::Owned(text);
    }
    match str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => WINDOWS_1252.decode_without_bom_handling(bytes).0,
    }
}

/// Takes a body as it stands when no part of it was found, because its boundary is another one or never comes: without
/// the lines that look like a part's beginning.
pub(super) fn without_part_headers(raw: &[u8]) -> String {
    let header = Header::parse(raw);
    let text = text_of(header.body());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_without_a_charset_keeps_its_letters() {
        let raw = b"Subject: voil\xe0 \x93x\x94\nTo: \xc3\xa9\n\nbody \xe9";
        let repaired = header_in_utf8(&Header::parse(raw)).unwrap();
        assert!(repaired.starts_with("Subject: voilà “x”\nTo: é\n\n".as_bytes()));
        assert!(repaired.ends_with(b"body \xe9"));
        for good in ["Subject: voilà\n\nx".as_bytes(), b"Subject: x\n\nbody \xe9"] {
            assert_eq!(header_in_utf8(&Header::parse(good)), None);
        }
    }

    #[test]
    fn a_body_is_utf_8_where_it_can_be() {
        assert_eq!(text_of("é".as_bytes()), "é");
        assert_eq!(text_of(b"\xe9"), "é");
    }

    #[test]
    fn every_byte_is_a_letter_of_windows_1252() {
        let unassigned = text_of(b"\x81\x8d\x8f\x90\x9d\xff").into_owned();
        assert_eq!(unassigned, "\u{81}\u{8d}\u{8f}\u{90}\u{9d}\u{ff}");
        let from_0x80 = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
        let bytes: Vec<u8> = (0x80..=0x9f).collect();
        assert_eq!(text_of(&bytes), from_0x80);
    }

    #[test]
    fn a_separator_goes_and_a_header_stays() {
        let cut = |raw: &'static str| String::from_utf8_lossy(without_separator(raw.as_bytes()));
        assert_eq!(
            cut("From a@b Fri Sep  9 15:33:46 1994\nSubject: x\n"),
            "Subject: x\n"
        );
        assert_eq!(cut("\u{feff}\r\n\nSubject: x\n"), "Subject: x\n");
        assert_eq!(cut("\n\nNo header: x"), "\n\nNo header: x");
        assert_eq!(cut("From: a@b\n"), "From: a@b\n");
    }

    #[test]
    fn one_level_of_quoting_is_undone_where_a_line_begins() {
        let text = |text: &str| without_quotes(text.to_owned());
        assert_eq!(
            text(">From a\n>From b >From c\n>>From d"),
            "From a\nFrom b >From c\n>>From d"
        );
    }
}
