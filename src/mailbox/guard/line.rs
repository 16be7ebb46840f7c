//! Reads words out of one line of a response. Blanks may be doubled, or be tabs, carriage returns and NUL bytes, which some
//! servers let slip in.

use std::borrow::Cow;

/// A line that is read from its front.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a>(&'a [u8]);

/// Returns true for a byte that separates words.
pub(super) fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | 0)
}

/// Returns true for a byte that may stand in an atom which the library's parser takes (RFC 9051 section 9, `ATOM-CHAR`).
pub(super) fn is_atom_byte(byte: u8) -> bool {
    byte.is_ascii_graphic()
        && !matches!(byte, b'(' | b')' | b'{' | b'%' | b'*' | b'"' | b'\\' | b']')
}

impl<'a> Line<'a> {
    pub(super) fn new(line: &'a [u8]) -> Self {
        Line(line)
    }

    /// Returns what was not read yet.
    pub(super) fn rest(self) -> &'a [u8] {
        self.0
    }

    /// Passes over blanks and returns the byte behind them; `None` at the end.
    pub(super) fn next_byte(&mut self) -> Option<u8> {
        self.take_while(is_blank);
        self.0.first().copied()
    }

    /// Reads bytes as long as `wanted` says so.
    pub(super) fn take_while(&mut self, wanted: impl Fn(u8) -> bool) -> &'a [u8] {
        let end = self.0.iter().position(|byte| !wanted(*byte));
        let (taken, rest) = self.0.split_at(end.unwrap_or(self.0.len()));
        self.0 = rest;
        taken
    }

    /// Reads this byte, if it is the next one.
    pub(super) fn eat(&mut self, byte: u8) -> bool {
        let there = self.0.first() == Some(&byte);
        if there {
            self.0 = &self.0[1..];
        }
        there
    }

    /// Passes over one byte.
    pub(super) fn skip_byte(&mut self) {
        self.0 = self.0.get(1..).unwrap_or_default();
    }

    /// Reads the next word, up to a blank; empty at the end.
    pub(super) fn word(&mut self) -> &'a [u8] {
        self.next_byte();
        self.take_while(|byte| !is_blank(byte))
    }

    /// Reads digits as a number, the largest one where it is larger; `None` where there are none.
    pub(super) fn number(&mut self) -> Option<u64> {
        let digits = self.take_while(|byte| byte.is_ascii_digit());
        let add = |number: u64, digit: &u8| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(digit - b'0'))
        };
        (!digits.is_empty()).then(|| digits.iter().fold(0, add))
    }

    /// Reads a number as [`Line::number`], if nothing but blanks follows.
    pub(super) fn only_number(mut self) -> Option<u64> {
        self.next_byte();
        let number = self.number()?;
        self.next_byte().is_none().then_some(number)
    }

    /// Reads a quoted string whose first quote was read, and undoes its escapes. One that is not closed ends with the line.
    pub(super) fn quoted(&mut self) -> Cow<'a, [u8]> {
        let plain = self.take_while(|byte| byte != b'"' && byte != b'\\');
        if self.0.first() != Some(&b'\\') {
            self.skip_byte();
            return Cow::Borrowed(plain);
        }
        let mut text = plain.to_vec();
        while let Some(byte) = self.0.first() {
            self.skip_byte();
            match byte {
                b'"' => break,
                b'\\' => {
                    text.extend(self.0.first());
                    self.skip_byte();
                }
                byte => text.push(*byte),
            }
        }
        Cow::Owned(text)
    }
}

/// Writes a number.
pub(super) fn push_number(number: u32, out: &mut Vec<u8>) {
    let mut digits = [b'0'; 10];
    let (mut rest, mut at) = (number, digits.len());
    loop {
        at -= 1;
        // The remainder is below 10.
        digits[at] += (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Takes the announcement of a literal from the end of a line: `{n}`, `{n+}`, `~{n}` or `~{n+}` (RFC 9051 section 4.3), as
/// long as it does not stand in quotes. Returns the line before it and the literal's size.
pub(super) fn split_literal(line: &[u8]) -> Option<(&[u8], u64)> {
    let end = line.iter().rposition(|byte| !is_blank(*byte))?;
    let announced = line[..=end].strip_suffix(b"}")?;
    let open = announced.iter().rposition(|byte| *byte == b'{')?;
    let digits = announced[open + 1..]
        .strip_suffix(b"+")
        .unwrap_or(&announced[open + 1..]);
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let size = Line::new(digits).number()?;
    let before = &line[..open];
    let before = before.strip_suffix(b"~").unwrap_or(before);
    (!ends_in_quotes(before)).then_some((before, size))
}

/// Returns true when a quote is open at the end of the line.
fn ends_in_quotes(line: &[u8]) -> bool {
    let mut bytes = line.iter();
    let mut quoted = false;
    while let Some(byte) = bytes.next() {
        match byte {
            b'"' => quoted = !quoted,
            b'\\' if quoted => {
                bytes.next();
            }
            _ => {}
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_announced_in_four_ways_and_never_in_quotes() {
        for announced in ["{12}", "{12+}", "~{12}", "~{12+}", "{12}  ", "{12}\t"] {
            let line = format!("* 1 FETCH (BODY[] {announced}");
            let before: &[u8] = b"* 1 FETCH (BODY[] ";
            assert_eq!(split_literal(line.as_bytes()), Some((before, 12)), "{line}");
        }
        for other in [
            "{}",
            "{+}",
            "{1 2}",
            "{12",
            "12}",
            "{12}x",
            "\"{12}",
            "\"\\\"{12}",
        ] {
            assert_eq!(split_literal(other.as_bytes()), None, "{other}");
        }
        assert_eq!(
            split_literal(b"{99999999999999999999999}"),
            Some((&b""[..], u64::MAX))
        );
    }

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 4_000_000_007, u32::MAX] {
            let mut out = Vec::new();
            push_number(number, &mut out);
            assert_eq!(out, number.to_string().into_bytes());
        }
    }

    #[test]
    fn quoted_strings_are_read_without_their_escapes() {
        let mut line = Line::new(br#"a\"b\\c" rest"#);
        assert_eq!(&*line.quoted(), br#"a"b\c"#);
        assert_eq!(line.rest(), b" rest");
        assert_eq!(&*Line::new(b"not closed").quoted(), b"not closed");
        assert_eq!(&*Line::new(b"not closed\\").quoted(), b"not closed");
    }
}
