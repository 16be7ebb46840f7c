//! A cut-off day, compiled, edited and put together as a mail: 443 and 700 drafts, each in under 200 ms on one core.
//! Fails where that is no longer so. `cargo bench --bench busy_day`

use std::collections::BTreeMap;
use std::error::Error;
use std::time::{Duration, Instant};

use nikkan::announcement::{Announcement, Body, Draft, Group};
use nikkan::archive::{Background, DayRecord, EarlierRevision, PastDraft, StoredAnnouncement};
use nikkan::digest::{self, Edition, Language, Taxonomy};
use nikkan::press::Press;
use nikkan::{editor, press};

const LONGEST: Duration = Duration::from_millis(200);
const RUNS: usize = 15;

fn main() -> Result<(), Box<dyn Error>> {
    let start = Instant::now();
    for count in [443, 700] {
        for language in [Language::En, Language::Ja] {
            let record = record(count)?;
            let edition = Edition {
                language,
                ..Edition::unconfigured()
            };
            let id = press::message_id(
                &nikkan::secret::InstallationKey::of_none(),
                &edition,
                record.day,
            );
            let mut times = Vec::new();
            let mut size = 0;
            for _ in 0..RUNS {
                let begun = spent(start);
                let edited = editor::extract(digest::compile(
                    &record,
                    &edition,
                    Taxonomy::built_in(),
                    None,
                ));
                let parcel =
                    Press::default().mail(&edited, &edition, record.day.end(), &id, None)?;
                times.push(spent(start) - begun);
                size = parcel.bytes.len();
            }
            times.sort();
            let median = times[RUNS / 2];
            println!(
                "{count} drafts, {language:?}: median {median:.1?} of {RUNS}, mail {size} bytes"
            );
            if median > LONGEST {
                return Err(
                    format!("{count} drafts took {median:.1?}, longer than {LONGEST:?}").into(),
                );
            }
        }
    }
    Ok(())
}

/// How long this thread has had a core, so that other work on the machine does not count; where the system does not
/// tell, the time since `start`.
fn spent(start: Instant) -> Duration {
    std::fs::read_to_string("/proc/thread-self/schedstat")
        .ok()
        .and_then(|text| text.split(' ').next()?.parse().ok())
        .map_or_else(|| start.elapsed(), Duration::from_nanos)
}

/// A day of `count` drafts with abstracts of the usual length, three in four with an earlier revision.
fn record(count: usize) -> Result<DayRecord, Box<dyn Error>> {
    let subjects = [
        "segment routing",
        "QUIC streams",
        "DNS zones",
        "IMAP mailboxes",
        "OAuth tokens",
        "AI agents",
        "YANG modules",
        "BGP communities",
        "post-quantum signatures",
        "HTTP caches",
        "constrained devices",
        "media over QUIC",
    ];
    let mut record = DayRecord {
        day: "2025-10-20".parse()?,
        since: None,
        announcements: Vec::new(),
        late: Vec::new(),
        earlier: BTreeMap::new(),
        milestones: BTreeMap::new(),
        past: Vec::new(),
        last_before: None,
        connected: Duration::from_secs(86_400),
        silent: Vec::new(),
        heard: Vec::new(),
        closing: Vec::new(),
        background: Background::default(),
    };
    for n in 0..count {
        let (one, other) = (
            subjects[n % subjects.len()],
            subjects[(n / 7) % subjects.len()],
        );
        let name = format!(
            "draft-author{}-{}-{n}",
            n % 211,
            one.replace(' ', "-").to_lowercase()
        );
        let revision = format!("{:02}", n % 4 * 3);
        if n % 4 > 0 {
            let earlier = EarlierRevision {
                revision: "00".into(),
                day: "2025-07-01".parse()?,
            };
            record.earlier.insert(name.clone(), vec![earlier]);
        }
        let draft = Draft {
            name,
            revision,
            title: Some(format!("Extensions of {one} for {other}, number {n}")),
            authors: vec![
                format!("Author {}", n % 211),
                format!("Author {}", n % 89),
                format!("Author {}", n % 307),
            ],
            pages: Some(20),
            group: Some(Group {
                acronym: Some(format!("wg{}", n % 60)),
                name: Some("A Working Group".into()),
                area: None,
            }),
            abstract_text: Some(format!(
                "This document describes how {one} can be used with {other}. It defines the procedures, the \
                 formats and the error handling that are needed. {one} are widely deployed, but their use with \
                 {other} has not been specified so far. This document updates RFC {}.",
                8000 + n
            )),
            ..Draft::default()
        };
        // A month behind it with as many drafts: their themes are what a surge is measured by.
        let back = i64::try_from(n % 29)? + 1;
        record.background.drafts.push(PastDraft {
            day: record.day.plus(-back),
            draft: draft.clone(),
        });
        record.announcements.push(StoredAnnouncement {
            id: i64::try_from(n)?,
            day: record.day,
            lists: vec!["i-d-announce".into()],
            announcement: Announcement {
                list: Some("i-d-announce".into()),
                message_id: None,
                date: Some(record.day.start()),
                subject: format!("I-D Action: {}", draft.name),
                body: Body::Draft(draft),
            },
        });
    }
    Ok(record)
}
