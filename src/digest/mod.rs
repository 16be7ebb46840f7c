//! Compiles a day. Same material, same digest, byte for byte.
//!
//! Plain data with public fields; every text in it is as the announcement gave it, nothing is escaped yet.

use jiff::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::announcement::{Action, Group, GroupNews, LastCall, Meeting, Notice};
use crate::archive::DayCount;
use crate::clock::Day;
pub use crate::wording::Language;

mod cadence;
mod compile;
mod families;
mod filter;
mod hot;
mod links;
mod silence;
mod themes;
mod watch;

pub use cadence::{Cadence, Span, Weekday};
pub use compile::{compile, explain};
pub use filter::Kind;
pub use themes::{Reasoning, Taxonomy};

/// One `[[edition]]`: a configured version of the digest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Edition {
    /// Its name, part of the Message-ID and the List-Id: letters, digits, `-` and `_`.
    pub name: String,
    /// The sender, `nikkan <nikkan@example.net>`.
    pub from: String,
    /// The readers.
    pub to: Vec<String>,
    /// The language of every fixed phrase.
    #[serde(default)]
    pub language: Language,
    /// What to do on a day with nothing.
    #[serde(default)]
    pub empty: Empty,
    /// How many hot topics.
    #[serde(default = "three")]
    pub hot_topics: usize,
    /// What the reader wants to see first.
    #[serde(default)]
    pub watch: Watch,
    /// How often it appears.
    #[serde(default)]
    pub cadence: Cadence,
    /// The day on which a weekly edition is sent; Monday where it names none.
    #[serde(default)]
    pub weekday: Option<Weekday>,
    /// The kinds of announcements that it shows; all where none is named.
    #[serde(default)]
    pub kinds: Vec<Kind>,
    /// Where something stands here, only what matches is shown.
    #[serde(default)]
    pub only: Watch,
    /// What matches is not shown.
    #[serde(default)]
    pub except: Watch,
}

fn three() -> usize {
    3
}

impl Edition {
    /// The edition that is used where there is no configuration (`digest --mail`).
    pub fn unconfigured() -> Self {
        Edition {
            name: "daily".into(),
            from: "nikkan <nikkan@localhost>".into(),
            to: vec!["reader@localhost".into()],
            language: Language::default(),
            empty: Empty::default(),
            hot_topics: three(),
            watch: Watch::default(),
            cadence: Cadence::default(),
            weekday: None,
            kinds: Vec::new(),
            only: Watch::default(),
            except: Watch::default(),
        }
    }
}

/// What to do on a day with nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Empty {
    /// Send a digest that says so, and why nothing is wrong.
    #[default]
    Send,
    /// Send nothing; the day is sealed all the same.
    Skip,
}

/// The reader's watch list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Watch {
    /// Acronyms.
    pub groups: Vec<String>,
    /// Names as written.
    pub authors: Vec<String>,
    /// Draft names; `*` stands for anything.
    pub drafts: Vec<String>,
    /// Words to find in titles and abstracts.
    pub keywords: Vec<String>,
}

/// Everything announced on one day, compiled.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Digest {
    /// The day.
    pub date: Day,
    /// The first day of a digest that sums up several, after a long outage.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub since: Option<Day>,
    /// Present where the mailbox could not be read after the day was over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<Unread>,
    /// What it covers, where that is not all of a day.
    #[serde(default, skip_serializing_if = "Scope::is_usual")]
    pub scope: Scope,
    /// The edition's name.
    pub edition: String,
    /// The edition's language.
    pub language: Language,
    /// The counts.
    pub counts: Counts,
    /// What is worth reading first.
    pub hot_topics: Vec<HotTopic>,
    /// Every draft once.
    pub themes: Vec<Theme>,
    /// The RFCs.
    pub rfcs: Vec<RfcEntry>,
    /// Last calls.
    pub last_calls: Vec<Item<LastCall>>,
    /// Decisions.
    pub actions: Vec<Item<Action>>,
    /// News of groups.
    pub groups: Vec<Item<GroupNews>>,
    /// Meetings.
    pub meetings: Vec<Item<Meeting>>,
    /// Everything else.
    pub notices: Vec<Item<Notice>>,
    /// What came after its day was sealed.
    pub late: Vec<Late>,
    /// Why a silent day is silent; `None` on other days.
    pub silence: Option<Silence>,
    /// For how many minutes of the day the connection was proved alive; `None` where there was no daemon.
    pub connected_minutes: Option<u32>,
    /// Counts of the days before, oldest first, and of this day.
    pub recent: Vec<DayCount>,
    /// The lists that carried something on this day, sorted.
    pub sources: Vec<String>,
}

/// The mailbox did not answer when the day was over: what it still holds follows as late arrivals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unread {
    /// When the server last proved alive, where it ever did.
    pub since: Option<Timestamp>,
}

/// What a digest covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scope {
    /// Whether its several days are a week that it was made for.
    pub weekly: bool,
    /// Whether the edition has filters.
    pub filtered: bool,
    /// How many announcements did not pass them.
    pub hidden: u32,
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
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DraftEntry {
    /// Without revision.
    pub name: String,
    /// All revisions of the day, ascending.
    pub revisions: Vec<String>,
    /// The newest revision before this day.
    pub previous: Option<Previous>,
    /// The title as announced; where it was not told, the name.
    pub title: String,
    /// One person per entry.
    pub authors: Vec<String>,
    /// The group.
    pub group: Option<Group>,
    /// Pages.
    pub pages: Option<u32>,
    /// Written by the editor; empty where there is nothing to summarise.
    pub summary: String,
    /// RFCs it says it updates.
    pub updates: Vec<u32>,
    /// RFCs it says it obsoletes.
    pub obsoletes: Vec<u32>,
    /// Sister drafts of the same day, or known ones.
    pub related: Vec<String>,
    /// Why the reader's watch list matched, `groups: netmod`.
    pub watched: Vec<String>,
    /// The draft of a person that became this group's document.
    pub adopted_from: Option<String>,
    /// Where to read it.
    pub links: Links,
    /// The abstract, for the editor; not part of the JSON for scripts.
    #[serde(rename = "abstract")]
    pub source: Option<String>,
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
    /// What changed since the previous revision.
    pub diff: Option<String>,
    /// The announcement itself, for finding it in its list's archive; not part of the JSON for scripts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
}

/// A message of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The list's short name.
    pub list: String,
    /// Its Message-ID, without brackets.
    pub id: String,
}

/// One RFC of the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RfcEntry {
    /// What was announced.
    #[serde(flatten)]
    pub rfc: crate::announcement::Rfc,
    /// Written by the editor.
    pub summary: String,
    /// Why the reader's watch list matched.
    pub watched: Vec<String>,
    /// Where to read it.
    pub links: Links,
}

/// Another announcement, with what is needed to find it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item<T> {
    /// What was announced.
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
pub struct Late {
    /// The day it belongs to.
    pub day: Day,
    /// The kind's name.
    pub kind: String,
    /// Draft with revision, `RFC 9737`, or `None`.
    pub document: Option<String>,
    /// The title or the subject.
    pub title: String,
    /// Where to read it, where it is a document.
    pub links: Option<Links>,
}

/// What is worth reading first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HotTopic {
    /// The draft's name, or `rfc9737`.
    pub document: String,
    /// Its title.
    pub title: String,
    /// Why, in the edition's language; written by the editor from `evidence`.
    pub reason: String,
    /// Sister documents that are told with it.
    pub with: Vec<String>,
    /// The facts behind the choice, strongest first.
    pub evidence: Vec<Evidence>,
}

/// A fact that makes a document stand out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Evidence {
    /// It is on the reader's watch list.
    Watched {
        /// What matched.
        what: String,
    },
    /// It was published as an RFC.
    Published {
        /// The RFC's number.
        number: u32,
        /// Its level, where told.
        status: Option<String>,
    },
    /// The IESG approved it today.
    Approved,
    /// A last call for it began or is open.
    InLastCall {
        /// The last day for comments.
        ends: Option<Date>,
    },
    /// A group took it up.
    Adopted {
        /// The group's acronym.
        group: String,
        /// What it was called before.
        from: Option<String>,
    },
    /// It is the first version.
    New,
    /// It has been revised often.
    Mature {
        /// The revision's number: -18 is the 18th revision of the first version.
        revision: u32,
    },
    /// It says it updates these RFCs.
    Updates {
        /// Their numbers.
        rfcs: Vec<u32>,
    },
    /// It says it obsoletes these RFCs.
    Obsoletes {
        /// Their numbers.
        rfcs: Vec<u32>,
    },
    /// Sister drafts were posted on the same day.
    Sisters {
        /// Their names.
        names: Vec<String>,
    },
    /// More than one revision was posted on this day.
    SeveralRevisions {
        /// The revisions.
        revisions: Vec<String>,
    },
    /// Its theme has far more drafts than usual.
    Surge {
        /// The theme's key.
        theme: String,
        /// Drafts of the theme today.
        today: u32,
    },
}

/// Why a day without drafts and RFCs is silent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Silence {
    /// The reasons that the facts support.
    pub reasons: Vec<SilenceReason>,
    /// When the last draft or RFC was announced before.
    pub last: Option<Timestamp>,
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
        /// What they were called.
        name: String,
    },
}

#[cfg(test)]
mod tests;
