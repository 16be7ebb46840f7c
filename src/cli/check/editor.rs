//! The editor of `check`: a language model is asked for one summary.

use super::{Finding, Subject};
use crate::clock::Clock;
use crate::config::Config;

const EDITOR: Subject = Subject("editor");

/// Asks the model for the summary of one document, in each language of the editions. Nothing to say when no model is
/// configured.
#[cfg(feature = "llm")]
pub(super) async fn try_out(config: &Config, clock: &Clock) -> Vec<Finding> {
    use crate::editor::EditorKind;

    let Some(settings) =
        (config.editor.as_ref()).filter(|settings| settings.kind == EditorKind::Llm)
    else {
        return Vec::new();
    };
    let mut languages: Vec<_> = config.editions.iter().map(|e| e.language).collect();
    languages.sort();
    languages.dedup();
    let mut found = Vec::new();
    for language in languages {
        found.push(one(settings, clock, language).await);
    }
    found
}

#[cfg(feature = "llm")]
async fn one(
    settings: &crate::editor::EditorSettings,
    clock: &Clock,
    language: crate::digest::Language,
) -> Finding {
    use crate::archive::Archive;
    use crate::editor::Llm;

    // Without a file: nothing is remembered of a trial.
    let archive = match Archive::in_memory() {
        Ok(archive) => archive,
        Err(why) => return EDITOR.error(why),
    };
    let llm = match Llm::new(settings, archive, clock.clone()) {
        Ok(llm) => llm,
        Err(why) => return EDITOR.error(why),
    };
    let place = format!(
        "{} at {}",
        settings.model.as_deref().unwrap_or_default(),
        settings.base_url.as_deref().unwrap_or_default()
    );
    let trial = match llm.try_out(language).await {
        Ok(trial) => trial,
        // The digest goes out all the same, so that this is no reason not to start.
        Err(why) => {
            return EDITOR.warning(format!(
                "{place} does not write: {why}; until it does, the extract stands in"
            ));
        }
    };
    let took = trial.took.as_secs_f64();
    let tokens = trial.tokens.map(|tokens| format!(", {tokens} tokens"));
    let tokens = tokens.unwrap_or_default();
    let form = if trial.schema {
        ""
    } else {
        "; it takes no JSON schema, so that more of its answers may be refused"
    };
    let tag = language.tag();
    match trial.summary {
        Ok(summary) => EDITOR.ok(format!(
            "{place}: one summary ({tag}) in {took:.1} s{tokens}{form}: {summary}"
        )),
        Err(why) => EDITOR.warning(format!(
            "{place} answered in {took:.1} s{tokens}, and its summary ({tag}) may not stand: {why}; try another model{form}"
        )),
    }
}

/// Built without a model: one that is configured cannot write.
#[cfg(not(feature = "llm"))]
#[allow(clippy::unused_async)] // The same as with a model.
pub(super) async fn try_out(config: &Config, clock: &Clock) -> Vec<Finding> {
    let archive = crate::archive::Archive::in_memory();
    let opened = archive.map_err(|why| why.to_string()).and_then(|archive| {
        crate::editor::configured(config.editor.as_ref(), &archive, clock)
            .map_err(|why| why.to_string())
    });
    opened
        .err()
        .map(|why| EDITOR.error(why))
        .into_iter()
        .collect()
}
