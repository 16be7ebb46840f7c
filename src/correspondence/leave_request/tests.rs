use super::*;

const TOKEN: &str = "5177e637aaac0b50e5dca8bb";

fn asked(raw: &str) -> Option<Vec<String>> {
    let header = Header::parse(raw.as_bytes());
    parse(&header).map(|request| request.tokens)
}

/// A mail with these fields and this body.
fn mail(fields: &str, body: &str) -> String {
    format!(
        "From: Reader <Reader@Example.NET>\r\nMessage-ID: <1@example.net>\r\n{fields}\r\n{body}"
    )
}

#[test]
fn what_programs_and_people_send_is_understood() {
    let subject = |text: &str| mail(&format!("Subject: {text}\r\n"), "");
    let base64 = "=?utf-8?B?dW5zdWJzY3JpYmUgZGFpbHkgNTE3N2U2MzdhYWFjMGI1MGU1ZGNhOGJi?=";
    for raw in [
        subject(&format!("unsubscribe daily {TOKEN}")),
        subject(&format!("UNSUBSCRIBE DAILY {}", TOKEN.to_uppercase())),
        subject(&format!("Re: unsubscribe daily {TOKEN}")),
        subject(&format!(
            "AW: [EXTERNAL] Unsubscribe daily {TOKEN} (please!)"
        )),
        subject(&format!("unsubscribe\r\n daily\r\n\t{TOKEN}")),
        subject(&format!("=?utf-8?Q?unsubscribe_daily_{TOKEN}?=")),
        subject(&format!(
            "=?iso-8859-1?Q?unsubscribe?=\r\n =?iso-8859-1?Q?_daily_{TOKEN}?="
        )),
        subject(base64),
        subject(&format!("unsubscribe%20daily%20{TOKEN}")),
        mail("Subject: unsubscribe\r\n", &format!("\r\n{TOKEN}\r\n")),
        mail(
            "Subject: Re: unsubscribe daily\r\n",
            &format!("Hello,\r\n\r\nmy token is <{TOKEN}>.\r\n"),
        ),
        mail(
            "Subject:\r\n",
            &format!("unsubscribe daily {TOKEN}\r\n-- \r\nReader\r\n"),
        ),
        mail(
            "Subject:\r\n",
            &format!("mailto:nikkan@example.net?subject=unsubscribe%20daily%20{TOKEN}\r\n"),
        ),
        mail(
            "Subject: unsubscribe\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\
             Content-Transfer-Encoding: 8bit\r\n",
            &format!("配信停止{TOKEN}です\r\n"),
        ),
        mail(
            "Subject: unsubscribe\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n",
            "PHA+dW5zdWJzY3JpYmUgZGFpbHkgNTE3N2U2MzdhYWFjMGI1MGU1ZGNhOGJiPC9wPg==\r\n",
        ),
    ] {
        assert_eq!(asked(&raw), Some(vec![TOKEN.to_owned()]), "{raw}");
    }
}

#[test]
fn nothing_else_is_a_request() {
    for raw in [
        String::new(),
        // Mail without a subject is not fetched whole, so it asks for nothing.
        mail("", &format!("unsubscribe daily {TOKEN}\r\n")),
        mail("Subject: unsubscribe\r\n", "Please let me leave.\r\n"),
        mail(&format!("Subject: subscribe daily {TOKEN}\r\n"), ""),
        mail(&format!("Subject: your bill {TOKEN}\r\n"), ""),
        mail(
            "Subject: hello\r\n",
            &format!("unsubscribe daily {TOKEN}\r\n"),
        ),
        mail("Subject: unsubscribe daily 5177e637aaac0b50e5dca8b\r\n", ""),
        mail(
            &format!("Subject: unsubscribe daily {TOKEN}{TOKEN}\r\n"),
            "",
        ),
        // A person who answers a digest quotes it.
        mail(
            "Subject: unsubscribe?\r\n",
            &format!("How?\r\n> unsubscribe daily {TOKEN}\r\n"),
        ),
        mail(
            "Subject: unsubscribe\r\nList-Id: <x.example.net>\r\n",
            &format!("{TOKEN}\r\n"),
        ),
        mail(
            "Subject: unsubscribe\r\nAuto-Submitted: auto-replied\r\n",
            &format!("{TOKEN}\r\n"),
        ),
        mail(
            "Subject: unsubscribe\r\n",
            &format!("{}{TOKEN}\r\n", "\r\nx".repeat(LINES + 1)),
        ),
    ] {
        assert_eq!(asked(&raw), None, "{raw}");
    }
}

#[test]
fn a_header_alone_tells_which_mails_to_look_at() {
    let may = |fields: &str| may_ask(&Header::parse(format!("{fields}\r\n").as_bytes()));
    for fields in [
        "Subject: \r\n",
        "Subject: Re: UnSubscribe\r\n",
        "Subject: =?utf-8?Q?un?= =?utf-8?Q?subscribe?=\r\n",
    ] {
        assert!(may(fields), "{fields:?}");
    }
    for fields in [
        "",
        "Subject: lunch\r\n",
        "Subject: =?utf-8?Q?caf=C3=A9?=\r\n",
        "Subject: un\r\n",
    ] {
        assert!(!may(fields), "{fields:?}");
    }
}

#[test]
fn a_machine_gets_no_answer() {
    let automatic = |field: &str| {
        let raw = mail(
            &format!("{field}Subject: unsubscribe daily {TOKEN}\r\n"),
            "",
        );
        parse(&Header::parse(raw.as_bytes())).unwrap().automatic
    };
    assert!(!automatic("") && !automatic("Auto-Submitted: no\r\n"));
    for field in [
        "Return-Path: <>\r\n",
        "Auto-Submitted: auto-generated\r\n",
        "Precedence: Bulk\r\n",
        "X-Auto-Response-Suppress: All\r\n",
    ] {
        assert!(automatic(field), "{field}");
    }
}

#[test]
fn each_mail_is_known_again() {
    let id = |raw: &str| message_id(&Header::parse(raw.as_bytes()));
    assert_eq!(id("Message-ID:\r\n <a@b>\r\n\r\n"), "a@b");
    let (one, other) = (id("Subject: x\r\n\r\n"), id("Subject: y\r\n\r\n"));
    assert!(one.starts_with("sha256:") && one != other);
    assert_eq!(one, id("Subject: x\r\n\r\n"));
}

#[test]
fn a_mail_of_many_tokens_asks_for_a_few() {
    let many: String = (0..5000).map(|n| format!("{n:024x} ")).collect();
    let raw = mail("Subject: unsubscribe\r\n", &many);
    assert_eq!(asked(&raw).unwrap().len(), MOST_TOKENS);
}
