use super::*;
use crate::announcement;
use crate::mail::Arrival;

const JOIN: &str = include_str!("../../../tests/data/mailman/confirm-join.eml");
const LEAVE: &str = include_str!("../../../tests/data/mailman/confirm-leave.eml");
const WELCOME: &str = include_str!("../../../tests/data/mailman/welcome.eml");
const GOODBYE: &str = include_str!("../../../tests/data/mailman/goodbye.eml");
const PENDING: &str = include_str!("../../../tests/data/mailman/pending.eml");
const DOCUMENTED: &str = include_str!("../../../tests/data/mailman/confirm-join-documented.eml");
const TOKEN: &str = "c449c43d476c1fae5e75c900aa1827980979a6d6";

fn lists() -> Lists {
    let list = |name: &str| List {
        name: name.into(),
        id: format!("{name}.lists.example"),
    };
    Lists::new(&[list("i-d-announce"), list("rfc-dist")])
}

fn parse_raw(raw: &str, lists: &Lists) -> Option<ListServerMail> {
    parse(&Header::parse(raw.as_bytes()), lists)
}

fn reply(raw: &str) -> Option<CommandReply> {
    let mail = parse_raw(raw, &lists())?;
    assert_eq!(mail.list, "i-d-announce");
    Some(mail.reply)
}

#[track_caller]
fn rejected(raw: &str, why: &str) {
    match reply(raw) {
        Some(CommandReply::Rejected(reason)) => assert!(reason.contains(why), "{reason}"),
        other => panic!("not rejected: {other:?}"),
    }
}

#[test]
fn mailmans_own_mails_are_reply() {
    assert_eq!(
        reply(JOIN),
        Some(CommandReply::ConfirmationRequest(ConfirmationRequest {
            leave: false,
            token: TOKEN.into(),
            to: vec!["reader@mail.example".into()],
        }))
    );
    assert!(matches!(reply(LEAVE), Some(CommandReply::ConfirmationRequest(found)) if found.leave));
    assert_eq!(reply(WELCOME), Some(CommandReply::Welcome));
    assert_eq!(reply(GOODBYE), Some(CommandReply::Goodbye));
    assert_eq!(reply(PENDING), Some(CommandReply::Results));
    // With bare line feeds, and with the address in brackets.
    assert_eq!(reply(&JOIN.replace("\r\n", "\n")), reply(JOIN));
    let named = JOIN.replace(
        &format!("i-d-announce-confirm+{TOKEN}@lists.example"),
        &format!("The list <I-D-Announce-Confirm+{TOKEN}@LISTS.example>"),
    );
    assert_ne!(named, JOIN);
    assert_eq!(reply(&named), reply(JOIN));
}

#[test]
fn a_confirmation_without_a_list_id_is_read_as_well() {
    let found = parse_raw(DOCUMENTED, &Lists::built_in()).unwrap();
    assert_eq!(found.list, "i-d-announce");
    assert!(
        matches!(found.reply, CommandReply::ConfirmationRequest(_)),
        "{found:?}"
    );
}

#[test]
fn announcements_and_personal_mail_are_none_of_it() {
    for raw in [
        "From: internet-drafts@ietf.org\r\nSubject: I-D Action: draft-a-b-00.txt\r\nList-Id: <i-d-announce.lists.example>\r\n\r\nx",
        "From: someone@lists.example\r\nSubject: Welcome to the \"x\"\r\n\r\n",
        // A list's digest is full of announcements, and comes from the same address.
        "From: i-d-announce-request@lists.example\r\nSubject: I-d-announce Digest, Vol 1, Issue 2\r\n\r\n",
        "From: other-request@lists.example\r\nSubject: Welcome to the \"x\"\r\n\r\n",
        "From: i-d-announce-request@evil.example\r\nSubject: Welcome to the \"I-d-announce\" mailing list\r\n\r\n",
        "Subject: nothing\r\n\r\n",
        "",
    ] {
        assert_eq!(parse_raw(raw, &lists()), None, "{raw}");
    }
    let message = Message::parse(WELCOME.as_bytes());
    assert!(announcement::parse_from_list(&message, Arrival::default(), &lists()).is_some());
}

#[test]
fn a_confirmation_from_another_domain_is_rejected() {
    rejected(
        &JOIN.replace("@lists.example\r\nTo", "@evil.example\r\nTo"),
        "it comes from evil.example, and the list is at lists.example",
    );
    rejected(
        &JOIN.replace("@lists.example\r\nTo", "@lists.example.evil.example\r\nTo"),
        "it comes from lists.example.evil.example",
    );
    rejected(
        &JOIN.replace("List-Id: <i-d-announce.", "List-Id: <other."),
        "another list's",
    );
    // A neighbour's name of the same length.
    rejected(
        &JOIN.replace(" i-d-announce-confirm+", " abcdefghijkl-confirm+"),
        "no token in its From",
    );
}

#[test]
fn a_token_in_another_place_is_rejected() {
    let from = format!("i-d-announce-confirm+{TOKEN}@lists.example\r\nTo");
    for elsewhere in [
        "i-d-announce-request@lists.example\r\nTo",
        "i-d-announce-confirm@lists.example\r\nTo",
        "i-d-announce@lists.example\r\nTo",
    ] {
        rejected(&JOIN.replace(&from, elsewhere), "no token in its From");
    }
    rejected(
        &JOIN.replace("confirm c449", "confirm d449"),
        "another token",
    );
}

#[test]
fn a_forged_sender_is_rejected() {
    let field = "From: \r\n i-d-announce-confirm+";
    assert!(JOIN.contains(field));
    rejected(
        &JOIN.replace(
            field,
            "From: evil@evil.example\r\nFrom: i-d-announce-confirm+",
        ),
        "more than one from field",
    );
    rejected(
        &JOIN.replace(field, "From: evil@evil.example, i-d-announce-confirm+"),
        "not one address",
    );
    let hidden = format!("i-d-announce-confirm+{TOKEN}@lists.example\r\nTo");
    rejected(
        &JOIN.replace(
            &hidden,
            &format!("\"i-d-announce-confirm+{TOKEN}@lists.example\" <evil@evil.example>\r\nTo"),
        ),
        "not one address",
    );
    for results in [
        "mx.mail.example; spf=pass smtp.mailfrom=evil.example; dmarc=fail (p=reject) header.from=lists.example",
        "mx.mail.example;\r\n\tdmarc = fail header.from=lists.example",
    ] {
        rejected(
            &format!("Authentication-Results: {results}\r\n{JOIN}"),
            "forged",
        );
    }
    let passed = "Authentication-Results: mx.mail.example; dmarc=pass header.from=lists.example";
    assert_eq!(reply(&format!("{passed}\r\n{JOIN}")), reply(JOIN));
}

#[test]
fn a_token_that_would_be_more_than_a_token_is_rejected() {
    let put = |token: &str| JOIN.replace(&format!("confirm+{TOKEN}"), &format!("confirm+{token}"));
    for token in [
        "abc",
        "12345678\r\n Bcc: victim@mail.example",
        "12345678%0d%0aBcc:victim",
        "12345678=0d=0a",
        "1234=?utf-8?q?=0d=0a?=5678",
        "12345678.evil",
        "12345678\u{e9}\u{e9}",
        &"a".repeat(129),
    ] {
        rejected(&put(token), "");
    }
    assert!(matches!(
        reply(&put("abcdefgh").replace(TOKEN, "abcdefgh")),
        Some(CommandReply::ConfirmationRequest(_))
    ));
}

#[test]
fn another_subject_is_rejected() {
    let subject =
        "Your confirmation is needed to join the i-d-announce@lists.example\r\n mailing list.";
    assert!(JOIN.contains(subject));
    for other in [
        "Your confirmation is needed to join the other@lists.example mailing list.",
        "You have been invited to join the i-d-announce@lists.example mailing list.",
        "confirm c449c43d476c1fae5e75c900aa1827980979a6d6",
        "Re: x",
    ] {
        rejected(&JOIN.replace(subject, other), "subject");
    }
}
