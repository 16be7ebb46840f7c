//! The fields of an RFC announcement, found by their labels.

use super::super::dates::month;
use super::super::names;
use super::super::text::{labelled, number, people};
use super::Rfc;
use crate::mail::text::{not_empty, one_line};

/// Labels of the fields, in one era or another.
const LABELS: [&str; 19] = [
    "Title",
    "Author",
    "Authors",
    "Author(s)",
    "Status",
    "Stream",
    "Date",
    "Mailbox",
    "Pages",
    "Characters",
    "Obsoletes",
    "Updates",
    "See Also",
    "SeeAlso",
    "I-D Tag",
    "URL",
    "DOI",
    "Updates/Obsoletes",
    "Updates/Obsoletes/SeeAlso",
];

/// Status names in the spelling that is kept.
const LEVELS: [&str; 8] = [
    "Proposed Standard",
    "Draft Standard",
    "Internet Standard",
    "Best Current Practice",
    "Informational",
    "Experimental",
    "Historic",
    "Standards Track",
];

const STREAMS: [&str; 6] = ["IETF", "IAB", "IRTF", "Independent", "Editorial", "Legacy"];

/// Reads the indented block of fields and returns the lines after it.
pub(super) fn parse_fields<'a, 'b>(lines: &'b [&'a str], rfc: &mut Rfc) -> &'b [&'a str] {
    let mut values: Vec<(&str, &str)> = Vec::new();
    let mut current = None;
    let mut end = 0;
    // On its way a mail may have lost all its indents; then a field is a line that begins with its label.
    let is_label = |line: &&str| labelled(line, &LABELS).is_some();
    let flat = !lines
        .iter()
        .any(|line| line.starts_with([' ', '\t']) && is_label(line));
    for (at, line) in lines.iter().enumerate() {
        // Without indents only a label that was not there yet is a field; the abstract may begin with such a word. Of
        // the others only those with lists and long values go on over lines.
        let found = labelled(line, &LABELS);
        let is_new = |(label, _)| values.iter().all(|(known, _)| *known != label);
        let indented = line.starts_with([' ', '\t'])
            || (flat && found.map_or(current.is_some_and(|label| goes_on(label, line)), is_new));
        if let Some((label, value)) = found.filter(|_| indented) {
            values.push((label, value));
            current = Some(label);
            end = at + 1;
        } else if line.trim().is_empty() {
            current = None;
        } else if !indented {
            if end > 0 {
                break;
            }
        } else if let Some(label) = current {
            values.push((label, line.trim()));
            end = at + 1;
        } else if end == 0 {
            rfc.series.extend(names::series_in(line));
        }
    }
    fill_in(rfc, &values);
    &lines[end..]
}

/// True when a field may go on with a line that has lost its indent, in a text that may have lost its empty lines too.
fn goes_on(label: &str, line: &str) -> bool {
    match label {
        "Title" | "Author" | "Authors" | "Author(s)" => true,
        "Mailbox" => line.contains('@'),
        "Obsoletes" | "Updates" | "See Also" | "SeeAlso" => {
            let mut words = line.split([',', ' ']).filter(|word| !word.is_empty());
            words.all(|word| {
                let digits = word.trim_start_matches(|c: char| c.is_ascii_uppercase());
                digits.bytes().all(|byte| byte.is_ascii_digit())
            })
        }
        _ => false,
    }
}

/// Fills in the fields from their lines, each with its label.
fn fill_in(rfc: &mut Rfc, values: &[(&str, &str)]) {
    let lines_of = |label: &str| -> Vec<&str> {
        let lines = values.iter().filter(|(known, _)| *known == label);
        lines.map(|(_, line)| *line).collect()
    };
    let field = |label: &str| not_empty(one_line(&lines_of(label).join(" ")));
    let named = |label: &str| field(label).filter(|text| !text.eq_ignore_ascii_case("none"));
    let rfcs = |label: &str| field(label).map_or_else(Vec::new, |list| names::rfc_numbers(&list));
    let authors = ["Author", "Authors", "Author(s)"].map(lines_of);
    rfc.title = field("Title");
    rfc.authors = people(authors.concat());
    rfc.status = field("Status").map(|status| in_known_spelling(&LEVELS, &status));
    rfc.stream = named("Stream").map(|stream| stream_in_known_spelling(&stream));
    rfc.published = field("Date").and_then(|date| year_and_month(&date));
    rfc.pages = field("Pages").and_then(|pages| number(&pages));
    rfc.obsoletes = rfcs("Obsoletes");
    rfc.updates = rfcs("Updates");
    for also in ["See Also", "SeeAlso"].into_iter().filter_map(field) {
        rfc.series.extend(names::series_in(&also));
    }
    rfc.draft = named("I-D Tag").and_then(|tag| {
        let (name, revision) = names::draft_name(&tag)?;
        Some(match revision {
            Some(revision) => format!("{name}-{revision}"),
            None => name,
        })
    });
    rfc.doi = field("DOI")
        .and_then(|doi| doi.find("10.").map(|at| doi[at..].to_owned()))
        .filter(|doi| doi.contains('/') && !doi.contains(' '));
}

/// Returns a stream in the known spelling. The Independent Submission Editor goes by his initials too.
fn stream_in_known_spelling(name: &str) -> String {
    let name = name.strip_suffix(" Stream").unwrap_or(name).trim();
    let independent = ["ISE", "Independent Submission", "Independent Submissions"];
    let is_it = |other: &&str| name.eq_ignore_ascii_case(other);
    match independent.iter().any(is_it) {
        true => "Independent".to_owned(),
        false => in_known_spelling(&STREAMS, name),
    }
}

/// Returns a name in the known spelling, or as it is.
fn in_known_spelling(known: &[&str], name: &str) -> String {
    known
        .iter()
        .find(|known| name.eq_ignore_ascii_case(known))
        .map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

/// Reads `February 2025` as `2025-02`.
fn year_and_month(text: &str) -> Option<String> {
    let words = || text.rsplit(|c: char| !c.is_ascii_alphanumeric());
    let month = words().find_map(month)?;
    let year = |word: &str| word.parse::<u16>().ok().filter(|_| word.len() == 4);
    Some(format!("{:04}-{month:02}", words().find_map(year)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stream_has_one_name() {
        for name in [
            "ISE",
            "INDEPENDENT",
            "Independent Submission",
            "Independent Stream",
        ] {
            assert_eq!(stream_in_known_spelling(name), "Independent", "{name}");
        }
        assert_eq!(stream_in_known_spelling("editorial"), "Editorial");
        assert_eq!(stream_in_known_spelling("Other"), "Other");
    }

    #[test]
    fn a_date_is_a_year_and_a_month() {
        assert_eq!(year_and_month("June 2022").as_deref(), Some("2022-06"));
        assert_eq!(year_and_month("2022"), None);
    }
}
