//! Dates and numbers in words. The catalogue says in which order the parts stand.

use jiff::civil::Date;

use super::{Language, Value, say};

/// `Friday, 28 November 2025`; `2025年11月28日（金）`.
pub fn long_date(language: Language, date: Date) -> String {
    say(language, "date-long", &parts(language, date))
}

/// `22 to 28 November 2025`, `29 November to 5 December 2025`; `2025年11月22日〜28日`.
pub fn date_range(language: Language, first: Date, last: Date) -> String {
    let key = match (first.year() == last.year(), first.month() == last.month()) {
        (true, true) => "date-range-month",
        (true, false) => "date-range-year",
        (false, _) => "date-range",
    };
    let [day, month, year, _] = parts(language, first).map(|(_, part)| part);
    let from = [("fromday", day), ("frommonth", month), ("fromyear", year)];
    say(language, key, &[&from[..], &parts(language, last)].concat())
}

/// `November 2025`; `2025年11月`.
pub fn month_year(language: Language, date: Date) -> String {
    say(language, "month-year", &parts(language, date))
}

/// `28 November`; `11月28日`.
pub fn short_date(language: Language, date: Date) -> String {
    say(language, "date-short", &parts(language, date))
}

fn parts(language: Language, date: Date) -> [(&'static str, Value<'static>); 4] {
    let month = say(language, &format!("month-{}", date.month()), &[]);
    [
        ("day", i64::from(date.day()).into()),
        ("month", month.into()),
        ("year", i64::from(date.year()).into()),
        ("weekday", weekday(language, date).into()),
    ]
}

/// `Friday`; `金`.
pub fn weekday(language: Language, date: Date) -> String {
    let number = date.weekday().to_monday_one_offset();
    say(language, &format!("weekday-{number}"), &[])
}

/// `Fri`; `金`.
pub fn weekday_short(language: Language, date: Date) -> String {
    let number = date.weekday().to_monday_one_offset();
    say(language, &format!("weekday-short-{number}"), &[])
}

/// `18th`; Japanese needs no ending, its counters stand in the phrases.
pub fn ordinal(language: Language, number: u32) -> String {
    if language != Language::En {
        return number.to_string();
    }
    let ending = match (number % 10, number % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_date_reads_as_each_language_writes_it() {
        let day = date(2025, 11, 28);
        assert_eq!(long_date(Language::En, day), "Friday, 28 November 2025");
        assert_eq!(long_date(Language::Ja, day), "2025年11月28日（金）");
        let from = [date(2025, 11, 22), date(2025, 10, 29), date(2024, 12, 30)];
        let range = |language| from.map(|from| date_range(language, from, day));
        assert_eq!(
            range(Language::En),
            [
                "22 to 28 November 2025",
                "29 October to 28 November 2025",
                "30 December 2024 to 28 November 2025"
            ]
        );
        assert_eq!(
            range(Language::Ja),
            [
                "2025年11月22日〜28日",
                "2025年10月29日〜11月28日",
                "2024年12月30日〜2025年11月28日"
            ]
        );
        assert_eq!(short_date(Language::En, day), "28 November");
        assert_eq!(short_date(Language::Ja, day), "11月28日");
    }

    #[test]
    fn ordinals_have_their_endings() {
        let said: Vec<String> = [1, 2, 3, 4, 11, 12, 13, 18, 21, 22, 103, 111]
            .map(|number| ordinal(Language::En, number))
            .to_vec();
        let expected = "1st 2nd 3rd 4th 11th 12th 13th 18th 21st 22nd 103rd 111th";
        assert_eq!(said.join(" "), expected);
        assert_eq!(ordinal(Language::Ja, 18), "18");
    }
}
