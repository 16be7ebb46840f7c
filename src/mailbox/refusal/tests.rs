//! What servers really say when they refuse, and what they mean by it.

use super::*;

const WRONG: Option<RefusalKind> = Some(RefusalKind::Credentials);
const THROTTLED: Option<RefusalKind> = Some(RefusalKind::Throttled);
const BUSY: Option<RefusalKind> = Some(RefusalKind::Overloaded);

const fn account(advice: &'static str) -> Option<RefusalKind> {
    Some(RefusalKind::Account(advice))
}

/// The server, its words, what they mean.
const SAID: &[(&str, &str, Option<RefusalKind>)] = &[
    (
        "Gmail",
        "[AUTHENTICATIONFAILED] Invalid credentials (Failure)",
        WRONG,
    ),
    ("Gmail", "[ALERT] Invalid credentials (Failure)", WRONG),
    (
        "Gmail",
        "[ALERT] Application-specific password required: https://support.google.com/accounts/answer/185833 (Failure)",
        account(APP_PASSWORD),
    ),
    (
        "Gmail",
        "[ALERT] Please log in via your web browser: https://support.google.com/mail/accounts/answer/78754 (Failure)",
        account(WEB_LOGIN),
    ),
    (
        "Gmail",
        "[WEBALERT https://accounts.google.com/signin/continue?sarp=1] Web login required.",
        account(WEB_LOGIN),
    ),
    (
        "Gmail",
        "[ALERT] Your account is not enabled for IMAP use. Please visit your Gmail settings page and enable your account for IMAP access. (Failure)",
        account(IMAP_OFF),
    ),
    (
        "Gmail",
        "[ALERT] Domain policy has disabled third-party IMAP access (Failure)",
        account(ADMINISTRATOR),
    ),
    (
        "Gmail",
        "[ALERT] Too many simultaneous connections. (Failure)",
        BUSY,
    ),
    (
        "Gmail",
        "[OVERQUOTA] Account exceeded command or bandwidth limits. (Failure)",
        THROTTLED,
    ),
    (
        "Gmail",
        "[ALERT] Account exceeded bandwidth limits. (Failure)",
        THROTTLED,
    ),
    ("Gmail", "Lockdown in sector 4 (Failure)", THROTTLED),
    (
        "Gmail",
        "[UNAVAILABLE] Temporary System Error (Failure)",
        BUSY,
    ),
    ("Gmail", "System Error (Failure)", BUSY),
    (
        "Outlook",
        "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
        THROTTLED,
    ),
    ("Outlook", "User is authenticated but not connected.", BUSY),
    ("Outlook", "LOGIN failed.", WRONG),
    ("Outlook", "AUTHENTICATE failed.", WRONG),
    ("Outlook", "Server Unavailable. 21", BUSY),
    (
        "Outlook",
        "[BASICAUTHBLOCKED] LOGIN failed",
        account(TOKENS),
    ),
    ("Outlook", "LogonDenied-BasicAuthBlocked", account(TOKENS)),
    ("Outlook", "Session invalidated - AccessTokenExpired", BUSY),
    ("Exchange", "Command Error. 12", None),
    (
        "Exchange",
        "[INUSE] Mailbox is locked for maintenance",
        BUSY,
    ),
    (
        "Yahoo",
        "[AUTHENTICATIONFAILED] AUTHENTICATE Invalid credentials",
        WRONG,
    ),
    ("Yahoo", "[LIMIT] LOGIN Rate limit hit.", THROTTLED),
    (
        "Yahoo",
        "[UNAVAILABLE] LOGIN Server error - Please try again later",
        BUSY,
    ),
    (
        "Yahoo",
        "[SERVERBUG] LOGIN Server error - Please try again later",
        BUSY,
    ),
    ("Yahoo", "[INUSE] AUTHENTICATE Mailbox in use", BUSY),
    ("Yahoo", "(#AUTH005) Too many bad auth attempts.", WRONG),
    ("AOL", "[LIMIT] AUTHENTICATE Rate limit hit", THROTTLED),
    (
        "iCloud",
        "[AUTHENTICATIONFAILED] Authentication Failed",
        WRONG,
    ),
    (
        "iCloud",
        "[AUTHENTICATIONFAILED] Please use an app-specific password",
        account(APP_PASSWORD),
    ),
    (
        "iCloud",
        "[UNAVAILABLE] Service temporarily unavailable",
        BUSY,
    ),
    ("GMX", "authentication failed", WRONG),
    (
        "GMX",
        "[ALERT] Please enable IMAP access in your account settings first.",
        account(IMAP_OFF),
    ),
    (
        "web.de",
        "Please enable POP3/IMAP in your settings",
        account(IMAP_OFF),
    ),
    (
        "web.de",
        "LOGIN failed: IMAP is disabled for this account",
        account(IMAP_OFF),
    ),
    (
        "Yandex",
        "[AUTHENTICATIONFAILED] LOGIN invalid credentials or IMAP is disabled sc=abc_imap",
        account(IMAP_OFF),
    ),
    (
        "Yandex",
        "[UNAVAILABLE] LOGIN internal server error sc=abc_imap",
        BUSY,
    ),
    (
        "mail.ru",
        "[AUTHENTICATIONFAILED] NEOBHODIM parol prilozheniya / Application password is REQUIRED",
        account(APP_PASSWORD),
    ),
    (
        "mail.ru",
        "Authentication failed. Please verify your account by going to https://example.ru/captcha",
        account(WEB_LOGIN),
    ),
    (
        "Zoho",
        "[ALERT] You are yet to enable IMAP for your account. Please contact your administrator (Failure)",
        account(IMAP_OFF),
    ),
    (
        "Zoho",
        "[ALERT] Your account does not have IMAP access",
        account(IMAP_OFF),
    ),
    (
        "Zoho",
        "[ALERT] Too many login attempts. Your account is temporarily blocked",
        WRONG,
    ),
    (
        "Fastmail",
        "[AUTHENTICATIONFAILED] Incorrect username, password or access token (app password required)",
        account(APP_PASSWORD),
    ),
    (
        "QQ",
        "Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited, or system is busy.",
        WRONG,
    ),
    (
        "QQ",
        "Login fail. Please using authorization code to login",
        account(APP_PASSWORD),
    ),
    ("163.com", "LOGIN Login error or password error", WRONG),
    (
        "163.com",
        "EXAMINE Unsafe Login. Please contact kefu@188.com for help",
        account(WEB_LOGIN),
    ),
    (
        "Dovecot",
        "[AUTHENTICATIONFAILED] Authentication failed.",
        WRONG,
    ),
    (
        "Dovecot",
        "[AUTHENTICATIONFAILED] Temporary authentication failure, temporarily blocked, try again",
        WRONG,
    ),
    (
        "Dovecot",
        "[UNAVAILABLE] Temporary authentication failure. [mail:2025-11-28 12:00:00]",
        BUSY,
    ),
    (
        "Dovecot",
        "[UNAVAILABLE] Internal error occurred. Refer to server log for more information.",
        BUSY,
    ),
    (
        "Dovecot",
        "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)",
        BUSY,
    ),
    (
        "Dovecot",
        "[AUTHORIZATIONFAILED] Authorization failed",
        WRONG,
    ),
    ("Dovecot", "[EXPIRED] Password expired.", account(EXPIRED)),
    (
        "Dovecot",
        "[ALERT] Account is disabled.",
        account(ADMINISTRATOR),
    ),
    (
        "Dovecot",
        "[PRIVACYREQUIRED] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.",
        account(PROTECTION),
    ),
    (
        "Dovecot",
        "[SERVERBUG] Internal error occurred. Refer to server log for more information.",
        BUSY,
    ),
    ("Cyrus", "Login failed: authentication failure", WRONG),
    ("Cyrus", "Login failed: user not found", WRONG),
    ("Cyrus", "authentication failure", WRONG),
    (
        "Cyrus",
        "Login only available under a layer",
        account(PROTECTION),
    ),
    ("Cyrus", "[LIMIT] Too many open connections", BUSY),
    ("Courier", "Login failed.", WRONG),
    ("Courier", "Temporary problem, please try again later", BUSY),
    (
        "Courier",
        "Maximum connection limit reached for 192.0.2.1",
        BUSY,
    ),
    (
        "hMailServer",
        "Invalid user name or password. Please use full email address as user name.",
        WRONG,
    ),
    ("Zimbra", "LOGIN failed", WRONG),
    ("Zimbra", "[ALERT] server is down for maintenance", BUSY),
    ("Kerio", "LOGIN Permission denied", WRONG),
    (
        "Proton Bridge",
        "too many login attempts, retry after 30 seconds",
        THROTTLED,
    ),
    (
        "Stalwart",
        "[LIMIT] Too many authentication attempts from this IP address.",
        BUSY,
    ),
    (
        "Stalwart",
        "[AUTHENTICATIONFAILED] Authentication failed",
        WRONG,
    ),
    ("Stalwart", "Too many requests", THROTTLED),
    ("any", "BAD internal server error", BUSY),
    (
        "RFC 5530",
        "[UNAVAILABLE] User's backend down for maintenance",
        BUSY,
    ),
    (
        "RFC 5530",
        "[AUTHORIZATIONFAILED] No such authorization-ID",
        WRONG,
    ),
    (
        "RFC 5530",
        "[EXPIRED] That password isn't valid any more",
        account(EXPIRED),
    ),
    (
        "RFC 5530",
        "[PRIVACYREQUIRED] Connection offers no privacy",
        account(PROTECTION),
    ),
    ("RFC 5530", "[CONTACTADMIN]", account(ADMINISTRATOR)),
    ("RFC 5530", "[NOPERM] Access denied", account(ADMINISTRATOR)),
    ("RFC 5530", "[INUSE] Mailbox in use", BUSY),
    ("RFC 5530", "[SERVERBUG] This should not happen", BUSY),
    (
        "RFC 5530",
        "[LIMIT] At most 32 flags in one mailbox supported",
        BUSY,
    ),
    ("RFC 7628", "{\"status\":\"invalid_token\"}", WRONG),
    ("any", "", None),
    ("any", "no", None),
    ("any", "denied", None),
];

#[test]
fn what_servers_say_is_told_apart() {
    let wrong: Vec<_> = SAID
        .iter()
        .filter(|(_, said, means)| RefusalKind::meaning_of(said) != *means)
        .map(|(server, said, _)| (server, said, RefusalKind::meaning_of(said)))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn a_suggested_wait_is_read_in_whatever_unit() {
    let minutes = |n: u64| Some(Duration::from_secs(60 * n));
    let seconds = |n| Some(Duration::from_secs(n));
    for (said, wait) in [
        (
            "Request is throttled. Suggested Backoff Time: 299961 milliseconds",
            Some(Duration::from_millis(299_961)),
        ),
        ("Too many logins, try again in 5 minutes.", minutes(5)),
        ("try again in 90s", seconds(90)),
        ("Please try again in an hour", minutes(60)),
        ("try again in a few minutes", minutes(5)),
        ("please wait 30 sec. before the next login", seconds(30)),
        ("Retry after 120", seconds(120)),
        ("Retry-After: 120", seconds(120)),
        ("[UNAVAILABLE] back off for 2 min", minutes(2)),
        ("blocked for 10 minutes", minutes(10)),
        ("try again in 3 days", minutes(60)),
        ("try again in 99999999999999999999999 hours", None),
        ("try again in 18446744073709551615 hours", minutes(60)),
        ("try again later", None),
        ("Too many connections (mail_max=10)", None),
        ("system error 42, try again", None),
        ("Gräßlich: try again in 1 minute", minutes(1)),
    ] {
        assert_eq!(suggested_wait(said), wait, "{said}");
    }
}
