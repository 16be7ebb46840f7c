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

/// A subject without the list's prefix: `[netmod] `, `[rfc-dist] `.
pub(super) fn without_prefix(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some(inner) = rest.strip_prefix('[') {
        match inner.split_once(']') {
            Some((name, behind))
                if name.len() < 40 && !name.contains(' ') && !behind.is_empty() =>
            {
                rest = behind.trim_start();
            }
            _ => break,
        }
    }
    rest
}

/// The first paragraphs that say something, cut at the end of a sentence or a word.
fn excerpt(text: &str) -> String {
    let written = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('>') || line.starts_with(">From "))
        .map(|line| {
            line.strip_prefix('>')
                .filter(|rest| rest.starts_with("From "))
                .unwrap_or(line)
        });
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
    }

    #[test]
    fn an_excerpt_ends_with_a_sentence() {
        let text = "One sentence that goes on for a while. ".repeat(30);
        let short = excerpt(&text);
        assert!(short.ends_with("while. …"), "{short}");
        assert!(short.chars().count() <= EXCERPT + 2);
    }
}
