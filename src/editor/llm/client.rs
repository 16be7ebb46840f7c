//! One question to a service that speaks the OpenAI chat completions protocol. The only file that knows reqwest.
//!
//! An answer is read up to a limit and no further, no redirect is followed (the key must not go elsewhere), and nothing
//! that a service says reaches a log as it came.

use std::sync::{Mutex, MutexGuard};
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, StatusCode, redirect, tls};
use serde_json::{Value, json};

use super::form::{AnswerForm, Form, FormState};
use super::lock;
use super::reply::{self, Reply};
use super::status::{StatusMeaning, meaning};
use crate::editor::{EditorError, EditorSettings};
use crate::endpoint;
use crate::secret::SecretSource;

/// An answer is a few kilobytes; more than this is not one.
const LONGEST_ANSWER: usize = 1024 * 1024;
/// Characters of an error that are looked at, and that are shown.
const JUDGED_ERROR: usize = 2000;
const SHOWN_ERROR: usize = 200;
/// The longest time in which a connection is made.
const CONNECTING: Duration = Duration::from_secs(15);

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Failure {
    /// It may work later: too many requests, a server's error, a time-out, no connection.
    #[error("{why}")]
    Later {
        /// The words for what happened.
        why: String,
        /// The time for which the service asks to be left alone.
        after: Option<Duration>,
    },
    /// The service does not know a part of the form; in another, it is asked again at once.
    #[error("{0}")]
    Form(String),
    /// The question is longer than the model takes.
    #[error("{0}")]
    TooLong(String),
    /// It will not work before somebody changes something.
    #[error("{0}")]
    Refused(String),
    /// An answer came that is none.
    #[error("{0}")]
    Nonsense(String),
}

/// The way to one service.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    model: String,
    key: Option<SecretSource>,
    timeout: Duration,
    form: Mutex<FormState>,
}

impl Client {
    /// Sets the way up; nothing is sent yet.
    pub(super) fn new(settings: &EditorSettings) -> Result<Self, EditorError> {
        let base = settings.base_url.as_deref();
        let base = base.ok_or(EditorError::Missing("base_url"))?;
        let model = settings.model.clone();
        let model = model.ok_or(EditorError::Missing("model"))?;
        let key = settings.api_key()?;
        let url = format!("{}/chat/completions", base.trim_end_matches('/'));
        let parsed = reqwest::Url::parse(&url)
            .map_err(|why| EditorError::Way(format!("`base_url` is not an address: {why}")))?;
        let mut builder = reqwest::Client::builder()
            .user_agent(concat!("nikkan/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECTING)
            .tls_version_min(tls::Version::TLS_1_2);
        if endpoint::is_loopback(parsed.host_str().unwrap_or_default()) {
            // A proxy of the environment is for the world outside.
            builder = builder.no_proxy();
        }
        if let Some(path) = &settings.ca_file {
            let pem = endpoint::read_ca_file(path);
            let pem = pem.map_err(|why| EditorError::Way(why.to_string()))?;
            let certificates = Certificate::from_pem_bundle(&pem);
            let certificates = certificates.map_err(|why| EditorError::Way(why.to_string()))?;
            builder = builder.tls_certs_merge(certificates);
        }
        let http = builder.build();
        Ok(Client {
            http: http.map_err(|why| EditorError::Way(told(&why)))?,
            url,
            model,
            key,
            timeout: settings.timeout,
            form: Mutex::default(),
        })
    }

    /// Returns the form that the service takes, as far as it is known.
    pub(super) fn form(&self) -> Form {
        lock(&self.form).form()
    }

    /// Tells what is known of the form, or lets it learn.
    pub(super) fn form_state(&self) -> MutexGuard<'_, FormState> {
        lock(&self.form)
    }

    /// Returns the name by which what is known of this service and model is remembered.
    pub(super) fn name(&self) -> String {
        format!("{} {}", self.url, self.model)
    }

    /// Asks once, in this form.
    pub(super) async fn ask(
        &self,
        form: Form,
        instructions: &str,
        question: &str,
        schema: &Value,
        most_tokens: u64,
    ) -> Result<Reply, Failure> {
        let mut headers = HeaderMap::new();
        let mut secret = None;
        if let Some(source) = &self.key {
            let key = source.read().await.map_err(|why| Failure::Later {
                why: format!("the key of the service: {why}"),
                after: None,
            })?;
            let value = HeaderValue::from_str(&format!("Bearer {}", key.expose()));
            let mut value = value.map_err(|_| {
                Failure::Refused("the key has characters that no header may have".into())
            })?;
            value.set_sensitive(true);
            headers.insert(AUTHORIZATION, value);
            secret = Some(key);
        }
        let model = &self.model;
        let body = request(model, form, instructions, question, schema, most_tokens);
        let asked = self.exchange(headers, body.to_string());
        let (status, after, body) = match tokio::time::timeout(self.timeout, asked).await {
            Ok(done) => done?,
            Err(_) => {
                return Err(Failure::Later {
                    why: format!("no answer within {} s", self.timeout.as_secs()),
                    after: None,
                });
            }
        };
        if status.is_success() {
            return reply::read_completion(&body).map_err(Failure::Nonsense);
        }
        let whole = reply::error_words(&body, JUDGED_ERROR);
        let mut said = reply::error_words(&body, SHOWN_ERROR);
        // Some services repeat the key that they do not know.
        if let Some(key) = &secret {
            said = said.replace(key.expose(), "[secret]");
        }
        let why = format!("{}: {said}", status.as_u16());
        Err(self.judge_status(status, after, why, &whole, form))
    }

    /// Makes one HTTP exchange; the body is read up to a limit.
    async fn exchange(
        &self,
        headers: HeaderMap,
        body: String,
    ) -> Result<(StatusCode, Option<Duration>, Vec<u8>), Failure> {
        let later = |error: &reqwest::Error| Failure::Later {
            why: told(error),
            after: None,
        };
        let mut response = self
            .http
            .post(&self.url)
            .headers(headers)
            .header("content-type", "application/json")
            .header("accept", "application/json")
            .body(body)
            .send()
            .await
            .map_err(|error| later(&error))?;
        let after = retry_after(response.headers());
        let mut read = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| later(&error))? {
            if read.len() + chunk.len() > LONGEST_ANSWER {
                return Err(Failure::Nonsense(format!(
                    "the answer is longer than {} KiB",
                    LONGEST_ANSWER / 1024
                )));
            }
            read.extend_from_slice(&chunk);
        }
        Ok((response.status(), after, read))
    }

    /// Says what a status means, and learns from it what the service takes.
    fn judge_status(
        &self,
        status: StatusCode,
        after: Option<Duration>,
        why: String,
        said: &str,
        form: Form,
    ) -> Failure {
        let mut state = lock(&self.form);
        match meaning(status.as_u16(), said) {
            StatusMeaning::NotNow => Failure::Later { why, after },
            StatusMeaning::UnknownForm if state.unknown(form, said) => Failure::Form(why),
            StatusMeaning::UnknownForm => Failure::Refused(why),
            StatusMeaning::TooLong if state.too_long(form) => Failure::TooLong(why),
            StatusMeaning::TooLong => Failure::Nonsense(why),
            StatusMeaning::Unexplained if state.unexplained(form) => Failure::Form(why),
            StatusMeaning::Unexplained => Failure::Later { why, after },
            StatusMeaning::Refused(advice) => Failure::Refused(format!("{why}{advice}")),
        }
    }
}

/// Makes the body of a request.
fn request(
    model: &str,
    form: Form,
    instructions: &str,
    question: &str,
    schema: &Value,
    most_tokens: u64,
) -> Value {
    let mut body = json!({
        "model": model,
        "stream": false,
        "messages": [
            {"role": "system", "content": instructions},
            {"role": "user", "content": question},
        ],
    });
    let limit = if form.max_tokens {
        "max_tokens"
    } else {
        "max_completion_tokens"
    };
    body[limit] = json!(most_tokens);
    match form.answer {
        AnswerForm::Schema => {
            body["response_format"] = json!({
                "type": "json_schema",
                "json_schema": {"name": "digest", "strict": true, "schema": schema},
            });
        }
        AnswerForm::Object => body["response_format"] = json!({"type": "json_object"}),
        AnswerForm::Words | AnswerForm::Single => {}
    }
    body
}

/// Reads `Retry-After` (RFC 9110, section 10.2.3): seconds, or a date, which is compared with the service's own `Date`, since clocks
/// differ.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let instant = |text: &str| {
        let parsed = jiff::fmt::rfc2822::parse(text).ok()?;
        Some(parsed.timestamp())
    };
    let until = instant(value)?;
    let now = instant(headers.get(DATE)?.to_str().ok()?.trim())?;
    Duration::try_from(until.duration_since(now)).ok()
}

/// Tells an error with its causes, and without the address, which may hold what is not to be shown.
fn told(error: &reqwest::Error) -> String {
    let mut said = match error {
        error if error.is_timeout() => "no connection in time".to_owned(),
        error if error.is_connect() => "no connection".to_owned(),
        error if error.is_body() || error.is_decode() => "the answer broke off".to_owned(),
        _ => "the exchange broke off".to_owned(),
    };
    let mut cause = std::error::Error::source(error);
    while let Some(inner) = cause {
        let inner_said = inner.to_string();
        if inner.source().is_none() && !said.contains(&inner_said) {
            said = format!("{said}: {inner_said}");
        }
        cause = inner.source();
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_asks_for_the_form_and_no_more() {
        let body = |answer, max_tokens| {
            let form = Form { answer, max_tokens };
            request("m", form, "i", "q", &json!({}), 9).to_string()
        };
        let schema = body(AnswerForm::Schema, true);
        assert!(schema.contains("json_schema") && schema.contains("\"max_tokens\":9"));
        let object = body(AnswerForm::Object, false);
        assert!(object.contains("json_object") && object.contains("max_completion_tokens"));
        for form in [AnswerForm::Words, AnswerForm::Single] {
            assert!(!body(form, true).contains("response_format"));
        }
    }

    #[test]
    fn retry_after_is_seconds_or_a_date_by_the_clock_of_the_service() {
        let read = |text: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, HeaderValue::from_static(text));
            let date = HeaderValue::from_static("Fri, 28 Nov 2025 23:59:30 GMT");
            headers.insert(DATE, date);
            retry_after(&headers)
        };
        assert_eq!(read("7"), Some(Duration::from_secs(7)));
        assert_eq!(
            read("Fri, 28 Nov 2025 23:59:59 GMT"),
            Some(Duration::from_secs(29))
        );
        assert_eq!(read("Fri, 28 Nov 2025 00:00:00 GMT"), None);
        assert_eq!(read("-7"), None);
        assert_eq!(read("inf"), None);
        assert_eq!(read("soon"), None);
    }
}
