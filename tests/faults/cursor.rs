//! Servers that answer OK and keep something back, count wrongly, or make a folder anew without saying so: the cursor must
//! not pass what was not read.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::cases::private;
use crate::lab::scripted_imap::{Act, At, Folder, ScriptedImap};
use crate::run::{Case, Lab, REFRESH, case};

/// For what is asked for again in the same session, or in the next.
const SOON: Duration = Duration::from_secs(3);
/// For what is found at the next refresh.
const REFRESHED: Duration = REFRESH.saturating_add(Duration::from_secs(15));

/// Changes a FETCH line of this UID, so many times, when a message or a part of it was asked for.
fn twist_fetch(
    server: &ScriptedImap,
    times: u32,
    uid: u32,
    change: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) {
    let mark = format!("FETCH (UID {uid} ");
    server.twist(times, move |command, said| {
        let asked = command.starts_with("UID FETCH") && command.contains("BODY");
        let start = &said[..said.len().min(40)];
        let named = String::from_utf8_lossy(start).contains(&mark);
        (asked && named).then(|| change(said))
    });
}

/// The same, of the messages themselves.
fn twist_body(
    server: &ScriptedImap,
    times: u32,
    uid: u32,
    change: impl Fn(&[u8]) -> Vec<u8> + Send + Sync + 'static,
) {
    let mark = format!("FETCH (UID {uid} ");
    server.twist(times, move |command, said| {
        let start = &said[..said.len().min(40)];
        let named = String::from_utf8_lossy(start).contains(&mark);
        (command.contains("BODY.PEEK[]") && named).then(|| change(said))
    });
}

/// Changes the answer to FETCHes of header fields, always.
fn twist_fields(server: &ScriptedImap, change: fn(u32) -> String) {
    server.twist(u32::MAX, move |command, said| {
        let text = String::from_utf8_lossy(&said[..said.len().min(40)]).into_owned();
        let uid = text.split("FETCH (UID ").nth(1)?.split(' ').next()?;
        let uid = uid.parse().ok()?;
        command
            .contains("HEADER.FIELDS")
            .then(|| change(uid).into_bytes())
    });
}

/// A FETCH line with another body, which is told to be as long as it is; a line that another fault has changed already stays.
fn with_body(said: &[u8], body: &str) -> Vec<u8> {
    let text = String::from_utf8_lossy(said).into_owned();
    let parts = text.split_once("RFC822.SIZE ").and_then(|(before, after)| {
        let (_, rest) = after.split_once(' ')?;
        Some((before, rest.split_once('{')?.0))
    });
    let Some((before, line)) = parts else {
        return said.to_vec();
    };
    let length = body.len();
    format!("{before}RFC822.SIZE {length} {line}{{{length}}}\r\n{body})\r\n").into_bytes()
}

/// The body in a FETCH line; `None` where another fault has changed it already.
fn body_of(said: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(said).into_owned();
    let (_, body) = text.split_once("}\r\n")?;
    Some(body.strip_suffix(")\r\n")?.to_owned())
}

/// True when a FETCH asks for this UID.
pub fn asks_for(command: &str, uid: u32) -> bool {
    let set = command.strip_prefix("UID FETCH ").unwrap_or_default();
    let set = set.split(' ').next().unwrap_or_default();
    set.split(',').any(|part| {
        let (first, last) = part.split_once(':').unwrap_or((part, part));
        let first: u32 = first.parse().unwrap_or(u32::MAX);
        // `n:*` is what follows, in a folder that is read to its end.
        let last: u32 = last.parse().unwrap_or(first);
        (first..=last).contains(&uid)
    })
}

/// Refuses every FETCH of a part of this message.
pub fn refuse(server: &ScriptedImap, uid: u32) {
    server.twist(u32::MAX, move |command, said| {
        let text = String::from_utf8_lossy(said).into_owned();
        let tag = text.split(' ').next()?;
        let ours = command.contains("BODY") && asks_for(command, uid);
        ours.then(|| match tag == "*" {
            true => Vec::new(),
            false => format!("{tag} NO [SERVERBUG] no such thing\r\n").into_bytes(),
        })
    });
}

/// Changes what EXAMINE says, so many times.
fn twist_examine(
    server: &ScriptedImap,
    times: u32,
    folder: &'static str,
    change: impl Fn(String) -> String + Send + Sync + 'static,
) {
    server.twist(times, move |command, said| {
        let ours = command.starts_with("EXAMINE") && command.contains(folder);
        let text = String::from_utf8_lossy(said).into_owned();
        (ours && text.contains("UIDVALIDITY")).then(|| change(text).into_bytes())
    });
}

/// A line of EXAMINE's answer, changed.
fn replaced(text: &str, begin: &str, line: &str) -> String {
    let lines = text.split_inclusive("\r\n");
    let lines = lines.map(|old| match old.starts_with(begin) {
        true => line,
        false => old,
    });
    lines.collect()
}

/// A second folder, whose only message is not one of the lists'; its UID is 1000.
fn add_folder(lab: &Lab) {
    let mut folder = Folder::new(7);
    folder.uid_next = 1000;
    folder.add(private(0));
    lab.server.model().folders.insert("Lists".into(), folder);
}

/// The folder is made anew with what it held and the missed message, in another order, and nothing is told of it.
fn rebuild(lab: &Lab, uidvalidity: Option<u32>) {
    lab.arrived();
    let mut model = lab.server.model();
    let old = model.folder("INBOX").unwrap();
    let mut new = Folder::new(uidvalidity.unwrap_or(old.uidvalidity));
    // Fewer than before: the first message is gone.
    new.add(lab.missed.clone());
    for message in old.messages.values().skip(2) {
        new.add(message.clone());
    }
    *old = new;
}

/// The FETCH is answered OK, and the message does not come with it.
fn kept_back() -> Vec<Case> {
    vec![
        case("FETCH without the message", "OK, no line of it, once", REFRESHED)
            .then(|lab| {
                twist_fetch(&lab.server, 1, 4, |_| Vec::new());
                lab.deliver();
            })
            .sees(&["did not come at first: asked for again"]),
        case("FETCH without one of two", "OK, a line of the second only, once", SOON)
            .then(|lab| {
                twist_fetch(&lab.server, 1, 4, |_| Vec::new());
                lab.server.model().folder("INBOX").unwrap().add(lab.missed.clone());
                lab.expect_more(1);
                lab.arrived();
                lab.server.deliver(lab.more[0].clone());
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("FETCH without BODY", "a line of flags instead, once", SOON)
            .then(|lab| {
                twist_fetch(&lab.server, 1, 4, |_| {
                    b"* 4 FETCH (UID 4 FLAGS (\\Recent))\r\n".to_vec()
                });
                lab.deliver();
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("BODY[] NIL", "twice", SOON)
            .then(|lab| {
                twist_body(&lab.server, 2, 4, |_| {
                    b"* 4 FETCH (UID 4 RFC822.SIZE 3000 BODY[]<0> NIL)\r\n".to_vec()
                });
                lab.deliver();
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("BODY[] {0}", "while RFC822.SIZE tells more, once", SOON)
            .then(|lab| {
                twist_body(&lab.server, 1, 4, |_| {
                    b"* 4 FETCH (UID 4 RFC822.SIZE 3000 BODY[]<0> {0}\r\n)\r\n".to_vec()
                });
                lab.deliver();
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("FETCH lines without UID", "of every message itself", REFRESHED)
            .then(|lab| {
                twist_body(&lab.server, u32::MAX, 4, |said| {
                    let text = String::from_utf8_lossy(said).into_owned();
                    text.replacen("(UID 4 ", "(", 1).into_bytes()
                });
                lab.deliver();
            })
            .sees(&["did not come: asked for again uids=4"]),
        case(
            "flags of another message in the answer",
            "EXISTS and FLAGS of 5 instead of 4's line",
            SOON,
        )
        .then(|lab| {
            twist_fetch(&lab.server, 1, 4, |_| {
                b"* 5 EXISTS\r\n* 5 FETCH (FLAGS (NonJunk) UID 5)\r\n".to_vec()
            });
            twist_fetch(&lab.server, 1, 5, |_| Vec::new());
            lab.server.model().folder("INBOX").unwrap().add(lab.missed.clone());
            lab.expect_more(1);
            lab.arrived();
            lab.server.deliver(lab.more[0].clone());
        })
        .sees(&["did not come: asked for again uids=4:5"]),
        case("nothing of a whole folder", "OK to its first FETCH, no line", SOON)
            .before(|lab| {
                for uid in 1..=4 {
                    twist_fetch(&lab.server, 1, uid, |_| Vec::new());
                }
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["did not come: asked for again uids=1:4"]),
        case("SEARCH refused", "BAD, where one of two did not come", SOON)
            .then(|lab| {
                twist_fetch(&lab.server, 1, 4, |_| Vec::new());
                lab.server.twist(1, |command, said| {
                    let tag = String::from_utf8_lossy(said).into_owned();
                    let tag = tag.split(' ').next()?.to_owned();
                    let last = command.starts_with("UID SEARCH") && tag != "*";
                    last.then(|| format!("{tag} BAD what is that\r\n").into_bytes())
                });
                lab.server.model().folder("INBOX").unwrap().add(lab.missed.clone());
                lab.expect_more(1);
                lab.arrived();
                lab.server.deliver(lab.more[0].clone());
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("header fields left out", "`{2}` and a blank line, always", SOON)
            .before(|lab| {
                twist_fields(&lab.server, |uid| {
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE 3000 BODY[HEADER.FIELDS (LIST-ID CONTENT-TYPE FROM SUBJECT TO)] {{2}}\r\n\r\n)\r\n")
                });
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["came without the header fields that were asked for"]),
        case("header fields NIL", "always", SOON)
            .before(|lab| {
                twist_fields(&lab.server, |uid| {
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE 3000 BODY[HEADER.FIELDS (LIST-ID CONTENT-TYPE FROM SUBJECT TO)] NIL)\r\n")
                });
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["did not come: asked for again uids=1:4"]),
        case("other header fields", "From and Date for what was asked for", SOON)
            .before(|lab| {
                twist_fields(&lab.server, |uid| {
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE 3000 BODY[HEADER.FIELDS (FROM DATE)] {{22}}\r\nFrom: a@b\r\nDate: x\r\n\r\n)\r\n")
                });
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["came without the header fields that were asked for"]),
        case("body cut short", "half of it, RFC822.SIZE as it is, once", SOON)
            .then(|lab| {
                twist_body(&lab.server, 1, 4, |said| {
                    let text = String::from_utf8_lossy(said).into_owned();
                    let (line, body) = text.split_once("}\r\n").unwrap();
                    let half = &body[..body.len() / 2];
                    let line = line.rsplit_once('{').unwrap().0;
                    format!("{line}{{{}}}\r\n{half})\r\n", half.len()).into_bytes()
                });
                lab.deliver();
            })
            .sees(&["shorter than the server says: asked for again"]),
        case("RFC822.SIZE too large", "twice what comes, always", SOON)
            .then(|lab| {
                for uid in 4..=5 {
                    twist_body(&lab.server, u32::MAX, uid, |said| {
                        let text = String::from_utf8_lossy(said).into_owned();
                        let (before, after) = text.split_once("RFC822.SIZE ").unwrap();
                        let (size, rest) = after.split_once(' ').unwrap();
                        let size: usize = size.parse().unwrap();
                        format!("{before}RFC822.SIZE {} {rest}", 2 * size).into_bytes()
                    });
                }
                lab.deliver();
            })
            .sees(&["shorter than the server says: kept as it came"]),
    ]
}

/// What comes is not what was asked for.
fn something_else() -> Vec<Case> {
    const OTHER: &str = "From: a@example.net\r\nSubject: x\r\n\r\nhello\r\n";
    const NO_MAIL: &str = "\r\n\r\n[message is being migrated, try later]\r\n";
    vec![
        case("another mail's body", "once, for a list's message", SOON)
            .before(|lab| {
                twist_body(&lab.server, 1, 4, |said| with_body(said, OTHER));
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("an error for a body", "six times", REFRESHED)
            .before(|lab| {
                twist_body(&lab.server, 6, 4, |said| with_body(said, NO_MAIL));
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["what the server gives as its body is not the message of its header"]),
        case("no mail for a body", "once, where bodies are asked for at once", SOON)
            .then(|lab| {
                twist_body(&lab.server, 1, 4, |said| with_body(said, NO_MAIL));
                lab.deliver();
            })
            .sees(&["came as another mail than that of its header: asked for by its header uids=4"]),
        case("another mail's body", "once, where bodies are asked for at once", SOON)
            .then(|lab| {
                twist_body(&lab.server, 1, 4, |said| with_body(said, OTHER));
                lab.deliver();
            })
            .sees(&["came as another mail than that of its header: asked for by its header uids=4"]),
        case("an empty body", "RFC822.SIZE 0, three times", REFRESHED)
            .then(|lab| {
                twist_body(&lab.server, 3, 4, |said| with_body(said, ""));
                lab.deliver();
            })
            .sees(&["did not come: asked for again uids=4"]),
        case("blank lines before a header", "always", SOON).before(|lab| {
            twist_body(&lab.server, u32::MAX, 4, |said| match body_of(said) {
                Some(body) => with_body(said, &format!("\r\n\r\n{body}")),
                None => said.to_vec(),
            });
            lab.server.deliver(lab.missed.clone());
        }),
        case("a header of 300 kB", "List-Id at its end", SOON).before(|lab| {
            lab.server.twist(u32::MAX, |command, said| {
                let start = String::from_utf8_lossy(&said[..said.len().min(40)]).into_owned();
                let ours = command.contains("BODY.PEEK[]") && start.contains("FETCH (UID 4 ");
                let body = ours.then(|| body_of(said)).flatten();
                body.map(|body| {
                    let line = format!("X-Spam: {}\r\n", "y".repeat(70));
                    let whole = line.repeat(300_000 / line.len()) + &body;
                    let most = match command.contains("<0.262144>") {
                        true => 262_144,
                        false => whole.len(),
                    };
                    let twisted = with_body(said, &whole[..most]);
                    let size = |length: usize| format!("RFC822.SIZE {length} ");
                    let text = String::from_utf8_lossy(&twisted).into_owned();
                    text.replacen(&size(most), &size(whole.len()), 1).into_bytes()
                })
            });
            lab.server.deliver(lab.missed.clone());
        }),
        case("header fields without List-Id", "of a list's own host, always", SOON)
            .before(|lab| {
                twist_fields(&lab.server, |uid| {
                    format!("* {uid} FETCH (UID {uid} RFC822.SIZE 3000 BODY[HEADER.FIELDS (LIST-ID CONTENT-TYPE FROM SUBJECT TO)] {{20}}\r\nFrom: a@ietf.org\r\n\r\n)\r\n")
                });
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["came without the header fields that were asked for"]),
        case("BODY[]<0.n> refused", "BAD, always; BODY[] is not", SOON)
            .before(|lab| {
                lab.server.twist(u32::MAX, |command, said| {
                    let text = String::from_utf8_lossy(said).into_owned();
                    let tag = text.split(' ').next()?;
                    command.contains("]<0.").then(|| match tag == "*" {
                        true => Vec::new(),
                        false => format!("{tag} BAD partial not supported\r\n").into_bytes(),
                    })
                });
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["a part of a body is refused: asking for the whole from here on"]),
    ]
}

/// What EXAMINE tells of a folder is wrong, or another than before.
fn folders_that_change() -> Vec<Case> {
    vec![
        case(
            "UIDNEXT falls",
            "the folder is made anew under the same UIDVALIDITY",
            REFRESHED,
        )
        .then(|lab| rebuild(lab, None))
        .sees(&["the folder was rebuilt"]),
        case(
            "UIDNEXT falls, closed",
            "as above, and the connection with it",
            SOON,
        )
        .then(|lab| {
            rebuild(lab, None);
            lab.server.play(At::Idling, Act::Close);
        })
        .sees(&["the folder was rebuilt"]),
        case("UIDVALIDITY falls", "to 5", REFRESHED)
            .then(|lab| rebuild(lab, Some(5)))
            .sees(&["the folder was rebuilt"]),
        case(
            "the folder is emptied",
            "EXISTS 0, UIDNEXT as it was; then the message",
            SOON,
        )
        .then(|lab| {
            lab.server.model().folder("INBOX").unwrap().messages.clear();
            lab.deliver();
        }),
        case("UIDNEXT of 1", "in every EXAMINE", SOON)
            .before(|lab| {
                twist_examine(&lab.server, u32::MAX, "INBOX", |text| {
                    replaced(&text, "* OK [UIDNEXT", "* OK [UIDNEXT 1] next\r\n")
                });
            })
            .then(Lab::deliver),
        case(
            "UIDVALIDITY goes back and forth",
            "7 and 8 in turn",
            REFRESHED,
        )
        .before(|lab| {
            let turn = AtomicU32::new(0);
            twist_examine(&lab.server, u32::MAX, "INBOX", move |text| {
                let value = 7 + turn.fetch_add(1, Ordering::Relaxed) % 2;
                let line = format!("* OK [UIDVALIDITY {value}] valid\r\n");
                replaced(&text, "* OK [UIDVALIDITY", &line)
            });
        })
        .then(Lab::deliver)
        .sees(&["UIDVALIDITY goes back and forth"]),
        case(
            "UIDVALIDITY 0",
            "of one of two folders; the message is in the other",
            SOON,
        )
        .set("folders = [\"Lists\", \"INBOX\"]\n")
        .before(|lab| {
            add_folder(lab);
            twist_examine(&lab.server, u32::MAX, "Lists", |text| {
                replaced(&text, "* OK [UIDVALIDITY", "* OK [UIDVALIDITY 0] valid\r\n")
            });
        })
        .then(Lab::deliver)
        .sees(&["cannot open the folder `Lists`: the server tells UIDVALIDITY 0"]),
        case("no UIDVALIDITY", "as above", SOON)
            .set("folders = [\"INBOX\", \"Lists\"]\n")
            .before(|lab| {
                add_folder(lab);
                twist_examine(&lab.server, u32::MAX, "Lists", |text| {
                    replaced(&text, "* OK [UIDVALIDITY", "")
                });
            })
            .then(Lab::deliver)
            .sees(&["cannot open the folder `Lists`: the server tells no UIDVALIDITY"]),
        case("UIDVALIDITY of 1713632002544", "as above", SOON)
            .set("folders = [\"INBOX\", \"Lists\"]\n")
            .before(|lab| {
                add_folder(lab);
                twist_examine(&lab.server, u32::MAX, "Lists", |text| {
                    let line = "* OK [UIDVALIDITY 1713632002544] valid\r\n";
                    replaced(&text, "* OK [UIDVALIDITY", line)
                });
            })
            .then(Lab::deliver)
            .sees(&[
                "cannot open the folder `Lists`: the server tells",
                "1713632002544",
            ]),
        case("EXAMINE BAD", "of one of two folders", SOON)
            .set("folders = [\"INBOX\", \"Lists\"]\n")
            .before(|lab| {
                add_folder(lab);
                lab.server.twist(u32::MAX, |command, said| {
                    let ours = command.starts_with("EXAMINE \"Lists\"");
                    let tag = String::from_utf8_lossy(said).into_owned();
                    let tag = tag.rsplit("\r\n").nth(1)?.split(' ').next()?.to_owned();
                    ours.then(|| format!("{tag} BAD [CANNOT] is \\Noselect\r\n").into_bytes())
                });
            })
            .then(Lab::deliver)
            .sees(&["cannot open the folder `Lists`: ", "Noselect"]),
        case("one folder always refused", "NO to each FETCH of it", SOON)
            .set("folders = [\"INBOX\", \"Lists\"]\n")
            .before(|lab| {
                add_folder(lab);
                refuse(&lab.server, 1000);
                lab.server.deliver(lab.missed.clone());
            })
            .sees(&["message 1000 of the folder `Lists` does not come: "]),
    ]
}

/// All of them.
pub fn cursor() -> Vec<Case> {
    let mut cases = kept_back();
    cases.extend(something_else());
    cases.extend(folders_that_change());
    cases
}
