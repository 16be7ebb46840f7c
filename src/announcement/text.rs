//! Plain text as lists send it: line ends, footers, paragraphs, and lines of the form `Label: value`.

use memchr::memchr;

/// LF line ends, no trailing blanks, no list footer, no control characters, no empty lines at either end.
pub(super) fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    // Nearly every text is plain; the others are looked at letter by letter.
    let plain = |byte: u8| matches!(byte, b' '..=b'~' | b'\t' | b'\r' | b'\n');
    let is_plain = text.bytes().fold(true, |all, byte| all & plain(byte));
    for line in lines(text) {
        if is_rule(line) && footer_follows(text, line) {
            break;
        }
        if !clean.is_empty() {
            clean.push('\n');
        }
        if is_plain && memchr(b'\r', line.as_bytes()).is_none() {
            clean.push_str(line.trim_ascii_end());
        } else {
            let line = line.trim_end();
            clean.extend(line.chars().filter(|c| !c.is_control() || *c == '\t'));
        }
    }
    clean.truncate(clean.trim_end().len());
    clean
}

/// Mailman's rule: 47 underscores in every generation, and nothing else on the line.
fn is_rule(line: &str) -> bool {
    let rule = line.trim_ascii();
    line.len() >= 40 && rule.len() >= 4 && rule.bytes().all(|byte| byte == b'_')
}

/// A text's lines without their ends, as [`str::lines`] has them, in half the time.
pub(super) fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (line, behind) = match memchr(b'\n', rest.as_bytes()) {
            Some(at) => {
                let line = &rest[..at];
                (line.strip_suffix('\r').unwrap_or(line), &rest[at + 1..])
            }
            None => (rest, ""),
        };
        rest = behind;
        Some(line)
    })
}

/// Whether the rule is a list's: Mailman 2 and 3 both say "mailing list" on the next line.
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

/// One line, blanks run together, control characters gone.
pub(super) fn one_line(text: &str) -> String {
    let mut line = String::with_capacity(text.len());
    for word in text.split(|c: char| c.is_whitespace() || c.is_control()) {
        if !word.is_empty() {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    line
}

/// Lines joined to paragraphs, divided by one empty line; list items stay paragraphs of their own.
pub(super) fn paragraphs<'a>(lines: impl IntoIterator<Item = &'a str>) -> Option<String> {
    let mut done: Vec<String> = Vec::new();
    let mut open = String::new();
    for line in lines {
        let line = line.trim();
        if (line.is_empty() || is_item(line)) && !open.is_empty() {
            done.push(std::mem::take(&mut open));
        }
        append(&mut open, line);
    }
    if !open.is_empty() {
        done.push(open);
    }
    Some(done.join("\n\n")).filter(|text| !text.is_empty())
}

/// Joins a line to the text before it. A word broken at its own hyphen ("application-" / "level") gets no blank.
fn append(text: &mut String, line: &str) {
    if !text.is_empty() && !line.is_empty() {
        let mut end = text.chars().rev();
        let hyphen = end.next() == Some('-') && end.next().is_some_and(char::is_alphanumeric);
        if !(hyphen && line.starts_with(|c: char| c.is_lowercase() || c.is_ascii_digit())) {
            text.push(' ');
        }
    }
    push_words(text, line);
}

/// Adds the words of a trimmed line, with one blank between each.
fn push_words(text: &mut String, line: &str) {
    // Most lines have no other blanks to begin with.
    if line.is_ascii() && !line.contains("  ") && !line.contains('\t') {
        text.push_str(line);
        return;
    }
    for (place, word) in line.split_whitespace().enumerate() {
        if place > 0 {
            text.push(' ');
        }
        text.push_str(word);
    }
}

fn is_item(line: &str) -> bool {
    if !line.starts_with(|c: char| c.is_ascii_digit() || "o*-+•.)".contains(c)) {
        return false;
    }
    let mut words = line.split_whitespace();
    let (Some(first), Some(_)) = (words.next(), words.next()) else {
        return false;
    };
    matches!(first, "o" | "*" | "-" | "+" | "•")
        || first.strip_suffix(['.', ')']).is_some_and(|number| {
            number.len() < 3 && number.bytes().all(|byte| byte.is_ascii_digit())
        })
}

/// A line `Label : value` with one of these labels, compared without case: the label's place in the list, and the
/// value.
pub(super) fn labelled<'a>(line: &'a str, labels: &[&str]) -> Option<(usize, &'a str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim();
    let place = labels
        .iter()
        .position(|known| label.eq_ignore_ascii_case(known))?;
    Some((place, value.trim()))
}

/// Where `needle` begins in `haystack`, without regard to ASCII case.
pub(super) fn find_ignoring_case(haystack: &str, needle: &str) -> Option<usize> {
    let (haystack, needle) = (haystack.as_bytes(), needle.as_bytes());
    haystack
        .windows(needle.len().max(1))
        .position(|window| window.eq_ignore_ascii_case(needle))
}

/// Whether `text` begins with `prefix`, without regard to ASCII case.
pub(super) fn starts_ignoring_case(text: &str, prefix: &str) -> bool {
    text.as_bytes()
        .get(..prefix.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(prefix.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn footers_of_both_mailmans_go_and_other_rules_stay() {
        let rule = "_".repeat(47);
        let two = format!("body\r\n\r\n{rule}\r\nLIST mailing list\r\nLIST@ietf.org\r\n");
        assert_eq!(clean(&two), "body");
        let three = format!("body\n\n{rule}\nI-D-Announce mailing list -- i-d-announce@ietf.org\n");
        assert_eq!(clean(&three), "body");
        let other = format!("body\n{rule}\nFrom: somebody");
        assert!(clean(&other).ends_with("From: somebody"));
    }

    #[test]
    fn paragraphs_are_joined_and_hyphens_kept() {
        let text =
            "  a stateless application-\n  level protocol.\n\n  Second\n  one.\n  o  item\n  more";
        assert_eq!(
            paragraphs(text.lines()).unwrap(),
            "a stateless application-level protocol.\n\nSecond one.\n\no item more"
        );
        assert_eq!(paragraphs(" \n\n".lines()), None);
    }

    #[test]
    fn labels_are_found_whatever_their_padding() {
        let labels = ["Title", "Author(s)"];
        assert_eq!(labelled("\tTITLE\t\t: A: b ", &labels), Some((0, "A: b")));
        assert_eq!(labelled("   Author(s)       : X", &labels), Some((1, "X")));
        assert_eq!(labelled("Other: x", &labels), None);
    }
}
