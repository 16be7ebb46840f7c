//! The addresses of a host, in the order in which they are tried (RFC 8305 section 4), and what this process remembers of
//! them.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::ConnectError;
use crate::clock::Day;

/// Addresses that are tried at once. The largest providers name eight of each family; the last of sixteen begins after
/// 3.75 s of the 10 s or more that a connection may take.
const MOST: usize = 16;
/// Servers that are remembered. A configuration names two; reloads may change them.
const SERVERS: usize = 32;

/// What is known of a server's addresses.
#[derive(Clone, Debug, Default)]
pub(super) struct Remembered {
    /// Where the last session was greeted.
    worked: Option<SocketAddr>,
    /// Where a connection was had and came to nothing.
    failed: Vec<SocketAddr>,
    /// The UTC day on which the end of its certificate was last warned of.
    warned: Option<Day>,
}

static SERVERS_SEEN: Mutex<BTreeMap<(String, u16), Remembered>> = Mutex::new(BTreeMap::new());

fn seen() -> MutexGuard<'static, BTreeMap<(String, u16), Remembered>> {
    SERVERS_SEEN.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns what this process remembers of a host and port.
pub(super) fn remembered(host: &str, port: u16) -> Remembered {
    seen()
        .get(&(host.to_owned(), port))
        .cloned()
        .unwrap_or_default()
}

/// Returns true the first time on this day, so that a warning about a server is one line a day.
pub(super) fn first_warning(host: &str, port: u16, today: Day) -> bool {
    note(host, port, |known| {
        known.warned.replace(today) != Some(today)
    })
}

/// Notes how a connection to an address went on after TCP: an address that works is the first the next time, one that
/// came to nothing the last.
pub(super) fn remember(host: &str, port: u16, address: SocketAddr, worked: bool) {
    note(host, port, |known| {
        known.failed.retain(|failed| *failed != address);
        if worked {
            known.worked = Some(address);
            return;
        }
        known.worked = known.worked.filter(|worked| *worked != address);
        // Addresses that a name had once are forgotten in time.
        if known.failed.len() >= MOST {
            known.failed.remove(0);
        }
        known.failed.push(address);
    });
}

fn note<T>(host: &str, port: u16, change: impl FnOnce(&mut Remembered) -> T) -> T {
    let mut seen = seen();
    let key = (host.to_owned(), port);
    if seen.len() >= SERVERS && !seen.contains_key(&key) {
        seen.clear();
    }
    change(seen.entry(key).or_default())
}

/// Orders what the resolver gave: each address once, the families by turns, beginning with the resolver's first; what
/// worked last before these, and what failed last behind them.
pub(super) fn ordered(resolved: &[SocketAddr], known: &Remembered) -> Vec<SocketAddr> {
    let mut found: Vec<SocketAddr> = Vec::new();
    for address in resolved {
        if !found.contains(address) {
            found.push(*address);
        }
    }
    let first_is_v6 = found.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = found
        .iter()
        .partition(|address| address.is_ipv6() == first_is_v6);
    let mut ordered: Vec<SocketAddr> = Vec::with_capacity(found.len());
    for turn in 0..first.len().max(second.len()) {
        ordered.extend(first.get(turn));
        ordered.extend(second.get(turn));
    }
    ordered.sort_by_key(|address| {
        let failed = known.failed.iter().position(|failed| failed == address);
        // Of those that failed the one that failed first.
        let rank = failed.map_or(0, |place| place + 1);
        (known.worked != Some(*address), rank)
    });
    ordered.truncate(MOST);
    ordered
}

/// Asks the system's resolver, within `limit`. An address is its own.
///
/// # Errors
/// There is no such name, or the resolver does not know for now, told apart in words.
pub(super) async fn resolve(
    host: &str,
    port: u16,
    limit: Duration,
) -> Result<Vec<SocketAddr>, ConnectError> {
    let broken = |why| ConnectError::Resolve(host.to_owned(), why);
    match tokio::time::timeout(limit, tokio::net::lookup_host((host, port))).await {
        Ok(Ok(found)) => Ok(found.collect()),
        Ok(Err(cause)) => Err(broken(unresolved(&cause))),
        Err(_) => Err(broken(format!(
            "the resolver did not answer within {} s; check this machine's network and DNS",
            limit.as_secs()
        ))),
    }
}

/// Says what the resolver meant, by its words (those of glibc, then musl's): the standard library hides its codes
/// (RFC 3493 section 6.1).
fn unresolved(cause: &io::Error) -> String {
    let said = cause.to_string();
    let said = said
        .strip_prefix("failed to lookup address information: ")
        .unwrap_or(&said);
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    if has(&["Temporary failure", "Try again"]) {
        format!(
            "the name servers do not answer for now ({said}); check this machine's network and DNS"
        )
    } else if has(&[
        "Name or service not known",
        "Name does not resolve",
        "Name has no usable address",
    ]) {
        "there is no such name; check the key host".to_owned()
    } else if has(&["No address associated"]) {
        "that name has no address; check the key host".to_owned()
    } else {
        format!("{said}; check the key host")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses(texts: &[&str]) -> Vec<SocketAddr> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    const SIX: [&str; 3] = ["[2001:db8::1]:1", "[2001:db8::2]:1", "[2001:db8::3]:1"];

    #[test]
    fn families_take_turns_and_the_resolvers_first_begins() {
        let known = Remembered::default();
        let resolved = addresses(&[SIX[0], SIX[1], SIX[2], "192.0.2.1:1", "192.0.2.2:1"]);
        let expected = addresses(&[SIX[0], "192.0.2.1:1", SIX[1], "192.0.2.2:1", SIX[2]]);
        assert_eq!(ordered(&resolved, &known), expected);
        let resolved = addresses(&["192.0.2.1:1", "192.0.2.1:1", SIX[0], "192.0.2.2:1", SIX[0]]);
        let expected = addresses(&["192.0.2.1:1", SIX[0], "192.0.2.2:1"]);
        assert_eq!(ordered(&resolved, &known), expected, "each once");
        assert_eq!(ordered(&[], &known), []);
    }

    #[test]
    fn what_worked_is_first_and_what_failed_is_last() {
        let (host, port) = ("order.example", 1);
        let resolved = addresses(&["192.0.2.1:1", "192.0.2.2:1", "192.0.2.3:1"]);
        let now = |resolved: &[SocketAddr]| ordered(resolved, &remembered(host, port));
        remember(host, port, resolved[0], false);
        assert_eq!(now(&resolved), [resolved[1], resolved[2], resolved[0]]);
        remember(host, port, resolved[1], false);
        assert_eq!(now(&resolved), [resolved[2], resolved[0], resolved[1]]);
        remember(host, port, resolved[1], true);
        assert_eq!(now(&resolved), [resolved[1], resolved[2], resolved[0]]);
        remember(host, port, resolved[1], false);
        assert_eq!(now(&resolved), [resolved[2], resolved[0], resolved[1]]);
        assert_eq!(ordered(&resolved, &remembered(host, 2)), resolved);
    }

    #[test]
    fn many_addresses_are_cut_after_what_failed_was_put_last() {
        let resolved: Vec<SocketAddr> = (1..=40)
            .map(|octet| SocketAddr::from(([192, 0, 2, octet], 1)))
            .collect();
        for address in &resolved[..16] {
            remember("many.example", 1, *address, false);
        }
        let known = remembered("many.example", 1);
        assert_eq!(ordered(&resolved, &known), resolved[16..32]);
    }

    #[test]
    fn no_such_host_and_a_resolver_in_trouble_are_told_apart() {
        let said = |words: &str| {
            let text = format!("failed to lookup address information: {words}");
            unresolved(&io::Error::other(text))
        };
        let missing = said("Name or service not known");
        assert_eq!(missing, "there is no such name; check the key host");
        assert!(said("No address associated with hostname").contains("no address;"));
        let trouble = said("Temporary failure in name resolution");
        assert!(trouble.contains("(Temporary failure in name resolution); check this machine's"));
        assert!(!trouble.contains("key host"), "{trouble}");
        assert_eq!(
            said("Non-recoverable failure in name resolution"),
            "Non-recoverable failure in name resolution; check the key host"
        );
    }
}
