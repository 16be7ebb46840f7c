//! Takes the decoration off a text: emoji, exclamation marks, marks of Markdown. What a text says is another question.

/// Returns the text without decoration, its lines trimmed.
pub(super) fn tidied(text: &str) -> String {
    let lines: Vec<String> = text.trim().lines().map(tidied_line).collect();
    let mut tidied = lines.join("\n");
    // What was a heading's rule or a line of stars leaves nothing behind.
    while tidied.contains("\n\n\n") {
        tidied = tidied.replace("\n\n\n", "\n\n");
    }
    tidied.trim().to_owned()
}

/// Openings that say nothing in a line that stands beside its document's title.
const OPENINGS: [&str; 9] = [
    "this document ",
    "the document ",
    "this draft ",
    "the draft ",
    "this memo ",
    "this specification ",
    "この文書は",
    "本文書は",
    "このドラフトは",
];
/// Words after which an opening is a sentence's subject and has to stay.
const KEEPS: [&str; 10] = [
    "is ", "are ", "was ", "has ", "had ", "will ", "can ", "may ", "also ", "of ",
];

/// Returns a line without "This document", its verb first.
pub(super) fn without_opening(text: &str) -> String {
    let small = text.to_ascii_lowercase();
    let rest = OPENINGS
        .iter()
        .find_map(|opening| small.strip_prefix(opening))
        .map_or(text, |rest| &text[text.len() - rest.len()..]);
    let rest = rest.trim_start_matches(['、', ' ']);
    let small = rest.to_ascii_lowercase();
    if rest.is_empty()
        || rest.len() == text.len()
        || KEEPS.iter().any(|word| small.starts_with(word))
    {
        return text.to_owned();
    }
    let mut chars = rest.chars();
    let first = chars
        .next()
        .map(|c| c.to_uppercase().to_string())
        .unwrap_or_default();
    first + chars.as_str()
}

fn tidied_line(line: &str) -> String {
    let line = without_bullet(line.trim());
    let mut kept = String::with_capacity(line.len());
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        let next = chars.peek().copied();
        if is_ornament(c) || c == '`' {
            continue;
        }
        if matches!(c, '*' | '_') && next == Some(c) {
            chars.next();
            continue;
        }
        let beside_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        if c == '*' && beside_word(kept.chars().last()) != beside_word(next) {
            continue;
        }
        if matches!(c, '!' | '！') && ends_here(c, next) {
            let stop = if c == '!' { '.' } else { '。' };
            if !kept.ends_with(['.', '。', '?', '？']) {
                kept.push(stop);
            }
            continue;
        }
        kept.push(c);
    }
    kept.split(' ')
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Returns true for an exclamation mark at the end of a sentence: `!=` is none.
fn ends_here(mark: char, next: Option<char>) -> bool {
    mark == '！'
        || next.is_none_or(|next| {
            next.is_whitespace() || is_ornament(next) || "!！\"'”’」）)*_".contains(next)
        })
}

fn without_bullet(line: &str) -> &str {
    for mark in ["- ", "* ", "+ ", "> ", "• ", "•", "・", "■", "◆", "●", "▶"] {
        if let Some(rest) = line.strip_prefix(mark) {
            return rest.trim_start();
        }
    }
    let rest = line.trim_start_matches('#');
    match rest.strip_prefix(' ') {
        Some(heading) if rest.len() < line.len() => heading.trim_start(),
        _ => line,
    }
}

/// Returns true for pictures, and for what joins or colours them.
fn is_ornament(c: char) -> bool {
    matches!(c, '\u{1f000}'..='\u{1faff}' | '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{fe0e}' | '\u{fe0f}' | '\u{20e3}' | '\u{200d}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_opening_that_says_nothing_goes() {
        for (text, wanted) in [
            ("This document defines a datastore.", "Defines a datastore."),
            (
                "The draft is a first version.",
                "The draft is a first version.",
            ),
            ("この文書は、鍵の形式を定める。", "鍵の形式を定める。"),
            ("Defines a datastore.", "Defines a datastore."),
            ("This document ", "This document "),
        ] {
            assert_eq!(without_opening(text), wanted);
        }
    }

    #[test]
    fn decoration_is_removed_and_the_words_stay() {
        for (text, wanted) in [
            ("🚀 A key agent!", "A key agent."),
            ("これは便利です！！✨", "これは便利です。"),
            (
                "**Bold** and *slanted* and `code` and __more__",
                "Bold and slanted and code and more",
            ),
            ("# A heading\n\n- an item", "A heading\n\nan item"),
            ("・要件のまとめ", "要件のまとめ"),
            ("👩‍💻 for people", "for people"),
            (
                "a != b, 5 * 3, snake_case, C# 12",
                "a != b, 5 * 3, snake_case, C# 12",
            ),
            ("#1 is no heading", "#1 is no heading"),
            ("", ""),
        ] {
            assert_eq!(tidied(text), wanted, "{text}");
        }
    }
}
