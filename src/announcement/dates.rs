//! Dates as people write them in sentences: `2026-06-09`, `September 20, 1998`, `20 September 1998`, `20-Sep-98`.

use jiff::civil::Date;

/// Returns the first date in a text.
pub(super) fn first_date_in(text: &str) -> Option<Date> {
    let words: Vec<&str> = text.split_whitespace().collect();
    (0..words.len()).find_map(|at| date_at_start(&words[at..]))
}

/// Returns all dates in a text, in its order.
pub fn dates_in(text: &str) -> Vec<Date> {
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found = Vec::new();
    for at in 0..words.len() {
        // "Monday, 20 October 2025" begins at its weekday and again at its day: that is one date.
        if let Some(date) = date_at_start(&words[at..])
            && found.last() != Some(&date)
        {
            found.push(date);
        }
    }
    found
}

/// Returns the first date that follows one of these words.
pub(super) fn date_after(words: &[&str], introducing: &[&str]) -> Option<Date> {
    words.iter().enumerate().find_map(|(at, word)| {
        let is_known = |known: &&str| word.eq_ignore_ascii_case(known);
        let introduces = introducing.iter().any(is_known);
        introduces.then(|| date_at_start(&words[at + 1..]))?
    })
}

/// Returns the date with which these words begin. A span such as `May 21-22, 2012` is its first day.
pub(super) fn date_at_start(words: &[&str]) -> Option<Date> {
    let first = bare(words.first()?);
    if let Some(date) = in_one_word(first) {
        return Some(date);
    }
    // "Monday, April 6, 2020"
    if is_weekday(first) {
        return date_at_start(words.get(1..)?);
    }
    let second = bare(words.get(1)?);
    let mut years = words.iter().skip(2).map(|word| year(bare(word)));
    let (month, day, year) = match month(first) {
        // "April 6, 2020", "April 6 2020", "April 6 - 8, 2020"
        Some(month) => (month, day(second)?, years.take(3).flatten().next()?),
        None => (month(second)?, day(first)?, years.next()??),
    };
    Date::new(year, month, day).ok()
}

/// Reads a date in one word of a sentence, which may hold other numbers with hyphens.
fn in_one_word(word: &str) -> Option<Date> {
    let is_plain = word.find('-') == Some(4) || word.contains(|c: char| c.is_ascii_alphabetic());
    if !is_plain || word.contains('/') {
        return None;
    }
    date_in_word(word)
}

/// Reads a date in one word, as drafts have given theirs: `2025-08-12`, `2004-7-13`, `09/08/1994` (month first),
/// `13-Jan-98`.
pub(super) fn date_in_word(word: &str) -> Option<Date> {
    let parts: Vec<&str> = word.split(['-', '/']).collect();
    let [a, b, c] = parts.as_slice() else {
        return None;
    };
    let number = |text: &str| text.parse::<i8>().ok();
    let year = |text: &str| text.parse::<i16>().ok();
    let (year, month, day) = if let Some(month) = month(b) {
        (century(year(c)?), month, number(a)?)
    } else if word.contains('/') {
        (century(year(c)?), number(a)?, number(b)?)
    } else {
        (year(a)?, number(b)?, number(c)?)
    };
    Date::new(year, month, day).ok()
}

/// Reads a day of the month: `6`, `6th`, `21-22`, `21/22`, the first of them.
fn day(word: &str) -> Option<i8> {
    let end = word
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(word.len());
    let day: i8 = word[..end].parse().ok()?;
    let rest = &word[end..];
    let fits = rest.is_empty()
        || ["st", "nd", "rd", "th"].contains(&rest)
        || rest.starts_with(['-', '/', '–']);
    (fits && (1..=31).contains(&day)).then_some(day)
}

fn year(word: &str) -> Option<i16> {
    let year: i16 = word.parse().ok()?;
    (1980..2200).contains(&year).then_some(year)
}

/// Completes a year: two-digit years were written until 2002; the first Internet-Draft is of 1989.
fn century(year: i16) -> i16 {
    match year {
        0..=68 => year + 2000,
        69..=99 => year + 1900,
        _ => year,
    }
}

/// Returns the number of a month from the first three letters of its English name.
pub(super) fn month(name: &str) -> Option<i8> {
    const NAMES: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    let start = name.get(..3)?;
    if !name.chars().all(|c| c.is_ascii_alphabetic() || c == '.') {
        return None;
    }
    let is_start = |known: &&str| known.eq_ignore_ascii_case(start);
    i8::try_from(NAMES.iter().position(is_start)? + 1).ok()
}

fn is_weekday(word: &str) -> bool {
    const NAMES: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    word.get(..3)
        .is_some_and(|start| NAMES.iter().any(|known| known.eq_ignore_ascii_case(start)))
        && (word.len() == 3 || word.to_ascii_lowercase().ends_with("day"))
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_of_every_era() {
        let read = |text: &str| date_in_word(text).map(|date| date.to_string());
        assert_eq!(read("2025-08-12").as_deref(), Some("2025-08-12"));
        assert_eq!(read("2004-7-13").as_deref(), Some("2004-07-13"));
        assert_eq!(read("09/08/1994").as_deref(), Some("1994-09-08"));
        assert_eq!(read("13-Jan-98").as_deref(), Some("1998-01-13"));
        assert_eq!(read("16-Nov-00").as_deref(), Some("2000-11-16"));
        assert_eq!(read("soon"), None);
        assert_eq!(read("2025-13-45"), None);
    }

    #[test]
    fn dates_in_sentences() {
        let read = |text: &str| first_date_in(text).map(|date| date.to_string());
        for (text, expected) in [
            ("by 2026-06-09.", "2026-06-09"),
            ("by September 20, 1998.", "1998-09-20"),
            ("on Monday, April 6th, 2020 from", "2020-04-06"),
            ("Interim Meeting, May 21-22, 2012", "2012-05-21"),
            ("from 20 September 1998 on", "1998-09-20"),
            ("(was 2020-04-06)", "2020-04-06"),
            ("20-Sep-98", "1998-09-20"),
        ] {
            assert_eq!(read(text).as_deref(), Some(expected), "{text}");
        }
        for text in [
            "in May we may 2020",
            "2020-13-01",
            "February 30, 2020",
            "RFC 2026",
            "",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
