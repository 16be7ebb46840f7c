//! Finds the secret in what a file or a command gives: its first line, as it stands there or not at all. What would have to
//! be altered before a server could be sent it is told instead, with the remedy.

use super::Secret;

/// Bytes that are read at most. Passwords have tens of bytes, tokens a few thousand.
pub(super) const MOST: usize = 64 * 1024;

/// The byte order mark of UTF-8.
const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// The byte order marks of UTF-16, which those of UTF-32 begin or end with (RFC 2781 section 3.2).
const UTF16_MARKS: [&[u8]; 3] = [b"\xff\xfe", b"\xfe\xff", b"\0\0\xfe\xff"];

/// Why the first line is no secret that could be sent as it stands. Tells what to do, and nothing of what was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unusable {
    /// There is nothing.
    #[error("gave no password: its first line is empty")]
    Empty,
    /// There is no end.
    #[error("has a first line of more than {} KiB; a password or token is one short line", MOST / 1024)]
    Endless,
    /// A mark that would be sent as part of the password.
    #[error(
        "begins with a byte order mark, which would be part of the password; save it as UTF-8 without one (`UTF-8`, not `UTF-8 with BOM`), as with: sed -i '1s/^\\xEF\\xBB\\xBF//' FILE"
    )]
    Marked,
    /// Two bytes or more for each letter.
    #[error("is UTF-16; save it as UTF-8, as with: iconv -f UTF-16 -t UTF-8 FILE")]
    Utf16,
    /// Another charset: letters outside ASCII would be replaced.
    #[error(
        "is not UTF-8 (Latin-1, perhaps); save it as UTF-8, as with: iconv -f LATIN1 -t UTF-8 FILE"
    )]
    NotUtf8,
    /// A byte that no login can carry (RFC 4616 section 2, RFC 9051 section 9).
    #[error(
        "has a NUL byte in its first line, which no login can carry; write the password as plain text on one line"
    )]
    Nul,
    /// Lines that end as on old Macs: the password and what follows would be one.
    #[error(
        "has a carriage return within its first line; end the line with LF, as with: tr '\\r' '\\n'"
    )]
    CarriageReturn,
}

/// What is allowed and perhaps not meant; the secret is sent without it, or with it, as the words say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Remark {
    /// CRLF: sent without.
    #[error("ends its first line with CRLF, as on Windows; the CR is not sent")]
    Crlf,
    /// Sent without.
    #[error("has more lines; only the first is the password")]
    MoreLines,
    /// Sent with.
    #[error("has a blank at an end of its first line, which is sent as part of the password")]
    BlankAtEnd,
}

/// Returns the first line without its line end, LF or CRLF: editors and `pass` add one, and further lines hold notes.
///
/// # Errors
/// It could not be sent as it stands.
pub(super) fn first_line(bytes: &[u8]) -> Result<Secret, Unusable> {
    if UTF16_MARKS.iter().any(|mark| bytes.starts_with(mark)) {
        return Err(Unusable::Utf16);
    }
    let (line, is_whole) = cut(bytes);
    if !is_whole && bytes.len() > MOST {
        return Err(Unusable::Endless);
    }
    if line.starts_with(UTF8_MARK) {
        return Err(Unusable::Marked);
    }
    if line.contains(&0) {
        return Err(nul_or_utf16(line));
    }
    let text = std::str::from_utf8(line).map_err(|_| Unusable::NotUtf8)?;
    match text {
        "" => Err(Unusable::Empty),
        text if text.contains('\r') => Err(Unusable::CarriageReturn),
        text => Ok(Secret::new(text)),
    }
}

/// Returns what is remarkable about text whose first line is a secret.
pub(super) fn remarks(bytes: &[u8]) -> Vec<Remark> {
    let (line, _) = cut(bytes);
    let rest = bytes.get(line.len()..).unwrap_or_default();
    let mut found = Vec::new();
    let after = match rest.strip_prefix(b"\r\n") {
        Some(after) => {
            found.push(Remark::Crlf);
            after
        }
        None => rest.strip_prefix(b"\n").unwrap_or(rest),
    };
    if after.iter().any(|byte| !byte.is_ascii_whitespace()) {
        found.push(Remark::MoreLines);
    }
    let is_blank = |byte: Option<&u8>| byte.is_some_and(|byte| matches!(byte, b' ' | b'\t'));
    if is_blank(line.first()) || is_blank(line.last()) {
        found.push(Remark::BlankAtEnd);
    }
    found
}

/// Returns the first line, and true when its end was seen.
fn cut(bytes: &[u8]) -> (&[u8], bool) {
    let end = bytes.iter().position(|byte| *byte == b'\n');
    let line = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    (line, end.is_some())
}

/// Tells letters of two bytes, of which one is zero as long as they are Latin, from a byte that strayed in.
fn nul_or_utf16(line: &[u8]) -> Unusable {
    let zero = |parity: usize| {
        let mut bytes = line.iter().skip(parity).step_by(2);
        line.len() > 2 && bytes.all(|byte| *byte == 0)
    };
    match zero(0) || zero(1) {
        true => Unusable::Utf16,
        false => Unusable::Nul,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8]) -> Result<String, Unusable> {
        first_line(bytes).map(|secret| secret.expose().to_owned())
    }

    #[test]
    fn a_line_that_can_be_sent_as_it_stands_is_the_secret() {
        for (bytes, secret) in [
            (&b"correct horse"[..], "correct horse"),
            (b"correct horse\n", "correct horse"),
            (b"correct horse\r\n", "correct horse"),
            (b"correct horse\n\xff\0notes", "correct horse"),
            (" pässwörd 日刊\t\n".as_bytes(), " pässwörd 日刊\t"),
            (b"\x1b[1m\n", "\x1b[1m"),
        ] {
            assert_eq!(read(bytes).unwrap(), secret);
        }
    }

    #[test]
    fn what_would_have_to_be_altered_is_told_by_its_kind() {
        let utf16 = |text: &str, order: fn(u16) -> [u8; 2]| {
            text.encode_utf16().flat_map(order).collect::<Vec<u8>>()
        };
        let marked = |text: &str, order| utf16(&format!("\u{feff}{text}"), order);
        for (bytes, why) in [
            (Vec::new(), Unusable::Empty),
            (b"\nsecret\n".to_vec(), Unusable::Empty),
            (b"\r\n".to_vec(), Unusable::Empty),
            (b"\xef\xbb\xbfsecret\n".to_vec(), Unusable::Marked),
            (b"\xef\xbb\xbf\n".to_vec(), Unusable::Marked),
            (b"p\xe4sswort\n".to_vec(), Unusable::NotUtf8),
            (b"\xf0\x9f\x93\n".to_vec(), Unusable::NotUtf8),
            (marked("secret\n", u16::to_le_bytes), Unusable::Utf16),
            (marked("secret\n", u16::to_be_bytes), Unusable::Utf16),
            (utf16("secret\r\n", u16::to_le_bytes), Unusable::Utf16),
            (utf16("secret\r\n", u16::to_be_bytes), Unusable::Utf16),
            (b"\0\0\xfe\xff\0\0\0s\0\0\0\n".to_vec(), Unusable::Utf16),
            (b"sec\0ret\n".to_vec(), Unusable::Nul),
            (b"secret\0".to_vec(), Unusable::Nul),
            (b"\0".to_vec(), Unusable::Nul),
            (b"secret\rnotes\r".to_vec(), Unusable::CarriageReturn),
            (vec![b'x'; MOST + 1], Unusable::Endless),
        ] {
            assert_eq!(read(&bytes), Err(why), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_left_out_or_perhaps_not_meant_is_remarked() {
        for (bytes, found) in [
            (&b"secret"[..], &[][..]),
            (b"secret\n\n", &[]),
            (b"secret\r\n", &[Remark::Crlf]),
            (b"secret\nuser: reader\n", &[Remark::MoreLines]),
            (
                b"secret \r\nmore",
                &[Remark::Crlf, Remark::MoreLines, Remark::BlankAtEnd],
            ),
        ] {
            assert_eq!(remarks(bytes), found, "{bytes:?}");
        }
    }
}
