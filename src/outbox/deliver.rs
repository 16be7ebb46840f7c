//! The queue's one loop: takes what is due from the archive, submits it, and records how that ended. Bytes and
//! Message-ID never change between attempts, and an attempt is counted before it is made, so that a crash in the middle
//! of one is seen.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{Fuse, FusedFuture as _, FutureExt as _};
use futures_util::stream::FuturesUnordered;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{error, info};

use super::attempt::{judge, log_attempt};
use super::pace::Pace;
use super::standby::Leaves;
use super::{HandIn, Outcome, Submission, Transport, retry};
use crate::archive::{
    Archive, ArchiveError, AttemptResult, DeliveryState, DueNumber, QueuedDelivery,
};
use crate::clock::Clock;

/// The longest time between two looks at the archive: `nikkan send` and `nikkan subscribe` in another process cannot
/// nudge, and somebody waits for what they ask. A look is two questions to an index.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// The wait until a full disk is tried again.
const NO_SPACE: Duration = Duration::from_secs(10);

/// Deliveries that are read and begun together, in one commit: of 10,000 readers, a hundred commits.
const PAGE: usize = 100;

/// The longest that a round may last for its first and its last to come back together.
const LONGEST_ROUND: SignedDuration = SignedDuration::from_secs(30);

/// The deliveries of one round, by how their attempts ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    /// Taken by the server.
    pub delivered: u32,
    /// To be tried again, uncertain ones included.
    pub postponed: u32,
    /// Refused for good, or expired.
    pub failed: u32,
}

/// The ends that the loop hears of.
#[derive(Clone, Copy)]
struct Ends<'a> {
    /// No attempt begins after it: the next round has another configuration.
    round: &'a CancellationToken,
    /// What was answered is not kept in hand beyond it.
    process: &'a CancellationToken,
}

/// Delivers until `stop`: after each nudge, when the next attempt is due, and now and then. What is deferred is tried at once
/// at the beginning, and when that which held it up has gone. A full disk is waited out: without a place to write an attempt
/// down, none is made. What a server answered
/// while it was full is kept in hand beyond `stop`, until `shutdown`: a process that lives on would never ask for it again.
///
/// # Errors
/// The archive cannot be read or written, and that does not pass by itself.
pub async fn run<T: Transport, H: HandIn>(
    archive: Archive,
    transport: T,
    hand_in: H,
    clock: Clock,
    nudge: Arc<Notify>,
    stop: CancellationToken,
    shutdown: CancellationToken,
) -> Result<(), ArchiveError> {
    let ends = Ends {
        round: &stop,
        process: &shutdown,
    };
    let mended = async {
        loop {
            transport.mended().await;
            info!("what held up the outbox has gone: what is deferred is tried now");
            try_all_now(&archive, &clock, &nudge).await;
        }
    };
    try_all_now(&archive, &clock, &nudge).await;
    let rounds = rounds(&archive, &transport, &hand_in, &clock, &nudge, ends);
    tokio::select! {
        ended = rounds => ended,
        () = mended => Ok(()),
    }
}

/// Makes all that waits due at once.
async fn try_all_now(archive: &Archive, clock: &Clock, nudge: &Notify) {
    match archive.make_all_due(clock.now()).await {
        Ok(0) => {}
        Ok(_) => nudge.notify_one(),
        // It is still tried when its time comes.
        Err(why) => error!(%why, "what is deferred waits for its time"),
    }
}

async fn rounds<T: Transport, H: HandIn>(
    archive: &Archive,
    transport: &T,
    hand_in: &H,
    clock: &Clock,
    nudge: &Notify,
    ends: Ends<'_>,
) -> Result<(), ArchiveError> {
    let mut pace = Pace::new(transport.sessions());
    loop {
        transport.turns();
        let round = async {
            if pace.waits() {
                return Ok(None);
            }
            let round = deliver_round(archive, transport, hand_in, clock, ends, &mut pace);
            if round.await?.delivered > 0 {
                hand_in.handed_in();
            }
            archive.next_due().await
        };
        let next = match round.await {
            Err(why) if why.is_temporary() => {
                error!(%why, "the outbox waits");
                None
            }
            other => other?,
        };
        // What is left of a round that was cut short is due already, and waits for the server.
        let next = next.filter(|_| !pace.waits());
        tokio::select! {
            biased;
            () = ends.round.cancelled() => return Ok(()),
            () = nudge.notified() => {}
            () = clock.sleep_until(next.unwrap_or(Timestamp::MAX)) => {}
            () = tokio::time::sleep(LOOK_AGAIN) => {}
        }
    }
}

/// Makes one attempt at each delivery that is due, of whatever kind; a digest is asked about before. A stop is acted upon
/// between two attempts. When the server says that it is too much, the others are left as they were, and count as postponed.
///
/// # Errors
/// The archive cannot be read or written. What a server says is an outcome, not an error.
pub async fn deliver_due<T: Transport, H: HandIn>(
    archive: &Archive,
    transport: &T,
    hand_in: &H,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Round, ArchiveError> {
    let mut pace = Pace::new(transport.sessions());
    let ends = Ends {
        round: stop,
        process: stop,
    };
    deliver_round(archive, transport, hand_in, clock, ends, &mut pace).await
}

/// Makes one round at a pace that follows from the rounds before.
async fn deliver_round<T: Transport, H: HandIn>(
    archive: &Archive,
    transport: &T,
    hand_in: &H,
    clock: &Clock,
    ends: Ends<'_>,
    pace: &mut Pace,
) -> Result<Round, ArchiveError> {
    let started = clock.now();
    let mut due = archive.due_numbers(started).await?;
    pace.turn(&mut due);
    let mut delivering = Delivering {
        archive,
        transport,
        clock,
        ends,
        pace,
        started,
        // One for all: who was put off together comes back together, over the same session.
        spread: fastrand::f64(),
        round: Round::default(),
        throttled: None,
    };
    let made = delivering.all(&due, Leaves::new(hand_in, archive)).await;
    transport.rest().await;
    let (round, throttled) = (delivering.round, delivering.throttled);
    match throttled {
        Some(throttled) => pace.slow_down(round.delivered, throttled),
        None => pace.recover(round.delivered),
    }
    made?;
    if transport.refuses_us() {
        // Who comes later waits with those that wait already: each time is a login, and some of them lock an account.
        archive.wait_together(clock.now()).await?;
    }
    Ok(round)
}

/// A round under way.
struct Delivering<'a, T> {
    archive: &'a Archive,
    transport: &'a T,
    clock: &'a Clock,
    ends: Ends<'a>,
    pace: &'a Pace,
    started: Timestamp,
    spread: f64,
    round: Round,
    /// The delivery at which the server said that it is too much for now.
    throttled: Option<DueNumber>,
}

impl<T: Transport> Delivering<'_, T> {
    /// Goes through what is due page by page, so that of many readers few are held at a time, and of a message one copy.
    async fn all<H: HandIn>(
        &mut self,
        due: &[DueNumber],
        mut leaves: Leaves<'_, H>,
    ) -> Result<(), ArchiveError> {
        for message in due.chunk_by(|one, next| one.message == next.message) {
            let mut text: Option<Arc<[u8]>> = None;
            for page in message.chunks(PAGE) {
                if self.ends.round.is_cancelled() {
                    return Ok(());
                }
                if self.throttled.is_some() {
                    self.round.postponed += u32::try_from(page.len()).unwrap_or(u32::MAX);
                    continue;
                }
                let numbers = page.iter().map(|one| one.delivery).collect();
                let page = self.archive.deliveries(numbers).await?;
                let Some(first) = page.first() else {
                    continue;
                };
                if !leaves.are_granted(first, self.clock.now()).await? {
                    break;
                }
                let text = match &mut text {
                    Some(text) => text,
                    none => none.insert(self.archive.message_bytes(first.message).await?),
                };
                self.page(page, text).await?;
            }
        }
        Ok(())
    }

    /// Makes one attempt at each delivery of a page, several at a time.
    async fn page(&mut self, page: Vec<QueuedDelivery>, text: &[u8]) -> Result<(), ArchiveError> {
        let numbers = page.iter().map(|one| one.id).collect();
        let begun = self
            .archive
            .begin_attempts(numbers, self.clock.now())
            .await?;
        let begun: BTreeSet<i64> = begun.into_iter().collect();
        let mut waiting = page.into_iter().filter(|one| begun.contains(&one.id));
        let left = AtomicUsize::new(begun.len());
        let mut under_way = FuturesUnordered::new();
        // Beside them: a full disk must not keep an answer from being heard.
        let mut taking_back = Box::pin(Fuse::terminated());
        let (mut error, mut round, mut throttled) = (None, self.round, None);
        loop {
            let goes_on = error.is_none() && throttled.is_none() && !self.ends.round.is_cancelled();
            while goes_on && under_way.len() < self.pace.width() {
                let Some(delivery) = waiting.next() else {
                    break;
                };
                under_way.push(self.attempt(delivery, text, &left));
            }
            if self.ends.round.is_cancelled() {
                // Whoever comes next must not wait for a server that keeps the rest of the page waiting.
                let untried: Vec<QueuedDelivery> = waiting.by_ref().collect();
                if !untried.is_empty() {
                    taking_back.set(self.take_back(untried).fuse());
                }
            }
            let made = tokio::select! {
                biased;
                made = under_way.next() => made,
                taken_back = &mut taking_back => {
                    error = error.or(taken_back.err());
                    continue;
                }
                () = self.ends.round.cancelled(), if goes_on => continue,
            };
            let Some(made) = made else {
                break;
            };
            match made {
                Ok((state, too_much)) => {
                    round.count(state);
                    throttled = throttled.max(too_much);
                }
                Err(why) => error = error.or(Some(why)),
            }
        }
        drop(under_way);
        if !taking_back.is_terminated() {
            error = error.or((&mut taking_back).await.err());
        }
        drop(taking_back);
        (self.round, self.throttled) = (round, throttled);
        let untried: Vec<QueuedDelivery> = waiting.collect();
        if !untried.is_empty() {
            if throttled.is_some() {
                self.round.postponed += u32::try_from(untried.len()).unwrap_or(u32::MAX);
            }
            let taken_back = self.take_back(untried).await;
            error = error.or(taken_back.err());
        }
        error.map_or(Ok(()), Err)
    }

    /// Makes one attempt, and records how it ended. Of the attempts of a page the last one recorded makes all of them firm.
    async fn attempt(
        &self,
        delivery: QueuedDelivery,
        text: &[u8],
        left: &AtomicUsize,
    ) -> Result<(DeliveryState, Option<DueNumber>), ArchiveError> {
        let outcome = self
            .transport
            .submit(Submission {
                sender: &delivery.sender,
                recipient: &delivery.recipient,
                own: &delivery.own,
                bytes: text,
            })
            .await;
        let number = DueNumber {
            message: delivery.message,
            delivery: delivery.id,
        };
        let throttled = matches!(outcome, Outcome::Throttled(_)).then_some(number);
        let result = self.judge(&delivery, outcome);
        log_attempt(&delivery, &result);
        let state = result.state;
        let is_last = left.fetch_sub(1, Ordering::Relaxed) == 1;
        self.record(&delivery, result, is_last).await?;
        Ok((state, throttled))
    }

    /// Returns what follows from an outcome.
    fn judge(&self, delivery: &QueuedDelivery, outcome: Outcome) -> AttemptResult {
        let now = self.clock.now();
        let (give_up_after, attempts) = (self.transport.give_up_after(), delivery.attempts + 1);
        let next = retry::next_attempt(
            delivery.queued_at,
            // A long round's first and last come back together.
            now.checked_sub(LONGEST_ROUND)
                .map_or(now, |first| first.max(self.started)),
            attempts,
            self.spread,
            give_up_after,
        );
        let next = match outcome {
            Outcome::Throttled(_) => next.and_then(|_| now.checked_add(self.pace.pause()).ok()),
            _ => next,
        };
        judge(outcome, next, give_up_after)
    }

    /// Records how an attempt ended. What the server has taken it must not get again because our disk is full: the result is
    /// kept in hand until it can be written, beyond the round, unless the process is to end first; then the next start finds an
    /// attempt whose end is not known.
    async fn record(
        &self,
        delivery: &QueuedDelivery,
        result: AttemptResult,
        is_last: bool,
    ) -> Result<(), ArchiveError> {
        loop {
            let (id, result) = (delivery.id, result.clone());
            let state = result.state.name();
            let recorded = match is_last {
                true => self.archive.record_attempt(id, result).await,
                false => self.archive.record_attempt_of_many(id, result).await,
            };
            let why = match recorded {
                Err(why) if why.is_temporary() => why,
                other => return other,
            };
            let (message_id, recipient) = (&delivery.message_id, &delivery.recipient);
            let kind = delivery.kind.name();
            error!(%kind, %message_id, %recipient, state, %why, "the outcome could not be written down yet");
            if !self.waits_for_space().await {
                return Err(why);
            }
        }
    }

    /// Takes back the attempts of a page that were not made, as soon as that can be written, beyond the round too: until then
    /// nobody else tries these deliveries, and the next start would take them for cut off.
    async fn take_back(&self, untried: Vec<QueuedDelivery>) -> Result<(), ArchiveError> {
        loop {
            let taken_back = (self.archive).take_back_attempts(untried.clone(), self.clock.now());
            let why = match taken_back.await {
                Err(why) if why.is_temporary() => why,
                other => return other,
            };
            let count = untried.len();
            error!(count, %why, "attempts that were not made could not be taken back yet");
            if !self.waits_for_space().await {
                return Err(why);
            }
        }
    }

    /// Waits until a full disk is to be tried again, which is a turn of the loop's like any other. Returns false when the process
    /// is to end before.
    async fn waits_for_space(&self) -> bool {
        self.transport.turns();
        let slept = tokio::time::sleep(NO_SPACE);
        self.ends.process.run_until_cancelled(slept).await.is_some()
    }
}

impl Round {
    fn count(&mut self, state: DeliveryState) {
        match state {
            DeliveryState::Sent => self.delivered += 1,
            DeliveryState::Failed => self.failed += 1,
            _ => self.postponed += 1,
        }
    }
}

#[cfg(test)]
mod tests;
