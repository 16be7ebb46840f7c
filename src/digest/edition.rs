//! What an edition is: whom it is for, what it shows, and when.

use serde::{Deserialize, Serialize};

use super::{AnnouncementKind, Cadence, Language, Weekday};
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
    pub kinds: Vec<AnnouncementKind>,
    /// Where something stands here, only what matches is shown.
    #[serde(default)]
    pub only: Watch,
    /// What matches is not shown.
    #[serde(default)]
    pub except: Watch,
    /// The names of the lists that are watched. Not a key of its own: the configuration tells it to each edition.
    #[serde(skip)]
    pub lists: Vec<String>,
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
            lists: Lists::built_in().names(),
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
