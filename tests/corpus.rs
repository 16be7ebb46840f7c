//! The parser against messages whose truth was read by hand: every fact, with LF and with CRLF line ends. What
//! differs is printed as a table of message, field, expected and found.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::fs;
use std::path::{Path, PathBuf};

use nikkan::announcement::{self, Announcement, Lists};
use nikkan::mail::Message;
use serde_json::{Value, json};

fn data(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(folder)
}

/// The table of the test's output: message, field, expected, found. `cargo test --test corpus -- --nocapture` shows all
/// of it; where a fact is wrong, the wrong rows are shown in any case.
#[derive(Default)]
struct Table {
    facts: usize,
    rows: Vec<String>,
    wrong: Vec<String>,
}

const COLUMNS: &str = "message | field | expected | found";

impl Table {
    fn compare(&mut self, file: &str, field: &str, expected: Value, found: Value) {
        self.facts += 1;
        let row = format!("{file} | {field} | {expected} | {found}");
        if expected != found {
            self.wrong.push(row.clone());
        }
        self.rows.push(row);
    }

    /// A fact of the truth that an announcement has no field for.
    fn beside(&mut self, file: &str, field: &str, expected: &Value) {
        self.rows.push(format!(
            "{file} | {field} | {expected} | (no field of an announcement)"
        ));
    }

    fn end(mut self, least: usize) {
        // With LF and with CRLF the same is found.
        let mut seen = std::collections::BTreeSet::new();
        self.rows.retain(|row| seen.insert(row.clone()));
        println!("{COLUMNS}\n{}", self.rows.join("\n"));
        println!("{} facts compared, {} wrong", self.facts, self.wrong.len());
        assert!(
            self.facts >= least,
            "only {} facts were compared",
            self.facts
        );
        assert!(
            self.wrong.is_empty(),
            "{COLUMNS}\n{}",
            self.wrong.join("\n")
        );
    }
}

/// The file with LF line ends and with CRLF line ends.
fn both_line_ends(path: &Path) -> [Vec<u8>; 2] {
    let text = fs::read(path).unwrap();
    let lf: Vec<u8> = text.into_iter().filter(|byte| *byte != b'\r').collect();
    let crlf = lf
        .iter()
        .flat_map(|byte| match byte {
            b'\n' => vec![b'\r', b'\n'],
            other => vec![*other],
        })
        .collect();
    [lf, crlf]
}

fn only(raw: &[u8]) -> (Announcement, Value) {
    let mut read = announcement::parse(&Message::parse(raw), None, &Lists::built_in());
    assert_eq!(read.len(), 1);
    let announcement = read.remove(0);
    let value = serde_json::to_value(&announcement).unwrap();
    (announcement, value)
}

/// The first 80 characters with blanks run together, as the truth has them.
fn start(text: &Value) -> Value {
    let text = text.as_str().unwrap_or_default();
    let words: Vec<&str> = text.split_whitespace().collect();
    json!(
        words
            .join(" ")
            .chars()
            .take(80)
            .collect::<String>()
            .trim_end()
    )
}

#[test]
fn every_fact_of_the_model_day_is_right() {
    let facts: Value =
        serde_json::from_str(&fs::read_to_string(data("model-day/facts.json")).unwrap()).unwrap();
    let mut table = Table::default();
    for truth in facts["facts"].as_array().unwrap() {
        let file = truth["file"].as_str().unwrap();
        for raw in both_line_ends(&data("model-day").join(file)) {
            let (announcement, found) = only(&raw);
            let draft = &found["draft"];
            let mut same = |field: &str, expected: &Value, found: &Value| {
                table.compare(file, field, expected.clone(), found.clone());
            };
            same("kind", &json!("draft"), &found["kind"]);
            same("list", &json!("i-d-announce"), &found["list"]);
            same("name", &truth["draft"], &draft["name"]);
            same("revision", &truth["rev"], &draft["revision"]);
            same("title", &truth["title"], &draft["title"]);
            same("authors", &truth["authors"], &draft["authors"]);
            same("pages", &truth["pages"], &draft["pages"]);
            same("dated", &truth["date_field"], &draft["dated"]);
            same("stream", &truth["stream"], &draft["stream"]);
            same("group", &truth["wg_name"], &draft["group"]["name"]);
            same(
                "abstract",
                &start(&truth["abstract"]),
                &start(&draft["abstract"]),
            );
            let day = announcement.day_or(jiff::Timestamp::UNIX_EPOCH);
            same("day", &truth["utc_day"], &json!(day.to_string()));
        }
    }
    table.end(15 * 2 * 12);
}

/// Compares what the truth of a draft or an RFC tells with what was found.
fn compare_document(table: &mut Table, file: &str, truth: &Value, found: &Value) {
    let body = found
        .get("draft")
        .or_else(|| found.get("rfc"))
        .unwrap_or(&Value::Null);
    let people = |value: &Value| -> Value {
        let names = value.as_array().cloned().unwrap_or_default();
        // "et al." stands in the truth as written; it is not a person.
        json!(
            names
                .into_iter()
                .filter(|name| name != "et al.")
                .collect::<Vec<_>>()
        )
    };
    let bare_group = |value: &Value| {
        value
            .as_str()
            .map(|name| name.trim_end_matches(" Working Group").to_owned())
    };
    for (field, expected) in truth.as_object().unwrap() {
        let mut same = |found: Value, expected: Value| table.compare(file, field, expected, found);
        match field.as_str() {
            "draft" => same(body["name"].clone(), expected.clone()),
            "rev" => same(body["revision"].clone(), expected.clone()),
            "rfc" => same(body["number"].clone(), expected.clone()),
            "title" | "pages" | "doi" | "updates" | "obsoletes" => {
                same(body[field].clone(), expected.clone())
            }
            "stream" => same(body["stream"].clone(), expected.clone()),
            "authors" => same(people(&body["authors"]), people(expected)),
            "date" if found["kind"] == "draft" => same(body["dated"].clone(), expected.clone()),
            "date" => same(
                json!(body["published"].as_str().map(month_and_year)),
                expected.clone(),
            ),
            "group" if expected.is_null() => same(body["group"].clone(), Value::Null),
            "group" => same(body["group"]["name"].clone(), json!(bare_group(expected))),
            "wg" if found["kind"] == "draft" => same(
                body["group"]["acronym"].clone(),
                json!(expected.as_str().map(str::to_ascii_lowercase)),
            ),
            "wg" => same(body["group"]["name"].clone(), expected.clone()),
            "list" => same(found["list"].clone(), expected.clone()),
            "abstract80" => same(start(&body["abstract"]), start(expected)),
            "id_tag" => same(
                body["draft"].clone(),
                json!(expected.as_str().map(|tag| tag.trim_end_matches(".txt"))),
            ),
            "see_also" => same(body["series"].clone(), expected.clone()),
            "std" => same(body["series"].clone(), json!([format!("STD {expected}")])),
            "std_level" => same(body["status"].clone(), expected.clone()),
            "status" if truth.get("std_level").is_none() => {
                let said = expected.as_str().unwrap_or_default();
                same(body["status"].clone(), json!(said.split(" (").next()));
            }
            // Known, and not part of an announcement's fields, or compared under another name.
            "status" | "date_raw" | "filename_raw" | "title_wrapped" | "authors_truncated"
            | "characters" => table.beside(file, field, expected),
            other => panic!("the truth of {file} has a field that is not compared: {other}"),
        }
    }
}

fn month_and_year(published: &str) -> String {
    const NAMES: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let (year, month) = published.split_once('-').unwrap();
    format!("{} {year}", NAMES[month.parse::<usize>().unwrap() - 1])
}

fn manifest(folder: &str) -> Vec<Value> {
    let text = fs::read_to_string(data("corpus").join(folder).join("manifest.json")).unwrap();
    let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
    assert!(!cases.is_empty());
    cases
}

#[test]
fn documents_of_every_era_are_right() {
    let mut table = Table::default();
    for folder in ["real", "synthetic"] {
        for case in manifest(folder) {
            let file = case["file"].as_str().unwrap();
            let kind = match case["kind"].as_str().unwrap() {
                "i-d-announce" => "draft",
                "rfc-announce" => "rfc",
                _ => continue,
            };
            for raw in both_line_ends(&data("corpus").join(folder).join(file)) {
                let (_, found) = only(&raw);
                table.compare(file, "kind", json!(kind), found["kind"].clone());
                compare_document(&mut table, file, &case["truth"], &found);
            }
        }
    }
    table.end(2 * 150);
}

/// What the truth of a last call, an action, a group's news or a meeting tells, with what was found.
fn compare_event(table: &mut Table, file: &str, kind: &str, truth: &Value, found: &Value) {
    let (expected_kind, documents) = match kind {
        "last-call" => ("last_call", &found["last_call"]["documents"][0]),
        "protocol-action" | "document-action" | "status-change" => {
            ("action", &found["action"]["documents"][0])
        }
        "wg-review" | "wg-action-formed" | "wg-action-closed" => ("group", &Value::Null),
        "interim" | "meeting" => ("meeting", &Value::Null),
        _ => ("notice", &Value::Null),
    };
    table.compare(file, "kind", json!(expected_kind), found["kind"].clone());
    match kind {
        "protocol-action" => table.compare(
            file,
            "approval",
            json!("protocol"),
            found["action"]["approval"].clone(),
        ),
        "document-action" => table.compare(
            file,
            "approval",
            json!("document"),
            found["action"]["approval"].clone(),
        ),
        "status-change" => table.compare(
            file,
            "approval",
            json!("status_change"),
            found["action"]["approval"].clone(),
        ),
        "wg-review" => table.compare(
            file,
            "event",
            json!("review"),
            found["group"]["event"].clone(),
        ),
        "wg-action-formed" => table.compare(
            file,
            "event",
            json!("formed"),
            found["group"]["event"].clone(),
        ),
        "wg-action-closed" => table.compare(
            file,
            "event",
            json!("concluded"),
            found["group"]["event"].clone(),
        ),
        _ => {}
    }
    for (field, expected) in truth.as_object().unwrap() {
        let mut same =
            |found: &Value, expected: Value| table.compare(file, field, expected, found.clone());
        match (field.as_str(), expected_kind) {
            ("draft", "last_call" | "action") => same(&documents["name"], expected.clone()),
            ("rev", "last_call" | "action") => same(&documents["revision"], expected.clone()),
            ("title", "last_call" | "action") => same(&documents["title"], expected.clone()),
            ("rfc", "action") => same(&documents["name"], json!(format!("rfc{expected}"))),
            ("intended", _) => same(&found["last_call"]["intended_status"], expected.clone()),
            ("comments_by", "last_call") => same(&found["last_call"]["ends"], expected.clone()),
            ("status", "action") => same(&found["action"]["status"], expected.clone()),
            ("wg", "group") => same(&found["group"]["acronym"], expected.clone()),
            ("group", "group") => same(&found["group"]["name"], expected.clone()),
            ("area", "group") => same(&found["group"]["area"], expected.clone()),
            ("wg", "meeting") => same(&found["meeting"]["group"]["acronym"], expected.clone()),
            ("date", "meeting") if kind == "interim" => {
                let starts = found["meeting"]["starts"].as_str().unwrap_or_default();
                same(&json!(starts.get(..10)), expected.clone());
            }
            // A forward's truth is that of the announcement it quotes.
            ("date", _) if kind == "i-d-announce-forward" || kind == "new-version-notification" => {
                table.beside(file, field, expected)
            }
            ("date", "last_call" | "group" | "meeting" | "notice") => {
                let date = found["date"].as_str().unwrap_or_default();
                same(&json!(date.get(..10)), expected.clone());
            }
            // Told by the text and no field of an announcement: chairs, contacts, tokens, the group of a document.
            (
                "wg" | "group" | "ipr" | "action" | "chairs" | "comments_by" | "token" | "reply_to"
                | "draft" | "rev" | "title" | "pages" | "authors" | "stream" | "abstract80"
                | "date_raw",
                _,
            ) => table.beside(file, field, expected),
            (other, _) => panic!("the truth of {file} has a field that is not compared: {other}"),
        }
    }
}

#[test]
fn decisions_groups_meetings_and_the_rest_are_right() {
    let mut table = Table::default();
    for folder in ["real", "synthetic"] {
        for case in manifest(folder) {
            let (file, kind) = (
                case["file"].as_str().unwrap(),
                case["kind"].as_str().unwrap(),
            );
            if matches!(kind, "i-d-announce" | "rfc-announce") {
                continue;
            }
            for raw in both_line_ends(&data("corpus").join(folder).join(file)) {
                let (_, found) = only(&raw);
                compare_event(&mut table, file, kind, &case["truth"], &found);
            }
        }
    }
    table.end(2 * 50);
}

#[test]
fn what_only_quotes_an_announcement_is_a_notice() {
    let notices = [
        "id-2010-draft-irtf-hip-experiment-07-forwarded.eml",
        "nvn-2019-draft-ietf-6man-rfc4941bis-03.eml",
        "nomcom-2001-second-call.eml",
        "nomcom-2026-call.eml",
    ];
    for file in notices {
        for raw in both_line_ends(&data("corpus/real").join(file)) {
            let (_, found) = only(&raw);
            assert_eq!(found["kind"], "notice", "{file}");
            assert!(!found["notice"]["title"].as_str().unwrap().is_empty());
            assert!(!found["notice"]["excerpt"].as_str().unwrap().is_empty());
        }
    }
}
