//! A month of the list as a calendar, each day shaded by its number of drafts.

use jiff::civil;
use serde::Serialize;

use super::issue::{Issue, totals};
use super::page_name;
use crate::press::localizer::Localizer;
use crate::wording::{long_date, month_year};

/// Numbers of drafts from which on a day is shaded one step darker.
const SHADES: [u32; 4] = [1, 10, 30, 100];

/// A month as a calendar, weeks from Monday.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Month {
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
    pub(super) fn draw(localizer: &Localizer, issues: &[&Issue]) -> Option<Month> {
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
            counts: totals(localizer, issues.iter().copied()),
            weeks: days.chunks(7).map(<[_]>::to_vec).collect(),
        })
    }
}

impl CalendarDay {
    fn draw(localizer: &Localizer, date: civil::Date, issues: &[&Issue]) -> CalendarDay {
        let issue = issues.iter().find(|issue| issue.date.date() == date);
        let drafts = issue.map_or(0, |issue| issue.counts.drafts);
        let label = issue.map(|issue| {
            let counts = totals(localizer, [*issue]);
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
