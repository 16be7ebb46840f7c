//! What servers say to people, and how they keep IDLE from working: heard, told, and put up with.

use std::time::Duration;

use crate::lab::scripted_imap::{Act, At};
use crate::run::{Case, Lab, REFRESH, case};

/// What is merely said costs nothing.
const SOON: Duration = Duration::from_secs(3);
/// Three failures, of which each waits twice as long as the one before, and the poll after them.
const GIVEN_UP: Duration = Duration::from_secs(12);

/// The message is there before the watcher comes, and something is said in its way.
fn said(lab: &Lab, at: At, text: &str) {
    lab.server.deliver(lab.missed.clone());
    lab.server
        .play(at, Act::Say(format!("{text}\r\n").into_bytes()));
}

/// The lines of the login are said otherwise.
fn challenge(lab: &Lab, instead: &'static str) {
    lab.server.deliver(lab.missed.clone());
    lab.server.twist(1, move |command, bytes| {
        let is_challenge = command.starts_with("AUTHENTICATE") && bytes.starts_with(b"+");
        is_challenge.then(|| instead.as_bytes().to_vec())
    });
}

/// IDLE ends in this way three times; the message arrives with the third, and is not told.
fn always(lab: &Lab, at: At, act: &Act) {
    lab.server.play(at, act.clone());
    lab.server.play(at, act.clone());
    lab.server.play(at, Act::ArriveUntold(lab.missed.clone()));
    lab.server.play(at, act.clone());
}

pub fn cases() -> Vec<Case> {
    [heard(), logins(), idle()].concat()
}

fn heard() -> Vec<Case> {
    vec![
        case(
            "ALERT before the login",
            "`* NO [ALERT] …` at CAPABILITY",
            SOON,
        )
        .before(|lab| said(lab, At::Capability, "* NO [ALERT] We move house on Sunday"))
        .sees(&["the server says", "[ALERT] We move house on Sunday"]),
        case(
            "ALERT in EXAMINE",
            "`* NO [ALERT] Mailbox is at 95% of quota`",
            SOON,
        )
        .before(|lab| said(lab, At::Examine, "* NO [ALERT] Mailbox is at 95% of quota"))
        .sees(&["[ALERT] Mailbox is at 95% of quota"]),
        case(
            "ALERT beside OK",
            "`* OK [ALERT] Maintenance tonight`",
            SOON,
        )
        .before(|lab| said(lab, At::Examine, "* OK [ALERT] Maintenance tonight"))
        .sees(&["[ALERT] Maintenance tonight"]),
        case(
            "untagged BAD in FETCH",
            "`* BAD Please see our new terms`",
            SOON,
        )
        .before(|lab| said(lab, At::Fetch, "* BAD Please see our new terms"))
        .sees(&["Please see our new terms"]),
        case(
            "hostile words",
            "escape sequences and marks of direction in an ALERT",
            SOON,
        )
        .before(|lab| {
            said(
                lab,
                At::Examine,
                "* NO [ALERT] \u{1b}[31mred\u{202e}der\u{7}",
            );
        })
        .sees(&["[31mred der"]),
        case("words in Latin-1", "`* NO [ALERT] Geb\\xfchr`", SOON)
            .before(|lab| {
                lab.server.deliver(lab.missed.clone());
                let text = b"* NO [ALERT] Geb\xfchr offen\r\n".to_vec();
                lab.server.play(At::Examine, Act::Say(text));
            })
            .sees(&["hr offen"]),
        case(
            "refused with a code",
            "`NO [INUSE] Mailbox in use` to CAPABILITY after the login",
            SOON,
        )
        .before(|lab| {
            lab.server.deliver(lab.missed.clone());
            lab.server
                .play(At::LookAround, Act::Answer("NO [INUSE] Mailbox in use"));
        })
        .sees(&["CAPABILITY refused: [INUSE] Mailbox in use"]),
        case(
            "words before silence",
            "`* NO [ALERT] Storage is slow`, then nothing",
            REFRESH + Duration::from_secs(15),
        )
        .before(|lab| {
            said(lab, At::Examine, "* NO [ALERT] Storage is slow");
            lab.server.play(At::Examine, Act::Silence);
        })
        .sees(&["silent for 10 s at EXAMINE; the server said: [ALERT] Storage is slow"]),
        case(
            "BYE with its reason",
            "`* BYE Session invalidated - AccessTokenExpired`",
            SOON,
        )
        .then(|lab| {
            lab.deliver_into(
                At::Idling,
                Act::Bye("Session invalidated - AccessTokenExpired"),
            );
        })
        .sees(&["said goodbye: Session invalidated - AccessTokenExpired"]),
        case(
            "BYE at the greeting",
            "`* BYE [UNAVAILABLE] back at noon`",
            SOON,
        )
        .before(|lab| {
            lab.server.deliver(lab.missed.clone());
            lab.server
                .play(At::Greeting, Act::Bye("[UNAVAILABLE] back at noon"));
        })
        .sees(&["refuses for now: [UNAVAILABLE] back at noon"]),
    ]
}

fn logins() -> Vec<Case> {
    let refused =
        |name, played, answer: fn(&Lab), sees| case(name, played, SOON).before(answer).sees(sees);
    vec![
        case("+ go ahead", "at AUTHENTICATE", SOON)
            .before(|lab| challenge(lab, "+ go ahead\r\n"))
            .sees(&[]),
        case("+ alone", "at AUTHENTICATE, without the blank", SOON)
            .before(|lab| challenge(lab, "+\r\n")),
        case("challenge in base64", "`+ cGxlYXNl` at AUTHENTICATE", SOON)
            .before(|lab| challenge(lab, "+ cGxlYXNl\r\n")),
        case(
            "words before +",
            "`* OK [ALERT] …` and `* 3 EXISTS` at AUTHENTICATE",
            SOON,
        )
        .before(|lab| challenge(lab, "* OK [ALERT] hello\r\n* 3 EXISTS\r\n+ \r\n"))
        .sees(&["[ALERT] hello"]),
        refused(
            "internal server error",
            "`BAD internal server error` to AUTHENTICATE",
            |lab| {
                lab.server.deliver(lab.missed.clone());
                lab.server
                    .play(At::Login, Act::Answer("BAD internal server error"));
            },
            &["refuses for now: internal server error"],
        ),
        refused(
            "authenticated but not connected",
            "`BAD User is authenticated but not connected.` to EXAMINE",
            |lab| {
                lab.server.deliver(lab.missed.clone());
                let answer = "BAD User is authenticated but not connected.";
                lab.server.play(At::Examine, Act::Answer(answer));
            },
            &["User is authenticated but not connected."],
        ),
    ]
}

fn idle() -> Vec<Case> {
    vec![
        case("closes at each IDLE", "before its `+`; polling after three", GIVEN_UP)
            .before(|lab| always(lab, At::BeforePlus, &Act::Close))
            .sees(&["IDLE ended too soon 3 times: connection lost: the server closed it"]),
        case("BYE at each IDLE", "`* BYE IDLE is not for you`; polling after three", GIVEN_UP)
            .before(|lab| always(lab, At::BeforePlus, &Act::Bye("IDLE is not for you")))
            .sees(&[
                "IDLE does not work here, polling instead",
                "IDLE ended too soon 3 times: connection lost: the server said goodbye: IDLE is not for you",
            ]),
        case("OK to IDLE at once", "tagged OK instead of `+`; polling", SOON + REFRESH)
            .before(|lab| lab.server.play(At::BeforePlus, Act::Answer("OK enough")))
            .then(Lab::deliver)
            .sees(&["IDLE refused: it ended at once"]),
        case("IDLE ended at once", "tagged OK right after `+`, each time", GIVEN_UP)
            .before(|lab| always(lab, At::Idling, &Act::Answer("OK enough")))
            .sees(&["IDLE ended too soon 3 times: enough"]),
        case("closes in each IDLE", "at once, after its `+`", GIVEN_UP)
            .before(|lab| always(lab, At::Idling, &Act::Close))
            .sees(&["IDLE ended too soon 3 times: connection lost: the server closed it"]),
    ]
}
