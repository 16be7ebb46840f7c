//! Numbers in words: 「七つ」, "twenty", "fourteenth".

/// What may follow a number in kanji: elsewhere 一 and 三 are parts of words.
const COUNTERS: [&str; 34] = [
    "つ",
    "個",
    "件",
    "種",
    "回",
    "版",
    "人",
    "名",
    "年",
    "か月",
    "カ月",
    "ヶ月",
    "月",
    "日",
    "割",
    "倍",
    "台",
    "社",
    "段",
    "本",
    "要素",
    "階層",
    "層",
    "ミリ秒",
    "秒",
    "分の",
    "時間",
    "オクテット",
    "バイト",
    "ビット",
    "パーセント",
    "通り",
    "方式",
    "点",
];

/// Writes numbers in kanji as digits, where a counter follows or 第 stands before them.
pub(super) fn with_digits(text: &str) -> String {
    let mut written = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(is_numeral) {
        let (before, from) = rest.split_at(at);
        written.push_str(before);
        let after = from.trim_start_matches(is_numeral);
        let numeral = &from[..from.len() - after.len()];
        let counted = before.ends_with('第') || COUNTERS.iter().any(|it| after.starts_with(it));
        // 「統一個」 does not count, and neither does 「万一」.
        let inside = before
            .chars()
            .next_back()
            .is_some_and(|c| "統唯単均同".contains(c));
        match value(numeral).filter(|_| counted && !inside) {
            Some(value) => written.push_str(&value.to_string()),
            None => written.push_str(numeral),
        }
        rest = after;
    }
    written.push_str(rest);
    written
}

fn is_numeral(c: char) -> bool {
    digit(c).is_some() || matches!(c, '十' | '百' | '千')
}

fn digit(c: char) -> Option<u32> {
    "〇一二三四五六七八九"
        .chars()
        .position(|d| d == c)
        .and_then(|at| u32::try_from(at).ok())
}

/// Returns the value of a number in kanji below ten thousand; of 「二〇一六」, too.
fn value(numeral: &str) -> Option<u32> {
    let (mut sum, mut last, mut positional) = (0u32, None, true);
    for c in numeral.chars().take(9) {
        match digit(c) {
            Some(digit) => {
                last = Some(match last {
                    Some(so_far) if positional => 10u32.checked_mul(so_far)?.checked_add(digit)?,
                    Some(_) => return None,
                    None => digit,
                });
            }
            None => {
                let unit = match c {
                    '十' => 10,
                    '百' => 100,
                    _ => 1000,
                };
                sum += last.unwrap_or(1) * unit;
                last = None;
                positional = false;
            }
        }
    }
    Some(sum + last.unwrap_or(0))
}

const SMALL: [&str; 20] = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
];
const TENS: [&str; 8] = [
    "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
];
const LARGE: [(&str, u32); 5] = [
    ("dozen", 12),
    ("hundred", 100),
    ("thousand", 1000),
    ("million", 1_000_000),
    ("billion", 1_000_000_000),
];
const ORDINALS: [(&str, &str); 9] = [
    ("first", "one"),
    ("second", "two"),
    ("third", "three"),
    ("fifth", "five"),
    ("eighth", "eight"),
    ("ninth", "nine"),
    ("twelfth", "twelve"),
    ("twentieth", "twenty"),
    ("thirtieth", "thirty"),
];

/// Returns the value of an English number word, small, also of an ordinal.
pub(super) fn of_word(word: &str) -> Option<u32> {
    let word = match ORDINALS.iter().find(|(ordinal, _)| *ordinal == word) {
        Some((_, cardinal)) => cardinal,
        None => word.strip_suffix("th").unwrap_or(word),
    };
    if let Some((tens, units)) = word.split_once('-') {
        let tens = of_word(tens).filter(|tens| (20..100).contains(tens))?;
        return of_word(units)
            .filter(|units| *units < 10)
            .map(|units| tens + units);
    }
    let position = |words: &[&str]| words.iter().position(|known| *known == word);
    let large = LARGE
        .iter()
        .find(|(known, _)| *known == word.trim_end_matches('s'));
    position(&SMALL)
        .or(position(&TENS).map(|at| 20 + 10 * at))
        .and_then(|value| u32::try_from(value).ok())
        .or(large.map(|(_, value)| *value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_in_kanji_are_read_where_they_count() {
        for (text, wanted) in [
            (
                "七つの機能、十四回目、第十四版",
                "7つの機能、14回目、第14版",
            ),
            ("二〇一六年に百二十件", "2016年に120件"),
            ("二十ミリ秒以内", "20ミリ秒以内"),
            (
                "一部の機器、統一された方式、第三者、一般に",
                "一部の機器、統一された方式、第3者、一般に",
            ),
            ("一覧と二重化", "一覧と二重化"),
        ] {
            assert_eq!(with_digits(text), wanted);
        }
    }

    #[test]
    fn english_words_have_a_value() {
        for (word, value) in [
            ("fourteen", Some(14)),
            ("fourteenth", Some(14)),
            ("twenty-one", Some(21)),
            ("dozens", Some(12)),
            ("third", Some(3)),
            ("often", None),
            ("month", None),
            ("twenty", Some(20)),
        ] {
            assert_eq!(of_word(word), value, "{word}");
        }
    }
}
