//! `make demo`: the model day over its midnight, in a minute, with private servers that leave nothing behind.
#![allow(clippy::unwrap_used)] // Whatever goes wrong in a demo is shown as it is.

#[path = "../tests/scenarios/lab/mod.rs"]
mod lab;

use std::path::Path;

use lab::daemon::{Home, Setup};
use lab::dovecot::Dovecot;
use lab::mail::{header, html_part, text_part};
use lab::model_day;
use lab::smtp_receiver::SmtpReceiver;

fn main() {
    let binary = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "target/debug/nikkan".into());
    let binary = std::fs::canonicalize(&binary).unwrap();
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    eprintln!("· a private Dovecot and an SMTP receiver on loopback");
    let dovecot = Dovecot::start();
    let receiver = SmtpReceiver::start();
    eprintln!("· 8 announcements of 2025-11-28 are in the mailbox");
    dovecot.deliver(&mails[..8]);
    let home = Home::new(
        &binary.to_string_lossy(),
        &Setup::plain(dovecot.port, receiver.port),
    );
    eprintln!("· nikkan starts; its clock shows 2025-11-28 23:59:50 UTC");
    let mut daemon = home.start_logging("2025-11-28T23:59:50Z", "info");
    daemon.wait_for("archived", 8);
    eprintln!("· it waits in IDLE; 7 more announcements arrive");
    dovecot.deliver(&mails[8..]);
    daemon.wait_for("archived", 15);
    eprintln!("· all 15 are in its archive; waiting for midnight");
    let received = receiver.wait_for(1);
    daemon.wait_for("delivered", 1);
    let mail = &received[0].bytes;
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/nikkan-2025-11-28.html");
    std::fs::write(&page, html_part(mail)).unwrap();
    let (ended, took) = daemon.stop("TERM");
    eprintln!("· the digest arrived: {}", header(mail, "Subject"));
    let manner = if ended.success() {
        "in order"
    } else {
        "with an error"
    };
    eprintln!(
        "· nikkan stopped {manner} within {:.1} s\n",
        took.as_secs_f32()
    );
    print!("{}", text_part(mail));
    eprintln!("\nThe same digest as HTML: {}", page.display());
}
