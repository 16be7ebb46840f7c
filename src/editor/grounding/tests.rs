//! Good texts stand; each way of being wrong is found, and told so that a model can mend it.

use serde_json::json;

use super::*;
use crate::wording::Language;

mod labelled;

fn item(kind: TextKind, id: &str) -> TextRequest {
    let sent = json!({
        "id": id, "revision": "14", "revisions": ["13", "14"], "title": "System-defined Configuration",
        "updates": [8342], "together_with": [{"id": "draft-sister"}],
        "abstract": "This document updates RFC 8342 to define a system configuration datastore.",
    });
    TextRequest {
        kind,
        id: id.into(),
        revision: "14".into(),
        facts: Arc::default(),
        sent: Arc::new(sent),
    }
}

fn answer(kind: TextKind, id: &str, text: &str) -> Answer {
    Answer {
        kind,
        id: id.into(),
        text: text.into(),
    }
}

const GOOD: &str = "装置が自ら決めた構成をsystem datastoreとして見せ、利用者の設定から参照できるようにします。RFC 8342を更新する提案です。";

/// Returns what is wrong with `text` as the Japanese summary.
fn fault(text: &str) -> String {
    let items = [item(TextKind::Summary, "draft-a")];
    let verdict = judge(
        &items,
        &[answer(TextKind::Summary, "draft-a", text)],
        Language::Ja,
    );
    let (_, why) = verdict.bad.into_iter().next().unwrap_or_default();
    why
}

#[test]
fn a_good_text_stands() {
    assert_eq!(fault(GOOD), "");
    assert_eq!(
        fault(&format!(
            "{GOOD}今回は14回目の改訂で、リビジョン13も同日です。"
        )),
        ""
    );
    assert_eq!(fault(&format!("{GOOD}draft-sisterと対になります。")), "");
}

#[test]
fn what_the_facts_do_not_say_is_refused() {
    for (more, why) in [
        (
            "RFC 9999も見よ。",
            "it names RFC 9999, which the facts do not",
        ),
        (
            "RFC 8342/8040も。",
            "it names RFC 8040, which the facts do not",
        ),
        (
            "ＲＦＣ９９９８も見よ。",
            "it names RFC 9998, which the facts do not",
        ),
        (
            "15回目の改訂です。",
            "it speaks of revision 15, which the facts do not",
        ),
        (
            "本日の初版です。",
            "it speaks of a first version, which the facts do not",
        ),
        (
            "draft-evil-planに続きます。",
            "it names draft-evil-plan, which was not announced",
        ),
        (
            "draft-a-15です。",
            "it names draft-a-15, which was not announced",
        ),
    ] {
        assert_eq!(fault(&format!("{GOOD}{more}")), why);
    }
    assert_eq!(
        fault(
            "これはとても興味を引く話であり、読者の皆さまにぜひ今すぐ読んでいただきたいと思います。"
        ),
        "it names nothing that the facts name"
    );
}

#[test]
fn language_length_and_form_are_as_asked() {
    assert_eq!(
        fault("It defines a system configuration datastore that clients can refer to."),
        "it is not written in Japanese"
    );
    assert_eq!(
        fault("短いsystem。"),
        "it has 9 characters, at least 25 are asked for"
    );
    let long = GOOD.repeat(6);
    assert!(fault(&long).contains("at most 260 are asked for"));
    assert_eq!(
        fault(&format!("{GOOD}\n\n{GOOD}")),
        "it has more than one paragraph"
    );
    assert_eq!(
        fault(&format!("{GOOD}https://evil.example/")),
        "it contains a link or an address"
    );
    // Decoration goes, a link stays wrong.
    assert_eq!(fault(&format!("**{GOOD}**")), "");
    assert_eq!(fault(&format!("<b>{GOOD}</b>")), "it contains mark-up");
}

#[test]
fn every_item_is_answered_once_and_nothing_else_is() {
    let items = [
        item(TextKind::Summary, "draft-a"),
        item(TextKind::Summary, "draft-b"),
        item(TextKind::Summary, "draft-c"),
        item(TextKind::Summary, "draft-d"),
    ];
    let answers = [
        answer(TextKind::Summary, "draft-a", GOOD),
        answer(TextKind::Summary, "draft-b", GOOD),
        answer(TextKind::Summary, "draft-c", &format!("{GOOD}一")),
        answer(TextKind::Summary, "draft-c", &format!("{GOOD}二")),
        answer(TextKind::Summary, "draft-invented", GOOD),
    ];
    let verdict = judge(&items, &answers, Language::Ja);
    assert_eq!(verdict.good, [(0, GOOD.to_owned())]);
    let why: Vec<&str> = verdict.bad.iter().map(|(_, why)| why.as_str()).collect();
    assert_eq!(
        why,
        [
            "another item has the same text",
            "it was answered more than once",
            "it is missing"
        ]
    );
    assert_eq!(verdict.strangers, ["draft-invented"]);
}

#[test]
fn a_line_has_no_more_words_than_the_page_has_room_for() {
    let text = |words: usize| {
        format!(
            "A system configuration datastore{}.",
            " for the clients".repeat(words / 3)
        )
    };
    let item = item(TextKind::Gist, "draft-a");
    assert_eq!(judge_one(&item, &text(21), Language::En), Ok(text(21)));
    assert_eq!(
        judge_one(&item, &text(24), Language::En).unwrap_err(),
        "it has 28 words, at most 25 are asked for"
    );
}

#[test]
fn facts_are_what_was_sent() {
    let facts = GroundingFacts::of(&serde_json::json!({
        "id": "draft-a-b", "revision": "14", "updates": [8342], "pages": 99,
        "abstract": "Extends RFC 8040 with datastores.",
    }));
    assert_eq!(facts.rfcs, BTreeSet::from([8040, 8342]));
    assert_eq!(facts.revisions, BTreeSet::from([14]));
    assert!(facts.drafts.contains("draft-a-b"));
    assert!(facts.words.contains("datastore"));
}

#[test]
fn a_line_that_is_too_long_keeps_its_first_sentences() {
    let first = "A system configuration datastore.";
    let item = item(TextKind::Gist, "draft-a");
    for (more, wanted) in [
        ("", first),
        (
            " It updates RFC 8342.",
            "A system configuration datastore. It updates RFC 8342.",
        ),
        (
            &format!(" Clients may refer{}", " to the system datastore".repeat(9)),
            first,
        ),
    ] {
        let text = format!("{first}{more}");
        assert_eq!(judge_one(&item, &text, Language::En).as_deref(), Ok(wanted));
    }
    let first = "system datastoreという置き場所の提案。";
    let text = format!("{first}{}", "設定を見せる。".repeat(30));
    let kept = judge_one(&item, &text, Language::Ja).unwrap();
    assert!(
        kept.starts_with(first) && kept.chars().count() <= 60 && kept.ends_with('。'),
        "{kept}"
    );
}
