//! Where things can be read. Every address in a digest is built here or in the digest from a parsed name, and
//! passes [`safe`] before it is printed.

use super::clean;

/// `url`, if it is an `https` address made only of characters that need no escaping in any format.
pub(super) fn safe(url: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "-._~/?=&%+:".contains(c);
    let fits = url.len() <= 300 && url.starts_with("https://") && url.chars().all(allowed);
    fits.then(|| url.to_owned())
}

/// The tracker's page of a draft (name without revision) or of `rfc9737`; `None` where it is no such name.
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

/// The archive of one of the three built-in lists; where another list keeps its archive is not known.
pub(super) fn list(name: &str) -> Option<String> {
    let known = ["i-d-announce", "ietf-announce", "rfc-dist"];
    let known = known.contains(&name);
    known.then(|| format!("https://mailarchive.ietf.org/arch/browse/{name}/"))
}

/// A group's page.
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
    fn an_address_that_would_need_escaping_is_not_printed() {
        assert!(safe("https://author-tools.ietf.org/iddiff?url2=draft-a-b-01").is_some());
        for wrong in [
            "http://a.example/",
            "javascript:alert(1)",
            "https://a.example/\"><script>",
            "https://a.example/ b",
            "https://a.example/)[x](",
            "https://user@a.example/",
        ] {
            assert_eq!(safe(wrong), None, "{wrong}");
        }
    }
}
