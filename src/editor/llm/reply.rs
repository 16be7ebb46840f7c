//! Reads what a service answers: the chat completion around the text, and the JSON or the sentence in the text. All of it comes
//! from outside.

use serde_json::Value;

/// An answer of the service.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// The text that the model wrote.
    pub(super) text: String,
    /// Tokens of the question and of the answer, if the service counts them.
    pub(super) tokens: Option<(u64, u64)>,
}

/// Reads a chat completion; an error says what is wrong with it.
pub(super) fn read_completion(body: &[u8]) -> Result<Reply, String> {
    let completion: Value =
        serde_json::from_slice(body).map_err(|_| "the answer is not JSON".to_owned())?;
    let choice = &completion["choices"][0];
    let content = &choice["message"]["content"];
    let text = match content {
        Value::String(text) => text.clone(),
        // Some services answer in parts.
        Value::Array(parts) => {
            let texts = parts.iter().filter_map(|part| part["text"].as_str());
            texts.collect()
        }
        _ => return Err("the answer holds no text".into()),
    };
    if text.trim().is_empty() {
        return Err("the answer is empty".into());
    }
    let usage = &completion["usage"];
    let tokens = match (&usage["prompt_tokens"], &usage["completion_tokens"]) {
        (Value::Number(question), Value::Number(answer)) => question.as_u64().zip(answer.as_u64()),
        _ => None,
    };
    Ok(Reply { text, tokens })
}

/// Finds the JSON object in a model's text: also after thoughts, in a fence, or with words around it.
pub(super) fn find_object(text: &str) -> Result<Value, String> {
    let text = text.rsplit_once("</think>").map_or(text, |(_, rest)| rest);
    let (Some(start), Some(end)) = (text.find('{'), text.rfind('}')) else {
        return Err("the answer holds no JSON object".into());
    };
    let json = text.get(start..=end).unwrap_or_default();
    match serde_json::from_str(json) {
        Ok(value @ Value::Object(_)) => Ok(value),
        _ => Err("the answer's JSON is broken".into()),
    }
}

/// Names that a model puts before a text that is asked for alone.
const LABELS: [&str; 12] = [
    "answer:",
    "sentence:",
    "summary:",
    "one sentence:",
    "output:",
    "response:",
    "答え：",
    "答え:",
    "回答：",
    "回答:",
    "要約：",
    "要約:",
];
/// What goes around a text that is asked for alone, as an opening and its end.
const QUOTES: [(char, char); 5] = [
    ('"', '"'),
    ('\'', '\''),
    ('“', '”'),
    ('「', '」'),
    ('『', '』'),
];

/// Finds the text in an answer that is nothing but the text: its first paragraph, without thoughts, labels, quotation marks and a
/// line that announces it.
pub(super) fn find_text(text: &str) -> Result<String, String> {
    let text = text.rsplit_once("</think>").map_or(text, |(_, rest)| rest);
    let mut lines = text.lines().map(str::trim).filter(|line| {
        let announces = line.ends_with([':', '：']);
        !line.is_empty() && !announces && !line.starts_with("```")
    });
    let mut found = lines.next().unwrap_or_default();
    for label in LABELS {
        if found.to_lowercase().starts_with(label) {
            found = found.get(label.len()..).unwrap_or_default().trim_start();
        }
    }
    for (open, close) in QUOTES {
        let inner = found
            .strip_prefix(open)
            .and_then(|it| it.strip_suffix(close));
        if let Some(inner) = inner.filter(|inner| !inner.contains([open, close])) {
            found = inner;
        }
    }
    match found.trim() {
        "" => Err("the answer is empty".into()),
        text => Ok(text.to_owned()),
    }
}

/// Returns the words of an error, on one line and at most so many characters.
pub(super) fn error_words(body: &[u8], most: usize) -> String {
    let text = String::from_utf8_lossy(body.get(..4096).unwrap_or(body));
    let said = serde_json::from_slice(body).ok().and_then(|value: Value| {
        let error = &value["error"];
        let message = error["message"].as_str().or(error.as_str());
        let message = message.or(value["message"].as_str()).map(str::to_owned);
        // FastAPI's validation tells a list of what is wrong.
        let detail = value.get("detail").filter(|detail| !detail.is_null());
        message.or(detail.map(Value::to_string))
    });
    let said = said.unwrap_or_else(|| text.into_owned());
    let between = |c: char| c.is_control() || c.is_whitespace();
    let words: Vec<&str> = said
        .split(between)
        .filter(|word| !word.is_empty())
        .collect();
    let said: String = words.join(" ").chars().take(most).collect();
    if said.is_empty() {
        "(no words)".into()
    } else {
        said
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_object_is_found_in_whatever_a_model_puts_around_it() {
        for text in [
            r#"{"a":1}"#,
            "```json\n{\"a\":1}\n```",
            "<think>{\"b\":2} or so</think>\n{\"a\":1}",
            "Here you are: {\"a\":1} Enjoy.",
        ] {
            assert_eq!(find_object(text).unwrap()["a"], 1, "{text}");
        }
        assert!(
            find_object("no").is_err()
                && find_object("{\"a\":").is_err()
                && find_object("}{").is_err()
        );
    }

    #[test]
    fn the_text_is_found_in_whatever_a_model_puts_around_it() {
        for text in [
            "Defines a datastore.",
            " \"Defines a datastore.\"\n",
            "Here is the sentence:\n\nDefines a datastore.\n\nI hope this helps!",
            "Answer: Defines a datastore.",
            "<think>hm\nhm</think>\nDefines a datastore.",
            "```\nDefines a datastore.\n```",
        ] {
            assert_eq!(find_text(text).unwrap(), "Defines a datastore.", "{text}");
        }
        assert_eq!(
            find_text("要約：「設定」を見せる").unwrap(),
            "「設定」を見せる"
        );
        assert!(find_text(" \n").is_err() && find_text("Sure:").is_err());
    }

    #[test]
    fn what_is_no_completion_is_told() {
        for (body, why) in [
            ("<html>", "the answer is not JSON"),
            ("{}", "the answer holds no text"),
            (
                r#"{"choices":[{"message":{"content":" "}}]}"#,
                "the answer is empty",
            ),
            ("[1]", "the answer holds no text"),
        ] {
            assert_eq!(read_completion(body.as_bytes()).unwrap_err(), why);
        }
        let parts = r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"text":"b"}]}}],
            "usage":{"prompt_tokens":3,"completion_tokens":4}}"#;
        let reply = read_completion(parts.as_bytes()).unwrap();
        assert_eq!((reply.text.as_str(), reply.tokens), ("ab", Some((3, 4))));
    }

    #[test]
    fn an_error_is_one_short_line() {
        let body = format!(
            "{{\"error\":{{\"message\":\"a\\n\\u001b[31m{}\"}}}}",
            "b".repeat(999)
        );
        let said = error_words(body.as_bytes(), 200);
        assert!(
            said.starts_with("a [31mbb") && said.chars().count() == 200,
            "{said}"
        );
        assert_eq!(error_words(b"", 200), "(no words)");
    }
}
