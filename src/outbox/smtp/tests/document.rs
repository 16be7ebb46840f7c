//! The table of dialogues in docs/submission.md is played as it stands there.

use super::script::{Play, play, words};

const DOCUMENT: &str = include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/submission.md"));

/// A line of the table.
struct Dialogue<'a> {
    play: Play,
    outcome: &'a str,
    copies: u32,
    connections: u32,
}

/// Reads a line of the table: what is said, the outcomes, copies, connections.
fn dialogue(line: &str) -> Option<Dialogue<'_>> {
    let cells: Vec<&str> = line
        .strip_prefix('|')?
        .trim_end_matches('|')
        .split(" | ")
        .collect();
    let [said, outcome, copies, connections] = cells[..] else {
        return None;
    };
    let (copies, connections) = (copies.trim().parse(), connections.trim().parse());
    let mut play = Play::default();
    let mut parts = said.split('`').map(str::trim).skip(1);
    while let (Some(at), Some(_), Some(text)) = (parts.next(), parts.next(), parts.next()) {
        let after = parts.next().unwrap_or_default();
        match at {
            "keys" => play = play.with_keys(&text.replace("; ", "\n")),
            "to" => play.readers.push(text.to_owned()),
            "mails" => play = play.for_readers(text.parse().unwrap()),
            at => play = play.and(at, &reply(text, after)),
        }
    }
    Some(Dialogue {
        play,
        outcome: outcome.trim(),
        copies: copies.ok()?,
        connections: connections.ok()?,
    })
}

/// Returns the bytes of a reply as the table writes it: `\r\n`, `\xe9`; behind it, that it is cut or how long it is.
fn reply(text: &str, after: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut pieces = text.split('\\');
    bytes.extend_from_slice(pieces.next().unwrap_or_default().as_bytes());
    for piece in pieces {
        let (byte, rest) = match piece.split_at(1) {
            ("r", rest) => (b'\r', rest),
            ("n", rest) => (b'\n', rest),
            (_, rest) => (u8::from_str_radix(&rest[..2], 16).unwrap(), &rest[2..]),
        };
        bytes.push(byte);
        bytes.extend_from_slice(rest.as_bytes());
    }
    if after.starts_with("and 5,000 more") {
        bytes.extend_from_slice("x".repeat(5000).as_bytes());
    }
    if !after.starts_with("cut") && !bytes.ends_with(b"\n") {
        bytes.extend_from_slice(b"\r\n");
    }
    bytes
}

#[tokio::test]
async fn the_dialogues_of_the_document_end_as_it_says() {
    let (mut played, mut wrong) = (0, String::new());
    for line in DOCUMENT.lines() {
        let Some(expected) = dialogue(line) else {
            continue;
        };
        let (outcomes, noticed) = play(expected.play).await;
        let (copies, connections) = (noticed.copies(), noticed.connections);
        if words(&outcomes) != expected.outcome
            || (copies, connections) != (expected.copies, expected.connections)
        {
            wrong += &format!("{line}\n{outcomes:?}, {copies} copies, {connections} connections\n");
        }
        played += 1;
    }
    assert!(wrong.is_empty(), "{wrong}");
    assert!(played >= 50, "{played} dialogues were read");
}
