//! The needs of a reader who sees differently, or not at all; and what no page may do to any reader.

use std::collections::{BTreeMap, BTreeSet};

use super::fixtures::{busy_day, empty, model_day, print};
use super::{Format, LANGUAGES};
use crate::editor::Edited;
use crate::wording::Language;

/// Every kind of page: a model day, a busy one condensed, a day with nothing.
fn pages(language: Language) -> Vec<String> {
    let busy = busy_day(language, 443);
    vec![
        print(&model_day(language), Format::Html).unwrap(),
        print(&busy, Format::Html).unwrap(),
        print(&busy_day(language, 90), Format::Html).unwrap(),
        print(&sorted_by_age(language), Format::Html).unwrap(),
        print(&empty(language), Format::Html).unwrap(),
    ]
}

/// A busy day on which each theme has either first versions or revisions.
fn sorted_by_age(language: Language) -> Edited {
    let mut edited = busy_day(language, 120);
    for (at, theme) in edited.digest.themes.iter_mut().enumerate() {
        let revision = ["00", "07"][at % 2];
        for draft in &mut theme.drafts {
            draft.revisions = vec![revision.into()];
        }
    }
    edited
}

/// The contrast of two colours, WCAG 2.2, section 1.4.3.
pub fn contrast(one: &str, other: &str) -> f64 {
    let light = |colour: &str| {
        let part = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.04045 {
                value / 12.92
            } else {
                ((value + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) + 0.05
    };
    let (one, other) = (light(one), light(other));
    one.max(other) / one.min(other)
}

/// The colours that `styles` gives to `property`.
fn colours(styles: &str, property: &str) -> BTreeSet<String> {
    let name = |before: &str| {
        before
            .chars()
            .next_back()
            .is_some_and(|c| c == '-' || c.is_ascii_alphanumeric())
    };
    let search = format!("{property}:#");
    styles
        .match_indices(&search)
        .filter(|(at, _)| !name(&styles[..*at]))
        .map(|(at, _)| styles[at + search.len() - 1..at + search.len() + 6].to_owned())
        .collect()
}

/// A page's rules for dark, also Outlook's, and everything else.
fn schemes(html: &str) -> (String, String) {
    const DARK: &str = "@media (prefers-color-scheme:dark){";
    let (mut dark, mut light) = (String::new(), String::new());
    for line in html.lines() {
        let side = if line.starts_with(DARK) || line.starts_with("[data-ogs") {
            &mut dark
        } else {
            &mut light
        };
        side.push_str(line);
        side.push('\n');
    }
    (light, dark)
}

/// The grounds that pages lie on: plain, and what mail programs and Chromium paint.
const LIGHT: [&str; 2] = ["#ffffff", "#f6f8fa"];
const DARK: [&str; 4] = ["#000000", "#121212", "#1e1e1e", "#22262b"];

#[test]
fn every_colour_of_text_has_a_contrast_of_4_5_to_1_on_light_and_on_dark() {
    for html in pages(Language::En) {
        let (light, dark) = schemes(&html);
        let (light, dark) = (colours(&light, "color"), colours(&dark, "color"));
        assert_eq!((light.len(), dark.len()), (3, 3), "{light:?} {dark:?}");
        for (colours, grounds) in [(light, &LIGHT[..]), (dark, &DARK[..])] {
            for colour in &colours {
                for ground in grounds {
                    let found = contrast(colour, ground);
                    assert!(found >= 4.5, "{colour} on {ground}: {found:.2}");
                }
            }
        }
    }
}

#[test]
fn every_coloured_text_changes_with_the_scheme() {
    let html = print(&model_day(Language::En), Format::Html).unwrap();
    let (light, dark) = schemes(&html);
    let mut dark_of = BTreeMap::new();
    for (class, look) in [("t", "#1f2328"), ("m", "#59636e"), ("a", "#0b6472")] {
        assert!(dark.contains(&format!(".{class}{{color:#")), "{class}");
        dark_of.insert(look, class);
    }
    for tag in light.split('<').filter(|tag| tag.contains("style=\"")) {
        for colour in colours(tag, "color") {
            let class = dark_of[colour.as_str()];
            let (_, classes) = tag
                .split_once("class=\"")
                .unwrap_or_else(|| panic!("{tag}"));
            let (classes, _) = classes.split_once('"').unwrap();
            assert!(classes.split(' ').any(|own| own == class), "{tag}");
        }
    }
}

#[test]
fn the_bars_of_the_strip_can_be_told_from_the_page() {
    let mut edited = model_day(Language::En);
    edited.digest.detail = crate::digest::Detail::Summary;
    let html = print(&edited, Format::Html).unwrap();
    let (light, dark) = schemes(&html);
    let (light, dark) = (colours(&light, "background"), colours(&dark, "background"));
    assert_eq!((light.len(), dark.len()), (3, 3), "two bars and the page");
    // WCAG 2.2, section 1.4.11.
    for (bars, ground) in [(light, "#ffffff"), (dark, "#15181c")] {
        assert!(bars.contains(ground));
        for bar in bars.iter().filter(|bar| *bar != ground) {
            let found = contrast(bar, ground);
            assert!(found >= 3.0, "{bar} on {ground}: {found:.2}");
        }
    }
}

#[test]
fn headings_stand_in_order_and_each_says_something() {
    for language in LANGUAGES {
        for html in pages(language) {
            let mut level = 0;
            for heading in html.split("<h").skip(1) {
                let Some(next) = heading.chars().next().and_then(|c| c.to_digit(10)) else {
                    continue;
                };
                assert!(next <= level + 1, "h{next} after h{level}");
                assert_eq!(level == 0, next == 1, "one h1, and it is the first");
                level = next;
                let (_, text) = heading.split_once('>').unwrap();
                let (text, _) = text.split_once("</h").unwrap();
                assert!(!text.trim().is_empty());
            }
            assert!(level > 0);
        }
    }
}

#[test]
fn a_page_tells_its_language_and_loads_nothing() {
    for language in LANGUAGES {
        for html in pages(language) {
            let start = format!("<!doctype html>\n<html lang=\"{}\">", language.tag());
            assert!(html.starts_with(&start));
            let lower = html.to_lowercase();
            for wrong in [
                "src=",
                "srcset",
                "url(",
                "<link",
                "<script",
                "@import",
                "@font-face",
                "<img",
                "<svg",
                "<form",
                "<iframe",
                "<object",
                "<embed",
                "<video",
                "<audio",
                "<base",
                "background=",
                "ping=",
                "http-equiv",
                "<canvas",
                "data:",
                "cid:",
                "http://",
            ] {
                assert!(!lower.contains(wrong), "{wrong}");
            }
            // An address stands only where a reader has to follow it.
            for (at, _) in html.match_indices("https://") {
                assert!(
                    html[..at].ends_with("href=\""),
                    "{}",
                    &html[at - 20..at + 20]
                );
            }
        }
    }
}

#[test]
fn tables_are_layout_and_the_strip_has_words() {
    for language in LANGUAGES {
        for html in pages(language) {
            let presentation = html.matches("role=\"presentation\"").count();
            let strips = html.matches("role=\"img\" aria-label=\"").count();
            assert_eq!(html.matches("<table").count(), presentation + strips);
            if strips > 0 {
                let (_, words) = html.split_once("aria-label=\"").unwrap();
                let (words, _) = words.split_once('"').unwrap();
                assert!(words.len() > 40, "{words}");
            }
        }
    }
}

#[test]
fn what_is_opened_is_closed_and_what_is_jumped_to_is_there() {
    for html in pages(Language::Ja) {
        for mark in [
            "table", "tr", "td", "p", "h2", "h3", "a", "b", "i", "span", "div", "ul", "body",
            "html",
        ] {
            let opened = html.matches(&format!("<{mark}>")).count()
                + html.matches(&format!("<{mark} ")).count();
            let closed = html.matches(&format!("</{mark}>")).count();
            assert_eq!(opened, closed, "{mark}");
        }
        let ids: Vec<&str> = html
            .split(" id=\"")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
            .collect();
        assert_eq!(
            ids.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "each id once"
        );
        for target in html.split("href=\"#").skip(1) {
            let target = target.split('"').next().unwrap();
            assert!(ids.contains(&target), "{target}");
        }
    }
}
