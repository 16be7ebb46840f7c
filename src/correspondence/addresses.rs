//! The addresses of a field, and the tokens of ours that stand in them: 24 hexadecimal digits that are a word of their own,
//! as [`tag`](crate::secret::InstallationKey::tag) makes them.

use crate::mail::{Header, comparable_address};

/// Digits of a token.
const TOKEN: usize = 24;

/// Fields that name whom a mail came for. That of a bounce is the sender of the envelope that came back (RFC 3464 section 2);
/// behind a forwarder only what it wrote down is left of it.
const TO: [&str; 6] = [
    "to",
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "apparently-to",
];

/// Returns the addresses in the fields of one name, in lower case.
pub(super) fn addresses(header: &Header<'_>, name: &str) -> Vec<String> {
    let mut found = Vec::new();
    for field in header.all(name) {
        let text = field.text().to_lowercase();
        let words = text.split(|c: char| c.is_whitespace() || ",;<>\"".contains(c));
        let addresses = words.filter(|word| word.contains('@'));
        found.extend(addresses.map(comparable_address));
    }
    found
}

/// Returns the token in the address that a mail came for, in lower case.
pub(super) fn addressed_token(header: &Header<'_>) -> Option<String> {
    TO.iter().find_map(|name| {
        header.all(name).find_map(|field| {
            let text = field.text();
            let local = |word: &str| word.split_once('@').map(|(local, _)| tokens(local).next());
            let mut words = text.split(|c: char| c.is_whitespace() || ",;<>\"".contains(c));
            words.find_map(|word| local(word).flatten())
        })
    })
}

/// Returns the first tokens in the fields `List-Unsubscribe` of a header, in lower case: by them a returned mail proves whose
/// it was.
pub fn unsubscribe_tokens(header: &Header<'_>) -> Vec<String> {
    let mut found = Vec::new();
    for field in header.all("list-unsubscribe") {
        found.extend(tokens(&field.text().replace("%20", " ")).take(UNSUBSCRIBE_TOKENS));
    }
    found.truncate(UNSUBSCRIBE_TOKENS);
    found
}

/// Tokens that are kept of a `List-Unsubscribe`: ours has one.
const UNSUBSCRIBE_TOKENS: usize = 4;

/// Iterates over the tokens in a text, in lower case.
pub(super) fn tokens(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric());
    words
        .filter(|word| word.len() == TOKEN && word.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .map(str::to_ascii_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_a_word_of_its_own() {
        let found = |text: &str| tokens(text).collect::<Vec<_>>();
        let token = "5177e637aaac0b50e5dca8bb";
        for text in [
            "unsubscribe daily 5177e637aaac0b50e5dca8bb",
            "<5177E637AAAC0B50E5DCA8BB>",
            "x+5177e637aaac0b50e5dca8bb@y",
            "配信停止5177e637aaac0b50e5dca8bbです", // Japanese is written without blanks
        ] {
            assert_eq!(found(text), [token], "{text}");
        }
        for text in [
            "",
            "5177e637aaac0b50e5dca8b",
            "5177e637aaac0b50e5dca8bb0",
            "5177e637aaac0b50e5dca8bg",
        ] {
            assert!(found(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_list_unsubscribe_names_its_reader() {
        let found = |raw: &str| unsubscribe_tokens(&Header::parse(raw.as_bytes()));
        let field = "List-Unsubscribe:\r\n <mailto:x@y?subject=unsubscribe%20daily%205177E637aaac0b50e5dca8bb>\r\n";
        assert_eq!(found(field), ["5177e637aaac0b50e5dca8bb"]);
        assert!(found(&field.replace("List-", "X-")).is_empty());
        let many: String = (0..9).map(|n| format!("{n:024x} ")).collect();
        let many = format!("List-Unsubscribe: {many}\r\n");
        assert_eq!(found(&many.repeat(2)).len(), UNSUBSCRIBE_TOKENS);
    }

    #[test]
    fn only_the_local_part_of_a_recipient_names_a_reader() {
        let token = |raw: &str| addressed_token(&Header::parse(raw.as_bytes()));
        let expected = Some("5177e637aaac0b50e5dca8bb".to_owned());
        for raw in [
            "To: nikkan+5177e637aaac0b50e5dca8bb@example.net\r\n\r\n",
            "To: \"x, y\" <NIKKAN+5177E637AAAC0B50E5DCA8BB@Example.net>\r\n\r\n",
            "To: me@example.net,\r\n bounce-5177e637aaac0b50e5dca8bb-x@example.net\r\n\r\n",
            "To: me@example.net\r\nX-Original-To: nikkan+5177e637aaac0b50e5dca8bb@example.net\r\n\r\n",
        ] {
            assert_eq!(token(raw), expected, "{raw}");
        }
        for raw in [
            "",
            "To: 5177e637aaac0b50e5dca8bb\r\n\r\n",
            "To: me@5177e637aaac0b50e5dca8bb.example.net\r\n\r\n",
            "From: nikkan+5177e637aaac0b50e5dca8bb@example.net\r\n\r\n",
        ] {
            assert_eq!(token(raw), None, "{raw}");
        }
    }

    #[test]
    fn addresses_are_compared_without_case() {
        let header = Header::parse(b"From: \"Ann, B\" <Ann@EXAMPLE.org>, b@example.net; x\r\n\r\n");
        assert_eq!(
            addresses(&header, "from"),
            ["ann@example.org", "b@example.net"]
        );
    }
}
