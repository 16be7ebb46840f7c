//! A hot topic as a digest holds it: the document, what is told with it, and the facts that led to the choice.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::Gist;

/// A document that is worth reading first.
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
    /// The headline in parts, in the words of the titles; written by the editor. Empty where the title stands for it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headline: Vec<HeadlinePart>,
    /// What it is about, its line one or two sentences of at most 50 words; written by the editor.
    #[serde(default, skip_serializing_if = "Gist::is_empty")]
    pub gist: Gist,
    /// The facts that led to the choice, strongest first.
    pub evidence: Vec<Evidence>,
}

/// A part of a headline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadlinePart {
    /// Its words, with the blanks that belong before and behind them.
    pub text: String,
    /// The document that they lead to: a draft's name, or `rfc9737`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document: Option<String>,
}

/// A fact that makes a document stand out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "fact", rename_all = "snake_case")]
pub enum Evidence {
    /// It is on the reader's watch list.
    Watched {
        /// The entry that matched.
        what: String,
    },
    /// It was published as an RFC.
    Published {
        /// The RFC's number.
        number: u32,
        /// Its level, if told.
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
        /// The name that it had before.
        from: Option<String>,
    },
    /// It is the first version.
    New,
    /// The first version has several authors.
    Authors {
        /// Their number.
        count: usize,
    },
    /// Its title names what people talk about.
    Subject {
        /// The subject's key.
        subject: String,
        /// The words that name it, as the title has them.
        word: String,
    },
    /// It has been revised often: no fact of a choice any more, but of digests that 0.1.0 sealed.
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
        /// The theme's title in the edition's language.
        theme: String,
        /// Drafts of the theme today.
        today: u32,
    },
}
