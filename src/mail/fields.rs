//! Fields as they were meant, whatever lists, gateways and relays have made of them: who wrote a message, and whether a
//! field is one address; its subject.

/// The roles in which Mailman itself writes to a subscriber, as they follow the list's name in its address.
pub(crate) const MAILMAN_ROLES: [&str; 3] = ["-confirm+", "-request@", "-bounces@"];

/// Returns the author's address in lower case. What was done to it for DMARC is undone, `name=40host@dmarc.ietf.org`;
/// so is an archive's mask, `name at host`.
pub(super) fn author_address(name: &str, address: Option<&str>) -> String {
    let written = address.unwrap_or(name).trim().to_ascii_lowercase();
    if let Some(hidden) = written.strip_suffix("@dmarc.ietf.org") {
        return hidden.replace("=40", "@");
    }
    if written.contains('@') {
        return written;
    }
    match written.split_once(" at ") {
        Some((local, host)) => format!("{local}@{}", host.split(' ').next().unwrap_or_default()),
        None => written,
    }
}

/// Returns the address for posting to the list with this id: Mailman makes the one of the other by writing a dot for the `@`.
pub fn posting_address(id: &str) -> String {
    id.to_ascii_lowercase().replacen('.', "@", 1)
}

/// Returns the address for posting to the list of a `List-Id`.
pub(super) fn list_address(list_id: &str) -> Option<String> {
    let (_, id) = list_id.rsplit_once('<')?;
    let id = id.split('>').next().unwrap_or_default().trim();
    id.contains('.').then(|| posting_address(id))
}

/// Returns the addresses in fields, other than a list's own, in lower case and in their order.
pub(super) fn others_than(own: &str, fields: &[String]) -> Vec<String> {
    let mut others: Vec<String> = Vec::new();
    for field in fields {
        let words = field.split(|c: char| c.is_whitespace() || ",;<>()\"'".contains(c));
        for word in words.filter(|word| word.contains('@') && !word.eq_ignore_ascii_case(own)) {
            others.push(author_address("", Some(word)));
        }
    }
    others
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

/// Cuts off what lists and gateways put in front of a subject: `[netmod] `, `[rfc-dist] `, `[EXTERNAL] `, `EXT: ` and the like.
pub(crate) fn without_prefixes(subject: &str) -> &str {
    let mut rest = subject.trim();
    while let Some(shorter) = after_prefix(rest) {
        rest = shorter;
    }
    rest
}

fn after_prefix(subject: &str) -> Option<&str> {
    let (tag, rest) = match subject.chars().next()? {
        '[' => subject[1..].split_once(']')?,
        '{' => subject[1..].split_once('}')?,
        '(' => subject[1..].split_once(')')?,
        '*' => {
            let inner = subject.trim_start_matches('*');
            let (tag, rest) = inner.split_once('*')?;
            (tag, rest.trim_start_matches('*'))
        }
        'e' | 'E' => subject.split_once(':').filter(|(tag, _)| is_warning(tag))?,
        _ => return None,
    };
    let is_list = subject.starts_with('[') && tag.len() < 40 && !tag.contains(' ');
    let rest = rest.trim_start_matches(':').trim_start();
    ((is_list || is_warning(tag)) && !rest.is_empty()).then_some(rest)
}

/// True for what mail servers of companies write before the subject of mail from outside.
fn is_warning(tag: &str) -> bool {
    let tag = tag.to_ascii_lowercase();
    let mut words = tag
        .split([' ', '-', ':'])
        .filter(|word| !word.is_empty())
        .peekable();
    let is_known = |word| {
        matches!(
            word,
            "external" | "ext" | "email" | "mail" | "sender" | "spam" | "suspected" | "bulk"
        )
    };
    tag.len() < 40 && words.peek().is_some() && words.all(is_known)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_rewritten_is_undone_and_the_rest_is_as_written() {
        let plain = |name, address| author_address(name, Some(address));
        assert_eq!(
            plain("", "Internet-Drafts@IETF.org"),
            "internet-drafts@ietf.org"
        );
        assert_eq!(plain("", "a=40b.org@dmarc.ietf.org"), "a@b.org");
        assert_eq!(
            author_address("rfc-editor at rfc-editor.org (x)", None),
            "rfc-editor@rfc-editor.org"
        );
        assert_eq!(plain("Ann via Bob", "ann@b.org"), "ann@b.org");
        assert_eq!(author_address("", None), "");
    }

    #[test]
    fn a_lists_own_address_is_that_of_its_id() {
        let own = list_address("\"Drafts <only>\" <I-D-Announce.ietf.org>");
        assert_eq!(own.as_deref(), Some("i-d-announce@ietf.org"));
        for id in ["", "i-d-announce.ietf.org", "<>", "<x>"] {
            assert_eq!(list_address(id), None, "{id}");
        }
        let fields = [
            "A <a@b.org>, list@c.org".to_owned(),
            "'D@e.org' via x".into(),
        ];
        assert_eq!(others_than("list@c.org", &fields), ["a@b.org", "d@e.org"]);
    }

    #[test]
    fn list_prefixes_go_and_other_brackets_stay() {
        assert_eq!(without_prefixes("[netmod] I-D Action: x"), "I-D Action: x");
        assert_eq!(without_prefixes("[a] [b] x"), "x");
        assert_eq!(
            without_prefixes("[Call for Papers] x"),
            "[Call for Papers] x"
        );
        assert_eq!(without_prefixes("[only]"), "[only]");
        for prefix in [
            "[EXTERNAL] ",
            "[External Email] ",
            "EXT: ",
            "{Spam} ",
            "**EXTERNAL** ",
            "[EXT][netmod] ",
        ] {
            let subject = format!("{prefix}RFC 9 on x");
            assert_eq!(without_prefixes(&subject), "RFC 9 on x");
        }
        for other in [
            "Extended: x",
            "(x) y",
            "*x* y",
            "External review: x",
            "Re: [a] x",
        ] {
            assert_eq!(without_prefixes(other), other);
        }
    }
}
