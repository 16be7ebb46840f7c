//! Announcements of the IETF: a list message becomes an announcement of one kind. Parsing never fails: what is not
//! understood is a `notice` with its subject and first lines.
//!
//! Pure: no clock, no network, no database. What a message does not tell is `None` or empty, never guessed.
//!
//! ```
//! use nikkan::announcement::{self, Body, Lists};
//! use nikkan::mail::Message;
//!
//! let raw = b"From: internet-drafts@ietf.org\r\n\
//!     Subject: I-D Action: draft-ietf-quic-http-34.txt\r\n\
//!     List-Id: <i-d-announce.ietf.org>\r\n\r\n\
//!     \x20  Title   : HTTP over QUIC\r\n\
//!     \x20  Pages   : 73\r\n\r\n\
//!     Abstract:\r\n\x20  It maps HTTP to QUIC.\r\n";
//! let message = Message::parse(raw);
//! let found = announcement::parse(&message, None, &Lists::built_in());
//!
//! let Body::Draft(draft) = &found[0].body else { panic!("not a draft") };
//! assert_eq!((draft.name.as_str(), draft.revision.as_str()), ("draft-ietf-quic-http", "34"));
//! assert_eq!(draft.abstract_text.as_deref(), Some("It maps HTTP to QUIC."));
//! assert_eq!(found[0].list.as_deref(), Some("i-d-announce"));
//! assert_eq!(found[0].identity(raw), "draft:draft-ietf-quic-http-34");
//! ```

use std::borrow::Cow;

use jiff::Timestamp;
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

use crate::clock::Day;
use crate::mail::{Arrival, DateWitnesses, Message, split_list_digest, without_prefixes};

mod action;
mod classify;
mod dates;
mod documents;
mod draft;
mod group;
mod group_news;
mod last_call;
mod lists;
mod meeting;
mod names;
mod notice;
mod relations;
mod rfc;
mod serde_form;
mod text;

pub use action::{Approval, IesgAction};
pub use dates::dates_in;
pub use documents::NamedDocument;
pub use draft::Draft;
pub use group::Group;
pub use group_news::{GroupEvent, GroupNews};
pub use last_call::{CallKind, LastCall};
pub use lists::{List, Lists};
pub use meeting::{Meeting, MeetingStart};
pub use notice::Notice;
pub use rfc::Rfc;

/// One list message, parsed. Serialised, it is the object that `nikkan parse` prints.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "serde_form::AnnouncementForm")]
pub struct Announcement {
    /// The short name of the list that carried it, when it is one we know.
    pub list: Option<String>,
    /// The Message-ID without its angle brackets.
    pub message_id: Option<String>,
    /// The instant that decides its day: the `Date` header, or what stands for it when that cannot be believed.
    pub date: Option<Timestamp>,
    /// The subject, decoded and on one line.
    pub subject: String,
    /// The matter that it announces.
    pub body: Body,
}

impl Announcement {
    /// Returns the identity, which two announcements share when they are the same: the document, else the Message-ID,
    /// else the bytes of the message.
    pub fn identity(&self, raw: &[u8]) -> String {
        match (&self.body, &self.message_id) {
            (Body::Draft(draft), _) => format!("draft:{}-{}", draft.name, draft.revision),
            (Body::Rfc(rfc), _) => format!("rfc:{}", rfc.number),
            (_, Some(id)) => format!("message:{id}"),
            (_, None) => {
                let hash = Sha256::digest(raw);
                let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
                format!("bytes:{hex}")
            }
        }
    }

    /// Returns the UTC day to which it belongs; when nothing tells that, the day on which it was read.
    pub fn day_or(&self, read_at: Timestamp) -> Day {
        Day::of(self.date.unwrap_or(read_at))
    }
}

/// The subject matter of an announcement, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A revision of an Internet-Draft was posted.
    Draft(Draft),
    /// An RFC was published.
    Rfc(Rfc),
    /// The IESG asks for last comments.
    LastCall(LastCall),
    /// The IESG decided about documents.
    Action(IesgAction),
    /// News of a working or research group.
    Group(GroupNews),
    /// A meeting was called, changed or cancelled.
    Meeting(Meeting),
    /// Everything else.
    Notice(Notice),
}

impl Body {
    /// Returns the kind's name, as in the key `kind`.
    pub fn kind(&self) -> &'static str {
        match self {
            Body::Draft(_) => "draft",
            Body::Rfc(_) => "rfc",
            Body::LastCall(_) => "last_call",
            Body::Action(_) => "action",
            Body::Group(_) => "group",
            Body::Meeting(_) => "meeting",
            Body::Notice(_) => "notice",
        }
    }
}

/// Parses what a message announces: one announcement, or one for each message in a list's digest. `received` is the
/// server's INTERNALDATE.
pub fn parse(message: &Message, received: Option<Timestamp>, lists: &Lists) -> Vec<Announcement> {
    let arrival = Arrival {
        internal_date: received,
        read_at: None,
    };
    parse_arrived(message, arrival, lists)
}

/// Parses what a message announces, of whose coming more is known, as [`parse`] does.
pub fn parse_arrived(message: &Message, arrival: Arrival, lists: &Lists) -> Vec<Announcement> {
    parse_carried(message, arrival, lists.carrier(message))
}

/// Parses a message of the watched mailbox; `None` for one that is not for the archive: it came over no known list, or
/// is a digest of our own, or an automatic answer.
pub fn parse_from_list(
    message: &Message,
    arrival: Arrival,
    lists: &Lists,
) -> Option<Vec<Announcement>> {
    let list = lists.known(message)?;
    if message.own_digest || message.automatic {
        return None;
    }
    Some(parse_carried(message, arrival, Some(list)))
}

fn parse_carried(message: &Message, arrival: Arrival, list: Option<String>) -> Vec<Announcement> {
    let witnesses = |inner: &Message| DateWitnesses {
        date: inner.date,
        relayed: inner.relayed.or(message.relayed),
        arrival,
    };
    let inner: Vec<Announcement> = split_list_digest(message)
        .iter()
        .map(|raw| Message::parse(&with_list_id(raw, message)))
        .filter(|inner| inner.subject != "Digest Footer")
        .map(|inner| parse_one(&inner, witnesses(&inner), list.clone()))
        .collect();
    if inner.is_empty() {
        vec![parse_one(message, witnesses(message), list)]
    } else {
        inner
    }
}

/// Gives a message out of a list's digest the List-Id that it has lost.
fn with_list_id<'a>(raw: &'a [u8], digest: &Message) -> Cow<'a, [u8]> {
    let id = digest.list_id.as_deref().and_then(lists::between_brackets);
    match id.filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic())) {
        Some(id) => Cow::Owned([format!("List-Id: <{id}>\r\n").as_bytes(), raw].concat()),
        None => Cow::Borrowed(raw),
    }
}

fn parse_one(message: &Message, witnesses: DateWitnesses, list: Option<String>) -> Announcement {
    let subject = without_prefixes(&message.subject);
    // Each kind looks at sender and subject first; what a body quotes makes no announcement.
    let body = draft::parse(message, subject)
        .map(Body::Draft)
        .or_else(|| rfc::parse(message, subject).map(Body::Rfc))
        .or_else(|| last_call::parse(message, subject).map(Body::LastCall))
        .or_else(|| action::parse(message, subject).map(Body::Action))
        .or_else(|| group_news::parse(message, subject).map(Body::Group))
        .or_else(|| meeting::parse(message, subject).map(Body::Meeting))
        .unwrap_or_else(|| Body::Notice(notice::parse(message, subject)));
    Announcement {
        list,
        message_id: message.message_id.clone(),
        date: witnesses.choose(),
        subject: message.subject.clone(),
        body,
    }
}
