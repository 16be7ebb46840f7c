//! A message, decoded, as the rooms above see it.

use jiff::Timestamp;

use super::subject::without_prefixes;
use super::text::find_ignoring_case;

/// A message, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Decoded, on one line.
    pub subject: String,
    /// The author's bare address in lower case; empty when there is none.
    pub from: String,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The `Date` field, when it is a possible date.
    pub date: Option<Timestamp>,
    /// The `List-Id` field, decoded (RFC 2919).
    pub list_id: Option<String>,
    /// Addresses of lists that say they have carried it: `X-BeenThere`, `Sender`, `To`, `Cc`; lower case.
    pub carriers: Vec<String>,
    /// The body's text with LF line ends, without the list's footer.
    pub text: String,
    /// The messages inside a MIME digest (RFC 2046 section 5.1.5).
    pub inner: Vec<Vec<u8>>,
    /// True for a digest of our own: it has an `X-Nikkan-Edition` field.
    pub own_digest: bool,
    /// True for a report about a mail that could not be delivered, and for somebody's automatic answer (RFC 3834).
    pub automatic: bool,
}

impl Message {
    /// True when the message is a list's digest, by its subject or by who sends such things: `I-D-Announce Digest, Vol
    /// 197, Issue 12` from `i-d-announce-request@ietf.org`. A person may send several messages in one too, which is a
    /// forward.
    pub(super) fn is_list_digest(&self) -> bool {
        let subject = without_prefixes(&self.subject);
        let named = find_ignoring_case(subject, " Digest, Vol ").is_some_and(|at| {
            subject[at..].contains(", Issue ") && !subject[..at].contains([' ', ':'])
        });
        let local = self.from.split('@').next().unwrap_or_default();
        named || (local.ends_with("-request") && !self.inner.is_empty())
    }
}
