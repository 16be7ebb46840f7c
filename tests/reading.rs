//! How long a digest takes to read, counted in words and characters as a reader meets them, on four days made of real
//! announcements: the model day, a day of 4 drafts, a mixed day, a flood. `cargo test --test reading -- --nocapture` prints
//! the table of docs/model-day.md.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nikkan::announcement::{self, Announcement, Body, Draft, Group, Lists};
use nikkan::archive::{Background, DayRecord, StoredAnnouncement};
use nikkan::digest::{self, Edition, Language, Taxonomy};
use nikkan::editor::{self, Edited};
use nikkan::mail::Message;
use nikkan::press::{Format, Press, message_id};

/// The most words of a lead, and of the whole model day.
const LEAD: usize = 300;
const MODEL_DAY: usize = 650;
/// The most characters of a Japanese lead.
const LEAD_JA: usize = 900;
/// Latin letters among all letters of the Japanese model day, titles apart, in per cent.
const LATIN: usize = 45;

fn data(folder: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(folder)
}

/// A day with nothing in it yet.
fn record(date: &str) -> DayRecord {
    DayRecord {
        day: date.parse().unwrap(),
        since: None,
        announcements: Vec::new(),
        late: Vec::new(),
        earlier: BTreeMap::new(),
        milestones: BTreeMap::new(),
        past: Vec::new(),
        last_before: None,
        connected: Duration::from_secs(86_400),
        silent: Vec::new(),
        heard: Lists::built_in().names(),
        closing: Vec::new(),
        background: Background::default(),
    }
}

fn push(record: &mut DayRecord, announcement: Announcement) {
    let id = i64::try_from(record.announcements.len()).unwrap() + 1;
    let lists = announcement.list.iter().cloned().collect();
    record.announcements.push(StoredAnnouncement {
        id,
        day: record.day,
        lists,
        announcement,
    });
}

/// Adds what the messages in `folder` announce, the first `most` by name.
fn push_messages(record: &mut DayRecord, folder: &str, most: usize) {
    let files = fs::read_dir(data(folder)).unwrap();
    let files = files.map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> = files
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    for file in files.into_iter().take(most) {
        let message = fs::read(file).unwrap();
        for announcement in announcement::parse(&Message::parse(&message), None, &Lists::built_in())
        {
            push(record, announcement);
        }
    }
}

/// The real drafts that the taxonomy is measured on, the newest set first, each once.
fn real_drafts() -> Vec<Draft> {
    let mut seen = BTreeSet::new();
    let sets = ["recent", "labelled", "fresh"];
    let texts = sets.map(|set| fs::read_to_string(data(&format!("themes/{set}.tsv"))).unwrap());
    let lines = texts.iter().flat_map(|text| text.lines());
    let lines = lines.filter(|line| !line.starts_with('#'));
    let drafts = lines.zip(0..).map(|(line, at): (_, usize)| {
        let [_, group, name, title, text] =
            line.split('\t').collect::<Vec<_>>().try_into().unwrap();
        let (name, revision) = name.rsplit_once('-').unwrap();
        let people = ["Ada Example", "Grace Sample", "Kenji Mihon", "Rosa Muster"];
        let authors = people[..1 + at % 4].iter().map(|name| (*name).into());
        Draft {
            name: name.into(),
            // Of real days, a third is new.
            revision: if at % 3 == 0 { "00" } else { revision }.into(),
            title: Some(title.into()),
            authors: authors.collect(),
            pages: Some(20),
            group: (group != "-").then(|| Group {
                acronym: Some(group.into()),
                name: None,
                area: None,
            }),
            abstract_text: Some(text.into()),
            ..Draft::default()
        }
    });
    let drafts: Vec<Draft> = drafts.collect();
    let mut once: Vec<Draft> = drafts
        .into_iter()
        .filter(|draft| seen.insert(draft.name.clone()))
        .collect();
    // In no order of subjects.
    once.sort_by_key(|draft| draft.name.bytes().rev().collect::<Vec<u8>>());
    once
}

fn push_drafts(record: &mut DayRecord, count: usize) {
    let drafts = real_drafts();
    let rounds = (0..).flat_map(|round| drafts.iter().map(move |draft| (round, draft)));
    for (round, draft) in rounds.take(count) {
        let mut draft = draft.clone();
        if round > 0 {
            draft.name = format!("{}-{round}", draft.name);
        }
        push(
            record,
            Announcement {
                list: Some("i-d-announce".into()),
                message_id: Some(format!("{}@example.org", draft.name)),
                date: Some("2025-10-20T12:00:00Z".parse().unwrap()),
                subject: format!("I-D Action: {}-{}.txt", draft.name, draft.revision),
                body: Body::Draft(draft),
            },
        );
    }
}

/// The four days by name.
fn days() -> [(&'static str, DayRecord); 4] {
    let mut model = record("2025-11-28");
    push_messages(&mut model, "model-day", 99);
    let mut small = record("2025-12-06");
    push_drafts(&mut small, 4);
    let mut mixed = record("2025-10-01");
    push_drafts(&mut mixed, 24);
    for (kind, most) in [("rfc", 2), ("last_call", 2), ("action", 2), ("meeting", 3)] {
        push_messages(&mut mixed, &format!("announcements/{kind}"), most);
    }
    let mut flood = record("2025-10-20");
    push_drafts(&mut flood, 443);
    [
        ("model day, 14", model),
        ("4 drafts", small),
        ("mixed, 33", mixed),
        ("flood, 443", flood),
    ]
}

fn edited(record: &DayRecord, language: Language) -> Edited {
    let edition = Edition {
        language,
        ..Edition::unconfigured()
    };
    let digest = digest::compile(record, &edition, Taxonomy::built_in(), None);
    editor::extract(digest)
}

/// What is read: no addresses, no rules.
fn read(text: &str) -> String {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("https://"));
    let words = lines.flat_map(str::split_whitespace);
    let words: Vec<&str> = words
        .filter(|word| word.contains(char::is_alphanumeric))
        .collect();
    words.join(" ")
}

/// Words, or in Japanese characters without blanks.
fn length(text: &str, language: Language) -> usize {
    let text = read(text);
    match language {
        Language::En => text.split(' ').filter(|word| !word.is_empty()).count(),
        Language::Ja => text.chars().filter(|c| !c.is_whitespace()).count(),
    }
}

/// Divides the text at the first rule: what stands before it is the lead.
fn lead_and_list(text: &str) -> (&str, &str) {
    // A heading stands above its rule; the list of a small day has none.
    let rule = text.find("\n----").unwrap();
    text.split_at(text[..rule].rfind("\n\n").unwrap_or(rule))
}

#[test]
fn leads_are_read_in_two_minutes_and_lists_are_short() {
    println!("| | lead, en | list, en | lead, ja | list, ja | HTML, en / ja | as sent, en / ja |");
    for (name, record) in days() {
        let mut row = format!("| {name} |");
        let (mut html, mut sent) = (Vec::new(), Vec::new());
        for (language, most) in [(Language::En, LEAD), (Language::Ja, LEAD_JA)] {
            let edited = edited(&record, language);
            let text = Press::default().print(&edited, Format::Text).unwrap();
            let (lead, list) = lead_and_list(&text);
            let (lead, list) = (length(lead, language), length(list, language));
            row.push_str(&format!(" {lead} | {list} |"));
            assert!(lead <= most, "{name}: {lead}");
            if name.starts_with("model") && language == Language::En {
                assert!(lead + list <= MODEL_DAY, "{name}: {lead} and {list}");
            }
            let page = Press::default().print(&edited, Format::Html).unwrap();
            assert!(page.len() < 100_000, "{name}: {}", page.len());
            html.push(page.len());
            let edition = Edition {
                language,
                ..Edition::unconfigured()
            };
            let id = message_id(
                &nikkan::secret::InstallationKey::of_none(),
                &edition,
                record.day,
            );
            let mail = Press::default().mail(&edited, &edition, record.day.end(), &id, None);
            let mail = mail.unwrap().bytes.len();
            // 33 documents with Japanese titles beside their own are no usual day: their size is printed and kept, no more.
            let most = match (name, language) {
                ("flood, 443", _) => 300_000,
                ("mixed, 33", Language::Ja) => 42_000,
                _ => 32_000,
            };
            assert!(mail < most, "{name}: {mail}");
            sent.push(mail);
        }
        println!(
            "{row} {} / {} kB | {} / {} kB |",
            html[0].div_ceil(1000),
            html[1].div_ceil(1000),
            sent[0].div_ceil(1000),
            sent[1].div_ceil(1000)
        );
    }
}

#[test]
fn a_flood_has_no_rest_and_every_document() {
    let [.., (_, flood)] = days();
    let edited = edited(&flood, Language::En);
    let themes = &edited.digest.themes;
    let all: usize = themes.iter().map(|theme| theme.drafts.len()).sum();
    assert_eq!(all, 443);
    let other = themes.iter().filter(|theme| theme.key == "other");
    let other: usize = other.map(|theme| theme.drafts.len()).sum();
    println!("other subjects: {other} of 443, in {} themes", themes.len());
    assert!(other * 100 <= 443 * 5, "{other}");
    let html = Press::default().print(&edited, Format::Html).unwrap();
    let text = Press::default().print(&edited, Format::Text).unwrap();
    for draft in themes.iter().flat_map(|theme| &theme.drafts) {
        let address = format!("https://datatracker.ietf.org/doc/{}/", draft.name);
        assert!(
            html.contains(&address) && text.contains(&address),
            "{address}"
        );
    }
}

#[test]
fn the_japanese_model_day_is_japanese() {
    let [(_, model), ..] = days();
    let edited = edited(&model, Language::Ja);
    let text = Press::default().print(&edited, Format::Text).unwrap();
    let mut text = read(&text);
    for draft in edited.digest.drafts() {
        text = text.replace(&draft.title, "");
        if let Some(title) = &draft.gist.title {
            text = text.replace(title, "");
        }
    }
    let latin = text.chars().filter(char::is_ascii_alphabetic).count();
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let share = latin * 100 / letters;
    println!("Latin letters in the Japanese model day, titles apart: {share} % of {letters}");
    assert!(share <= LATIN, "{share} %\n{text}");
}
