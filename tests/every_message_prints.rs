//! Whatever a list sends, a digest comes of it: every message of the corpus, printed in every format and language.
#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use nikkan::announcement::Lists;
use nikkan::archive::Archive;
use nikkan::digest::{self, Edition, Language, Taxonomy};
use nikkan::editor;
use nikkan::press::{Format, Press};

/// Every `.eml` below `folder`.
fn messages(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(messages(&path));
        } else if path.extension().is_some_and(|end| end == "eml") {
            found.push(path);
        }
    }
    found.sort();
    found
}

#[tokio::test]
async fn every_day_of_the_corpus_is_printed_in_every_format() {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let paths: Vec<PathBuf> = ["corpus", "announcements", "model-day"]
        .iter()
        .flat_map(|folder| messages(&data.join(folder)))
        .collect();
    assert!(paths.len() > 100, "{} messages", paths.len());
    let raws = paths.iter().map(|path| fs::read(path).unwrap()).collect();
    let archive = Archive::in_memory().unwrap();
    let now = "2026-01-01T00:00:00Z".parse().unwrap();
    archive.import(raws, &Lists::built_in(), now).await.unwrap();
    let press = Press::default();
    let days = archive.announced_days().await.unwrap();
    assert!(days.len() > 50, "{} days", days.len());
    for day in days {
        let record = archive.record_of_day(day).await.unwrap();
        for language in [Language::En, Language::Ja] {
            let edition = Edition {
                language,
                ..Edition::unconfigured()
            };
            let edited = editor::extract(digest::compile(
                &record,
                &edition,
                Taxonomy::built_in(),
                None,
            ));
            for format in [Format::Text, Format::Html, Format::Markdown, Format::Json] {
                let printed = press.print(&edited, format).unwrap();
                let year = day.date().year().to_string();
                assert!(printed.contains(&year), "{day} {format:?}");
            }
        }
    }
}
