//! The severity of a failure that a report tells: none such for good, or something that may pass (RFC 3463).

/// Words for an address that is not there, of servers whose enhanced code says no more than that it failed.
const NOBODY: &[&str] = &[
    "user unknown",
    "unknown user",
    "unknown recipient",
    "recipient unknown",
    "unknown address",
    "address unknown",
    "unknown local part",
    "no such user",
    "no such mailbox",
    "no such recipient",
    "no such address",
    "no such domain",
    "no mailbox here by that name",
    "no account by that name",
    "user not found",
    "recipient not found",
    "mailbox not found",
    "recipnotfound",
    "recipientnotfound",
    "mailbox unavailable",
    "does not exist",
    "doesn't exist",
    "invalid recipient",
    "invalid mailbox",
    "not a valid mailbox",
    "not a known user",
    "unrouteable address",
    "mailbox disabled",
    "mailbox is disabled",
    "account disabled",
    "account is disabled",
    "account has been disabled",
    "account is inactive",
    "account closed",
    "recipient address rejected: access denied",
    "host not found",
    "domain not found",
];

/// Words for something that passes, or that is the sender's affair, whatever stands beside them.
const PASSES: &[&str] = &[
    "sender",
    "quota",
    "mailbox full",
    "mailbox is full",
    "blocked",
    "blacklist",
    "blocklist",
    "spam",
    "policy",
    "at a rate",
    "too many",
    "will be retried",
    "will keep trying",
    "still being retried",
    "delayed",
];

/// Returns true when nobody is at the address, as far as the `Status` field and the server's words tell. When in doubt it may
/// pass: three digests in a row have to come back anyway.
pub(super) fn is_hard(status: &str, words: &str) -> bool {
    let words = words.to_lowercase();
    let has = |list: &[&str]| list.iter().any(|word| words.contains(word));
    let code = enhanced_codes(status)
        .chain(enhanced_codes(&words))
        .find(|code| !matches!(code, (5, 0, 0)));
    match code {
        // No such mailbox, no such system, wrong syntax, moved without an address, a domain that takes no mail (RFC 7505).
        Some((5, 1, 1 | 2 | 3 | 6 | 10)) => true,
        // Disabled; but Gmail says the same of one that gets too much at once.
        Some((5, 2, 1)) => !words.contains("at a rate"),
        // These say which part failed, and not how.
        Some((5, 1 | 2, 0) | (5, 4, 1 | 4) | (5, 5, 0)) | None => has(NOBODY) && !has(PASSES),
        Some(_) => false,
    }
}

/// Iterates over the enhanced codes in a text (RFC 3463 section 2).
pub(super) fn enhanced_codes(text: &str) -> impl Iterator<Item = (u8, u16, u16)> {
    text.split(|c: char| !c.is_ascii_digit() && c != '.')
        .filter_map(|word| {
            let mut parts = word.trim_matches('.').split('.');
            let class = parts.next()?.parse().ok()?;
            let subject = parts.next()?.parse().ok()?;
            let detail = parts.next()?.parse().ok()?;
            // An address has four parts.
            (matches!(class, 2 | 4 | 5) && parts.next().is_none() && subject < 10 && detail < 1000)
                .then_some((class, subject, detail))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_address_that_is_not_there_is_hard() {
        for (status, words) in [
            ("5.1.1", "smtp; 550 5.1.1 <x@example.net>: user unknown"),
            ("5.1.2", ""),
            (
                "5.1.10",
                "smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup",
            ),
            ("5.0.0", "smtp; 550 5.1.1 no such user"),
            ("5.0.0", "smtp; 550 No such user here"),
            ("", "Sorry, no mailbox here by that name. (#5.1.1)"),
            ("", "550 #5.1.0 Address rejected: no such mailbox"),
            (
                "5.2.1",
                "550 5.2.1 The email account that you tried to reach is disabled.",
            ),
            (
                "5.4.1",
                "550 5.4.1 Recipient address rejected: Access denied.",
            ),
            (
                "5.4.4",
                "Host or domain name not found. Name service error for name=gone.example type=AAAA: Host not found",
            ),
            (
                "5.5.0",
                "550 5.5.0 Requested action not taken: mailbox unavailable",
            ),
            ("", "Unrouteable address"),
        ] {
            assert!(is_hard(status, words), "{status} {words}");
        }
        for (status, words) in [
            ("", ""),
            ("5.0.0", ""),
            ("4.4.7", "smtp; 450 4.1.1 user unknown"),
            ("4.2.2", "over quota"),
            ("5.2.2", "552 5.2.2 mailbox full"),
            (
                "5.2.1",
                "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents",
            ),
            ("5.7.1", "550 5.7.1 Message rejected as spam; user unknown"),
            (
                "5.7.26",
                "550 5.7.26 unauthenticated email from example.net is not accepted",
            ),
            (
                "5.1.8",
                "550 5.1.8 Sender address rejected: Domain not found",
            ),
            ("5.1.7", "sender does not exist"),
            ("5.0.0", "550 Sender address rejected: no such domain"),
            ("5.3.4", "message too big"),
            ("", "connected to 5.1.1.7 and timed out"),
            ("5.4.4", "mail loops back to myself"),
        ] {
            assert!(!is_hard(status, words), "{status} {words}");
        }
    }
}
