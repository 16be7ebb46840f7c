use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn live(phase: Phase, last_error: Option<&str>) -> Live {
    Live {
        pid: 7,
        noted_at: at("2025-11-29T12:00:00Z"),
        connection: WatcherState {
            account: "reader@mail.example".into(),
            phase,
            since: at("2025-11-29T11:00:00Z"),
            why: "read to the end".into(),
            last_proof: None,
            last_error: last_error.map(str::to_owned),
            next_attempt: None,
        },
        next_digest: at("2025-11-30T00:00:00Z"),
    }
}

fn open(state: DeliveryState, day: &str) -> Open {
    Open {
        edition: "daily".into(),
        day: day.parse().unwrap(),
        recipient: "reader@mail.example".into(),
        state,
        attempts: 3,
        next_attempt: None,
        response: "451 later".into(),
    }
}

#[test]
fn a_daemon_that_idles_with_an_empty_outbox_is_well() {
    let idling = live(Phase::Idling, None);
    let now = at("2025-11-29T12:01:00Z");
    assert!(problems(Some(&idling), &[], &[], now).is_empty());
    assert!(problems(None, &[], &[], now).is_empty());
}

#[test]
fn a_daemon_that_is_gone_without_goodbye_is_a_problem_and_a_stopped_one_is_not() {
    let now = at("2025-11-29T13:00:00Z");
    let gone = problems(Some(&live(Phase::Idling, None)), &[], &[], now);
    assert_eq!(
        gone,
        ["the daemon does not run; its last sign of life is of 2025-11-29 12:00:00 UTC"]
    );
    assert!(problems(Some(&live(Phase::Stopped, None)), &[], &[], now).is_empty());
}

#[test]
fn what_cannot_be_read_sealed_or_delivered_is_a_problem() {
    let now = at("2025-11-29T12:00:30Z");
    let lost = live(Phase::BackingOff, Some("no route"));
    let overdue = [("daily".to_owned(), "2025-11-28".parse().unwrap())];
    let found = problems(
        Some(&lost),
        &overdue,
        &[
            open(DeliveryState::Deferred, "2025-11-28"),
            open(DeliveryState::Failed, "2025-11-28"),
            open(DeliveryState::Failed, "2025-10-28"),
        ],
        now,
    );
    assert_eq!(found.len(), 4, "{found:#?}");
    assert_eq!(found[0], "the mailbox cannot be read: no route");
    assert!(found[1].starts_with("the digest of 2025-11-28 for `daily` is not sealed"));
    assert_eq!(
        found[2],
        "the digest of 2025-11-28 to reader@mail.example is not delivered: 451 later"
    );
    assert!(found[3].contains("nikkan send 2025-11-28 --edition daily --to reader@mail.example"));
}

#[test]
fn a_mailbox_that_nobody_looks_into_is_a_problem() {
    let now = at("2025-11-29T12:00:00Z");
    let long_ago = Some(at("2025-11-28T09:59:59Z"));
    assert_eq!(
        unseen(false, long_ago, now).unwrap(),
        "nobody has looked into the mailbox since 2025-11-28 09:59:59 UTC; start the daemon, or see why the timer does not run"
    );
    // A daemon says itself what is wrong, a timer comes once a day, and before the first look there is nothing to miss.
    assert_eq!(unseen(true, long_ago, now), None);
    assert_eq!(unseen(false, Some(at("2025-11-28T10:00:00Z")), now), None);
    assert_eq!(unseen(false, None, now), None);
}

#[test]
fn a_delivery_that_is_put_off_is_given_an_hour() {
    let waiting = [open(DeliveryState::Deferred, "2025-11-28")];
    assert!(problems(None, &[], &waiting, at("2025-11-29T00:30:00Z")).is_empty());
    assert_eq!(
        problems(None, &[], &waiting, at("2025-11-29T01:30:00Z")).len(),
        1
    );
}
