//! Plain text as lists send it: its lines and their ends, footers, and comparing without case.

use memchr::{memchr, memchr2_iter};

/// Cleans a body: LF line ends, no trailing blanks, no list footer, no control characters, no empty lines at either
/// end.
pub(super) fn clean_body(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    // Nearly every text is plain; the others are looked at letter by letter.
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let is_plain = text.bytes().fold(true, |all, byte| all & plain(byte));
    for line in lines(text) {
        if is_rule(line) && footer_follows(text, line) {
            break;
        }
        if !cleaned.is_empty() {
            cleaned.push('\n');
        }
        if is_plain && memchr(b'\r', line.as_bytes()).is_none() {
            cleaned.push_str(line.trim_ascii_end());
        } else {
            let line = line.trim_end();
            cleaned.extend(line.chars().filter(|c| !c.is_control() || *c == '\t'));
        }
    }
    cleaned.truncate(cleaned.trim_end().len());
    cleaned
}

/// True for Mailman's rule: 47 underscores in every generation, and nothing else on the line.
fn is_rule(line: &str) -> bool {
    let rule = line.trim_ascii();
    line.len() >= 40 && rule.len() >= 4 && rule.bytes().all(|byte| byte == b'_')
}

/// Iterates over a text's lines without their ends, as [`str::lines`] has them, in half the time.
pub(crate) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, after) = match memchr(b'\n', rest.as_bytes()) {
            Some(at) => {
                let line = &rest[..at];
                (line.strip_suffix('\r').unwrap_or(line), &rest[at + 1..])
            }
            None => (rest, ""),
        };
        rest = after;
        Some(line)
    })
}

/// True when the rule is a list's: Mailman 2 and 3 both say "mailing list" on the next line.
fn footer_follows(text: &str, rule: &str) -> bool {
    // Both are slices of the same text: the distance of their starts is where the rule stands in it.
    let at = rule.as_ptr() as usize - text.as_ptr() as usize + rule.len();
    text.get(at..)
        .unwrap_or_default()
        .lines()
        .map(str::trim)
        .find(|line| !line.is_empty())
        .is_some_and(|line| line.contains("mailing list"))
}

/// Puts a text on one line: blanks run together, control characters gone.
pub(crate) fn one_line(text: &str) -> String {
    // Nearly all letters are ASCII, and most of the parser's texts pass here.
    let is_gap = |c: char| !matches!(c, '!'..='~') && (c.is_whitespace() || c.is_control());
    let mut line = String::with_capacity(text.len());
    for word in text.split(is_gap).filter(|word| !word.is_empty()) {
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(word);
    }
    line
}

/// Returns the text, unless it is empty.
pub(crate) fn not_empty(text: impl Into<String>) -> Option<String> {
    Some(text.into()).filter(|text| !text.is_empty())
}

/// Returns the offset at which `needle` begins in `haystack`, without regard to ASCII case; `None` for an empty one.
pub(crate) fn find_ignoring_case(haystack: &str, needle: &str) -> Option<usize> {
    let (haystack, needle) = (haystack.as_bytes(), needle.as_bytes());
    let first = needle.first()?;
    let last = haystack.len().checked_sub(needle.len())?;
    // Its first letter is looked for by itself: most texts hold few places to compare.
    let (lower, upper) = (first.to_ascii_lowercase(), first.to_ascii_uppercase());
    memchr2_iter(lower, upper, &haystack[..=last])
        .find(|at| haystack[*at..*at + needle.len()].eq_ignore_ascii_case(needle))
}

/// Splits a text at the first `words` in it, without regard to ASCII case: what stands before them, and after.
pub(crate) fn split_ignoring_case<'a>(text: &'a str, words: &str) -> Option<(&'a str, &'a str)> {
    let at = find_ignoring_case(text, words)?;
    Some((&text[..at], &text[at + words.len()..]))
}

/// Returns what follows `prefix` at the start of a text, without regard to ASCII case.
pub(crate) fn strip_ignoring_case<'a>(text: &'a str, prefix: &str) -> Option<&'a str> {
    let (start, rest) = text.split_at_checked(prefix.len())?;
    start.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// True when a text begins with `prefix`, without regard to ASCII case.
pub(crate) fn starts_ignoring_case(text: &str, prefix: &str) -> bool {
    strip_ignoring_case(text, prefix).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_split_and_stripped_without_regard_to_case() {
        assert_eq!(
            split_ignoring_case("a TO b to c", " to "),
            Some(("a", "b to c"))
        );
        assert_eq!(split_ignoring_case("a b", " to "), None);
        for (text, words, at) in [
            ("x Rfc", "rFC", Some(2)),
            ("rrfc", "rfc", Some(1)),
            ("rf", "rfc", None),
            ("x", "", None),
            ("é-x", "-X", Some(2)),
        ] {
            assert_eq!(find_ignoring_case(text, words), at, "{text}");
        }
        assert_eq!(strip_ignoring_case("RFC 1", "rfc"), Some(" 1"));
        for other in ["", "RF", "RF\u{e9}", "xRFC"] {
            assert!(!starts_ignoring_case(other, "rfc"), "{other}");
        }
        assert_eq!(one_line(" a\u{1}b\t\n c "), "a b c");
    }

    #[test]
    fn footers_of_both_mailmans_go_and_other_rules_stay() {
        let rule = "_".repeat(47);
        let two = format!("body\r\n\r\n{rule}\r\nLIST mailing list\r\nLIST@ietf.org\r\n");
        assert_eq!(clean_body(&two), "body");
        let three = format!("body\n\n{rule}\nI-D-Announce mailing list -- i-d-announce@ietf.org\n");
        assert_eq!(clean_body(&three), "body");
        let other = format!("body\n{rule}\nFrom: somebody");
        assert!(clean_body(&other).ends_with("From: somebody"));
    }
}
