//! Compiles a day. Same material, same digest, byte for byte.
//!
//! Plain data with public fields; every text in it is as the announcement gave it, nothing is escaped yet.
//!
//! ```
//! use nikkan::digest::{Cadence, Digest, Edition, Language, Taxonomy};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! // Which days make a digest of a weekly edition:
//! let weekly = Edition { cadence: Cadence::Weekly, ..Edition::unconfigured() };
//! let (first, last) = weekly.span("2025-11-28".parse()?);
//! assert_eq!((first.to_string(), last.to_string()), ("2025-11-24".into(), "2025-11-30".into()));
//!
//! // Which themes there are, and what a silent day looks like:
//! assert!(Taxonomy::built_in().keys().any(|theme| theme == "dns"));
//! let digest = Digest::empty("2025-11-28".parse()?, "daily", Language::En);
//! assert_eq!(digest.counts.announcements, 0);
//! # Ok(())
//! # }
//! ```

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::announcement::{Group, GroupNews, IesgAction, LastCall, Meeting, Notice};
use crate::archive::{DayCount, SilentList};
use crate::clock::Day;
pub use crate::wording::Language;

mod background;
mod cadence;
mod compile;
mod divide;
mod documents;
mod edition;
mod explain;
mod expression;
mod facts;
mod families;
mod filter;
mod hot;
mod lineage;
mod phrases;
mod reading;
mod score;
mod silence;
mod subjects;
mod taxonomy;
mod themes;
mod topic;
mod watch;

pub use cadence::DayRange;
pub use compile::compile;
pub use edition::{AnnouncementKind, Cadence, Detail, Edition, Empty, Watch, Weekday};
pub use explain::{Explained, explain};
pub use expression::watch_fault;
pub use subjects::{SUBJECTS, Subject};
pub use taxonomy::{DigestSettings, Taxonomy};
pub use themes::Reasoning;
pub use topic::{Evidence, HeadlinePart, HotTopic};

/// Everything announced on one day, compiled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The day.
    pub date: Day,
    /// The first day of a digest that sums up several, after a long outage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// Present when the mailbox could not be read after the day was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
    /// The part of the days that it covers, unless that is all of a day.
    #[serde(default, skip_serializing_if = "Scope::is_usual")]
    pub scope: Scope,
    /// The edition's name.
    pub edition: String,
    /// The edition's language.
    pub language: Language,
    /// How much its list says of each document.
    #[serde(default, skip_serializing_if = "Detail::is_line")]
    pub detail: Detail,
    /// The time zone of the meetings' times, by its IANA name; UTC when there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub zone: Option<String>,
    /// The counts.
    pub counts: Counts,
    /// The documents that are worth reading first.
    pub hot_topics: Vec<HotTopic>,
    /// Every draft once.
    pub themes: Vec<Theme>,
    /// The RFCs.
    pub rfcs: Vec<RfcEntry>,
    /// Last calls.
    pub last_calls: Vec<Announced<LastCall>>,
    /// Last calls of days before that end in the week after this one, the first to end first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing: Vec<Announced<LastCall>>,
    /// Reviews of charters of days before for which comments are taken until a day of the week after this one, likewise.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub closing_reviews: Vec<Announced<GroupNews>>,
    /// Decisions.
    pub actions: Vec<Announced<IesgAction>>,
    /// News of groups.
    pub groups: Vec<Announced<GroupNews>>,
    /// Meetings.
    pub meetings: Vec<Announced<Meeting>>,
    /// Everything else.
    pub notices: Vec<Announced<Notice>>,
    /// Announcements that came after their day was sealed.
    pub late: Vec<LateArrival>,
    /// Why a silent day is silent, or a nearly silent one; `None` on other days.
    pub silence: Option<Silence>,
    /// Minutes of the day for which the connection was proved alive; `None` when there was no daemon.
    pub connected_minutes: Option<u32>,
    /// Counts of the days before, oldest first, and of this day.
    pub recent: Vec<DayCount>,
    /// The lists that carried something on this day, sorted; when none did, those that are watched.
    pub sources: Vec<String>,
    /// The lists that were heard of lately, by name, each with the number of announcements that it carried on this day.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub heard: Vec<(String, u32)>,
    /// The lists that have fallen silent against their own rhythm.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub silent: Vec<SilentList>,
}

/// The mailbox did not answer when the day was over, or some of its folders could not be read: what it still holds follows as late arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// When the server last proved alive, if it ever did.
    pub since: Option<Timestamp>,
    /// True when only some of its folders could not be read.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub partly: bool,
}

/// The part of its days that a digest covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// True when its several days are a week that it was made for.
    pub weekly: bool,
    /// True when the edition has filters.
    pub filtered: bool,
    /// The number of announcements that did not pass them.
    pub hidden: u32,
}

impl Digest {
    /// Returns the digest of a day on which nothing was announced and of which nothing is known.
    pub fn empty(date: Day, edition: &str, language: Language) -> Self {
        Digest {
            date,
            since: None,
            unread: None,
            scope: Scope::default(),
            edition: edition.to_owned(),
            language,
            detail: Detail::default(),
            zone: None,
            counts: Counts::default(),
            hot_topics: Vec::new(),
            themes: Vec::new(),
            rfcs: Vec::new(),
            last_calls: Vec::new(),
            closing: Vec::new(),
            closing_reviews: Vec::new(),
            actions: Vec::new(),
            groups: Vec::new(),
            meetings: Vec::new(),
            notices: Vec::new(),
            late: Vec::new(),
            silence: None,
            connected_minutes: None,
            recent: Vec::new(),
            sources: Vec::new(),
            heard: Vec::new(),
            silent: Vec::new(),
        }
    }
}

impl Scope {
    fn is_usual(&self) -> bool {
        *self == Scope::default()
    }
}

/// The counts of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Distinct drafts: two revisions on one day are one.
    pub drafts: u32,
    /// RFCs.
    pub rfcs: u32,
    /// All announcements.
    pub announcements: u32,
}

/// Drafts of one subject.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Theme {
    /// The taxonomy's key; the press turns it into the edition's language.
    pub key: String,
    /// The title in the edition's language.
    pub title: String,
    /// The drafts; those of one family stand together.
    pub drafts: Vec<DraftEntry>,
}

/// One draft of the day.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftEntry {
    /// Without revision.
    pub name: String,
    /// All revisions of the day, ascending.
    pub revisions: Vec<String>,
    /// The newest revision before this day.
    pub previous: Option<Previous>,
    /// The title as announced; when it was not told, the name.
    pub title: String,
    /// One person per entry.
    pub authors: Vec<String>,
    /// The group.
    pub group: Option<Group>,
    /// Pages.
    pub pages: Option<u32>,
    /// Written by the editor; empty when there is nothing to summarise.
    pub summary: String,
    /// What it is, in one line; written by the editor.
    #[serde(default, skip_serializing_if = "Gist::is_empty")]
    pub gist: Gist,
    /// RFCs it says it updates.
    pub updates: Vec<u32>,
    /// RFCs it says it obsoletes.
    pub obsoletes: Vec<u32>,
    /// Sister drafts of the same day, or known ones.
    pub related: Vec<String>,
    /// The key of a theme that would be as good as its own, or nearly.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second_theme: Option<String>,
    /// Why the reader's watch list matched, `groups: netmod`.
    pub watched: Vec<String>,
    /// The draft of a person that became this group's document.
    pub adopted_from: Option<String>,
    /// Its past, as far as the archive remembers it.
    #[serde(default)]
    pub history: History,
    /// Where to read it.
    pub links: Links,
    /// The abstract, for the editor; not part of the JSON for scripts.
    #[serde(rename = "abstract")]
    pub abstract_text: Option<String>,
}

/// What a document is, in one line and in the edition's language. Written by the editor; all of it may be missing.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Gist {
    /// The title in the edition's language, where every piece of it is known; `None` in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
    /// True when `title` can stand in a headline: each piece of it has one sense only.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub sure: bool,
    /// The document's own words, at most 25 of them (60 characters in Japanese); empty where no rule gave a whole line.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub line: String,
    /// The kind of document that its title tells, in the edition's language; `None` in English.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<String>,
    /// Terms of the field that stand in its defining sentences, in the edition's language, the rarest first; none in English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub keywords: Vec<String>,
    /// RFCs that its defining sentences name, ascending, besides those that it would update or replace; none in English.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub rfcs: Vec<u32>,
}

impl Gist {
    /// Returns true when nothing is known.
    pub fn is_empty(&self) -> bool {
        *self == Gist::default()
    }
}

/// The past of a draft, as far as the archive knows it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The day of the oldest revision that is known, when it is not the previous one.
    pub first_seen: Option<Day>,
    /// Its last call is open until this day.
    pub last_call_until: Option<Date>,
    /// The day the IESG approved it.
    pub approved: Option<Day>,
    /// The RFC that it became.
    pub rfc: Option<u32>,
}

/// An earlier revision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Previous {
    /// Two digits.
    pub revision: String,
    /// The day it was announced.
    pub date: Day,
}

/// Where to read a document; built from parsed names, never taken from the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Links {
    /// The tracker's page.
    pub datatracker: String,
    /// The text as HTML.
    pub html: String,
    /// The difference from the previous revision.
    pub diff: Option<String>,
    /// The announcement itself, for finding it in its list's archive; not part of the JSON for scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<ListMessage>,
}

/// A message of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListMessage {
    /// The list's short name.
    pub list: String,
    /// Its Message-ID, without brackets.
    pub id: String,
}

/// One RFC of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RfcEntry {
    /// The announcement.
    #[serde(flatten)]
    pub rfc: crate::announcement::Rfc,
    /// Written by the editor.
    pub summary: String,
    /// What it is, in one line; written by the editor.
    #[serde(default, skip_serializing_if = "Gist::is_empty")]
    pub gist: Gist,
    /// Why the reader's watch list matched.
    pub watched: Vec<String>,
    /// Where to read it.
    pub links: Links,
}

/// Another announcement, with what is needed to find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Announced<T> {
    /// The announcement.
    #[serde(flatten)]
    pub body: T,
    /// The message's subject.
    pub subject: String,
    /// Its Message-ID.
    pub message_id: Option<String>,
    /// The list that carried it.
    pub list: Option<String>,
    /// Why the reader's watch list matched.
    pub watched: Vec<String>,
}

/// An announcement that came after its day was sealed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LateArrival {
    /// The day it belongs to.
    pub day: Day,
    /// The kind's name.
    pub kind: String,
    /// Draft with revision, `RFC 9737`, or `None`.
    pub document: Option<String>,
    /// The title or the subject.
    pub title: String,
    /// Where to read it, when it is a document.
    pub links: Option<Links>,
}

/// Why a day without drafts and RFCs is silent, or one with next to none nearly so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The reasons that the facts support.
    pub reasons: Vec<SilenceReason>,
    /// When the last draft or RFC was announced before; `None` on a day that is nearly silent.
    pub last: Option<Timestamp>,
    /// The largest themes of the seven days before, and how many drafts each had.
    #[serde(default)]
    pub lately: Vec<(String, u32)>,
}

/// One reason for silence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", rename_all = "snake_case")]
pub enum SilenceReason {
    /// Saturday or Sunday.
    Weekend,
    /// The submission cut-off before a meeting.
    CutOff {
        /// When submissions closed.
        since: Option<Date>,
        /// When they open again.
        until: Option<Date>,
    },
    /// Holidays as announced.
    Holiday {
        /// Their name in the announcement.
        name: String,
    },
}

#[cfg(test)]
mod tests;
