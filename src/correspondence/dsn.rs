//! Delivery status notifications (RFC 3464): which of our mails did not arrive, and why. A report's fields are plain
//! lines in every encoding that the standard allows for them, so no MIME is needed to find them.

use crate::mail::Header;

/// Bytes that are parsed of a report; the returned mail after its fields does not matter.
const PARSED: usize = 256 * 1024;
/// The most recipients that are told.
const RECIPIENTS: usize = 50;
/// Characters that are kept of a server's words.
const DIAGNOSTIC: usize = 300;

/// A delivery status notification about a mail of ours that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Dsn {
    /// The mail's Message-ID, without angle brackets.
    pub message_id: String,
    /// To whom it was not delivered; never empty.
    pub recipients: Vec<FailedRecipient>,
}

/// A recipient with the `Action` field `failed` (RFC 3464 section 2.3.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedRecipient {
    /// The address that the mail was sent to, as the report names it.
    pub address: String,
    /// The fields `Status` and `Diagnostic-Code`.
    pub diagnostic: String,
}

/// Parses a delivery report; `None` for any other message, for a report that only tells of a delay, and when the report
/// does not name a mail that looks like ours.
pub fn parse(header: &Header<'_>) -> Option<Dsn> {
    if !header.is_delivery_report() {
        return None;
    }
    let raw = header.message();
    let mut rest = &raw[..raw.len().min(PARSED)];
    let (mut message_id, mut recipients) = (None, Vec::new());
    // Groups of fields, each of which ends with an empty line (section 2.1), have the form of headers.
    while !rest.is_empty() {
        let group = Header::parse(rest);
        rest = group.body();
        if let Some(id) = field(&group, "Message-ID") {
            let id = id.trim_matches(['<', '>', ' ']).to_owned();
            message_id = Some(id).filter(|id| id.contains(".nikkan@")).or(message_id);
        }
        if recipients.len() < RECIPIENTS {
            recipients.extend(failed_recipient(&group));
        }
    }
    Some(Dsn {
        message_id: message_id?,
        recipients: (!recipients.is_empty()).then_some(recipients)?,
    })
}

fn failed_recipient(group: &Header<'_>) -> Option<FailedRecipient> {
    if !field(group, "Action")?.eq_ignore_ascii_case("failed") {
        return None;
    }
    let recipient =
        field(group, "Original-Recipient").or_else(|| field(group, "Final-Recipient"))?;
    // `rfc822; reader@example.net`: the address follows its type.
    let address = recipient
        .split_once(';')
        .map_or(&*recipient, |(_, address)| address);
    let fields = ["Status", "Diagnostic-Code"];
    let diagnostic: Vec<_> = fields
        .iter()
        .filter_map(|name| field(group, name))
        .collect();
    Some(FailedRecipient {
        address: address.trim().to_owned(),
        diagnostic: diagnostic.join(" "),
    })
}

fn field(group: &Header<'_>, name: &str) -> Option<String> {
    let value = group.first(name)?.text();
    let kept = value.chars().filter(|c| !c.is_control()).take(DIAGNOSTIC);
    Some(kept.collect::<String>().trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse_raw(raw: &[u8]) -> Option<Dsn> {
        parse(&Header::parse(raw))
    }

    const REPORT: &str = "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n\
        Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b/mx\"\r\n\
        Message-Id: <20251129000101.5@mx.example>\r\n\r\n--b/mx\r\nContent-Description: Notification\r\n\r\nI'm sorry.\r\n\r\n\
        --b/mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\
        X-Postfix-Sender: rfc822; nikkan@example.net\r\n\r\nFinal-Recipient: rfc822; reader@example.net\r\nAction: failed\r\n\
        Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <reader@example.net>:\r\n    user unknown\r\n\r\n\
        --b/mx\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2025-11-28.daily.nikkan@example.net>\r\nSubject: x\r\n\r\n--b/mx--\r\n";

    #[test]
    fn a_report_names_the_mail_the_reader_and_the_reason() {
        let found = parse_raw(REPORT.as_bytes()).unwrap();
        assert_eq!(found.message_id, "2025-11-28.daily.nikkan@example.net");
        assert_eq!(
            found.recipients,
            [FailedRecipient {
                address: "reader@example.net".into(),
                diagnostic: "5.1.1 smtp; 550 5.1.1 <reader@example.net>:    user unknown".into(),
            }]
        );
    }

    #[test]
    fn words_that_were_folded_stay_apart() {
        let folded = REPORT.replace(":\r\n    user unknown", ":\r\n\tuser\r\n unknown");
        let found = parse_raw(folded.as_bytes()).unwrap();
        assert!(found.recipients[0].diagnostic.ends_with(">: user unknown"));
    }

    #[test]
    fn delays_other_peoples_mail_and_other_messages_are_none_of_ours() {
        let delayed = REPORT.replace("Action: failed", "Action: delayed");
        assert_eq!(parse_raw(delayed.as_bytes()), None);
        let other = REPORT.replace(".nikkan@", "@");
        assert_eq!(parse_raw(other.as_bytes()), None);
        let plain = REPORT.replace("multipart/report", "multipart/mixed");
        assert_eq!(parse_raw(plain.as_bytes()), None);
        assert_eq!(parse_raw(b""), None);
    }
}
