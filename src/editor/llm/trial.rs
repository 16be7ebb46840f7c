//! One question with one document, for `check`: the form that the service takes is found out, and nothing is remembered.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::asking::NotWritten;
use super::form::AnswerForm;
use super::plan::Task;
use super::{Llm, plain, prompt, reply};
use crate::editor::grounding::{self, TextKind, TextRequest};
use crate::wording::Language;

/// The time for which a service that fails is waited for: long enough to find out that it was the form.
const PATIENCE: Duration = Duration::from_secs(5);

/// The outcome of a trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The time that the answer took.
    pub took: Duration,
    /// The words for the form in which it was asked.
    pub form: &'static str,
    /// True when the service takes a JSON schema; without one, answers are of the wrong form more often.
    pub schema: bool,
    /// The gist that it wrote, or why that may not stand.
    pub gist: Result<String, String>,
}

impl Llm {
    /// Returns the words for the form that the archive remembers of this service and model.
    pub async fn remembered_form(&self) -> Option<&'static str> {
        self.recall_form().await;
        let form = self.client.form_state().proven();
        form.map(|form| form.answer.told())
    }

    /// Asks for the gist of RFC 1149, which is as public as any, in easier forms until one holds.
    ///
    /// # Errors
    /// No answer, as a sentence that says what to change.
    pub async fn try_out(&self, language: Language) -> Result<Trial, String> {
        let sent = json!({
            "id": "rfc1149", "rfc": 1149, "title": "Standard for the transmission of IP datagrams on avian carriers",
            "authors": ["D. Waitzman"], "updates": [], "obsoletes": [],
            "abstract": "This memo describes an experimental method for the encapsulation of IP datagrams in avian carriers. This specification is primarily useful in Metropolitan Area Networks.",
        });
        let item = TextRequest {
            kind: TextKind::Gist,
            id: "rfc1149".into(),
            revision: String::new(),
            facts: Arc::default(),
            sent: Arc::new(sent),
        };
        loop {
            let until = tokio::time::Instant::now() + PATIENCE;
            let begun = Instant::now();
            let asked = self.client.form().answer;
            let answered = match asked {
                AnswerForm::Single => {
                    let question = plain::question(&item, language, None);
                    self.ask(&question, reply::find_text, until).await
                }
                _ => self.gist_in_json(&item, language, until).await,
            };
            // The form may have been found out meanwhile.
            let form = self.client.form().answer.max(asked);
            let gist = match answered {
                Ok(text) => grounding::judge_one(&item, &text, language),
                Err(NotWritten::OtherForm) => continue,
                Err(NotWritten::Nonsense(_)) if asked != AnswerForm::Single => continue,
                Err(NotWritten::Nonsense(why)) => Err(why),
                Err(why) => return Err(why.to_string()),
            };
            if gist.is_err() && asked != AnswerForm::Single {
                // What a day finds out of many texts, a trial finds out of one.
                self.client.form_state().step_to(AnswerForm::Single);
                continue;
            }
            return Ok(Trial {
                took: begun.elapsed(),
                form: form.told(),
                schema: form == AnswerForm::Schema,
                gist,
            });
        }
    }

    async fn gist_in_json(
        &self,
        item: &TextRequest,
        language: Language,
        until: tokio::time::Instant,
    ) -> Result<String, NotWritten> {
        let items = [item];
        let task = Task::Summaries;
        let question = prompt::together(&self.instructions, task, language, &items, &[]);
        let object = self.ask(&question, reply::find_object, until).await?;
        let answers = task.answers(&object);
        let answer = answers.into_iter().find(|answer| answer.id == item.id);
        answer
            .map(|answer| answer.text)
            .ok_or_else(|| NotWritten::Nonsense("the answer holds no text for it".into()))
    }
}
