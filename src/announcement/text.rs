//! The text of an announcement: paragraphs, and lines of the form `Label: value`.

/// Joins lines to paragraphs, divided by one empty line; list items stay paragraphs of their own.
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

/// True for the first line of a list's item: `o  item`, `1. item`.
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

/// Reads a line `Label : value` with one of these labels, compared without case: the label's place in the list, and the
/// value.
pub(super) fn labelled<'a>(line: &'a str, labels: &[&str]) -> Option<(usize, &'a str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim();
    let place = labels
        .iter()
        .position(|known| label.eq_ignore_ascii_case(known))?;
    Some((place, value.trim()))
}

/// Reads the number at the start of `194`, `1,234`, `12 pages`.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.split_whitespace().next()?.replace(',', "");
    digits.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

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
