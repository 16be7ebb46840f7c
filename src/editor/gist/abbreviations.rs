//! Short forms and their long ones. `Secure Shell (SSH)` becomes the one or the other, never half of both: the short one
//! where the title has it or everybody knows it, else the long one.

use std::sync::LazyLock;

use super::pattern::is_one_of;
use super::words::{Word, bracketed, count, words};

/// Short forms that everybody knows, with their long forms.
static COMMON: LazyLock<Vec<(&str, &str)>> = LazyLock::new(|| {
    let lines = include_str!("short_forms.tsv").lines();
    let forms = lines.filter(|line| !line.starts_with('#'));
    forms.filter_map(|line| line.split_once('\t')).collect()
});
/// Words that have no letter in a short form.
const SMALL: &str = "a|an|the|of|for|and|or|in|on|to|over|with|using|at|from|by|as|via|de";
/// Short forms that need no explanation though nobody spells them out.
const WELL_KNOWN: &str = "ip|tcp|udp|tls|dtls|http|https|dns|dnssec|bgp|ospf|mpls|yang|json|cbor|ietf|iana|quic|rtp|rtcp|sip|api|uri|url|vpn|nat|dhcp|iot|xml|smtp|imap|ntp|ssh|cose|jose|jwt|cwt|jwk|oauth|ipsec|ikev2|coap|pki|rpki|id|ipv4|ipv6|uuid|lan|mtu|netconf|restconf|icmp|icmpv6|webrtc|epp|rdap|sdp|x.509|llm|ai|pdf|html|utf-8|ascii|usa|ieee|itu-t|w3c|3gpp|nist|isp|sql|css|dane|acme|mime";
/// Words after which a noun phrase is over.
const AFTER: &str = "and|or|to|for|in|on|with|by|that|which|from|as|is|are|can|may|over|using|at|via|when|where|so|of";

/// Last words of long forms whose short ones are names, without an article.
const NAMES: &str = "protocol|extensions|security|encryption|switching|notation|representation|first|language|shell|environments|routing|forwarding|detection|environment|messaging|interface";

/// The short forms that an abstract and its title define.
pub(super) struct ShortForms {
    pairs: Vec<(String, Vec<Word>)>,
    title: Vec<String>,
    /// The common ones that the title has, with their long forms' words: looked for once, and not for each phrase.
    titled: Vec<(&'static str, Vec<&'static str>)>,
}

impl ShortForms {
    /// Collects `Long Form (LF)` from the sentences and the title.
    pub(super) fn of(title: &str, sentences: &[Vec<Word>]) -> Self {
        let title_words = words(title);
        let mut pairs: Vec<(String, Vec<Word>)> = Vec::new();
        for read in sentences.iter().chain([&title_words]) {
            for group in bracketed(read) {
                let Some(short) = short_form(read, &group) else {
                    continue;
                };
                let known = pairs.iter().any(|(one, _)| *one == short);
                if !known && let Some(from) = long_form(&read[..group.start], &short) {
                    pairs.push((short, read[from..group.start].to_vec()));
                }
            }
        }
        // "Grant Negotiation and Authorization Protocol": "GNAP defines …".
        let first = sentences.first().and_then(|read| read.first());
        if let Some(short) = first.map(Word::bare).filter(|short| short.len() > 2)
            && short.chars().all(|c| c.is_ascii_uppercase())
            && by_initials(&title_words, &letters(short)) == Some(0)
            && pairs.iter().all(|(one, _)| one != short)
        {
            pairs.push((short.to_owned(), title_words.clone()));
        }
        // "Layer 2 (L2)" stands inside "Layer 2 Virtual Private Network (L2VPN)": the longer first.
        pairs.sort_by_key(|(_, long)| std::cmp::Reverse(long.len()));
        let split = |c: char| !c.is_alphanumeric() && c != '.' && c != '+';
        let title = title.split(split).map(str::to_owned).collect();
        let mut forms = ShortForms {
            pairs,
            title,
            titled: Vec::new(),
        };
        let titled = COMMON.iter().filter(|(short, _)| forms.is_in_title(short));
        let titled = titled.map(|(short, long)| (*short, long.split(' ').collect()));
        forms.titled = titled.collect();
        forms
    }

    /// Returns true when the title has the short form, or its plural.
    pub(super) fn is_in_title(&self, short: &str) -> bool {
        let singular = singular(short);
        self.title.iter().any(|word| {
            let word = word.trim_end_matches('.');
            word == short || word == singular || word.strip_suffix('s') == Some(singular)
        })
    }

    /// Returns every short form with its long one: those of the abstract, then the common ones that the title has.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (&str, Vec<&str>)> {
        let own = (self.pairs.iter()).map(|(short, long)| (short.as_str(), keys(long)));
        own.chain(self.titled.iter().cloned())
    }

    /// Folds long forms to short ones where the title has them or everybody knows them; takes the brackets of the others
    /// away unless they are used again.
    pub(super) fn fold(&self, mut read: Vec<Word>) -> Vec<Word> {
        for (short, long) in &self.pairs {
            let long = keys(long);
            let known = is_common(short, &long) || self.is_in_title(short);
            let Some(at) = position(&read, &long) else {
                continue;
            };
            let group = at + long.len();
            let defined = read
                .get(group)
                .is_some_and(|word| word.text().starts_with('(') && word.bare() == short);
            if known && (defined || self.is_in_title(short)) {
                let end = if defined { group + 1 } else { group };
                read = folded(read, at, end, short, &long);
            }
        }
        for (short, long) in &self.titled {
            if let Some(at) = position(&read, long) {
                read = folded(read, at, at + long.len(), short, long);
            }
        }
        read
    }

    /// Returns true when the words spell out a short form of the title.
    pub(super) fn open_the_title(&self, read: &[Word]) -> bool {
        self.pairs().any(|(short, long)| {
            short.len() > 2 && self.is_in_title(short) && position(read, &long).is_some()
        })
    }

    /// Returns the brackets that define a short form which the words use again.
    pub(super) fn used_again(&self, read: &[Word]) -> Vec<usize> {
        let groups = bracketed(read).into_iter();
        groups
            .filter(|group| {
                let rest = &read[group.end..];
                short_form(read, group).is_some_and(|short| {
                    rest.iter().any(|word| is_form(word, &short))
                        && self.pairs.iter().any(|(one, _)| *one == short)
                })
            })
            .map(|group| group.start)
            .collect()
    }

    /// Opens short forms that neither the title nor everybody knows, as long as that leaves at most `most` words.
    pub(super) fn open(&self, mut read: Vec<Word>, title: &str, most: usize) -> Vec<Word> {
        let lower_title: Vec<Word> = words(title);
        for (short, long) in &self.pairs {
            let spelt = long;
            let long = keys(spelt);
            let is_known = is_well_known(short)
                || is_common(short, &long)
                || self.is_in_title(short)
                || position(&read, &long).is_some()
                || position(&lower_title, &long).is_some();
            let Some(at) = read.iter().position(|word| is_form(word, short)) else {
                continue;
            };
            if is_known || read[at].text().starts_with('(') {
                continue;
            }
            let plural = read[at].bare().len() > short.len() && !long.join(" ").ends_with('s');
            let spelt: Vec<&str> = spelt.iter().map(Word::bare).collect();
            let opened = spelt.join(" ") + if plural { "s" } else { "" };
            let text = read[at].text().replacen(read[at].bare(), &opened, 1);
            let mut longer = read.clone();
            let last = long.last().copied();
            let doubled = longer
                .get(at + 1)
                .is_some_and(|next| Some(next.key()) == last);
            longer.splice(
                at..=at + usize::from(doubled),
                text.split(' ').map(Word::new),
            );
            if let Some(before) = at.checked_sub(1) {
                longer[before] = agreeing(&longer[before], &longer[at]);
            }
            if count(&longer) <= most {
                read = longer;
            }
        }
        read
    }
}

fn keys(long: &[Word]) -> Vec<&str> {
    long.iter().map(Word::key).collect()
}

fn is_common(short: &str, long: &[&str]) -> bool {
    let mut forms = COMMON.iter().filter(|(one, _)| *one == short);
    forms.any(|(_, of)| of.replace(',', "") == long.join(" "))
}

fn is_well_known(short: &str) -> bool {
    is_one_of(&singular(short).to_lowercase(), WELL_KNOWN)
}

/// `LSPs` → `LSP`
fn singular(short: &str) -> &str {
    match short.strip_suffix('s') {
        Some(one) if one.ends_with(|c: char| c.is_uppercase() || c.is_ascii_digit()) => one,
        _ => short,
    }
}

/// Returns true for the short form and its plural.
fn is_form(word: &Word, short: &str) -> bool {
    let bare = word.bare();
    bare == short || bare.strip_suffix('s') == Some(singular(short)) || bare == singular(short)
}

/// Returns the short form that a bracket of one word holds.
fn short_form(read: &[Word], group: &std::ops::Range<usize>) -> Option<String> {
    let word = (group.len() == 1).then(|| read[group.start].bare())?;
    let letters = word.chars().filter(|c| c.is_uppercase()).count();
    let plain = word
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-+&/.".contains(c));
    let short = (2..=12).contains(&word.len()) && plain && letters > 0;
    let is_word = letters == 1 && word.len() > 5;
    (short && !is_word && !word.starts_with("RFC")).then(|| word.to_owned())
}

/// Returns where the long form begins whose letters the short form has. Its first letter begins a word.
fn long_form(before: &[Word], short: &str) -> Option<usize> {
    let full = letters(short);
    let mut found = by_initials(before, &full).or_else(|| by_letters(before, &full));
    if found.is_none() && singular(short) != short {
        let one = &full[..full.len() - 1];
        found = by_initials(before, one).or_else(|| by_letters(before, one));
    }
    let from = found?;
    // "Routing and Routing Information Base": the first letter is further left.
    let from = match from.checked_sub(2) {
        Some(left)
            if before[from - 1].key() == "and"
                && before[left].key().starts_with(full[0])
                && before[left].mark().is_none() =>
        {
            left
        }
        _ => from,
    };
    let digits = |text: &str| text.contains(|c: char| c.is_ascii_digit());
    let only_long = before[from..].iter().any(|word| digits(word.text()));
    (!only_long || digits(short)).then_some(from)
}

fn letters(short: &str) -> Vec<char> {
    let lower = short.to_lowercase();
    lower.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn parts(word: &Word) -> impl Iterator<Item = &str> {
    word.key().split(['-', '/']).filter(|part| !part.is_empty())
}

fn by_initials(before: &[Word], letters: &[char]) -> Option<usize> {
    let longest = before.len().min(letters.len() + 6);
    (1..=longest).map(|n| before.len() - n).find(|from| {
        let read = &before[*from..];
        let initials = |all: bool| -> Vec<char> {
            let parts = read.iter().flat_map(parts);
            let kept = parts.filter(|part| all || !is_one_of(part, SMALL));
            kept.filter_map(|part| part.chars().next()).collect()
        };
        read.len() > 1
            && !is_one_of(read[0].key(), SMALL)
            && (initials(true) == letters || initials(false) == letters)
    })
}

fn by_letters(before: &[Word], letters: &[char]) -> Option<usize> {
    let first = letters.first()?;
    let longest = before.len().min(letters.len() * 2 + 3);
    for from in (1..=longest).map(|n| before.len() - n) {
        let read = &before[from..];
        let is_over =
            read[0].mark().is_some() && read.len() > 1 || read[0].text().contains(['(', ')']);
        let is_verb = is_one_of(
            read[0].key(),
            "is|are|can|may|which|that|this|these|called|named",
        );
        if is_over || is_verb {
            return None;
        }
        if !read[0].key().starts_with(*first) || is_one_of(read[0].key(), SMALL) {
            continue;
        }
        let text: Vec<&str> = read.iter().map(Word::key).collect();
        let text = text.join(" ");
        let mut rest = text.chars();
        let held = letters.iter().all(|letter| rest.any(|c| c == *letter));
        let starts: Vec<char> = read
            .iter()
            .flat_map(parts)
            .filter(|part| !is_one_of(part, SMALL))
            .filter_map(|part| part.chars().next())
            .collect();
        let initial = letters.iter().filter(|letter| starts.contains(letter));
        // "Pseudowires (PWs)": one word may have a short form of two letters.
        let compound = read.len() == 1 && letters.len() == 2 && read[0].key().len() > 6;
        let enough = starts.len() >= letters.len().min(2) || compound;
        if held && initial.count() * 2 >= letters.len() && enough {
            return Some(from);
        }
    }
    None
}

/// Returns where the long form stands, word for word.
fn position(read: &[Word], long: &[&str]) -> Option<usize> {
    let is_it = |word: &Word, key: &str| word.key() == key.trim_end_matches(',');
    (!long.is_empty())
        .then(|| {
            read.windows(long.len()).position(|window| {
                let mut pairs = window.iter().zip(long);
                let bracket = |word: &Word| word.text().contains(['(', ')']);
                pairs.all(|(word, key)| is_it(word, key) && !bracket(word))
            })
        })
        .flatten()
}

/// Puts the short form where the long one stood. The article goes where the short form has none, and agrees where it
/// stays.
fn folded(mut read: Vec<Word>, at: usize, end: usize, short: &str, long: &[&str]) -> Vec<Word> {
    let mut word = Word::new(short);
    if let Some(mark) = read[end - 1].mark() {
        word = word.marked(mark);
    }
    let over = word.mark().is_some()
        || read
            .get(end)
            .is_none_or(|next| is_one_of(next.key(), AFTER));
    let is_name = long.last().is_some_and(|last| is_one_of(last, NAMES));
    let quoted = read[at].text().starts_with('"') && !read[end - 1].text().contains("\")");
    read.splice(at..end, [word]);
    if let Some(before) = at.checked_sub(1)
        && !quoted
    {
        if is_name && over && read[before].key() == "the" {
            read.remove(before);
        } else {
            read[before] = agreeing(&read[before], &read[at]);
        }
    }
    read
}

/// "a" or "an", as the next word sounds.
fn agreeing(article: &Word, next: &Word) -> Word {
    let bare = next.bare();
    let spelt = bare
        .chars()
        .take(2)
        .all(|c| c.is_uppercase() || c.is_ascii_digit());
    let vowel = match spelt {
        true => bare.starts_with(|c| "AEFHILMNORSX".contains(c)),
        false => bare.starts_with(|c| "AEIOaeio".contains(c)),
    };
    match (article.text(), vowel) {
        ("a", true) => Word::new("an"),
        ("an", false) => Word::new("a"),
        ("A", true) => Word::new("An"),
        ("An", false) => Word::new("A"),
        _ => article.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::words::print;
    use super::*;

    fn long(text: &str) -> Option<String> {
        let read = words(text);
        let group = bracketed(&read).pop()?;
        let from = long_form(&read[..group.start], &short_form(&read, &group)?)?;
        Some(print(&read[from..group.start]))
    }

    #[test]
    fn the_long_form_is_found_whole() {
        let is = |text: &str, expected: &str| assert_eq!(long(text).as_deref(), Some(expected));
        is("use in the Secure Shell (SSH)", "Secure Shell");
        is(
            "a CBOR Object Signing and Encryption (COSE)",
            "CBOR Object Signing and Encryption",
        );
        is("Label Switched Paths (LSPs)", "Label Switched Paths");
        is(
            "of Authentication and Authorization for Constrained Environments (ACE)",
            "Authentication and Authorization for Constrained Environments",
        );
        is(
            "a Generic Associated Channel (G-ACh)",
            "Generic Associated Channel",
        );
        assert_eq!(long("TLS Version 1.3 (TLS)"), None);
        assert_eq!(long("the thing (RFC 8446)"), None);
        assert_eq!(long("(SSH)"), None);
    }

    #[test]
    fn known_forms_are_folded_and_others_opened() {
        let text = "A key for the Border Gateway Protocol (BGP) and a Label Map (LM)";
        let forms = ShortForms::of("Keys", &[words(text)]);
        assert_eq!(
            print(&forms.fold(words(text))),
            "A key for BGP and a Label Map (LM)"
        );
        let used = forms.open(words("A list of LMs, sorted"), "Keys", 25);
        assert_eq!(print(&used), "A list of Label Maps, sorted");
    }
}
