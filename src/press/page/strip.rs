//! The counts of the last thirty days as a strip of bars.

use serde::Serialize;

use super::head::either;
use crate::clock::Day;
use crate::digest::Digest;
use crate::press::localizer::Localizer;
use crate::wording::{Value, short_date};

/// The tallest bar, in pixels.
const TALLEST: f64 = 40.0;
/// Eight heights, as a terminal can show them.
const BLOCKS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// The daily counts of up to thirty days, drawn.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Strip {
    pub caption: String,
    /// The same in words.
    pub alt: String,
    /// One line of block characters.
    pub blocks: String,
    pub text: String,
    pub from: String,
    pub to: String,
    pub peak: String,
    pub bars: Vec<Bar>,
}

/// One day of the strip.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Bar {
    /// Pixels, at least 2.
    pub height: u32,
    /// True when it is one of the digest's own days.
    pub now: bool,
}

impl Strip {
    /// Draws the strip; `None` when there is no past to compare with.
    pub(super) fn of(digest: &Digest, localizer: &Localizer) -> Option<Strip> {
        let days = &digest.recent[digest.recent.len().saturating_sub(30)..];
        let (first, last) = (days.first()?, days.last()?);
        if days.len() < 3 {
            return None;
        }
        let peak = days.iter().rev().max_by_key(|day| day.drafts)?;
        let mut sorted: Vec<u32> = days.iter().map(|day| day.drafts).collect();
        sorted.sort_unstable();
        let (low, median) = (sorted[0], sorted[sorted.len() / 2]);
        let since = digest.since.unwrap_or(digest.date);
        // The logarithm keeps ordinary days apart beside one of 443 drafts, which stands in every third month's strip.
        let size = |drafts: u32| f64::from(drafts).ln_1p();
        let share = |drafts: u32| size(drafts) / size(peak.drafts.max(1));
        let day = |day: Day| short_date(localizer.0, day.date());
        let figures: [(&str, Value<'_>); 8] = [
            ("from", day(first.day).into()),
            ("to", day(last.day).into()),
            ("days", days.len().into()),
            ("low", low.into()),
            ("median", median.into()),
            ("high", peak.drafts.into()),
            ("peak", day(peak.day).into()),
            ("today", digest.counts.drafts.into()),
        ];
        Some(Strip {
            caption: localizer.say("strip-caption"),
            alt: localizer.with(either(digest, "strip-alt", "strip-alt-span"), &figures),
            text: localizer.with("strip-text", &figures),
            from: day(first.day),
            to: day(last.day),
            peak: localizer.with("strip-peak", &figures),
            blocks: days
                .iter()
                .map(|day| BLOCKS[((share(day.drafts) * 7.0).round() as usize).min(7)])
                .collect(),
            bars: days
                .iter()
                .map(|day| Bar {
                    height: (2.0 + share(day.drafts) * (TALLEST - 2.0)).round() as u32,
                    now: (since..=digest.date).contains(&day.day),
                })
                .collect(),
        })
    }
}
