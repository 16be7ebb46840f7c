//! Finds what a text names: RFC numbers, revisions, drafts, words. The facts are read with it as well as what is written about them.

/// Writes full-width letters, digits and signs as plain ones, so that nothing hides behind them; the rest as it is.
pub(super) fn plain(text: &str) -> String {
    text.chars()
        .map(|c| match c {
            '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
            '\u{3000}' | '\u{a0}' => ' ',
            '\u{2010}'..='\u{2015}' | '\u{2212}' => '-',
            c => c,
        })
        .collect()
}

/// Returns the Latin words and abbreviations of a plain, small text.
pub(super) fn words_in(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|word| word.len() > 1 && word.bytes().any(|b| b.is_ascii_alphabetic()))
}

/// Returns a word without the plural's s.
pub(super) fn singular(word: &str) -> String {
    match word.strip_suffix('s') {
        Some(stem) if stem.len() > 2 => stem.to_owned(),
        _ => word.to_owned(),
    }
}

/// Returns the numbers of RFCs that a plain, small text names: "RFC 8040", "rfc8040/8526", "RFCs 8040 and 8526".
pub(super) fn rfcs_in(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("rfc") {
        let mut rest = &text[at + 3..];
        rest = rest.strip_prefix('s').unwrap_or(rest);
        rest = rest.trim_start_matches([' ', '-', '#', '\n']);
        while let Some((number, after)) = leading_number(rest) {
            found.push(number);
            let Some(next) = after_separator(after) else {
                break;
            };
            rest = next;
        }
    }
    found
}

/// Reads a number at the start; returns it with what comes after it.
fn leading_number(text: &str) -> Option<(u32, &str)> {
    let after = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let digits = &text[..text.len() - after.len()];
    Some((digits.parse().ok()?, after))
}

/// Skips a sign or word that goes on with another number; returns what stands after it.
fn after_separator(text: &str) -> Option<&str> {
    const SIGNS: [&str; 11] = [
        "/",
        ",",
        "、",
        "・",
        "&",
        "and ",
        "or ",
        "と",
        "や",
        "および",
        "及び",
    ];
    let text = text.trim_start();
    let sign = SIGNS.iter().find(|sign| text.starts_with(**sign))?;
    let text = text[sign.len()..].trim_start();
    let text = text.strip_prefix("and ").unwrap_or(text).trim_start();
    // "RFC 8040, 3 extensions" is no list.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    (digits >= 3).then_some(text)
}

/// Returns the numbers of revisions that a plain, small text names: "18th revision", "revision 14", 「18回目の改訂」「第14版」.
pub(super) fn revisions_in(text: &str) -> Vec<u32> {
    let mut found = Vec::new();
    for word in [
        "revision",
        "rev.",
        "リビジョン",
        "改訂",
        "バージョン",
        "version",
    ] {
        for (at, _) in text.match_indices(word) {
            let rest = text[at + word.len()..].trim_start_matches(['s', ' ', '-', '#', '第']);
            if let Some((number, after)) = leading_number(rest)
                && !after
                    .strip_prefix(['.', '/'])
                    .is_some_and(|more| more.starts_with(|c: char| c.is_ascii_digit()))
            {
                found.push(number);
            }
        }
    }
    for (end, _) in text.char_indices().filter(|(_, c)| !c.is_ascii_digit()) {
        let (before, after) = text.split_at(end);
        let start = before.trim_end_matches(|c: char| c.is_ascii_digit());
        let Ok(number) = before[start.len()..].parse() else {
            continue;
        };
        // 「IPv6版」「HTTP/2版」 are no revisions.
        if start.ends_with(|c: char| c.is_ascii_alphanumeric() || "/.-".contains(c)) {
            continue;
        }
        let mut endings = ["st ", "nd ", "rd ", "th "].iter();
        let ordinal = endings.find_map(|ending| after.strip_prefix(ending));
        let claimed = match ordinal {
            Some(what) => ["revision", "version", "draft revision", "update"]
                .iter()
                .any(|word| what.starts_with(word)),
            None => ["回目の改訂", "回目の改版", "回目の更新", "回の改訂", "版"]
                .iter()
                .any(|word| after.starts_with(word)),
        };
        if claimed {
            found.push(number);
        }
    }
    found
}

/// Returns the drafts that a plain, small text names, each without a revision.
pub(super) fn drafts_in(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("draft-") {
        let mut parts = text[at..].split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
        let name = parts.next().unwrap_or_default().trim_end_matches('-');
        if name.len() > "draft-".len() {
            found.push(name.to_owned());
        }
    }
    found
}

/// Splits a draft's name from its revision, if it has one.
pub(super) fn split_revision(name: &str) -> (&str, Option<u32>) {
    match name.rsplit_once('-') {
        Some((stem, end)) if end.len() == 2 && end.bytes().all(|b| b.is_ascii_digit()) => {
            (stem, end.parse().ok())
        }
        _ => (name, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rfcs_are_found_however_they_are_written() {
        let found = |text: &str| rfcs_in(&plain(text).to_lowercase());
        assert_eq!(found("RFC 8040/8526を更新する"), [8040, 8526]);
        assert_eq!(found("ＲＦＣ９０００に基づく"), [9000]);
        assert_eq!(found("RFCs 8040, 8526, and 9000 or 1"), [8040, 8526, 9000]);
        assert_eq!(found("RFC-791、RFC 8200 has 3 parts"), [791, 8200]);
        assert!(found("an RFC in 2025").is_empty());
    }

    #[test]
    fn revisions_are_found_however_they_are_written() {
        assert_eq!(revisions_in("the 18th revision"), [18]);
        assert_eq!(revisions_in("now at revision 04."), [4]);
        assert_eq!(revisions_in("20回目の改訂で"), [20]);
        assert_eq!(revisions_in("第14版です"), [14]);
        assert_eq!(revisions_in("改訂20回"), [20]);
        assert!(revisions_in("tls version 1.3, the 5th layer, 3回").is_empty());
        assert!(revisions_in("ipv6版とhttp/2版、imap4版").is_empty());
    }
}
