//! What the IESG's announcements have in common: who sends them, and how they name documents.

use super::Named;
use super::message::Message;
use super::names;
use super::text::find_ignoring_case;

/// The parts before the `@` from which the IESG, its secretary and the tracker have sent since 1994.
const SENDERS: [&str; 10] = [
    "iesg-secretary",
    "iesg",
    "iesg-secretary-reply",
    "noreply",
    "scoya",
    "ietf-secretariat",
    "ietf-secretariat-reply",
    "session-request",
    "irsg",
    "irtf-chair",
];

/// Whether a message comes from the IESG, its secretary or the tracker. Copies that lost the field are believed when
/// their subject has the form.
pub(super) fn is_sender(message: &Message) -> bool {
    if message.from.is_empty() {
        return true;
    }
    let Some((local, host)) = message.from.split_once('@') else {
        return false;
    };
    let ours = host.ends_with("ietf.org")
        || host.ends_with("irtf.org")
        || host.ends_with("cnri.reston.va.us");
    ours && SENDERS.contains(&local)
}

/// The documents in bullets such as `- 'Title'` / `  <draft-x-10.txt> as Proposed Standard`, up to the paragraph that
/// begins with one of `ends`; each with the status behind it.
pub(super) fn bullets(text: &str, ends: &[&str]) -> Vec<(Named, Option<String>)> {
    let stop = ends
        .iter()
        .filter_map(|end| find_ignoring_case(text, end))
        .min()
        .unwrap_or(text.len());
    let flat = text[..stop]
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    let mut found = Vec::new();
    // The first bullet may stand on the line of the sentence before it: "… document: - 'Title'".
    let pieces: Vec<&str> = flat.split(" - ").collect();
    let skip = usize::from(!flat.starts_with("- "));
    for piece in pieces.into_iter().skip(skip) {
        let piece = piece.trim_start_matches("- ");
        if let Some(one) = bullet(piece) {
            found.push(one);
        }
    }
    found
}

fn bullet(piece: &str) -> Option<(Named, Option<String>)> {
    // The name stands in < > or ( ), and is the last such thing before the status.
    let mut marks = piece.match_indices(['<', '(']).filter_map(|(at, open)| {
        let close = if open == "<" { '>' } else { ')' };
        let end = piece[at..].find(close)? + at;
        let named = document(&piece[at + 1..end])?;
        Some((at, end, named))
    });
    let (at, end, mut named) = marks.next_back()?;
    let title = piece[..at].trim().trim_end_matches(',').trim();
    let title = title.trim_start_matches(['\'', '"', '‘', '“']);
    let title = title.trim_end_matches(['\'', '"', '’', '”']);
    named.title = Some(title.to_owned()).filter(|title| !title.is_empty());
    Some((named, status_behind(&piece[end + 1..])))
}

/// `draft-x-10.txt` or `rfc9110` by itself.
pub(super) fn document(word: &str) -> Option<Named> {
    let word = word.trim();
    if word.contains(' ') && names::rfc(word).is_none() {
        return None;
    }
    if let Some((name, revision)) = names::draft(word) {
        return Some(Named {
            name,
            revision,
            title: None,
        });
    }
    let number = names::rfc(word)?;
    let plain = word.to_ascii_lowercase().replace([' ', '-'], "");
    (plain == format!("rfc{number}")).then(|| Named {
        name: format!("rfc{number}"),
        revision: None,
        title: None,
    })
}

/// `as a Proposed Standard`, `to Internet Standard`: the status, as written.
fn status_behind(text: &str) -> Option<String> {
    let text = text.trim_start();
    let rest = ["as ", "to "]
        .iter()
        .find_map(|word| text.strip_prefix(word))?;
    let rest = ["an ", "a ", "the "]
        .iter()
        .find_map(|word| rest.strip_prefix(word))
        .unwrap_or(rest);
    let end = rest.find(['.', ',', ';', '(']).unwrap_or(rest.len());
    status(&rest[..end])
}

/// A status name, cut where a sentence goes on.
pub(super) fn status(text: &str) -> Option<String> {
    let known = [
        "Proposed Standard",
        "Draft Standard",
        "Internet Standard",
        "Full Standard",
        "Standard",
        "Best Current Practice",
        "BCP",
        "Informational RFC",
        "Informational",
        "Experimental RFC",
        "Experimental",
        "Historic RFC",
        "Historic",
    ];
    let text = text.trim().trim_end_matches(['.', ',']);
    let known = known.iter().find(|known| {
        text.get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
            && !text[known.len()..].starts_with(char::is_alphanumeric)
    })?;
    Some((*known).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bullets_name_several_documents() {
        let text = "The IESG has approved the following documents:\n- 'One's Title'\n  (draft-a-b-03.txt) as a Proposed\nStandard\n- 'Two (2)'\n  (draft-c-d-01.txt) as an Informational RFC\n\nThese documents are";
        let found = bullets(text, &["These documents are"]);
        assert_eq!(found.len(), 2);
        assert_eq!(found[0].0.title.as_deref(), Some("One's Title"));
        assert_eq!(found[0].1.as_deref(), Some("Proposed Standard"));
        assert_eq!(found[1].0.title.as_deref(), Some("Two (2)"));
        assert_eq!(found[1].0.name, "draft-c-d");
        assert_eq!(found[1].1.as_deref(), Some("Informational RFC"));
    }

    #[test]
    fn documents_are_drafts_or_rfcs_by_themselves() {
        assert_eq!(document("rfc9110").unwrap().name, "rfc9110");
        assert_eq!(document("RFC 9110").unwrap().name, "rfc9110");
        assert_eq!(document("RFC 9110 bis"), None);
        assert_eq!(document("http"), None);
    }
}
