//! Rules that the types cannot say: keys that exclude each other, names that must differ, values that no server would
//! accept. Pure: nothing is looked up here.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use super::keys::keys_of;
use super::section::{Fault, Section};
use crate::announcement::List;
use crate::digest::{Cadence, Edition};
use crate::editor::{EditorKind, EditorSettings};
use crate::endpoint::{ServerKeys, Tls, is_loopback};
use crate::mailbox::MailboxSettings;
use crate::outbox::{SmtpSettings, StandbySettings};
use crate::secret::{KeyError, LoginKeys};
use crate::{archive, press};

/// RFC 2177: a client should end its IDLE at least every 29 minutes, or be logged out.
const LONGEST_IDLE: Duration = Duration::from_secs(29 * 60);

/// More at once is taken for an attack by the servers of most providers.
const MOST_SESSIONS: usize = 20;
/// With more, a day's digest would come when the next day is half over.
pub(super) const LONGEST_GRACE: Duration = Duration::from_secs(12 * 3600);

pub(super) fn mailbox(settings: &MailboxSettings, at: &Section) -> Result<(), Fault> {
    server(&settings.server, at)?;
    if settings.login.username.is_empty() {
        return at.refuse("username", "is empty");
    }
    (settings.login.secret()).map_err(|error| secret(error, at))?;
    if settings.folders.is_empty() || settings.folders.iter().any(String::is_empty) {
        let wanted = "must name at least one folder; usual is [\"INBOX\"]";
        return at.refuse("folders", wanted);
    }
    if let Some(twice) = first_twice(&settings.folders) {
        return at.refuse("folders", format!("names `{twice}` twice"));
    }
    if settings.sent_folder.as_deref() == Some("") {
        let empty = "is empty; leave the key out where no copies are wanted";
        return at.refuse("sent_folder", empty);
    }
    if let Some(wrong) = (settings.address.as_deref()).filter(|it| !press::is_address(it)) {
        let what = format!(
            "is \"{wrong}\", which is no mail address; write it like \"reader@example.net\""
        );
        return at.refuse("address", what);
    }
    if settings.idle_refresh.is_zero() || settings.idle_refresh > LONGEST_IDLE {
        let wanted = "must be from \"1s\" to \"29m\": servers end longer silences";
        return at.refuse("idle_refresh", wanted);
    }
    if settings.poll.is_zero() {
        return at.refuse("poll", "must be longer than nothing");
    }
    Ok(())
}

pub(super) fn smtp(settings: &SmtpSettings, at: &Section) -> Result<(), Fault> {
    server(&settings.server, at)?;
    if settings.login.username.as_deref() == Some("") {
        let empty = "is empty; leave the key out where no login is wanted";
        return at.refuse("username", empty);
    }
    (settings.login.secret()).map_err(|error| secret(error, at))?;
    if let Some(wrong) = settings.helo.as_deref().filter(|name| !is_helo(name)) {
        let what = format!(
            "is \"{wrong}\"; it must be a host's full name, like \"mail.example.net\", or an address literal, like \"[192.0.2.1]\""
        );
        return at.refuse("helo", what);
    }
    if settings.give_up_after.is_zero() {
        return at.refuse(
            "give_up_after",
            "must be longer than nothing; usual is \"5d\"",
        );
    }
    if settings.mails_per_session == 0 {
        return at.refuse("mails_per_session", "must be 1 or more");
    }
    if !(1..=MOST_SESSIONS).contains(&settings.sessions) {
        return at.refuse("sessions", format!("must be from 1 to {MOST_SESSIONS}"));
    }
    let bounces = settings.bounce_address.as_deref();
    let named = |address: &str| address.replacen('*', "0", 1);
    if let Some(wrong) = bounces.filter(|it| {
        let local = it.rsplit_once('@').map_or("", |(local, _)| local);
        let parts = local.split_once('*');
        // The token is looked for as a word of its own.
        let apart = |(before, after): (&str, &str)| {
            !before.ends_with(char::is_alphanumeric) && !after.starts_with(char::is_alphanumeric)
        };
        !parts.is_some_and(apart)
            || local.matches('*').count() != 1
            || it.contains(' ')
            || !press::is_address(&named(it))
    }) {
        let what = format!(
            "is \"{wrong}\"; write an address whose mail comes into the watched mailbox, with one * before the @ and no letter or digit beside it, like \"nikkan+*@example.net\""
        );
        return at.refuse("bounce_address", what);
    }
    let operator = settings.operator.as_deref();
    match operator.filter(|operator| !press::is_address(operator)) {
        None => Ok(()),
        Some(wrong) => Err(at.fault(
            "operator",
            format!("`operator` in [smtp]: \"{wrong}\" is no mail address, write it like \"admin@example.net\""),
        )),
    }
}

/// Returns true for what may be said in EHLO (RFC 5321 section 4.1.3 and 4.1.4).
fn is_helo(name: &str) -> bool {
    let literal = name
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    match literal {
        Some(address) => address
            .trim_start_matches("IPv6:")
            .parse::<std::net::IpAddr>()
            .is_ok(),
        None => {
            let plain = |c: char| c.is_ascii_alphanumeric() || c == '-';
            name.contains('.')
                && name
                    .split('.')
                    .all(|label| !label.is_empty() && label.chars().all(plain))
        }
    }
}

pub(super) fn standby(
    settings: &StandbySettings,
    mailbox: &MailboxSettings,
    at: &Section,
) -> Result<(), Fault> {
    let Some(folder) = &mailbox.sent_folder else {
        let needs =
            "needs sent_folder in [mailbox]: there two machines see what the other handed in";
        return at.refuse("after", needs);
    };
    if mailbox.watches(folder) {
        let needs = format!(
            "needs a sent_folder in [mailbox] that is none of the watched folders; in `{folder}` strangers' mail arrives"
        );
        return at.refuse("after", needs);
    }
    match settings.after.is_zero() || settings.after > LONGEST_GRACE {
        true => at.refuse("after", "must be longer than \"0s\" and at most \"12h\""),
        false => Ok(()),
    }
}

/// Tells the fault of the keys of a secret: at the key that is wrong, at the second of two for the same secret, or,
/// when one is missing, at the last of the login's keys that are there.
fn secret(error: KeyError, at: &Section) -> Fault {
    let label = &at.label;
    match error {
        KeyError::Unusable { key, why } => at.fault(key, format!("`{key}` in {label} {why}")),
        KeyError::Several(mut keys) => {
            keys.sort_by_key(|key| at.position_of(key));
            let key_at = |at: usize| keys.get(at).copied().unwrap_or_default();
            let (first, second) = (key_at(0), key_at(1));
            at.fault(
                second,
                format!(
                    "`{second}` in {label}: `{first}` is there too, and one is enough; take one of them away"
                ),
            )
        }
        KeyError::Missing(_) => {
            let keys = keys_of::<LoginKeys<String>>().iter();
            let last = keys.max_by_key(|key| at.position_of(key));
            at.fault(last.unwrap_or(&""), format!("{label}: {error}"))
        }
    }
}

fn server(keys: &ServerKeys, at: &Section) -> Result<(), Fault> {
    let host = &keys.host;
    let literal = host.parse::<std::net::IpAddr>().is_ok();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || !(literal || host.chars().all(plain)) {
        let wanted = "must be a host name or an address and nothing else; the port has its own key";
        return at.refuse("host", wanted);
    }
    if keys.port == Some(0) {
        return at.refuse("port", "must be from 1 to 65535");
    }
    // Where the name leads is looked at again when it is connected to; what it says is looked at here.
    if keys.tls == Tls::None && !is_loopback(host) {
        let (is, or) = if literal {
            ("is", "")
        } else {
            (
                "may be",
                ", or host = \"localhost\" where it is this machine",
            )
        };
        let what = format!(
            "is \"none\", which is for this machine only, and {host} {is} another; use \"implicit\" or \"starttls\"{or}"
        );
        return at.refuse("tls", what);
    }
    Ok(())
}

pub(super) fn archive(settings: &archive::ArchiveSettings, at: &Section) -> Result<(), Fault> {
    let (directory, backup) = (settings.directory.as_deref(), settings.backup.as_deref());
    let empty = Some(Path::new(""));
    if directory == empty {
        return at.refuse("directory", "is empty; usual is \"/var/lib/nikkan\"");
    }
    if backup == empty {
        let empty = "is empty; leave the key out where no copies are wanted";
        return at.refuse("backup", empty);
    }
    if backup.is_some() && backup == directory {
        let same = "is the archive's own directory; name another, best on another disk";
        return at.refuse("backup", same);
    }
    if !(1..=366).contains(&settings.keep) {
        return at.refuse("keep", "must be from 1 to 366");
    }
    Ok(())
}

pub(super) fn lists(lists: &[(List, Section)]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (List { name, id, .. }, at) in lists {
        if !is_name(name) {
            return at.refuse("name", format!("is \"{name}\"; {NAME}"));
        }
        if !id.contains('.') || id.contains(['<', '>', ' ', '@']) {
            let what = format!(
                "is \"{id}\"; write what stands between the angle brackets of the List-Id header, like \"i-d-announce.ietf.org\""
            );
            return at.refuse("id", what);
        }
        for (key, value) in [("name", name), ("id", id)] {
            if !seen.insert((key, value.to_ascii_lowercase())) {
                let twice = format!("the {key} \"{value}\" stands in two [[list]] tables");
                return Err(at.fault(key, twice));
            }
        }
    }
    Ok(())
}

pub(super) fn editions(editions: &[(Edition, Section)]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (edition, at) in editions {
        let name = &edition.name;
        if !is_name(name) {
            let what = format!("is \"{name}\"; {NAME}, since it becomes part of Message-IDs");
            return at.refuse("name", what);
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            let twice =
                format!("two [[edition]] tables are called \"{name}\"; give each its own name");
            return Err(at.fault("name", twice));
        }
        if edition.weekday.is_some() && edition.cadence == Cadence::Daily {
            let what = "is for cadence = \"weekly\"; a daily edition has no day of its own";
            return at.refuse("weekday", what);
        }
        if let Some(zone) = edition.zone.as_deref().filter(|zone| !is_zone(zone)) {
            let what = format!(
                "is \"{zone}\", which is no time zone that this machine knows; write its IANA name, like \"Asia/Tokyo\" or \"UTC\""
            );
            return at.refuse("zone", what);
        }
        if let Some(wrong) = edition
            .reply_to
            .as_deref()
            .filter(|to| !press::is_address(to))
        {
            let what = format!(
                "is \"{wrong}\", which is no mail address; write it like \"editor@example.net\""
            );
            return at.refuse("reply_to", what);
        }
        if edition.to.is_empty() {
            return at.refuse("to", "must name at least one reader");
        }
        addresses(edition, at)?;
        if let Some(twice) = first_twice(&edition.to) {
            return at.refuse("to", format!("names `{twice}` twice"));
        }
    }
    Ok(())
}

/// Tells what of an edition is allowed and not wise: a reader who is named twice, and readers who cannot leave by mail.
pub(super) fn unwise((edition, at): &(Edition, Section), mailbox: &MailboxSettings) -> Vec<Fault> {
    let mut seen = BTreeSet::new();
    let twice = |address: &&String| !seen.insert(press::bare_address(address));
    let mut found: Vec<Fault> = (edition.to.iter().filter(twice))
        .map(|again| at.fault("to", format!("`to` in [[edition]] `{}`: \"{again}\" is a reader who stands there already, and gets one mail; take one of them away", edition.name)))
        .collect();
    if edition.unsubscribe && mailbox.mail_address().is_none() {
        found.push(at.fault("unsubscribe", format!("the readers of `{}` are not told how to leave, since it is not known which address comes into the mailbox: set address in [mailbox], or unsubscribe = false here", edition.name)));
    }
    found
}

/// Returns true when `name` is a zone of the time zone database.
fn is_zone(name: &str) -> bool {
    jiff::tz::TimeZone::get(name).is_ok()
}

/// Checks that the press can make headers of the addresses; it is asked one by one, to know which key is at fault.
fn addresses(edition: &Edition, at: &Section) -> Result<(), Fault> {
    let with = |from: &str, to: &str| Edition {
        from: from.to_owned(),
        to: vec![to.to_owned()],
        ..edition.clone()
    };
    let sound = "reader@example.net";
    let from = [("from", &edition.from, with(&edition.from, sound))];
    let to = edition
        .to
        .iter()
        .map(|reader| ("to", reader, with(sound, reader)));
    for (key, address, edition) in from.into_iter().chain(to) {
        if press::addresses(&edition).is_err() {
            let what = format!(
                "`{key}` in [[edition]]: \"{address}\" is no mail address, write it like \"reader@example.net\" or \"Reader <reader@example.net>\""
            );
            return Err(at.fault(key, what));
        }
    }
    Ok(())
}

pub(super) fn editor(settings: &EditorSettings, at: &Section) -> Result<(), Fault> {
    let key = settings.api_key().map_err(|error| secret(error, at))?;
    limits(settings, at)?;
    if settings.kind == EditorKind::Extract {
        return Ok(());
    }
    let needs = |key| {
        at.fault(
            key,
            format!("[editor] with kind = \"llm\" needs the key `{key}`"),
        )
    };
    if settings.model.as_deref().unwrap_or_default().is_empty() {
        return Err(needs("model"));
    }
    let url = settings
        .base_url
        .as_ref()
        .ok_or_else(|| needs("base_url"))?;
    let (scheme, rest) = url.split_once("://").unwrap_or_default();
    let authority = rest.split('/').next().unwrap_or_default();
    let host = match authority.rsplit_once(':') {
        Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host,
        _ => authority,
    };
    if host.is_empty() || !matches!(scheme, "https" | "http") {
        let wanted = "must begin with https:// or http:// and a host";
        return at.refuse("base_url", wanted);
    }
    if host.contains('@') {
        let what = "must not hold a name or a password; a key goes into api_key_file";
        return at.refuse("base_url", what);
    }
    if scheme == "http" && key.is_some() && !is_loopback(host) {
        let what = format!(
            "`base_url` in [editor]: the key would go to {host} in clear text; use https://"
        );
        return Err(at.fault("base_url", what));
    }
    Ok(())
}

/// Numbers of the editor that would never let it work, or never let it end.
fn limits(settings: &EditorSettings, at: &Section) -> Result<(), Fault> {
    let wrong = |key, what: &str| at.refuse(key, format!("must be {what}"));
    if settings.deadline > LONGEST_GRACE {
        return wrong("deadline", "at most \"12h\"");
    }
    if settings.timeout.is_zero() || settings.timeout > LONGEST_GRACE {
        return wrong("timeout", "longer than \"0s\" and at most \"12h\"");
    }
    if !(1..=16).contains(&settings.concurrency) {
        return wrong("concurrency", "from 1 to 16");
    }
    if !is_amount(settings.cost_per_day) {
        return wrong("cost_per_day", "an amount of money, 0 or more");
    }
    if !is_amount(settings.price.input) || !is_amount(settings.price.output) {
        return wrong("price", "amounts of money, 0 or more");
    }
    Ok(())
}

/// Returns true for a number that can be a price: not negative, not endless.
fn is_amount(number: f64) -> bool {
    (0.0..=1e9).contains(&number)
}

const NAME: &str = "it must be of letters, digits, `-` and `_`";

/// Names become part of Message-IDs, List-Ids and file names.
fn is_name(name: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(plain)
}

fn first_twice(names: &[String]) -> Option<&String> {
    let mut seen = BTreeSet::new();
    names.iter().find(|name| !seen.insert(*name))
}
