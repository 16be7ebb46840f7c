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
    /// Not so many or not so fast.
    Throttled,
    /// Not before the operator has changed something, here or there.
    NeedsHand,
}

/// A row of the table.
struct Row {
    steps: &'static [Step],
    /// First and last.
    codes: (u16, u16),
    /// Subject and detail of the enhanced code, where the row needs one; a detail of `None` is any.
    enhanced: Option<(u16, Option<u16>)>,
    /// Words of which one must be in the text; none: any text will do.
    words: &'static [&'static str],
    meaning: Meaning,
}

const fn row(
    steps: &'static [Step],
    codes: (u16, u16),
    enhanced: Option<(u16, Option<u16>)>,
    words: &'static [&'static str],
    meaning: Meaning,
) -> Row {
    Row {
        steps,
        codes,
        enhanced,
        words,
        meaning,
    }
}

/// A subject with any detail, or a subject and a detail.
const fn of(subject: u16, detail: Option<u16>) -> Option<(u16, Option<u16>)> {
    Some((subject, detail))
}

use Meaning::{Deferred, Delivered, NeedsHand, Refused, Throttled};
use Step::{Data, End, Greeting, Login, Mail, Rcpt, Tls};

const ALL: &[Step] = &[Greeting, Tls, Login, Mail, Rcpt, Data, End];
const ABOUT_NOBODY: &[Step] = &[Greeting, Tls, Login, Mail, Data];
const ABOUT_A_READER: &[Step] = &[Rcpt, End];
/// Steps at which a 4yz may name what a person has to change; a login that fails for now says "authentication", too.
const NAMED: &[Step] = &[Greeting, Mail, Rcpt, Data, End];

const NOT_NOW: (u16, u16) = (400, 499);
const NO: (u16, u16) = (500, 599);

/// The first row that fits decides. docs/submission.md shows it with examples.
const TABLE: &[Row] = &[
    row(&[End], (200, 299), None, &[], Delivered),
    // The connection closes, whatever was asked (RFC 5321 section 3.8).
    row(ALL, (421, 421), None, &[], Throttled),
    // What a mailbox says of itself is no limit on us: full, busy, unknown for now. But for the sender's address.
    row(NAMED, NOT_NOW, of(1, Some(7)), &[], NeedsHand),
    row(NAMED, NOT_NOW, of(1, Some(8)), &[], NeedsHand),
    row(ABOUT_A_READER, NOT_NOW, of(1, None), &[], Deferred),
    row(ABOUT_A_READER, NOT_NOW, of(2, None), &[], Deferred),
    row(ABOUT_A_READER, NOT_NOW, None, FULL, Deferred),
    // The address: no such one, moved, syntax. Details 7 and 8 are of the sender's.
    row(ABOUT_A_READER, NO, of(1, Some(7)), &[], NeedsHand),
    row(ABOUT_A_READER, NO, of(1, Some(8)), &[], NeedsHand),
    row(ABOUT_A_READER, NO, of(1, None), SENDER, NeedsHand),
    row(ABOUT_A_READER, NO, of(1, None), &[], Refused),
    // The mailbox: disabled, or full, and then empty again some day.
    row(ABOUT_A_READER, NO, of(2, Some(1)), &[], Refused),
    row(ABOUT_A_READER, NO, of(2, Some(2)), &[], Deferred),
    row(ABOUT_A_READER, (400, 599), None, FULL_OF_MAILS, Deferred),
    // So many recipients (RFC 5321 section 4.5.3.1.10: also a 552), mails, sessions, or logins.
    row(ALL, (400, 599), of(5, Some(3)), &[], Throttled),
    row(ALL, NOT_NOW, None, TOO_FAST, Throttled),
    row(ALL, NO, None, TOO_MANY, Throttled),
    // Temporary, and yet a person has to act: a password that must be changed (RFC 4954 section 6), a relay that defers
    // what it does not permit.
    row(&[Login], (432, 432), None, &[], NeedsHand),
    row(NAMED, NOT_NOW, None, FOR_THE_OPERATOR, NeedsHand),
    row(ALL, NOT_NOW, None, &[], Deferred),
    // Nobody was named yet: it cannot be a reader's fault.
    row(ABOUT_NOBODY, NO, None, &[], NeedsHand),
    // Of the mailbox, the others are of the mail's length and of lists.
    row(ABOUT_A_READER, NO, of(2, None), &[], NeedsHand),
    // Routing and protocol, as which some servers say that there is no such reader.
    row(
        &[Rcpt],
        NO,
        of(4, Some(1)),
        &["recipient address rejected"],
        Refused,
    ),
    row(&[Rcpt], NO, of(5, Some(0)), GONE, Refused),
    // The way, the mail's content, policy: all the operator's.
    row(ABOUT_A_READER, NO, of(3, None), &[], NeedsHand),
    row(ABOUT_A_READER, NO, of(4, None), &[], NeedsHand),
    row(ABOUT_A_READER, NO, of(5, None), &[], NeedsHand),
    row(ABOUT_A_READER, NO, of(6, None), &[], NeedsHand),
    row(ABOUT_A_READER, NO, of(7, None), &[], NeedsHand),
    // Without an enhanced code the words are all there is.
    row(ABOUT_A_READER, NO, None, FULL, Deferred),
    row(&[Rcpt], (552, 552), None, &[], Deferred),
    row(ABOUT_A_READER, NO, None, SENDER, NeedsHand),
    row(&[Rcpt], NO, None, OF_US, NeedsHand),
    row(ABOUT_A_READER, NO, None, GONE, Refused),
    row(&[Rcpt], NO, None, OF_THE_WAY, NeedsHand),
    row(&[Rcpt], (550, 551), None, &[], Refused),
    row(&[Rcpt], (553, 553), None, &[], Refused),
    // RFC 7504: the recipient's domain takes no mail.
    row(&[Rcpt], (556, 556), None, &[], Refused),
    // 500 to 504: the server does not know the command or its form; 530: it wants a login first.
    row(ABOUT_A_READER, NO, None, &[], NeedsHand),
];

const FULL: &[&str] = &[
    "mailbox full",
    "mailbox is full",
    "mailbox quota",
    "mailbox size",
    "over quota",
    "overquota",
    "quota exceeded",
    "exceeded storage",
    "exceeded its quota",
];

/// What sounds like a limit on us and is the mailbox's.
const FULL_OF_MAILS: &[&str] = &[
    "user has too many messages",
    "mailbox has too many messages",
    "too many messages in the mailbox",
    "too many messages on the server",
];

const TOO_FAST: &[&str] = &[
    "too many",
    "too much",
    "too fast",
    "too quickly",
    "too often",
    "too frequent",
    "frequency",
    "rate limit",
    "ratelimit",
    "rate-limit",
    "sending rate",
    "throttl",
    "slow down",
    "concurren",
    "limit exceeded",
    "limit reached",
    "connection limit",
    "connections limit",
    "message limit",
    "sending limit",
    "per minute",
    "per hour",
    "per day",
];

/// As permanent ones; a limit that a person must raise, or a day must pass for, is told as such.
const TOO_MANY: &[&str] = &[
    "too many connections",
    "too many concurrent",
    "too many sessions",
    "too many messages",
    "too many mails",
    "too many emails",
    "too many recipients",
    "too many login",
    "too many auth",
    "too many commands",
    "connection frequency",
    "frequency limited",
    "rate limit",
    "throttled",
];

const FOR_THE_OPERATOR: &[&str] = &[
    "relay access denied",
    "relaying denied",
    "relay not permitted",
    "unable to relay",
    "helo command rejected",
    "fully-qualified",
    "fully qualified",
    "reverse hostname",
    "reverse dns",
    "ptr record",
    "sender address rejected",
    "authentication required",
    "authenticate first",
    "issue a starttls",
];

const SENDER: &[&str] = &["sender", "mail from", "return-path", "envelope from"];

/// Whose name or account it is that does not exist.
const OF_US: &[&str] = &[
    "helo",
    "ehlo",
    "your account",
    "your domain",
    "your ip",
    "your server",
    "client host",
    "authenticat",
    "log in",
];

const GONE: &[&str] = &[
    "user unknown",
    "unknown user",
    "no such user",
    "unknown recipient",
    "recipient unknown",
    "no such recipient",
    "invalid recipient",
    "no such mailbox",
    "no mailbox here",
    "mailbox unavailable",
    "mailbox not found",
    "user not found",
    "recipient not found",
    "not listed in",
    "does not exist",
    "doesn't exist",
    "user not exist",
    "mailbox not exist",
    "account not exist",
    "unrouteable",
    "user disabled",
    "account disabled",
    "account is disabled",
    "mailbox disabled",
    "mailbox is disabled",
    "inactive",
];

const OF_THE_WAY: &[&str] = &[
    "relay",
    "rcpthosts",
    "authenticat",
    "authoriz",
    "authoris",
    "login",
    "log in",
    "credential",
    "password",
    "not permitted",
    "not allowed",
    "denied",
    "prohibited",
    "rejected due",
    "spam",
    "virus",
    "suspicious",
    "blocked",
    "blacklist",
    "black list",
    "blocklist",
    "block list",
    "banned",
    "listed",
    "policy",
    "spf",
    "dkim",
    "dmarc",
    "reputation",
    "helo",
    "ehlo",
    "reverse",
    "ptr",
    "dns",
    "tls",
    "encrypt",
    "limit",
    "too many",
    "too much",
    "frequency",
    "too large",
    "too big",
    "too long",
    "content",
    "client host",
    "your ip",
    "ip address",
    "verif",
    "try again",
    "later",
    "temporar",
    "greylist",
    "graylist",
    "timed out",
    "timeout",
    "internal error",
    "local error",
    // Too often, spam, rejected, login, permission, blacklist: of the servers that answer in Chinese.
    "频率",
    "垃圾",
    "拒绝",
    "认证",
    "验证",
    "授权",
    "黑名单",
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
    match TABLE.iter().find(fits).map_or(Deferred, |row| row.meaning) {
        // What was to follow the digits may have told of something else.
        Refused if reply.is_cut && reply.enhanced.is_none() => Deferred,
        meaning => meaning,
    }
}

#[cfg(test)]
mod tests;
