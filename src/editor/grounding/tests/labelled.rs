//! The labelled set: texts as models write them about real documents. Half of it was kept aside while the rules were made.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::super::*;
use crate::wording::Language;

fn data(file: &str) -> String {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/grounding");
    fs::read_to_string(folder.join(file)).unwrap()
}

fn kind(name: &str) -> TextKind {
    let kinds = [
        TextKind::Gist,
        TextKind::Topic,
        TextKind::Summary,
        TextKind::Reason,
        TextKind::Essay,
    ];
    kinds.into_iter().find(|kind| kind.name() == name).unwrap()
}

/// Refused and rightly so, missed, refused wrongly, left and rightly so.
#[derive(Clone, Copy, Debug, Default)]
struct Tally {
    hit: u32,
    missed: u32,
    wrong: u32,
    passed: u32,
}

impl Tally {
    fn add(&mut self, refuse: bool, refused: bool) {
        *match (refuse, refused) {
            (true, true) => &mut self.hit,
            (true, false) => &mut self.missed,
            (false, true) => &mut self.wrong,
            (false, false) => &mut self.passed,
        } += 1;
    }

    fn precision(&self) -> f64 {
        f64::from(self.hit) / f64::from(self.hit + self.wrong)
    }

    fn recall(&self) -> f64 {
        f64::from(self.hit) / f64::from(self.hit + self.missed)
    }
}

#[test]
fn what_the_facts_do_not_say_is_refused_and_what_they_say_stands() {
    let facts: BTreeMap<String, Value> = data("facts.jsonl")
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .map(|facts| (facts["id"].as_str().unwrap().to_owned(), facts))
        .collect();
    let mut tallies: BTreeMap<(bool, &str), Tally> = BTreeMap::new();
    let texts = data("texts.tsv");
    for line in texts
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty())
    {
        let columns: Vec<&str> = line.split('\t').collect();
        let [verdict, why, language, kind_name, id, text] = columns[..] else {
            panic!("{line}")
        };
        let sent = &facts[id];
        let item = TextRequest {
            kind: kind(kind_name),
            id: id.into(),
            revision: String::new(),
            facts: Arc::default(),
            sent: Arc::new(sent.clone()),
        };
        let written = if language == "ja" {
            Language::Ja
        } else {
            Language::En
        };
        let judged = judge_one(&item, &text.replace("\\n", "\n"), written);
        let aside = Sha256::digest(text.as_bytes())[0] % 2 == 1;
        let refuse = verdict == "refuse";
        for of in [language, "both"] {
            tallies
                .entry((aside, of))
                .or_default()
                .add(refuse, judged.is_err());
        }
        if !aside && refuse != judged.is_err() {
            println!("{verdict}, {why}: {text}: {judged:?}");
        }
    }
    println!(
        "| half | language | to refuse | to accept | refused wrongly | missed | precision | recall |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for ((aside, language), tally) in &tallies {
        println!(
            "| {} | {language} | {} | {} | {} | {} | {:.3} | {:.3} |",
            if *aside { "kept aside" } else { "for building" },
            tally.hit + tally.missed,
            tally.passed + tally.wrong,
            tally.wrong,
            tally.missed,
            tally.precision(),
            tally.recall()
        );
        if *language == "both" {
            assert!(
                tally.precision() >= 0.95 && tally.recall() >= 0.95,
                "{tally:?}"
            );
        }
    }
}
