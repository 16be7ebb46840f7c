//! Compares a document with the reader's watch list.

use super::edition::Watch;
use super::expression::Expression;
use crate::announcement::Group;

/// The parts of a document that are compared with the list.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Watchable<'a> {
    pub(super) name: &'a str,
    /// Names that it had before.
    pub(super) formerly: &'a [&'a str],
    pub(super) group: Option<&'a str>,
    pub(super) authors: &'a [String],
    pub(super) title: &'a str,
    pub(super) text: &'a str,
}

impl Watch {
    /// Returns the entries that match, as `groups: netmod`.
    pub(super) fn matches(&self, subject: Watchable<'_>) -> Vec<String> {
        let is_group = |group: &str| {
            let own = subject.group;
            own.is_some_and(|own| own.eq_ignore_ascii_case(group))
        };
        let is_by = |author: &str| subject.authors.iter().any(|own| is_author(own, author));
        let says = |word: &str| has_word(subject.title, word) || has_word(subject.text, word);
        let named = |pattern: &str| {
            let names = std::iter::once(&subject.name).chain(subject.formerly);
            names.into_iter().any(|name| glob(pattern, name))
        };
        let mut found = Vec::new();
        let mut note = |kind: &str, entries: &[String], matches: &dyn Fn(&str) -> bool| {
            let holds = |entry: &&String| Expression::of(entry).holds(matches);
            let matching = entries.iter().filter(holds);
            found.extend(matching.map(|entry| format!("{kind}: {entry}")));
        };
        note("groups", &self.groups, &is_group);
        note("authors", &self.authors, &is_by);
        note("drafts", &self.drafts, &named);
        note("keywords", &self.keywords, &says);
        found
    }
}

pub(super) fn acronym(group: Option<&Group>) -> Option<&str> {
    group.and_then(|group| group.acronym.as_deref())
}

/// Returns the group that a draft's name tells: `draft-ietf-quic-http` is of `quic`. Last calls and decisions tell no other.
pub(super) fn group_in(name: &str) -> Option<&str> {
    let mut streams = ["draft-ietf-", "draft-irtf-", "draft-editorial-"].iter();
    let rest = streams.find_map(|start| name.strip_prefix(start))?;
    rest.split_once('-').map(|(group, _)| group)
}

/// Full names are compared whole; RFCs have initials, so "M. Nottingham" is Mark Nottingham.
fn is_author(written: &str, wanted: &str) -> bool {
    let written = written.split(',').next().unwrap_or_default().to_lowercase();
    let wanted = wanted.to_lowercase();
    if written == wanted {
        return true;
    }
    let (Some((first, last)), Some((wanted_first, wanted_last))) =
        (written.rsplit_once(' '), wanted.rsplit_once(' '))
    else {
        return false;
    };
    let initial = first
        .split_whitespace()
        .next()
        .and_then(|word| word.strip_suffix('.'));
    last == wanted_last
        && initial.is_some_and(|initial| !initial.is_empty() && wanted_first.starts_with(initial))
}

/// `*` stands for anything, also nothing. Draft names are lower case.
pub(super) fn glob(pattern: &str, name: &str) -> bool {
    let pattern = pattern.to_lowercase();
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else {
        return false;
    };
    let mut ended = !pattern.contains('*');
    for part in parts {
        ended = part.is_empty();
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    if ended && pattern.ends_with('*') {
        return true;
    }
    // The last part must be the name's end, not only its first occurrence.
    rest.is_empty()
        || pattern
            .rsplit('*')
            .next()
            .is_some_and(|last| !last.is_empty() && pattern.contains('*') && name.ends_with(last))
}

fn has_word(text: &str, keyword: &str) -> bool {
    let (text, keyword) = (text.to_lowercase(), keyword.to_lowercase());
    if keyword.is_empty() {
        return false;
    }
    text.match_indices(&keyword).any(|(at, _)| {
        let before = text[..at].chars().next_back();
        let after = text[at + keyword.len()..].chars().next();
        !before.is_some_and(char::is_alphanumeric) && !after.is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_match_whole_names() {
        assert!(glob("draft-ietf-tls-*", "draft-ietf-tls-esni"));
        assert!(glob("*-esni", "draft-ietf-tls-esni"));
        assert!(glob("draft-*-tls-*", "draft-person-tls-x"));
        assert!(glob("draft-ietf-tls-esni", "draft-ietf-tls-esni"));
        assert!(!glob("draft-ietf-tls", "draft-ietf-tls-esni"));
        assert!(!glob("draft-ietf-quic-*", "draft-ietf-tls-esni"));
        assert!(glob("*-a-a", "draft-a-a-a"));
    }

    #[test]
    fn authors_match_by_name_or_initial() {
        assert!(is_author("Mark Nottingham", "Mark Nottingham"));
        assert!(is_author("M. Nottingham, Ed.", "Mark Nottingham"));
        assert!(!is_author("N. Nottingham", "Mark Nottingham"));
        assert!(!is_author("Mark Notting", "Mark Nottingham"));
    }

    #[test]
    fn keywords_match_whole_words() {
        assert!(has_word("Post-Quantum keys", "post-quantum"));
        assert!(!has_word("quicker", "quic"));
        assert!(!has_word("anything", ""));
    }
}
