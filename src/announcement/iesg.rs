//! What the IESG's announcements have in common: who sends them, and how they name documents.

use super::Named;
use super::message::Message;
use super::names;
use super::text::find_ignoring_case;

/// The parts before the `@` from which the IESG, its secretary and the tracker have sent since 1994.
const SENDERS: [&str; 13] = [
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
    "iab",
    "iab-chair",
    "execd",
];

/// Where they sent from.
const HOSTS: [&str; 5] = [
    "ietf.org",
    "irtf.org",
    "iab.org",
    "cnri.reston.va.us",
    "nri.reston.va.us",
];

/// Whether a message comes from the IESG, its secretary or the tracker. Copies that lost the field are believed when
/// their subject has the form.
pub(super) fn is_sender(message: &Message) -> bool {
    if message.from.is_empty() {
        return true;
    }
    message
        .from
        .split_once('@')
        .is_some_and(|(local, host)| SENDERS.contains(&local) && is_of(host, &HOSTS))
}

/// Whether a host is one of these or below one of them.
pub(super) fn is_of(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

/// What follows `words` in a subject, where nothing stands before them but words that say how often it was said, such
/// as "Second", "UPDATED:" or "Correction -".
pub(super) fn behind<'a>(subject: &'a str, words: &str) -> Option<&'a str> {
    const AGAIN: [&str; 19] = [
        "additional",
        "second",
        "third",
        "fourth",
        "2nd",
        "3rd",
        "updated",
        "update",
        "revised",
        "extended",
        "extension",
        "new",
        "corrected",
        "correction",
        "reissued",
        "repeated",
        "of",
        "ietf",
        "wide",
    ];
    let at = find_ignoring_case(subject, words)?;
    let known = subject[..at]
        .split([' ', ':', '-', '*', '(', ')'])
        .filter(|word| !word.is_empty())
        .all(|word| AGAIN.iter().any(|again| word.eq_ignore_ascii_case(again)));
    known.then(|| subject[at + words.len()..].trim())
}

/// The documents that a text names up to the paragraph that begins with one of `ends`, each with the status behind it:
/// in bullets such as `- 'Title'` / `  <draft-x-10.txt> as Proposed Standard`, or in a sentence, as until 2003.
pub(super) fn bullets(text: &str, ends: &[&str]) -> Vec<(Named, Option<String>)> {
    let stop = ends
        .iter()
        .filter_map(|end| find_ignoring_case(text, end))
        .min()
        .unwrap_or(text.len());
    let flat = flat(&text[..stop]);
    let mut found: Vec<(Named, Option<String>)> = Vec::new();
    let mut from = 0;
    while found.len() < MOST
        && let Some((open, close, mut named)) = next_mark(&flat, from)
    {
        named.title = title_before(&flat[from..open]);
        let status = status_behind(&flat[close + 1..]);
        from = close + 1;
        match found.iter_mut().find(|(known, _)| known.name == named.name) {
            Some((known, _)) => known.title = known.title.take().or(named.title),
            None => found.push((named, status)),
        }
    }
    found
}

/// The lines as one, with bullets marked: a line that begins with one is told from a hyphen between words.
fn flat(text: &str) -> String {
    let mut flat = String::with_capacity(text.len());
    for line in text.lines() {
        let line = line.trim();
        let mut words = line.split_whitespace().peekable();
        let first = words.peek().copied().unwrap_or_default();
        let number = first.strip_suffix(['.', ')']).unwrap_or_default();
        let is_number =
            (1..3).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        // A quoted title that goes on with a hyphen on the next line is no new bullet.
        let is_hyphen = first == "-" && line.len() > 1;
        if matches!(first, "o" | "*" | "•" | "+") || is_number || is_hyphen {
            words.next();
            flat.push(if is_hyphen { HYPHEN } else { BULLET });
        }
        for word in words {
            if !flat.is_empty() {
                flat.push(' ');
            }
            flat.push_str(word);
        }
    }
    flat
}

/// No call and no decision was ever about so many documents.
const MOST: usize = 200;
/// Stands for a bullet in [`flat`]; clean text has no control characters.
const BULLET: char = '\u{1}';
/// Stands for a hyphen at the beginning of a line, which is a bullet unless a quoted title is open.
const HYPHEN: char = '\u{2}';

/// The next document in < > or ( ) behind `from`: where its brackets are, and its name.
fn next_mark(text: &str, from: usize) -> Option<(usize, usize, Named)> {
    text[from..]
        .match_indices(['<', '('])
        .find_map(|(at, open)| {
            let at = from + at;
            let rest = text[at..].get(..200).unwrap_or(&text[at..]);
            let end = at + rest.find(if open == "<" { '>' } else { ')' })?;
            let named = document(&text[at + 1..end])?;
            // A title may name an RFC too; one that is decided about is followed by what it becomes.
            let behind = text[end + 1..].trim_start();
            let counts = named.name.starts_with("draft-")
                || ["to ", "as "].iter().any(|word| behind.starts_with(word));
            counts.then_some((at, end, named))
        })
}

/// The title that ends here: what is quoted, or what follows the last bullet.
fn title_before(text: &str) -> Option<String> {
    let text = text.trim_end().trim_end_matches(',').trim_end();
    let plain = |title: &str| {
        let title = title.replace([BULLET, HYPHEN], " - ");
        let title = title.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(title).filter(|title| !title.is_empty())
    };
    for (open, close) in [('\'', '\''), ('"', '"'), ('‘', '’'), ('“', '”')] {
        let Some(inner) = text.strip_suffix(close) else {
            continue;
        };
        // The quote opens behind a blank or a bullet; a title may hold others of its kind.
        let begins = inner.match_indices(open).find(|(at, _)| {
            inner[..*at]
                .chars()
                .next_back()
                .is_none_or(|before| before.is_whitespace() || before.is_control())
        });
        if let Some((at, mark)) = begins {
            return plain(&inner[at + mark.len()..]);
        }
    }
    let start = text.rfind([BULLET, HYPHEN])?;
    plain(&text[start + 1..])
}

/// The document and the title in a subject: `<draft-x-10.txt> (Title) to Proposed Standard`, `'Title' to Proposed
/// Standard (draft-x)`, or a title alone.
pub(super) fn of_subject(rest: &str) -> (Option<Named>, Option<String>) {
    // A subject folded at a hyphen comes back with a blank in the name.
    let rest = rest.replace("- ", "-");
    let to = rest.rfind(" to ").unwrap_or(rest.len());
    let first = rest.split_whitespace().next().unwrap_or_default();
    if let Some(named) = document(first.trim_matches(['<', '>', ','])) {
        let title = rest
            .find(" (")
            .and_then(|open| rest.get(open + 2..to)?.trim().strip_suffix(')'))
            .map(str::to_owned)
            .filter(|title| !title.is_empty());
        return (Some(named), title);
    }
    let title = rest[..to].trim();
    let quotes = [('\'', '\''), ('"', '"')];
    let bare = quotes
        .iter()
        .find_map(|(open, close)| title.strip_prefix(*open)?.strip_suffix(*close))
        .unwrap_or(title)
        .trim();
    if let Some(named) = document(bare) {
        return (Some(named), None);
    }
    let named = rest
        .rfind('(')
        .and_then(|open| document(rest[open + 1..].trim_end().trim_end_matches(')')));
    (
        named,
        Some(bare.to_owned()).filter(|title| !title.is_empty()),
    )
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
    let text = text
        .trim()
        .trim_start_matches("be ")
        .trim_start_matches("the status of ");
    let known = known.iter().find(|known| {
        text.get(..known.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(known))
            // Several documents become "Proposed Standards".
            && !text[known.len()..]
                .trim_start_matches('s')
                .starts_with(char::is_alphanumeric)
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

    fn titles(text: &str) -> Vec<(String, Option<String>, Option<String>)> {
        bullets(text, &[])
            .into_iter()
            .map(|(named, status)| (named.name, named.title, status))
            .collect()
    }

    #[test]
    fn titles_hold_quotes_and_hyphens() {
        let one = |text: &str| titles(text)[0].1.clone().unwrap();
        assert_eq!(
            one("x:\n- 'A \"quoted\"'\n  <draft-a-b-01.txt>"),
            "A \"quoted\""
        );
        assert_eq!(
            one("x: - 'Paths - A Framework '\n  <draft-a-b-01.txt>"),
            "Paths - A Framework"
        );
        assert_eq!(
            one("x:\n- 'Paths\n- A Framework'\n  <draft-a-b-01.txt>"),
            "Paths - A Framework"
        );
        assert_eq!(
            one("x:\n- Title (of RFC 1)\n  (rfc9110) to Historic"),
            "Title (of RFC 1)"
        );
        assert_eq!(
            one("x:\n- 'An Update to Y (RFC 1234)'\n  <draft-a-b-01.txt>"),
            "An Update to Y (RFC 1234)"
        );
        assert_eq!(
            one("x: - 'The 'best' one' <draft-a-b-01.txt>"),
            "The 'best' one"
        );
    }

    #[test]
    fn sentences_of_the_1990s_name_documents_too() {
        let text = "The IESG has approved the Internet-Draft \"IP over X\"\n<draft-a-b-01.txt> as a Proposed Standard.";
        assert_eq!(
            titles(text),
            [(
                "draft-a-b".into(),
                Some("IP over X".into()),
                Some("Proposed Standard".into())
            )]
        );
        let text = "publication of the following Internet-Drafts as Proposed Standards:\n\n o One Title\n   <draft-a-b-01.txt>\n o Two\n   <draft-c-d-02.txt>\n";
        assert_eq!(
            titles(text),
            [
                ("draft-a-b".into(), Some("One Title".into()), None),
                ("draft-c-d".into(), Some("Two".into()), None)
            ]
        );
    }

    #[test]
    fn subjects_are_read_in_both_orders() {
        let read = |rest: &str| {
            let (named, title) = of_subject(rest);
            (named.map(|named| named.name), title)
        };
        let both = (Some("draft-a-b".to_owned()), Some("How to (x)".to_owned()));
        assert_eq!(read("<draft-a-b-04.txt> (How to (x)) to BCP"), both);
        assert_eq!(read("'How to (x)' to BCP (draft-a-b)"), both);
        assert_eq!(read("How to (x) to BCP"), (None, both.1));
        assert_eq!(read("RFC 3683 to Historic").0.as_deref(), Some("rfc3683"));
    }

    #[test]
    fn how_often_it_was_said_may_stand_first() {
        for subject in [
            "Last Call: x",
            "Second Last Call: x",
            "UPDATED: Last Call: x",
            "Extension of Last Call: x",
            "IETF-wide Last Call: x",
        ] {
            assert_eq!(behind(subject, "Last Call:"), Some("x"), "{subject}");
        }
        for subject in [
            "Re: Last Call: x",
            "Guidance on Last Call: x",
            "Fwd: Last Call: x",
            "WG Last Call: x",
        ] {
            assert_eq!(behind(subject, "Last Call:"), None, "{subject}");
        }
    }

    #[test]
    fn a_host_that_only_ends_alike_is_another() {
        assert!(is_of("ns.ietf.org", &HOSTS));
        assert!(!is_of("not-ietf.org", &HOSTS));
    }

    #[test]
    fn documents_are_drafts_or_rfcs_by_themselves() {
        assert_eq!(document("rfc9110").unwrap().name, "rfc9110");
        assert_eq!(document("RFC 9110").unwrap().name, "rfc9110");
        assert_eq!(document("RFC 9110 bis"), None);
        assert_eq!(document("http"), None);
    }
}
