//! A list that fell silent is named at the foot, in every format and language.

use super::fixtures::print;
use super::*;

#[test]
fn the_foot_names_the_lists_that_fell_silent() {
    for (language, said) in [
        (
            Language::En,
            "i-d-announce: nothing for 4 weekdays; the subscription may have ended.",
        ),
        (
            Language::Ja,
            "i-d-announce：平日4日間、何も届いていません。購読が切れている可能性があります。",
        ),
    ] {
        let mut edited = model_day(language);
        for format in [Format::Text, Format::Html, Format::Markdown] {
            let text = |edited: &Edited| {
                let text = print(edited, format).unwrap();
                text.split_whitespace().collect::<Vec<_>>().join(" ")
            };
            edited.digest.silent.clear();
            assert!(!text(&edited).contains(said));
            edited.digest.silent = vec![crate::archive::SilentList {
                list: "i-d-announce".into(),
                last: "2025-11-21".parse().unwrap(),
                weekdays: 4,
            }];
            let text = text(&edited);
            let close = text.replace(' ', "");
            assert!(
                text.contains(said) || close.contains(&said.replace(' ', "")),
                "{format:?}: {text}"
            );
        }
    }
}

#[test]
fn a_day_with_a_last_call_did_not_carry_nothing() {
    let mut edited = fixtures::empty(Language::En);
    edited.digest.silence = Some(crate::digest::Silence {
        reasons: Vec::new(),
        last: None,
        lately: Vec::new(),
    });
    for (announcements, said, not) in [
        (0, "simply carried nothing", "no draft and no RFC"),
        (1, "simply carried no draft and no RFC", "carried nothing"),
    ] {
        edited.digest.counts.announcements = announcements;
        let text = print(&edited, Format::Text).unwrap();
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(text.contains(said) && !text.contains(not), "{text}");
    }
}
