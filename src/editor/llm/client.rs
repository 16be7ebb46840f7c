//! One question to a service that speaks the OpenAI chat completions protocol. The only file that knows reqwest.
//!
//! An answer is read up to a limit and no further, no redirect is followed (the key must not go elsewhere), and nothing
//! that a service says reaches a log as it came.

use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{AUTHORIZATION, DATE, HeaderMap, HeaderValue, RETRY_AFTER};
use reqwest::{Certificate, StatusCode, redirect, tls};
use serde_json::{Value, json};

use super::lock;
use super::reply::{self, Reply};
use crate::editor::{EditorError, EditorSettings};
use crate::endpoint;
use crate::secret::SecretSource;

/// An answer is a few kilobytes; more than this is not one.
const LONGEST_ANSWER: usize = 1024 * 1024;
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
    /// The service did not like a part of the form; without it, it is asked again at once.
    #[error("{0}")]
    Form(String),
    /// It will not work before somebody changes something.
    #[error("{0}")]
    Refused(String),
    /// An answer came that is none.
    #[error("{0}")]
    Nonsense(String),
}

/// Which parts of the protocol the service takes; learned from its refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Form {
    /// The way in which the form of the answer is asked for.
    pub(super) answer: AnswerForm,
    /// True when the older name of the limit is used, which all but OpenAI's newest models know.
    pub(super) max_tokens: bool,
}

/// Ways of asking for the form of the answer, strictest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerForm {
    /// `response_format` with a JSON schema.
    Schema,
    /// `response_format` with any JSON object.
    Object,
    /// In words only.
    Words,
}

/// The way to one service.
#[derive(Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    url: String,
    model: String,
    key: Option<SecretSource>,
    timeout: Duration,
    form: Mutex<Form>,
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
            form: Mutex::new(Form {
                answer: AnswerForm::Schema,
                max_tokens: true,
            }),
        })
    }

    /// Returns the form that the service takes, as far as it is known.
    pub(super) fn form(&self) -> Form {
        *lock(&self.form)
    }

    /// Asks once.
    pub(super) async fn ask(
        &self,
        instructions: &str,
        question: &str,
        schema: &Value,
        most_tokens: u64,
    ) -> Result<Reply, Failure> {
        let form = self.form();
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
        // Some services repeat the key that they do not know.
        let mut said = reply::error_words(&body);
        if let Some(key) = &secret {
            said = said.replace(key.expose(), "[secret]");
        }
        Err(self.judge_status(status, after, &said, form))
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

    /// Says what a status means, and remembers a form that was refused.
    fn judge_status(
        &self,
        status: StatusCode,
        after: Option<Duration>,
        said: &str,
        form: Form,
    ) -> Failure {
        let why = format!("{}: {said}", status.as_u16());
        match status.as_u16() {
            400 | 415 | 422 | 501 => match easier(form, said) {
                Some(easier) => {
                    *lock(&self.form) = easier;
                    Failure::Form(why)
                }
                None => Failure::Refused(why),
            },
            401 | 403 => {
                Failure::Refused(format!("{why}; check the key of the service in [editor]"))
            }
            404 => Failure::Refused(format!("{why}; check base_url and model in [editor]")),
            408 | 409 | 425 | 429 | 500.. => Failure::Later { why, after },
            300..=399 => Failure::Refused(format!(
                "{why}; it wants to be asked elsewhere, check base_url in [editor]"
            )),
            _ => Failure::Refused(why),
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
        AnswerForm::Words => {}
    }
    body
}

/// Returns the next easier form after a refusal with these words; `None` when there is none.
fn easier(form: Form, said: &str) -> Option<Form> {
    if said.contains("max_tokens") && form.max_tokens {
        return Some(Form {
            max_tokens: false,
            ..form
        });
    }
    let answer = match form.answer {
        AnswerForm::Schema => AnswerForm::Object,
        AnswerForm::Object => AnswerForm::Words,
        AnswerForm::Words => return None,
    };
    Some(Form { answer, ..form })
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
    fn a_form_that_is_refused_becomes_easier_until_there_is_none() {
        let schema = Form {
            answer: AnswerForm::Schema,
            max_tokens: true,
        };
        let newer = easier(schema, "Unsupported parameter: 'max_tokens'").unwrap();
        assert!(!newer.max_tokens && newer.answer == AnswerForm::Schema);
        let object = easier(newer, "response_format json_schema is not supported").unwrap();
        assert_eq!(object.answer, AnswerForm::Object);
        let words = easier(object, "unknown field").unwrap();
        assert_eq!(words.answer, AnswerForm::Words);
        assert_eq!(easier(words, "no"), None);
        let body = |form| request("m", form, "i", "q", &json!({}), 9).to_string();
        assert!(body(schema).contains("json_schema") && body(schema).contains("\"max_tokens\":9"));
        assert!(
            body(object).contains("json_object") && body(object).contains("max_completion_tokens")
        );
        assert!(!body(words).contains("response_format"));
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
