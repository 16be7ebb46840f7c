//! The site and its feed: pages that know their neighbours, XML that is well formed whatever a title says.

use super::{Issue, day_page, feed, index_page};
use crate::digest::Edition;
use crate::editor::Edited;
use crate::press::tests::fixtures::{busy_day, day, empty, model_day, print};
use crate::press::tests::hostile::{carrying, harmless_as_long};
use crate::press::tests::{self, LANGUAGES};
use crate::press::{self, Format, Press};
use crate::wording::Language;

const HOSTILE: [&str; 4] = [
    "</title></div><script>alert(1)</script>]]><!-- & &amp; &#0; \" ' <x/>",
    "a\u{202e}b\u{1b}[31mc\u{0}d\u{fffe}\u{ffff}\u{fdd0}\u{b}",
    "https://evil.example/ www.evil.example [a](https://evil.example)",
    "{{ 7 * 7 }}{% x %}",
];

fn edition(language: Language) -> Edition {
    Edition {
        language,
        ..tests::edition("nikkan <n@example.net>", &["a@example.org"])
    }
}

/// The elements of `xml` in their order, with their nesting; panics when it is not well formed.
fn elements(xml: &str) -> Vec<String> {
    let mut open: Vec<&str> = Vec::new();
    let mut found = Vec::new();
    let mut rest = xml
        .strip_prefix("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n")
        .unwrap();
    while let Some(at) = rest.find('<') {
        text(&rest[..at]);
        let end = at + rest[at..].find('>').unwrap();
        let tag = &rest[at + 1..end];
        rest = &rest[end + 1..];
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "closes what is not open");
            continue;
        }
        let (tag, empty) = tag
            .strip_suffix('/')
            .map_or((tag, false), |tag| (tag, true));
        let name = tag.split(' ').next().unwrap();
        assert!(name.bytes().all(|b| b.is_ascii_alphanumeric()), "<{tag}>");
        assert_eq!(tag.matches('"').count() % 2, 0, "{tag}");
        text(tag);
        open.push(name);
        found.push(open.join("/"));
        if empty {
            open.pop();
        }
    }
    assert!(open.is_empty() && rest.trim().is_empty(), "{open:?} {rest}");
    found
}

/// Panics at an ampersand that begins no known reference, and at what XML cannot hold.
fn text(text: &str) {
    for after in text.split('&').skip(1) {
        let known = ["amp;", "lt;", "gt;", "quot;", "#39;"];
        assert!(
            known.iter().any(|name| after.starts_with(name)),
            "&{after:.20}"
        );
    }
    let cannot = |c: char| c < ' ' && c != '\n' || matches!(c, '\u{fffe}' | '\u{ffff}');
    assert!(!text.contains(cannot), "{text}");
}

#[test]
fn a_feed_has_what_rfc_4287_asks_for() {
    for language in LANGUAGES {
        let mut older = empty(language);
        older.digest.date = day("2025-11-27");
        let days = [model_day(language), older];
        let base = Some("https://www.example.net/nikkan/");
        let xml = feed(&edition(language), &days, base);
        let elements = elements(&xml);
        let count = |path: &str| elements.iter().filter(|found| *found == path).count();
        for (path, times) in [
            ("feed", 1),
            ("feed/id", 1),
            ("feed/title", 1),
            ("feed/updated", 1),
            ("feed/author/name", 1),
            ("feed/link", 2),
            ("feed/entry", 2),
            ("feed/entry/id", 2),
            ("feed/entry/title", 2),
            ("feed/entry/updated", 2),
            ("feed/entry/published", 2),
            ("feed/entry/link", 2),
            ("feed/entry/content", 2),
            // The one child of content of the type xhtml, section 4.1.3.3.
            ("feed/entry/content/div", 2),
        ] {
            assert_eq!(count(path), times, "{path}\n{xml}");
        }
        for said in [
            "<id>tag:example.net,2025:nikkan/daily</id>",
            "<id>tag:example.net,2025:nikkan/daily/2025-11-28</id>\n",
            "<updated>2025-11-29T00:00:00Z</updated>",
            "rel=\"self\" type=\"application/atom+xml\" href=\"https://www.example.net/nikkan/feed.atom\"",
            "href=\"https://www.example.net/nikkan/2025-11-27.html\"",
            "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">",
        ] {
            assert!(xml.contains(said), "{said}\n{xml}");
        }
        for draft in days[0].digest.drafts() {
            assert!(xml.contains(&draft.name), "{}", draft.name);
        }
        let relative = feed(&edition(language), &days, None);
        assert!(
            relative.contains("href=\"2025-11-28.html\"") && !relative.contains("rel=\"self\"")
        );
        // Where it is served changes no identifier.
        let ids = |xml: &str| {
            xml.lines()
                .filter(|l| l.starts_with("<id>"))
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        assert_eq!(ids(&relative), ids(&xml));
    }
}

#[test]
fn an_empty_feed_and_an_empty_list_are_whole() {
    let xml = feed(&edition(Language::En), &[], None);
    assert!(elements(&xml).contains(&"feed/updated".to_owned()));
    for language in LANGUAGES {
        let index = index_page(&Press::default(), language, &[]).unwrap();
        assert!(index.contains(&crate::wording::say(language, "site-empty", &[])));
    }
}

#[test]
fn what_a_title_says_is_only_text_in_the_feed_and_on_the_site() {
    let press = Press::default();
    for language in LANGUAGES {
        let page = |edited: &Edited| {
            let html = day_page(&press, edited, Some(day("2025-11-27")), None).unwrap();
            let index = index_page(&press, language, &[Issue::of(edited)]).unwrap();
            [html, index]
        };
        let tags = |html: &[String; 2]| html.each_ref().map(|html| html.matches('<').count());
        for text in HOSTILE {
            let edited = carrying(text, language);
            let harmless = carrying(&harmless_as_long(text), language);
            let shape = elements(&feed(
                &edition(language),
                std::slice::from_ref(&harmless),
                None,
            ));
            let xml = feed(&edition(language), std::slice::from_ref(&edited), None);
            assert_eq!(elements(&xml), shape, "{text}");
            let pages = page(&edited);
            assert_eq!(tags(&pages), tags(&page(&harmless)), "{text}");
            for printed in pages.iter().chain([&xml]) {
                let hostile = printed
                    .chars()
                    .find(|c| *c != '\n' && press::clean::is_hostile(*c));
                assert_eq!(hostile, None, "{text}");
                for wrong in ["://evil", "www.evil", "<script", "49"] {
                    let found = printed.to_lowercase().contains(wrong);
                    assert!(
                        !found || wrong == "49" && !text.contains("7 * 7"),
                        "{wrong}"
                    );
                }
            }
        }
        let long = carrying(&"title ".repeat(2_000), language);
        let index = index_page(&press, language, &[Issue::of(&long)]).unwrap();
        assert!(index.len() < 8_000, "{}", index.len());
    }
}

#[test]
fn a_page_knows_its_neighbours_and_is_the_full_edition() {
    let press = Press::default();
    let edited = busy_day(Language::Ja, 443);
    let page = day_page(
        &press,
        &edited,
        Some(day("2025-11-26")),
        Some(day("2025-11-29")),
    )
    .unwrap();
    for link in [
        "<link rel=\"prev\" href=\"2025-11-26.html\">",
        "<link rel=\"next\" href=\"2025-11-29.html\">",
        "<link rel=\"alternate\" type=\"application/json\" href=\"2025-11-28.json\">",
        "← 11月26日</a>",
        "11月29日 →</a>",
        "href=\"index.html\">バックナンバー</a>",
    ] {
        assert!(page.contains(link), "{link}");
    }
    for draft in edited.digest.drafts() {
        assert!(page.contains(&draft.name) && page.contains(&draft.links.html));
    }
    let alone = day_page(&press, &edited, None, None).unwrap();
    assert!(!alone.contains("rel=\"prev\"") && !alone.contains("rel=\"next\""));
    // A mail leads nowhere but to the IETF.
    let mail = print(&edited, Format::Html).unwrap();
    assert!(!mail.contains("index.html") && !mail.contains("feed.atom"));
}

#[test]
fn the_list_of_all_days_is_a_calendar_of_months() {
    let issue = |text: &str, drafts: u32| {
        let mut edited = empty(Language::En);
        edited.digest.date = day(text);
        edited.digest.counts.drafts = drafts;
        Issue::of(&edited)
    };
    let issues = [
        issue("2025-10-20", 443),
        issue("2025-11-01", 0),
        issue("2025-11-28", 14),
    ];
    let index = index_page(&Press::default(), Language::En, &issues).unwrap();
    let at = |text: &str| {
        index
            .find(text)
            .unwrap_or_else(|| panic!("{text}\n{index}"))
    };
    assert!(at(">November 2025<") < at(">October 2025<"), "newest first");
    assert!(
        index.contains("3 digests since Monday, 20 October 2025: 457 Internet-Drafts, 0 RFCs.")
    );
    assert!(index.contains(
        "<td class=\"s4\"><a href=\"2025-10-20.html\" title=\"Monday, 20 October 2025: 443 Internet-Drafts, 0 RFCs\""
    ));
    // 1 November 2025 is a Saturday: five empty cells before it.
    let november = &index[at(">November 2025<")..at(">October 2025<")];
    let first_week = november.split("<tr>").nth(2).unwrap();
    assert!(
        first_week.starts_with(&format!(
            "{}<td class=\"s0\"><a href=\"2025-11-01.html\"",
            "<td></td>".repeat(5)
        )),
        "{first_week}"
    );
    assert_eq!(november.matches("<td").count(), 35);
}

#[test]
fn every_colour_of_the_list_of_days_has_a_contrast_of_4_5_to_1() {
    let html = index_page(&Press::default(), Language::En, &[]).unwrap();
    let (light, dark) = html
        .split_once("@media (prefers-color-scheme:dark)")
        .unwrap();
    let value = |sheet: &str, name: &str| {
        let rest = &sheet[sheet.find(name).unwrap() + name.len()..];
        rest[..rest.find([';', '}']).unwrap()].to_owned()
    };
    // Chromium's own page in the dark scheme.
    for (sheet, page) in [(light, "#ffffff"), (dark, "#121212")] {
        let tint = value(sheet, "--tint:");
        let tint: Vec<f64> = tint.split(',').map(|part| part.parse().unwrap()).collect();
        let shaded = |share: f64| {
            let part = |at: usize| {
                let own = u8::from_str_radix(&page[1 + 2 * at..3 + 2 * at], 16).unwrap();
                (f64::from(own) * (1.0 - share) + tint[at] * share).round() as u8
            };
            format!("#{:02x}{:02x}{:02x}", part(0), part(1), part(2))
        };
        let mut shades = 0;
        for rule in html.split("background:rgba(var(--tint),").skip(1) {
            let share: f64 = rule[..rule.find(')').unwrap()].parse().unwrap();
            let quiet = if share < 0.15 { "--quiet:" } else { "--text:" };
            for colour in ["--text:", quiet] {
                let ratio = tests::access::contrast(&value(sheet, colour), &shaded(share));
                assert!(ratio >= 4.5, "{colour} on {share}: {ratio:.2}");
            }
            shades += 1;
        }
        assert_eq!(shades, 4);
        for colour in ["--text:", "--quiet:", "--accent:"] {
            let ratio = tests::access::contrast(&value(sheet, colour), page);
            assert!(ratio >= 4.5, "{colour}: {ratio:.2}");
        }
    }
}

#[test]
fn a_day_without_hot_topics_is_told_by_what_there_is() {
    let mut edited = model_day(Language::En);
    edited.digest.hot_topics.clear();
    assert_eq!(Issue::of(&edited).leads.len(), 3);
}
