//! Delivery status notifications (RFC 3464): which of our mails did not arrive, and why. A report's fields are plain
//! lines in every encoding that the standard allows for them, so no MIME is needed to find them.

use super::addresses::unsubscribe_tokens;
use super::severity::is_hard;
use crate::mail::Header;

/// Bytes that are parsed of a report; the returned mail after its fields does not matter.
pub(super) const PARSED: usize = 256 * 1024;
/// The most recipients that are told.
const RECIPIENTS: usize = 50;
/// Tokens after which no more are looked for.
const RETURNED: usize = 4;
/// The values of the `Action` field (RFC 3464 section 2.3.3).
const ACTIONS: [&str; 5] = ["failed", "delayed", "delivered", "relayed", "expanded"];
/// Characters that are kept of a server's words.
pub(super) const DIAGNOSTIC: usize = 300;

/// What a report's fields tell.
#[derive(Debug, Default)]
pub(super) struct ReportFields {
    /// The Message-ID of the mail that came back, without angle brackets, when it looks like ours.
    pub(super) message_id: Option<String>,
    /// To whom it was not delivered.
    pub(super) failed: Vec<FailedRecipient>,
    /// True when it was delivered to somebody else whom the same address leads to.
    pub(super) delivered: bool,
    /// True when it says of a recipient what became of the mail, be it only a delay.
    pub(super) acted: bool,
    /// The tokens in the `List-Unsubscribe` of the mail that came back.
    pub(super) returned: Vec<String>,
}

/// A recipient with the `Action` field `failed` (RFC 3464 section 2.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRecipient {
    /// The address that the mail was sent to, as the report names it; empty when it names none.
    pub address: String,
    /// The fields `Status` and `Diagnostic-Code`.
    pub diagnostic: String,
    /// True when nobody is at the address, false when it may pass.
    pub hard: bool,
}

/// Reads the fields of a report.
pub(super) fn read(header: &Header<'_>) -> ReportFields {
    let raw = header.message();
    let mut rest = &raw[..raw.len().min(PARSED)];
    let mut found = ReportFields::default();
    // Groups of fields, each of which ends with an empty line (section 2.1), have the form of headers.
    while !rest.is_empty() {
        let group = Header::parse(rest);
        rest = group.body();
        if let Some(id) = field(&group, "Message-ID") {
            let id = id.trim_matches(['<', '>', ' ']).to_owned();
            found.message_id = Some(id).filter(|id| id.contains(OURS)).or(found.message_id);
        }
        if found.returned.len() < RETURNED {
            found.returned.extend(unsubscribe_tokens(&group));
        }
        let Some(action) = field(&group, "Action") else {
            continue;
        };
        let action = action.to_ascii_lowercase();
        found.acted |= ACTIONS.contains(&&*action);
        match &*action {
            "failed" if found.failed.len() < RECIPIENTS => {
                found.failed.extend(failed_recipient(&group));
            }
            "delivered" | "relayed" | "expanded" => found.delivered = true,
            _ => {}
        }
    }
    found
}

/// What is in each Message-ID that is made here.
const OURS: &str = ".nikkan@";

fn failed_recipient(group: &Header<'_>) -> Option<FailedRecipient> {
    let recipient =
        field(group, "Original-Recipient").or_else(|| field(group, "Final-Recipient"))?;
    // `rfc822; reader@example.net`: the address follows its type.
    let address = recipient
        .split_once(';')
        .map_or(&*recipient, |(_, address)| address);
    let [status, words] =
        ["Status", "Diagnostic-Code"].map(|name| field(group, name).unwrap_or_default());
    let hard = is_hard(&status, &words);
    Some(FailedRecipient {
        address: address.trim().to_owned(),
        diagnostic: format!("{status} {words}").trim().to_owned(),
        hard,
    })
}

fn field(group: &Header<'_>, name: &str) -> Option<String> {
    let value = group.first(name)?.text();
    let kept = value.chars().filter(|c| !c.is_control()).take(DIAGNOSTIC);
    Some(kept.collect::<String>().trim().to_owned())
}
