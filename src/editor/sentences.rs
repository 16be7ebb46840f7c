//! The sentences of an abstract: one splitter for the summary and the gist.

/// Abbreviations that end no sentence.
const ABBREVIATIONS: [&str; 17] = [
    "e.g.", "i.e.", "vs.", "cf.", "al.", "sec.", "fig.", "no.", "dr.", "mr.", "st.", "std.",
    "resp.", "approx.", "inc.", "u.s.", "a.k.a.",
];
/// Words with which a sentence begins, whatever stands before them: "in Annex P. It implements", "synchronization.The".
const BEGINNINGS: [&str; 9] = [
    "The", "This", "It", "In", "These", "We", "They", "However,", "Its",
];
/// Marks that may stand between the end of a sentence and the blank.
const CLOSING: [char; 6] = ['"', '\'', ')', '”', '’', ']'];

/// A sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sentence {
    /// Its words, one blank between them.
    pub(super) text: String,
    /// The place that it has.
    pub(super) kind: Kind,
}

/// The place that a sentence has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// It ends in a full stop.
    Whole,
    /// It has no end and is all of its paragraph: a heading, or what leads to a list.
    Open,
}

/// Returns the sentences of a text, paragraph by paragraph, without the items of lists.
pub(super) fn sentences(text: &str) -> impl Iterator<Item = Sentence> + '_ {
    paragraphs(text).flat_map(|paragraph| split(&paragraph))
}

/// Returns the paragraphs that are no items of a list. A paragraph inside an open bracket is none: "(OPCODE" before an
/// empty line and "0)" behind it are one.
fn paragraphs(text: &str) -> impl Iterator<Item = String> + '_ {
    let mut rest = text.split("\n\n").peekable();
    std::iter::from_fn(move || {
        loop {
            let mut paragraph = rest.next()?.to_owned();
            if is_item(&paragraph) {
                continue;
            }
            while is_inside_brackets(&paragraph)
                && let Some(next) = rest.next_if(|next| closes_a_number(next))
            {
                paragraph.push(' ');
                paragraph.push_str(next);
            }
            return Some(paragraph);
        }
    })
}

/// "0) or reply …": the end of a bracket, if one is open.
fn closes_a_number(paragraph: &str) -> bool {
    paragraph
        .trim_start()
        .split_once(')')
        .is_some_and(|(number, _)| is_number(number))
}

fn is_number(text: &str) -> bool {
    (1..3).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns true when the last line of a paragraph leaves a bracket open.
fn is_inside_brackets(paragraph: &str) -> bool {
    // A bracket that matters was opened shortly before.
    let tail = paragraph.char_indices().rev().take(80);
    let first_mark = tail.map(|(_, c)| c).find(|c| matches!(c, '(' | ')'));
    first_mark == Some('(')
}

fn is_item(paragraph: &str) -> bool {
    let start = paragraph.trim_start();
    start.starts_with(['*', '-', '+', '•', '|'])
        || start.starts_with("o ")
        || start
            .split_once(['.', ')'])
            .is_some_and(|(number, _)| is_number(number))
}

/// Splits at the ends of sentences: a full stop, a blank, and something that begins one. Abbreviations end none.
fn split(paragraph: &str) -> Vec<Sentence> {
    let words: Vec<&str> = paragraph.split_whitespace().flat_map(unglued).collect();
    let mut sentences = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for (at, word) in words.iter().enumerate() {
        open.push(word);
        if ends_sentence(word, words.get(at + 1).copied()) {
            sentences.push(Sentence {
                text: open.join(" "),
                kind: Kind::Whole,
            });
            open.clear();
        }
    }
    // What has no end behind whole sentences was cut off by its author; it is none.
    if sentences.is_empty() && !open.is_empty() {
        sentences.push(Sentence {
            text: open.join(" "),
            kind: Kind::Open,
        });
    }
    sentences
}

/// "synchronization.The" → "synchronization." and "The".
fn unglued(word: &str) -> impl Iterator<Item = &str> {
    let parts = word.split_once('.').filter(|(end, next)| {
        end.ends_with(|c: char| c.is_lowercase()) && end.len() > 2 && BEGINNINGS.contains(next)
    });
    let (first, second) = match parts {
        Some((end, next)) => (&word[..=end.len()], Some(next)),
        None => (word, None),
    };
    [first].into_iter().chain(second)
}

fn ends_sentence(word: &str, next: Option<&str>) -> bool {
    let bare = word.trim_end_matches(CLOSING);
    if !bare.ends_with(['.', '!', '?']) {
        return false;
    }
    let lower = bare.trim_start_matches(['(', '"']).to_lowercase();
    let initial = bare.len() == 2 && bare.starts_with(|c: char| c.is_uppercase());
    // "etc. This" ends a sentence, "etc. and" does not: what follows decides.
    let begins = next.is_none_or(|next| {
        next.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || "\"'([“".contains(c))
    });
    // "M. Rose" goes on, "in Annex P. It" does not.
    let certain = next.is_some_and(|next| BEGINNINGS.contains(&next));
    let known = ABBREVIATIONS.contains(&lower.as_str());
    begins && (!initial || certain) && (next.is_none() || !known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(text: &str) -> Vec<String> {
        sentences(text).map(|sentence| sentence.text).collect()
    }

    #[test]
    fn abbreviations_and_initials_end_no_sentence() {
        let text = "A new entity, e.g. Agent Gateway, is needed. M. Rose wrote it for speed, safety etc. It works.";
        assert_eq!(texts(text).len(), 3, "{:?}", texts(text));
        let glued = "See Annex P. It uses clock synchronization.The rest is new.";
        assert_eq!(texts(glued).len(), 3, "{:?}", texts(glued));
    }

    #[test]
    fn items_are_left_out_and_brackets_stay_whole() {
        let text =
            "It has parts:\n\n1) one.\n\n* two.\n\nIt asks (OPCODE\n\n0) and ends. It is short.";
        let expected = [
            "It has parts:",
            "It asks (OPCODE 0) and ends.",
            "It is short.",
        ];
        assert_eq!(texts(text), expected);
    }

    #[test]
    fn what_has_no_end_is_no_whole_sentence() {
        let text = "It is one. And then\n\nA heading";
        let kinds: Vec<Kind> = sentences(text).map(|one| one.kind).collect();
        assert_eq!(kinds, [Kind::Whole, Kind::Open]);
    }
}
