//! The reasons for the choices: themes and their number, the score, the archive's memory, the reasons for silence.

use super::*;
use crate::announcement::{Approval, Body, IesgAction, LastCall, NamedDocument};
use crate::archive::PastDraft;

#[test]
fn a_surging_theme_is_a_fact_of_its_drafts_and_of_no_others() {
    let mut record = model_day();
    // On twelve days before, one draft of netmod each: the two of today are no surge. Of routing there was none.
    let past = record.announcements.iter().find_map(|stored| {
        let Body::Draft(draft) = &stored.announcement.body else {
            return None;
        };
        draft.name.contains("system-config").then(|| draft.clone())
    });
    let past = past.unwrap();
    record.background.drafts = (1..=12)
        .map(|back| PastDraft {
            day: record.day.plus(-back),
            draft: past.clone(),
        })
        .collect();
    let edition = Edition::unconfigured();
    let explained = explain(&record, &edition, Taxonomy::built_in());
    let surging = |name: &str| {
        let found = explained.iter().find(|one| one.document == name).unwrap();
        let surge = |fact: &(u32, Evidence)| matches!(fact.1, Evidence::Surge { .. });
        found.score.iter().any(surge)
    };
    assert!(surging("draft-ietf-pce-sr-bidir-path"));
    assert!(!surging("draft-ietf-netmod-immutable-flag"));
    // With nine days nobody knows what is usual.
    record.background.drafts.truncate(9);
    let explained = explain(&record, &edition, Taxonomy::built_in());
    let surges = |one: &Explained| {
        one.score
            .iter()
            .any(|(_, fact)| matches!(fact, Evidence::Surge { .. }))
    };
    assert!(!explained.iter().any(surges));
}

#[test]
fn every_point_of_the_score_is_of_a_fact() {
    let edition = Edition::unconfigured();
    let explained = explain(&model_day(), &edition, Taxonomy::built_in());
    assert_eq!(explained.len(), 14);
    let of = |name: &str| {
        let found = explained.iter().find(|one| one.document.contains(name));
        found.unwrap().clone()
    };
    let config = of("system-config");
    // RFC 8342 is none of those that everybody works with, and two revisions are a small fact; that it is -14 is none.
    let points: Vec<u32> = config.score.iter().map(|(points, _)| *points).collect();
    assert_eq!((config.points(), points), (8, vec![5, 3]));
    assert_eq!(config.theme.unwrap().theme, "yang");
    assert_eq!(
        config.shown_under.as_deref(),
        Some("Network management & YANG")
    );
    let flag = of("immutable-flag");
    // It updates RFC 8040, which many work with.
    assert_eq!(
        flag.score,
        [(
            16,
            Evidence::Updates {
                rfcs: vec![8040, 8526]
            }
        )]
    );
    assert_eq!(of("gage-quic").score, []);
    let hot: Vec<usize> = explained.iter().filter_map(|one| one.hot).collect();
    assert_eq!(hot.len(), 5);
    let leads = explained.iter().filter(|one| one.told_with.is_none());
    let leads: Vec<usize> = leads.filter_map(|one| one.hot).collect();
    assert_eq!(leads.len(), 3);
    let sum = |one: &Explained| one.points();
    assert!(explained.is_sorted_by_key(|one| std::cmp::Reverse(sum(one))));
}

/// An announcement of the day that came over ietf-announce.
fn announced(record: &mut DayRecord, body: Body) -> StoredAnnouncement {
    let template = model_day().announcements.remove(0);
    let stored = StoredAnnouncement {
        day: record.day,
        lists: vec!["ietf-announce".into()],
        announcement: announcement::Announcement {
            subject: "about it".into(),
            body,
            ..template.announcement
        },
        ..template
    };
    record.announcements.push(stored.clone());
    stored
}

fn document(name: &str) -> NamedDocument {
    NamedDocument {
        name: name.into(),
        revision: Some("14".into()),
        title: Some("About it".into()),
    }
}

#[test]
fn a_last_call_and_an_approval_are_news_with_and_without_an_entry() {
    let mut record = model_day();
    let call = Body::LastCall(LastCall {
        documents: vec![document("draft-ietf-pce-sr-bidir-path")],
        intended_status: None,
        ends: Some("2025-12-12".parse().unwrap()),
        ..LastCall::default()
    });
    let call = announced(&mut record, call);
    record
        .milestones
        .insert("draft-ietf-pce-sr-bidir-path".into(), vec![call]);
    let approval = Body::Action(IesgAction {
        approval: Approval::Protocol,
        documents: vec![
            document("draft-ietf-a-arch"),
            document("draft-ietf-a-protocol"),
        ],
        status: None,
        publish: None,
    });
    announced(&mut record, approval);
    let conflict = Body::Action(IesgAction {
        approval: Approval::ConflictReview,
        documents: vec![document("draft-irtf-b")],
        status: None,
        publish: None,
    });
    announced(&mut record, conflict);
    let digest = compile(&record, &Edition::unconfigured());
    let documents: Vec<_> = digest
        .hot_topics
        .iter()
        .map(|topic| topic.document.as_str())
        .collect();
    assert_eq!(documents[0], "draft-ietf-a-arch");
    assert!(
        documents.contains(&"draft-ietf-pce-sr-bidir-path"),
        "{documents:?}"
    );
    let approved = digest
        .hot_topics
        .iter()
        .find(|topic| topic.document == "draft-ietf-a-arch")
        .unwrap();
    assert_eq!(approved.with, ["draft-ietf-a-protocol"]);
    let explained = explain(&record, &Edition::unconfigured(), Taxonomy::built_in());
    assert!(!explained.iter().any(|one| one.document == "draft-irtf-b"));
}

#[test]
fn the_archives_memory_stands_with_a_draft() {
    let mut record = model_day();
    let name = "draft-ietf-pce-sr-bidir-path";
    let earlier = |revision: &str, on: &str| EarlierRevision {
        revision: revision.into(),
        day: day(on),
    };
    let known = vec![earlier("16", "2025-01-10"), earlier("17", "2025-07-03")];
    record.earlier.insert(name.into(), known);
    let call = Body::LastCall(LastCall {
        documents: vec![document(name)],
        intended_status: None,
        ends: Some("2025-11-28".parse().unwrap()),
        ..LastCall::default()
    });
    let mut elsewhere = model_day();
    let call = announced(&mut elsewhere, call);
    record.milestones.insert(name.into(), vec![call.clone()]);
    let history = |record: &DayRecord| {
        let digest = compile(record, &Edition::unconfigured());
        let mut drafts = digest.drafts();
        drafts
            .find(|draft| draft.name == name)
            .unwrap()
            .history
            .clone()
    };
    let open = history(&record);
    assert_eq!(open.first_seen, Some(day("2025-01-10")));
    assert_eq!(open.last_call_until, Some("2025-11-28".parse().unwrap()));
    let approval = Body::Action(IesgAction {
        approval: Approval::Protocol,
        documents: vec![document(name)],
        status: None,
        publish: None,
    });
    let approval = announced(&mut elsewhere, approval);
    record
        .milestones
        .insert(name.into(), vec![call.clone(), approval]);
    let approved = history(&record);
    assert_eq!(
        (approved.approved, approved.last_call_until),
        (Some(day("2025-11-28")), None)
    );
    // A call that has ended is no longer open.
    record.milestones.insert(name.into(), vec![call]);
    record.day = day("2025-11-29");
    assert_eq!(history(&record).last_call_until, None);
}

#[test]
fn a_nearly_silent_day_is_explained_where_there_is_a_reason() {
    let mut record = model_day();
    record.announcements.truncate(2);
    record.last_before = Some("2025-11-27T10:00:00Z".parse().unwrap());
    assert_eq!(compile(&record, &Edition::unconfigured()).silence, None);
    record.day = day("2025-11-29");
    let silence = compile(&record, &Edition::unconfigured()).silence.unwrap();
    assert_eq!(silence.reasons, [SilenceReason::Weekend]);
    assert_eq!(silence.last, None);
    let mut busy = model_day();
    busy.day = day("2025-11-29");
    assert_eq!(compile(&busy, &Edition::unconfigured()).silence, None);
}

#[test]
fn a_silent_day_tells_what_the_week_before_was_about() {
    let mut record = model_day();
    let drafts = std::mem::take(&mut record.announcements);
    record.background.drafts = drafts
        .into_iter()
        .filter_map(|stored| match stored.announcement.body {
            Body::Draft(draft) => Some(PastDraft {
                day: stored.day,
                draft,
            }),
            _ => None,
        })
        .collect();
    record.day = day("2025-11-30");
    let lately = compile(&record, &Edition::unconfigured())
        .silence
        .unwrap()
        .lately;
    assert_eq!(lately[0], ("Routing & IP".into(), 4));
    assert_eq!(lately.len(), 3);
    record.day = day("2025-12-06");
    assert!(
        compile(&record, &Edition::unconfigured())
            .silence
            .unwrap()
            .lately
            .is_empty()
    );
}

#[test]
fn a_taxonomy_of_the_readers_own_groups_the_day() {
    let text = "[family.all]\nen = \"All\"\nja = \"全部\"\n[[theme]]\nkey = \"mine\"\nfamily = \"all\"\nen = \"Mine\"\n\
                ja = \"私の\"\ngroups = [\"netmod\"]\nphrases = [[\"agent*\", 5]]\n";
    let taxonomy = Taxonomy::parse(text).unwrap();
    let digest = super::super::compile(&model_day(), &Edition::unconfigured(), &taxonomy, None);
    let themes: Vec<_> = digest
        .themes
        .iter()
        .map(|theme| (theme.title.as_str(), theme.drafts.len()))
        .collect();
    assert_eq!(themes[0].0, "Mine");
    assert_eq!(themes.iter().map(|(_, drafts)| drafts).sum::<usize>(), 14);
    assert_eq!(themes[1].0, "Other subjects");
}

#[test]
fn a_usual_day_has_few_themes_and_any_day_at_least_three() {
    // Real drafts in portions of a day, from one theme each to all of them at once.
    let text = include_str!("../../../tests/data/themes/labelled.tsv");
    let lines: Vec<&str> = text.lines().filter(|line| !line.starts_with('#')).collect();
    for portion in [12, 25, 40, lines.len()] {
        for lines in lines.chunks(portion).filter(|chunk| chunk.len() == portion) {
            let mut record = model_day();
            let template = record.announcements[0].clone();
            record.announcements = lines
                .iter()
                .map(|line| {
                    let [_, group, name, title, abstract_text] =
                        line.split('\t').collect::<Vec<_>>().try_into().unwrap();
                    let (name, revision) = name.rsplit_once('-').unwrap();
                    let mut stored = template.clone();
                    let Body::Draft(draft) = &mut stored.announcement.body else {
                        panic!("a draft");
                    };
                    (draft.name, draft.revision) = (name.into(), revision.into());
                    (draft.title, draft.abstract_text) =
                        (Some(title.into()), Some(abstract_text.into()));
                    draft.group.get_or_insert_default().acronym = Some(group.into());
                    draft.authors = vec![name.into()];
                    stored
                })
                .collect();
            let digest = compile(&record, &Edition::unconfigured());
            let drafts: usize = digest.themes.iter().map(|theme| theme.drafts.len()).sum();
            assert_eq!(drafts, portion);
            let keys: Vec<_> = digest.themes.iter().map(|theme| &theme.key).collect();
            let most = if portion <= 25 { 8 } else { portion / 4 };
            assert!((3..=most).contains(&keys.len()), "{portion}: {keys:?}");
        }
    }
}

#[test]
fn small_themes_join_only_while_three_are_left() {
    let kept = [
        "gage-quic",
        "ietf-pce-sr-bidir",
        "ietf-netmod-immutable",
        "gaikwad-south",
    ];
    let mut record = model_day();
    record
        .announcements
        .retain(|stored| match &stored.announcement.body {
            Body::Draft(draft) => kept.iter().any(|name| draft.name.contains(name)),
            _ => false,
        });
    let digest = compile(&record, &Edition::unconfigured());
    assert_eq!(digest.counts.drafts, 4);
    let keys: Vec<_> = digest
        .themes
        .iter()
        .map(|theme| theme.key.as_str())
        .collect();
    assert_eq!(keys, ["network", "ai", "yang"]);
    // Without one of them nothing joins.
    record
        .announcements
        .retain(|stored| !stored.announcement.subject.contains("south"));
    let digest = compile(&record, &Edition::unconfigured());
    assert_eq!(digest.themes.len(), 3);
}
