//! The faults, by how they are noticed: loud ones end the session with a word or an end of the connection, silent
//! ones only with time, and odd servers are merely odd. Each is taken from a real report.

use std::time::Duration;

use crate::lab::scripted_imap::{Act, At, Folder, Message};
use crate::run::{Case, Lab, REFRESH, case};

/// For loud faults, the default backoff after the first failure included.
const LOUD: Duration = Duration::from_secs(3);
/// For silent ones.
const SILENT: Duration = REFRESH.saturating_add(Duration::from_secs(15));

/// Words of a session that ended by no wish of ours.
const LOST: &[&str] = &["session lost"];

/// The missed message is there when the watcher comes, and the fault in its way.
fn there(lab: &Lab, at: At, act: Act) {
    lab.server.deliver(lab.missed.clone());
    lab.server.play(at, act);
}

fn say(bytes: impl Into<Vec<u8>>) -> Act {
    Act::Say(bytes.into())
}

pub fn loud() -> Vec<Case> {
    let mut cases = vec![
        case("EOF in IDLE", "connection closed without a word", LOUD)
            .then(|lab| lab.deliver_into(At::Idling, Act::Close)),
        case("BYE in IDLE", "`* BYE autologout`, closed", LOUD)
            .sees(&["said goodbye: autologout"])
            .then(|lab| lab.deliver_into(At::Idling, Act::Bye("autologout"))),
        case("IDLE ended by the server", "tagged OK without DONE", LOUD)
            .sees(&["ended IDLE by itself"])
            .then(|lab| lab.deliver_into(At::Idling, Act::Answer("OK enough"))),
        case("EOF at the greeting", "closed before a word", LOUD)
            .before(|lab| there(lab, At::Greeting, Act::Close)),
        case(
            "restart while greeting",
            "`* BYE shutting down` as greeting",
            LOUD,
        )
        .sees(&["shutting down"])
        .before(|lab| there(lab, At::Greeting, Act::Bye("shutting down"))),
        case("restart before the login", "closed at CAPABILITY", LOUD)
            .before(|lab| there(lab, At::Capability, Act::Close)),
        case("restart in the login", "closed at AUTHENTICATE", LOUD)
            .before(|lab| there(lab, At::Login, Act::Close)),
        case(
            "restart after the login",
            "closed at the second CAPABILITY",
            LOUD,
        )
        .before(|lab| there(lab, At::LookAround, Act::Close)),
        case("restart in EXAMINE", "closed at EXAMINE", LOUD)
            .before(|lab| there(lab, At::Examine, Act::Close)),
        case(
            "EXAMINE cut mid-way",
            "closed after 60 bytes of its answer",
            LOUD,
        )
        .before(|lab| {
            lab.server.play(At::Examine, Act::Cut(60));
            lab.server.deliver(lab.missed.clone());
        }),
        case("restart in FETCH", "closed at FETCH", LOUD)
            .before(|lab| there(lab, At::Fetch, Act::Close)),
        case(
            "FETCH of bodies cut mid-way",
            "closed after 9,000 bytes",
            LOUD,
        )
        .before(|lab| there(lab, At::FetchBody, Act::Cut(9_000))),
        case(
            "FETCH of news cut mid-way",
            "told in IDLE, closed after 700 bytes",
            LOUD,
        )
        .then(|lab| {
            lab.server.play(At::Fetch, Act::Cut(700));
            lab.deliver();
        }),
        case("FETCH NO", "a FETCH is refused once", LOUD)
            .sees(&["[SERVERBUG] internal error"])
            .then(|lab| {
                lab.server
                    .play(At::Fetch, Act::Answer("NO [SERVERBUG] internal error"));
                lab.deliver();
            }),
        case("FETCH NO, again", "the FETCH of headers after it too", LOUD)
            .sees(&["[SERVERBUG] internal error", "asking for headers first"])
            .then(|lab| {
                for _ in 0..2 {
                    lab.server
                        .play(At::Fetch, Act::Answer("NO [SERVERBUG] internal error"));
                }
                lab.deliver();
            }),
        case("EOF before +", "closed at IDLE", LOUD).before(|lab| {
            lab.server
                .play(At::BeforePlus, Act::ArriveUntold(lab.missed.clone()));
            lab.server.play(At::BeforePlus, Act::Close);
        }),
        case("EOF at DONE", "closed instead of the OK", LOUD).before(|lab| {
            lab.server
                .play(At::Done, Act::ArriveUntold(lab.missed.clone()));
            lab.server.play(At::Done, Act::Close);
        }),
        case(
            "restart in IDLE",
            "down for 0.5 s, connections refused",
            LOUD,
        )
        .then(|lab| {
            lab.server
                .model()
                .folder("INBOX")
                .unwrap()
                .add(lab.missed.clone());
            lab.arrived();
            lab.server.restart(Duration::from_millis(500));
        }),
        case(
            "login limit",
            "`NO [ALERT] Too many simultaneous connections`",
            LOUD,
        )
        .sees(&["Too many simultaneous connections"])
        .before(|lab| {
            there(
                lab,
                At::Login,
                Act::Answer("NO [ALERT] Too many simultaneous connections. (Failure)"),
            );
        }),
        case("login not now", "`NO [UNAVAILABLE]`", LOUD)
            .sees(&["[UNAVAILABLE] Temporary authentication failure"])
            .before(|lab| {
                there(
                    lab,
                    At::Login,
                    Act::Answer("NO [UNAVAILABLE] Temporary authentication failure."),
                );
            }),
        case("600 MB literal", "`{600000000}` announced", LOUD)
            .sees(&["announced 600000000 bytes"])
            .before(|lab| {
                there(
                    lab,
                    At::FetchBody,
                    say("* 1 FETCH (UID 1 BODY[] {600000000}\r\n"),
                );
            }),
        case("500 MB literal", "`{500000000}` announced in IDLE", LOUD)
            .sees(&["announced 500000000 bytes"])
            .then(|lab| {
                lab.deliver_into(At::Idling, say("* 4 FETCH (UID 4 BODY[] {500000000}\r\n"));
            }),
        case("endless line", "one that never ends", LOUD)
            .sees(&["a line of more than"])
            .before(|lab| there(lab, At::Fetch, Act::Endless(b"0123456789 "))),
        case("200,000 parentheses", "nested, in a FETCH answer", LOUD)
            .sees(&["parentheses more than 64 deep"])
            .before(|lab| {
                let mut deep = b"* 1 FETCH (".to_vec();
                deep.extend(std::iter::repeat_n(b'(', 200_000));
                there(lab, At::Fetch, say(deep));
            }),
        case(
            "token expired",
            "server closes; the old token is refused from then on",
            LOUD,
        )
        .set("auth = \"xoauth2\"\ntoken_command = [\"cat\", \"FOLDER/token\"]")
        .before(|lab| {
            lab.server.model().password = "first".into();
            std::fs::write(lab.folder.path().join("token"), "first\n").unwrap();
        })
        .then(|lab| {
            lab.server.model().password = "second".into();
            std::fs::write(lab.folder.path().join("token"), "second\n").unwrap();
            lab.deliver_into(At::Idling, Act::Close);
        }),
        case(
            "UIDVALIDITY changed",
            "closed; the folder is rebuilt, the missed message in its midst",
            LOUD,
        )
        .sees(&["the folder was rebuilt"])
        .then(|lab| {
            rebuild(lab);
            lab.server.play(At::Idling, Act::Close);
        }),
    ];
    // None of them passes without a word, and where it is only lost, that is said.
    for case in &mut cases {
        if case.sees.is_empty() {
            case.sees = LOST;
        }
    }
    cases
}

/// The folder with other UIDs and another UIDVALIDITY, and the missed message among those that were known.
fn rebuild(lab: &Lab) {
    let mut model = lab.server.model();
    let folder = model.folder("INBOX").unwrap();
    let mut again = Folder::new(folder.uidvalidity + 1);
    for (index, message) in folder.messages.values().cloned().enumerate() {
        if index == 1 {
            again.add(lab.missed.clone());
        }
        again.add(message);
    }
    *folder = again;
    drop(model);
    lab.arrived();
}

/// A name, what is played, and how.
type Silence = (&'static str, &'static str, fn(&Lab));

pub fn silent() -> Vec<Case> {
    let mut cases = vec![
        case(
            "half-open TCP in IDLE",
            "a proxy swallows both ways, no FIN",
            SILENT,
        )
        .sees(&["silent for 10 s"])
        .then(|lab| {
            lab.proxy.swallow();
            lab.deliver();
        }),
        case(
            "notification swallowed",
            "the message is never told in that session",
            SILENT,
        )
        .before(|lab| {
            lab.server
                .play(At::Idling, Act::ArriveUntold(lab.missed.clone()))
        }),
        case(
            "chat without an end in IDLE",
            "`* OK still here` ten times a second, EXISTS never",
            SILENT,
        )
        .before(|lab| {
            lab.server
                .play(At::Idling, Act::ArriveUntold(lab.missed.clone()));
            lab.server.play(At::Idling, Act::Chat);
        }),
        case(
            "chat without an end in FETCH",
            "`* OK still here` instead of the answer",
            SILENT,
        )
        .sees(&["talks without answering at UID FETCH"])
        .before(|lab| there(lab, At::Fetch, Act::Endless(b"* OK still here\r\n"))),
        case(
            "empty BAD to IDLE",
            "`A5 BAD` and nothing else; polling",
            SILENT,
        )
        .sees(&["IDLE refused, polling instead"])
        .before(|lab| {
            lab.server
                .play(At::BeforePlus, Act::ArriveUntold(lab.missed.clone()));
            lab.server.play(At::BeforePlus, Act::Answer("BAD"));
        }),
        case("NO to IDLE", "`NO not now`; from then on polling", SILENT)
            .sees(&["IDLE refused, polling instead", "not now"])
            .before(|lab| lab.server.play(At::BeforePlus, Act::Answer("NO not now")))
            .then(Lab::deliver),
        case("no IDLE", "not offered: polling", SILENT)
            .sees(&["read to the end, no IDLE"])
            .before(|lab| lab.server.model().offered[1] = "IMAP4rev1".into())
            .then(Lab::deliver),
        case(
            "IDLE gone after the login",
            "offered in the greeting only",
            SILENT,
        )
        .sees(&["read to the end, no IDLE"])
        .before(|lab| {
            lab.server.model().offered =
                ["IMAP4rev1 IDLE AUTH=PLAIN".into(), "IMAP4rev1 ID".into()];
        })
        .then(Lab::deliver),
        case(
            "UIDVALIDITY changed under an open session",
            "nothing is told",
            SILENT,
        )
        .sees(&["the folder was rebuilt"])
        .then(rebuild),
        case(
            "second folder",
            "the message is in a folder that is not in IDLE",
            SILENT,
        )
        .set("folders = [\"INBOX\", \"Lists\"]")
        .before(|lab| {
            let mut model = lab.server.model();
            model.folders.insert("Lists".into(), Folder::new(7));
        })
        .then(|lab| {
            lab.arrived();
            lab.server.shared.arrive("Lists", lab.missed.clone());
        }),
        case(
            "one of two folders deleted",
            "the message is in the other one",
            SILENT,
        )
        .sees(&["the folder was rebuilt"])
        .set("folders = [\"INBOX\", \"Lists\"]")
        .before(|lab| {
            let mut model = lab.server.model();
            model.folders.insert("Lists".into(), Folder::new(7));
        })
        .then(|lab| {
            let mut model = lab.server.model();
            let inbox = model.folders.remove("INBOX").unwrap();
            model.folders.insert("Old".into(), inbox);
            drop(model);
            // What comes afterwards goes to the folder that is still there.
            lab.arrived();
            lab.server.shared.arrive("Lists", lab.missed.clone());
            lab.server
                .model()
                .folders
                .insert("INBOX".into(), Folder::new(8));
        }),
        case(
            "folder renamed and made anew",
            "the only one; another UIDVALIDITY",
            SILENT,
        )
        .sees(&["the folder was rebuilt"])
        .then(|lab| {
            let mut model = lab.server.model();
            let inbox = model.folders.remove("INBOX").unwrap();
            model.folders.insert("Old".into(), inbox);
            let mut anew = Folder::new(9);
            anew.add(lab.missed.clone());
            model.folders.insert("INBOX".into(), anew);
            drop(model);
            lab.arrived();
        }),
    ];
    let silences: [Silence; 7] = [
        ("silence at the greeting", "connected, not a word", |lab| {
            there(lab, At::Greeting, Act::Silence);
        }),
        ("silence in the login", "no answer to AUTHENTICATE", |lab| {
            there(lab, At::Login, Act::Silence);
        }),
        ("silence in EXAMINE", "no answer", |lab| {
            there(lab, At::Examine, Act::Silence);
        }),
        ("silence in FETCH", "no answer", |lab| {
            there(lab, At::Fetch, Act::Silence);
        }),
        (
            "silence in a body",
            "the FETCH stops after its first bytes",
            |lab| {
                there(
                    lab,
                    At::FetchBody,
                    say("* 1 FETCH (UID 1 BODY[] {3000}\r\nFrom: x"),
                );
                lab.server.play(At::FetchBody, Act::Silence);
            },
        ),
        ("silence before +", "no answer to IDLE", |lab| {
            lab.server
                .play(At::BeforePlus, Act::ArriveUntold(lab.missed.clone()));
            lab.server.play(At::BeforePlus, Act::Silence);
        }),
        ("silence at DONE", "no answer", |lab| {
            lab.server
                .play(At::Done, Act::ArriveUntold(lab.missed.clone()));
            lab.server.play(At::Done, Act::Silence);
        }),
    ];
    cases.extend(
        silences
            .into_iter()
            .map(|(name, played, before)| case(name, played, SILENT).before(before).sees(LOST)),
    );
    cases
}

/// A message that belongs to no list.
pub fn private(number: usize) -> Message {
    let text = format!(
        "From: a friend <friend@example.net>\r\nSubject: lunch {number}?\r\nMessage-ID: <{number}@example.net>\r\n\
         List-Id: <other.example.net>\r\n\r\nAt noon.\r\n"
    );
    Message::new(text.into_bytes())
}

/// A list message of this size that announces nothing known.
pub fn large(size: usize) -> Message {
    let text = "From: x <x@ietf.org>\r\nSubject: Minutes, with slides\r\nDate: Fri, 28 Nov 2025 09:00:00 +0000\r\n\
         Message-ID: <large@ietf.org>\r\nList-Id: <ietf-announce.ietf.org>\r\n\r\nThe slides follow.\r\n";
    Message::padded(text.as_bytes().to_vec(), size - text.len())
}

pub fn odd() -> Vec<Case> {
    vec![
        case("what cannot be parsed", "`* 9 FETCH (UID x`", LOUD)
            .before(|lab| there(lab, At::Fetch, say("* 9 FETCH (UID x\r\n")))
            .sees(&["cannot be read: passed over line=\"`* 9 FETCH (UID x`\""]),
        case("EXISTS before +", "told between IDLE and its `+`", LOUD).before(|lab| {
            lab.server
                .play(At::BeforePlus, Act::Arrive(lab.missed.clone()))
        }),
        case("EXISTS between DONE and its OK", "told after DONE", LOUD)
            .before(|lab| lab.server.play(At::Done, Act::Arrive(lab.missed.clone()))),
        case(
            "EXISTS inside an empty FETCH",
            "told where no new message is listed",
            LOUD,
        )
        .then(|lab| {
            // A hint that comes to nothing.
            lab.server.model().echoes = false;
            lab.server
                .play(At::FetchNothing, Act::Arrive(lab.missed.clone()));
            lab.server
                .play(At::Idling, say("* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"));
        }),
        case("EXISTS before EXAMINE", "told right after the login", LOUD).before(|lab| {
            lab.server
                .play(At::LookAround, Act::Arrive(lab.missed.clone()))
        }),
        case(
            "echo of n:*",
            "the last message is named at every look",
            LOUD,
        )
        .then(Lab::deliver),
        case("UIDNEXT absent", "not told by EXAMINE", LOUD)
            .before(|lab| lab.server.model().tells_uid_next = false)
            .then(Lab::deliver),
        case("double space in CAPABILITY", "`IMAP4rev1  IDLE   ID`", LOUD)
            .before(|lab| lab.server.model().offered[1] = "IMAP4rev1  IDLE   ID".into())
            .then(Lab::deliver),
        case("lower case in CAPABILITY", "`imap4rev1 idle`", LOUD)
            .before(|lab| lab.server.model().offered[1] = "imap4rev1 idle".into())
            .then(Lab::deliver),
        case("CAPABILITY refused after the login", "`NO`", LOUD)
            .before(|lab| {
                let both = "IMAP4rev1 AUTH=PLAIN IDLE".to_owned();
                lab.server.model().offered = [both.clone(), both];
                lab.server.play(At::LookAround, Act::Answer("NO not now"));
            })
            .then(Lab::deliver),
        case(
            "stale tagged NO",
            "the answer to a command of another time",
            LOUD,
        )
        .then(|lab| {
            lab.server.play(At::Fetch, say("A0000 NO stale\r\n"));
            lab.deliver();
        }),
        case("500 EXISTS at once", "the library keeps 100", LOUD)
            .then(|lab| lab.deliver_into(At::Idling, say("* 4 EXISTS\r\n".repeat(500)))),
        case(
            "FETCH in IDLE unasked",
            "flags, as iCloud does, EXISTS never",
            LOUD,
        )
        .then(|lab| {
            lab.deliver_into(At::Idling, say("* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n"));
        }),
        case(
            "message expunged before its FETCH",
            "two arrive, the second is gone again",
            LOUD,
        )
        .then(|lab| {
            lab.server.play(At::Fetch, Act::Expunge);
            lab.arrived();
            let mut model = lab.server.model();
            let folder = model.folder("INBOX").unwrap();
            folder.add(lab.missed.clone());
            folder.add(lab.more[0].clone());
            drop(model);
            lab.server.shared.wake();
        }),
        case(
            "message expunged between header and body",
            "as above, in between",
            LOUD,
        )
        .before(|lab| {
            lab.server.deliver(lab.missed.clone());
            lab.server.deliver(lab.more[0].clone());
            lab.server.play(At::FetchBody, Act::Expunge);
        }),
        case(
            "UIDs that jump",
            "from 3 to 4,000,000,000, while idle",
            LOUD,
        )
        .then(|lab| {
            lab.server.model().folder("INBOX").unwrap().uid_next = 4_000_000_000;
            lab.deliver();
        }),
        case(
            "UIDs that jump, at first",
            "as above, before the first login",
            LOUD,
        )
        .before(|lab| {
            lab.server.model().folder("INBOX").unwrap().uid_next = 4_000_000_000;
            there(lab, At::Examine, say(""));
        }),
        case(
            "100,000 other messages",
            "in the folder before the missed one",
            Duration::from_secs(30),
        )
        .before(|lab| {
            let other = private(0);
            let mut model = lab.server.model();
            let folder = model.folder("INBOX").unwrap();
            for _ in 0..100_000 {
                folder.add(other.clone());
            }
            drop(model);
            there(lab, At::Examine, say(""));
        }),
        case(
            "80 MB message",
            "a list's, before the missed one: a notice with its headers",
            LOUD,
        )
        .sees(&["only its beginning is read"])
        .then(|lab| {
            lab.expect_more(1);
            lab.server
                .model()
                .folder("INBOX")
                .unwrap()
                .add(large(80_000_000));
            lab.deliver();
        }),
        case(
            "two folders, one never there",
            "`NO [NONEXISTENT]`, the other goes on",
            LOUD,
        )
        .sees(&["[NONEXISTENT] no such folder"])
        .set("folders = [\"INBOX\", \"Lists\"]")
        .then(Lab::deliver),
        case(
            "login refused, then accepted",
            "`NO [AUTHENTICATIONFAILED]` once: waits 10 s",
            Duration::from_secs(14),
        )
        .sees(&[
            "[AUTHENTICATIONFAILED]",
            "check the keys username and password",
        ])
        .before(|lab| {
            there(
                lab,
                At::Login,
                Act::Answer("NO [AUTHENTICATIONFAILED] Authentication failed."),
            );
        }),
    ]
}
