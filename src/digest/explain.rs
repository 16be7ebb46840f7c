//! The points that made a digest, in plain view: why a draft stands under its theme, and why it is a hot topic or none.

use super::taxonomy::Taxonomy;
use super::themes::Reasoning;
use super::{Edition, Evidence, HotTopic, Theme, compile, documents, hot};
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
    /// Its number among the hot topics, when it is one.
    pub hot: Option<usize>,
}

impl Explained {
    /// Returns the sum of its points.
    pub fn points(&self) -> u32 {
        self.score.iter().map(|(points, _)| points).sum()
    }
}

/// Explains every document of the day that could be a hot topic, the most points first, then the other drafts.
pub fn explain(record: &DayRecord, edition: &Edition, taxonomy: &Taxonomy) -> Vec<Explained> {
    let digest = compile::compile(record, edition, taxonomy, None);
    let drafts = documents::drafts(record, edition);
    let read = compile::themes_of(&drafts, taxonomy);
    let surging = compile::surging(record, &read, edition, taxonomy);
    let candidates = hot::candidates(&hot::Material {
        record,
        themes: &digest.themes,
        rfcs: &digest.rfcs,
        surging: &surging,
        watch: &edition.watch,
    });
    let scored = candidates.into_iter().map(|candidate| {
        let is_it = |topic: &HotTopic| topic.document == candidate.document;
        Explained {
            theme: None,
            shown_under: None,
            hot: digest.hot_topics.iter().position(is_it).map(|at| at + 1),
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
            }),
        }
    }
    explained
}
