//! Tells when a secret has become another one: what was refused is not tried again and again, but a new one at once.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use super::{Secret, SecretError, SecretSource};

/// Interval of looks at a file.
const LOOK: Duration = Duration::from_secs(3);
/// The wait until a command is asked again; it doubles with each answer that is the same. It may cost more than a look: a
/// keyring, a request for a token.
const ASK: Duration = Duration::from_secs(60);
/// The longest it grows to.
const MOST_ASK: Duration = Duration::from_secs(30 * 60);
/// Answers after which it has grown to that.
const MOST_ASKED: usize = 5;

/// The secret that a login was tried with last. Cheap to clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct LastSecret(Arc<Mutex<Last>>);

#[derive(Debug, Default)]
struct Last {
    secret: Option<Secret>,
    /// Times that the source was asked for another since a login succeeded.
    asked: usize,
}

impl LastSecret {
    /// Reads the secret as it is now, and keeps it.
    ///
    /// # Errors
    /// See [`SecretError`].
    pub async fn read(&self, source: &SecretSource) -> Result<Secret, SecretError> {
        let read = source.read().await;
        self.locked().secret = read.as_ref().ok().cloned();
        read
    }

    /// Notes that a login with it succeeded.
    pub fn works(&self) {
        self.locked().asked = 0;
    }

    /// Waits until the source gives another secret than the one that was read last, or any at all where that could not be
    /// read. A command is asked after 1, 2, 4 … 30 minutes, counted from the last login that succeeded: one that gives another
    /// token each time must not be a login a minute. A file is looked at every 3 s.
    pub async fn becomes_another(&self, source: &SecretSource) {
        loop {
            let asked = self.locked().asked;
            let Some(wait) = waits(source).nth(asked.min(MOST_ASKED)) else {
                break;
            };
            sleep(wait).await;
            self.locked().asked = asked.saturating_add(1);
            // A file that is being written may be empty, or not there, for a moment.
            let Ok(now) = source.read().await else {
                continue;
            };
            if self.locked().secret.as_ref() != Some(&now) {
                return;
            }
        }
        // What stands in the configuration changes with it alone.
        std::future::pending().await
    }

    fn locked(&self) -> MutexGuard<'_, Last> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the waits between looks at a source.
fn waits(source: &SecretSource) -> impl Iterator<Item = Duration> {
    let first = match source {
        SecretSource::Plain(_) => None,
        SecretSource::Command(_) => Some((ASK, MOST_ASK)),
        SecretSource::File(_) | SecretSource::Credential(_) => Some((LOOK, LOOK)),
    };
    std::iter::successors(first, |(wait, most)| Some(((*wait * 2).min(*most), *most)))
        .map(|(wait, _)| wait)
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;

    /// Returns the seconds until `source` is seen to have changed; `change` is made after `after`.
    async fn seen_after(source: &SecretSource, after: Duration, change: impl FnOnce()) -> u64 {
        let last = LastSecret::default();
        let _ = last.read(source).await;
        let begun = Instant::now();
        let changing = async {
            sleep(after).await;
            change();
        };
        tokio::join!(last.becomes_another(source), changing);
        begun.elapsed().as_secs()
    }

    #[tokio::test(start_paused = true)]
    async fn a_file_that_is_written_anew_is_seen_within_seconds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("password");
        let write = |text: &str| std::fs::write(&path, text).unwrap();
        let hour = Duration::from_secs(3600);
        let source = SecretSource::File(path.clone());
        // Not there, then there.
        let seen = seen_after(&source, hour, || write("wrong\n")).await;
        assert!((3600..=3603).contains(&seen), "{seen}");
        let seen = seen_after(&source, hour, || write("right\n")).await;
        assert!((3600..=3603).contains(&seen), "{seen}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_command_is_not_asked_more_often_for_a_login_that_was_refused_in_between() {
        let source = SecretSource::Command(vec!["/nowhere/token".into()]);
        let last = LastSecret::default();
        let asked_within = async |minutes: u64| {
            let limit = Duration::from_secs(60 * minutes + 30);
            let waiting = tokio::time::timeout(limit, last.becomes_another(&source));
            assert!(waiting.await.is_err());
            last.locked().asked
        };
        assert_eq!(asked_within(1 + 2 + 4).await, 3);
        assert_eq!(asked_within(7).await, 3);
        assert_eq!(asked_within(8).await, 4);
        last.works();
        assert_eq!(asked_within(1).await, 1);
    }

    #[test]
    fn a_command_is_asked_ever_less_often() {
        let command = SecretSource::Command(vec!["pass".into()]);
        let minutes = waits(&command).map(|wait| wait.as_secs() / 60);
        assert_eq!(
            minutes.take(7).collect::<Vec<_>>(),
            [1, 2, 4, 8, 16, 30, 30]
        );
        assert_eq!(waits(&SecretSource::Plain(Secret::new("x"))).next(), None);
    }
}
