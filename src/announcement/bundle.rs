//! A list's own digests: one mail with many inside. Each inner message is an announcement of the outer list, since its
//! own List-Id was taken away (Mailman: a MIME digest, or the plain one of RFC 1153).

use super::message::Message;
use super::notice::without_prefix;
use super::text::{find_ignoring_case, starts_ignoring_case};

/// The rule between messages of a plain digest: thirty hyphens (RFC 1153).
const BETWEEN: &str = "------------------------------";
/// The rule behind its table of contents: seventy.
const BEHIND_CONTENTS: usize = 70;

/// The messages inside, each as a message of its own; empty where this is no digest.
pub(super) fn messages(message: &Message) -> Vec<Vec<u8>> {
    if !is_digest(message) {
        return Vec::new();
    }
    if !message.inner.is_empty() {
        return message.inner.clone();
    }
    let mut lines = message.text.lines();
    let is_contents_rule =
        |line: &str| line.len() >= BEHIND_CONTENTS && line.bytes().all(|byte| byte == b'-');
    // Nothing before the table of contents is a message.
    if !lines.any(is_contents_rule) {
        return Vec::new();
    }
    let rest: Vec<&str> = lines.collect();
    let mut found: Vec<Vec<u8>> = Vec::new();
    for piece in rest.split(|line| *line == BETWEEN) {
        match single(piece) {
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

/// A piece that begins with a header, as a message. What the header says of the body's form was true of the message
/// that was put in; here its text is decoded and flat.
fn single(piece: &[&str]) -> Option<Vec<u8>> {
    let start = piece.iter().position(|line| !line.trim().is_empty())?;
    let lines = &piece[start..];
    let end = lines
        .iter()
        .position(|line| line.is_empty())
        .unwrap_or(lines.len());
    let (header, body) = lines.split_at(end);
    let is_field = |line: &&str, name: &str| starts_ignoring_case(line, name);
    if !header.iter().any(|line| is_field(line, "subject:")) {
        return None;
    }
    let mut text = String::new();
    let mut dropped = false;
    for line in header {
        let folded = line.starts_with([' ', '\t']);
        dropped = (folded && dropped) || (!folded && is_field(line, "content-"));
        if !dropped {
            text.push_str(line);
            text.push('\n');
        }
    }
    text.push_str("Content-Type: text/plain; charset=utf-8\n");
    text.push_str(&body.join("\n"));
    Some(text.into_bytes())
}

/// Whether a message is a list's digest, by its subject or by who sends such things: `I-D-Announce Digest, Vol 197,
/// Issue 12` from `i-d-announce-request@ietf.org`. A person may send several messages in one too, which is a forward.
pub(super) fn is_digest(message: &Message) -> bool {
    let subject = without_prefix(&message.subject);
    let named = find_ignoring_case(subject, " Digest, Vol ").is_some_and(|at| {
        subject[at..].contains(", Issue ") && !subject[..at].contains([' ', ':'])
    });
    let local = message.from.split('@').next().unwrap_or_default();
    named || (local.ends_with("-request") && !message.inner.is_empty())
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
        let found = messages(&message);
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
            assert!(messages(&other).is_empty());
        }
    }
}
