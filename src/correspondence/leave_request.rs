//! Requests of readers to leave: a mail with the word and the token that stand in the digest's `List-Unsubscribe`
//! (RFC 2369 section 3.2), in whatever form a mail program or a person sends it. Only the token counts; who may use it is the
//! archive's to judge.

use memchr::memmem;
use sha2::{Digest as _, Sha256};

use super::addresses::{addresses, tokens};
use crate::mail::{Field, Header, Message};

/// The word in the subject.
const WORD: &str = "unsubscribe";
/// Lines of a body that are looked at: what a person writes above a quoted mail.
const LINES: usize = 20;
/// The most tokens of one mail that are looked at: a reader has one for each edition.
const MOST_TOKENS: usize = 4;
/// The first words of one mail that look like a token, the same ones counted again.
const LOOKED_AT: usize = 20;

/// A mail that asks to let a reader leave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeaveRequest {
    /// The mail's Message-ID without brackets, or a hash of it.
    pub message_id: String,
    /// The tokens in it, in lower case; never empty.
    pub tokens: Vec<String>,
    /// The addresses in its `From`, in lower case.
    pub from: Vec<String>,
    /// True when a machine wrote it, or nobody wants an answer (RFC 3834 section 2).
    pub automatic: bool,
}

/// Returns true when a mail with this header may ask for that: its subject has the word, or is empty, so that the body may.
pub fn may_ask(header: &Header<'_>) -> bool {
    header.first("subject").is_some_and(|field| {
        let value = field.value().trim_ascii();
        let is_encoded = memmem::find(value, b"=?").is_some();
        value.is_empty() || has_word(value) || (is_encoded && has_word(decoded(field).as_bytes()))
    })
}

/// Parses a request; `None` for every other message.
pub fn parse(header: &Header<'_>) -> Option<LeaveRequest> {
    if !may_ask(header) {
        return None;
    }
    let message = Message::from_header(header);
    let asks = has_word(message.subject.as_bytes());
    let mut found: Vec<String> = Vec::new();
    if asks {
        // Some programs take the subject of a mailto as it stands (RFC 6068 section 5).
        found.extend(tokens(&message.subject.replace("%20", " ")).take(LOOKED_AT));
    }
    let automatic = is_automatic(header);
    // What a machine quotes, and what a list writes below each of its mails, nobody asked for.
    if found.is_empty() && !automatic && header.first("list-id").is_none() {
        let text = message.text.replace("%20", " ");
        let lines = text
            .lines()
            .filter(|line| !line.trim_start().starts_with('>'));
        let asking = lines
            .take(LINES)
            .filter(|line| asks || has_word(line.as_bytes()));
        found.extend(asking.flat_map(tokens).take(LOOKED_AT));
    }
    let mut seen: Vec<String> = Vec::new();
    for token in found {
        if !seen.contains(&token) && seen.len() < MOST_TOKENS {
            seen.push(token);
        }
    }
    (!seen.is_empty()).then(|| LeaveRequest {
        message_id: message_id(header),
        tokens: seen,
        from: addresses(header, "from"),
        automatic,
    })
}

/// Returns the Message-ID without brackets; of a mail that has none, a hash of its bytes, so that each is known again.
pub(super) fn message_id(header: &Header<'_>) -> String {
    let field = header
        .first("message-id")
        .map(|field| field.text().into_owned());
    let id: String = field
        .unwrap_or_default()
        .trim_matches(['<', '>', ' ', '\t'])
        .chars()
        .filter(|c| c.is_ascii_graphic())
        .take(MESSAGE_ID)
        .collect();
    match id.is_empty() {
        false => id,
        true => {
            let hash = Sha256::digest(header.message());
            let digits: String = hash
                .iter()
                .take(16)
                .map(|byte| format!("{byte:02x}"))
                .collect();
            format!("sha256:{digits}")
        }
    }
}

/// Characters that are kept of a Message-ID: a line may have no more (RFC 5322 section 2.1.1).
const MESSAGE_ID: usize = 998;

/// Returns true when a machine wrote the mail, or nobody is there to read an answer.
fn is_automatic(header: &Header<'_>) -> bool {
    let says = |name: &str, words: &[&str]| {
        header.all(name).any(|field| {
            let said = field.text().trim().to_ascii_lowercase();
            words.iter().any(|word| said.starts_with(word))
        })
    };
    let submitted = header.first("auto-submitted");
    submitted.is_some_and(|field| !field.text().trim().to_ascii_lowercase().starts_with("no"))
        || says("return-path", &["<>"])
        || says("precedence", &["bulk", "junk", "list"])
        || says("x-auto-response-suppress", &["all"])
        || header.first("x-failed-recipients").is_some()
        || header.is_delivery_report()
        || header.first("from").is_none()
}

/// Returns a subject decoded, without parsing the rest of its message.
fn decoded(subject: Field<'_>) -> String {
    let mut header = subject.bytes().to_vec();
    header.extend_from_slice(b"\r\n");
    Message::parse(&header).subject
}

fn has_word(text: &[u8]) -> bool {
    // Nearly all of other people's subjects are done with here.
    memchr::memchr2_iter(b'u', b'U', text).any(|at| {
        let word = text.get(at..at + WORD.len());
        word.is_some_and(|word| word.eq_ignore_ascii_case(WORD.as_bytes()))
    })
}

#[cfg(test)]
mod tests;
