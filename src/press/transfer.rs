//! Parts of every mail: its date, and its text in the form in which it travels (RFC 2045, section 6).

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

/// Lines of a header are folded at this length (RFC 5322, section 2.1.1 wants 78).
pub(super) const LINE: usize = 76;

/// Encodes a text for a mail.
fn encoded(text: String, encoding: ContentTransferEncoding) -> Body {
    // Both encodings take any text; the other arm is only what the signature asks for.
    Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new)
}

/// Encodes a text for a mail in the shorter way: quoted-printable, which can still be read and searched as it is, unless
/// base64 is shorter by a twentieth, as it is for Japanese.
pub(super) fn shortest(text: String) -> Body {
    let encoding = shorter(&text);
    encoded(text, encoding)
}

/// Returns the length of `text` in bytes once [`shortest`] made it a part of a mail.
pub(super) fn encoded_length(text: String) -> usize {
    AsRef::<[u8]>::as_ref(&shortest(text)).len()
}

/// Tells which encoding is worth taking, by their lengths: three octets for one, or four for three.
fn shorter(text: &str) -> ContentTransferEncoding {
    let escaped = text
        .bytes()
        .filter(|byte| !byte.is_ascii() || *byte == b'=');
    let quoted = text.len() + 2 * escaped.count();
    let base64 = text.len().div_ceil(3) * 4;
    if base64 * 20 < quoted * 19 {
        ContentTransferEncoding::Base64
    } else {
        ContentTransferEncoding::QuotedPrintable
    }
}

/// Returns the value of a `Date` field; a clock before 1970 is taken for a fault.
pub(super) fn date_field(instant: Timestamp) -> SystemTime {
    SystemTime::try_from(instant.max(Timestamp::UNIX_EPOCH)).unwrap_or(SystemTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn japanese_travels_in_base64_and_english_in_quoted_printable() {
        let japanese = "エージェントとサービスの要求に対する確率的認可\n".repeat(40);
        let english = "Stochastic Authorization for Agent and Service Requests\n".repeat(40);
        let body = |text: &str| shortest(text.to_owned());
        assert_eq!(body(&japanese).encoding(), ContentTransferEncoding::Base64);
        let quoted = ContentTransferEncoding::QuotedPrintable;
        assert_eq!(body(&english).encoding(), quoted);
        assert!(encoded_length(japanese.clone()) * 2 < encoded(japanese, quoted).as_ref().len());
    }

    #[test]
    fn the_lines_of_a_text_end_as_a_mail_wants_it_in_base64_too() {
        let body = encoded("一\n二\n".repeat(30), ContentTransferEncoding::Base64);
        let encoded: String = String::from_utf8_lossy(body.as_ref())
            .split_whitespace()
            .collect();
        // "一\r\n二\r\n": RFC 2046, section 4.1.1.
        assert!(encoded.starts_with("5LiADQrkuowNCu"), "{encoded}");
    }
}
