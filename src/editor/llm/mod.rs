//! The editor that asks a language model. It works ahead while the day goes on, remembers in the archive what it was given,
//! and never holds up a digest: at its deadline the digest goes out with what is there, and the extract stands for the rest.
//!
//! The model's texts are judged by `grounding` and put into the digest as text like any other; they decide nothing.

use std::sync::Mutex;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::Timestamp;
use tokio::sync::Semaphore;
use tokio::time::Instant;
use tracing::{debug, info, warn};

use super::grounding::{self, TextRequest};
use super::{Ahead, Edited, Editor, EditorError, EditorSettings, Writing};
use crate::archive::{Archive, ModelTextKey};
use crate::clock::{Clock, Day};
use crate::digest::Digest;
use crate::wording::Language;

mod asking;
mod client;
mod compose;
mod plan;
mod prompt;
mod reply;
mod trial;

use asking::NotWritten;
use client::Client;
use compose::{Texts, compose};
use plan::Task;
use prompt::InstructionTemplate;
pub use trial::Trial;

/// Times that a text is asked for: what is refused twice is not asked for a third time.
const TRIES: usize = 2;

/// The editor `llm`.
#[derive(Debug)]
pub struct Llm {
    settings: EditorSettings,
    model: String,
    instructions: InstructionTemplate,
    client: Client,
    archive: Archive,
    clock: Clock,
    /// Requests that may be under way at once, from whichever edition.
    slots: Semaphore,
    quiet: Mutex<asking::ServiceState>,
}

impl Llm {
    /// Sets the editor up; nobody is asked yet.
    ///
    /// # Errors
    /// See [`EditorError`].
    pub fn new(
        settings: &EditorSettings,
        archive: Archive,
        clock: Clock,
    ) -> Result<Self, EditorError> {
        let model = settings.model.clone();
        Ok(Llm {
            model: model.ok_or(EditorError::Missing("model"))?,
            instructions: InstructionTemplate::parse(settings.prompt.as_deref())?,
            client: Client::new(settings)?,
            slots: Semaphore::new(settings.concurrency.clamp(1, 16)),
            settings: settings.clone(),
            archive,
            clock,
            quiet: Mutex::default(),
        })
    }

    fn key(&self, item: &TextRequest, language: Language) -> ModelTextKey {
        let instructions = self.instructions.for_task(Task::of(item.kind), language);
        ModelTextKey {
            document: item.id.clone(),
            revision: item.revision.clone(),
            language: language.tag().to_owned(),
            model: self.model.clone(),
            prompt: prompt::hash(&instructions, item),
            kind: item.kind.name().to_owned(),
        }
    }

    /// Returns what is remembered of `items`. An archive that cannot be read remembers nothing.
    async fn recall(&self, items: &[TextRequest], language: Language) -> Texts {
        let keys = items.iter().map(|item| self.key(item, language)).collect();
        let found = self.archive.model_texts(keys).await.unwrap_or_else(|why| {
            warn!(%why, "what was written cannot be read");
            Vec::new()
        });
        let found = items.iter().zip(found);
        found
            .filter_map(|(item, text)| Some(((item.kind, item.id.clone()), text?)))
            .collect()
    }

    /// Asks for what is missing, and adds it to `texts` as it comes.
    async fn write(
        &self,
        items: &[TextRequest],
        language: Language,
        texts: &Mutex<Texts>,
        until: Instant,
    ) {
        let missing: Vec<TextRequest> = {
            let texts = lock(texts);
            let unknown = |item: &&TextRequest| !texts.contains_key(&(item.kind, item.id.clone()));
            items.iter().filter(unknown).cloned().collect()
        };
        let questions = futures_util::stream::iter(plan::questions(missing));
        let at_once = self.settings.concurrency.clamp(1, 16);
        questions
            .for_each_concurrent(at_once, |(task, items)| async move {
                if let Err(why) = self.answer(task, &items, language, texts, until).await {
                    debug!(task = task.name(), %why, "not written");
                }
            })
            .await;
    }

    /// Asks one question, and once more for what was wrong in the answer.
    async fn answer(
        &self,
        task: Task,
        items: &[TextRequest],
        language: Language,
        texts: &Mutex<Texts>,
        until: Instant,
    ) -> Result<(), NotWritten> {
        let mut open: Vec<&TextRequest> = items.iter().collect();
        let mut refused: Vec<(&TextRequest, String)> = Vec::new();
        for attempt in 1..=TRIES {
            let answer = match self.ask(task, &open, &refused, language, until).await {
                Ok(answer) => answer,
                Err(NotWritten::Nonsense(why)) if attempt < TRIES => {
                    warn!(task = task.name(), %why, "the model's answer is none");
                    continue;
                }
                Err(why) => return Err(why),
            };
            let asked: Vec<TextRequest> = open.iter().map(|item| (*item).clone()).collect();
            let verdict = grounding::judge(&asked, &task.answers(&answer), language);
            warn_of_strangers(&verdict.strangers);
            let good = verdict.good.into_iter();
            let mut settled: Vec<(&TextRequest, Option<String>)> =
                good.map(|(at, text)| (open[at], Some(text))).collect();
            refused.clear();
            for (at, why) in verdict.bad {
                debug!(task = task.name(), id = open[at].id, kind = open[at].kind.name(), %why, "refused");
                if attempt == TRIES {
                    settled.push((open[at], None));
                }
                refused.push((open[at], why));
            }
            self.keep(settled, language, texts).await;
            open = refused.iter().map(|(item, _)| *item).collect();
            if open.is_empty() {
                return Ok(());
            }
        }
        warn!(
            task = task.name(),
            texts = open.len(),
            "refused twice; the extract stands for them"
        );
        Ok(())
    }

    /// Remembers texts, here and in the archive.
    async fn keep(
        &self,
        settled: Vec<(&TextRequest, Option<String>)>,
        language: Language,
        texts: &Mutex<Texts>,
    ) {
        let rows = settled
            .iter()
            .map(|(item, text)| (self.key(item, language), text.clone()))
            .collect();
        let settled = settled.into_iter();
        lock(texts).extend(settled.map(|(item, text)| ((item.kind, item.id.clone()), text)));
        // A full disk: the digest has them all the same.
        if let Err(why) = self.archive.store_model_texts(rows, self.clock.now()).await {
            warn!(%why, "what was written cannot be kept");
        }
    }

    /// Works on `items` until the wall clock shows `until`, and returns what is known of them then.
    async fn work(
        &self,
        items: &[TextRequest],
        language: Language,
        day: Day,
        until: Option<Timestamp>,
    ) -> Texts {
        let texts = Mutex::new(self.recall(items, language).await);
        let before = lock(&texts).len();
        if let Some(until) = until
            && before < items.len()
        {
            let left = until.duration_since(self.clock.now());
            let left = Duration::try_from(left).unwrap_or_default();
            // The wall clock decides, and when it was set back, the time that has passed.
            tokio::select! {
                biased;
                () = self.clock.sleep_until(until) => {}
                () = tokio::time::sleep(left) => {}
                () = self.write(items, language, &texts, Instant::now() + left) => {}
            }
        }
        let texts = std::mem::take(&mut *lock(&texts));
        let (written, open) = (texts.len() - before, items.len() - texts.len());
        if written > 0 {
            info!(%day, language = language.tag(), written, open, "written by the model");
        }
        texts
    }
}

impl Editor for Llm {
    fn prepare<'a>(
        &'a self,
        digest: &'a Digest,
        ahead: Ahead,
        until: Timestamp,
    ) -> Writing<'a, Option<Duration>> {
        Box::pin(async move {
            let mut items = plan::items(digest);
            if ahead == Ahead::Summaries {
                items.retain(|item| Task::of(item.kind) == Task::Summaries);
            }
            let texts = self
                .work(&items, digest.language, digest.date, Some(until))
                .await;
            (texts.len() < items.len()).then(|| self.left_alone_for())
        })
    }

    fn edit(&self, digest: Digest, until: Option<Timestamp>) -> Writing<'_, Edited> {
        Box::pin(async move {
            if until.is_some() {
                self.forget_failures();
            }
            let items = plan::items(&digest);
            let texts = self.work(&items, digest.language, digest.date, until).await;
            compose(digest, &items, &texts, &self.model)
        })
    }
}

/// Names in the log what a model wrote about that was not asked for.
fn warn_of_strangers(strangers: &[String]) {
    for stranger in strangers.iter().take(3) {
        let harmless = stranger.chars().filter(|c| !c.is_control());
        let id: String = harmless.take(80).collect();
        warn!(%id, "the model wrote about a document that was not announced");
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // What these locks guard is whole at every step.
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
