//! A message, decoded, as the rooms above see it: its fields and its parts, as mail-parser takes them apart. Parsing
//! never fails: of what cannot be taken apart, the header's fields and the plain body are still there, so that no
//! subject is lost.

use jiff::Timestamp;
use mail_parser::{Address, HeaderName, HeaderValue, MessageParser, MimeHeaders, PartType};

use super::body::shown_text;
use super::date;
use super::fields::{author_address, list_address, others_than, without_prefixes};
use super::header::Header;
use super::repair;
use super::strip::{without_content_fields, without_unused_fields};
use super::text::{clean_body, not_empty, one_line, split_ignoring_case, starts_ignoring_case};
use crate::panics;

/// Bytes that are parsed of a message: more than the largest announcement ever sent by far.
const PARSED: usize = 1024 * 1024;
/// Bytes that are parsed of a list's digest, which may hold a day of them.
const PARSED_OF_A_DIGEST: usize = 64 * 1024 * 1024;

/// A message, decoded.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// Decoded, on one line.
    pub subject: String,
    /// The author's bare address in lower case; empty when there is none.
    pub from: String,
    /// The addresses that a list has left of the author when it put its own into `From` (for DMARC, RFC 7489): those of
    /// `X-Original-From`, of the name, of `Reply-To` and of `Cc`, one of which is the author's, in lower case; `None`
    /// when `From` is the author's own.
    pub behind_list: Option<Vec<String>>,
    /// Without angle brackets.
    pub message_id: Option<String>,
    /// The `Date` field, when it is a possible date.
    pub date: Option<Timestamp>,
    /// The date of the topmost `Received` field: when the last server took it (RFC 5321 section 4.4).
    pub relayed: Option<Timestamp>,
    /// The `List-Id` field, decoded (RFC 2919).
    pub list_id: Option<String>,
    /// Addresses of lists that say they have carried it: `X-BeenThere`, `Sender`, `To`, `Cc`; lower case.
    pub carriers: Vec<String>,
    /// The body's text with LF line ends, without the list's footer.
    pub text: String,
    /// The messages inside a MIME digest (RFC 2046 section 5.1.5).
    pub inner: Vec<Vec<u8>>,
    /// True for a digest of our own: it has an `X-Nikkan-Edition` field.
    pub own_digest: bool,
    /// True for a report about a mail that could not be delivered, and for somebody's automatic answer (RFC 3834).
    pub automatic: bool,
}

impl Message {
    /// Parses a message.
    pub fn parse(raw: &[u8]) -> Self {
        Message::from_header(&Header::parse(raw))
    }

    /// Parses the message to which a header belongs.
    pub fn from_header(header: &Header<'_>) -> Self {
        let raw = header.message();
        if raw.len() <= PARSED {
            return parse_from(header, raw);
        }
        let message = parse_from(header, &raw[..PARSED]);
        if message.is_list_digest() {
            return parse_from(header, &raw[..raw.len().min(PARSED_OF_A_DIGEST)]);
        }
        message
    }

    /// True when the message is a list's digest, by its subject or by who sends such things: `I-D-Announce Digest, Vol
    /// 197, Issue 12` from `i-d-announce-request@ietf.org`. A person may send several messages in one too, which is a
    /// forward.
    pub(super) fn is_list_digest(&self) -> bool {
        let subject = without_prefixes(&self.subject);
        let named = subject.contains(", Issue ")
            && split_ignoring_case(subject, " Digest, Vol ").is_some_and(|(list, number)| {
                number.contains(", Issue ") && !list.contains([' ', ':'])
            });
        let local = self.from.split('@').next().unwrap_or_default();
        named || (local.ends_with("-request") && !self.inner.is_empty())
    }
}

/// Parses the start `raw` of a header's message. The header is parsed again only when it begins later than the message,
/// when the message is cut, or when its bytes had to be repaired.
fn parse_from(header: &Header<'_>, raw: &[u8]) -> Message {
    let start = repair::without_separator(raw);
    let again = (start.len() != header.message().len()).then(|| Header::parse(start));
    let header = again.as_ref().unwrap_or(header);
    match repair::header_in_utf8(header) {
        None => parse_repaired(header),
        Some(repaired) => parse_repaired(&Header::parse(&repaired)),
    }
}

/// Parses a message whose header is UTF-8.
fn parse_repaired(header: &Header<'_>) -> Message {
    let message = guarded(|| parse_stripped(&without_unused_fields(header)))
        .unwrap_or_else(|| parse_header_only(header));
    // A relay may have added a second one: the first that can be read is as good as any, and always the same.
    let mut dates = header.all("date");
    Message {
        date: dates.find_map(|field| date::instant(&field.text())),
        relayed: relayed(header),
        ..message
    }
}

/// Reads the date with which a server's words end, as the greetings of Sendmail and Exchange do: behind a `;`, or behind ` at `.
pub(crate) fn date_at_end(words: &str) -> Option<Timestamp> {
    let behind = |mark: &str| date::instant(words.rsplit_once(mark)?.1);
    behind(";").or_else(|| behind(" at "))
}

/// Reads when the last server took this message, as it says in the topmost `Received` field; `None` where it does not.
pub(crate) fn relayed_at(raw: &[u8]) -> Option<Timestamp> {
    relayed(&Header::parse(raw))
}

/// Reads when the last server took the message: what stands behind the last `;` of the topmost `Received` field.
fn relayed(header: &Header<'_>) -> Option<Timestamp> {
    let field = header.first("received")?;
    let text = field.text();
    date::instant(text.rsplit_once(';')?.1)
}

/// Parses the header by itself, which has no parts to stumble over, and takes the body as it stands.
fn parse_header_only(header: &Header<'_>) -> Message {
    let message = guarded(|| {
        let mut fields = without_content_fields(header);
        fields.extend_from_slice(b"\r\n");
        parse_stripped(&without_unused_fields(&Header::parse(&fields)))
    });
    Message {
        text: clean_body(&String::from_utf8_lossy(header.body())),
        ..message.unwrap_or_default()
    }
}

/// Runs the parser. Debug builds of mail-parser 0.11 panic on a nested message that is cut short.
fn guarded(parse: impl FnOnce() -> Option<Message>) -> Option<Message> {
    panics::caught_quietly(parse).flatten()
}

fn parse_stripped(raw: &[u8]) -> Option<Message> {
    let parsed = MessageParser::default().parse(raw)?;
    let list_id = value_text(parsed.list_id());
    let (from, behind_list) = author(&parsed, &list_id);
    Some(Message {
        subject: one_line(parsed.subject().unwrap_or_default()),
        from,
        behind_list,
        message_id: parsed
            .message_id()
            .and_then(|id| not_empty(id.trim_matches(['<', '>', ' ']))),
        date: None,
        relayed: None,
        list_id: not_empty(list_id),
        carriers: carriers(&parsed),
        text: repair::without_quotes(clean_body(&shown_text(&parsed))),
        inner: messages_of_a_digest(&parsed),
        own_digest: other_field(&parsed, "X-Nikkan-Edition").is_some(),
        automatic: is_automatic(&parsed),
    })
}

/// Returns a field that mail-parser has no name for.
fn other_field(parsed: &mail_parser::Message<'_>, name: &'static str) -> Option<String> {
    parsed
        .header(HeaderName::Other(name.into()))
        .map(value_text)
}

/// Returns the author's address, and what is left of it where the list's own stands in its place.
fn author(parsed: &mail_parser::Message<'_>, list_id: &str) -> (String, Option<Vec<String>>) {
    let Some(from) = parsed.from().and_then(|from| from.first()) else {
        return (String::new(), None);
    };
    let name = from.name.as_deref().unwrap_or_default();
    let written = author_address(name, from.address.as_deref());
    let Some(own) = list_address(list_id).filter(|own| *own == written) else {
        return (written, None);
    };
    let fields = [
        other_field(parsed, "X-Original-From"),
        Some(name.to_owned()),
        addresses(parsed.reply_to()),
        addresses(parsed.cc()),
    ];
    let fields: Vec<String> = fields.into_iter().flatten().collect();
    let behind = others_than(&own, &fields);
    (behind.first().cloned().unwrap_or(written), Some(behind))
}

/// True for delivery reports and automatic answers (RFC 3834 section 5).
fn is_automatic(parsed: &mail_parser::Message<'_>) -> bool {
    let answers = |value: String| starts_ignoring_case(value.trim(), "auto-replied");
    let submitted = parsed.header(HeaderName::AutoSubmitted).map(value_text);
    let kind = parsed.content_type().and_then(|kind| kind.subtype());
    submitted.is_some_and(answers)
        || other_field(parsed, "X-Failed-Recipients").is_some()
        || kind == Some("report")
}

/// Returns the addresses of lists that say they have carried the message, and their names, in lower case.
fn carriers(parsed: &mail_parser::Message<'_>) -> Vec<String> {
    let mut carriers: Vec<String> = other_field(parsed, "X-BeenThere").into_iter().collect();
    let fields = [parsed.sender(), parsed.to(), parsed.cc()];
    for address in fields.into_iter().flatten().flat_map(Address::iter) {
        let both = [&address.address, &address.name];
        carriers.extend(both.into_iter().flatten().map(|text| text.to_string()));
    }
    // `IETF-Announce: ;` is an empty group: it has no address, only a name.
    if let Some(Address::Group(groups)) = parsed.to() {
        let names = groups.iter().filter_map(|group| group.name.as_deref());
        carriers.extend(names.map(str::to_owned));
    }
    for carrier in &mut carriers {
        carrier.make_ascii_lowercase();
    }
    carriers
}

fn messages_of_a_digest(parsed: &mail_parser::Message<'_>) -> Vec<Vec<u8>> {
    let is_digest = |part: &mail_parser::MessagePart<'_>| {
        part.content_type()
            .is_some_and(|kind| kind.ctype() == "multipart" && kind.subtype() == Some("digest"))
    };
    if !parsed.parts.iter().any(is_digest) {
        return Vec::new();
    }
    let inner = parsed.parts.iter().filter_map(|part| match &part.body {
        PartType::Message(inner) => Some(inner.raw_message().to_vec()),
        _ => None,
    });
    inner.collect()
}

/// Returns a field's value as text, whatever structure the parser saw in it.
fn value_text(value: &HeaderValue<'_>) -> String {
    match value {
        HeaderValue::Text(text) => text.clone().into_owned(),
        HeaderValue::TextList(list) => list.join(" "),
        HeaderValue::Address(addresses) => addresses
            .iter()
            .map(|one| {
                let (name, address) = (one.name.as_deref(), one.address.as_deref());
                let (name, address) = (name.unwrap_or_default(), address.unwrap_or_default());
                format!("{name} <{address}>")
            })
            .collect::<Vec<_>>()
            .join(" "),
        _ => String::new(),
    }
}

/// Returns the addresses of a field, divided by blanks.
fn addresses(field: Option<&Address<'_>>) -> Option<String> {
    let all: Vec<&str> = field?
        .iter()
        .filter_map(|address| address.address.as_deref())
        .collect();
    Some(all.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_nested_message_cut_short_keeps_its_subject() {
        let raw = b"Subject: still here\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n--b--";
        assert_eq!(Message::parse(raw).subject, "still here");
    }

    #[test]
    fn a_greeting_tells_the_servers_date_at_its_end_or_none() {
        let date = |words| date_at_end(words).map(|date| date.to_string());
        let told = Some("2026-11-28T09:00:00Z".to_owned());
        for words in [
            "mx.example.net ESMTP Sendmail 8.15.2/8.15.2; Sat, 28 Nov 2026 09:00:00 GMT",
            "EX01 Microsoft ESMTP MAIL Service ready at Sat, 28 Nov 2026 10:00:00 +0100",
        ] {
            assert_eq!(date(words), told, "{words}");
        }
        for words in ["", "mx.example.net ESMTP Postfix", "ready at once; go on"] {
            assert_eq!(date(words), None, "{words}");
        }
    }

    #[test]
    fn nothing_at_all_is_an_empty_message() {
        assert_eq!(Message::parse(b"").subject, "");
        assert_eq!(Message::parse(b"\r\n\r\n").text, "");
    }

    #[test]
    fn an_mbox_line_is_no_header_field() {
        let message =
            Message::parse(b"From somebody Fri Sep  9 15:33:46 1994\nSubject: x\n\nbody\n");
        assert_eq!(
            (message.subject.as_str(), message.text.as_str()),
            ("x", "body")
        );
        for raw in ["\u{feff}Subject: x\n\nbody", "\r\n\nSubject: x\n\nbody"] {
            assert_eq!(Message::parse(raw.as_bytes()).subject, "x");
        }
        assert_eq!(Message::parse(b"\n\nNo header: x").text, "No header: x");
    }

    #[test]
    fn fields_that_are_not_used_change_nothing() {
        let plain = "Subject: =?utf-8?Q?caf=C3=A9?=\n folded\nFrom: A <a@ietf.org>\n\nbody";
        let dressed = format!(
            "Received: from x\n by y; Fri, 28 Nov 2025 01:05:37 -0800\nno field at all\n{}",
            plain.replace(
                "\n\n",
                "\nContent-Type: text/plain; charset=\"us-ascii\"\nX-Y: z\n\n"
            )
        );
        let (plain, dressed) = (
            Message::parse(plain.as_bytes()),
            Message::parse(dressed.as_bytes()),
        );
        assert_eq!(plain.subject, "café folded");
        assert_eq!(
            (&plain.subject, &plain.from, &plain.text),
            (&dressed.subject, &dressed.from, &dressed.text)
        );
    }

    #[test]
    fn letters_beyond_ascii_in_a_text_that_denies_them_are_kept() {
        let raw = b"Content-Type: text/plain; charset=\"us-ascii\"\n\ncaf\xe9\n";
        assert_eq!(Message::parse(raw).text, "caf\u{e9}");
    }

    #[test]
    fn a_rewritten_author_is_undone() {
        let from = |header: &str| Message::parse(format!("{header}\n\n").as_bytes()).from;
        assert_eq!(
            from("From: internet-drafts=40ietf.org@dmarc.ietf.org"),
            "internet-drafts@ietf.org"
        );
        assert_eq!(
            from("From: rfc-editor at rfc-editor.org (The RFC Editor)"),
            "rfc-editor@rfc-editor.org"
        );
        let behind = |header: &str| {
            let message = Message::parse(format!("{header}\n\n").as_bytes());
            (message.from, message.behind_list.unwrap_or_default())
        };
        let via = "From: 'internet-drafts@ietf.org' via Readers <readers@lists.example>\nList-Id: <readers.lists.example>\nReply-To: quic@ietf.org";
        let (author, all) = behind(via);
        assert_eq!(author, "internet-drafts@ietf.org");
        assert_eq!(all, ["internet-drafts@ietf.org", "quic@ietf.org"]);
        let munged = "From: \"rfc-editor--- via rfc-dist\" <rfc-dist@rfc-editor.org>\nReply-To: rfc-dist@rfc-editor.org, rfc-editor@rfc-editor.org\nList-Id: <rfc-dist.rfc-editor.org>";
        assert_eq!(from(munged), "rfc-editor@rfc-editor.org");
        let alone = "From: x via L <l@example.org>\nList-Id: <l.example.org>";
        assert_eq!(behind(alone), ("l@example.org".into(), Vec::new()));
        // Another's address is nobody's but his, whatever else he writes.
        let stranger = "From: x via y <me@example.org>\nX-Original-From: internet-drafts@ietf.org\nReply-To: internet-drafts@ietf.org\nList-Id: <l.example.org>";
        let message = Message::parse(format!("{stranger}\n\n").as_bytes());
        assert_eq!(message.from, "me@example.org");
        assert_eq!(message.behind_list, None);
    }

    #[test]
    fn an_impossible_date_is_no_date() {
        assert_eq!(
            Message::parse(b"Date: Tue, 31 Feb 2025 25:61:00 +0000\n\n").date,
            None
        );
        let good = Message::parse(b"Date: Fri, 28 Nov 2025 00:22:15 -0800\n\n").date;
        assert_eq!(good.unwrap().to_string(), "2025-11-28T08:22:15Z");
    }

    #[test]
    fn our_own_mail_and_automatic_answers_are_known_whatever_stands_around_them() {
        let own = b"List-Id: <i-d-announce.ietf.org>\r\nX-Nikkan-Contents: 00 11\r\n 22\r\nX-Nikkan-Edition: daily\r\n\r\n";
        assert!(Message::parse(own).own_digest);
        for answer in [
            "Auto-Submitted: auto-replied\r\nSubject: x\r\n\r\n",
            "Subject: x\r\nAuto-Submitted: auto-replied (vacation)\r\n\r\n",
        ] {
            assert!(Message::parse(answer.as_bytes()).automatic, "{answer}");
        }
    }
}
