//! Writes CAPABILITY, LIST, STATUS, SEARCH, ESEARCH and VANISHED anew: what the session reads of them, in the form that the
//! library's parser takes. Where a response cannot be read nothing is written.

use super::line::{Line, is_atom_byte, is_blank};

/// Numbers that one search may bring; more than any folder that is searched here holds.
const MOST_FOUND: usize = 100_000;
/// Bytes of one name; RFC 9051 knows no limit, real servers end below 1,000.
const LONGEST_NAME: usize = 4096;

/// Writes the capabilities, each with a blank before it. Returns false where there are none. `IMAP4rev1` is put in where a
/// server only speaks of its successor: the library's parser refuses a list without it.
pub(super) fn write_capabilities(mut line: Line<'_>, out: &mut Vec<u8>) -> bool {
    const BASE: &[u8] = b"IMAP4rev1";
    let start = out.len();
    let mut known = false;
    loop {
        let word = line.word();
        if word.is_empty() {
            break;
        }
        let base = word
            .get(..BASE.len())
            .is_some_and(|begin| begin.eq_ignore_ascii_case(BASE));
        // The parser takes what only begins like it for it, and gives up on the rest.
        if (base && word.len() > BASE.len()) || !word.iter().all(|byte| is_atom_byte(*byte)) {
            continue;
        }
        known = known || base;
        out.push(b' ');
        out.extend_from_slice(word);
    }
    let any = out.len() > start;
    if any && !known {
        out.push(b' ');
        out.extend_from_slice(BASE);
    }
    any
}

/// Writes `* CAPABILITY …`.
pub(super) fn write_capability(line: Line<'_>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(b"* CAPABILITY");
    let any = write_capabilities(line, out);
    out.extend_from_slice(b"\r\n");
    any
}

/// Writes the personal namespaces of a NAMESPACE (RFC 2342) that have a prefix, each as a folder of LIST: the library's parser knows
/// the one and not the other.
pub(super) fn write_namespaces(mut line: Line<'_>, out: &mut Vec<u8>) {
    line.next_byte();
    if !line.eat(b'(') {
        return;
    }
    while line.eat(b'(') {
        let mut pair = [Vec::new(), Vec::new()];
        for part in &mut pair {
            if line.next_byte() != Some(b'"') {
                return;
            }
            line.skip_byte();
            *part = line.quoted().into_owned();
        }
        let [prefix, delimiter] = pair;
        if let ([delimiter], false) = (&*delimiter, prefix.is_empty()) {
            let shown = if *delimiter == b'\\' {
                "\\\\".to_owned()
            } else {
                char::from(*delimiter).to_string()
            };
            let start = out.len();
            out.extend_from_slice(format!("* LIST () \"{shown}\" ").as_bytes());
            if !delimiter.is_ascii_graphic() || *delimiter == b'"' {
                out.truncate(start);
                return;
            }
            write_name(&prefix, out);
            out.extend_from_slice(b"\r\n");
        }
        // Extensions of a namespace say nothing that is needed.
        line.take_while(|byte| byte != b')');
        if !line.eat(b')') {
            return;
        }
    }
}

/// Writes `* LIST (\Attribute …) "/" name` (RFC 9051 section 7.3.1), without what extensions put behind it.
pub(super) fn write_list(mut line: Line<'_>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(b"* LIST (");
    if line.next_byte() != Some(b'(') {
        return false;
    }
    line.skip_byte();
    let start = out.len();
    let attributes = line.take_while(|byte| byte != b')');
    if !line.eat(b')') {
        return false;
    }
    let mut attributes = Line::new(attributes);
    loop {
        let attribute = attributes.word();
        let Some((first, name)) = attribute.split_first() else {
            break;
        };
        if *first == b'\\' && name.iter().all(|byte| is_atom_byte(*byte)) {
            if out.len() > start {
                out.push(b' ');
            }
            out.extend_from_slice(attribute);
        }
    }
    out.extend_from_slice(b") ");
    let delimiter = match line.next_byte() {
        Some(b'"') => {
            line.skip_byte();
            line.quoted().into_owned()
        }
        _ => match line.word() {
            nil if nil.eq_ignore_ascii_case(b"NIL") => Vec::new(),
            atom => atom.to_vec(),
        },
    };
    match *delimiter {
        [] => out.extend_from_slice(b"NIL"),
        [b'\\'] => out.extend_from_slice(b"\"\\\\\""),
        [byte] if byte.is_ascii_graphic() && byte != b'"' => out.extend([b'"', byte, b'"']),
        _ => return false,
    }
    out.push(b' ');
    let Some(name) = folder_name(&mut line) else {
        return false;
    };
    write_name(&name, out);
    out.extend_from_slice(b"\r\n");
    true
}

/// Writes `* STATUS name (…)` (RFC 9051 section 7.3.4) with those of its numbers that can be read.
pub(super) fn write_status(line: Line<'_>, out: &mut Vec<u8>) -> bool {
    let rest = line.rest();
    let Some(open) = rest.iter().rposition(|byte| *byte == b'(') else {
        return false;
    };
    let (name, items) = rest.split_at(open);
    let Some(name) = folder_name(&mut Line::new(name)) else {
        return false;
    };
    out.extend_from_slice(b"* STATUS ");
    write_name(&name, out);
    out.extend_from_slice(b" (");
    let start = out.len();
    let mut items = Line::new(&items[1..]);
    while items.next_byte().is_some_and(|byte| byte != b')') {
        let item = items.take_while(|byte| !is_blank(byte) && byte != b')');
        items.next_byte();
        let value = items.take_while(|byte| !is_blank(byte) && byte != b')');
        let known: [&[u8]; 5] = [
            b"MESSAGES",
            b"RECENT",
            b"UIDNEXT",
            b"UIDVALIDITY",
            b"UNSEEN",
        ];
        let item = known.iter().find(|known| known.eq_ignore_ascii_case(item));
        if let (Some(item), Some(number)) = (item, number_32(value)) {
            if out.len() > start {
                out.push(b' ');
            }
            out.extend_from_slice(item);
            out.extend_from_slice(format!(" {number}").as_bytes());
        }
    }
    out.extend_from_slice(b")\r\n");
    true
}

/// Writes `* SEARCH n …` (RFC 3501 section 7.2.5).
pub(super) fn write_search(mut line: Line<'_>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(b"* SEARCH");
    while line.next_byte().is_some_and(|byte| byte != b'(') {
        if let Some(number) = number_32(line.word()) {
            out.extend_from_slice(format!(" {number}").as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
    true
}

/// Writes an ESEARCH (RFC 9051 section 7.3.4) as the SEARCH that it took the place of, which the library's parser knows.
pub(super) fn write_esearch(mut line: Line<'_>, out: &mut Vec<u8>) -> bool {
    out.extend_from_slice(b"* SEARCH");
    if line.next_byte() == Some(b'(') {
        line.take_while(|byte| byte != b')');
        line.skip_byte();
    }
    let mut found = 0;
    loop {
        let word = line.word();
        if word.is_empty() {
            break;
        }
        if !word.eq_ignore_ascii_case(b"ALL") {
            continue;
        }
        for part in line.word().split(|byte| *byte == b',') {
            let Some((from, to)) = range_of(part) else {
                return false;
            };
            found += (to - from) as usize + 1;
            if found > MOST_FOUND {
                return false;
            }
            for number in from..=to {
                out.extend_from_slice(format!(" {number}").as_bytes());
            }
        }
    }
    out.extend_from_slice(b"\r\n");
    true
}

/// Writes `* VANISHED 4:7,9` (RFC 7162 section 3.2.10), which is a hint and no more.
pub(super) fn write_vanished(mut line: Line<'_>, out: &mut Vec<u8>) -> bool {
    if line.next_byte() == Some(b'(') {
        line.take_while(|byte| byte != b')');
        line.skip_byte();
    }
    let set = line.word();
    let (Some((first, _)), Some((_, last))) = (
        set.split(|byte| *byte == b',').next().and_then(range_of),
        set.rsplit(|byte| *byte == b',').next().and_then(range_of),
    ) else {
        return false;
    };
    out.extend_from_slice(format!("* VANISHED {first}:{last}\r\n").as_bytes());
    true
}

/// Reads `n` or `n:m`, the smaller one first.
fn range_of(part: &[u8]) -> Option<(u32, u32)> {
    let mut ends = part.splitn(2, |byte| *byte == b':');
    let from = number_32(ends.next()?)?;
    let to = match ends.next() {
        Some(to) => number_32(to)?,
        None => from,
    };
    Some((from.min(to), from.max(to)))
}

/// Reads a word that is a number of 32 bits and nothing else.
fn number_32(word: &[u8]) -> Option<u32> {
    u32::try_from(Line::new(word).only_number()?).ok()
}

/// Reads a folder's name: quoted, an atom, or all words up to the next parenthesis, since some servers forget the quotes.
fn folder_name(line: &mut Line<'_>) -> Option<Vec<u8>> {
    let name = if line.next_byte()? == b'"' {
        line.skip_byte();
        line.quoted().into_owned()
    } else {
        let words = line.take_while(|byte| byte != b'(');
        words.trim_ascii().to_vec()
    };
    (name.len() <= LONGEST_NAME).then_some(name)
}

/// Writes a name in quotes, or as a literal where the library's parser would not undo its escapes.
fn write_name(name: &[u8], out: &mut Vec<u8>) {
    let plain = |byte: &u8| !matches!(byte, b'"' | b'\\' | 0 | b'\r' | b'\n');
    if name.iter().all(plain) {
        out.push(b'"');
        out.extend_from_slice(name);
        out.push(b'"');
    } else {
        out.extend_from_slice(format!("{{{}}}\r\n", name.len()).as_bytes());
        out.extend_from_slice(name);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn by(write: fn(Line<'_>, &mut Vec<u8>) -> bool, text: &str) -> Option<String> {
        let mut out = Vec::new();
        let written = write(Line::new(text.as_bytes()), &mut out);
        written.then(|| String::from_utf8(out).unwrap().trim_end().to_owned())
    }

    #[test]
    fn capabilities_are_read_whatever_stands_between_them() {
        let by = |text| by(write_capability, text);
        for (said, handed_on) in [
            ("imap4rev1  IDLE\tID ", "* CAPABILITY imap4rev1 IDLE ID"),
            ("IMAP4rev2 IDLE", "* CAPABILITY IMAP4rev2 IDLE IMAP4rev1"),
            (
                "IMAP4rev1 (x) IMAP4rev1x \"y\" Z",
                "* CAPABILITY IMAP4rev1 Z",
            ),
        ] {
            assert_eq!(by(said).as_deref(), Some(handed_on), "{said}");
        }
        assert_eq!(by(""), None);
    }

    #[test]
    fn lists_are_read_whatever_the_names_are_written_in() {
        let by = |text| by(write_list, text);
        for (said, handed_on) in [
            (
                "(\\HasNoChildren \\X)  \"/\"  INBOX ",
                "(\\HasNoChildren \\X) \"/\" \"INBOX\"",
            ),
            ("() nil \"a b\" (\"CHILDINFO\" (\"X\"))", "() NIL \"a b\""),
            ("(\\x) . Sent Items", "(\\x) \".\" \"Sent Items\""),
            ("(bad \\( \\ok) \"\" a", "(\\( \\ok) NIL \"a\""),
            ("() \"\\\\\" \"a\\\"b\"", "() \"\\\\\" {3}\r\na\"b"),
            ("() \"/\" \"\"", "() \"/\" \"\""),
        ] {
            let handed_on = format!("* LIST {}", handed_on.replace("(\\( ", "("));
            assert_eq!(by(said), Some(handed_on), "{said}");
        }
        for broken in ["", "(", "()", "() \"/\"", "x \"/\" y", "() \"//\" y"] {
            assert_eq!(by(broken), None, "{broken}");
        }
    }

    #[test]
    fn status_keeps_what_can_be_read() {
        let by = |text| by(write_status, text);
        for (said, handed_on) in [
            (
                "INBOX (UIDNEXT 5 UIDVALIDITY 7)",
                "\"INBOX\" (UIDNEXT 5 UIDVALIDITY 7)",
            ),
            (
                "\"a (b\" (uidnext  5 SIZE 99999999999)",
                "\"a (b\" (UIDNEXT 5)",
            ),
            (
                "Sent Items (MESSAGES 5000000000 UNSEEN 1 )",
                "\"Sent Items\" (UNSEEN 1)",
            ),
            ("x ()", "\"x\" ()"),
            ("x (UIDNEXT", "\"x\" ()"),
        ] {
            assert_eq!(by(said), Some(format!("* STATUS {handed_on}")), "{said}");
        }
        assert_eq!(by("INBOX"), None);
        assert_eq!(by("(UIDNEXT 5)"), None);
    }

    #[test]
    fn searches_of_both_kinds_are_one() {
        let search = |text| by(write_search, text);
        let esearch = |text| by(write_esearch, text);
        assert_eq!(
            search(" 4  5 9 (MODSEQ 9)").as_deref(),
            Some("* SEARCH 4 5 9")
        );
        assert_eq!(search("5000000000 x 7").as_deref(), Some("* SEARCH 7"));
        assert_eq!(search("").as_deref(), Some("* SEARCH"));
        let found = esearch("(TAG \"A7\") UID COUNT 4 ALL 4,9:7");
        assert_eq!(found.as_deref(), Some("* SEARCH 4 7 8 9"));
        assert_eq!(esearch("(TAG \"A7\") UID").as_deref(), Some("* SEARCH"));
        assert_eq!(esearch("UID ALL 1:4294967295"), None);
        let gone = |text| by(write_vanished, text);
        assert_eq!(gone("(EARLIER) 4:7,9").as_deref(), Some("* VANISHED 4:9"));
        assert_eq!(gone("nothing"), None);
    }
}
