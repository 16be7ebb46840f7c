//! What encodings for the way make of bytes, undone: quoted-printable and base64 (RFC 2045 sections 6.7 and 6.8), and
//! the forms of both in encoded words (RFC 2047 section 4). What is no code is left as it stands.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Some senders leave out the padding, or fill the last letter's unused bits.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Decodes base64; what is no letter of it is left out, and what follows its padding.
pub(super) fn from_base64(text: &[u8]) -> Vec<u8> {
    let letters = text.iter().copied().take_while(|byte| *byte != b'=');
    let is_letter = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let mut letters: Vec<u8> = letters.filter(is_letter).collect();
    // One letter alone is less than a byte.
    if letters.len() % 4 == 1 {
        letters.pop();
    }
    LENIENT.decode(letters).unwrap_or_default()
}

/// Decodes quoted-printable: `=E9` is a byte, `=` at the end of a line joins it to the next.
pub(super) fn from_quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = memchr::memchr(b'=', rest) {
        bytes.extend_from_slice(&rest[..at]);
        rest = &rest[at + 1..];
        let blanks = rest
            .iter()
            .take_while(|byte| matches!(byte, b' ' | b'\t' | b'\r'))
            .count();
        if rest.get(blanks) == Some(&b'\n') {
            rest = &rest[blanks + 1..];
        } else if let Some(byte) = hexadecimal(rest) {
            bytes.push(byte);
            rest = &rest[2..];
        } else {
            bytes.push(b'=');
        }
    }
    bytes.extend_from_slice(rest);
    bytes
}

/// Decodes the text of an encoded word of kind `Q`, in which a blank is an underscore.
pub(super) fn from_q(text: &[u8]) -> Vec<u8> {
    let spaced: Vec<u8> = text
        .iter()
        .map(|byte| if *byte == b'_' { b' ' } else { *byte })
        .collect();
    from_quoted_printable(&spaced)
}

fn hexadecimal(text: &[u8]) -> Option<u8> {
    let digits = str::from_utf8(text.get(..2)?).ok()?;
    let is_digit = |byte: u8| byte.is_ascii_hexdigit();
    digits
        .bytes()
        .all(is_digit)
        .then(|| u8::from_str_radix(digits, 16).ok())?
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_bytes_and_the_rest_stays() {
        let decoded = from_quoted_printable(b"a=C3=A9 =3d =\r\nb= \nc =4 =\xff =");
        assert_eq!(decoded, b"a\xc3\xa9 = bc =4 =\xff =");
        assert_eq!(from_q(b"a_=5F_b"), b"a _ b");
    }

    #[test]
    fn base64_may_be_broken_anywhere_and_lack_its_end() {
        for text in ["Wm/Dqw==", "Wm/D\r\nqw", "Wm/Dqw==trailing", "W m/Dq*w="] {
            assert_eq!(from_base64(text.as_bytes()), "Zoë".as_bytes(), "{text}");
        }
        for text in ["", "=", "A", "\u{e9}"] {
            assert_eq!(from_base64(text.as_bytes()), b"", "{text}");
        }
    }
}
