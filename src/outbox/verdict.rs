//! What a reply means for a mail, in one table: by the step that it answers, its code and its enhanced code (RFC 5321
//! section 4.2, RFC 3463). What the operator can mend is never the reader's fault, and is told at once.

use super::reply::Reply;

/// The step of the dialogue that a reply answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Greeting, EHLO or HELO.
    Greeting,
    /// STARTTLS.
    Tls,
    /// AUTH.
    Login,
    /// MAIL: about the sender and the session, not about a reader.
    Mail,
    /// RCPT: about one reader.
    Rcpt,
    /// DATA, before the text.
    Data,
    /// The end of the text.
    End,
}

/// What follows from a reply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// The server has the mail.
    Delivered,
    /// This reader is not to be had there.
    Refused,
    /// Not now; it passes by itself.
    Deferred,
    /// Not before the operator has changed something, here or there.
    NeedsHand,
}

/// A row of the table: the steps, the first and last code, the subject and detail of the enhanced code (`None` is any, and
/// a row with a detail needs one), words of which one must be in the text (none: any text), and what it means.
struct Row {
    steps: &'static [Step],
    codes: (u16, u16),
    enhanced: Option<(u16, Option<u16>)>,
    words: &'static [&'static str],
    verdict: Meaning,
}

const fn row(
    steps: &'static [Step],
    codes: (u16, u16),
    enhanced: Option<(u16, Option<u16>)>,
    words: &'static [&'static str],
    verdict: Meaning,
) -> Row {
    Row {
        steps,
        codes,
        enhanced,
        words,
        verdict,
    }
}

use Meaning::{Deferred, Delivered, NeedsHand, Refused};
use Step::{Data, End, Greeting, Login, Mail, Rcpt, Tls};

const ALL: &[Step] = &[Greeting, Tls, Login, Mail, Rcpt, Data, End];
const BEFORE_A_READER: &[Step] = &[Greeting, Tls, Login, Mail];
const ABOUT_A_READER: &[Step] = &[Rcpt, End];

/// The first row that fits decides.
const TABLE: &[Row] = &[
    row(&[End], (200, 299), None, &[], Delivered),
    // The connection closes, whatever was asked (RFC 5321 section 3.8).
    row(ALL, (421, 421), None, &[], Deferred),
    // Temporary, but a person has to act: RFC 4954 section 6, a password that must be changed.
    row(&[Login], (432, 432), None, &[], NeedsHand),
    // Quotas of the sender's account pass with time (5.4.5 is Google's daily limit), and yet the operator should know.
    row(
        BEFORE_A_READER,
        (500, 599),
        Some((4, Some(5))),
        &[],
        NeedsHand,
    ),
    row(ALL, (400, 499), None, &[], Deferred),
    // Nobody was named yet: it cannot be a reader's fault.
    row(BEFORE_A_READER, (500, 599), None, &[], NeedsHand),
    row(&[Data], (500, 599), None, &[], NeedsHand),
    // Full mailboxes become empty again (RFC 3463: 5.2.2 and 4.2.2).
    row(
        ABOUT_A_READER,
        (500, 599),
        Some((2, Some(2))),
        &[],
        Deferred,
    ),
    // The mailbox, by its own words: no such one, disabled, moved, syntax.
    row(
        ABOUT_A_READER,
        (500, 599),
        Some((1, Some(7))),
        &[],
        NeedsHand,
    ),
    row(
        ABOUT_A_READER,
        (500, 599),
        Some((1, Some(8))),
        &[],
        NeedsHand,
    ),
    row(ABOUT_A_READER, (500, 599), Some((1, None)), &[], Refused),
    row(
        ABOUT_A_READER,
        (500, 599),
        Some((2, Some(3))),
        &[],
        NeedsHand,
    ),
    row(ABOUT_A_READER, (500, 599), Some((2, None)), &[], Refused),
    // Routing, protocol, content, policy: the way or the mail, both the operator's.
    row(ABOUT_A_READER, (500, 599), Some((3, None)), &[], NeedsHand),
    row(ABOUT_A_READER, (500, 599), Some((4, None)), &[], NeedsHand),
    row(ABOUT_A_READER, (500, 599), Some((5, None)), &[], NeedsHand),
    row(ABOUT_A_READER, (500, 599), Some((6, None)), &[], NeedsHand),
    row(ABOUT_A_READER, (500, 599), Some((7, None)), &[], NeedsHand),
    // Without an enhanced code the words are all there is.
    row(&[Rcpt], (552, 552), None, &[], Deferred),
    row(
        ABOUT_A_READER,
        (500, 599),
        None,
        &[
            "mailbox full",
            "over quota",
            "quota exceeded",
            "insufficient",
        ],
        Deferred,
    ),
    row(
        &[Rcpt],
        (550, 599),
        None,
        &[
            "relay",
            "authenticat",
            "login",
            "log in",
            "not permitted",
            "not allowed",
            "denied",
            "rejected due",
            "spam",
            "blocked",
            "blacklist",
            "blocklist",
            "listed",
            "policy",
            "spf",
            "dkim",
            "dmarc",
            "reputation",
            "sender",
            "helo",
            "ehlo",
            "reverse",
            "ptr",
            "tls",
            "limit",
            "too many",
        ],
        NeedsHand,
    ),
    row(&[Rcpt], (550, 551), None, &[], Refused),
    row(&[Rcpt], (553, 553), None, &[], Refused),
    row(
        &[Rcpt],
        (554, 554),
        None,
        &[
            "unknown",
            "no such",
            "not exist",
            "invalid",
            "disabled",
            "inactive",
        ],
        Refused,
    ),
    // 500 to 504: the server does not know the command or its form; 530: it wants a login first.
    row(ABOUT_A_READER, (500, 599), None, &[], NeedsHand),
];

/// Returns what the reply to a step means. What is in no row is no answer to that step, and may pass by itself.
pub(super) fn verdict(step: Step, reply: &Reply) -> Meaning {
    let said = reply.lines.join(" ").to_lowercase();
    let fits = |row: &&Row| {
        row.steps.contains(&step)
            && (row.codes.0..=row.codes.1).contains(&reply.code)
            && row.enhanced.is_none_or(|(subject, detail)| {
                reply.enhanced.is_some_and(|found| {
                    found.1 == subject && detail.is_none_or(|detail| found.2 == detail)
                })
            })
            && (row.words.is_empty() || row.words.iter().any(|word| said.contains(word)))
    };
    TABLE.iter().find(fits).map_or(Deferred, |row| row.verdict)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::outbox::reply::ReplyReader;

    fn judged(step: Step, text: &str) -> Meaning {
        let plain = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let (_, reply) = ReplyReader::default()
            .feed(format!("{text}\r\n").as_bytes(), plain)
            .unwrap();
        verdict(step, &reply.unwrap())
    }

    #[test]
    fn replies_of_real_servers_are_judged() {
        for (step, text, expected) in [
            (End, "250 2.0.0 Ok: queued as 4bX", Delivered),
            (End, "250", Delivered),
            (Greeting, "421 4.7.0 too many connections", Deferred),
            (Greeting, "554 5.7.1 no SMTP service here", NeedsHand),
            (
                Greeting,
                "504 5.5.2 <vm>: Helo command rejected: need fully-qualified hostname",
                NeedsHand,
            ),
            (
                Greeting,
                "550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)",
                NeedsHand,
            ),
            (Tls, "454 4.7.0 TLS not available", Deferred),
            (Login, "535 5.7.8 Error: authentication failed", NeedsHand),
            (
                Login,
                "535 5.7.8 Username and Password not accepted.",
                NeedsHand,
            ),
            (
                Login,
                "454 4.7.0 Temporary authentication failure",
                Deferred,
            ),
            (
                Login,
                "432 4.7.12 A password transition is needed",
                NeedsHand,
            ),
            (
                Login,
                "534 5.7.9 Application-specific password required",
                NeedsHand,
            ),
            (
                Mail,
                "530 5.7.0 Must issue a STARTTLS command first",
                NeedsHand,
            ),
            (
                Mail,
                "550 5.7.60 SMTP; Client does not have permissions to send as this sender",
                NeedsHand,
            ),
            (
                Mail,
                "550 5.4.5 Daily user sending limit exceeded",
                NeedsHand,
            ),
            (
                Mail,
                "552 5.3.4 Message size exceeds fixed limit",
                NeedsHand,
            ),
            (Mail, "451 4.7.1 Please try again later", Deferred),
            (
                Rcpt,
                "550 5.1.1 <x@example.net>: Recipient address rejected: User unknown in virtual mailbox table",
                Refused,
            ),
            (
                Rcpt,
                "550 5.1.1 The email account that you tried to reach does not exist.",
                Refused,
            ),
            (Rcpt, "550 No such user here", Refused),
            (Rcpt, "550 Unknown user", Refused),
            (Rcpt, "551 User not local", Refused),
            (Rcpt, "553 5.1.3 Invalid address", Refused),
            (Rcpt, "550 5.2.1 The email account is disabled", Refused),
            (Rcpt, "552 5.2.2 mailbox full", Deferred),
            (Rcpt, "452 4.2.2 The email account is over quota", Deferred),
            (Rcpt, "550 mailbox full", Deferred),
            (
                Rcpt,
                "554 5.7.1 <x@example.net>: Relay access denied",
                NeedsHand,
            ),
            (Rcpt, "550 Relaying denied", NeedsHand),
            (Rcpt, "550 5.7.1 Unable to relay", NeedsHand),
            (Rcpt, "550 relay not permitted", NeedsHand),
            (Rcpt, "530 Authentication required", NeedsHand),
            (Rcpt, "503 5.5.1 Error: need MAIL command", NeedsHand),
            (
                Rcpt,
                "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org",
                NeedsHand,
            ),
            (
                Rcpt,
                "550 SC-001 (SNT004) Unfortunately, messages from 192.0.2.1 weren't sent. listed",
                NeedsHand,
            ),
            (Rcpt, "450 4.2.0 Greylisted", Deferred),
            (Rcpt, "501 5.1.3 Bad recipient address syntax", Refused),
            (
                Rcpt,
                "554 delivery error: dd This user doesn't have a account: no such user",
                Refused,
            ),
            (Data, "554 5.5.1 Error: no valid recipients", NeedsHand),
            (End, "554 5.7.1 Message rejected as spam", NeedsHand),
            (End, "552 5.3.4 Message too big for system", NeedsHand),
            (
                End,
                "550 maximum allowed line length is 998 octets",
                NeedsHand,
            ),
            (End, "550 5.1.1 User unknown", Refused),
            (End, "451 4.3.0 queue file write error", Deferred),
            (End, "421 4.4.2 timeout", Deferred),
        ] {
            assert_eq!(judged(step, text), expected, "{step:?} {text}");
        }
    }

    #[test]
    fn nothing_but_a_reader_is_refused_and_nothing_but_2yz_at_the_end_is_delivered() {
        for step in ALL {
            for code in 200..600 {
                for text in [
                    format!("{code}"),
                    format!("{code} {}.7.1 no", code / 100),
                    format!("{code} {}.1.1 no", code / 100),
                ] {
                    let found = judged(*step, &text);
                    let about_reader = ABOUT_A_READER.contains(step) && code >= 500;
                    assert!(found != Refused || about_reader, "{step:?} {text}");
                    assert_eq!(
                        found == Delivered,
                        *step == End && code < 300,
                        "{step:?} {text}"
                    );
                }
            }
        }
    }
}
