//! Readers leave by a real mail: what their mail program writes goes through Postfix into the watched mailbox. Nobody leaves
//! by a token that is made up, used up, or another reader's; and whose mail comes back three times is written to no more.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpStream;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header};
use crate::lab::smtp_receiver::{Received, SmtpReceiver};
use crate::lab::submission::SubmissionServer;
use crate::lab::submission::postfix::{LocalFolder, Postfix};
use crate::lab::wait_for;

const MAILBOX: &str = "nikkan@example.net";
const OPERATOR: &str = "operator@readers.example";
const READERS: [&str; 3] = [
    "ada@readers.example",
    "ben@readers.example",
    "refused-cyd@readers.example",
];

/// A mailbox behind Postfix, which also takes what nikkan hands in, and an installation.
struct Place {
    dovecot: Dovecot,
    postfix: Postfix,
    receiver: SmtpReceiver,
    home: Home,
}

impl Place {
    fn new() -> Self {
        let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
        dovecot.deliver(&[announcement("draft-lab-first-00", "2025-11-25T09:00:00Z")]);
        // Postfix takes mail for all of them; the server behind it knows no Cyd.
        let mut known: Vec<String> = READERS.iter().map(|&one| one.into()).collect();
        known.push(OPERATOR.into());
        let mailbox = LocalFolder {
            address: MAILBOX,
            maildir: dovecot.maildir(),
        };
        let postfix = Postfix::with_mailbox(&known, &receiver, &mailbox);
        let mut setup = Setup::plain(dovecot.port, postfix.port());
        setup.mailbox += &format!("address = \"{MAILBOX}\"\n");
        setup.smtp = format!(
            "host = \"127.0.0.1\"\nport = {}\n{}operator = \"{OPERATOR}\"\nbounce_address = \"nikkan+*@example.net\"\n",
            postfix.port(),
            postfix.keys()
        );
        setup.editions = format!(
            "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <{MAILBOX}>\"\nto = {READERS:?}\n"
        );
        let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
        let place = Place {
            dovecot,
            postfix,
            receiver,
            home,
        };
        place.pass("2025-11-25T12:00:00Z");
        place
    }

    fn pass(&self, at: &str) {
        let output = self.home.run(&["--at", at, "run", "--once"]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{said}");
    }

    /// A pass after this day's end, once so many mails lie in the mailbox; who had its digest, in the order of addresses.
    fn digest_of(&self, day: &str, lying: usize) -> Vec<Received> {
        self.lies(lying);
        let next: jiff::civil::Date = day.parse().unwrap();
        self.pass(&format!("{}T00:10:00Z", next.tomorrow().unwrap()));
        let queue = || self.postfix.log().matches(": removed").count();
        let taken = || self.postfix.log().matches(": message-id=").count();
        wait_for("Postfix to come to rest", || {
            (queue() >= taken()).then_some(())
        });
        let mut mails = self.receiver.received();
        mails.retain(|mail| {
            let text = String::from_utf8_lossy(&mail.bytes).into_owned();
            text.contains(&format!("X-Nikkan-Day: {day}"))
        });
        mails.sort_by(|one, other| one.recipients.cmp(&other.recipients));
        mails
    }

    fn arrives(&self, draft: &str, date: &str) {
        self.dovecot.deliver(&[announcement(draft, date)]);
    }

    /// Waits until the mailbox holds so many mails.
    fn lies(&self, count: usize) {
        let mut client = self.dovecot.client();
        wait_for(&format!("{count} mails in the mailbox"), || {
            client.run("EXAMINE INBOX");
            (client.flags("INBOX").len() >= count).then_some(())
        });
    }

    /// Sends a mail to the watched mailbox, as a reader's program does.
    fn write(&self, from: &str, subject: &str, id: &str) {
        let stream = TcpStream::connect(("127.0.0.1", self.postfix.port())).unwrap();
        let mut lines = BufReader::new(stream.try_clone().unwrap()).lines();
        let mut say = |words: &str, code: &str| {
            (&stream).write_all(words.as_bytes()).unwrap();
            let answer = loop {
                let line = lines.next().unwrap().unwrap();
                if line.as_bytes().get(3) != Some(&b'-') {
                    break line;
                }
            };
            assert!(answer.starts_with(code), "{words}: {answer}");
        };
        say("", "220");
        say("EHLO reader.example\r\n", "250");
        say(&format!("MAIL FROM:<{from}>\r\n"), "250");
        say(&format!("RCPT TO:<{MAILBOX}>\r\n"), "250");
        say("DATA\r\n", "354");
        let date = jiff::Timestamp::now().strftime("%a, %d %b %Y %H:%M:%S +0000");
        say(
            &format!(
                "From: {from}\r\nTo: {MAILBOX}\r\nDate: {date}\r\nMessage-ID: <{id}@reader.example>\r\n\
                 Subject: {subject}\r\nMIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\n\r\n.\r\n"
            ),
            "250",
        );
        say("QUIT\r\n", "221");
    }

    fn said_by(&self, arguments: &[&str]) -> String {
        let output = self.home.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    /// The states that `nikkan readers` shows, by address.
    fn states(&self) -> Vec<(String, String)> {
        let readers: serde_json::Value =
            serde_json::from_str(&self.said_by(&["readers", "--json"])).unwrap();

        let text = |value: &serde_json::Value| value.as_str().unwrap().to_owned();
        let mut states: Vec<_> = readers
            .as_array()
            .unwrap()
            .iter()
            .map(|reader| (text(&reader["address"]), text(&reader["state"])))
            .collect();
        states.sort();
        states
    }
}

/// What the mail's own List-Unsubscribe tells a program to write as the subject.
fn leaving(mail: &Received) -> String {
    let field = header(&mail.bytes, "List-Unsubscribe");
    let subject = field.split_once("?subject=").unwrap().1;
    subject.trim_end_matches('>').replace("%20", " ")
}

#[test]
fn a_token_is_good_for_its_reader_and_once_and_three_bounces_give_rest() {
    if let Some(why) = Postfix::unavailable() {
        eprintln!("skipped: {why}");
        return;
    }
    let place = Place::new();
    let first = place.digest_of("2025-11-25", 1);
    assert_eq!(readers_of(&first), READERS[..2]);
    // Each tells the way of its own reader only.
    let [ada, ben] = [leaving(&first[0]), leaving(&first[1])];
    assert_ne!(ada, ben);
    // Cyd's mail has come back, and three mails of readers come, of which one is in order.
    place.lies(2);
    let forged: String = ada.chars().rev().skip(4).collect();
    let forged: String = forged.chars().rev().chain("aaaa".chars()).collect();
    place.write(READERS[1], &ada, "another");
    place.write(READERS[1], &forged, "forged");
    place.write(READERS[0], &format!("Re: {ada}"), "leave");
    place.arrives("draft-lab-second-00", "2025-11-26T09:00:00Z");
    let second = place.digest_of("2025-11-26", 6);
    assert_eq!(readers_of(&second), [READERS[1]]);
    assert_eq!(place.states(), states(["left", "active", "active"]));
    // Both are told: who left, and who keeps the list.
    let farewell = place.receiver.received().into_iter().filter(|mail| {
        mail.recipients == [READERS[0]]
            && !String::from_utf8_lossy(&mail.bytes).contains("X-Nikkan-Day: ")
    });
    assert_eq!(farewell.count(), 1);
    assert!(
        place
            .receiver
            .received()
            .iter()
            .any(|mail| mail.recipients == [OPERATOR])
    );
    // Brought back, she has another token; the old one is used up.
    place.said_by(&[
        "--at",
        "2025-11-27T08:00:00Z",
        "readers",
        "--back",
        READERS[0],
    ]);
    place.lies(7);
    place.write(READERS[0], &ada, "replayed");
    place.arrives("draft-lab-third-00", "2025-11-27T09:00:00Z");
    let third = place.digest_of("2025-11-27", 9);
    assert_eq!(readers_of(&third), READERS[..2]);
    assert_ne!(leaving(&third[0]), ada);
    assert_eq!(leaving(&third[1]), ben);
    // The third digest of Cyd's comes back, too: there is no fourth.
    place.lies(10);
    place.arrives("draft-lab-fourth-00", "2025-11-28T09:00:00Z");
    let fourth = place.digest_of("2025-11-28", 11);
    assert_eq!(readers_of(&fourth), READERS[..2]);
    assert_eq!(place.states(), states(["active", "active", "bouncing"]));
    let asked = place.postfix.log().matches("to=<refused-cyd@").count();
    assert_eq!(asked, 3, "{}", place.postfix.log());
    // It tells that nothing is sent to Cyd any more, and so does not end with 0.
    let status = ["--at", "2025-11-29T00:20:00Z", "status", "--json"];
    let status: serde_json::Value =
        serde_json::from_slice(&place.home.run(&status).stdout).unwrap();
    let refused = &status["refused_requests"];
    for cause in ["forged", "replayed", "another_reader"] {
        assert_eq!(refused[cause], 1, "{refused}");
    }
}

/// Whom these mails went to.
fn readers_of(mails: &[Received]) -> Vec<&str> {
    mails
        .iter()
        .map(|mail| mail.recipients[0].as_str())
        .collect()
}

/// The readers with these states.
fn states(states: [&str; 3]) -> Vec<(String, String)> {
    let readers = READERS.iter().zip(states);
    readers
        .map(|(&reader, state)| (reader.into(), state.into()))
        .collect()
}
