//! Traces of mbox files in a message (RFC 4155): a separator as its first line, and a quoted `From` in its body.

/// Cuts off what is no header yet: the separator of an mbox, which some archives keep as the first line, a byte order
/// mark, and empty lines before a header.
pub(super) fn without_separator(raw: &[u8]) -> &[u8] {
    let raw = raw.strip_prefix(b"\xef\xbb\xbf").unwrap_or(raw);
    let blank = raw
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'))
        .count();
    let field = raw[blank..]
        .iter()
        .position(|byte| !(byte.is_ascii_alphanumeric() || *byte == b'-'));
    let is_header = field.is_some_and(|end| end > 0 && raw[blank + end] == b':');
    let raw = if is_header { &raw[blank..] } else { raw };
    let is_separator = raw.starts_with(b"From ") || raw.starts_with(b">From ");
    match raw.iter().position(|byte| *byte == b'\n') {
        Some(end) if is_separator => &raw[end + 1..],
        _ => raw,
    }
}

/// Undoes the quoting of a `From` that began a line.
pub(super) fn without_quotes(text: String) -> String {
    if !text.contains(">From ") {
        return text;
    }
    let text = text.replace("\n>From ", "\nFrom ");
    match text.strip_prefix(">From ") {
        Some(rest) => format!("From {rest}"),
        None => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_separator_goes_and_a_header_stays() {
        let cut = |raw: &'static str| String::from_utf8_lossy(without_separator(raw.as_bytes()));
        assert_eq!(
            cut("From a@b Fri Sep  9 15:33:46 1994\nSubject: x\n"),
            "Subject: x\n"
        );
        assert_eq!(cut("\u{feff}\r\n\nSubject: x\n"), "Subject: x\n");
        assert_eq!(cut("\n\nNo header: x"), "\n\nNo header: x");
        assert_eq!(cut("From: a@b\n"), "From: a@b\n");
    }

    #[test]
    fn one_level_of_quoting_is_undone_where_a_line_begins() {
        let text = |text: &str| without_quotes(text.to_owned());
        assert_eq!(
            text(">From a\n>From b >From c\n>>From d"),
            "From a\nFrom b >From c\n>>From d"
        );
    }
}
