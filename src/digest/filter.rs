//! The filters of an edition. Pure; what is left out is still counted, and sealed with the digest that it was left
//! out of, so that it does not come back as a late arrival.

use std::borrow::Cow;

use super::edition::{AnnouncementKind, Edition, Watch};
use super::lineage::{Lineage, draft_of};
use super::watch::{Watchable, acronym, group_in};
use crate::announcement::{Body, IesgAction, LastCall};
use crate::archive::{DayRecord, StoredAnnouncement};

impl AnnouncementKind {
    fn of(body: &Body) -> AnnouncementKind {
        match body {
            Body::Draft(_) => AnnouncementKind::Draft,
            Body::Rfc(_) => AnnouncementKind::Rfc,
            Body::LastCall(_) => AnnouncementKind::LastCall,
            Body::Action(_) => AnnouncementKind::Action,
            Body::Group(_) => AnnouncementKind::Group,
            Body::Meeting(_) => AnnouncementKind::Meeting,
            Body::Notice(_) => AnnouncementKind::Notice,
        }
    }
}

impl Edition {
    /// Returns true when it leaves anything out.
    pub fn is_filtered(&self) -> bool {
        !self.kinds.is_empty() || !self.only.is_empty() || !self.except.is_empty()
    }

    fn passes(&self, stored: &StoredAnnouncement, lineage: &Lineage<'_>) -> bool {
        let kind = self.kinds.is_empty()
            || (self.kinds).contains(&AnnouncementKind::of(&stored.announcement.body));
        kind && (self.only.is_empty() || covers(&self.only, stored, lineage))
            && !covers(&self.except, stored, lineage)
    }
}

/// Returns what of `record` the edition shows, and how many announcements it leaves out.
pub(super) fn shown<'a>(record: &'a DayRecord, edition: &Edition) -> (Cow<'a, DayRecord>, u32) {
    if !edition.is_filtered() {
        return (Cow::Borrowed(record), 0);
    }
    let lineage = Lineage::of(record);
    let mut shown = record.clone();
    let passes = |stored: &StoredAnnouncement| edition.passes(stored, &lineage);
    shown.announcements.retain(passes);
    shown.late.retain(passes);
    // What closes was counted on its own day.
    shown.closing.retain(passes);
    let length = |record: &DayRecord| record.announcements.len() + record.late.len();
    let hidden = length(record) - length(&shown);
    (Cow::Owned(shown), u32::try_from(hidden).unwrap_or(u32::MAX))
}

impl Watch {
    fn is_empty(&self) -> bool {
        [&self.groups, &self.authors, &self.drafts, &self.keywords]
            .iter()
            .all(|list| list.is_empty())
    }
}

/// Returns true when anything that the announcement is about is on the list.
fn covers(list: &Watch, stored: &StoredAnnouncement, lineage: &Lineage<'_>) -> bool {
    let subject = &stored.announcement.subject;
    let matches = |name: &str, group: Option<&str>, authors: &[String], title: &str, text: &str| {
        let found = list.matches(Watchable {
            name,
            formerly: &lineage.formerly(name),
            group: group.or_else(|| group_in(name)),
            authors,
            title,
            text,
        });
        !found.is_empty()
    };
    match &stored.announcement.body {
        Body::Draft(draft) => matches(
            &draft.name,
            acronym(draft.group.as_ref()),
            &draft.authors,
            draft.title.as_deref().unwrap_or(subject),
            draft.abstract_text.as_deref().unwrap_or_default(),
        ),
        Body::Rfc(rfc) => matches(
            draft_of(rfc),
            acronym(rfc.group.as_ref()),
            &rfc.authors,
            rfc.title.as_deref().unwrap_or(subject),
            rfc.abstract_text.as_deref().unwrap_or_default(),
        ),
        Body::LastCall(LastCall { documents, .. }) | Body::Action(IesgAction { documents, .. }) => {
            documents.iter().any(|document| {
                let title = document.title.as_deref().unwrap_or_default();
                matches(&document.name, None, &[], subject, title)
            })
        }
        Body::Group(news) => {
            let name = news.name.as_deref().unwrap_or_default();
            matches("", news.acronym.as_deref(), &[], subject, name)
        }
        Body::Meeting(meeting) => {
            let group = acronym(meeting.group.as_ref());
            matches("", group, &[], subject, &meeting.title)
        }
        Body::Notice(notice) => matches("", None, &[], subject, &notice.excerpt),
    }
}
