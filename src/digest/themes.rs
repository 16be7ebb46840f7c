//! Which theme a draft is read under: by its content, not by its group alone. The taxonomy is data, the choice is a
//! sum of points, and the points can be shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::DraftEntry;
use super::taxonomy::{OTHER, Taxonomy};
use super::watch::acronym;
use crate::wording::Language;

/// Points for being a document of one of the theme's groups.
const GROUP: u32 = 12;
/// Factors of a phrase's weight, by where it stands.
const IN_TITLE: u32 = 3;
const IN_NAME: u32 = 2;
/// Fewer points than this are chance.
const LEAST: u32 = 4;
/// When there are as many, small ones do not join to fewer than this.
const LEAST_THEMES: usize = 3;
/// A day has at most this many themes; the smallest join the rest.
const MOST_THEMES: usize = 8;

/// Why a draft is under its theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoning {
    /// The theme's key.
    pub theme: String,
    /// Its points.
    pub points: u32,
    /// The reasons for them, most points first: `group netmod 8`, `"yang" in the title 24`.
    pub evidence: Vec<String>,
}

impl Taxonomy {
    /// Returns the theme with the most points for a draft, and where the points come from.
    pub fn reason(&self, draft: &DraftEntry) -> Reasoning {
        let words = DraftWords::of(draft);
        let acronym = acronym(draft.group.as_ref());
        let mut best = Reasoning {
            theme: OTHER.into(),
            points: LEAST - 1,
            evidence: Vec::new(),
        };
        for theme in &self.theme {
            let mut evidence: Vec<(u32, String)> = Vec::new();
            let group = acronym.or(words.group.as_deref());
            let known = |group: &&str| theme.groups.iter().any(|known| known == group);
            if let Some(group) = group.filter(known) {
                // A name only claims a group, and anybody may choose a name.
                let points = if acronym.is_some() { GROUP } else { GROUP / 2 };
                evidence.push((points, format!("group {group} {points}")));
            }
            for (phrase, weight) in &theme.phrases {
                for (place, text, times) in [
                    ("the title", &words.title, IN_TITLE),
                    ("the name", &words.name, IN_NAME),
                    ("the abstract", &words.abstract_text, 1),
                ] {
                    if text.holds(phrase) {
                        let points = weight * times;
                        evidence.push((points, format!("\"{phrase}\" in {place} {points}")));
                    }
                }
            }
            let points = evidence.iter().map(|(points, _)| points).sum();
            if points > best.points {
                evidence.sort_by_key(|(points, _)| Reverse(*points));
                best = Reasoning {
                    theme: theme.key.clone(),
                    points,
                    evidence: evidence.into_iter().map(|(_, words)| words).collect(),
                };
            }
        }
        best
    }

    /// Groups a day's drafts into 3 to 8 themes, the largest first. Themes with one draft join those of their family.
    pub(super) fn arrange(
        &self,
        drafts: Vec<DraftEntry>,
        read: &BTreeMap<String, String>,
        language: Language,
    ) -> Vec<super::Theme> {
        let mut by_key: BTreeMap<String, Vec<DraftEntry>> = BTreeMap::new();
        for draft in drafts {
            let theme = read.get(&draft.name).map_or(OTHER, String::as_str);
            by_key.entry(theme.to_owned()).or_default().push(draft);
        }
        if by_key.len() > LEAST_THEMES {
            self.join_families(&mut by_key);
        }
        let mut themes: Vec<(String, Vec<DraftEntry>)> = by_key.into_iter().collect();
        let place = |key: &str| self.theme.iter().position(|theme| theme.key == key);
        themes.sort_by_key(|(key, drafts)| {
            let last = key == OTHER || key == "family:other";
            (last, Reverse(drafts.len()), place(key), key.clone())
        });
        if themes.len() > MOST_THEMES {
            let rest = themes.split_off(MOST_THEMES - 1).into_iter();
            let rest = rest.flat_map(|(_, drafts)| drafts).collect();
            themes.push(("family:other".into(), rest));
        }
        themes
            .into_iter()
            .map(|(key, drafts)| super::Theme {
                title: self.title(&key, language),
                key: key.replace("family:", ""),
                drafts,
            })
            .collect()
    }

    /// Within a family, themes with one draft join: with each other, or with the family's smallest larger one.
    fn join_families(&self, by_key: &mut BTreeMap<String, Vec<DraftEntry>>) {
        for family in self.family.keys() {
            let themes = self.theme.iter();
            let of_family = themes.filter(|theme| theme.family.get_ref() == family);
            let keys = of_family.map(|theme| &theme.key);
            let members: Vec<&String> = keys.filter(|key| by_key.contains_key(*key)).collect();
            let size = |key: &&String| by_key.get(*key).map_or(0, Vec::len);
            let (mut joining, others): (Vec<&String>, Vec<&String>) =
                members.iter().partition(|key| size(key) == 1);
            if joining.is_empty() || family == OTHER || members.len() < 2 {
                continue;
            }
            // One lonely draft joins a neighbour; the family's title covers both.
            if joining.len() == 1 {
                joining.extend(others.into_iter().min_by_key(size));
            }
            if by_key.len() - joining.len() + 1 < LEAST_THEMES {
                continue;
            }
            let drafts = joining.into_iter().filter_map(|key| by_key.remove(key));
            let together = drafts.flatten().collect();
            by_key.insert(format!("family:{family}"), together);
        }
    }
}

/// A draft's texts as words between single blanks, with a blank at either end, so that phrases match whole words.
struct DraftWords {
    title: Text,
    name: Text,
    abstract_text: Text,
    group: Option<String>,
}

/// A text, and its words in order: most phrases are not in it, and that is to be known at once.
struct Text {
    spaced: String,
    sorted: Vec<String>,
}

impl Text {
    fn of(text: &str) -> Self {
        let spaced = spaced(text);
        let mut sorted: Vec<String> = spaced.split_whitespace().map(str::to_owned).collect();
        sorted.sort_unstable();
        Text { spaced, sorted }
    }

    fn holds(&self, phrase: &str) -> bool {
        let (phrase, open) = match phrase.strip_suffix('*') {
            Some(start) => (start, true),
            None => (phrase, false),
        };
        let first = phrase.split(' ').next().unwrap_or_default();
        let at = self.sorted.partition_point(|word| word.as_str() < first);
        let Some(word) = self.sorted.get(at) else {
            return false;
        };
        match (first.len() == phrase.len(), open) {
            (true, true) => word.starts_with(phrase),
            (true, false) => word == phrase,
            (false, true) => word == first && self.spaced.contains(&format!(" {phrase}")),
            (false, false) => word == first && self.spaced.contains(&format!(" {phrase} ")),
        }
    }
}

impl DraftWords {
    fn of(draft: &DraftEntry) -> Self {
        let subject = draft.name.splitn(3, '-').nth(2).unwrap_or_default();
        DraftWords {
            title: Text::of(&draft.title),
            // "draft-ietf" says nothing of the subject, nor does an author's name.
            name: Text::of(&subject.replace('-', " ")),
            abstract_text: Text::of(draft.abstract_text.as_deref().unwrap_or_default()),
            // draft-ietf-group-subject, draft-author-group-subject
            group: draft.name.split('-').nth(2).map(str::to_owned),
        }
    }
}

fn spaced(text: &str) -> String {
    let mut words = String::from(" ");
    // A title of ten thousand characters is an attack on whoever compares it.
    for word in text
        .split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '+')))
        .take(2000)
    {
        let word = word.trim_matches(['.', '-']);
        if !word.is_empty() {
            words.push_str(&word.to_lowercase());
            words.push(' ');
        }
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_match_whole_words() {
        let text = Text::of("Encrypted DNS: the dnssec-aware Resolvers.");
        assert!(text.holds("dns") && text.holds("resolver*"));
        assert!(!text.holds("dnssec") && !text.holds("solvers"));
        assert!(text.holds("encrypted dns") && text.holds("encrypted d*"));
        assert!(!text.holds("encrypted dn") && !text.holds("dns encrypted"));
        assert!(!Text::of("").holds("dns"));
    }
}
