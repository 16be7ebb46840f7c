//! The list of all days: what is told of each digest, the latest with their hot topics, and every month as a calendar
//! whose days are shaded by their number of drafts.

use jiff::civil;
use serde::Serialize;

use super::{FEED, page_name};
use crate::clock::Day;
use crate::digest::Counts;
use crate::editor::Edited;
use crate::press::localizer::Localizer;
use crate::press::page::NavLink;
use crate::press::{self, Press, PrintError};
use crate::wording::{Language, Value, long_date, month_year};

/// Days that are told with their hot topics in front of the months.
const LATEST: usize = 7;
/// Documents that are named of a day without hot topics.
const LEADS: usize = 3;
/// Numbers of drafts from which on a day is shaded one step darker.
const SHADES: [u32; 4] = [1, 10, 30, 100];

/// One digest as the list of all days tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// Its day, the last when it covers several.
    pub date: Day,
    /// The first of several.
    pub since: Option<Day>,
    /// Its counts.
    pub counts: Counts,
    /// The titles of its hot topics, or of what there is, cleaned.
    pub leads: Vec<String>,
}

impl Issue {
    /// Takes what the list tells from a digest.
    pub fn of(edited: &Edited) -> Issue {
        let digest = &edited.digest;
        let hot = digest.hot_topics.iter().map(|topic| topic.title.as_str());
        let drafts = digest.drafts();
        let rfcs = digest
            .rfcs
            .iter()
            .filter_map(|rfc| rfc.rfc.title.as_deref());
        // A day too small for hot topics has room for what there is.
        let others = rfcs.chain(drafts.map(|draft| draft.title.as_str()));
        let room = if digest.hot_topics.is_empty() {
            LEADS
        } else {
            0
        };
        Issue {
            date: digest.date,
            since: digest.since,
            counts: digest.counts,
            leads: hot
                .chain(others.take(room))
                .map(press::title)
                .filter(|title| !title.is_empty())
                .collect(),
        }
    }
}

/// Returns both counts over all of `issues`, in a sentence's form.
fn totals<'a>(localizer: &Localizer, issues: impl IntoIterator<Item = &'a Issue>) -> String {
    let (mut drafts, mut rfcs) = (0_u32, 0_u32);
    for issue in issues {
        drafts = drafts.saturating_add(issue.counts.drafts);
        rfcs = rfcs.saturating_add(issue.counts.rfcs);
    }
    localizer.list([
        localizer.count("count-drafts", drafts),
        localizer.count("count-rfcs", rfcs),
    ])
}

/// Prints the list of all days; `issues` stand oldest first.
///
/// # Errors
/// A template that fails on them.
pub fn index_page(
    press: &Press,
    language: Language,
    issues: &[Issue],
) -> Result<String, PrintError> {
    press.render("site.html.j2", &Index::of(&Localizer(language), issues))
}

/// Tries the site's template on a list without days, so that a fault is told before anything is written.
///
/// # Errors
/// A template that fails on it.
pub fn try_template(press: &Press) -> Result<(), PrintError> {
    index_page(press, Language::En, &[]).map(drop)
}

/// The list of all days, ready to be set.
#[derive(Clone, Debug, Serialize)]
struct Index {
    lang: &'static str,
    masthead: String,
    title: String,
    intro: String,
    feed: NavLink,
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

impl Index {
    fn of(localizer: &Localizer, issues: &[Issue]) -> Index {
        Index {
            lang: localizer.0.tag(),
            masthead: localizer.say("masthead"),
            title: localizer.say("site-title"),
            intro: intro(localizer, issues),
            feed: NavLink {
                label: localizer.say("site-feed"),
                url: FEED.into(),
            },
            latest_title: localizer.say("site-latest"),
            latest: issues
                .iter()
                .rev()
                .take(LATEST)
                .map(|issue| Latest {
                    date: localizer.dates(issue.since, issue.date),
                    url: page_name(issue.date),
                    counts: totals(localizer, [issue]),
                    leads: issue.leads.clone(),
                })
                .collect(),
            weekdays: (1..=7)
                .map(|day| localizer.say(&format!("weekday-short-{day}")))
                .collect(),
            months: months(localizer, issues),
        }
    }
}

/// Returns a sentence with the number of digests, since when they appear, and what they told in all.
fn intro(localizer: &Localizer, issues: &[Issue]) -> String {
    let Some(first) = issues.first() else {
        return localizer.say("site-empty");
    };
    let count = [("count", Value::from(issues.len()))];
    let since = first.since.unwrap_or(first.date);
    localizer.with(
        "site-intro",
        &[
            ("issues", localizer.with("count-issues", &count).into()),
            ("since", long_date(localizer.0, since.date()).into()),
            ("counts", totals(localizer, issues).into()),
        ],
    )
}

/// Draws the calendars, the newest month first.
fn months(localizer: &Localizer, issues: &[Issue]) -> Vec<Month> {
    let month = |issue: &Issue| issue.date.date().first_of_month();
    let months = issues.chunk_by(|one, next| month(one) == month(next));
    let newest_first = months.rev();
    newest_first
        .filter_map(|issues| Month::draw(localizer, issues))
        .collect()
}

/// A month as a calendar, weeks from Monday.
#[derive(Clone, Debug, Serialize)]
struct Month {
    id: String,
    title: String,
    counts: String,
    weeks: Vec<Vec<Option<CalendarDay>>>,
}

/// A day of a calendar.
#[derive(Clone, Debug, Serialize)]
struct CalendarDay {
    number: i8,
    url: Option<String>,
    drafts: u32,
    /// From 0 to 4.
    shade: usize,
    /// In words.
    label: String,
}

impl Month {
    /// Draws the month of `issues`, which are all of one; `None` when there are none.
    fn draw(localizer: &Localizer, issues: &[Issue]) -> Option<Month> {
        let first = issues.first()?.date.date().first_of_month();
        let before = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or(0);
        let mut days: Vec<Option<CalendarDay>> = Vec::new();
        days.resize_with(before, || None);
        let dates = first.series(jiff::Span::new().days(1));
        let dates = dates.take_while(|date| *date <= first.last_of_month());
        days.extend(dates.map(|date| Some(CalendarDay::draw(localizer, date, issues))));
        days.resize_with(days.len().next_multiple_of(7), || None);
        Some(Month {
            id: format!("m{:04}-{:02}", first.year(), first.month()),
            title: month_year(localizer.0, first),
            counts: totals(localizer, issues),
            weeks: days.chunks(7).map(<[_]>::to_vec).collect(),
        })
    }
}

impl CalendarDay {
    fn draw(localizer: &Localizer, date: civil::Date, issues: &[Issue]) -> CalendarDay {
        let issue = issues.iter().find(|issue| issue.date.date() == date);
        let drafts = issue.map_or(0, |issue| issue.counts.drafts);
        let label = issue.map(|issue| {
            let counts = totals(localizer, [issue]);
            let date = long_date(localizer.0, date);
            localizer.with(
                "site-day",
                &[("date", date.into()), ("counts", counts.into())],
            )
        });
        CalendarDay {
            number: date.day(),
            url: issue.map(|issue| page_name(issue.date)),
            drafts,
            shade: SHADES.iter().filter(|least| drafts >= **least).count(),
            label: label.unwrap_or_default(),
        }
    }
}
