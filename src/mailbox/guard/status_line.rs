//! Writes status responses (`OK`, `NO`, `BAD`, `BYE`, `PREAUTH`) and continuations anew: a response code that the session
//! must know in the one form that the library's parser reads, every other as words, which must never be lost.

use super::folder_data::write_capabilities;
use super::line::Line;

/// Bytes of words for people that are handed on; servers say why in fewer.
const LONGEST_TEXT: usize = 1024;
/// Bytes of a continuation; it may hold a challenge in base64.
const LONGEST_CHALLENGE: usize = 8 * 1024;

/// Reads the word of a status response (RFC 9051 section 7.1). What follows need not begin with a blank: some servers write
/// `OK[READ-ONLY] done`.
pub(super) fn status_word(line: &mut Line<'_>) -> Option<&'static str> {
    line.next_byte();
    let mut ahead = *line;
    let word = ahead.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let known = ["OK", "NO", "BAD", "BYE", "PREAUTH"];
    let found = known
        .into_iter()
        .find(|known| word.eq_ignore_ascii_case(known.as_bytes()))?;
    *line = ahead;
    Some(found)
}

/// Writes what follows the word of a status response, and ends the line.
pub(super) fn write_status_text(mut line: Line<'_>, out: &mut Vec<u8>) {
    let text = match line.next_byte() {
        Some(b'[') => {
            out.push(b' ');
            write_code(line.rest(), out)
        }
        _ => line.rest(),
    };
    write_words(text, out);
}

/// Writes what follows the `+` of a continuation, and ends the line.
pub(super) fn write_continuation(mut line: Line<'_>, out: &mut Vec<u8>) {
    line.next_byte();
    out.extend_from_slice(b"+ ");
    let start = out.len();
    push_text(line.rest(), LONGEST_CHALLENGE, out);
    part_brackets(out, start);
    out.extend_from_slice(b"\r\n");
}

/// Writes a blank and the words, if there are any, and ends the line.
fn write_words(text: &[u8], out: &mut Vec<u8>) {
    let start = out.len();
    out.push(b' ');
    push_text(text, LONGEST_TEXT, out);
    if out.len() == start + 1 {
        out.truncate(start);
    }
    part_brackets(out, start);
    out.extend_from_slice(b"\r\n");
}

/// Writes a response code that the session must know, and returns the words behind it; of another code nothing is written
/// and all of it is words.
fn write_code<'a>(text: &'a [u8], out: &mut Vec<u8>) -> &'a [u8] {
    let start = out.len();
    match known_code(text, out) {
        Some(rest) => rest,
        None => {
            // The blank before it is written with the words.
            out.truncate(start - 1);
            text
        }
    }
}

/// Writes `[CODE]` as the library's parser reads it and returns what follows it.
fn known_code<'a>(text: &'a [u8], out: &mut Vec<u8>) -> Option<&'a [u8]> {
    let mut line = Line::new(text);
    line.skip_byte();
    line.next_byte();
    let name = line.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let name = name.to_ascii_uppercase();
    // A flag may hold a bracket, as in `OIB-Seen-[Gmail]/All`.
    let end = match &*name {
        b"PERMANENTFLAGS" => line.rest().iter().position(|byte| *byte == b')')?,
        _ => 0,
    };
    let end = end + line.rest()[end..].iter().position(|byte| *byte == b']')?;
    let (value, rest) = line.rest().split_at(end);
    let value = Line::new(value);
    out.push(b'[');
    out.extend_from_slice(&name);
    match &*name {
        b"ALERT" | b"PARSE" | b"READ-ONLY" | b"READ-WRITE" | b"TRYCREATE" | b"UIDNOTSTICKY" => {
            let mut value = value;
            if value.next_byte().is_some() {
                return None;
            }
        }
        b"UIDVALIDITY" | b"UIDNEXT" | b"UNSEEN" => {
            let number = value.only_number()?;
            let number = u32::try_from(number).ok()?;
            out.extend_from_slice(format!(" {number}").as_bytes());
        }
        b"PERMANENTFLAGS" => out.extend_from_slice(b" ()"),
        b"CAPABILITY" => {
            if !write_capabilities(value, out) {
                return None;
            }
        }
        _ => return None,
    }
    out.push(b']');
    Some(&rest[1..])
}

/// Puts a blank behind the brackets of a code that is written as words: the library's parser may know it, and cuts off the
/// byte behind it, in the middle of a character too.
fn part_brackets(out: &mut Vec<u8>, start: usize) {
    let words = &out[start..];
    let first = words.iter().position(|byte| *byte != b' ' && *byte != b'+');
    if first.is_none_or(|at| words[at] != b'[') {
        return;
    }
    let words = out.split_off(start);
    let mut bytes = words.iter().peekable();
    while let Some(byte) = bytes.next() {
        out.push(*byte);
        if *byte == b']' && bytes.peek().is_some_and(|next| **next != b' ') {
            out.push(b' ');
        }
    }
}

/// Adds a server's words: at most so many bytes, as UTF-8 whatever they were in, on one line and without control characters.
pub(super) fn push_text(text: &[u8], most: usize, out: &mut Vec<u8>) {
    let end = out.len() + most;
    let text = &text[..text.len().min(most)];
    let text = text.trim_ascii();
    if text.iter().all(|byte| (b' '..=b'~').contains(byte)) {
        return out.extend_from_slice(text);
    }
    for c in String::from_utf8_lossy(text).chars() {
        let c = if c == '\t' { ' ' } else { c };
        if out.len() + c.len_utf8() > end {
            break;
        }
        if !c.is_control() {
            out.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(text: &str) -> String {
        let mut line = Line::new(text.as_bytes());
        let mut out = status_word(&mut line).unwrap().as_bytes().to_vec();
        write_status_text(line, &mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn codes_that_are_needed_are_written_in_one_form() {
        for (said, handed_on) in [
            ("OK", "OK\r\n"),
            ("ok  ", "OK\r\n"),
            ("Bad", "BAD\r\n"),
            ("OK [ALERT]", "OK [ALERT]\r\n"),
            ("OK[ALERT]Please", "OK [ALERT] Please\r\n"),
            ("NO  [alert]  é", "NO [ALERT] é\r\n"),
            ("OK [UIDVALIDITY  07 ] x", "OK [UIDVALIDITY 7] x\r\n"),
            (
                "OK [PERMANENTFLAGS (\\* \"a b\" [Gmail]/All)] flags",
                "OK [PERMANENTFLAGS ()] flags\r\n",
            ),
            (
                "OK [CAPABILITY IMAP4rev1  idle AUTH=PLAIN] in",
                "OK [CAPABILITY IMAP4rev1 idle AUTH=PLAIN] in\r\n",
            ),
        ] {
            assert_eq!(written(said), handed_on, "{said}");
        }
    }

    #[test]
    fn other_codes_stay_words() {
        for (said, handed_on) in [
            (
                "OK [UIDVALIDITY 1713632002544] valid",
                "OK [UIDVALIDITY 1713632002544] valid\r\n",
            ),
            ("OK [UIDNEXT x]", "OK [UIDNEXT x]\r\n"),
            ("NO [UNAVAILABLE] later", "NO [UNAVAILABLE] later\r\n"),
            ("NO [OVERQUOTA]full", "NO [OVERQUOTA] full\r\n"),
            (
                "NO [BADCHARSET (\"]é\")]é",
                "NO [BADCHARSET (\"] é\")] é\r\n",
            ),
            ("OK [", "OK [\r\n"),
            ("OK [ALERT", "OK [ALERT\r\n"),
            ("NO a\tb\u{7}\u{1b}[31mc\0", "NO a b[31mc\r\n"),
        ] {
            assert_eq!(written(said), handed_on, "{said}");
        }
    }

    #[test]
    fn words_are_bounded_and_utf_8_whatever_they_were() {
        let mut out = Vec::new();
        write_words(&b"\xe9\xff".repeat(5_000), &mut out);
        let text = String::from_utf8(out).unwrap();
        assert!(text.len() > 900 && text.len() < 1_100, "{}", text.len());
        assert!(written(&format!("NO {}", "x".repeat(5_000))).len() < 1_100);
    }

    #[test]
    fn a_word_that_only_begins_like_a_status_is_none() {
        for text in ["OKAY", "NOOP", "bye2", ""] {
            assert_eq!(status_word(&mut Line::new(text.as_bytes())), None, "{text}");
        }
    }
}
