//! A message's text, out of its parts: what a reader would see of them, whatever gateways have done to their form.

use std::borrow::Cow;

use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};
use memchr::memchr;

use super::{charset, escapes, html, repair, transfer};

/// Returns the text of all parts that are shown: a gateway may have put its warning in front as a part of its own.
pub(super) fn shown_text<'a>(parsed: &'a Message<'_>) -> Cow<'a, str> {
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
        .or_else(|| Some(enclosed_text(parsed)).filter(said));
    Cow::Owned(text.unwrap_or_else(|| text_outside_parts(parsed)))
}

/// Returns the subjects and texts of the messages inside, for a message that only holds others.
fn enclosed_text(parsed: &Message<'_>) -> String {
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

/// Returns a body in parts of which none was found, as it stands.
fn text_outside_parts(parsed: &Message<'_>) -> String {
    match parsed.content_type() {
        Some(kind) if kind.ctype().eq_ignore_ascii_case("multipart") => {
            repair::without_part_headers(&parsed.raw_message)
        }
        _ => String::new(),
    }
}

fn part_text<'a>(parsed: &'a Message<'_>, id: u32) -> Cow<'a, str> {
    let Some(part) = parsed.parts.get(id as usize) else {
        return Cow::Borrowed("");
    };
    match &part.body {
        PartType::Text(text) => decoded(parsed, part, text),
        PartType::Html(text) => Cow::Owned(html::html_to_text(&decoded(parsed, part, text))),
        _ => Cow::Borrowed(""),
    }
}

/// Returns a part's text, decoded anew where the parser did not know its charset, or where that is not what it says.
fn decoded<'a>(parsed: &'a Message<'_>, part: &MessagePart<'_>, text: &'a str) -> Cow<'a, str> {
    let kind = part.content_type();
    let label = kind.and_then(|kind| kind.attribute("charset"));
    let plain = label.is_none_or(charset::is_plain);
    if plain && text.is_ascii() && memchr(escapes::ESCAPE, text.as_bytes()).is_none() {
        return Cow::Borrowed(text);
    }
    let Some(bytes) = bytes_as_sent(parsed, part) else {
        return Cow::Borrowed(text);
    };
    // What is UTF-8 was never anything else by chance; so are the escapes of ISO-2022-JP.
    if let Some(text) = escapes::from_unnamed_jis(&bytes) {
        return Cow::Owned(text);
    }
    let wrong = text.contains('\u{fffd}') || label.is_some_and(|label| !charset::is_known(label));
    let denied = label.is_some_and(|label| label.eq_ignore_ascii_case("us-ascii"));
    if !wrong && !denied {
        return Cow::Borrowed(text);
    }
    let named = label.filter(|_| !denied && (bytes.is_ascii() || str::from_utf8(&bytes).is_err()));
    let text = named.and_then(|label| charset::decode(label, &bytes));
    Cow::Owned(text.unwrap_or_else(|| repair::text_of(&bytes).into_owned()))
}

/// Returns a part's bytes as they were before they were encoded for the way.
fn bytes_as_sent<'a>(parsed: &'a Message<'_>, part: &MessagePart<'_>) -> Option<Cow<'a, [u8]>> {
    let (start, end) = (part.offset_body as usize, part.offset_end as usize);
    let bytes = parsed.raw_message.get(start..end)?;
    Some(match part.encoding {
        Encoding::None => Cow::Borrowed(bytes),
        Encoding::QuotedPrintable => Cow::Owned(transfer::from_quoted_printable(bytes)),
        Encoding::Base64 => Cow::Owned(transfer::from_base64(bytes)),
    })
}
