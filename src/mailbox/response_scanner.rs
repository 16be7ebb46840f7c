//! Checks the bytes of responses before they are parsed. A server that is broken or hostile may announce a literal of
//! half a gigabyte, send a line without end, or nest parentheses 200,000 deep; the first takes the memory, the second the
//! processor, the third the stack. All three end here.

/// The largest message part that is ever asked for is 4 MiB; this leaves room for servers that round up.
const LONGEST_LITERAL: u64 = 8 * 1024 * 1024;
/// Bytes of one response outside its literals. The longest honest one is a SEARCH over a very large folder.
const LONGEST_LINE: u64 = 1024 * 1024;
/// Bytes of one response with its literals.
const LONGEST_RESPONSE: u64 = 16 * 1024 * 1024;
/// Nesting of parentheses; what we ask for has two.
const DEEPEST: u32 = 64;

/// The kind of response that a line began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum ResponseKind {
    /// Its first words are not complete.
    #[default]
    Unknown,
    /// Data, which may hold literals.
    Data,
    /// `* OK …`, `A1 NO …`, `+ …`: text for people up to the end of the line. What looks like a literal in it is none;
    /// taken for one, the bytes after it would pass unseen.
    Text,
}

/// The position in a response (RFC 9051 section 4.3: a literal is `{n}` at the end of a line, then n bytes).
#[derive(Debug, Default)]
pub(super) struct ResponseScanner {
    literal_left: u64,
    line: u64,
    response: u64,
    depth: u32,
    quoted: bool,
    escaped: bool,
    announced: Option<u64>,
    complete: bool,
    blank: bool,
    kind: ResponseKind,
    first_words: Vec<u8>,
}

impl ResponseScanner {
    /// Checks what has come, and closes up double blanks between words, which some servers send and the library's
    /// parser gives up on. Returns how many bytes are left at the front, and how many of these are whole lines or parts
    /// of literals.
    ///
    /// # Errors
    /// A limit that was passed, as a sentence.
    pub(super) fn feed(&mut self, bytes: &mut [u8]) -> Result<(usize, usize), String> {
        let (mut from, mut to, mut whole) = (0, 0, 0);
        while from < bytes.len() {
            if self.literal_left > 0 {
                let left = usize::try_from(self.literal_left).unwrap_or(usize::MAX);
                let length = left.min(bytes.len() - from);
                // Nothing has to move if nothing was closed up.
                if from != to {
                    bytes.copy_within(from..from + length, to);
                }
                self.literal_left -= length as u64;
                (from, to) = (from + length, to + length);
                whole = to;
                continue;
            }
            let byte = bytes[from];
            from += 1;
            let doubled = byte == b' ' && self.blank && !self.quoted;
            self.blank = byte == b' ';
            self.byte(byte)?;
            if !doubled {
                bytes[to] = byte;
                to += 1;
            }
            if byte == b'\n' {
                whole = to;
            }
        }
        Ok((to, whole))
    }

    /// Follows one byte outside a literal.
    fn byte(&mut self, byte: u8) -> Result<(), String> {
        self.line += 1;
        self.response += 1;
        if self.line > LONGEST_LINE {
            return Err(format!(
                "the server sent a line of more than {LONGEST_LINE} bytes"
            ));
        }
        if byte == b'\n' {
            return self.end_of_line();
        }
        if byte == b'\r' {
            return Ok(());
        }
        if self.kind == ResponseKind::Unknown {
            self.first_word(byte);
        }
        if self.quoted {
            // A quote that is not closed on its line is not one: text after OK may hold a single quote.
            match byte {
                _ if self.escaped => self.escaped = false,
                b'\\' => self.escaped = true,
                b'"' => self.quoted = false,
                _ => {}
            }
            return Ok(());
        }
        self.literal(byte);
        match byte {
            b'"' => self.quoted = true,
            b'(' => {
                self.depth += 1;
                if self.depth > DEEPEST {
                    return Err(format!(
                        "the server sent parentheses more than {DEEPEST} deep"
                    ));
                }
            }
            b')' => self.depth = self.depth.saturating_sub(1),
            _ => {}
        }
        Ok(())
    }

    /// Collects the first two words of a response and tells its kind by them.
    fn first_word(&mut self, byte: u8) {
        self.first_words.push(byte.to_ascii_uppercase());
        let words = &self.first_words;
        let mut parts = words.split(|byte| *byte == b' ').filter(|p| !p.is_empty());
        let (first, second) = (parts.next(), parts.next());
        if first.is_some_and(|word| word.starts_with(b"+")) {
            self.kind = ResponseKind::Text;
        } else if words.len() > 64 || (byte == b' ' && second.is_some()) {
            let status: [&[u8]; 5] = [b"OK", b"NO", b"BAD", b"BYE", b"PREAUTH"];
            self.kind = if second.is_some_and(|word| status.contains(&word)) {
                ResponseKind::Text
            } else {
                ResponseKind::Data
            };
        }
    }

    /// Follows `{`, digits, `}`: whatever else comes between or after undoes it.
    fn literal(&mut self, byte: u8) {
        self.announced = match (byte, self.announced, self.complete) {
            (b'{', _, _) => Some(0),
            (b'0'..=b'9', Some(size), false) => Some(
                size.saturating_mul(10)
                    .saturating_add(u64::from(byte - b'0')),
            ),
            (b'+', Some(size), false) => Some(size),
            (b'}', Some(size), false) => {
                self.complete = true;
                self.announced = Some(size);
                return;
            }
            _ => None,
        };
        self.complete = false;
    }

    /// Ends a line: a literal follows, or another response.
    fn end_of_line(&mut self) -> Result<(), String> {
        let literal = self.announced.take().filter(|_| self.complete);
        self.complete = false;
        self.quoted = false;
        self.escaped = false;
        self.blank = false;
        self.line = 0;
        let Some(size) = literal.filter(|_| self.kind != ResponseKind::Text) else {
            self.depth = 0;
            self.response = 0;
            self.kind = ResponseKind::Unknown;
            self.first_words.clear();
            return Ok(());
        };
        if size > LONGEST_LITERAL {
            return Err(format!(
                "the server announced {size} bytes at once, more than was asked for"
            ));
        }
        self.response += size;
        if self.response > LONGEST_RESPONSE {
            return Err(format!(
                "the server sent a response of more than {LONGEST_RESPONSE} bytes"
            ));
        }
        self.literal_left = size;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fed(text: &str) -> Result<(ResponseScanner, String), String> {
        let mut scan = ResponseScanner::default();
        let mut kept = Vec::new();
        // One byte at a time and all at once must come to the same.
        for byte in text.as_bytes() {
            let mut one = [*byte];
            let (left, _) = scan.feed(&mut one)?;
            kept.extend_from_slice(&one[..left]);
        }
        let mut whole = ResponseScanner::default();
        let mut bytes = text.as_bytes().to_vec();
        let (left, _) = whole.feed(&mut bytes)?;
        assert_eq!(format!("{scan:?}"), format!("{whole:?}"));
        assert_eq!(kept, bytes[..left]);
        Ok((scan, String::from_utf8(kept).unwrap()))
    }

    #[test]
    fn an_honest_fetch_passes_whatever_is_in_its_literal() {
        let body = "((((\"{99999999999}\r\n  ".repeat(50);
        let text = format!(
            "* 1 FETCH (UID 1 BODY[] {{{}}}\r\n{body} INTERNALDATE \"  1-Dec\")\r\nA1 OK done\r\n",
            body.len()
        );
        let (scan, kept) = fed(&text).unwrap();
        assert_eq!((scan.depth, scan.literal_left, scan.response), (0, 0, 0));
        assert_eq!(kept, text);
    }

    #[test]
    fn a_giant_literal_is_refused_when_it_is_announced() {
        let error = fed("* 1 FETCH (BODY[] {536000000}\r\n").unwrap_err();
        assert!(error.contains("536000000 bytes at once"), "{error}");
        fed("* OK see {536000000} for more\r\n").unwrap();
    }

    #[test]
    fn what_looks_like_a_literal_in_text_hides_nothing() {
        for text in ["* OK hello {8000000}", "+ go {8000000}", "A1 NO {8000000}"] {
            let deep = format!("{text}\r\n* LIST {}", "(".repeat(65));
            assert!(fed(&deep).unwrap_err().contains("deep"), "{text}");
        }
    }

    #[test]
    fn endless_lines_and_deep_nesting_are_refused() {
        assert!(
            fed(&"x".repeat(1024 * 1024 + 1))
                .unwrap_err()
                .contains("line")
        );
        assert!(fed(&"(".repeat(65)).unwrap_err().contains("deep"));
        fed(&format!("* OK \"{}\"\r\n", "(".repeat(65))).unwrap();
    }

    #[test]
    fn double_blanks_between_words_are_closed_up() {
        let (_, kept) = fed("* CAPABILITY IMAP4rev1  IDLE   ID\r\n").unwrap();
        assert_eq!(kept, "* CAPABILITY IMAP4rev1 IDLE ID\r\n");
    }
}
