//! Which area a group belongs to: a table with its date, and nothing that is guessed.

use std::collections::BTreeMap;
use std::sync::LazyLock;

static AREAS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("groups.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(area, groups)| groups.split_whitespace().map(move |group| (group, area)))
        .collect()
});

/// Returns the acronym of a group's area, or `irtf`; `None` for a group that is not in the table.
pub(super) fn area_of(acronym: &str) -> Option<&'static str> {
    AREAS.get(acronym.to_ascii_lowercase().as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_groups_have_their_area_and_others_none() {
        assert_eq!(area_of("netmod"), Some("ops"));
        assert_eq!(area_of("QUIC"), Some("wit"));
        assert_eq!(area_of("cfrg"), Some("irtf"));
        assert_eq!(area_of("sidrops"), Some("ops"));
        assert_eq!(area_of("cdni"), Some("wit"));
        assert_eq!(area_of("exmaint"), None);
    }

    #[test]
    fn no_group_stands_in_two_areas() {
        let all = include_str!("groups.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let count: usize = all.map(|line| line.split_whitespace().count() - 1).sum();
        assert_eq!(count, AREAS.len());
        assert!(count > 120);
    }
}
