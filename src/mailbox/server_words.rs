//! What the server says to people (RFC 9051 section 7.1): an ALERT, an untagged NO or BAD, a goodbye, a refusal. It is
//! cleaned, told once, and kept for the error that follows it.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

use super::log_limit::LogLimit;

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
    /// The same without its figures.
    key: String,
    at: Instant,
}

/// The words of a session and of those before it.
#[derive(Debug)]
pub(super) struct ServerWords {
    /// The last ones since the command that is under way was sent.
    last: Option<String>,
    told: VecDeque<ToldWords>,
    limit: LogLimit,
}

impl Default for ServerWords {
    fn default() -> Self {
        ServerWords {
            last: None,
            told: VecDeque::new(),
            limit: LogLimit::about("the server's words"),
        }
    }
}

impl ServerWords {
    /// Keeps cleaned words. Returns true when they are to be told: others than those of the last hour, and not more than an
    /// hour has room for. Figures in them, as a time or a session's number, do not make other words of them.
    pub(super) fn hear(&mut self, said: &str) -> bool {
        self.last = Some(said.to_owned());
        let key = without_figures(said);
        self.told.retain(|words| words.at.elapsed() < TELL_AGAIN);
        if self.told.iter().any(|words| words.key == key) {
            return false;
        }
        if !self.limit.admits() {
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
        self.limit.tell_rest();
    }
}

/// Returns words with each that has a digit alike: a time, a number, the hexadecimal name of a session.
fn without_figures(said: &str) -> String {
    let mut key = String::new();
    for word in said.split_inclusive(|c: char| !c.is_ascii_graphic()) {
        if word.contains(|c: char| c.is_ascii_digit()) {
            key.push('0');
            key.extend(word.chars().next_back().filter(|c| !c.is_ascii_graphic()));
        } else {
            key.push_str(word);
        }
    }
    key
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
    }

    #[test]
    fn the_names_of_sessions_make_no_other_words() {
        let mut words = ServerWords::default();
        assert!(words.hear("[ALERT] session 3fa9c0de (id=7b) is slow"));
        assert!(!words.hear("[ALERT] session be11a0ff99 (id=c0ffee4) is slow"));
        assert!(words.hear("[ALERT] session 3fa9c0de (id=7b) is closed"));
        assert_eq!(without_figures("kein Platz für 5ü"), "kein Platz für 0ü");
    }

    #[tokio::test(start_paused = true)]
    async fn words_that_differ_each_time_are_told_twenty_times_an_hour() {
        let mut words = ServerWords::default();
        let flood = |words: &mut ServerWords| {
            let said = (0..20_200_usize).map(|number| "x".repeat(1 + number % 199));
            said.filter(|said| words.hear(said)).count()
        };
        assert_eq!(flood(&mut words), 20);
        assert_eq!(words.last(), Some("x".repeat(1 + 20_199 % 199).as_str()));
        tokio::time::advance(TELL_AGAIN).await;
        assert_eq!(flood(&mut words), 20);
        assert!(words.told.len() <= REMEMBERED);
    }
}
