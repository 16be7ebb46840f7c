//! Working and research groups, as sentences name them: "a work item of the Network Modeling (NETMOD) WG of the IETF".

use super::Group;
use super::areas;
use super::text::find_ignoring_case;

/// The group in "… is a work item of the X WG of the IETF", and its stream.
pub(super) fn of_work_item(text: &str) -> Option<(Group, &'static str)> {
    named_after(text, "work item of the ")
}

/// The group in "This document is a product of the X Working Group of the IETF", and its stream.
pub(super) fn of_product(text: &str) -> Option<(Group, &'static str)> {
    named_after(text, "product of the ").or_else(|| {
        let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
        find_ignoring_case(&text, "product of the Internet Architecture Board").map(|_| {
            let group = Group {
                acronym: Some("iab".into()),
                name: Some("Internet Architecture Board".into()),
                area: None,
            };
            (group, "IAB")
        })
    })
}

fn named_after(text: &str, words: &str) -> Option<(Group, &'static str)> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let start = find_ignoring_case(&text, words)? + words.len();
    let rest = &text[start..];
    let ends = [(" of the IETF", "IETF"), (" of the IRTF", "IRTF")];
    let (end, stream) = ends
        .iter()
        .filter_map(|(end, stream)| find_ignoring_case(rest, end).map(|at| (at, *stream)))
        .min()?;
    // A name is one clause: what reaches over the end of a sentence is something else.
    let name = &rest[..end];
    if name.len() > 200 || name.contains(". ") {
        return None;
    }
    Some((group(name), stream))
}

/// A group from "Network Modeling (NETMOD) WG", "Quic Working Group", "Crypto Forum".
pub(super) fn group(text: &str) -> Group {
    let mut name = text.trim();
    for kind in [
        " Working Group",
        " Research Group",
        " WG",
        " RG",
        " BOF",
        " Area Working Group",
    ] {
        if name.len() > kind.len()
            && let Some(start) = name.get(..name.len() - kind.len())
            && name[start.len()..].eq_ignore_ascii_case(kind)
        {
            name = start.trim_end();
            break;
        }
    }
    let mut acronym = None;
    if let Some(open) = name.rfind(" (")
        && let Some(inner) = name[open + 2..].strip_suffix(')')
        && is_acronym(inner)
    {
        acronym = Some(inner.to_ascii_lowercase());
        name = name[..open].trim_end();
    }
    Group {
        area: acronym
            .as_deref()
            .and_then(areas::of_group)
            .map(str::to_owned),
        acronym,
        name: Some(name.to_owned()).filter(|name| !name.is_empty()),
    }
}

/// Acronyms have no blanks: "6man", "httpbis", "rtgwg", "t2trg", "pim-wg".
pub(super) fn is_acronym(text: &str) -> bool {
    (2..=20).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, Option<String>, &'static str)> {
        of_work_item(text).map(|(group, stream)| (group.acronym, group.name, stream))
    }

    #[test]
    fn a_work_item_names_its_group_and_stream() {
        let text = "It is\na work item of the Network Modeling (NETMOD) WG of the IETF.";
        let (acronym, name, stream) = read(text).unwrap();
        assert_eq!(acronym.as_deref(), Some("netmod"));
        assert_eq!(name.as_deref(), Some("Network Modeling"));
        assert_eq!(stream, "IETF");
        let text = "This draft is a work item of the Crypto Forum Research Group of the IRTF.";
        let (acronym, name, stream) = read(text).unwrap();
        assert_eq!((acronym, stream), (None, "IRTF"));
        assert_eq!(name.as_deref(), Some("Crypto Forum"));
        assert_eq!(read("This document describes a thing."), None);
    }
}
