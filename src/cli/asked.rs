//! Hands in what a person asked for, and waits until it is seen how that ended: whoever has the outbox, nothing is promised
//! that nobody has seen.

use std::time::Duration;

use anyhow::{Result, bail};
use tokio::time::{Instant, sleep};

use super::hand_in;
use super::terminal::say;
use crate::archive::{Archive, ArchiveError, DaemonLock};
use crate::clock::Clock;
use crate::config::Config;

/// The time in which another process that has the outbox can be expected to hand in. A daemon looks every 2 s.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);
/// Interval of looks.
const LOOK: Duration = Duration::from_millis(200);
/// The time after which it is said who is waited for.
const SILENCE: Duration = Duration::from_secs(2);

/// The process that has the outbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Holder {
    /// Its number, as far as it is known.
    pub(super) process: String,
    /// What it does, as it is typed.
    pub(super) command: String,
}

impl Holder {
    /// Returns true when it goes on to hand in.
    pub(super) fn is_daemon(&self) -> bool {
        self.command == "run"
    }
}

impl std::fmt::Display for Holder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.is_daemon() {
            true => write!(f, "the daemon (process {})", self.process),
            false => write!(f, "`nikkan {}` (process {})", self.command, self.process),
        }
    }
}

/// Takes the lock under which mail is handed in, or returns who has it.
///
/// # Errors
/// The archive's directory cannot be used.
pub(super) fn lock_or_holder(config: &Config, command: &str) -> Result<Result<DaemonLock, Holder>> {
    match DaemonLock::acquire(&config.archive_directory()?, command) {
        Ok(lock) => Ok(Ok(lock)),
        Err(ArchiveError::Held {
            holder: process,
            command,
            ..
        }) => Ok(Err(Holder { process, command })),
        Err(error) => Err(error.into()),
    }
}

/// Hands in all that is due, where nobody else has the outbox; where somebody has, waits until that one has, or has let go of
/// it. `is_answered` tells from the archive. Returns who has the outbox, if somebody still does.
///
/// # Errors
/// The archive cannot be read or written, or was put back from a backup and has not yet asked what was told since.
pub(super) async fn hand_in_and_see(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    command: &str,
    is_answered: impl AsyncFn() -> Result<bool, ArchiveError>,
) -> Result<Option<Holder>> {
    let begun = Instant::now();
    let mut is_said = false;
    loop {
        let holder = match lock_or_holder(config, command)? {
            Ok(_lock) => {
                // With it all that waits is handed in, and some of that may have been since the backup was made.
                if archive.restored().await?.is_some() {
                    bail!(
                        "the archive was restored from a backup, and what was sent since is not known yet: start nikkan first, or `nikkan run --once`; what was asked for waits in the outbox until then"
                    );
                }
                // What somebody was in the middle of who had the outbox before is not under way any more.
                archive.recover_interrupted(clock.now()).await?;
                hand_in(config, archive, clock).await?;
                return Ok(None);
            }
            Err(holder) => holder,
        };
        if is_answered().await? || begun.elapsed() >= PATIENCE {
            return Ok(Some(holder));
        }
        if !is_said && begun.elapsed() >= SILENCE {
            is_said = true;
            say(&format!("waiting until {holder} hands it in"));
        }
        sleep(LOOK).await;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_archive_that_was_restored_hands_in_nothing_before_it_knows_what_was_told() {
        let place = tempfile::tempdir().unwrap();
        let text = format!(
            "[mailbox]\nhost = \"imap.example.net\"\nusername = \"reader\"\npassword = \"x\"\n\
             [smtp]\nhost = \"smtp.example.net\"\n[archive]\ndirectory = {:?}\n\
             [[edition]]\nname = \"daily\"\nfrom = \"nikkan@example.net\"\nto = [\"a@example.net\"]\n",
            place.path()
        );
        let config = crate::config::parse(&text, std::path::Path::new("config.toml")).unwrap();
        let archive = Archive::open(place.path()).unwrap();
        let clock = Clock::held("2025-11-28T12:00:00Z".parse().unwrap());
        let ask =
            async || hand_in_and_see(&config, &archive, &clock, "send", async || Ok(false)).await;
        assert_eq!(ask().await.unwrap(), None);
        let mark = "{\"at\":\"2025-11-28T11:00:00Z\",\"from\":\"/b.db\",\"aside\":[]}";
        archive
            .set_daemon_note("restored", mark.into())
            .await
            .unwrap();
        let why = ask().await.unwrap_err().to_string();
        assert!(why.contains("nikkan run --once"), "{why}");
        archive.forget_restored().await.unwrap();
        assert_eq!(ask().await.unwrap(), None);
    }
}
