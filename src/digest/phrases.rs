//! Finds the phrases of a taxonomy in a text, all of them in one pass: most words begin no phrase, and that is known after
//! their first letters, however many phrases there are.

/// A phrase with what it counts for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Phrase {
    /// As it is written in the taxonomy.
    pub(super) text: String,
    /// The number of the theme or the division that it speaks for.
    pub(super) owner: usize,
    pub(super) weight: u32,
    words: Vec<String>,
    /// True when its last word may go on.
    open: bool,
}

/// The phrases, to be found by their first word, letter by letter.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrases {
    all: Vec<Phrase>,
    nodes: Vec<Node>,
}

/// What is known of a word after some of its letters.
#[derive(Clone, Debug, Default)]
struct Node {
    next: Vec<(u8, usize)>,
    /// The phrases whose first word ends here.
    whole: Vec<usize>,
    /// The phrases of one word that may go on from here.
    open: Vec<usize>,
}

/// A phrase at its place: from word to word, the end not included.
struct Found {
    phrase: usize,
    from: usize,
    to: usize,
}

impl Phrases {
    /// Takes phrases with their weights, each list with the number of its owner.
    pub(super) fn of<'a>(lists: impl Iterator<Item = (usize, &'a [(String, u32)])>) -> Self {
        let mut phrases = Phrases {
            all: Vec::new(),
            nodes: vec![Node::default()],
        };
        for (owner, list) in lists {
            for (text, weight) in list {
                phrases.add(text, owner, *weight);
            }
        }
        phrases
    }

    fn add(&mut self, text: &str, owner: usize, weight: u32) {
        let open = text.ends_with('*');
        let words: Vec<String> = text
            .trim_end_matches('*')
            .split_whitespace()
            .map(str::to_owned)
            .collect();
        let Some(first) = words.first() else {
            return;
        };
        let mut at = 0;
        for letter in first.bytes() {
            let next = self.nodes[at].next.iter().find(|(of, _)| *of == letter);
            at = match next {
                Some((_, next)) => *next,
                None => {
                    let next = self.nodes.len();
                    self.nodes.push(Node::default());
                    self.nodes[at].next.push((letter, next));
                    next
                }
            };
        }
        let number = self.all.len();
        if open && words.len() == 1 {
            self.nodes[at].open.push(number);
        } else {
            self.nodes[at].whole.push(number);
        }
        self.all.push(Phrase {
            text: text.to_owned(),
            owner,
            weight,
            words,
            open,
        });
    }

    /// Returns the phrases that a text holds, each once. Of nested ones only the longest counts, of one owner's in the same place
    /// only the heaviest.
    pub(super) fn within(&self, text: &Text) -> Vec<&Phrase> {
        let words: Vec<&str> = text.0.split_terminator(' ').collect();
        let mut found = Vec::new();
        for from in 0..words.len() {
            self.beginning(&words, from, &mut found);
        }
        drop_nested(&mut found, words.len());
        found.sort_unstable_by_key(|one| {
            let phrase = &self.all[one.phrase];
            let heaviest = std::cmp::Reverse(phrase.weight);
            (phrase.owner, one.from, one.to, heaviest, one.phrase)
        });
        let owner = |one: &Found| self.all[one.phrase].owner;
        found.dedup_by_key(|one| (owner(one), one.from, one.to));
        let mut phrases: Vec<usize> = found.into_iter().map(|one| one.phrase).collect();
        phrases.sort_unstable();
        phrases.dedup();
        phrases.into_iter().map(|at| &self.all[at]).collect()
    }

    /// Adds the phrases that begin with the word at `from`.
    fn beginning(&self, words: &[&str], from: usize, found: &mut Vec<Found>) {
        let mut note = |phrase: usize, to: usize| found.push(Found { phrase, from, to });
        let Some(mut node) = self.nodes.first() else {
            return;
        };
        for letter in words[from].bytes() {
            let next = node.next.iter().find(|(of, _)| *of == letter);
            let Some(next) = next.and_then(|(_, next)| self.nodes.get(*next)) else {
                return;
            };
            node = next;
            for phrase in &node.open {
                note(*phrase, from + 1);
            }
        }
        for number in &node.whole {
            let phrase = &self.all[*number];
            let to = from + phrase.words.len();
            if words.get(from..to).is_some_and(|here| phrase.is(here)) {
                note(*number, to);
            }
        }
    }
}

impl Phrase {
    fn is(&self, words: &[&str]) -> bool {
        let last = self.words.len() - 1;
        words.iter().zip(&self.words).enumerate().all(|(at, pair)| {
            let (word, own) = pair;
            word == own || (self.open && at == last && word.starts_with(own.as_str()))
        })
    }
}

/// Drops what lies within a longer phrase: "segment routing" in "segment routing over ipv6".
fn drop_nested(found: &mut Vec<Found>, words: usize) {
    // The farthest end of what begins at a word, and of what begins before it.
    let mut ends = vec![0; words];
    for one in found.iter() {
        ends[one.from] = ends[one.from].max(one.to);
    }
    let mut before = vec![0; words];
    for at in 1..words {
        before[at] = before[at - 1].max(ends[at - 1]);
    }
    found.retain(|one| before[one.from] < one.to && ends[one.from] == one.to);
}

/// A text as lower-case words between single blanks, so that phrases match whole words.
pub(super) struct Text(String);

/// A title of ten thousand words is an attack on whoever compares it.
const WORDS: usize = 2000;

impl Text {
    pub(super) fn of(text: &str) -> Self {
        let mut words = String::with_capacity(text.len().min(WORDS * 8));
        let parts = text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '-' | '.' | '+')));
        for word in parts.take(WORDS) {
            let word = word.trim_matches(['.', '-']);
            if !word.is_empty() {
                words.extend(word.chars().flat_map(char::to_lowercase));
                words.push(' ');
            }
        }
        Text(words)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(phrases: &[(&str, u32)], text: &str) -> Vec<String> {
        let list: Vec<(String, u32)> = phrases
            .iter()
            .map(|(text, weight)| ((*text).to_owned(), *weight))
            .collect();
        let phrases = Phrases::of(std::iter::once((0, list.as_slice())));
        let found = phrases.within(&Text::of(text));
        found.into_iter().map(|one| one.text.clone()).collect()
    }

    #[test]
    fn phrases_match_whole_words() {
        let text = "Encrypted DNS: the dnssec-aware Resolvers.";
        let all = [
            ("dns", 1),
            ("resolver*", 1),
            ("dnssec", 1),
            ("solvers", 1),
            ("encrypted dn", 1),
            ("dns encrypted", 1),
        ];
        assert_eq!(found(&all, text), ["dns", "resolver*"]);
        assert_eq!(found(&[("encrypted d*", 1)], text), ["encrypted d*"]);
        assert_eq!(found(&[("resolvers of", 1)], text), [""; 0]);
        assert_eq!(found(&all, ""), [""; 0]);
        assert!(Phrases::default().within(&Text::of(text)).is_empty());
    }

    #[test]
    fn of_nested_phrases_the_longest_counts() {
        let all = [
            ("segment routing", 5),
            ("segment routing over ipv6", 6),
            ("routing", 3),
            ("ipv6", 3),
        ];
        let nested = "Segment Routing over IPv6";
        assert_eq!(found(&all, nested), ["segment routing over ipv6"]);
        let twice = "Segment Routing over IPv6, and routing";
        assert_eq!(found(&all, twice), ["segment routing over ipv6", "routing"]);
        // What overlaps is not nested.
        let overlap = [("key exchange", 3), ("exchange protocol", 3)];
        assert_eq!(found(&overlap, "a key exchange protocol").len(), 2);
    }

    #[test]
    fn a_word_counts_once_for_one_owner() {
        let all = [("bgp*", 5), ("bgp", 3), ("bgp-ls", 2)];
        assert_eq!(found(&all, "BGP"), ["bgp*"]);
        assert_eq!(found(&all, "BGP and BGP"), ["bgp*"]);
        let (mine, other) = ([("dns".to_owned(), 7)], [("dns".to_owned(), 2)]);
        let lists = [(0, mine.as_slice()), (1, other.as_slice())];
        let phrases = Phrases::of(lists.into_iter());
        assert_eq!(phrases.within(&Text::of("the dns")).len(), 2);
    }
}
