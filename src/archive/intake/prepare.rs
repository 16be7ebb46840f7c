//! Reading a mail before it is stored: what it announces, its identities, its compressed bytes. Work for a processor,
//! done off the archive's thread, so that one batch is read while another is written.

use jiff::Timestamp;
use sha2::{Digest as _, Sha256};
use tokio::task::{JoinError, JoinHandle};

use crate::announcement::{self, Announcement, Body, Lists};
use crate::archive::ArchiveError;
use crate::archive::store::packing::Packer;
use crate::archive::store::rows::micros;
use crate::clock::Day;
use crate::correspondence::{
    BounceReport, LeaveRequest, ListServerMail, bounce_report, leave_request, list_server,
};
use crate::mail::{Arrival, Header, Message};
use crate::mailbox::{RawMessage, UnreadableMessage};
use crate::panics::{self, Panic};

/// A mail of the mailbox, read.
#[derive(Debug)]
pub(super) enum PreparedMail {
    /// Announces something, and is stored.
    Message(PreparedMessage),
    /// Reports that a mail of ours did not arrive; announces nothing and is not stored.
    Bounce {
        report: BounceReport,
        /// INTERNALDATE.
        received: Option<Timestamp>,
    },
    /// Asks to let a reader leave; announces nothing and is not stored.
    Leave {
        request: LeaveRequest,
        /// INTERNALDATE.
        received: Option<Timestamp>,
    },
    /// From a list's server to its subscriber; announces nothing and is not stored.
    ListServer {
        mail: ListServerMail,
        /// INTERNALDATE.
        received: Option<Timestamp>,
    },
}

/// A message read and compressed, ready to be written.
#[derive(Debug)]
pub(super) struct PreparedMessage {
    pub(super) uid: Option<u32>,
    pub(super) sha256: Vec<u8>,
    /// INTERNALDATE.
    pub(super) received: Option<Timestamp>,
    /// Bytes before compression.
    pub(super) size: usize,
    pub(super) packed: Vec<u8>,
    /// The first announcement's.
    pub(super) message_id: Option<String>,
    pub(super) announcements: Vec<AnnouncementRow>,
}

/// The row of an announcement, made here so that the archive's one thread has less to do.
#[derive(Clone, Debug)]
pub(super) struct AnnouncementRow {
    /// Within its message, from 0.
    pub(super) position: i64,
    pub(super) identity: String,
    pub(super) kind: &'static str,
    pub(super) list: Option<String>,
    pub(super) document: Option<String>,
    /// The instant that dates it, where anything tells that.
    pub(super) date: Option<Timestamp>,
    pub(super) day: Day,
    /// The announcement as JSON.
    pub(super) body: String,
}

impl AnnouncementRow {
    /// Makes the rows of the announcements in the message `raw`, which was read at `read_at`.
    pub(super) fn of_message(
        announcements: Vec<Announcement>,
        raw: &[u8],
        read_at: Timestamp,
    ) -> Result<Vec<Self>, ArchiveError> {
        let row = |(position, announcement): (i64, Announcement)| {
            Ok(AnnouncementRow {
                position,
                identity: announcement.identity(raw),
                kind: announcement.body.kind(),
                document: match &announcement.body {
                    Body::Draft(draft) => Some(draft.name.clone()),
                    Body::Rfc(rfc) => Some(format!("rfc{}", rfc.number)),
                    _ => None,
                },
                date: announcement.date,
                day: announcement.day_or(read_at),
                body: serde_json::to_string(&announcement)?,
                list: announcement.list,
            })
        };
        (0..).zip(announcements).map(row).collect()
    }

    /// Returns the instant that it is dated with, or else `stored_at`, both in microseconds since 1970.
    pub(super) fn at(&self, stored_at: i64) -> i64 {
        self.date.map_or(stored_at, micros)
    }
}

/// Begins to read mails of the mailbox, on another thread at once; those that are not for the archive are left out.
pub(super) fn spawn_reading(
    messages: Vec<RawMessage>,
    lists: Lists,
    now: Timestamp,
) -> JoinHandle<Result<Vec<PreparedMail>, ArchiveError>> {
    tokio::task::spawn_blocking(move || {
        let mut packer = Packer::new();
        messages
            .into_iter()
            .filter_map(|message| {
                let read = || read_mail(&mut packer, &message, &lists, now);
                let read = panics::caught(read).unwrap_or_else(|panic| {
                    Err(ArchiveError::Unreadable(UnreadableMessage {
                        uid: message.uid,
                        said: panic.said,
                    }))
                });
                read.transpose()
            })
            .collect()
    })
}

/// Reads a mail of the mailbox; `None` when it is not for the archive.
fn read_mail(
    packer: &mut Packer,
    message: &RawMessage,
    lists: &Lists,
    now: Timestamp,
) -> Result<Option<PreparedMail>, ArchiveError> {
    let (raw, received) = (&message.bytes, message.received);
    let header = Header::parse(raw);
    if let Some(report) = bounce_report::parse(&header) {
        return Ok(Some(PreparedMail::Bounce { report, received }));
    }
    if let Some(request) = leave_request::parse(&header) {
        return Ok(Some(PreparedMail::Leave { request, received }));
    }
    if let Some(mail) = list_server::parse(&header, lists) {
        return Ok(Some(PreparedMail::ListServer { mail, received }));
    }
    let parsed = Message::from_header(&header);
    let arrival = Arrival {
        internal_date: received,
        read_at: Some(now),
    };
    let Some(announcements) = announcement::parse_from_list(&parsed, arrival, lists) else {
        return Ok(None);
    };
    let uid = Some(message.uid);
    let message = prepare(packer, raw, uid, received, announcements, now)?;
    Ok(Some(PreparedMail::Message(message)))
}

/// Reads messages that came as files.
pub(super) async fn read_files(
    messages: Vec<Vec<u8>>,
    lists: Lists,
    now: Timestamp,
) -> Result<Vec<PreparedMessage>, ArchiveError> {
    tokio::task::spawn_blocking(move || {
        let mut packer = Packer::new();
        let read = |raw: Vec<u8>| {
            let announcements = read_file(&raw, &lists, now)?;
            Some(prepare(&mut packer, &raw, None, None, announcements, now))
        };
        messages.into_iter().filter_map(read).collect()
    })
    .await
    .map_err(not_finished)?
}

/// Makes the error of reading that did not come to its end: it panicked, or the program ends.
pub(super) fn not_finished(error: JoinError) -> ArchiveError {
    match error.try_into_panic() {
        Ok(payload) => ArchiveError::Panicked(Panic::of(&*payload)),
        Err(_) => ArchiveError::Closed,
    }
}

/// Reads what a file announces; `None` for other mail. A message that lost its List-Id is still taken when its kind is
/// recognised: archives of the 1990s have none.
fn read_file(raw: &[u8], lists: &Lists, now: Timestamp) -> Option<Vec<Announcement>> {
    let header = Header::parse(raw);
    // An old confirmation in a file is nobody's request.
    if list_server::parse(&header, lists).is_some() {
        return None;
    }
    let message = Message::from_header(&header);
    let arrival = Arrival {
        internal_date: None,
        read_at: Some(now),
    };
    announcement::parse_from_list(&message, arrival, lists).or_else(|| {
        let read = announcement::parse_arrived(&message, arrival, lists);
        let known = |announcement: &Announcement| !matches!(announcement.body, Body::Notice(_));
        read.iter().all(known).then_some(read)
    })
}

/// Makes the rows of a message and compresses it.
fn prepare(
    packer: &mut Packer,
    raw: &[u8],
    uid: Option<u32>,
    received: Option<Timestamp>,
    announcements: Vec<Announcement>,
    now: Timestamp,
) -> Result<PreparedMessage, ArchiveError> {
    let first = announcements.first();
    let message_id = first.and_then(|first| first.message_id.clone());
    Ok(PreparedMessage {
        uid,
        sha256: Sha256::digest(raw).to_vec(),
        received,
        size: raw.len(),
        packed: packer.pack(raw),
        message_id,
        announcements: AnnouncementRow::of_message(announcements, raw, now)?,
    })
}
