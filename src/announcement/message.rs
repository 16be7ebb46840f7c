//! The only file that knows mail-parser: one message in, its decoded header fields and body text out. Never fails:
//! of what the parser cannot read, the header fields are still read, so that no subject is lost.

use std::borrow::Cow;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

use jiff::Timestamp;
use mail_parser::{HeaderName, HeaderValue, MessageParser, MimeHeaders, PartType};

use super::header::{fields_of, header_end};
use super::{bundle, html, mending, sender, text, thin};

/// What is looked at of a message; more than the largest announcement ever sent by far.
const READ_AT_MOST: usize = 1024 * 1024;
/// What is looked at of a list's digest, which may hold a day of them.
const READ_OF_A_DIGEST: usize = 64 * 1024 * 1024;

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
    let message = open_start(&raw[..raw.len().min(READ_AT_MOST)]);
    if raw.len() > READ_AT_MOST && bundle::is_digest(&message) {
        return open_start(&raw[..raw.len().min(READ_OF_A_DIGEST)]);
    }
    message
}

fn open_start(raw: &[u8]) -> Message {
    let raw = &*mending::header(mending::without_mbox_line(raw));
    silence_reading_panics();
    READING.set(true);
    let read = catch_unwind(AssertUnwindSafe(|| parse(raw)));
    READING.set(false);
    match read {
        Ok(Some(message)) => message,
        _ => header_only(raw),
    }
}

/// What is left when the body cannot be read: the header by itself has no parts to stumble over.
fn header_only(raw: &[u8]) -> Message {
    let end = header_end(raw);
    READING.set(true);
    let read = catch_unwind(AssertUnwindSafe(|| {
        let fields: Vec<u8> = fields_of(&raw[..end])
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

fn parse(raw: &[u8]) -> Option<Message> {
    let thin = thin::thinned(raw);
    let parsed = MessageParser::default().parse(&thin)?;
    let header = |name: &'static str| parsed.header(HeaderName::Other(name.into())).map(words);
    let mut message = Message {
        subject: text::one_line(parsed.subject().unwrap_or_default()),
        from: parsed
            .from()
            .and_then(|from| from.first())
            .map(|from| {
                let (name, address) = (from.name.as_deref(), from.address.as_deref());
                sender::author(name.unwrap_or_default(), address, || {
                    header("X-Original-From").or_else(|| written(parsed.reply_to()))
                })
            })
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
    message.text = mending::without_mbox_quotes(text::clean(&body(&parsed)));
    Some(message)
}

/// The text of all parts that are shown: a gateway may have put its warning in front as a part of its own.
fn body<'a>(parsed: &'a mail_parser::Message<'_>) -> Cow<'a, str> {
    if let [only] = parsed.text_body.as_slice() {
        let text = part_text(parsed, *only);
        if !text.trim_ascii().is_empty() {
            return text;
        }
    }
    let all = |ids: &[u32]| {
        ids.iter()
            .map(|id| part_text(parsed, *id))
            .collect::<Vec<_>>()
            .join("\n")
    };
    let said = |text: &String| !text.trim_ascii().is_empty();
    let text = Some(all(&parsed.text_body))
        .filter(said)
        .or_else(|| Some(all(&parsed.html_body)).filter(said))
        .or_else(|| Some(of_inner(parsed)).filter(said));
    Cow::Owned(text.unwrap_or_else(|| as_it_stands(parsed)))
}

/// What a message says that only holds others: their subjects and texts.
fn of_inner(parsed: &mail_parser::Message<'_>) -> String {
    let inner = parsed.parts.iter().filter_map(|part| match &part.body {
        PartType::Message(inner) => Some(format!(
            "{}\n\n{}\n\n",
            inner.subject().unwrap_or_default(),
            inner.body_text(0).unwrap_or_default()
        )),
        _ => None,
    });
    inner.collect()
}

/// A body in parts of which none was found.
fn as_it_stands(parsed: &mail_parser::Message<'_>) -> String {
    let in_parts = parsed
        .content_type()
        .is_some_and(|kind| kind.ctype().eq_ignore_ascii_case("multipart"));
    if in_parts {
        mending::without_part_headers(&parsed.raw_message)
    } else {
        String::new()
    }
}

fn part_text<'a>(parsed: &'a mail_parser::Message<'_>, id: u32) -> Cow<'a, str> {
    let Some(part) = parsed.parts.get(id as usize) else {
        return Cow::Borrowed("");
    };
    match &part.body {
        PartType::Text(text) if text.is_ascii() => Cow::Borrowed(text),
        PartType::Text(text) => {
            let kind = part.content_type();
            let declared = kind.and_then(|kind| kind.attribute("charset"));
            let is_lost = text.contains('\u{fffd}')
                || declared.is_some_and(|charset| charset.eq_ignore_ascii_case("us-ascii"));
            let as_sent = matches!(part.encoding, mail_parser::Encoding::None).then(|| {
                let (start, end) = (part.offset_body as usize, part.offset_end as usize);
                parsed.raw_message.get(start..end)
            });
            match as_sent.flatten() {
                Some(bytes) if is_lost => Cow::Owned(mending::body(bytes)),
                _ => Cow::Borrowed(text),
            }
        }
        PartType::Html(text) => Cow::Owned(html::to_text(text)),
        _ => Cow::Borrowed(""),
    }
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

/// The addresses of a field, one behind the other.
fn written(addresses: Option<&mail_parser::Address<'_>>) -> Option<String> {
    let all: Vec<&str> = addresses?
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
        for raw in ["\u{feff}Subject: x\n\nbody", "\r\n\nSubject: x\n\nbody"] {
            assert_eq!(open(raw.as_bytes()).subject, "x");
        }
        assert_eq!(open(b"\n\nNo header: x").text, "No header: x");
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
        let (plain, dressed) = (open(plain.as_bytes()), open(dressed.as_bytes()));
        assert_eq!(plain.subject, "café folded");
        assert_eq!(
            (&plain.subject, &plain.from, &plain.text),
            (&dressed.subject, &dressed.from, &dressed.text)
        );
    }

    #[test]
    fn letters_beyond_ascii_in_a_text_that_denies_them_are_kept() {
        let raw = b"Content-Type: text/plain; charset=\"us-ascii\"\n\ncaf\xe9\n";
        assert_eq!(open(raw).text, "caf\u{e9}");
    }

    #[test]
    fn a_rewritten_author_is_undone() {
        let from = |header: &str| open(format!("{header}\n\n").as_bytes()).from;
        assert_eq!(
            from("From: internet-drafts=40ietf.org@dmarc.ietf.org"),
            "internet-drafts@ietf.org"
        );
        assert_eq!(
            from("From: rfc-editor at rfc-editor.org (The RFC Editor)"),
            "rfc-editor@rfc-editor.org"
        );
        let via = "From: 'internet-drafts@ietf.org' via Readers <readers@lists.example>\nX-Original-From: internet-drafts@ietf.org";
        assert_eq!(from(via), "internet-drafts@ietf.org");
        let munged = "From: \"rfc-editor--- via rfc-dist\" <rfc-dist@rfc-editor.org>\nReply-To: rfc-dist@rfc-editor.org, rfc-editor@rfc-editor.org";
        assert_eq!(from(munged), "rfc-editor@rfc-editor.org");
        assert_eq!(
            from("From: Ann via Bob <ann@example.org>"),
            "ann@example.org"
        );
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
