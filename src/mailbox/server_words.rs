//! What the server says to people (RFC 9051 section 7.1): an ALERT, an untagged NO or BAD, a goodbye, a refusal. It is
//! cleaned, told once, and kept for the error that follows it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// Characters of one text that are kept.
const LONGEST: usize = 200;
/// Texts that are remembered as told.
const REMEMBERED: usize = 32;
/// The time after which a text is told again.
const TELL_AGAIN: Duration = Duration::from_secs(60 * 60);

/// Makes one line of words from the network, of at most 200 characters: what controls a terminal or turns the direction
/// of writing becomes a blank.
pub(super) fn cleaned(said: &str) -> String {
    let hidden = |c: char| {
        c.is_control()
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    let shown = |c: char| if hidden(c) { ' ' } else { c };
    let mut characters = said.chars().map(shown);
    let mut line: String = characters.by_ref().take(LONGEST).collect();
    if characters.next().is_some() {
        line.push('…');
    }
    line.trim().to_owned()
}

/// Words that were told.
#[derive(Debug)]
struct ToldWords {
    said: String,
    /// The same with its figures alike.
    key: String,
    at: Instant,
}

/// The words of a session and of those before it.
#[derive(Debug, Default)]
pub(super) struct ServerWords {
    /// The last ones since the command that is under way was sent.
    last: Option<String>,
    told: VecDeque<ToldWords>,
}

impl ServerWords {
    /// Keeps cleaned words. Returns true when they were not told within the last hour; figures in them, as a time or a
    /// session's number, do not make other words of them.
    pub(super) fn hear(&mut self, said: &str) -> bool {
        self.last = Some(said.to_owned());
        let digit = |c: char| if c.is_ascii_digit() { '0' } else { c };
        let key: String = said.chars().map(digit).collect();
        self.told.retain(|words| words.at.elapsed() < TELL_AGAIN);
        if self.told.iter().any(|words| words.key == key) {
            return false;
        }
        if self.told.len() >= REMEMBERED {
            self.told.pop_front();
        }
        self.told.push_back(ToldWords {
            said: said.to_owned(),
            key,
            at: Instant::now(),
        });
        true
    }

    /// Returns the last words since [`ServerWords::begin`].
    pub(super) fn last(&self) -> Option<&str> {
        self.last.as_deref()
    }

    /// Returns all that was told within the last hour, oldest first.
    pub(super) fn told(&self) -> impl Iterator<Item = &str> {
        self.told.iter().map(|words| words.said.as_str())
    }

    /// Begins anew: what was said before does not belong to what follows.
    pub(super) fn begin(&mut self) {
        self.last = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_one_line_without_anything_hidden() {
        assert_eq!(cleaned("a\r\nb\x1b[2J\u{202e}c\0"), "a  b [2J c");
        let long = cleaned(&"ü".repeat(1000));
        assert_eq!(long.chars().count(), 201);
        assert!(long.ends_with('…'));
        assert_eq!(cleaned(&"x".repeat(200)), "x".repeat(200));
    }

    #[tokio::test(start_paused = true)]
    async fn the_same_words_are_told_once_an_hour() {
        let mut words = ServerWords::default();
        assert!(words.hear("down until 12:00"));
        assert!(!words.hear("down until 12:05"));
        assert!(words.hear("up again"));
        assert_eq!(words.last(), Some("up again"));
        words.begin();
        assert_eq!(words.last(), None);
        tokio::time::advance(TELL_AGAIN).await;
        assert!(words.hear("down until 13:00"));
        for number in 0..1000_u32 {
            words.hear(&"x".repeat(1 + number as usize % 100));
        }
        assert!(words.told.len() <= REMEMBERED);
    }
}
