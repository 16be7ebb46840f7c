//! Decides by its header which mail is fetched whole: the lists' messages, reports of mails that did not arrive, readers who
//! want to leave, and what the lists' own servers write.

use crate::correspondence::{bounce_report, leave_request};
use crate::mail::Header;
use crate::mail::MAILMAN_ROLES;

/// The fields that [`is_wanted`] looks at.
pub(super) const FIELDS: [&str; 5] = ["LIST-ID", "CONTENT-TYPE", "FROM", "SUBJECT", "TO"];

/// True when a header holds a List-Id that is wanted (RFC 2919), or announces a report or a request that may be about a
/// digest of ours, or is of a list's own server. `wanted` are List-Ids in lower case.
pub(super) fn is_wanted(header: &[u8], wanted: &[String]) -> bool {
    let header = Header::parse(without_blank_lines(header));
    let list_id = header.first("list-id");
    list_id.is_some_and(|found| wanted.iter().any(|id| found.holds_list_id(id)))
        || bounce_report::may_be_report(&header)
        || leave_request::may_ask(&header)
        || header.first("from").is_some_and(|from| {
            let from = from.text().to_ascii_lowercase();
            wanted.iter().any(|id| is_list_server(&from, id))
        })
}

/// What a header tells of whose mail it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Wanted,
    Unwanted,
    /// Of the fields, the sender is of a list's host, and no List-Id came: some servers forget fields.
    NoListId,
    /// It is no mail's header: no mail lacks a sender, and no answer holds fields that nobody asked for.
    Unclear,
}

/// Judges a header; with `only_fields` it should hold the fields that [`is_wanted`] looks at, and no other.
pub(super) fn judge(header: &[u8], wanted: &[String], only_fields: bool) -> Verdict {
    if is_wanted(header, wanted) {
        return Verdict::Wanted;
    }
    let header = Header::parse(without_blank_lines(header));
    let asked = |name: &[u8]| {
        FIELDS
            .iter()
            .any(|field| name.eq_ignore_ascii_case(field.as_bytes()))
    };
    let answers = match only_fields {
        true => header.first("from").is_some() && header.fields().all(|field| asked(field.name())),
        false => header.fields().next().is_some(),
    };
    match answers {
        true if only_fields && header.first("list-id").is_none() => {
            let from = header
                .first("from")
                .map(|from| from.text().to_ascii_lowercase());
            match from.is_some_and(|from| is_of_list_host(&from, wanted)) {
                true => Verdict::NoListId,
                false => Verdict::Unwanted,
            }
        }
        true => Verdict::Unwanted,
        false => Verdict::Unclear,
    }
}

/// True when a `From` in lower case has an address at the host of one of these List-Ids, or at a host below it.
fn is_of_list_host(from: &str, list_ids: &[String]) -> bool {
    let hosts = from.split('@').skip(1).map(|after| {
        let is_host = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-');
        let end = after.find(|letter| !is_host(letter));
        &after[..end.unwrap_or(after.len())]
    });
    let mut hosts = hosts.filter(|host| !host.is_empty());
    hosts.any(|host| {
        list_ids.iter().any(|id| {
            let above = id
                .split_once('.')
                .and_then(|(_, list)| host.strip_suffix(list));
            above.is_some_and(|above| above.is_empty() || above.ends_with('.'))
        })
    })
}

/// Returns a message without the blank lines before its header.
pub(super) fn without_blank_lines(message: &[u8]) -> &[u8] {
    let blank = message
        .iter()
        .take_while(|byte| matches!(byte, b'\r' | b'\n'));
    &message[blank.count()..]
}

/// True when the empty line that ends the header is there.
pub(super) fn header_ends(message: &[u8]) -> bool {
    let header = Header::parse(without_blank_lines(message));
    [b"\n\n".as_slice(), b"\n\r\n"]
        .iter()
        .any(|end| header.bytes().ends_with(end))
}

/// True when a `From` in lower case is of the server of the list with this List-Id: it asks for confirmations and says
/// welcome, in some versions of Mailman without a List-Id.
fn is_list_server(from: &str, id: &str) -> bool {
    // Nearly all of other people's mail is done with here.
    if !MAILMAN_ROLES.iter().any(|role| from.contains(role)) {
        return false;
    }
    let Some((name, host)) = id.split_once('.') else {
        return false;
    };
    from.contains(&format!("@{host}"))
        && MAILMAN_ROLES
            .iter()
            .any(|role| from.contains(&format!("{name}{role}")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_without_what_was_asked_for_decides_nothing() {
        let wanted = ["i-d-announce.ietf.org".to_owned()];
        let judged = |header: &str, only| judge(header.as_bytes(), &wanted, only);
        let other = "From: a@example.net\r\n\r\n";
        assert_eq!(judged(other, true), Verdict::Unwanted);
        let list = "List-Id: <i-d-announce.ietf.org>\r\n\r\n";
        assert_eq!(judged(list, true), Verdict::Wanted);
        for empty in ["\r\n", "", "Content-Type: text/plain\r\n\r\n"] {
            assert_eq!(judged(empty, true), Verdict::Unclear, "{empty:?}");
        }
        // Fields that nobody asked for are the answer to something else.
        let foreign = "From: a@example.net\r\nDate: x\r\n\r\n";
        assert_eq!(judged(foreign, true), Verdict::Unclear);
        assert_eq!(judged(foreign, false), Verdict::Unwanted);
        // A whole header may lack a sender.
        assert_eq!(judged("Subject: x\r\n\r\n", false), Verdict::Unwanted);
        assert_eq!(judged("\r\n", false), Verdict::Unclear);
    }

    #[test]
    fn a_lists_host_without_a_list_id_is_looked_at_again() {
        let wanted = ["i-d-announce.ietf.org".to_owned()];
        let judged = |from: &str, only| {
            let header = format!("From: {from}\r\nContent-Type: text/plain\r\n\r\n");
            judge(header.as_bytes(), &wanted, only)
        };
        for from in [
            "Drafts <x@IETF.org>",
            "a@tools.ietf.org",
            "\"a@b\" <x@ietf.org>",
        ] {
            assert_eq!(judged(from, true), Verdict::NoListId, "{from}");
            assert_eq!(judged(from, false), Verdict::Unwanted, "{from}");
        }
        for from in [
            "a@example.net",
            "a@notietf.org",
            "a@ietf.org.example",
            "ietf.org",
        ] {
            assert_eq!(judged(from, true), Verdict::Unwanted, "{from}");
        }
        let other = b"From: a@ietf.org\r\nList-Id: <netmod.ietf.org>\r\n\r\n";
        assert_eq!(judge(other, &wanted, true), Verdict::Unwanted);
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
        assert!(is(
            "Subject: Re: unsubscribe daily 5177e637aaac0b50e5dca8bb\r\n\r\n"
        ));
        assert!(is(
            "To: nikkan+5177e637aaac0b50e5dca8bb@example.net\r\n\r\n"
        ));
        assert!(!is("To: nikkan@example.net\r\nSubject: lunch\r\n\r\n"));
        assert!(!is("From: other-confirm+c449@ietf.org\r\n\r\n"));
        assert!(!is("From: i-d-announce-confirm+c449@evil.example\r\n\r\n"));
        assert!(!is(
            "Subject: <i-d-announce.ietf.org>\r\n\r\nList-Id: <i-d-announce.ietf.org>"
        ));
    }
}
