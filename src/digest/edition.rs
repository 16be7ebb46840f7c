//! An edition of the digest: whom it is for, what it shows, and when.

use jiff::civil;
use serde::{Deserialize, Serialize};

use super::Language;
use crate::announcement::Lists;

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
    /// The address for answers; the operator when there is none.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// The language of every fixed phrase.
    #[serde(default)]
    pub language: Language,
    /// The way of a day with nothing.
    #[serde(default)]
    pub empty: Empty,
    /// The number of hot topics.
    #[serde(default = "three")]
    pub hot_topics: usize,
    /// Matches that the reader wants to see first.
    #[serde(default)]
    pub watch: Watch,
    /// Daily or weekly.
    #[serde(default)]
    pub cadence: Cadence,
    /// The day on which a weekly edition is sent; Monday when it names none.
    #[serde(default)]
    pub weekday: Option<Weekday>,
    /// The kinds of announcements that it shows; all when none is named.
    #[serde(default)]
    pub kinds: Vec<AnnouncementKind>,
    /// Only what matches is shown, when something stands here.
    #[serde(default)]
    pub only: Watch,
    /// Matches that are not shown.
    #[serde(default)]
    pub except: Watch,
    /// How much the list says of each document.
    #[serde(default)]
    pub detail: Detail,
    /// The time zone of the meetings' times, by its IANA name; UTC when there is none. The day stays a UTC day.
    #[serde(default)]
    pub zone: Option<String>,
    /// True when each reader may leave by a mail to the watched mailbox (RFC 2369 section 3.2). Where the edition's reader is a
    /// mailing list, its own server does this.
    #[serde(default = "yes")]
    pub unsubscribe: bool,
    /// The names of the lists that are watched. Not a key of its own: the configuration tells it to each edition.
    #[serde(skip)]
    pub lists: Vec<String>,
}

fn three() -> usize {
    3
}

fn yes() -> bool {
    true
}

impl Edition {
    /// Returns the edition that is used without a configuration (`digest --mail`).
    pub fn unconfigured() -> Self {
        Edition {
            name: "daily".into(),
            from: "nikkan <nikkan@localhost>".into(),
            to: vec!["reader@localhost".into()],
            reply_to: None,
            language: Language::default(),
            empty: Empty::default(),
            hot_topics: three(),
            watch: Watch::default(),
            cadence: Cadence::default(),
            weekday: None,
            kinds: Vec::new(),
            only: Watch::default(),
            except: Watch::default(),
            detail: Detail::default(),
            zone: None,
            unsubscribe: true,
            lists: Lists::built_in().names(),
        }
    }
}

/// The rhythm in which an edition appears.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Cadence {
    /// A digest for each UTC day.
    #[default]
    Daily,
    /// One for each week, made when the edition's weekday begins.
    Weekly,
}

/// A day of the week, by its English name in lower case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Weekday {
    /// Monday, when an edition names none.
    Monday,
    /// Tuesday.
    Tuesday,
    /// Wednesday.
    Wednesday,
    /// Thursday.
    Thursday,
    /// Friday.
    Friday,
    /// Saturday.
    Saturday,
    /// Sunday.
    Sunday,
}

impl From<Weekday> for civil::Weekday {
    fn from(day: Weekday) -> Self {
        civil::Weekday::Monday.wrapping_add(day as i64)
    }
}

/// A kind of announcement, by the name that `nikkan parse` prints.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AnnouncementKind {
    /// An Internet-Draft.
    Draft,
    /// An RFC.
    Rfc,
    /// A last call.
    LastCall,
    /// An approval or another decision.
    Action,
    /// News of a group.
    Group,
    /// A meeting.
    Meeting,
    /// Everything else.
    Notice,
}

/// How much the list says of each document.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Detail {
    /// One line: the title, what it is about, who, and the revision.
    #[default]
    Line,
    /// The abstract's sentences, authors, history and further links as well.
    Summary,
}

impl Detail {
    pub(super) fn is_line(&self) -> bool {
        *self == Detail::Line
    }
}

/// The ways of a day with nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Empty {
    /// Send a digest that says so, and why nothing is wrong.
    #[default]
    Send,
    /// Send nothing; the day is sealed all the same.
    Skip,
}

/// The reader's watch list. An entry is one phrase, or phrases in quotation marks with AND, OR, NOT and parentheses.
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
