//! Whatever a message says, a digest only shows it.

use super::fixtures::{day, draft, empty, mail, markdown_parts, print};
use super::{LANGUAGES, PRINTED};
use crate::announcement::{
    Approval, Group, GroupEvent, GroupNews, IesgAction, LastCall, Meeting, NamedDocument, Notice,
    Rfc,
};
use crate::digest::{
    Announced, Edition, Gist, HeadlinePart, HotTopic, LateArrival, Links, ListMessage, RfcEntry,
    Silence, SilenceReason, Theme,
};
use crate::editor::Edited;
use crate::press::{Format, clean, message_id};
use crate::secret::InstallationKey;
use crate::wording::Language;
use unicode_width::UnicodeWidthStr;

/// A digest that carries `text` in every place that comes from outside.
pub fn carrying(text: &str, language: Language) -> Edited {
    let own = || text.to_owned();
    let group = || {
        Some(Group {
            acronym: Some(own()),
            name: Some(own()),
            area: None,
        })
    };
    let links = || Links {
        datatracker: own(),
        html: own(),
        diff: Some(own()),
        message: Some(ListMessage {
            list: "i-d-announce".into(),
            id: "a@b".into(),
        }),
    };
    let named = || NamedDocument {
        name: own(),
        revision: Some(own()),
        title: Some(own()),
    };
    let gist = || Gist {
        sure: true,
        title: Some(own()),
        line: own(),
        kind: Some(own()),
        keywords: vec![own(), own()],
        rfcs: vec![9999],
    };
    let mut entry = draft("draft-a-b", &["03"], text);
    entry.gist = gist();
    entry.authors = vec![own(), own()];
    entry.group = group();
    entry.summary = own();
    entry.related = vec![own()];
    entry.watched = vec![format!("groups: {text}"), own()];
    entry.adopted_from = Some(own());
    entry.links = links();
    let mut nameless = entry.clone();
    nameless.name = own();
    nameless.revisions = vec![own()];
    let mut edited = empty(language);
    let digest = &mut edited.digest;
    digest.themes = vec![Theme {
        key: own(),
        title: own(),
        drafts: vec![entry, nameless],
    }];
    digest.hot_topics = vec![HotTopic {
        document: own(),
        title: own(),
        reason: own(),
        with: vec![own()],
        headline: vec![HeadlinePart {
            text: own(),
            document: Some(own()),
        }],
        gist: gist(),
        evidence: vec![],
    }];
    let rfc = Rfc {
        number: 9999,
        title: Some(own()),
        authors: vec![own()],
        status: Some(own()),
        stream: Some(own()),
        series: vec![own()],
        draft: Some(own()),
        group: group(),
        ..Rfc::default()
    };
    digest.rfcs = vec![RfcEntry {
        rfc,
        summary: own(),
        gist: gist(),
        watched: vec![own()],
        links: links(),
    }];
    let last_call = LastCall {
        documents: vec![named()],
        intended_status: Some(own()),
        ends: None,
        ..LastCall::default()
    };
    digest.last_calls = vec![item(last_call, text)];
    let action = IesgAction {
        approval: Approval::Protocol,
        documents: vec![named(), named()],
        status: Some(own()),
        publish: None,
    };
    digest.actions = vec![item(action, text)];
    let news = GroupNews {
        event: GroupEvent::Formed,
        acronym: Some(own()),
        name: Some(own()),
        area: None,
        closes: None,
        internal: false,
    };
    digest.groups = vec![item(news, text)];
    let meeting = Meeting {
        title: own(),
        group: group(),
        starts: Some(own()),
        zone: Some(own()),
        changed: true,
        cancelled: false,
    };
    digest.meetings = vec![item(meeting, text)];
    digest.notices = vec![item(
        Notice {
            title: own(),
            excerpt: own(),
        },
        text,
    )];
    digest.late = vec![LateArrival {
        day: day("2025-11-27"),
        kind: own(),
        document: Some(own()),
        title: own(),
        links: Some(links()),
    }];
    digest.silence = Some(Silence {
        reasons: vec![SilenceReason::Holiday { name: own() }],
        last: None,
        lately: vec![(own(), 3)],
    });
    digest.sources = vec![own()];
    digest.counts.announcements = 9;
    edited.words.teasers = vec![own()];
    edited.words.essays.insert(own(), own());
    edited.words.closing = Some(own());
    edited.words.editor = own();
    edited
}

fn item<T>(body: T, text: &str) -> Announced<T> {
    Announced {
        body,
        subject: text.into(),
        message_id: Some(text.into()),
        list: Some(text.into()),
        watched: vec![text.into()],
    }
}

const HTML: &str =
    "<script>alert(1)</script><img src=x onerror='a()'>\"'></td></table><h1>&amp; <!-- <a href=x";
const MARKDOWN: &str = "[click](https://evil.example/) ![p](https://evil.example/p.png) **b** __u__ `c` # h | t ~~s~~ <https://evil.example> @all $x$ \\";
const UNSEEN: &str = "a\u{202e}b\u{2066}c\u{2069}\u{200b}d\u{1b}]8;;https://evil.example\u{7}e\u{9b}31mf\u{0}\u{feff}\u{e0041}\r\nBcc: g@evil.example\r\n\r\nh\u{2028}i\u{85}j";
const ALIKE: &str = "https://datatracker.ietf.org.evil.example/doc/ WWW.evil.example HtTpS://evil.example:443/x?y#z http://[::1]/ //evil.example javascript:alert(1) evil.example/doc/draft-a-b d\u{430}tatracker.ietf.org/doc/";
const TEMPLATE: &str = "{{ 7 * 7 }}{% raw %}{# x #}{{ page }}";
const START: [&str; 6] = ["- a", "1. a", "1) a", "+ a", "=== a", "    code"];

/// A text as long as `text` in words and characters once it is cleaned, with nothing in it but letters and a mark: the length of a page's parts
/// decides what it says.
pub fn harmless_as_long(text: &str) -> String {
    let harmless = |c: char| match c {
        c if c.is_whitespace() => c,
        c if c.is_alphanumeric() => 'x',
        _ => '、',
    };
    clean::title(text).chars().map(harmless).collect()
}

/// The characters of mark-up in `html`, outside of text: as many `<` as a harmless digest of the same shape has.
fn tags(html: &str) -> usize {
    html.matches('<').count()
}

#[test]
fn html_stays_the_same_html() {
    for language in LANGUAGES {
        for text in [HTML, MARKDOWN, ALIKE, TEMPLATE] {
            let harmless = carrying(&harmless_as_long(text), language);
            let harmless = print(&harmless, Format::Html).unwrap();
            let html = print(&carrying(text, language), Format::Html).unwrap();
            assert_eq!(tags(&html), tags(&harmless), "{text}");
            for attribute in html.split("href=\"").skip(1) {
                let known = [
                    "https://datatracker.ietf.org/doc/",
                    "https://mailarchive.ietf.org/",
                    "#",
                ];
                assert!(
                    known.iter().any(|start| attribute.starts_with(start)),
                    "{attribute:.80}"
                );
            }
            for wrong in ["<script", "<img", "://evil", "://www", "{% raw %}49"] {
                assert!(!html.to_lowercase().contains(wrong), "{wrong} from {text}");
            }
        }
    }
}

#[test]
fn nothing_unseen_is_in_any_format() {
    for language in LANGUAGES {
        for format in PRINTED {
            let printed = print(&carrying(UNSEEN, language), format).unwrap();
            let hostile = printed
                .chars()
                .find(|c| *c != '\n' && clean::is_hostile(*c));
            assert_eq!(hostile, None, "{format:?}");
            for escaped in ["\\u001b", "\\u0000", "\\u202e", "&#x202e", "&#8238"] {
                assert!(!printed.contains(escaped), "{format:?}: {escaped}");
            }
        }
    }
}

#[test]
fn no_format_for_people_makes_a_link_of_an_address_in_a_title() {
    for format in [Format::Text, Format::Html, Format::Markdown] {
        for text in [ALIKE, MARKDOWN, UNSEEN] {
            let printed = print(&carrying(text, Language::En), format)
                .unwrap()
                .to_lowercase();
            for wrong in [
                "://evil",
                "://www",
                "www.evil",
                " evil.example/doc",
                "tatracker.ietf.org/doc/\u{20}",
                "://datatracker.ietf.org.evil",
            ] {
                assert!(!printed.contains(wrong), "{format:?}: {wrong} from {text}");
            }
        }
    }
}

#[test]
fn markdown_stays_the_same_markdown() {
    let live = |text: &str| -> Vec<(char, usize)> {
        let printed = print(&carrying(text, Language::En), Format::Markdown).unwrap();
        let mut seen = Vec::new();
        let mut chars = printed.chars();
        let mut counts = std::collections::BTreeMap::new();
        while let Some(c) = chars.next() {
            if c == '\\' {
                chars.next();
            } else if "`*_[]<>#|~!$@&".contains(c) {
                *counts.entry(c).or_insert(0) += 1;
            }
        }
        seen.extend(counts);
        seen
    };
    for text in [MARKDOWN, HTML, TEMPLATE] {
        assert_eq!(live(text), live(&harmless_as_long(text)), "{text}");
    }
    for text in START {
        let printed = print(&carrying(text, Language::En), Format::Markdown).unwrap();
        let begun = printed.lines().filter(|line| line.starts_with(text));
        assert_eq!(begun.collect::<Vec<_>>(), Vec::<&str>::new());
    }
}

#[test]
fn json_says_what_was_said_and_nothing_else() {
    for text in [HTML, MARKDOWN, ALIKE, TEMPLATE] {
        let json = print(&carrying(text, Language::En), Format::Json).unwrap();
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["themes"][0]["drafts"][0]["title"], text);
        assert_eq!(value["notices"][0]["excerpt"], text);
    }
}

#[test]
fn ten_thousand_characters_are_cut_and_fit_the_page() {
    for text in ["x".repeat(10_000), "文".repeat(10_000), "a ".repeat(5_000)] {
        let edited = carrying(&text, Language::En);
        let html = print(&edited, Format::Html).unwrap();
        assert!(html.len() < 100_000, "{}", html.len());
        let text = print(&edited, Format::Text).unwrap();
        let wide = text
            .lines()
            .find(|line| !line.contains("https://") && line.width() > 72);
        assert_eq!(wide, None);
    }
}

#[test]
fn ten_thousand_characters_are_cut_where_people_read_and_whole_where_scripts_do() {
    let text = format!("{}end", "title ".repeat(2_000));
    let edited = carrying(&text, Language::Ja);
    for format in [Format::Text, Format::Html, Format::Markdown] {
        let printed = print(&edited, format).unwrap();
        let longest = printed
            .split(['\n', '>'])
            .map(|line| line.chars().count())
            .max();
        assert!(longest < Some(2_500), "{format:?}: {longest:?}");
        assert!(!printed.contains("title end"), "{format:?}");
    }
    let json = print(&edited, Format::Json).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(value["themes"][0]["drafts"][0]["title"], text);
}

#[test]
fn numbered_parts_are_as_harmless_as_the_whole() {
    for text in [HTML, MARKDOWN, UNSEEN, ALIKE, TEMPLATE] {
        let marks = |text: &str| -> Vec<usize> {
            let parts = markdown_parts(&carrying(text, Language::En), 1).unwrap();
            assert_eq!(parts.len(), 2);
            let live = |part: &String| {
                let escaped = part.replace("\\\\", "");
                let bytes = escaped.as_bytes();
                let marks = (0..bytes.len()).filter(|at| {
                    b"`*_[]<>#|~!$@&".contains(&bytes[*at]) && (*at == 0 || bytes[at - 1] != b'\\')
                });
                assert_eq!(
                    part.chars().find(|c| *c != '\n' && clean::is_hostile(*c)),
                    None
                );
                assert!(!part.contains("://evil") && !part.to_lowercase().contains("www.evil"));
                marks.count()
            };
            parts.iter().map(live).collect()
        };
        assert_eq!(marks(text), marks(&harmless_as_long(text)), "{text}");
    }
}

#[test]
fn what_stands_in_a_subject_makes_no_other_field() {
    let edition = Edition::unconfigured();
    for text in [HTML, MARKDOWN, UNSEEN, ALIKE, TEMPLATE] {
        let edited = carrying(text, Language::Ja);
        let built = mail(&edited, &edition, edited.digest.date.end(), "id@localhost").unwrap();
        let mail = String::from_utf8(built.bytes).unwrap();
        let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
        let subjects: Vec<&str> = headers
            .split("\r\n")
            .filter(|line| line.to_ascii_lowercase().starts_with("subject"))
            .collect();
        assert_eq!(subjects.len(), 1, "{headers}");
        assert!(headers.is_ascii() && !headers.to_lowercase().contains("bcc"));
        let subject = crate::mail::Message::parse(mail.as_bytes()).subject;
        assert!(
            subject.ends_with("11/28") && subject.width() <= 60,
            "{subject}"
        );
        assert_eq!(subject.chars().find(|c| clean::is_hostile(*c)), None);
    }
}

#[test]
fn no_header_of_the_mail_but_its_subject_comes_from_a_message() {
    let edition = Edition::unconfigured();
    let headers = |text: &str| {
        let edited = carrying(text, Language::En);
        let id = message_id(&InstallationKey::of_none(), &edition, edited.digest.date);
        let built = mail(&edited, &edition, edited.digest.date.end(), &id).unwrap();
        let mail = String::from_utf8(built.bytes).unwrap();
        let (headers, _) = mail.split_once("\r\n\r\n").unwrap();
        let (before, subject) = headers.split_once("Subject: ").unwrap();
        let (_, after) = subject.split_once("\r\nDate: ").unwrap();
        let lines = before.lines().chain(after.lines());
        let lines = lines.filter(|line| !line.contains("boundary="));
        lines.collect::<Vec<_>>().join("\n")
    };
    let harmless = headers("harmless text");
    assert!(harmless.contains("Message-ID: "));
    for text in [HTML, MARKDOWN, UNSEEN, ALIKE, TEMPLATE] {
        assert_eq!(headers(text), harmless);
    }
}
