//! Which UTC day an announcement belongs to. The instant in the `Date` field decides, because copied mailboxes and
//! slow relays change every other one; where it cannot be believed, the server's INTERNALDATE does.

use jiff::{SignedDuration, Timestamp};

/// 1990-01-01: no announcement is older, but clocks that were never set are.
const FIRST: i64 = 631_152_000;

/// The deciding instant: `date`, unless it is missing, before 1990, or more than 24 h after `received`.
pub(super) fn instant(date: Option<Timestamp>, received: Option<Timestamp>) -> Option<Timestamp> {
    let Some(date) = date.filter(|date| date.as_second() >= FIRST) else {
        return received;
    };
    match received {
        Some(received) if date.duration_since(received) > SignedDuration::from_hours(24) => {
            Some(received)
        }
        _ => Some(date),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decided(date: &str, received: &str) -> Option<String> {
        let read = |text: &str| text.parse::<Timestamp>().ok();
        instant(read(date), read(received)).map(|instant| instant.to_string())
    }

    #[test]
    fn the_date_field_decides_while_it_can_be_believed() {
        let received = "2025-11-28T09:00:00Z";
        let same = |date: &str| decided(date, received).as_deref() == Some(date);
        assert!(same("2025-11-27T23:59:00Z"));
        assert!(same("2025-11-29T08:59:00Z"));
        assert!(same("1994-09-09T19:33:46Z"));
        assert_eq!(
            decided("2025-11-29T09:00:01Z", received).as_deref(),
            Some(received)
        );
        assert_eq!(
            decided("1970-01-01T00:00:00Z", received).as_deref(),
            Some(received)
        );
        assert_eq!(decided("", received).as_deref(), Some(received));
        assert_eq!(decided("", ""), None);
    }
}
