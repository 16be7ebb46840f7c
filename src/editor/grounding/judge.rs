//! Judges texts: each for itself, so that one that may not stand takes no other with it.

use std::collections::{BTreeMap, BTreeSet};

use super::decoration::{tidied, without_opening};
use super::{Answer, TextKind, TextRequest, Verdict};
use super::{claims, facts, figures, form, hedges, language, names, numerals, terms};
use crate::wording::Language;

/// A line is cut to its first sentences when it is no longer than so many times its length.
const OVERSHOT: usize = 8;

/// Compares answers with what was asked for.
pub(in crate::editor) fn judge(
    items: &[TextRequest],
    answers: &[Answer],
    language: Language,
) -> Verdict {
    let mut verdict = Verdict::default();
    let mut by_item: BTreeMap<(TextKind, &str), Vec<&str>> = BTreeMap::new();
    for answer in answers {
        let asked = items.iter().any(|item| item.id == answer.id);
        if asked {
            let texts = by_item.entry((answer.kind, &answer.id)).or_default();
            texts.push(&answer.text);
        } else if !verdict.strangers.contains(&answer.id) {
            verdict.strangers.push(answer.id.clone());
        }
    }
    let mut said: BTreeMap<(TextKind, String), usize> = BTreeMap::new();
    for (at, item) in items.iter().enumerate() {
        let texts = by_item.get(&(item.kind, item.id.as_str()));
        let judged = match texts.map(Vec::as_slice) {
            None | Some([]) => Err("it is missing".to_owned()),
            Some([text]) => judge_text(item, text, language),
            Some(_) => Err("it was answered more than once".to_owned()),
        };
        let judged = judged.and_then(|text| match said.insert((item.kind, text.clone()), at) {
            Some(_) => Err("another item has the same text".to_owned()),
            None => Ok(text),
        });
        match judged {
            Ok(text) => verdict.good.push((at, text)),
            Err(why) => verdict.bad.push((at, why)),
        }
    }
    verdict
}

/// Judges one text alone: returns it as it may stand, or what is wrong with it.
pub(in crate::editor) fn judge_one(
    item: &TextRequest,
    text: &str,
    language: Language,
) -> Result<String, String> {
    judge_text(item, text, language)
}

/// Returns the text as it may stand, or what is wrong with it, as a sentence for the model.
fn judge_text(item: &TextRequest, text: &str, language: Language) -> Result<String, String> {
    let mut text = tidied(text);
    let (shortest, longest) = item.kind.length(language);
    if matches!(item.kind, TextKind::Gist | TextKind::Topic) {
        text = without_opening(&text);
        let kept = whole_sentences(&text, item.kind, language);
        // What is cut off is judged as well: who followed an instruction there is not to be believed before it.
        if kept < text.len() && text.chars().nth(longest * OVERSHOT).is_none() {
            check_form(item, &text)?;
            check_facts(item, &text, language)?;
            text.truncate(kept);
        }
    }
    let paragraphs = matches!(item.kind, TextKind::Essay | TextKind::Closing);
    if !paragraphs && text.contains('\n') {
        return Err("it has more than one paragraph".into());
    }
    let length = text.chars().count();
    let wrong = |bound: String| format!("it has {length} characters, {bound} are asked for");
    if length > longest {
        return Err(wrong(format!("at most {longest}")));
    }
    if length < shortest {
        return Err(wrong(format!("at least {shortest}")));
    }
    if let Some(most) = item.kind.most_words(language) {
        let words = text.split_whitespace().count();
        if words > most {
            return Err(format!(
                "it has {words} words, at most {most} are asked for"
            ));
        }
    }
    if !language::is_in(language, &text) {
        return Err(match language {
            Language::En => "it is not written in English".into(),
            Language::Ja => "it is not written in Japanese".into(),
        });
    }
    check_form(item, &text)?;
    check_facts(item, &text, language)?;
    check_subject(item, &text, language)?;
    Ok(text)
}

/// Refuses what has no place in a text.
fn check_form(item: &TextRequest, text: &str) -> Result<(), String> {
    let fault = form::form_fault(text, &item.facts().text);
    fault.map_or(Ok(()), |fault| Err(fault.to_owned()))
}

/// Returns the length in bytes of the leading sentences that are not too long together; all of it when it fits, or when not even the first
/// one does.
fn whole_sentences(text: &str, kind: TextKind, language: Language) -> usize {
    let (_, longest) = kind.length(language);
    let most = kind.most_words(language).unwrap_or(usize::MAX);
    let (mut words, mut fits, mut overflows) = (0, None, false);
    let mut chars = text.char_indices().peekable();
    for count in 1..=longest {
        let Some((at, c)) = chars.next() else {
            words += 1;
            break;
        };
        words += usize::from(c == ' ');
        let mut next = chars.clone().map(|(_, c)| c);
        let ends = match c {
            '。' => true,
            '.' => next.next() == Some(' ') && next.next().is_some_and(char::is_uppercase),
            _ => false,
        };
        if ends && words < most {
            fits = Some(at + c.len_utf8());
        }
        overflows = count == longest && chars.peek().is_some();
    }
    match fits {
        Some(fits) if overflows || words > most => fits,
        _ => text.len(),
    }
}

/// Refuses a text that says what the facts do not.
fn check_facts(item: &TextRequest, text: &str, language: Language) -> Result<(), String> {
    let facts = item.facts();
    let plain = numerals::with_digits(&facts::plain(text));
    let small = plain.to_lowercase();
    if let Some(rfc) = (facts::rfcs_in(&small).into_iter()).find(|rfc| !facts.rfcs.contains(rfc)) {
        return Err(format!("it names RFC {rfc}, which the facts do not"));
    }
    for name in facts::drafts_in(&small) {
        let (stem, revision) = facts::split_revision(&name);
        let known = facts.drafts.contains(stem) || facts.drafts.contains(&name);
        if !known || revision.is_some_and(|number| !facts.revisions.contains(&number)) {
            return Err(format!("it names {name}, which was not announced"));
        }
    }
    let told = |number: &u32| {
        facts.revisions.contains(number) || facts.text.contains(&format!("version {number}"))
    };
    let wrong = facts::revisions_in(&small).into_iter().find(|n| !told(n));
    if let Some(number) = wrong {
        return Err(format!(
            "it speaks of revision {number}, which the facts do not"
        ));
    }
    let first = [
        "初版",
        "first version",
        "initial version",
        "first revision",
        "brand-new",
        "brand new",
    ];
    let says_first = first
        .iter()
        .any(|words| small.contains(words) && !facts.text.contains(words));
    if says_first && !facts.revisions.contains(&0) {
        return Err("it speaks of a first version, which the facts do not".into());
    }
    if let Some(figure) = figures::unknown_figure(&small, facts) {
        return Err(format!(
            "it gives the figure {figure}, which the facts do not"
        ));
    }
    let is_title = item.kind == TextKind::Theme;
    let name = names::unknown_name(&plain, language, is_title, facts);
    if let Some(name) = name {
        return Err(format!("it names {name}, which the facts do not"));
    }
    if let Some((what, words)) = claims::unsupported(&small, facts) {
        return Err(format!(
            "it claims {what} (\"{words}\"), which the facts do not"
        ));
    }
    if language == Language::En
        && let Some(noun) = hedges::unhedged(&small, facts)
    {
        return Err(format!("it says of \"{noun}\" what the facts say of some"));
    }
    Ok(())
}

/// Refuses a text that has nothing in common with the facts.
fn check_subject(item: &TextRequest, text: &str, language: Language) -> Result<(), String> {
    let facts = item.facts();
    let small = facts::plain(text).to_lowercase();
    if item.kind == TextKind::Theme || item.kind == TextKind::Closing {
        return Ok(());
    }
    let shared = facts::words_in(&small)
        .map(facts::singular)
        .filter(|word| facts.words.contains(word) && !COMMON.contains(&word.as_str()))
        .collect::<BTreeSet<_>>()
        .len()
        + match language {
            Language::Ja => terms::shared(text, facts),
            Language::En => 0,
        }
        // Here they are known ones.
        + facts::rfcs_in(&small).len()
        + facts::revisions_in(&small).len();
    let wanted = match (language, item.kind) {
        (Language::En, TextKind::Summary | TextKind::Essay) => 2,
        _ => 1,
    };
    if shared < wanted {
        return Err("it names nothing that the facts name".into());
    }
    Ok(())
}

/// Words that say nothing about what a text is about.
const COMMON: [&str; 40] = [
    "the", "an", "of", "to", "and", "in", "for", "is", "with", "that", "on", "by", "as", "it",
    "from", "are", "be", "thi", "its", "it", "or", "at", "which", "this", "can", "may", "will",
    "has", "have", "not", "document", "draft", "describe", "define", "specifie", "new", "use",
    "used", "rfc", "internet",
];
