//! The built-in editor: offline, pure, and with nothing to say that the facts do not. Summaries are sentences of the
//! abstract; reasons, teasers and the closing note are phrases of the catalogue filled with facts.

use std::time::Duration;

use jiff::Timestamp;

use crate::announcement::Group;
use crate::digest::{Digest, DraftEntry, Evidence, HotTopic, SilenceReason};
use crate::wording::{Language, Value, say};

use super::sentences::summarise;
use super::{Ahead, Edited, Editor, EditorNotes, Writing};

/// How many facts a reason names; the strongest come first.
const FACTS: usize = 3;
/// How many sister drafts a reason names; the others are counted.
const SISTERS: usize = 3;
/// How many teasers there are at most.
const TEASERS: usize = 3;

/// The built-in editor.
#[derive(Clone, Copy, Debug, Default)]
pub struct Extract;

impl Editor for Extract {
    fn prepare<'a>(
        &'a self,
        _: &'a Digest,
        _: Ahead,
        _: Timestamp,
    ) -> Writing<'a, Option<Duration>> {
        Box::pin(std::future::ready(None))
    }

    fn edit(&self, digest: Digest, _: Option<Timestamp>) -> Writing<'_, Edited> {
        Box::pin(std::future::ready(extract(digest)))
    }
}

/// Fills in summaries, reasons, teasers and the closing note.
pub fn extract(mut digest: Digest) -> Edited {
    for draft in digest.themes.iter_mut().flat_map(|theme| &mut theme.drafts) {
        draft.summary = draft
            .abstract_text
            .as_deref()
            .map(summarise)
            .unwrap_or_default();
    }
    for entry in &mut digest.rfcs {
        entry.summary = entry
            .rfc
            .abstract_text
            .as_deref()
            .map(summarise)
            .unwrap_or_default();
    }
    let language = digest.language;
    let mut topics = std::mem::take(&mut digest.hot_topics);
    for topic in &mut topics {
        topic.reason = reason(language, topic, &digest);
    }
    digest.hot_topics = topics;
    let words = EditorNotes {
        teasers: teasers(&digest),
        closing: Some(closing(&digest)).filter(|note| !note.is_empty()),
        editor: "extract".into(),
        ..EditorNotes::default()
    };
    Edited { digest, words }
}

/// The strongest facts as sentences.
fn reason(language: Language, topic: &HotTopic, digest: &Digest) -> String {
    let sentences: Vec<String> = topic
        .evidence
        .iter()
        .take(FACTS)
        .map(|evidence| fact(language, topic, evidence, digest))
        .filter(|sentence| !sentence.is_empty())
        .collect();
    join(language, &sentences)
}

/// Sentences one after another; Japanese puts no blank between them.
fn join(language: Language, sentences: &[String]) -> String {
    sentences.join(match language {
        Language::En => " ",
        Language::Ja => "",
    })
}

fn fact(language: Language, topic: &HotTopic, evidence: &Evidence, digest: &Digest) -> String {
    let text = |value: &str| Value::from(value.to_owned());
    match evidence {
        Evidence::Watched { what } => {
            // `groups: netmod` is how the digest names a match; the catalogue has the words for each kind.
            let what = match what.split_once(": ") {
                Some((kind @ ("groups" | "authors" | "drafts" | "keywords"), what)) => {
                    say(language, &format!("watch-{kind}"), &[("what", text(what))])
                }
                _ => what.clone(),
            };
            say(language, "reason-watched", &[("what", text(&what))])
        }
        Evidence::Published { number, status } => match status {
            Some(status) => say(
                language,
                "reason-published-as",
                &[
                    ("number", text(&number.to_string())),
                    ("status", text(status)),
                ],
            ),
            None => say(
                language,
                "reason-published",
                &[("number", text(&number.to_string()))],
            ),
        },
        Evidence::Approved => say(language, "reason-approved", &[]),
        Evidence::InLastCall { ends: Some(ends) } => say(
            language,
            "reason-last-call-until",
            &[("date", text(&ends.to_string()))],
        ),
        Evidence::InLastCall { ends: None } => say(language, "reason-last-call", &[]),
        Evidence::Adopted {
            group,
            from: Some(from),
        } => say(
            language,
            "reason-adopted-from",
            &[("group", text(group)), ("from", text(from))],
        ),
        Evidence::Adopted { group, from: None } => {
            say(language, "reason-adopted", &[("group", text(group))])
        }
        Evidence::New => say(language, "reason-new", &[]),
        Evidence::Mature { revision } => say(
            language,
            "reason-mature",
            &[
                ("count", (*revision).into()),
                ("ordinal", text(&ordinal(*revision))),
            ],
        ),
        Evidence::Updates { rfcs } => say(
            language,
            if is_rfc(topic) {
                "reason-updates-now"
            } else {
                "reason-updates"
            },
            &[
                ("rfcs", text(&numbers(language, rfcs))),
                ("count", rfcs.len().into()),
            ],
        ),
        Evidence::Obsoletes { rfcs } => say(
            language,
            if is_rfc(topic) {
                "reason-obsoletes-now"
            } else {
                "reason-obsoletes"
            },
            &[
                ("rfcs", text(&numbers(language, rfcs))),
                ("count", rfcs.len().into()),
            ],
        ),
        Evidence::Sisters { names } => {
            let named = names.iter().take(SISTERS);
            let titles: Vec<String> = named.map(|name| title_of(digest, name)).collect();
            let key = match names.len() {
                ..=SISTERS => "reason-sisters",
                _ => "reason-sisters-more",
            };
            say(
                language,
                key,
                &[
                    ("more", names.len().saturating_sub(SISTERS).into()),
                    ("titles", text(&list(language, &titles, QUOTED))),
                    ("count", names.len().into()),
                ],
            )
        }
        Evidence::SeveralRevisions { revisions } => say(
            language,
            "reason-several",
            &[("revisions", text(&list(language, revisions, PLAIN)))],
        ),
        Evidence::Surge { theme, today } => {
            let title = digest
                .themes
                .iter()
                .find(|known| known.key == *theme)
                .map_or_else(|| theme.clone(), |known| known.title.clone());
            say(
                language,
                "reason-surge",
                &[("theme", text(&title)), ("count", (*today).into())],
            )
        }
    }
}

/// A draft would change other documents, an RFC does.
fn is_rfc(topic: &HotTopic) -> bool {
    topic.document.starts_with("rfc")
}

fn title_of(digest: &Digest, name: &str) -> String {
    all_drafts(digest)
        .find(|draft| draft.name == name)
        .map_or_else(|| name.to_owned(), |draft| draft.title.clone())
}

fn all_drafts(digest: &Digest) -> impl Iterator<Item = &DraftEntry> {
    digest.themes.iter().flat_map(|theme| &theme.drafts)
}

fn numbers(language: Language, rfcs: &[u32]) -> String {
    let written: Vec<String> = rfcs.iter().map(|number| format!("RFC {number}")).collect();
    list(language, &written, PLAIN)
}

/// Whether the items of a list stand in quotation marks.
const QUOTED: bool = true;
const PLAIN: bool = false;

/// "a, b and c"; 「a」「b」 in Japanese.
fn list(language: Language, items: &[String], quoted: bool) -> String {
    match language {
        Language::Ja if quoted => items.iter().map(|item| format!("「{item}」")).collect(),
        Language::Ja => items.join("、"),
        Language::En => {
            let items: Vec<String> = items
                .iter()
                .map(|item| {
                    if quoted {
                        format!("“{item}”")
                    } else {
                        item.clone()
                    }
                })
                .collect();
            match items.split_last() {
                Some((last, [])) => last.clone(),
                Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
                None => String::new(),
            }
        }
    }
}

/// English ordinals: 1st, 2nd, 3rd, 11th.
fn ordinal(number: u32) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

/// Up to three lines for the top: the hot topics in short, or on a small day every draft.
fn teasers(digest: &Digest) -> Vec<String> {
    let language = digest.language;
    let topics = digest.hot_topics.iter().map(|topic| {
        // That it is watched says nothing about the document itself.
        let strongest = topic
            .evidence
            .iter()
            .find(|fact| !matches!(fact, Evidence::Watched { .. }));
        let key = match strongest {
            Some(Evidence::Published { .. }) => "teaser-rfc",
            Some(Evidence::Adopted { .. }) => "teaser-adopted",
            Some(Evidence::New) => "teaser-new",
            Some(Evidence::Mature { .. }) => "teaser-mature",
            Some(Evidence::Approved) => "teaser-approved",
            Some(Evidence::InLastCall { .. }) => "teaser-last-call",
            Some(Evidence::Updates { .. } | Evidence::Obsoletes { .. }) => "teaser-changes",
            _ if !topic.with.is_empty() => "teaser-pair",
            _ => "teaser-other",
        };
        let detail = match strongest {
            Some(Evidence::Updates { rfcs } | Evidence::Obsoletes { rfcs }) => {
                numbers(language, rfcs)
            }
            Some(Evidence::Published { number, .. }) => format!("RFC {number}"),
            _ => String::new(),
        };
        say(
            language,
            key,
            &[
                ("title", Value::from(short(&topic.title))),
                ("detail", Value::from(detail)),
            ],
        )
    });
    topics.take(TEASERS).collect()
}

/// A title as it fits into one line that makes one want to read on.
fn short(title: &str) -> String {
    const MOST: usize = 160;
    if title.chars().count() <= MOST {
        return title.to_owned();
    }
    let start: String = title.chars().take(MOST - 1).collect();
    format!("{}…", start.trim_end())
}

/// A closing note from the day's figures: which theme was largest, what is new and what is mature; on a silent day,
/// why it is silent.
fn closing(digest: &Digest) -> String {
    let language = digest.language;
    let mut sentences = Vec::new();
    if let Some(silence) = &digest.silence {
        for reason in &silence.reasons {
            sentences.push(match reason {
                SilenceReason::Weekend if digest.counts.drafts + digest.counts.rfcs > 0 => {
                    say(language, "closing-weekend-some", &[])
                }
                SilenceReason::Weekend => say(language, "closing-weekend", &[]),
                SilenceReason::CutOff { .. } => say(language, "closing-cut-off", &[]),
                SilenceReason::Holiday { name } => say(
                    language,
                    "closing-holiday",
                    &[("name", Value::from(name.clone()))],
                ),
            });
        }
        if digest.counts.drafts + digest.counts.rfcs == 0 {
            return join(language, &sentences);
        }
    }
    if digest.counts.drafts > 3
        && let Some(theme) = digest.themes.iter().max_by_key(|theme| theme.drafts.len())
        && theme.drafts.len() > 2
    {
        sentences.push(say(
            language,
            "closing-theme",
            &[
                ("theme", Value::from(theme.title.clone())),
                ("count", theme.drafts.len().into()),
            ],
        ));
    }
    let revision = |draft: &DraftEntry| {
        draft
            .revisions
            .last()
            .and_then(|last| last.parse::<u32>().ok())
    };
    let new = all_drafts(digest)
        .filter(|draft| revision(draft) == Some(0))
        .count();
    let mature = all_drafts(digest)
        .filter(|draft| revision(draft) >= Some(10))
        .count();
    if new + mature > 0 && digest.counts.drafts > 1 {
        sentences.push(say(
            language,
            "closing-ages",
            &[("new", new.into()), ("mature", mature.into())],
        ));
    }
    let working_groups: std::collections::BTreeSet<&str> = all_drafts(digest)
        .filter_map(|draft| draft.group.as_ref())
        .filter_map(|Group { acronym, .. }| acronym.as_deref())
        .collect();
    if working_groups.len() > 2 {
        sentences.push(say(
            language,
            "closing-groups",
            &[("count", working_groups.len().into())],
        ));
    }
    join(language, &sentences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_and_ordinals_read_like_written_by_a_person() {
        let items = ["a".to_owned(), "b".to_owned(), "c".to_owned()];
        assert_eq!(list(Language::En, &items, PLAIN), "a, b and c");
        assert_eq!(list(Language::En, &items[..1], QUOTED), "“a”");
        assert_eq!(list(Language::Ja, &items, QUOTED), "「a」「b」「c」");
        let written: Vec<String> = [1, 2, 3, 11, 12, 18, 21, 22]
            .into_iter()
            .map(ordinal)
            .collect();
        assert_eq!(
            written,
            ["1st", "2nd", "3rd", "11th", "12th", "18th", "21st", "22nd"]
        );
    }
}
