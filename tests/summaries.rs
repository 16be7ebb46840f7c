//! Summaries of real abstracts, every one in this repository: one to three whole sentences of the abstract, at most 400
//! characters, and no boilerplate that could be trimmed.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::fs;
use std::path::{Path, PathBuf};

use nikkan::announcement::{self, Body, Lists};
use nikkan::editor::summarise;
use nikkan::mail::Message;

/// Every abstract: of the corpus of mails, the model day, and the labelled set. With the name of its document.
fn abstracts() -> Vec<(String, String)> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut found = Vec::new();
    let mut mails: Vec<PathBuf> = Vec::new();
    for folder in ["corpus/real", "corpus/synthetic", "model-day"] {
        let files = fs::read_dir(data.join(folder)).unwrap();
        mails.extend(files.map(|file| file.unwrap().path()));
    }
    mails.sort();
    for mail in mails
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
    {
        for read in announcement::parse(
            &Message::parse(&fs::read(mail).unwrap()),
            None,
            &Lists::built_in(),
        ) {
            match read.body {
                Body::Draft(draft) => {
                    found.extend(draft.abstract_text.map(|text| (draft.name, text)))
                }
                Body::Rfc(rfc) => {
                    found.extend(
                        rfc.abstract_text
                            .map(|text| (format!("rfc{}", rfc.number), text)),
                    );
                }
                _ => {}
            }
        }
    }
    let labelled = fs::read_to_string(data.join("themes/labelled.tsv")).unwrap();
    let lines = labelled.lines().filter(|line| !line.starts_with('#'));
    found.extend(lines.map(|line| {
        let fields: Vec<&str> = line.split('\t').collect();
        (fields[2].to_owned(), fields[4].to_owned())
    }));
    assert!(found.len() > 180, "{}", found.len());
    found
}

fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn every_summary_is_short_and_of_whole_sentences() {
    let mut empty = Vec::new();
    for (name, text) in abstracts() {
        let summary = summarise(&text);
        if summary.is_empty() {
            empty.push(name);
            continue;
        }
        assert!(summary.chars().count() <= 400, "{name}: {summary}");
        // Each ends where a sentence of the abstract ends, and is there word for word; only its beginning may be trimmed.
        let source = flat(&text);
        let mut rest = summary.as_str();
        let mut sentences = 0;
        while !rest.is_empty() {
            let tail: String = rest.chars().skip(1).collect();
            let ends: Vec<usize> = (tail.match_indices(['.', '!', '?', ':', ')', ']']))
                .map(|(at, mark)| at + mark.len())
                .chain([tail.len()])
                .collect();
            // The longest piece that the abstract holds is what was taken of it at once.
            let piece = (ends.into_iter().rev().map(|end| &tail[..end]))
                .find(|piece| source.contains(*piece))
                .unwrap_or_else(|| panic!("{name}: not of the abstract: {rest}"));
            let at = source.find(piece).unwrap() + piece.len();
            let whole = source[at..].is_empty() || source[at..].starts_with(' ');
            assert!(whole, "{name}: cut inside: {piece}");
            sentences += 1;
            let skipped = rest.chars().next().unwrap().len_utf8() + piece.len();
            rest = rest[skipped..].trim_start();
        }
        assert!((1..=3).contains(&sentences), "{name}: {summary}");
    }
    // Where no sentence fits, nothing is better than half of one.
    assert!(empty.len() <= 3, "{empty:?}");
}

#[test]
fn boilerplate_is_trimmed_wherever_the_rest_is_a_statement() {
    let mut kept = Vec::new();
    let all = abstracts();
    for (name, text) in &all {
        let summary = summarise(text);
        let lower = summary.to_lowercase();
        for opening in ["document", "memo", "draft", "specification"] {
            for verb in ["describes", "specifies", "defines", "presents", "provides"] {
                let start = format!("this {opening} {verb} ");
                let Some(rest) = lower.strip_prefix(&start) else {
                    continue;
                };
                let object = rest.split(' ').next().unwrap();
                // "describes how …" needs its subject.
                if ["a", "an", "the", "two", "new"].contains(&object) && !rest.contains(" and de") {
                    kept.push(format!("{name}: {summary}"));
                }
            }
        }
    }
    let kept_share = kept.len() * 100 / all.len();
    assert!(kept_share <= 2, "{kept:#?}");
}
