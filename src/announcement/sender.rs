//! Who wrote a message, whatever a list has made of its `From`.

/// The author's address in lower case. What a list did to it for DMARC is undone: `name=40host@dmarc.ietf.org`, and
/// `Somebody via List <list@host>`, whose author stands in another field; so is an archive's mask, `name at host`.
pub(super) fn author(
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

/// The first address in a field that is not the list's own.
fn other_than(field: &str, own: &str) -> Option<String> {
    let field = field.to_ascii_lowercase();
    let mut addresses = field
        .split([' ', ',', '<', '>', '"', '\''])
        .filter(|word| word.contains('@') && *word != own);
    addresses.next().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rewritten_is_undone_and_the_rest_is_as_written() {
        let plain = |name, address| author(name, Some(address), || None);
        assert_eq!(
            plain("", "Internet-Drafts@IETF.org"),
            "internet-drafts@ietf.org"
        );
        assert_eq!(plain("", "a=40b.org@dmarc.ietf.org"), "a@b.org");
        assert_eq!(
            author("rfc-editor at rfc-editor.org (x)", None, || None),
            "rfc-editor@rfc-editor.org"
        );
        let via = |elsewhere: &str| {
            author("'a@b.org' via List", Some("list@c.org"), || {
                Some(elsewhere.to_owned())
            })
        };
        assert_eq!(via("list@c.org, A <a@b.org>"), "a@b.org");
        assert_eq!(via("list@c.org"), "list@c.org");
        assert_eq!(plain("Ann via Bob", "ann@b.org"), "ann@b.org");
        assert_eq!(author("", None, || None), "");
    }
}
