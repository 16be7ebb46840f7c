//! A message's text, out of its parts: what a reader would see of them, whatever gateways have done to their form.

use std::borrow::Cow;

use mail_parser::{Encoding, Message, MessagePart, MimeHeaders, PartType};

use super::{html, repair};

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
        PartType::Text(text) if text.is_ascii() => Cow::Borrowed(text),
        PartType::Text(text) => match bytes_as_sent(parsed, part) {
            Some(bytes) if is_charset_wrong(part, text) => repair::text_of(bytes),
            _ => Cow::Borrowed(text),
        },
        PartType::Html(text) => Cow::Owned(html::html_to_text(text)),
        _ => Cow::Borrowed(""),
    }
}

/// True when letters were lost, or when there are some that the declared charset does not have.
fn is_charset_wrong(part: &MessagePart<'_>, text: &str) -> bool {
    let kind = part.content_type();
    let declared = kind.and_then(|kind| kind.attribute("charset"));
    text.contains('\u{fffd}')
        || declared.is_some_and(|charset| charset.eq_ignore_ascii_case("us-ascii"))
}

/// Returns a part's bytes, when they are not encoded.
fn bytes_as_sent<'a>(parsed: &'a Message<'_>, part: &MessagePart<'_>) -> Option<&'a [u8]> {
    let (start, end) = (part.offset_body as usize, part.offset_end as usize);
    let is_plain = matches!(part.encoding, Encoding::None);
    is_plain.then(|| parsed.raw_message.get(start..end))?
}
