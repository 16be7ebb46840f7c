//! Which theme a draft is read under: by its content, not by its group alone. The taxonomy is data, the choice is a
//! sum of points, and the points can be shown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use super::DraftEntry;
use super::phrases::{Phrase, Text};
use super::taxonomy::{Definition, FAMILY, OTHER, Taxonomy};
use super::watch::acronym;
use crate::announcement::Group;
use crate::wording::Language;

/// Points for being a document of one of the theme's groups.
pub(super) const GROUP: u32 = 12;
/// Factors of a phrase's weight, by where it stands.
const IN_TITLE: u32 = 3;
const IN_NAME: u32 = 2;
const ABSTRACT: &str = "the abstract";
/// Fewer points than this are chance, and what is told of the group counts too.
const LEAST: u32 = 4;
/// And fewer than this say nothing at all.
const LEAST_OF_ALL: u32 = 2;
/// Points for the area of a group of which nothing else is known.
const AREA: u32 = 3;
/// A second theme has at least nine tenths of the first one's points.
const HAIR: (u32, u32) = (9, 10);
/// When there are as many, small ones do not join to fewer than this.
const LEAST_THEMES: usize = 3;
/// A single draft joins no theme that is larger than this: its title would then say less of all of them.
const LARGEST_JOINED: usize = 8;

/// Why a draft is under its theme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reasoning {
    /// The theme's key.
    pub theme: String,
    /// Its points.
    pub points: u32,
    /// The reasons for them, most points first: `group netmod 8`, `"yang" in the title 24`.
    pub evidence: Vec<String>,
    /// The theme that is within a tenth of its points, if there is one, with its own.
    pub second: Option<(String, u32)>,
}

/// A reason with its points.
type Reason = (u32, String);

impl Taxonomy {
    /// Returns the theme with the most points for a draft, and where the points come from.
    pub fn reason(&self, draft: &DraftEntry) -> Reasoning {
        let words = DraftWords::of(draft);
        let acronym = acronym(draft.group.as_ref());
        let group = acronym.or(words.group).map(|group| {
            // A name only claims a group, and anybody may choose a name.
            (group, if acronym.is_some() { GROUP } else { GROUP / 2 })
        });
        let found: Vec<(&Phrase, &str, u32)> = [
            (&words.title, "the title", IN_TITLE),
            (&words.name, "the name", IN_NAME),
            (&words.abstract_text, ABSTRACT, 1),
        ]
        .into_iter()
        .flat_map(|(text, place, times)| {
            let phrases = self.phrases.within(text).into_iter();
            phrases.map(move |phrase| (phrase, place, phrase.weight * times))
        })
        .collect();
        let of_group = |theme: &Definition| {
            let (name, worth) = group?;
            let known = theme.groups.iter().any(|known| known == name);
            known.then_some((name, worth))
        };
        let points_of_group: Vec<u32> = self
            .theme
            .iter()
            .map(|theme| of_group(theme).map_or(0, |(_, worth)| worth))
            .collect();
        let mut points = vec![0; self.theme.len()];
        let mut only_in_abstract = vec![true; self.theme.len()];
        for (phrase, place, worth) in &found {
            points[phrase.owner] += worth;
            only_in_abstract[phrase.owner] &= *place == ABSTRACT;
        }
        // An abstract tells what surrounds the subject, too: alone it is not stronger than a group that is known.
        if points_of_group.contains(&GROUP) {
            let others = points_of_group.iter().map(|worth| *worth == 0);
            for ((points, only), other) in points.iter_mut().zip(only_in_abstract).zip(others) {
                if only && other {
                    *points = (*points).min(GROUP - 1);
                }
            }
        }
        for (points, worth) in points.iter_mut().zip(points_of_group) {
            *points += worth;
        }
        let mut evidence: Vec<(usize, Reason)> = Vec::new();
        if points.iter().all(|points| *points < LEAST) {
            for (at, reason) in self.by_group_name(draft.group.as_ref()) {
                points[at] += reason.0;
                evidence.push((at, reason));
            }
        }
        let Some((best, most)) = largest(&points, None) else {
            return self.by_area(draft.group.as_ref());
        };
        if most < LEAST {
            let by_area = self.by_area(draft.group.as_ref());
            if most < LEAST_OF_ALL || by_area.points > most {
                return by_area;
            }
        }
        let mut reasons: Vec<Reason> = evidence
            .into_iter()
            .filter(|(at, _)| *at == best)
            .map(|(_, reason)| reason)
            .collect();
        let theme = &self.theme[best];
        if let Some((name, worth)) = of_group(theme) {
            reasons.push((worth, format!("group {name} {worth}")));
        }
        for (phrase, place, worth) in found {
            if phrase.owner == best {
                let text = &phrase.text;
                reasons.push((worth, format!("\"{text}\" in {place} {worth}")));
            }
        }
        reasons.sort_by_key(|(points, _)| Reverse(*points));
        let second = largest(&points, Some(best))
            .filter(|(_, points)| *points >= LEAST && points * HAIR.1 >= most * HAIR.0);
        Reasoning {
            theme: theme.key.clone(),
            points: most,
            evidence: reasons.into_iter().map(|(_, words)| words).collect(),
            second: second.map(|(at, points)| (self.theme[at].key.clone(), points)),
        }
    }

    /// Returns what the group's long name says, by theme.
    fn by_group_name(&self, group: Option<&Group>) -> Vec<(usize, Reason)> {
        let Some(name) = group.and_then(|group| group.name.as_deref()) else {
            return Vec::new();
        };
        let found = self.phrases.within(&Text::of(name)).into_iter();
        found
            .map(|phrase| {
                let (text, points) = (&phrase.text, phrase.weight * IN_NAME);
                let words = format!("\"{text}\" in the group's name {points}");
                (phrase.owner, (points, words))
            })
            .collect()
    }

    /// Returns the family of themes of the group's area, or what fits nowhere.
    fn by_area(&self, group: Option<&Group>) -> Reasoning {
        let area = group.and_then(|group| group.area.as_deref());
        let family = area.and_then(|area| {
            let mut families = self.family.iter();
            let known = families.find(|(_, family)| family.areas.iter().any(|known| known == area));
            Some((known?.0, area))
        });
        match family {
            Some((family, area)) => Reasoning {
                theme: format!("{FAMILY}{family}"),
                points: AREA,
                evidence: vec![format!("area {area} {AREA}")],
                second: None,
            },
            None => Reasoning {
                theme: OTHER.into(),
                points: LEAST - 1,
                evidence: Vec::new(),
                second: None,
            },
        }
    }

    /// Groups a day's drafts into themes, the largest first. Themes with one draft join those of their family.
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
            let last = key == OTHER;
            (last, Reverse(drafts.len()), place(key), key.clone())
        });
        themes
            .into_iter()
            .map(|(key, drafts)| super::Theme {
                title: self.title(&key, language),
                key: self.public_key(&key),
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
                let small = others.into_iter().filter(|key| size(key) <= LARGEST_JOINED);
                joining.extend(small.min_by_key(size));
            }
            if joining.len() < 2 || by_key.len() - joining.len() + 1 < LEAST_THEMES {
                continue;
            }
            let drafts = joining.into_iter().filter_map(|key| by_key.remove(key));
            let together: Vec<DraftEntry> = drafts.flatten().collect();
            let family = by_key.entry(format!("{FAMILY}{family}")).or_default();
            family.extend(together);
        }
    }
}

/// Returns the place with the most points, and these; the first of equals, and none without points.
pub(super) fn largest(points: &[u32], but: Option<usize>) -> Option<(usize, u32)> {
    let others = points.iter().copied().enumerate();
    let others = others.filter(|(at, points)| Some(*at) != but && *points > 0);
    others.reduce(|best, one| if one.1 > best.1 { one } else { best })
}

/// A draft's texts, ready to be searched.
pub(super) struct DraftWords<'a> {
    title: Text,
    name: Text,
    abstract_text: Text,
    /// The group that its name tells or claims.
    pub(super) group: Option<&'a str>,
}

impl<'a> DraftWords<'a> {
    pub(super) fn of(draft: &'a DraftEntry) -> Self {
        let subject = draft.name.splitn(3, '-').nth(2).unwrap_or_default();
        DraftWords {
            title: Text::of(&draft.title),
            // "draft-ietf" says nothing of the subject, nor does an author's name.
            name: Text::of(&subject.replace('-', " ")),
            abstract_text: Text::of(draft.abstract_text.as_deref().unwrap_or_default()),
            // draft-ietf-group-subject, draft-author-group-subject
            group: draft.name.split('-').nth(2),
        }
    }

    /// Returns the texts with the factor that a phrase in them has.
    pub(super) fn weighed(&self) -> [(&Text, u32); 3] {
        [
            (&self.title, IN_TITLE),
            (&self.name, IN_NAME),
            (&self.abstract_text, 1),
        ]
    }
}
