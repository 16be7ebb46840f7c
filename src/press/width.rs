//! Lines that fit a terminal: 72 columns, a wide character counted as two, Japanese broken as its rules allow.

use textwrap::{Options, WordSeparator, WordSplitter, WrapAlgorithm};
use unicode_width::UnicodeWidthStr;

use crate::wording::{is_kanji, is_katakana};

/// RFC 5322, section 2.1.1 asks for at most 78; 72 leaves room for a reply's marks.
pub(super) const COLUMNS: usize = 72;

/// Forbids a break where it stands. Text from outside has none, see [`super::clean`]; it is gone after wrapping.
const JOINER: char = '\u{2060}';

/// Wraps `text` to lines of at most [`COLUMNS`] columns. `first` stands before the first line, `rest` before the others.
/// A word that is longer than a line is broken; the hyphens of a draft's name are not, and what [`row`] keeps together
/// stays together.
pub(super) fn wrap(text: &str, first: &str, rest: &str) -> String {
    let options = Options::new(COLUMNS)
        .initial_indent(first)
        .subsequent_indent(rest)
        .word_separator(WordSeparator::UnicodeBreakProperties)
        .word_splitter(WordSplitter::NoHyphenation)
        .wrap_algorithm(WrapAlgorithm::FirstFit)
        .break_words(true);
    let text = &held_together(text);
    let lines = textwrap::wrap(text, options).join("\n");
    lines.replace(JOINER, "").replace('\u{a0}', " ")
}

/// Keeps together what one reads as a word: a number with the counter that follows it and a date (`17件`, `11月25日`), a word in
/// katakana, a short one in kanji. Where Japanese may be broken between any two characters, it is broken between words.
fn held_together(text: &str) -> String {
    let characters: Vec<char> = text.chars().collect();
    let mut held = String::with_capacity(text.len());
    let mut before = ' ';
    for run in characters.chunk_by(|one, other| is_same_script(*one, *other)) {
        let whole = run.len() <= longest_whole(run[0]);
        for (at, c) in run.iter().enumerate() {
            let counter = before.is_ascii_digit() && c.is_alphanumeric() && !c.is_ascii();
            let date = matches!(before, '年' | '月') && c.is_ascii_digit();
            if counter || date || at > 0 && whole {
                held.push(JOINER);
            }
            before = *c;
            held.push(*c);
        }
    }
    held
}

/// Returns true when a word may go on from one character to the other.
fn is_same_script(one: char, other: char) -> bool {
    is_katakana(one) && is_katakana(other) || is_kanji(one) && is_kanji(other)
}

/// Returns the length up to which a run that begins with `c` is one word.
fn longest_whole(c: char) -> usize {
    match c {
        c if is_katakana(c) => 16,
        c if is_kanji(c) => 4,
        _ => 1,
    }
}

/// Puts the parts in a row, divided by dots; short ones (`14 pages`, `Hot topic 1`) stay whole, and no line begins with a
/// dot.
pub(super) fn row(parts: &[String]) -> String {
    const SHORT: usize = 34;
    let hold = |c: char| match c {
        ' ' => vec!['\u{a0}'],
        c if c.is_ascii() => vec![c],
        c => vec![JOINER, c, JOINER],
    };
    let whole = |part: &String| match part.width() {
        ..=SHORT => part.chars().flat_map(hold).collect(),
        _ => part.clone(),
    };
    let parts: Vec<String> = parts.iter().map(whole).collect();
    parts.join("\u{a0}· ")
}

/// Repeats `mark` across the page.
pub(super) fn rule(mark: &str) -> String {
    mark.repeat(COLUMNS / mark.width().max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn widest(text: &str) -> usize {
        text.lines().map(UnicodeWidthStr::width).max().unwrap_or(0)
    }

    #[test]
    fn wide_characters_count_as_two() {
        let wrapped = wrap(&"改訂番号".repeat(30), "* ", "  ");
        assert_eq!(widest(&wrapped), COLUMNS);
        assert_eq!(wrapped.lines().count(), 4);
    }

    #[test]
    fn no_line_begins_with_a_closing_mark() {
        for length in 30..40 {
            let wrapped = wrap(&format!("{}」。続き", "あ".repeat(length)), "", "");
            assert!(
                wrapped.lines().all(|line| !line.starts_with(['」', '。'])),
                "{wrapped}"
            );
        }
    }

    #[test]
    fn the_name_of_a_draft_stays_whole() {
        let name = "draft-ietf-pce-circuit-style-pcep-extensions";
        let wrapped = wrap(&format!("See also the document {name}, {name}"), "  ", "  ");
        assert_eq!(wrapped.matches(name).count(), 2);
        assert!(widest(&wrapped) <= COLUMNS);
    }

    #[test]
    fn short_parts_of_a_row_stay_whole_and_dots_stand_at_the_end() {
        let parts = [
            "Deion Yu, Shaun Johnson, Somebody Else, Nobody",
            "mail (Mail)",
            "14 pages",
        ];
        let wrapped = wrap(&row(&parts.map(str::to_owned)), "  ", "  ");
        assert_eq!(
            wrapped,
            "  Deion Yu, Shaun Johnson, Somebody Else, Nobody · mail (Mail) ·\n  14 pages"
        );
    }

    #[test]
    fn a_short_part_in_japanese_stays_whole_too() {
        for length in 20..36 {
            let parts = ["あ".repeat(length), "12ページ".to_owned()];
            assert!(wrap(&row(&parts), "", "").contains("12ページ"));
        }
    }

    #[test]
    fn a_number_stays_with_its_counter() {
        for length in 20..40 {
            let wrapped = wrap(&format!("{}17件と11月25日", "あ".repeat(length)), "", "");
            assert!(
                wrapped.contains("17件") && wrapped.contains("11月25日"),
                "{wrapped}"
            );
            assert!(widest(&wrapped) <= COLUMNS);
        }
    }

    #[test]
    fn a_word_in_katakana_or_kanji_is_not_broken() {
        for length in 20..44 {
            let text = format!("{}スケーラビリティと配信停止のメール", "あ".repeat(length));
            let wrapped = wrap(&text, "", "");
            for word in ["スケーラビリティ", "配信停止", "メール"] {
                assert!(wrapped.contains(word), "{wrapped}");
            }
            assert!(widest(&wrapped) <= COLUMNS);
        }
        assert!(widest(&wrap(&"ア".repeat(200), "", "")) <= COLUMNS);
    }

    #[test]
    fn a_word_without_end_is_broken() {
        assert!(widest(&wrap(&"x".repeat(1_000), "", "")) <= COLUMNS);
    }
}
