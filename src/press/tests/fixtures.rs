//! Digests made by hand, so that a test says all that it depends on.

use crate::announcement::Group;
use crate::archive::{DayCount, MailObject};
use crate::clock::Day;
use crate::digest::*;
use crate::editor::Edited;
use crate::press::{Format, Press, PrintError};
use crate::wording::Language;
use jiff::Timestamp;

pub fn day(text: &str) -> Day {
    text.parse().unwrap()
}

/// A draft with everything a reader can be told.
pub fn draft(name: &str, revisions: &[&str], title: &str) -> DraftEntry {
    let last = revisions.last().unwrap();
    DraftEntry {
        name: name.into(),
        revisions: revisions.iter().map(|r| (*r).to_owned()).collect(),
        previous: (revisions[0] != "00").then(|| Previous {
            revision: "01".into(),
            date: day("2025-07-03"),
        }),
        title: title.into(),
        authors: vec!["Ada Example".into(), "Grace Sample".into()],
        group: Some(Group {
            acronym: Some("netmod".into()),
            name: Some("Network Modeling".into()),
            area: Some("ops".into()),
        }),
        pages: Some(34),
        summary: "Adds a system configuration datastore, so that a client can refer to what the \
                  server itself has set. It is read-only and may change at run time."
            .into(),
        gist: Gist {
            line: "System configuration datastore that a client can refer to".into(),
            ..Gist::default()
        },
        updates: vec![8342],
        obsoletes: vec![],
        related: vec!["draft-ietf-netmod-immutable-flag".into()],
        second_theme: None,
        watched: vec![],
        adopted_from: None,
        history: History::default(),
        links: Links {
            datatracker: format!("https://datatracker.ietf.org/doc/{name}/"),
            html: format!("https://www.ietf.org/archive/id/{name}-{last}.html"),
            diff: (*last != "00")
                .then(|| format!("https://author-tools.ietf.org/iddiff?url2={name}-{last}")),
            message: None,
        },
        abstract_text: None,
    }
}

/// A digest with nothing in it.
pub fn empty(language: Language) -> Edited {
    let mut edited = crate::press::nothing(language);
    edited.digest.date = day("2025-11-28");
    edited.digest.connected_minutes = Some(1438);
    edited.words.editor = "extract".into();
    edited
}

/// A day with three drafts in two themes.
pub fn model_day(language: Language) -> Edited {
    let mut edited = empty(language);
    let digest = &mut edited.digest;
    digest.counts = Counts {
        drafts: 3,
        rfcs: 0,
        announcements: 4,
    };
    digest.sources = vec!["i-d-announce".into()];
    let mut watched = draft(
        "draft-ietf-netmod-system-config",
        &["13", "14"],
        "System-defined Configuration",
    );
    watched.watched = vec!["groups: netmod".into()];
    let new = DraftEntry {
        updates: vec![],
        related: vec![],
        ..draft(
            "draft-gaikwad-south-authorization",
            &["00"],
            "SOUTH: Stochastic Authorization for Agent and Service Requests",
        )
    };
    let flag = DraftEntry {
        related: vec!["draft-ietf-netmod-system-config".into()],
        ..draft(
            "draft-ietf-netmod-immutable-flag",
            &["06"],
            "YANG Metadata Annotation for Immutable Flag",
        )
    };
    let title = |en: &str, ja: &str| {
        if language == Language::En {
            en.into()
        } else {
            ja.into()
        }
    };
    digest.hot_topics = vec![HotTopic {
        document: "draft-gaikwad-south-authorization".into(),
        title: new.title.clone(),
        reason: title(
            "First version of a protocol that decides by chance.",
            "確率で認可を決める初版の提案です。",
        ),
        with: vec!["draft-ietf-netmod-immutable-flag".into()],
        headline: vec![],
        gist: Gist::default(),
        evidence: vec![Evidence::New],
    }];
    digest.themes = vec![
        Theme {
            key: "agents".into(),
            title: title("AI agents & automation", "AIエージェント・自動化"),
            drafts: vec![new],
        },
        Theme {
            key: "yang".into(),
            title: title("Network management & YANG", "ネットワーク管理・YANG"),
            drafts: vec![watched, flag],
        },
    ];
    let first = digest.date.plus(-29);
    digest.recent = (0..30u32)
        .map(|n| DayCount {
            day: first.plus(i64::from(n)),
            drafts: if n == 29 { 3 } else { n * 7 % 23 },
            rfcs: 0,
            announcements: 4,
        })
        .collect();
    edited.words.closing = Some(title(
        "A quiet Friday with one surprise.",
        "静かな金曜日でした。",
    ));
    edited
}

/// A day before a cut-off: `count` drafts in 14 themes, a quarter of them new, with names and titles as long as real
/// ones are on average.
pub fn busy_day(language: Language, count: usize) -> Edited {
    let mut edited = model_day(language);
    let words = [
        "segment",
        "routing",
        "identity",
        "telemetry",
        "datagram",
        "proxies",
        "ledger",
    ];
    let drafts: Vec<DraftEntry> = (0..count)
        .map(|n| {
            let word = |by: usize| words[(n / by) % words.len()];
            let name = format!("draft-author{n}-{}-{}", word(1), word(7));
            let title = format!(
                "Extensions for {} over {} in Networks ({n})",
                word(1),
                word(7)
            );
            let revision = format!("{:02}", (n % 4) * 5);
            draft(&name, &[&revision], &title)
        })
        .collect();
    let digest = &mut edited.digest;
    digest.counts.drafts = u32::try_from(count).unwrap();
    digest.counts.announcements = digest.counts.drafts + 9;
    digest.themes = drafts
        .chunks(count.div_ceil(14))
        .enumerate()
        .map(|(n, drafts)| Theme {
            key: format!("theme{n}"),
            title: format!("Theme number {n} & more"),
            drafts: drafts.to_vec(),
        })
        .collect();
    edited
}

/// Prints with the built-in templates.
pub fn print(edited: &Edited, format: Format) -> Result<String, PrintError> {
    Press::default().print(edited, format)
}

/// Prints Markdown in parts with the built-in templates.
pub fn markdown_parts(edited: &Edited, size: usize) -> Result<Vec<String>, PrintError> {
    Press::default().markdown_parts(edited, size)
}

/// Puts a mail together with the built-in templates.
pub fn mail(
    edited: &Edited,
    edition: &Edition,
    date: Timestamp,
    message_id: &str,
) -> Result<MailObject, PrintError> {
    Press::default().mail(edited, edition, date, message_id, None)
}
