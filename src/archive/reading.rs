//! Reading a message before it is stored: what it announces, its identities, its compressed bytes. Work for a
//! processor, done off the archive's thread, so that one batch is read while another is written.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use super::Error;
use crate::announcement::{self, Announcement, Body, Lists};
use crate::mailbox;

/// How hard zstd tries. Mails are small: level 3 takes twice the time and saves another 3 %.
const LEVEL: i32 = 1;

/// A message read and compressed, ready to be written.
pub(super) struct Prepared {
    pub(super) uid: Option<u32>,
    pub(super) sha256: Vec<u8>,
    pub(super) received: Option<Timestamp>,
    pub(super) size: usize,
    pub(super) packed: Vec<u8>,
    pub(super) announcements: Vec<(String, Announcement)>,
}

/// A compressor that is used for a whole batch: making one costs more than compressing a mail.
struct Packer(Option<zstd::bulk::Compressor<'static>>);

impl Packer {
    fn new() -> Self {
        Packer(zstd::bulk::Compressor::new(LEVEL).ok())
    }

    /// Compressing memory into memory fails only where memory does; the message itself is then kept as it is, and
    /// reading knows the two apart by zstd's magic number.
    fn pack(&mut self, raw: &[u8]) -> Vec<u8> {
        let packed = self.0.as_mut().and_then(|packer| packer.compress(raw).ok());
        packed.unwrap_or_else(|| raw.to_vec())
    }
}

/// Begins to read messages of the mailbox, on another thread at once; those that are not for the archive are left out.
pub(super) fn begin(
    messages: Vec<mailbox::RawMessage>,
    lists: Lists,
) -> tokio::task::JoinHandle<Vec<Prepared>> {
    tokio::task::spawn_blocking(move || {
        let mut packer = Packer::new();
        let read = |message: mailbox::RawMessage| {
            let (raw, received) = (message.bytes, message.received);
            let announcements = announcement::admit(&raw, received, &lists)?;
            let uid = Some(message.uid);
            Some(prepare(&mut packer, &raw, uid, received, announcements))
        };
        messages.into_iter().filter_map(read).collect()
    })
}

/// Reads messages that came as files.
pub(super) async fn of_files(messages: Vec<Vec<u8>>, lists: Lists) -> Result<Vec<Prepared>, Error> {
    tokio::task::spawn_blocking(move || {
        let mut packer = Packer::new();
        let read = |raw: Vec<u8>| {
            let announcements = imported(&raw, &lists)?;
            Some(prepare(&mut packer, &raw, None, None, announcements))
        };
        messages.into_iter().filter_map(read).collect()
    })
    .await
    .map_err(|_| Error::Closed)
}

/// What a file announces. A message that lost its List-Id is still taken where its kind is recognised: archives of
/// the 1990s have none.
fn imported(raw: &[u8], lists: &Lists) -> Option<Vec<Announcement>> {
    announcement::admit(raw, None, lists).or_else(|| {
        let read = announcement::read(raw, None, lists);
        let known = |announcement: &Announcement| !matches!(announcement.body, Body::Notice(_));
        read.iter().all(known).then_some(read)
    })
}

fn prepare(
    packer: &mut Packer,
    raw: &[u8],
    uid: Option<u32>,
    received: Option<Timestamp>,
    announcements: Vec<Announcement>,
) -> Prepared {
    let identified = announcements
        .into_iter()
        .map(|announcement| (announcement::identity(&announcement, raw), announcement))
        .collect();
    Prepared {
        uid,
        sha256: Sha256::digest(raw).to_vec(),
        received,
        size: raw.len(),
        packed: packer.pack(raw),
        announcements: identified,
    }
}
