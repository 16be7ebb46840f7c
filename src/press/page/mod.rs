//! What a reader sees, in the order in which they see it: the one view that text, HTML and Markdown are printed
//! from, so that the formats cannot drift apart. Every string in it is cleaned, none is escaped.

use std::collections::BTreeMap;

use serde::Serialize;

use super::clean::{self, NAME};
use super::link;
use super::localizer::Localizer;
use crate::digest::DraftEntry;
use crate::editor::Edited;

mod condense;
mod drafts;
mod head;
mod hot;
mod items;
mod nav;
mod parts;

pub(super) use condense::Level;
pub(crate) use nav::{Nav, NavLink};

/// A digest, ready to be set.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Page {
    pub lang: &'static str,
    pub masthead: String,
    pub title: String,
    /// `2025-11-28`.
    pub iso: String,
    /// The day in words.
    pub date: String,
    /// The first line of plain text: the day and on which basis.
    pub first_line: String,
    pub basis: String,
    pub figures: Vec<Figure>,
    /// Where the day is posted in parts: which drafts this one has, by theme and by age.
    pub part: Vec<String>,
    /// Both counts in a sentence's form.
    pub counts: Vec<String>,
    pub announcements: String,
    pub sources: Vec<Link>,
    pub strip: Option<head::Strip>,
    pub teasers: Vec<String>,
    pub silence: Vec<String>,
    pub watched: Vec<Entry>,
    /// What else is watched, where there is only room for a line each.
    pub watched_lines: Vec<Entry>,
    pub hot: Vec<Hot>,
    /// Present where the day is too busy for whole entries: what was left out, and where it stands.
    pub busy: Option<String>,
    /// Whether each draft has one line.
    pub lines_only: bool,
    /// Whether first versions have their summaries all the same.
    pub news_told: bool,
    /// Whether those lines lead somewhere; an address costs as much as the rest of the line.
    pub linked: bool,
    /// Whether looks stand in one sheet instead of in each element: in a file of its own, not in a mail.
    pub sheet: bool,
    /// Where a page of a site leads; absent from a mail.
    pub nav: Option<Nav>,
    pub no_drafts: Option<String>,
    /// How many drafts are first versions, over all themes.
    pub fresh: usize,
    /// How many are not.
    pub revised: usize,
    pub themes: Vec<Theme>,
    pub rfcs: Vec<Entry>,
    /// Said where there are none; absent from a part that is not the last.
    pub no_rfcs: Option<String>,
    pub sections: Vec<Section>,
    pub closing: Vec<String>,
    pub foot: Vec<String>,
    /// What introduces the parts, by key.
    pub say: BTreeMap<&'static str, String>,
}

/// A count, set large.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Figure {
    pub number: String,
    pub label: String,
}

/// Somewhere to go; `url` is `None` where the name is not one an address can be built from.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Link {
    pub label: String,
    pub url: Option<String>,
}

/// Drafts of one subject.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Theme {
    pub key: String,
    pub title: String,
    pub count: usize,
    /// `Transport & QUIC 5`, for the tally.
    pub tally: String,
    pub entries: Vec<Entry>,
    /// How many entries had to be left out.
    pub more: Option<String>,
}

/// Anything else that has a heading.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Section {
    pub key: &'static str,
    pub title: String,
    pub intro: Option<String>,
    pub entries: Vec<Entry>,
    /// Whether each entry has one line.
    pub lines: bool,
    /// How many entries had to be left out.
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
    /// What came before, where there is room: `previous revision 2025-07-03, 148 days before`.
    pub history: Option<String>,
    /// Whether the mark says that something is there for the first time.
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
    /// How many more it belongs with.
    pub related_more: Option<String>,
    /// The documents that a last call or a decision is about, where there are several.
    pub documents: Vec<Link>,
    pub summary: Vec<String>,
    pub links: Vec<Link>,
    /// Why the reader's watch list matched: `group netmod`.
    pub watched: Option<String>,
}

/// A hot topic.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Hot {
    pub number: usize,
    pub title: String,
    pub name: String,
    pub url: Option<String>,
    pub mark: Option<String>,
    /// Whether the mark says that something is there for the first time.
    pub new: bool,
    /// What it is: the longer explanation where the editor wrote one, else the summary, which is not said again below.
    pub what: Vec<String>,
    /// Why it stands here.
    pub reason: Vec<String>,
    pub links: Vec<Link>,
    pub with: Vec<Link>,
    /// How many more belong with it.
    pub more: Option<String>,
}

impl Page {
    /// The page of `edited`, whole.
    pub(crate) fn of(edited: &Edited) -> Page {
        let digest = &edited.digest;
        let localizer = Localizer(digest.language);
        let hot: BTreeMap<&str, usize> = digest
            .hot_topics
            .iter()
            .enumerate()
            .map(|(at, topic)| (topic.document.as_str(), at + 1))
            .collect();
        let titles: BTreeMap<&str, &str> = digest
            .themes
            .iter()
            .flat_map(|theme| &theme.drafts)
            .map(|draft| (draft.name.as_str(), draft.title.as_str()))
            .collect();
        let entry = |draft: &DraftEntry| {
            let hot = hot.get(draft.name.as_str());
            localizer.draft(digest, &titles, draft, hot)
        };
        let themes: Vec<Theme> = digest
            .themes
            .iter()
            .filter(|theme| !theme.drafts.is_empty())
            .map(|theme| {
                let title = clean::line(&theme.title, NAME);
                let count = theme.drafts.len();
                Theme {
                    key: theme
                        .key
                        .chars()
                        .filter(char::is_ascii_alphanumeric)
                        .take(KEY)
                        .collect(),
                    tally: localizer.tally(&title, count),
                    title,
                    count,
                    entries: theme.drafts.iter().map(entry).collect(),
                    more: None,
                }
            })
            .collect();
        let rfcs: Vec<Entry> = digest
            .rfcs
            .iter()
            .map(|rfc| localizer.rfc(rfc, &hot))
            .collect();
        let sections = localizer.sections(digest);
        let drafts = themes.iter().flat_map(|theme| &theme.entries);
        let others = sections.iter().flat_map(|section| &section.entries);
        let watched = drafts.clone().chain(&rfcs).chain(others);
        let watched: Vec<Entry> = watched
            .filter(|entry| entry.watched.is_some())
            .cloned()
            .collect();
        let hot_topics = localizer.hot_topics(edited, drafts.clone().chain(&rfcs));
        let fresh = drafts.clone().filter(|draft| draft.new).count();
        let count = drafts.count();
        let say = HEADINGS
            .iter()
            .map(|key| (*key, localizer.heading(digest, key)))
            .chain(PHRASES.map(|key| (key, localizer.say(key))))
            .chain(MARKS.map(|key| (key, localizer.say(&format!("mark-{key}")))))
            .chain([("comma", localizer.say("list-comma"))])
            .chain([("on-watch-list", localizer.say("watched"))])
            .collect();
        let mut page = Page {
            lang: digest.language.tag(),
            masthead: localizer.say("masthead"),
            title: localizer.page_title(digest),
            iso: digest.date.to_string(),
            date: localizer.dates(digest.since, digest.date),
            first_line: localizer.first_line(digest),
            basis: localizer.basis(digest),
            figures: localizer.figures(digest),
            part: Vec::new(),
            counts: vec![
                localizer.count("count-drafts", digest.counts.drafts),
                localizer.count("count-rfcs", digest.counts.rfcs),
            ],
            announcements: localizer.count("count-announcements", digest.counts.announcements),
            sources: digest.sources.iter().map(|name| source(name)).collect(),
            strip: head::Strip::of(digest, &localizer),
            teasers: lines(&edited.words.teasers),
            silence: localizer.silence(digest),
            watched,
            watched_lines: Vec::new(),
            hot: hot_topics,
            busy: None,
            lines_only: false,
            news_told: false,
            linked: true,
            sheet: false,
            nav: None,
            no_drafts: (count == 0).then(|| {
                localizer.none(
                    digest,
                    ["no-drafts", "no-drafts-span", "no-drafts-filtered"],
                )
            }),
            fresh,
            revised: count - fresh,
            themes,
            rfcs,
            no_rfcs: digest
                .rfcs
                .is_empty()
                .then(|| localizer.none(digest, ["no-rfcs", "no-rfcs-span", "no-rfcs-filtered"])),
            sections,
            closing: edited
                .words
                .closing
                .iter()
                .flat_map(|note| clean::paragraphs(note))
                .collect(),
            foot: localizer.foot(edited),
            say,
        };
        page.say_once(edited);
        page
    }
}

/// A theme's key is no longer than this where it becomes a place to jump to.
const KEY: usize = 40;

/// The other phrases that the templates use by key.
const PHRASES: [&str; 5] = [
    "related",
    "hot-why",
    "hot-with",
    "lines-new",
    "lines-revised",
];

/// The punctuation marks that stand between a phrase and what a template puts beside it.
const MARKS: [&str; 3] = ["colon", "open", "close"];

/// The headings that the templates use by key; those of the sections travel with them.
const HEADINGS: [&str; 8] = [
    "sources", "teasers", "silence", "watched", "hot", "tally", "rfcs", "closing",
];

/// `RFC 9737` for `rfc9737`; a draft's name as it is.
fn document_name(name: &str) -> String {
    let name = clean::line(name, NAME);
    match name.strip_prefix("rfc") {
        Some(number) if number.bytes().all(|b| b.is_ascii_digit()) => format!("RFC {number}"),
        _ => name,
    }
}

/// A document named in passing.
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

/// Each text on a line of its own, empty ones left out.
fn lines(texts: &[String]) -> Vec<String> {
    let cleaned = texts.iter().map(|text| clean::line(text, clean::PROSE));
    cleaned.filter(|text| !text.is_empty()).collect()
}

/// The text, unless nothing is left of it once it is cleaned.
fn some_line(text: &str, limit: usize) -> Option<String> {
    Some(clean::line(text, limit)).filter(|line| !line.is_empty())
}
