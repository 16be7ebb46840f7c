//! What the archive remembers of a draft besides its previous revision.

use super::History;
use crate::announcement::{Approval, Body};
use crate::archive::DayRecord;

/// Returns the history of the draft `name` as it stood at the end of the record's day.
pub(super) fn remembered(name: &str, record: &DayRecord) -> History {
    let earlier = record.earlier.get(name).map_or(&[][..], Vec::as_slice);
    let mut history = History {
        // With one earlier revision, its day is told with it.
        first_seen: (earlier.len() > 1)
            .then(|| earlier.iter().map(|one| one.day).min())
            .flatten(),
        ..History::default()
    };
    let milestones = record.milestones.get(name).map_or(&[][..], Vec::as_slice);
    for stored in milestones {
        match &stored.announcement.body {
            Body::LastCall(call) => {
                let open = |ends: &jiff::civil::Date| *ends >= record.day.date();
                history.last_call_until = call.ends.filter(open);
            }
            // A review of conflicts approves nothing, and a change of status is of an RFC.
            Body::Action(action)
                if matches!(action.approval, Approval::Protocol | Approval::Document) =>
            {
                history.approved = Some(stored.day);
                history.last_call_until = None;
            }
            Body::Rfc(rfc) => history.rfc = Some(rfc.number),
            _ => {}
        }
    }
    history
}
