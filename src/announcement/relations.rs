//! Relations to other documents that an abstract states: updates, obsoletes (RFC 7322 section 4.1.4), replaces. A verb
//! counts only when a list of documents follows it at once: "This document updates RFCs 6241, 8526 and 8040" says
//! something, "updates to RFC 8040 clients" does not.

use super::names;

/// Returns the RFCs that an abstract says its document updates.
pub(super) fn updated_rfcs(text: &str) -> Vec<u32> {
    rfcs_after(text, &["pdat"], &["updates", "update", "updating"])
}

/// Returns the RFCs that an abstract says its document obsoletes.
pub(super) fn obsoleted_rfcs(text: &str) -> Vec<u32> {
    let verbs = [
        "obsoletes",
        "obsolete",
        "obsoleting",
        "replaces",
        "supersedes",
    ];
    rfcs_after(text, &["bsolet", "eplaces", "upersedes"], &verbs)
}

/// Returns the drafts that an abstract says its document replaces.
pub(super) fn replaced_drafts(text: &str) -> Vec<String> {
    if !text.contains("eplaces") {
        return Vec::new();
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let mut found: Vec<String> = Vec::new();
    // Each word is looked at once, whatever the text: what a list has used up begins no other.
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if !bare(word).eq_ignore_ascii_case("replaces") {
            continue;
        }
        for next in rest.by_ref() {
            match names::draft_name(next) {
                Some((name, _)) => found.push(name),
                None if is_joint(next) => {}
                None => break,
            }
        }
    }
    found.dedup();
    found
}

/// Returns the RFCs listed after one of `verbs`, of which a text has none when it has none of `parts`.
fn rfcs_after(text: &str, parts: &[&str], verbs: &[&str]) -> Vec<u32> {
    // Most abstracts say nothing of this kind, or name no RFC at all, and are read no closer.
    let holds = |part: &&str| text.contains(part);
    if !parts.iter().any(holds) || !["RFC", "rfc"].iter().any(holds) {
        return Vec::new();
    }
    // "RFC8040/8526" and "[RFC8040]" are lists too.
    let spaced = text.replace(['/', '[', ']', '(', ')'], " ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut found = Vec::new();
    // Each word is looked at once, whatever the text: what a list has used up begins no other.
    let mut rest = words.iter().enumerate();
    while let Some((at, word)) = rest.next() {
        let is_verb = verbs
            .iter()
            .any(|verb| bare(word).eq_ignore_ascii_case(verb));
        if !is_verb || is_denied(&words[..at]) {
            continue;
        }
        let before = found.len();
        let mut place = false;
        for (_, next) in rest.by_ref() {
            let plain = bare(next);
            // "Sections 3.1 and 4 of RFC 5280": what stands before "of" are no RFCs.
            if is_place(plain) {
                place = true;
                continue;
            }
            if place {
                match plain {
                    "of" | "in" => place = false,
                    _ if plain.starts_with(|c: char| c.is_ascii_digit()) || is_joint(plain) => {}
                    _ => break,
                }
                continue;
            }
            let number =
                names::rfc_number(plain).or_else(|| plain.parse().ok().filter(|n| *n > 99));
            match number {
                Some(number) => found.push(number),
                None if ["rfc", "rfcs"]
                    .iter()
                    .any(|word| plain.eq_ignore_ascii_case(word)) => {}
                None if is_joint(plain) => {}
                // "updates and obsoletes RFC 1": both verbs share the list. "updates RFC 1 and obsoletes RFC 2" does
                // not.
                None if is_shared_verb(plain)
                    && (found.len() == before
                        || verbs.iter().any(|verb| plain.eq_ignore_ascii_case(verb))) => {}
                None => break,
            }
            if next.ends_with(['.', ';']) {
                break;
            }
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// True after "does not update RFC 1" and "proposals to update RFC 1" state no fact about this document.
fn is_denied(before: &[&str]) -> bool {
    let last = before.last().map(|word| bare(word).to_ascii_lowercase());
    matches!(
        last.as_deref(),
        Some("not" | "to" | "further" | "future" | "other")
    )
}

fn is_joint(word: &str) -> bool {
    matches!(
        bare(word).to_ascii_lowercase().as_str(),
        "" | "and" | "both" | "the" | "following" | "&" | "as" | "well" | "also"
    )
}

fn is_shared_verb(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "updates" | "obsoletes" | "replaces" | "supersedes"
    )
}

fn is_place(word: &str) -> bool {
    matches!(
        word.to_ascii_lowercase().as_str(),
        "section" | "sections" | "part" | "parts" | "portions"
    )
}

fn bare(word: &str) -> &str {
    word.trim_matches(|c: char| !c.is_alphanumeric() && c != '&')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_after_the_verb_is_read_to_its_end() {
        assert_eq!(updated_rfcs("This document updates RFC 8342."), [8342]);
        assert_eq!(
            updated_rfcs("It updates RFCs 6241, 8526, and 8040 by adding RFC 1."),
            [6241, 8040, 8526]
        );
        assert_eq!(
            updated_rfcs("This document updates [RFC8040] and [RFC8526]."),
            [8040, 8526]
        );
        assert_eq!(
            obsoleted_rfcs("This document updates RFC 1234 and obsoletes RFC 5678."),
            [5678]
        );
        assert_eq!(
            updated_rfcs("It updates RFC 1234, updates RFC 2345 and obsoletes RFC 5678."),
            [1234, 2345]
        );
        assert_eq!(updated_rfcs("This updates and obsoletes RFC 1234."), [1234]);
        assert_eq!(
            obsoleted_rfcs("It replaces and obsoletes RFCs 2068 and 2616."),
            [2068, 2616]
        );
        assert_eq!(
            updated_rfcs("This document updates Sections 4.1 and 5 of RFC 5280."),
            [5280]
        );
        assert_eq!(
            updated_rfcs("It updates parts of RFC 1035 and RFC 2181."),
            [1035, 2181]
        );
    }

    #[test]
    fn other_uses_of_the_words_are_no_facts() {
        assert!(updated_rfcs("It describes routing updates for RFC 4271 speakers.").is_empty());
        assert!(updated_rfcs("This document does not update RFC 4271.").is_empty());
        assert!(obsoleted_rfcs("RFC 1 is obsolete.").is_empty());
        assert!(obsoleted_rfcs("This replaces section 500 by 600 others.").is_empty());
    }

    #[test]
    fn replaced_drafts_are_named() {
        let text = "This document replaces draft-person-thing-03 and draft-other-thing.";
        assert_eq!(
            replaced_drafts(text),
            ["draft-person-thing", "draft-other-thing"]
        );
    }
}
