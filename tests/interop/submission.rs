//! What a submission server of any family must be handed: to each reader a mail that names nobody else, whatever became of
//! the others.

use std::collections::BTreeSet;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header, joined};
use crate::lab::smtp_receiver::{Received, SmtpReceiver};
use crate::lab::submission::SubmissionServer;
use crate::lab::wait_for;

/// Where the daemon's mail comes from, and its notices go.
const OPERATOR: &str = "nikkan@example.net";

/// So many readers; of ten the last is one that no server knows.
fn readers(count: usize) -> Vec<String> {
    let name = |number: usize| match number % 10 {
        9 => format!("refused-{count}-{number}@readers.example"),
        _ => format!("r{count}-{number}@readers.example"),
    };
    (0..count).map(name).collect()
}

fn known(readers: &[String]) -> Vec<String> {
    let known = readers.iter().filter(|one| !one.starts_with("refused"));
    known.cloned().collect()
}

/// The fields of a header, unfolded, by their names.
fn fields(mail: &[u8]) -> Vec<(String, String)> {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    let (head, _) = text.split_once("\n\n").unwrap();
    let head = head.replace("\n ", " ").replace("\n\t", " ");
    let field = |line: &str| {
        let (name, value) = line.split_once(':').unwrap();
        (name.to_ascii_lowercase(), value.trim().to_owned())
    };
    head.lines().map(field).collect()
}

/// What is the same for all: without the fields that are a reader's own, and those that servers put before a mail.
fn shared(mail: &[u8]) -> String {
    let own = [
        "to",
        "list-unsubscribe",
        "received",
        "return-path",
        "delivered-to",
        "x-peer",
        "x-mailfrom",
        "x-rcptto",
    ];
    let kept = fields(mail)
        .into_iter()
        .filter(|(name, _)| !own.contains(&name.as_str()));
    let head: String = kept
        .map(|(name, value)| format!("{name}: {value}\n"))
        .collect();
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    head + text.split_once("\n\n").unwrap().1
}

/// An installation with these readers.
fn home(server: &impl SubmissionServer, mailbox: &Dovecot, readers: &[String]) -> Home {
    let mut setup = Setup::plain(mailbox.port, server.port());
    setup.mailbox += &format!("address = \"{OPERATOR}\"\n");
    setup.smtp = format!(
        "host = \"127.0.0.1\"\nport = {}\n{}",
        server.port(),
        server.keys()
    );
    setup.editions = format!(
        "[[edition]]\nname = \"daily\"\nfrom = \"nikkan <{OPERATOR}>\"\nto = {readers:?}\n"
    );
    Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup)
}

/// One pass at this instant; what was said.
fn pass(home: &Home, at: &str) -> String {
    let output = home.command(&["--at", at, "run", "--once"]);
    let output = { output }.env("RUST_LOG", "info").output().unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// One, thirty-three and two hundred readers of one server.
pub fn each_reader_gets_a_mail_that_names_nobody_else<S: SubmissionServer>() {
    let counts = [1, 33, 200];
    let mut all: Vec<String> = counts.into_iter().flat_map(readers).collect();
    all.push(OPERATOR.into());
    let receiver = SmtpReceiver::start();
    let server = S::start(&known(&all), &receiver);
    let dovecot = Dovecot::start();
    dovecot.deliver(&[announcement("draft-lab-alone-00", "2025-11-28T09:00:00Z")]);
    for count in counts {
        let before = server.sessions();
        let (readers, known) = (readers(count), known(&readers(count)));
        let home = home(&server, &dovecot, &readers);
        pass(&home, "2025-11-28T12:00:00Z");
        let said = pass(&home, "2025-11-29T00:10:00Z");
        let ours = |mail: &Received| mail.recipients[0].contains(&format!("{count}-"));
        let mails = wait_for(&format!("{} mails", known.len()), || {
            let mut mails = server.arrived(&receiver);
            mails.retain(ours);
            Some(mails).filter(|mails| mails.len() >= known.len())
        });
        assert_alone(&mails, &known);
        let refused = readers.len() - known.len();
        assert_eq!(
            said.matches(" given up kind=digest ").count(),
            refused,
            "{said}"
        );
        // A hundred mails a session at most, and a refusal ends none.
        if let (Some(before), Some(now)) = (before, server.sessions()) {
            let most = count.div_ceil(100) + 2;
            assert!(
                now - before <= most,
                "{} sessions for {count}",
                now - before
            );
        }
    }
}

/// One mail for each of these readers, in which no other is named, and which is else the same for all.
fn assert_alone(mails: &[Received], readers: &[String]) {
    let reached: Vec<&String> = mails.iter().flat_map(|mail| &mail.recipients).collect();
    let once: BTreeSet<&String> = reached.iter().copied().collect();
    assert_eq!(reached.len(), once.len(), "somebody has two copies");
    assert_eq!(once, readers.iter().collect());
    let first = shared(&mails[0].bytes);
    for mail in mails {
        let reader = &mail.recipients[0];
        let fields = fields(&mail.bytes);
        let to: Vec<&String> = fields
            .iter()
            .filter(|(name, _)| name == "to")
            .map(|(_, value)| value)
            .collect();
        assert_eq!(to, [reader], "not one To, which is the reader's");
        assert!(!fields.iter().any(|(name, _)| name == "cc" || name == "bcc"));
        let named = joined(&mail.bytes);
        let others = named.matches("@readers.example").count();
        assert_eq!(others, named.matches(reader.as_str()).count(), "{named}");
        assert_eq!(shared(&mail.bytes), first, "more than the reader differs");
    }
    let values = |name: &str| -> BTreeSet<String> {
        let values = mails.iter().map(|mail| header(&mail.bytes, name));
        values.collect()
    };
    assert_eq!(values("Message-ID").len(), 1);
    assert_eq!(values("List-Unsubscribe").len(), mails.len());
}
