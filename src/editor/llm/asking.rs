//! One answer, with patience: waits while the service wants to be left alone, counts what it spends before it spends it,
//! and gives up where waiting would be in vain.

use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;
use tracing::warn;

use super::client::Failure;
use super::plan::Task;
use super::{Llm, TextRequest, budget, lock, prompt, reply};
use crate::wording::Language;

/// Waits after failures that follow each other: 1, 2, 4, 8 s, and then it is down.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// After so many failures in a row the service is down for this night.
const DOWN: u32 = 5;
/// For how long a service that is down, or refuses, is left alone.
const LONG_WAIT: Duration = Duration::from_secs(15 * 60);
/// How often the work ahead looks again, when nothing keeps it from asking.
const SOON: Duration = Duration::from_secs(60);

/// Why a text was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum GaveUp {
    /// The service is down or wants to be left alone for longer than there is time.
    #[error("{0}")]
    NotNow(String),
    /// The day's budget is spent.
    #[error("what may be spent on this day is spent")]
    Spent,
    /// What came is no answer.
    #[error("{0}")]
    Nonsense(String),
}

/// How the service is to be treated.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Quiet {
    /// It is left alone until then.
    until: Option<Instant>,
    /// It said so itself.
    told: bool,
    /// Failures in a row.
    failures: u32,
    /// That the budget is spent was said already, for this day.
    spent: Option<crate::clock::Day>,
}

impl Llm {
    /// A night begins: what failed before may work now. What the service asked for itself is kept to.
    pub(super) fn begin_anew(&self) {
        let mut quiet = lock(&self.quiet);
        quiet.failures = 0;
        if !quiet.told {
            quiet.until = None;
        }
    }

    /// For how long the service is to be left alone; a short while, where nothing is known.
    pub(super) fn left_alone_for(&self) -> Duration {
        let quiet = *lock(&self.quiet);
        if quiet.spent == Some(self.clock.today()) {
            return LONG_WAIT;
        }
        let left = quiet
            .until
            .map(|until| until.saturating_duration_since(Instant::now()));
        left.unwrap_or_default().max(SOON)
    }

    /// The object that the model answers with.
    pub(super) async fn ask(
        &self,
        task: Task,
        items: &[&TextRequest],
        refused: &[(&TextRequest, String)],
        language: Language,
        until: Instant,
    ) -> Result<Value, GaveUp> {
        let instructions = self.voice.instructions(task, language);
        let refused: Vec<(&TextRequest, &str)> = refused
            .iter()
            .map(|(item, why)| (*item, why.as_str()))
            .collect();
        let question = prompt::question(task, language, items, &refused);
        let schema = task.schema(items);
        let size = instructions.len() + question.len() + schema.to_string().len();
        let answer = budget::answer_tokens(items.len());
        let estimate = budget::estimate(&self.settings, size, answer);
        loop {
            let _slot = self.slots.acquire().await;
            self.wait_while_quiet(until).await?;
            let day = self.clock.today();
            self.reserve(day, estimate).await?;
            let asked = self
                .client
                .ask(&instructions, &question, &schema, answer)
                .await;
            let real = match &asked {
                Ok(reply) => budget::real(&self.settings, size, reply),
                // Nothing was written, so that nothing is to be paid for.
                Err(Failure::Form(_) | Failure::Refused(_)) => crate::archive::ModelUsage {
                    requests: 1,
                    ..Default::default()
                },
                // It may have been written and paid for, although it did not arrive.
                Err(Failure::Later { .. } | Failure::Nonsense(_)) => estimate,
            };
            if let Err(why) = self.archive.settle_model_usage(day, estimate, real).await {
                warn!(%why, "what was spent cannot be kept");
            }
            match asked {
                Ok(reply) => {
                    return match reply::object(&reply.text) {
                        Ok(object) => {
                            let mut quiet = lock(&self.quiet);
                            (quiet.failures, quiet.until, quiet.told) = (0, None, false);
                            Ok(object)
                        }
                        Err(why) => Err(self.nonsense(why)),
                    };
                }
                Err(Failure::Form(why)) => {
                    let form = self.client.form();
                    warn!(%why, ?form, "the service does not know this form");
                }
                Err(Failure::Nonsense(why)) => return Err(self.nonsense(why)),
                Err(Failure::Refused(why)) => {
                    warn!(%why, "the model refuses");
                    let mut quiet = lock(&self.quiet);
                    quiet.until = Some(Instant::now() + LONG_WAIT);
                    return Err(GaveUp::NotNow(why));
                }
                Err(Failure::Later { why, after }) => {
                    let wait = self.failed(after);
                    warn!(%why, wait = wait.as_secs_f64(), "the model does not answer");
                }
            }
        }
    }

    /// Notes an answer that is none. One is asked again at once, a row of them is not paid for all night.
    fn nonsense(&self, why: String) -> GaveUp {
        let mut quiet = lock(&self.quiet);
        quiet.failures += 1;
        if quiet.failures >= DOWN {
            quiet.until = Some(Instant::now() + LONG_WAIT);
            quiet.told = false;
        }
        GaveUp::Nonsense(why)
    }

    /// Notes a failure; for how long the service is now left alone.
    fn failed(&self, after: Option<Duration>) -> Duration {
        let mut quiet = lock(&self.quiet);
        quiet.failures += 1;
        let wait = match after {
            Some(after) => after.min(24 * LONG_WAIT),
            None if quiet.failures >= DOWN => LONG_WAIT,
            None => FIRST_WAIT * 2u32.pow(quiet.failures - 1),
        };
        quiet.told = after.is_some();
        let until = Instant::now() + wait;
        quiet.until = quiet.until.max(Some(until));
        wait
    }

    /// Waits until the service may be asked; not at all, where that is after `until`.
    async fn wait_while_quiet(&self, until: Instant) -> Result<(), GaveUp> {
        loop {
            let quiet = lock(&self.quiet).until;
            match quiet {
                Some(quiet) if quiet >= until => {
                    return Err(GaveUp::NotNow("the service is left alone".into()));
                }
                Some(quiet) if quiet > Instant::now() => tokio::time::sleep_until(quiet).await,
                _ => return Ok(()),
            }
        }
    }

    /// Counts a request before it is made. Where that cannot be written down it is not made: what is not counted has no
    /// bound.
    async fn reserve(
        &self,
        day: crate::clock::Day,
        estimate: crate::archive::ModelUsage,
    ) -> Result<(), GaveUp> {
        match self
            .archive
            .reserve_model_usage(day, estimate, budget::most(&self.settings))
            .await
        {
            Ok(true) => Ok(()),
            Ok(false) => {
                let mut quiet = lock(&self.quiet);
                if quiet.spent != Some(day) {
                    quiet.spent = Some(day);
                    warn!(%day, "what may be spent on the model on this day is spent; the extract stands for the rest");
                }
                Err(GaveUp::Spent)
            }
            Err(why) => Err(GaveUp::NotNow(format!("the archive cannot count: {why}"))),
        }
    }
}
