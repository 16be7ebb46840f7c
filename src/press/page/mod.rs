//! The page as a reader sees it, in that order: the one view that text, HTML and Markdown are printed
//! from, so that the formats cannot drift apart. Every string in it is cleaned, none is escaped.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clean::{self, NAME};
use super::link;
use super::localizer::Localizer;
use super::subject;
use crate::editor::Edited;

mod condense;
mod drafts;
mod head;
mod hot;
mod items;
mod parts;
mod strip;

pub(super) use condense::Level;
use strip::Strip;

/// A digest, ready to be set.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Page {
    pub lang: &'static str,
    pub masthead: String,
    pub title: String,
    /// The subject of its mail.
    pub subject: String,
    /// What goes on where the subject ends, for the line that mail programs show beside it.
    pub preheader: String,
    /// `2025-11-28`.
    pub iso: String,
    /// The day in words.
    pub date: String,
    /// The first line of plain text: the day and on which basis.
    pub first_line: String,
    pub basis: String,
    pub figures: Vec<Figure>,
    /// Which drafts a part has, by theme and by age, when the day is posted in parts.
    pub part: Vec<String>,
    /// Both counts in a sentence's form.
    pub counts: Vec<String>,
    pub announcements: String,
    pub sources: Vec<Link>,
    pub strip: Option<Strip>,
    pub teasers: Vec<String>,
    pub silence: Vec<String>,
    pub watched: Vec<Entry>,
    /// Entries that are watched, too, when there is only room for a line each.
    pub watched_lines: Vec<Entry>,
    pub hot: Vec<PageHotTopic>,
    /// Present when the day is too busy for whole entries: what was left out, and where it stands.
    pub busy: Option<String>,
    /// True when each draft has one line.
    pub lines_only: bool,
    /// True when first versions have their summaries all the same.
    pub news_told: bool,
    /// True when those lines lead somewhere; an address costs as much as the rest of the line.
    pub linked: bool,
    /// True when looks stand in one sheet instead of in each element: in a file of its own, not in a mail.
    pub sheet: bool,
    /// Where a page of a site leads; absent from a mail.
    pub nav: Option<Nav>,
    pub no_drafts: Option<String>,
    /// The number of first versions, over all themes.
    pub fresh: usize,
    /// The number of the other drafts.
    pub revised: usize,
    pub themes: Vec<PageTheme>,
    pub rfcs: Vec<Entry>,
    /// Said when there are none; absent from a part that is not the last.
    pub no_rfcs: Option<String>,
    pub sections: Vec<PageSection>,
    pub closing: Vec<String>,
    /// Templates know it as `foot`.
    #[serde(rename = "foot")]
    pub footer: Vec<String>,
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

/// A count, set large.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub number: String,
    pub label: String,
}

/// Somewhere to go; `url` is `None` when the name is not one an address can be built from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    pub label: String,
    pub url: Option<String>,
}

/// Drafts of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct PageTheme {
    pub key: String,
    pub title: String,
    pub count: usize,
    /// `Transport & QUIC 5`, for the tally.
    pub tally: String,
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
    /// True when each entry has one line.
    pub lines: bool,
    /// The number of entries that had to be left out, in words.
    pub more: Option<String>,
}

/// One document or one announcement.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Entry {
    pub title: String,
    /// Where the title leads.
    pub url: Option<String>,
    /// `draft-ietf-netmod-system-config-13, -14`; `RFC 9737`.
    pub name: Option<String>,
    /// A word or two beside the name: `new`, `18th revision`, `Proposed Standard`.
    pub mark: Option<String>,
    /// The revision before, when there is room: `previous revision 2025-07-03, 148 days before`.
    pub history: Option<String>,
    /// True when the mark says that something is there for the first time.
    pub new: bool,
    /// `Hot topic 1`.
    pub hot: Option<String>,
    /// Its number, to lead there.
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
    pub title: String,
    pub name: String,
    pub url: Option<String>,
    pub mark: Option<String>,
    /// True when the mark says that something is there for the first time.
    pub new: bool,
    /// The explanation: the longer one if the editor wrote it, else the summary, which is not said again below.
    pub what: Vec<String>,
    /// Why it stands here.
    pub reason: Vec<String>,
    pub links: Vec<Link>,
    pub with: Vec<Link>,
    /// The number of others that belong with it, in words.
    pub more: Option<String>,
}

impl Page {
    /// Makes the page of `edited`, whole.
    pub(crate) fn of(edited: &Edited) -> Page {
        let digest = &edited.digest;
        let localizer = Localizer(digest.language);
        let hot = hot::numbers(digest);
        let themes = localizer.themes(digest, &hot);
        let rfcs = digest.rfcs.iter().map(|rfc| localizer.rfc(rfc, &hot));
        let rfcs: Vec<Entry> = rfcs.collect();
        let sections = localizer.sections(digest);
        let drafts = themes.iter().flat_map(|theme| &theme.entries);
        let others = sections.iter().flat_map(|section| &section.entries);
        let entries = drafts.clone().chain(&rfcs).chain(others);
        let watched = entries.filter(|entry| entry.watched.is_some());
        let watched: Vec<Entry> = watched.cloned().collect();
        let hot = localizer.hot_topics(edited, drafts.clone().chain(&rfcs));
        let fresh = drafts.clone().filter(|draft| draft.new).count();
        let count = drafts.count();
        let mut page = Page {
            lang: digest.language.tag(),
            masthead: localizer.say("masthead"),
            title: localizer.page_title(digest),
            subject: subject::subject(edited),
            preheader: subject::preheader(edited),
            iso: digest.date.to_string(),
            date: localizer.dates(digest.since, digest.date),
            first_line: localizer.first_line(digest),
            basis: localizer.basis(digest),
            figures: localizer.figures(digest),
            counts: vec![
                localizer.count("count-drafts", digest.counts.drafts),
                localizer.count("count-rfcs", digest.counts.rfcs),
            ],
            announcements: localizer.count("count-announcements", digest.counts.announcements),
            sources: digest.sources.iter().map(|name| source(name)).collect(),
            strip: Strip::of(digest, &localizer),
            teasers: lines(&edited.words.teasers),
            silence: localizer.silence(digest),
            watched,
            hot,
            linked: true,
            no_drafts: (count == 0).then(|| localizer.no_drafts(digest)),
            fresh,
            revised: count - fresh,
            themes,
            no_rfcs: rfcs.is_empty().then(|| localizer.no_rfcs(digest)),
            rfcs,
            sections,
            closing: paragraphs(edited.words.closing.as_deref()),
            footer: localizer.footer(edited),
            say: localizer.phrases(digest),
            ..Page::default()
        };
        page.say_once(edited);
        page
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

fn source(list: &str) -> Link {
    Link {
        label: clean::line(list, NAME),
        url: link::list(list),
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
