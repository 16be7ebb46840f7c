//! Of two machines on one mailbox, one hands in, whichever dies at whatever step. `make standby-proof` plays 1,000 nights;
//! here there are fewer.

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::announcement;
use crate::lab::smtp_receiver::SmtpReceiver;
use crate::lab::{standby, wait_for};

#[test]
fn over_twelve_nights_with_kills() {
    let tally = standby::run(env!("CARGO_BIN_EXE_nikkan"), 12, 7);
    eprintln!("{tally:#?}");
    assert!(tally.is_good(), "{tally:#?}");
    assert!(tally.killed.0 >= 5 && tally.killed.1 >= 3, "{tally:#?}");
    assert!(tally.nights.len() >= 2, "{tally:#?}");
}

/// Two homes on one mailbox, the second one waiting for the first.
fn two_homes(dovecot: &Dovecot, receiver: &SmtpReceiver) -> [Home; 2] {
    ["", "[standby]\nafter = \"10s\"\n"].map(|own| {
        let mut setup = Setup::plain(dovecot.port, receiver.port);
        setup.mailbox += "sent_folder = \"sent\"\n";
        setup.editions += own;
        Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup)
    })
}

/// Returns true when `nikkan status` tells of a digest that the other machine handed in.
fn left_it_to_the_other(home: &Home) -> bool {
    let status = home.run(&["--at", "2025-11-29T00:01:00Z", "status", "--json"]);
    let status: serde_json::Value = serde_json::from_slice(&status.stdout).unwrap();
    !status["elsewhere"].as_array().unwrap().is_empty()
}

#[test]
fn both_daemons_up_over_midnight_make_one_mail() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let homes = two_homes(&dovecot, &receiver);
    let mut daemons = homes
        .each_ref()
        .map(|home| home.start("2025-11-28T23:59:50Z"));
    dovecot.deliver(&[announcement("draft-lab-first-00", "2025-11-28T09:00:00Z")]);
    for daemon in &mut daemons {
        daemon.wait_for("archived", 1);
        daemon.wait_for("sealed", 1);
    }
    daemons[0].wait_for("copy stored", 1);
    wait_for("the second machine's note", || {
        left_it_to_the_other(&homes[1]).then_some(())
    });
    assert!(!left_it_to_the_other(&homes[0]));
    assert_eq!(receiver.received().len(), 1);
    for daemon in &mut daemons {
        assert!(daemon.stop("TERM").0.success(), "{}", daemon.log());
    }
    assert_eq!(receiver.received().len(), 1);
}

#[test]
fn the_second_daemon_hands_in_when_the_first_is_killed_before_midnight() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let homes = two_homes(&dovecot, &receiver);
    let [mut first, mut second] = homes
        .each_ref()
        .map(|home| home.start("2025-11-28T23:59:45Z"));
    dovecot.deliver(&[announcement("draft-lab-first-00", "2025-11-28T09:00:00Z")]);
    first.wait_for("archived", 1);
    assert!(!first.stop("KILL").0.success());
    second.wait_for("sealed", 1);
    second.wait_for("delivered", 1);
    second.wait_for("copy stored", 1);
    // The first one comes back: it finds the copy.
    let mut first = homes[0].start("2025-11-29T00:30:00Z");
    first.wait_for("sealed", 1);
    wait_for("the first machine's note", || {
        left_it_to_the_other(&homes[0]).then_some(())
    });
    for daemon in [&mut first, &mut second] {
        assert!(daemon.stop("TERM").0.success(), "{}", daemon.log());
    }
    assert_eq!(receiver.received().len(), 1);
}
