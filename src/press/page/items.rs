//! Entries for everything that is not a document of the day: last calls, decisions, groups, meetings, notices and
//! what came late.

use super::drafts::title;
use super::{Entry, Link, PageSection, document_name, some_line};
use crate::announcement::{
    Approval, CallKind, GroupEvent, GroupNews, IesgAction, LastCall, Meeting, NamedDocument, Notice,
};
use crate::digest::{Announced, Digest, LateArrival};
use crate::press::clean::{self, NAME, TITLE};
use crate::press::link;
use crate::press::localizer::Localizer;
use crate::wording::short_date;

/// More documents than this in one last call or decision are not listed.
const DOCUMENTS: usize = 20;

impl Localizer {
    /// Makes the sections after the RFCs, in their order; empty ones are left out.
    pub(super) fn sections(&self, digest: &Digest) -> Vec<PageSection> {
        let late = digest.late.iter().map(|late| self.late(late)).collect();
        let last_calls = self.items(&digest.last_calls, Self::last_call);
        [
            ("last_calls", last_calls),
            ("actions", self.items(&digest.actions, Self::action)),
            ("groups", self.items(&digest.groups, Self::group_news)),
            (
                "meetings",
                self.items(&digest.meetings, |this, meeting| {
                    this.meeting(digest, meeting)
                }),
            ),
            ("notices", self.items(&digest.notices, Self::notice)),
            ("late", late),
        ]
        .into_iter()
        .filter(|(_, entries): &(_, Vec<Entry>)| !entries.is_empty())
        .map(|(key, entries)| PageSection {
            key,
            title: self.say(&format!("heading-{key}")),
            intro: (key == "late").then(|| self.say("late-intro")),
            more: None,
            entries,
        })
        .collect()
    }

    /// Adds to each entry what every announcement has.
    fn items<T>(&self, items: &[Announced<T>], entry: impl Fn(&Self, &T) -> Entry) -> Vec<Entry> {
        let entries = items.iter().map(|item| {
            let mut entry = entry(self, &item.body);
            if entry.title.is_empty() {
                entry.title = clean::line(&item.subject, TITLE);
            }
            entry.watched = self.watched(&item.watched);
            entry.star = entry.watched.is_some();
            entry.finish();
            let message = link::message(item.list.as_deref(), item.message_id.as_deref());
            for (key, url) in [
                ("link-datatracker", entry.url.clone()),
                ("link-message", message),
            ] {
                entry.links.extend(url.map(|url| Link {
                    label: self.say(key),
                    url: Some(url),
                }));
            }
            // What has no page of its own is read where it was announced.
            let read = entry.links.first().and_then(|link| link.url.clone());
            entry.url = entry.url.or(read).filter(|_| entry.documents.is_empty());
            entry
        });
        entries.collect()
    }

    /// Makes the line of a last call in the lead.
    pub(super) fn last_call_entry(&self, call: &Announced<LastCall>) -> Entry {
        let mut entry = self.last_call(&call.body);
        if entry.title.is_empty() {
            entry.title = clean::line(&call.subject, TITLE);
        }
        let read = || link::message(call.list.as_deref(), call.message_id.as_deref());
        Entry {
            url: entry.url.or_else(read),
            title: entry.title,
            line: entry.name.into_iter().chain(entry.notes).collect(),
            star: !call.watched.is_empty(),
            ..Entry::default()
        }
    }

    /// Makes the line of a group's review in the lead.
    pub(super) fn group_news_entry(&self, news: &Announced<GroupNews>) -> Entry {
        let entry = self.group_news(&news.body);
        Entry {
            line: entry.name.into_iter().chain(entry.mark).collect(),
            url: entry.url,
            title: entry.title,
            star: !news.watched.is_empty(),
            ..Entry::default()
        }
    }

    fn last_call(&self, call: &LastCall) -> Entry {
        let status = some_line(call.intended_status.as_deref(), NAME);
        let status = status.map(|status| ("status", self.status(&status).into()));
        let ends = call
            .ends
            .map(|ends| ("date", short_date(self.0, ends).into()));
        let whose = match call.call {
            CallKind::Ietf => None,
            CallKind::Group => Some(self.say("last-call-group")),
            CallKind::Adoption => Some(self.say("last-call-adoption")),
        };
        let group = call.group.as_ref().and_then(|group| self.group_name(group));
        Entry {
            mark: ends.map(|ends| self.with("last-call-ends", &[ends])),
            notes: (status.map(|status| self.with("last-call-status", &[status])))
                .into_iter()
                .chain(whose)
                .chain(group)
                .collect(),
            ..about(&call.documents)
        }
    }

    fn action(&self, action: &IesgAction) -> Entry {
        let key = match action.approval {
            // What the IESG advises against is no approval.
            Approval::Protocol | Approval::Document if action.publish == Some(false) => {
                "action-decision"
            }
            Approval::Protocol => "action-protocol",
            Approval::Document => "action-document",
            Approval::ConflictReview => "action-conflict_review",
            Approval::StatusChange => "action-status_change",
        };
        let mut mark = self.say(key);
        if let Some(publish) = action.publish {
            let said = match publish {
                true => "action-publish",
                false => "action-publish-not",
            };
            let values = [("action", mark.into()), ("status", self.say(said).into())];
            mark = self.with("action-status", &values);
        } else if let Some(status) = some_line(action.status.as_deref(), NAME) {
            let status = self.status(&status);
            let values = [("action", mark.into()), ("status", status.into())];
            mark = self.with("action-status", &values);
        }
        Entry {
            mark: Some(mark),
            ..about(&action.documents)
        }
    }

    fn group_news(&self, news: &GroupNews) -> Entry {
        let key = match news.event {
            GroupEvent::Review if news.internal => "group-review-internal",
            GroupEvent::Review => "group-review",
            GroupEvent::Formed => "group-formed",
            GroupEvent::Rechartered => "group-rechartered",
            GroupEvent::Concluded => "group-concluded",
        };
        let acronym = some_line(news.acronym.as_deref(), NAME);
        let name = some_line(news.name.as_deref(), NAME);
        Entry {
            url: acronym.as_deref().and_then(link::group),
            // One of both is the title; what is the title is not said again.
            name: acronym.clone().filter(|_| name.is_some()),
            title: name.or(acronym).unwrap_or_default(),
            mark: Some(self.say(key)),
            notes: news
                .closes
                .map(|closes| {
                    let date = short_date(self.0, closes);
                    self.with("last-call-ends", &[("date", date.into())])
                })
                .into_iter()
                .collect(),
            ..Entry::default()
        }
    }

    fn meeting(&self, digest: &Digest, meeting: &Meeting) -> Entry {
        let group = meeting.group.as_ref();
        let starts = self.begins(meeting, digest.zone.as_deref());
        let starts = starts.map(|when| self.with("meeting-starts", &[("when", when.into())]));
        let acronym = group.and_then(|group| group.acronym.as_deref());
        Entry {
            title: clean::line(&meeting.title, TITLE),
            url: acronym.and_then(link::group),
            mark: match (meeting.cancelled, meeting.changed) {
                (true, _) => Some(self.say("meeting-cancelled")),
                (false, true) => Some(self.say("meeting-changed")),
                (false, false) => None,
            },
            meta: (group.and_then(|group| self.group_name(group)).into_iter())
                .chain(starts)
                .collect(),
            ..Entry::default()
        }
    }

    fn notice(&self, notice: &Notice) -> Entry {
        Entry {
            title: clean::line(&notice.title, TITLE),
            summary: clean::paragraphs(&notice.excerpt),
            ..Entry::default()
        }
    }

    fn late(&self, late: &LateArrival) -> Entry {
        let name = some_line(late.document.as_deref(), NAME);
        let links = late.links.as_ref();
        let date = short_date(self.0, late.day.date());
        let mut entry = Entry {
            title: title(&late.title, name.as_deref().unwrap_or_default()),
            url: links.and_then(|links| link::safe(&links.datatracker)),
            mark: Some(self.with("late-day", &[("date", date.into())])),
            name,
            ..Entry::default()
        };
        entry.finish();
        entry
    }
}

impl Entry {
    /// Fills the line of an entry that is no document from what is known of it.
    fn finish(&mut self) {
        self.rev = self.mark.clone();
        let name = self.name.iter().chain(&self.meta).chain(&self.notes);
        self.line = name.cloned().collect();
    }
}

/// Makes an entry about documents: one gives it its title, several stand below as links.
fn about(documents: &[NamedDocument]) -> Entry {
    let name = |document: &NamedDocument| {
        let mut name = document_name(&document.name);
        if let Some(revision) = &document.revision {
            name.push('-');
            name.push_str(&clean::line(revision, 8));
        }
        name
    };
    match documents {
        [] => Entry::default(),
        [one] => Entry {
            title: title(one.title.as_deref().unwrap_or_default(), &one.name),
            url: link::document(&one.name),
            name: Some(name(one)),
            ..Entry::default()
        },
        several => {
            let documents = several.iter().take(DOCUMENTS).map(|document| Link {
                label: match some_line(document.title.as_deref(), TITLE) {
                    Some(title) => format!("{title} ({})", name(document)),
                    None => name(document),
                },
                url: link::document(&document.name),
            });
            Entry {
                documents: documents.collect(),
                ..Entry::default()
            }
        }
    }
}
