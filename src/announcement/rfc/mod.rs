//! RFC publications, from the 1990s to the RFC Editor's tool of 2026. Sender and subject tell that a message is one; a
//! block of fields and some paragraphs of prose follow.

use serde::{Deserialize, Serialize};

use super::classify::is_rfc_editor;
use super::{Group, names};
use crate::mail::Message;
use crate::mail::text::{lines, not_empty, split_ignoring_case, starts_ignoring_case};

mod fields;
mod prose;

use fields::parse_fields;
use prose::parse_prose;

/// A published RFC.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rfc {
    /// Its number.
    pub number: u32,
    /// The title, on one line.
    pub title: Option<String>,
    /// One person per entry, as written ("J. Reschke, Ed.").
    pub authors: Vec<String>,
    /// `Proposed Standard`, `Internet Standard`, `Best Current Practice`, `Informational`, …
    pub status: Option<String>,
    /// `IETF`, `IAB`, `IRTF`, `Independent`, `Editorial`.
    pub stream: Option<String>,
    /// Year and month, `2025-02`.
    pub published: Option<String>,
    /// Number of pages.
    pub pages: Option<u32>,
    /// Numbers of the RFCs it obsoletes.
    pub obsoletes: Vec<u32>,
    /// Numbers of the RFCs it updates.
    pub updates: Vec<u32>,
    /// `STD 97`, `BCP 240`, `FYI 36`.
    pub series: Vec<String>,
    /// The draft it was, with its revision and without `.txt`.
    pub draft: Option<String>,
    /// `10.17487/RFC9737`.
    pub doi: Option<String>,
    /// The group whose product it is.
    pub group: Option<Group>,
    /// The abstract, as in [`Draft::abstract_text`](super::Draft::abstract_text).
    #[serde(rename = "abstract")]
    pub abstract_text: Option<String>,
}

/// Parses an RFC announcement; `None` when the message is none.
pub(super) fn parse(message: &Message, subject: &str) -> Option<Rfc> {
    let (number, subject_title, series) = number_and_title(subject)?;
    // Copies that lost the field are known by how they begin.
    const OPENING: &str = "A new Request for Comments is now available";
    let is_copy =
        || message.from.is_empty() && starts_ignoring_case(message.text.trim_start(), OPENING);
    if !is_rfc_editor(message) && !is_copy() {
        return None;
    }
    let mut rfc = Rfc {
        number,
        series,
        ..Rfc::default()
    };
    let lines: Vec<&str> = lines(&message.text).collect();
    let rest = parse_fields(&lines, &mut rfc);
    rfc.title = rfc.title.or(subject_title);
    parse_prose(rest, &mut rfc);
    rfc.series.sort();
    rfc.series.dedup();
    Some(rfc)
}

/// Reads `STD 97, RFC 9110 on HTTP Semantics`: the number, the title and the series.
fn number_and_title(subject: &str) -> Option<(u32, Option<String>, Vec<String>)> {
    let (before, _) = split_ignoring_case(subject, "RFC")?;
    let rfc = &subject[before.len()..];
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
    let number = names::rfc_number(rfc)?;
    let (between, title) = split_ignoring_case(rfc, " on ")?;
    // Nothing but the number and series may stand between: "RFC 1 errata on …" is something else.
    let between = between[3..]
        .trim_start_matches([' ', '-'])
        .trim_start_matches(|c: char| c.is_ascii_digit());
    if !is_series(before) || !is_series(between) {
        return None;
    }
    let series = [names::series_in(before), names::series_in(between)].concat();
    // The RFC Editor's old tool escaped titles for HTML.
    let title = title
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#039;", "'")
        .replace("&amp;", "&");
    Some((number, not_empty(title.trim()), series))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn subjects_of_every_era() {
        let read =
            |subject: &str| number_and_title(subject).map(|(number, _, series)| (number, series));
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
        let (_, title, _) = number_and_title("RFC 1 on A &amp; B").unwrap();
        assert_eq!(title.as_deref(), Some("A & B"));
    }
}
