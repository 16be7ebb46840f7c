//! Tells what a refusal means by the server's words. RFC 5530 has codes for some of it; most servers use only words, which
//! differ from one to the next, so that they are known by a table.

use std::time::Duration;

/// The longest wait that a server is believed when it suggests one.
const LONGEST_SUGGESTION: Duration = Duration::from_secs(60 * 60);

/// What a server means by its refusal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
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
const KNOWN: &[(&str, Refusal)] = &[
    (
        "application-specific password",
        Refusal::Account(APP_PASSWORD),
    ),
    (
        "application specific password",
        Refusal::Account(APP_PASSWORD),
    ),
    ("application password", Refusal::Account(APP_PASSWORD)),
    ("app-specific password", Refusal::Account(APP_PASSWORD)),
    ("app specific password", Refusal::Account(APP_PASSWORD)),
    ("app password", Refusal::Account(APP_PASSWORD)),
    ("authorization code", Refusal::Account(APP_PASSWORD)),
    ("parol prilozheniya", Refusal::Account(APP_PASSWORD)),
    ("[webalert", Refusal::Account(WEB_LOGIN)),
    ("web browser", Refusal::Account(WEB_LOGIN)),
    ("web login", Refusal::Account(WEB_LOGIN)),
    ("less secure app", Refusal::Account(APP_PASSWORD)),
    ("unsafe login", Refusal::Account(WEB_LOGIN)),
    ("captcha", Refusal::Account(WEB_LOGIN)),
    ("terms of service", Refusal::Account(WEB_LOGIN)),
    ("enable imap", Refusal::Account(IMAP_OFF)),
    ("enable pop3/imap", Refusal::Account(IMAP_OFF)),
    ("enabled for imap", Refusal::Account(IMAP_OFF)),
    ("imap is disabled", Refusal::Account(IMAP_OFF)),
    ("imap access is disabled", Refusal::Account(IMAP_OFF)),
    ("imap is not enabled", Refusal::Account(IMAP_OFF)),
    ("imap not enabled", Refusal::Account(IMAP_OFF)),
    ("imap access is not", Refusal::Account(IMAP_OFF)),
    ("not have imap access", Refusal::Account(IMAP_OFF)),
    ("not allowed to use imap", Refusal::Account(IMAP_OFF)),
    ("imap service is not", Refusal::Account(IMAP_OFF)),
    ("disabled third-party imap", Refusal::Account(ADMINISTRATOR)),
    ("protocol disabled", Refusal::Account(IMAP_OFF)),
    ("[expired]", Refusal::Account(EXPIRED)),
    ("password expired", Refusal::Account(EXPIRED)),
    ("password has expired", Refusal::Account(EXPIRED)),
    ("[privacyrequired]", Refusal::Account(PROTECTION)),
    ("plaintext authentication", Refusal::Account(PROTECTION)),
    ("cleartext authentication", Refusal::Account(PROTECTION)),
    ("only available under a layer", Refusal::Account(PROTECTION)),
    ("[contactadmin]", Refusal::Account(ADMINISTRATOR)),
    ("[noperm]", Refusal::Account(ADMINISTRATOR)),
    ("account is disabled", Refusal::Account(ADMINISTRATOR)),
    ("account disabled", Refusal::Account(ADMINISTRATOR)),
    ("account is suspended", Refusal::Account(ADMINISTRATOR)),
    ("account suspended", Refusal::Account(ADMINISTRATOR)),
    (
        "account has been suspended",
        Refusal::Account(ADMINISTRATOR),
    ),
    ("user is disabled", Refusal::Account(ADMINISTRATOR)),
    ("account is not active", Refusal::Account(ADMINISTRATOR)),
    ("account inactive", Refusal::Account(ADMINISTRATOR)),
    ("basic authentication is disabled", Refusal::Account(TOKENS)),
    ("basicauthblocked", Refusal::Account(TOKENS)),
    ("basic auth", Refusal::Account(TOKENS)),
    ("[authenticationfailed]", Refusal::Credentials),
    ("[authorizationfailed]", Refusal::Credentials),
    ("too many failed", Refusal::Credentials),
    ("too many login failures", Refusal::Credentials),
    ("too many authentication failures", Refusal::Credentials),
    ("too many bad auth", Refusal::Credentials),
    ("too many invalid", Refusal::Credentials),
    ("account is locked", Refusal::Credentials),
    ("account locked", Refusal::Credentials),
    ("account has been locked", Refusal::Credentials),
    ("account is temporarily locked", Refusal::Credentials),
    ("temporarily blocked", Refusal::Credentials),
    // Before what only means "later": `[OVERQUOTA]` and its like at a login speak of the account's traffic.
    ("throttl", Refusal::Throttled),
    ("backoff time", Refusal::Throttled),
    ("back off", Refusal::Throttled),
    ("bandwidth", Refusal::Throttled),
    ("[overquota]", Refusal::Throttled),
    ("rate limit", Refusal::Throttled),
    ("rate-limit", Refusal::Throttled),
    ("ratelimit", Refusal::Throttled),
    ("lockdown", Refusal::Throttled),
    ("too frequent", Refusal::Throttled),
    ("too often", Refusal::Throttled),
    ("too many requests", Refusal::Throttled),
    ("too many login", Refusal::Throttled),
    ("too many attempts", Refusal::Throttled),
    ("slow down", Refusal::Throttled),
    ("quota exceeded", Refusal::Throttled),
    ("retry after", Refusal::Throttled),
    ("retry-after", Refusal::Throttled),
    ("[unavailable]", Refusal::Overloaded),
    ("[limit]", Refusal::Overloaded),
    ("[inuse]", Refusal::Overloaded),
    ("[serverbug]", Refusal::Overloaded),
    ("too many", Refusal::Overloaded),
    ("maximum number", Refusal::Overloaded),
    ("connection limit", Refusal::Overloaded),
    ("not connected", Refusal::Overloaded),
    ("unavailable", Refusal::Overloaded),
    ("temporar", Refusal::Overloaded),
    ("try again", Refusal::Overloaded),
    ("try later", Refusal::Overloaded),
    ("internal server error", Refusal::Overloaded),
    ("internal error", Refusal::Overloaded),
    ("server error", Refusal::Overloaded),
    ("system error", Refusal::Overloaded),
    ("maintenance", Refusal::Overloaded),
    ("overload", Refusal::Overloaded),
    ("server busy", Refusal::Overloaded),
    ("server is busy", Refusal::Overloaded),
    ("timed out", Refusal::Overloaded),
    ("timeout", Refusal::Overloaded),
    ("shutting down", Refusal::Overloaded),
    ("accesstokenexpired", Refusal::Overloaded),
    // What is left speaks of the password in the words of one server or another.
    ("invalid credential", Refusal::Credentials),
    ("authentication fail", Refusal::Credentials),
    ("authenticate fail", Refusal::Credentials),
    ("login fail", Refusal::Credentials),
    ("login error", Refusal::Credentials),
    ("login incorrect", Refusal::Credentials),
    ("login denied", Refusal::Credentials),
    ("login invalid", Refusal::Credentials),
    ("invalid login", Refusal::Credentials),
    ("invalid user", Refusal::Credentials),
    ("unknown user", Refusal::Credentials),
    ("no such user", Refusal::Credentials),
    ("user not found", Refusal::Credentials),
    ("user unknown", Refusal::Credentials),
    ("password", Refusal::Credentials),
    ("credential", Refusal::Credentials),
    ("invalid_token", Refusal::Credentials),
    ("invalid token", Refusal::Credentials),
    ("permission denied", Refusal::Credentials),
    ("not authorized", Refusal::Credentials),
    ("unauthorized", Refusal::Credentials),
];

impl Refusal {
    /// Returns what the words of a refusal mean; `None` where they are not known.
    pub(super) fn meaning_of(said: &str) -> Option<Refusal> {
        let said = said.to_lowercase();
        let known = KNOWN.iter().find(|(words, _)| said.contains(words));
        known.map(|(_, meaning)| *meaning)
    }

    /// Returns the same for an answer to another command than a login, or for a goodbye: only that it is to be left alone
    /// for a while counts there.
    pub(super) fn pause_in(said: &str) -> Option<Refusal> {
        Refusal::meaning_of(said)
            .filter(|meaning| matches!(meaning, Refusal::Throttled | Refusal::Overloaded))
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
