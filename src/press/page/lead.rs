//! The lead: what is read in two minutes, on any day. It is made whole and then shortened, step by step, until it keeps
//! to its length; what it leaves out stands in the list.

use super::{Entry, Page, PageHotTopic};
use crate::digest::Digest;
use crate::editor::Edited;
use crate::press::localizer::Localizer;
use crate::wording::{Language, short_date};

use super::line::{is_board, is_research};

/// The most words of a lead, the line that counts them left aside.
const WORDS: usize = 285;
/// The most characters of a Japanese lead.
const CHARACTERS: usize = 870;

/// Words read in a minute (Brysbaert 2019).
const WORDS_A_MINUTE: usize = 238;
/// Japanese characters read in a minute.
const CHARACTERS_A_MINUTE: usize = 500;

/// The lines that are left of what is watched and of what closes, in steps.
const STEPS: [(usize, usize); 7] = [(24, 8), (12, 6), (8, 4), (5, 3), (3, 2), (2, 1), (0, 0)];

/// The facts of a topic that are left when a lead is too long: the first tell where it stands.
const FACTS: usize = 2;

/// Returns a length as a count.
pub(super) fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl Page {
    /// Adds the lead, and the line that tells its length. A small day has none: its list is read whole, unless what stands
    /// beside its drafts is longer than a lead.
    pub(super) fn lead(&mut self, edited: &Edited, localizer: &Localizer) {
        let digest = &edited.digest;
        if self.small {
            self.small = localizer.length(&self.lead_texts()) <= localizer.most();
        }
        if !self.small {
            self.watch = localizer.watch(digest, self.entries());
            self.hot = localizer.hot_topics(edited);
            self.closes = localizer.closes(digest);
            self.shorten(localizer);
        } else {
            self.tell_rules();
        }
        self.length = self.told_length(digest, localizer);
    }

    /// Says in the lines of a small day by which rule each is watched; on other days the lead does.
    fn tell_rules(&mut self) {
        let themes = self.themes.iter_mut().flat_map(|theme| &mut theme.entries);
        let sections = self
            .sections
            .iter_mut()
            .flat_map(|section| &mut section.entries);
        for entry in self.rfcs.iter_mut().chain(themes).chain(sections) {
            entry.line.extend(entry.watched.clone());
        }
    }

    /// Shortens the lead until it keeps to its length.
    fn shorten(&mut self, localizer: &Localizer) {
        let most = localizer.most();
        let watched = self.watch.as_ref().map_or(0, |watch| watch.entries.len());
        let closing = self.closes.len();
        for (lines, calls) in STEPS {
            self.leave(lines, calls, (watched, closing), localizer);
            if localizer.length(&self.lead_texts()) <= most {
                return;
            }
            // Before the last lines of what is watched go, the topics are told in a line each.
            if lines == 5 {
                self.hot.iter_mut().for_each(PageHotTopic::shorten);
            }
        }
        if localizer.length(&self.lead_texts()) > most {
            self.hot
                .iter_mut()
                .for_each(|topic| topic.facts.truncate(FACTS));
        }
        while localizer.length(&self.lead_texts()) > most
            && let Some(topic) = self
                .hot
                .iter_mut()
                .rev()
                .find(|topic| !topic.text.is_empty())
        {
            topic.text.clear();
        }
        while localizer.length(&self.lead_texts()) > most && self.hot.pop().is_some() {}
    }

    /// Leaves so many lines of what is watched and of what closes, and counts the others.
    fn leave(
        &mut self,
        lines: usize,
        calls: usize,
        (watched, closing): (usize, usize),
        localizer: &Localizer,
    ) {
        let more = |key: &str, all: usize, left: usize| {
            (all > left).then(|| localizer.count(key, count(all - left)))
        };
        if let Some(watch) = &mut self.watch {
            watch.entries.truncate(lines);
            watch.more = more("lead-watch-more", watched, lines);
        }
        self.closes.truncate(calls);
        self.closes_more = more("lead-closes-more", closing, calls);
    }

    /// Returns every text that is read before the list; of a small day, the list too.
    fn lead_texts(&self) -> Vec<&str> {
        let mut texts: Vec<&str> = vec![&self.first_line];
        let lines = [&self.counts, &self.notes, &self.silence];
        texts.extend(lines.into_iter().flatten().map(String::as_str));
        texts.extend(self.sentence.as_deref());
        if let Some(watch) = &self.watch {
            texts.push(&watch.title);
            for line in &watch.entries {
                texts.push(&line.title);
                texts.extend(line.line.iter().map(String::as_str));
            }
            texts.extend(watch.more.as_deref());
        }
        for topic in &self.hot {
            texts.extend(topic.headline.iter().map(|part| part.label.as_str()));
            texts.extend(topic.text.iter().chain(&topic.facts).map(String::as_str));
        }
        self.closes
            .iter()
            .for_each(|entry| texts.extend(entry.texts()));
        texts.extend(self.closes_more.as_deref());
        if self.small {
            let entries = self.entries();
            entries.for_each(|entry| texts.extend(entry.texts()));
        }
        texts
    }

    /// Says how long the lead is, and how many documents stand below it; nothing of a day that has none.
    fn told_length(&self, digest: &Digest, localizer: &Localizer) -> Option<String> {
        let length = localizer.length(&self.lead_texts());
        let documents = digest.counts.drafts.saturating_add(digest.counts.rfcs);
        if self.entries().next().is_none() || length == 0 {
            return None;
        }
        let words = ("words", localizer.rounded(length).into());
        let time = ("time", localizer.time(length).into());
        if self.small {
            return Some(localizer.with("lead-length-small", &[words, time]));
        }
        let all = match documents {
            0 => localizer.count("lead-below-others", count(self.entries().count())),
            documents => localizer.count("lead-below", documents),
        };
        let all = ("all", all.into());
        Some(localizer.with("lead-length", &[words, time, all]))
    }
}

impl Entry {
    /// Returns what is read of its line.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let head = self.rev.iter().chain([&self.title]).chain(&self.original);
        head.chain(&self.line).map(String::as_str)
    }
}

impl PageHotTopic {
    /// Leaves a line of what it is about.
    fn shorten(&mut self) {
        if self.text.len() > 1 || self.brief.is_some() {
            self.text = self.brief.take().into_iter().collect();
        }
    }
}

impl Localizer {
    fn most(&self) -> usize {
        match self.0 {
            Language::En => WORDS,
            Language::Ja => CHARACTERS,
        }
    }

    /// Returns the length of texts as their language measures it: in words, or in characters without blanks.
    fn length(&self, texts: &[&str]) -> usize {
        let length = |text: &&str| match self.0 {
            Language::En => {
                let words = text.split_whitespace();
                words
                    .filter(|word| word.contains(char::is_alphanumeric))
                    .count()
            }
            Language::Ja => text.chars().filter(|c| !c.is_whitespace()).count(),
        };
        texts.iter().map(length).sum()
    }

    /// Rounds a length as far as it is worth telling: words as they are, characters to tens.
    fn rounded(&self, length: usize) -> u32 {
        count(match self.0 {
            Language::En => length,
            Language::Ja => length.div_ceil(10) * 10,
        })
    }

    /// Says how long it takes to read: `50 seconds`, `1.5 minutes`.
    fn time(&self, length: usize) -> String {
        let a_minute = match self.0 {
            Language::En => WORDS_A_MINUTE,
            Language::Ja => CHARACTERS_A_MINUTE,
        };
        let seconds = (length * 60).div_ceil(a_minute).div_ceil(10) * 10;
        if seconds < 60 {
            return self.count("time-seconds", count(seconds));
        }
        let halves = (seconds + 15) / 30;
        let minutes = f64::from(count(halves)) / 2.0;
        self.with("time-minutes", &[("minutes", minutes.into())])
    }

    /// Returns the counts in phrases, with their zeros where a list that would have told was read.
    pub(super) fn lead_counts(&self, digest: &Digest) -> Vec<String> {
        let drafts = || digest.drafts();
        let all = digest.counts.drafts;
        let new = count(drafts().filter(|draft| draft.is_first_version()).count());
        let ages = match (new, all) {
            (_, 0) => self.count("lead-drafts", 0),
            (0, all) => self.count("lead-all-revised", all),
            (new, all) if new == all => self.count("lead-all-new", all),
            (new, all) => self.with(
                "lead-ages",
                &[
                    ("drafts", self.count("lead-drafts", all).into()),
                    ("new", new.into()),
                    ("revised", all.saturating_sub(new).into()),
                ],
            ),
        };
        let (mut wg, mut rg, mut board, mut individual) = (0, 0, 0, 0);
        for draft in drafts() {
            match &draft.group {
                None => individual += 1,
                Some(group) if is_board(group) => board += 1,
                Some(group) if is_research(group, &draft.name) => rg += 1,
                Some(_) => wg += 1,
            }
        }
        let origins = [
            ("lead-wg", wg),
            ("lead-rg", rg),
            ("lead-board", board),
            ("lead-individual", individual),
        ];
        let origins = origins.into_iter().filter(|(_, number)| *number > 0);
        let origins: Vec<String> = origins
            .map(|(key, number)| self.count(key, number))
            .collect();
        let mut counts = vec![ages];
        if all > 0 {
            counts.push(self.list(origins));
        }
        counts.extend(self.other_counts(digest));
        counts
    }

    /// Returns the counts of RFCs, last calls and approvals. Zero is said of a list only where that list was heard.
    fn other_counts(&self, digest: &Digest) -> Option<String> {
        let everything = !digest.scope.filtered;
        let last_calls = digest.last_calls.iter();
        let calls = count(last_calls.filter(|call| call.body.is_last()).count());
        let decided = digest.actions.iter();
        let approvals = decided.filter(|action| action.body.publish != Some(false));
        let approvals = count(approvals.count());
        let mut counts = Vec::new();
        if digest.counts.rfcs > 0 || everything && digest.hears_of_rfcs() {
            counts.push(self.count("lead-rfcs", digest.counts.rfcs));
        }
        if calls > 0 || everything && digest.hears_of_last_calls() {
            counts.push(self.count("lead-last-calls", calls));
        }
        if approvals > 0 {
            counts.push(self.count("lead-approvals", approvals));
        }
        (!counts.is_empty()).then(|| self.list(counts))
    }

    /// Makes a line of each last call and each review of a charter that began on this day or closes soon, the first to end
    /// first.
    fn closes(&self, digest: &Digest) -> Vec<Entry> {
        let calls = digest.closing.iter().chain(&digest.last_calls);
        let calls = calls.filter_map(|call| Some((call.body.ends?, self.last_call_entry(call))));
        let reviews = digest.closing_reviews.iter().chain(&digest.groups);
        let reviews =
            reviews.filter_map(|news| Some((news.body.closes?, self.group_news_entry(news))));
        let mut all: Vec<_> = calls.chain(reviews).collect();
        all.sort_by_key(|(ends, _)| *ends);
        let line = all.into_iter().map(|(ends, entry)| {
            let date = short_date(self.0, ends);
            Entry {
                rev: Some(self.with("lead-closes-on", &[("date", date.into())])),
                ..entry
            }
        });
        line.collect()
    }
}
