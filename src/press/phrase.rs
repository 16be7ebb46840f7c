//! Writes the name before an address: as atoms, as a quoted string, or in encoded words (RFC 5322, section 3.2; RFC 2047,
//! section 5).

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use lettre::message::Mailbox;

use super::clean::{self, NAME};
use super::transfer::LINE;
use crate::mail::comparable_address;

/// Bytes of a name that one encoded word holds: with its frame it stays below 75 characters (RFC 2047, section 2).
const WORD: usize = 42;

/// Writes a mailbox for a header: `nikkan <nikkan@example.net>`, `"Doe, Jane" <jane@example.net>`. A domain in other letters is
/// written in A-labels, which every server takes.
pub(super) fn mailbox(mailbox: &Mailbox) -> String {
    let name = mailbox.name.as_deref().map(clean_name).unwrap_or_default();
    let address = match mailbox.email.domain().is_ascii() {
        true => mailbox.email.to_string(),
        false => comparable_address(mailbox.email.as_ref()),
    };
    match name.as_str() {
        "" => address,
        name => {
            let written = phrase(name);
            let last = written.rsplit("\r\n").next().unwrap_or_default();
            let is_over = last.len() + address.len() + 3 > LINE - 6;
            let between = if is_over { "\r\n " } else { " " };
            format!("{written}{between}<{address}>")
        }
    }
}

/// Takes from a name what cannot be shown; hosts in it stay as the operator wrote them.
fn clean_name(name: &str) -> String {
    let kept: String = name
        .chars()
        .filter(|c| !clean::is_hostile(*c) || c.is_whitespace())
        .collect();
    let words: Vec<&str> = kept.split_whitespace().collect();
    words.join(" ").chars().take(NAME).collect()
}

/// Writes a name that is not empty.
fn phrase(name: &str) -> String {
    if !name.is_ascii() {
        return encoded_words(name);
    }
    let is_atom = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~".contains(&byte))
    };
    // What looks like an encoded word would be decoded, unless it is quoted.
    if name.split(' ').all(is_atom) && !name.contains("=?") {
        return name.to_owned();
    }
    let mut quoted = String::with_capacity(name.len() + 2);
    quoted.push('"');
    for c in name.chars() {
        if matches!(c, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(c);
    }
    quoted.push('"');
    quoted
}

/// Writes a name in encoded words, each of whole characters, one a line.
fn encoded_words(name: &str) -> String {
    let mut words: Vec<String> = Vec::new();
    let mut rest = name;
    while !rest.is_empty() {
        let mut end = rest.len().min(WORD);
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        let (word, after) = rest.split_at(end);
        words.push(format!("=?utf-8?b?{}?=", BASE64_STANDARD.encode(word)));
        rest = after;
    }
    words.join("\r\n ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_ascii_is_written_as_it_is_or_quoted() {
        for (name, written) in [
            ("nikkan", "nikkan"),
            ("Ada Example", "Ada Example"),
            ("O'Brien", "O'Brien"),
            ("Doe, Jane", "\"Doe, Jane\""),
            ("nikkan (daily)", "\"nikkan (daily)\""),
            ("J. Doe", "\"J. Doe\""),
            ("a \"b\" \\c", "\"a \\\"b\\\" \\\\c\""),
            ("=?utf-8?q?evil?=", "\"=?utf-8?q?evil?=\""),
        ] {
            assert_eq!(phrase(name), written);
        }
    }

    #[test]
    fn other_names_are_encoded_words_of_whole_characters() {
        assert_eq!(phrase("日刊"), "=?utf-8?b?5pel5YiK?=");
        let long = phrase(&"日刊紙".repeat(30));
        assert!(long.split("\r\n ").count() > 4);
        for word in long.split("\r\n ") {
            let inner = word.trim_start_matches("=?utf-8?b?").trim_end_matches("?=");
            assert!(
                word.len() <= 75
                    && String::from_utf8(BASE64_STANDARD.decode(inner).unwrap()).is_ok()
            );
        }
        assert_eq!(clean_name(" a\r\nBcc:\u{202e}  x "), "a Bcc: x");
    }
}
