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

/// The acronym of a group's area, or `irtf`; `None` for a group that is not in the table.
pub(super) fn of_group(acronym: &str) -> Option<&'static str> {
    AREAS.get(acronym.to_ascii_lowercase().as_str()).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_groups_have_their_area_and_others_none() {
        assert_eq!(of_group("netmod"), Some("ops"));
        assert_eq!(of_group("QUIC"), Some("wit"));
        assert_eq!(of_group("cfrg"), Some("irtf"));
        assert_eq!(of_group("sidrops"), Some("ops"));
        assert_eq!(of_group("cdni"), Some("wit"));
        assert_eq!(of_group("exmaint"), None);
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
