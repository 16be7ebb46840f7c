//! Reads one list message. Never fails: what it does not understand is a `notice` with its subject and first lines.
//!
//! Pure: no clock, no network, no database. What a message does not tell is `None` or empty, never guessed.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use crate::clock::Day;

mod action;
mod areas;
mod bundle;
mod clerk;
mod dates;
mod dating;
mod draft;
mod facts;
mod group;
mod group_news;
mod header;
mod html;
mod iesg;
mod last_call;
mod lists;
mod meeting;
mod mending;
mod message;
mod names;
mod notice;
mod people;
mod rfc;
mod sender;
mod text;
mod thin;
mod undelivered;
mod wire;

pub use clerk::{Clerk, Confirmation, Word, clerk};

pub use dates::all_in as dates_in;
pub use lists::Lists;
pub use undelivered::{Undelivered, undelivered};

/// Reads one message: one announcement, or one for each message in a list's digest. `received` is INTERNALDATE.
pub fn read(raw: &[u8], received: Option<Timestamp>, lists: &Lists) -> Vec<Announcement> {
    let message = message::open(raw);
    let list = lists.carrier(&message);
    all_of(&message, received, list)
}

/// Reads a message of the watched mailbox; `None` for one that is not for the archive: it came over no known list, or
/// is a digest of our own, or an automatic answer.
pub fn admit(raw: &[u8], received: Option<Timestamp>, lists: &Lists) -> Option<Vec<Announcement>> {
    let message = message::open(raw);
    let list = lists.known(&message)?;
    if message.own || message.automatic {
        return None;
    }
    Some(all_of(&message, received, Some(list)))
}

fn all_of(
    message: &message::Message,
    received: Option<Timestamp>,
    list: Option<String>,
) -> Vec<Announcement> {
    let inner: Vec<Announcement> = bundle::messages(message)
        .iter()
        .map(|raw| message::open(raw))
        .filter(|inner| inner.subject != "Digest Footer")
        .map(|inner| of_message(&inner, received, list.clone()))
        .collect();
    if inner.is_empty() {
        vec![of_message(message, received, list)]
    } else {
        inner
    }
}

fn of_message(
    message: &message::Message,
    received: Option<Timestamp>,
    list: Option<String>,
) -> Announcement {
    let subject = notice::without_prefix(&message.subject);
    // Each reader looks at sender and subject first; what a body quotes makes no announcement.
    let body = draft::read(message, subject)
        .or_else(|| rfc::read(message, subject))
        .or_else(|| last_call::read(message, subject))
        .or_else(|| action::read(message, subject))
        .or_else(|| group_news::read(message, subject))
        .or_else(|| meeting::read(message, subject))
        .unwrap_or_else(|| notice::read(message, subject));
    Announcement {
        list,
        message_id: message.message_id.clone(),
        date: dating::instant(message.date, received),
        subject: message.subject.clone(),
        body,
    }
}

/// What makes two announcements the same one: the document, else the Message-ID, else the bytes.
pub fn identity(announcement: &Announcement, raw: &[u8]) -> String {
    match (&announcement.body, &announcement.message_id) {
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

/// The UTC day of an announcement; where nothing tells it, the day of `now`.
pub fn day(announcement: &Announcement, now: Timestamp) -> Day {
    Day::of(announcement.date.unwrap_or(now))
}

/// One `[[list]]`: a mailing list the mailbox is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The short name, used everywhere: `i-d-announce`.
    pub name: String,
    /// What stands between the angle brackets of its List-Id header (RFC 2919): `i-d-announce.ietf.org`.
    pub id: String,
}

impl List {
    /// Where it is posted to: Mailman makes the List-Id from this by writing a dot for the `@`.
    pub fn address(&self) -> String {
        self.id.to_ascii_lowercase().replacen('.', "@", 1)
    }
}

/// The lists that need no configuration.
pub fn built_in_lists() -> Vec<List> {
    let list = |name: &str, id: &str| List {
        name: name.into(),
        id: id.into(),
    };
    vec![
        list("i-d-announce", "i-d-announce.ietf.org"),
        list("ietf-announce", "ietf-announce.ietf.org"),
        list("rfc-dist", "rfc-dist.rfc-editor.org"),
    ]
}

/// One list message, parsed. Serialised, it is the object that `nikkan parse` prints.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "wire::Wire")]
pub struct Announcement {
    /// The short name of the list that carried it, where it is one we know.
    pub list: Option<String>,
    /// The Message-ID without its angle brackets.
    pub message_id: Option<String>,
    /// The instant that decides its day: the `Date` header, or INTERNALDATE where that cannot be believed.
    pub date: Option<Timestamp>,
    /// The subject, decoded and on one line.
    pub subject: String,
    /// What it announces.
    pub body: Body,
}

/// What an announcement is about, by kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Body {
    /// A revision of an Internet-Draft was posted.
    Draft(Draft),
    /// An RFC was published.
    Rfc(Rfc),
    /// The IESG asks for last comments.
    LastCall(LastCall),
    /// The IESG decided about documents.
    Action(Action),
    /// News of a working or research group.
    Group(GroupNews),
    /// A meeting was called, changed or cancelled.
    Meeting(Meeting),
    /// Everything else.
    Notice(Notice),
}

impl Body {
    /// The kind's name, as in the key `kind`.
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

/// A working or research group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Lower case; `None` where only the long name is known.
    pub acronym: Option<String>,
    /// The long name, as written.
    pub name: Option<String>,
    /// The acronym of its IETF area, or `irtf`; `None` where the group is not in the table.
    #[serde(default)]
    pub area: Option<String>,
}

/// One posted revision of an Internet-Draft.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draft {
    /// The name without revision and extension: `draft-ietf-netmod-system-config`.
    pub name: String,
    /// Two digits.
    pub revision: String,
    /// The title, on one line.
    pub title: Option<String>,
    /// One person per entry, as written.
    pub authors: Vec<String>,
    /// Number of pages.
    pub pages: Option<u32>,
    /// The body's own date: the tracker's local day, not the day of the announcement.
    pub dated: Option<Date>,
    /// The group whose work item it is.
    pub group: Option<Group>,
    /// `IETF`, `IRTF`, `IAB`, …
    pub stream: Option<String>,
    /// The abstract; paragraphs are divided by an empty line, line breaks inside them are gone.
    #[serde(rename = "abstract")]
    pub abstract_text: Option<String>,
    /// Numbers of the RFCs that it says it updates.
    #[serde(default)]
    pub updates: Vec<u32>,
    /// Numbers of the RFCs that it says it obsoletes.
    #[serde(default)]
    pub obsoletes: Vec<u32>,
    /// Names of the drafts that it says it replaces.
    #[serde(default)]
    pub replaces: Vec<String>,
}

/// A published RFC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rfc {
    /// Its number.
    pub number: u32,
    /// The title, on one line.
    pub title: Option<String>,
    /// One person per entry, as written ("J. Reschke, Ed.").
    pub authors: Vec<String>,
    /// `Proposed Standard`, `Internet Standard`, `Best Current Practice`, `Informational`, …
    pub status: Option<String>,
    /// `IETF`, `IAB`, `IRTF`, `Independent`, `Editorial`.
    pub stream: Option<String>,
    /// Year and month, `2025-02`.
    pub published: Option<String>,
    /// Number of pages.
    pub pages: Option<u32>,
    /// Numbers of the RFCs it obsoletes.
    pub obsoletes: Vec<u32>,
    /// Numbers of the RFCs it updates.
    pub updates: Vec<u32>,
    /// `STD 97`, `BCP 240`, `FYI 36`.
    pub series: Vec<String>,
    /// The draft it was, with its revision and without `.txt`.
    pub draft: Option<String>,
    /// `10.17487/RFC9737`.
    pub doi: Option<String>,
    /// The group whose product it is.
    pub group: Option<Group>,
    /// The abstract, as in [`Draft::abstract_text`].
    #[serde(rename = "abstract")]
    pub abstract_text: Option<String>,
}

/// A document that a last call or an action is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// A draft's name without revision, or `rfc6478`.
    pub name: String,
    /// Two digits, where told.
    pub revision: Option<String>,
    /// The title, where told.
    pub title: Option<String>,
}

/// An IETF-wide last call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastCall {
    /// What it is about.
    pub documents: Vec<Named>,
    /// The status that is asked for: `Proposed Standard`.
    pub intended_status: Option<String>,
    /// The last day for comments.
    pub ends: Option<Date>,
}

/// What kind of decision an [`Action`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Approval {
    /// A document on the standards track, or a BCP.
    Protocol,
    /// An informational or experimental document.
    Document,
    /// Whether a document of another stream conflicts with IETF work.
    ConflictReview,
    /// A published RFC changes its status.
    StatusChange,
}

/// A decision of the IESG.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// What kind of decision.
    pub approval: Approval,
    /// What it is about.
    pub documents: Vec<Named>,
    /// The status given.
    pub status: Option<String>,
}

/// What happened to a group.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupEvent {
    /// A charter is put up for comments.
    Review,
    /// The group was formed.
    Formed,
    /// It has a new charter.
    Rechartered,
    /// It ended.
    Concluded,
}

/// News of a group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupNews {
    /// What happened.
    pub event: GroupEvent,
    /// Lower case.
    pub acronym: Option<String>,
    /// The long name.
    pub name: Option<String>,
    /// Its area's name, as written.
    #[serde(default)]
    pub area: Option<String>,
}

/// A meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Meeting {
    /// What the message calls it.
    pub title: String,
    /// Whose meeting it is.
    pub group: Option<Group>,
    /// When it starts, as far as told: a date, or a date with time and zone, in ISO 8601.
    pub starts: Option<String>,
    /// It replaces an earlier announcement.
    pub changed: bool,
    /// It will not take place.
    #[serde(default)]
    pub cancelled: bool,
}

/// Any other message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The subject without list prefix.
    pub title: String,
    /// The first lines, at most about 500 characters.
    pub excerpt: String,
}
