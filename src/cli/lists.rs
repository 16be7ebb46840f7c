//! `nikkan lists`: the lists that are known, how far joining and leaving them is, and whether they still speak.

use std::process::ExitCode;

use anyhow::Result;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use super::terminal::{self, moment};
use super::{CommandContext, open_archive_to_read};
use crate::announcement::Lists;
use crate::archive::{
    CONFIRMATION_PERIOD, DeliveryState, SilentList, Subscription, SubscriptionState,
};

/// Show each list: asked, confirming, subscribed, and its last message
///
/// A list that is silent for more than twice as long as it ever was lately is marked: its subscription may have ended.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan lists
  nikkan lists --json | jq '.[] | select(.silent)'")]
pub(super) struct Arguments {
    /// As JSON
    #[arg(long)]
    json: bool,
}

/// A list as `--json` tells it. The instants are UTC; what is not known, or was not asked by mail, is null.
#[derive(Debug, Serialize)]
struct ListReport<'a> {
    name: &'a str,
    /// `asked`, `confirming`, `subscribed`, `left` or `refused`; null when nikkan has asked for nothing.
    state: Option<SubscriptionState>,
    /// The request: `join` or `leave`.
    action: Option<&'static str>,
    address: Option<&'a str>,
    asked_at: Option<Timestamp>,
    confirmed_at: Option<Timestamp>,
    last_message: Option<Timestamp>,
    /// True when it is silent for longer than is usual for it.
    silent: bool,
    /// The trouble with a request that takes too long.
    problem: Option<&'static str>,
}

/// The time that a list may take once it has its confirmation; when a person decides, that is not at once.
const PATIENCE: SignedDuration = SignedDuration::from_hours(3 * 24);

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    let archive = open_archive_to_read(&config)?;
    let today = context.clock.today();
    let seen = archive.status(today).await?.lists;
    let silent = archive.silent_lists(today).await?;
    let asked = archive.subscriptions().await?;
    let now = context.clock.now();
    let names = Lists::new(&config.lists).names();
    let known = names.iter().map(|name| {
        let request = asked.iter().find(|request| request.list == *name);
        let left = request.is_some_and(|request| request.state == SubscriptionState::Left);
        let last = seen.iter().find(|list| list.list == *name);
        let silent = silent.iter().find(|silent| silent.list == *name && !left);
        (name, request, last.map(|list| list.last), silent)
    });
    if arguments.json {
        let reports = known.map(|(name, request, last_message, silent)| ListReport {
            name,
            state: request.map(|request| request.state),
            action: request.map(|request| request.action.name()),
            address: request.map(|request| request.address.as_str()),
            asked_at: request.map(|request| request.asked_at),
            confirmed_at: request.and_then(|request| request.confirmed_at),
            last_message,
            silent: silent.is_some(),
            problem: request.and_then(|request| overdue(request, now)),
        });
        let reports: Vec<_> = reports.collect();
        terminal::print(serde_json::to_string_pretty(&reports)? + "\n")?;
        return Ok(ExitCode::SUCCESS);
    }
    let lines = known.map(|(name, request, last_message, silent)| {
        let mut said: Vec<String> = request.map(progress).into_iter().collect();
        said.extend(request.and_then(|request| overdue(request, now).map(str::to_owned)));
        said.push(match last_message {
            Some(last) => format!("last message {}", moment(last)),
            None => "no message yet".into(),
        });
        said.extend(silent.map(silence));
        format!("{name:<16} {}\n", said.join("; "))
    });
    terminal::print(lines.collect::<String>())?;
    Ok(ExitCode::SUCCESS)
}

/// Tells the progress of a request.
pub(super) fn progress(request: &Subscription) -> String {
    let verb = request.action.name();
    let asked = moment(request.asked_at);
    match request.state {
        SubscriptionState::Subscribed => format!("subscribed as {}", request.address),
        SubscriptionState::Left => format!("left as {}", request.address),
        SubscriptionState::Asked if request.command == DeliveryState::Sent => {
            format!("asked to {verb} {asked} as {}", request.address)
        }
        SubscriptionState::Asked => format!(
            "asked to {verb} {asked} as {}, and not taken yet{}",
            request.address,
            words(&request.response)
        ),
        SubscriptionState::Confirming => {
            let since = request.confirmed_at.unwrap_or(request.asked_at);
            let answered = if request.command == DeliveryState::Sent {
                "confirming"
            } else {
                "confirming, the answer is not taken yet"
            };
            format!(
                "{answered} since {} ({verb} asked {asked} as {})",
                moment(since),
                request.address
            )
        }
        SubscriptionState::Refused => {
            format!("asked to {verb} {asked} and refused: {}", request.response)
        }
    }
}

/// Returns the server's words, if it said some.
fn words(response: &str) -> String {
    if response.is_empty() {
        String::new()
    } else {
        format!(": {response}")
    }
}

/// Tells the trouble with a request that takes too long.
pub(super) fn overdue(request: &Subscription, now: Timestamp) -> Option<&'static str> {
    let since = |instant: Timestamp| now.duration_since(instant);
    match request.state {
        SubscriptionState::Refused => Some("the list's server refused the mail"),
        SubscriptionState::Asked if since(request.asked_at) > CONFIRMATION_PERIOD => {
            Some("no confirmation came within three days, ask again")
        }
        SubscriptionState::Confirming if since(request.confirmed_at?) > PATIENCE => Some(
            "confirmed, and the list has not said a word for three days; a person may have to let it pass",
        ),
        _ => None,
    }
}

/// Words a list that fell silent.
pub(super) fn silence(silent: &SilentList) -> String {
    format!(
        "nothing for {} weekdays; the subscription may have ended",
        silent.weekdays
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::SubscriptionAction;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn request(state: SubscriptionState) -> Subscription {
        Subscription {
            list: "rfc-dist".into(),
            action: SubscriptionAction::Join,
            address: "reader@mail.example".into(),
            asked_at: at("2025-11-28T12:00:00Z"),
            confirmed_at: Some(at("2025-11-28T12:05:00Z")),
            state,
            command: DeliveryState::Sent,
            response: "250 ok".into(),
        }
    }

    #[test]
    fn each_state_has_its_words() {
        let said = |state| progress(&request(state));
        assert_eq!(
            said(SubscriptionState::Asked),
            "asked to join 2025-11-28 12:00:00 UTC as reader@mail.example"
        );
        assert_eq!(
            said(SubscriptionState::Confirming),
            "confirming since 2025-11-28 12:05:00 UTC (join asked 2025-11-28 12:00:00 UTC as reader@mail.example)"
        );
        assert_eq!(
            said(SubscriptionState::Subscribed),
            "subscribed as reader@mail.example"
        );
        assert_eq!(said(SubscriptionState::Left), "left as reader@mail.example");
        let mut waiting = request(SubscriptionState::Confirming);
        waiting.command = DeliveryState::Deferred;
        assert!(progress(&waiting).starts_with("confirming, the answer is not taken yet since"));
        waiting.state = SubscriptionState::Asked;
        waiting.response = "451 later".into();
        assert!(
            progress(&waiting).ends_with("as reader@mail.example, and not taken yet: 451 later")
        );
        assert!(said(SubscriptionState::Refused).ends_with("and refused: 250 ok"));
    }

    #[test]
    fn a_request_that_takes_too_long_needs_a_look() {
        let late = |state, now| overdue(&request(state), at(now));
        let (in_time, too_late) = ("2025-12-01T12:00:00Z", "2025-12-01T12:05:01Z");
        assert_eq!(late(SubscriptionState::Asked, in_time), None);
        assert!(
            late(SubscriptionState::Asked, too_late)
                .unwrap()
                .contains("ask again")
        );
        assert_eq!(late(SubscriptionState::Confirming, in_time), None);
        assert!(
            late(SubscriptionState::Confirming, too_late)
                .unwrap()
                .contains("a person")
        );
        assert_eq!(
            late(SubscriptionState::Subscribed, "2026-12-01T00:00:00Z"),
            None
        );
        assert_eq!(late(SubscriptionState::Left, "2026-12-01T00:00:00Z"), None);
        assert!(late(SubscriptionState::Refused, in_time).is_some());
    }
}
