//! Whether a session achieved anything: a server that fails often, and yet gives messages in between, is not to be
//! waited for ever longer.

use std::future::Future;

use jiff::Timestamp;

use super::{Batch, Cursor, Intake};

/// An intake that counts the messages it has made safe.
#[derive(Debug)]
pub(super) struct Counted<I> {
    inner: I,
    stored: usize,
}

impl<I> Counted<I> {
    pub(super) fn new(inner: I) -> Self {
        Counted { inner, stored: 0 }
    }

    /// Messages made safe since this was last asked.
    pub(super) fn stored(&mut self) -> usize {
        std::mem::take(&mut self.stored)
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

    fn begin(&mut self, batch: Batch) -> Self::Begun {
        let count = batch.messages.len();
        (self.inner.begin(batch), count)
    }

    async fn store(&mut self, (begun, count): Self::Begun) -> Result<(), I::Error> {
        self.inner.store(begun).await?;
        self.stored += count;
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
