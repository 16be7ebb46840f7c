//! Rules that the types cannot say: keys that exclude each other, names that must differ, values that no server would
//! accept. Pure: nothing is looked up here.

use std::collections::BTreeSet;
use std::time::Duration;

use super::keys::keys_of;
use super::section::{Fault, Section};
use crate::announcement::List;
use crate::digest::{Cadence, Edition};
use crate::editor::{EditorKind, EditorSettings};
use crate::endpoint::{ServerKeys, Tls, is_loopback};
use crate::mailbox::MailboxSettings;
use crate::outbox::SmtpSettings;
use crate::secret::{KeyError, LoginKeys};
use crate::{archive, press};

/// RFC 2177: a client should end its IDLE at least every 29 minutes, or be logged out.
const LONGEST_IDLE: Duration = Duration::from_secs(29 * 60);

/// With more, a day's digest would come when the next day is half over.
const LONGEST_GRACE: Duration = Duration::from_secs(12 * 3600);

pub(super) fn mailbox(settings: &MailboxSettings, at: &Section) -> Result<(), Fault> {
    server(&settings.server, at)?;
    if settings.login.username.is_empty() {
        return Err(at.fault("username", "`username` in [mailbox] is empty"));
    }
    (settings.login.secret()).map_err(|error| secret(error, at))?;
    if settings.folders.is_empty() || settings.folders.iter().any(String::is_empty) {
        return Err(at.fault(
            "folders",
            "`folders` in [mailbox] must name at least one folder; usual is [\"INBOX\"]",
        ));
    }
    if let Some(twice) = first_twice(settings.folders.iter()) {
        return Err(at.fault(
            "folders",
            format!("`folders` in [mailbox] names `{twice}` twice"),
        ));
    }
    if settings.sent_folder.as_deref() == Some("") {
        return Err(at.fault(
            "sent_folder",
            "`sent_folder` in [mailbox] is empty; leave the key out where no copies are wanted",
        ));
    }
    if settings.idle_refresh.is_zero() || settings.idle_refresh > LONGEST_IDLE {
        return Err(at.fault(
            "idle_refresh",
            "`idle_refresh` in [mailbox] must be from \"1s\" to \"29m\": servers end longer silences",
        ));
    }
    if settings.poll.is_zero() {
        return Err(at.fault("poll", "`poll` in [mailbox] must be longer than nothing"));
    }
    Ok(())
}

pub(super) fn smtp(settings: &SmtpSettings, at: &Section) -> Result<(), Fault> {
    server(&settings.server, at)?;
    if settings.login.username.as_deref() == Some("") {
        return Err(at.fault(
            "username",
            "`username` in [smtp] is empty; leave the key out where no login is wanted",
        ));
    }
    (settings.login.secret()).map_err(|error| secret(error, at))?;
    match &settings.operator {
        Some(operator) if !press::is_address(operator) => Err(at.fault(
            "operator",
            format!(
                "`operator` in [smtp]: \"{operator}\" is no mail address, write it like \"admin@example.net\""
            ),
        )),
        _ => Ok(()),
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
            let mut keys = keys.into_iter();
            let (first, second) = (
                keys.next().unwrap_or_default(),
                keys.next().unwrap_or_default(),
            );
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
    let label = &at.label;
    let host = &keys.host;
    let literal = host.parse::<std::net::IpAddr>().is_ok();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    if host.is_empty() || !(literal || host.chars().all(plain)) {
        return Err(at.fault(
            "host",
            format!(
                "`host` in {label} must be a host name or an address and nothing else; the port has its own key"
            ),
        ));
    }
    if keys.port == Some(0) {
        return Err(at.fault("port", format!("`port` in {label} must be from 1 to 65535")));
    }
    // Where the name leads is looked at again when it is connected to; what it says is looked at here.
    if keys.tls == Tls::None && !is_loopback(host) {
        let other = if literal {
            format!("and {host} is another; use \"implicit\" or \"starttls\"")
        } else {
            format!(
                "and {host} may be another; use \"implicit\" or \"starttls\", or host = \"localhost\" where it is this machine"
            )
        };
        return Err(at.fault(
            "tls",
            format!("`tls` in {label} is \"none\", which is for this machine only, {other}"),
        ));
    }
    Ok(())
}

pub(super) fn archive(settings: &archive::ArchiveSettings, at: &Section) -> Result<(), Fault> {
    let is_empty = |path: &Option<std::path::PathBuf>| {
        path.as_ref()
            .is_some_and(|path| path.as_os_str().is_empty())
    };
    if is_empty(&settings.directory) {
        return Err(at.fault(
            "directory",
            "`directory` in [archive] is empty; usual is \"/var/lib/nikkan\"",
        ));
    }
    if is_empty(&settings.backup) {
        return Err(at.fault(
            "backup",
            "`backup` in [archive] is empty; leave the key out where no copies are wanted",
        ));
    }
    if settings.backup.is_some() && settings.backup == settings.directory {
        return Err(at.fault(
            "backup",
            "`backup` in [archive] is the archive's own directory; name another, best on another disk",
        ));
    }
    Ok(())
}

pub(super) fn lists(lists: &[(List, Section)]) -> Result<(), Fault> {
    let mut seen = BTreeSet::new();
    for (list, at) in lists {
        if !is_name(&list.name) {
            return Err(at.fault(
                "name",
                format!(
                    "`name` in [[list]] is \"{}\"; it must be of letters, digits, `-` and `_`",
                    list.name
                ),
            ));
        }
        if !list.id.contains('.') || list.id.contains(['<', '>', ' ', '@']) {
            return Err(at.fault(
                "id",
                format!(
                    "`id` in [[list]] is \"{}\"; write what stands between the angle brackets of the List-Id header, like \"i-d-announce.ietf.org\"",
                    list.id
                ),
            ));
        }
        for (key, value) in [("name", &list.name), ("id", &list.id)] {
            if !seen.insert((key, value.to_ascii_lowercase())) {
                return Err(at.fault(
                    key,
                    format!("the {key} \"{value}\" stands in two [[list]] tables"),
                ));
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
            return Err(at.fault(
                "name",
                format!(
                    "`name` in [[edition]] is \"{name}\"; it must be of letters, digits, `-` and `_`, since it becomes part of Message-IDs"
                ),
            ));
        }
        if !seen.insert(name.to_ascii_lowercase()) {
            return Err(at.fault(
                "name",
                format!("two [[edition]] tables are called \"{name}\"; give each its own name"),
            ));
        }
        if edition.weekday.is_some() && edition.cadence == Cadence::Daily {
            return Err(at.fault(
                "weekday",
                "`weekday` in [[edition]] is for cadence = \"weekly\"; a daily edition has no day of its own",
            ));
        }
        if edition.to.is_empty() {
            return Err(at.fault("to", "`to` in [[edition]] must name at least one reader"));
        }
        addresses(edition, at)?;
        if let Some(twice) = first_twice(edition.to.iter()) {
            return Err(at.fault("to", format!("`to` in [[edition]] names `{twice}` twice")));
        }
    }
    Ok(())
}

/// Checks that the press can make headers of the addresses; it is asked one by one, to know which key is at fault.
fn addresses(edition: &Edition, at: &Section) -> Result<(), Fault> {
    let with = |from: &str, to: &str| Edition {
        from: from.to_owned(),
        to: vec![to.to_owned()],
        ..edition.clone()
    };
    let sound = "reader@example.net";
    let wrong = |key: &str, address: &str| {
        at.fault(
            key,
            format!(
                "`{key}` in [[edition]]: \"{address}\" is no mail address, write it like \"reader@example.net\" or \"Reader <reader@example.net>\""
            ),
        )
    };
    if press::addresses(&with(&edition.from, sound)).is_err() {
        return Err(wrong("from", &edition.from));
    }
    for reader in &edition.to {
        if press::addresses(&with(sound, reader)).is_err() {
            return Err(wrong("to", reader));
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
    if settings.model.as_deref().unwrap_or_default().is_empty() {
        return Err(at.fault(
            "model",
            "[editor] with kind = \"llm\" needs the key `model`",
        ));
    }
    let Some(url) = &settings.base_url else {
        return Err(at.fault(
            "base_url",
            "[editor] with kind = \"llm\" needs the key `base_url`",
        ));
    };
    let host = |rest: &str| {
        let authority = rest.split('/').next().unwrap_or_default();
        match authority.rsplit_once(':') {
            Some((host, port)) if port.bytes().all(|b| b.is_ascii_digit()) => host.to_owned(),
            _ => authority.to_owned(),
        }
    };
    let (host, clear) = match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => (host(rest), false),
        (_, Some(rest)) => (host(rest), true),
        _ => (String::new(), false),
    };
    if host.is_empty() {
        return Err(at.fault(
            "base_url",
            "`base_url` in [editor] must begin with https:// or http:// and a host",
        ));
    }
    if host.contains('@') {
        return Err(at.fault(
            "base_url",
            "`base_url` in [editor] must not hold a name or a password; a key goes into api_key_file",
        ));
    }
    if clear && key.is_some() && !is_loopback(&host) {
        return Err(at.fault(
            "base_url",
            format!(
                "`base_url` in [editor]: the key would go to {host} in clear text; use https://"
            ),
        ));
    }
    Ok(())
}

/// Numbers of the editor that would never let it work, or never let it end.
fn limits(settings: &EditorSettings, at: &Section) -> Result<(), Fault> {
    let wrong = |key: &'static str, what: &str| {
        Err(at.fault(key, format!("`{key}` in [editor] must be {what}")))
    };
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

pub(super) fn grace(span: Duration) -> Result<Duration, String> {
    if span > LONGEST_GRACE {
        return Err("must be at most \"12h\"".into());
    }
    Ok(span)
}

pub(super) fn catch_up_days(days: usize) -> Result<usize, String> {
    if (1..=366).contains(&days) {
        Ok(days)
    } else {
        Err("must be from 1 to 366".into())
    }
}

/// Names become part of Message-IDs, List-Ids and file names.
fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 64
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn first_twice<'a>(names: impl Iterator<Item = &'a String>) -> Option<&'a String> {
    let mut seen = BTreeSet::new();
    names.into_iter().find(|name| !seen.insert(*name))
}
