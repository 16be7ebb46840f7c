//! How messages are asked for: which are wanted, whether their bodies are loaded at once or after a look at their
//! headers, and how a set of them is written.

use std::collections::BTreeMap;

/// In a folder where up to this share of messages is other mail, asking for all bodies at once is less work.
const OTHER_MAIL: f64 = 0.1;
/// How many UIDs one FETCH spans at most.
const WINDOW: u32 = 1000;
/// How many UIDs the first FETCH spans, which only looks at headers: soon something is there to be read.
const FIRST_LOOK: u32 = 50;
/// What one FETCH of bodies should bring, in bytes; the messages seen lately tell how many that is.
pub(super) const BATCH_BYTES: usize = 3 * 256 * 1024;
/// After so many sessions in which its body was refused, a message is read by its header alone: with the waits between
/// them about 9 minutes, longer than a server restarts, shorter than a day is lost to one broken message.
const REFUSALS: u32 = 10;

/// How a folder's messages are asked for.
#[derive(Debug)]
pub(super) struct Manner {
    /// Share of other mail seen lately, from 0 to 1; begins at 1, so that nobody's mail is loaded before it is known
    /// to be a list's.
    other_mail: f64,
    /// Nothing was looked at so far.
    nothing_seen: bool,
    /// Bytes of a message, as seen lately.
    typical: usize,
    /// How often each body was refused.
    refused: BTreeMap<u32, u32>,
}

impl Default for Manner {
    fn default() -> Self {
        Manner {
            other_mail: 1.0,
            nothing_seen: true,
            typical: 4096,
            refused: BTreeMap::new(),
        }
    }
}

impl Manner {
    pub(super) fn bodies_at_once(&self) -> bool {
        self.other_mail <= OTHER_MAIL
    }

    /// How many UIDs to ask for at once.
    pub(super) fn window(&self) -> u32 {
        if self.nothing_seen {
            FIRST_LOOK
        } else if self.bodies_at_once() {
            let fit = BATCH_BYTES / self.typical.max(1);
            u32::try_from(fit).unwrap_or(WINDOW).clamp(10, WINDOW)
        } else {
            WINDOW
        }
    }

    /// Takes note of what a look brought: `wanted` of `all` messages, and the bytes of those that were loaded.
    pub(super) fn learn(&mut self, wanted: usize, all: usize) {
        if all > 0 {
            self.nothing_seen = false;
            #[expect(clippy::cast_precision_loss, reason = "a share needs no precision")]
            let share = 1.0 - wanted as f64 / all as f64;
            // Lately counts more; a folder that changes its use is followed within a few windows.
            self.other_mail = if self.other_mail >= 1.0 {
                share
            } else {
                (self.other_mail + share) / 2.0
            };
        }
    }

    pub(super) fn weigh(&mut self, messages: usize, bytes: usize) {
        if let Some(each) = bytes.checked_div(messages) {
            self.typical = each.max(512);
        }
    }

    /// Looks at headers first from here on.
    pub(super) fn be_careful(&mut self) {
        self.other_mail = 1.0;
    }

    /// Counts a refused body. Whether to be content with the header now.
    pub(super) fn refusal(&mut self, uid: u32) -> bool {
        let count = self.refused.entry(uid).or_default();
        *count += 1;
        *count >= REFUSALS
    }

    /// Forgets refusals up to `uid`, which is behind us.
    pub(super) fn passed(&mut self, uid: u32) {
        self.refused.retain(|refused, _| *refused > uid);
    }
}

/// Whether a header holds a List-Id that is wanted, compared inside its angle brackets and without regard to case, or
/// announces a delivery report (RFC 3464), which may be about a digest of ours, or is of a list's own server.
pub(super) fn is_wanted(header: &[u8], wanted: &[String]) -> bool {
    if let Some(list) = field(header, b"list-id:")
        && wanted.iter().any(|id| list.contains(&format!("<{id}>")))
    {
        return true;
    }
    if field(header, b"content-type:")
        .is_some_and(|kind| kind.contains("multipart/report") && kind.contains("delivery-status"))
    {
        return true;
    }
    field(header, b"from:").is_some_and(|from| wanted.iter().any(|id| is_servers(&from, id)))
}

/// Whether a `From` is of the server of the list with this List-Id: it asks for confirmations and says welcome, in some
/// versions of Mailman without a List-Id.
fn is_servers(from: &str, id: &str) -> bool {
    const ROLES: [&str; 3] = ["-confirm+", "-request@", "-bounces@"];
    // Nearly all of other people's mail is done with here.
    if !ROLES.iter().any(|role| from.contains(role)) {
        return false;
    }
    let Some((name, host)) = id.split_once('.') else {
        return false;
    };
    from.contains(&format!("@{host}"))
        && ROLES
            .iter()
            .any(|role| from.contains(&format!("{name}{role}")))
}

/// The first field of a header with this name, in lower case and unfolded, its name included.
fn field(header: &[u8], name: &[u8]) -> Option<String> {
    let mut lines = header.split_inclusive(|byte| *byte == b'\n');
    let is_named = |line: &&[u8]| {
        line.get(..name.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(name))
    };
    let first = lines
        .by_ref()
        .take_while(|line| !line.trim_ascii().is_empty())
        .find(is_named)?;
    let mut field = first.trim_ascii_end().to_ascii_lowercase();
    for folded in lines.take_while(|line| line.starts_with(b" ") || line.starts_with(b"\t")) {
        field.extend(folded.trim_ascii_end().to_ascii_lowercase());
    }
    Some(String::from_utf8_lossy(&field).into_owned())
}

/// `1:3,7` from ascending UIDs.
pub(super) fn compact(uids: &[u32]) -> String {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for uid in uids {
        match ranges.last_mut() {
            Some((_, end)) if *end + 1 == *uid => *end = *uid,
            _ => ranges.push((*uid, *uid)),
        }
    }
    let written: Vec<String> = ranges
        .into_iter()
        .map(|(start, end)| {
            if start == end {
                start.to_string()
            } else {
                format!("{start}:{end}")
            }
        })
        .collect();
    written.join(",")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_written_as_ranges() {
        assert_eq!(compact(&[1, 2, 3, 7, 9, 10]), "1:3,7,9:10");
    }

    #[test]
    fn only_the_lists_mail_is_wanted() {
        let wanted = ["i-d-announce.ietf.org".to_owned()];
        let is = |header: &str| is_wanted(header.as_bytes(), &wanted);
        assert!(is(
            "Subject: x\r\nList-Id: Drafts\r\n <I-D-Announce.ietf.org>\r\n\r\n"
        ));
        assert!(!is("List-Id: <netmod.ietf.org>\r\n\r\n"));
        assert!(is(
            "Content-Type: multipart/report; report-type=delivery-status;\r\n\tboundary=b\r\n\r\n"
        ));
        assert!(!is(
            "Content-Type: multipart/report; report-type=disposition-notification\r\n\r\n"
        ));
        assert!(is("From:\r\n i-d-announce-Confirm+c449@IETF.org\r\n\r\n"));
        assert!(is("From: i-d-announce-request@ietf.org\r\n\r\n"));
        assert!(!is("From: other-confirm+c449@ietf.org\r\n\r\n"));
        assert!(!is("From: i-d-announce-confirm+c449@evil.example\r\n\r\n"));
        assert!(!is(
            "Subject: <i-d-announce.ietf.org>\r\n\r\nList-Id: <i-d-announce.ietf.org>"
        ));
    }

    #[test]
    fn a_folder_of_list_mail_is_read_at_once_and_a_shared_one_header_first() {
        let mut manner = Manner::default();
        assert!(!manner.bodies_at_once());
        manner.learn(50, 50);
        assert!(manner.bodies_at_once());
        manner.learn(10, 50);
        assert!(!manner.bodies_at_once());
    }

    #[test]
    fn heavy_messages_make_the_window_narrow() {
        let mut manner = Manner::default();
        manner.learn(50, 50);
        assert_eq!(manner.window() as usize, BATCH_BYTES / 4096);
        manner.weigh(10, 10 * 200_000);
        assert_eq!(manner.window(), 10);
    }

    #[test]
    fn a_body_is_given_up_only_after_many_refusals() {
        let mut manner = Manner::default();
        assert_eq!((1..=10).filter(|_| manner.refusal(7)).count(), 1);
        manner.passed(7);
        assert!(!manner.refusal(7));
    }
}
