//! The text of a mail as it is sent (RFC 5321 sections 2.3.8, 4.5.2 and 4.5.3.1.6): every line ends with CRLF and has at most
//! 998 octets, and a dot at its beginning is doubled. It is made piece by piece, so that no mail is held twice.

use memchr::{memchr, memrchr2};

/// Octets of a line without its end. Some servers refuse a mail with a longer one, others cut it.
const LONGEST_LINE: usize = 998;

/// Octets after which a piece ends with its line: a TLS record has 16 KiB.
const PIECE: usize = 15 * 1024;

/// A mail that is being sent.
pub(super) struct MailText<'a> {
    /// What is left of its two parts, each of whole lines.
    parts: [&'a [u8]; 2],
    ended: bool,
}

impl<'a> MailText<'a> {
    pub(super) fn new(own: &'a [u8], bytes: &'a [u8]) -> Self {
        MailText {
            parts: [own, bytes],
            ended: false,
        }
    }

    /// Returns true once the last piece was put out.
    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Puts the next piece into `out`; the last one holds the mail's end. Returns false when that was before.
    pub(super) fn next_piece(&mut self, out: &mut Vec<u8>) -> bool {
        out.clear();
        while !self.ended && out.len() < PIECE {
            let Some(part) = self.parts.iter_mut().find(|part| !part.is_empty()) else {
                out.extend_from_slice(b".\r\n");
                self.ended = true;
                break;
            };
            let end = memchr(b'\n', part).map_or(part.len(), |at| at + 1);
            let (line, rest) = part.split_at(end);
            put_line(line, out);
            *part = rest;
        }
        !out.is_empty()
    }
}

/// Puts a line, whatever it ends with. What is too long is folded: before white space where there is some, as a header field
/// may be (RFC 5322 section 2.2.3), else with some, as relays do.
fn put_line(line: &[u8], out: &mut Vec<u8>) {
    let end = |byte: &u8| !matches!(byte, b'\r' | b'\n');
    let length = line.iter().rposition(end).map_or(0, |last| last + 1);
    let mut line = &line[..length];
    if line.starts_with(b".") {
        out.push(b'.');
    }
    let mut room = LONGEST_LINE;
    while line.len() > room {
        let white = memrchr2(b' ', b'\t', &line[..room]).filter(|at| *at > 0);
        let at = white.unwrap_or_else(|| character_end(line, room));
        put_plain(&line[..at], out);
        out.extend_from_slice(if white.is_some() { b"\r\n" } else { b"\r\n " });
        room = LONGEST_LINE - usize::from(white.is_none());
        line = &line[at..];
    }
    put_plain(line, out);
    out.extend_from_slice(b"\r\n");
}

/// Returns where a line may be cut so that no character in UTF-8 is.
fn character_end(line: &[u8], at: usize) -> usize {
    let begins = |at: &usize| line.get(*at).is_none_or(|byte| byte & 0xc0 != 0x80);
    (at - 3..=at).rev().find(begins).unwrap_or(at)
}

/// Puts octets of a line. A CR ends a line with its LF, or it is none (RFC 5321 section 2.3.8): what servers make of it alone
/// differs, which is how mails are smuggled into others.
fn put_plain(octets: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.extend_from_slice(octets);
    for octet in out[start..].iter_mut().filter(|octet| **octet == b'\r') {
        *octet = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(own: &[u8], bytes: &[u8]) -> String {
        let mut text = MailText::new(own, bytes);
        let (mut out, mut piece) = (Vec::new(), Vec::new());
        while text.next_piece(&mut piece) {
            assert!(piece.len() < PIECE + 3 * LONGEST_LINE, "{}", piece.len());
            out.extend_from_slice(&piece);
        }
        assert!(!text.next_piece(&mut piece));
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn dots_are_doubled_lines_end_with_crlf_and_the_end_is_one() {
        for (own, bytes, expected) in [
            ("", "a\r\n.b\r\n..\r\n", "a\r\n..b\r\n...\r\n.\r\n"),
            (
                "To: x\r\n",
                "Subject: y\r\n",
                "To: x\r\nSubject: y\r\n.\r\n",
            ),
            ("", ".no end", "..no end\r\n.\r\n"),
            ("no end", "a", "no end\r\na\r\n.\r\n"),
            ("", "", ".\r\n"),
            ("", "a\n.\nb\n", "a\r\n..\r\nb\r\n.\r\n"),
            ("", "a\r.\rb\r\r\n", "a . b\r\n.\r\n"),
            (
                "",
                "\r\n.\r\nMAIL FROM:<x>\r\n",
                "\r\n..\r\nMAIL FROM:<x>\r\n.\r\n",
            ),
            ("", "\n\r.\r\n", "\r\n .\r\n.\r\n"),
        ] {
            assert_eq!(
                sent(own.as_bytes(), bytes.as_bytes()),
                expected,
                "{bytes:?}"
            );
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_folded() {
        let readers = vec!["reader@department.example.net"; 40].join(", ");
        let field = format!("To: {readers}\r\n");
        let folded = sent(field.as_bytes(), b"\r\nx\r\n");
        assert_eq!(
            folded.replace("\r\n ", " "),
            format!("{field}\r\nx\r\n.\r\n")
        );
        for long in [
            "x".repeat(998),
            "x".repeat(999),
            "é".repeat(5000),
            format!(".{}", "\t".repeat(3000)),
        ] {
            let out = sent(b"", long.as_bytes());
            let lines: Vec<&str> = out.split("\r\n").collect();
            let most = lines.iter().map(|line| line.len()).max().unwrap();
            assert!(most <= LONGEST_LINE + 1, "{most}");
            assert_eq!(lines.len() == 3, long.len() == 998);
        }
    }

    #[test]
    fn a_mail_of_many_pieces_is_whole() {
        let lines: String = (0..20_000).map(|line| format!("line {line}\r\n")).collect();
        assert_eq!(sent(b"", lines.as_bytes()), format!("{lines}.\r\n"));
    }
}
