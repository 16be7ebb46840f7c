//! What the reader watches, under whatever name, and by which rule.

use super::topics::{add, day_of, rfc};
use super::*;
use crate::announcement::Body;
use crate::archive::PastDraft;

fn watching(kind: &str, entry: &str) -> Edition {
    let mut edition = Edition::unconfigured();
    let entries = vec![entry.to_owned()];
    match kind {
        "groups" => edition.watch.groups = entries,
        "authors" => edition.watch.authors = entries,
        "drafts" => edition.watch.drafts = entries,
        _ => edition.watch.keywords = entries,
    }
    edition
}

/// The documents that are watched, each with its rules.
fn watched(record: &DayRecord, edition: &Edition) -> Vec<(String, Vec<String>)> {
    let digest = compile(record, edition);
    let drafts = digest.themes.into_iter().flat_map(|theme| theme.drafts);
    let drafts = drafts.map(|draft| (draft.name, draft.watched));
    let rfcs = digest.rfcs.into_iter();
    let rfcs = rfcs.map(|entry| (format!("rfc{}", entry.rfc.number), entry.watched));
    let all = drafts.chain(rfcs);
    all.filter(|(_, rules)| !rules.is_empty()).collect()
}

fn names(record: &DayRecord, kind: &str, entry: &str) -> Vec<String> {
    let found = watched(record, &watching(kind, entry)).into_iter();
    found.map(|(name, _)| name).collect()
}

#[test]
fn entries_combine_phrases_and_the_rule_is_told_as_it_was_written() {
    let record = model_day();
    let entry = "\"path management\" AND (quic OR tcp) NOT agent";
    let found = watched(&record, &watching("keywords", entry));
    let rule = format!("keywords: {entry}");
    assert_eq!(found, [("draft-gage-quic-pathmgmt".to_owned(), vec![rule])]);
    assert_eq!(
        names(&record, "keywords", "\"path management\" AND agent"),
        [""; 0]
    );
    // A plain entry of several words is one phrase, as before.
    assert_eq!(
        names(&record, "keywords", "path management"),
        ["draft-gage-quic-pathmgmt"]
    );
    assert_eq!(names(&record, "keywords", "management path"), [""; 0]);
    assert_eq!(
        names(&record, "authors", "\"Deion Yu\" NOT \"William Storey\""),
        ["draft-yu-imap-client-id"]
    );
    assert_eq!(
        names(&record, "drafts", "draft-ietf-netmod-* NOT *-flag"),
        ["draft-ietf-netmod-system-config"]
    );
    assert_eq!(names(&record, "groups", "netmod OR sshm").len(), 3);
}

#[test]
fn filters_speak_the_same_language() {
    let mut edition = Edition::unconfigured();
    edition.only.keywords = vec!["\"mpls\" OR \"pcep\"".into()];
    edition.except.keywords = vec!["pcep AND bidirectional".into()];
    let digest = compile(&model_day(), &edition);
    let drafts = digest.drafts();
    let mut names: Vec<&str> = drafts.map(|draft| draft.name.as_str()).collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "draft-ietf-mpls-stamp-pw",
            "draft-ietf-pce-circuit-style-pcep-extensions",
            "draft-saum-evpn-lsp-ping-extension"
        ]
    );
}

const OLD: &str = "draft-ada-mail-ids";
const NEW: &str = "draft-ietf-mailmaint-ids";

#[test]
fn a_draft_that_says_what_it_replaces_stays_watched() {
    let mut record = day_of(&[(NEW, "00", "Mail Ids", &["Ada"], "x")]);
    assert_eq!(names(&record, "drafts", OLD), [""; 0]);
    let Body::Draft(draft) = &mut record.announcements[0].announcement.body else {
        panic!("a draft");
    };
    draft.replaces = vec![OLD.into()];
    assert_eq!(names(&record, "drafts", OLD), [NEW]);
    let mut only = Edition::unconfigured();
    only.only.drafts = vec![OLD.into()];
    assert_eq!(compile(&record, &only).counts.drafts, 1);
}

#[test]
fn a_draft_that_was_adopted_under_another_name_stays_watched() {
    let mut record = day_of(&[(NEW, "00", "Mail Ids", &["Ada", "Bob"], "x")]);
    let past = |name: &str, title: &str, author: &str| {
        let record = day_of(&[(name, "03", title, &[author], "x")]);
        match &record.announcements[0].announcement.body {
            Body::Draft(draft) => PastDraft {
                day: record.day.plus(-9),
                draft: draft.clone(),
            },
            _ => panic!("a draft"),
        }
    };
    for (other, is_it) in [
        (past(OLD, "MAIL IDs", "Ada"), true),
        (past(OLD, "Mail Ids", "Zoe"), false),
        (past(OLD, "Other Ids", "Ada"), false),
        (past("draft-ietf-other-ids", "Mail Ids", "Ada"), false),
    ] {
        let entry = other.draft.name.clone();
        record.background.drafts = vec![other];
        let found = names(&record, "drafts", &entry);
        assert_eq!(found == [NEW], is_it, "{found:?}");
    }
}

#[test]
fn a_draft_that_becomes_an_rfc_stays_watched_by_every_name_that_it_had() {
    let mut record = day_of(&[("draft-x-other", "02", "Other", &["Zoe"], "x")]);
    let published = format!("{NEW}-14");
    add(
        &mut record,
        rfc(
            9999,
            "Mail Ids",
            "Proposed Standard",
            &["A. Lovelace"],
            &published,
        ),
    );
    assert_eq!(names(&record, "drafts", NEW), ["rfc9999"]);
    assert_eq!(names(&record, "groups", "mailmaint"), ["rfc9999"]);
    assert_eq!(names(&record, "drafts", "draft-bob-first-ids"), [""; 0]);
    let replaced = [(NEW, OLD), (OLD, "draft-bob-first-ids")];
    let replaced = replaced.map(|(name, old)| (name.to_owned(), vec![old.to_owned()]));
    record.background.replaced = BTreeMap::from(replaced);
    assert_eq!(names(&record, "drafts", "draft-bob-first-ids"), ["rfc9999"]);
    // A circle of names, as a mistake would make it, ends.
    let circle = [(NEW, OLD), (OLD, NEW)];
    let circle = circle.map(|(name, old)| (name.to_owned(), vec![old.to_owned()]));
    record.background.replaced = BTreeMap::from(circle);
    assert_eq!(names(&record, "drafts", OLD), ["rfc9999"]);
}
