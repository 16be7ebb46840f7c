//! The mails whose end was sent and which the server has not answered. Who breaks such a mail off may send it twice: the server
//! has it, or not. Everything before that end may be broken off without harm.

use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

/// Counts them, for all sessions together. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Unanswered(watch::Sender<usize>);

impl Default for Unanswered {
    fn default() -> Self {
        Unanswered(watch::Sender::new(0))
    }
}

impl Unanswered {
    /// Returns their number.
    pub fn count(&self) -> usize {
        *self.0.borrow()
    }

    /// Waits until there are none.
    pub async fn none(&self) {
        // The sender is here, so that it cannot close.
        let _ = self.0.subscribe().wait_for(|count| *count == 0).await;
    }
}

/// One attempt, which knows if the mail's end was sent.
#[derive(Debug)]
pub(super) struct EndOfMail<'a> {
    unanswered: &'a Unanswered,
    is_sent: AtomicBool,
}

impl<'a> EndOfMail<'a> {
    pub(super) fn of(unanswered: &'a Unanswered) -> Self {
        EndOfMail {
            unanswered,
            is_sent: AtomicBool::new(false),
        }
    }

    /// Notes that the end is about to be sent.
    pub(super) fn is_sent_now(&self) {
        if !self.is_sent.swap(true, Ordering::AcqRel) {
            self.unanswered.0.send_modify(|count| *count += 1);
        }
    }

    /// Waits until `stop` is cancelled while the end is not sent; for ever if it was sent before.
    pub(super) async fn stopped_before(&self, stop: &CancellationToken) {
        stop.cancelled().await;
        if self.is_sent.load(Ordering::Acquire) {
            pending::<()>().await;
        }
    }
}

impl Drop for EndOfMail<'_> {
    fn drop(&mut self) {
        if self.is_sent.load(Ordering::Acquire) {
            let less = |count: &mut usize| *count = count.saturating_sub(1);
            self.unanswered.0.send_modify(less);
        }
    }
}
