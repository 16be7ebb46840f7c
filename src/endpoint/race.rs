//! The race for the first address that answers (RFC 8305 section 5): an attempt begins 250 ms after the one before it, or
//! at once when one has failed; the first connection wins, and the others are dropped.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::{Instant, sleep_until};

/// Time between two attempts, as RFC 8305 section 8 advises.
const ATTEMPT_DELAY: Duration = Duration::from_millis(250);

/// Why an address could not be used, in words.
pub(super) type Failure = (SocketAddr, String);

/// Connects to the addresses in this order, within `limit` altogether.
///
/// # Errors
/// None answered in time: each address that was tried, with its own cause, in the order of `addresses`.
pub(super) async fn race<T, F>(
    addresses: &[SocketAddr],
    limit: Duration,
    connect: impl Fn(SocketAddr) -> F,
) -> Result<(SocketAddr, T), Vec<Failure>>
where
    F: Future<Output = io::Result<T>>,
{
    let deadline = Instant::now() + limit;
    let mut running = FuturesUnordered::new();
    let mut failed = Vec::new();
    let (mut begun, mut next) = (0, Instant::now());
    while begun < addresses.len() || !running.is_empty() {
        tokio::select! {
            biased;
            Some((address, outcome)) = running.next() => match outcome {
                Ok(connection) => return Ok((address, connection)),
                Err(cause) => {
                    failed.push((address, words(&cause)));
                    next = Instant::now();
                }
            },
            () = sleep_until(deadline) => break,
            () = sleep_until(next), if begun < addresses.len() => {
                let address = addresses[begun];
                let attempt = connect(address);
                running.push(async move { (address, attempt.await) });
                begun += 1;
                next = Instant::now() + ATTEMPT_DELAY;
            }
        }
    }
    let silent = || format!("no answer within {} s", limit.as_secs());
    let cause = |address: &SocketAddr| {
        let known = failed.iter().find(|(failed, _)| failed == address);
        known.map_or_else(silent, |(_, cause)| cause.clone())
    };
    let tried = addresses[..begun].iter();
    Err(tried.map(|address| (*address, cause(address))).collect())
}

/// Returns the system's words without their number, as in `Connection refused (os error 111)`.
fn words(cause: &io::Error) -> String {
    let said = cause.to_string();
    match said.split_once(" (os error ") {
        Some((words, _)) => words.to_owned(),
        None => said,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// The last octet of an address says what happens there: below 100 a connection after so many ms, 100 refused at once,
    /// above it silence.
    async fn played(
        octets: &[u8],
    ) -> (Result<u8, Vec<(u8, String)>>, Duration, Vec<(u8, Duration)>) {
        let octet = |address: &SocketAddr| match address {
            SocketAddr::V4(address) => address.ip().octets()[3],
            SocketAddr::V6(_) => unreachable!(),
        };
        let addresses: Vec<SocketAddr> = octets
            .iter()
            .map(|octet| SocketAddr::from(([192, 0, 2, *octet], 993)))
            .collect();
        let start = Instant::now();
        let begun = Mutex::new(Vec::new());
        let connect = |address: SocketAddr| {
            let octet = octet(&address);
            begun.lock().unwrap().push((octet, start.elapsed()));
            async move {
                match octet {
                    100 => Err(io::Error::from_raw_os_error(111)),
                    101.. => std::future::pending().await,
                    _ => {
                        tokio::time::sleep(Duration::from_millis(octet.into())).await;
                        Ok(octet)
                    }
                }
            }
        };
        let outcome = race(&addresses, Duration::from_secs(10), connect).await;
        let outcome = outcome
            .map(|(address, connection)| {
                assert_eq!(octet(&address), connection);
                connection
            })
            .map_err(|failed| {
                let failed = failed.into_iter();
                failed.map(|(at, why)| (octet(&at), why)).collect()
            });
        (outcome, start.elapsed(), begun.into_inner().unwrap())
    }

    #[tokio::test(start_paused = true)]
    async fn the_next_begins_after_250_ms_or_at_once_after_a_failure() {
        let ms = Duration::from_millis;
        // Sleeps are to the next millisecond.
        let near = |found: Duration, wanted: u64| {
            assert!(found >= ms(wanted) && found <= ms(wanted + 3), "{found:?}");
        };
        let (outcome, took, begun) = played(&[101, 102, 5]).await;
        assert_eq!(outcome, Ok(5));
        near(took, 505);
        near(begun[1].1, 250);
        near(begun[2].1, 500);
        let (outcome, took, begun) = played(&[100, 5, 101]).await;
        assert_eq!((outcome, begun.len()), (Ok(5), 2));
        near(took, 5);
    }

    #[tokio::test(start_paused = true)]
    async fn a_late_first_wins_and_the_rest_is_dropped() {
        let (outcome, took, begun) = played(&[101, 90, 1]).await;
        assert_eq!(outcome, Ok(90), "the third would begin later");
        assert!(took < Duration::from_millis(350), "{took:?}");
        assert_eq!(begun.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn each_address_has_its_own_cause_in_order() {
        let (outcome, took, _) = played(&[101, 100, 102]).await;
        let failed = outcome.unwrap_err();
        let said: Vec<(u8, &str)> = failed.iter().map(|(at, why)| (*at, why.as_str())).collect();
        assert_eq!(
            said,
            [
                (101, "no answer within 10 s"),
                (100, "Connection refused"),
                (102, "no answer within 10 s")
            ]
        );
        assert!(took <= Duration::from_millis(10_003), "{took:?}");
        assert_eq!(played(&[]).await.0, Err(Vec::new()));
    }
}
