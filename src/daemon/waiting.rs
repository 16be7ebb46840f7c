//! Tells the operator at once that a digest waits until something is changed: once for each digest and cause.

use anyhow::Result;
use tracing::error;

use super::context::DaemonContext;
use crate::archive::{MailObject, WaitingDeliveries};
use crate::press;
use crate::secret::InstallationKey;

/// The causes of one digest that are told. A server that says something else each time is not told of for ever.
const MOST_CAUSES: usize = 8;

/// Queues a notice for each digest that waits for a cause which the operator has no notice of. Returns their number.
///
/// # Errors
/// The archive cannot be read or written.
pub(super) async fn queue_notices(context: &DaemonContext) -> Result<usize> {
    let (archive, clock) = (&context.archive, &context.clock);
    let waiting = archive.waiting_for_hand().await?;
    let mut queued = 0;
    for digest in waiting.chunk_by(|one, next| one.digest == next.digest) {
        let Some(causes) = with_new_causes(digest) else {
            continue;
        };
        let key = archive.installation_key(clock.now()).await?;
        let notice = print_notice(context, &key, digest, causes.len());
        queued += usize::from(notice.is_some());
        let number = digest.first().map_or(0, |first| first.digest);
        archive
            .tell_of_waiting(number, causes, notice, clock.now())
            .await?;
    }
    Ok(queued)
}

/// Returns the causes that were told, and those that are to be told now; `None` when there is none of these.
fn with_new_causes(digest: &[WaitingDeliveries]) -> Option<Vec<String>> {
    let mut causes = digest.first()?.told.clone();
    let told = causes.len();
    for one in digest {
        let cause = one.cause();
        if causes.len() < MOST_CAUSES && !causes.contains(&cause) {
            causes.push(cause);
        }
    }
    (causes.len() > told).then_some(causes)
}

/// Prints the notice; `None` if nobody can be notified, which the log tells.
fn print_notice(
    context: &DaemonContext,
    key: &InstallationKey,
    digest: &[WaitingDeliveries],
    number: usize,
) -> Option<MailObject> {
    let config = &context.config;
    let edition = config.edition(Some(&digest.first()?.edition)).ok()?;
    let operator = config.smtp.operator.as_deref().unwrap_or(&edition.from);
    let (now, give_up_after) = (context.clock.now(), config.smtp.give_up_after);
    let printed = press::waiting_notice(key, edition, operator, now, digest, number, give_up_after);
    match printed {
        Ok(notice) => Some(notice),
        Err(why) => {
            error!(operator, %why, "the operator cannot be told");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn waiting(response: &str, told: &[&str]) -> WaitingDeliveries {
        WaitingDeliveries {
            digest: 1,
            edition: "daily".into(),
            day: "2025-11-28".parse().unwrap(),
            queued_at: jiff::Timestamp::UNIX_EPOCH,
            readers: 1,
            recipient: "a@example.net".into(),
            response: response.into(),
            next_attempt: jiff::Timestamp::UNIX_EPOCH,
            told: told.iter().map(|cause| (*cause).to_owned()).collect(),
        }
    }

    #[test]
    fn a_cause_is_told_once_whatever_its_numbers_and_readers_are() {
        let first = [
            waiting(
                "MAIL answered `530 5.7.0 Authentication required 4Rx1Ab`",
                &[],
            ),
            waiting(
                "MAIL answered `530 5.7.0 Authentication required 9Yz2Cd`",
                &[],
            ),
        ];
        let told = with_new_causes(&first).unwrap();
        assert_eq!(told, ["mail answered 530 5.7.0 authentication required"]);
        let told: Vec<&str> = told.iter().map(String::as_str).collect();
        let same = waiting(
            "MAIL answered `530 5.7.0 Authentication required 77`",
            &told,
        );
        assert_eq!(with_new_causes(&[same]), None);
        let other = waiting(
            "the mail has 9 bytes, and the server takes at most 5",
            &told,
        );
        assert_eq!(
            with_new_causes(&[other]).map(|causes| causes.len()),
            Some(2)
        );
        // What changes each time is told only so often.
        let all = ["a", "b", "c", "d", "e", "f", "g", "h"];
        assert_eq!(with_new_causes(&[waiting("something else", &all)]), None);
    }
}
