//! One answer, with patience: waits while the service wants to be left alone, counts what it spends before it spends it,
//! and gives up when waiting would be in vain.

use std::time::Duration;

use tokio::time::Instant;
use tracing::{debug, warn};

use super::client::Failure;
use super::form::{AnswerForm, Form};
use super::prompt::Question;
use super::reply::Reply;
use super::{Llm, lock};
use crate::archive::ModelUsage;
use crate::clock::Day;
use crate::editor::EditorSettings;

/// Waits after failures that follow each other: 1, 2, 4, 8 s, and then it is down.
const FIRST_WAIT: Duration = Duration::from_secs(1);
/// After so many failures in a row the service counts as down.
const DOWN: u32 = 5;
/// For how long a service that is down, or refuses, is left alone.
const LONG_WAIT: Duration = Duration::from_secs(15 * 60);
/// The time after which the work ahead looks again, when nothing keeps it from asking.
const SOON: Duration = Duration::from_secs(60);

/// Why a text was not written.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotWritten {
    /// The service is down or wants to be left alone for longer than there is time.
    #[error("{0}")]
    NotNow(String),
    /// The day's budget is spent.
    #[error("what may be spent on this day is spent")]
    Spent,
    /// An answer came that is none.
    #[error("{0}")]
    Nonsense(String),
    /// The model is to be asked in another way, which has been found out meanwhile.
    #[error("it is asked in another form")]
    OtherForm,
}

/// The state of the service as far as it is known, and with it when it may be asked.
#[derive(Clone, Debug, Default)]
pub(super) struct ServiceState {
    /// It is left alone until then.
    until: Option<Instant>,
    /// It said so itself.
    told: bool,
    /// Failures in a row.
    failures: u32,
    /// That the budget is spent was said already, for this day.
    spent: Option<Day>,
    /// What it said, or what was wrong, when it failed last.
    last: String,
}

impl Llm {
    /// Forgets failures when an end-of-day job begins: what failed before may work now. What the service asked for itself is
    /// kept to.
    pub(super) fn forget_failures(&self) {
        let mut quiet = lock(&self.quiet);
        quiet.failures = 0;
        if !quiet.told {
            quiet.until = None;
        }
    }

    /// Returns the time for which the service is to be left alone; a short while, when nothing is known.
    pub(super) fn left_alone_for(&self) -> Duration {
        let (spent, until) = {
            let quiet = lock(&self.quiet);
            (quiet.spent, quiet.until)
        };
        if spent == Some(self.clock.today()) {
            return LONG_WAIT;
        }
        let now = Instant::now();
        let left = until.unwrap_or(now).saturating_duration_since(now);
        left.max(SOON)
    }

    /// Asks until the model answers with something that can be read, or waiting would be in vain.
    pub(super) async fn ask<T>(
        &self,
        question: &Question,
        read: fn(&str) -> Result<T, String>,
        until: Instant,
    ) -> Result<T, NotWritten> {
        let Question {
            instructions, text, ..
        } = question;
        let size = instructions.len() + text.len() + question.schema.to_string().len();
        let answer = question.answer_tokens;
        let estimate = estimate(&self.settings, size, answer);
        loop {
            let _slot = self.slots.acquire().await;
            self.wait_while_quiet(until).await?;
            let form = self.client.form();
            if question.single != (form.answer == AnswerForm::Single) {
                return Err(NotWritten::OtherForm);
            }
            let day = self.clock.today();
            self.reserve(day, estimate).await?;
            let schema = &question.schema;
            let begun = Instant::now();
            let asked = (self.client.ask(form, instructions, text, schema, answer)).await;
            self.settle(day, estimate, size, &asked).await;
            match asked {
                Ok(reply) => {
                    let took = begun.elapsed().as_secs_f64();
                    let tokens = reply
                        .tokens
                        .map_or(0, |(question, answer)| question + answer);
                    debug!(took, tokens, form = ?form.answer, "answered");
                    match read(&reply.text) {
                        Ok(read) => {
                            self.client.form_state().answered(form);
                            let mut quiet = lock(&self.quiet);
                            (quiet.failures, quiet.until, quiet.told) = (0, None, false);
                            return Ok(read);
                        }
                        Err(why) => return Err(self.nonsense(form, why)),
                    }
                }
                Err(Failure::Form(why) | Failure::TooLong(why)) => {
                    let form = self.client.form();
                    warn!(%why, ?form, "the service does not know this form");
                }
                Err(Failure::Nonsense(why)) => return Err(self.nonsense(form, why)),
                Err(Failure::Refused(why)) => {
                    warn!(%why, "the model refuses");
                    self.leave_alone();
                    return Err(NotWritten::NotNow(why));
                }
                Err(Failure::Later { why, after }) => {
                    let wait = self.failed(after);
                    lock(&self.quiet).last.clone_from(&why);
                    warn!(%why, wait = wait.as_secs_f64(), "the model does not answer");
                }
            }
        }
    }

    /// Leaves the service alone for a long while.
    pub(super) fn leave_alone(&self) {
        let mut quiet = lock(&self.quiet);
        quiet.until = Some(Instant::now() + LONG_WAIT);
        quiet.told = false;
    }

    /// Puts the cost of a request in the place of what was reserved for it.
    async fn settle(
        &self,
        day: Day,
        estimate: ModelUsage,
        question: usize,
        asked: &Result<Reply, Failure>,
    ) {
        let actual = match asked {
            Ok(reply) => actual(&self.settings, question, reply),
            // Nothing was written, so that nothing is to be paid for.
            Err(Failure::Form(_) | Failure::TooLong(_) | Failure::Refused(_)) => ModelUsage {
                requests: 1,
                ..Default::default()
            },
            // It may have been written and paid for, although it did not arrive.
            Err(Failure::Later { .. } | Failure::Nonsense(_)) => estimate,
        };
        if let Err(why) = self.archive.settle_model_usage(day, estimate, actual).await {
            warn!(%why, "what was spent cannot be kept");
        }
    }

    /// Notes an answer that is none. One is asked again at once, a row of them is not paid for without end.
    fn nonsense(&self, form: Form, why: String) -> NotWritten {
        let easier = self.client.form_state().unreadable(form);
        let mut quiet = lock(&self.quiet);
        if easier {
            let form = self.client.form();
            warn!(%why, ?form, "the model does not hold this form");
            quiet.failures = 0;
            return NotWritten::Nonsense(why);
        }
        quiet.failures += 1;
        if quiet.failures >= DOWN {
            quiet.until = Some(Instant::now() + LONG_WAIT);
            quiet.told = false;
        }
        NotWritten::Nonsense(why)
    }

    /// Notes a failure; returns the time for which the service is now left alone.
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

    /// Waits until the service may be asked; not at all, if that is after `until`.
    async fn wait_while_quiet(&self, until: Instant) -> Result<(), NotWritten> {
        loop {
            let quiet = lock(&self.quiet).until;
            match quiet {
                Some(quiet) if quiet >= until => {
                    let last = lock(&self.quiet).last.clone();
                    return Err(NotWritten::NotNow(match last.as_str() {
                        "" => "the service is left alone".into(),
                        _ => last,
                    }));
                }
                Some(quiet) if quiet > Instant::now() => tokio::time::sleep_until(quiet).await,
                _ => return Ok(()),
            }
        }
    }

    /// Counts a request before it is made. When that cannot be written down it is not made: what is not counted has no
    /// bound.
    async fn reserve(&self, day: Day, estimate: ModelUsage) -> Result<(), NotWritten> {
        let limit = daily_limit(&self.settings);
        match self.archive.reserve_model_usage(day, estimate, limit).await {
            Ok(true) => Ok(()),
            Ok(false) => {
                let mut quiet = lock(&self.quiet);
                if quiet.spent != Some(day) {
                    quiet.spent = Some(day);
                    warn!(%day, "what may be spent on the model on this day is spent; the extract stands for the rest");
                }
                Err(NotWritten::Spent)
            }
            Err(why) => Err(NotWritten::NotNow(format!(
                "the archive cannot count: {why}"
            ))),
        }
    }
}

/// Returns the most that may be spent on one day.
fn daily_limit(settings: &EditorSettings) -> ModelUsage {
    ModelUsage {
        requests: settings.requests_per_day,
        tokens: settings.tokens_per_day,
        cost: whole(settings.cost_per_day * 1e6),
    }
}

/// Returns the most that a request can cost: no tokenizer makes more than a token of two bytes of such text.
fn estimate(settings: &EditorSettings, question: usize, answer: u64) -> ModelUsage {
    let question = u64::try_from(question).unwrap_or(u64::MAX / 2) / 2;
    spent(settings, question, answer)
}

/// Returns the cost of a request that was answered; an estimate when the service does not count.
fn actual(settings: &EditorSettings, question: usize, reply: &Reply) -> ModelUsage {
    let (question, answer) = reply.tokens.unwrap_or_else(|| {
        let third = |bytes: usize| u64::try_from(bytes / 3).unwrap_or(u64::MAX / 2);
        (third(question), third(reply.text.len()))
    });
    spent(settings, question, answer)
}

fn spent(settings: &EditorSettings, question: u64, answer: u64) -> ModelUsage {
    // A price per million tokens is millionths per token.
    #[allow(clippy::cast_precision_loss)] // Tokens are far below 2^52.
    let cost = question as f64 * settings.price.input + answer as f64 * settings.price.output;
    ModelUsage {
        requests: 1,
        tokens: question.saturating_add(answer),
        cost: whole(cost),
    }
}

/// Rounded up; what is no amount is nothing.
fn whole(number: f64) -> u64 {
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // Casts saturate.
    let whole = number.ceil().max(0.0) as u64;
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_price_is_per_million_tokens() {
        let settings: EditorSettings = serde_json::from_value(serde_json::json!({
            "kind": "llm", "cost_per_day": 0.5, "price": {"input": 0.15, "output": 0.6},
        }))
        .unwrap();
        assert_eq!(daily_limit(&settings).cost, 500_000);
        let reply = Reply {
            text: String::new(),
            tokens: Some((1_000_000, 500_000)),
        };
        let spent = actual(&settings, 0, &reply);
        assert_eq!((spent.tokens, spent.cost), (1_500_000, 450_000));
        let most = estimate(&settings, 4000, 1000);
        assert_eq!((most.tokens, most.cost), (3000, 900));
    }
}
