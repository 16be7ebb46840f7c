//! `nikkan digest --explain`: the points behind themes and hot topics, for whoever wonders or changes the themes.

use std::collections::BTreeMap;

use anyhow::Result;

use super::terminal::{self, counted};
use crate::announcement::Body;
use crate::archive::DayRecord;
use crate::digest::{self, Edition, Evidence, Explained, Language, Taxonomy};
use crate::editor::{Japanese, NoGist, gist_lines};
use crate::press;

pub(super) fn print(
    record: &DayRecord,
    edition: &Edition,
    taxonomy: &Taxonomy,
    japanese: &Japanese,
) -> Result<()> {
    let explained = digest::explain(record, edition, taxonomy);
    let gists = match edition.language {
        Language::En => gist_lines(&digest::compile(record, edition, taxonomy, None)),
        Language::Ja => BTreeMap::new(),
    };
    let mut text = String::new();
    for explained in &explained {
        text += &lines(explained);
        text += &gists
            .get(&explained.document)
            .map(gist_line)
            .unwrap_or_default();
        if edition.language == Language::Ja
            && let Some(title) = title(record, &explained.document)
        {
            text += &japanese_title(japanese, title);
        }
    }
    terminal::print(text)
}

/// Tells a document's line, or why it has none.
fn gist_line(gist: &Result<String, NoGist>) -> String {
    match gist {
        Ok(line) => format!("  gist: {line}\n"),
        Err(why) => format!("  gist: none, because {why}\n"),
    }
}

/// Returns the title of a document of the day.
fn title<'a>(record: &'a DayRecord, document: &str) -> Option<&'a str> {
    let stored = record.announcements.iter().rev();
    let mut titles = stored.filter_map(|stored| match &stored.announcement.body {
        Body::Draft(draft) if draft.name == document => draft.title.as_deref(),
        Body::Rfc(rfc) if format!("rfc{}", rfc.number) == document => rfc.title.as_deref(),
        _ => None,
    });
    titles.next()
}

/// Writes a title as the edition has it, or the word or the form for which it stays English.
fn japanese_title(japanese: &Japanese, title: &str) -> String {
    match japanese.title(title) {
        Ok(line) => format!("  Japanese: {line}\n"),
        Err(unknown) => format!("  stays English: {}\n", press::title(&unknown.to_string())),
    }
}

fn lines(explained: &Explained) -> String {
    let document = &explained.document;
    let mut lines = match (explained.hot, &explained.told_with) {
        (Some(number), None) => format!("{document} (hot topic {number})\n"),
        (Some(number), Some(lead)) => {
            format!("{document} (told with {lead}, hot topic {number})\n")
        }
        (None, _) => format!("{document}\n"),
    };
    if let Some(theme) = &explained.theme {
        let points = if theme.evidence.is_empty() {
            0
        } else {
            theme.points
        };
        lines += &format!(
            "  theme: {}, {}\n",
            theme.theme.trim_start_matches("family:"),
            counted(points.into(), "point")
        );
        for fact in &theme.evidence {
            // Its points stand at its end, after the last space.
            let (what, points) = fact.rsplit_once(' ').unwrap_or((fact, ""));
            lines += &point(points, what);
        }
        if theme.evidence.is_empty() {
            lines += "         nothing that a theme knows\n";
        }
        if let Some((theme, points)) = &theme.second {
            let points = counted((*points).into(), "point");
            lines += &format!("  within a hair of it: {theme}, {points}\n");
        }
        if let Some(title) = &explained.shown_under {
            lines += &format!("  shown under: {title}\n");
        }
    }
    lines += &format!(
        "  hot topic: {} of at least {}\n",
        counted(explained.points().into(), "point"),
        Explained::LEAST
    );
    for (points, fact) in &explained.score {
        lines += &point(&points.to_string(), &words(fact));
    }
    lines
}

/// Writes a fact after its points, which stand in a column of their own.
fn point(points: &str, what: &str) -> String {
    format!("    {points:>4} {what}\n")
}

fn words(fact: &Evidence) -> String {
    let rfcs = |numbers: &[u32]| {
        let numbers: Vec<String> = numbers.iter().map(ToString::to_string).collect();
        format!("RFC {}", numbers.join(" "))
    };
    match fact {
        Evidence::Watched { what } => format!("watched ({what})"),
        Evidence::Published { number, .. } => format!("published as RFC {number}"),
        Evidence::Approved => "approved".into(),
        Evidence::InLastCall { ends: Some(ends) } => format!("in last call until {ends}"),
        Evidence::InLastCall { ends: None } => "in last call".into(),
        Evidence::Adopted { group, .. } => format!("adopted by {group}"),
        Evidence::New => "first version".into(),
        Evidence::Authors { count } => format!("{count} authors"),
        Evidence::Subject { subject, word } => format!("the title names {subject} ({word})"),
        Evidence::Mature { revision } => format!("revision {revision}"),
        Evidence::Updates { rfcs: numbers } => format!("updates {}", rfcs(numbers)),
        Evidence::Obsoletes { rfcs: numbers } => format!("obsoletes {}", rfcs(numbers)),
        Evidence::Sisters { names } => format!("sister of {}", names.join(" ")),
        Evidence::SeveralRevisions { revisions } => {
            format!("revisions {} on one day", revisions.join(" "))
        }
        Evidence::Surge { theme, today } => format!("{theme} surges with {today} drafts"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Reasoning;

    #[test]
    fn a_document_without_a_line_tells_why() {
        let none = Err(NoGist::TitleAgain("Keys".into()));
        assert_eq!(
            gist_line(&none),
            "  gist: none, because it would say the title again (Keys)\n"
        );
        assert_eq!(gist_line(&Ok("Keys".into())), "  gist: Keys\n");
    }

    #[test]
    fn theme_place_and_score_are_told_with_their_points() {
        let explained = Explained {
            document: "draft-a-b".into(),
            theme: Some(Reasoning {
                theme: "dns".into(),
                points: 21,
                evidence: vec!["\"dns\" in the title 21".into()],
                second: Some(("transport".into(), 20)),
            }),
            shown_under: Some("Applications".into()),
            score: vec![
                (20, Evidence::Obsoletes { rfcs: vec![1034] }),
                (12, Evidence::New),
            ],
            hot: Some(2),
            told_with: None,
        };
        assert_eq!(
            lines(&explained),
            "draft-a-b (hot topic 2)\n  theme: dns, 21 points\n      21 \"dns\" in the title\n  \
             within a hair of it: transport, 20 points\n  shown under: Applications\n  \
             hot topic: 32 points of at least 20\n      20 obsoletes RFC 1034\n      12 first version\n"
        );
    }
}
