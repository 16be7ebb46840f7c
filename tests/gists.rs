//! The gist, measured on real abstracts that no rule was built on, every line judged by a reader.
//! `cargo test --test gists -- --nocapture` prints the figures of docs/gist.md.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use nikkan::announcement::{self, Body, Lists};
use nikkan::editor::{NoGist, gist, topic};
use nikkan::mail::Message;

fn data(file: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    root.join("tests/data").join(file)
}

/// The rows of a table, without its comments.
fn rows(file: &str) -> Vec<Vec<String>> {
    let text = fs::read_to_string(data(file)).unwrap();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines
        .map(|line| line.split('\t').map(str::to_owned).collect())
        .collect()
}

/// Every title and abstract in this repository, by the document's name.
fn documents() -> BTreeMap<String, (String, String)> {
    let mut found = BTreeMap::new();
    for row in rows("gist/abstracts.tsv") {
        let text = row[2].replace("\\n\\n", "\n\n");
        found.insert(row[0].clone(), (row[1].clone(), text));
    }
    for file in [
        "themes/labelled.tsv",
        "themes/fresh.tsv",
        "themes/recent.tsv",
    ] {
        for row in rows(file) {
            found.insert(row[2].clone(), (row[3].clone(), row[4].clone()));
        }
    }
    let mut mails: Vec<PathBuf> = Vec::new();
    for folder in ["corpus/real", "corpus/synthetic", "model-day"] {
        let files = fs::read_dir(data(folder)).unwrap();
        mails.extend(files.map(|file| file.unwrap().path()));
    }
    mails.sort();
    for mail in mails {
        let message = Message::parse(&fs::read(mail).unwrap());
        for read in announcement::parse(&message, None, &Lists::built_in()) {
            let (name, title, text) = match read.body {
                Body::Draft(draft) => (draft.name, draft.title, draft.abstract_text),
                Body::Rfc(rfc) => (format!("rfc{}", rfc.number), rfc.title, rfc.abstract_text),
                _ => continue,
            };
            if let (Some(title), Some(text)) = (title, text) {
                found.insert(name, (title, text));
            }
        }
    }
    assert!(found.len() > 500, "{}", found.len());
    found
}

#[test]
fn every_judged_line_is_as_it_was_judged_and_the_shares_hold() {
    let documents = documents();
    let mut changed = Vec::new();
    let mut shares: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    let judged = rows("gist/judged.tsv");
    for row in &judged {
        let [set, judgement, name, line] = &row[..] else {
            panic!("{row:?}");
        };
        let (title, text) = &documents[name];
        let now = gist(title, text).unwrap_or("-".into());
        if now != *line {
            changed.push(format!("{name} ({judgement})\n  was {line}\n  now {now}"));
        }
        *shares.entry((set, judgement)).or_default() += 1;
        *shares.entry(("all", judgement)).or_default() += 1;
    }
    let share = |set: &str, judgement: &str| {
        let of = |wanted: Option<&str>| -> usize {
            let counted = shares.iter().filter(|((in_set, as_judged), _)| {
                *in_set == set && wanted.is_none_or(|wanted| *as_judged == wanted)
            });
            counted.map(|(_, count)| count).sum()
        };
        of(Some(judgement)) as f64 * 100.0 / of(None) as f64
    };
    for set in ["aside", "later", "recent", "all"] {
        let figures = ["good", "clumsy", "wrong", "none"]
            .map(|judgement| format!("{judgement} {:.1} %", share(set, judgement)));
        println!("{set}: {}", figures.join(", "));
    }
    assert!(judged.len() >= 200, "{}", judged.len());
    assert!(changed.is_empty(), "judge anew:\n{}", changed.join("\n"));
    for set in ["aside", "later", "recent", "all"] {
        assert!(share(set, "wrong") <= 2.0, "{set}");
        assert!(share(set, "none") <= 25.0, "{set}");
        assert!(share(set, "good") >= 60.0, "{set}");
    }
}

/// The letters and digits of each word, in lower case.
fn plain_words(text: &str) -> Vec<String> {
    let split = |c: char| c.is_whitespace() || "-/()".contains(c);
    let plain = |word: &str| -> String {
        let letters = word.chars().filter(|c| c.is_alphanumeric());
        letters.flat_map(char::to_lowercase).collect()
    };
    let apart = text.replace("RFC", "RFC ");
    apart
        .split(split)
        .map(plain)
        .filter(|word| !word.is_empty())
        .collect()
}

/// Returns the words that do not stand in the source behind those before them.
fn not_in_order(line: &str, source: &[String]) -> Vec<String> {
    let mut at = 0;
    let mut missing = Vec::new();
    for word in plain_words(line) {
        // An article agrees with the short form behind it, and a form may lose its plural.
        let is_it = |one: &String| {
            *one == word || (*one == "a" && word == "an") || (*one == "an" && word == "a")
        };
        match source[at..].iter().position(is_it) {
            Some(found) => at += found + 1,
            None => missing.push(word),
        }
    }
    missing
}

#[test]
fn every_word_stands_in_the_abstract_in_its_order() {
    let mut lines = 0;
    let mut opened = Vec::new();
    for (name, (title, text)) in documents() {
        let source = plain_words(&text);
        let everywhere = [plain_words(&title), source.clone()].concat();
        for said in [gist(&title, &text), topic(&[(&title, &text)])] {
            let Ok(said) = said else { continue };
            lines += 1;
            let missing = not_in_order(&said, &source);
            // What is out of order is a short or a long form that stands elsewhere.
            for word in &missing {
                let singular = word.strip_suffix('s').unwrap_or(word);
                let known = everywhere.iter().any(|one| {
                    one == word || one == singular || one.strip_suffix('s') == Some(word)
                });
                let common = title.to_lowercase().contains(singular);
                assert!(
                    known || common || is_common(word),
                    "{name}: {word:?} in {said}"
                );
            }
            if !missing.is_empty() {
                opened.push(format!("{name}: {missing:?} in {said}"));
            }
        }
    }
    println!("{lines} lines, {} with a form from elsewhere", opened.len());
    assert!(opened.len() * 100 <= lines * 5, "{}", opened.join("\n"));
}

/// Returns true for a short form that everybody knows.
fn is_common(word: &str) -> bool {
    let table = include_str!("../src/editor/gist/short_forms.tsv");
    let shorts = table.lines().filter_map(|line| line.split_once('\t'));
    let mut known = shorts.map(|(short, _)| short.to_lowercase().replace(['-', '.'], ""));
    known.any(|short| short == word)
}

#[test]
fn every_line_is_short_and_begins_and_ends_well() {
    for (name, (title, text)) in documents() {
        if let Ok(line) = gist(&title, &text) {
            let words = line.split_whitespace().count();
            assert!((4..=30).contains(&words), "{name}: {line}");
            assert!(!line.ends_with(['.', ',', ';', ':', '-']), "{name}: {line}");
            assert!(
                !line.to_lowercase().contains("this document"),
                "{name}: {line}"
            );
            assert_eq!(line, line.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        if let Ok(said) = topic(&[(&title, &text)]) {
            assert!(said.split_whitespace().count() <= 50, "{name}: {said}");
            assert!(said.ends_with('.'), "{name}: {said}");
        }
    }
}

#[test]
fn the_model_day_reads_as_it_should() {
    let documents = documents();
    let line = |name: &str| {
        let (title, text) = &documents[name];
        gist(title, text)
    };
    let expected = [
        (
            "draft-zgsgl-dispatch-a2a-requirements-enterprise",
            "Enhanced requirements for the A2A protocol tailored to enterprise applications",
        ),
        (
            "draft-storey-smtp-client-id",
            "\"CLIENTID\": an additional unique identification token prior to standard credentials authentication",
        ),
        (
            "draft-ietf-sshm-ssh-agent",
            "A key agent protocol for use in the Secure Shell protocol",
        ),
        (
            "draft-ietf-pce-sr-bidir-path",
            "PCEP extensions for grouping two unidirectional SR paths into a single associated bidirectional SR path",
        ),
        (
            "draft-ietf-netmod-system-config",
            "The concept of system configuration datastore holding configuration controlled by the system on which a server is running",
        ),
    ];
    for (name, expected) in expected {
        assert_eq!(line(name).as_deref(), Ok(expected), "{name}");
    }
    assert!(matches!(
        line("draft-saum-evpn-lsp-ping-extension"),
        Err(NoGist::Refused(_))
    ));
}
