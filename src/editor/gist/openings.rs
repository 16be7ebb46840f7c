//! Sentences that say what the document does: "This document defines …", "… is described in this document",
//! "The goal of this document is to …". Half of all lines come from here.

use super::clauses::{joined_infinitive, second_verb};
use super::pattern::{any_lead, is_one_of, lead};
use super::phrase::{Lead, Phrase};
use super::references::end_of_list;
use super::tables::{ADVERB, DOCUMENT, DOES, IDLE, INTENTION, SAYS, THIS_NEW_THING};
use super::words::Word;

/// The longest beginning before "this document", in words.
const LONGEST_PREFIX: usize = 40;
/// The longest aside between the document and its verb.
const LONGEST_ASIDE: usize = 14;

/// What a sentence says of its document.
#[derive(Debug, PartialEq)]
pub(super) enum Said {
    /// Nothing: its subject is another.
    Nothing,
    /// Something that the page shows anyway, or nothing that a line could say: "updates RFC 5440".
    Housekeeping,
    /// Phrases that say what the document does.
    Phrases(Vec<Phrase>),
}

/// Reads a sentence. `earlier` is the number of sentences that told of the document before.
pub(super) fn read(words: &[Word], sentence: usize, earlier: usize) -> Said {
    let reader = Reader {
        sentence,
        bonus: match earlier {
            0 => 60,
            1 => -45,
            2 => -90,
            _ => -135,
        },
    };
    if let Some(after) = while_it(words) {
        return reader.document_does(&words[after..], false);
    }
    if let Some(after) = document(words) {
        return reader.document_does(&words[after..], has_also(&words[..after]));
    }
    let found = reader
        .we(words)
        .or_else(|| reader.goal(words))
        .or_else(|| reader.this_is(words))
        .or_else(|| reader.passive(words, earlier > 0));
    match found {
        Some(phrases) => Said::Phrases(phrases),
        None => Said::Nothing,
    }
}

/// Returns where the words go on after "[…,] this document[, …,]".
fn document(words: &[Word]) -> Option<usize> {
    let after_comma = |at: usize| words[at].mark() == Some(',').filter(|_| at < LONGEST_PREFIX);
    let starts = (0..words.len().min(LONGEST_PREFIX)).filter(|at| *at == 0 || after_comma(at - 1));
    let found = starts.filter_map(|at| Some(at + any_lead(&words[at..], DOCUMENT)?));
    let after = found.take(1).next()?;
    // "This document, together with X, …"
    if words[after - 1].mark() == Some(',') {
        let aside = words[after..].iter().take(LONGEST_ASIDE);
        let end = aside.take_while(|word| word.mark() != Some(',')).count();
        let begins = lead(
            &words[after..],
            "together|along|in|like|as|which|one|when|if|while|and",
        );
        let closed = end < LONGEST_ASIDE && after + end + 1 < words.len();
        return (closed && begins.is_some()).then_some(after + end + 1);
    }
    Some(after)
}

/// "While it is not intended for this document to cover X, it defines …"
fn while_it(words: &[Word]) -> Option<usize> {
    lead(words, "while|although|though")?;
    let names_it = (0..words.len()).any(|at| any_lead(&words[at..], DOCUMENT).is_some());
    let it = (1..words.len())
        .find(|at| words[at - 1].mark() == Some(',') && words[*at].key() == "it")?;
    let verb = words.get(it + 1).is_some_and(|word| is_verb(word.key()));
    (names_it && verb).then_some(it + 1)
}

fn has_also(words: &[Word]) -> bool {
    let also = "also|additionally|addition|furthermore|finally|lastly|moreover";
    words.iter().any(|word| is_one_of(word.key(), also))
}

struct Reader {
    sentence: usize,
    bonus: i32,
}

impl Reader {
    fn phrase(&self, words: &[Word], lead: Lead, points: i32) -> Phrase {
        Phrase::new(words, lead, self.sentence, points + self.bonus)
    }

    /// An infinitive keeps its "to": an order is another thing.
    fn purpose(&self, verb: &[Word], points: i32) -> Phrase {
        let mut words = vec![Word::new("to")];
        words.extend_from_slice(verb);
        self.phrase(&words, Lead::Verb, points)
    }

    /// Reads what stands after the document: its verb and object.
    fn document_does(&self, words: &[Word], also: bool) -> Said {
        let mut at = 0;
        let mut also = also;
        let mut intends = false;
        while let Some(word) = words.get(at) {
            if is_one_of(word.key(), ADVERB) {
                also |= word.key() == "also";
                at += 1;
            } else if let Some(length) = any_lead(&words[at..], INTENTION) {
                intends = true;
                at += length;
            } else {
                break;
            }
        }
        // "specifies and extends": the last verb is the object's.
        let mut verb = at;
        while let Some(joined) = lead(&words[verb + 1..], "and ?also").or({
            let comma = words.get(verb).and_then(Word::mark);
            (comma == Some(',')).then_some(0)
        }) {
            let next = verb + 1 + joined;
            match words.get(next) {
                Some(word) if is_verb(word.key()) => verb = next,
                _ => break,
            }
        }
        let Some(said) = words.get(verb) else {
            return Said::Housekeeping;
        };
        let (object, whole) = (&words[verb + 1..], &words[verb..]);
        let points = if also { -60 } else { 0 };
        if object.is_empty() || lead(object, "not|no").is_some() {
            return Said::Housekeeping;
        }
        let phrases = match said.key() {
            "updates" | "obsoletes" | "replaces" | "update" if is_facts(object) => {
                self.after_facts(object, points)
            }
            "is" if lead(object, "a|an|the|one").is_some() => self.is_a(object, points),
            key if is_one_of(key, SAYS) => self.says(said, object, whole, points),
            key if is_one_of(key, IDLE) => Vec::new(),
            _ if intends => vec![self.purpose(whole, 170 + points)],
            key if is_one_of(key, DOES) => {
                let mut found = vec![self.phrase(whole, Lead::Verb, 280 + points)];
                found.extend(self.by_defining(object, points));
                found
            }
            key if is_third_person(key) => vec![self.phrase(whole, Lead::Verb, 220 + points)],
            _ => Vec::new(),
        };
        match phrases.is_empty() {
            true => Said::Housekeeping,
            false => Said::Phrases(phrases),
        }
    }

    /// "defines a format for …": the object alone, and what a second verb says.
    fn says(&self, verb: &Word, object: &[Word], whole: &[Word], points: i32) -> Vec<Phrase> {
        if any_lead(object, &["information for", "additional information about"]).is_some() {
            return Vec::new();
        }
        let small = match verb.key() {
            "sets" => "out|forth|up",
            "discusses" | "reports" | "considers" | "explores" => "on",
            "calls" | "provides" => "for",
            _ => "",
        };
        let object = match lead(object, small) {
            Some(skipped) if !small.is_empty() => &object[skipped..],
            _ => object,
        };
        if let Some(that) = lead(object, "that") {
            return match verb.key() {
                "specifies" | "defines" => {
                    vec![self.phrase(&object[that..], Lead::Whole, 220 + points)]
                }
                _ => Vec::new(),
            };
        }
        let weak = is_one_of(verb.key(), "discusses|contains|identifies|lists|considers");
        let value = if weak { 230 } else { 270 };
        let mut found = vec![self.phrase(object, Lead::Thing, value + points)];
        if let Some((at, second)) = second_verb(object) {
            found.push(self.phrase(whole, Lead::Verb, 240 + points));
            let rest = &object[second..];
            let says = is_one_of(rest[0].key(), SAYS);
            let (words, lead) = match says && second_verb(&rest[1..]).is_none() {
                true => (&rest[1..], Lead::Thing),
                false => (rest, Lead::Verb),
            };
            if words.len() > 2 && !is_one_of(rest[0].key(), "requests|obsoletes|updates") {
                found.push(self.phrase(words, lead, 200 + points));
            }
            found.push(self.phrase(&object[..at], Lead::Thing, value - 40 + points));
        }
        found.extend(self.by_defining(object, points));
        found
    }

    /// "facilitates this by defining a set of keys": what is defined.
    fn by_defining(&self, words: &[Word], points: i32) -> Option<Phrase> {
        let how = "by|through defining|specifying|introducing|describing|providing a|an|new|two|three|additional";
        let (at, taken) = (0..words.len()).find_map(|at| Some((at, lead(&words[at..], how)?)))?;
        let object = &words[at + taken - 1..];
        second_verb(object)
            .is_none()
            .then(|| self.phrase(object, Lead::Thing, 190 + points))
    }

    /// "updates RFC 8040 to …", "obsoletes RFC 7234, and …": the facts stand on the page, the rest is said.
    fn after_facts(&self, object: &[Word], points: i32) -> Vec<Phrase> {
        let mut rest = object;
        loop {
            let skipped = any_lead(
                rest,
                &["and|both|the", "and ?also updates|obsoletes|replaces"],
            )
            .unwrap_or_default();
            let end = end_of_list(rest, skipped);
            if end <= skipped {
                break;
            }
            rest = &rest[end..];
        }
        if lead(rest, "to be|reflect|become").is_some() {
            return Vec::new();
        }
        if let Some(that) = lead(rest, "to clarify|specify|state that") {
            return vec![self.phrase(&rest[that..], Lead::Whole, 230 + points)];
        }
        let purpose = lead(rest, "to").is_some();
        let rest = match lead(rest, "by|to|and") {
            Some(1) => &rest[1..],
            _ if rest
                .first()
                .is_some_and(|word| is_one_of(word.key(), SAYS) && word.key().ends_with("ing")) =>
            {
                rest
            }
            _ => return Vec::new(),
        };
        match rest.first().map(Word::key) {
            Some(key) if is_one_of(key, SAYS) && second_verb(rest).is_none() => {
                vec![self.phrase(&rest[1..], Lead::Thing, 250 + points)]
            }
            Some(key) if is_one_of(key, "be|a|an|the|which|it|this|its") => Vec::new(),
            // "Updates X to clarify": without its object it is a purpose.
            Some(_) if purpose => vec![self.purpose(rest, 250 + points)],
            Some(_) => vec![self.phrase(rest, Lead::Verb, 250 + points)],
            None => Vec::new(),
        }
    }

    /// "is a specification of …"
    fn is_a(&self, object: &[Word], points: i32) -> Vec<Phrase> {
        let nothing = "a|an|the|one product|work|result|snapshot|copy|individual|initial|first|early|republication|updated|new|revision|companion|part|submission|successor|record|of|in|placeholder|version|minor|draft|product|update";
        let object = match lead(
            object,
            "a|an|the ?initial|first|early draft|version|specification|proposal|description of|for a|an|the",
        ) {
            Some(next) => &object[next - 1..],
            None => object,
        };
        let words = &object[1..];
        if lead(object, nothing).is_some()
            || words
                .iter()
                .any(|word| is_one_of(word.key(), "obsolet*|revis*"))
        {
            return Vec::new();
        }
        vec![self.phrase(object, Lead::Thing, 230 + points)]
    }

    /// "In this document, we present …", "We describe …"
    fn we(&self, words: &[Word]) -> Option<Vec<Phrase>> {
        let patterns = [
            "we|i ?also",
            "in this ?internet document|memo|draft|specification|note|paper|rfc we ?also",
        ];
        let no_comma: Vec<Word> = words.iter().take(8).map(Word::unmarked).collect();
        let at = any_lead(&no_comma, &patterns)?;
        let verb = words.get(at)?;
        let object = &words[at + 1..];
        let says = is_one_of(&format!("{}s", verb.key()), SAYS) || is_one_of(verb.key(), SAYS);
        (says && lead(object, "that|and|on").is_none() && second_verb(object).is_none())
            .then(|| vec![self.phrase(object, Lead::Thing, 280)])
    }

    /// "The goal of this document is to …"
    fn goal(&self, words: &[Word]) -> Option<Vec<Phrase>> {
        let start = lead(
            words,
            "the|its|our ?main|primary|overall|key|intended goal|goals|objective|objectives|aim|purpose|intent|intention",
        )?;
        let rest = &words[start..];
        let of = match lead(rest, "of") {
            Some(of) => {
                of + any_lead(&rest[of..], DOCUMENT)
                    .or_else(|| lead(&rest[of..], THIS_NEW_THING.as_str()))?
            }
            None => 0,
        };
        let rest = &rest[of..];
        let rest = &rest[lead(rest, "is|are to")?..];
        let verb = rest.first()?;
        let object = &rest[1..];
        if is_one_of(
            verb.key(),
            "bring|be|become|serve|raise|make|update|collect",
        ) || object.is_empty()
        {
            return Some(Vec::new());
        }
        let says = is_one_of(&format!("{}s", verb.key()), SAYS) || is_one_of(verb.key(), SAYS);
        Some(
            match says && lead(object, "that|not").is_none() && !joined_infinitive(object) {
                true => vec![self.phrase(object, Lead::Thing, 220)],
                false => vec![self.purpose(rest, 180)],
            },
        )
    }

    /// "This is a proposal for …", as the first sentence.
    fn this_is(&self, words: &[Word]) -> Option<Vec<Phrase>> {
        let start = lead(words, "this is").filter(|_| self.sentence == 0)?;
        let found = self.is_a(&words[start..], -20);
        lead(&words[start..], "a|an|the")?;
        Some(found).filter(|found| !found.is_empty())
    }

    /// "X is defined in this document", "A method for X is described".
    fn passive(&self, words: &[Word], earlier: bool) -> Option<Vec<Phrase>> {
        let said = "defined|specified|described|introduced|proposed|presented|provided|outlined|discussed|given|documented";
        let be = (1..words.len()).find(|at| {
            is_one_of(words[*at].key(), "is|are") && words[at - 1].mark() != Some(':')
        })?;
        let subject = &words[..be];
        let adverb = lead(&words[be + 1..], "also|then|first").unwrap_or_default();
        let mut rest = &words[be + 1 + adverb..];
        rest = &rest[lead(rest, said)?..];
        let mut here = 0;
        if let Some(end) = lead(rest, "herein|here") {
            here = end;
        } else if let Some(of) = lead(rest, "in|by") {
            here = of + any_lead(&rest[of..], DOCUMENT)?;
        }
        let indefinite = lead(subject, "a|an|new|two|three|four|several").is_some();
        if here == 0 && !earlier && !indefinite {
            return None;
        }
        let background =
            "are|is|but|was|were|have|has|rfc|based|considerations|when|if|while|it|this|these";
        let other = subject
            .iter()
            .any(|word| is_one_of(word.key(), background) || word.mark() == Some(';'));
        let rest = &rest[here..];
        if other
            || subject.len() < 2
            || (!rest.is_empty() && lead(rest, "to|for|that|which").is_none())
        {
            return None;
        }
        let mut kept = subject.to_vec();
        kept.extend_from_slice(rest);
        let value = if here > 0 { 240 } else { 190 };
        let also = if adverb > 0 || words[be + 1].key() == "discussed" {
            -80
        } else {
            0
        };
        if also < 0 {
            return None;
        }
        Some(vec![self.phrase(&kept, Lead::Thing, value)])
    }
}

fn is_verb(key: &str) -> bool {
    is_one_of(key, SAYS) || is_one_of(key, DOES) || key == "obsoletes"
}

fn is_third_person(key: &str) -> bool {
    key.len() > 3 && key.ends_with('s') && !key.ends_with("ss") && !key.contains('-')
}

/// "RFC 5440 …", "the RFC …": what is updated is a document.
fn is_facts(object: &[Word]) -> bool {
    let skipped = lead(object, "both|the|and").unwrap_or_default();
    object.get(skipped).is_some_and(Word::is_rfc)
        || any_lead(object, &["and updates|obsoletes", "several others"]).is_some()
}
