//! RFC publications, from the 1990s to the RFC Editor's tool of 2026. The level is what "This is now a …" says, else
//! the status field: that says only "Standards Track" for most of the time.

use super::dates::month;
use super::group;
use super::iesg::is_of;
use super::message::Message;
use super::names;
use super::people::people;
use super::text::{find_ignoring_case, labelled, lines, paragraphs, starts_ignoring_case};
use super::{Body, Rfc};

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

/// Who has announced RFCs since 1994, by the part before the `@`, and where they sent from.
const SENDERS: [&str; 5] = ["rfc-editor", "rfc-ed", "rfc-dist-owner", "jkrey", "postel"];
const HOSTS: [&str; 4] = ["rfc-editor.org", "isi.edu", "ietf.org", "amsl.com"];

/// Words that stand alone in capitals before the paragraph of conditions, and the status they name.
const CONDITIONS: [(&str, Option<&str>); 6] = [
    ("STANDARDS TRACK:", None),
    ("INFORMATIONAL:", Some("Informational")),
    ("EXPERIMENTAL:", Some("Experimental")),
    ("HISTORIC:", Some("Historic")),
    ("BCP:", Some("Best Current Practice")),
    ("BEST CURRENT PRACTICE:", Some("Best Current Practice")),
];

/// Beginnings of the paragraphs behind the abstract.
const ENDS: [&str; 8] = [
    "This document is a product of",
    "This document is the product of",
    "This is now a",
    "This memo provides information for the Internet community. It does not",
    "This memo provides information for the Internet community. This memo does not",
    "This announcement is sent to",
    "For searching the RFC series",
    "Requests for special distribution",
];

/// Reads an RFC announcement; `None` where the message is none.
pub(super) fn read(message: &Message, subject: &str) -> Option<Body> {
    let (number, subject_title, series) = of_subject(subject)?;
    let is_sender = match message.from.split_once('@') {
        Some((local, host)) => SENDERS.contains(&local) && is_of(host, &HOSTS),
        // Copies that lost the field are known by how they begin.
        None => message.from.is_empty() && is_opening(&message.text),
    };
    if !is_sender {
        return None;
    }
    let mut rfc = Rfc {
        number,
        series,
        ..Rfc::default()
    };
    let lines: Vec<&str> = lines(&message.text).collect();
    let rest = fields(&lines, &mut rfc);
    rfc.title = rfc.title.or(subject_title);
    prose(rest, &mut rfc);
    rfc.series.sort();
    rfc.series.dedup();
    Some(Body::Rfc(rfc))
}

fn is_opening(text: &str) -> bool {
    starts_ignoring_case(
        text.trim_start(),
        "A new Request for Comments is now available",
    )
}

/// `STD 97, RFC 9110 on HTTP Semantics`: the number, the title and the series.
fn of_subject(subject: &str) -> Option<(u32, Option<String>, Vec<String>)> {
    let at = find_ignoring_case(subject, "RFC")?;
    let before = &subject[..at];
    // Only series may stand before it: "Last Call: RFC 1" is something else.
    let is_series = |text: &str| {
        let mut words = text.split([',', ' ']).filter(|word| !word.is_empty());
        words.all(|word| {
            let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let kind = &word[..word.len() - digits.len()];
            let known = ["", "STD", "BCP", "FYI"];
            known.iter().any(|known| kind.eq_ignore_ascii_case(known))
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    };
    if !is_series(before) {
        return None;
    }
    let number = names::rfc(&subject[at..])?;
    let on = find_ignoring_case(&subject[at..], " on ")? + at;
    // Nothing but the number and series may stand between: "RFC 1 errata on …" is something else.
    let between = subject[at + 3..on]
        .trim_start_matches([' ', '-'])
        .trim_start_matches(|c: char| c.is_ascii_digit());
    if !is_series(between) {
        return None;
    }
    let series = [names::series(before), names::series(between)].concat();
    // The RFC Editor's old tool escaped titles for HTML.
    let title = subject[on + 4..]
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#039;", "'")
        .replace("&amp;", "&");
    Some((
        number,
        Some(title.trim().to_owned()).filter(|title| !title.is_empty()),
        series,
    ))
}

/// Reads the indented block of fields and returns the lines behind it.
fn fields<'a, 'b>(lines: &'b [&'a str], rfc: &mut Rfc) -> &'b [&'a str] {
    let mut values: Vec<Vec<&str>> = vec![Vec::new(); LABELS.len()];
    let mut current: Option<usize> = None;
    let mut end = 0;
    // On its way a mail may have lost all its indents; then a field is a line that begins with its label.
    let is_label = |line: &&str| labelled(line, &LABELS).is_some();
    let flat = !lines
        .iter()
        .any(|line| line.starts_with([' ', '\t']) && is_label(line));
    for (at, line) in lines.iter().enumerate() {
        // Without indents only a label that was not there yet is a field; the abstract may begin with such a word.
        let is_new = |(place, _): (usize, &str)| values[place].is_empty();
        let indented = line.starts_with([' ', '\t'])
            || (flat && labelled(line, &LABELS).map_or(current.is_some(), is_new));
        if let Some((place, value)) = labelled(line, &LABELS).filter(|_| indented) {
            values[place].push(value);
            current = Some(place);
            end = at + 1;
        } else if line.trim().is_empty() {
            current = None;
        } else if !indented {
            if end > 0 {
                break;
            }
        } else if let Some(place) = current {
            values[place].push(line.trim());
            end = at + 1;
        } else if end == 0 {
            rfc.series.extend(names::series(line));
        }
    }
    let joined = |label: &str| {
        let place = LABELS.iter().position(|known| *known == label)?;
        let text = values[place].join(" ");
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(text).filter(|text| !text.is_empty())
    };
    let none = |text: &String| !text.eq_ignore_ascii_case("none");
    rfc.title = joined("Title");
    rfc.authors = people(
        values[1]
            .iter()
            .chain(&values[2])
            .chain(&values[3])
            .copied(),
    );
    rfc.status = joined("Status").map(|status| level(&status));
    rfc.stream = joined("Stream")
        .filter(none)
        .map(|stream| one_of(&STREAMS, &stream));
    rfc.published = joined("Date").and_then(|date| year_and_month(&date));
    rfc.pages = joined("Pages").and_then(|pages| number(&pages));
    rfc.obsoletes = joined("Obsoletes")
        .map(|list| names::rfc_list(&list))
        .unwrap_or_default();
    rfc.updates = joined("Updates")
        .map(|list| names::rfc_list(&list))
        .unwrap_or_default();
    for label in ["See Also", "SeeAlso"] {
        rfc.series.extend(
            joined(label)
                .map(|text| names::series(&text))
                .unwrap_or_default(),
        );
    }
    rfc.draft = joined("I-D Tag").filter(none).and_then(|tag| {
        let (name, revision) = names::draft(&tag)?;
        Some(match revision {
            Some(revision) => format!("{name}-{revision}"),
            None => name,
        })
    });
    rfc.doi = joined("DOI")
        .and_then(|doi| doi.find("10.").map(|at| doi[at..].to_owned()))
        .filter(|doi| doi.contains('/') && !doi.contains(' '));
    &lines[end..]
}

/// What follows the fields: abstract, group, level.
fn prose(lines: &[&str], rfc: &mut Rfc) {
    let mut abstract_lines: Vec<&str> = Vec::new();
    let mut ended = false;
    let mut said = None;
    for paragraph in lines.split(|line| line.trim().is_empty()) {
        let joined = paragraph.join(" ");
        let text = joined.split_whitespace().collect::<Vec<_>>().join(" ");
        if text.is_empty() {
            continue;
        }
        let condition = CONDITIONS.iter().find(|(word, _)| text.starts_with(word));
        if let Some((_, status)) = condition {
            said = said.or(status.map(str::to_owned));
        }
        if let Some(level) = now_a(&text) {
            said = Some(level);
        }
        if rfc.group.is_none()
            && let Some((group, _)) = group::of_product(&text)
        {
            rfc.group = Some(group);
        }
        if condition.is_some() || ENDS.iter().any(|end| starts_ignoring_case(&text, end)) {
            if !ended && rfc.status.is_none() {
                said = said.or_else(|| of_old_prose(&text));
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
    let vague = |status: &String| status == "Standards Track";
    if rfc.status.is_none() || rfc.status.as_ref().is_some_and(vague) {
        rfc.status = said.or(rfc.status.take());
    }
}

/// An abstract without the sentence on whose product the document is, where that follows on the same line.
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
    Some(abstract_text).filter(|text| !text.is_empty())
}

/// The abstract's lines of a paragraph that goes on to say whose product the document is, as until 2000; whether it
/// does.
fn before_product<'a, 'b>(paragraph: &'b [&'a str]) -> (&'b [&'a str], bool) {
    let is_product = |line: &&str| {
        let line = line.trim_start();
        starts_ignoring_case(line, "This document is a product of")
            || starts_ignoring_case(line, "This document is the product of")
    };
    match paragraph.iter().position(is_product) {
        Some(at) => (&paragraph[..at], true),
        None => (paragraph, false),
    }
}

/// The level in "This is now a Proposed Standard."; before 2008 "… Standard Protocol."
fn now_a(text: &str) -> Option<String> {
    let at = find_ignoring_case(text, "This is now a")? + "This is now a".len();
    let rest = text[at..].trim_start_matches('n').trim_start();
    let end = rest.find('.').unwrap_or(rest.len());
    let words = rest[..end].trim();
    let words = words.strip_suffix(" Protocol").unwrap_or(words);
    let known = [
        "Proposed Standard",
        "Draft Standard",
        "Internet Standard",
        "Full Standard",
        "Standard",
        "Best Current Practice",
    ];
    known
        .iter()
        .find(|known| words.eq_ignore_ascii_case(known))
        .map(|known| match *known {
            "Full Standard" | "Standard" => "Internet Standard".to_owned(),
            other => other.to_owned(),
        })
}

/// The status that the 1990s told in prose only.
fn of_old_prose(text: &str) -> Option<String> {
    let says = |words: &str| find_ignoring_case(text, words).is_some();
    if says("provides information for the Internet community") {
        Some("Informational".into())
    } else if says("Experimental Protocol") {
        Some("Experimental".into())
    } else {
        None
    }
}

/// Status names as the field writes them, in one spelling.
fn level(status: &str) -> String {
    one_of(&LEVELS, status)
}

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

/// A name in the known spelling, or as it is.
fn one_of(known: &[&str], name: &str) -> String {
    known
        .iter()
        .find(|known| name.eq_ignore_ascii_case(known))
        .map_or_else(|| name.to_owned(), |known| (*known).to_owned())
}

/// `194`, `1,234`, `12 pages`.
fn number(text: &str) -> Option<u32> {
    let digits = text.split_whitespace().next()?.replace(',', "");
    digits.parse().ok()
}

/// `February 2025` as `2025-02`.
fn year_and_month(text: &str) -> Option<String> {
    let mut found = (None, None);
    for word in text.split(|c: char| !c.is_ascii_alphanumeric()) {
        if let Some(month) = month(word) {
            found.0 = Some(month);
        } else if word.len() == 4
            && let Ok(year) = word.parse::<u16>()
        {
            found.1 = Some(year);
        }
    }
    let (month, year) = (found.0?, found.1?);
    Some(format!("{year:04}-{month:02}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_every_era() {
        let read = |subject: &str| of_subject(subject).map(|(number, _, series)| (number, series));
        assert_eq!(
            read("RFC1716 on Towards Requirements"),
            Some((1716, vec![]))
        );
        assert_eq!(read("RFC 9737 on Reporting"), Some((9737, vec![])));
        assert_eq!(
            read("STD 97, RFC 9110 on HTTP Semantics"),
            Some((9110, vec!["STD 97".into()]))
        );
        assert_eq!(
            read("RFC 1800, STD 1 on Official Standards"),
            Some((1800, vec!["STD 1".into()]))
        );
        assert_eq!(read("RFC 1 errata on HTTP"), None);
        assert_eq!(read("RFC 1 is on HTTP"), None);
        assert_eq!(read("Last Call: RFC 9110 on HTTP"), None);
        assert_eq!(read("RFC Errata on something"), None);
        let (_, title, _) = of_subject("RFC 1 on A &amp; B").unwrap();
        assert_eq!(title.as_deref(), Some("A & B"));
    }

    #[test]
    fn the_level_is_what_it_is_now() {
        assert_eq!(
            now_a("This is now an Internet Standard.").as_deref(),
            Some("Internet Standard")
        );
        assert_eq!(
            now_a("This is now a Proposed Standard Protocol.").as_deref(),
            Some("Proposed Standard")
        );
        assert_eq!(now_a("This is now a thing."), None);
        assert_eq!(year_and_month("June 2022").as_deref(), Some("2022-06"));
    }
}
