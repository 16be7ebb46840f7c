//! Whether a session achieved anything: a server that fails often, and yet gives messages in between, is not to be
//! waited for ever longer.

use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};

use jiff::Timestamp;

use super::{Batch, Cursor, Intake};

/// An intake that counts the messages it has made safe.
#[derive(Debug)]
pub(super) struct Counted<I> {
    inner: I,
    stored: AtomicUsize,
}

impl<I> Counted<I> {
    pub(super) fn new(inner: I) -> Self {
        Counted {
            inner,
            stored: AtomicUsize::new(0),
        }
    }

    /// Messages made safe since this was last asked.
    pub(super) fn stored(&self) -> usize {
        self.stored.swap(0, Ordering::Relaxed)
    }
}

impl<I: Intake> Intake for Counted<I> {
    type Error = I::Error;
    type Begun = (I::Begun, usize);

    fn cursor(
        &mut self,
        account: &str,
        folder: &str,
    ) -> impl Future<Output = Result<Option<Cursor>, I::Error>> + Send {
        self.inner.cursor(account, folder)
    }

    fn begin(&self, batch: Batch) -> Self::Begun {
        let count = batch.messages.len();
        (self.inner.begin(batch), count)
    }

    async fn store(&self, (begun, count): Self::Begun) -> Result<(), I::Error> {
        self.inner.store(begun).await?;
        self.stored.fetch_add(count, Ordering::Relaxed);
        Ok(())
    }

    fn alive(
        &mut self,
        since: Timestamp,
        until: Timestamp,
    ) -> impl Future<Output = Result<(), I::Error>> + Send {
        self.inner.alive(since, until)
    }
}
