//! `check --send`: today's digest so far, mailed at once. It goes past the outbox, since it is of no day that is over:
//! nothing of it is kept, and nothing of it is tried again.

use anyhow::Result;

use super::returned::{self, Awaited, Return};
use super::{Finding, Subject};
use crate::archive::{Archive, MailObject};
use crate::clock::Clock;
use crate::config::Config;
use crate::daemon;
use crate::digest::{self, Edition};
use crate::editor;
use crate::outbox::{Outcome, Smtp, Submission, Transport};
use crate::press::{self, Press};

const TEST_DIGEST: Subject = Subject("test digest");

/// Mails the test digest of each edition to its readers, and waits for those that come back to the watched mailbox.
pub(super) async fn send(config: &Config, clock: &Clock) -> Vec<Finding> {
    let mut found = Vec::new();
    let back = Return::before_sending(config).await;
    let mut awaited = Vec::new();
    for edition in &config.editions {
        match print(config, edition, clock).await {
            Ok(mail) => {
                let smtp = Smtp::new(config.smtp.clone());
                for recipient in &mail.recipients {
                    let outcome = smtp
                        .submit(Submission {
                            sender: recipient.sender.as_deref().unwrap_or(&mail.sender),
                            recipient: &recipient.address,
                            own: &recipient.own,
                            bytes: &mail.bytes,
                        })
                        .await;
                    let comes_back = matches!((&back, &outcome), (Ok(Some(back)), Outcome::Delivered(_)) if back.is_to(&recipient.address));
                    if comes_back {
                        awaited.push(Awaited {
                            edition: edition.name.clone(),
                            domain: press::address::sender_domain(edition),
                            message_id: mail.message_id.clone(),
                        });
                    }
                    found.push(told(edition, &recipient.address, outcome));
                }
                smtp.rest().await;
            }
            Err(error) => found.push(TEST_DIGEST.error(format!("{error:#}"))),
        }
    }
    match back {
        Ok(Some(back)) => found.extend(back.wait_for(awaited).await),
        Ok(None) => found.push(returned::unknown_address()),
        Err(why) => found.push(returned::unreadable(&why)),
    }
    found
}

fn told(edition: &Edition, reader: &str, outcome: Outcome) -> Finding {
    let name = &edition.name;
    match outcome {
        Outcome::Delivered(said) => TEST_DIGEST.ok(format!("edition `{name}` to {reader}: {said}")),
        Outcome::Deferred(said)
        | Outcome::Throttled(said)
        | Outcome::NeedsHand(said)
        | Outcome::Refused(said)
        | Outcome::Uncertain(said) => TEST_DIGEST.error(format!(
            "edition `{name}` to {reader} was not taken: {said}"
        )),
    }
}

/// The mail with a subject that says that it is a test. The subject is plain ASCII, and stands in the header once.
fn as_test(mail: &[u8]) -> Vec<u8> {
    const FIELD: &[u8] = b"\nSubject: ";
    let at = mail.windows(FIELD.len()).position(|part| part == FIELD);
    let (header, rest) = mail.split_at(at.map_or(0, |at| at + FIELD.len()));
    match at {
        Some(_) => [header, b"[test] ", rest].concat(),
        None => mail.to_owned(),
    }
}

/// Prints the test digest of an edition.
async fn print(config: &Config, edition: &Edition, clock: &Clock) -> Result<MailObject> {
    let today = clock.today();
    // Before the first start there is no archive, and this must not make it.
    let (archive, is_kept) = match config.archive_directory() {
        Ok(directory) if directory.join("nikkan.db").try_exists()? => {
            (Archive::open(&directory)?, true)
        }
        _ => (Archive::in_memory()?, false),
    };
    let taxonomy = super::super::taxonomy(config)?;
    let record = archive.record_of_day(today).await?;
    let editor = editor::configured(config.editor.as_ref(), &archive, clock)?;
    let edited = editor
        .edit(digest::compile(&record, edition, &taxonomy, None), None)
        .await;
    let now = clock.now();
    let key = archive.installation_key(now).await?;
    let message_id = press::resend_message_id(&key, edition, today, fastrand::u64(..));
    let press = Press::configured(&config.press)?;
    let mut mail = press.mail(&edited, edition, now, &message_id, None)?;
    // By a key that is not kept nobody could leave.
    if is_kept {
        let readers = daemon::add_reader_headers(config, &archive, edition, &mut mail, now).await?;
        press::keep_readers(&mut mail, &readers);
    }
    mail.bytes = as_test(&mail.bytes);
    Ok(mail)
}
