//! A reader leaves by the mail that the digest's own List-Unsubscribe asks for, read from a real Dovecot; what is forged, comes
//! again, or is another reader's does nothing and is counted; and all of it is still so when the disk was lost.

use std::process::Output;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header, joined};
use crate::lab::smtp_receiver::{Received, SmtpReceiver};

const ANN: &str = "ann@example.net";
const BEN: &str = "ben@example.net";
const OPERATOR: &str = "admin@example.net";

fn said(output: &Output) -> String {
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    text(&output.stdout) + &text(&output.stderr)
}

struct Place {
    dovecot: Dovecot,
    receiver: SmtpReceiver,
    home: Home,
}

impl Place {
    fn open() -> Self {
        let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
        dovecot.deliver(&[announcement("draft-lab-history-00", "2025-11-20T09:00:00Z")]);
        let mut setup = Setup::plain(dovecot.port, receiver.port);
        setup
            .mailbox
            .push_str("address = \"nikkan@example.net\"\nsent_folder = \"Sent digests\"\n");
        setup.smtp.push_str(&format!(
            "operator = \"{OPERATOR}\"\nbounce_address = \"nikkan+*@example.net\"\n"
        ));
        setup.editions = setup.editions.replace(
            "[\"reader@example.net\"]",
            &format!("[\"{ANN}\", \"{BEN}\"]"),
        );
        let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
        Place {
            dovecot,
            receiver,
            home,
        }
    }

    fn nikkan(&self, arguments: &[&str]) -> String {
        let output = self.home.run(arguments);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    /// Lets one pass happen, and returns what it sent.
    fn pass(&self, at: &str) -> Vec<Received> {
        let before = self.receiver.received().len();
        self.nikkan(&["--at", at, "run", "--once"]);
        self.receiver.received().split_off(before)
    }

    fn write(&self, number: u32, from: &str, subject: &str) {
        let mail = format!(
            "From: {from}\r\nTo: nikkan@example.net\r\nSubject: {subject}\r\n\
             Message-ID: <{number}@readers.example>\r\nDate: Wed, 26 Nov 2025 08:00:00 +0000\r\n\r\nBye\r\n"
        );
        self.dovecot.deliver(&[mail.into_bytes()]);
    }
}

/// What a mail program would write in the subject.
fn asked(digest: &Received) -> String {
    let field = header(&digest.bytes, "List-Unsubscribe");
    let uri = field.strip_prefix('<').unwrap().strip_suffix('>').unwrap();
    let (to, subject) = uri.split_once("?subject=").unwrap();
    assert_eq!(to, "mailto:nikkan@example.net");
    subject.replace("%20", " ")
}

fn to<'a>(mails: &'a [Received], reader: &str) -> &'a Received {
    let is_to = |mail: &&Received| mail.recipients == [reader];
    mails.iter().find(is_to).unwrap()
}

#[test]
fn who_asks_with_their_own_token_gets_no_more_and_nobody_else_is_touched() {
    let place = Place::open();
    place.pass("2025-11-25T08:00:00Z");
    place
        .dovecot
        .deliver(&[announcement("draft-lab-first-00", "2025-11-25T09:00:00Z")]);
    let digests = place.pass("2025-11-26T00:05:00Z");
    assert_eq!(digests.len(), 2);
    let (of_ann, of_ben) = (asked(to(&digests, ANN)), asked(to(&digests, BEN)));
    assert_ne!(of_ann, of_ben);

    // Forged: one digit is another. Then Ben, with what is Ann's.
    let forged = match of_ann.strip_suffix('0') {
        Some(rest) => format!("{rest}1"),
        None => format!("{}0", &of_ann[..of_ann.len() - 1]),
    };
    place.write(1, ANN, &forged);
    place.write(2, BEN, &of_ann);
    assert!(place.pass("2025-11-26T08:00:00Z").is_empty());
    let readers = place.nikkan(&["readers"]);
    assert_eq!(readers.matches(" active").count(), 2, "{readers}");

    // Ann, from where her mail is forwarded to.
    place.write(
        3,
        "Ann <ann@home.example>",
        &format!("Re: {}", of_ann.to_uppercase()),
    );
    let words = place.pass("2025-11-26T09:00:00Z");
    assert_eq!(words.len(), 2);
    let farewell = to(&words, ANN);
    assert_eq!(header(&farewell.bytes, "Auto-Submitted"), "auto-replied");
    assert_eq!(
        header(&farewell.bytes, "In-Reply-To"),
        "<3@readers.example>"
    );
    assert!(joined(&to(&words, OPERATOR).bytes).contains("nikkan readers --back ann@example.net"));

    // And once more, which does nothing.
    place.write(4, ANN, &of_ann);
    place
        .dovecot
        .deliver(&[announcement("draft-lab-second-00", "2025-11-26T09:00:00Z")]);
    let digests = place.pass("2025-11-27T00:05:00Z");
    assert_eq!(digests.len(), 1);
    assert_eq!(digests[0].recipients, [BEN]);
    let status = said(&place.home.run(&["--at", "2025-11-27T00:06:00Z", "status"]));
    assert!(
        status.contains(
            "1 to leave with a forged token, 1 to leave that came before, 1 to leave with another reader's token"
        ),
        "{status}"
    );
    assert!(status.contains("daily: 1 active, 1 left"), "{status}");

    // The disk is lost: the mailbox tells it all again, and nobody is written to.
    std::fs::remove_dir_all(place.home.archive()).unwrap();
    assert!(place.pass("2025-11-27T08:00:00Z").is_empty());
    let readers = place.nikkan(&["readers", "--json"]);
    assert!(readers.contains("\"state\": \"left\""), "{readers}");
    place
        .dovecot
        .deliver(&[announcement("draft-lab-third-00", "2025-11-27T09:00:00Z")]);
    let digests = place.pass("2025-11-28T00:05:00Z");
    assert_eq!(digests.len(), 1);
    assert_eq!(digests[0].recipients, [BEN]);

    // Back, and what she left by before is of no use.
    place.nikkan(&["readers", "--back", ANN]);
    place.write(5, ANN, &of_ann);
    place
        .dovecot
        .deliver(&[announcement("draft-lab-fourth-00", "2025-11-28T09:00:00Z")]);
    assert_eq!(place.pass("2025-11-29T00:05:00Z").len(), 2);
}
