//! Terms of the field that a Japanese text has in common with English facts, by the glossary.

use std::sync::OnceLock;

use super::GroundingFacts;
use super::claims::has;

/// Returns the glossary: English terms with their Japanese ones, of two characters and more.
fn glossary() -> &'static [(&'static str, &'static str)] {
    static GLOSSARY: OnceLock<Vec<(&'static str, &'static str)>> = OnceLock::new();
    GLOSSARY.get_or_init(|| {
        let lines = include_str!("../japanese/glossary.tsv").lines();
        let terms = lines
            .filter(|line| !line.starts_with('#'))
            .filter_map(|line| {
                let mut columns = line.split('\t');
                Some((columns.next()?, columns.next()?))
            });
        terms
            .filter(|(_, japanese)| !japanese.is_ascii() && japanese.chars().count() > 1)
            .collect()
    })
}

/// Counts the terms of the facts that stand in a Japanese text.
pub(super) fn shared(text: &str, facts: &GroundingFacts) -> usize {
    let found = glossary()
        .iter()
        .filter(|(english, japanese)| text.contains(japanese) && has(&facts.text, english));
    found.count()
}
