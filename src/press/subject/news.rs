//! Chooses what of a digest is news, and says it in a few words: topics, RFCs, what is decided, the documents of a small day.

use unicode_width::UnicodeWidthStr;

use super::name;
use crate::digest::{Digest, Evidence, HeadlinePart, HotTopic, RfcEntry};
use crate::press::clean::{self, NAME, TITLE};
use crate::press::localizer::Localizer;

/// Up to so many drafts, a day without topics is told by their titles.
const SMALL: usize = 6;
/// A title in a preheader is at most so wide.
const LONG: usize = 44;
/// One piece of news is at most so wide: this much of a subject is seen everywhere.
pub(super) const PIECE: usize = 33;
/// A piece of news that a subject or a preheader may tell.
pub(super) struct News {
    /// As the subject says it.
    pub(super) short: String,
    /// As the preheader says it.
    pub(super) long: String,
    /// True for what stands out; the preheader tells the rest last.
    pub(super) first: bool,
}

impl News {
    /// Makes the news of a document that stands out.
    fn first(short: String, long: String) -> Self {
        News {
            short,
            long,
            first: true,
        }
    }

    /// Makes other news.
    fn other(short: String, long: String) -> Self {
        News {
            short,
            long,
            first: false,
        }
    }
}

/// Returns a theme's title without the number of a part behind it: `Agents` of `Agents (1 of 3)`.
fn without_number(title: &str) -> &str {
    let inner = title
        .rsplit_once(" (")
        .and_then(|(title, end)| Some((title, end.strip_suffix(')')?.split_once(" of ")?)))
        .or_else(|| {
            let (title, end) = title.rsplit_once('（')?;
            Some((title, end.strip_suffix('）')?.split_once('/')?))
        });
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    match inner {
        Some((title, (at, all))) if is_number(at) && is_number(all) => title,
        _ => title,
    }
}

/// Cleans a part of a headline; the blanks at its ends stay.
fn cleaned(part: &HeadlinePart) -> HeadlinePart {
    let blank = |is: bool| if is { " " } else { "" };
    let begin = blank(part.text.starts_with(char::is_whitespace));
    let end = blank(part.text.ends_with(char::is_whitespace));
    let words = clean::line(&part.text, TITLE);
    HeadlinePart {
        text: format!("{begin}{words}{end}"),
        document: part.document.clone(),
    }
}

impl Localizer {
    /// Returns what there is to tell, the first first.
    pub(super) fn news(self, digest: &Digest) -> Vec<News> {
        let topics = &digest.hot_topics;
        let mut news: Vec<News> = topics
            .iter()
            .filter_map(|topic| self.topic(digest, topic))
            .collect();
        let is_told = |rfc: &&RfcEntry| {
            let document = format!("rfc{}", rfc.rfc.number);
            !topics
                .iter()
                .any(|topic| topic.document == document || topic.with.contains(&document))
        };
        let rfcs = digest.rfcs.iter().filter(is_told);
        news.extend(rfcs.filter_map(|rfc| self.rfc_news(rfc)));
        if news.is_empty() {
            news.extend(self.called_and_decided(digest));
        }
        if news.is_empty() || digest.drafts().count() <= SMALL {
            news.extend(self.documents(digest));
        }
        if news.is_empty() {
            news.extend(self.others_announced(digest));
        }
        news
    }

    fn topic(self, digest: &Digest, topic: &HotTopic) -> Option<News> {
        let title = (topic.gist.title.as_deref()).unwrap_or(&topic.title);
        let title = clean::line(title, TITLE);
        if let Some(number) = topic.document.strip_prefix("rfc") {
            let is_it = |entry: &RfcEntry| entry.rfc.number.to_string() == number;
            if digest.rfcs.iter().any(is_it) {
                return self.numbered(number, &title);
            }
            // An RFC that is in last call, or whose change was approved, was not published on this day.
            let key = match topic.evidence.contains(&Evidence::Approved) {
                true => "subject-decided",
                false => "subject-last-call",
            };
            return self.labelled(key, &format!("RFC {number}"));
        }
        let parts: Vec<HeadlinePart> = topic.headline.iter().map(cleaned).collect();
        let headline: String = parts.iter().map(|part| part.text.as_str()).collect();
        let headline = clean::line(&headline, TITLE);
        let (short, whole) = match headline.as_str() {
            "" => (name::of_title(&title, PIECE), title),
            _ => (name::of_headline(self.0, &parts, PIECE), headline),
        };
        let short = short?;
        let mut long = name::cut(&whole, LONG).unwrap_or_else(|| short.clone());
        let is_new = topic.evidence.contains(&Evidence::New)
            && digest
                .drafts()
                .any(|draft| draft.name == topic.document && draft.is_first_version());
        if is_new && topic.with.is_empty() {
            long = self.with("preheader-first", &[("title", long.into())]);
        }
        Some(News::first(short, long))
    }

    fn rfc_news(self, rfc: &RfcEntry) -> Option<News> {
        let title = rfc.gist.title.as_deref().or(rfc.rfc.title.as_deref());
        let title = clean::line(title.unwrap_or_default(), TITLE);
        self.numbered(&rfc.rfc.number.to_string(), &title)
    }

    /// Makes the news of an RFC: its number, and as much of its title as there is room for.
    fn numbered(self, number: &str, title: &str) -> Option<News> {
        let number = clean::line(number, 8);
        let with = |title: Option<String>| match title {
            Some(title) => self.with(
                "subject-rfc",
                &[("number", number.clone().into()), ("title", title.into())],
            ),
            None => format!("RFC {number}"),
        };
        let room = PIECE.saturating_sub(with(Some(String::new())).width());
        let (short, long) = (name::of_title(title, room), name::cut(title, LONG));
        Some(News::first(with(short), with(long)))
    }

    /// Makes the news of last calls and decisions.
    fn called_and_decided(self, digest: &Digest) -> Vec<News> {
        let called = digest
            .last_calls
            .iter()
            .filter(|call| call.body.is_last())
            .map(|call| ("subject-last-call", &call.body.documents, &call.subject));
        let decided = digest
            .actions
            .iter()
            .filter(|action| action.body.publish != Some(false))
            .map(|action| ("subject-decided", &action.body.documents, &action.subject));
        let told = called
            .chain(decided)
            .filter_map(|(key, documents, subject)| {
                let document = documents.first();
                let title =
                    document.and_then(|document| document.title.as_ref().or(Some(&document.name)));
                self.labelled(key, title.unwrap_or(subject))
            });
        told.collect()
    }

    /// Makes news of a title behind a label.
    fn labelled(self, key: &str, title: &str) -> Option<News> {
        let title = clean::line(title, TITLE);
        let with = |title: String| self.with(key, &[("title", title.into())]);
        let room = PIECE.saturating_sub(with(String::new()).width());
        let (short, long) = (name::of_title(&title, room)?, name::cut(&title, LONG)?);
        Some(News::first(with(short), with(long)))
    }

    /// Makes news of drafts where nothing stands out: of few their titles, first versions first, of many their themes.
    fn documents(self, digest: &Digest) -> Vec<News> {
        if digest.drafts().count() <= SMALL {
            let is_topic = |name: &String| {
                let mut topics = digest.hot_topics.iter();
                topics.any(|topic| topic.document == *name || topic.with.contains(name))
            };
            let others = digest.drafts().filter(|draft| !is_topic(&draft.name));
            let (new, revised): (Vec<_>, Vec<_>) =
                others.partition(|draft| draft.is_first_version());
            let titles = new.into_iter().chain(revised).filter_map(|draft| {
                let title = draft.gist.title.as_deref().unwrap_or(&draft.title);
                let title = clean::line(title, TITLE);
                let short = name::of_title(&title, PIECE)?;
                let long = name::cut(&title, LONG)?;
                Some(News::other(short, long))
            });
            return titles.collect();
        }
        self.tallies(digest)
    }

    /// Makes news of the themes, the largest first.
    pub(super) fn tallies(self, digest: &Digest) -> Vec<News> {
        // A theme that stands in numbered parts is one here.
        let mut themes: Vec<(&str, usize)> = Vec::new();
        for theme in &digest.themes {
            let (title, drafts) = (without_number(&theme.title), theme.drafts.len());
            match themes.iter_mut().find(|(known, _)| *known == title) {
                Some((_, all)) => *all += drafts,
                None => themes.push((title, drafts)),
            }
        }
        themes.sort_by_key(|(_, drafts)| std::cmp::Reverse(*drafts));
        let tallies = themes.into_iter().map(|(title, drafts)| {
            let tally = self.tally(&clean::line(title, NAME), drafts);
            News::other(tally.clone(), tally)
        });
        tallies.filter(|news| news.short.width() <= PIECE).collect()
    }

    /// Makes news of a day that has neither documents nor decisions: groups, meetings, notices, what came late.
    fn others_announced(self, digest: &Digest) -> Vec<News> {
        let groups = digest.groups.iter().map(|group| {
            let name = group.body.acronym.as_ref().or(group.body.name.as_ref());
            name.unwrap_or(&group.subject)
        });
        let meetings = digest.meetings.iter().map(|meeting| &meeting.body.title);
        let notices = digest.notices.iter().map(|notice| &notice.body.title);
        let late = digest.late.iter().map(|late| &late.title);
        let titles = groups.chain(meetings).chain(notices).chain(late);
        let told = titles.filter_map(|title| {
            let title = clean::line(title, TITLE);
            let short = name::cut(&title, PIECE)?;
            Some(News::other(short, name::cut(&title, LONG)?))
        });
        told.collect()
    }
}
