use super::*;
use crate::digest::{Evidence, HeadlinePart, HotTopic, Silence, Unread};
use crate::press::tests::LANGUAGES;
use crate::press::tests::fixtures::{busy_day, day, draft, empty, model_day};
use crate::wording::Language;

#[test]
fn a_preheader_that_has_little_to_say_goes_on_with_the_largest_themes() {
    let mut edited = busy_day(Language::En, 90);
    edited.digest.hot_topics.clear();
    edited
        .digest
        .hot_topics
        .push(topic("draft-a", "SOUTH: Words", &[], false));
    let told = preheader(&edited);
    assert!(told.contains("Theme number 0 & more 7"), "{told}");
    assert!((40..=90).contains(&told.width()), "{told}");
}

fn topic(document: &str, title: &str, headline: &[(&str, bool)], new: bool) -> HotTopic {
    HotTopic {
        document: document.into(),
        title: title.into(),
        reason: String::new(),
        with: Vec::new(),
        headline: headline
            .iter()
            .map(|(text, linked)| HeadlinePart {
                text: (*text).into(),
                document: linked.then(|| document.to_owned()),
            })
            .collect(),
        gist: crate::digest::Gist::default(),
        evidence: new.then_some(Evidence::New).into_iter().collect(),
    }
}

/// The day after which the page is modelled, with its headlines.
fn the_articles_day(language: Language) -> Edited {
    let mut edited = model_day(language);
    let digest = &mut edited.digest;
    digest.counts.drafts = 14;
    digest.heard = vec![("i-d-announce".into(), 15), ("ietf-announce".into(), 0)];
    let clientid: &[(&str, bool)] = match language {
        Language::En => &[
            ("CLIENTID: Client Identity for ", false),
            ("SMTP", true),
            (" and ", false),
            ("IMAP", true),
        ],
        Language::Ja => &[
            ("CLIENTID：クライアント識別のための", false),
            ("SMTP", true),
            ("・", false),
            ("IMAP", true),
            ("サービス拡張", false),
        ],
    };
    let gateway: &[(&str, bool)] = match language {
        Language::En => &[
            ("Requirements for ", false),
            ("Agent Gateway", true),
            (", and for ", false),
            ("A2A in Enterprise", true),
        ],
        Language::Ja => &[
            ("Agent Gatewayの要件", true),
            ("と、", false),
            ("企業でのエージェント連携のためのA2A拡張要件", true),
        ],
    };
    digest.hot_topics = vec![
        topic(
            "draft-liu-agent-gateway",
            "Requirements for Agent Gateway",
            gateway,
            false,
        ),
        topic(
            "draft-ietf-mailmaint-smtp-clientid",
            "SMTP Service Extension for Client Identity",
            clientid,
            false,
        ),
        topic(
            "draft-gaikwad-south-authorization",
            "SOUTH: Stochastic Authorization for Agent and Service Requests",
            &[(
                "SOUTH: Stochastic Authorization for Agent and Service Requests",
                true,
            )],
            true,
        ),
    ];
    edited
}

#[test]
fn the_model_day_says_what_it_brings() {
    let edited = the_articles_day(Language::En);
    assert_eq!(
        subject(&edited),
        "Agent Gateway; SMTP/IMAP CLIENTID · 14 drafts, 28 Nov"
    );
    assert_eq!(
        preheader(&edited),
        "SOUTH: Stochastic Authorization for Agent…, first version · netmod: 1 document"
    );
    let edited = the_articles_day(Language::Ja);
    assert_eq!(
        subject(&edited),
        "Agent Gateway、SMTP/IMAPのCLIENTID、SOUTH｜14件 11/28"
    );
}

#[test]
fn a_quiet_day_says_why_and_an_unread_one_does_not_call_itself_quiet() {
    let mut edited = empty(Language::En);
    assert_eq!(subject(&edited), "Quiet: nothing announced · 28 Nov");
    edited.digest.silence = Some(Silence {
        reasons: vec![SilenceReason::Weekend],
        last: Some("2025-11-26T17:20:00Z".parse().unwrap()),
        lately: Vec::new(),
    });
    assert_eq!(subject(&edited), "Quiet: weekend · 28 Nov");
    assert_eq!(preheader(&edited), "the last draft or RFC came on 26 Nov");
    edited.digest.unread = Some(Unread {
        since: None,
        partly: false,
    });
    assert!(!subject(&edited).contains("weekend"));
}

#[test]
fn a_week_and_several_days_name_their_span() {
    let mut edited = the_articles_day(Language::En);
    edited.digest.since = Some(day("2025-11-24"));
    assert!(subject(&edited).ends_with(" · 14 drafts, 24–28 Nov"));
    edited.digest.since = Some(day("2025-10-30"));
    assert!(subject(&edited).ends_with("14 drafts, 30 Oct – 28 Nov"));
    edited.digest.language = Language::Ja;
    assert!(subject(&edited).ends_with("｜14件 10/30〜11/28"));
}

#[test]
fn a_small_day_is_told_by_its_titles_first_versions_first_and_a_large_one_by_its_themes() {
    let mut edited = model_day(Language::En);
    edited.digest.hot_topics.clear();
    let told = subject(&edited);
    assert_eq!(
        told,
        "SOUTH; System-defined Configuration · 3 drafts, 28 Nov"
    );
    assert!(preheader(&edited).contains(" · YANG Metadata Annotation for Immutable Flag"));
    let mut edited = busy_day(Language::En, 90);
    edited.digest.hot_topics.clear();
    assert!(
        subject(&edited).starts_with("Theme number 0 & more 7"),
        "{}",
        subject(&edited)
    );
    // The parts of a divided theme are one theme in the subject.
    edited.digest.themes.truncate(3);
    for (theme, title) in edited.digest.themes.iter_mut().zip([
        "Agents: Communication (1 of 2)",
        "Agents: Communication (2 of 2)",
        "DNS (and more)",
    ]) {
        theme.title = title.into();
    }
    let told = subject(&edited);
    assert!(told.starts_with("Agents: Communication 1"), "{told}");
    assert!(!told.contains("of 2"), "{told}");
}

#[test]
fn whatever_comes_a_subject_has_60_columns_and_a_preheader_90_that_repeat_nothing() {
    let long = "Requirements ".repeat(40);
    let titles = [
        long.as_str(),
        "x".repeat(300).as_str(),
        "エージェント連携のための要件と考慮事項".repeat(9).as_str(),
        "=?utf-8?q?evil?= https://evil.example/ \u{202e}gnp",
        "(((((((((((((((((((((((((((((((((((((",
        ": : : ",
        "",
    ]
    .map(str::to_owned);
    for language in LANGUAGES {
        for title in &titles {
            let mut edited = the_articles_day(language);
            let digest = &mut edited.digest;
            digest.counts = crate::digest::Counts {
                drafts: 4_443,
                rfcs: 112,
                announcements: 9_999,
            };
            digest.since = Some(day("2025-09-28"));
            digest.hot_topics[0] = topic("draft-a", title, &[], true);
            digest.hot_topics[1].headline[0].text.clone_from(title);
            digest.themes[0].drafts = vec![draft("draft-a", &["00"], title)];
            let (subject, preheader) = (subject(&edited), preheader(&edited));
            assert!(
                subject.width() <= 60 && preheader.width() <= 90,
                "{subject}\n{preheader}"
            );
            assert!(!subject.contains("=?") && !subject.contains("evil.example"));
            for piece in preheader.split([';', '·', '｜', '、']).map(str::trim) {
                assert!(piece.is_empty() || !subject.contains(piece), "{piece}");
            }
        }
    }
}

#[test]
fn an_rfc_that_is_only_spoken_of_was_not_published() {
    let mut edited = empty(Language::En);
    edited.digest.hot_topics = vec![topic("rfc3683", "A Practice", &[], false)];
    let told = subject(&edited);
    assert!(told.starts_with("Last call: RFC 3683 · "), "{told}");
    edited.digest.hot_topics[0].evidence = vec![Evidence::Approved];
    let told = subject(&edited);
    assert!(told.starts_with("Approved: RFC 3683 · "), "{told}");
}
