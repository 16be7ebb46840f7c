//! The instant that dates a message. Its `Date` field decides, because copied mailboxes and slow relays change every
//! other one; when it cannot be believed, the server's INTERNALDATE does (RFC 9051 section 2.3.3).

use jiff::{SignedDuration, Timestamp};

/// 1990-01-01, in seconds since 1970: no list's mail is older, but clocks that were never set are.
const FIRST: i64 = 631_152_000;

/// Chooses `date`, unless it is missing, before 1990, or more than 24 h after `received`; then `received`.
pub(crate) fn choose_date(
    date: Option<Timestamp>,
    received: Option<Timestamp>,
) -> Option<Timestamp> {
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

    fn chosen(date: &str, received: &str) -> Option<String> {
        let read = |text: &str| text.parse::<Timestamp>().ok();
        choose_date(read(date), read(received)).map(|instant| instant.to_string())
    }

    #[test]
    fn the_date_field_decides_while_it_can_be_believed() {
        let received = "2025-11-28T09:00:00Z";
        let same = |date: &str| chosen(date, received).as_deref() == Some(date);
        assert!(same("2025-11-27T23:59:00Z"));
        assert!(same("2025-11-29T08:59:00Z"));
        assert!(same("1994-09-09T19:33:46Z"));
        assert_eq!(
            chosen("2025-11-29T09:00:01Z", received).as_deref(),
            Some(received)
        );
        assert_eq!(
            chosen("1970-01-01T00:00:00Z", received).as_deref(),
            Some(received)
        );
        assert_eq!(chosen("", received).as_deref(), Some(received));
        assert_eq!(chosen("", ""), None);
    }
}
