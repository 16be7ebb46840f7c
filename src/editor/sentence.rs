//! The one sentence on the day, only where its facts prove it.

use crate::digest::{Digest, DraftEntry, SUBJECTS};
use crate::wording::{Language, Value, say};

/// With fewer drafts a sentence on all of them says nothing.
const ALL: usize = 3;
/// With fewer days with drafts in the archive, the largest is no news.
const DAYS: usize = 10;

/// Returns what is true of the day and worth a sentence: what all first versions have in their titles, that all drafts are of
/// one group, that no day of the last month had as many, that nothing is new.
pub(super) fn sentence(digest: &Digest) -> Option<String> {
    let drafts = digest.drafts();
    let drafts: Vec<&DraftEntry> = drafts.collect();
    let new: Vec<&DraftEntry> = digest
        .drafts()
        .filter(|draft| draft.is_first_version())
        .collect();
    let language = digest.language;
    named(language, &new)
        .or_else(|| one_group(language, &drafts))
        .or_else(|| largest(digest))
        .or_else(|| {
            let none = new.is_empty() && drafts.len() >= ALL;
            none.then(|| say(language, "sentence-none-new", &[]))
        })
}

/// Says which subject all first versions name in their titles, by its own noun: a name that only tells it is no proof.
fn named(language: Language, new: &[&DraftEntry]) -> Option<String> {
    if new.len() < 2 {
        return None;
    }
    let in_all = |noun: &dyn Fn(&str) -> bool| new.iter().all(|draft| noun(&draft.title));
    let mut subjects = SUBJECTS.iter();
    let subject = subjects.find(|subject| in_all(&|title| subject.is_named_in(title)))?;
    let subject = say(language, &format!("subject-{}", subject.key), &[]);
    let values = [
        ("count", new.len().into()),
        ("subject", Value::from(subject)),
    ];
    Some(say(language, "sentence-named", &values))
}

fn one_group(language: Language, drafts: &[&DraftEntry]) -> Option<String> {
    let group = |draft: &DraftEntry| draft.group.as_ref()?.acronym.clone();
    let first = group(drafts.first()?)?;
    let all = drafts
        .iter()
        .all(|draft| group(draft).as_ref() == Some(&first));
    let values = [
        ("count", drafts.len().into()),
        ("group", Value::from(first)),
    ];
    (all && drafts.len() >= ALL).then(|| say(language, "sentence-one-group", &values))
}

/// Says that no day before, as far as they are counted, had as many drafts.
fn largest(digest: &Digest) -> Option<String> {
    let before = digest
        .recent
        .iter()
        .filter(|count| count.day != digest.date);
    let before: Vec<u32> = before.map(|count| count.drafts).collect();
    let busy = before.iter().filter(|drafts| **drafts > 0).count();
    let most = before.iter().max()?;
    let days = [("days", before.len().into())];
    let is_it = busy >= DAYS && digest.counts.drafts > *most && digest.since.is_none();
    is_it.then(|| say(digest.language, "sentence-largest", &days))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::Group;
    use crate::archive::DayCount;
    use crate::digest::Theme;

    fn draft(title: &str, revision: &str, group: Option<&str>) -> DraftEntry {
        DraftEntry {
            name: title.into(),
            title: title.into(),
            revisions: vec![revision.into()],
            group: group.map(|acronym| Group {
                acronym: Some(acronym.into()),
                ..Group::default()
            }),
            ..DraftEntry::default()
        }
    }

    fn digest(language: Language, drafts: Vec<DraftEntry>) -> Digest {
        let mut digest = Digest::empty("2025-11-28".parse().unwrap(), "daily", language);
        digest.counts.drafts = u32::try_from(drafts.len()).unwrap();
        digest.themes = vec![Theme {
            key: "a".into(),
            title: "A".into(),
            drafts,
        }];
        digest
    }

    #[test]
    fn what_all_first_versions_name_is_said_and_an_ssh_agent_is_no_such_agent() {
        let south = || draft("Authorization for Agent Requests", "00", None);
        let a2a = || draft("A2A Requirements for Agents", "00", None);
        let both = |language, other| {
            sentence(&digest(
                language,
                vec![south(), other, draft("Old", "07", None)],
            ))
        };
        assert_eq!(
            both(Language::En, a2a()).as_deref(),
            Some("Both first versions have agents in their titles.")
        );
        assert_eq!(
            both(Language::Ja, a2a()).as_deref(),
            Some("初版の2件は、どちらも表題に「エージェント」を含む。")
        );
        for other in [
            draft("SSH Agent Protocol", "00", None),
            draft("A2A in Enterprise", "00", None),
            draft("Reagents", "00", None),
        ] {
            assert_eq!(both(Language::En, other), None);
        }
        let three = vec![south(), a2a(), draft("Agent Names", "00", None)];
        let told = sentence(&digest(Language::En, three));
        assert_eq!(
            told.as_deref(),
            Some("All 3 first versions have agents in their titles.")
        );
        // One alone is no pattern.
        assert_eq!(
            sentence(&digest(
                Language::En,
                vec![south(), draft("Old", "07", None)]
            )),
            None
        );
    }

    #[test]
    fn one_group_none_new_and_the_largest_day_are_said_where_they_are_so() {
        let old = |n: usize, group| -> Vec<DraftEntry> {
            (0..n)
                .map(|at| draft(&format!("T{at}"), "03", group))
                .collect()
        };
        let told = sentence(&digest(Language::En, old(3, Some("netmod"))));
        assert_eq!(
            told.as_deref(),
            Some("All 3 drafts are documents of netmod.")
        );
        assert_eq!(
            sentence(&digest(Language::En, old(2, Some("netmod")))),
            None
        );
        let told = sentence(&digest(Language::En, old(3, None)));
        assert_eq!(told.as_deref(), Some("No draft is a first version."));
        let mut busy = digest(Language::En, old(14, None));
        let count = |back: i64, drafts| DayCount {
            day: busy.date.plus(-back),
            drafts,
            rfcs: 0,
            announcements: drafts,
        };
        busy.recent = (0..12)
            .rev()
            .map(|back| count(back, if back == 0 { 14 } else { 13 }))
            .collect();
        let told = sentence(&busy);
        assert_eq!(
            told.as_deref(),
            Some("None of the 11 days before had as many drafts.")
        );
        busy.recent[0].drafts = 14;
        assert_eq!(
            sentence(&busy).as_deref(),
            Some("No draft is a first version.")
        );
        assert_eq!(sentence(&digest(Language::En, Vec::new())), None);
    }
}
