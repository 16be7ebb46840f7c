//! An intake that tells when it has made something safe.

use std::sync::Mutex;
use std::time::Instant;

use jiff::Timestamp;
use nikkan::mailbox::{Batch, Cursor, Intake, SetAside};
use tokio::sync::watch;

/// Tells when something was stored.
pub struct Observed<I> {
    inner: I,
    stored: watch::Sender<Instant>,
    opened: Mutex<Option<Instant>>,
}

impl<I> Observed<I> {
    /// Around another one; the moment of the last commit is seen at the other end.
    pub fn new(inner: I) -> (Self, watch::Receiver<Instant>) {
        let (stored, seen) = watch::channel(Instant::now());
        (
            Observed {
                inner,
                stored,
                opened: Mutex::default(),
            },
            seen,
        )
    }

    /// When a folder was last open and about to be read: it is then asked how far it was read before.
    #[allow(dead_code)] // Not every test asks.
    pub fn opened(&self) -> Option<Instant> {
        *self.opened.lock().unwrap()
    }
}

impl<I: Intake> Intake for Observed<I> {
    type Error = I::Error;

    async fn cursor(&self, account: &str, folder: &str) -> Result<Option<Cursor>, I::Error> {
        self.opened.lock().unwrap().replace(Instant::now());
        self.inner.cursor(account, folder).await
    }

    fn store(&self, batch: Batch) -> impl Future<Output = Result<(), I::Error>> + Send {
        let storing = self.inner.store(batch);
        async move {
            storing.await?;
            self.stored.send_replace(Instant::now());
            Ok(())
        }
    }

    async fn set_aside(&self, account: &str, message: SetAside) -> Result<(), I::Error> {
        self.inner.set_aside(account, message).await
    }

    async fn all_set_aside(&self, account: &str, folder: &str) -> Result<Vec<SetAside>, I::Error> {
        self.inner.all_set_aside(account, folder).await
    }

    async fn note_alive(&self, since: Timestamp, until: Timestamp) -> Result<(), I::Error> {
        self.inner.note_alive(since, until).await
    }
}
