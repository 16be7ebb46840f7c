//! The instant that dates a message: how its `Date` field, its topmost `Received` field, INTERNALDATE and the moment of its
//! reading are weighed. docs/promises.md has it as a table. Pure, so that arrival, import and reparse say the same.

use jiff::{SignedDuration, Timestamp};

/// 1990-01-01, in seconds since 1970: no list's mail is older, but clocks that were never set are.
const FIRST: i64 = 631_152_000;

/// Two clocks that differ by no more than this agree: some senders and servers write their own time as if it were UTC.
const A_DAY: SignedDuration = SignedDuration::from_hours(24);

/// What is known of a message's coming besides its bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Arrival {
    /// When the server received it, as it says (INTERNALDATE, RFC 9051 section 2.3.3).
    pub internal_date: Option<Timestamp>,
    /// When it was read here, or from a file, by this machine's clock.
    pub read_at: Option<Timestamp>,
}

/// The instants by which a message may be dated.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DateWitnesses {
    /// The `Date` field.
    pub(crate) date: Option<Timestamp>,
    /// The date of the topmost `Received` field, which the last server wrote (RFC 5321 section 4.4).
    pub(crate) relayed: Option<Timestamp>,
    /// What is known of its coming.
    pub(crate) arrival: Arrival,
}

impl DateWitnesses {
    /// Chooses the instant that dates the message; `None` when nothing tells it, and it belongs to the day of its reading.
    ///
    /// The `Date` field wins while it can be right, because copied mailboxes and slow relays change every other one: it is not
    /// before 1990, not a day ahead of the reading, and the server's two stamps do not both say that the mail had come a day
    /// before it was written. Else the `Received` field, which stays with the mail, then INTERNALDATE.
    pub(crate) fn choose(self) -> Option<Timestamp> {
        let Arrival {
            internal_date,
            read_at,
        } = self.arrival;
        // Nothing comes before it was written, and nothing of the future is kept back.
        let latest = read_at
            .or(internal_date)
            .and_then(|read| read.checked_add(A_DAY).ok());
        let plausible = |instant: &Timestamp| {
            instant.as_second() >= FIRST && latest.is_none_or(|latest| *instant <= latest)
        };
        let date = self.date.filter(plausible);
        let (relayed, received) = (
            self.relayed.filter(plausible),
            internal_date.filter(plausible),
        );
        let stamped = match (relayed, received) {
            (Some(relayed), Some(received)) if agree(relayed, received) => Some(received),
            (relayed, received) => relayed.or(received),
        };
        let Some(date) = date else {
            return stamped;
        };
        let came_before = |stamp: Timestamp| date.duration_since(stamp) > A_DAY;
        match (relayed, received) {
            (Some(relayed), Some(received)) if came_before(relayed) && came_before(received) => {
                stamped
            }
            _ => Some(date),
        }
    }
}

/// Returns true when two instants differ by no more than a day.
fn agree(one: Timestamp, other: Timestamp) -> bool {
    one.duration_since(other).abs() <= A_DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Reads times on a line: `Date`, `Received`, INTERNALDATE, reading; `-` for none.
    fn chosen(witnesses: &str) -> String {
        let mut read = witnesses.split(' ').map(|text| text.parse().ok());
        let mut next = || read.next().flatten();
        let (date, relayed, internal_date, read_at) = (next(), next(), next(), next());
        let arrival = Arrival {
            internal_date,
            read_at,
        };
        let witnesses = DateWitnesses {
            date,
            relayed,
            arrival,
        };
        let chosen = witnesses.choose();
        chosen.map_or("-".into(), |instant| instant.to_string())
    }

    const NOON: &str = "2025-11-28T12:00:00Z";
    const MORNING: &str = "2025-11-28T09:00:00Z";
    const TWO_DAYS_AGO: &str = "2025-11-26T09:00:00Z";
    const UNSET: &str = "1970-01-01T00:00:00Z";
    const AHEAD: &str = "2026-11-28T09:00:00Z";

    #[test]
    fn the_date_field_decides_while_it_can_be_right() {
        for internal in [MORNING, TWO_DAYS_AGO, UNSET, AHEAD, "-"] {
            let witnesses = format!("{MORNING} - {internal} {NOON}");
            assert_eq!(chosen(&witnesses), MORNING, "{witnesses}");
        }
        for date in ["1994-09-09T19:33:46Z", TWO_DAYS_AGO, "2025-11-29T11:59:00Z"] {
            let witnesses = format!("{date} - {MORNING} {NOON}");
            assert_eq!(chosen(&witnesses), date, "{witnesses}");
        }
    }

    #[test]
    fn nothing_is_dated_in_the_future_or_before_there_were_lists() {
        for wrong in [UNSET, AHEAD, "2025-11-29T12:00:01Z", "-"] {
            let told = format!("{wrong} - {MORNING} {NOON}");
            assert_eq!(chosen(&told), MORNING, "{told}");
            for internal in [UNSET, AHEAD, "-"] {
                let untold = format!("{wrong} - {internal} {NOON}");
                assert_eq!(chosen(&untold), "-", "{untold}");
            }
        }
    }

    #[test]
    fn the_received_field_helps_where_the_others_fail() {
        assert_eq!(chosen(&format!("- {MORNING} {UNSET} {NOON}")), MORNING);
        assert_eq!(
            chosen(&format!("- {MORNING} {TWO_DAYS_AGO} {NOON}")),
            MORNING
        );
        assert_eq!(chosen(&format!("- {MORNING} {NOON} {NOON}")), NOON);
        assert_eq!(chosen(&format!("- {AHEAD} {MORNING} {NOON}")), MORNING);
        // A mail that both stamps saw two days before it was written was written by a wrong clock.
        let witnesses = format!("{MORNING} {TWO_DAYS_AGO} {TWO_DAYS_AGO} {NOON}");
        assert_eq!(chosen(&witnesses), TWO_DAYS_AGO);
        assert_eq!(
            chosen(&format!("{MORNING} {MORNING} {TWO_DAYS_AGO} {NOON}")),
            MORNING
        );
    }

    #[test]
    fn without_a_reading_internaldate_is_the_latest() {
        assert_eq!(
            chosen(&format!("{MORNING} - {TWO_DAYS_AGO} -")),
            TWO_DAYS_AGO
        );
        assert_eq!(chosen(&format!("{MORNING} - {MORNING} -")), MORNING);
        assert_eq!(chosen(&format!("{AHEAD} - - -")), AHEAD);
        assert_eq!(chosen("- - - -"), "-");
    }
}
