//! What can go wrong at random: the acts at all places with random figures, twists of what is said, and changes of the
//! folders.

use std::time::Duration;

use crate::lab::scripted_imap::{Act, At, Fault, Folder, Model, ScriptedImap};

const PLACES: [At; 14] = [
    At::Greeting,
    At::Capability,
    At::Login,
    At::LookAround,
    At::Examine,
    At::Status,
    At::Fetch,
    At::Fetch,
    At::FetchBody,
    At::FetchNothing,
    At::BeforePlus,
    At::Idling,
    At::Idling,
    At::Done,
];

/// Refusals, by which a server means many things.
const REFUSALS: [&str; 16] = [
    "NO [UNAVAILABLE] try again later",
    "NO [ALERT] Too many simultaneous connections. (Failure)",
    "NO [INUSE] mailbox is locked",
    "NO [SERVERBUG] internal error",
    "NO [LIMIT] Maximum number of connections from user+IP exceeded",
    "NO [OVERQUOTA] Account exceeded command or bandwidth limits.",
    "NO Request is throttled. Suggested Backoff Time: 29996 milliseconds",
    "NO [AUTHENTICATIONFAILED] Authentication failed.",
    "NO not now",
    "NO",
    "BAD what",
    "BAD",
    "BAD internal server error",
    "BAD User is authenticated but not connected.",
    "NO Lockdown in sector 4",
    "OK enough",
];

/// Lines that nobody asked for.
const LINES: [&str; 22] = [
    "* OK still here\r\n",
    "* OK [ALERT] The system goes down at noon\r\n",
    "* NO [ALERT] Mailbox is at 98% of quota\r\n",
    "* BAD [ALERT] Please enable IMAP access in your account settings first.\r\n",
    "* NO disk is nearly full\r\n",
    "* BAD what was that\r\n",
    "\r\n",
    "* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n",
    "* 2 FETCH (FLAGS (NonJunk $Forwarded))\r\n",
    "* 2 FETCH ()\r\n",
    "* 7 FETCH (UID x\r\n",
    "* FLAGS (\"my flag\" foo(bar)\r\n",
    "* THREAD (2)(3 6 (4 23)(44 7 96))\r\n",
    "* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n",
    "* METADATA \"INBOX\" (\"/\u{ff}\")\r\n",
    "* 5000000000 EXISTS\r\n",
    "* 0 EXISTS\r\n",
    "* 3 RECENT\r\n",
    "* SEARCH 1 2 3\r\n",
    "* CAPABILITY IMAP4rev1 IDLE\r\n",
    "A0000 NO stale\r\n",
    "what is this\r\n",
];

fn any<T: Copy>(random: &mut fastrand::Rng, of: &[T]) -> T {
    of[random.usize(..of.len())]
}

/// An act at a place, with figures of its own.
pub fn act(random: &mut fastrand::Rng) -> Fault {
    let act = match random.u32(..40) {
        0..=1 => Act::Silence,
        2..=8 => Act::Close,
        9..=12 => Act::Bye("restarting"),
        13..=20 => Act::Answer(any(random, &REFUSALS)),
        21..=24 => Act::Cut(random.usize(1..2000)),
        25 => Act::Say(b"* 1 FETCH (UID 1 BODY[] {600000000}\r\n".to_vec()),
        26 => Act::Say([b"* 1 FETCH (".to_vec(), b"(".repeat(500)].concat()),
        27 => Act::Say("* 1 EXISTS\r\n".repeat(random.usize(1..300)).into_bytes()),
        28 => Act::Endless(any(
            random,
            &[b"0123456789 ".as_slice(), b"* OK still here\r\n"],
        )),
        29 if random.u32(..4) == 0 => Act::Crawl,
        29 => Act::Chat,
        30 => Act::Expunge,
        _ => {
            let lines: String = (0..random.usize(1..4))
                .map(|_| any(random, &LINES))
                .collect();
            Act::Say(lines.into_bytes())
        }
    };
    let mut at = any(random, &PLACES);
    match act {
        // Only in IDLE is there a tag to end it by.
        Act::Chat => at = At::Idling,
        // The server would know a login or a folder that it has granted.
        Act::Answer("OK enough") if matches!(at, At::Login | At::Examine) => at = At::Fetch,
        _ => {}
    }
    Fault {
        at,
        skip: random.u32(..3),
        act,
    }
}

/// What is said is changed, a few times.
pub fn twist(random: &mut fastrand::Rng, server: &ScriptedImap) -> &'static str {
    let times = random.u32(1..5);
    let is_fetch = |command: &str, line: &[u8]| {
        command.starts_with("UID FETCH") && line.starts_with(b"* ") && holds(line, b" FETCH (")
    };
    let has_body =
        move |command: &str, line: &[u8]| is_fetch(command, line) && holds(line, b"BODY[");
    match random.u32(..16) {
        0 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line).then(Vec::new)
            });
            "messages left out of the answer"
        }
        1 => {
            server.twist(times, move |command, line| {
                has_body(command, line).then(|| with_literal(line, b"NIL"))
            });
            "a body that is NIL"
        }
        2 => {
            server.twist(times, move |command, line| {
                has_body(command, line).then(|| with_literal(line, b"{0}\r\n"))
            });
            "a body of no bytes"
        }
        3 => {
            server.twist(times, move |command, line| {
                has_body(command, line).then(|| with_literal(line, b"\"\""))
            });
            "an empty quoted body"
        }
        4 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line).then(|| without(line, b"UID ", b' '))
            });
            "a message without its UID"
        }
        5 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line).then(|| [line, line].concat())
            });
            "every message twice"
        }
        6 => {
            server.twist(times * 20, move |command, line| {
                is_fetch(command, line).then(|| [line, b"* 3 EXISTS\r\n"].concat())
            });
            "EXISTS in every FETCH"
        }
        7 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line)
                    .then(|| [b"* 1 FETCH (FLAGS (\\Seen) UID 1)\r\n".as_slice(), line].concat())
            });
            "flags before a message"
        }
        8 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line).then(|| [line, b"\r\n"].concat())
            });
            "a blank line after a message"
        }
        9 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line)
                    .then(|| replaced(line, b"\"28-Nov-2025 09:05:37 +0000\"", b"NIL"))
            });
            "a date that is NIL"
        }
        10 => {
            server.twist(times, move |command, line| {
                let fields = command.contains("HEADER.FIELDS") && has_body(command, line);
                fields.then(|| with_literal(line, b"{2}\r\n\r\n"))
            });
            "a blank line for the header's fields"
        }
        11 => {
            server.twist(times, move |command, line| {
                let validity = command.starts_with("EXAMINE") && holds(line, b"[UIDVALIDITY ");
                validity.then(|| without(line, b"* OK [UIDVALIDITY ", b'\n'))
            });
            "no UIDVALIDITY"
        }
        12 => {
            server.twist(times, move |command, line| {
                let validity = command.starts_with("EXAMINE") && holds(line, b"[UIDVALIDITY ");
                validity.then(|| replaced(line, b"[UIDVALIDITY ", b"[UIDVALIDITY 17136320000000"))
            });
            "a UIDVALIDITY beyond 32 bits"
        }
        13 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line).then(|| replaced(line, b"{", b"~{"))
            });
            "a binary literal"
        }
        14 => {
            server.twist(times, move |command, line| {
                is_fetch(command, line).then(|| replaced(line, b" RFC822.SIZE", b"  RFC822.SIZE"))
            });
            "a doubled blank"
        }
        _ => {
            let uid = {
                let mut model = server.model();
                let inbox = model.folder("INBOX").unwrap();
                inbox.messages.keys().next_back().copied().unwrap_or(1)
            };
            let word = format!("UID {uid} ").into_bytes();
            server.twist(times * 3, move |command, line| {
                (is_fetch(command, line) && holds(line, &word)).then(Vec::new)
            });
            "the last message invisible for a while"
        }
    }
}

/// The folder is made anew with other UIDs. What was in it comes again, in this order or another.
pub fn rebuild(random: &mut fastrand::Rng, model: &mut Model, name: &str) {
    let folder = model.folder(name).unwrap();
    let mut again = Folder::new(folder.uidvalidity + random.u32(1..100));
    again.uid_next += random.u32(..50);
    let mut messages: Vec<_> = folder.messages.values().cloned().collect();
    if random.bool() {
        random.shuffle(&mut messages);
    }
    for message in messages {
        again.add(message);
    }
    *folder = again;
}

/// The same goes wrong again and again.
pub fn siege(random: &mut fastrand::Rng) -> Vec<Fault> {
    let (at, act) = match random.u32(..9) {
        0 => (At::Idling, Act::Close),
        1 => (At::BeforePlus, Act::Close),
        2 => (At::BeforePlus, Act::Answer("NO [CANNOT] no IDLE today")),
        3 => (At::Greeting, Act::Bye("overloaded")),
        4 => (At::Examine, Act::Answer("NO [INUSE] locked")),
        5 => (At::Fetch, Act::Answer("NO [SERVERBUG] disk")),
        6 => (At::FetchBody, Act::Close),
        7 => (At::Status, Act::Answer("BAD what")),
        _ => (At::Login, Act::Answer(any(random, &REFUSALS[..15]))),
    };
    let fault = Fault { at, skip: 0, act };
    vec![fault; random.usize(3..30)]
}

/// The folder is made anew, and only its last messages come again: UIDVALIDITY stays, and UIDNEXT falls below what was read.
/// Nothing happens, and `false`, where it would not fall so far.
pub fn sink(model: &mut Model, name: &str, reached: u32) -> bool {
    let folder = model.folder(name).unwrap();
    let mut again = Folder::new(folder.uidvalidity);
    let kept = folder.messages.len() / 3;
    for message in folder.messages.values().rev().take(kept).rev() {
        again.add(message.clone());
    }
    let falls = again.uid_next <= reached;
    if falls {
        *folder = again;
    }
    falls
}

/// How long a server is away.
pub fn away(random: &mut fastrand::Rng) -> Duration {
    Duration::from_millis(random.u64(50..120_000))
}

fn find(bytes: &[u8], word: &[u8]) -> Option<usize> {
    memchr::memmem::find(bytes, word)
}

fn holds(bytes: &[u8], word: &[u8]) -> bool {
    find(bytes, word).is_some()
}

fn replaced(bytes: &[u8], word: &[u8], by: &[u8]) -> Vec<u8> {
    match find(bytes, word) {
        Some(at) => [&bytes[..at], by, &bytes[at + word.len()..]].concat(),
        None => bytes.to_vec(),
    }
}

/// Without the word and what follows it, up to and with this byte.
fn without(bytes: &[u8], word: &[u8], end: u8) -> Vec<u8> {
    let Some(at) = find(bytes, word) else {
        return bytes.to_vec();
    };
    let rest = &bytes[at + word.len()..];
    let end = rest.iter().position(|byte| *byte == end);
    let end = end.map_or(rest.len(), |at| at + 1);
    [&bytes[..at], &rest[end..]].concat()
}

/// With this instead of its literal.
fn with_literal(line: &[u8], by: &[u8]) -> Vec<u8> {
    let Some(at) = find(line, b" {") else {
        return line.to_vec();
    };
    [&line[..=at], by, b")\r\n"].concat()
}
