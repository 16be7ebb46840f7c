//! The digest as a page of a site: a day with its neighbours, and the list of all days. Pure: the files are written by
//! whoever asks.

use std::collections::BTreeMap;

use jiff::civil;
use serde::Serialize;

use super::clean::{self, TITLE};
use super::page::{Page, Voice};
use super::templates::Templates;
use super::{Press, PrintError};
use crate::clock::Day;
use crate::digest::Counts;
use crate::editor::Edited;
use crate::wording::{Language, Value, long_date, month_year, short_date};

/// The feed's file name, which every page links.
pub const FEED: &str = "feed.atom";
/// The name of the list of all days.
pub const INDEX: &str = "index.html";
/// So many days are told with their hot topics in front of the months.
const LATEST: usize = 7;
/// So many documents are named of a day without hot topics.
const LEADS: usize = 3;
/// From so many drafts on, a day is shaded one step darker.
const SHADES: [u32; 4] = [1, 10, 30, 100];

/// The name of a day's page.
pub fn page_name(day: Day) -> String {
    format!("{day}.html")
}

/// The name of a day's JSON.
pub fn json_name(day: Day) -> String {
    format!("{day}.json")
}

/// Where a page of the site leads besides the IETF's servers. The addresses are file names made of days.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Nav {
    pub all: Jump,
    pub previous: Option<Jump>,
    pub next: Option<Jump>,
    pub json: String,
    pub feed: &'static str,
}

/// One of them.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Jump {
    pub label: String,
    pub url: String,
}

/// What the list of all days tells of one digest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its day, the last where it covers several.
    pub date: Day,
    /// The first of several.
    pub since: Option<Day>,
    /// Its counts.
    pub counts: Counts,
    /// The titles of its hot topics, or of what there is, cleaned.
    pub leads: Vec<String>,
}

impl Issue {
    /// What is told of `edited`.
    pub fn of(edited: &Edited) -> Issue {
        let digest = &edited.digest;
        let hot = digest.hot_topics.iter().map(|topic| topic.title.as_str());
        let drafts = digest.themes.iter().flat_map(|theme| &theme.drafts);
        let rfcs = digest
            .rfcs
            .iter()
            .filter_map(|rfc| rfc.rfc.title.as_deref());
        // A day too small for hot topics has room for what there is.
        let others = rfcs.chain(drafts.map(|draft| draft.title.as_str()));
        let others = others.take(if digest.hot_topics.is_empty() {
            LEADS
        } else {
            0
        });
        Issue {
            date: digest.date,
            since: digest.since,
            counts: digest.counts,
            leads: hot
                .chain(others)
                .map(|title| clean::line(title, TITLE))
                .filter(|title| !title.is_empty())
                .collect(),
        }
    }
}

/// The list of all days, ready to be set.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Index {
    lang: &'static str,
    masthead: String,
    title: String,
    intro: String,
    feed: Jump,
    latest_title: String,
    latest: Vec<Latest>,
    weekdays: Vec<String>,
    months: Vec<Month>,
}

#[derive(Clone, Debug, Serialize)]
struct Latest {
    date: String,
    url: String,
    counts: String,
    leads: Vec<String>,
}

/// A month as a calendar, weeks from Monday.
#[derive(Clone, Debug, Serialize)]
struct Month {
    id: String,
    title: String,
    counts: String,
    weeks: Vec<Vec<Option<Cell>>>,
}

/// A day of a calendar.
#[derive(Clone, Debug, Serialize)]
struct Cell {
    number: i8,
    url: Option<String>,
    drafts: u32,
    /// From 0 to 4.
    shade: usize,
    /// In words.
    label: String,
}

impl Press {
    /// A day's page, whole, with links to the digests before and after it.
    ///
    /// # Errors
    /// A template that fails on this digest.
    pub fn site_page(
        &self,
        edited: &Edited,
        previous: Option<Day>,
        next: Option<Day>,
    ) -> Result<String, PrintError> {
        let voice = Voice(edited.digest.language);
        let jump = |day: Day| Jump {
            label: short_date(voice.0, day.date()),
            url: page_name(day),
        };
        let mut page = Page::of(edited);
        page.sheet = true;
        page.nav = Some(Nav {
            all: Jump {
                label: voice.say("site-all"),
                url: INDEX.into(),
            },
            previous: previous.map(jump),
            next: next.map(jump),
            json: json_name(edited.digest.date),
            feed: FEED,
        });
        self.templates()?.render("digest.html.j2", &page)
    }

    /// The list of all days; `issues` stand oldest first.
    ///
    /// # Errors
    /// A template that fails on them.
    pub fn site_index(&self, language: Language, issues: &[Issue]) -> Result<String, PrintError> {
        set(self.templates()?, language, issues)
    }
}

/// Sets the list of all days.
pub(super) fn set(
    templates: &Templates,
    language: Language,
    issues: &[Issue],
) -> Result<String, PrintError> {
    templates.render("site.html.j2", &Index::of(&Voice(language), issues))
}

impl Index {
    fn of(voice: &Voice, issues: &[Issue]) -> Index {
        let mut months: BTreeMap<(i16, i8), Vec<&Issue>> = BTreeMap::new();
        for issue in issues {
            let date = issue.date.date();
            let month = months.entry((date.year(), date.month())).or_default();
            month.push(issue);
        }
        let first = issues
            .first()
            .map(|issue| issue.since.unwrap_or(issue.date));
        let since = first.map_or_else(String::new, |day| long_date(voice.0, day.date()));
        let intro = match issues.len() {
            0 => voice.say("site-empty"),
            count => voice.with(
                "site-intro",
                &[
                    ("issues", voice.number("count-issues", count).into()),
                    ("since", since.into()),
                    ("counts", voice.totals(issues.iter()).into()),
                ],
            ),
        };
        Index {
            lang: voice.0.tag(),
            masthead: voice.say("masthead"),
            title: voice.say("site-title"),
            intro,
            feed: Jump {
                label: voice.say("site-feed"),
                url: FEED.into(),
            },
            latest_title: voice.say("site-latest"),
            latest: issues
                .iter()
                .rev()
                .take(LATEST)
                .map(|issue| Latest {
                    date: voice.dates(issue.since, issue.date),
                    url: page_name(issue.date),
                    counts: voice.totals([issue].into_iter()),
                    leads: issue.leads.clone(),
                })
                .collect(),
            weekdays: week(civil::Date::constant(2025, 11, 24))
                .map(|day| day.weekday().to_monday_one_offset())
                .map(|day| voice.say(&format!("weekday-short-{day}")))
                .collect(),
            months: months
                .iter()
                .rev()
                .map(|((year, month), issues)| voice.calendar(*year, *month, issues))
                .collect(),
        }
    }
}

/// Seven days from `first`.
fn week(first: civil::Date) -> impl Iterator<Item = civil::Date> {
    first.series(jiff::Span::new().days(1)).take(7)
}

impl Voice {
    fn number(&self, key: &str, count: usize) -> String {
        self.with(key, &[("count", Value::from(count))])
    }

    /// Both counts over all of `issues`, in a sentence's form.
    fn totals<'a>(&self, issues: impl Iterator<Item = &'a Issue>) -> String {
        let (mut drafts, mut rfcs) = (0_u32, 0_u32);
        for issue in issues {
            drafts = drafts.saturating_add(issue.counts.drafts);
            rfcs = rfcs.saturating_add(issue.counts.rfcs);
        }
        self.list([
            self.count("count-drafts", drafts),
            self.count("count-rfcs", rfcs),
        ])
    }

    fn calendar(&self, year: i16, month: i8, issues: &[&Issue]) -> Month {
        let cell = |day: civil::Date| {
            let issue = issues.iter().find(|issue| issue.date.date() == day);
            let counts = issue.map(|issue| self.totals([*issue].into_iter()));
            let drafts = issue.map_or(0, |issue| issue.counts.drafts);
            Cell {
                number: day.day(),
                url: issue.map(|issue| page_name(issue.date)),
                drafts,
                shade: SHADES.iter().filter(|least| drafts >= **least).count(),
                label: counts.map_or_else(String::new, |counts| {
                    self.with(
                        "site-day",
                        &[
                            ("date", long_date(self.0, day).into()),
                            ("counts", counts.into()),
                        ],
                    )
                }),
            }
        };
        let first = issues
            .first()
            .map_or(civil::Date::MIN, |issue| issue.date.date());
        let (first, last) = (first.first_of_month(), first.last_of_month());
        let mut cells: Vec<Option<Cell>> = Vec::new();
        cells.resize_with(
            usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0),
            || None,
        );
        let days = first.series(jiff::Span::new().days(1));
        cells.extend(days.take_while(|day| *day <= last).map(cell).map(Some));
        cells.resize_with(cells.len().next_multiple_of(7), || None);
        Month {
            id: format!("m{year:04}-{month:02}"),
            title: month_year(self.0, first),
            counts: self.totals(issues.iter().copied()),
            weeks: cells.chunks(7).map(<[_]>::to_vec).collect(),
        }
    }
}
