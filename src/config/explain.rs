//! serde's words about a wrong value, turned into what stands there and what should. Values themselves are shown only
//! when they cannot be a secret.

/// Tells the fault of a value, without its place: `must be a string in quotes, not a number`.
pub(super) fn value(said: &str) -> String {
    let parts = |prefix: &str| said.strip_prefix(prefix)?.rsplit_once(", expected ");
    if let Some((found, expected)) = parts("invalid type: ") {
        return format!("must be {}, not {}", wanted(expected), kind(found));
    }
    if let Some((_, expected)) = parts("invalid value: ") {
        return format!("must be {}", wanted(expected));
    }
    if let Some((found, expected)) = parts("unknown variant ") {
        let expected = expected.trim_start_matches("one of ").replace('`', "\"");
        let found = found.replace('`', "\"");
        return format!("is {found}; it must be {}", either(&expected));
    }
    if let Some((found, expected)) = parts("unknown field ") {
        return format!("has the unknown key {found}; known are {expected}");
    }
    if let Some(expected) = said.strip_prefix("wanted ") {
        return format!("must be {}", wanted(expected));
    }
    format!("is wrong: {said}")
}

/// Returns the field that serde misses.
pub(super) fn missing_field(said: &str) -> Option<&str> {
    said.strip_prefix("missing field `")?.strip_suffix('`')
}

fn wanted(expected: &str) -> &str {
    match expected {
        "a string" | "string or table" | "path string" => "a string in quotes",
        "a sequence" => "a list in brackets",
        "u16" => "a whole number from 1 to 65535",
        "usize" | "u32" | "u64" => "a whole number, 0 or more",
        "f64" => "a number",
        text if text.starts_with("struct ") => "a table",
        text => text,
    }
}

/// The kind of what was found; never the value, which may be a password without its quotes.
fn kind(found: &str) -> &'static str {
    match found.split(['`', '"']).next().unwrap_or_default().trim() {
        "string" => "a string",
        "integer" => "a number",
        "floating point" => "a number with a fraction",
        "boolean" => "true or false",
        "sequence" => "a list",
        _ => "a table or a date",
    }
}

/// `"a", "b", "c"` with its last comma turned into an "or"; serde already writes `a or b` for two.
fn either(list: &str) -> String {
    match list.rsplit_once(", ") {
        Some((before, last)) => format!("{before} or {last}"),
        None => list.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_type_does_not_show_the_value() {
        assert_eq!(
            value("invalid type: integer `271828`, expected a string"),
            "must be a string in quotes, not a number"
        );
        assert_eq!(
            value("invalid type: string \"a, expected b\", expected u16"),
            "must be a whole number from 1 to 65535, not a string"
        );
    }

    #[test]
    fn a_choice_lists_what_there_is() {
        assert_eq!(
            value("unknown variant `tsl`, expected one of `implicit`, `starttls`, `none`"),
            "is \"tsl\"; it must be \"implicit\", \"starttls\" or \"none\""
        );
        assert_eq!(
            value("unknown variant `de`, expected `en` or `ja`"),
            "is \"de\"; it must be \"en\" or \"ja\""
        );
    }
}
