//! Days that are told by what came before them: silence and its reasons, surges, what the archive remembers.

use nikkan::archive::PastDraft;

use super::*;

/// A notice of ietf-announce, as the archive keeps it.
fn notice(record: &DayRecord, title: &str, excerpt: &str) -> StoredAnnouncement {
    let body = Body::Notice(Notice {
        title: title.into(),
        excerpt: excerpt.into(),
    });
    StoredAnnouncement {
        id: 500,
        day: record.day.plus(-30),
        lists: vec!["ietf-announce".into()],
        announcement: announced("ietf-announce", title, body),
    }
}

/// The drafts of the model day as if they had come `back` days before `record`.
fn before(record: &DayRecord, back: i64) -> Vec<PastDraft> {
    let drafts = model_day().announcements.into_iter();
    drafts
        .filter_map(|stored| match stored.announcement.body {
            Body::Draft(draft) => Some(PastDraft {
                day: record.day.plus(-back),
                draft,
            }),
            _ => None,
        })
        .collect()
}

#[test]
fn a_silent_day_behind_the_cut_off_before_a_meeting() {
    let mut record = record("2025-10-23");
    record.past = past(record.day);
    for count in &mut record.past {
        count.drafts = match count.day.to_string().as_str() {
            "2025-10-20" => 443,
            "2025-10-21" => 3,
            "2025-10-22" => 1,
            _ if count.drafts == 443 => 20,
            _ => count.drafts,
        };
    }
    record.last_before = Some("2025-10-22T06:12:00Z".parse().unwrap());
    record.background = Background {
        drafts: before(&record, 3),
        notices: vec![notice(
            &record,
            "IETF 124: Internet-Draft submission cut-off",
            "The cut-off for Internet-Draft submissions before IETF 124 is 20 October 2025 at 23:59 UTC.\n\nThe submission tool will reopen on 1 November 2025.",
        )],
        ..Background::default()
    };
    compare("cut-off", &record, &Watch::default(), &EVERY);
}

#[test]
fn a_nearly_silent_day_in_the_secretariats_holidays() {
    let mut record = record("2025-12-26");
    for stored in model_day().announcements.into_iter().take(1) {
        push(&mut record, stored.announcement);
    }
    record.past = past(record.day);
    record.background = Background {
        drafts: before(&record, 4),
        notices: vec![notice(
            &record,
            "IETF Secretariat holiday closure",
            "The IETF Secretariat will be closed from 24 December 2025 through 1 January 2026.",
        )],
        ..Background::default()
    };
    compare("nearly-silent", &record, &Watch::default(), &EVERY);
}

#[test]
fn a_day_whose_drafts_the_archive_remembers() {
    let mut record = model_day();
    let remembered = [
        "pce-sr-bidir-path",
        "system-config",
        "immutable-flag",
        "ssh-agent",
    ];
    record
        .announcements
        .retain(|stored| match &stored.announcement.body {
            Body::Draft(draft) => remembered.iter().any(|name| draft.name.ends_with(name)),
            _ => false,
        });
    record.past = past(record.day);
    let path = "draft-ietf-pce-sr-bidir-path";
    let earlier = |revision: &str, on: &str| EarlierRevision {
        revision: revision.into(),
        day: day(on),
    };
    let known = vec![earlier("16", "2025-01-10"), earlier("17", "2025-07-03")];
    record.earlier.insert(path.into(), known);
    let step = |day: Day, body: Body| StoredAnnouncement {
        id: 700,
        day,
        lists: vec!["ietf-announce".into()],
        announcement: announced("ietf-announce", "a step", body),
    };
    let call = |name: &str, ends: &str| {
        Body::LastCall(LastCall {
            documents: vec![named(name, None, "")],
            intended_status: None,
            ends: Some(ends.parse().unwrap()),
            ..LastCall::default()
        })
    };
    let calls = vec![step(day("2025-11-20"), call(path, "2025-12-04"))];
    record.milestones.insert(path.into(), calls);
    let agent = "draft-ietf-sshm-ssh-agent";
    let approval = Body::Action(IesgAction {
        approval: Approval::Protocol,
        documents: vec![named(agent, Some("13"), "SSH Agent Protocol")],
        status: Some("Proposed Standard".into()),
        publish: None,
    });
    let steps = vec![
        step(day("2025-10-01"), call(agent, "2025-10-15")),
        step(day("2025-11-21"), approval),
    ];
    record.milestones.insert(agent.into(), steps);
    compare("memory", &record, &Watch::default(), &EVERY);
}

#[test]
fn a_surge_is_told_in_words_with_its_theme_and_its_number() {
    let mut record = model_day();
    let netmod = |past: &PastDraft| past.draft.name.contains("netmod-immutable");
    let days = (1..=12).flat_map(|back| before(&record, back));
    record.background.drafts = days.filter(netmod).collect();
    let reasons = |language| {
        let digest = edited(&record, language, Watch::default()).digest;
        let topics = digest.hot_topics.into_iter();
        topics
            .map(|topic| topic.reason)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let english = reasons(Language::En);
    let told = "4 drafts on Security & authentication, far more than usual.";
    assert!(english.contains(told), "{english}");
    let japanese = reasons(Language::Ja);
    assert!(japanese.contains("セキュリティ"), "{japanese}");
}
