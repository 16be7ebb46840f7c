//! Charsets of seven bits, which say by escapes and shifts what the bytes after them stand for: ISO-2022-JP with its
//! extensions, ISO-2022-KR, ISO-2022-CN, HZ and UTF-7.

use encoding_rs::{EUC_JP, UTF_16BE};

use super::transfer;

/// True when text without a charset is in ISO-2022-JP (RFC 1468), which is ASCII and escapes.
fn is_jis(bytes: &[u8]) -> bool {
    let begins = |rest: &[u8]| rest.starts_with(b"$B") || rest.starts_with(b"$@");
    memchr::memchr_iter(ESCAPE, bytes).any(|at| begins(&bytes[at + 1..])) && bytes.is_ascii()
}

/// Decodes text without a charset, when it is in ISO-2022-JP.
pub(super) fn from_unnamed_jis(bytes: &[u8]) -> Option<String> {
    is_jis(bytes).then(|| from_jis(bytes))
}

pub(super) const ESCAPE: u8 = 0x1b;
const SHIFT_OUT: u8 = 0x0e;
const SHIFT_IN: u8 = 0x0f;

/// What the bytes stand for, in ISO-2022-JP and its extensions (RFC 1468, RFC 1554, Microsoft's 50220 to 50222).
#[derive(Clone, Copy, PartialEq, Eq)]
enum JisSet {
    Ascii,
    Katakana,
    Kanji,
    Supplement,
}

/// Decodes ISO-2022-JP with all its extensions, over EUC-JP, which has the same letters.
pub(super) fn from_jis(bytes: &[u8]) -> String {
    let mut euc = Vec::with_capacity(bytes.len() + 16);
    let mut set = JisSet::Ascii;
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match (*first, set) {
            (ESCAPE, _) => {
                let (named, length) = jis_set(after);
                set = named.unwrap_or(set);
                rest = &after[length..];
            }
            (SHIFT_OUT, _) => set = JisSet::Katakana,
            (SHIFT_IN, _) => set = JisSet::Ascii,
            // A line begins in ASCII, whatever the one before has forgotten.
            (b'\n', _) => {
                set = JisSet::Ascii;
                euc.push(b'\n');
            }
            (byte @ 0x21..=0x7e, JisSet::Katakana) => euc.extend([0x8e, byte | 0x80]),
            (byte @ 0x21..=0x7e, JisSet::Kanji | JisSet::Supplement) => {
                let [second @ 0x21..=0x7e, after @ ..] = after else {
                    continue;
                };
                rest = after;
                if set == JisSet::Supplement {
                    euc.push(0x8f);
                }
                euc.extend([byte | 0x80, second | 0x80]);
            }
            (byte, _) => euc.push(byte),
        }
    }
    EUC_JP.decode_without_bom_handling(&euc).0.into_owned()
}

/// Reads an escape sequence without its first byte: the set that it chooses, and its length.
fn jis_set(after: &[u8]) -> (Option<JisSet>, usize) {
    match after {
        [b'(', b'B' | b'J' | b'H', ..] => (Some(JisSet::Ascii), 2),
        [b'(', b'I', ..] => (Some(JisSet::Katakana), 2),
        [b'$', b'@' | b'B', ..] => (Some(JisSet::Kanji), 2),
        [b'$', b'(', b'D', ..] => (Some(JisSet::Supplement), 3),
        [b'$', b'(', b'@' | b'B' | b'O' | b'Q', ..] => (Some(JisSet::Kanji), 3),
        [b'&', b'@', ..] => (None, 2),
        _ => (None, 0),
    }
}

/// Undoes ISO-2022-KR (RFC 1557) and ISO-2022-CN (RFC 1922): what is shifted out has its eighth bit back.
pub(super) fn shifted(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes.len());
    let mut is_out = false;
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        rest = after;
        match *first {
            ESCAPE if after.starts_with(b"$)") => rest = after.get(3..).unwrap_or_default(),
            SHIFT_OUT => is_out = true,
            SHIFT_IN => is_out = false,
            byte @ 0x21..=0x7e if is_out => whole.push(byte | 0x80),
            byte => whole.push(byte),
        }
    }
    whole
}

/// Undoes HZ (RFC 1843): `~{` begins Chinese and `~}` ends it, `~~` is a tilde.
pub(super) fn from_hz(bytes: &[u8]) -> Vec<u8> {
    let mut whole = Vec::with_capacity(bytes.len());
    let mut is_chinese = false;
    let mut rest = bytes;
    while let [first, after @ ..] = rest {
        let mut used = 1;
        match (*first, after.first()) {
            (b'~', Some(b'{')) => (is_chinese, used) = (true, 2),
            (b'~', Some(b'}')) => (is_chinese, used) = (false, 2),
            (b'~', Some(b'\n')) => used = 2,
            (b'~', Some(b'~')) if !is_chinese => {
                whole.push(b'~');
                used = 2;
            }
            (byte @ 0x21..=0x7e, _) if is_chinese => whole.push(byte | 0x80),
            (byte, _) => {
                is_chinese &= byte != b'\n';
                whole.push(byte);
            }
        }
        rest = &rest[used..];
    }
    whole
}

/// Decodes UTF-7 (RFC 2152): between `+` and the first byte that is no base64 stands UTF-16; a `-` there only ends it, and
/// `+-` is a plus.
pub(super) fn from_utf7(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(plus) = memchr::memchr(b'+', rest) {
        text.push_str(&String::from_utf8_lossy(&rest[..plus]));
        let after = &rest[plus + 1..];
        let is_code = |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
        let length = after.iter().take_while(is_code).count();
        let (code, after) = after.split_at(length);
        let ended = after.strip_prefix(b"-");
        if code.is_empty() {
            text.push('+');
        } else {
            let units = transfer::from_base64(code);
            // What is left of the last unit is only filling.
            let whole = &units[..units.len() & !1];
            text.push_str(&UTF_16BE.decode_without_bom_handling(whole).0);
        }
        rest = ended.unwrap_or(after);
    }
    text.push_str(&String::from_utf8_lossy(rest));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stateful_charsets_are_read_in_all_their_forms() {
        // Two words side by side, katakana of half width in both ways, the supplementary kanji, a forgotten end.
        assert_eq!(from_jis(b"\x1b$B;3\x1b(B\x1b$BED\x1b(B"), "山田");
        assert_eq!(from_jis(b"\x1b(I6E\x1b(B"), "ｶﾅ");
        assert_eq!(from_jis(b"\x0e6E\x0f"), "ｶﾅ");
        assert_eq!(from_jis(b"\x1b$(D0!\x1b(B"), "丂");
        assert_eq!(from_jis(b"\x1b$B;3\nABC"), "山\nABC");
        assert_eq!(from_jis(b"\x1b$B;\x1b"), "");
        assert_eq!(shifted(b"\x1b$)C\x0e1h\x0f x"), b"\xb1\xe8 x");
        assert_eq!(shifted(b"\x1b$)A\x0eI=\x0f"), b"\xc9\xbd");
        assert_eq!(from_hz(b"~{I=Lo~} ~~"), b"\xc9\xbd\xcc\xef ~");
        assert!(is_jis(b"x \x1b$B;3\x1b(B") && !is_jis(b"\x1b[31m") && !is_jis("é".as_bytes()));
    }

    #[test]
    fn a_shift_of_utf_7_ends_with_a_hyphen_or_with_anything_else() {
        for (text, expected) in [
            ("Hi Mom +Jjo-!", "Hi Mom ☺!"),
            ("Hi Mom +Jjo!", "Hi Mom ☺!"),
            ("Hi Mom +Jjo--!", "Hi Mom ☺-!"),
            ("1 +- 1 = 2+", "1 + 1 = 2+"),
            ("+ZeVnLIqe\n+ZeU", "日本語\n日"),
            ("+", "+"),
        ] {
            assert_eq!(from_utf7(text.as_bytes()), expected, "{text}");
        }
    }
}
