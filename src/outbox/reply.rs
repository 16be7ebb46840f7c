//! A server's reply (RFC 5321 section 4.2): three digits decide, the text is for people. So the text may be in any charset,
//! of any length, or missing.

use std::fmt;

/// Bytes of a line's text that are kept; the rest is read and dropped.
const LINE_KEPT: usize = 512;
/// Lines of a reply that are kept. EHLO's answer has some twenty.
const LINES_KEPT: usize = 100;

/// An enhanced status code (RFC 3463): class, subject, detail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Enhanced(pub(super) u8, pub(super) u16, pub(super) u16);

impl fmt::Display for Enhanced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

/// A whole reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reply {
    /// Three digits; of a reply whose lines differ, those of the last.
    pub(super) code: u16,
    /// The enhanced code that begins the text, where it is of the reply's own class (RFC 2034 section 4).
    pub(super) enhanced: Option<Enhanced>,
    /// The text of each line, without codes and control characters.
    pub(super) lines: Vec<String>,
    /// True when the connection ended, or fell silent, before the reply's end.
    pub(super) is_cut: bool,
}

impl Reply {
    /// Returns the first digit: 2 done, 3 go on, 4 not now, 5 no.
    pub(super) fn class(&self) -> u16 {
        self.code / 100
    }
}

impl fmt::Display for Reply {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.code)?;
        if let Some(enhanced) = self.enhanced {
            write!(f, " {enhanced}")?;
        }
        let words: Vec<&str> = self
            .lines
            .iter()
            .map(|line| line.trim())
            .filter(|line| !line.is_empty())
            .collect();
        match words.is_empty() {
            true => Ok(()),
            false => write!(
                f,
                " {}",
                words.join(" ").chars().take(LINE_KEPT).collect::<String>()
            ),
        }
    }
}

/// Puts a reply together from the bytes that come.
#[derive(Debug, Default)]
pub(super) struct ReplyReader {
    line: Vec<u8>,
    lines: Vec<String>,
    enhanced: Option<Enhanced>,
    /// The code of the lines so far.
    code: Option<u16>,
    bytes: usize,
}

/// Bytes of one reply after which it is none.
const LONGEST_REPLY: usize = 256 * 1024;

/// The reply that has no end.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Endless;

impl ReplyReader {
    /// Takes bytes up to the end of a reply. Returns how many were taken, and the reply if it is whole.
    ///
    /// # Errors
    /// The reply is longer than any.
    pub(super) fn feed(
        &mut self,
        bytes: &[u8],
        readable: fn(&[u8]) -> String,
    ) -> Result<(usize, Option<Reply>), Endless> {
        let mut taken = 0;
        for byte in bytes {
            taken += 1;
            if *byte != b'\n' {
                if self.line.len() < LINE_KEPT + 4 {
                    self.line.push(*byte);
                }
                continue;
            }
            let line = std::mem::take(&mut self.line);
            if let Some(code) = self.end_line(&line, readable) {
                return Ok((taken, Some(self.finished(code))));
            }
        }
        self.bytes += taken;
        match self.bytes > LONGEST_REPLY {
            true => Err(Endless),
            false => Ok((taken, None)),
        }
    }

    /// Returns true between two replies.
    pub(super) fn is_empty(&self) -> bool {
        self.line.is_empty() && self.code.is_none()
    }

    /// Returns what came of a reply that is not whole, for a person; `None` before its first byte.
    pub(super) fn so_far(&self, readable: fn(&[u8]) -> String) -> Option<String> {
        let mut words = self.lines.join(" ");
        words += &clean(&readable(&self.line));
        (!words.trim().is_empty()).then(|| words.trim().to_owned())
    }

    /// Returns the reply that the end of the connection cut, if its digits had come: they decide.
    pub(super) fn at_end(&mut self, readable: fn(&[u8]) -> String) -> Option<Reply> {
        let code = match code_of(begun(&self.line)) {
            Some(code) => {
                let line = std::mem::take(&mut self.line);
                self.end_line(&line, readable);
                code
            }
            None => self.code?,
        };
        let reply = self.finished(code);
        Some(Reply {
            is_cut: true,
            ..reply
        })
    }

    fn finished(&mut self, code: u16) -> Reply {
        let enhanced = self
            .enhanced
            .filter(|found| u16::from(found.0) == code / 100);
        let lines = std::mem::take(&mut self.lines);
        *self = ReplyReader::default();
        Reply {
            code,
            enhanced,
            lines,
            is_cut: false,
        }
    }

    /// Takes one line. Returns the reply's code if it was the last. A line without a code is none of a reply's: blank lines
    /// and stray text are passed over.
    fn end_line(&mut self, line: &[u8], readable: fn(&[u8]) -> String) -> Option<u16> {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = begun(line);
        let code = code_of(line)?;
        let rest = line.get(3..).unwrap_or_default();
        self.code = Some(code);
        let (text, last) = match rest {
            [b'-', text @ ..] => (text, false),
            [b' ', text @ ..] => (text, true),
            // `250` alone, or `250ok`.
            text => (text, true),
        };
        let mut text = clean(&readable(text));
        if let Some((found, rest)) = enhanced(&text).or_else(|| enhanced_at_end(&text))
            && u16::from(found.0) == code / 100
        {
            self.enhanced = self.enhanced.or(Some(found));
            text = rest.to_owned();
        }
        if self.lines.len() < LINES_KEPT {
            self.lines.push(text);
        }
        last.then_some(code)
    }
}

/// Returns the line without what some servers let slip in before it: blanks, NUL, a byte order mark.
fn begun(line: &[u8]) -> &[u8] {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let from = line
        .iter()
        .position(|byte| !matches!(byte, b' ' | b'\t' | 0));
    line.get(from.unwrap_or(line.len())..).unwrap_or_default()
}

/// Returns the three digits at the start of a line.
fn code_of(line: &[u8]) -> Option<u16> {
    let digits = std::str::from_utf8(line.get(..3)?).ok()?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let code = digits.parse().ok().filter(|_| plain)?;
    (200..600).contains(&code).then_some(code)
}

/// Returns the text in one line.
fn clean(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .take(LINE_KEPT)
        .collect()
}

/// Returns the enhanced code at the start of a text, and what follows it.
fn enhanced(text: &str) -> Option<(Enhanced, &str)> {
    let word = text.split([' ', ':', ',', ';']).next()?;
    let rest = text[word.len()..].trim_start_matches([' ', ':', ',', ';']);
    let mut parts = word.trim_start_matches('#').split('.');
    let mut number = || {
        parts
            .next()
            .filter(|part| (1..=3).contains(&part.len()))?
            .parse::<u16>()
            .ok()
    };
    let (class, subject, detail) = (number()?, number()?, number()?);
    let known = parts.next().is_none() && [2, 4, 5].contains(&class);
    let class = u8::try_from(class).ok()?;
    known.then_some((Enhanced(class, subject, detail), rest))
}

/// Returns the enhanced code at the end of a text, and what stands before it: `no mailbox here by that name (#5.1.1)`, as
/// qmail says it.
fn enhanced_at_end(text: &str) -> Option<(Enhanced, &str)> {
    let (before, code) = text.trim_end().strip_suffix(')')?.rsplit_once("(#")?;
    let (found, rest) = enhanced(code)?;
    rest.is_empty().then_some((found, before.trim_end()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(bytes: &[u8]) -> String {
        String::from_utf8_lossy(bytes).into_owned()
    }

    /// Reads one reply from the bytes, in pieces of `piece`, and returns what was left.
    fn read(bytes: &[u8], piece: usize) -> (Option<Reply>, Vec<u8>) {
        let mut reader = ReplyReader::default();
        let mut at = 0;
        for chunk in bytes.chunks(piece) {
            let (taken, reply) = reader.feed(chunk, plain).unwrap();
            at += taken;
            if reply.is_some() {
                return (reply, bytes[at..].to_vec());
            }
        }
        (None, bytes[at..].to_vec())
    }

    #[test]
    fn three_digits_decide_whatever_the_text_is() {
        let long = format!("250 {}\r\n", "x".repeat(5000));
        let gbk = b"250 \xd3\xca\xbc\xfe\xd2\xd1\xbd\xd3\xca\xd5\r\n";
        for (text, code) in [
            (&b"250\r\n"[..], 250),
            (b"250 \r\n", 250),
            (b"250\n", 250),
            (b"250ok\r\n", 250),
            (b"250-one\r\n250-two\r\n250 three\r\n", 250),
            (b"250-one\r\n250\r\n", 250),
            (b"\r\n250 ok\r\n", 250),
            (b"250-one\r\n451 4.3.0 two\r\n", 451),
            (long.as_bytes(), 250),
            (gbk, 250),
            (b"\xef\xbb\xbf250 ok\r\n", 250),
            (b" 250 ok\r\n", 250),
            (b"550 5.1.1 caf\xe9 \x00\x1b[31m\r\n", 550),
        ] {
            for piece in [1, 2, 3, 1000] {
                let (reply, left) = read(text, piece);
                assert_eq!(reply.unwrap().code, code, "{text:?}");
                assert!(left.is_empty());
            }
        }
    }

    #[test]
    fn what_follows_a_reply_is_left() {
        let (reply, left) = read(b"220 go\r\n250 injected\r\n", 100);
        assert_eq!(
            (reply.unwrap().code, left.as_slice()),
            (220, &b"250 injected\r\n"[..])
        );
    }

    #[test]
    fn half_a_reply_is_none() {
        let text = b"250-one\r\n250 two\r\n";
        for end in 0..text.len() - 1 {
            assert_eq!(read(&text[..end], 3).0, None, "{end}");
        }
    }

    #[test]
    fn enhanced_codes_are_read_where_they_are_of_the_reply() {
        let code = |text: &[u8]| read(text, 10).0.unwrap().enhanced;
        assert_eq!(code(b"550 5.1.1 no\r\n"), Some(Enhanced(5, 1, 1)));
        assert_eq!(
            code(b"550-5.7.26 a\r\n550 5.7.26 b\r\n"),
            Some(Enhanced(5, 7, 26))
        );
        assert_eq!(code(b"550 #5.1.0 no\r\n"), Some(Enhanced(5, 1, 0)));
        assert_eq!(code(b"550 5.1.1: no\r\n"), Some(Enhanced(5, 1, 1)));
        assert_eq!(code(b"250 4.7.1 odd\r\n"), None);
        assert_eq!(code(b"550 127.0.0.1 is blocked\r\n"), None);
        assert_eq!(code(b"550 5.1 no\r\n"), None);
        assert_eq!(
            code(b"553 not in my list of allowed rcpthosts (#5.7.1)\r\n"),
            Some(Enhanced(5, 7, 1))
        );
        assert_eq!(code(b"550 see rule (#5)\r\n"), None);
        let shown = read(b"550-5.7.26 first\r\n550 5.7.26 second\r\n", 9)
            .0
            .unwrap()
            .to_string();
        assert_eq!(shown, "550 5.7.26 first second");
    }

    #[test]
    fn a_reply_without_an_end_is_none() {
        let mut reader = ReplyReader::default();
        let block = b"250-and on\r\n".repeat(1000);
        let ended = (0..100).find_map(|_| reader.feed(&block, plain).err());
        assert_eq!(ended, Some(Endless));
        assert!(reader.lines.len() <= LINES_KEPT);
    }
}
