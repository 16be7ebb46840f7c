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
