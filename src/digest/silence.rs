//! Why a day without drafts and RFCs is silent, or one with next to none nearly so. Only what the facts support is
//! said; a day without a reason says none, and the connection's hours speak for themselves.

use std::collections::BTreeSet;

use jiff::civil::Weekday;

use super::{Silence, SilenceReason, calendar};
use crate::announcement::Body;
use crate::archive::DayRecord;

/// With up to this many documents a day is nearly silent; without a reason it is only a small one.
const NEARLY: usize = 2;

/// Returns the reasons for a silent day, and what the days before were about; `None` when enough drafts or RFCs were announced.
pub(super) fn explain_silence(
    record: &DayRecord,
    lately: impl FnOnce() -> Vec<(String, u32)>,
) -> Option<Silence> {
    let documents: BTreeSet<String> = (record.announcements.iter())
        .filter_map(|stored| match &stored.announcement.body {
            Body::Draft(draft) => Some(draft.name.clone()),
            Body::Rfc(rfc) => Some(rfc.number.to_string()),
            _ => None,
        })
        .collect();
    if documents.len() > NEARLY {
        return None;
    }
    let mut reasons = Vec::new();
    if matches!(
        record.day.date().weekday(),
        Weekday::Saturday | Weekday::Sunday
    ) {
        reasons.push(SilenceReason::Weekend);
    }
    let notices = &record.background.notices;
    if let Some(name) = calendar::holiday(notices, record.day) {
        reasons.push(SilenceReason::Holiday { name });
    }
    // What was announced is certain; a flood with silence after it is the mark of a cut-off that nobody told us of.
    let told = calendar::cut_off(notices, record.day).map(|(since, until)| (Some(since), until));
    let seen = || flood_before(record).map(|since| (Some(since), None));
    if let Some((since, until)) = told.or_else(seen) {
        reasons.push(SilenceReason::CutOff { since, until });
    }
    let silent = documents.is_empty();
    (silent || !reasons.is_empty()).then(|| Silence {
        reasons,
        last: record.last_before.filter(|_| silent),
        lately: lately(),
    })
}

/// Returns the day of a flood in the two weeks before, after which there was next to nothing: the mark of the submission
/// cut-off before a meeting (443 drafts on 2025-10-20, none on the 23rd).
fn flood_before(record: &DayRecord) -> Option<jiff::civil::Date> {
    let recent: Vec<_> = record.past.iter().rev().take(14).collect();
    let at = recent.iter().position(|count| count.drafts >= 150)?;
    let quiet = recent[..at].iter().map(|count| count.drafts).sum::<u32>();
    let most = u32::try_from(at).unwrap_or(u32::MAX).saturating_mul(40);
    (quiet <= most).then(|| recent[at].day.date())
}
