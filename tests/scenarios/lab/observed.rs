//! An intake that tells when it has made something safe.

use std::time::Instant;

use jiff::Timestamp;
use nikkan::mailbox::{Batch, Cursor, Intake};
use tokio::sync::watch;

/// Tells when something was stored.
pub struct Observed<I> {
    inner: I,
    stored: watch::Sender<Instant>,
    opened: Option<Instant>,
}

impl<I> Observed<I> {
    /// Around another one; the moment of the last commit is seen at the other end.
    pub fn new(inner: I) -> (Self, watch::Receiver<Instant>) {
        let (stored, seen) = watch::channel(Instant::now());
        (
            Observed {
                inner,
                stored,
                opened: None,
            },
            seen,
        )
    }

    /// When a folder was last open and about to be read: it is then asked how far it was read before.
    #[allow(dead_code)] // Not every test asks.
    pub fn opened(&self) -> Option<Instant> {
        self.opened
    }
}

impl<I: Intake> Intake for Observed<I> {
    type Error = I::Error;
    type Begun = I::Begun;

    async fn cursor(&mut self, account: &str, folder: &str) -> Result<Option<Cursor>, I::Error> {
        self.opened = Some(Instant::now());
        self.inner.cursor(account, folder).await
    }

    fn begin(&self, batch: Batch) -> I::Begun {
        self.inner.begin(batch)
    }

    async fn store(&self, begun: I::Begun) -> Result<(), I::Error> {
        self.inner.store(begun).await?;
        self.stored.send_replace(Instant::now());
        Ok(())
    }

    async fn alive(&mut self, since: Timestamp, until: Timestamp) -> Result<(), I::Error> {
        self.inner.alive(since, until).await
    }
}
