//! Reports that a mail of ours did not arrive, in every form: by the token in the address that they came to, which names the
//! reader whatever the report looks like, and else by the fields of a delivery status notification.

use super::addresses::addressed_token;
use super::dsn::{self, FailedRecipient};
use super::leave_request::message_id;
use super::plain_report;
use crate::mail::Header;

/// A report that a mail of ours did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BounceReport {
    /// The report's own Message-ID without brackets, or a hash of it.
    pub message_id: String,
    /// The token of the reader whom the mail was sent to, in lower case; `None` when the report came to no such address.
    pub token: Option<String>,
    /// The Message-ID of the mail that came back, without angle brackets; there is one where there is no token.
    pub about: Option<String>,
    /// The tokens in the returned mail's `List-Unsubscribe`, in lower case: only who had that mail knows them.
    pub returned: Vec<String>,
    /// To whom it was not delivered; never empty.
    pub recipients: Vec<FailedRecipient>,
}

/// Returns true when a mail with this header may be a report about a mail of ours.
pub fn may_be_report(header: &Header<'_>) -> bool {
    header.is_delivery_report() || addressed_token(header).is_some()
}

/// Parses a report; `None` for any other message, for a report that only tells of a delay, and when neither a token nor the
/// Message-ID of a mail that looks like ours is in it.
pub fn parse(header: &Header<'_>) -> Option<BounceReport> {
    let token = addressed_token(header);
    let is_report = header.is_delivery_report();
    if token.is_none() && !is_report {
        return None;
    }
    let mut fields = dsn::read(header);
    // Fields that tell of a delay tell all: the words above them are about nothing else.
    if token.is_some() && !fields.acted {
        fields.failed.extend(plain_report::read(header));
    }
    // The address leads to several mailboxes, and one of them is there.
    let reached = fields.delivered;
    for failed in &mut fields.failed {
        failed.hard &= !reached;
    }
    let named = token.is_some() || fields.message_id.is_some();
    (named && !fields.failed.is_empty()).then(|| BounceReport {
        message_id: message_id(header),
        token,
        about: fields.message_id,
        returned: fields.returned,
        recipients: fields.failed,
    })
}

#[cfg(test)]
mod tests;
