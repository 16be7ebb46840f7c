use super::*;
use crate::archive::Recipient;
use crate::digest::{Detail, Edition};
use crate::secret::InstallationKey;
use crate::wording::Language;

pub(crate) mod access;
mod busy;
pub(crate) mod fixtures;
pub(crate) mod hostile;
mod recovered;
mod several;
mod silent;
mod templates;

use fixtures::{day, empty, mail, markdown_parts, model_day, print};
use unicode_width::UnicodeWidthStr;

pub(crate) const LANGUAGES: [Language; 2] = [Language::En, Language::Ja];
const PRINTED: [Format; 4] = [Format::Text, Format::Html, Format::Markdown, Format::Json];

pub(crate) fn edition(from: &str, to: &[&str]) -> Edition {
    Edition {
        from: from.into(),
        to: to.iter().map(|reader| (*reader).to_owned()).collect(),
        ..Edition::unconfigured()
    }
}

#[test]
fn a_format_is_read_by_its_name() {
    for (name, format) in Format::NAMES {
        assert_eq!(name.parse(), Ok(format));
    }
    assert!("pdf".parse::<Format>().unwrap_err().contains("markdown"));
}

#[test]
fn every_format_names_every_draft_with_its_title() {
    for language in LANGUAGES {
        let edited = model_day(language);
        for format in PRINTED {
            let printed = print(&edited, format).unwrap().replace('\\', "");
            for draft in edited.digest.drafts() {
                assert!(printed.contains(&draft.name), "{format:?}: {}", draft.name);
                assert!(
                    printed.contains(&draft.title),
                    "{format:?}: {}",
                    draft.title
                );
            }
        }
    }
}

#[test]
fn a_digest_prints_the_same_bytes_each_time() {
    let edited = model_day(Language::Ja);
    for format in PRINTED {
        assert_eq!(
            print(&edited, format).unwrap(),
            print(&edited, format).unwrap()
        );
    }
}

#[test]
fn plain_text_fits_72_columns_but_for_addresses() {
    for language in LANGUAGES {
        let text = print(&model_day(language), Format::Text).unwrap();
        assert!(text.starts_with(['n', '日']) && text.lines().next().unwrap().contains("UTC"));
        for line in text.lines().filter(|line| !line.contains("https://")) {
            assert!(line.width() <= 72, "{} columns: {line}", line.width());
        }
    }
}

#[test]
fn every_phrase_that_is_said_stands_in_the_catalogue() {
    let sources = [
        include_str!("page/mod.rs"),
        include_str!("page/head.rs"),
        include_str!("page/drafts.rs"),
        include_str!("page/items.rs"),
        include_str!("page/condense.rs"),
        include_str!("page/parts.rs"),
        include_str!("page/strip.rs"),
        include_str!("page/hot.rs"),
        include_str!("page/lead.rs"),
        include_str!("page/line.rs"),
        include_str!("page/watch.rs"),
        include_str!("mail.rs"),
        include_str!("reader_notice.rs"),
        include_str!("moment.rs"),
        include_str!("subject/mod.rs"),
        include_str!("subject/name.rs"),
        include_str!("subject/news.rs"),
        include_str!("localizer.rs"),
        include_str!("../site/mod.rs"),
        include_str!("../site/index.rs"),
        include_str!("../site/atom.rs"),
    ];
    let catalogues = [
        include_str!("../wording/en/page.ftl"),
        include_str!("../wording/en/press.ftl"),
    ];
    let catalogue = catalogues.concat();
    let keys: Vec<&str> = catalogue
        .lines()
        .filter_map(|line| line.split_once(" ="))
        .map(|(key, _)| key)
        .filter(|key| key.starts_with(|c: char| c.is_ascii_lowercase()))
        .collect();
    let quoted: Vec<&str> = sources
        .iter()
        .flat_map(|source| source.split('"'))
        .collect();
    for language in LANGUAGES {
        for text in quoted.iter().filter(|text| keys.contains(text)) {
            assert_ne!(crate::wording::say(language, text, &[]), **text);
        }
    }
    let built = [
        "weekday-",
        "month-",
        "subject-quiet-",
        "date-",
        "mark-",
        "heading-",
        "watch-",
        "busy-",
        "part-",
        "number-",
        "lead-watch-",
        "link-message",
    ];
    for key in keys {
        let used = quoted.contains(&key) || built.iter().any(|prefix| key.starts_with(prefix));
        assert!(used, "nobody says {key}");
    }
}

#[test]
fn the_json_has_the_keys_of_the_contract_in_its_order() {
    let json = print(&model_day(Language::En), Format::Json).unwrap();
    let value: serde_json::Value = serde_json::from_str(&json).unwrap();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        value.as_object().unwrap().keys().cloned().collect()
    };
    let sorted = |text: &str| {
        let mut keys: Vec<String> = text.split(' ').map(str::to_owned).collect();
        keys.sort();
        keys
    };
    assert_eq!(
        keys(&value),
        sorted(
            "date edition language counts hot_topics themes rfcs last_calls actions groups meetings notices late"
        )
    );
    assert_eq!(
        keys(&value["hot_topics"][0]),
        sorted("document title reason documents gist")
    );
    assert_eq!(keys(&value["themes"][1]), sorted("key title drafts"));
    let draft = &value["themes"][1]["drafts"][0];
    assert_eq!(
        keys(draft),
        sorted(
            "name revisions previous title authors group pages summary gist updates obsoletes related watched links"
        )
    );
    let mut near = model_day(Language::En);
    near.digest.themes[1].drafts[0].second_theme = Some("web".into());
    let near: serde_json::Value =
        serde_json::from_str(&print(&near, Format::Json).unwrap()).unwrap();
    assert_eq!(near["themes"][1]["drafts"][0]["second_theme"], "web");
    assert_eq!(keys(&draft["links"]), sorted("datatracker html diff"));
    assert_eq!(keys(&draft["group"]), sorted("acronym name"));
    assert_eq!(draft["revisions"], serde_json::json!(["13", "14"]));
    assert!(json.find("\"date\"") < json.find("\"counts\""));
}

#[test]
fn a_mail_is_an_alternative_of_text_and_html_that_no_machine_answers() {
    let edited = model_day(Language::Ja);
    let edition = edition(
        "nikkan <digest@example.net>",
        &["A <a@example.org>", "b@example.org"],
    );
    let id = message_id(&InstallationKey::of_none(), &edition, edited.digest.date);
    assert_eq!(
        id,
        "20251128-daily-9f62a2f3632589b32777d375.nikkan@id.example.net"
    );
    let date = edited.digest.date.end();
    let built = mail(&edited, &edition, date, &id).unwrap();
    assert_eq!(built, mail(&edited, &edition, date, &id).unwrap());
    assert_eq!(built.message_id, id);
    assert_eq!(built.sender, "digest@example.net");
    let own = |address: &str, to: &str| Recipient {
        own: format!("To: {to}\r\n").into_bytes(),
        ..Recipient::plain(address)
    };
    let recipients = [
        own("a@example.org", "A <a@example.org>"),
        own("b@example.org", "b@example.org"),
    ];
    assert_eq!(built.recipients, recipients);
    let mail = String::from_utf8(built.bytes).unwrap();
    assert!(mail.is_ascii());
    assert_eq!(mail.matches('\n').count(), mail.matches("\r\n").count());
    assert!(
        mail.lines().all(|line| line.len() <= 78),
        "a line is too long"
    );
    for header in [
        "From: nikkan <digest@example.net>",
        "Subject: =?utf-8?b?U09VVEjjgIFTeXN0ZW0tZGVmaW5lZCBDb25maWd1cmF0aW9u772c?=\r\n =?utf-8?b?M+S7tg==?= 11/28",
        "Date: Sat, 29 Nov 2025 00:00:00 +0000",
        "Message-ID: <20251128-daily-9f62a2f3632589b32777d375.nikkan@id.example.net>",
        "Auto-Submitted: auto-generated",
        "X-Auto-Response-Suppress: DR, RN, NRN, OOF, AutoReply",
        "List-Post: NO",
        "MIME-Version: 1.0",
        "List-Id: \"nikkan daily\" <daily.nikkan.example.net>",
        "Content-Language: ja",
        "X-Nikkan-Edition: daily",
        "X-Nikkan-Day: 2025-11-28",
        "Content-Type: multipart/alternative;",
    ] {
        assert!(mail.contains(&format!("{header}\r\n")), "{header}\n{mail}");
    }
    let plain = mail.find("text/plain").unwrap();
    assert!(plain < mail.find("text/html").unwrap());
}

#[test]
fn a_list_says_as_much_as_its_edition_wants() {
    let mut edited = model_day(Language::En);
    let draft = edited.digest.drafts().next().unwrap().clone();
    let [sentence, _] = [0, 1].map(|at| draft.summary.split(". ").nth(at).unwrap().to_owned());
    let more = [sentence.as_str(), "Ada Example, Grace Sample", "34 pages"];
    for format in [Format::Text, Format::Html] {
        let flat = |edited: &Edited| {
            let printed = print(edited, format).unwrap();
            printed.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        edited.digest.detail = Detail::Line;
        let line = flat(&edited);
        assert!(line.contains(&draft.gist.line), "{format:?}");
        assert!(!line.contains("iddiff") && !more.iter().any(|text| line.contains(text)));
        edited.digest.detail = Detail::Summary;
        let summary = flat(&edited);
        assert!(summary.contains("iddiff") && summary.contains(&draft.gist.line));
        for text in more {
            assert!(summary.contains(text), "{format:?}: {text}\n{summary}");
        }
    }
    // What is posted, and the site, have it all in any case.
    edited.digest.detail = Detail::Line;
    assert!(print(&edited, Format::Markdown).unwrap().contains("iddiff"));
}

#[test]
fn a_resend_has_a_message_id_of_its_own() {
    let edition = edition("nikkan@example.net", &["a@example.org"]);
    let day = day("2025-11-28");
    let ids = [
        message_id(&InstallationKey::of_none(), &edition, day),
        resend_message_id(&InstallationKey::of_none(), &edition, day, 1),
        resend_message_id(&InstallationKey::of_none(), &edition, day, 2),
    ];
    assert!(ids[0] != ids[1] && ids[1] != ids[2]);
    assert_eq!(
        ids[2],
        "20251128-daily-9f62a2f3632589b32777d375.resend-2.nikkan@id.example.net"
    );
}

#[test]
fn a_wrong_address_is_named_by_its_key() {
    let wrong = addresses(&edition("nikkan", &["a@example.org"])).unwrap_err();
    assert!(
        wrong.starts_with("from of edition `daily`: `nikkan` is not"),
        "{wrong}"
    );
    let wrong = addresses(&edition(
        "n@example.net",
        &["a@example.org", "b@\r\nBcc: c"],
    ))
    .unwrap_err();
    assert!(
        wrong.starts_with("to of edition") && !wrong.contains('\n'),
        "{wrong}"
    );
    let wrong = addresses(&edition("n@example.net", &[])).unwrap_err();
    assert!(wrong.contains("name at least one reader"), "{wrong}");
    let edited = empty(Language::En);
    let error = mail(&edited, &edition("x", &[]), jiff::Timestamp::MAX, "id@x").unwrap_err();
    assert!(matches!(error, PrintError::Address(_)));
}

#[test]
fn a_day_with_nothing_is_printed_in_every_format() {
    for language in LANGUAGES {
        for format in PRINTED {
            assert!(!print(&empty(language), format).unwrap().is_empty());
        }
    }
}

#[test]
fn a_busy_day_is_posted_in_parts_that_each_say_what_they_hold() {
    let edited = fixtures::busy_day(Language::En, 45);
    let parts = markdown_parts(&edited, 20).unwrap();
    assert_eq!(parts.len(), 3);
    assert!(
        parts[1].starts_with("# nikkan 2025-11-28: 45 Internet-Drafts, 0 RFCs (part 2 of 3)\n")
    );
    assert!(
        parts[1].contains("Drafts 21 to 40 of 45: Theme number 5 "),
        "{}",
        parts[1]
    );
    let ages = "\n5 first versions, 15 revisions.\n\n## In this part\n\n- ";
    assert!(parts[1].contains(ages), "{}", parts[1]);
    let drafts = |part: &str| part.matches("\n### ").count();
    assert_eq!(
        [0, 1, 2].map(|part: usize| drafts(&parts[part])),
        [20, 20, 5]
    );
    let has = |text: &str| -> Vec<bool> { parts.iter().map(|part| part.contains(text)).collect() };
    assert_eq!(has("**1 · [SOUTH"), [true, false, false]);
    assert_eq!(has("Sources: "), [false, false, true]);
    assert_eq!(has("## Closing note"), [false, false, true]);
    let together = parts.concat();
    for draft in edited.digest.drafts() {
        let heading = format!("### [{}]", draft.title);
        assert_eq!(together.matches(&heading).count(), 1, "{heading}");
    }
    assert_eq!(
        markdown_parts(&edited, 100).unwrap(),
        [print(&edited, Format::Markdown).unwrap()]
    );
}

/// Returns what of `html` is shown or read out: no tags, but the texts of `aria-label` and `title`.
fn shown(html: &str) -> String {
    let (_, body) = html.split_once("<body").unwrap();
    let mut text = String::new();
    for tag in body.split('<') {
        let (tag, after) = tag.split_once('>').unwrap_or_default();
        for attribute in ["aria-label=\"", "title=\""] {
            let told = tag
                .split(attribute)
                .nth(1)
                .and_then(|rest| rest.split('"').next());
            text.push_str(told.unwrap_or_default());
        }
        text.push_str(after);
        text.push('\n');
    }
    text
}

#[test]
fn no_english_leaks_into_a_japanese_digest() {
    const KNOWN: &str = "nikkan daily WG UTC RFC Internet Draft Drafts IETF IESG Datatracker draft a b quot ensp nbsp amp lt gt";
    let mut edited = hostile::carrying("文書", Language::Ja);
    edited.digest.recent = model_day(Language::Ja).digest.recent;
    edited.digest.connected_minutes = Some(1_000);
    edited.words.fallbacks = 2;
    let mut pages = vec![edited.clone(), empty(Language::Ja)];
    edited.digest.silence = None;
    edited.words.editor = "extract".into();
    pages.push(edited);
    for edited in &pages {
        for format in [Format::Text, Format::Html, Format::Markdown] {
            let printed = print(edited, format).unwrap();
            let printed = match format {
                Format::Html => shown(&printed),
                _ => printed,
            };
            let words = printed
                .split_whitespace()
                .filter(|word| !word.contains("://"));
            for word in words.flat_map(|word| word.split(|c: char| !c.is_ascii_alphabetic())) {
                let known = word.is_empty() || KNOWN.split(' ').any(|known| known == word);
                assert!(known, "{format:?}: {word}");
            }
        }
    }
}

#[test]
fn what_is_watched_stands_first_with_its_reason_whatever_it_is() {
    for language in LANGUAGES {
        let reasons = match language {
            Language::En => ["group netmod", "author A. Bee"],
            Language::Ja => ["netmodグループ", "著者：A. Bee"],
        };
        let watch = |edited: &mut Edited| {
            let last = edited.digest.themes.last_mut().unwrap();
            last.drafts[0].watched = vec!["authors: A. Bee".into()];
        };
        // On a small day the list is the lead.
        let mut small = hostile::carrying("Something", language);
        small.digest.silence = None;
        small.digest.last_calls[0].watched = vec!["groups: netmod".into()];
        watch(&mut small);
        let mut usual = fixtures::busy_day(language, 14);
        usual.digest.last_calls = small.digest.last_calls.clone();
        usual.digest.themes[0].drafts[0].watched = vec!["groups: netmod".into()];
        watch(&mut usual);
        for format in [Format::Text, Format::Html, Format::Markdown] {
            let printed = print(&small, format).unwrap();
            let flat = printed.split_whitespace().collect::<Vec<_>>().join(" ");
            for reason in reasons {
                assert!(flat.contains(reason), "{format:?}: {reason}");
            }
            let printed = print(&usual, format).unwrap();
            let printed = printed.split_whitespace().collect::<Vec<_>>().join(" ");
            let at = |what: &str| printed.find(what).unwrap_or_else(|| panic!("{what}"));
            for reason in reasons {
                assert!(
                    at(reason) < at("draft-gaikwad-south"),
                    "{format:?}: {reason}"
                );
            }
            let (_, list) = printed.split_once("draft-gaikwad-south").unwrap();
            assert_eq!(list.matches('★').count(), 3, "{format:?}: marked again");
        }
    }
}

#[test]
fn the_foot_says_what_a_model_wrote() {
    for (language, model) in [
        (Language::En, "written by qwen3:14b"),
        (Language::Ja, "qwen3:14bが書きました"),
    ] {
        let mut edited = model_day(language);
        edited.words.editor = "extract".into();
        assert!(!print(&edited, Format::Html).unwrap().contains(model));
        edited.words.editor = "qwen3:14b".into();
        assert!(print(&edited, Format::Html).unwrap().contains(model));
    }
}
