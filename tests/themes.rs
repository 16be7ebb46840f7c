//! The built-in taxonomy, measured on real drafts that it was not tuned on. `cargo test --test themes -- --nocapture`
//! prints the figures of docs/themes.md; with NIKKAN_TUNE=1 also what went wrong in the tuning half, and only there.

#![allow(clippy::unwrap_used)] // A panic is how a test reports; the helpers here are part of tests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::process::Command;

use nikkan::announcement::Group;
use nikkan::digest::{DraftEntry, History, Links, Taxonomy};

/// Per cent of the recent drafts that were kept aside.
const BAR: usize = 94;

/// One line of the labelled set.
struct Labelled {
    theme: String,
    also: Option<String>,
    draft: DraftEntry,
}

fn labelled() -> Vec<Labelled> {
    read(include_str!("data/themes/labelled.tsv"))
}

/// What was collected only after the tuning.
fn fresh() -> Vec<Labelled> {
    read(include_str!("data/themes/fresh.tsv"))
}

/// What was collected last, of 2024 to 2026.
fn recent() -> Vec<Labelled> {
    read(include_str!("data/themes/recent.tsv"))
}

/// The recent ones in two halves by the hash of the name: what may be looked at, and what is kept aside.
fn recent_halves() -> (Vec<Labelled>, Vec<Labelled>) {
    let kept_aside = |one: &Labelled| {
        let hash = one
            .draft
            .name
            .bytes()
            .fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
                (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
            });
        hash % 2 == 1
    };
    let (aside, tuning) = recent().into_iter().partition(kept_aside);
    (tuning, aside)
}

fn read(text: &str) -> Vec<Labelled> {
    let mut all: Vec<Labelled> = text
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [themes, group, name, title, summary] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            let (theme, also) = match themes.split_once('|') {
                Some((theme, also)) => (theme, Some(also.to_owned())),
                None => (themes, None),
            };
            Labelled {
                theme: theme.into(),
                also,
                draft: draft(name, group, title, summary),
            }
        })
        .collect();
    all.sort_by(|a, b| a.draft.name.cmp(&b.draft.name));
    all
}

fn draft(name: &str, group: &str, title: &str, summary: &str) -> DraftEntry {
    let (name, revision) = name.rsplit_once('-').unwrap();
    assert!(revision.len() == 2, "{name} has no revision");
    DraftEntry {
        gist: Default::default(),
        name: name.into(),
        revisions: vec![revision.into()],
        previous: None,
        title: title.into(),
        authors: Vec::new(),
        group: (group != "-").then(|| Group {
            acronym: Some(group.into()),
            name: None,
            area: None,
        }),
        pages: None,
        summary: String::new(),
        updates: Vec::new(),
        obsoletes: Vec::new(),
        related: Vec::new(),
        watched: Vec::new(),
        adopted_from: None,
        second_theme: None,
        history: History::default(),
        links: Links::default(),
        abstract_text: Some(summary.into()),
    }
}

/// Every second draft by name: each group's documents are in both halves.
fn halves() -> (Vec<Labelled>, Vec<Labelled>) {
    let (tuning, test): (Vec<_>, Vec<_>) = labelled()
        .into_iter()
        .enumerate()
        .partition(|(at, _)| at % 2 == 0);
    let bare = |half: Vec<(usize, Labelled)>| half.into_iter().map(|(_, one)| one).collect();
    (bare(tuning), bare(test))
}

/// The same draft as if nobody knew its group: neither the announcement nor the name tells it.
fn without_group(one: &Labelled) -> DraftEntry {
    let mut draft = one.draft.clone();
    draft.group = None;
    let words: Vec<&str> = draft.name.split('-').skip(3).collect();
    draft.name = format!("draft-somebody-nowhere-{}", words.join("-"));
    draft
}

#[derive(Default)]
struct Score {
    right: usize,
    accepted: usize,
    all: usize,
    /// Counts by label and by answer.
    table: BTreeMap<(String, String), usize>,
    wrong: Vec<String>,
}

impl Score {
    fn of(half: &[Labelled], as_seen: impl Fn(&Labelled) -> DraftEntry) -> Self {
        let mut score = Score::default();
        for one in half {
            let reasoning = Taxonomy::built_in().reason(&as_seen(one));
            let answer = reasoning.theme;
            score.all += 1;
            score.right += usize::from(answer == one.theme);
            let accepted = answer == one.theme || Some(&answer) == one.also.as_ref();
            score.accepted += usize::from(accepted);
            if !accepted {
                let (name, evidence) = (&one.draft.name, reasoning.evidence.join(", "));
                let line = format!("{name}: {} read as {answer} ({evidence})", one.theme);
                score.wrong.push(line);
            }
            *score.table.entry((one.theme.clone(), answer)).or_default() += 1;
        }
        score
    }

    fn percent(&self, count: usize) -> usize {
        (count * 100 + self.all / 2) / self.all
    }

    /// Labels down, answers across; what is right stands in the diagonal.
    fn confusion(&self) -> String {
        let labels: BTreeSet<&String> = self.table.keys().map(|(label, _)| label).collect();
        let answers: BTreeSet<&String> = self.table.keys().map(|(_, answer)| answer).collect();
        let mut text = String::from("| label |");
        for answer in &answers {
            write!(text, " {answer} |").unwrap();
        }
        text.push('\n');
        text.push_str(&"|---".repeat(answers.len() + 1));
        text.push_str("|\n");
        for label in labels {
            write!(text, "| {label} |").unwrap();
            for answer in &answers {
                let key = (label.clone(), (*answer).clone());
                match self.table.get(&key) {
                    Some(count) => write!(text, " {count} |").unwrap(),
                    None => text.push_str(" |"),
                }
            }
            text.push('\n');
        }
        text
    }

    fn line(&self, name: &str) -> String {
        format!(
            "{name}: {} of {} ({} %) right, {} ({} %) with the second theme that a reader accepts",
            self.right,
            self.all,
            self.percent(self.right),
            self.accepted,
            self.percent(self.accepted)
        )
    }
}

#[test]
fn the_taxonomy_is_right_about_drafts_it_was_not_tuned_on() {
    let (tuning, test) = halves();
    let announced = |one: &Labelled| one.draft.clone();
    let known = Score::of(&test, announced);
    let unknown = Score::of(&test, without_group);
    println!("{}", known.line("test half, as announced"));
    println!("{}", unknown.line("test half, the group hidden"));
    println!("{}", Score::of(&tuning, announced).line("tuning half"));
    let hidden = Score::of(&tuning, without_group);
    println!("{}", hidden.line("tuning half, the group hidden"));
    let fresh = fresh();
    let (new, new_hidden) = (
        Score::of(&fresh, announced),
        Score::of(&fresh, without_group),
    );
    println!("{}", new.line("collected afterwards, as announced"));
    println!(
        "{}",
        new_hidden.line("collected afterwards, the group hidden")
    );
    println!("\nas announced:\n{}", known.confusion());
    println!("the group hidden:\n{}", unknown.confusion());
    if std::env::var_os("NIKKAN_TUNE").is_some() {
        let wrong = Score::of(&tuning, announced).wrong;
        println!("{}\n\n{}", wrong.join("\n"), hidden.wrong.join("\n"));
    }
    assert!(known.percent(known.right) >= 85, "{}", known.line(""));
    assert!(new.percent(new.right) >= 60, "{}", new.line(""));
    assert!(unknown.percent(unknown.right) >= 72, "{}", unknown.line(""));
}

#[test]
fn the_taxonomy_knows_the_drafts_of_today() {
    let (tuning, aside) = recent_halves();
    let announced = |one: &Labelled| one.draft.clone();
    let known = Score::of(&aside, announced);
    let seen = Score::of(&tuning, announced);
    println!("{}", known.line("recent, kept aside, as announced"));
    let hidden = Score::of(&aside, without_group);
    println!("{}", hidden.line("recent, kept aside, the group hidden"));
    println!("{}", seen.line("recent, tuning half"));
    let seen_hidden = Score::of(&tuning, without_group);
    println!(
        "{}",
        seen_hidden.line("recent, tuning half, the group hidden")
    );
    println!("\nrecent, kept aside:\n{}", known.confusion());
    if std::env::var_os("NIKKAN_TUNE").is_some() {
        println!(
            "{}\n\n{}",
            seen.wrong.join("\n"),
            seen_hidden.wrong.join("\n")
        );
    }
    assert!(known.right * 100 >= known.all * BAR, "{}", known.line(""));
}

#[test]
fn the_labelled_set_is_large_whole_and_without_doubles() {
    let mut all = labelled();
    all.extend(fresh());
    assert!(recent().len() >= 150, "{}", recent().len());
    all.extend(recent());
    assert!(all.len() >= 120, "{}", all.len());
    let names: BTreeSet<_> = all.iter().map(|one| &one.draft.name).collect();
    assert_eq!(names.len(), all.len());
    let themes: BTreeSet<_> = all.iter().map(|one| one.theme.as_str()).collect();
    let known: BTreeSet<&str> = Taxonomy::built_in().keys().collect();
    assert_eq!(themes, known, "every theme is measured, and no other");
    let (tuning, test) = halves();
    assert!(tuning.len().abs_diff(test.len()) <= 1);
}

/// What the program says on standard output and standard error, and its exit code.
fn nikkan(arguments: &[&str]) -> (String, String, Option<i32>) {
    let done = Command::new(env!("CARGO_BIN_EXE_nikkan"))
        .args(arguments)
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .env_remove("NIKKAN_CONFIG")
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (text(done.stdout), text(done.stderr), done.status.code())
}

const DAY: [&str; 4] = ["digest", "2025-11-28", "--mail", "tests/data/model-day"];

#[test]
fn explain_tells_the_evidence_of_every_draft_and_the_points_of_every_hot_topic() {
    let (told, said, code) = nikkan(&[&DAY[..], &["--explain"]].concat());
    assert_eq!(code, Some(0), "{said}");
    assert_eq!(told.matches("  theme: ").count(), 14, "{told}");
    assert_eq!(told.matches("(hot topic ").count(), 3, "{told}");
    assert_eq!(told.matches("(told with ").count(), 2, "{told}");
    assert_eq!(told.matches("  hot topic: ").count(), 14, "{told}");
    let quic = told.split("draft-gage-quic-pathmgmt").nth(1).unwrap();
    let quic = quic.split("\ndraft-").next().unwrap();
    assert!(quic.contains("theme: transport, 62 points\n"), "{quic}");
    assert!(
        quic.contains("\n      18 \"quic\" in the title\n"),
        "{quic}"
    );
    assert!(quic.contains("shown under: Routing & transport"), "{quic}");
    assert!(
        told.contains(
            "hot topic: 8 points of at least 20\n       5 updates RFC 8342\n       3 revisions 13 14 on one day\n"
        ),
        "{told}"
    );
}

#[test]
fn a_file_replaces_the_themes_and_its_faults_are_told_with_line_and_key() {
    let folder = tempfile::tempdir().unwrap();
    let themes = folder.path().join("themes.toml");
    let config = folder.path().join("config.toml");
    let example = include_str!("../config.example.toml");
    let digest = format!("\n[digest]\nthemes = \"{}\"\n", themes.display());
    std::fs::write(&config, format!("{example}{digest}")).unwrap();
    let config = config.to_str().unwrap();
    let run = |text: &str| {
        std::fs::write(&themes, text).unwrap();
        nikkan(&[&["--config", config], &DAY[..]].concat())
    };
    let mine = include_str!("../src/digest/themes.toml").replace(
        "en = \"Network management & YANG\"",
        "en = \"Boxes and their buttons\"",
    );
    let (told, said, code) = run(&mine);
    assert_eq!(code, Some(0), "{said}");
    assert!(told.contains("Boxes and their buttons · 2"), "{told}");
    let (_, said, code) =
        run("[family.a]\nen = \"A\"\nja = \"A\"\n[[theme]]\nkey = \"x\"\nfamilie = \"a\"\n");
    assert_eq!(code, Some(2));
    let place = format!("{}:6:1: unknown field `familie`", themes.display());
    assert!(said.contains(&place), "{said}");
    assert_eq!(said.trim().lines().count(), 1, "{said}");
    std::fs::remove_file(&themes).unwrap();
    let (_, said, code) = nikkan(&[&["--config", config], &DAY[..]].concat());
    assert_eq!(code, Some(2));
    assert!(said.contains("cannot read the themes"), "{said}");
}
