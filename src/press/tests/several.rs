//! Digests of several days, for a week or after an outage, and of filtered editions: nothing in them speaks of one day.

use super::fixtures::{day, empty, model_day, print};
use super::*;
use crate::digest::Scope;

fn covering(mut edited: Edited, weekly: bool) -> Edited {
    edited.digest.since = Some(day("2025-11-22"));
    edited.digest.scope = Scope {
        weekly,
        ..Scope::default()
    };
    edited.digest.connected_minutes = Some(7 * 24 * 60 - 3);
    edited
}

fn flat(edited: &Edited, format: Format) -> String {
    let printed = print(edited, format).unwrap();
    printed.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn a_week_says_which_days_it_covers_and_never_speaks_of_one_day() {
    for (language, said, not) in [
        (
            Language::En,
            ["nikkan · the week 22 to 28 November 2025 (UTC)"],
            [
                "on this day",
                "of the day",
                "today",
                "no digest could be made",
                "weekend",
            ],
        ),
        (
            Language::Ja,
            ["週のまとめ 2025年11月22日〜28日"],
            ["この日", "本日", "今日", "発行できなかった", "週末"],
        ),
    ] {
        let edited = covering(model_day(language), true);
        let html = flat(&edited, Format::Html);
        for text in said {
            assert!(html.contains(text), "{text}");
        }
        for format in [Format::Text, Format::Html, Format::Markdown] {
            let printed = flat(&edited, format);
            let day = ["28 November 2025", "22日〜28日"];
            assert!(day.iter().any(|day| printed.contains(day)), "{format:?}");
            for text in not {
                assert!(!printed.contains(text), "{format:?}: {text}\n{printed}");
            }
            let mut silent = covering(empty(language), true);
            silent.digest.silence = Some(crate::digest::Silence {
                reasons: vec![crate::digest::SilenceReason::Weekend],
                last: Some("2025-11-21T10:00:00Z".parse().unwrap()),
                lately: Default::default(),
            });
            let printed = flat(&silent, format);
            for text in not {
                assert!(!printed.contains(text), "{format:?}: {text}\n{printed}");
            }
        }
    }
}

#[test]
fn after_an_outage_the_digest_says_why_it_covers_several_days() {
    let edited = covering(model_day(Language::En), false);
    let text = flat(&edited, Format::Text);
    assert!(text.contains("7 days, 22 to 28 November 2025"), "{text}");
    assert!(flat(&edited, Format::Html).contains("No digest could be made"));
    assert!(!text.contains("of the week"));
}

#[test]
fn a_filtered_edition_does_not_claim_that_there_was_nothing() {
    for (language, says, counted) in [
        (
            Language::En,
            "passes the filters of this edition",
            "12 more announcements",
        ),
        (
            Language::Ja,
            "この版の絞り込みに合う",
            "12通は載せていません",
        ),
    ] {
        let mut edited = empty(language);
        edited.digest.scope = Scope {
            weekly: false,
            filtered: true,
            hidden: 12,
        };
        for format in [Format::Text, Format::Html, Format::Markdown] {
            let printed = flat(&edited, format);
            assert!(
                printed.contains(says) && printed.contains(counted),
                "{printed}"
            );
        }
    }
}
