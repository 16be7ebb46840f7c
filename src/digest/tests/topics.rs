//! What leads: the model day's topics and those of other days.

use super::*;
use crate::announcement::{Approval, Body, IesgAction, LastCall, NamedDocument, Rfc};
use crate::digest::facts::Candidate;
use crate::digest::hot;
use crate::digest::score::{LEAST, SCORE, Worth};

/// A day with these drafts only: name, revision, title, authors, abstract.
pub(super) fn day_of(drafts: &[(&str, &str, &str, &[&str], &str)]) -> DayRecord {
    let mut record = model_day();
    let template = record.announcements[0].clone();
    record.announcements = drafts
        .iter()
        .map(|(name, revision, title, authors, text)| {
            let mut stored = template.clone();
            let Body::Draft(draft) = &mut stored.announcement.body else {
                panic!("a draft");
            };
            (draft.name, draft.revision) = ((*name).into(), (*revision).into());
            (draft.title, draft.abstract_text) = (Some((*title).into()), Some((*text).into()));
            draft.group = None;
            draft.authors = authors.iter().map(|name| (*name).into()).collect();
            stored
        })
        .collect();
    record
}

pub(super) fn add(record: &mut DayRecord, body: Body) {
    let mut stored = model_day().announcements.remove(0);
    stored.announcement.body = body;
    record.announcements.push(stored);
}

fn leads(record: &DayRecord) -> Vec<String> {
    let topics = compile(record, &Edition::unconfigured()).hot_topics;
    topics.into_iter().map(|topic| topic.document).collect()
}

pub(super) fn rfc(number: u32, title: &str, status: &str, authors: &[&str], draft: &str) -> Body {
    Body::Rfc(Rfc {
        number,
        title: Some(title.into()),
        authors: authors.iter().map(|name| (*name).into()).collect(),
        status: Some(status.into()),
        stream: None,
        published: None,
        pages: None,
        obsoletes: Vec::new(),
        updates: Vec::new(),
        series: Vec::new(),
        draft: Some(draft.into()),
        doi: None,
        group: None,
        abstract_text: None,
    })
}

#[test]
fn the_model_days_topics_are_those_of_its_writer() {
    let topics = compiled().hot_topics;
    let told: Vec<(&str, Vec<&str>)> = topics
        .iter()
        .map(|topic| {
            let with = topic.with.iter().map(String::as_str).collect();
            (topic.document.as_str(), with)
        })
        .collect();
    let expected: [(&str, Vec<&str>); 3] = [
        (
            "draft-liu-rtgwg-agent-gateway-requirements",
            vec!["draft-zgsgl-dispatch-a2a-requirements-enterprise"],
        ),
        (
            "draft-storey-smtp-client-id",
            vec!["draft-yu-imap-client-id"],
        ),
        ("draft-gaikwad-south-authorization", vec![]),
    ];
    assert_eq!(told, expected);
    let facts = topics.iter().flat_map(|topic| &topic.evidence);
    let old = |fact: &&Evidence| matches!(fact, Evidence::Mature { .. });
    assert_eq!(facts.filter(old).count(), 0);
}

#[test]
fn a_thin_day_has_no_hot_topics_and_age_makes_none() {
    let record = day_of(&[
        ("draft-ietf-a-b", "27", "Old Work", &["Ada"], "Old."),
        ("draft-c-d", "00", "New Work", &["Bob"], "New."),
    ]);
    assert_eq!(leads(&record), [""; 0]);
    let mut edition = Edition::unconfigured();
    edition.watch.groups = vec!["a".into()];
    edition.watch.drafts = vec!["draft-*".into()];
    assert_eq!(compile(&record, &edition).hot_topics, []);
    let several = day_of(&[(
        "draft-c-d",
        "00",
        "Agents at Work",
        &["Bob", "Cleo", "Dan"],
        "New.",
    )]);
    assert_eq!(leads(&several), ["draft-c-d"]);
}

#[test]
fn the_points_of_a_day_are_in_the_order_of_its_news() {
    let mut record = day_of(&[
        ("draft-a-agents", "00", "Agents", &["A", "B", "C"], "x"),
        ("draft-ietf-tls-new", "00", "Something", &["D"], "x"),
        ("draft-e-mature", "31", "Something else", &["E"], "x"),
    ]);
    let call = Body::LastCall(LastCall {
        documents: vec![NamedDocument {
            name: "draft-ietf-quic-thing".into(),
            revision: Some("09".into()),
            title: Some("A Thing".into()),
        }],
        intended_status: None,
        ends: None,
        ..LastCall::default()
    });
    add(&mut record, call);
    let first = [
        "draft-ietf-quic-thing",
        "draft-ietf-tls-new",
        "draft-a-agents",
    ];
    assert_eq!(leads(&record), first);
    let approved = Body::Action(IesgAction {
        approval: Approval::Document,
        documents: vec![NamedDocument {
            name: "draft-ietf-http-plain".into(),
            revision: None,
            title: None,
        }],
        status: None,
        publish: None,
    });
    add(&mut record, approved);
    add(
        &mut record,
        rfc(9999, "A Plain One", "Informational", &[], ""),
    );
    let first = ["rfc9999", "draft-ietf-http-plain", "draft-ietf-quic-thing"];
    assert_eq!(leads(&record), first);
}

#[test]
fn rfcs_of_one_work_are_one_topic() {
    let mut record = day_of(&[("draft-a-b", "03", "Something", &["Z"], "x")]);
    let status = "Proposed Standard";
    let people = ["M. Thomson, Ed.", "J. Iyengar, Ed."];
    add(
        &mut record,
        rfc(
            9000,
            "QUIC: A Transport",
            status,
            &people,
            "draft-ietf-quic-protocol-34",
        ),
    );
    add(
        &mut record,
        rfc(
            9001,
            "Using TLS to Secure It",
            status,
            &people[..1],
            "draft-ietf-quic-applicability-34",
        ),
    );
    add(
        &mut record,
        rfc(
            9002,
            "Mail",
            status,
            &["J. Klensin"],
            "draft-ietf-emailcore-rfc5321bis-01",
        ),
    );
    let topics = compile(&record, &Edition::unconfigured()).hot_topics;
    let told: Vec<_> = topics
        .iter()
        .map(|topic| (topic.document.as_str(), topic.with.len()))
        .collect();
    assert_eq!(told, [("rfc9000", 1), ("rfc9002", 0)]);
}

#[test]
fn a_family_of_four_is_one_topic_led_by_the_one_that_says_most() {
    let people: &[&str] = &["Ada", "Bob", "Cleo"];
    let record = day_of(&[
        (
            "draft-x-scitt-arch",
            "02",
            "Transparency Architecture",
            people,
            "How it is built.",
        ),
        (
            "draft-x-scitt-protocol",
            "00",
            "Transparency Protocol",
            people,
            "What is sent, by whom, in which order and why at all.",
        ),
        (
            "draft-x-scitt-use-cases",
            "01",
            "Who Needs Transparency",
            people,
            "Who needs it.",
        ),
        (
            "draft-x-scitt-terminology",
            "01",
            "Words of Transparency",
            people,
            "Its words.",
        ),
        (
            "draft-y-other",
            "01",
            "Another Matter",
            &["Dan"],
            "Quite a long text that says a lot of something that is not theirs at all.",
        ),
    ]);
    let topics = compile(&record, &Edition::unconfigured()).hot_topics;
    assert_eq!(topics.len(), 1);
    assert_eq!(topics[0].document, "draft-x-scitt-protocol");
    assert_eq!(topics[0].with.len(), 3);
}

#[test]
fn near_points_are_spread_over_themes_and_far_ones_are_not() {
    let person =
        |n: usize| -> &'static [&'static str] { &[["Ada"], ["Bob"], ["Cleo"], ["Dan"]][n] };
    let record = day_of(&[
        (
            "draft-a-agent-one",
            "00",
            "Agent Discovery",
            person(0),
            "AI agents.",
        ),
        (
            "draft-b-agent-two",
            "00",
            "Agent Payment",
            person(1),
            "AI agents.",
        ),
        (
            "draft-c-agent-three",
            "00",
            "Agent Naming",
            person(2),
            "AI agents.",
        ),
        (
            "draft-d-pq",
            "00",
            "Post-Quantum Signatures in X.509",
            person(3),
            "ML-DSA.",
        ),
    ]);
    let found = leads(&record);
    assert_eq!(found.len(), 3);
    assert!(found.contains(&"draft-d-pq".to_owned()), "{found:?}");
}

/// A candidate with the points and the fact of each of `worths`.
fn candidate(name: &str, worths: &[Worth]) -> Candidate {
    let scored = worths.iter().map(|worth| {
        let fact = match worth {
            Worth::StandardRfc | Worth::OtherRfc => Evidence::Published {
                number: 1,
                status: None,
            },
            Worth::Approval => Evidence::Approved,
            Worth::LastCall | Worth::OpenLastCall => Evidence::InLastCall { ends: None },
            Worth::Adoption => Evidence::Adopted {
                group: "a".into(),
                from: None,
            },
            _ => Evidence::New,
        };
        (worth.points(), fact)
    });
    Candidate {
        document: name.into(),
        title: name.into(),
        theme: "one".into(),
        with: Vec::new(),
        richness: 0,
        scored: scored.collect(),
    }
}

#[test]
fn no_combination_of_facts_lets_a_draft_beat_what_is_decided() {
    use Worth::{Approval, OtherRfc, StandardRfc};
    let decided = |worth: &Worth| matches!(worth, StandardRfc | OtherRfc | Approval);
    let others: Vec<Worth> = SCORE
        .iter()
        .map(|(worth, ..)| *worth)
        .filter(|worth| !decided(worth))
        .collect();
    let mut tried = 0;
    for mask in 0..1_usize << others.len() {
        let has = |(at, worth): (usize, &Worth)| (mask >> at & 1 == 1).then_some(*worth);
        let facts: Vec<Worth> = others.iter().enumerate().filter_map(has).collect();
        for one in [StandardRfc, OtherRfc, Approval] {
            let found = hot::choose(
                vec![candidate("draft-00", &facts), candidate("rfc", &[one])],
                1,
            );
            assert_eq!(found[0].document, "rfc", "{facts:?}");
            tried += 1;
        }
    }
    assert_eq!(tried, 3 * 16384);
    // Even the third of three beats it, though its theme has two topics already.
    let all = candidate("draft-00", &others);
    let rfcs = ["rfc1", "rfc2", "rfc3"].map(|name| candidate(name, &[OtherRfc]));
    let found = hot::choose(rfcs.into_iter().chain([all]).collect(), 3);
    assert!(found.iter().all(|topic| topic.document.starts_with("rfc")));
    assert!(Worth::OtherRfc.points() > LEAST);
}
