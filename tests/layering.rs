//! The house keeps its order: later rooms import earlier ones, never the other way round; rooms do not call onward;
//! files name each other in one direction; a type's name stands in two rooms at most; each outside library is known to
//! one room only; no file outgrows a reader's patience.
#![allow(clippy::unwrap_used)] // A panic is how a test reports.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

#[path = "layering/circles.rs"]
mod circles;
#[path = "layering/paths.rs"]
mod paths;

/// From the ground up: a room knows only what stands before it.
const ROOMS: [&str; 19] = [
    "clock",
    "crash",
    "panics",
    "secret",
    "endpoint",
    "wording",
    "mail",
    "announcement",
    "correspondence",
    "mailbox",
    "archive",
    "digest",
    "editor",
    "press",
    "site",
    "outbox",
    "config",
    "daemon",
    "cli",
];

/// What only some files may name.
const KEPT: [(&str, &[&str]); 22] = [
    // Signals, process groups, the host's name, and the space on a disk.
    (
        "rustix",
        &[
            "crash.rs",
            "outbox/session.rs",
            "archive/store/backup.rs",
            "secret/command.rs",
        ],
    ),
    ("hmac", &["secret/"]),
    ("getrandom", &["secret/"]),
    ("idna", &["mail/"]),
    // The log names it as a target, to keep it below the level at which it logs passwords.
    ("async_imap", &["mailbox/", "cli/log.rs"]),
    ("mail_parser", &["mail/"]),
    ("encoding_rs", &["mail/"]),
    ("rusqlite", &["archive/"]),
    ("zstd", &["archive/"]),
    ("lettre::transport", &[]),
    // Pages, and what a model is told.
    ("minijinja", &["press/", "editor/llm/prompt.rs"]),
    ("reqwest", &["editor/llm/client.rs", "cli/log.rs"]),
    ("fluent", &["wording/"]),
    // What a domain's name server says, for `check`.
    ("hickory_proto", &["cli/check/domain/"]),
    ("native_tls", &["endpoint/"]),
    ("clap", &["cli/"]),
    ("indicatif", &["cli/"]),
    ("tracing_subscriber", &["cli/"]),
    ("sd_notify", &["daemon/service_manager.rs"]),
    ("signal_hook", &["daemon/signals.rs"]),
    ("Timestamp::now", &["clock.rs"]),
    ("SystemTime::now", &["clock.rs"]),
];

const LONGEST_FILE: usize = 450;

fn source_files() -> Vec<(String, String)> {
    fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, found);
            } else if path.extension().is_some_and(|end| end == "rs") {
                found.push(path);
            }
        }
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut paths = Vec::new();
    collect(&root, &mut paths);
    paths.sort();
    paths
        .into_iter()
        .map(|path| {
            let name = path
                .strip_prefix(&root)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, fs::read_to_string(path).unwrap())
        })
        .collect()
}

/// The room that a file belongs to: its first folder, or its own name.
fn room_of(file: &str) -> &str {
    file.split('/').next().unwrap().trim_end_matches(".rs")
}

/// The code of a file, without comments.
fn code(text: &str) -> String {
    let lines = text.lines().map(|line| match line.find("//") {
        // A `//` in a string is mostly an address; what stands before it is code all the same.
        Some(at) => &line[..at],
        None => line,
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// The rooms named behind `crate::`, also in braces.
fn imported(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        if let Some(group) = rest.strip_prefix('{') {
            let mut depth = 0;
            let mut item = String::new();
            for c in group.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => {
                        found.insert(first_name(&item));
                        item.clear();
                        continue;
                    }
                    _ => {}
                }
                item.push(c);
            }
            found.insert(first_name(&item));
        } else {
            found.insert(first_name(rest));
        }
    }
    found.retain(|name| !name.is_empty());
    found
}

fn first_name(text: &str) -> String {
    text.trim_start()
        .chars()
        .take_while(|c| c.is_alphanumeric() || *c == '_')
        .collect()
}

/// What breaks the order, as sentences.
fn faults(file: &str, text: &str) -> Vec<String> {
    let mut faults = Vec::new();
    let room = room_of(file);
    let code = code(text);
    let place = |name: &str| ROOMS.iter().position(|known| *known == name);
    if let Some(own) = place(room) {
        for other in imported(&code) {
            if place(&other).is_some_and(|other| other > own) {
                faults.push(format!("{file} imports the later room {other}"));
            }
        }
    } else if !matches!(file, "lib.rs" | "main.rs") {
        faults.push(format!("{file} is in no known room"));
    }
    for (name, keepers) in KEPT {
        let named = code.match_indices(name).any(|(at, _)| {
            let before = code[..at].chars().next_back();
            let after = code[at + name.len()..].chars().next();
            !before.is_some_and(|c| c.is_alphanumeric() || c == '_')
                && !after.is_some_and(|c| c.is_alphanumeric() || c == '_')
        });
        if named && !keepers.iter().any(|keeper| file.starts_with(keeper)) {
            faults.push(format!(
                "{file} names {name}, which belongs to {}",
                keepers.join(", ")
            ));
        }
    }
    let lines = text.lines().count();
    if lines > LONGEST_FILE {
        faults.push(format!("{file} has {lines} lines"));
    }
    faults
}

/// A day becomes sealed at one place, which takes the proof of the mailbox's last reading; and that is made by the mailbox alone.
#[test]
fn a_day_is_sealed_at_one_place_and_by_a_proof() {
    let files: Vec<(String, String)> = source_files()
        .into_iter()
        .filter(|(file, _)| !file.contains("tests"))
        .map(|(file, text)| {
            let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
            (file, code(text).split_whitespace().collect::<String>())
        })
        .collect();
    let named_in = |words: &str| -> Vec<(&str, usize)> {
        files
            .iter()
            .map(|(file, text)| (file.as_str(), text.matches(words).count()))
            .filter(|(_, count)| *count > 0)
            .collect()
    };
    assert_eq!(named_in(".seal("), [("daemon/seal.rs", 1)]);
    assert_eq!(
        named_in("Sealing{"),
        [("archive/days/seal.rs", 1), ("daemon/seal.rs", 1)]
    );
    assert_eq!(named_in("fnseal_due("), [("daemon/seal.rs", 1)]);
    assert_eq!(
        named_in("reading:&LastReading,)->Result<usize>"),
        [("daemon/seal.rs", 2)]
    );
    // What was sealed before the archive was lost is found again as sealed.
    assert_eq!(
        named_in("INSERTINTOdigest("),
        [("archive/days/recovery.rs", 1), ("archive/days/seal.rs", 1)]
    );
}

#[test]
fn the_rooms_keep_their_order() {
    let files = source_files();
    let rooms: BTreeSet<&str> = files.iter().map(|(file, _)| room_of(file)).collect();
    for room in ROOMS {
        assert!(rooms.contains(room), "the room {room} was not found");
    }
    let faults: Vec<String> = files
        .iter()
        .flat_map(|(file, text)| faults(file, text))
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn a_fault_would_be_seen() {
    assert_eq!(
        faults(
            "mailbox/x.rs",
            "use crate::{clock::Clock, archive::{self, Error}};"
        ),
        ["mailbox/x.rs imports the later room archive"]
    );
    assert_eq!(
        faults(
            "digest/x.rs",
            "fn f() { rusqlite::open(); } // lettre::transport"
        ),
        ["digest/x.rs names rusqlite, which belongs to archive/"]
    );
    assert_eq!(faults("misc/x.rs", ""), ["misc/x.rs is in no known room"]);
    assert_eq!(faults("clock.rs", &"\n".repeat(451)).len(), 1);
    assert!(faults("cli/x.rs", "use crate::archive::Archive; use clap::Parser;").is_empty());
}

/// The files that are no tests, with their texts.
fn production(files: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    let is_test = |file: &str| file.ends_with("tests.rs") || file.contains("/tests/");
    let named = files.iter().map(|(file, text)| (&**file, &**text));
    named.filter(move |(file, _)| !is_test(file))
}

/// The circles among some files, each as a sentence that names its files in order.
///
/// A file names another when a path of it, in a `use` or in its code, ends at what the other declares. A face (`mod.rs`)
/// only stands for the file whose item it hands on; declaring `mod x;` or handing an item on names nobody. What a face
/// declares itself may be named by the files below it, as is usual, although the face calls them: so a file names none
/// of the faces that it lies under, while a face names its files when it calls them, and other files name the face.
fn circles(files: &[(String, String)]) -> Vec<String> {
    let sources = paths::Sources::read(production(files));
    let found = circles::circles(&sources.named_files());
    let told = |circle: Vec<&str>| format!("{} → {}", circle.join(" → "), circle[0]);
    found.into_iter().map(told).collect()
}

#[test]
fn no_file_names_one_that_names_it() {
    let found = circles(&source_files());
    assert!(found.is_empty(), "circles of files:\n{}", found.join("\n"));
}

#[test]
fn a_circle_would_be_seen() {
    let circles = |files: &[(&str, &str)]| {
        let owned = |(file, text): &(&str, &str)| ((*file).to_owned(), (*text).to_owned());
        circles(&files.iter().map(owned).collect::<Vec<_>>())
    };
    let face = (
        "mail/mod.rs",
        "mod a; mod b; mod c; pub use b::B; pub struct Own; fn f() { a::f() }",
    );
    // By `use`, by a path in the code, by way of the face, by a module that was brought in.
    for a in [
        "use super::b::B;",
        "fn f() { super::b::f() }",
        "use super::{Own, B};",
        "use super::b;\nfn f() { b::f() }",
        "use crate::mail::{Own, b::{self, g}};\nfn f() { b::f() }",
    ] {
        let b = "use super::c::C;";
        let c = "pub struct C; fn f() { crate::mail::a::f() }";
        assert_eq!(
            circles(&[face, ("mail/a.rs", a), ("mail/b.rs", b), ("mail/c.rs", c)]),
            ["mail/a.rs → mail/b.rs → mail/c.rs → mail/a.rs"],
            "{a}"
        );
    }
    // A face that calls what names it from beside.
    let page = ("page/mod.rs", "use crate::site::Nav; pub struct Page;");
    assert_eq!(
        circles(&[page, ("site.rs", "use crate::page::Page;")]),
        ["page/mod.rs → site.rs → page/mod.rs"]
    );
    // What a face declares, a comment, a string and a module of tests are no circle.
    for (a, b) in [
        ("use super::Own;", ""),
        ("// super::b::B", "use super::a::A;"),
        ("const S: &str = \"super::b::B\";", "use super::a::A;"),
        (
            "fn f<'a>(x: &'a str) {}\n#[cfg(test)]\nmod tests {\n use crate::mail::b::B;\n}",
            "use super::a::A;",
        ),
        ("use super::b;", "use super::a::A;"),
    ] {
        assert_eq!(
            circles(&[face, ("mail/a.rs", a), ("mail/b.rs", b)]),
            [""; 0],
            "{a}"
        );
    }
}

/// The names of types that stand in more than two rooms, each as a sentence with the rooms. Whoever meets one in a third
/// room has to look at the imports to know which is meant.
fn names_in_many_rooms(files: &[(String, String)]) -> Vec<String> {
    let mut rooms: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (file, text) in production(files) {
        for name in paths::type_names(text) {
            rooms.entry(name).or_default().insert(room_of(file));
        }
    }
    rooms.retain(|_, rooms| rooms.len() > 2);
    let told = |(name, rooms): (String, BTreeSet<&str>)| {
        let rooms: Vec<&str> = rooms.into_iter().collect();
        format!("{name} stands in {}", rooms.join(", "))
    };
    rooms.into_iter().map(told).collect()
}

#[test]
fn no_type_name_stands_in_more_than_two_rooms() {
    let found = names_in_many_rooms(&source_files());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn a_name_in_a_third_room_would_be_seen() {
    let files = [
        (
            "clock.rs",
            "pub struct Error; type Kind = u8; // struct Source",
        ),
        (
            "secret/a.rs",
            "pub(super) enum Error {} trait T { type Kind; }",
        ),
        ("digest/a.rs", "struct Kind;"),
        ("editor/tests.rs", "struct Error;"),
        (
            "editor/a.rs",
            "trait Error { type Kind; }\n#[cfg(test)]\nmod tests {\n struct Kind;\n}",
        ),
    ];
    let files = files.map(|(file, text)| (file.to_owned(), text.to_owned()));
    assert_eq!(
        names_in_many_rooms(&files),
        ["Error stands in clock, editor, secret"]
    );
}
