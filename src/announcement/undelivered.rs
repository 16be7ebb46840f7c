//! Reads a delivery report (RFC 3464): which of our mails did not arrive, and why. The report's fields are plain lines
//! in every encoding that the standard allows for them, so no MIME is needed to find them.

use super::header::Glance;

/// What is looked at of a report; the returned mail behind it does not matter.
const READ_AT_MOST: usize = 256 * 1024;
/// More recipients than this are not told.
const RECIPIENTS: usize = 50;
/// A server's words are kept up to this length.
const SAID: usize = 300;

/// A mail of ours that did not arrive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Undelivered {
    /// The mail's Message-ID, without angle brackets.
    pub message_id: String,
    /// To whom, and why, as the report says.
    pub recipients: Vec<(String, String)>,
}

/// Whether a header says that its message is a delivery report.
fn is_report(glance: &Glance<'_>) -> bool {
    glance.content_types.iter().any(|kind| {
        let kind = unfolded(&lossy(kind)).to_ascii_lowercase();
        kind.contains("multipart/report") && kind.contains("delivery-status")
    })
}

/// The mail that a delivery report gives up; `None` for any other message, for a report that only tells of a delay, and
/// where the report does not name a mail that looks like ours.
pub fn undelivered(raw: &[u8]) -> Option<Undelivered> {
    let raw = &raw[..raw.len().min(READ_AT_MOST)];
    if !is_report(&Glance::at(raw)) {
        return None;
    }
    let text = unfolded(&lossy(raw));
    let field = |line: &str, name: &str| {
        let (found, value) = line.split_once(':')?;
        found.eq_ignore_ascii_case(name).then(|| clean(value))
    };
    let (mut message_id, mut recipients) = (None, Vec::new());
    // Each group of fields ends with an empty line (section 2.1).
    for group in text.split("\n\n") {
        let get = |name: &str| group.lines().find_map(|line| field(line, name));
        if let Some(id) = get("Message-ID") {
            let id = id.trim_matches(['<', '>', ' ']).to_owned();
            message_id = Some(id).filter(|id| id.contains(".nikkan@")).or(message_id);
        }
        let failed = get("Action").is_some_and(|action| action.eq_ignore_ascii_case("failed"));
        let recipient = get("Original-Recipient").or_else(|| get("Final-Recipient"));
        if let Some(recipient) = recipient.filter(|_| failed && recipients.len() < RECIPIENTS) {
            let address = recipient
                .split_once(';')
                .map_or(&*recipient, |(_, address)| address);
            let said = [get("Status"), get("Diagnostic-Code")];
            let said = said.into_iter().flatten().collect::<Vec<_>>().join(" ");
            recipients.push((address.trim().to_owned(), said));
        }
    }
    Some(Undelivered {
        message_id: message_id?,
        recipients: Some(recipients).filter(|recipients| !recipients.is_empty())?,
    })
}

fn lossy(raw: &[u8]) -> String {
    String::from_utf8_lossy(raw).replace("\r\n", "\n")
}

fn unfolded(text: &str) -> String {
    text.replace("\n ", " ").replace("\n\t", " ")
}

fn clean(value: &str) -> String {
    let kept = value.chars().filter(|c| !c.is_control()).take(SAID);
    kept.collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    const REPORT: &str = "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n\
        Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b/mx\"\r\n\
        Message-Id: <20251129000101.5@mx.example>\r\n\r\n--b/mx\r\nContent-Description: Notification\r\n\r\nI'm sorry.\r\n\r\n\
        --b/mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\
        X-Postfix-Sender: rfc822; nikkan@example.net\r\n\r\nFinal-Recipient: rfc822; reader@example.net\r\nAction: failed\r\n\
        Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <reader@example.net>:\r\n    user unknown\r\n\r\n\
        --b/mx\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2025-11-28.daily.nikkan@example.net>\r\nSubject: x\r\n\r\n--b/mx--\r\n";

    #[test]
    fn a_report_names_the_mail_the_reader_and_the_reason() {
        let found = undelivered(REPORT.as_bytes()).unwrap();
        assert_eq!(found.message_id, "2025-11-28.daily.nikkan@example.net");
        assert_eq!(
            found.recipients,
            [(
                "reader@example.net".to_owned(),
                "5.1.1 smtp; 550 5.1.1 <reader@example.net>:    user unknown".to_owned()
            )]
        );
    }

    #[test]
    fn delays_other_peoples_mail_and_other_messages_are_none_of_ours() {
        let delayed = REPORT.replace("Action: failed", "Action: delayed");
        assert_eq!(undelivered(delayed.as_bytes()), None);
        let other = REPORT.replace(".nikkan@", "@");
        assert_eq!(undelivered(other.as_bytes()), None);
        let plain = REPORT.replace("multipart/report", "multipart/mixed");
        assert_eq!(undelivered(plain.as_bytes()), None);
        assert_eq!(undelivered(b""), None);
    }
}
