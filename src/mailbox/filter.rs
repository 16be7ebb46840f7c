//! Decides by its header which mail is fetched whole: the lists' messages, delivery reports, and what the lists' own
//! servers write.

use crate::mail::Header;
use crate::mail::MAILMAN_ROLES;

/// True when a header holds a List-Id that is wanted (RFC 2919), or announces a delivery report, which may be about a
/// digest of ours, or is of a list's own server. `wanted` are List-Ids in lower case.
pub(super) fn is_wanted(header: &[u8], wanted: &[String]) -> bool {
    let header = Header::parse(header);
    let list_id = header.first("list-id");
    list_id.is_some_and(|found| wanted.iter().any(|id| found.holds_list_id(id)))
        || header.is_delivery_report()
        || header.first("from").is_some_and(|from| {
            let from = from.text().to_ascii_lowercase();
            wanted.iter().any(|id| is_list_server(&from, id))
        })
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
}
