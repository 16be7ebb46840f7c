//! Charsets by the names that mails give them: the registered ones, those of operating systems and databases, and what
//! has quotes, blanks or comments around it. One name too few, and a person's name becomes two of nonsense.

use encoding_rs::{EUC_KR, Encoding, GB18030, WINDOWS_1252};
use mail_parser::decoders::charsets::map::charset_decoder;

use super::escapes::{from_hz, from_jis, from_utf7, shifted};

/// Parts of names, letters and digits only, each with what the encoding is called in its standard (WHATWG Encoding
/// section 4.2) or below. The first that a name holds counts.
const FAMILIES: [(&str, &str); 42] = [
    ("utf7", UTF_7),
    ("cp65000", UTF_7),
    ("utf8", "utf-8"),
    ("cp65001", "utf-8"),
    ("iso2022kr", SHIFTED_KR),
    ("cp50225", SHIFTED_KR),
    ("iso2022jp", JIS),
    ("cp5022", JIS),
    ("iso2022cn", SHIFTED_CN),
    ("hzgb", HZ),
    ("cp51932", "euc-jp"),
    ("sjis", "shift_jis"),
    ("shiftjis", "shift_jis"),
    ("mskanji", "shift_jis"),
    ("31j", "shift_jis"),
    ("932", "shift_jis"),
    ("cp943", "shift_jis"),
    ("eucjp", "euc-jp"),
    ("eucjis", "euc-jp"),
    ("ujis", "euc-jp"),
    ("gb18030", "gb18030"),
    ("gb2312", "gb18030"),
    ("gbk", "gb18030"),
    ("euccn", "gb18030"),
    ("936", "gb18030"),
    ("big5", "big5"),
    ("950", "big5"),
    ("euckr", "euc-kr"),
    ("ksc5601", "euc-kr"),
    ("ksx1001", "euc-kr"),
    ("949", "euc-kr"),
    ("uhc", "euc-kr"),
    ("koi8u", "koi8-u"),
    ("koi8ru", "koi8-u"),
    ("koi8", "koi8-r"),
    ("tis620", "windows-874"),
    ("874", "windows-874"),
    ("850", "850"),
    ("858", "850"),
    ("437", IBM437),
    ("866", "ibm866"),
    ("macroman", "macintosh"),
];

const UTF_7: &str = "utf-7";
const JIS: &str = "iso-2022-jp";
const SHIFTED_KR: &str = "iso-2022-kr";
const SHIFTED_CN: &str = "iso-2022-cn";
const HZ: &str = "hz-gb-2312";
const IBM437: &str = "437";

/// The letters of IBM's code page 437 from 0x80 on, in which mail programs of the 1990s wrote.
const LETTERS_OF_437: &str = "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒáíóúñÑªº¿⌐¬½¼¡«»░▒▓│┤╡╢╖╕╣║╗╝╜╛┐└┴┬├─┼╞╟╚╔╩╦╠═╬╧╨╤╥╙╘╒╓╫╪┘┌█▄▌▐▀\
    αßΓπΣσµτΦΘΩδ∞φε∩≡±≥≤⌠⌡÷≈°∙·√ⁿ²■\u{a0}";

/// Decodes bytes of the charset with this name; `None` when nobody knows the name, or when they are no UTF-8 though it
/// says so. What a charset does not have becomes U+FFFD.
pub(super) fn decode(label: &str, bytes: &[u8]) -> Option<String> {
    let name = known_name(label)?;
    Some(match name {
        "utf-8" => str::from_utf8(bytes).ok()?.to_owned(),
        UTF_7 => from_utf7(bytes),
        "850" => charset_decoder(name.as_bytes())?(bytes),
        JIS => from_jis(bytes),
        SHIFTED_KR => EUC_KR
            .decode_without_bom_handling(&shifted(bytes))
            .0
            .into_owned(),
        SHIFTED_CN => GB18030
            .decode_without_bom_handling(&shifted(bytes))
            .0
            .into_owned(),
        HZ => GB18030
            .decode_without_bom_handling(&from_hz(bytes))
            .0
            .into_owned(),
        IBM437 => from_437(bytes),
        _ => Encoding::for_label(name.as_bytes())?
            .decode(bytes)
            .0
            .into_owned(),
    })
}

/// Decodes bytes of which nobody says the charset, as in a server's reply: UTF-8, else GB18030 where all of it are characters
/// of that, two bytes each, else Windows-1252.
pub fn unlabelled_text(bytes: &[u8]) -> String {
    if let Ok(text) = str::from_utf8(bytes) {
        return text.to_owned();
    }
    let chinese = GB18030.decode_without_bom_handling_and_without_replacement(bytes);
    let plausible = |text: &str| {
        let foreign = || text.chars().filter(|c| !c.is_ascii());
        // Latin letters with accents stand alone; two of them in a row are rare, and all in pairs rarer.
        foreign()
            .all(|c| ('\u{3000}'..'\u{a000}').contains(&c) || ('\u{ff00}'..'\u{ffef}').contains(&c))
            && foreign().count() >= 2
    };
    let chinese = chinese.filter(|text| plausible(text));
    chinese.map_or_else(
        || {
            WINDOWS_1252
                .decode_without_bom_handling(bytes)
                .0
                .into_owned()
        },
        |text| text.into_owned(),
    )
}

/// True for a name under which ASCII is itself, and which every parser knows.
pub(super) fn is_plain(label: &str) -> bool {
    let plain = ["us-ascii", "utf-8", "iso-8859-1", "windows-1252"];
    plain.iter().any(|plain| label.eq_ignore_ascii_case(plain))
}

/// True for a name that the parser of parts knows as it is written, and whose charset it decodes. Of UTF-7 mail-parser
/// 0.11 loses the letter behind a shift without a hyphen.
pub(super) fn is_known(label: &str) -> bool {
    is_plain(label)
        || charset_decoder(label.as_bytes()).is_some() && known_name(label) != Some(UTF_7)
}

/// Returns the name by which [`decode`] knows a charset.
fn known_name(label: &str) -> Option<&'static str> {
    // "utf-8*en" names a language too (RFC 2231 section 5), "(Japanese) cp932" says more than is asked.
    let label = label.split('*').next().unwrap_or_default();
    let label = match (label.find('('), label.rfind(')')) {
        (Some(open), Some(close)) if open < close => [&label[..open], &label[close + 1..]].concat(),
        _ => label.to_owned(),
    };
    let bare: String = label
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| c.to_ascii_lowercase())
        .take(40)
        .collect();
    if let Some((_, known)) = FAMILIES.iter().find(|(part, _)| bare.contains(part)) {
        return Some(known);
    }
    if let Some((_, part)) = bare.split_once("8859") {
        return iso_8859(part);
    }
    if let Some(at) = bare.find("125") {
        let number = format!("windows-{}", bare.get(at..at + 4)?);
        return Encoding::for_label(number.as_bytes()).map(Encoding::name);
    }
    match bare.as_str() {
        "" => None,
        "jis" | "jis7" => Some(JIS),
        "hz" => Some(HZ),
        "ansi" | "ascii" | "usascii" | "us" | "iso646us" | "ansix341968" | "latin1" | "l1" => {
            Some(WINDOWS_1252.name())
        }
        _ => {
            let trimmed = label.trim_matches(|c: char| !c.is_ascii_alphanumeric());
            let known = Encoding::for_label_no_replacement(trimmed.as_bytes());
            known.map(Encoding::name)
        }
    }
}

/// Returns the part of ISO 8859 with this number: `2`, `15`, `8i`, `01`, `2:1987` without its colon.
fn iso_8859(part: &str) -> Option<&'static str> {
    let part = part.trim_start_matches('0');
    let digits = part.bytes().take_while(u8::is_ascii_digit).count();
    let number = match digits {
        // A year may follow: "iso_8859-1:1987", "iso_8859-10:1992".
        5 | 6 => &part[..digits - 4],
        _ => &part[..digits],
    };
    let direction = match &part[digits..] {
        "i" if number == "8" => "-i",
        _ => "",
    };
    let name = format!("iso-8859-{number}{direction}");
    Encoding::for_label(name.as_bytes()).map(Encoding::name)
}

fn from_437(bytes: &[u8]) -> String {
    let letters: Vec<char> = LETTERS_OF_437.chars().collect();
    let letter = |byte: &u8| match byte.checked_sub(0x80) {
        Some(at) => letters
            .get(usize::from(at))
            .copied()
            .unwrap_or(char::REPLACEMENT_CHARACTER),
        None => char::from(*byte),
    };
    bytes.iter().map(letter).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decoded(label: &str, bytes: &[u8]) -> String {
        decode(label, bytes).unwrap_or_else(|| panic!("{label} is not known"))
    }

    #[test]
    fn one_name_of_many_spellings_is_one_name() {
        let jis = b"\x1b$B;3ED\x1b(B, \x1b$BB@O:\x1b(B";
        for label in [
            "iso-2022-jp",
            "ISO-2022-JP",
            "cp50220",
            "CP50221",
            "cp-50222",
            "iso-2022-jp-ms",
            "iso-2022-jp-1",
            "csISO2022JP",
            "x-iso-2022-jp",
            "\"iso-2022-jp\"",
            "'iso-2022-jp'",
            " iso-2022-jp ",
            "iso-2022-jp*ja",
            "iso-2022-jp (Japanese)",
            "(7bit) iso_2022_jp",
        ] {
            assert_eq!(decoded(label, jis), "山田, 太郎", "{label}");
        }
        let sjis = b"\x8eR\x93c";
        for label in [
            "shift_jis",
            "x-sjis",
            "ms_kanji",
            "windows-31j",
            "csWindows31J",
            "cp932",
            "MS932",
            "windows-932",
            "sjis-win",
            "shift-jis",
            "cp943c",
        ] {
            assert_eq!(decoded(label, sjis), "山田", "{label}");
        }
        for label in [
            "euc-jp",
            "eucjp-ms",
            "eucJP-win",
            "x-euc-jp",
            "cp51932",
            "ujis",
        ] {
            assert_eq!(decoded(label, b"\xbb\xb3\xc5\xc4"), "山田", "{label}");
        }
        for label in [
            "x-gbk",
            "gbk",
            "gb2312",
            "GB_2312-80",
            "cp936",
            "ms936",
            "gb18030",
            "euc-cn",
        ] {
            assert_eq!(decoded(label, b"\xc9\xbd\xcc\xef"), "山田", "{label}");
        }
        for label in [
            "ks_c_5601-1987",
            "euc-kr",
            "cp949",
            "windows-949",
            "uhc",
            "ks_c_5601",
            "KSC5601",
        ] {
            assert_eq!(decoded(label, b"\xb1\xe8"), "김", "{label}");
        }
        for label in [
            "big5",
            "cn-big5",
            "big5-hkscs",
            "cp950",
            "x-x-big5",
            "big5-eten",
        ] {
            assert_eq!(decoded(label, b"\xa4s"), "山", "{label}");
        }
        for label in [
            "utf-8",
            "utf8",
            "utf-8mb4",
            "UTF8MB3",
            "unicode-1-1-utf-8",
            "cp65001",
        ] {
            assert_eq!(decoded(label, "Zoë".as_bytes()), "Zoë", "{label}");
        }
        for label in ["utf-7", "unicode-1-1-utf-7", "UTF7", "cp65000"] {
            assert_eq!(decoded(label, b"Zo+AOs-"), "Zoë", "{label}");
        }
        for label in [
            "iso-8859-8-i",
            "iso8859-8",
            "ISO_8859-8:1988",
            "csISO88598I",
        ] {
            assert_eq!(decoded(label, b"\xe0"), "א", "{label}");
        }
        for label in [
            "iso-8859-1",
            "iso8859-1",
            "iso_8859-1:1987",
            "iso-8859-01",
            "latin1",
            "iso8859_15",
            "windows-1252",
            "cp-1252",
            "cp1252",
            "win-1252",
            "x-ansi-1252",
            "us-ascii",
        ] {
            assert_eq!(decoded(label, b"Zo\xeb"), "Zoë", "{label}");
        }
        for label in [
            "cp-850",
            "cp850",
            "ibm850",
            "850",
            "csPC850Multilingual",
            "cp858",
            "cp437",
        ] {
            assert_eq!(decoded(label, b"Zo\x89"), "Zoë", "{label}");
        }
        assert_eq!(decoded("windows-1251", b"\xde"), "Ю");
        assert_eq!(decoded("iso-8859-5", b"\xce"), "Ю");
        assert_eq!(decoded("koi8-r", b"\xe0"), "Ю");
        assert_eq!(decoded("cp866", b"\x9e"), "Ю");
        assert_eq!(decoded("iso_8859-2:1987", b"\xb3"), "ł");
        assert_eq!(decoded("iso-8859-16:2001", b"\xaa"), "Ș");
    }

    #[test]
    fn names_of_nothing_are_no_charset() {
        for label in [
            "",
            "x-unknown",
            "none",
            "8bit",
            "?",
            "日本語",
            "iso-8859-99",
            "windows-1259",
        ] {
            assert_eq!(decode(label, b"x"), None, "{label}");
        }
        assert_eq!(decode("utf-8", b"\xff"), None);
    }

    #[test]
    fn text_without_a_charset_is_made_as_readable_as_it_can_be() {
        assert_eq!(unlabelled_text("schön 邮件".as_bytes()), "schön 邮件");
        assert_eq!(
            unlabelled_text(b"\xd3\xca\xbc\xfe\xd2\xd1\xbd\xd3\xca\xd5 ok"),
            "邮件已接收 ok"
        );
        assert_eq!(unlabelled_text(b"bo\xeete pleine"), "boîte pleine");
        assert_eq!(
            unlabelled_text(b"utilisateur supprim\xe9, d\xe9sol\xe9"),
            "utilisateur supprimé, désolé"
        );
    }

    #[test]
    fn the_letters_of_437_are_all_there() {
        assert_eq!(LETTERS_OF_437.chars().count(), 128);
        assert_eq!(decoded("ibm437", b"\x80\x9b\xe1\xff"), "Ç¢ß\u{a0}");
    }
}
