//! Why a day without drafts and RFCs is silent. Only what the facts support is said; a day without a reason says none,
//! and the connection's hours speak for themselves.

use jiff::civil::Weekday;

use super::{Silence, SilenceReason};
use crate::announcement::Body;
use crate::archive::DayRecord;

/// The reasons for a silent day; `None` where drafts or RFCs were announced.
pub(super) fn of(record: &DayRecord) -> Option<Silence> {
    let speaks = |body: &Body| matches!(body, Body::Draft(_) | Body::Rfc(_));
    if record
        .announcements
        .iter()
        .any(|stored| speaks(&stored.announcement.body))
    {
        return None;
    }
    let mut reasons = Vec::new();
    if matches!(
        record.day.date().weekday(),
        Weekday::Saturday | Weekday::Sunday
    ) {
        reasons.push(SilenceReason::Weekend);
    }
    if let Some(flood) = flood_before(record) {
        reasons.push(SilenceReason::CutOff {
            since: Some(flood),
            until: None,
        });
    }
    Some(Silence {
        reasons,
        last: record.last_before,
    })
}

/// The day of a flood in the two weeks before, after which there was next to nothing: the mark of the submission
/// cut-off before a meeting (443 drafts on 2025-10-20, none on the 23rd).
fn flood_before(record: &DayRecord) -> Option<jiff::civil::Date> {
    let recent: Vec<_> = record.past.iter().rev().take(14).collect();
    let at = recent.iter().position(|count| count.drafts >= 150)?;
    let quiet = recent[..at].iter().map(|count| count.drafts).sum::<u32>();
    let most = u32::try_from(at).unwrap_or(u32::MAX).saturating_mul(40);
    (quiet <= most).then(|| recent[at].day.date())
}
