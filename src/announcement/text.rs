//! The text of an announcement: paragraphs, lines of the form `Label: value`, and lists of authors.

use crate::mail::text::{not_empty, one_line};

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
    not_empty(done.join("\n\n"))
}

/// Returns the first `length` characters of a text on one line.
pub(super) fn opening(text: &str, length: usize) -> String {
    one_line(&text.chars().take(length).collect::<String>())
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
    // Most lines have one blank between words to begin with.
    if line.is_ascii() && !line.contains("  ") && !line.contains('\t') {
        text.push_str(line);
    } else {
        text.push_str(&one_line(line));
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

/// Reads a line `Label : value` with one of these labels, compared without case: the label as it stands in the list, and
/// the value.
pub(super) fn labelled<'a>(
    line: &'a str,
    labels: &[&'static str],
) -> Option<(&'static str, &'a str)> {
    let (label, value) = line.split_once(':')?;
    let label = label.trim();
    let is_label = |known: &&&str| label.eq_ignore_ascii_case(known);
    labels
        .iter()
        .find(is_label)
        .map(|label| (*label, value.trim()))
}

/// Reads the number at the start of `194`, `1,234`, `12 pages`.
pub(super) fn number(text: &str) -> Option<u32> {
    let digits = text.split_whitespace().next()?.replace(',', "");
    digits.parse().ok()
}

/// Words that may follow a comma without being a person.
const TITLES: [&str; 19] = [
    "2nd", "3rd", "4th", "iv", "ph.d.", "ed", "ed.", "eds", "eds.", "editor", "editors", "author",
    "jr", "jr.", "sr", "sr.", "ii", "iii", "phd",
];

/// Returns the people named in the lines of an author list, in order. A comma divides them, unless what follows it belongs
/// to the name before: "J. Reschke, Ed.". "et al." is not a person.
pub(super) fn people<'a>(lines: impl IntoIterator<Item = &'a str>) -> Vec<String> {
    let mut people: Vec<String> = Vec::new();
    for line in lines {
        for piece in line.split([',', ';']) {
            for (at, name) in split_and(piece).into_iter().enumerate() {
                let name = one_line(name);
                let lower = name.to_lowercase();
                if name.is_empty() || matches!(lower.as_str(), "et al." | "et al" | "et. al.") {
                    continue;
                }
                // A line may end with the comma that divides a name from its title, or begin with the title.
                match people.last_mut() {
                    Some(last) if at == 0 && TITLES.contains(&lower.as_str()) => {
                        last.push_str(", ");
                        last.push_str(&name);
                    }
                    _ => people.push(name),
                }
            }
        }
    }
    people
}

/// Splits at "and": "A and B", "A & B" are two people, also when the comma before "and" divided them already; "Anders
/// And" is one.
fn split_and(piece: &str) -> Vec<&str> {
    let piece = piece.trim_start();
    let piece = piece.strip_prefix("and ").unwrap_or(piece);
    piece
        .split(" and ")
        .flat_map(|part| part.split(" & "))
        .collect()
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
        assert_eq!(
            labelled("\tTITLE\t\t: A: b ", &labels),
            Some(("Title", "A: b"))
        );
        assert_eq!(
            labelled("   Author(s)       : X", &labels),
            Some(("Author(s)", "X"))
        );
        assert_eq!(labelled("Other: x", &labels), None);
    }

    #[test]
    fn one_person_per_entry_as_written() {
        assert_eq!(
            people([
                "R. Fielding, Ed.,",
                "M. Nottingham, Ed.,",
                "J. Reschke, Ed."
            ]),
            ["R. Fielding, Ed.", "M. Nottingham, Ed.", "J. Reschke, Ed."]
        );
        assert_eq!(people(["A. Romanow, et al."]), ["A. Romanow"]);
        assert_eq!(people(["M. Wood, M. Erlinger"]), ["M. Wood", "M. Erlinger"]);
        assert_eq!(
            people(["P. Almquist, Author", "F. Kastenholz, Editor"]),
            ["P. Almquist, Author", "F. Kastenholz, Editor"]
        );
        assert_eq!(
            people(["A. One and B. Two, Jr."]),
            ["A. One", "B. Two, Jr."]
        );
        assert_eq!(
            people(["Henk Birkholz", "Ned Smith"]),
            ["Henk Birkholz", "Ned Smith"]
        );
        assert_eq!(
            people(["A. One, B. Two, and C. Three & D. Four, 3rd"]),
            ["A. One", "B. Two", "C. Three", "D. Four, 3rd"]
        );
        assert!(people([""]).is_empty());
    }
}
