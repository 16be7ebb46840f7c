//! What a fact is worth: the table of docs/themes.md, which gives the reasons, and the RFCs that many work with.

/// A fact that has points.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Worth {
    StandardRfc,
    OtherRfc,
    Approval,
    LastCall,
    Adoption,
    Family,
    ReplacesKnown,
    UpdatesKnown,
    OpenLastCall,
    Subject,
    FirstVersion,
    Replaces,
    Surge,
    Updates,
    SeveralAuthors,
    SeveralRevisions,
    Watched,
}

/// Each fact, its points, and its words in docs/themes.md.
pub(super) const SCORE: [(Worth, u32, &str); 17] = [
    (
        Worth::StandardRfc,
        90,
        "published as an RFC, on the standards track or as best current practice",
    ),
    (Worth::OtherRfc, 75, "published as another RFC"),
    (Worth::Approval, 50, "approved by the IESG today"),
    (Worth::LastCall, 40, "its last call began today"),
    (Worth::Adoption, 35, "first version as a group's document"),
    (Worth::Family, 28, "sister drafts on the same day"),
    (
        Worth::ReplacesKnown,
        20,
        "replaces, or would, an RFC that many work with",
    ),
    (
        Worth::UpdatesKnown,
        16,
        "updates, or would, an RFC that many work with",
    ),
    (
        Worth::OpenLastCall,
        15,
        "revised while its last call is open",
    ),
    (Worth::Subject, 14, "its title names what people talk about"),
    (Worth::FirstVersion, 12, "first version of persons"),
    (Worth::Replaces, 8, "replaces, or would, another RFC"),
    (Worth::Surge, 8, "its theme surges"),
    (Worth::Updates, 5, "updates, or would, another RFC"),
    (
        Worth::SeveralAuthors,
        4,
        "first version by three authors or more",
    ),
    (Worth::SeveralRevisions, 3, "two revisions on one day"),
    (Worth::Watched, 0, "on the reader's watch list"),
];

/// With fewer points a document is no hot topic: a thin day has fewer of them, or none.
pub(super) const LEAST: u32 = 20;

/// Taken off for each topic that the same theme has already, so that a day's topics differ where their points are near.
pub(super) const SAME_THEME: u32 = 6;

/// From this many on, the authors of a first version are several.
pub(super) const SEVERAL: usize = 3;

impl Worth {
    pub(super) fn points(self) -> u32 {
        let mut lines = SCORE.iter();
        let line = lines.find(|(worth, ..)| *worth == self);
        line.map_or(0, |(_, points, _)| *points)
    }
}

/// Returns true when one of `numbers` is an RFC that a large part of the readers work with.
pub(super) fn is_known(numbers: &[u32]) -> bool {
    numbers.iter().any(|number| WELL_KNOWN.contains(number))
}

/// A document that changes one of these concerns many.
const WELL_KNOWN: [u32; 44] = [
    791, 793, 1034, 1035, 2119, 2131, 2328, 3261, 3550, 3986, 4033, 4271, 4301, 4861, 5280, 5321,
    5322, 5545, 5880, 6241, 6376, 6455, 6749, 7296, 7489, 7519, 7950, 8040, 8200, 8259, 8402, 8415,
    8446, 8484, 8555, 8949, 9000, 9001, 9051, 9110, 9111, 9112, 9113, 9293,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documentation_has_the_same_table() {
        let text = include_str!("../../docs/themes.md");
        let (_, section) = text.split_once("## What makes a hot topic").unwrap();
        let told: Vec<(&str, u32)> = section
            .lines()
            .filter_map(|line| {
                let mut cells = line.split('|').map(str::trim).skip(1);
                Some((cells.next()?, cells.next()?.parse().ok()?))
            })
            .collect();
        let table: Vec<(&str, u32)> = SCORE
            .iter()
            .map(|(_, points, fact)| (*fact, *points))
            .collect();
        assert_eq!(told, table);
        assert!(
            section.contains(&format!("fewer than {LEAST} points")),
            "{section}"
        );
        assert!(
            section.contains(&format!("takes {SAME_THEME} points off")),
            "{section}"
        );
    }

    #[test]
    fn every_fact_has_one_line_and_the_most_points_stand_first() {
        assert!(SCORE.is_sorted_by_key(|(_, points, _)| std::cmp::Reverse(*points)));
        for (at, (worth, points, _)) in SCORE.iter().enumerate() {
            assert_eq!(worth.points(), *points);
            assert!(SCORE[..at].iter().all(|(before, ..)| before != worth));
        }
    }
}
