//! The list of all days: what is told of each digest, the latest with their hot topics, and every month as a calendar.

use std::collections::BTreeMap;

use serde::Serialize;

use super::calendar::Month;
use super::issue::{Issue, totals};
use super::{FEED, page_name};
use crate::press::localizer::Localizer;
use crate::press::page::NavLink;
use crate::press::{Press, PrintError};
use crate::wording::{Language, Value, long_date};

/// Days that are told with their hot topics in front of the months.
const LATEST: usize = 7;

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
    let mut months: BTreeMap<(i16, i8), Vec<&Issue>> = BTreeMap::new();
    for issue in issues {
        let date = issue.date.date();
        let month = months.entry((date.year(), date.month())).or_default();
        month.push(issue);
    }
    let newest_first = months.values().rev();
    newest_first
        .filter_map(|issues| Month::draw(localizer, issues))
        .collect()
}
