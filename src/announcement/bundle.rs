//! A list's own digests: one mail with many inside. Each inner message is an announcement of the outer list, since its
//! own List-Id was taken away (FORMATS of Mailman: a MIME digest, or the plain one of RFC 1153).

use super::message::Message;
use super::text::find_ignoring_case;

/// The rule between messages of a plain digest: thirty hyphens (RFC 1153).
const BETWEEN: &str = "------------------------------";
/// The rule behind its table of contents: seventy.
const BEHIND_CONTENTS: usize = 70;

/// The messages inside, each as a message of its own; empty where this is no digest.
pub(super) fn messages(message: &Message) -> Vec<Vec<u8>> {
    if !message.inner.is_empty() {
        return message.inner.clone();
    }
    if !is_digest(&message.subject) {
        return Vec::new();
    }
    let mut lines = message.text.lines();
    let is_contents_rule =
        |line: &str| line.len() >= BEHIND_CONTENTS && line.bytes().all(|byte| byte == b'-');
    // Nothing before the table of contents is a message.
    if !lines.any(is_contents_rule) {
        return Vec::new();
    }
    let rest: Vec<&str> = lines.collect();
    rest.split(|line| *line == BETWEEN)
        .filter_map(|lines| {
            let start = lines.iter().position(|line| !line.trim().is_empty())?;
            let text = lines[start..].join("\n");
            // The end of a digest has no header, only "End of … Digest".
            let header = text.split("\n\n").next()?;
            let has_subject = header
                .lines()
                .any(|line| line.to_ascii_lowercase().starts_with("subject:"));
            has_subject.then(|| text.into_bytes())
        })
        .collect()
}

/// `I-D-Announce Digest, Vol 197, Issue 12`.
fn is_digest(subject: &str) -> bool {
    find_ignoring_case(subject, " Digest, Vol ")
        .is_some_and(|at| subject[at..].contains(", Issue "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_digest_is_taken_apart() {
        let text = format!(
            "Send I-D-Announce mailing list submissions to\n\ti-d-announce@ietf.org\n\nToday's Topics:\n\n   1. one\n\n{}\n\nMessage: 1\nDate: Fri, 28 Nov 2025 00:22:15 -0800\nFrom: internet-drafts@ietf.org\nSubject: one\n\nbody one\n\n{BETWEEN}\n\nMessage: 2\nSubject: two\n\nbody two\n\n{BETWEEN}\n\nSubject: Digest Footer\n\n{BETWEEN}\n\nEnd of I-D-Announce Digest, Vol 1, Issue 2\n",
            "-".repeat(70)
        );
        let message = Message {
            subject: "I-D-Announce Digest, Vol 1, Issue 2".into(),
            text,
            ..Message::default()
        };
        let found = messages(&message);
        assert_eq!(found.len(), 3);
        assert!(String::from_utf8_lossy(&found[1]).contains("Subject: two\n\nbody two"));
        let other = Message {
            subject: "one".into(),
            ..message
        };
        assert!(messages(&other).is_empty());
    }
}
