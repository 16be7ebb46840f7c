//! A day before a meeting: 443 drafts, all of them under a theme, and no theme that nobody reads through.

use std::collections::BTreeSet;

use super::*;
use crate::announcement::{Announcement, Body, Draft, Group};

/// A draft of the labelled sets: its group, its name without revision, its title and its abstract.
struct Real {
    group: Option<String>,
    name: String,
    title: String,
    summary: String,
}

/// Reads the sets of tests/data/themes that are named.
fn real(sets: &[&str]) -> Vec<Real> {
    let lines = sets.iter().flat_map(|text| text.lines());
    lines
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let [_, group, name, title, summary] =
                line.split('\t').collect::<Vec<_>>().try_into().unwrap();
            Real {
                group: (group != "-").then(|| group.into()),
                name: name.rsplit_once('-').unwrap().0.into(),
                title: title.into(),
                summary: summary.into(),
            }
        })
        .collect()
}

/// The largest groups' areas, as the table of the announcements gives them.
fn area(group: &str) -> Option<String> {
    let table = include_str!("../../announcement/groups.tsv");
    let rows = table.lines().filter_map(|line| line.split_once('\t'));
    let mut rows = rows.filter(|(_, groups)| groups.split(' ').any(|one| one == group));
    rows.next().map(|(area, _)| area.to_owned())
}

/// A day of `count` drafts with the texts of these: after the first round they have other names and other authors.
fn flood(texts: &[Real], count: usize) -> DayRecord {
    let announced = |number: usize| {
        let (text, round) = (&texts[number % texts.len()], number / texts.len());
        let name = match round {
            0 => text.name.clone(),
            _ => format!("{}-{round}", text.name),
        };
        let draft = Draft {
            name: name.clone(),
            revision: "00".into(),
            title: Some(text.title.clone()),
            authors: vec![format!("Author {number}")],
            group: text.group.as_ref().map(|group| Group {
                acronym: Some(group.clone()),
                name: None,
                area: area(group),
            }),
            abstract_text: Some(text.summary.clone()),
            ..Draft::default()
        };
        StoredAnnouncement {
            id: i64::try_from(number).unwrap(),
            day: day("2025-11-28"),
            lists: vec!["i-d-announce".into()],
            announcement: Announcement {
                list: Some("i-d-announce".into()),
                message_id: None,
                date: None,
                subject: format!("I-D Action: {name}-00"),
                body: Body::Draft(draft),
            },
        }
    };
    DayRecord {
        announcements: (0..count).map(announced).collect(),
        ..model_day()
    }
}

/// The most drafts under one title.
const LARGEST: usize = 25;

/// Checks what holds on every day, and returns the share of drafts that fit nowhere, in per cent.
fn other(digest: &Digest, count: usize) -> usize {
    let names: Vec<&str> = digest.drafts().map(|draft| draft.name.as_str()).collect();
    assert_eq!(names.len(), count);
    assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), count);
    let keys: BTreeSet<&str> = digest
        .themes
        .iter()
        .map(|theme| theme.key.as_str())
        .collect();
    assert_eq!(keys.len(), digest.themes.len(), "keys are unique");
    let titles: BTreeSet<&str> = (digest.themes.iter().map(|theme| theme.title.as_str())).collect();
    assert_eq!(titles.len(), digest.themes.len(), "{titles:?}");
    for theme in &digest.themes {
        let size = theme.drafts.len();
        assert!((1..=LARGEST).contains(&size), "{}: {size}", theme.title);
    }
    let nowhere = digest
        .themes
        .iter()
        .filter(|theme| theme.key.starts_with("other"));
    let nowhere: usize = nowhere.map(|theme| theme.drafts.len()).sum();
    nowhere * 100 / count
}

#[test]
fn a_flood_of_443_real_drafts_has_hardly_any_others_and_no_large_theme() {
    let all = real(&[
        include_str!("../../../tests/data/themes/recent.tsv"),
        include_str!("../../../tests/data/themes/labelled.tsv"),
        include_str!("../../../tests/data/themes/fresh.tsv"),
    ]);
    let recent = real(&[include_str!("../../../tests/data/themes/recent.tsv")]);
    for (name, texts) in [("of all sets", &all), ("of the recent set", &recent)] {
        for language in [Language::En, Language::Ja] {
            let edition = Edition {
                language,
                ..Edition::unconfigured()
            };
            let digest = compile(&flood(texts, 443), &edition);
            let other = other(&digest, 443);
            println!(
                "443 drafts {name}: {} themes, {other} % others",
                digest.themes.len()
            );
            for theme in &digest.themes {
                println!("  {} {} [{}]", theme.drafts.len(), theme.title, theme.key);
            }
            assert!(other <= 5, "{other}");
            let again = compile(&flood(texts, 443), &edition);
            assert_eq!(digest, again);
        }
    }
}

#[test]
fn even_a_flood_of_one_group_is_divided_and_with_themes_that_have_no_divisions() {
    let one = [Real {
        group: Some("idr".into()),
        name: "draft-ietf-idr-something".into(),
        title: "Something for BGP".into(),
        summary: "BGP.".into(),
    }];
    let record = flood(&one, 120);
    let digest = compile(&record, &Edition::unconfigured());
    assert_eq!(other(&digest, 120), 0);
    assert_eq!(digest.themes[0].title, "Routing: BGP, idr (1 of 5)");
    assert_eq!(digest.themes[0].key, "routing-bgp-idr-1");
    let bare = "[family.a]\nen = \"A\"\nja = \"A\"\n[[theme]]\nkey = \"x\"\nfamily = \"a\"\nen = \"X\"\nja = \"X\"\n\
                phrases = [[\"bgp\", 5]]\n";
    let bare = Taxonomy::parse(bare).unwrap();
    let digest = super::super::compile(&record, &Edition::unconfigured(), &bare, None);
    assert_eq!(other(&digest, 120), 0);
    assert_eq!(digest.themes[0].title, "X: idr (1 of 5)");
    let strange = [Real {
        group: Some("Ω ".repeat(50)),
        name: "draft-x".into(),
        title: String::new(),
        summary: "(".repeat(9000),
    }];
    let digest = compile(&flood(&strange, 60), &Edition::unconfigured());
    assert_eq!(other(&digest, 60), 100);
}

#[test]
fn a_day_of_any_size_puts_nothing_into_a_rest_and_sisters_stand_together() {
    let recent = real(&[include_str!("../../../tests/data/themes/recent.tsv")]);
    for count in [4, 14, 33, 60, 120, 185] {
        let digest = compile(&flood(&recent, count), &Edition::unconfigured());
        let other = other(&digest, count);
        assert!(other <= 5, "{count}: {other}");
        for theme in &digest.themes {
            for draft in &theme.drafts {
                let here = |name: &String| theme.drafts.iter().any(|one| one.name == *name);
                assert!(draft.related.iter().all(here), "{}", draft.name);
            }
        }
    }
}

#[test]
fn what_could_stand_under_two_themes_says_both() {
    let mut record = model_day();
    let draft = Draft {
        name: "draft-ietf-example-hair".into(),
        revision: "00".into(),
        title: Some("HTTP over QUIC".into()),
        ..Draft::default()
    };
    record.announcements[0].announcement.body = Body::Draft(draft);
    let digest = compile(&record, &Edition::unconfigured());
    let drafts = || digest.drafts();
    let both = drafts()
        .find(|draft| draft.title == "HTTP over QUIC")
        .unwrap();
    assert_eq!(both.second_theme.as_deref(), Some("web"));
    let clear = drafts()
        .find(|draft| draft.title.contains("System-defined"))
        .unwrap();
    assert_eq!(clear.second_theme, None);
}

#[test]
fn a_group_of_which_only_the_area_is_known_stands_under_its_family() {
    let mut record = model_day();
    let draft = Draft {
        name: "draft-ietf-newest-thoughts".into(),
        revision: "00".into(),
        title: Some("Some Thoughts".into()),
        group: Some(Group {
            acronym: Some("newest".into()),
            name: None,
            area: Some("sec".into()),
        }),
        ..Draft::default()
    };
    record.announcements.truncate(1);
    record.announcements[0].announcement.body = Body::Draft(draft);
    let digest = compile(&record, &Edition::unconfigured());
    let theme = &digest.themes[0];
    assert_eq!(theme.title, "Security & identity");
    assert_eq!(theme.key, "security-family", "there is a theme of that key");
}
