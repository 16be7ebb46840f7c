//! Who may send for a domain, as its SPF record says (RFC 7208), without a mail at hand. What depends on one (macros) is
//! counted and never matches.

use std::net::IpAddr;

use super::dns::{NoRecord, Resolver};

/// Mechanisms and modifiers that ask the DNS; with more of them receivers see a permanent error (section 4.6.4).
pub(super) const MOST_LOOK_UPS: usize = 10;

/// Look-ups without a record, above which many receivers see a permanent error (section 4.6.4).
const MOST_VOID: usize = 2;

/// Hosts of one `mx` (section 4.6.4).
const MOST_HOSTS: usize = 10;

/// The result for one address (section 2.6), as far as it can be told without a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SpfResult {
    /// No record.
    None,
    Neutral,
    Pass,
    Fail,
    SoftFail,
    /// A name server did not answer: the reason.
    TempError(String),
    /// The records cannot be used: the reason.
    PermError(String),
}

/// A policy as it is walked through for one address.
pub(super) struct Walk<'a> {
    resolver: &'a Resolver,
    address: IpAddr,
    /// Terms so far that asked the DNS.
    pub(super) look_ups: usize,
    void: usize,
}

/// The end of a walk before its end.
enum Stop {
    Unanswered(String),
    Broken(String),
}

impl<'a> Walk<'a> {
    pub(super) fn new(resolver: &'a Resolver, address: IpAddr) -> Self {
        Walk {
            resolver,
            address,
            look_ups: 0,
            void: 0,
        }
    }

    /// Walks through the policy of a domain.
    pub(super) async fn check(&mut self, domain: &str) -> SpfResult {
        match self.policy(domain).await {
            Ok(result) => result,
            Err(Stop::Unanswered(why)) => SpfResult::TempError(why),
            Err(Stop::Broken(why)) => SpfResult::PermError(why),
        }
    }

    async fn policy(&mut self, domain: &str) -> Result<SpfResult, Stop> {
        let record = match record(self.resolver, domain).await {
            Ok(Some(record)) => record,
            Ok(None) => return Ok(SpfResult::None),
            Err(stop) => return Err(stop),
        };
        let mut redirect = None;
        for term in record.split_ascii_whitespace().skip(1) {
            if let Some((name, value)) = modifier(term) {
                if name.eq_ignore_ascii_case("redirect") {
                    redirect = Some(value.to_owned());
                }
                continue;
            }
            let (result, mechanism) = qualified(term);
            if self.matches(mechanism, domain).await? {
                return Ok(result);
            }
        }
        let Some(target) = redirect else {
            return Ok(SpfResult::Neutral);
        };
        self.count(&format!("redirect={target}"))?;
        if target.contains('%') {
            return Ok(SpfResult::Neutral);
        }
        match Box::pin(self.policy(&target)).await? {
            SpfResult::None => Err(Stop::Broken(format!(
                "`redirect={target}` leads to no SPF record"
            ))),
            result => Ok(result),
        }
    }

    /// Returns true when a mechanism matches the address (section 5).
    async fn matches(&mut self, mechanism: &str, domain: &str) -> Result<bool, Stop> {
        let end = mechanism.find([':', '/']).unwrap_or(mechanism.len());
        let (name, rest) = mechanism.split_at(end);
        let name = name.to_ascii_lowercase();
        let broken = || Stop::Broken(format!("`{mechanism}` of {domain} is no SPF mechanism"));
        if matches!(name.as_str(), "ip4" | "ip6") {
            let network = rest.strip_prefix(':').ok_or_else(broken)?;
            return in_network(self.address, network).ok_or_else(broken);
        }
        if name == "all" {
            return if rest.is_empty() {
                Ok(true)
            } else {
                Err(broken())
            };
        }
        if !matches!(name.as_str(), "include" | "a" | "mx" | "ptr" | "exists") {
            return Err(broken());
        }
        self.count(mechanism)?;
        let (target, prefix) = match rest.split_once('/') {
            Some((target, prefix)) => (target, prefix),
            None => (rest, ""),
        };
        let target = match target.strip_prefix(':') {
            Some("") => return Err(broken()),
            Some(target) => target,
            None if target.is_empty() && !matches!(name.as_str(), "include" | "exists") => domain,
            None => return Err(broken()),
        };
        if target.contains('%') {
            return Ok(false);
        }
        match name.as_str() {
            "include" => match Box::pin(self.policy(target)).await? {
                SpfResult::None => Err(Stop::Broken(format!(
                    "`include:{target}` leads to no SPF record"
                ))),
                result => Ok(result == SpfResult::Pass),
            },
            "a" => self.is_host(target, prefix).await,
            "mx" => {
                let hosts = self.resolver.mail_hosts(target).await;
                for host in self.unless_void(hosts)?.iter().take(MOST_HOSTS) {
                    if self.is_host(host, prefix).await? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            // Of `ptr` receivers are told to keep off (section 5.5).
            "ptr" => Ok(false),
            _ => {
                let there = self.resolver.addresses(target).await;
                Ok(!self.unless_void(there)?.is_empty())
            }
        }
    }

    async fn is_host(&mut self, host: &str, prefix: &str) -> Result<bool, Stop> {
        let found = self.resolver.addresses(host).await;
        let (four, six) = prefix.split_once('/').unwrap_or((prefix, ""));
        let found = self.unless_void(found)?;
        Ok(found.into_iter().any(|host| {
            let length = if host.is_ipv4() {
                four
            } else {
                six.trim_start_matches('/')
            };
            let network = match length {
                "" => host.to_string(),
                length => format!("{host}/{length}"),
            };
            in_network(self.address, &network).unwrap_or(false)
        }))
    }

    fn count(&mut self, term: &str) -> Result<(), Stop> {
        self.look_ups += 1;
        if self.look_ups > MOST_LOOK_UPS {
            return Err(Stop::Broken(format!(
                "it takes more than {MOST_LOOK_UPS} look-ups, of which `{term}` is one too many"
            )));
        }
        Ok(())
    }

    /// Returns what was found; too often nothing is a permanent error.
    fn unless_void<T>(&mut self, found: Result<Vec<T>, NoRecord>) -> Result<Vec<T>, Stop> {
        let found = match found {
            Ok(found) => found,
            Err(NoRecord::NoSuchName) => Vec::new(),
            Err(NoRecord::Unanswered(why)) => return Err(Stop::Unanswered(why)),
        };
        self.void += usize::from(found.is_empty());
        if self.void > MOST_VOID {
            return Err(Stop::Broken(format!(
                "more than {MOST_VOID} of its names have no address"
            )));
        }
        Ok(found)
    }
}

/// Reads the SPF record of a domain (section 4.5).
async fn record(resolver: &Resolver, domain: &str) -> Result<Option<String>, Stop> {
    let texts = match resolver.texts(domain).await {
        Ok(texts) => texts,
        Err(NoRecord::NoSuchName) => return Ok(None),
        Err(NoRecord::Unanswered(why)) => return Err(Stop::Unanswered(why)),
    };
    let is_spf = |text: &String| {
        let version = text.split(' ').next().unwrap_or_default();
        version.eq_ignore_ascii_case("v=spf1")
    };
    let mut records: Vec<String> = texts.into_iter().filter(is_spf).collect();
    match records.len() {
        0 | 1 => Ok(records.pop()),
        many => Err(Stop::Broken(format!(
            "{domain} has {many} SPF records, which count as none; make one of them"
        ))),
    }
}

/// Splits a modifier (section 6) into its name and value; `None` for a mechanism.
fn modifier(term: &str) -> Option<(&str, &str)> {
    let (name, value) = term.split_once('=')?;
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(plain);
    is_name.then_some((name, value))
}

/// Splits a mechanism from the result that its qualifier stands for (section 4.6.2).
fn qualified(term: &str) -> (SpfResult, &str) {
    let mut rest = term.chars();
    match rest.next() {
        Some('+') => (SpfResult::Pass, rest.as_str()),
        Some('-') => (SpfResult::Fail, rest.as_str()),
        Some('~') => (SpfResult::SoftFail, rest.as_str()),
        Some('?') => (SpfResult::Neutral, rest.as_str()),
        _ => (SpfResult::Pass, term),
    }
}

/// Returns true for an address of a network such as `192.0.2.0/24`; `None` for what is none.
fn in_network(address: IpAddr, network: &str) -> Option<bool> {
    let (base, length) = match network.split_once('/') {
        Some((base, length)) => (base, Some(length.parse::<u32>().ok()?)),
        None => (network, None),
    };
    let bits = |address: IpAddr| match address {
        IpAddr::V4(four) => u128::from(u32::from(four)),
        IpAddr::V6(six) => u128::from(six),
    };
    let base: IpAddr = base.parse().ok()?;
    let width = if base.is_ipv4() { 32 } else { 128 };
    let length = length.unwrap_or(width);
    if length > width {
        return None;
    }
    let differ = bits(address) ^ bits(base);
    let same = length == 0 || differ >> (width - length) == 0;
    Some(base.is_ipv4() == address.is_ipv4() && same)
}

#[cfg(test)]
mod tests {
    use super::super::scripted_dns::ScriptedDns;
    use super::*;

    async fn check(records: &[(&str, &str, &str)], address: &str) -> (SpfResult, usize) {
        let server = ScriptedDns::start(records).await;
        let resolver = server.resolver();
        let mut walk = Walk::new(&resolver, address.parse().unwrap());
        let result = walk.check("example.net").await;
        (result, walk.look_ups)
    }

    #[tokio::test]
    async fn a_policy_is_walked_through_as_receivers_do() {
        let records = [
            (
                "example.net",
                "TXT",
                "\"v=spf1 ip4:192.0.2.0/28 ip6:2001:db8::/32 a:www.example.net/30 \" \"mx include:_spf.example.org ~all\"",
            ),
            ("example.net", "TXT", "\"google-site-verification=x\""),
            ("www.example.net", "A", "198.51.100.4"),
            ("example.net", "MX", "10 mx.example.net"),
            ("mx.example.net", "AAAA", "2001:db9::1"),
            ("_spf.example.org", "TXT", "\"v=spf1 ip4:203.0.113.7 -all\""),
        ];
        for (address, result) in [
            ("192.0.2.15", SpfResult::Pass),
            ("192.0.2.16", SpfResult::SoftFail),
            ("2001:db8:1::1", SpfResult::Pass),
            ("198.51.100.7", SpfResult::Pass),
            ("198.51.100.8", SpfResult::SoftFail),
            ("2001:db9::1", SpfResult::Pass),
            ("203.0.113.7", SpfResult::Pass),
        ] {
            let (found, _) = check(&records, address).await;
            assert_eq!(found, result, "{address}");
        }
        assert_eq!(check(&records, "203.0.113.9").await.1, 3);
    }

    #[tokio::test]
    async fn what_receivers_cannot_use_is_told() {
        let broken =
            async |records: &[(&str, &str, &str)]| match check(records, "192.0.2.1").await.0 {
                SpfResult::PermError(why) => why,
                other => panic!("{other:?}"),
            };
        let two = [
            ("example.net", "TXT", "\"v=spf1 -all\""),
            ("example.net", "TXT", "\"V=SPF1 mx -all\""),
        ];
        assert!(broken(&two).await.contains("2 SPF records"));
        for (record, words) in [
            ("v=spf1 ipv4:192.0.2.1 -all", "`ipv4:192.0.2.1`"),
            ("v=spf1 ip4:192.0.2.1/33 -all", "`ip4:192.0.2.1/33`"),
            ("v=spf1 include: -all", "`include:`"),
            (
                "v=spf1 include:no.example.org -all",
                "leads to no SPF record",
            ),
            ("v=spf1 redirect=no.example.org", "leads to no SPF record"),
            ("v=spf1 redirect=example.net", "more than 10 look-ups"),
            ("v=spf1 include:example.net -all", "more than 10 look-ups"),
            (
                "v=spf1 a:x1.example.net a:x2.example.net a:x3.example.net -all",
                "have no address",
            ),
        ] {
            let quoted = format!("\"{record}\"");
            let why = broken(&[("example.net", "TXT", &quoted)]).await;
            assert!(why.contains(words), "{record}: {why}");
        }
    }

    #[tokio::test]
    async fn none_neutral_macros_and_silence_are_told_apart() {
        let of = async |record: &str| {
            let quoted = format!("\"{record}\"");
            check(&[("example.net", "TXT", &quoted)], "192.0.2.1")
                .await
                .0
        };
        assert_eq!(of("v=spf10 -all").await, SpfResult::None);
        assert_eq!(of("v=spf1").await, SpfResult::Neutral);
        assert_eq!(of("v=spf1 +all").await, SpfResult::Pass);
        assert_eq!(
            of("v=spf1 exists:%{i}.example.net -all").await,
            SpfResult::Fail
        );
        assert_eq!(
            of("v=spf1 exp=x.example.net ?all").await,
            SpfResult::Neutral
        );
        assert!(matches!(of("SERVFAIL").await, SpfResult::None));
        let failed = check(&[("example.net", "TXT", "SERVFAIL")], "192.0.2.1").await;
        assert!(matches!(failed.0, SpfResult::TempError(_)), "{failed:?}");
    }
}
