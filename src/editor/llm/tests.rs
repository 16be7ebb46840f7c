//! The plan: what is asked, in which order, with which facts.

use crate::archive::DayRecord;
use crate::clock::Day;
use crate::digest::{self, Digest, DraftEntry, Edition, Gist, Taxonomy, Theme};
use crate::editor::grounding::TextKind;
use crate::wording::Language;

use super::plan;

#[test]
fn a_silent_day_asks_for_nothing() {
    let day: Day = "2025-10-23".parse().unwrap();
    let record = DayRecord {
        day,
        since: None,
        announcements: Vec::new(),
        late: Vec::new(),
        earlier: Default::default(),
        milestones: Default::default(),
        past: Vec::new(),
        last_before: None,
        connected: Default::default(),
        silent: Vec::new(),
        heard: Vec::new(),
        closing: Vec::new(),
        background: Default::default(),
    };
    let digest = digest::compile(
        &record,
        &Edition::unconfigured(),
        Taxonomy::built_in(),
        None,
    );
    assert!(plan::items(&digest).is_empty());
}

/// A digest of drafts, each with the line that the extract found for it.
fn digest(language: Language, lines: &[(&str, &str)]) -> Digest {
    let mut digest = Digest::empty("2025-11-28".parse().unwrap(), "daily", language);
    let drafts = lines
        .iter()
        .enumerate()
        .map(|(at, (title, line))| DraftEntry {
            name: format!("draft-{at}"),
            revisions: vec!["00".into()],
            title: (*title).into(),
            abstract_text: Some("It has an abstract.".into()),
            gist: Gist {
                line: (*line).into(),
                ..Gist::default()
            },
            ..DraftEntry::default()
        });
    digest.themes.push(Theme {
        key: "dns".into(),
        title: "DNS".into(),
        drafts: drafts.collect(),
    });
    digest.counts.drafts = 9;
    digest
}

fn gists_asked(digest: &Digest) -> Vec<String> {
    let items = plan::items(digest).into_iter();
    let gists = items.filter(|item| item.kind == TextKind::Gist);
    gists.map(|item| item.id).collect()
}

#[test]
fn a_gist_is_asked_for_where_the_extract_has_none_or_says_the_title_again() {
    let lines = [
        ("A DNS Cache", ""),
        ("DNS Caches for Small Networks", "Caches for small networks"),
        (
            "A DNS Resolver",
            "Answers from a cache that two resolvers share",
        ),
    ];
    assert_eq!(
        gists_asked(&digest(Language::En, &lines)),
        ["draft-0", "draft-1"]
    );
    let lines = [("A DNS Cache", ""), ("A DNS Resolver", "キャッシュの共有")];
    assert_eq!(gists_asked(&digest(Language::Ja, &lines)), ["draft-0"]);
}

#[test]
fn questions_hold_eight_documents_with_all_that_is_asked_of_each() {
    let lines = [("A DNS Cache", ""); 17];
    let questions = plan::questions(plan::items(&digest(Language::En, &lines)));
    let sizes: Vec<usize> = questions.iter().map(Vec::len).collect();
    // The theme and the closing note, then gist and summary of each draft.
    assert_eq!(sizes, [2, 16, 16, 2]);
}
