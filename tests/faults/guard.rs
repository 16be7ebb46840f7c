//! Servers that say what they say in another form than most, or say what nobody asked for. Each of them does so in all its
//! sessions, and is read all the same.

use std::time::Duration;

use crate::lab::scripted_imap::{Act, At};
use crate::run::{Case, Lab, case};

const SOON: Duration = Duration::from_secs(3);
/// As often as a twist is ever played here.
const ALWAYS: u32 = 1_000_000;

/// A server that writes the beginning of each FETCH response, up to its literal, as `form` says, and what follows the literal
/// as `end`.
fn fetches(lab: &Lab, form: impl Fn(&str) -> String + Send + Sync + 'static, end: &'static [u8]) {
    lab.server.deliver(lab.missed.clone());
    lab.server.twist(ALWAYS, move |_, bytes| {
        let head = bytes.windows(3).position(|three| three == b"}\r\n")? + 3;
        let text = std::str::from_utf8(&bytes[..head]).ok()?;
        if !text.contains(" FETCH (") {
            return None;
        }
        let body = bytes[head..].strip_suffix(b")\r\n")?;
        Some([form(text).as_bytes(), body, end].concat())
    });
}

/// A server that writes each of its lines that begin so as `form` says.
fn lines(lab: &Lab, begin: &'static str, form: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) {
    lab.server.deliver(lab.missed.clone());
    lab.server.twist(ALWAYS, move |_, bytes| {
        let text = std::str::from_utf8(bytes).ok()?;
        text.starts_with(begin).then(|| form(text))
    });
}

/// A server that says this before each answer to EXAMINE and before each FETCH response.
fn chatters(lab: &Lab, words: &'static [u8]) {
    lab.server.deliver(lab.missed.clone());
    lab.server.twist(ALWAYS, move |command, bytes| {
        let place =
            command.starts_with("EXAMINE") || bytes.windows(8).any(|eight| eight == b" FETCH (");
        place.then(|| [words, bytes].concat())
    });
}

/// A server that says this in IDLE, and nothing else of the message that has come.
fn hints(lab: &Lab, words: &[u8]) {
    lab.server
        .play(At::Idling, Act::ArriveUntold(lab.missed.clone()));
    lab.server.play(At::Idling, Act::Say(words.to_vec()));
    lab.arrived();
}

/// Responses that nobody asked for.
const UNASKED: &[u8] = b"* FLAGS (\"my flag\" foo(bar)\r\n* METADATA \"INBOX\" (\"/\xff\")\r\n* THREAD (2)(3 6 (4 23))\r\n\
    * METADATA \"INBOX\" (/shared/x {12}\r\n* 7 EXISTS\r\n)\r\n* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n* LANGUAGE (DE)\r\n\
    * ENABLED X\r\n* MYRIGHTS INBOX lrs\r\n* XLIST (\\Inbox) \"/\" \"Inbox\"\r\n* X\r\n*\r\n";

pub fn cases() -> Vec<Case> {
    [items(), forms(), others()].concat()
}

/// FETCH responses with other items.
fn items() -> Vec<Case> {
    vec![
        case("no INTERNALDATE", "`INTERNALDATE NIL` in every FETCH", SOON).before(|lab| {
            const DATE: &str = "\"28-Nov-2025 09:05:37 +0000\"";
            fetches(lab, |head| head.replace(DATE, "NIL"), b")\r\n");
        }),
        case(
            "other items",
            "ENVELOPE with literals, MODSEQ, X-GM-LABELS, BODYSTRUCTURE before the items",
            SOON,
        )
        .before(|lab| {
            const MORE: &str = " FETCH (ENVELOPE (NIL ((\"a)\" NIL {4}\r\n))\")) NIL)) MODSEQ (12) \
                X-GM-LABELS (\"\\\\Inbox\" \"(\") BODYSTRUCTURE ((\"text\" (\"charset\" \"x\"))) X-Y ~{2+}\r\n)) FLAGS () ";
            fetches(lab, |head| head.replace(" FETCH (", MORE), b")\r\n");
        }),
        case("items doubled", "UID and RFC822.SIZE twice, and behind the body", SOON).before(|lab| {
            let twice = |head: &str| head.replace(" RFC822.SIZE", " UID 9 INTERNALDATE NIL RFC822.SIZE");
            fetches(lab, twice, b" UID 9 RFC822.SIZE 7)\r\n");
        }),
        case("RFC822", "for `BODY[]<0>`, and RFC822.HEADER for the fields", SOON).before(|lab| {
            fetches(
                lab,
                |head| {
                    // Another twist may have changed it before.
                    let (Some(start), Some(end)) = (head.find(" BODY["), head.find(" {")) else {
                        return head.to_owned();
                    };
                    let fields = head.contains("HEADER");
                    let name = if fields { " RFC822.HEADER" } else { " RFC822" };
                    format!("{}{name}{}", &head[..start], &head[end..])
                },
                b")\r\n",
            );
        }),
        case("items echoed", "`BODY.PEEK[…]<0.262144>` as it was asked for", SOON).before(|lab| {
            let echoed = |head: &str| head.replace("BODY[", "BODY.PEEK[").replace("<0>", "<0.262144>");
            fetches(lab, echoed, b")\r\n");
        }),
        case("fields quoted", "`body[header.fields (\"LIST-ID\" …)]`", SOON).before(|lab| {
            let quoted = |head: &str| {
                head.replace("(LIST-ID CONTENT-TYPE FROM SUBJECT TO)", "(\"LIST-ID\" {12}\r\nCONTENT-TYPE \"FROM\" SUBJECT TO)")
                    .replace("BODY[HEADER", "body[header")
            };
            fetches(lab, quoted, b")\r\n");
        }),
        case("a size that is none", "`RFC822.SIZE 5000000000` of every message", SOON)
            .before(|lab| {
                fetches(lab, |head| head.replace("RFC822.SIZE ", "RFC822.SIZE 500000000"), b")\r\n");
            }),
    ]
}

/// The same in another form.
fn forms() -> Vec<Case> {
    vec![
        case(
            "blank lines",
            "after each literal, and between responses",
            SOON,
        )
        .before(|lab| {
            fetches(lab, |head| format!("\r\n{head}"), b"\r\n\r\n)\r\n\r\n");
        }),
        case(
            "no blanks, and too many",
            "`( UID 4  RFC822.SIZE\t…BODY[]{n}`",
            SOON,
        )
        .before(|lab| {
            let form = |head: &str| {
                head.replace("(UID", "( UID")
                    .replace(" INTERNALDATE", "  INTERNALDATE\t")
                    .replace(" {", "{")
                    .replace("\" RFC", "\"RFC")
            };
            fetches(lab, form, b"\t )\r\n");
        }),
        case("lower case", "`* 4 fetch (uid 4 … body[]<0> {n}`", SOON).before(|lab| {
            fetches(
                lab,
                |head| head.to_ascii_lowercase().replace("28-nov", "28-Nov"),
                b")\r\n",
            )
        }),
        case("LITERAL+ from the server", "`{n+}`", SOON)
            .before(|lab| fetches(lab, |head| head.replace("}\r\n", "+}\r\n"), b")\r\n")),
        case("literal8", "`~{n+}`, and a blank behind it", SOON).before(|lab| {
            fetches(
                lab,
                |head| head.replace(" {", " ~{").replace("}\r\n", "+} \r\n"),
                b")\r\n",
            );
        }),
        case("bare line feeds", "no carriage return in any line", SOON).before(|lab| {
            lab.server.twist(ALWAYS, |_, bytes| {
                let text = std::str::from_utf8(bytes).ok()?;
                (!text.contains(" FETCH (")).then(|| text.replace("\r\n", "\n").into_bytes())
            });
            fetches(lab, |head| head.replace("\r\n", "\n"), b")\n");
        }),
        case(
            "a list that is not closed",
            "a FETCH response without its `)`",
            SOON,
        )
        .before(|lab| fetches(lab, str::to_owned, b"\r\n"))
        .sees(&["cannot be read: passed over"]),
        case(
            "tags in lower case",
            "`a0005 ok`, without words, after a blank",
            SOON,
        )
        .before(|lab| {
            lines(lab, "A", |line| {
                let words: Vec<&str> = line.split_whitespace().take(2).collect();
                format!(" {}\r\n", words.join("  ").to_ascii_lowercase()).into_bytes()
            });
        }),
        case(
            "only the later protocol",
            "`CAPABILITY IMAP4rev2 IDLE`",
            SOON,
        )
        .before(|lab| {
            lab.server.model().offered = ["IMAP4rev2 AUTH=PLAIN".into(), "IMAP4rev2 IDLE".into()];
            lab.server.deliver(lab.missed.clone());
            lab.server.twist(1, |_, _| None);
            lab.arrived();
        }),
        case(
            "two lines at once",
            "a blank line, `* ok`, and CAPABILITY in one segment",
            SOON,
        )
        .before(|lab| {
            lines(lab, "* OK scripted", |_| {
                b"\r\n* ok\r\n* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n* OK [ALERT] hello\r\n".to_vec()
            });
        }),
    ]
}

/// What nobody asked for, and what cannot be read.
fn others() -> Vec<Case> {
    vec![
        case(
            "what nobody asked for",
            "FLAGS, METADATA, THREAD, NAMESPACE, … that cannot be parsed, everywhere",
            SOON,
        )
        .before(|lab| chatters(lab, UNASKED)),
        case("FETCH of nothing", "`* 2 FETCH ()`, `* 5000000000 FETCH (UID 99999999999)`", SOON)
            .before(|lab| chatters(lab, b"* 2 FETCH ()\r\n* 5000000000 FETCH (UID 99999999999)\r\n"))
            .sees(&["cannot be read: passed over"]),
        case("a code and a letter of two bytes", "`* OK [ALERT]\u{e9}`, `* OK [APPENDUID 1 2]\u{e9}`", SOON)
            .before(|lab| {
                chatters(lab, "* OK [ALERT]\u{e9}\r\n* OK [APPENDUID 1 2]\u{e9}\r\n* OK [BADCHARSET (x)]\u{e9}\r\n".as_bytes());
            }),
        case("bytes that are no text", "Latin-1 and NUL in status lines and in LIST", SOON).before(|lab| {
            chatters(lab, b"* OK gesch\xfctzt\0\r\n* LIST () \"/\" \"\xfc\"\r\n* OK [UNSEEN 1\0]\x1b[31m\r\n");
        }),
        case("a tagged line that is no answer", "`A0007 WHAT`", SOON)
            .before(|lab| chatters(lab, b"A0007 WHAT\r\n"))
            .sees(&["cannot be read: passed over line=\"`A0007 WH` (10 bytes)\""]),
        case("a hint beyond all numbers", "`* 5000000000 EXISTS` in IDLE", SOON)
            .then(|lab| hints(lab, b"* 5000000000 EXISTS\r\n")),
        case("a hint that is hardly one", "`*  4  fetch ( x-new (NIL) )` in IDLE", SOON)
            .then(|lab| hints(lab, b"*  4  fetch ( x-new (NIL) )\n")),
        case("VANISHED in IDLE", "`* VANISHED (EARLIER) 1:3,7`", SOON)
            .then(|lab| hints(lab, b"* VANISHED (EARLIER) 1:3,7\r\n")),
    ]
}
