//! Which theme a draft is read under: by its content, not by its group alone. The taxonomy is data, the choice is a
//! sum of points, and the points can be shown.

use std::collections::BTreeMap;

use super::DraftEntry;
use super::taxonomy::{OTHER, Taxonomy};
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
        let acronym = draft
            .group
            .as_ref()
            .and_then(|group| group.acronym.as_deref());
        let mut best = Reasoning {
            theme: OTHER.into(),
            points: LEAST - 1,
            evidence: Vec::new(),
        };
        for theme in &self.theme {
            let mut evidence: Vec<(u32, String)> = Vec::new();
            let group = acronym.or(words.group.as_deref());
            if let Some(group) =
                group.filter(|group| theme.groups.iter().any(|known| known == group))
            {
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
                evidence.sort_by_key(|(points, _)| std::cmp::Reverse(*points));
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
            let theme = read.get(&draft.name).cloned();
            let theme = theme.unwrap_or_else(|| OTHER.into());
            by_key.entry(theme).or_default().push(draft);
        }
        let few = by_key.len() <= LEAST_THEMES;
        if !few {
            self.join_families(&mut by_key);
        }
        let mut themes: Vec<(String, Vec<DraftEntry>)> = by_key.into_iter().collect();
        let place = |key: &str| self.theme.iter().position(|theme| theme.key == key);
        themes.sort_by_key(|(key, drafts)| {
            let last = key == OTHER || key == "family:other";
            (
                last,
                std::cmp::Reverse(drafts.len()),
                place(key),
                key.clone(),
            )
        });
        if themes.len() > MOST_THEMES {
            let rest: Vec<DraftEntry> = themes
                .split_off(MOST_THEMES - 1)
                .into_iter()
                .flat_map(|(_, drafts)| drafts)
                .collect();
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
            let members: Vec<String> = self
                .theme
                .iter()
                .filter(|theme| {
                    *theme.family.get_ref() == *family && by_key.contains_key(&theme.key)
                })
                .map(|theme| theme.key.clone())
                .collect();
            let single = |key: &String| by_key.get(key).is_some_and(|drafts| drafts.len() == 1);
            let singles: Vec<String> = members.iter().filter(|key| single(key)).cloned().collect();
            if singles.is_empty() || family == OTHER || members.len() < 2 {
                continue;
            }
            // One lonely draft joins a neighbour; the family's title covers both.
            let mut joining = singles.clone();
            if joining.len() == 1
                && let Some(neighbour) = members
                    .iter()
                    .filter(|key| !singles.contains(key))
                    .min_by_key(|key| by_key.get(*key).map_or(0, Vec::len))
            {
                joining.push(neighbour.clone());
            }
            if by_key.len() - joining.len() + 1 < LEAST_THEMES {
                continue;
            }
            let together: Vec<DraftEntry> = joining
                .iter()
                .filter_map(|key| by_key.remove(key))
                .flatten()
                .collect();
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
        let mut parts = draft.name.split('-').skip(1);
        let group = match parts.next() {
            Some("ietf" | "irtf") => parts.next(),
            // draft-author-group-subject
            Some(_) => parts.next(),
            None => None,
        };
        DraftWords {
            title: Text::of(&draft.title),
            // "draft-ietf" says nothing of the subject, nor does an author's name.
            name: Text::of(&subject.replace('-', " ")),
            abstract_text: Text::of(draft.abstract_text.as_deref().unwrap_or_default()),
            group: group.map(str::to_owned),
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
