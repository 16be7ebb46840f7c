//! Which script a character is of: what Japanese text is measured, broken and judged by.

/// Returns true for hiragana and katakana, half width as well, with their marks.
pub fn is_kana(c: char) -> bool {
    matches!(c, '\u{3041}'..='\u{309f}' | '\u{30a1}'..='\u{30ff}' | '\u{ff66}'..='\u{ff9d}')
}

/// Returns true for a letter of a word in katakana; the dot that divides names is none.
pub fn is_katakana(c: char) -> bool {
    matches!(c, '\u{30a1}'..='\u{30fa}' | '\u{30fc}'..='\u{30ff}')
}

/// Returns true for kanji.
pub fn is_kanji(c: char) -> bool {
    matches!(c, '\u{3400}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '々' | '〆')
}

/// Returns true for kana and kanji.
pub fn is_japanese(c: char) -> bool {
    is_kana(c) || is_kanji(c)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_character_is_of_its_script() {
        assert!("ひらがなカタカナーｶﾅ".chars().all(is_kana));
        assert!("サーバー".chars().all(is_katakana) && !is_katakana('・'));
        assert!("提唱標準々".chars().all(is_kanji));
        assert!("認可プロトコルの初版".chars().all(is_japanese));
        assert!(!"IETF 14、（）｜。：é".contains(is_japanese));
    }
}
