//! What a service means by a status: its words first, since services use the same status for different things.

/// The meaning of a status that is no success.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum StatusMeaning {
    /// It may work later.
    NotNow,
    /// A part of the form is unknown, and this says so.
    UnknownForm,
    /// The question is longer than the model takes.
    TooLong,
    /// It does not work, for a reason that it keeps to itself: it may be the form, and may be an accident.
    Unexplained,
    /// Somebody has to change something; words that say what, if there are some.
    Refused(&'static str),
}

/// Words by which a service says that the question does not fit.
const TOO_LONG: [&str; 8] = [
    "context length",
    "context window",
    "context size",
    "context_length",
    "exceed_context",
    "maximum context",
    "prompt is too long",
    "too many tokens in",
];
/// Words by which a service speaks of the form of a request.
const OF_THE_FORM: [&str; 18] = [
    "response_format",
    "response format",
    "json_schema",
    "json schema",
    "json_object",
    "json mode",
    "structured output",
    "grammar",
    "max_tokens",
    "max_completion_tokens",
    "extra_forbidden",
    "extra inputs",
    "literal_error",
    "validation error",
    "unknown field",
    "unrecognized request argument",
    "unsupported parameter",
    "requested parameters",
];

/// Says what a status with these words means.
pub(super) fn meaning(status: u16, said: &str) -> StatusMeaning {
    let said = said.to_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match status {
        // These are about the moment, whatever else they say.
        408 | 409 | 425 | 429 | 502..=504 | 507 | 529 => StatusMeaning::NotNow,
        401 | 403 => StatusMeaning::Refused("; check the key of the service in [editor]"),
        300..=399 => {
            StatusMeaning::Refused("; it wants to be asked elsewhere, check base_url in [editor]")
        }
        413 => StatusMeaning::TooLong,
        _ if speaks_of(&TOO_LONG) => StatusMeaning::TooLong,
        _ if speaks_of(&OF_THE_FORM) => StatusMeaning::UnknownForm,
        404 | 405 | 410 => StatusMeaning::Refused("; check base_url and model in [editor]"),
        // That the request is wrong is said by the status itself.
        400 | 406 | 415 | 422 | 501 => StatusMeaning::UnknownForm,
        500.. => StatusMeaning::Unexplained,
        _ => StatusMeaning::Refused(""),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_status_means_is_said_by_its_words_first() {
        let llama_cpp = "[{'type': 'literal_error', 'loc': ('body', 'response_format', 'type'), 'msg': \"Input should be 'text' or 'json_object'\"}]";
        for (status, said, wanted) in [
            (500, llama_cpp, StatusMeaning::UnknownForm),
            (422, llama_cpp, StatusMeaning::UnknownForm),
            (
                404,
                "No endpoints found that support the requested parameters",
                StatusMeaning::UnknownForm,
            ),
            (
                400,
                "response_format is not supported",
                StatusMeaning::UnknownForm,
            ),
            (400, "(no words)", StatusMeaning::UnknownForm),
            (
                418,
                "json_schema? I am a teapot",
                StatusMeaning::UnknownForm,
            ),
            (500, "Internal Server Error", StatusMeaning::Unexplained),
            (
                500,
                "Requested tokens (4532) exceed context window of 2048",
                StatusMeaning::TooLong,
            ),
            (
                400,
                "This model's maximum context length is 2048 tokens, max_tokens 9",
                StatusMeaning::TooLong,
            ),
            (429, "response_format: slow down", StatusMeaning::NotNow),
            (
                503,
                "json_schema compiler is loading",
                StatusMeaning::NotNow,
            ),
            (504, "(no words)", StatusMeaning::NotNow),
        ] {
            assert_eq!(meaning(status, said), wanted, "{status} {said}");
        }
        assert!(matches!(
            meaning(404, "model not found"),
            StatusMeaning::Refused(_)
        ));
        assert!(matches!(
            meaning(401, "response_format"),
            StatusMeaning::Refused(_)
        ));
    }
}
