//! Tells the language of a text, to know if it is the one that was asked for. No more than that: what it says is another question.

use crate::wording::{Language, is_kana, is_kanji};

/// Words that every longer English text has.
const ENGLISH: [&str; 24] = [
    "the", "a", "an", "of", "to", "and", "in", "for", "is", "with", "that", "on", "by", "as", "it",
    "from", "how", "are", "be", "this", "its", "or", "at", "when",
];
/// Words that a text in one of the other languages in Latin letters has, and English has not: EST, DES and MIT are names.
const OTHERS: [&str; 18] = [
    "der", "das", "und", "ist", "ein", "eine", "nicht", "für", "le", "les", "pour", "une", "dans",
    "los", "las", "que", "para", "della",
];

/// Returns true when `text` is in `language`. A few words, as in a title, need only the right letters.
pub(super) fn is_in(language: Language, text: &str) -> bool {
    let letters = text.chars().filter(|c| c.is_alphabetic()).count();
    let kana = text.chars().filter(|c| is_kana(*c)).count();
    let han = text.chars().filter(|c| is_kanji(*c)).count();
    match language {
        // Names of protocols stand in Latin letters; Chinese has no kana, Korean has neither.
        Language::Ja => {
            if letters > 24 {
                // Enough for the particles of a line, or a sentence's endings and particles around a title that is quoted as it is.
                let wanted = if letters > 48 { 6 } else { 3 };
                kana >= wanted && (kana + han) * 5 >= letters
            } else {
                kana + han > 0 && (kana + han) * 8 >= letters
            }
        }
        Language::En => {
            let latin = text.chars().filter(char::is_ascii_alphabetic).count();
            if letters == 0 || latin * 10 < letters * 9 {
                return false;
            }
            let lower = text.to_lowercase();
            let words: Vec<&str> = lower
                .split(|c: char| !c.is_alphabetic())
                .filter(|word| !word.is_empty())
                .collect();
            let count = |known: &[&str]| words.iter().filter(|word| known.contains(word)).count();
            let (english, others) = (count(&ENGLISH), count(&OTHERS));
            words.len() < 10 && others == 0 || english > others && english * 16 >= words.len()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_in_its_language_and_in_no_other() {
        let japanese = "セグメントルーティングの双方向パスを1組として扱うPCEP拡張です。";
        let english =
            "It treats the two directions of a path as one, which is what operators need.";
        let french =
            "Le document décrit les procédures pour une gestion des chemins dans le réseau.";
        let german = "Das Dokument beschreibt ein Verfahren und ist nicht für den Betrieb mit der alten Version.";
        let chinese = "本文档定义了一种用于分段路由策略的扩展，以满足面向连接的传输服务的要求，并说明其使用方法。";
        let korean = "이 문서는 세그먼트 라우팅을 위한 확장을 정의합니다";
        for (text, ja, en) in [
            (japanese, true, false),
            (english, false, true),
            (french, false, false),
            (german, false, false),
            (chinese, false, false),
            (korean, false, false),
            ("通信の土台", true, false),
            ("Mail, two-factored", false, true),
            ("One route per tenant, with proof", false, true),
            ("", false, false),
        ] {
            assert_eq!(is_in(Language::Ja, text), ja, "ja: {text}");
            assert_eq!(is_in(Language::En, text), en, "en: {text}");
        }
    }
}
