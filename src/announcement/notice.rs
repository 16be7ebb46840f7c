//! Notices: whatever is no announcement of a known kind: its subject and its first lines, so that nothing is dropped.

use serde::{Deserialize, Serialize};

use super::text::paragraphs;
use crate::mail::Message;
use crate::mail::text::not_empty;

/// Any other message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The subject without list prefix.
    pub title: String,
    /// The first lines, at most about 500 characters.
    pub excerpt: String,
}

/// About this many characters are shown of a notice.
const EXCERPT: usize = 500;

/// Returns the message as a notice.
pub(super) fn parse(message: &Message, subject: &str) -> Notice {
    Notice {
        title: not_empty(subject).unwrap_or_else(|| "(no subject)".into()),
        excerpt: excerpt(&message.text),
    }
}

/// Returns the first paragraphs that say something, cut at the end of a sentence or a word.
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
    fn an_excerpt_ends_with_a_sentence() {
        let text = "One sentence that goes on for a while. ".repeat(30);
        let short = excerpt(&text);
        assert!(short.ends_with("while. …"), "{short}");
        assert!(short.chars().count() <= EXCERPT + 2);
    }
}
