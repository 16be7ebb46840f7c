//! What the documents name is there: a map with a wrong street is worse than none.
#![allow(clippy::unwrap_used)] // A panic is how a test reports.

use std::collections::HashSet;
use std::fs;
use std::path::Path;

/// Returns the files and folders that a document names in backquotes or as a link, as they stand there.
fn named_paths(text: &str) -> Vec<&str> {
    let quoted = text.split('`').skip(1).step_by(2);
    let linked = text.split("](").skip(1).filter_map(|rest| {
        let target = rest.split(')').next()?;
        target.split('#').next()
    });
    let is_path = |path: &&str| {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        let (_, end) = path.rsplit_once('.').unwrap_or(("", ""));
        path.chars().all(plain)
            && (path.contains('/') || ["rs", "sql"].contains(&end))
            && ["rs", "sql", "md", "toml", "tsv", "ftl", "j2", "png", "txt"].contains(&end)
            && !path.starts_with(['/', '.'])
    };
    quoted.chain(linked).filter(is_path).collect()
}

/// Returns true when a path is one of the repository's, or of `src/`, or lies beside the document.
fn exists(document: &Path, path: &str) -> bool {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let beside = document.parent().unwrap();
    [root.to_owned(), root.join("src"), beside.to_owned()]
        .iter()
        .any(|folder| folder.join(path).exists())
}

/// Returns what a document names and what is not there.
fn missing(document: &Path, text: &str) -> Vec<String> {
    let named = named_paths(text).into_iter();
    let gone = named.filter(|path| !exists(document, path));
    gone.map(|path| format!("{} names {path}", document.display()))
        .collect()
}

#[test]
fn every_file_that_the_documents_name_is_there() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut documents = vec![root.join("ARCHITECTURE.md"), root.join("README.md")];
    for entry in fs::read_dir(root.join("docs")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|end| end == "md") {
            documents.push(path);
        }
    }
    assert!(documents.len() > 5, "the documents were not found");
    let gone: Vec<String> = documents
        .iter()
        .flat_map(|document| missing(document, &fs::read_to_string(document).unwrap()))
        .collect();
    assert!(gone.is_empty(), "{}", gone.join("\n"));
}

#[test]
fn a_file_that_is_gone_would_be_seen() {
    let map = Path::new(env!("CARGO_MANIFEST_DIR")).join("ARCHITECTURE.md");
    let text = "`clock.rs`, `mail/header.rs`, [x](README.md#top), `a b/c.rs`, `/etc/nikkan/config.toml`, `gone.rs`";
    let found = missing(&map, text);
    assert_eq!(found, [format!("{} names gone.rs", map.display())]);
}

/// Returns the rows of a document's tables, each as its cells, without the heads.
fn rows(text: &str) -> Vec<Vec<&str>> {
    let lines: Vec<&str> = text.lines().collect();
    let is_head = |at: usize| lines.get(at + 1).is_some_and(|next| next.starts_with("|-"));
    let of_table = |at: &usize| lines[*at].starts_with("| ") && !is_head(*at);
    let cells = |at: usize| {
        let cells = lines[at].trim_matches('|').split(" | ");
        cells.map(str::trim).collect()
    };
    (0..lines.len()).filter(of_table).map(cells).collect()
}

/// Adds the text of the Rust files below a folder.
fn read_rust(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            read_rust(&path, code);
        } else if path.extension().is_some_and(|end| end == "rs") {
            code.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

/// Returns the names of all tests.
fn tests_there_are() -> HashSet<String> {
    let mut code = String::new();
    for folder in ["src", "tests"] {
        read_rust(
            &Path::new(env!("CARGO_MANIFEST_DIR")).join(folder),
            &mut code,
        );
    }
    let attributes = ["#[test]", "#[tokio::test"];
    let after = attributes.iter().flat_map(|one| code.split(one).skip(1));
    let name = |rest: &str| {
        let (_, rest) = rest.split_once("fn ")?;
        Some(rest.split('(').next()?.to_owned())
    };
    after.filter_map(name).collect()
}

/// Returns what is wrong with a row of the table of situations.
fn fault_of(row: &[&str], tests: &HashSet<String>, makefile: &str) -> Option<String> {
    let [situation, played_by, happens] = row else {
        return Some(format!("not three cells: {row:?}"));
    };
    if situation.is_empty() || happens.is_empty() {
        return Some(format!("an empty cell: {row:?}"));
    }
    let players: Vec<&str> = played_by.split('`').skip(1).step_by(2).collect();
    let is_there = |player: &&str| match player.strip_prefix("make ") {
        Some(target) => makefile.contains(&format!("\n{target}:")),
        None => tests.contains(*player),
    };
    match players.iter().find(|player| !is_there(player)) {
        Some(gone) => Some(format!("{situation}: there is no `{gone}`")),
        None if players.is_empty() => Some(format!("{situation}: played by nothing")),
        None => None,
    }
}

#[test]
fn every_situation_of_the_machine_was_played() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let table = fs::read_to_string(root.join("docs/machine.md")).unwrap();
    let makefile = fs::read_to_string(root.join("Makefile")).unwrap();
    // The figures are tables too.
    let situations = table.split("## Figures").next().unwrap();
    let (tests, rows) = (tests_there_are(), rows(situations));
    let judged = rows
        .iter()
        .filter_map(|row| fault_of(row, &tests, &makefile));
    let faults: Vec<String> = judged.collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    assert!(rows.len() >= 80, "only {} situations", rows.len());
    let once: HashSet<&str> = rows.iter().map(|row| row[0]).collect();
    assert_eq!(once.len(), rows.len(), "a situation stands twice");
}

#[test]
fn a_situation_that_nothing_plays_would_be_seen() {
    let (tests, makefile) = (HashSet::from(["it_holds".to_owned()]), "\ncrash: ## kills");
    let fault = |row: &str| fault_of(&rows(row)[0], &tests, makefile);
    assert_eq!(fault("| a | `it_holds`, `make crash` | b |"), None);
    assert!(fault("| a | `gone` | b |").is_some());
    assert!(fault("| a | `make gone` | b |").is_some());
    assert!(fault("| a | by eye | b |").is_some());
    assert!(fault("| a | `it_holds` |").is_some());
}
