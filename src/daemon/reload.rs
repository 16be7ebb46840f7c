//! SIGHUP: the configuration is read again. A good one ends the tasks at a safe point and begins them anew with it, over
//! the same archive; a broken one is refused, said, and changes nothing.

use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};
use tokio::time::timeout;
use tracing::{error, info, warn};

use super::context::DaemonContext;
use super::round::run_round;
use super::service_manager;
use super::signals::Signals;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::{self, Config, ConfigError};
use crate::editor;

/// The time that the files of a new configuration may take: the service manager waits for a reload, too.
const LONGEST_READING: Duration = Duration::from_secs(30);

/// Runs one round of the daemon after the other, each with the configuration that was in force when it began, until
/// the context's `stop`.
///
/// # Errors
/// The error of a round.
pub(super) async fn run_rounds(mut context: DaemonContext, signals: &Signals) -> Result<()> {
    let refused = watch::Sender::new(None);
    loop {
        let this_round = DaemonContext {
            stop: context.stop.child_token(),
            ..context.clone()
        };
        let end_round = this_round.stop.clone();
        // On the heap: the rounds' futures are large.
        let mut round = Box::pin(run_round(this_round, refused.subscribe()));
        let next = tokio::select! {
            biased;
            done = &mut round => return done,
            next = next_configuration(&context, signals, &refused) => next,
        };
        end_round.cancel();
        round.await?;
        if context.stop.is_cancelled() {
            return Ok(());
        }
        refused.send_replace(None);
        context.config = Arc::new(next);
        info!(path = %context.config.path.display(), "the configuration was read again and is in force");
        // Whatever the servers say: this is what was asked for.
        service_manager::ready();
    }
}

/// Waits for a signal, and for a configuration that can be used.
async fn next_configuration(
    context: &DaemonContext,
    signals: &Signals,
    refused: &watch::Sender<Option<String>>,
) -> Config {
    let mut reading = None;
    loop {
        signals.hangup().await;
        info!(signal = "SIGHUP", "asked to read the configuration again");
        service_manager::reloading();
        match read_in_time(context, &mut reading).await {
            Ok(next) => {
                for warning in &next.warnings {
                    warn!("{warning}");
                }
                return next;
            }
            Err(why) => {
                let why = format!("{why:#}");
                error!(%why, "the new configuration is refused; the one before stays in force");
                refused.send_replace(Some(why));
                service_manager::ready();
            }
        }
    }
}

/// Reads the configuration on another thread, and no longer than a limit: a file system whose server is away must hold neither
/// the proofs that the daemon lives nor its stop. `before` is an earlier reading, which holds one thread as long as it hangs.
///
/// # Errors
/// No daemon could start with it, or its files do not answer.
async fn read_in_time(
    context: &DaemonContext,
    before: &mut Option<JoinHandle<Result<Config>>>,
) -> Result<Config> {
    let stuck = || ConfigError::Stuck(context.config.path.clone(), LONGEST_READING).into();
    if before.as_ref().is_some_and(|before| !before.is_finished()) {
        return Err(stuck());
    }
    let (old, archive) = (context.config.clone(), context.archive.clone());
    let clock = context.clock.clone();
    let reading = before.insert(spawn_blocking(move || read_again(&old, &archive, &clock)));
    match timeout(LONGEST_READING, &mut *reading).await {
        Ok(read) => {
            *before = None;
            read.context("the configuration could not be read")?
        }
        Err(_) => Err(stuck()),
    }
}

/// Reads the configuration as it stands in its file now.
///
/// # Errors
/// No daemon could start with it.
fn read_again(old: &Config, archive: &Archive, clock: &Clock) -> Result<Config> {
    let next = config::load(&old.path)?;
    next.check_files()?;
    editor::configured(next.editor.as_ref(), archive, clock)?;
    if next.archive_directory()? != old.archive_directory()? {
        bail!(
            "{}: the archive cannot move while nikkan runs; `directory` in [archive] needs a restart",
            old.path.display()
        );
    }
    Ok(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "[mailbox]\nhost = \"localhost\"\nusername = \"reader\"\npassword = \"x\"\n[smtp]\nhost = \"localhost\"\n\
        [archive]\ndirectory = \"/a\"\n[[edition]]\nname = \"daily\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n";

    #[tokio::test]
    async fn files_that_do_not_answer_hold_up_nothing_but_the_reading_and_one_thread() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, TEXT).unwrap();
        let context = DaemonContext {
            config: Arc::new(config::load(&path).unwrap()),
            archive: Archive::in_memory().unwrap(),
            clock: Clock::system(),
            stop: Default::default(),
            liveness: Default::default(),
            ending: Default::default(),
        };
        let mut reading = None;
        read_in_time(&context, &mut reading).await.unwrap();

        std::fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
        let hangs = read_in_time(&context, &mut reading);
        let answered = timeout(Duration::from_millis(100), hangs).await;
        assert!(answered.is_err());
        let why = read_in_time(&context, &mut reading).await.unwrap_err();
        assert!(why.to_string().contains("does not answer"), "{why}");
        // Lets it end: this runtime waits for its threads.
        drop(std::fs::OpenOptions::new().write(true).open(&path).unwrap());
        reading.unwrap().await.unwrap().unwrap_err();
    }

    #[test]
    fn what_no_daemon_could_start_with_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        std::fs::write(&path, TEXT).unwrap();
        let old = config::load(&path).unwrap();
        let archive = Archive::in_memory().unwrap();
        let with = |from: &str, to: &str| {
            std::fs::write(&path, TEXT.replace(from, to)).unwrap();
            read_again(&old, &archive, &Clock::system()).map_err(|why| format!("{why:#}"))
        };
        assert_eq!(
            with("\"daily\"", "\"weekly\"").unwrap().editions[0].name,
            "weekly"
        );
        let refused = |from: &str, to: &str, words: &str| {
            let why = with(from, to).unwrap_err();
            assert!(why.contains("config.toml") && why.contains(words), "{why}");
        };
        refused("username", "user", "config.toml:3:1: ");
        refused(
            "password = \"x\"",
            "password_file = \"/no/such\"",
            "cannot read the password file /no/such",
        );
        refused("\"/a\"", "\"/b\"", "needs a restart");
        refused(
            "[[edition]]",
            "[editor]\nkind = \"llm\"\nbase_url = \"http://127.0.0.1:1/v1\"\nmodel = \"m\"\napi_key_file = \"/no/key\"\n[[edition]]",
            "/no/key",
        );
    }
}
