//! The whole way with a real Mailman 3: asked, confirming, subscribed, a message, left. Mail goes from nikkan to an SMTP
//! server, from there to Mailman over LMTP, back over SMTP, and into the mailbox of a Dovecot.

use std::process::Output;

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::{announcement, header};
use crate::lab::mailman::{DOMAIN, Mailman};
use crate::lab::smtp_receiver::{Received, SmtpReceiver};
use crate::lab::wait_for;

const READER: &str = "reader@mail.example";

fn said(output: &Output) -> String {
    format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// The servers, and what carries mail between them.
struct Post {
    dovecot: Dovecot,
    receiver: SmtpReceiver,
    mailman: Mailman,
    home: Home,
    carried: usize,
}

impl Post {
    fn open() -> Self {
        let dovecot = Dovecot::start();
        let receiver = SmtpReceiver::start();
        let mailman = Mailman::start(&["i-d-announce"], receiver.port);
        mailman.open_for_posts("i-d-announce");
        // A mailbox that was never written to has no folders yet.
        dovecot.fill(&[]);
        let mut setup = Setup::plain(dovecot.port, receiver.port);
        setup.editions.push_str(&format!(
            "[[list]]\nname = \"i-d-announce\"\nid = \"i-d-announce.{DOMAIN}\"\n"
        ));
        let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
        Post {
            dovecot,
            receiver,
            mailman,
            home,
            carried: 0,
        }
    }

    fn nikkan(&self, arguments: &[&str]) -> String {
        let output = self.home.run(arguments);
        assert!(output.status.success(), "{}", said(&output));
        said(&output)
    }

    fn lists(&self) -> String {
        let text = self.nikkan(&["lists"]);
        text.lines()
            .find(|line| line.starts_with("i-d-announce "))
            .unwrap()
            .to_owned()
    }

    /// Waits for the next mail and carries it where it is addressed to.
    fn carry(&mut self) -> Received {
        let mails = wait_for("the next mail", || {
            Some(self.receiver.received()).filter(|mails| mails.len() > self.carried)
        });
        let mail = mails[self.carried].clone();
        self.carried += 1;
        for recipient in &mail.recipients {
            if recipient.ends_with(DOMAIN) {
                self.mailman.deliver(READER, recipient, &mail.bytes);
            } else {
                assert_eq!(recipient, READER);
                self.dovecot.add(&mail.bytes);
            }
        }
        mail
    }
}

#[test]
fn a_list_is_joined_speaks_and_is_left() {
    let mut post = Post::open();
    let output = post.home.run(&["subscribe", "i-d-announce"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(
        said(&output).contains("say with --address"),
        "{}",
        said(&output)
    );
    post.nikkan(&["subscribe", "i-d-announce", "--address", READER]);
    assert!(post.lists().contains("asked to join "), "{}", post.lists());
    let request = post.carry();
    assert_eq!(
        request.recipients,
        [format!("i-d-announce-join@{DOMAIN}")],
        "the request"
    );

    let confirmation = post.carry();
    assert_eq!(
        header(&confirmation.bytes, "List-Id"),
        format!("<i-d-announce.{DOMAIN}>")
    );
    post.nikkan(&["run", "--once"]);
    assert!(
        post.lists().contains("confirming since "),
        "{}",
        post.lists()
    );
    let answer = post.carry();
    assert_eq!(
        header(&answer.bytes, "To"),
        header(&confirmation.bytes, "From"),
        "the answer goes where the question came from"
    );

    let welcome = post.carry();
    assert!(
        header(&welcome.bytes, "Subject").starts_with("Welcome to the"),
        "{}",
        post.mailman.log()
    );
    assert_eq!(post.mailman.members("i-d-announce"), [READER]);
    post.nikkan(&["run", "--once"]);
    assert_eq!(
        post.lists(),
        format!("i-d-announce     subscribed as {READER}; no message yet")
    );

    let now = jiff::Timestamp::now();
    let draft = announcement("draft-lab-joined-00", &now.to_string());
    let address = format!("i-d-announce@{DOMAIN}");
    let text = String::from_utf8(draft).unwrap();
    let text = text.replace(
        "List-Id: <i-d-announce.ietf.org>",
        &format!("To: {address}"),
    );
    post.mailman
        .deliver("internet-drafts@ietf.org", &address, text.as_bytes());
    post.carry();
    post.nikkan(&["run", "--once"]);
    assert!(
        post.lists()
            .contains(&format!("subscribed as {READER}; last message ")),
        "{}",
        post.lists()
    );
    let found = post.nikkan(&["search", "joined"]);
    assert!(found.contains("draft-lab-joined"), "{found}");

    // The address that was asked for is remembered.
    post.nikkan(&["unsubscribe", "i-d-announce"]);
    let request = post.carry();
    assert_eq!(request.recipients, [format!("i-d-announce-leave@{DOMAIN}")]);
    post.carry();
    post.nikkan(&["run", "--once"]);
    assert!(
        post.lists().contains("confirming since "),
        "{}",
        post.lists()
    );
    post.carry();
    post.carry();
    post.nikkan(&["run", "--once"]);
    assert!(post.lists().contains("left as "), "{}", post.lists());
    assert!(post.mailman.members("i-d-announce").is_empty());

    // Nothing was answered twice, and nothing of all this is in a digest.
    post.nikkan(&["run", "--once"]);
    assert_eq!(post.receiver.received().len(), post.carried);
    let today = post.nikkan(&["digest", "today"]);
    assert!(today.contains("1 draft, a first version"), "{today}");
    assert!(!today.contains("confirmation is needed"), "{today}");
    assert!(!today.contains("Welcome to the"), "{today}");
}

#[test]
fn a_running_daemon_takes_the_request_over_and_answers() {
    let mut post = Post::open();
    let mut daemon = post
        .home
        .start_logging(&jiff::Timestamp::now().to_string(), "info");
    daemon.wait_for("started", 1);
    // It holds the archive by now, and hands the request in.
    let output = post
        .home
        .run(&["subscribe", "i-d-announce", "--address", READER]);
    let asked = said(&output);
    assert!(output.status.success(), "{asked}");
    assert!(asked.contains("asked to join"), "{asked}");
    daemon.wait_for("delivered", 1);
    for _ in ["request", "confirmation", "answer", "welcome"] {
        post.carry();
    }
    daemon.wait_for("the list carried it out", 1);
    assert!(post.lists().contains("subscribed as"), "{}", post.lists());
    let (ended, _) = daemon.stop("TERM");
    assert!(ended.success());
}

#[test]
fn a_confirmation_that_nobody_asked_for_is_not_answered() {
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    let setup = Setup::plain(dovecot.port, receiver.port);
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/mailman");
    let documented = std::fs::read(folder.join("confirm-join-documented.eml")).unwrap();
    dovecot.deliver(&[documented]);
    let output = home
        .command(&["run", "--once"])
        .env("RUST_LOG", "info")
        .output()
        .unwrap();
    let log = said(&output);
    assert!(output.status.success(), "{log}");
    assert!(log.contains("a confirmation was ignored"), "{log}");
    assert!(log.contains("nothing was asked of this list"), "{log}");
    assert!(receiver.received().is_empty());
}
