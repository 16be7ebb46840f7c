//! Drafts that belong together: the same authors and nearly the same title, or one stem with different endings.
//! Readers want stories more than a list, so a family stands together and is told together.

use std::collections::{BTreeMap, BTreeSet};

use super::themes::Reasoning;
use super::{DraftEntry, RfcEntry};

/// Endings that one work gives to its several documents.
const ENDINGS: [&str; 22] = [
    "analysis",
    "applicability",
    "considerations",
    "examples",
    "guidelines",
    "use",
    "arch",
    "architecture",
    "protocol",
    "framework",
    "requirements",
    "reqs",
    "usecases",
    "cases",
    "problem",
    "statement",
    "terminology",
    "method",
    "profiles",
    "overview",
    "yang",
    "gap",
];

/// Returns for each draft of the day that has sisters on that day their names, sorted.
pub(super) fn sisters(drafts: &[DraftEntry]) -> BTreeMap<String, Vec<String>> {
    related(drafts.iter().map(Traits::of_draft).collect())
}

/// Returns for each RFC of the day that was published with others of the same work their names, sorted.
pub(super) fn sister_rfcs(entries: &[RfcEntry]) -> BTreeMap<String, Vec<String>> {
    related(entries.iter().map(Traits::of_rfc).collect())
}

/// A family larger than this is no story any more, and its members stand alone.
const LARGEST: usize = 12;
/// Who wrote more documents of one day than this ties none of them together: it is a name that many share, or a flood.
const PROLIFIC: usize = 40;
/// The largest family whose drafts are all put under one theme; those of a larger one stay where their contents put them.
const TOLD_TOGETHER: usize = 6;

fn related(all: Vec<Traits>) -> BTreeMap<String, Vec<String>> {
    let mut written: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, one) in all.iter().enumerate() {
        for author in &one.authors {
            written.entry(author).or_default().push(at);
        }
    }
    // Sisters share an author, so only what one author wrote is compared: the day's pairs grow with its length.
    let mut pairs: BTreeSet<(usize, usize)> = BTreeSet::new();
    for works in written.values().filter(|works| works.len() <= PROLIFIC) {
        for (nth, one) in works.iter().enumerate() {
            pairs.extend(works[nth + 1..].iter().map(|other| (*one, *other)));
        }
    }
    pairs.retain(|(one, other)| one != other && all[*one].is_sister(&all[*other]));
    let mut sisters: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
    for (one, other) in pairs {
        sisters.entry(one).or_default().insert(other);
        sisters.entry(other).or_default().insert(one);
    }
    let mut found = BTreeMap::new();
    let mut known: BTreeSet<usize> = BTreeSet::new();
    for at in sisters.keys() {
        if known.contains(at) {
            continue;
        }
        let mut family: BTreeSet<usize> = BTreeSet::new();
        let mut open = vec![*at];
        while let Some(member) = open.pop() {
            if family.insert(member) {
                open.extend(sisters.get(&member).into_iter().flatten());
            }
        }
        known.extend(&family);
        if family.len() > LARGEST {
            continue;
        }
        for member in family {
            let others = sisters.get(&member).into_iter().flatten();
            let mut others: Vec<String> = others.map(|other| all[*other].name.clone()).collect();
            others.sort();
            found.insert(all[member].name.clone(), others);
        }
    }
    found
}

/// Gives the drafts of one family one theme, that of its member with the most points: a story is told in one place.
pub(super) fn share_themes(drafts: &[DraftEntry], read: &mut BTreeMap<String, Reasoning>) {
    let named = drafts.iter().map(|draft| (draft.name.as_str(), draft));
    let by_name: BTreeMap<&str, &DraftEntry> = named.collect();
    let mut told: BTreeSet<&str> = BTreeSet::new();
    for draft in drafts {
        let mut family: BTreeSet<&str> = BTreeSet::new();
        let mut open = vec![draft.name.as_str()];
        while let Some(name) = open.pop() {
            if family.insert(name)
                && let Some(member) = by_name.get(name)
            {
                open.extend(member.related.iter().map(String::as_str));
            }
        }
        let first = family.is_disjoint(&told);
        told.extend(&family);
        if !first || !(2..=TOLD_TOGETHER).contains(&family.len()) {
            continue;
        }
        // What fits nowhere says nothing; between equals the first name decides.
        let knows = |one: &&Reasoning| !one.evidence.is_empty();
        let members = family.iter().filter_map(|name| read.get(*name));
        let strongest = members
            .filter(knows)
            .reduce(|best, one| if one.points > best.points { one } else { best });
        let Some(theme) = strongest.map(|one| one.theme.clone()) else {
            continue;
        };
        for name in family {
            if let Some(reasoning) = read.get_mut(name) {
                reasoning.theme.clone_from(&theme);
            }
        }
    }
}

/// Puts sisters beside each other, at the place of the first; everything else keeps its order.
pub(super) fn bring_together(drafts: Vec<DraftEntry>) -> Vec<DraftEntry> {
    let mut rest: Vec<Option<DraftEntry>> = drafts.into_iter().map(Some).collect();
    let mut ordered = Vec::with_capacity(rest.len());
    for at in 0..rest.len() {
        let Some(draft) = rest[at].take() else {
            continue;
        };
        let related = draft.related.clone();
        ordered.push(draft);
        for slot in rest.iter_mut().skip(at + 1) {
            ordered.extend(slot.take_if(|draft| related.contains(&draft.name)));
        }
    }
    ordered
}

/// The traits that are compared, worked out once per draft: a busy day has a hundred thousand pairs.
struct Traits {
    name: String,
    authors: BTreeSet<String>,
    title: BTreeSet<String>,
    stem: Vec<String>,
    group: Option<String>,
}

impl Traits {
    fn of_draft(draft: &DraftEntry) -> Self {
        let group = draft.group.as_ref();
        Traits {
            name: draft.name.clone(),
            authors: draft
                .authors
                .iter()
                .map(|name| name.to_lowercase())
                .collect(),
            title: words_of(&draft.title),
            stem: draft.name.split('-').skip(1).map(str::to_owned).collect(),
            group: group.and_then(|group| group.acronym.clone()),
        }
    }

    /// An RFC's stem is that of the draft that it was.
    fn of_rfc(entry: &RfcEntry) -> Self {
        let rfc = &entry.rfc;
        let person = |name: &String| {
            let name = name.split(',').next().unwrap_or_default();
            name.to_lowercase()
        };
        let draft = rfc.draft.as_deref().unwrap_or_default();
        let name = draft.rsplit_once('-').map_or(draft, |(name, _)| name);
        let group = rfc.group.as_ref();
        Traits {
            name: format!("rfc{}", rfc.number),
            authors: rfc.authors.iter().map(person).collect(),
            title: words_of(rfc.title.as_deref().unwrap_or_default()),
            stem: name.split('-').skip(1).map(str::to_owned).collect(),
            group: group.and_then(|group| group.acronym.clone()),
        }
    }

    fn is_sister(&self, other: &Traits) -> bool {
        let shared = self.authors.intersection(&other.authors).count();
        if shared == 0 {
            return false;
        }
        let fewer = self.authors.len().min(other.authors.len());
        let most_authors = shared * 2 >= fewer;
        // Only the titles of one group or of persons are compared closely: a group's documents share many words.
        let titles = likeness(&self.title, &other.title);
        let close_title = if self.group.is_some() && self.group == other.group {
            0.6
        } else {
            0.5
        };
        most_authors
            && (titles >= close_title || self.same_stem(other) || self.few_words_apart(other))
    }

    /// `x-agent-arch` and `x-agent-protocol`: all but the last words are the same, and the last are endings.
    fn same_stem(&self, other: &Traits) -> bool {
        let pairs = self.stem.iter().zip(&other.stem);
        let common = pairs.take_while(|(a, b)| a == b).count();
        let ends = |words: &[String]| words.iter().all(|word| ENDINGS.contains(&word.as_str()));
        common >= 2 && ends(&self.stem[common..]) && ends(&other.stem[common..])
    }

    /// Nearly all authors are the same and both speak of the same rare thing, such as agents.
    fn few_words_apart(&self, other: &Traits) -> bool {
        let all = self.authors.len().max(other.authors.len());
        let shared = self.authors.intersection(&other.authors).count();
        let rare = |word: &&String| word.len() > 3 && word.as_str() != "requirements";
        let subjects = |title: &BTreeSet<String>| -> BTreeSet<String> {
            let rare = title.iter().filter(rare);
            rare.map(|word| word.trim_end_matches('s').to_owned())
                .collect()
        };
        shared >= 3
            && shared * 5 >= all * 3
            && !subjects(&self.title).is_disjoint(&subjects(&other.title))
    }
}

/// Returns the words of a title that are compared.
fn words_of(title: &str) -> BTreeSet<String> {
    let small = [
        "a", "an", "and", "for", "in", "of", "on", "the", "to", "with", "using",
    ];
    title
        .to_lowercase()
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty() && !small.contains(word))
        .take(40)
        .map(str::to_owned)
        .collect()
}

/// Returns the share of words that two titles have in common.
fn likeness(one: &BTreeSet<String>, other: &BTreeSet<String>) -> f64 {
    let all = one.union(other).count();
    if all == 0 {
        return 0.0;
    }
    #[expect(clippy::cast_precision_loss, reason = "a share of at most 80 words")]
    let share = one.intersection(other).count() as f64 / all as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draft(name: &str, title: &str, authors: &[&str]) -> DraftEntry {
        DraftEntry {
            name: name.into(),
            revisions: vec!["00".into()],
            title: title.into(),
            authors: authors.iter().map(|name| (*name).into()).collect(),
            ..DraftEntry::default()
        }
    }

    fn related(drafts: &[DraftEntry]) -> Vec<(String, usize)> {
        let found = sisters(drafts).into_iter();
        found.map(|(name, others)| (name, others.len())).collect()
    }

    #[test]
    fn one_stem_with_the_endings_of_one_work_is_a_family() {
        let drafts = [
            draft("draft-ietf-thing-arch", "How it is built", &["Ada"]),
            draft("draft-ietf-thing-protocol", "What is sent", &["Ada", "Bob"]),
            draft("draft-ietf-thing-use-cases", "Who needs it", &["Ada"]),
            draft("draft-ietf-other-protocol", "Something else", &["Ada"]),
        ];
        let family = ["arch", "protocol", "use-cases"];
        let expected = family.map(|end| (format!("draft-ietf-thing-{end}"), 2));
        assert_eq!(related(&drafts), expected);
    }

    #[test]
    fn nearly_the_same_titles_need_shared_authors() {
        let imap = "IMAP Service Extension for Client Identity";
        let smtp = "SMTP Service Extension for Client Identity";
        let shared = [
            draft("draft-a-imap", imap, &["Ada", "Bob"]),
            draft("draft-b-smtp", smtp, &["Bob", "Cleo"]),
        ];
        assert_eq!(related(&shared).len(), 2);
        let strangers = [
            draft("draft-a-imap", imap, &["Ada"]),
            draft("draft-b-smtp", smtp, &["Cleo"]),
        ];
        assert_eq!(related(&strangers), []);
    }

    #[test]
    fn a_flood_is_no_family() {
        let title = |number| format!("Extension {number} of SMTP for a Thing");
        let flood = |number: usize, author: &dyn Fn(usize) -> String| -> Vec<DraftEntry> {
            let one = |at| draft(&format!("draft-a-{at}"), &title(at), &[&author(at)]);
            (0..number).map(one).collect()
        };
        let everyone = |_| "Ada".to_owned();
        assert_eq!(related(&flood(LARGEST, &everyone)).len(), LARGEST);
        assert_eq!(related(&flood(LARGEST + 1, &everyone)), []);
        assert_eq!(related(&flood(2_500, &everyone)), []);
        // A name that many share does not hide that two of its drafts have another author in common.
        let mut drafts = flood(PROLIFIC + 1, &everyone);
        drafts[3].authors.push("Bob".into());
        drafts[7].authors.push("Bob".into());
        assert_eq!(related(&drafts).len(), 2);
    }

    #[test]
    fn a_family_is_told_under_one_theme() {
        let mut drafts = vec![
            draft("draft-x-agent-arch", "a", &["Ada"]),
            draft("draft-x-agent-protocol", "b", &["Ada"]),
            draft("draft-y-alone", "c", &["Bob"]),
        ];
        let sisters = sisters(&drafts);
        for draft in &mut drafts {
            draft.related = sisters.get(&draft.name).cloned().unwrap_or_default();
        }
        let reasoning = |theme: &str, points: u32| Reasoning {
            theme: theme.into(),
            points,
            evidence: vec!["a word".into()],
            second: None,
        };
        let mut read = BTreeMap::from([
            ("draft-x-agent-arch".to_owned(), reasoning("ai", 30)),
            ("draft-x-agent-protocol".to_owned(), reasoning("web", 12)),
            ("draft-y-alone".to_owned(), reasoning("dns", 40)),
        ]);
        share_themes(&drafts, &mut read);
        let themes: Vec<_> = read.values().map(|one| one.theme.as_str()).collect();
        assert_eq!(themes, ["ai", "ai", "dns"]);
    }
}
