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
        (Greeting, "421 4.7.0 too many connections", Throttled),
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
        (Rcpt, "552 5.2.2 User has too many messages", Deferred),
        (Rcpt, "552 User has too many messages", Deferred),
        (Rcpt, "550 HELO host does not exist", NeedsHand),
        (
            Rcpt,
            "550 your account is disabled, log in to renew",
            NeedsHand,
        ),
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
        // Limits of ours, and what only looks like one.
        (Mail, "452 4.5.3 Too many messages sent", Throttled),
        (
            Mail,
            "450 4.7.1 Error: too much mail from 192.0.2.1",
            Throttled,
        ),
        (Mail, "451 Too many messages, slow down", Throttled),
        (Rcpt, "452 4.5.3 Error: too many recipients", Throttled),
        (Rcpt, "552 too many recipients", Throttled),
        (Rcpt, "450 4.2.1 receiving mail too quickly", Deferred),
        (Rcpt, "452 4.2.2 mailbox size limit exceeded", Deferred),
        (Rcpt, "452 mailbox full, quota limit exceeded", Deferred),
        (
            Rcpt,
            "450 4.7.1 Greylisting in action, please come back in 300 seconds",
            Deferred,
        ),
        (
            Greeting,
            "554 5.7.1 Too many connections from 192.0.2.1",
            Throttled,
        ),
        (Login, "454 4.7.0 Too many login attempts", Throttled),
        (
            End,
            "432 4.3.2 Concurrent connections limit exceeded",
            Throttled,
        ),
        (Mail, "452 4.3.1 Insufficient system storage", Deferred),
        (End, "554 5.4.6 Too many hops", NeedsHand),
        // Deferred by the server, and not to pass by itself.
        (
            Rcpt,
            "454 4.7.1 <x@example.net>: Relay access denied",
            NeedsHand,
        ),
        (
            Rcpt,
            "450 4.7.1 Client host rejected: cannot find your reverse hostname",
            NeedsHand,
        ),
        (
            Rcpt,
            "450 4.1.8 <a@example.net>: Sender address rejected: Domain not found",
            NeedsHand,
        ),
        (
            Rcpt,
            "450 4.1.1 Recipient address rejected: unverified address",
            Deferred,
        ),
        // The sender is no reader.
        (
            Rcpt,
            "550 5.1.0 <a@example.net>: Sender address rejected: User unknown",
            NeedsHand,
        ),
        (Rcpt, "550 Sender verify failed", NeedsHand),
        (
            Rcpt,
            "550 Domain of sender address a@example.net does not exist",
            NeedsHand,
        ),
        (
            Rcpt,
            "553 5.1.8 Domain of sender address does not exist",
            NeedsHand,
        ),
        // Readers that are not there, in the words of some servers.
        (
            Rcpt,
            "550 sorry, no mailbox here by that name. (#5.1.1)",
            Refused,
        ),
        (
            Rcpt,
            "550 5.4.1 Recipient address rejected: Access denied",
            Refused,
        ),
        (
            Rcpt,
            "550 5.5.0 Requested action not taken: mailbox unavailable",
            Refused,
        ),
        (Rcpt, "550 #5.1.0 Address rejected.", Refused),
        (Rcpt, "550 User x not listed in Domino Directory", Refused),
        (Rcpt, "550 terribly sorry, no such user", Refused),
        (Rcpt, "556 5.1.10 the domain has a null MX", Refused),
        (Rcpt, "550 5.0.0 User unknown", Refused),
        // The way to them.
        (
            Rcpt,
            "553 sorry, not in my list of allowed rcpthosts (#5.7.1)",
            NeedsHand,
        ),
        (
            Rcpt,
            "550 Please turn on SMTP Authentication in your mail client",
            NeedsHand,
        ),
        (Rcpt, "550 Connection frequency limited", Throttled),
        (
            Rcpt,
            "550 Domain may not exist or DNS check failed",
            NeedsHand,
        ),
        (
            Rcpt,
            "550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup",
            NeedsHand,
        ),
        (Rcpt, "541 rejected", NeedsHand),
        (Rcpt, "555 5.5.4 unsupported parameter", NeedsHand),
        (
            Rcpt,
            "552 5.2.3 message too large for the mailbox",
            NeedsHand,
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
        (End, "421 4.4.2 timeout", Throttled),
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
