//! Waits at the start for files that the configuration names and that are not there yet: a mount may come after the service.

use std::pin::pin;
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use super::service_manager;
use crate::config::{Config, ConfigError};

/// The longest wait. What is not there by then comes by nobody but the operator.
const LONGEST: Duration = Duration::from_secs(10 * 60);
/// Interval of looks.
const LOOK: Duration = Duration::from_secs(1);

/// The least that one look has, and all that the look of a pass has.
const LONGEST_LOOK: Duration = Duration::from_secs(30);
/// Time after which a look that hangs is told.
const SLOW: Duration = Duration::from_secs(5);

/// Waits until all files that the configuration names are there, for ten minutes at most. Returns false when asked to stop.
///
/// # Errors
/// One of them cannot be used; or is not there after that time.
pub(super) async fn wait_for_files(
    config: &Config,
    stop: &CancellationToken,
) -> Result<bool, ConfigError> {
    let waiting = stop.run_until_cancelled(wait(config));
    waiting
        .await
        .map_or(Ok(false), |there| there.map(|()| true))
}

/// Looks at all of them once, for a pass: it waits for none. Returns false when asked to stop.
///
/// # Errors
/// One of them cannot be used, or its file system does not answer.
pub(super) async fn look_once(
    config: &Config,
    stop: &CancellationToken,
) -> Result<bool, ConfigError> {
    let looking = look(config.clone(), LONGEST_LOOK);
    let looked = stop.run_until_cancelled(looking).await;
    looked.map_or(Ok(false), |there| there.map(|()| true))
}

async fn wait(config: &Config) -> Result<(), ConfigError> {
    let deadline = Instant::now() + LONGEST;
    let mut told = String::new();
    let mut tell = |why: &ConfigError| {
        let why = why.to_string();
        if why != told {
            warn!(%why, minutes = LONGEST.as_secs() / 60, "the start waits for a file");
            service_manager::waiting(&format!("waits for a file: {why}"));
            told = why;
        }
    };
    let mut waited = false;
    loop {
        let limit = deadline.saturating_duration_since(Instant::now());
        let mut looking = pin!(look(config.clone(), limit.max(LONGEST_LOOK)));
        let looked = match timeout(SLOW, &mut looking).await {
            Ok(looked) => looked,
            Err(_) => {
                tell(&ConfigError::Stuck(config.path.clone(), SLOW));
                waited = true;
                looking.await
            }
        };
        let missing = match looked {
            Ok(()) => {
                if waited {
                    info!("the files that were waited for are there");
                }
                return Ok(());
            }
            Err(error @ ConfigError::NotThere(..)) if Instant::now() < deadline => error,
            Err(error) => return Err(error),
        };
        tell(&missing);
        waited = true;
        sleep(LOOK).await;
    }
}

/// Looks once, on another thread: a file system whose server is away may hold the look.
async fn look(config: Config, limit: Duration) -> Result<(), ConfigError> {
    let looking = tokio::task::spawn_blocking({
        let config = config.clone();
        move || config.check_files()
    });
    match timeout(limit, looking).await {
        Ok(Ok(looked)) => looked,
        Ok(Err(_)) | Err(_) => Err(ConfigError::Stuck(config.path, limit)),
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn config(password: &Path) -> Config {
        let text = format!(
            "[mailbox]\nhost = \"localhost\"\nusername = \"reader\"\npassword_file = \"{}\"\n[smtp]\nhost = \"localhost\"\n\
             [[edition]]\nname = \"daily\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n",
            password.display()
        );
        crate::config::parse(&text, Path::new("config.toml")).unwrap()
    }

    #[tokio::test(start_paused = true)]
    async fn a_password_file_that_comes_late_is_waited_for_ten_minutes_and_then_named() {
        let folder = tempfile::tempdir().unwrap();
        let (path, stop) = (
            folder.path().join("mount/password"),
            CancellationToken::new(),
        );
        let config = config(&path);
        let begun = Instant::now();
        let comes = async {
            sleep(Duration::from_secs(480)).await;
            std::fs::create_dir(path.parent().unwrap()).unwrap();
            std::fs::write(&path, "secret\n").unwrap();
        };
        let (waited, ()) = tokio::join!(wait_for_files(&config, &stop), comes);
        assert!(waited.unwrap());
        assert!((480..490).contains(&begun.elapsed().as_secs()));

        std::fs::remove_file(&path).unwrap();
        let error = wait_for_files(&config, &stop)
            .await
            .unwrap_err()
            .to_string();
        assert!(
            error.starts_with("config.toml:4:1: `password_file` in [mailbox]: cannot read"),
            "{error}"
        );
        assert!((1080..1100).contains(&begun.elapsed().as_secs()));

        stop.cancel();
        assert!(!wait_for_files(&config, &stop).await.unwrap());
    }

    #[tokio::test]
    async fn a_stop_waits_for_no_look_that_hangs() {
        let folder = tempfile::tempdir().unwrap();
        let pipe = folder.path().join("ca.pem");
        let made = std::process::Command::new("mkfifo").arg(&pipe).status();
        assert!(made.unwrap().success());
        let text = format!(
            "[mailbox]\nhost = \"localhost\"\nusername = \"reader\"\npassword = \"x\"\nca_file = \"{}\"\n[smtp]\n\
             host = \"localhost\"\n[[edition]]\nname = \"daily\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n",
            pipe.display()
        );
        let config = crate::config::parse(&text, Path::new("config.toml")).unwrap();
        for once in [false, true] {
            let stop = CancellationToken::new();
            let stopped = async {
                sleep(Duration::from_millis(100)).await;
                stop.cancel();
            };
            let begun = Instant::now();
            let looking = async {
                match once {
                    false => wait_for_files(&config, &stop).await,
                    true => look_once(&config, &stop).await,
                }
            };
            let (looked, ()) = tokio::join!(looking, stopped);
            assert!(!looked.unwrap());
            assert!(begun.elapsed() < SLOW);
        }
        // Lets the looks end: this runtime waits for their threads.
        drop(std::fs::OpenOptions::new().write(true).open(&pipe).unwrap());
    }

    #[tokio::test(start_paused = true)]
    async fn what_only_a_person_can_mend_is_told_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        std::fs::write(&path, b"p\xe4ssword\n").unwrap();
        let begun = Instant::now();
        let error = wait_for_files(&config(&path), &CancellationToken::new()).await;
        let error = error.unwrap_err().to_string();
        assert!(
            error.contains("is not UTF-8") && error.contains("config.toml:4:1"),
            "{error}"
        );
        assert_eq!(begun.elapsed(), Duration::ZERO);
    }
}
