//! Tells what a refusal means by the server's words. RFC 5530 has codes for some of it; most servers use only words, which
//! differ from one to the next, so that they are known by a table.

use std::time::Duration;

/// The longest wait that a server is believed when it suggests one.
const LONGEST_SUGGESTION: Duration = Duration::from_secs(60 * 60);

/// What a server means by its refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RefusalKind {
    /// The password or the token is wrong, or was wrong too often.
    Credentials,
    /// The account must be changed first, as the advice says.
    Account(&'static str),
    /// Too much was asked of it lately.
    Throttled,
    /// It has no time or no connection left, or is broken, for now.
    Overloaded,
}

const APP_PASSWORD: &str = "make an app password in the account's settings and use that";
const WEB_LOGIN: &str = "log in to the account with a browser, where the provider asks for it";
const IMAP_OFF: &str = "switch IMAP on in the account's settings";
const EXPIRED: &str = "set a new password at the provider";
const PROTECTION: &str = "protect the connection: check the key tls in [mailbox]";
const ADMINISTRATOR: &str = "ask the account's administrator";
const TOKENS: &str = "the provider wants tokens: check the key auth in [mailbox]";

/// Words in lower case, and what they mean: the first that stand in a refusal count. What the operator must do at the
/// provider comes first, because many servers say it beside `[AUTHENTICATIONFAILED]`; a wrong password before what is
/// temporary, because trying it again may lock the account.
const KNOWN: &[(&str, RefusalKind)] = &[
    (
        "application-specific password",
        RefusalKind::Account(APP_PASSWORD),
    ),
    (
        "application specific password",
        RefusalKind::Account(APP_PASSWORD),
    ),
    ("application password", RefusalKind::Account(APP_PASSWORD)),
    ("app-specific password", RefusalKind::Account(APP_PASSWORD)),
    ("app specific password", RefusalKind::Account(APP_PASSWORD)),
    ("app password", RefusalKind::Account(APP_PASSWORD)),
    ("authorization code", RefusalKind::Account(APP_PASSWORD)),
    ("parol prilozheniya", RefusalKind::Account(APP_PASSWORD)),
    ("[webalert", RefusalKind::Account(WEB_LOGIN)),
    ("web browser", RefusalKind::Account(WEB_LOGIN)),
    ("web login", RefusalKind::Account(WEB_LOGIN)),
    ("less secure app", RefusalKind::Account(APP_PASSWORD)),
    ("unsafe login", RefusalKind::Account(WEB_LOGIN)),
    ("captcha", RefusalKind::Account(WEB_LOGIN)),
    ("terms of service", RefusalKind::Account(WEB_LOGIN)),
    ("enable imap", RefusalKind::Account(IMAP_OFF)),
    ("enable pop3/imap", RefusalKind::Account(IMAP_OFF)),
    ("enabled for imap", RefusalKind::Account(IMAP_OFF)),
    ("imap is disabled", RefusalKind::Account(IMAP_OFF)),
    ("imap access is disabled", RefusalKind::Account(IMAP_OFF)),
    ("imap is not enabled", RefusalKind::Account(IMAP_OFF)),
    ("imap not enabled", RefusalKind::Account(IMAP_OFF)),
    ("imap access is not", RefusalKind::Account(IMAP_OFF)),
    ("not have imap access", RefusalKind::Account(IMAP_OFF)),
    ("not allowed to use imap", RefusalKind::Account(IMAP_OFF)),
    ("imap service is not", RefusalKind::Account(IMAP_OFF)),
    (
        "disabled third-party imap",
        RefusalKind::Account(ADMINISTRATOR),
    ),
    ("protocol disabled", RefusalKind::Account(IMAP_OFF)),
    ("[expired]", RefusalKind::Account(EXPIRED)),
    ("password expired", RefusalKind::Account(EXPIRED)),
    ("password has expired", RefusalKind::Account(EXPIRED)),
    ("[privacyrequired]", RefusalKind::Account(PROTECTION)),
    ("plaintext authentication", RefusalKind::Account(PROTECTION)),
    ("cleartext authentication", RefusalKind::Account(PROTECTION)),
    (
        "only available under a layer",
        RefusalKind::Account(PROTECTION),
    ),
    ("[contactadmin]", RefusalKind::Account(ADMINISTRATOR)),
    ("[noperm]", RefusalKind::Account(ADMINISTRATOR)),
    ("account is disabled", RefusalKind::Account(ADMINISTRATOR)),
    ("account disabled", RefusalKind::Account(ADMINISTRATOR)),
    ("account is suspended", RefusalKind::Account(ADMINISTRATOR)),
    ("account suspended", RefusalKind::Account(ADMINISTRATOR)),
    (
        "account has been suspended",
        RefusalKind::Account(ADMINISTRATOR),
    ),
    ("user is disabled", RefusalKind::Account(ADMINISTRATOR)),
    ("account is not active", RefusalKind::Account(ADMINISTRATOR)),
    ("account inactive", RefusalKind::Account(ADMINISTRATOR)),
    (
        "basic authentication is disabled",
        RefusalKind::Account(TOKENS),
    ),
    ("basicauthblocked", RefusalKind::Account(TOKENS)),
    ("basic auth", RefusalKind::Account(TOKENS)),
    ("[authenticationfailed]", RefusalKind::Credentials),
    ("[authorizationfailed]", RefusalKind::Credentials),
    ("too many failed", RefusalKind::Credentials),
    ("too many login failures", RefusalKind::Credentials),
    ("too many authentication failures", RefusalKind::Credentials),
    ("too many bad auth", RefusalKind::Credentials),
    ("too many invalid", RefusalKind::Credentials),
    ("account is locked", RefusalKind::Credentials),
    ("account locked", RefusalKind::Credentials),
    ("account has been locked", RefusalKind::Credentials),
    ("account is temporarily locked", RefusalKind::Credentials),
    ("temporarily blocked", RefusalKind::Credentials),
    // Before what only means "later": `[OVERQUOTA]` and its like at a login speak of the account's traffic.
    ("throttl", RefusalKind::Throttled),
    ("backoff time", RefusalKind::Throttled),
    ("back off", RefusalKind::Throttled),
    ("bandwidth", RefusalKind::Throttled),
    ("[overquota]", RefusalKind::Throttled),
    ("rate limit", RefusalKind::Throttled),
    ("rate-limit", RefusalKind::Throttled),
    ("ratelimit", RefusalKind::Throttled),
    ("lockdown", RefusalKind::Throttled),
    ("too frequent", RefusalKind::Throttled),
    ("too often", RefusalKind::Throttled),
    ("too many requests", RefusalKind::Throttled),
    ("too many login", RefusalKind::Throttled),
    ("too many attempts", RefusalKind::Throttled),
    ("slow down", RefusalKind::Throttled),
    ("quota exceeded", RefusalKind::Throttled),
    ("retry after", RefusalKind::Throttled),
    ("retry-after", RefusalKind::Throttled),
    ("[unavailable]", RefusalKind::Overloaded),
    ("[limit]", RefusalKind::Overloaded),
    ("[inuse]", RefusalKind::Overloaded),
    ("[serverbug]", RefusalKind::Overloaded),
    ("too many", RefusalKind::Overloaded),
    ("maximum number", RefusalKind::Overloaded),
    ("connection limit", RefusalKind::Overloaded),
    ("not connected", RefusalKind::Overloaded),
    ("unavailable", RefusalKind::Overloaded),
    ("temporar", RefusalKind::Overloaded),
    ("try again", RefusalKind::Overloaded),
    ("try later", RefusalKind::Overloaded),
    ("internal server error", RefusalKind::Overloaded),
    ("internal error", RefusalKind::Overloaded),
    ("server error", RefusalKind::Overloaded),
    ("system error", RefusalKind::Overloaded),
    ("maintenance", RefusalKind::Overloaded),
    ("overload", RefusalKind::Overloaded),
    ("server busy", RefusalKind::Overloaded),
    ("server is busy", RefusalKind::Overloaded),
    ("timed out", RefusalKind::Overloaded),
    ("timeout", RefusalKind::Overloaded),
    ("shutting down", RefusalKind::Overloaded),
    ("accesstokenexpired", RefusalKind::Overloaded),
    // What is left speaks of the password in the words of one server or another.
    ("invalid credential", RefusalKind::Credentials),
    ("authentication fail", RefusalKind::Credentials),
    ("authenticate fail", RefusalKind::Credentials),
    ("login fail", RefusalKind::Credentials),
    ("login error", RefusalKind::Credentials),
    ("login incorrect", RefusalKind::Credentials),
    ("login denied", RefusalKind::Credentials),
    ("login invalid", RefusalKind::Credentials),
    ("invalid login", RefusalKind::Credentials),
    ("invalid user", RefusalKind::Credentials),
    ("unknown user", RefusalKind::Credentials),
    ("no such user", RefusalKind::Credentials),
    ("user not found", RefusalKind::Credentials),
    ("user unknown", RefusalKind::Credentials),
    ("password", RefusalKind::Credentials),
    ("credential", RefusalKind::Credentials),
    ("invalid_token", RefusalKind::Credentials),
    ("invalid token", RefusalKind::Credentials),
    ("permission denied", RefusalKind::Credentials),
    ("not authorized", RefusalKind::Credentials),
    ("unauthorized", RefusalKind::Credentials),
];

impl RefusalKind {
    /// Returns what the words of a refusal mean; `None` where they are not known.
    pub(super) fn meaning_of(said: &str) -> Option<RefusalKind> {
        let said = said.to_lowercase();
        let known = KNOWN.iter().find(|(words, _)| said.contains(words));
        known.map(|(_, meaning)| *meaning)
    }

    /// Returns the same for an answer to another command than a login, or for a goodbye: only that it is to be left alone
    /// for a while counts there.
    pub(super) fn pause_in(said: &str) -> Option<RefusalKind> {
        RefusalKind::meaning_of(said)
            .filter(|meaning| matches!(meaning, RefusalKind::Throttled | RefusalKind::Overloaded))
    }
}

/// Finds the wait that a server suggests, as in `Suggested Backoff Time: 299961 milliseconds`, `try again in 5 minutes`,
/// `Retry after 30`; at most an hour.
pub(super) fn suggested_wait(said: &str) -> Option<Duration> {
    const ASKS: [&str; 7] = [
        "backoff",
        "back off",
        "again in",
        "retry",
        "again after",
        "wait",
        "blocked for",
    ];
    let said = said.to_lowercase();
    let from = ASKS.iter().filter_map(|words| said.find(words)).min()?;
    let words: Vec<&str> = said[from..]
        .split(|c: char| !c.is_ascii_alphanumeric() && c != '.')
        .filter(|word| !word.is_empty())
        .collect();
    let found = words.iter().enumerate().find_map(|(at, word)| {
        let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, attached) = word.split_at(digits);
        let next = || words.get(at + 1).copied().unwrap_or_default();
        let (number, unit) = match (number, attached) {
            ("", "a" | "an" | "one") => (1, next()),
            // As in "a few minutes".
            ("", "few" | "several") => (5, next()),
            ("", _) => return None,
            (number, "" | ".") => (number.parse::<u64>().ok()?, next()),
            (number, unit) => (number.parse().ok()?, unit),
        };
        in_unit(number, unit.trim_end_matches('.')).or_else(|| {
            // A bare number counts seconds, as in HTTP (RFC 9110 section 10.2.3), right after the words that ask for it.
            let asks = at > 0 && ["after", "in", "time"].contains(&words[at - 1]);
            (asks && attached.is_empty()).then(|| Duration::from_secs(number))
        })
    })?;
    Some(found.min(LONGEST_SUGGESTION))
}

/// Returns `number` of a unit of time; `None` for another word.
fn in_unit(number: u64, unit: &str) -> Option<Duration> {
    let seconds = |each: u64| Some(Duration::from_secs(number.saturating_mul(each)));
    match unit {
        "ms" | "msec" | "msecs" | "millis" | "millisecond" | "milliseconds" => {
            Some(Duration::from_millis(number))
        }
        "s" | "sec" | "secs" | "second" | "seconds" => seconds(1),
        "m" | "min" | "mins" | "minute" | "minutes" => seconds(60),
        "h" | "hr" | "hrs" | "hour" | "hours" => seconds(3600),
        "d" | "day" | "days" => seconds(86_400),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
