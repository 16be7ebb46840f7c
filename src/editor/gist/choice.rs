//! The choice of the best phrase.

use std::collections::BTreeSet;

use super::abbreviations::ShortForms;
use super::clauses::{named, without_pointers};
use super::cuts::shortened;
use super::follow_ups::{self, Before, Names};
use super::news::Title;
use super::openings::{self, Said};
use super::pattern::{any_lead, ends, lead};
use super::phrase::{Lead, Phrase};
use super::references::{end_of_list, without_brackets, without_references};
use super::refusals::{Refusal, refuse};
use super::words::{Word, count, print, without, words};
use super::{Kind, LABEL, NoGist, sentences};

/// Sentences that are read; what follows is no abstract any more.
const MOST_SENTENCES: usize = 24;
/// The longest sentence that is read, in words.
const LONGEST_SENTENCE: usize = 110;
/// The same, in bytes: a word may be as long as a mail.
const LONGEST_TEXT: usize = 1500;
/// The least news of a short line, in halves of a word.
const LEAST_NEWS: i32 = 4;
/// The most words of a short line. A longer one may have a word that says little among its two.
const SHORT: usize = 8;
/// The words of a topic that are kept for its second sentence.
const SECOND_SENTENCE: usize = 8;
/// The news that a second phrase has besides the first, in words.
const NEW_WORDS: usize = 3;
/// The longest line that a second phrase may be joined to.
const SHORT_LINE: usize = 14;

/// All phrases of one abstract.
pub(super) struct Choice {
    title: String,
    known: Title,
    forms: ShortForms,
    folding: Folding,
    phrases: Vec<Phrase>,
}

/// What becomes of long forms that the title shortens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding {
    /// They are folded.
    Short,
    /// They stay, and tell a reader who does not know the short one something.
    Long,
}

/// A phrase that can stand.
#[derive(Clone)]
struct Candidate {
    words: Vec<Word>,
    lead: Lead,
    sentence: usize,
    price: i32,
    score: i32,
    news: BTreeSet<String>,
}

/// Sentences, each with the place of the sister whose it is; `None` for one's own.
pub(super) type Told = Vec<(Option<usize>, String)>;

impl Choice {
    pub(super) fn of(title: &str, abstract_text: &str, folding: Folding) -> Result<Self, NoGist> {
        let read: Vec<Vec<Word>> = sentences(abstract_text)
            .filter(|sentence| sentence.kind == Kind::Whole || !sentence.text.ends_with(':'))
            .filter(|sentence| sentence.text.len() <= LONGEST_TEXT)
            .take(MOST_SENTENCES)
            .map(|sentence| words(&sentence.text))
            .filter(|words| words.len() <= LONGEST_SENTENCE)
            .collect();
        if read.is_empty() {
            return Err(NoGist::NoAbstract);
        }
        let forms = ShortForms::of(title, &read);
        let phrases = phrases(title, &read, &forms, folding);
        if phrases.is_empty() {
            return Err(NoGist::NoSentence);
        }
        Ok(Choice {
            title: title.to_owned(),
            known: Title::of(title, &forms),
            forms,
            folding,
            phrases,
        })
    }

    pub(super) fn line(&self, most: usize, whole: usize) -> Result<String, NoGist> {
        let best = self.best(most, whole)?;
        let mut line = best.words.clone();
        let length = count(&line);
        if length <= SHORT_LINE
            && let Some(second) = self.second(&best, most - length, best.sentence + 1)
            && second.lead == Lead::Verb
        {
            if let Some(last) = line.last_mut() {
                *last = last.unmarked().marked(';');
            }
            line.extend(second.words);
        }
        Ok(finished(&line))
    }

    /// Returns one or two sentences, each with whose it is: `None` for its own, else the place of the sister. The second is a
    /// sister's where one has something else to say.
    pub(super) fn topic(&self, sisters: &[Choice], most: usize) -> Result<Told, NoGist> {
        let longest = most.saturating_sub(SECOND_SENTENCE);
        let mut best = self.best(longest, longest)?;
        let room = most - count(&best.words);
        let mut theirs = sisters.iter().enumerate().filter_map(|(at, sister)| {
            // A sister's sentence is told behind a label.
            let room = room.saturating_sub(LABEL);
            let other = sister.best(room, room).ok()?;
            let news = other.news.difference(&best.news).count();
            (news >= NEW_WORDS).then_some((Some(at), other))
        });
        let second = theirs.next().or_else(|| {
            let own = self.second(&best, room, 0)?;
            // Its own two sentences keep their order.
            if own.sentence < best.sentence {
                return Some((None, std::mem::replace(&mut best, own)));
            }
            Some((None, own))
        });
        let told = [(None, best)].into_iter().chain(second);
        Ok(told
            .map(|(whose, candidate)| (whose, format!("{}.", finished(&candidate.words))))
            .collect())
    }

    /// Returns the best phrase that says more than the title.
    fn best(&self, most: usize, whole: usize) -> Result<Candidate, NoGist> {
        let mut refusal = None;
        let mut stale: Option<Candidate> = None;
        let mut best: Option<Candidate> = None;
        for phrase in &self.phrases {
            match self.candidate(phrase, most, whole) {
                Ok(candidate) => {
                    let long = count(&candidate.words) > SHORT;
                    let opens = self.folding == Folding::Long
                        && self.forms.open_the_title(&candidate.words);
                    let weight = self.known.weight(&candidate.news) + if opens { 2 } else { 0 };
                    let least = if long && !opens {
                        LEAST_NEWS - 1
                    } else {
                        LEAST_NEWS
                    };
                    let several = candidate.news.len() + usize::from(opens) > 1;
                    let fresh = several && weight >= least && self.known.is_told(&candidate.news);
                    let place = if fresh { &mut best } else { &mut stale };
                    if place
                        .as_ref()
                        .is_none_or(|best| candidate.score > best.score)
                    {
                        *place = Some(candidate);
                    }
                }
                Err(why) => {
                    refusal.get_or_insert(why);
                }
            }
        }
        match (best, stale, refusal) {
            (Some(best), ..) => Ok(best),
            (None, Some(stale), _) => Err(NoGist::TitleAgain(finished(&stale.words))),
            (None, None, Some(why)) => Err(NoGist::Refused(why)),
            (None, None, None) => Err(NoGist::NoSentence),
        }
    }

    /// Shortens a phrase until it fits, and returns the best form of it that can stand.
    fn candidate(&self, phrase: &Phrase, most: usize, whole: usize) -> Result<Candidate, Refusal> {
        let mut refusal = Refusal::TooLong;
        let mut best: Option<Candidate> = None;
        for (words, price) in shortened(&phrase.words, phrase.lead) {
            let words = self.forms.open(words, &self.title, most);
            let length = count(&words);
            if length > whole {
                continue;
            }
            if let Some(why) = refuse(&words, phrase.lead) {
                refusal = why;
                continue;
            }
            let news = self.known.news(&words);
            let value = self.known.weight(&news);
            // A line that is whole is worth some words more.
            let long = if length > most { 70 } else { 0 };
            let short = 15 * i32::try_from(10_usize.saturating_sub(length)).unwrap_or(0);
            let thin = if value <= 6 { 30 } else { 0 };
            let score = phrase.points + 18 * value.min(14) - price * 4 / 5 - long - short - thin;
            if best.as_ref().is_none_or(|best| score > best.score) {
                best = Some(Candidate {
                    words,
                    lead: phrase.lead,
                    sentence: phrase.sentence,
                    price,
                    score,
                    news,
                });
            }
        }
        best.ok_or(refusal)
    }

    /// Returns a phrase of another sentence, from `from` on, that says something more and fits.
    fn second(&self, first: &Candidate, room: usize, from: usize) -> Option<Candidate> {
        let others = self
            .phrases
            .iter()
            .filter(|phrase| phrase.sentence >= from && phrase.sentence != first.sentence);
        others
            .filter_map(|phrase| self.candidate(phrase, room, room).ok())
            .find(|candidate| {
                let new = candidate.news.difference(&first.news).count();
                new >= NEW_WORDS && candidate.price <= 80
            })
    }
}

/// Reads the sentences one by one, and collects what they could give.
fn phrases(title: &str, read: &[Vec<Word>], forms: &ShortForms, folding: Folding) -> Vec<Phrase> {
    let mut names = Names::of(title, forms);
    let mut found = Vec::new();
    let mut told = 0;
    let mut last_told = None;
    for (sentence, words) in read.iter().enumerate() {
        let Some(words) = cleaned(words, forms, folding) else {
            continue;
        };
        match openings::read(&words, sentence, told) {
            Said::Phrases(phrases) => {
                if let Some(first) = phrases.first() {
                    names.learn(&first.words);
                }
                found.extend(phrases);
                told += 1;
                last_told = Some(sentence);
            }
            Said::Housekeeping => {}
            Said::Nothing => {
                let before = Before {
                    told: told > 0,
                    just_told: sentence > 0 && last_told == Some(sentence - 1),
                };
                if let Some(phrase) = follow_ups::read(&words, sentence, &names, before) {
                    found.push(phrase);
                    last_told = Some(sentence);
                } else if let Some(phrase) = follow_ups::definition(&words, sentence, title, forms)
                {
                    found.push(phrase);
                }
            }
        }
    }
    if found.is_empty() {
        let cleaned: Vec<Vec<Word>> = (read.iter())
            .filter_map(|words| cleaned(words, forms, folding))
            .collect();
        found.extend(follow_ups::only_subject(&cleaned));
    }
    for phrase in &mut found {
        phrase.words = tidied(without_pointers(std::mem::take(&mut phrase.words)));
    }
    let by_name: Vec<Phrase> = found.iter().filter_map(named).collect();
    found.extend(by_name);
    found.retain(|phrase| !phrase.words.is_empty());
    found
}

/// Takes references and brackets out, and folds short forms.
fn cleaned(words: &[Word], forms: &ShortForms, folding: Folding) -> Option<Vec<Word>> {
    let words = without_references(words.to_vec())?;
    let words = match folding {
        Folding::Short => forms.fold(words),
        Folding::Long => words,
    };
    let kept = forms.used_again(&words);
    Some(without_brackets(words, &kept))
}

/// Takes light beginnings off: "an overview of the …".
fn tidied(words: Vec<Word>) -> Vec<Word> {
    let light = [
        "a|an|the overview|description|specification|definition|details of|on",
        "overview|description|specification|definition|details of|on",
    ];
    let start = match any_lead(&words, &light) {
        Some(start) if lead(&words[start..], "a|an|the|how").is_some() => start,
        _ => 0,
    };
    let mut words = without_facts(&words[start..]);
    if let Some(at) = (0..words.len()).find(|at| lead(&words[*at..], "the following").is_some())
        && words[at..].iter().any(|word| word.mark() == Some(':'))
    {
        // What follows does follow, behind the colon.
        words.drain(at..at + 2);
    }
    // "X, Y and Z etc": what is not named is not missed.
    if ends(&words, "etc") {
        words.pop();
        if ends(&words, "and") {
            words.pop();
        }
        if let Some(last) = words.last_mut() {
            *last = last.unmarked();
        }
    }
    words
}

/// Takes ", and updates RFC 5681 and RFC 9002" off the end: the page shows it.
fn without_facts(words: &[Word]) -> Vec<Word> {
    let facts = [
        "and|which|that ?also|it updates|obsoletes|replaces",
        "updates|obsoletes|replaces",
    ];
    let fact = (1..words.len()).find(|at| {
        let behind = words[at - 1].mark() == Some(',') || lead(&words[*at..], "and").is_some();
        let taken = any_lead(&words[*at..], &facts).filter(|_| behind);
        taken.is_some_and(|taken| {
            let from = at + taken;
            end_of_list(words, from) == words.len() && from < words.len()
        })
    });
    match fact {
        Some(at) => without(words, at..words.len()),
        None => words.to_vec(),
    }
}

/// Prints a line: no mark at its end, a capital at its beginning unless its first word is a name.
fn finished(words: &[Word]) -> String {
    let line = print(words);
    let line = line.trim_matches([' ', ',', ';', ':', '.']);
    let first = line.split(' ').next().unwrap_or_default();
    let plain = first
        .chars()
        .all(|c| c.is_lowercase() || ",'-’".contains(c));
    let mut letters = line.chars();
    match letters.next() {
        Some(letter) if plain => letter.to_uppercase().chain(letters).collect(),
        _ => line.to_owned(),
    }
}
