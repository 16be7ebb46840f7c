use super::*;
use crate::announcement::{List, admit};

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

fn read(raw: &str) -> Option<Word> {
    let clerk = clerk(raw.as_bytes(), &lists())?;
    assert_eq!(clerk.list, "i-d-announce");
    Some(clerk.word)
}

#[track_caller]
fn dubious(raw: &str, why: &str) {
    match read(raw) {
        Some(Word::Dubious(said)) => assert!(said.contains(why), "{said}"),
        other => panic!("not dubious: {other:?}"),
    }
}

#[test]
fn mailmans_own_mails_are_read() {
    assert_eq!(
        read(JOIN),
        Some(Word::Confirm(Confirmation {
            leave: false,
            token: TOKEN.into(),
            to: vec!["reader@mail.example".into()],
        }))
    );
    assert!(matches!(read(LEAVE), Some(Word::Confirm(found)) if found.leave));
    assert_eq!(read(WELCOME), Some(Word::Welcome));
    assert_eq!(read(GOODBYE), Some(Word::Goodbye));
    assert_eq!(read(PENDING), Some(Word::Results));
    // With bare line feeds, and with the address in brackets.
    assert_eq!(read(&JOIN.replace("\r\n", "\n")), read(JOIN));
    let named = JOIN.replace(
        &format!("i-d-announce-confirm+{TOKEN}@lists.example"),
        &format!("The list <I-D-Announce-Confirm+{TOKEN}@LISTS.example>"),
    );
    assert_ne!(named, JOIN);
    assert_eq!(read(&named), read(JOIN));
}

#[test]
fn a_confirmation_without_a_list_id_is_read_as_well() {
    let found = clerk(DOCUMENTED.as_bytes(), &Lists::built_in()).unwrap();
    assert_eq!(found.list, "i-d-announce");
    assert!(matches!(found.word, Word::Confirm(_)), "{found:?}");
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
        assert_eq!(clerk(raw.as_bytes(), &lists()), None, "{raw}");
    }
    assert!(admit(WELCOME.as_bytes(), None, &lists()).is_some());
}

#[test]
fn a_confirmation_from_another_domain_is_dubious() {
    dubious(
        &JOIN.replace("@lists.example\r\nTo", "@evil.example\r\nTo"),
        "it comes from evil.example, and the list is at lists.example",
    );
    dubious(
        &JOIN.replace("@lists.example\r\nTo", "@lists.example.evil.example\r\nTo"),
        "it comes from lists.example.evil.example",
    );
    dubious(
        &JOIN.replace("List-Id: <i-d-announce.", "List-Id: <other."),
        "another list's",
    );
    // A neighbour's name of the same length.
    dubious(
        &JOIN.replace(" i-d-announce-confirm+", " abcdefghijkl-confirm+"),
        "no token in its From",
    );
}

#[test]
fn a_token_in_another_place_is_dubious() {
    let from = format!("i-d-announce-confirm+{TOKEN}@lists.example\r\nTo");
    for elsewhere in [
        "i-d-announce-request@lists.example\r\nTo",
        "i-d-announce-confirm@lists.example\r\nTo",
        "i-d-announce@lists.example\r\nTo",
    ] {
        dubious(&JOIN.replace(&from, elsewhere), "no token in its From");
    }
    dubious(
        &JOIN.replace("confirm c449", "confirm d449"),
        "another token",
    );
}

#[test]
fn a_forged_sender_is_dubious() {
    let field = "From: \r\n i-d-announce-confirm+";
    assert!(JOIN.contains(field));
    dubious(
        &JOIN.replace(
            field,
            "From: evil@evil.example\r\nFrom: i-d-announce-confirm+",
        ),
        "more than one from field",
    );
    dubious(
        &JOIN.replace(field, "From: evil@evil.example, i-d-announce-confirm+"),
        "not one address",
    );
    let hidden = format!("i-d-announce-confirm+{TOKEN}@lists.example\r\nTo");
    dubious(
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
        dubious(
            &format!("Authentication-Results: {results}\r\n{JOIN}"),
            "forged",
        );
    }
    let passed = "Authentication-Results: mx.mail.example; dmarc=pass header.from=lists.example";
    assert_eq!(read(&format!("{passed}\r\n{JOIN}")), read(JOIN));
}

#[test]
fn a_token_that_would_be_more_than_a_token_is_dubious() {
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
        dubious(&put(token), "");
    }
    assert!(matches!(
        read(&put("abcdefgh").replace(TOKEN, "abcdefgh")),
        Some(Word::Confirm(_))
    ));
}

#[test]
fn another_subject_is_dubious() {
    let subject =
        "Your confirmation is needed to join the i-d-announce@lists.example\r\n mailing list.";
    assert!(JOIN.contains(subject));
    for other in [
        "Your confirmation is needed to join the other@lists.example mailing list.",
        "You have been invited to join the i-d-announce@lists.example mailing list.",
        "confirm c449c43d476c1fae5e75c900aa1827980979a6d6",
        "Re: x",
    ] {
        dubious(&JOIN.replace(subject, other), "subject");
    }
}
