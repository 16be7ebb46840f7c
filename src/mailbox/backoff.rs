//! The delay before the next attempt. Pure: failures so far in, a delay out; the spread keeps a thousand
//! daemons from coming back to a restarted server in the same second.

use std::time::Duration;

/// The subject of the last failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FailureKind {
    /// The connection or the server.
    Connection,
    /// The credentials: servers lock accounts that try wrong passwords too often.
    Credentials,
}

/// Returns the delay after the `failures`-th failure in a row (from 1): from 1 s doubling to 5 min. After refused credentials
/// 10 s, in case a password was just being changed, then 1 min, 6 min, 36 min, and an hour from there on: four
/// attempts in ten minutes are fewer than what locks an account or an address. `spread` from 0 to 1 folders it within ±20 %.
pub(super) fn delay(kind: FailureKind, failures: u32, spread: f64) -> Duration {
    let (first, factor, most) = match kind {
        FailureKind::Connection => (1_u64, 2_u64, 5 * 60),
        FailureKind::Credentials => (10, 6, 60 * 60),
    };
    let steps = failures.saturating_sub(1).min(20);
    let seconds = first.saturating_mul(factor.saturating_pow(steps)).min(most);
    Duration::from_secs(seconds).mul_f64(0.8 + 0.4 * spread.clamp(0.0, 1.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_their_cap() {
        let seconds = |kind, failures| delay(kind, failures, 0.5).as_secs();
        let lost: Vec<u64> = (1..12)
            .map(|n| seconds(FailureKind::Connection, n))
            .collect();
        assert_eq!(lost, [1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
        let refused: Vec<u64> = (1..6)
            .map(|n| seconds(FailureKind::Credentials, n))
            .collect();
        assert_eq!(refused, [10, 60, 360, 2160, 3600]);
        assert_eq!(seconds(FailureKind::Credentials, 99), 3600);
    }

    #[test]
    fn the_spread_is_a_fifth_each_way() {
        assert_eq!(
            delay(FailureKind::Connection, 1, 0.0),
            Duration::from_millis(800)
        );
        assert_eq!(
            delay(FailureKind::Connection, 1, 1.0),
            Duration::from_millis(1200)
        );
    }
}
