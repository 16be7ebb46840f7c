//! Where things can be read. Every address in a digest is built here or in the digest from a parsed name, and
//! passes [`safe`] before it is printed.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha1::{Digest as _, Sha1};

use super::clean;

/// Where a digest leads. An address elsewhere was not built from a name, whatever it looks like.
const PLACES: [&str; 5] = [
    "https://datatracker.ietf.org/",
    "https://www.ietf.org/",
    "https://author-tools.ietf.org/",
    "https://mailarchive.ietf.org/",
    "https://www.rfc-editor.org/",
];

/// Returns `url`, if it leads to one of the places a digest knows and is made only of characters that need no escaping in any
/// format.
pub(super) fn safe(url: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~/?=&%+:".contains(c);
    let known = PLACES.iter().any(|place| url.starts_with(place));
    let fits = url.len() <= 300 && known && url.chars().all(allowed);
    fits.then(|| url.to_owned())
}

/// Returns the tracker's page of a draft (name without revision) or of `rfc9737`; `None` when it is no such name.
pub(super) fn document(name: &str) -> Option<String> {
    let lower = name.to_ascii_lowercase().replace(' ', "");
    let is_rfc = lower
        .strip_prefix("rfc")
        .is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()));
    if !(is_rfc || lower.starts_with("draft-")) {
        return None;
    }
    path(&lower)?;
    safe(&format!("https://datatracker.ietf.org/doc/{lower}/"))
}

/// The lists whose archive is the IETF's; that of another list is not known.
const ARCHIVED: [&str; 3] = ["i-d-announce", "ietf-announce", "rfc-dist"];

/// Returns the address of a message in its list's archive. The archive names it by a hash of Message-ID and list, as its own `Archived-At`
/// headers show, so the address can be built without taking it from the message.
pub(super) fn message(list: Option<&str>, message_id: Option<&str>) -> Option<String> {
    let list = list.filter(|list| ARCHIVED.contains(list))?;
    let hash = Sha1::new()
        .chain_update(message_id?)
        .chain_update(list)
        .finalize();
    let hash = BASE64_URL_SAFE_NO_PAD.encode(hash);
    safe(&format!(
        "https://mailarchive.ietf.org/arch/msg/{list}/{hash}/"
    ))
}

/// Returns the address of a group's page.
pub(super) fn group(acronym: &str) -> Option<String> {
    let lower = acronym.to_ascii_lowercase();
    path(&lower)?;
    safe(&format!(
        "https://datatracker.ietf.org/group/{lower}/about/"
    ))
}

/// One path segment that cannot leave its place.
fn path(segment: &str) -> Option<()> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._+".contains(c);
    let fits = !segment.is_empty()
        && segment.len() <= clean::NAME
        && segment.chars().all(allowed)
        && !segment.contains("..");
    fits.then_some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_become_addresses() {
        assert_eq!(
            document("draft-ietf-tls-esni").as_deref(),
            Some("https://datatracker.ietf.org/doc/draft-ietf-tls-esni/")
        );
        assert_eq!(
            document("RFC 9737").as_deref(),
            Some("https://datatracker.ietf.org/doc/rfc9737/")
        );
        for wrong in [
            "rfc",
            "rfc1x",
            "draft-a/../b",
            "draft-<b>",
            "status-change-x",
            "",
        ] {
            assert_eq!(document(wrong), None, "{wrong}");
        }
        assert_eq!(group("quic\"onload=x"), None);
    }

    #[test]
    fn a_message_is_found_where_the_archive_itself_says_it_is() {
        // The hash of a real message's Archived-At header, there under the list `mpls`.
        let hash = Sha1::new()
            .chain_update("20151201230558.20185.34043.idtracker@ietfa.amsl.com")
            .chain_update("mpls")
            .finalize();
        assert_eq!(
            BASE64_URL_SAFE_NO_PAD.encode(hash),
            "yCMVkaYkZVqlXVn6dwkLLowjDYo"
        );
        let url = message(Some("ietf-announce"), Some("a@b")).unwrap();
        assert!(url.starts_with("https://mailarchive.ietf.org/arch/msg/ietf-announce/"));
        assert_eq!(message(Some("elsewhere"), Some("a@b")), None);
        assert_eq!(message(Some("rfc-dist"), None), None);
    }

    #[test]
    fn an_address_that_would_need_escaping_is_not_printed() {
        assert!(safe("https://author-tools.ietf.org/iddiff?url2=draft-a-b-01").is_some());
        for wrong in [
            "http://www.ietf.org/",
            "javascript:alert(1)",
            "https://www.ietf.org/\"><script>",
            "https://www.ietf.org/ b",
            "https://www.ietf.org/)[x](",
            "https://user@www.ietf.org/",
            "https://a.example/",
            "https://www.ietf.org.a.example/",
            "https://www.ietf.org",
            "https://d\u{430}tatracker.ietf.org/",
        ] {
            assert_eq!(safe(wrong), None, "{wrong}");
        }
    }
}
