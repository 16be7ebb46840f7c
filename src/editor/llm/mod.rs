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
use super::{Ahead, Edited, Editor, EditorError, EditorSettings, Extract, Writing};
use crate::archive::{Archive, ModelTextKey};
use crate::clock::{Clock, Day};
use crate::digest::Digest;
use crate::wording::Language;

mod asking;
mod client;
mod compose;
mod form;
mod plain;
mod plan;
mod prompt;
mod remembered;
mod reply;
mod sent;
mod status;
mod trial;

use asking::NotWritten;
use client::Client;
use compose::{Texts, compose};
use form::{AnswerForm, FormState};
use plan::Task;
use prompt::InstructionTemplate;
pub use trial::Trial;

/// Times that a text is asked for: what is refused twice is not asked for a third time.
const TRIES: usize = 2;

/// The editor `llm`.
#[derive(Debug)]
pub struct Llm {
    /// What stands for a text that the model does not deliver.
    extract: Extract,
    settings: EditorSettings,
    model: String,
    instructions: InstructionTemplate,
    client: Client,
    archive: Archive,
    clock: Clock,
    /// Requests that may be under way at once, from whichever edition.
    slots: Semaphore,
    quiet: Mutex<asking::ServiceState>,
    /// The form that the archive knows of; empty before it was looked up.
    remembered: Mutex<Option<Option<form::Form>>>,
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
            extract: Extract::configured(Some(settings))?,
            settings: settings.clone(),
            archive,
            clock,
            quiet: Mutex::default(),
            remembered: Mutex::default(),
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

    /// Returns what can be asked for a digest, in the form that the service takes as far as it is known.
    async fn items(&self, digest: &Digest) -> Vec<TextRequest> {
        self.recall_form().await;
        let mut items = plan::items(digest);
        self.retain_askable(&mut items, &Texts::new());
        items
    }

    /// Leaves out what a service can not be asked for, and is not written yet.
    fn retain_askable(&self, items: &mut Vec<TextRequest>, texts: &Texts) {
        let form = self.client.form().answer;
        items.retain(|item| {
            let written = texts.contains_key(&(item.kind, item.id.clone()));
            written || plan::is_askable(item.kind, form)
        });
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
        let questions = match self.client.form().answer {
            AnswerForm::Single => missing.into_iter().map(|item| vec![item]).collect(),
            _ => plan::questions(missing),
        };
        let at_once = self.settings.concurrency.clamp(1, 16);
        futures_util::stream::iter(questions)
            .for_each_concurrent(at_once, |items| async move {
                if let Err(why) = self.answer(&items, language, texts, until).await {
                    debug!(texts = items.len(), %why, "not written");
                }
            })
            .await;
    }

    /// Asks for texts that belong to one question, in whatever form the service is found to take.
    async fn answer(
        &self,
        items: &[TextRequest],
        language: Language,
        texts: &Mutex<Texts>,
        until: Instant,
    ) -> Result<(), NotWritten> {
        let mut open: Vec<&TextRequest> = items.iter().collect();
        while let Some(first) = open.first() {
            let task = Task::of(first.kind);
            let form = self.client.form().answer;
            open.retain(|item| plan::is_askable(item.kind, form));
            open = match form {
                AnswerForm::Single => self.answer_each(open, language, texts, until).await?,
                _ => {
                    self.answer_together(task, open, language, texts, until)
                        .await?
                }
            };
        }
        Ok(())
    }

    /// Asks one question, and once more for what was wrong in the answer. Returns what is to be asked in another form.
    async fn answer_together<'a>(
        &self,
        task: Task,
        mut open: Vec<&'a TextRequest>,
        language: Language,
        texts: &Mutex<Texts>,
        until: Instant,
    ) -> Result<Vec<&'a TextRequest>, NotWritten> {
        let all = open.len();
        let form = self.client.form().answer;
        let mut refused: Vec<(&TextRequest, String)> = Vec::new();
        for attempt in 1..=TRIES {
            let question = prompt::together(&self.instructions, task, language, &open, &refused);
            let answer = match self.ask(&question, reply::find_object, until).await {
                Ok(answer) => answer,
                Err(NotWritten::OtherForm) => return Ok(open),
                Err(NotWritten::Nonsense(why)) if attempt < TRIES => {
                    warn!(task = task.name(), %why, "the model's answer is none");
                    continue;
                }
                Err(NotWritten::Nonsense(_)) if self.client.form().answer > form => {
                    return Ok(open);
                }
                Err(why) => return Err(why),
            };
            let asked: Vec<TextRequest> = open.iter().map(|item| (*item).clone()).collect();
            let verdict = grounding::judge(&asked, &task.answers(&answer), language);
            warn_of_strangers(&verdict.strangers);
            let good = verdict.good.into_iter();
            let good = good.map(|(at, text)| (open[at], Some(text))).collect();
            self.keep(good, language, texts).await;
            refused.clear();
            for (at, why) in verdict.bad {
                tell_refused(open[at], &why);
                refused.push((open[at], why));
            }
            open = refused.iter().map(|(item, _)| *item).collect();
            if open.is_empty() {
                break;
            }
        }
        if (self.client.form_state()).judged(form, all, open.len()) {
            return Ok(open);
        }
        if !open.is_empty() {
            let texts = open.len();
            warn!(
                task = task.name(),
                texts, "refused twice; the extract stands for them"
            );
        }
        let given_up = open.into_iter().map(|item| (item, None)).collect();
        self.keep(given_up, language, texts).await;
        Ok(Vec::new())
    }

    /// Asks for one text after the other, each twice at most. Returns what is to be asked in another form.
    async fn answer_each<'a>(
        &self,
        open: Vec<&'a TextRequest>,
        language: Language,
        texts: &Mutex<Texts>,
        until: Instant,
    ) -> Result<Vec<&'a TextRequest>, NotWritten> {
        for (at, item) in open.iter().enumerate() {
            let mut refused: Option<String> = None;
            let mut written = None;
            for attempt in 1..=TRIES {
                let question = plain::question(item, language, refused.as_deref());
                let text = match self.ask(&question, reply::find_text, until).await {
                    Ok(text) => text,
                    Err(NotWritten::OtherForm) => return Ok(open[at..].to_vec()),
                    Err(NotWritten::Nonsense(_)) if attempt < TRIES => continue,
                    Err(why) => return Err(why),
                };
                match grounding::judge_one(item, &text, language) {
                    Ok(text) => {
                        written = Some(text);
                        break;
                    }
                    Err(why) => {
                        tell_refused(item, &why);
                        refused = Some(why);
                    }
                }
            }
            let hopeless = {
                let mut state = self.client.form_state();
                state.judged(AnswerForm::Single, 1, usize::from(written.is_none()));
                let hopeless = state.is_hopeless();
                if hopeless {
                    *state = FormState::default();
                }
                hopeless
            };
            self.keep(vec![(*item, written)], language, texts).await;
            if hopeless {
                self.leave_alone();
                let why = "none of its texts may stand: this model cannot write them";
                warn!(model = self.model, "{why}");
                return Err(NotWritten::NotNow(why.into()));
            }
        }
        Ok(Vec::new())
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
        for (item, text) in &settled {
            if let Some(text) = text {
                debug!(id = item.id, kind = item.kind.name(), ?text, "accepted");
            }
        }
        let settled = settled.into_iter();
        lock(texts).extend(settled.map(|(item, text)| ((item.kind, item.id.clone()), text)));
        // A full disk: the digest has them all the same.
        if let Err(why) = self.archive.store_model_texts(rows, self.clock.now()).await {
            warn!(%why, "what was written cannot be kept");
        }
        self.remember_form().await;
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
    fn writes_ahead(&self) -> bool {
        true
    }

    fn prepare<'a>(
        &'a self,
        digest: &'a Digest,
        ahead: Ahead,
        until: Timestamp,
    ) -> Writing<'a, Option<Duration>> {
        Box::pin(async move {
            let digest = self.extract.write(digest.clone()).digest;
            let mut items = self.items(&digest).await;
            if ahead == Ahead::Summaries {
                items.retain(|item| Task::of(item.kind) == Task::Summaries);
            }
            let texts = self
                .work(&items, digest.language, digest.date, Some(until))
                .await;
            self.retain_askable(&mut items, &texts);
            (texts.len() < items.len()).then(|| self.left_alone_for())
        })
    }

    fn edit(&self, digest: Digest, until: Option<Timestamp>) -> Writing<'_, Edited> {
        Box::pin(async move {
            if until.is_some() {
                self.forget_failures();
            }
            let edited = self.extract.write(digest);
            let digest = &edited.digest;
            let mut items = self.items(digest).await;
            let texts = self.work(&items, digest.language, digest.date, until).await;
            self.retain_askable(&mut items, &texts);
            compose(edited, &items, &texts, &self.model)
        })
    }
}

/// Tells in the log why a text may not stand.
fn tell_refused(item: &TextRequest, why: &str) {
    debug!(id = item.id, kind = item.kind.name(), why, "refused");
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
