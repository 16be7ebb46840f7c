//! Makes short names of titles and headlines, by deletion only: what a title calls its subject, or the title without the
//! words that many titles begin with.

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::digest::HeadlinePart;
use crate::wording::{Language, say};

/// A name that stands before a colon is at most so wide; what is wider is a sentence.
const NAME: usize = 24;

/// The words that end what stands before the subject of many titles, each before `for`, `of`, `on`, `to` or `in`.
const HEADS: &str = "requirements requirement extension extensions recommendations recommendation considerations \
    guidelines guidance framework architecture cases case statement profile profiles model models module modules \
    mechanism mechanisms procedures practices practice registry registries overview terminology support option \
    options encoding methods method methodology update updates usage implications challenges scenarios definition \
    definitions specification parameters";

/// The words between a head and its subject.
const JOINTS: [&str; 5] = [" for ", " of ", " on ", " to ", " in "];

/// Words that no line ends with.
const DANGLING: &str =
    "a an the for of on to in and or with by from over via using used at as into between its";

/// The words that end a Japanese title after its subject.
const TAILS: [&str; 12] = [
    "のための要件",
    "の要件",
    "のためのユースケース",
    "のユースケース",
    "のための考慮事項",
    "の考慮事項",
    "のためのガイドライン",
    "のガイドライン",
    "のアーキテクチャー",
    "のアーキテクチャ",
    "のフレームワーク",
    "の概要",
];

/// Returns the short form of a headline in at most `width` columns; `None` when there is none that ends with a word.
pub(super) fn of_headline(
    language: Language,
    parts: &[HeadlinePart],
    width: usize,
) -> Option<String> {
    let whole: String = parts.iter().map(|part| part.text.as_str()).collect();
    let linked: Vec<&str> = parts
        .iter()
        .filter(|part| part.document.is_some())
        .map(|part| part.text.trim())
        .collect();
    let is_word = |text: &&str| !text.is_empty() && text.width() <= 12 && !text.contains(' ');
    if let Some(name) = before_colon(&whole) {
        // "CLIENTID: Client Identity for SMTP and IMAP": the words that lead to the documents say where it applies.
        if linked.len() > 1 && linked.iter().all(|text| is_word(text) && *text != name) {
            let both = [("of", linked.join("/").into()), ("name", name.into())];
            let pair = say(language, "subject-pair", &both);
            if pair.width() <= width {
                return Some(pair);
            }
        }
        return Some(name.to_owned()).filter(|name| name.width() <= width);
    }
    match linked.first() {
        // Words in which titles differ are no titles: "Client Identity for SMTP and IMAP".
        Some(first) if linked.len() > 1 && !is_word(first) => of_title(first, width),
        _ => of_title(&whole, width),
    }
}

/// Returns the short form of a title in at most `width` columns; `None` when there is none that ends with a word.
pub(super) fn of_title(title: &str, width: usize) -> Option<String> {
    let title = title.trim();
    let name = before_colon(title)
        .or_else(|| before_article(title))
        .or_else(|| in_quotes(title));
    if let Some(name) = name.filter(|name| name.width() <= width) {
        return Some(name.to_owned());
    }
    let folded = fold(without_article(title));
    let tails = TAILS.iter().find_map(|tail| folded.strip_suffix(tail));
    if let Some(subject) = tails.filter(|subject| !subject.is_empty()) {
        return cut(subject, width);
    }
    let subject = without_head(&folded);
    let with_protocol = first_acronym(&folded)
        .filter(|_| subject.len() < folded.len())
        .map(|acronym| format!("{acronym} {subject}"));
    if let Some(whole) = with_protocol.filter(|whole| whole.width() <= width) {
        return Some(whole);
    }
    if subject.width() > width
        && let Some(acronym) = last_acronym(subject)
    {
        return Some(acronym.to_owned());
    }
    cut(subject, width)
}

/// Cuts `text` to at most `width` columns at the end of a word, marked with `…`; `None` when not even its first word fits.
/// Japanese is cut where a word that is not written in hiragana begins, and particles at the end go as well.
pub(super) fn cut(text: &str, width: usize) -> Option<String> {
    if text.width() <= width {
        return Some(text.to_owned()).filter(|text| !text.is_empty());
    }
    let room = width.checked_sub(1)?;
    let (mut columns, mut end, mut before) = (0, 0, ' ');
    for (at, c) in text.char_indices() {
        if at > 0 && (c.is_whitespace() || begins_word(before, c)) {
            end = at;
        }
        columns += c.width().unwrap_or(0);
        if columns > room {
            break;
        }
        before = c;
    }
    let mut kept = text.get(..end)?.trim_end();
    loop {
        kept = kept.trim_end_matches(|c: char| {
            c.is_whitespace() || "、。,;:-–—（(「『・".contains(c) || is_hiragana(c)
        });
        match kept.rsplit_once(' ') {
            Some((rest, last)) if is_one_of(DANGLING, last) => kept = rest,
            _ => break,
        }
    }
    // An opening bracket whose end is cut off goes with what stands in it.
    if let Some(at) = kept.rfind(['(', '（', '「'])
        && !kept.get(at..)?.contains([')', '）', '」'])
    {
        kept = kept.get(..at)?.trim_end();
    }
    (!kept.is_empty()).then(|| format!("{kept}…"))
}

fn is_one_of(words: &str, word: &str) -> bool {
    let word = word.to_lowercase();
    words.split_whitespace().any(|known| known == word)
}

fn is_hiragana(c: char) -> bool {
    ('\u{3041}'..='\u{309f}').contains(&c)
}

/// Returns true where a Japanese word begins: what is written in kanji, katakana or letters, after hiragana or a comma.
fn begins_word(before: char, c: char) -> bool {
    (is_hiragana(before) || "、）」｜".contains(before)) && !is_hiragana(c) && c.is_alphanumeric()
}

/// Returns the name in `SOUTH: Stochastic Authorization`.
fn before_colon(title: &str) -> Option<&str> {
    let (name, rest) = title.split_once(": ").or_else(|| title.split_once('：'))?;
    let name = name.trim();
    let fits = !name.is_empty() && name.width() <= NAME && name.split(' ').count() <= 3;
    (fits && !rest.trim().is_empty()).then_some(name)
}

/// Returns the name in `Tetrys, an On-the-Fly Network Coding Protocol`.
fn before_article(title: &str) -> Option<&str> {
    let (name, rest) = title.split_once(", ")?;
    let is_told = ["a ", "an ", "the "]
        .iter()
        .any(|word| rest.starts_with(word));
    (is_told && name.width() <= NAME && !name.contains(' ')).then_some(name)
}

/// Returns the name in `The "dereferenceable identifier" pattern`.
fn in_quotes(title: &str) -> Option<&str> {
    [('"', '"'), ('“', '”'), ('「', '」')]
        .iter()
        .find_map(|(open, close)| {
            let (_, rest) = title.split_once(*open)?;
            let (name, _) = rest.split_once(*close)?;
            (!name.trim().is_empty() && name.width() <= NAME).then(|| name.trim())
        })
}

fn without_article(title: &str) -> &str {
    let articles = ["A ", "An ", "The "];
    articles
        .iter()
        .find_map(|article| title.strip_prefix(article))
        .unwrap_or(title)
}

/// Returns what stands behind `Requirements for` or `SMTP Service Extension for`, unless that is a common word alone.
fn without_head(title: &str) -> &str {
    let ends = JOINTS
        .iter()
        .filter_map(|joint| title.find(joint).map(|at| (at, joint.len())));
    let Some((at, length)) = ends.min() else {
        return title;
    };
    let (head, rest) = (&title[..at], without_article(&title[at + length..]));
    let last = head.rsplit(' ').next().unwrap_or_default();
    let is_name = rest.contains(' ')
        || rest
            .chars()
            .skip(1)
            .any(|c| c.is_uppercase() || c.is_numeric());
    if is_one_of(HEADS, last) && is_name {
        rest
    } else {
        title
    }
}

/// Returns `SMTP` of `SMTP Service Extension for Client Identity`.
fn first_acronym(title: &str) -> Option<&str> {
    let first = title.split(' ').next()?;
    is_acronym(first).then_some(first)
}

/// Returns `RSC` of a title that ends with `(RSC)`.
fn last_acronym(title: &str) -> Option<&str> {
    let (_, last) = title.strip_suffix(')')?.rsplit_once(" (")?;
    is_acronym(last).then_some(last)
}

fn is_acronym(word: &str) -> bool {
    let fits = (2..=12).contains(&word.len());
    fits && word.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        && word.chars().filter(char::is_ascii_uppercase).count() > 1
}

/// Writes `SR` for `Segment Routing (SR)`: as many words as the abbreviation has letters, each beginning with its letter.
fn fold(title: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in title.split(' ') {
        let bare = word
            .strip_prefix('(')
            .and_then(|word| word.strip_suffix(')'));
        let letters = bare.filter(|bare| is_acronym(bare));
        let begin = letters.and_then(|letters| {
            let begin = words.len().checked_sub(letters.chars().count())?;
            let first = |word: &&str| word.chars().next().map(|c| c.to_ascii_lowercase());
            let stand_for = words[begin..].iter().map(first);
            stand_for
                .eq(letters.chars().map(|c| Some(c.to_ascii_lowercase())))
                .then_some(begin)
        });
        match (begin, letters) {
            (Some(begin), Some(letters)) => {
                words.truncate(begin);
                words.push(letters);
            }
            _ => words.push(word),
        }
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(title: &str) -> String {
        of_title(title, 33).unwrap_or_default()
    }

    fn part(text: &str, document: Option<&str>) -> HeadlinePart {
        HeadlinePart {
            text: text.into(),
            document: document.map(str::to_owned),
        }
    }

    #[test]
    fn a_title_is_called_by_the_name_that_it_gives() {
        for (title, name) in [
            (
                "SOUTH: Stochastic Authorization for Agent and Service Requests",
                "SOUTH",
            ),
            ("Tetrys, an On-the-Fly Network Coding Protocol", "Tetrys"),
            (
                "Using the \"quux\" Header Field in Very Long Replies",
                "quux",
            ),
            ("Requirements for Agent Gateway", "Agent Gateway"),
            (
                "SMTP Service Extension for Client Identity",
                "SMTP Client Identity",
            ),
            (
                "PCEP Extensions for Circuit Style Policies",
                "PCEP Circuit Style Policies",
            ),
            (
                "Path Computation Element Communication Protocol (PCEP) Extensions for Associated Bidirectional Segment Routing (SR) Paths",
                "Associated Bidirectional SR Paths",
            ),
            ("An Architecture for Examples", "Architecture for Examples"),
            (
                "Resource Public Key Infrastructure (RPKI) object profile for Signed Checklist (RSC)",
                "RPKI Signed Checklist (RSC)",
            ),
            (
                "OAuth 2.0 Demonstrating Proof-of-Possession at the Application Layer (DPoP)",
                "DPoP",
            ),
            (
                "Recommendations for Discovering IPv6 Prefix Used for IPv6 Address Synthesis",
                "Discovering IPv6 Prefix…",
            ),
            (
                "YANG Metadata Annotation for Immutable Flag",
                "YANG Metadata Annotation…",
            ),
            ("Agent Gatewayの要件", "Agent Gateway"),
            (
                "企業でのエージェント連携のためのA2A拡張要件",
                "企業でのエージェント連携…",
            ),
        ] {
            assert_eq!(short(title), name);
        }
    }

    #[test]
    fn a_headline_is_called_by_its_name_and_by_what_its_links_say() {
        let clientid = [
            part("CLIENTID: Client Identity for ", None),
            part("SMTP", Some("draft-a")),
            part(" and ", None),
            part("IMAP", Some("draft-b")),
        ];
        let short = |parts: &[HeadlinePart]| of_headline(Language::En, parts, 33).unwrap();
        assert_eq!(short(&clientid), "SMTP/IMAP CLIENTID");
        assert_eq!(
            of_headline(Language::Ja, &clientid, 33).unwrap(),
            "SMTP/IMAPのCLIENTID"
        );
        assert_eq!(
            short(&[
                part("Client Identity for ", None),
                part("SMTP", Some("draft-a")),
                part(" and ", None),
                part("IMAP", Some("draft-b")),
            ]),
            "Client Identity for SMTP and IMAP"
        );
        let gateway = [
            part("Requirements for ", None),
            part("Agent Gateway", Some("draft-a")),
            part(", and for ", None),
            part("A2A in Enterprise", Some("draft-b")),
        ];
        assert_eq!(short(&gateway), "Agent Gateway");
        let south = [
            part("SOUTH", Some("draft-c")),
            part(
                ": Stochastic Authorization for Agent and Service Requests",
                None,
            ),
        ];
        assert_eq!(short(&south), "SOUTH");
    }

    #[test]
    fn no_word_is_cut_and_none_dangles() {
        assert_eq!(
            cut("Paths and Policies for the Network", 26).unwrap(),
            "Paths and Policies…"
        );
        assert_eq!(cut("A word (that is cut) off", 14).unwrap(), "A word…");
        assert_eq!(cut("Supercalifragilistic", 10), None);
        assert_eq!(cut("", 10), None);
        assert_eq!(cut("x", 0), None);
    }
}
