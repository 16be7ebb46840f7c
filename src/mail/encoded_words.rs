//! Encoded words (RFC 2047) made UTF-8 before a field is taken apart: under whatever name their charset goes, and
//! joined where one name was divided, also in the middle of a letter. They stay encoded, so that a comma inside a name
//! divides no addresses.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;

use super::{charset, repair, transfer};

/// The longest name of a charset that is looked for.
const LONGEST_NAME: usize = 64;
/// The longest text of a word. RFC 2047 allows 75 octets for the whole; some programs put a subject into one.
const LONGEST_TEXT: usize = 4096;

/// Returns a field with its encoded words in UTF-8; `None` when it has none.
pub(super) fn in_utf8(field: &[u8]) -> Option<Vec<u8>> {
    memmem::find(field, b"=?")?;
    let mut written = Vec::with_capacity(field.len() + 64);
    // The words that stand side by side, each with its charset: blanks between them count for nothing.
    let mut run: Vec<(&str, Vec<u8>)> = Vec::new();
    let mut rest = field;
    while let Some(at) = memmem::find(rest, b"=?") {
        let (before, from) = rest.split_at(at);
        let word = word(from);
        if word.is_none() || !before.trim_ascii().is_empty() {
            write(&mut written, &mut run);
        }
        if run.is_empty() {
            written.extend_from_slice(before);
        }
        let Some((name, bytes, length)) = word else {
            written.extend_from_slice(b"=?");
            rest = &from[2..];
            continue;
        };
        match run.last_mut() {
            Some((known, whole)) if known.eq_ignore_ascii_case(name) => whole.extend(bytes),
            _ => run.push((name, bytes)),
        }
        rest = &from[length..];
    }
    write(&mut written, &mut run);
    written.extend_from_slice(rest);
    Some(written)
}

/// Writes words as one, in UTF-8.
fn write(written: &mut Vec<u8>, run: &mut Vec<(&str, Vec<u8>)>) {
    if run.is_empty() {
        return;
    }
    let texts = run.drain(..).map(|(name, bytes)| {
        let known = charset::decode(name, &bytes);
        known.unwrap_or_else(|| repair::text_of(&bytes).into_owned())
    });
    let text: String = texts.collect();
    written.extend_from_slice(b"=?utf-8?B?");
    written.extend_from_slice(STANDARD.encode(text).as_bytes());
    written.extend_from_slice(b"?=");
}

/// Reads the encoded word at the start of a text: its charset's name, its bytes, and its length.
fn word(text: &[u8]) -> Option<(&str, Vec<u8>, usize)> {
    let after = text.strip_prefix(b"=?")?;
    let name = after.get(..memchr::memchr(b'?', &after[..after.len().min(LONGEST_NAME)])?)?;
    let name = str::from_utf8(name).ok()?;
    let [b'?', kind, b'?', coded @ ..] = &after[name.len()..] else {
        return None;
    };
    let window = &coded[..coded.len().min(LONGEST_TEXT)];
    let coded = &window[..memmem::find(window, b"?=")?];
    // A word that lacks its end does not swallow the next one.
    if name.trim().is_empty() || name.contains('\n') || memmem::find(coded, b"=?").is_some() {
        return None;
    }
    let bytes = match kind {
        b'b' | b'B' => transfer::from_base64(coded),
        b'q' | b'Q' => transfer::from_q(coded),
        _ => return None,
    };
    Some((
        name,
        bytes,
        "=?".len() + name.len() + "?B?".len() + coded.len() + "?=".len(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(field: &str) -> String {
        let raw = in_utf8(field.as_bytes()).unwrap();
        let written = String::from_utf8(raw).unwrap();
        // All words are of one form now.
        let mut read = String::new();
        let mut rest = written.as_str();
        while let Some((before, after)) = rest.split_once("=?utf-8?B?") {
            let (coded, after) = after.split_once("?=").unwrap();
            let text = transfer::from_base64(coded.as_bytes());
            read += &format!("{before}[{}]", String::from_utf8(text).unwrap());
            rest = after;
        }
        read + rest
    }

    #[test]
    fn words_are_read_whatever_their_charset_is_called() {
        assert_eq!(
            read("From: =?cp50220?B?GyRCOzNFRBsoQg==?= <a@b>\r\n"),
            "From: [山田] <a@b>\r\n"
        );
        assert_eq!(read("X: =?\"windows-31j\"*ja?Q?=8eR,_x?="), "X: [山, x]");
        assert_eq!(read("X: =? utf-8 ?q?a b=C3=A9?="), "X: [a bé]");
        assert_eq!(read("X: =?x-unknown?Q?caf=E9?="), "X: [café]");
    }

    #[test]
    fn words_side_by_side_are_one_and_others_are_not() {
        assert_eq!(
            read("X: =?utf-8?B?5bGx55Q=?=\r\n =?UTF-8?B?sA==?= =?iso-8859-1?Q?=E9?="),
            "X: [山田é]"
        );
        assert_eq!(
            read("X: =?utf-8?Q?a?= and =?utf-8?Q?b?= c"),
            "X: [a] and [b] c"
        );
    }

    #[test]
    fn what_is_no_word_stays() {
        for field in [
            "X: =?",
            "X: =?=?utf-8",
            "X: =?utf-8?Q?never ends",
            "X: =?utf-8?Z?x?=",
            "X: =??Q?x?=",
            "X: 1 =? 2",
        ] {
            assert_eq!(read(field), field);
        }
        assert_eq!(
            read("X: =?utf-8?Q?open =?utf-8?Q?b?="),
            "X: =?utf-8?Q?open [b]"
        );
        assert_eq!(in_utf8(b"X: plain"), None);
    }

    #[test]
    fn many_beginnings_take_no_longer_than_they_are_long() {
        let began = std::time::Instant::now();
        let field = "=?x?q?".repeat(100_000);
        assert_eq!(in_utf8(field.as_bytes()).unwrap().len(), field.len());
        assert!(began.elapsed() < std::time::Duration::from_secs(20));
    }
}
