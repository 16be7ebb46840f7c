use super::*;

const TOKEN: &str = "5177e637aaac0b50e5dca8bb";

fn parse_raw(raw: &str) -> Option<BounceReport> {
    parse(&Header::parse(raw.as_bytes()))
}

const REPORT: &str = "From: MAILER-DAEMON@mx.example (Mail Delivery System)\r\nSubject: Undelivered Mail Returned to Sender\r\n\
    Auto-Submitted: auto-replied\r\nContent-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=\"b/mx\"\r\n\
    Message-Id: <20251129000101.5@mx.example>\r\n\r\n--b/mx\r\nContent-Description: Notification\r\n\r\nI'm sorry.\r\n\r\n\
    --b/mx\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example\r\n\
    X-Postfix-Sender: rfc822; nikkan@example.net\r\n\r\nFinal-Recipient: rfc822; reader@example.net\r\nAction: failed\r\n\
    Status: 5.1.1\r\nDiagnostic-Code: smtp; 550 5.1.1 <reader@example.net>:\r\n    user unknown\r\n\r\n\
    --b/mx\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <2025-11-28.daily.nikkan@example.net>\r\nSubject: x\r\n\r\n--b/mx--\r\n";

/// The report, to the address that names a reader.
fn to_token(raw: &str) -> String {
    format!("To: nikkan+{TOKEN}@example.net\r\n{raw}")
}

#[test]
fn a_report_names_the_mail_the_reader_and_the_reason() {
    let found = parse_raw(REPORT).unwrap();
    assert_eq!(found.message_id, "20251129000101.5@mx.example");
    assert_eq!(
        found.about.as_deref(),
        Some("2025-11-28.daily.nikkan@example.net")
    );
    assert_eq!(found.token, None);
    assert!(found.returned.is_empty());
    let field = format!("List-Unsubscribe: <mailto:x@y?subject=unsubscribe%20daily%20{TOKEN}>");
    let with_token = REPORT.replace("Subject: x", &field);
    assert_eq!(parse_raw(&with_token).unwrap().returned, [TOKEN]);
    assert_eq!(
        found.recipients,
        [FailedRecipient {
            address: "reader@example.net".into(),
            diagnostic: "5.1.1 smtp; 550 5.1.1 <reader@example.net>:    user unknown".into(),
            hard: true,
        }]
    );
    assert_eq!(
        parse_raw(&to_token(REPORT)).unwrap().token.as_deref(),
        Some(TOKEN)
    );
}

#[test]
fn words_that_were_folded_stay_apart() {
    let folded = REPORT.replace(":\r\n    user unknown", ":\r\n\tuser\r\n unknown");
    let found = parse_raw(&folded).unwrap();
    assert!(found.recipients[0].diagnostic.ends_with(">: user unknown"));
}

#[test]
fn delays_other_peoples_mail_and_other_messages_are_none_of_ours() {
    let delayed = REPORT.replace("Action: failed", "Action: delayed");
    assert_eq!(parse_raw(&delayed), None);
    assert_eq!(parse_raw(&to_token(&delayed)), None);
    // The words of a warning may sound like those of a failure.
    let worded = delayed.replace(
        "I'm sorry.",
        "Could not be delivered: 550 5.1.1 user unknown",
    );
    assert_eq!(parse_raw(&to_token(&worded)), None);
    let other = REPORT.replace(".nikkan@", "@");
    assert_eq!(parse_raw(&other), None);
    let plain = REPORT.replace("multipart/report", "multipart/mixed");
    assert_eq!(parse_raw(&plain), None);
    assert_eq!(parse_raw(""), None);
}

#[test]
fn a_token_names_the_reader_whatever_is_left_of_the_mail() {
    let replaced = to_token(&REPORT.replace(".nikkan@", "@"));
    let found = parse_raw(&replaced).unwrap();
    assert_eq!((found.token.as_deref(), found.about), (Some(TOKEN), None));
    // One of the mailboxes behind an alias is gone; the reader is still reached.
    let alias = to_token(REPORT).replace(
        "Action: failed",
        "Action: relayed\r\n\r\nFinal-Recipient: rfc822; other@example.net\r\nAction: failed",
    );
    assert!(!parse_raw(&alias).unwrap().recipients[0].hard);
}

#[test]
fn reports_without_fields_are_read_where_the_address_names_the_reader() {
    let qmail = "From: MAILER-DAEMON@mx.example\r\nSubject: failure notice\r\nDate: 29 Nov 2025 00:00:03 -0000\r\n\r\n\
        Hi. This is the qmail-send program at mx.example.\r\n\
        I'm afraid I wasn't able to deliver your message to the following addresses.\r\n\
        This is a permanent error; I've given up. Sorry it didn't work out.\r\n\r\n\
        <reader@mx.example>:\r\nSorry, no mailbox here by that name. (#5.1.1)\r\n\r\n\
        --- Below this line is a copy of the message.\r\n\r\n\
        Message-ID: <x@y>\r\n\r\n5.2.2 mailbox full\r\n";
    assert_eq!(parse_raw(qmail), None);
    let found = parse_raw(&to_token(qmail)).unwrap();
    assert_eq!(
        found.recipients,
        [FailedRecipient {
            address: String::new(),
            diagnostic: "sorry, no mailbox here by that name. (#5.1.1)".into(),
            hard: true,
        }]
    );
    let exchange = "From: \"System Administrator\" <postmaster@corp.example>\r\nSubject: Undeliverable: x\r\n\r\n\
        Your message did not reach some or all of the intended recipients.\r\n\r\n\
        The following recipient(s) could not be reached:\r\n\r\n\
        reader@corp.example on 11/29/2025 1:00 AM\r\n\
        The e-mail account does not exist at the organization this message was sent to.\r\n\
        <mail.corp.example #5.1.1>\r\n";
    assert!(parse_raw(&to_token(exchange)).unwrap().recipients[0].hard);
    let full = qmail.replace(
        "Sorry, no mailbox here by that name. (#5.1.1)",
        "mailbox full (#5.2.2)",
    );
    assert!(!parse_raw(&to_token(&full)).unwrap().recipients[0].hard);
    let exim = "From: Mail Delivery System <Mailer-Daemon@mx.example>\r\nX-Failed-Recipients: reader@mx.example\r\n\
        Auto-Submitted: auto-replied\r\nSubject: Mail delivery failed: returning message to sender\r\n\r\n\
        A message that you sent could not be delivered to one or more of its\r\nrecipients. This is a permanent error. \
        The following address(es) failed:\r\n\r\n  reader@mx.example\r\n    Unrouteable address\r\n";
    let found = parse_raw(&to_token(exim)).unwrap();
    assert!(found.recipients[0].hard);
    assert_eq!(found.recipients[0].diagnostic, "unrouteable address");
}

#[test]
fn answers_of_people_and_news_of_delays_are_no_bounces() {
    for raw in [
        "From: Ann <ann@example.net>\r\nSubject: Re: digest\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\n\
            I am away. The mailbox of my colleague does not exist any more.\r\n",
        "From: MAILER-DAEMON@mx.example\r\nSubject: delayed 24 hours\r\n\r\n\
            THIS IS A WARNING MESSAGE ONLY. 450 4.1.1 user unknown; it will be retried for 4 days.\r\n",
        "From: postmaster@mx.example\r\nSubject: hello\r\n\r\nWe have a new server.\r\n",
        "From: MAILER-DAEMON@mx.example\r\nSubject: x\r\n\r\n",
    ] {
        assert_eq!(parse_raw(&to_token(raw)), None, "{raw}");
    }
}

#[test]
fn hostile_reports_are_read_in_bounded_time() {
    let began = std::time::Instant::now();
    for body in [
        "Action: failed\r\nFinal-Recipient: x\r\n\r\n",
        "5.1.1.",
        "\r\n\r\n",
        "@ <",
        "İ",
    ] {
        let raw = to_token(&format!(
            "From: MAILER-DAEMON@x\r\nContent-Type: multipart/report; report-type=delivery-status\r\n\r\n{}",
            body.repeat(1_000_000 / body.len())
        ));
        let _ = parse_raw(&raw);
    }
    assert!(began.elapsed() < std::time::Duration::from_secs(30));
}
