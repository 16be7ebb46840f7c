//! A list's own digests: one mail with many inside (Mailman: a MIME digest, RFC 2046 section 5.1.5, or the plain one of
//! RFC 1153). The messages inside have lost their List-Id: they are the outer list's.

use super::header::Header;
use super::message::Message;
use super::strip::without_content_fields;

/// The rule between messages of a plain digest: thirty hyphens (RFC 1153).
const BETWEEN: &str = "------------------------------";
/// The length of the rule after its table of contents.
const CONTENTS_RULE: usize = 70;

/// Splits a list's digest into the messages inside; empty when the message is no digest.
pub(crate) fn split_list_digest(message: &Message) -> Vec<Vec<u8>> {
    if !message.is_list_digest() {
        return Vec::new();
    }
    if !message.inner.is_empty() {
        return message.inner.clone();
    }
    let mut lines = message.text.lines();
    let is_contents_rule =
        |line: &str| line.len() >= CONTENTS_RULE && line.bytes().all(|byte| byte == b'-');
    // Nothing before the table of contents is a message.
    if !lines.any(is_contents_rule) {
        return Vec::new();
    }
    let rest: Vec<&str> = lines.collect();
    let mut found: Vec<Vec<u8>> = Vec::new();
    for piece in rest.split(|line| *line == BETWEEN) {
        match message_of(piece) {
            Some(text) => found.push(text),
            None if piece.iter().any(|line| line.starts_with("End of ")) => break,
            // A message may hold such a rule itself.
            None => {
                if let Some(last) = found.last_mut() {
                    last.extend_from_slice(format!("\n{BETWEEN}\n{}", piece.join("\n")).as_bytes());
                }
            }
        }
    }
    found
}

/// Makes a message of a piece that begins with a header. What the header says of the body's form was true of the
/// message that was put in; here its text is decoded and flat.
fn message_of(piece: &[&str]) -> Option<Vec<u8>> {
    let start = piece.iter().position(|line| !line.trim().is_empty())?;
    let piece = piece[start..].join("\n");
    let header = Header::parse(piece.as_bytes());
    header.first("subject")?;
    let mut message = without_content_fields(&header);
    if !message.ends_with(b"\n") {
        message.push(b'\n');
    }
    message.extend_from_slice(b"Content-Type: text/plain; charset=utf-8\n\n");
    message.extend_from_slice(header.body());
    Some(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_digest_is_taken_apart() {
        let text = format!(
            "Send I-D-Announce mailing list submissions to\n\ti-d-announce@ietf.org\n\nToday's Topics:\n\n   1. one\n\n{}\n\nMessage: 1\nDate: Fri, 28 Nov 2025 00:22:15 -0800\nFrom: internet-drafts@ietf.org\nSubject: one\n\nbody one\n\n{BETWEEN}\n\nMessage: 2\nSubject: two\nContent-Type: multipart/mixed;\n boundary=x\n\nbody two\n\n{BETWEEN}\n\nstill two\n\n{BETWEEN}\n\nSubject: Digest Footer\n\n{BETWEEN}\n\nEnd of I-D-Announce Digest, Vol 1, Issue 2\n",
            "-".repeat(70)
        );
        let message = Message {
            subject: "I-D-Announce Digest, Vol 1, Issue 2".into(),
            text,
            ..Message::default()
        };
        let found = split_list_digest(&message);
        assert_eq!(found.len(), 3);
        let second = String::from_utf8_lossy(&found[1]);
        assert!(second.contains("Subject: two\n"));
        assert!(second.contains("charset=utf-8\n\nbody two\n"));
        assert!(second.contains("still two") && !second.contains("boundary"));
        for subject in ["one", "Re: I-D-Announce Digest, Vol 1, Issue 2"] {
            let other = Message {
                subject: subject.into(),
                text: message.text.clone(),
                ..Message::default()
            };
            assert!(split_list_digest(&other).is_empty());
        }
    }
}
