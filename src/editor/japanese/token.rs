//! A text as words and signs.

/// A word or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// As it is written.
    pub(super) text: String,
    /// True when no blank stands before it.
    pub(super) glued: bool,
}

/// Splits a text into words and signs.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut found = Vec::new();
    let mut rest = text;
    let mut glued = false;
    while let Some(first) = rest.chars().next() {
        let length = if first.is_whitespace() {
            glued = false;
            rest = &rest[first.len_utf8()..];
            continue;
        } else if first.is_ascii_alphanumeric() {
            word(rest)
        } else {
            first.len_utf8()
        };
        let (token, behind) = rest.split_at(length);
        let trimmed = token.trim_end_matches(['.', '\'']);
        let token = if trimmed.is_empty() { token } else { trimmed };
        found.push(Token {
            text: token.to_owned(),
            glued,
        });
        glued = true;
        rest = behind;
    }
    found
}

/// Returns the length of the word that a text begins with. `TCP/IP`, `I/O` and `HTTP/3` are one word.
fn word(text: &str) -> usize {
    let end = plain(text);
    let mut length = end;
    while let Some(next) = text[length..].strip_prefix('/') {
        let other = plain(next);
        let short = length <= 2 || other == 1;
        let capitals = [&text[..length], &next[..other]]
            .iter()
            .all(|part| part.len() > 1 && part.chars().all(|c| !c.is_ascii_lowercase()));
        if other == 0 || !(short || capitals) {
            break;
        }
        length += 1 + other;
    }
    length
}

/// Returns the length of the letters, digits and signs that belong to one word.
fn plain(text: &str) -> usize {
    let mut characters = text.char_indices();
    match characters.next() {
        Some((_, first)) if first.is_ascii_alphanumeric() => {}
        _ => return 0,
    }
    let end = characters.find(|(_, c)| !(c.is_ascii_alphanumeric() || "+.#*_'@".contains(*c)));
    end.map_or(text.len(), |(at, _)| at)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        tokens(text).into_iter().map(|token| token.text).collect()
    }

    #[test]
    fn words_are_told_from_signs() {
        assert_eq!(
            words("HTTP/3, TCP/IP over X.509."),
            ["HTTP/3", ",", "TCP/IP", "over", "X.509"]
        );
        assert_eq!(words("Name/Address C++"), ["Name", "/", "Address", "C++"]);
        assert_eq!(
            words("multi-path (MP)"),
            ["multi", "-", "path", "(", "MP", ")"]
        );
        let glued: Vec<bool> = tokens("multi-path - x")
            .iter()
            .map(|token| token.glued)
            .collect();
        assert_eq!(glued, [false, true, true, false, false]);
    }

    #[test]
    fn any_text_is_taken_apart() {
        for text in ["", "...", "'", "é/ü", "a/", "//", "日本語"] {
            tokens(text);
        }
    }
}
