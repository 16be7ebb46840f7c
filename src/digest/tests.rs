//! The model day, compiled.

use std::collections::BTreeMap;
use std::time::Duration;

use super::*;

mod flood;
mod points;
mod topics;
mod watching;
use crate::announcement::{self, Lists};
use crate::archive::{Background, DayRecord, EarlierRevision, StoredAnnouncement};
use crate::clock::Day;
use crate::mail::Message;

fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// The record of the model day, from its messages.
pub(crate) fn model_day() -> DayRecord {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/model-day");
    let mut announcements: Vec<StoredAnnouncement> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .flat_map(|path| {
            announcement::parse(
                &Message::parse(&std::fs::read(path).unwrap()),
                None,
                &Lists::built_in(),
            )
        })
        .map(|announcement| StoredAnnouncement {
            id: 0,
            day: day("2025-11-28"),
            lists: vec!["i-d-announce".into()],
            announcement,
        })
        .collect();
    assert_eq!(announcements.len(), 15);
    announcements.sort_by_key(|stored| stored.announcement.date);
    DayRecord {
        day: day("2025-11-28"),
        since: None,
        announcements,
        late: Vec::new(),
        earlier: BTreeMap::new(),
        milestones: BTreeMap::new(),
        past: Vec::new(),
        last_before: None,
        connected: Duration::ZERO,
        silent: Vec::new(),
        heard: Vec::new(),
        closing: Vec::new(),
        background: Background::default(),
    }
}

/// A day with the built-in themes.
fn compile(record: &DayRecord, edition: &Edition) -> Digest {
    super::compile(record, edition, Taxonomy::built_in(), None)
}

fn compiled() -> Digest {
    compile(&model_day(), &Edition::unconfigured())
}

#[test]
fn two_revisions_of_one_day_are_one_entry() {
    let digest = compiled();
    let counts = digest.counts;
    assert_eq!(
        (counts.drafts, counts.rfcs, counts.announcements),
        (14, 0, 15)
    );
    let entries: Vec<_> = digest.drafts().collect();
    assert_eq!(entries.len(), 14);
    let config = entries
        .iter()
        .find(|entry| entry.name == "draft-ietf-netmod-system-config")
        .unwrap();
    assert_eq!(config.revisions, ["13", "14"]);
    assert_eq!(config.updates, [8342]);
}

#[test]
fn the_model_days_themes_are_those_of_its_writer() {
    let digest = compiled();
    let theme_of = |name: &str| {
        let holds = |theme: &&Theme| theme.drafts.iter().any(|draft| draft.name.contains(name));
        digest.themes.iter().find(holds).unwrap().key.clone()
    };
    let groups: [&[&str]; 4] = [
        &[
            "mpls-stamp",
            "pce-circuit",
            "pce-sr-bidir",
            "saum-evpn",
            "gage-quic",
        ],
        &["liu-rtgwg-agent", "zgsgl", "gaikwad-south"],
        &["mud-rats", "yu-imap", "storey-smtp", "sshm-ssh"],
        &["system-config", "immutable-flag"],
    ];
    let shown: Vec<String> = digest
        .themes
        .iter()
        .map(|theme| {
            format!(
                "{}: {:?}",
                theme.key,
                theme.drafts.iter().map(|d| &d.name).collect::<Vec<_>>()
            )
        })
        .collect();
    for group in groups {
        let themes: std::collections::BTreeSet<String> =
            group.iter().map(|name| theme_of(name)).collect();
        assert_eq!(
            themes.len(),
            1,
            "{group:?} in {themes:?}\n{}",
            shown.join("\n")
        );
    }
    assert!((3..=8).contains(&digest.themes.len()));
}

#[test]
fn sisters_are_named_and_stand_together() {
    let digest = compiled();
    let entries: Vec<_> = digest.drafts().collect();
    let at = |name: &str| entries.iter().position(|entry| entry.name == name).unwrap();
    let (imap, smtp) = (
        at("draft-yu-imap-client-id"),
        at("draft-storey-smtp-client-id"),
    );
    assert_eq!(entries[imap].related, ["draft-storey-smtp-client-id"]);
    assert_eq!(imap.abs_diff(smtp), 1);
    let liu = at("draft-liu-rtgwg-agent-gateway-requirements");
    assert_eq!(
        entries[liu].related,
        ["draft-zgsgl-dispatch-a2a-requirements-enterprise"]
    );
}

#[test]
fn the_previous_revision_is_the_newest_before_this_day() {
    let mut record = model_day();
    let earlier = |revision: &str, on: &str| EarlierRevision {
        revision: revision.into(),
        day: day(on),
    };
    record.earlier.insert(
        "draft-ietf-netmod-system-config".into(),
        vec![earlier("11", "2025-07-01"), earlier("12", "2025-09-30")],
    );
    let digest = compile(&record, &Edition::unconfigured());
    let entries = digest.drafts();
    let config = entries
        .into_iter()
        .find(|entry| entry.name.ends_with("system-config"))
        .unwrap();
    let previous = config.previous.as_ref().unwrap();
    assert_eq!(
        (previous.revision.as_str(), previous.date),
        ("12", day("2025-09-30"))
    );
}

#[test]
fn a_silent_weekend_says_so_and_a_silent_weekday_invents_nothing() {
    let mut record = model_day();
    record.announcements.clear();
    let silence = compile(&record, &Edition::unconfigured()).silence.unwrap();
    assert!(silence.reasons.is_empty());
    record.day = day("2025-11-29");
    let silence = compile(&record, &Edition::unconfigured()).silence.unwrap();
    assert_eq!(silence.reasons, [SilenceReason::Weekend]);
}

#[test]
fn a_list_that_fell_silent_stands_in_the_digest() {
    let mut record = model_day();
    assert!(compile(&record, &Edition::unconfigured()).silent.is_empty());
    record.silent = vec![crate::archive::SilentList {
        list: "rfc-dist".into(),
        last: day("2025-11-20"),
        weekdays: 5,
    }];
    let digest = compile(&record, &Edition::unconfigured());
    assert_eq!(digest.silent, record.silent);
}

#[test]
fn the_watch_list_marks_what_it_matches() {
    let mut edition = Edition::unconfigured();
    edition.watch.groups = vec!["netmod".into()];
    edition.watch.keywords = vec!["QUIC".into()];
    let digest = compile(&model_day(), &edition);
    let watched: Vec<_> = digest
        .drafts()
        .filter(|draft| !draft.watched.is_empty())
        .map(|draft| draft.name.as_str())
        .collect();
    assert_eq!(watched.len(), 3, "{watched:?}");
    // It makes no hot topic: those are the day's, whoever reads.
    let documents = |digest: &Digest| {
        let topics = digest.hot_topics.iter();
        let documents: Vec<String> = topics.map(|topic| topic.document.clone()).collect();
        documents
    };
    assert_eq!(documents(&digest), documents(&compiled()));
}

#[test]
fn the_same_record_compiles_to_the_same_bytes() {
    let bytes = || serde_json::to_string(&compiled()).unwrap();
    assert_eq!(bytes(), bytes());
}
