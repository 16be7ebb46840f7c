//! What the documents name is there: a map with a wrong street is worse than none.
#![allow(clippy::unwrap_used)] // A panic is how a test reports.

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
