//! Addresses: who wrote a message, whatever a list has made of its `From`, and whether a field is one address.

/// The roles in which Mailman itself writes to a subscriber, as they follow the list's name in its address.
pub(crate) const MAILMAN_ROLES: [&str; 3] = ["-confirm+", "-request@", "-bounces@"];

/// Returns the author's address in lower case. What a list did to it for DMARC is undone: `name=40host@dmarc.ietf.org`,
/// and `Somebody via List <list@host>`, whose author stands in another field; so is an archive's mask, `name at host`.
pub(super) fn author_address(
    name: &str,
    address: Option<&str>,
    elsewhere: impl FnOnce() -> Option<String>,
) -> String {
    let written = address.unwrap_or(name).trim().to_ascii_lowercase();
    let found = if name.contains(" via ") {
        elsewhere().and_then(|field| other_than(&field, &written))
    } else {
        None
    };
    let address = found.unwrap_or(written);
    if let Some(hidden) = address.strip_suffix("@dmarc.ietf.org") {
        return hidden.replace("=40", "@");
    }
    if address.contains('@') {
        return address;
    }
    match address.split_once(" at ") {
        Some((local, host)) => {
            let host = host.split(' ').next().unwrap_or_default();
            format!("{local}@{host}")
        }
        None => address,
    }
}

/// Returns the first address in a field that is not the list's own.
fn other_than(field: &str, own: &str) -> Option<String> {
    let field = field.to_ascii_lowercase();
    let mut addresses = field
        .split([' ', ',', '<', '>', '"', '\''])
        .filter(|word| word.contains('@') && *word != own);
    addresses.next().map(str::to_owned)
}

/// Returns the one address of an unfolded field, without what stands around it; `None` when there are several, or a
/// route, or an address that hides behind another one in the display name.
pub(crate) fn only_address(field: &str) -> Option<&str> {
    let field = field.trim();
    let address = match (field.find('<'), field.strip_suffix('>')) {
        (Some(start), Some(inside)) => &inside[start + 1..],
        (None, None) => field,
        _ => return None,
    };
    let plain = |c: char| c.is_ascii_graphic() && !"<>()[]:;,\\\"".contains(c);
    let one = field.matches('@').count() == 1 && address.contains('@');
    (one && address.chars().all(plain)).then_some(address)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rewritten_is_undone_and_the_rest_is_as_written() {
        let plain = |name, address| author_address(name, Some(address), || None);
        assert_eq!(
            plain("", "Internet-Drafts@IETF.org"),
            "internet-drafts@ietf.org"
        );
        assert_eq!(plain("", "a=40b.org@dmarc.ietf.org"), "a@b.org");
        assert_eq!(
            author_address("rfc-editor at rfc-editor.org (x)", None, || None),
            "rfc-editor@rfc-editor.org"
        );
        let via = |elsewhere: &str| {
            author_address("'a@b.org' via List", Some("list@c.org"), || {
                Some(elsewhere.to_owned())
            })
        };
        assert_eq!(via("list@c.org, A <a@b.org>"), "a@b.org");
        assert_eq!(via("list@c.org"), "list@c.org");
        assert_eq!(plain("Ann via Bob", "ann@b.org"), "ann@b.org");
        assert_eq!(author_address("", None, || None), "");
    }
}
