//! The printed page, compared with files that a person has read and found good. What differs is left beside its file
//! as `.actual`; `NIKKAN_BLESS=1 cargo test --test digests` takes it over.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nikkan::announcement::{
    self, Announcement, Approval, Body, CallKind, Group, GroupEvent, GroupNews, IesgAction,
    LastCall, Lists, Meeting, NamedDocument, Notice, Rfc,
};
use nikkan::archive::{Background, DayCount, DayRecord, EarlierRevision, StoredAnnouncement};
use nikkan::clock::Day;
use nikkan::digest::{self, Edition, Language, Taxonomy, Watch};
use nikkan::editor::{self, Edited};
use nikkan::mail::Message;
use nikkan::press::{Format, Press};

#[path = "digests/background.rs"]
mod background;
#[path = "digests/envelope.rs"]
mod envelope;
#[path = "digests/lead.rs"]
mod lead;

const EVERY: [Format; 4] = [Format::Text, Format::Html, Format::Markdown, Format::Json];

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(folder)
}

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A day with nothing in it, watched throughout.
fn record(date: &str) -> DayRecord {
    DayRecord {
        day: day(date),
        since: None,
        announcements: Vec::new(),
        late: Vec::new(),
        earlier: BTreeMap::new(),
        milestones: BTreeMap::new(),
        past: Vec::new(),
        last_before: None,
        connected: Duration::from_secs((23 * 60 + 58) * 60),
        silent: Vec::new(),
        heard: Vec::new(),
        closing: Vec::new(),
        background: Background::default(),
    }
}

/// The 15 announcements of 2025-11-28.
fn model_day() -> DayRecord {
    let mut files: Vec<PathBuf> = fs::read_dir(data("model-day"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    let mut record = record("2025-11-28");
    for file in files {
        let raw = fs::read(file).unwrap();
        for announcement in announcement::parse(&Message::parse(&raw), None, &Lists::built_in()) {
            push(&mut record, announcement);
        }
    }
    record
}

fn push(record: &mut DayRecord, announcement: Announcement) {
    let id = i64::try_from(record.announcements.len() + record.late.len()).unwrap() + 1;
    record.announcements.push(StoredAnnouncement {
        id,
        day: record.day,
        lists: announcement.list.iter().cloned().collect(),
        announcement,
    });
}

/// An announcement that came over `list`.
fn announced(list: &str, subject: &str, body: Body) -> Announcement {
    Announcement {
        list: Some(list.into()),
        message_id: Some(format!("{}@example.org", subject.len())),
        date: Some("2025-12-02T12:00:00Z".parse().unwrap()),
        subject: subject.into(),
        body,
    }
}

fn named(name: &str, revision: Option<&str>, title: &str) -> NamedDocument {
    NamedDocument {
        name: name.into(),
        revision: revision.map(str::to_owned),
        title: Some(title.into()),
    }
}

fn group(acronym: &str, name: &str) -> Option<Group> {
    Some(Group {
        acronym: Some(acronym.into()),
        name: Some(name.into()),
        area: None,
    })
}

fn rfc() -> Body {
    Body::Rfc(Rfc {
        number: 9872,
        title: Some("Recommendations for Discovering IPv6 Prefix Used for IPv6 Address Synthesis".into()),
        authors: vec!["N. Buraglio".into(), "T. Jensen".into(), "J. Linkova".into()],
        status: Some("Informational".into()),
        stream: Some("IETF".into()),
        published: Some("2025-09".into()),
        pages: Some(9),
        draft: Some("draft-ietf-v6ops-prefer8781-07".into()),
        doi: Some("10.17487/RFC9872".into()),
        group: group("v6ops", "IPv6 Operations"),
        abstract_text: Some("On networks providing IPv4-IPv6 translation, hosts and other endpoints need to know the IPv6 prefix used for translation. This document provides guidelines for discovering that prefix from Router Advertisements.".into()),
        updates: vec![7050],
        ..Rfc::default()
    })
}

/// Counts of the thirty days before: quiet weekends, and a flood once.
fn past(until: Day) -> Vec<DayCount> {
    (1..=30)
        .rev()
        .map(|back| {
            let day = until.plus(-back);
            let weekend = day.date().weekday().to_monday_one_offset() > 5;
            let drafts = match back {
                21 => 443,
                _ if weekend => 2,
                back => 8 + u32::try_from(back * 7 % 19).unwrap(),
            };
            DayCount {
                day,
                drafts,
                rfcs: u32::from(back % 5 == 0),
                announcements: drafts + 3,
            }
        })
        .collect()
}

fn edited(record: &DayRecord, language: Language, watch: Watch) -> Edited {
    let edition = Edition {
        language,
        watch,
        ..Edition::unconfigured()
    };
    editor::extract(digest::compile(
        record,
        &edition,
        Taxonomy::built_in(),
        None,
    ))
}

/// Prints `record` in both languages and compares each format with its file.
fn compare(case: &str, record: &DayRecord, watch: &Watch, formats: &[Format]) {
    let folder = data("digests").join(case);
    fs::create_dir_all(&folder).unwrap();
    let mut different = Vec::new();
    for language in [Language::En, Language::Ja] {
        let edited = edited(record, language, watch.clone());
        for format in formats {
            let end = match format {
                Format::Text => "txt",
                Format::Html => "html",
                Format::Markdown => "md",
                Format::Json => "json",
                Format::Eml => "eml",
            };
            let file = folder.join(format!("{}.{end}", language.tag()));
            let actual_file = folder.join(format!("{}.{end}.actual", language.tag()));
            let actual = Press::default().print(&edited, *format).unwrap();
            let expected = fs::read_to_string(&file).unwrap_or_default();
            if actual == expected {
                let _ = fs::remove_file(&actual_file);
            } else if std::env::var_os("NIKKAN_BLESS").is_some() {
                fs::write(&file, actual).unwrap();
                let _ = fs::remove_file(&actual_file);
            } else {
                fs::write(&actual_file, actual).unwrap();
                different.push(actual_file.display().to_string());
            }
        }
    }
    assert!(
        different.is_empty(),
        "differs, read it, then bless it with NIKKAN_BLESS=1: {different:#?}"
    );
}

#[test]
fn the_model_day_on_the_first_day_without_history() {
    let record = model_day();
    let digest = edited(&record, Language::En, Watch::default()).digest;
    assert_eq!(
        (
            digest.counts.drafts,
            digest.counts.rfcs,
            digest.counts.announcements
        ),
        (14, 0, 15)
    );
    compare("2025-11-28", &record, &Watch::default(), &EVERY);
}

#[test]
fn the_model_day_with_a_past_and_a_watch_list() {
    let mut record = model_day();
    record.past = past(record.day);
    record.heard = vec!["i-d-announce".into(), "ietf-announce".into()];
    let earlier = [
        ("draft-ietf-pce-sr-bidir-path", "17", "2025-07-03"),
        ("draft-ietf-netmod-system-config", "12", "2025-09-30"),
        (
            "draft-liu-rtgwg-agent-gateway-requirements",
            "00",
            "2025-11-27",
        ),
    ];
    for (name, revision, date) in earlier {
        let earlier = EarlierRevision {
            revision: revision.into(),
            day: day(date),
        };
        record.earlier.insert(name.into(), vec![earlier]);
    }
    let watch = Watch {
        groups: vec!["netmod".into()],
        keywords: vec!["agent".into()],
        ..Watch::default()
    };
    compare("with-history", &record, &watch, &EVERY);
}

#[test]
fn a_silent_day() {
    let mut record = record("2025-11-29");
    record.past = past(record.day);
    record.last_before = Some("2025-11-28T21:03:00Z".parse().unwrap());
    compare("silent", &record, &Watch::default(), &EVERY);
}

#[test]
fn a_silent_first_day_on_a_weekday_without_history() {
    let mut record = record("2025-11-26");
    record.connected = Duration::from_secs(3 * 60 * 60);
    compare("silent-first", &record, &Watch::default(), &EVERY);
}

#[test]
fn a_day_with_an_rfc() {
    let mut record = record("2025-10-01");
    push(
        &mut record,
        announced("rfc-dist", "RFC 9872 on Discovering IPv6 Prefix", rfc()),
    );
    record.past = past(record.day);
    compare("rfc", &record, &Watch::default(), &EVERY);
}

#[test]
fn a_day_with_each_kind_of_announcement() {
    let mut record = record("2025-12-02");
    for stored in model_day().announcements.into_iter().take(2) {
        push(&mut record, stored.announcement);
    }
    let others = [
        ("rfc-dist", "RFC 9872 on Discovering IPv6 Prefix", rfc()),
        (
            "ietf-announce",
            "Last Call: <draft-ietf-netmod-immutable-flag-10.txt>",
            Body::LastCall(LastCall {
                documents: vec![named("draft-ietf-netmod-immutable-flag", Some("10"), "YANG Metadata Annotation for Immutable Flag")],
                intended_status: Some("Proposed Standard".into()),
                ends: Some("2025-12-16".parse().unwrap()),
                ..LastCall::default()
            }),
        ),
        (
            "mailmaint",
            "Call for adoption: draft-person-mailmaint-example-02  (Ends 2025-12-16)",
            Body::LastCall(LastCall {
                documents: vec![NamedDocument {
                    name: "draft-person-mailmaint-example".into(),
                    revision: Some("02".into()),
                    title: None,
                }],
                ends: Some("2025-12-16".parse().unwrap()),
                call: CallKind::Adoption,
                group: group("mailmaint", "Mail Maintenance"),
                ..LastCall::default()
            }),
        ),
        (
            "ietf-announce",
            "Protocol Action: two documents",
            Body::Action(IesgAction {
                approval: Approval::Protocol,
                documents: vec![
                    named("draft-ietf-example-arch", Some("14"), "An Architecture for Examples"),
                    named("draft-ietf-example-protocol", Some("21"), "The Example Protocol"),
                ],
                status: Some("Proposed Standard".into()),
                publish: None,
            }),
        ),
        (
            "ietf-announce",
            "Status change: RFC 6478 to Historic",
            Body::Action(IesgAction {
                approval: Approval::StatusChange,
                documents: vec![named("rfc6478", None, "Pseudowire Status for Static Pseudowires")],
                status: Some("Historic".into()),
                publish: None,
            }),
        ),
        (
            "ietf-announce",
            "Document Action: 'Examples for Operators' to Informational RFC",
            Body::Action(IesgAction {
                approval: Approval::Document,
                documents: vec![named("draft-ietf-example-operators", Some("08"), "Examples for Operators")],
                status: Some("Informational".into()),
                publish: None,
            }),
        ),
        (
            "ietf-announce",
            "Results of IETF-conflict review for draft-irtf-example-survey-05",
            Body::Action(IesgAction {
                approval: Approval::ConflictReview,
                documents: vec![named("draft-irtf-example-survey", Some("05"), "A Survey of Examples")],
                status: None,
                publish: Some(false),
            }),
        ),
        (
            "ietf-announce",
            "WG Review: Agent to Agent Communication (a2a)",
            Body::Group(GroupNews {
                event: GroupEvent::Review,
                acronym: Some("a2a".into()),
                name: Some("Agent to Agent Communication".into()),
                area: None,
                closes: Some("2025-12-12".parse().unwrap()),
                internal: false,
            }),
        ),
        (
            "ietf-announce",
            "WG Action: Rechartered Mail Maintenance (mailmaint)",
            Body::Group(GroupNews {
                event: GroupEvent::Rechartered,
                acronym: Some("mailmaint".into()),
                name: Some("Mail Maintenance".into()),
                area: None,
                closes: None,
                internal: false,
            }),
        ),
        (
            "ietf-announce",
            "WG Action: Conclusion of Examples in Use (exuse)",
            Body::Group(GroupNews {
                event: GroupEvent::Concluded,
                acronym: Some("exuse".into()),
                name: None,
                area: None,
                closes: None,
                internal: false,
            }),
        ),
        (
            "ietf-announce",
            "Examples (ex) WG Interim Meeting Cancelled (was 2025-12-11)",
            Body::Meeting(Meeting {
                title: "Examples (ex) WG interim meeting".into(),
                group: group("ex", "Examples"),
                starts: Some("2025-12-11".into()),
                zone: None,
                changed: false,
                cancelled: true,
            }),
        ),
        (
            "ietf-announce",
            "WG Action: Formed BPF/eBPF (bpf)",
            Body::Group(GroupNews {
                event: GroupEvent::Formed,
                acronym: Some("bpf".into()),
                name: Some("BPF/eBPF".into()),
                area: None,
                closes: None,
                internal: false,
            }),
        ),
        (
            "ietf-announce",
            "Media Over QUIC (moq) WG Interim Meeting: 2025-12-10",
            Body::Meeting(Meeting {
                title: "Media Over QUIC (moq) WG virtual interim meeting".into(),
                group: group("moq", "Media Over QUIC"),
                starts: Some("2025-12-10T08:00:00-08:00".into()),
                zone: Some("America/Los_Angeles".into()),
                changed: true,
                cancelled: false,
            }),
        ),
        (
            "ietf-announce",
            "NomCom 2025: call for feedback",
            Body::Notice(Notice {
                title: "NomCom 2025: call for feedback".into(),
                excerpt: "The nominating committee is looking for feedback from the community on the nominees.\n\nIt is confidential, as RFC 8713 requires.".into(),
            }),
        ),
    ];
    for (list, subject, body) in others {
        push(&mut record, announced(list, subject, body));
    }
    let late = model_day().announcements.into_iter().skip(4).take(1);
    record.late = late
        .map(|stored| StoredAnnouncement { id: 99, ..stored })
        .collect();
    let watch = Watch {
        groups: vec!["moq".into(), "netmod".into()],
        ..Watch::default()
    };
    compare("each-kind", &record, &watch, &EVERY);
}

#[test]
fn a_digest_that_0_1_0_stored_is_read_and_printed() {
    let stored = fs::read_to_string(data("stored/digest-0.1.0.json")).unwrap();
    let edited: Edited = serde_json::from_str(&stored).unwrap();
    assert_eq!(serde_json::to_string(&edited).unwrap(), stored);
    let text = Press::default().print(&edited, Format::Text).unwrap();
    // What led then still leads, though other documents would today.
    let file = data("stored/digest-0.1.0.txt");
    if std::env::var_os("NIKKAN_BLESS").is_some() {
        fs::write(&file, &text).unwrap();
    }
    assert_eq!(text, fs::read_to_string(file).unwrap());
    assert!(text.contains("Enhanced A2A Requirements"), "{text}");
}
