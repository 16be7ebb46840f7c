//! One question with one document, for `check`: nothing is remembered and nothing is tried twice.

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::json;

use super::asking::answer_tokens;
use super::client::{AnswerForm, Failure};
use super::plan::Task;
use super::{Llm, prompt, reply};
use crate::editor::grounding::{self, GroundingFacts, TextKind, TextRequest};
use crate::wording::Language;

/// The outcome of a trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The time that the answer took.
    pub took: Duration,
    /// Tokens of question and answer, if the service counts them.
    pub tokens: Option<u64>,
    /// True when the service takes a JSON schema; without one, answers are of the wrong form more often.
    pub schema: bool,
    /// The summary that it wrote, or why that may not stand.
    pub summary: Result<String, String>,
}

impl Llm {
    /// Asks for the summary of RFC 1149, which is as public as any.
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
            kind: TextKind::Summary,
            id: "rfc1149".into(),
            revision: String::new(),
            facts: Arc::new(GroundingFacts::of(&sent)),
            sent: Arc::new(sent),
            lines: 1,
        };
        let items = [&item];
        let instructions = self.instructions.for_task(Task::Summaries, language);
        let question = prompt::question(Task::Summaries, language, &items, &[]);
        let schema = Task::Summaries.schema(&items);
        let answer = answer_tokens(items.len());
        loop {
            let begun = Instant::now();
            let asked = self.client.ask(&instructions, &question, &schema, answer);
            let got = match asked.await {
                Ok(got) => got,
                Err(Failure::Form(_)) => continue,
                Err(why) => return Err(why.to_string()),
            };
            let summary = reply::find_object(&got.text).and_then(|object| {
                let answers = Task::Summaries.answers(&object);
                let asked = std::slice::from_ref(&item);
                let verdict = grounding::judge(asked, &answers, language);
                let good = verdict.good.into_iter().next().map(|(_, text)| text);
                let why = verdict.bad.into_iter().next().map(|(_, why)| why);
                good.ok_or_else(|| why.unwrap_or_default())
            });
            return Ok(Trial {
                took: begun.elapsed(),
                tokens: got.tokens.map(|(question, answer)| question + answer),
                schema: self.client.form().answer == AnswerForm::Schema,
                summary,
            });
        }
    }
}
