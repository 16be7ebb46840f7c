//! Reading a message before it is stored: what it announces, its identities, its compressed bytes. Work for a
//! processor, done off the archive's thread, so that one batch is read while another is written.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};

use crate::announcement::{self, Announcement, Body, Lists};
use crate::archive::ArchiveError;
use crate::archive::store::packing::Packer;
use crate::clock::Day;
use crate::correspondence::{Dsn, ListServerMail, dsn, list_server};
use crate::mail::{Header, Message};
use crate::mailbox;

/// A message read and compressed, ready to be written.
#[derive(Debug)]
pub(super) struct Prepared {
    pub(super) uid: Option<u32>,
    pub(super) sha256: Vec<u8>,
    pub(super) received: Option<Timestamp>,
    pub(super) size: usize,
    pub(super) packed: Vec<u8>,
    /// The first announcement's.
    pub(super) message_id: Option<String>,
    pub(super) announcements: Vec<AnnouncementRow>,
    /// A report that a digest of ours did not arrive; it announces nothing and is not kept.
    pub(super) dsn: Option<Dsn>,
    /// A mail of a list's server to its subscriber; it announces nothing and is not kept either.
    pub(super) list_server_mail: Option<ListServerMail>,
}

impl Prepared {
    fn unkept(uid: u32, received: Option<Timestamp>) -> Self {
        Prepared {
            uid: Some(uid),
            sha256: Vec::new(),
            received,
            size: 0,
            packed: Vec::new(),
            message_id: None,
            announcements: Vec::new(),
            dsn: None,
            list_server_mail: None,
        }
    }
}

/// The row of an announcement, made here so that the archive's one thread has less to do.
#[derive(Debug)]
pub(super) struct AnnouncementRow {
    pub(super) identity: String,
    pub(super) kind: &'static str,
    pub(super) list: Option<String>,
    pub(super) document: Option<String>,
    pub(super) date: Option<Timestamp>,
    pub(super) day: Day,
    /// The announcement as JSON.
    pub(super) body: String,
}

impl AnnouncementRow {
    fn of(
        announcement: Announcement,
        raw: &[u8],
        received: Timestamp,
    ) -> Result<Self, ArchiveError> {
        Ok(AnnouncementRow {
            identity: announcement.identity(raw),
            kind: announcement.body.kind(),
            document: document(&announcement),
            date: announcement.date,
            day: announcement.day_or(received),
            body: serde_json::to_string(&announcement)?,
            list: announcement.list,
        })
    }
}

/// The document that an announcement publishes, for looking up its history.
pub(super) fn document(announcement: &Announcement) -> Option<String> {
    match &announcement.body {
        Body::Draft(draft) => Some(draft.name.clone()),
        Body::Rfc(rfc) => Some(format!("rfc{}", rfc.number)),
        _ => None,
    }
}

/// Begins to read messages of the mailbox, on another thread at once; those that are not for the archive are left out.
pub(super) fn begin(
    messages: Vec<mailbox::RawMessage>,
    lists: Lists,
    now: Timestamp,
) -> tokio::task::JoinHandle<Result<Vec<Prepared>, ArchiveError>> {
    tokio::task::spawn_blocking(move || {
        let mut packer = Packer::new();
        let read = |message: mailbox::RawMessage| {
            let (raw, received) = (message.bytes, message.received);
            let header = Header::parse(&raw);
            if let Some(report) = dsn::parse(&header) {
                return Some(Ok(Prepared {
                    dsn: Some(report),
                    ..Prepared::unkept(message.uid, received)
                }));
            }
            if let Some(mail) = list_server::parse(&header, &lists) {
                return Some(Ok(Prepared {
                    list_server_mail: Some(mail),
                    ..Prepared::unkept(message.uid, received)
                }));
            }
            let parsed = Message::from_header(&header);
            let announcements = announcement::parse_from_list(&parsed, received, &lists)?;
            let uid = Some(message.uid);
            Some(prepare(
                &mut packer,
                &raw,
                uid,
                received,
                announcements,
                now,
            ))
        };
        messages.into_iter().filter_map(read).collect()
    })
}

/// Reads messages that came as files.
pub(super) async fn of_files(
    messages: Vec<Vec<u8>>,
    lists: Lists,
    now: Timestamp,
) -> Result<Vec<Prepared>, ArchiveError> {
    tokio::task::spawn_blocking(move || {
        let mut packer = Packer::new();
        let read = |raw: Vec<u8>| {
            let announcements = imported(&raw, &lists)?;
            Some(prepare(&mut packer, &raw, None, None, announcements, now))
        };
        messages.into_iter().filter_map(read).collect()
    })
    .await
    .map_err(|_| ArchiveError::Closed)?
}

/// What a file announces. A message that lost its List-Id is still taken where its kind is recognised: archives of
/// the 1990s have none.
fn imported(raw: &[u8], lists: &Lists) -> Option<Vec<Announcement>> {
    let header = Header::parse(raw);
    // An old confirmation in a file is nobody's request.
    if list_server::parse(&header, lists).is_some() {
        return None;
    }
    let message = Message::from_header(&header);
    announcement::parse_from_list(&message, None, lists).or_else(|| {
        let read = announcement::parse(&message, None, lists);
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
    now: Timestamp,
) -> Result<Prepared, ArchiveError> {
    let message_id = announcements
        .first()
        .and_then(|first| first.message_id.clone());
    let known = received.unwrap_or(now);
    let announcements = announcements
        .into_iter()
        .map(|announcement| AnnouncementRow::of(announcement, raw, known))
        .collect::<Result<_, ArchiveError>>()?;
    Ok(Prepared {
        uid,
        sha256: Sha256::digest(raw).to_vec(),
        received,
        size: raw.len(),
        packed: packer.pack(raw),
        message_id,
        announcements,
        dsn: None,
        list_server_mail: None,
    })
}
