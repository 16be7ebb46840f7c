//! Looks for the messages of a folder that grew while nothing stands above the cursor: it is listed whole. A connection
//! whose view of the folder stands still is ended, because another one sees more.

use std::time::Duration;

use tokio::time::Instant;

use super::fetch::SyncTarget;
use super::fetch_strategy::FetchStrategy;
use super::relist::list_whole;
use super::session::Session;
use super::sync::Progress;
use super::{ImapError, Intake};

/// The first wait after a folder was listed whole; it doubles each time that nothing was found.
const FIRST_WAIT: Duration = Duration::from_secs(60);
/// The longest wait, and the time in which one session is ended for what it does not show.
const HOUR: Duration = Duration::from_secs(60 * 60);

/// A folder's growth that is not explained.
#[derive(Debug, Default)]
pub(super) struct Growth {
    /// Messages before it grew, until it is looked for them.
    before: Option<u32>,
    /// Messages that were told of, and those that were shown.
    hidden: Option<(u32, u32)>,
    /// Most messages that were shown when all were read again.
    read_again: u32,
    /// Looks in a row that found nothing.
    fruitless: u32,
    next: Option<Instant>,
    /// When a session was last ended.
    ended: Option<Instant>,
}

impl Growth {
    /// Takes note that there are more messages than `before`, and none of them came.
    pub(super) fn note(&mut self, before: u32) {
        self.before.get_or_insert(before);
    }

    /// Takes note of how many messages the folder has where it was opened.
    pub(super) fn opened(&mut self, messages: u32) {
        self.hidden = self.hidden.filter(|(told, _)| *told > messages);
    }

    /// Lists the folder whole, when it grew and its time has come, and reads what was not read. Returns how many messages there
    /// were.
    ///
    /// # Errors
    /// It tells of more messages than it shows, so that another session is worth its login: once an hour.
    pub(super) async fn explain<I: Intake>(
        &mut self,
        session: &mut Session,
        target: SyncTarget<'_>,
        progress: &mut Progress,
        strategy: &mut FetchStrategy,
        intake: &I,
    ) -> Result<usize, ImapError> {
        let now = Instant::now();
        if self.next.is_some_and(|next| now < next) {
            return Ok(0);
        }
        let Some(before) = self.before.take() else {
            return Ok(0);
        };
        // Before it is listed: that may be the end of the session.
        self.next = Some(now + self.wait());
        self.fruitless += 1;
        let told = session.exists;
        let known = before.max(self.read_again);
        let listed = list_whole(session, target, known, progress, strategy, intake).await?;
        if listed.read_again {
            self.read_again = listed.shown;
        }
        if listed.found > 0 {
            self.fruitless = 0;
        }
        // A number that jumps is no evidence.
        self.hidden =
            (told > listed.shown && session.exists == told).then_some((told, listed.shown));
        if self.ended.is_none_or(|ended| ended.elapsed() >= HOUR) {
            self.end_where_hidden()?;
        }
        Ok(listed.found)
    }

    /// Ends the session, by an error, where it does not show what it told of.
    pub(super) fn end_where_hidden(&mut self) -> Result<(), ImapError> {
        let Some((told, shown)) = self.hidden.take() else {
            return Ok(());
        };
        self.ended = Some(Instant::now());
        Err(ImapError::lost(format!(
            "the server tells of {told} messages and shows {shown}: connecting anew"
        )))
    }

    fn wait(&self) -> Duration {
        FIRST_WAIT
            .saturating_mul(1 << self.fruitless.min(6))
            .min(HOUR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_that_find_nothing_become_hourly() {
        let mut growth = Growth::default();
        let waits = [0, 1, 5, 6, u32::MAX].map(|fruitless| {
            growth.fruitless = fruitless;
            growth.wait().as_secs()
        });
        assert_eq!(waits, [60, 120, 1920, 3600, 3600]);
    }

    #[test]
    fn what_is_hidden_ends_a_session_once() {
        let mut growth = Growth {
            hidden: Some((4, 3)),
            ..Growth::default()
        };
        growth.opened(3);
        let error = growth.end_where_hidden().unwrap_err().to_string();
        assert!(error.contains("tells of 4 messages and shows 3"), "{error}");
        assert!(growth.end_where_hidden().is_ok());
        growth.hidden = Some((4, 3));
        growth.opened(4);
        assert!(growth.end_where_hidden().is_ok());
    }
}
