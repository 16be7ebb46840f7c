//! Divides the large themes of a flood day by technology and by group, so that nobody reads through a hundred lines under one
//! title. Every draft stays under its theme's name; a part is never larger than a reader takes in at once.

use std::collections::{BTreeMap, BTreeSet};

use super::taxonomy::{Definition, Division, Taxonomy};
use super::themes::{DraftWords, GROUP, largest};
use super::watch::acronym;
use super::{DraftEntry, Theme};
use crate::wording::Language;

/// A theme with more drafts is divided, and no part has more.
const LARGEST: usize = 25;
/// A technology with fewer drafts than this is no part of its own, nor is a group with fewer than that: its acronym says less.
const SMALLEST: usize = 3;
const SMALLEST_GROUP: usize = 5;
/// A longer acronym is no group's.
const ACRONYM: usize = 20;

/// Where a draft stands within its theme: divisions first, in the order of the taxonomy, then groups, then what is left.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Division(usize),
    Group(String),
    Rest,
}

/// A theme in the making.
struct Titled {
    key: String,
    title: String,
    drafts: Vec<DraftEntry>,
}

/// Divides the themes that are too large; the others stay as they are, and so does the order of themes and of drafts.
pub(super) fn divide(taxonomy: &Taxonomy, themes: Vec<Theme>, language: Language) -> Vec<Theme> {
    let mut used: BTreeSet<String> = themes.iter().map(|theme| theme.key.clone()).collect();
    let mut divided = Vec::with_capacity(themes.len());
    for theme in themes {
        if theme.drafts.len() <= LARGEST {
            divided.push(theme);
            continue;
        }
        let definition = taxonomy.theme.iter().find(|one| one.key == theme.key);
        for part in parts(definition, theme, language) {
            let parts = numbered(part, language).into_iter();
            divided.extend(parts.map(|part| Theme {
                key: unused(&mut used, part.key),
                title: part.title,
                drafts: part.drafts,
            }));
        }
    }
    divided
}

/// Returns the parts of a theme, the largest first and what is left last.
fn parts(definition: Option<&Definition>, theme: Theme, language: Language) -> Vec<Titled> {
    let divisions = definition.map_or([].as_slice(), |one| one.division.as_slice());
    let (key, whole) = (theme.key, definition.map(|one| one.short(language)));
    let whole = whole.unwrap_or(theme.title);
    let mut by_part: BTreeMap<Part, Vec<DraftEntry>> = BTreeMap::new();
    for (part, draft) in assigned(definition, theme.drafts) {
        by_part.entry(part).or_default().push(draft);
    }
    // A division that is itself too large is divided by group; what is small joins the rest.
    let mut found: Vec<(Option<usize>, Option<String>, Vec<DraftEntry>)> = Vec::new();
    let mut rest: Vec<DraftEntry> = Vec::new();
    for (part, drafts) in by_part {
        match part {
            Part::Division(at) if drafts.len() > LARGEST => {
                let (groups, left) = by_group(drafts);
                let groups = groups.into_iter();
                found.extend(groups.map(|(group, drafts)| (Some(at), Some(group), drafts)));
                found.push((Some(at), None, left));
            }
            Part::Division(at) if drafts.len() >= SMALLEST => found.push((Some(at), None, drafts)),
            Part::Group(group) if drafts.len() >= SMALLEST_GROUP => {
                found.push((None, Some(group), drafts));
            }
            _ => rest.extend(drafts),
        }
    }
    found.retain(|(_, _, drafts)| !drafts.is_empty());
    found.sort_by_key(|(_, _, drafts)| std::cmp::Reverse(drafts.len()));
    let mut parts: Vec<Titled> = found
        .into_iter()
        .map(|(division, group, drafts)| {
            let division = division.and_then(|at| divisions.get(at));
            let names = [division.map(|one| one.title(language)), group.clone()];
            let keys = [division.map(|one| one.key.clone()), group];
            let key = std::iter::once(key.clone()).chain(keys.into_iter().flatten());
            Titled {
                key: key.collect::<Vec<_>>().join("-"),
                title: titled(
                    &whole,
                    &listed(names.into_iter().flatten().collect(), language),
                    language,
                ),
                drafts,
            }
        })
        .collect();
    if !rest.is_empty() {
        let name = rest_name(&rest, parts.is_empty(), language);
        parts.push(Titled {
            key: format!("{key}-rest"),
            title: name.map_or_else(|| whole.clone(), |name| titled(&whole, &name, language)),
            drafts: rest,
        });
    }
    parts
}

/// Gives each draft its part; sisters have that of the first of them.
fn assigned(definition: Option<&Definition>, drafts: Vec<DraftEntry>) -> Vec<(Part, DraftEntry)> {
    let mut told: BTreeMap<String, Part> = BTreeMap::new();
    let mut assigned = Vec::with_capacity(drafts.len());
    for draft in drafts {
        let sisters = || draft.related.iter().find_map(|name| told.get(name));
        let part = sisters().cloned();
        let part = part.unwrap_or_else(|| part_of(definition, &draft));
        told.insert(draft.name.clone(), part.clone());
        assigned.push((part, draft));
    }
    assigned
}

/// Returns the part of a draft by its own words and its group.
fn part_of(definition: Option<&Definition>, draft: &DraftEntry) -> Part {
    let words = DraftWords::of(draft);
    let announced = acronym(draft.group.as_ref());
    if let Some(definition) = definition {
        let mut points = vec![0; definition.division.len()];
        for (text, times) in words.weighed() {
            for phrase in definition.divided.within(text) {
                points[phrase.owner] += phrase.weight * times;
            }
        }
        if let Some(group) = announced.or(words.group) {
            let worth = if announced.is_some() {
                GROUP
            } else {
                GROUP / 2
            };
            let knows = |division: &Division| division.groups.iter().any(|known| known == group);
            for (points, division) in points.iter_mut().zip(&definition.division) {
                *points += if knows(division) { worth } else { 0 };
            }
        }
        if let Some((at, _)) = largest(&points, None) {
            return Part::Division(at);
        }
    }
    group_of(draft).map_or(Part::Rest, Part::Group)
}

/// Returns the group's acronym, if it is one that may stand in a key.
fn group_of(draft: &DraftEntry) -> Option<String> {
    let acronym = acronym(draft.group.as_ref())?.to_lowercase();
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    (!acronym.is_empty() && acronym.len() <= ACRONYM && acronym.chars().all(plain))
        .then_some(acronym)
}

/// Returns the drafts of each group with enough of them, and those that are left.
fn by_group(drafts: Vec<DraftEntry>) -> (BTreeMap<String, Vec<DraftEntry>>, Vec<DraftEntry>) {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for group in drafts.iter().filter_map(group_of) {
        *sizes.entry(group).or_default() += 1;
    }
    let mut groups: BTreeMap<String, Vec<DraftEntry>> = BTreeMap::new();
    let mut left = Vec::new();
    for draft in drafts {
        match group_of(&draft) {
            Some(group)
                if sizes
                    .get(&group)
                    .is_some_and(|size| *size >= SMALLEST_GROUP) =>
            {
                groups.entry(group).or_default().push(draft);
            }
            _ => left.push(draft),
        }
    }
    (groups, left)
}

/// Names what no division and no large group has: by its largest group, as "pce and others". `None` where it is all there is.
fn rest_name(rest: &[DraftEntry], alone: bool, language: Language) -> Option<String> {
    let mut sizes: BTreeMap<String, usize> = BTreeMap::new();
    for group in rest.iter().filter_map(group_of) {
        *sizes.entry(group).or_default() += 1;
    }
    let first = sizes.iter().max_by_key(|(_, size)| **size);
    let name = match (first, language) {
        (Some((group, size)), _) if *size == rest.len() => group.clone(),
        (Some((group, _)), Language::En) => format!("{group} and others"),
        (Some((group, _)), Language::Ja) => format!("{group}ほか"),
        (None, _) if alone => return None,
        (None, Language::En) => "other drafts".into(),
        (None, Language::Ja) => "その他のドラフト".into(),
    };
    Some(name)
}

fn titled(whole: &str, part: &str, language: Language) -> String {
    match language {
        Language::En => format!("{whole}: {part}"),
        Language::Ja => format!("{whole}：{part}"),
    }
}

fn listed(names: Vec<String>, language: Language) -> String {
    names.join(match language {
        Language::En => ", ",
        Language::Ja => "、",
    })
}

/// Divides what neither technology nor group divides any further into parts of about one size, with their numbers.
fn numbered(part: Titled, language: Language) -> Vec<Titled> {
    let parts = part.drafts.len().div_ceil(LARGEST);
    if parts < 2 {
        return vec![part];
    }
    let size = part.drafts.len().div_ceil(parts);
    let chunks = part.drafts.chunks(size).enumerate();
    chunks
        .map(|(at, drafts)| Titled {
            key: format!("{}-{}", part.key, at + 1),
            title: match language {
                Language::En => format!("{} ({} of {parts})", part.title, at + 1),
                Language::Ja => format!("{}（{}/{parts}）", part.title, at + 1),
            },
            drafts: drafts.to_vec(),
        })
        .collect()
}

/// Returns the key, or with a number behind it where it is taken.
fn unused(used: &mut BTreeSet<String>, key: String) -> String {
    let numbers = 2..;
    let others = numbers.map(|number| format!("{key}-{number}"));
    let free = std::iter::once(key.clone())
        .chain(others)
        .find(|key| !used.contains(key));
    let key = free.unwrap_or(key);
    used.insert(key.clone());
    key
}
