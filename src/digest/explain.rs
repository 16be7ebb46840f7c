//! The points that made a digest, in plain view: why a draft stands under its theme, and why it is a hot topic or none.

use super::taxonomy::Taxonomy;
use super::themes::Reasoning;
use super::{Edition, Evidence, HotTopic, Theme, compile, documents, facts, hot, score};
use crate::archive::DayRecord;

/// Why a document stands where it does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explained {
    /// The draft's name, or `rfc9737`.
    pub document: String,
    /// Its theme by content; `None` for what is no draft of the day.
    pub theme: Option<Reasoning>,
    /// The title under which it is shown: small themes join others.
    pub shown_under: Option<String>,
    /// The points that make it a hot topic, most first.
    pub score: Vec<(u32, Evidence)>,
    /// Its number among the hot topics, when it is one or is told with one.
    pub hot: Option<usize>,
    /// The sister draft that leads its topic, when that is another.
    pub told_with: Option<String>,
}

impl Explained {
    /// The points without which nothing is a hot topic.
    pub const LEAST: u32 = score::LEAST;

    /// Returns the sum of its points.
    pub fn points(&self) -> u32 {
        self.score.iter().map(|(points, _)| points).sum()
    }
}

/// Explains every document of the day that has a fact, in the order of hot topics, then the other drafts.
pub fn explain(record: &DayRecord, edition: &Edition, taxonomy: &Taxonomy) -> Vec<Explained> {
    let digest = compile::compile(record, edition, taxonomy, None);
    let drafts = documents::drafts(record, edition);
    let read = compile::themes_of(&drafts, taxonomy);
    let surging = compile::surging(record, &read, edition, taxonomy);
    let candidates = hot::candidates(&facts::Material {
        record,
        themes: &digest.themes,
        rfcs: &digest.rfcs,
        surging: &surging,
        watch: &edition.watch,
    });
    let scored = candidates.into_iter().map(|candidate| {
        let is_of = |(topic, _): &(&HotTopic, usize)| {
            topic.document == candidate.document || topic.with.contains(&candidate.document)
        };
        let topic = digest.hot_topics.iter().zip(1..).find(is_of);
        let lead = topic.map(|(topic, _)| topic.document.clone());
        Explained {
            theme: None,
            shown_under: None,
            hot: topic.map(|(_, number)| number),
            told_with: lead.filter(|lead| *lead != candidate.document),
            document: candidate.document,
            score: candidate.scored,
        }
    });
    let mut explained: Vec<Explained> = scored.collect();
    for draft in &drafts {
        let holds = |theme: &&Theme| theme.drafts.iter().any(|one| one.name == draft.name);
        let under = digest.themes.iter().find(holds);
        let under = under.map(|theme| theme.title.clone());
        let theme = Some(taxonomy.reason(draft));
        match explained.iter_mut().find(|one| one.document == draft.name) {
            Some(one) => (one.theme, one.shown_under) = (theme, under),
            None => explained.push(Explained {
                document: draft.name.clone(),
                theme,
                shown_under: under,
                score: Vec::new(),
                hot: None,
                told_with: None,
            }),
        }
    }
    explained
}
