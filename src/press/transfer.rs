//! Parts of every mail: its date, and its text in the form in which it travels (RFC 2045, section 6).

use std::time::SystemTime;

use jiff::Timestamp;
use lettre::message::Body;
use lettre::message::header::ContentTransferEncoding;

/// Lines of a header are folded at this length (RFC 5322, section 2.1.1 wants 78).
pub(super) const LINE: usize = 76;

/// Encodes a text for a mail.
pub(super) fn encoded(text: String, encoding: ContentTransferEncoding) -> Body {
    // Both encodings take any text; the other arm is only what the signature asks for.
    Body::new_with_encoding(text, encoding).unwrap_or_else(Body::new)
}

/// Returns the length of `text` in bytes once it is a part of a mail.
pub(super) fn encoded_length(text: String) -> usize {
    let body = encoded(text, ContentTransferEncoding::QuotedPrintable);
    AsRef::<[u8]>::as_ref(&body).len()
}

/// Returns the value of a `Date` field; a clock before 1970 is taken for a fault.
pub(super) fn date_field(instant: Timestamp) -> SystemTime {
    SystemTime::try_from(instant.max(Timestamp::UNIX_EPOCH)).unwrap_or(SystemTime::UNIX_EPOCH)
}
