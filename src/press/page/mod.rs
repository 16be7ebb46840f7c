//! The page as a reader sees it, in that order: the lead, which is read, and the list, in which things are looked up. It
//! is the one view that text, HTML and Markdown are printed from, so that the formats cannot drift apart. Every string
//! in it is cleaned, none is escaped.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clean::{self, NAME};
use super::link;
use super::localizer::Localizer;
use super::subject;
use crate::digest::Detail;
use crate::editor::Edited;

mod condense;
mod drafts;
mod head;
mod hot;
mod items;
mod lead;
mod line;
mod parts;
mod strip;
mod watch;

pub(super) use condense::Level;
use strip::Strip;

/// A day of at most so many drafts needs no lead: its list is one.
const SMALL: usize = 6;

/// A digest, ready to be set.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Page {
    pub lang: &'static str,
    pub masthead: String,
    pub title: String,
    /// The subject of its mail.
    pub subject: String,
    /// `2025-11-28`.
    pub iso: String,
    /// The day in words.
    pub date: String,
    /// The name of the paper and the day, or the days, in UTC.
    pub first_line: String,
    /// What goes on where the subject ends, for the line that mail programs show beside it; absent from what is no mail.
    pub preheader: Option<String>,
    /// The counts in phrases: drafts by age, drafts by origin, the rest.
    pub counts: Vec<String>,
    /// The length of the lead in words and minutes, and what stands below.
    pub length: Option<String>,
    /// What the reader has to know of the digest itself: days summed up, a mailbox that did not answer.
    pub notes: Vec<String>,
    /// Which drafts a part has, by theme and by age, when the day is posted in parts.
    pub part: Vec<String>,
    /// What a part is worth opening for.
    pub leads: Vec<String>,
    /// The last thirty days; only where entries are whole.
    pub strip: Option<Strip>,
    /// Why a silent day is silent, in three lines.
    pub silence: Vec<String>,
    /// What the reader watches; absent from a small day, whose list is its lead.
    pub watch: Option<PageWatch>,
    /// One sentence on the day.
    pub sentence: Option<String>,
    pub hot: Vec<PageHotTopic>,
    /// Last calls by their end.
    pub closes: Vec<Entry>,
    pub closes_more: Option<String>,
    /// True when the list has no headings for themes.
    pub small: bool,
    /// True when each entry of the list has more than a line.
    pub whole: bool,
    /// Present when the day is too busy for all of it: what was left out.
    pub busy: Option<String>,
    /// True when looks stand in one sheet instead of in each element: in a page of its own, not in a mail.
    pub sheet: bool,
    /// Where a page of a site leads; absent from a mail.
    pub nav: Option<Nav>,
    pub no_drafts: Option<String>,
    pub themes: Vec<PageTheme>,
    pub rfcs: Vec<Entry>,
    pub sections: Vec<PageSection>,
    /// The closing note; only where entries are whole.
    pub closing: Vec<String>,
    /// The lists and what each carried.
    pub sources: Option<String>,
    /// Templates know it as `foot`.
    #[serde(rename = "foot")]
    pub footer: Vec<String>,
    /// Why one gets this mail and how one leaves; absent from what is no mail.
    pub leave: Option<String>,
    /// The phrases that introduce the parts, by key.
    pub say: BTreeMap<&'static str, String>,
}

/// Where a page of a site leads besides the IETF's servers; a mail has none of it. The addresses are file names made of days.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Nav {
    pub all: NavLink,
    pub previous: Option<NavLink>,
    pub next: Option<NavLink>,
    pub json: String,
    pub feed: &'static str,
}

/// A link to another page of the site.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct NavLink {
    pub label: String,
    pub url: String,
}

/// Somewhere to go; `url` is `None` when the name is not one an address can be built from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    pub label: String,
    pub url: Option<String>,
}

/// What the reader watches.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageWatch {
    /// By which rule, and how many.
    pub title: String,
    pub entries: Vec<WatchedLine>,
    /// The number of others, in words.
    pub more: Option<String>,
}

/// One line of what the reader watches.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct WatchedLine {
    pub title: String,
    pub url: Option<String>,
    /// Which revision, by which rule where there are several, what it would update.
    pub line: Vec<String>,
}

/// Drafts of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageTheme {
    pub key: String,
    pub title: String,
    pub count: usize,
    /// `Transport & QUIC 5`, for the tally.
    pub tally: String,
    /// `Transport & QUIC · 5`, for the heading.
    pub heading: String,
    pub entries: Vec<Entry>,
    /// The number of entries that had to be left out, in words.
    pub more: Option<String>,
}

/// Anything else that has a heading.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageSection {
    pub key: &'static str,
    pub title: String,
    pub intro: Option<String>,
    pub entries: Vec<Entry>,
    /// The number of entries that had to be left out, in words.
    pub more: Option<String>,
}

/// One document or one announcement.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Entry {
    pub title: String,
    /// The title as announced, where `title` is a translation.
    pub original: Option<String>,
    /// Where the title leads.
    pub url: Option<String>,
    /// What stands first in its line: `new`, `-13, -14`, `RFC 9737`, the end of a last call.
    pub rev: Option<String>,
    /// True when the reader watches it.
    pub star: bool,
    /// What stands behind the title in its line: what it is about, who, its relations.
    pub line: Vec<String>,
    /// Whose document it is, which stays on a busy day.
    #[serde(skip)]
    pub who: Option<String>,
    /// The revision as it is said in the lead: `-13 and -14 on one day`.
    #[serde(skip)]
    pub told: Option<String>,
    /// The title for the lead: a translation only where every piece of it is sure.
    #[serde(skip)]
    pub lead_title: Option<String>,
    /// What it would change and where it stands, for the lead.
    #[serde(skip)]
    pub facts: Vec<String>,
    /// `draft-ietf-netmod-system-config-13, -14`; `RFC 9737`.
    pub name: Option<String>,
    /// A word or two beside the name: `new`, `Proposed Standard`.
    pub mark: Option<String>,
    /// The revision before: `previous revision 2025-07-03, 148 days before`.
    pub history: Option<String>,
    /// True when it is there for the first time.
    pub new: bool,
    /// The number of its hot topic.
    pub hot_at: Option<usize>,
    /// Who, group, pages.
    pub meta: Vec<String>,
    /// Relations, one sentence each.
    pub notes: Vec<String>,
    /// Drafts it belongs with.
    pub related: Vec<Link>,
    /// The number of others that it belongs with, in words.
    pub related_more: Option<String>,
    /// The documents that a last call or a decision is about, when there are several.
    pub documents: Vec<Link>,
    pub summary: Vec<String>,
    pub links: Vec<Link>,
    /// Why the reader's watch list matched: `group netmod`.
    pub watched: Option<String>,
}

/// A hot topic.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageHotTopic {
    pub number: usize,
    /// The headline in parts, some of which lead to a document.
    pub headline: Vec<Link>,
    /// What it is about.
    pub text: Vec<String>,
    /// The same in a few words, for days on which the lead would be too long.
    #[serde(skip)]
    pub brief: Option<String>,
    /// Revision, origin, authors, what it would update.
    pub facts: Vec<String>,
}

impl PageTheme {
    /// Returns its place in the list, which has the order of the lead: the topics' themes, then what is watched, then the rest.
    fn place(&self) -> (usize, bool) {
        let topics = self.entries.iter().filter_map(|entry| entry.hot_at);
        let watched = self.entries.iter().any(|entry| entry.star);
        (topics.min().unwrap_or(usize::MAX), !watched)
    }
}

impl Page {
    /// Makes the page of `edited` as its edition wants it, for a mail.
    pub(crate) fn of(edited: &Edited) -> Page {
        Page::with_detail(edited, edited.digest.detail)
    }

    /// Makes the page of `edited` with whole entries, for posting and for the site.
    pub(crate) fn whole(edited: &Edited) -> Page {
        Page::with_detail(edited, Detail::Summary)
    }

    fn with_detail(edited: &Edited, detail: Detail) -> Page {
        let digest = &edited.digest;
        let localizer = Localizer(digest.language);
        let whole = detail == Detail::Summary;
        let numbers = hot::numbers(digest);
        let mut themes = localizer.themes(digest, &numbers);
        themes.sort_by_key(PageTheme::place);
        let rfcs = digest.rfcs.iter().map(|rfc| localizer.rfc(rfc, &numbers));
        let rfcs: Vec<Entry> = rfcs.collect();
        let sections = localizer.sections(digest);
        let drafts: usize = themes.iter().map(|theme| theme.entries.len()).sum();
        let small = drafts <= SMALL;
        let is_silent = digest.silence.is_some() && drafts + rfcs.len() == 0;
        let mut page = Page {
            lang: digest.language.tag(),
            masthead: localizer.say("masthead"),
            title: localizer.page_title(digest),
            subject: subject::subject(edited),
            preheader: Some(subject::preheader(edited)),
            iso: digest.date.to_string(),
            date: localizer.dates(digest.since, digest.date),
            first_line: localizer.first_line(digest),
            counts: localizer.lead_counts(digest),
            notes: localizer.notes_on_digest(edited),
            strip: whole.then(|| Strip::of(digest, &localizer)).flatten(),
            silence: localizer.silence(digest),
            sentence: lines(edited.words.sentence.as_slice()).into_iter().next(),
            small,
            whole,
            no_drafts: (drafts == 0 && !is_silent).then(|| localizer.no_drafts(digest)),
            themes,
            rfcs,
            sections,
            sources: localizer.sources(digest),
            footer: localizer.footer(edited),
            leave: Some(localizer.leave(digest)),
            say: localizer.phrases(),
            ..Page::default()
        };
        if whole {
            page.closing = paragraphs(edited.words.closing.as_deref());
        }
        page.lead(edited, &localizer);
        page
    }

    /// Returns every entry of the list, in its order.
    fn entries(&self) -> impl Iterator<Item = &Entry> {
        let themes = self.themes.iter().flat_map(|theme| &theme.entries);
        let sections = self.sections.iter().flat_map(|section| &section.entries);
        self.rfcs.iter().chain(themes).chain(sections)
    }
}

/// Returns `RFC 9737` for `rfc9737`; a draft's name as it is.
fn document_name(name: &str) -> String {
    let name = clean::line(name, NAME);
    match name.strip_prefix("rfc") {
        Some(number) if number.bytes().all(|b| b.is_ascii_digit()) => format!("RFC {number}"),
        _ => name,
    }
}

/// Makes the link of a document named in passing.
fn document(name: &str) -> Link {
    Link {
        label: document_name(name),
        url: link::document(name),
    }
}

/// Cleans each text to a line of its own, empty ones left out.
fn lines(texts: &[String]) -> Vec<String> {
    let cleaned = texts.iter().map(|text| clean::line(text, clean::PROSE));
    cleaned.filter(|text| !text.is_empty()).collect()
}

/// Cleans the paragraphs of a text, if there is one.
fn paragraphs(text: Option<&str>) -> Vec<String> {
    text.map(clean::paragraphs).unwrap_or_default()
}

/// Returns the text as one line, if there is one and something is left of it once it is cleaned.
fn some_line(text: Option<&str>, limit: usize) -> Option<String> {
    let line = text.map(|text| clean::line(text, limit));
    line.filter(|line| !line.is_empty())
}
