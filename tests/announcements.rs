//! One message per layout and per thing that happens to mail on its way, each with what is to be found in it, with LF and
//! with CRLF line ends. Beside `case.eml` stands `case.json`, the announcements as `nikkan parse` prints them; what
//! differs is left beside it as `case.actual` until the case is right.

#![allow(clippy::unwrap_used)] // A panic is how a test reports.

use std::fs;
use std::path::{Path, PathBuf};

use nikkan::announcement::{self, Lists};
use nikkan::mail::Message;
use serde_json::Value;

fn folder(kind: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data/announcements")
        .join(kind)
}

fn with_line_ends(raw: &[u8], end: &[u8]) -> Vec<u8> {
    let lines = raw.split(|byte| *byte == b'\n');
    let lines = lines.map(|line| line.strip_suffix(b"\r").unwrap_or(line));
    lines.collect::<Vec<_>>().join(end)
}

fn found(raw: &[u8]) -> Value {
    let read = announcement::parse(&Message::parse(raw), None, &Lists::built_in());
    serde_json::to_value(read).unwrap()
}

/// Counts the facts of what was found: every value, a list as one.
fn facts(value: &Value) -> usize {
    match value {
        Value::Object(object) => object.values().map(facts).sum(),
        Value::Array(list) if list.iter().any(Value::is_object) => list.iter().map(facts).sum(),
        _ => 1,
    }
}

/// Reads every case of a folder and returns how many there are, and how many facts; an empty one is a fault of the test.
fn all_right(kind: &str) -> (usize, usize) {
    let mut cases: Vec<PathBuf> = fs::read_dir(folder(kind))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    cases.sort();
    assert!(!cases.is_empty(), "no case of {kind}");
    let mut wrong = Vec::new();
    let mut told = 0;
    for case in &cases {
        let raw = fs::read(case).unwrap();
        let expected = fs::read_to_string(case.with_extension("json"))
            .unwrap_or_else(|_| panic!("{} has no .json beside it", case.display()));
        let expected: Value = serde_json::from_str(&expected).unwrap();
        told += facts(&expected);
        let actual = case.with_extension("actual");
        let right = [&b"\n"[..], b"\r\n"].iter().all(|end| {
            let found = found(&with_line_ends(&raw, end));
            let same = found == expected;
            if !same {
                fs::write(&actual, serde_json::to_string_pretty(&found).unwrap()).unwrap();
            }
            same
        });
        if right {
            let _ = fs::remove_file(&actual);
        } else {
            wrong.push(actual.display().to_string());
        }
    }
    assert!(
        wrong.is_empty(),
        "compare with its .json:\n{}",
        wrong.join("\n")
    );
    println!("{kind}: {} mails, {told} facts", cases.len());
    (cases.len(), told)
}

/// What docs/announcements.md says of each template's branches.
#[test]
fn each_branch_of_each_template_is_read() {
    let kinds = [
        "draft",
        "rfc",
        "last-call",
        "action",
        "group",
        "meeting",
        "notice",
    ];
    let read = kinds.map(|kind| all_right(&format!("templates/{kind}")));
    let mails: usize = read.iter().map(|(mails, _)| mails).sum();
    let facts: usize = read.iter().map(|(_, facts)| facts).sum();
    println!("templates: {mails} mails, {facts} facts, all right");
    assert!(
        mails >= 220 && facts >= 2500,
        "{mails} mails, {facts} facts"
    );
}

#[test]
fn authors_behind_lists_dates_and_charsets_are_read() {
    let (authors, _) = all_right("templates/on-the-way");
    let (charsets, _) = all_right("templates/charsets");
    assert!(authors >= 25 && charsets >= 60, "{authors}, {charsets}");
}

#[test]
fn drafts_of_every_layout_and_stream() {
    all_right("draft");
}

#[test]
fn rfcs_of_every_layout_and_stream() {
    all_right("rfc");
}

#[test]
fn last_calls_of_every_era() {
    all_right("last_call");
}

#[test]
fn decisions_of_every_era() {
    all_right("action");
}

#[test]
fn news_of_groups_in_every_wording() {
    all_right("group");
}

#[test]
fn meetings_planned_changed_and_cancelled() {
    all_right("meeting");
}

#[test]
fn what_announces_nothing_is_a_notice() {
    all_right("notice");
    for entry in fs::read_dir(folder("notice")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "eml") {
            let found = found(&fs::read(&path).unwrap());
            assert_eq!(found[0]["kind"], "notice", "{}", path.display());
        }
    }
}

#[test]
fn mail_says_the_same_whatever_happened_on_its_way() {
    all_right("on-the-way");
    // All but the digests are one announcement that travelled differently.
    let whole = found(&fs::read(folder("on-the-way").join("mailman3-base64.eml")).unwrap());
    for entry in fs::read_dir(folder("on-the-way")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let is_other = name.contains("digest") || name.starts_with("mbox-line");
        if !name.ends_with(".eml") || is_other {
            continue;
        }
        let found = found(&fs::read(&path).unwrap());
        assert_eq!(found[0]["draft"], whole[0]["draft"], "{name}");
    }
}
