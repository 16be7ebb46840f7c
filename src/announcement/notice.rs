//! Whatever is no announcement of a known kind: its subject and its first lines, so that nothing is dropped.

use super::message::Message;
use super::text::paragraphs;
use super::{Body, Notice};

/// About this many characters are shown of a notice.
const EXCERPT: usize = 500;

/// A message as a notice.
pub(super) fn read(message: &Message, subject: &str) -> Body {
    let title = if subject.is_empty() {
        "(no subject)".to_owned()
    } else {
        subject.to_owned()
    };
    Body::Notice(Notice {
        title,
        excerpt: excerpt(&message.text),
    })
}

/// A subject without what lists and gateways put in front of it: `[netmod] `, `[rfc-dist] `, `[EXTERNAL] `, `EXT: `.
pub(super) fn without_prefix(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some(behind) = behind_prefix(rest) {
        rest = behind;
    }
    rest
}

fn behind_prefix(subject: &str) -> Option<&str> {
    let (tag, behind) = match subject.chars().next()? {
        '[' => subject[1..].split_once(']')?,
        '{' => subject[1..].split_once('}')?,
        '(' => subject[1..].split_once(')')?,
        '*' => {
            let inner = subject.trim_start_matches('*');
            let (tag, behind) = inner.split_once('*')?;
            (tag, behind.trim_start_matches('*'))
        }
        'e' | 'E' => subject.split_once(':').filter(|(tag, _)| is_warning(tag))?,
        _ => return None,
    };
    let is_list = subject.starts_with('[') && tag.len() < 40 && !tag.contains(' ');
    let behind = behind.trim_start_matches(':').trim_start();
    ((is_list || is_warning(tag)) && !behind.is_empty()).then_some(behind)
}

/// What mail servers of companies write before the subject of mail from outside.
fn is_warning(tag: &str) -> bool {
    const WORDS: [&str; 9] = [
        "external",
        "ext",
        "email",
        "e-mail",
        "mail",
        "sender",
        "spam",
        "suspected",
        "bulk",
    ];
    let mut words = tag
        .split([' ', '-', ':'])
        .filter(|word| !word.is_empty())
        .peekable();
    tag.len() < 40
        && words.peek().is_some()
        && words.all(|word| WORDS.iter().any(|known| word.eq_ignore_ascii_case(known)))
}

/// The first paragraphs that say something, cut at the end of a sentence or a word.
fn excerpt(text: &str) -> String {
    let written = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('>'));
    let whole = paragraphs(written).unwrap_or_default();
    if whole.chars().count() <= EXCERPT {
        return whole;
    }
    let cut: String = whole.chars().take(EXCERPT).collect();
    let end = cut
        .rfind(". ")
        .map(|at| at + 1)
        .filter(|at| *at > EXCERPT / 2)
        .or_else(|| cut.rfind(char::is_whitespace))
        .unwrap_or(cut.len());
    format!("{} …", cut[..end].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn list_prefixes_go_and_other_brackets_stay() {
        assert_eq!(without_prefix("[netmod] I-D Action: x"), "I-D Action: x");
        assert_eq!(without_prefix("[a] [b] x"), "x");
        assert_eq!(without_prefix("[Call for Papers] x"), "[Call for Papers] x");
        assert_eq!(without_prefix("[only]"), "[only]");
        for prefix in [
            "[EXTERNAL] ",
            "[External Email] ",
            "EXT: ",
            "{Spam} ",
            "**EXTERNAL** ",
            "[EXT][netmod] ",
        ] {
            let subject = format!("{prefix}RFC 9 on x");
            assert_eq!(without_prefix(&subject), "RFC 9 on x");
        }
        for other in [
            "Extended: x",
            "(x) y",
            "*x* y",
            "External review: x",
            "Re: [a] x",
        ] {
            assert_eq!(without_prefix(other), other);
        }
    }

    #[test]
    fn an_excerpt_ends_with_a_sentence() {
        let text = "One sentence that goes on for a while. ".repeat(30);
        let short = excerpt(&text);
        assert!(short.ends_with("while. …"), "{short}");
        assert!(short.chars().count() <= EXCERPT + 2);
    }
}
