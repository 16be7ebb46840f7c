//! The domains of `check`: what receivers will ask the DNS about a digest's sender, and what to change where the answer
//! speaks against it. None of it stops a digest, so none of it is an error.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use super::{Finding, Subject};
use crate::config::Config;
use crate::{mail, press};

mod dmarc;
mod dns;
#[cfg(test)]
mod scripted_dns;
mod spf;
#[cfg(test)]
mod tests;

use dmarc::Proof;
use dns::{NoRecord, Resolver};
use spf::{SpfResult, Walk};

const DOMAIN: Subject = Subject("domain");

/// An address for documentation (RFC 5737), from which nobody sends: what it may, anybody may.
const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

/// The sender of digests as receivers see it. Domains are in lower case, as they stand in the DNS.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sender {
    /// The domain of `from`.
    from: String,
    /// The domain of the envelope's sender.
    envelope: String,
}

/// The submission, as far as it matters to receivers.
struct Handover<'a> {
    /// The server's name in `[smtp]`.
    host: &'a str,
    /// The name that logs in.
    login: Option<&'a str>,
    /// The name that was said in EHLO; `None` where the server could not be asked.
    hello: Option<&'a str>,
}

/// Looks the sender of each edition up, with the system's name servers or the one given.
pub(super) async fn look_up(
    config: &Config,
    hello: Option<&str>,
    server: Option<SocketAddr>,
) -> Vec<Finding> {
    let resolver = match server {
        Some(server) => Resolver::asking(vec![server]),
        None => Resolver::of_system(&fs::read_to_string("/etc/resolv.conf").unwrap_or_default()),
    };
    let handover = Handover {
        host: &config.smtp.server.host,
        login: config.smtp.login.username.as_deref(),
        hello,
    };
    judge(&senders(config), &handover, &resolver).await
}

/// Collects the senders of all editions, each once.
fn senders(config: &Config) -> BTreeSet<Sender> {
    let bounces = config.smtp.bounce_address.as_deref().and_then(domain_of);
    let sender = |edition| {
        let (from, _) = press::addresses(edition).ok()?;
        let from = domain_of(from.email.as_ref())?;
        let envelope = bounces.clone().unwrap_or_else(|| from.clone());
        Some(Sender { from, envelope })
    };
    config.editions.iter().filter_map(sender).collect()
}

/// Returns the domain of an address as it stands in the DNS: in lower case, with A-labels (RFC 5890).
fn domain_of(address: &str) -> Option<String> {
    let address = mail::comparable_address(address);
    let (_, domain) = address.rsplit_once('@')?;
    (!domain.is_empty() && !domain.starts_with('[')).then(|| domain.to_owned())
}

async fn judge(
    senders: &BTreeSet<Sender>,
    handover: &Handover<'_>,
    resolver: &Resolver,
) -> Vec<Finding> {
    let mut found: Vec<Finding> = senders
        .iter()
        .filter_map(|sender| login(sender, handover))
        .collect();
    for sender in senders {
        match takes_mail(resolver, &sender.from).await {
            Err(NoRecord::Unanswered(why)) => {
                found.push(DOMAIN.ok(format!(
                    "{}: not looked up: no resolver answers ({why})",
                    sender.from
                )));
                return found;
            }
            Err(NoRecord::NoSuchName) => {
                found.push(DOMAIN.warning(format!(
                    "{} does not exist in the DNS, and receivers refuse mail from there; correct the key from",
                    sender.from
                )));
                continue;
            }
            Ok(trouble) => found.extend(trouble),
        }
        found.push(spf(resolver, &sender.envelope, handover.host).await);
        found.push(dkim(resolver, &sender.from, handover.host).await);
        found.push(dmarc(resolver, sender, handover).await);
    }
    if let Some(name) = handover.hello {
        found.extend(hello(resolver, name, handover.login.is_none()).await);
    }
    found
}

/// Compares the sender with the login: a provider signs, and is allowed to send, for its own domains.
fn login(sender: &Sender, handover: &Handover<'_>) -> Option<Finding> {
    let login = handover.login?;
    let domain = domain_of(login)?;
    let from = &sender.from;
    Some(if dmarc::is_family(&domain, from) {
        DOMAIN.ok(format!("{from}: the domain of the login {login}"))
    } else {
        DOMAIN.warning(format!(
            "{from} is not the domain of the login {login}: its provider may write another sender or sign for its own domain only; set from to an address of {domain}, or set {from} up at the provider"
        ))
    })
}

/// Looks whether answers and bounces can reach a domain (RFC 5321 section 5.1).
async fn takes_mail(resolver: &Resolver, domain: &str) -> Result<Option<Finding>, NoRecord> {
    let hosts = resolver.mail_hosts(domain).await?;
    let why = match hosts.first().map(String::as_str) {
        Some("") => "says that it takes no mail (a null MX, RFC 7505)",
        Some(_) => return Ok(None),
        None if !resolver.addresses(domain).await?.is_empty() => return Ok(None),
        None => "has neither a mail server (MX) nor an address",
    };
    Ok(Some(DOMAIN.warning(format!(
        "{domain} {why}: bounces cannot come back, and many receivers refuse mail from there; publish an MX record, or correct the key from"
    ))))
}

/// Tells who may send for the domain of the envelope (SPF).
async fn spf(resolver: &Resolver, domain: &str, host: &str) -> Finding {
    let mut walk = Walk::new(resolver, NOBODY);
    let result = walk.check(domain).await;
    let look_ups = walk.look_ups;
    match result {
        SpfResult::None => DOMAIN.warning(format!(
            "{domain}: no SPF record, so that anybody could send for it, and receivers trust it less; publish a TXT record at {domain} that names the servers which deliver for {host}, as its provider says: \"v=spf1 include:… ~all\""
        )),
        SpfResult::PermError(why) => DOMAIN.warning(format!(
            "{domain}: its SPF record cannot be used: {why}; correct the TXT record at {domain}"
        )),
        SpfResult::TempError(why) => DOMAIN.ok(format!("{domain}: SPF not looked up: {why}")),
        SpfResult::Pass => DOMAIN.warning(format!(
            "{domain}: its SPF record lets everybody send for it, and receivers count that against it; end it with ~all"
        )),
        SpfResult::Neutral | SpfResult::SoftFail | SpfResult::Fail => {
            let own = covers(resolver, domain, host).await;
            DOMAIN.ok(format!(
                "{domain}: SPF with {look_ups} of {} look-ups{own}",
                spf::MOST_LOOK_UPS
            ))
        }
    }
}

/// Tells whether the submission server's own address may send; many providers deliver from others.
async fn covers(resolver: &Resolver, domain: &str, host: &str) -> String {
    let addresses = match host.parse() {
        Ok(address) => vec![address],
        Err(_) => resolver.addresses(host).await.unwrap_or_default(),
    };
    let Some(address) = addresses.first() else {
        return String::new();
    };
    match Walk::new(resolver, *address).check(domain).await {
        SpfResult::Pass => format!("; {host} ({address}) may send for it"),
        SpfResult::Fail | SpfResult::SoftFail | SpfResult::Neutral => format!(
            "; {host} ({address}) is not among its senders, which is right where the provider delivers from other addresses"
        ),
        _ => String::new(),
    }
}

/// Tells whether any key for signatures (DKIM) is published. Which one signs is seen only on a mail.
async fn dkim(resolver: &Resolver, domain: &str, host: &str) -> Finding {
    match resolver.texts(&format!("_domainkey.{domain}")).await {
        // Names below it make a name exist (RFC 8020), so that this needs no selector.
        Ok(_) => DOMAIN.ok(format!(
            "{domain}: DKIM keys are published; `nikkan check --send` shows which one signs"
        )),
        Err(NoRecord::NoSuchName) => DOMAIN.warning(format!(
            "{domain}: no DKIM key is published below _domainkey.{domain}, so that no signature can be its own; have {host} sign for {domain}, and publish the record that its provider names"
        )),
        Err(NoRecord::Unanswered(why)) => {
            DOMAIN.ok(format!("{domain}: DKIM not looked up: {why}"))
        }
    }
}

/// Tells what the sender's domain asks receivers to do with mail that proves nothing (DMARC).
async fn dmarc(resolver: &Resolver, sender: &Sender, handover: &Handover<'_>) -> Finding {
    let from = &sender.from;
    let policy = match dmarc::policy_of(resolver, from).await {
        Err(NoRecord::NoSuchName) | Ok(Ok(None)) => {
            return DOMAIN.warning(format!(
                "{from}: no DMARC record, which the large receivers ask of who mails many; publish a TXT record at _dmarc.{from}: \"v=DMARC1; p=none\""
            ));
        }
        Err(NoRecord::Unanswered(why)) => {
            return DOMAIN.ok(format!("{from}: DMARC not looked up: {why}"));
        }
        Ok(Err(fault)) => return DOMAIN.warning(fault),
        Ok(Ok(Some(policy))) => policy,
    };
    let said = format!("{from}: DMARC p={} (of {})", policy.policy, policy.domain);
    let by_envelope = policy.is_aligned(from, &sender.envelope, Proof::Spf);
    let login = handover.login.and_then(domain_of);
    let by_login = login.is_none_or(|login| policy.is_aligned(from, &login, Proof::Dkim));
    match (by_envelope, by_login) {
        (true, _) => DOMAIN.ok(said),
        (false, true) => DOMAIN.ok(format!(
            "{said}; the envelope's sender is of {}, which does not count for it: only a DKIM signature of {from} does",
            sender.envelope
        )),
        (false, false) => DOMAIN.warning(format!(
            "{said}: neither the envelope's sender ({}) nor the login is of {from}; set bounce_address in [smtp] to an address of {from}",
            sender.envelope
        )),
    }
}

/// Judges the name that is said in EHLO. Where nobody logs in, it is mostly a machine's that delivers itself, of which
/// receivers also look at the address's own name.
async fn hello(resolver: &Resolver, name: &str, delivers_itself: bool) -> Vec<Finding> {
    const ADVICE: &str = "set helo in [smtp] to this machine's full name";
    if name.starts_with('[') {
        return vec![DOMAIN.ok(format!(
            "this machine calls itself {name}, since it has no full name; where the server minds that, {ADVICE}"
        ))];
    }
    let addresses = match resolver.addresses(name).await {
        Ok(addresses) if !addresses.is_empty() => addresses,
        Ok(_) | Err(NoRecord::NoSuchName) => {
            let said = format!("this machine calls itself {name}, which has no address in the DNS");
            return vec![if delivers_itself {
                DOMAIN.warning(format!("{said}; {ADVICE}"))
            } else {
                DOMAIN.ok(format!("{said}; where the server minds that, {ADVICE}"))
            }];
        }
        Err(NoRecord::Unanswered(why)) => {
            return vec![DOMAIN.ok(format!(
                "this machine calls itself {name}: not looked up: {why}"
            ))];
        }
    };
    let mut found = Vec::new();
    for address in addresses {
        let said = format!("this machine calls itself {name} ({address})");
        found.push(match resolver.names(address).await {
            Ok(names) if names.iter().any(|found| found.eq_ignore_ascii_case(name)) => {
                DOMAIN.ok(format!("{said}, and the address has that name"))
            }
            Err(NoRecord::Unanswered(_)) => DOMAIN.ok(said),
            found if delivers_itself => {
                let names = found.unwrap_or_default();
                let others = match names.first() {
                    Some(other) => format!("the address is called {other}"),
                    None => "the address has no name (PTR)".to_owned(),
                };
                DOMAIN.warning(format!(
                    "{said}, and {others}: receivers refuse machines whose name and address do not fit; have the address's owner set its name, or {ADVICE}"
                ))
            }
            _ => DOMAIN.ok(said),
        });
    }
    found
}
