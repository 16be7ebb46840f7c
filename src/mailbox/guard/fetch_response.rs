//! Writes FETCH responses anew (RFC 9051 section 7.5.2): the items that are asked for, in whatever order, case and number
//! they come, and of every other not a byte, however its value is built.

use super::line::{Line, is_blank, push_number};

/// Nesting of parentheses; what we ask for has two.
const DEEPEST: u32 = 64;
/// Bytes of a date; the form that RFC 9051 names has 26.
const LONGEST_DATE: usize = 64;

/// What becomes of the bytes of a literal, or of the line's end where there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Follows {
    /// A literal that is handed on as it comes.
    Wanted,
    /// A literal that is a date.
    Date,
    /// A literal that nobody asked for.
    Unwanted,
    /// No literal, and the list of items is still open.
    MoreItems,
    /// No literal: the response is complete.
    Nothing,
}

/// One item of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Item {
    Uid,
    Size,
    Date,
    /// The whole message, or its first part.
    Message,
    /// The header, or fields of it.
    Header,
    Other,
}

impl Item {
    fn bit(self) -> u8 {
        1 << self as u8
    }

    /// Returns the name under which a part of a message is handed on.
    fn section_name(self) -> &'static str {
        match self {
            Item::Header => "BODY[HEADER]",
            _ => "BODY[]",
        }
    }
}

/// The position in a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    /// Before the list.
    #[default]
    Start,
    /// Between items.
    Items,
    /// In the brackets behind an item's name.
    Section(Item),
    /// Before the value of an item.
    Value(Item),
    /// So many parentheses deep in a value that is passed over.
    Nested(u32),
    /// Behind the list.
    End,
}

/// A FETCH response that is read, line by line.
#[derive(Debug, Default)]
pub(super) struct FetchResponse {
    position: Position,
    /// The items that were written, a bit for each: none comes twice.
    written: u8,
    /// Something was written.
    any: bool,
    flags: bool,
    /// The last part of a message that was written came as a literal.
    literal: bool,
    pub(super) uid: Option<u32>,
    /// Something could not be read.
    pub(super) damaged: bool,
    /// Text of a message stands behind its literal.
    pub(super) short_literal: bool,
}

impl FetchResponse {
    /// Begins the response of this message number.
    pub(super) fn begin(number: u32, out: &mut Vec<u8>) -> Self {
        out.extend_from_slice(b"* ");
        push_number(number, out);
        out.extend_from_slice(b" FETCH (");
        FetchResponse::default()
    }

    /// Returns true when a line that goes on with the list is text that its literal should have held: items follow a literal
    /// behind a blank, and so does each line that was folded.
    pub(super) fn is_text(&self, line: &[u8]) -> bool {
        let item = |byte: &u8| is_blank(*byte) || *byte == b')';
        self.literal && self.position == Position::Items && !line.first().is_none_or(item)
    }

    /// Reads one line, up to its literal of this size if it has one.
    ///
    /// # Errors
    /// Parentheses that are too deep, as a sentence.
    pub(super) fn read(
        &mut self,
        line: &[u8],
        literal: Option<u64>,
        out: &mut Vec<u8>,
    ) -> Result<Follows, String> {
        let mut line = Line::new(line);
        while let Some(byte) = line.next_byte() {
            match self.position {
                Position::Start => {
                    self.damaged |= !line.eat(b'(');
                    self.position = match self.damaged {
                        true => Position::End,
                        false => Position::Items,
                    };
                }
                Position::Items => self.item(byte, &mut line, out),
                Position::Section(item) => self.section(item, &mut line),
                Position::Value(item) => self.value(item, byte, &mut line, out),
                Position::Nested(depth) => self.nested(depth, byte, &mut line)?,
                Position::End => break,
            }
        }
        Ok(self.follows(literal, out))
    }

    /// Reads the name of an item, or the end of the list.
    fn item(&mut self, byte: u8, line: &mut Line<'_>, out: &mut Vec<u8>) {
        match byte {
            b')' => {
                line.skip_byte();
                self.position = Position::End;
                return;
            }
            b'(' => {
                self.damaged = true;
                self.position = Position::Value(Item::Other);
                return;
            }
            b'"' => {
                self.damaged = true;
                line.skip_byte();
                line.quoted();
                return;
            }
            _ => {}
        }
        let ends = |byte| is_blank(byte) || matches!(byte, b'(' | b')' | b'"' | b'[');
        let name = line.take_while(|byte| !ends(byte));
        if line.eat(b'[') {
            let body =
                name.eq_ignore_ascii_case(b"BODY") || name.eq_ignore_ascii_case(b"BODY.PEEK");
            let item = if body { section_of(*line) } else { Item::Other };
            self.position = Position::Section(item);
            return;
        }
        let known: [(&[u8], Item); 7] = [
            (b"UID", Item::Uid),
            (b"RFC822.SIZE", Item::Size),
            (b"INTERNALDATE", Item::Date),
            (b"RFC822", Item::Message),
            (b"RFC822.PEEK", Item::Message),
            (b"RFC822.HEADER", Item::Header),
            (b"RFC822.HEADER.PEEK", Item::Header),
        ];
        let item = known
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name));
        if name.eq_ignore_ascii_case(b"FLAGS") && !self.flags {
            self.flags = true;
            self.write(b"FLAGS ()", out);
        }
        self.position = Position::Value(item.map_or(Item::Other, |(_, item)| *item));
    }

    /// Passes over what stands in brackets, and reads the origin behind them.
    fn section(&mut self, item: Item, line: &mut Line<'_>) {
        line.take_while(|byte| byte != b']' && byte != b'"');
        if line.eat(b'"') {
            line.quoted();
            return;
        }
        if !line.eat(b']') {
            return;
        }
        self.position = Position::Value(item);
        if line.eat(b'<') {
            let origin = Line::new(line.take_while(|byte| byte != b'>')).number();
            line.skip_byte();
            // A part from the midst of a message is not what was asked for.
            if origin != Some(0) {
                self.position = Position::Value(Item::Other);
            }
        }
    }

    /// Reads a value that is no literal.
    fn value(&mut self, item: Item, byte: u8, line: &mut Line<'_>, out: &mut Vec<u8>) {
        self.position = Position::Items;
        match byte {
            b'(' => {
                self.damaged |= item != Item::Other;
                line.skip_byte();
                self.position = Position::Nested(1);
            }
            b')' => self.damaged |= item != Item::Other,
            b'"' => {
                line.skip_byte();
                let text = line.quoted();
                match item {
                    Item::Other => {}
                    Item::Date => self.date(&text, out),
                    Item::Message | Item::Header => {
                        // A line has a million bytes at most.
                        let size = u32::try_from(text.len()).unwrap_or_default();
                        if self.first_of(item) && size as usize == text.len() {
                            self.write_section(item, size, out);
                            out.extend_from_slice(&text);
                        }
                    }
                    Item::Uid | Item::Size => self.number(item, Line::new(&text), out),
                }
            }
            _ if matches!(item, Item::Uid | Item::Size) && byte.is_ascii_digit() => {
                let digits = line.take_while(|byte| byte.is_ascii_digit());
                self.number(item, Line::new(digits), out);
            }
            _ => {
                let ends = |byte| is_blank(byte) || matches!(byte, b'(' | b')' | b'"');
                let atom = line.take_while(|byte| !ends(byte));
                let nil = atom.eq_ignore_ascii_case(b"NIL");
                self.damaged |= !nil && item != Item::Other;
                // Not given, which is another thing than empty.
                if matches!(item, Item::Message | Item::Header) && self.written & item.bit() == 0 {
                    self.write(format!("{} NIL", item.section_name()).as_bytes(), out);
                }
            }
        }
    }

    /// Writes a number; a size that is too large as the largest one.
    fn number(&mut self, item: Item, digits: Line<'_>, out: &mut Vec<u8>) {
        let number = digits.only_number().map(u32::try_from);
        let (name, number): (&[u8], u32) = match (item, number) {
            (Item::Uid, Some(Ok(uid))) => (b"UID ", uid),
            (Item::Size, Some(size)) => (b"RFC822.SIZE ", size.unwrap_or(u32::MAX)),
            _ => {
                self.damaged = true;
                return;
            }
        };
        if self.first_of(item) {
            if item == Item::Uid {
                self.uid = Some(number);
            }
            self.write(name, out);
            push_number(number, out);
        }
    }

    /// Writes a date, unless it cannot be one; then it counts as not told.
    pub(super) fn date(&mut self, text: &[u8], out: &mut Vec<u8>) {
        let plain = |byte: &u8| (b' '..=b'~').contains(byte) && !matches!(byte, b'"' | b'\\');
        if text.len() > LONGEST_DATE || !text.iter().all(plain) {
            self.damaged = true;
        } else if self.first_of(Item::Date) {
            self.write(b"INTERNALDATE \"", out);
            out.extend_from_slice(text);
            out.push(b'"');
        }
    }

    /// Passes over a part of a value in parentheses.
    fn nested(&mut self, depth: u32, byte: u8, line: &mut Line<'_>) -> Result<(), String> {
        line.skip_byte();
        let depth = match byte {
            b'(' if depth == DEEPEST => {
                return Err(format!(
                    "the server sent parentheses more than {DEEPEST} deep"
                ));
            }
            b'(' => depth + 1,
            b')' => depth - 1,
            b'"' => {
                line.quoted();
                depth
            }
            _ => depth,
        };
        self.position = match depth {
            0 => Position::Items,
            depth => Position::Nested(depth),
        };
        Ok(())
    }

    /// Decides what becomes of what stands at the line's end.
    fn follows(&mut self, literal: Option<u64>, out: &mut Vec<u8>) -> Follows {
        let Some(size) = literal else {
            return match self.position {
                Position::End => Follows::Nothing,
                _ => Follows::MoreItems,
            };
        };
        match self.position {
            Position::Value(item) => {
                self.position = Position::Items;
                match item {
                    Item::Date => return Follows::Date,
                    Item::Message | Item::Header => {
                        // One that is larger is refused.
                        let size = u32::try_from(size).unwrap_or(u32::MAX);
                        if self.first_of(item) {
                            self.write_section(item, size, out);
                            self.literal = true;
                            return Follows::Wanted;
                        }
                    }
                    Item::Uid | Item::Size => self.damaged = true,
                    _ => {}
                }
            }
            Position::Start | Position::Items => self.damaged = true,
            Position::Section(_) | Position::Nested(_) | Position::End => {}
        }
        Follows::Unwanted
    }

    /// Ends the response. One of which nothing is handed on still tells that something has changed.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        if !self.any {
            self.write(b"FLAGS ()", out);
        }
        out.extend_from_slice(b")\r\n");
    }

    /// Returns true when the item was not written before, and notes that it is.
    fn first_of(&mut self, item: Item) -> bool {
        let first = self.written & item.bit() == 0;
        self.written |= item.bit();
        first
    }

    /// Writes a part of a message, up to the bytes of its literal.
    fn write_section(&mut self, item: Item, size: u32, out: &mut Vec<u8>) {
        self.write(item.section_name().as_bytes(), out);
        out.extend_from_slice(b" {");
        push_number(size, out);
        out.extend_from_slice(b"}\r\n");
    }

    /// Writes one item, or its beginning.
    fn write(&mut self, text: &[u8], out: &mut Vec<u8>) {
        if self.any {
            out.push(b' ');
        }
        self.any = true;
        out.extend_from_slice(text);
    }
}

/// Reads which part of a message stands in brackets: `[]`, `[HEADER]`, `[HEADER.FIELDS (…)]`, or one that is never asked for.
fn section_of(mut line: Line<'_>) -> Item {
    line.next_byte();
    let word = line.take_while(|byte| !is_blank(byte) && byte != b']' && byte != b'(');
    let header = |name: &[u8]| word.eq_ignore_ascii_case(name);
    if word.is_empty() && line.rest().first() == Some(&b']') {
        Item::Message
    } else if header(b"HEADER") || header(b"HEADER.FIELDS") {
        Item::Header
    } else {
        Item::Other
    }
}
