//! Reads a server's responses line by line and writes those that the session asked for or must know anew, in the one form
//! that the library's parser takes; what nobody asked for it never sees. A server that is broken or hostile may announce a
//! literal of half a gigabyte, send a line without end, or nest parentheses 200,000 deep; the first takes the memory, the
//! second the processor, the third the stack. All three end here.

use super::fetch_response::{FetchResponse, Follows};
use super::folder_data;
use super::line::{Line, split_literal};
use super::status_line::{push_text, status_word, write_continuation, write_status_text};

/// The largest message part that is ever asked for is 4 MiB; this leaves room for servers that round up.
const LONGEST_LITERAL: u64 = 8 * 1024 * 1024;
/// Bytes of one line. The longest honest one is a SEARCH over a very large folder.
const LONGEST_LINE: usize = 1024 * 1024;
/// Bytes of one response with its literals.
const LONGEST_RESPONSE: u64 = 16 * 1024 * 1024;
/// Bytes of a literal that is a folder's name or a date; of a larger one nothing can be made.
const LONGEST_COLLECTED: u64 = 4096;
/// Bytes of a server's line that are shown.
const SHOWN: usize = 120;

/// What becomes of the bytes of a literal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Literal {
    /// It is handed on as it comes.
    Passed,
    /// It is a part of a line.
    Collected,
    /// It is passed over.
    #[default]
    Dropped,
}

/// The response that earlier lines began.
#[derive(Debug, Default)]
enum Begun {
    #[default]
    Nothing,
    Fetch(FetchResponse),
    /// Data other than FETCH: its lines, with the literals between them in quotes.
    Data(Vec<u8>),
    /// Data that nobody asked for, or whose literal is too large to make anything of it.
    Unwanted,
}

/// Reads responses, however their bytes come.
#[derive(Debug, Default)]
pub(super) struct Responses {
    begun: Begun,
    literal: Literal,
    literal_left: u64,
    collected: Vec<u8>,
    /// The line whose end has not come.
    line: Vec<u8>,
    /// Bytes of the response up to here.
    size: u64,
    /// What is ready to be handed on.
    out: Vec<u8>,
    /// The beginning of a FETCH response whose list is open at the end of a line.
    open: Option<String>,
    /// How the FETCH response begins.
    head: Vec<u8>,
    /// Bytes of responses of which nothing is handed on, since this was last taken.
    pub(super) dropped: u64,
    /// Lines that were needed and could not be read, since they were last taken.
    pub(super) unread: Vec<String>,
    /// Text that stands behind its literal, with the message's UID if it was told, since they were last taken.
    pub(super) short_literals: Vec<(Option<u32>, String)>,
}

impl Responses {
    /// Reads what has come and puts what is handed on in its place. Returns how many bytes at the front that are; if it is more
    /// than there is room for, the rest goes to `overflow`.
    ///
    /// # Errors
    /// A limit that was passed, as a sentence.
    pub(super) fn feed(
        &mut self,
        bytes: &mut [u8],
        overflow: &mut Vec<u8>,
    ) -> Result<usize, String> {
        let (mut from, mut to) = (0, 0);
        while from < bytes.len() {
            if self.literal_left > 0 {
                let left = usize::try_from(self.literal_left).unwrap_or(usize::MAX);
                let end = from + left.min(bytes.len() - from);
                self.literal_left -= (end - from) as u64;
                match self.literal {
                    Literal::Passed if !overflow.is_empty() => {
                        overflow.extend_from_slice(&bytes[from..end]);
                    }
                    Literal::Passed => {
                        // Nothing has to move if nothing before it became shorter.
                        if from != to {
                            bytes.copy_within(from..end, to);
                        }
                        to += end - from;
                    }
                    Literal::Collected => self.collected.extend_from_slice(&bytes[from..end]),
                    Literal::Dropped => {}
                }
                from = end;
                continue;
            }
            let end = bytes[from..].iter().position(|byte| *byte == b'\n');
            let end = end.map_or(bytes.len(), |at| from + at + 1);
            if self.line.len() + end - from > LONGEST_LINE {
                return Err(format!(
                    "the server sent a line of more than {LONGEST_LINE} bytes: {}",
                    shown(&[&self.line, &bytes[from..end.min(from + SHOWN)]].concat())
                ));
            }
            if bytes[end - 1] != b'\n' {
                self.line.extend_from_slice(&bytes[from..end]);
            } else if self.line.is_empty() {
                self.read_line(&bytes[from..end])?;
            } else {
                let mut line = std::mem::take(&mut self.line);
                line.extend_from_slice(&bytes[from..end]);
                self.read_line(&line)?;
                line.clear();
                self.line = line;
            }
            from = end;
            if self.hands_on() && !self.out.is_empty() {
                if overflow.is_empty() && to + self.out.len() <= from {
                    bytes[to..to + self.out.len()].copy_from_slice(&self.out);
                    to += self.out.len();
                } else {
                    overflow.extend_from_slice(&self.out);
                }
                self.out.clear();
            }
        }
        Ok(to)
    }

    /// Returns true when what was written is a whole response, or is followed by a literal that is handed on: the library's
    /// parser never sees half a line.
    fn hands_on(&self) -> bool {
        matches!(self.begun, Begun::Nothing) || self.literal == Literal::Passed
    }

    /// Reads one whole line: a response, or a part of one between its literals.
    fn read_line(&mut self, whole: &[u8]) -> Result<(), String> {
        self.size += whole.len() as u64;
        let line = whole.trim_ascii_end();
        if let Some(open) = self.open.take() {
            // What begins another response is no item: the list was never closed.
            if begins_response(line) {
                if !open.is_empty() {
                    self.unread.push(open);
                }
                self.end_fetch();
                self.size = whole.len() as u64;
            }
        }
        match std::mem::take(&mut self.begun) {
            Begun::Nothing => self.begin(line)?,
            Begun::Fetch(mut fetch) => {
                if self.literal == Literal::Collected {
                    fetch.date(&std::mem::take(&mut self.collected), &mut self.out);
                }
                if fetch.is_text(line) && !fetch.short_literal {
                    fetch.short_literal = true;
                    self.short_literals.push((fetch.uid, shown(line)));
                }
                self.read_fetch(fetch, line, line)?;
            }
            Begun::Data(mut data) => {
                push_quoted(&std::mem::take(&mut self.collected), &mut data);
                self.read_data(data, line)?;
            }
            Begun::Unwanted => self.drop_data(line)?,
        }
        if matches!(self.begun, Begun::Nothing) {
            if self.out.is_empty() {
                self.dropped += self.size;
            }
            self.size = 0;
        }
        Ok(())
    }

    /// Begins a response with its first line.
    fn begin(&mut self, text: &[u8]) -> Result<(), String> {
        let mut line = Line::new(text);
        match line.next_byte() {
            None => return Ok(()),
            Some(b'+') => {
                line.skip_byte();
                write_continuation(line, &mut self.out);
                return Ok(());
            }
            Some(b'*') => line.skip_byte(),
            Some(_) => {
                self.tagged(line);
                return Ok(());
            }
        }
        let data = line;
        if let Some(status) = status_word(&mut line) {
            self.out.extend_from_slice(b"* ");
            self.out.extend_from_slice(status.as_bytes());
            write_status_text(line, &mut self.out);
            return Ok(());
        }
        line.next_byte();
        if let Some(number) = line.number() {
            // One that is too large is a hint all the same.
            let number = u32::try_from(number).unwrap_or(u32::MAX);
            line.next_byte();
            let name = line.take_while(|byte| byte.is_ascii_alphabetic());
            let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
            if is("FETCH") {
                let fetch = FetchResponse::begin(number, &mut self.out);
                self.head.clear();
                self.head.extend_from_slice(&text[..text.len().min(SHOWN)]);
                return self.read_fetch(fetch, line.rest(), text);
            }
            for known in ["EXISTS", "RECENT", "EXPUNGE"] {
                if is(known) {
                    self.out
                        .extend_from_slice(format!("* {number} {known}\r\n").as_bytes());
                }
            }
            return self.drop_data(text);
        }
        let mut ahead = line;
        if ahead.word().eq_ignore_ascii_case(b"NAMESPACE") && split_literal(text).is_none() {
            folder_data::write_namespaces(ahead, &mut self.out);
            return Ok(());
        }
        if writer_of(&mut line).is_some() {
            return self.read_data(Vec::new(), data.rest());
        }
        self.drop_data(text)
    }

    /// Reads the answer to a command.
    fn tagged(&mut self, mut line: Line<'_>) {
        let text = line.rest();
        let tag = line.word();
        match status_word(&mut line) {
            Some(status) if is_tag(tag) => {
                self.out.extend_from_slice(&tag.to_ascii_uppercase());
                self.out.push(b' ');
                self.out.extend_from_slice(status.as_bytes());
                write_status_text(line, &mut self.out);
            }
            // Only its beginning is shown: some servers echo the login.
            _ => self.unread.push(format!(
                "{} ({} bytes)",
                shown(&text[..text.len().min(8)]),
                text.len()
            )),
        }
    }

    /// Reads the items of a FETCH response on one line; errors show all of the line.
    fn read_fetch(
        &mut self,
        mut fetch: FetchResponse,
        items: &[u8],
        line: &[u8],
    ) -> Result<(), String> {
        let (items, literal) = match split_literal(items) {
            Some((before, size)) => (before, Some(size)),
            None => (items, None),
        };
        let follows = fetch.read(items, literal, &mut self.out)?;
        // Text that is read as items was told.
        let damaged = std::mem::take(&mut fetch.damaged) && !fetch.short_literal;
        if damaged {
            self.unread.push(shown(line));
        }
        if follows == Follows::MoreItems {
            // One line is not told twice.
            self.open = Some(match damaged || fetch.short_literal {
                true => String::new(),
                false => format!("{} (its list is not closed)", shown(&self.head)),
            });
        }
        if let Some(size) = literal {
            self.announce(size, line)?;
        }
        self.literal = match follows {
            Follows::Wanted => Literal::Passed,
            Follows::Date if self.literal_left <= LONGEST_COLLECTED => Literal::Collected,
            _ => Literal::Dropped,
        };
        self.begun = Begun::Fetch(fetch);
        if follows == Follows::Nothing {
            self.end_fetch();
        }
        Ok(())
    }

    /// Ends a FETCH response.
    fn end_fetch(&mut self) {
        if let Begun::Fetch(mut fetch) = std::mem::take(&mut self.begun) {
            fetch.end(&mut self.out);
        }
    }

    /// Reads a line of other data, behind what was read of it.
    fn read_data(&mut self, mut data: Vec<u8>, text: &[u8]) -> Result<(), String> {
        if let Some((before, size)) = split_literal(text) {
            self.announce(size, text)?;
            data.extend_from_slice(before);
            (self.begun, self.literal) = match size <= LONGEST_COLLECTED {
                true => (Begun::Data(data), Literal::Collected),
                false => (Begun::Unwanted, Literal::Dropped),
            };
            return Ok(());
        }
        data.extend_from_slice(text);
        let mut line = Line::new(&data);
        let start = self.out.len();
        let written = writer_of(&mut line).is_some_and(|write| write(line, &mut self.out));
        if !written {
            self.out.truncate(start);
            self.unread.push(shown(&[b"*", &*data].concat()));
        }
        Ok(())
    }

    /// Passes over a line of data that nobody asked for.
    fn drop_data(&mut self, text: &[u8]) -> Result<(), String> {
        if let Some((_, size)) = split_literal(text) {
            self.announce(size, text)?;
            (self.begun, self.literal) = (Begun::Unwanted, Literal::Dropped);
        }
        Ok(())
    }

    /// Prepares for a literal of this size.
    fn announce(&mut self, size: u64, text: &[u8]) -> Result<(), String> {
        if size > LONGEST_LITERAL {
            return Err(format!(
                "the server announced {size} bytes at once, more than was asked for: {}",
                shown(text)
            ));
        }
        self.size += size;
        if self.size > LONGEST_RESPONSE {
            return Err(format!(
                "the server sent a response of more than {LONGEST_RESPONSE} bytes: {}",
                shown(text)
            ));
        }
        self.literal_left = size;
        Ok(())
    }
}

/// Reads the name of data that is handed on, and returns what writes the rest of it.
fn writer_of(line: &mut Line<'_>) -> Option<fn(Line<'_>, &mut Vec<u8>) -> bool> {
    line.next_byte();
    let name = line.take_while(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    match name.to_ascii_uppercase().as_slice() {
        b"CAPABILITY" => Some(folder_data::write_capability),
        b"LIST" => Some(folder_data::write_list),
        b"STATUS" => Some(folder_data::write_status),
        b"SEARCH" => Some(folder_data::write_search),
        b"ESEARCH" => Some(folder_data::write_esearch),
        b"VANISHED" => Some(folder_data::write_vanished),
        _ => None,
    }
}

/// Returns true when a line begins a response, and cannot be a part of one.
fn begins_response(text: &[u8]) -> bool {
    let mut line = Line::new(text);
    match line.next_byte() {
        Some(b'*' | b'+') => true,
        _ => is_tag(line.word()) && status_word(&mut line).is_some(),
    }
}

/// Returns true for a tag as the library writes them: `A` and digits. Any other first word belongs to no answer, but to text
/// that is out of step.
fn is_tag(word: &[u8]) -> bool {
    match word.split_first() {
        Some((b'A' | b'a', digits)) => !digits.is_empty() && digits.iter().all(u8::is_ascii_digit),
        _ => false,
    }
}

/// Adds what came as a literal in the form of a quoted string.
fn push_quoted(text: &[u8], line: &mut Vec<u8>) {
    line.push(b'"');
    for byte in text {
        if matches!(byte, b'"' | b'\\') {
            line.push(b'\\');
        }
        line.push(*byte);
    }
    line.push(b'"');
}

/// Returns the beginning of a line in quotes, as an error or the log shows it.
fn shown(text: &[u8]) -> String {
    let mut line = Vec::new();
    push_text(text, SHOWN, &mut line);
    let line = String::from_utf8_lossy(&line);
    let more = if text.len() > SHOWN { " …" } else { "" };
    format!("`{line}{more}`")
}
