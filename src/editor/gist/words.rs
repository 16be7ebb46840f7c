//! A sentence as its words. Nothing but words is ever removed, so what is left stands in the abstract in this order.

use std::ops::Range;

/// Marks that stand around a word and do not belong to it.
const AROUND: &[char] = &[
    '"', '\'', '“', '”', '‘', '’', '.', ',', ';', ':', '(', ')', '[', ']', '?', '!', '`',
];
/// Marks that may follow a mark of punctuation.
const CLOSING: &[char] = &['"', '\'', '”', '’', ')', ']'];

/// A word with the marks around it. `RFC 9000` is one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    text: String,
    key: String,
}

impl Word {
    pub(super) fn new(text: &str) -> Self {
        Word {
            text: text.to_owned(),
            key: text.trim_matches(AROUND).to_lowercase(),
        }
    }

    /// Returns the word as it is printed.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the word without the marks around it, in lower case.
    pub(super) fn key(&self) -> &str {
        &self.key
    }

    /// Returns the word without the marks around it.
    pub(super) fn bare(&self) -> &str {
        self.text.trim_matches(AROUND)
    }

    /// Returns the mark of punctuation that it ends in.
    pub(super) fn mark(&self) -> Option<char> {
        let end = self.text.trim_end_matches(CLOSING).chars().next_back();
        end.filter(|end| matches!(end, ',' | ';' | ':'))
    }

    pub(super) fn is_rfc(&self) -> bool {
        self.key.strip_prefix("rfc ").is_some()
    }

    /// Returns the word without its mark of punctuation.
    pub(super) fn unmarked(&self) -> Word {
        match self.mark() {
            Some(mark) => {
                let at = self.text.rfind(mark).unwrap_or(self.text.len());
                let rest = self.text.get(at + mark.len_utf8()..).unwrap_or_default();
                Word::new(&format!("{}{rest}", &self.text[..at]))
            }
            None => self.clone(),
        }
    }

    pub(super) fn marked(&self, mark: char) -> Word {
        Word::new(&format!("{}{mark}", self.text))
    }
}

/// Splits a sentence into words; mends words that were broken at the end of a line, and joins `RFC` with its number.
pub(super) fn words(sentence: &str) -> Vec<Word> {
    let mut texts: Vec<String> = Vec::new();
    for piece in sentence.split_whitespace() {
        match texts.last_mut() {
            Some(last) if is_broken(last, piece) => last.push_str(piece),
            Some(last)
                if last.trim_start_matches(AROUND) == "RFC"
                    && (starts_with_digit(piece) || piece.starts_with("XXXX")) =>
            {
                last.push(' ');
                last.push_str(piece);
            }
            _ => match opened_late(piece) {
                Some((word, bracket)) => texts.extend([word.to_owned(), bracket.to_owned()]),
                None => texts.push(spaced_rfc(piece)),
            },
        }
    }
    let mut words: Vec<Word> = texts.iter().map(|text| Word::new(text)).collect();
    if let Some(last) = words.last_mut() {
        *last = Word::new(last.text.trim_end_matches(['.', '!', '?']));
    }
    words
}

/// `Per-` before `Hop`, but not before `and`: "delay- and loss-sensitive".
fn is_broken(last: &str, next: &str) -> bool {
    let mut end = last.chars().rev();
    matches!(end.next(), Some('-' | '/'))
        && end.next().is_some_and(char::is_alphanumeric)
        && next.starts_with(char::is_alphanumeric)
        && !["and", "or", "to", "nor"].contains(&next)
}

/// `IGMP(Internet` → `IGMP` and `(Internet`; `state(s)` stays.
fn opened_late(piece: &str) -> Option<(&str, &str)> {
    let at = piece.find('(').filter(|at| *at > 1)?;
    let (word, bracket) = piece.split_at(at);
    let is_name = word.chars().all(|c| c.is_uppercase() || c.is_ascii_digit());
    (is_name && !bracket.contains(')') && bracket.len() > 2).then_some((word, bracket))
}

fn starts_with_digit(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_digit())
}

/// `RFC9000` → `RFC 9000`.
fn spaced_rfc(text: &str) -> String {
    match text.split_once("RFC") {
        Some((before, number))
            if before.chars().all(|c| AROUND.contains(&c))
                && (starts_with_digit(number) || number.starts_with("XXXX")) =>
        {
            format!("{before}RFC {number}")
        }
        _ => text.to_owned(),
    }
}

/// Returns the number of words as a reader counts them.
pub(super) fn count(words: &[Word]) -> usize {
    words
        .iter()
        .map(|word| word.text.split_whitespace().count())
        .sum()
}

/// Writes the words in a row.
pub(super) fn print(words: &[Word]) -> String {
    let texts: Vec<&str> = words.iter().map(Word::text).collect();
    texts.join(" ")
}

/// Removes words. The mark behind them goes to the word before them; an aside takes both its commas with it.
pub(super) fn without(words: &[Word], cut: Range<usize>) -> Vec<Word> {
    let (head, tail) = (&words[..cut.start], &words[cut.end..]);
    let mut left = head.to_vec();
    let mark = cut.end.checked_sub(1).and_then(|last| words[last].mark());
    if let Some(before) = left.last_mut() {
        match (before.mark(), mark) {
            (Some(','), Some(',')) => *before = before.unmarked(),
            (None, Some(mark)) => *before = before.marked(mark),
            _ => {}
        }
        if tail.is_empty() {
            *before = before.unmarked();
        }
    }
    left.extend_from_slice(tail);
    left
}

/// Returns the ranges of words that stand in round brackets, outermost only.
pub(super) fn bracketed(words: &[Word]) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut open: Option<usize> = None;
    let mut depth = 0_i32;
    for (at, word) in words.iter().enumerate() {
        let balance: i32 = word.text.chars().map(side).sum();
        if open.is_none() && word.text.starts_with('(') {
            (open, depth) = (Some(at), 0);
        }
        let Some(start) = open else { continue };
        depth += balance;
        if depth <= 0 {
            // "(sub)path" is no bracketed text.
            let end = word.text.trim_end_matches([',', ';', ':', '.', '"']);
            if end.ends_with(')') {
                found.push(start..at + 1);
            }
            open = None;
        }
    }
    found
}

fn side(c: char) -> i32 {
    match c {
        '(' => 1,
        ')' => -1,
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_words_and_rfc_numbers_are_joined() {
        let read = words("application- level or delay- and loss RFC 8200, (RFC9000) Per-Hop.");
        let texts: Vec<&str> = read.iter().map(Word::text).collect();
        let expected = [
            "application-level",
            "or",
            "delay-",
            "and",
            "loss",
            "RFC 8200,",
            "(RFC 9000)",
            "Per-Hop",
        ];
        assert_eq!(texts, expected);
        assert!(read[6].is_rfc());
    }

    #[test]
    fn marks_stay_where_they_belong() {
        let read = words("keys, which are new, are sent (if any), now");
        assert_eq!(print(&without(&read, 1..4)), "keys are sent (if any), now");
        assert_eq!(
            print(&without(&read, 6..8)),
            "keys, which are new, are sent, now"
        );
        assert_eq!(print(&without(&read, 1..read.len())), "keys");
        assert_eq!(bracketed(&read), vec![6..8]);
        assert!(bracketed(&words("a (sub)path or ((two) of) them ) (")).len() == 1);
    }
}
