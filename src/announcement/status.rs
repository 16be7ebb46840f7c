//! Status names of documents (RFC 2026 sections 4 and 5), as the IESG writes them.

/// Reads `as a Proposed Standard`, `to Internet Standard`: the status, as written.
pub(super) fn status_given(text: &str) -> Option<String> {
    let text = text.trim_start();
    let rest = ["as ", "to "]
        .iter()
        .find_map(|word| text.strip_prefix(word))?;
    let rest = ["an ", "a ", "the "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .unwrap_or(rest);
    let end = rest.find(['.', ',', ';', '(']).unwrap_or(rest.len());
    status_name(&rest[..end])
}

/// Reads the status name at the start of a text, cut where a sentence goes on.
pub(super) fn status_name(text: &str) -> Option<String> {
    let known = [
        "Proposed Standard",
        "Draft Standard",
        "Internet Standard",
        "Full Standard",
        "Standard",
        "Best Current Practice",
        "BCP",
        "Informational RFC",
        "Informational",
        "Experimental RFC",
        "Experimental",
        "Historic RFC",
        "Historic",
    ];
    let text = text
        .trim()
        .trim_start_matches("be ")
        .trim_start_matches("the status of ");
    let known = known.iter().find(|known| {
        text.get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
            // Several documents become "Proposed Standards".
            && !text[known.len()..]
                .trim_start_matches('s')
                .starts_with(char::is_alphanumeric)
    })?;
    Some((*known).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_told_from_how_the_sentence_goes_on() {
        assert_eq!(
            status_name("Proposed Standards").as_deref(),
            Some("Proposed Standard")
        );
        assert_eq!(status_name("be Historic").as_deref(), Some("Historic"));
        assert_eq!(
            status_name("Informational-ish text").as_deref(),
            Some("Informational")
        );
        assert_eq!(status_name("Standardised"), None);
        assert_eq!(
            status_given(" as an Informational RFC. The IESG").as_deref(),
            Some("Informational RFC")
        );
        assert_eq!(status_given("is a Proposed Standard"), None);
    }
}
