//! Whatever the bytes are, reading them does not panic, does not take long, and does not lose the subject.
#![allow(clippy::unwrap_used)] // A panic is how a test reports.

use std::path::Path;
use std::time::{Duration, Instant};

use nikkan::announcement::{self, Announcement, Lists};
use nikkan::correspondence::{bounce_report, leave_request, list_server};
use nikkan::mail::{Header, Message};

/// What a release build may take for 64 kB; a debug build on a loaded machine gets twenty times that.
const LIMIT: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1000 } else { 50 });

fn seeds() -> Vec<Vec<u8>> {
    let data = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let mut folders = vec![data.join("model-day")];
    for group in ["corpus", "announcements", "announcements/templates"] {
        let entries = std::fs::read_dir(data.join(group)).unwrap();
        folders.extend(entries.map(|entry| entry.unwrap().path()));
    }
    let mut found = Vec::new();
    for folder in folders {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|end| end == "eml") {
                found.push(std::fs::read(path).unwrap());
            }
        }
    }
    assert!(found.len() > 120);
    found.sort();
    found
}

fn parse(raw: &[u8]) -> Vec<Announcement> {
    announcement::parse(&Message::parse(raw), None, &Lists::built_in())
}

/// Reads it, with the limit; a slow reading counts only when it is slow three times.
fn read(raw: &[u8], what: &str) -> Vec<Announcement> {
    let mut fastest = Duration::MAX;
    let mut found = Vec::new();
    for _ in 0..3 {
        let start = Instant::now();
        found = parse(raw);
        let header = Header::parse(raw);
        let _ = list_server::parse(&header, &Lists::built_in());
        let _ = bounce_report::parse(&header);
        let _ = leave_request::parse(&header);
        fastest = fastest.min(start.elapsed());
        if fastest < LIMIT {
            break;
        }
    }
    assert!(
        fastest < LIMIT,
        "{what}: {fastest:?} for {} bytes",
        raw.len()
    );
    assert!(!found.is_empty(), "{what}: nothing was read");
    for one in &found {
        one.identity(raw);
        serde_json::to_string(one).unwrap();
    }
    found
}

fn mutated(seed: &[u8], random: &mut fastrand::Rng) -> Vec<u8> {
    let mut bytes = seed.to_vec();
    for _ in 0..random.usize(1..20) {
        let length = bytes.len().max(1);
        let at = random.usize(0..length);
        match random.u8(0..7) {
            0 => bytes.truncate(at),
            1 => bytes.insert(at.min(bytes.len()), random.u8(..)),
            2 if !bytes.is_empty() => bytes[at] = random.u8(..),
            3 => {
                let to = random.usize(at..=bytes.len());
                let piece: Vec<u8> = bytes.get(at..to).unwrap_or_default().to_vec();
                bytes.splice(at.min(bytes.len())..at.min(bytes.len()), piece);
            }
            4 => {
                let to = random.usize(at..=bytes.len()).min(at + 500);
                bytes.drain(at.min(bytes.len())..to);
            }
            5 => {
                let tokens: [&[u8]; 8] = [
                    b"\r\n\r\n",
                    b"--NextPart\r\n",
                    b"Content-Type: message/rfc822\r\n\r\n",
                    b"=?utf-8?B?",
                    b": ",
                    b"Abstract:\n",
                    b"((((",
                    b"\xff\xfe",
                ];
                let token = tokens[random.usize(0..tokens.len())];
                bytes.splice(
                    at.min(bytes.len())..at.min(bytes.len()),
                    token.iter().copied(),
                );
            }
            _ => bytes.truncate(64 * 1024),
        }
        bytes.truncate(64 * 1024);
    }
    bytes
}

#[test]
fn mutated_announcements_never_panic_or_take_long() {
    let seeds = seeds();
    let mut random = fastrand::Rng::with_seed(20251128);
    for round in 0..4000 {
        let seed = &seeds[random.usize(0..seeds.len())];
        let bytes = mutated(seed, &mut random);
        read(&bytes, &format!("round {round}"));
    }
}

#[test]
fn arbitrary_bytes_never_panic() {
    let mut random = fastrand::Rng::with_seed(2177);
    // Half of them from the alphabet of headers, so that they get past the first line.
    let alphabet = b"abcDEF-:;=\"<>()[]{}@ \t\r\n?_0123456789\\/.";
    for round in 0..2000 {
        let length = random.usize(0..3000);
        let bytes: Vec<u8> = (0..length)
            .map(|_| {
                if round % 2 == 0 {
                    random.u8(..)
                } else {
                    alphabet[random.usize(0..alphabet.len())]
                }
            })
            .collect();
        read(&bytes, &format!("round {round}"));
    }
}

#[test]
fn the_subject_is_never_lost_whatever_the_body() {
    let mut random = fastrand::Rng::with_seed(5322);
    for round in 0..1000 {
        let kinds = [
            "text/plain",
            "multipart/mixed; boundary=b",
            "message/rfc822",
            "multipart/digest; boundary=b",
            "text/html",
            "x/y",
        ];
        let kind = kinds[random.usize(0..kinds.len())];
        let body: Vec<u8> = (0..random.usize(0..500)).map(|_| random.u8(..)).collect();
        let mut raw = format!("Subject: subject {round} here\r\nContent-Type: {kind}\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n").into_bytes();
        raw.extend_from_slice(&body);
        let found = read(&raw, &format!("round {round}"));
        let kept = found
            .iter()
            .any(|one| one.subject == format!("subject {round} here"));
        // A digest gives its inner messages instead; this one has none with a subject of their own.
        assert!(
            kept || kind.starts_with("multipart/digest"),
            "round {round}, {kind}: {:?}",
            found[0].subject
        );
    }
}

/// Where the body begins; nothing where the message is a header only.
fn end_of_header(raw: &[u8]) -> Option<usize> {
    let at = |end: &[u8]| raw.windows(end.len()).position(|window| window == end);
    [&b"\n\n"[..], b"\r\n\r\n"]
        .iter()
        .find_map(|end| at(end).map(|at| at + end.len()))
}

#[test]
fn real_subjects_are_kept_whatever_happens_to_the_rest() {
    let subject_of = |raw: &[u8]| {
        let found = parse(raw);
        found[0].subject.clone()
    };
    let mut random = fastrand::Rng::with_seed(9110);
    let mut rounds = 0;
    for seed in seeds() {
        let Some(end) = end_of_header(&seed) else {
            continue;
        };
        let expected = subject_of(&seed);
        if expected != subject_of(&seed[..end]) {
            // A list's digest gives its messages instead of itself.
            continue;
        }
        for _ in 0..15 {
            // Garbage in another field of the header, and a body that is no longer what it was.
            let mut raw = b"X-Garbage: ".to_vec();
            raw.extend((0..random.usize(0..60)).map(|_| match random.u8(..) {
                b'\r' | b'\n' => b' ',
                other => other,
            }));
            raw.push(b'\n');
            raw.extend_from_slice(&seed[..end]);
            raw.extend(mutated(&seed[end..], &mut random));
            let found = read(&raw, &format!("garbage around {expected}"));
            assert_eq!(found[0].subject, expected);
            rounds += 1;
        }
    }
    assert!(rounds > 1000, "{rounds}");
}

#[test]
fn a_digest_of_many_megabytes_loses_no_message() {
    let many = 700;
    let text = "   It says something, and says it again.\n".repeat(100);
    let mut raw = String::from(
        "From: i-d-announce-request@ietf.org\nSubject: I-D-Announce Digest, Vol 1, Issue 2\n\
         Content-Type: multipart/digest; boundary=b\n\n",
    );
    for number in 0..many {
        raw.push_str(&format!(
            "--b\n\nFrom: internet-drafts@ietf.org\nSubject: I-D Action: draft-a-{number}-00.txt\n\n   Title: x\n\nAbstract:\n\n{text}\n"
        ));
    }
    raw.push_str("--b--\n");
    assert!(raw.len() > 2 << 20);
    let found = parse(raw.as_bytes());
    assert_eq!(found.len(), many);
    assert!(found.iter().all(|one| one.body.kind() == "draft"));
}

#[test]
fn large_and_empty_messages_are_read() {
    let line = "   This line of an abstract is repeated until the message is large, which nobody should send.\r\n";
    let head = "From: internet-drafts@ietf.org\r\nSubject: I-D Action: draft-a-large-00.txt\r\n\r\n   Title: Large\r\n\r\nAbstract:\r\n\r\n";
    let large = format!("{head}{}", line.repeat(25 * 1024 * 1024 / line.len()));
    let start = Instant::now();
    let found = parse(large.as_bytes());
    assert_eq!(found[0].identity(b""), "draft:draft-a-large-00");
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{:?}",
        start.elapsed()
    );
    for empty in ["", "\r\n", "\n\n\n", " "] {
        let found = parse(empty.as_bytes());
        assert_eq!(found[0].body.kind(), "notice");
    }
}

#[test]
fn lines_made_to_be_slow_are_not() {
    for (what, piece) in [
        ("blanks", " "),
        ("tabs", "\t"),
        ("labels", "Title:"),
        ("hyphens", "draft-"),
        ("rules", "_"),
        ("quotes", "'"),
        ("brackets", "(<"),
        ("updates", "updates "),
        ("commas", ","),
        ("colons", ":"),
        ("lines", "\n"),
        ("stops", ". "),
        ("bullets", "- 'a' <draft-a-b-00.txt> "),
        ("changes", " - RFC1 from a"),
        ("reviews", " Review:"),
        ("days", "(was 2026-12-10) "),
        ("groups", "a (bc) WG "),
        ("days by which", "by 2026-12-10 "),
        ("beginnings of words", "=?x?q?"),
        ("words", "=?cp50220?B?GyRC?= "),
        ("escapes", "\u{1b}$B"),
    ] {
        for subject in [
            "I-D Action: draft-a-b-00.txt",
            "RFC 9 on x",
            "Last Call: x",
            "Protocol Action: 'x' to x",
            "WG Review: x",
            "Results of IETF-conflict review for draft-a-b-00",
            "Call for adoption: draft-a-b-00 (Ends 2026-12-10)",
            "x (bc) WG \"x\" session cancelled",
            "x Digest, Vol 1, Issue 2",
        ] {
            let raw = format!(
                "Subject: {subject}\n\n   Title: x\n\nAbstract:\n\n{}",
                piece.repeat(64 * 1024 / piece.len())
            );
            read(raw.as_bytes(), &format!("{what} under {subject}"));
            let raw = format!(
                "Subject: {subject} {}\n\nx",
                piece.repeat(8 * 1024 / piece.len()).replace('\n', " ")
            );
            read(raw.as_bytes(), &format!("{what} in {subject}"));
        }
    }
}

#[test]
fn charsets_and_dates_made_to_be_slow_are_not() {
    for charset in [
        "cp50220",
        "utf-7",
        "hz-gb-2312",
        "iso-2022-kr",
        "us-ascii",
        "x-unknown",
    ] {
        for piece in [
            "+",
            "+A",
            "~{",
            "\u{1b}",
            "\u{1b}$B!!",
            "\u{e}",
            "=",
            "=\n",
            "=?",
            "\u{e9}",
        ] {
            for encoding in ["8bit", "quoted-printable", "base64"] {
                let body = piece.repeat(64 * 1024 / piece.len());
                let raw = format!(
                    "Subject: x\nDate: {}\nContent-Type: text/plain; charset={charset}\nContent-Transfer-Encoding: {encoding}\n\n{body}",
                    piece.repeat(100).replace('\n', " ")
                );
                read(
                    raw.as_bytes(),
                    &format!("{piece:?} in {charset}, {encoding}"),
                );
            }
        }
    }
    for piece in ["(", ")", "1 ", ":", "-", "1:1 ", "+", "GMT+"] {
        let raw = format!("Subject: x\nDate: {}\n\nx", piece.repeat(64 * 1024));
        read(raw.as_bytes(), &format!("{piece} in a date"));
    }
}

#[test]
fn parts_and_pages_made_to_be_slow_are_not() {
    for kind in [
        "text/html",
        "multipart/mixed; boundary=b",
        "multipart/digest; boundary=b",
        "message/rfc822",
    ] {
        for piece in [
            "<",
            "<a ",
            "<a>",
            "&",
            "&#",
            "<p>",
            "<br>",
            "<pre> ",
            "<style>",
            "<!--",
            "</style",
            "--b\n",
            "--b\n\nx\n",
            "--b--\n",
            "--b\nContent-Type: message/rfc822\n\n",
            "--b\nContent-Type: multipart/mixed; boundary=b\n\n",
            "=?utf-8?Q?a?= ",
            "Subject: x\n",
        ] {
            let raw = format!(
                "From: i-d-announce-request@ietf.org\nSubject: x Digest, Vol 1, Issue 2\nContent-Type: {kind}\n\n{}",
                piece.repeat(64 * 1024 / piece.len())
            );
            read(raw.as_bytes(), &format!("{piece:?} in {kind}"));
        }
    }
}
