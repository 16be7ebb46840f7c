//! Takes an mbox apart, line by line and in constant memory (RFC 4155; mboxo and mboxrd quoting). Loses no message:
//! when it is unclear if a line divides two messages, a proper postmark does.

use std::io::{self, BufRead, Read};

/// The longest piece of a line that is looked at in one step.
const LINE: u64 = 1 << 16;

/// One message of an mbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct MboxMessage {
    /// The message, with its `>From` lines unquoted.
    pub(super) bytes: Vec<u8>,
    /// Its number, counted from 1.
    pub(super) number: usize,
    /// True when it was cut at the limit.
    pub(super) cut: bool,
}

/// The messages of an mbox.
pub(super) struct Mbox<R> {
    reader: R,
    limit: usize,
    number: usize,
    /// The first postmark decides: when it has no date, the others need none.
    dated: bool,
    /// True when a postmark was read whose message is still to come.
    begun: bool,
    line: Vec<u8>,
}

/// Returns true for the first bytes of an mbox.
pub(super) fn starts_here(start: &[u8]) -> bool {
    let blank = start
        .iter()
        .take_while(|byte| byte.is_ascii_whitespace())
        .count();
    start[blank..].starts_with(b"From ")
}

impl<R: BufRead> Mbox<R> {
    /// Reads an mbox, whose messages are cut at `limit` bytes.
    pub(super) fn new(reader: R, limit: usize) -> Self {
        Mbox {
            reader,
            limit,
            number: 0,
            dated: true,
            begun: false,
            line: Vec::new(),
        }
    }

    /// Reads one line, or one piece of a very long one, with its end; `false` at the end of the file.
    fn read_line(&mut self) -> io::Result<bool> {
        self.line.clear();
        let read = (&mut self.reader)
            .take(LINE)
            .read_until(b'\n', &mut self.line)?;
        Ok(read > 0)
    }

    /// Returns true when the line divides two messages.
    fn is_postmark(&self, after_blank: bool) -> bool {
        self.line.starts_with(b"From ") && (has_date(&self.line) || (!self.dated && after_blank))
    }

    /// Skips to the first postmark.
    fn begin(&mut self) -> io::Result<()> {
        while !self.begun && self.read_line()? {
            self.begun = self.line.starts_with(b"From ");
            self.dated = has_date(&self.line);
        }
        Ok(())
    }

    /// Reads one message to its end: the next postmark, or the end of the file.
    fn message(&mut self) -> io::Result<MboxMessage> {
        let mut bytes = Vec::new();
        let mut cut = false;
        let mut whole_line = true;
        let mut after_blank = false;
        self.begun = false;
        self.number += 1;
        while self.read_line()? {
            if whole_line && self.is_postmark(after_blank) {
                self.begun = true;
                break;
            }
            let unquoted = if whole_line {
                unquote(&self.line)
            } else {
                &self.line
            };
            let room = self.limit - bytes.len();
            cut |= unquoted.len() > room;
            bytes.extend_from_slice(&unquoted[..unquoted.len().min(room)]);
            after_blank = whole_line && is_blank(&self.line);
            whole_line = self.line.ends_with(b"\n");
        }
        // The empty line before a postmark belongs to the file, not to the message.
        if after_blank && !cut {
            let end = if bytes.ends_with(b"\r\n") { 2 } else { 1 };
            bytes.truncate(bytes.len().saturating_sub(end));
        }
        Ok(MboxMessage {
            bytes,
            number: self.number,
            cut,
        })
    }
}

impl<R: BufRead> Iterator for Mbox<R> {
    type Item = io::Result<MboxMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        if !self.begun
            && self.number == 0
            && let Err(error) = self.begin()
        {
            return Some(Err(error));
        }
        self.begun.then(|| self.message())
    }
}

fn is_blank(line: &[u8]) -> bool {
    matches!(line, b"\n" | b"\r\n")
}

/// Takes one `>` from a quoted `From ` line.
fn unquote(line: &[u8]) -> &[u8] {
    let quotes = line.iter().take_while(|byte| **byte == b'>').count();
    let quoted = quotes > 0 && line[quotes..].starts_with(b"From ");
    &line[usize::from(quoted)..]
}

/// Returns true when a `From ` line ends like a postmark, with a time of day and a year: `From a@b Thu Nov 27 09:05:37
/// 2025`.
fn has_date(line: &[u8]) -> bool {
    let mut words = line
        .split(u8::is_ascii_whitespace)
        .filter(|word| !word.is_empty());
    let is_time = |word: &[u8]| {
        let plain = |byte: &u8| byte.is_ascii_digit() || *byte == b':';
        word.len() >= 4 && word.contains(&b':') && word.iter().all(plain)
    };
    let is_year = |word: &[u8]| {
        word.len() == 4
            && (word.starts_with(b"19") || word.starts_with(b"20"))
            && word.iter().all(u8::is_ascii_digit)
    };
    words.any(is_time) && words.any(is_year)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        Mbox::new(text.as_bytes(), 1 << 20)
            .map(|one| String::from_utf8(one.unwrap().bytes).unwrap())
            .collect()
    }

    #[test]
    fn quoted_from_lines_are_unquoted_once_and_others_kept() {
        let text = "From a@b Thu Nov 27 09:05:37 2025\nSubject: one\n\n>From here\n>>From there\n> From afar\n\n\
                    From nobody Fri Nov 28 10:00:00 2025\nSubject: two\n\nbody\n";
        assert_eq!(
            read(text),
            [
                "Subject: one\n\nFrom here\n>From there\n> From afar\n",
                "Subject: two\n\nbody\n"
            ]
        );
    }

    #[test]
    fn a_sentence_that_begins_with_from_divides_nothing() {
        let text = "From a@b Thu Nov 27 09:05:37 2025\nSubject: one\n\nfirst\n\nFrom the minutes of 2025: nothing\n";
        assert_eq!(
            read(text),
            ["Subject: one\n\nfirst\n\nFrom the minutes of 2025: nothing\n"]
        );
    }

    #[test]
    fn a_postmark_without_an_empty_line_before_it_still_divides() {
        let text = "From a@b Thu Nov 27 09:05:37 2025\nSubject: one\n\nx\nFrom c at d.org  Fri Nov 28 10:00:00 2025\nSubject: two\n\ny\n";
        assert_eq!(read(text).len(), 2);
    }

    #[test]
    fn undated_postmarks_divide_where_the_first_is_undated() {
        let text = "From a@b\nSubject: one\n\nx\nFrom inside\n\nFrom c@d\nSubject: two\n\ny\n";
        assert_eq!(
            read(text),
            ["Subject: one\n\nx\nFrom inside\n", "Subject: two\n\ny\n"]
        );
    }

    #[test]
    fn crlf_is_kept_and_the_dividing_empty_line_is_not() {
        let text = "\r\nFrom a@b Thu Nov 27 09:05:37 2025\r\nSubject: one\r\n\r\n>From x\r\n\r\nFrom a@b Thu Nov 27 09:05:38 2025\r\nSubject: two\r\n\r\n";
        assert_eq!(
            read(text),
            ["Subject: one\r\n\r\nFrom x\r\n", "Subject: two\r\n"]
        );
    }

    #[test]
    fn a_message_over_the_limit_is_cut_and_the_next_one_is_whole() {
        let long = "x".repeat(300_000);
        let text = format!(
            "From a@b Thu Nov 27 09:05:37 2025\nSubject: long\n\n{long}From a@b Thu Nov 27 09:05:38 2025\n\nFrom a@b Thu Nov 27 09:05:39 2025\nSubject: two\n\nbody\n"
        );
        let found: Vec<_> = Mbox::new(text.as_bytes(), 1000)
            .map(|one| one.unwrap())
            .collect();
        assert_eq!(found.len(), 2);
        assert_eq!((found[0].bytes.len(), found[0].cut), (1000, true));
        assert_eq!(found[1].bytes, b"Subject: two\n\nbody\n");
        assert_eq!((found[1].number, found[1].cut), (2, false));
    }

    #[test]
    fn an_empty_file_has_no_message() {
        assert!(!starts_here(b""));
        assert!(read("").is_empty());
    }
}
