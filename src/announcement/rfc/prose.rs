//! The prose of an RFC announcement: its abstract, the group whose product it is, and its level. The level is what
//! "This is now a …" says, else the status field: that says only "Standards Track" for most of the time.

use super::super::group::group_of_product;
use super::super::text::paragraphs;
use super::Rfc;
use crate::mail::text::{
    find_ignoring_case, not_empty, one_line, split_ignoring_case, starts_ignoring_case,
};

/// Words that stand alone in capitals before the paragraph of conditions, and the status they name.
const CONDITIONS: [(&str, Option<&str>); 6] = [
    ("STANDARDS TRACK:", None),
    ("INFORMATIONAL:", Some("Informational")),
    ("EXPERIMENTAL:", Some("Experimental")),
    ("HISTORIC:", Some("Historic")),
    ("BCP:", Some("Best Current Practice")),
    ("BEST CURRENT PRACTICE:", Some("Best Current Practice")),
];

/// Beginnings of the sentence on whose product the document is.
const PRODUCT: [&str; 2] = [
    "This document is a product of",
    "This document is the product of",
];

/// Beginnings of the other paragraphs after the abstract.
const ENDS: [&str; 6] = [
    "This is now a",
    "This memo provides information for the Internet community. It does not",
    "This memo provides information for the Internet community. This memo does not",
    "This announcement is sent to",
    "For searching the RFC series",
    "Requests for special distribution",
];

/// Reads what follows the fields: abstract, group, level.
pub(super) fn parse_prose(lines: &[&str], rfc: &mut Rfc) {
    let mut abstract_lines: Vec<&str> = Vec::new();
    let mut ended = false;
    let mut said = None;
    for paragraph in paragraphs_of(lines) {
        let text = one_line(&paragraph.join(" "));
        if text.is_empty() {
            continue;
        }
        let condition = CONDITIONS.iter().find(|(word, _)| text.starts_with(word));
        let conditional = condition.and_then(|(_, status)| status.map(str::to_owned));
        said = level_now(&text).or(said).or(conditional);
        rfc.group = rfc.group.take().or_else(|| group_of_product(&text));
        let mut ends = ENDS.iter().chain(&PRODUCT);
        if condition.is_some() || ends.any(|end| starts_ignoring_case(&text, end)) {
            if !ended && rfc.status.is_none() {
                said = said.or_else(|| status_in_old_prose(&text));
            }
            ended = true;
        }
        if !ended {
            let (lines, product) = before_product(paragraph);
            abstract_lines.extend(lines);
            abstract_lines.push("");
            ended = product;
        }
    }
    rfc.abstract_text = paragraphs(abstract_lines).and_then(without_product);
    let is_vague = |status| status == "Standards Track";
    if rfc.status.as_deref().is_none_or(is_vague) {
        rfc.status = said.or(rfc.status.take());
    }
}

/// Divides lines at empty ones; where none is left, also before a line with which something known begins.
fn paragraphs_of<'a, 'b>(lines: &'b [&'a str]) -> Vec<&'b [&'a str]> {
    let is_empty = |line: &&str| line.trim().is_empty();
    if lines.iter().any(is_empty) {
        return lines.split(is_empty).collect();
    }
    let begins = |line: &str| {
        let mut words = ENDS.iter().chain(&PRODUCT);
        let mut conditions = CONDITIONS.iter();
        words.any(|words| starts_ignoring_case(line.trim_start(), words))
            || conditions.any(|(word, _)| line.starts_with(word))
    };
    lines.chunk_by(|_, next| !begins(next)).collect()
}

/// Cuts off an abstract's sentence on whose product the document is, when that follows on the same line.
fn without_product(mut abstract_text: String) -> Option<String> {
    let at = [
        "This document is a product of the ",
        "This document is the product of the ",
    ]
    .iter()
    .filter_map(|words| abstract_text.find(words))
    .min();
    if let Some(at) = at {
        abstract_text.truncate(abstract_text[..at].trim_end().len());
    }
    not_empty(abstract_text)
}

/// Returns the abstract's lines of a paragraph that may go on to say whose product the document is, as until 2000; true
/// when it does.
fn before_product<'a, 'b>(paragraph: &'b [&'a str]) -> (&'b [&'a str], bool) {
    let is_product = |line: &&str| {
        let mut words = PRODUCT.iter();
        words.any(|words| starts_ignoring_case(line.trim_start(), words))
    };
    match paragraph.iter().position(is_product) {
        Some(at) => (&paragraph[..at], true),
        None => (paragraph, false),
    }
}

/// Reads the level in "This is now a Proposed Standard."; before 2008 "… Standard Protocol."
fn level_now(text: &str) -> Option<String> {
    let (_, rest) = split_ignoring_case(text, "This is now a")?;
    let words = rest.trim_start_matches('n').split('.').next()?.trim();
    let words = words.strip_suffix(" Protocol").unwrap_or(words);
    let level = match words.to_ascii_lowercase().as_str() {
        "proposed standard" => "Proposed Standard",
        "draft standard" => "Draft Standard",
        "internet standard" | "full standard" | "standard" => "Internet Standard",
        "best current practice" => "Best Current Practice",
        _ => return None,
    };
    Some(level.to_owned())
}

/// Reads the status that the 1990s told in prose only.
fn status_in_old_prose(text: &str) -> Option<String> {
    let says = |words: &str| find_ignoring_case(text, words).is_some();
    if says("provides information for the Internet community") {
        Some("Informational".into())
    } else if says("Experimental Protocol") {
        Some("Experimental".into())
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_level_is_what_it_is_now() {
        assert_eq!(
            level_now("This is now an Internet Standard.").as_deref(),
            Some("Internet Standard")
        );
        assert_eq!(
            level_now("This is now a Proposed Standard Protocol.").as_deref(),
            Some("Proposed Standard")
        );
        assert_eq!(level_now("This is now a thing."), None);
    }
}
