//! Weekly editions and filters: whatever the cadence, each announcement is in exactly one digest of an edition.

use std::collections::BTreeSet;

use super::*;

/// A second edition beside the daily one, with these keys.
fn with_second(world: &mut World, keys: &str) {
    let text = format!(
        "[mailbox]\nhost = \"imap.example.net\"\nusername = \"reader\"\npassword = \"x\"\n\
         [smtp]\nhost = \"smtp.example.net\"\n[archive]\ndirectory = \"/nowhere\"\n\
         [[edition]]\nname = \"daily\"\nfrom = \"nikkan@example.net\"\nto = [\"a@example.net\"]\n\
         [[edition]]\nname = \"second\"\nfrom = \"nikkan@example.net\"\nto = [\"b@example.net\"]\n{keys}\n"
    );
    world.config = config::parse(&text, std::path::Path::new("config.toml")).unwrap();
}

/// The digests of the second edition, by their order of sending: what the header tells, and the text.
fn seconds(world: &World) -> Vec<(RecoveredDigest, String)> {
    let taken = world.receiver.taken.lock().unwrap();
    let mails = taken
        .iter()
        .filter(|(_, reader, _)| reader == "b@example.net");
    mails
        .map(|(_, _, bytes)| {
            let text = String::from_utf8(bytes.clone()).unwrap();
            (
                press::identify_digest(bytes).unwrap(),
                text.replace("=\r\n", ""),
            )
        })
        .collect()
}

fn days(found: &RecoveredDigest) -> String {
    let since = found.since.unwrap_or(found.day);
    format!("{since} {}", found.day)
}

#[tokio::test]
async fn a_weekly_edition_covers_its_seven_days_once_beside_a_daily_one() {
    // A Thursday. The week is sent on Mondays.
    let mut world = World::new("2025-11-27T12:00:00Z", &["a@example.net"]);
    with_second(&mut world, "cadence = \"weekly\"\nweekday = \"monday\"");
    for day in 0..19 {
        world.arrive(&format!("draft-week-n{day}-00"), 1);
        // What comes after its week was sealed is late in the next.
        if day == 6 {
            world.arrive("draft-week-late-00", 5 * 24);
        }
        world.wake().await;
        world.pass(24, 0);
    }
    world.wake().await;
    let sent = seconds(&world);
    let covered: Vec<String> = sent.iter().map(|(found, _)| days(found)).collect();
    assert_eq!(
        covered,
        [
            "2025-11-27 2025-11-30",
            "2025-12-01 2025-12-07",
            "2025-12-08 2025-12-14"
        ]
    );
    let contents: Vec<&String> = sent
        .iter()
        .flat_map(|(found, _)| found.contents.as_ref().unwrap())
        .collect();
    let distinct: BTreeSet<&&String> = contents.iter().collect();
    assert_eq!(
        contents.len(),
        distinct.len(),
        "an announcement in two digests"
    );
    assert_eq!(
        contents.len(),
        4 + 7 + 7 + 1,
        "18 in their weeks and a late one"
    );
    let (_, second) = &sent[1];
    let subject = crate::mail::Message::parse(second.as_bytes()).subject;
    assert!(subject.contains(" · 7 drafts, "), "{subject}");
    assert!(second.contains(" the week 1 to 7 December 2025 (UTC)"));
    let late = &second[second.find("Late arrivals").unwrap()..];
    assert!(late.contains("draft-week-late-00"), "{late}");
    for day in 4..11 {
        assert!(
            second.contains(&format!("/doc/draft-week-n{day}/")),
            "{day}"
        );
    }
    assert_eq!(world.receiver.taken.lock().unwrap().len(), 19 + 3);
}

#[tokio::test]
async fn missed_weeks_are_made_good_one_by_one_and_too_many_in_one() {
    for (weeks, most, digests) in [(3, 7, 3), (3, 2, 1)] {
        let mut world = World::new("2025-11-23T12:00:00Z", &["a@example.net"]);
        with_second(&mut world, "cadence = \"weekly\"");
        world.config.catch_up_days = most;
        world.wake().await;
        world.pass(24, 0);
        world.arrive("draft-first-week-00", 1);
        world.wake().await;
        world.pass(24 * 7 * weeks, 0);
        world.arrive("draft-between-00", 24 * 9);
        world.wake().await;
        let sent = seconds(&world).split_off(1);
        assert_eq!(sent.len(), digests, "{most}");
        let contents = sent
            .iter()
            .map(|(found, _)| found.contents.as_ref().unwrap().len());
        assert_eq!(contents.sum::<usize>(), 2);
    }
}

#[tokio::test]
async fn the_next_digest_is_that_of_the_edition_whose_days_are_over_first() {
    let mut world = World::new("2025-11-27T12:00:00Z", &["a@example.net"]);
    let next = |world: &World| due::next_digest(&world.config, &world.clock).to_string();
    assert_eq!(next(&world), "2025-11-28T00:00:00Z");
    world.config.editions[0].cadence = crate::digest::Cadence::Weekly;
    assert_eq!(next(&world), "2025-12-01T00:00:00Z");
    world.config.grace = std::time::Duration::from_secs(600);
    world.pass(3 * 24 + 12, 5);
    assert_eq!(next(&world), "2025-12-01T00:10:00Z");
    world.pass(0, 5);
    assert_eq!(next(&world), "2025-12-08T00:10:00Z");
}

#[tokio::test]
async fn what_a_filter_leaves_out_is_counted_and_does_not_come_back() {
    let mut world = World::new("2025-11-27T12:00:00Z", &["a@example.net"]);
    with_second(
        &mut world,
        "only = { groups = [\"tls\"] }\nexcept = { drafts = [\"*-secret\"] }",
    );
    for name in [
        "draft-ietf-tls-one-00",
        "draft-ietf-tls-secret-00",
        "draft-other-00",
    ] {
        world.arrive(name, 1);
    }
    world.wake().await;
    world.pass(24, 0);
    world.wake().await;
    world.pass(24, 0);
    world.wake().await;
    let sent = seconds(&world);
    let (found, text) = &sent[0];
    assert_eq!(found.contents.as_ref().unwrap().len(), 3, "sealed with it");
    assert!(text.contains(" 1 draft, "), "{text}");
    assert!(text.contains("/doc/draft-ietf-tls-one/"));
    assert!(!text.contains("draft-ietf-tls-secret") && !text.contains("draft-other"));
    assert!(
        text.contains("2 more announcements do not pass the filters"),
        "{text}"
    );
    let (found, text) = &sent[1];
    assert_eq!(found.contents.as_ref().unwrap().len(), 0);
    assert!(!text.contains("Late arrivals"), "{text}");
}
