//! The editor of `check`: a language model is asked for one gist.

use super::{Finding, Subject};
use crate::clock::Clock;
use crate::config::Config;

const EDITOR: Subject = Subject("editor");

/// Asks the model for the gist of one document, in each language of the editions. Nothing to say when no model is
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
    found.extend(remembered(config, settings, clock).await);
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
    let form = trial.form;
    let less = if trial.schema {
        ""
    } else {
        " (it holds no JSON schema, so that more of its answers may be refused)"
    };
    let tag = language.tag();
    match trial.gist {
        Ok(gist) => EDITOR.ok(format!(
            "{place}: one gist ({tag}) in {took:.1} s: {gist}; {form}{less}"
        )),
        Err(why) => EDITOR.warning(format!(
            "{place} answered in {took:.1} s, and its gist ({tag}) may not stand: {why}; try another model; {form}{less}"
        )),
    }
}

/// Tells the form in which the daemon asks, when it has found one out.
#[cfg(feature = "llm")]
async fn remembered(
    config: &Config,
    settings: &crate::editor::EditorSettings,
    clock: &Clock,
) -> Option<Finding> {
    use crate::archive::Archive;
    use crate::editor::Llm;

    let directory = config.archive_directory().ok()?;
    // Made now, it would belong to who runs this.
    if !directory.join("nikkan.db").is_file() {
        return None;
    }
    let archive = Archive::open_to_read(&directory).ok()?;
    let llm = Llm::new(settings, archive.clone(), clock.clone()).ok()?;
    let form = llm.remembered_form().await;
    drop(llm);
    archive.close().await;
    form.map(|form| EDITOR.ok(format!("remembered of the days before: {form}")))
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
