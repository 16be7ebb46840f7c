//! An archive in memory: what was handed over, and where the cursors stand.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use nikkan::mailbox::{Batch, Cursor, Intake, SetAside};
use openssl::sha::sha256;
use tokio::sync::Notify;

pub type Hash = [u8; 32];

#[derive(Clone, Default)]
pub struct Memory(Arc<(Mutex<Kept>, Notify)>);

#[derive(Default)]
pub struct Kept {
    cursors: Vec<Cursor>,
    /// The messages by their hash, with their beginning, and how often each was handed over.
    pub stored: BTreeMap<Hash, (String, usize)>,
    pub set_aside: Vec<SetAside>,
}

impl Memory {
    pub fn with<T>(&self, look: impl FnOnce(&Kept) -> T) -> T {
        look(&self.0.0.lock().unwrap())
    }

    /// Up to which UID a folder was read.
    pub fn reached(&self, folder: &str) -> u32 {
        self.with(|kept| {
            let mut cursors = kept.cursors.iter();
            let found = cursors.find(|cursor| cursor.folder == folder);
            found.map_or(0, |cursor| cursor.last_uid)
        })
    }

    /// Until something is stored.
    pub async fn changed(&self) {
        self.0.1.notified().await;
    }
}

impl Intake for Memory {
    type Error = Infallible;

    async fn cursor(&self, _: &str, folder: &str) -> Result<Option<Cursor>, Infallible> {
        let known = self.with(|kept| {
            let mut cursors = kept.cursors.iter();
            cursors.find(|cursor| cursor.folder == folder).cloned()
        });
        Ok(known)
    }

    async fn store(&self, batch: Batch) -> Result<(), Infallible> {
        let mut kept = self.0.0.lock().unwrap();
        let cursor = batch.cursor;
        let came = batch.messages.iter().map(|message| message.uid);
        let came: Vec<u32> = came.chain(batch.released).collect();
        kept.set_aside.retain(|message| {
            message.folder != cursor.folder
                || (message.uidvalidity == cursor.uidvalidity && !came.contains(&message.uid))
        });
        kept.cursors.retain(|known| known.folder != cursor.folder);
        kept.cursors.push(cursor);
        for message in batch.messages {
            let known = kept.stored.entry(sha256(&message.bytes));
            let (_, times) = known.or_insert_with(|| {
                let start = &message.bytes[..message.bytes.len().min(100)];
                let start = String::from_utf8_lossy(start);
                (format!("{start} ({} bytes)", message.bytes.len()), 0)
            });
            *times += 1;
        }
        self.0.1.notify_one();
        Ok(())
    }

    async fn set_aside(&self, _: &str, message: SetAside) -> Result<(), Infallible> {
        let mut kept = self.0.0.lock().unwrap();
        let same = |known: &SetAside| {
            (&known.folder, known.uidvalidity, known.uid)
                == (&message.folder, message.uidvalidity, message.uid)
        };
        kept.set_aside.retain(|known| !same(known));
        kept.set_aside.push(message);
        Ok(())
    }

    async fn all_set_aside(&self, _: &str, folder: &str) -> Result<Vec<SetAside>, Infallible> {
        let mut found = self.with(|kept| kept.set_aside.clone());
        found.retain(|message| message.folder == folder);
        found.sort_by_key(|message| message.uid);
        Ok(found)
    }

    async fn note_alive(&self, _: Timestamp, _: Timestamp) -> Result<(), Infallible> {
        Ok(())
    }
}
