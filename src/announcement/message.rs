//! The only file that knows mail-parser: one message in, its decoded header fields and body text out. Never fails:
//! of what the parser cannot read, the header fields are still read, so that no subject is lost.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use jiff::Timestamp;
use mail_parser::{HeaderName, HeaderValue, MessageParser, MimeHeaders, PartType};

use super::text;

/// What is looked at of a message; more than the largest announcement ever sent by far.
const READ_AT_MOST: usize = 1024 * 1024;

/// A message, decoded.
#[derive(Debug, Default)]
pub(super) struct Message {
    /// Decoded, on one line.
    pub subject: String,
    /// The author's bare address in lower case; empty where there is none.
    pub from: String,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The `Date` field, where it is a possible date.
    pub date: Option<Timestamp>,
    /// The `List-Id` field, decoded.
    pub list_id: Option<String>,
    /// Addresses of lists that say they have carried it: `X-BeenThere`, `Sender`, `To`, `Cc`; lower case.
    pub carriers: Vec<String>,
    /// The body's text with LF line ends, without the list's footer.
    pub text: String,
    /// The messages inside a MIME digest.
    pub inner: Vec<Vec<u8>>,
    /// Values of `X-Nikkan-Edition` and the like.
    pub own: bool,
    /// A report about a mail that could not be delivered, or somebody's automatic answer.
    pub automatic: bool,
}

thread_local! {
    static READING: Cell<bool> = const { Cell::new(false) };
}

/// Debug builds of mail-parser 0.11 panic on a nested message that is cut short. The panic is caught, and its text is
/// kept off the standard error of whoever reads mail: it is no fault of theirs.
fn silence_reading_panics() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !READING.get() {
                before(panic);
            }
        }));
    });
}

/// Reads a message; of one that the parser cannot read, the header and the plain body.
pub(super) fn open(raw: &[u8]) -> Message {
    let raw = &raw[..raw.len().min(READ_AT_MOST)];
    let raw = without_mbox_line(raw);
    silence_reading_panics();
    READING.set(true);
    let read = catch_unwind(AssertUnwindSafe(|| parse(raw)));
    READING.set(false);
    match read {
        Ok(Some(message)) => message,
        _ => header_only(raw),
    }
}

/// Some archives keep the mbox separator as the first line, which is no header field.
fn without_mbox_line(raw: &[u8]) -> &[u8] {
    let is_separator = raw.starts_with(b"From ") || raw.starts_with(b">From ");
    match raw.iter().position(|byte| *byte == b'\n') {
        Some(end) if is_separator => &raw[end + 1..],
        _ => raw,
    }
}

/// What is left when the body cannot be read: the header by itself has no parts to stumble over.
fn header_only(raw: &[u8]) -> Message {
    let end = header_end(raw);
    READING.set(true);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let fields: Vec<u8> = fields_of(&raw[..end])
            .into_iter()
            .filter(|field| {
                let name: Vec<u8> = field.iter().take(8).map(u8::to_ascii_lowercase).collect();
                !name.starts_with(b"content-")
            })
            .flatten()
            .copied()
            .chain(*b"\r\n")
            .collect();
        parse(&fields)
    }));
    READING.set(false);
    let mut message = read.ok().flatten().unwrap_or_default();
    message.text = text::clean(&String::from_utf8_lossy(&raw[end..]));
    message
}

/// Splits a header into its fields, each with its folded lines.
fn fields_of(header: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, byte) in header.iter().enumerate() {
        let next = header.get(at + 1);
        let folded = matches!(next, Some(b' ' | b'\t'));
        if *byte == b'\n' && !folded {
            fields.push(&header[start..=at]);
            start = at + 1;
        }
    }
    fields.push(&header[start..]);
    fields
}

fn header_end(raw: &[u8]) -> usize {
    let mut line_start = 0;
    for (at, byte) in raw.iter().enumerate() {
        if *byte == b'\n' {
            let line = &raw[line_start..at];
            if line.is_empty() || line == b"\r" {
                return at + 1;
            }
            line_start = at + 1;
        }
    }
    raw.len()
}

fn parse(raw: &[u8]) -> Option<Message> {
    let parsed = MessageParser::default().parse(raw)?;
    let header = |name: &'static str| parsed.header(HeaderName::Other(name.into())).map(words);
    let mut message = Message {
        subject: text::one_line(parsed.subject().unwrap_or_default()),
        from: parsed
            .from()
            .and_then(|from| from.first())
            .and_then(|from| from.address.as_deref())
            .map(author)
            .unwrap_or_default(),
        message_id: parsed
            .message_id()
            .map(|id| id.trim_matches(['<', '>', ' ']).to_owned())
            .filter(|id| !id.is_empty()),
        date: parsed
            .date()
            .filter(|date| date.is_valid())
            .and_then(|date| Timestamp::from_second(date.to_timestamp()).ok()),
        list_id: Some(words(parsed.list_id())).filter(|id| !id.is_empty()),
        own: header("X-Nikkan-Edition").is_some(),
        ..Message::default()
    };
    message.automatic = parsed
        .header(HeaderName::AutoSubmitted)
        .map(words)
        .is_some_and(|value| {
            value
                .trim()
                .to_ascii_lowercase()
                .starts_with("auto-replied")
        })
        || header("X-Failed-Recipients").is_some()
        || parsed
            .content_type()
            .is_some_and(|kind| kind.subtype() == Some("report"));
    message.carriers.extend(header("X-BeenThere"));
    for addresses in [parsed.sender(), parsed.to(), parsed.cc()]
        .into_iter()
        .flatten()
    {
        for address in addresses.iter() {
            message
                .carriers
                .extend(address.address.as_deref().map(str::to_owned));
            message
                .carriers
                .extend(address.name.as_deref().map(str::to_owned));
        }
    }
    // `IETF-Announce: ;` is an empty group: it has no address, only a name.
    message.carriers.extend(groups(parsed.to()));
    for carrier in &mut message.carriers {
        carrier.make_ascii_lowercase();
    }
    let is_digest = parsed.parts.iter().any(|part| {
        part.content_type()
            .is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("digest"))
    });
    if is_digest {
        message.inner = parsed
            .parts
            .iter()
            .filter_map(|part| match &part.body {
                PartType::Message(inner) => Some(inner.raw_message().to_vec()),
                _ => None,
            })
            .collect();
    }
    let body = parsed.body_text(0).unwrap_or_default();
    message.text = text::clean(&body);
    Some(message)
}

fn groups(to: Option<&mail_parser::Address<'_>>) -> Vec<String> {
    match to {
        Some(mail_parser::Address::Group(groups)) => groups
            .iter()
            .filter_map(|group| group.name.as_deref().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// A field's value as text, whatever structure the parser saw in it.
fn words(value: &HeaderValue<'_>) -> String {
    match value {
        HeaderValue::Text(text) => text.clone().into_owned(),
        HeaderValue::TextList(list) => list.join(" "),
        HeaderValue::Address(addresses) => addresses
            .iter()
            .map(|address| {
                format!(
                    "{} <{}>",
                    address.name.as_deref().unwrap_or_default(),
                    address.address.as_deref().unwrap_or_default()
                )
            })
            .collect::<Vec<_>>()
            .join(" "),
        _ => String::new(),
    }
}

/// The author's address; a list that rewrote it for DMARC (`name=40host@dmarc.ietf.org`) is undone.
fn author(address: &str) -> String {
    let address = address.trim().to_ascii_lowercase();
    match address.strip_suffix("@dmarc.ietf.org") {
        Some(hidden) => hidden.replace("=40", "@"),
        None => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_message_cut_short_keeps_its_subject() {
        let raw = b"Subject: still here\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n--b--";
        assert_eq!(open(raw).subject, "still here");
    }

    #[test]
    fn nothing_at_all_is_an_empty_message() {
        assert_eq!(open(b"").subject, "");
        assert_eq!(open(b"\r\n\r\n").text, "");
    }

    #[test]
    fn an_mbox_line_is_no_header_field() {
        let message = open(b"From somebody Fri Sep  9 15:33:46 1994\nSubject: x\n\nbody\n");
        assert_eq!(
            (message.subject.as_str(), message.text.as_str()),
            ("x", "body")
        );
    }

    #[test]
    fn a_rewritten_author_is_undone() {
        let raw = b"From: internet-drafts=40ietf.org@dmarc.ietf.org\n\n";
        assert_eq!(open(raw).from, "internet-drafts@ietf.org");
    }

    #[test]
    fn an_impossible_date_is_no_date() {
        assert_eq!(
            open(b"Date: Tue, 31 Feb 2025 25:61:00 +0000\n\n").date,
            None
        );
        let good = open(b"Date: Fri, 28 Nov 2025 00:22:15 -0800\n\n").date;
        assert_eq!(good.unwrap().to_string(), "2025-11-28T08:22:15Z");
    }

    #[test]
    fn our_own_mail_and_automatic_answers_are_known_whatever_stands_around_them() {
        let own = b"List-Id: <i-d-announce.ietf.org>\r\nX-Nikkan-Contents: 00 11\r\n 22\r\nX-Nikkan-Edition: daily\r\n\r\n";
        assert!(open(own).own);
        for answer in [
            "Auto-Submitted: auto-replied\r\nSubject: x\r\n\r\n",
            "Subject: x\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\n",
        ] {
            assert!(open(answer.as_bytes()).automatic, "{answer}");
        }
    }
}
