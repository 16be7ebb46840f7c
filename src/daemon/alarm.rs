//! A word to the operator when a digest was given up. It goes through the outbox like any mail, so that it outlives a
//! crash and a server that is away; and nobody is told of a word that could not be delivered itself.

use std::time::Duration;

use anyhow::Result;
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};

use crate::archive::{Archive, GivenUp};
use crate::clock::Clock;
use crate::config::Config;
use crate::press;

/// How often is looked whether something was given up.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Tells until `stop`.
pub(super) async fn keep(
    config: &Config,
    archive: &Archive,
    clock: &Clock,
    stop: &CancellationToken,
) {
    loop {
        if let Err(why) = tell(config, archive, clock).await {
            warn!(%why, "the operator could not be told of a digest that was given up");
        }
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Puts one mail into the outbox for each digest that was given up and nobody was told of; how many.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn tell(config: &Config, archive: &Archive, clock: &Clock) -> Result<usize> {
    let mut open = archive.given_up().await?;
    let mut told = 0;
    while let Some(first) = open.first().cloned() {
        let same = |other: &GivenUp| other.edition == first.edition && other.day == first.day;
        let (group, rest) = open.into_iter().partition(same);
        open = rest;
        let mail = word(config, clock, &group);
        told += usize::from(mail.is_some());
        let deliveries = group.iter().map(|one| one.delivery).collect();
        archive
            .note_told(deliveries, mail, first.digest, clock.now())
            .await?;
    }
    Ok(told)
}

fn word(config: &Config, clock: &Clock, group: &[GivenUp]) -> Option<crate::archive::Parcel> {
    let first = group.first()?;
    let edition = config.edition(Some(&first.edition)).ok()?;
    let operator = config.smtp.operator.as_deref().unwrap_or(&edition.from);
    match press::word_to_operator(edition, operator, clock.now(), group) {
        Ok(mail) => Some(mail),
        Err(why) => {
            error!(operator, %why, "the operator cannot be told");
            None
        }
    }
}
