//! Remembers what keeps a session from being opened, and waits until it has gone: a login that was refused until there is
//! another secret, a server that is away until it greets again.

use std::time::Duration;

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep};

use super::SmtpError;

/// The shortest wait between two looks at a server that is away.
const FIRST_LOOK: Duration = Duration::from_secs(3);
/// The longest, as long as the mailbox's.
const LAST_LOOK: Duration = Duration::from_secs(5 * 60);
/// The part of the time it has been away that is waited until the next look: what was away for an hour is back for six
/// minutes at most before that is seen.
const PART: u32 = 10;

/// A reason why no session could be opened which can be seen to go away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hindrance {
    /// The login is refused, or there is nothing to log in with.
    Login,
    /// The server cannot be reached or does not greet, since then.
    Away(Instant),
    /// It was away, and greets again: nothing is in the way until the next attempt tells.
    Back {
        /// The beginning of its absence.
        since: Instant,
        /// The instant at which it greeted.
        seen: Instant,
    },
}

/// What is known of the way to the server.
#[derive(Debug, Default)]
pub(super) struct Hindrances {
    now: watch::Sender<Option<Hindrance>>,
    connected: Notify,
    look: Notify,
}

impl Hindrances {
    /// Takes note of an attempt to connect, and of why there was no greeting.
    pub(super) fn note_greeting(&self, error: Option<&SmtpError>) {
        match error {
            // One that says that it has no time is not to be asked all the time.
            Some(SmtpError::Endpoint(_)) => self.set(Some(Hindrance::Away(Instant::now()))),
            Some(_) => self.set(None),
            None => {}
        }
    }

    /// Takes note of an attempt to log in, and of why it failed.
    pub(super) fn note_login(&self, error: Option<&SmtpError>) {
        match error {
            Some(SmtpError::Credentials { .. } | SmtpError::Secret(_)) => {
                self.set(Some(Hindrance::Login));
            }
            // It greets, and yet is lost when the login is made: to look for a greeting would be of no use.
            Some(_) => self.set(None),
            None => {
                self.set(None);
                self.connected.notify_one();
            }
        }
    }

    /// Takes note of a look at a server that was away, at which it greeted.
    pub(super) fn note_back(&self) {
        self.now.send_if_modified(|now| {
            let Some(Hindrance::Away(since)) = *now else {
                return false;
            };
            let seen = Instant::now();
            *now = Some(Hindrance::Back { since, seen });
            true
        });
    }

    fn set(&self, found: Option<Hindrance>) {
        self.now.send_if_modified(|now| {
            let found = match (&now, found) {
                // It greets, and yet is lost at the attempt that follows: it is looked at as seldom as before.
                (Some(Hindrance::Back { since, seen }), Some(Hindrance::Away(_)))
                    if seen.elapsed() <= LAST_LOOK =>
                {
                    Some(Hindrance::Away(*since))
                }
                _ => found,
            };
            let goes_on = matches!(
                (&now, found),
                (Some(Hindrance::Away(_)), Some(Hindrance::Away(_)))
            );
            let is_new = !goes_on && *now != found;
            if is_new {
                *now = found;
            }
            is_new
        });
    }

    /// Returns true while the last login was refused.
    pub(super) fn refuses_us(&self) -> bool {
        *self.now.borrow() == Some(Hindrance::Login)
    }

    /// Waits until a session was opened.
    pub(super) async fn connected(&self) {
        self.connected.notified().await;
    }

    /// Ends the wait for the next look at a server that is away.
    pub(super) fn look_again(&self) {
        self.look.notify_one();
    }

    /// Returns what is in the way, as it changes.
    pub(super) fn watch(&self) -> watch::Receiver<Option<Hindrance>> {
        self.now.subscribe()
    }

    /// Waits until a server that is away since then is to be looked at again.
    pub(super) async fn next_look(&self, since: Instant) {
        let wait = (since.elapsed() / PART).clamp(FIRST_LOOK, LAST_LOOK);
        tokio::select! {
            () = sleep(wait) => {}
            () = self.look.notified() => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::endpoint::ConnectError;

    fn away() -> SmtpError {
        ConnectError::Lost("mail.example:465".into(), "cut".into()).into()
    }

    fn refused() -> SmtpError {
        SmtpError::Credentials {
            endpoint: "mail.example:465".into(),
            username: "reader".into(),
            key: "password",
            said: "535 no".into(),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_away_is_looked_at_ever_less_often_and_at_once_when_another_is_back() {
        let (hindrances, begun) = (Hindrances::default(), Instant::now());
        hindrances.note_greeting(Some(&away()));
        let looking = async {
            let mut looks = Vec::new();
            while begun.elapsed() < Duration::from_secs(4 * 3600) {
                // The attempts that fail meanwhile do not begin it anew.
                hindrances.note_greeting(Some(&away()));
                let Some(Hindrance::Away(since)) = *hindrances.watch().borrow() else {
                    panic!("it is away");
                };
                hindrances.next_look(since).await;
                looks.push(begun.elapsed().as_secs());
            }
            looks
        };
        let back = async {
            sleep(Duration::from_secs(3 * 3600 + 100)).await;
            hindrances.look_again();
        };
        let (looks, ()) = tokio::join!(looking, back);
        assert_eq!(looks[..4], [3, 6, 9, 12]);
        assert!(looks.contains(&(3 * 3600 + 100)));
        assert!(looks.len() < 130, "{}", looks.len());
        let last = looks[looks.len() - 2..].to_vec();
        assert_eq!(last[1] - last[0], 300);
    }

    #[tokio::test(start_paused = true)]
    async fn a_server_that_is_back_is_looked_at_no_more_and_one_that_only_greets_as_seldom_as_before()
     {
        let (hindrances, begun) = (Hindrances::default(), Instant::now());
        let now = || *hindrances.watch().borrow();
        hindrances.note_back();
        assert_eq!(now(), None);
        hindrances.note_greeting(Some(&away()));
        tokio::time::advance(Duration::from_secs(3600)).await;
        hindrances.note_back();
        assert!(matches!(now(), Some(Hindrance::Back { .. })));
        hindrances.note_greeting(Some(&away()));
        assert_eq!(now(), Some(Hindrance::Away(begun)));
        hindrances.note_back();
        tokio::time::advance(LAST_LOOK * 2).await;
        hindrances.note_greeting(Some(&away()));
        assert_eq!(now(), Some(Hindrance::Away(Instant::now())));
    }

    #[test]
    fn a_login_is_refused_until_one_is_made() {
        let hindrances = Hindrances::default();
        let mut seen = hindrances.watch();
        assert!(!hindrances.refuses_us());
        hindrances.note_login(Some(&refused()));
        assert!(hindrances.refuses_us() && seen.has_changed().unwrap());
        seen.mark_unchanged();
        // The same again is nothing new.
        hindrances.note_greeting(None);
        hindrances.note_login(Some(&refused()));
        assert!(hindrances.refuses_us() && !seen.has_changed().unwrap());
        hindrances.note_login(None);
        assert!(!hindrances.refuses_us());
    }

    #[test]
    fn who_greets_and_is_lost_at_the_login_is_not_looked_at() {
        let hindrances = Hindrances::default();
        hindrances.note_greeting(Some(&away()));
        assert!(hindrances.watch().borrow().is_some());
        hindrances.note_greeting(None);
        hindrances.note_login(Some(&away()));
        assert_eq!(*hindrances.watch().borrow(), None);
    }
}
