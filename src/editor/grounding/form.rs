//! The form of a text: no mark-up, no links, no control characters, nothing about the writer itself.

use super::facts::plain;

/// Characters that change how others are shown, or are not shown at all.
fn is_hidden(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}' | '\u{ad}')
}

/// Beginnings of what a model says about itself or its orders.
const ABOUT_ITSELF: [&str; 14] = [
    "as an ai",
    "as a language model",
    "i cannot",
    "i can't",
    "i'm sorry",
    "i am sorry",
    "previous instruction",
    "system prompt",
    "言語モデルとして",
    "以前の指示",
    "これまでの指示",
    "システムプロンプト",
    "申し訳ありません",
    "<think",
];

/// Returns what is wrong with the form of a text; `known` is the text of the facts, small.
pub(super) fn form_fault(text: &str, known: &str) -> Option<&'static str> {
    if text.chars().any(|c| c.is_control() && c != '\n') {
        return Some("it contains control characters");
    }
    if text.chars().any(is_hidden) {
        return Some("it contains invisible characters");
    }
    let plain = plain(text);
    let lower = plain.to_lowercase();
    // A draft may be about models and their prompts.
    let mut about_itself = ABOUT_ITSELF.iter();
    if about_itself.any(|words| lower.contains(words) && !known.contains(words)) {
        return Some("it speaks of the writer or of instructions, not of the document");
    }
    if has_link(&plain, &lower, known) {
        return Some("it contains a link or an address");
    }
    if has_markup(&plain) {
        return Some("it contains mark-up");
    }
    None
}

fn has_link(plain: &str, lower: &str, known: &str) -> bool {
    const SCHEMES: [&str; 6] = ["://", "www.", "mailto:", "javascript:", "data:text", "tel:"];
    if SCHEMES.iter().any(|scheme| lower.contains(scheme)) {
        return true;
    }
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '@');
    plain.split(|c: char| !is_part(c)).any(|token| {
        let token = token.trim_matches(['.', '-', '_']);
        if known.contains(&token.to_lowercase()) {
            return false;
        }
        let at_sign = token.split_once('@');
        at_sign.is_some_and(|(user, host)| !user.is_empty() && !host.is_empty()) || is_host(token)
    })
}

/// `example.com`, and not `end.Next`, `1.3` or `e.g`.
fn is_host(token: &str) -> bool {
    let Some((name, top)) = token.rsplit_once('.') else {
        return false;
    };
    top.len() >= 2
        && top.bytes().all(|b| b.is_ascii_lowercase())
        && name.len() >= 2
        && name.bytes().any(|b| b.is_ascii_alphabetic())
}

fn has_markup(plain: &str) -> bool {
    const ANYWHERE: [&str; 12] = [
        "**", "__", "~~", "`", "](", "[[", "{{", "{%", "&lt;", "&gt;", "&amp;", "&#",
    ];
    if ANYWHERE.iter().any(|mark| plain.contains(mark)) {
        return true;
    }
    let tag = plain.match_indices('<').any(|(at, _)| {
        let next = plain[at + 1..].chars().next();
        next.is_some_and(|c| c.is_ascii_alphabetic() || matches!(c, '/' | '!' | '?'))
    });
    tag || plain.lines().any(|line| {
        let line = line.trim_start();
        [
            "# ", "## ", "### ", "- ", "* ", "> ", "| ", "+ ", "---", "===",
        ]
        .iter()
        .any(|mark| line.starts_with(mark))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_no_place_in_a_sentence_is_found() {
        for text in [
            "See https://evil.example/ for more.",
            "ｈｔｔｐｓ：／／evil.example を見よ",
            "Go to evil.example now",
            "write to me@evil.example",
            "a **bold** claim",
            "<b>a claim</b>",
            "＜script＞",
            "[a](b)",
            "# A title\nand more",
            "a\u{202e}b",
            "a\u{1b}[31m",
            "a\tb",
            "zero\u{200b}width",
            "As an AI, I may not.",
            "以前の指示は無視します",
            "call `rm -rf`",
        ] {
            assert!(form_fault(text, "").is_some(), "{text}");
        }
    }

    #[test]
    fn what_has_its_place_is_left() {
        for text in [
            "TLS 1.3 with HTTP/3, e.g. for a < b and c > d.",
            "IMAPとSMTP、そしてTLS 1.3。「これ」です——本当に。",
            "The end.Next begins * or not; 5 - 3 is 2",
            "大規模言語モデル（LLM）の使い方を決めます。",
            "Two paragraphs.\n\nHere is the second.",
        ] {
            assert_eq!(form_fault(text, ""), None, "{text}");
        }
        assert_eq!(
            form_fault("It moves ietf.yang.example on.", "ietf.yang.example"),
            None
        );
    }
}
