//! Decides by its header which mail is fetched whole: the lists' messages, delivery reports, and what the lists' own
//! servers write.

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
