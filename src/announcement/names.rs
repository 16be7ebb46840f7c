//! Names of documents: a draft with its revision, an RFC with its number. Everything that becomes a link or an
//! identity comes from here, so a name is made of letters, digits and hyphens and of nothing else.

use crate::mail::text::strip_ignoring_case;

/// Reads a draft's name and its two-digit revision, from `draft-ietf-quic-http-34`, with or without `.txt` and
/// brackets.
pub(super) fn draft_name(word: &str) -> Option<(String, Option<String>)> {
    let word = word.trim_matches(|c: char| !c.is_ascii_alphanumeric());
    let word = word.to_ascii_lowercase();
    // `draft-x-01.txt,.pdf` has two extensions.
    let bare = word.split(['.', ',']).next().unwrap_or_default();
    if !bare.starts_with("draft-") || bare.len() > 200 {
        return None;
    }
    let allowed =
        |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '+');
    if !bare.chars().all(allowed) {
        return None;
    }
    let is_revision =
        |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
    match bare.rsplit_once('-') {
        Some((name, revision)) if is_revision(revision) && name.len() > "draft-".len() => {
            Some((name.to_owned(), Some(revision.to_owned())))
        }
        _ => Some((bare.to_owned(), None)),
    }
}

/// Reads the number in `RFC 9737`, `RFC9737:`, `rfc0822`.
pub(super) fn rfc_number(text: &str) -> Option<u32> {
    let digits = strip_ignoring_case(text.trim(), "rfc")?.trim_start_matches([' ', '-']);
    let end = digits
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(digits.len());
    digits.get(..end).filter(|d| d.len() <= 6)?.parse().ok()
}

/// Reads all numbers in a list such as `RFC 2818, RFC 7230` or `1122, 1123`.
pub(super) fn rfc_numbers(text: &str) -> Vec<u32> {
    let mut numbers: Vec<u32> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter_map(|word| {
            let digits = word.trim_start_matches(|c: char| c.is_ascii_alphabetic());
            let letters = &word[..word.len() - digits.len()];
            let fits = letters.is_empty() || letters.eq_ignore_ascii_case("rfc");
            fits.then(|| digits.parse().ok()).flatten()
        })
        .filter(|number| *number > 0)
        .collect();
    numbers.dedup();
    numbers
}

/// Reads the series in `STD 97`, `BCP0014`, `FYI 36`: written with one blank and no leading zeros.
pub(super) fn series_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let words: Vec<&str> = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    for (at, word) in words.iter().enumerate() {
        for kind in ["STD", "BCP", "FYI"] {
            let digits = match strip_ignoring_case(word, kind) {
                Some("") => words.get(at + 1).copied().unwrap_or_default(),
                Some(digits) => digits,
                None => continue,
            };
            if let Ok(number) = digits.parse::<u32>() {
                found.push(format!("{kind} {number}"));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_draft_is_its_name_and_revision() {
        let read = |word: &str| draft_name(word);
        let url = Some(("draft-ietf-uri-url".to_owned(), Some("07".to_owned())));
        assert_eq!(read("draft-ietf-uri-url-07.txt"), url);
        assert_eq!(read("<draft-ietf-uri-url-07.txt>"), url);
        assert_eq!(read("draft-ietf-uri-url-07.txt,.pdf"), url);
        assert_eq!(
            read("draft-ietf-uri-url"),
            Some(("draft-ietf-uri-url".into(), None))
        );
        assert_eq!(read("draft-x\"onclick-00"), None);
        assert_eq!(read("overdraft-00"), None);
    }

    #[test]
    fn numbers_and_series_in_every_spelling() {
        assert_eq!(rfc_number("RFC1716 on"), Some(1716));
        assert_eq!(rfc_number("RFC 9737"), Some(9737));
        assert_eq!(rfc_number("RFCs"), None);
        assert_eq!(rfc_numbers("RFC 2818, RFC7230, 0822"), [2818, 7230, 822]);
        assert_eq!(rfc_numbers("None"), Vec::<u32>::new());
        assert_eq!(series_in("STD 97, RFC 9110"), ["STD 97"]);
        assert_eq!(series_in("BCP0014"), ["BCP 14"]);
    }
}
