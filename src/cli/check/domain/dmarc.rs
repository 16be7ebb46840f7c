//! What a domain asks of receivers (DMARC, RFC 7489), and which domains are one to them.

use super::dns::{NoRecord, Resolver};

/// Names asked on the way up from a domain, as RFC 9989's tree walk has it.
const MOST_STEPS: usize = 8;

/// The policy that holds for a domain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct DmarcPolicy {
    /// The domain at which it stands: that one, or one above it.
    pub(super) domain: String,
    /// `none`, `quarantine` or `reject`, for the domain that was asked about.
    pub(super) policy: String,
    /// The record as it stands there.
    pub(super) record: String,
    strict_spf: bool,
    strict_dkim: bool,
}

/// Finds the policy that holds for a domain: its own, or that of the next domain above it that has one. What stands there
/// and is none, is the error.
pub(super) async fn policy_of(
    resolver: &Resolver,
    domain: &str,
) -> Result<Result<Option<DmarcPolicy>, String>, NoRecord> {
    let labels: Vec<&str> = domain.split('.').collect();
    let first = labels.len().saturating_sub(MOST_STEPS);
    let above = (first.max(1)..labels.len().saturating_sub(1)).map(|from| labels[from..].join("."));
    for at in std::iter::once(domain.to_owned()).chain(above) {
        let texts = match resolver.texts(&format!("_dmarc.{at}")).await {
            Ok(texts) => texts,
            Err(NoRecord::NoSuchName) => continue,
            Err(why) => return Err(why),
        };
        let is_dmarc = |text: &&String| {
            let version = text.split(';').next().unwrap_or_default();
            let version: String = version.split_whitespace().collect();
            version == "v=DMARC1"
        };
        let records: Vec<&String> = texts.iter().filter(is_dmarc).collect();
        match records.as_slice() {
            [] => {}
            [record] => return Ok(read(record, &at, domain).map(Some)),
            many => {
                return Ok(Err(format!(
                    "_dmarc.{at} has {} DMARC records, which count as none; make one of them",
                    many.len()
                )));
            }
        }
    }
    Ok(Ok(None))
}

/// Reads a record that stands at `at` for the domain that was asked about.
fn read(record: &str, at: &str, asked: &str) -> Result<DmarcPolicy, String> {
    let tag = |wanted: &str| {
        let tags = record.split(';').filter_map(|tag| tag.split_once('='));
        let mut same = tags.filter(|(name, _)| name.trim() == wanted);
        same.next()
            .map(|(_, value)| value.trim().to_ascii_lowercase())
    };
    let for_below = if at == asked { None } else { tag("sp") };
    let policy = for_below.or_else(|| tag("p")).unwrap_or_default();
    if !["none", "quarantine", "reject"].contains(&policy.as_str()) {
        return Err(format!(
            "the DMARC record at _dmarc.{at} asks for `p={policy}`, which is no policy; write p=none, p=quarantine or p=reject"
        ));
    }
    let strict = |name| tag(name).is_some_and(|value| value == "s");
    Ok(DmarcPolicy {
        domain: at.to_owned(),
        policy,
        record: record.to_owned(),
        strict_spf: strict("aspf"),
        strict_dkim: strict("adkim"),
    })
}

/// How a domain proves itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    Spf,
    Dkim,
}

impl DmarcPolicy {
    /// Returns true when a proof for `other` counts for mail from `from` (RFC 7489 section 3.1): the same domain, or, where the
    /// policy is not strict, one above or below it, or another below the policy's.
    pub(super) fn is_aligned(&self, from: &str, other: &str, by: Proof) -> bool {
        let strict = match by {
            Proof::Spf => self.strict_spf,
            Proof::Dkim => self.strict_dkim,
        };
        from == other || (!strict && (is_family(from, other) || is_below(other, &self.domain)))
    }
}

/// Returns true when one of two domains is the other, or is below it.
pub(super) fn is_family(one: &str, other: &str) -> bool {
    is_below(one, other) || is_below(other, one)
}

fn is_below(domain: &str, above: &str) -> bool {
    domain == above
        || domain
            .strip_suffix(above)
            .is_some_and(|front| front.ends_with('.'))
}

#[cfg(test)]
mod tests {
    use super::super::scripted_dns::ScriptedDns;
    use super::*;

    #[tokio::test]
    async fn the_policy_of_a_domain_is_its_own_or_that_above_it() {
        let server = ScriptedDns::start(&[
            (
                "_dmarc.example.net",
                "TXT",
                "\"v=DMARC1; p=reject; sp=Quarantine; adkim=s\"",
            ),
            ("_dmarc.lists.example.net", "TXT", "\"v=DMARC1;p=none\""),
            ("_dmarc.example.org", "TXT", "\"v=DMARC1; p=non\""),
            ("_dmarc.example.com", "TXT", "\"v=DMARC1; p=none\""),
            ("_dmarc.example.com", "TXT", "\"v=DMARC1; p=reject\""),
            ("_dmarc.failing.example", "TXT", "SERVFAIL"),
        ])
        .await;
        let resolver = server.resolver();
        let of = async |domain: &str| {
            let found = policy_of(&resolver, domain).await.unwrap();
            found.map(|found| found.map(|found| (found.domain, found.policy)))
        };
        let some = |domain: &str, policy: &str| Ok(Some((domain.to_owned(), policy.to_owned())));
        assert_eq!(of("example.net").await, some("example.net", "reject"));
        assert_eq!(
            of("a.b.example.net").await,
            some("example.net", "quarantine")
        );
        assert_eq!(
            of("lists.example.net").await,
            some("lists.example.net", "none")
        );
        assert_eq!(of("nothing.example").await, Ok(None));
        assert!(of("example.org").await.unwrap_err().contains("`p=non`"));
        assert!(
            of("example.com")
                .await
                .unwrap_err()
                .contains("2 DMARC records")
        );
        assert!(policy_of(&resolver, "failing.example").await.is_err());
    }

    #[test]
    fn domains_are_aligned_as_the_policy_says() {
        let policy = read("v=DMARC1; p=none; adkim=s", "example.net", "a.example.net").unwrap();
        assert!(policy.is_aligned("a.example.net", "b.example.net", Proof::Spf));
        assert!(policy.is_aligned("example.net", "example.net", Proof::Dkim));
        assert!(!policy.is_aligned("a.example.net", "example.net", Proof::Dkim));
        assert!(!policy.is_aligned("example.net", "badexample.net", Proof::Spf));
    }
}
