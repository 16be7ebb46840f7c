//! What became of the test digest that was mailed to the watched mailbox itself: it is waited for, and what the mailbox's
//! server found out about it is shown.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::terminal::say;
use super::authentication::{self, MethodResult};
use super::{Finding, Grade, Subject};
use crate::config::Config;
use crate::mail::{Header, comparable_address};
use crate::mailbox::{Arrivals, ImapError};

const RETURNED: Subject = Subject("returned");

/// The longest wait. Mail is mostly there within seconds; a server that makes strangers come back later takes minutes, and
/// a person at a terminal does not wait for those.
const PATIENCE: Duration = Duration::from_secs(60);

/// Pause between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// A test digest that may come back.
pub(super) struct Awaited {
    pub(super) edition: String,
    /// The domain of `from`.
    pub(super) domain: String,
    pub(super) message_id: String,
}

/// The watched mailbox, ready to see the test digest come.
pub(super) struct Return<'a> {
    address: &'a str,
    arrivals: Arrivals,
}

impl<'a> Return<'a> {
    /// Looks at the mailbox before anything is sent.
    ///
    /// # Errors
    /// The mailbox cannot be read.
    pub(super) async fn before_sending(config: &'a Config) -> Result<Option<Self>, ImapError> {
        let Some(address) = config.mailbox.mail_address() else {
            return Ok(None);
        };
        let arrivals = Arrivals::after_now(&config.mailbox).await?;
        Ok(Some(Return { address, arrivals }))
    }

    /// Returns true when mail to `reader` comes back here.
    pub(super) fn is_to(&self, reader: &str) -> bool {
        comparable_address(reader) == comparable_address(self.address)
    }

    /// Waits for what was mailed to this mailbox, and tells what its server found out.
    pub(super) async fn wait_for(mut self, awaited: Vec<Awaited>) -> Vec<Finding> {
        if awaited.is_empty() {
            self.arrivals.close().await;
            return vec![RETURNED.ok(format!(
                "no test digest went to the watched mailbox ({}), so none can come back; to see what receivers make of it, add that address to `to`, or look at the header of a copy",
                self.address
            ))];
        }
        say(&format!(
            "waiting for the test digest to come back to {}, at most {} s",
            self.address,
            PATIENCE.as_secs()
        ));
        let until = Instant::now() + PATIENCE;
        let mut found = Vec::new();
        for one in awaited {
            found.push(match self.header_of(&one.message_id, until).await {
                Ok(Some(header)) => judge(&one, &header),
                Ok(None) => RETURNED.warning(format!(
                    "edition `{}`: the test digest did not come back to {} within {} s; look into its spam folder, and see whether it comes later",
                    one.edition,
                    self.address,
                    PATIENCE.as_secs()
                )),
                Err(why) => RETURNED.warning(format!(
                    "edition `{}`: the mailbox could not be looked at: {why}",
                    one.edition
                )),
            });
        }
        self.arrivals.close().await;
        found
    }

    async fn header_of(
        &mut self,
        message_id: &str,
        until: Instant,
    ) -> Result<Option<Vec<u8>>, ImapError> {
        loop {
            if let Some(header) = self.arrivals.header_of(message_id).await? {
                return Ok(Some(header));
            }
            if Instant::now() + PAUSE > until {
                return Ok(None);
            }
            sleep(PAUSE).await;
        }
    }
}

/// Says why nothing can be waited for.
pub(super) fn unknown_address() -> Finding {
    RETURNED.ok(
        "the watched mailbox's address is not known, so nothing can be waited for; set address in [mailbox]",
    )
}

/// Says that the mailbox cannot be looked at.
pub(super) fn unreadable(why: &ImapError) -> Finding {
    RETURNED.warning(format!("the mailbox cannot be looked at: {why}"))
}

/// Tells what the mailbox's server found out about a mail.
fn judge(awaited: &Awaited, header: &[u8]) -> Finding {
    let Awaited {
        edition, domain, ..
    } = awaited;
    let found = authentication::topmost(&Header::parse(header));
    if found.results.is_empty() {
        return RETURNED.ok(format!(
            "edition `{edition}`: came back; the mailbox's server wrote no Authentication-Results, so that nothing is known of SPF, DKIM and DMARC"
        ));
    }
    let told: Vec<String> = found.results.iter().map(shown).collect();
    let said = format!(
        "edition `{edition}`: came back; {} found {}",
        found.server,
        told.join(", ")
    );
    let advice = advice(&found.results, domain);
    match advice.is_empty() {
        true => RETURNED.finding(Grade::Ok, said),
        false => RETURNED.warning(format!("{said}; {}", advice.join("; "))),
    }
}

/// Writes a result with what it is about.
fn shown(one: &MethodResult) -> String {
    let about = [
        "header.from",
        "header.d",
        "header.i",
        "smtp.mailfrom",
        "smtp.helo",
    ];
    let about = about.iter().find_map(|name| one.property(name));
    match about {
        Some(about) => format!("{}={} ({about})", one.method, one.result),
        None => format!("{}={}", one.method, one.result),
    }
}

/// Says what to change for each method of which no result is a pass.
fn advice(results: &[MethodResult], domain: &str) -> Vec<String> {
    let of = |method: &str| -> Vec<&MethodResult> {
        results.iter().filter(|one| one.method == method).collect()
    };
    let fails = |method: &str| {
        let these = of(method);
        !these.is_empty() && these.iter().all(|one| one.result != "pass")
    };
    let mut found = Vec::new();
    if fails("spf") {
        found.push(format!(
            "SPF: publish at the envelope's domain (mostly {domain}) that the server which delivers may send for it"
        ));
    }
    if fails("dkim") {
        let unsigned = of("dkim").iter().all(|one| one.result == "none");
        found.push(match unsigned {
            true => format!("DKIM: have the submission server sign for {domain}"),
            false => "DKIM: the signature does not hold; see that its key is published and that nothing changes the mail behind the server that signs".to_owned(),
        });
    }
    if fails("dmarc") {
        found.push(format!(
            "DMARC: neither the envelope's sender nor a signature is of {domain}, or there is no policy; see the lines about the domain above"
        ));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(results: &str) -> Finding {
        let awaited = Awaited {
            edition: "daily".into(),
            domain: "example.net".into(),
            message_id: "x@example.net".into(),
        };
        judge(&awaited, format!("{results}Subject: x\r\n\r\n").as_bytes())
    }

    #[test]
    fn what_the_mailboxs_server_found_is_shown_and_what_fails_is_advised_on() {
        let good = judged(
            "Authentication-Results: mx.example;\r\n spf=pass smtp.mailfrom=nikkan@example.net;\r\n\
             \tdkim=fail header.d=other.example;\r\n dkim=pass header.d=example.net; dmarc=pass header.from=example.net\r\n",
        );
        assert_eq!(good.grade, Grade::Ok);
        assert_eq!(
            good.said,
            "edition `daily`: came back; mx.example found spf=pass (nikkan@example.net), dkim=fail (other.example), dkim=pass (example.net), dmarc=pass (example.net)"
        );
        for (results, words) in [
            ("spf=softfail", "publish at the envelope's domain"),
            ("dkim=none", "sign for example.net"),
            ("dkim=fail", "the signature does not hold"),
            ("dmarc=fail", "neither the envelope's sender"),
        ] {
            let bad = judged(&format!(
                "Authentication-Results: mx.example; {results}\r\n"
            ));
            assert_eq!(bad.grade, Grade::Warning, "{results}");
            assert!(bad.said.contains(words), "{}", bad.said);
        }
        for nothing in ["", "Authentication-Results: mx.example; none\r\n"] {
            let silent = judged(nothing);
            assert_eq!(silent.grade, Grade::Ok);
            assert!(silent.said.contains("wrote no Authentication-Results"));
        }
    }

    #[test]
    fn what_a_server_writes_cannot_steer_a_terminal() {
        let found = judged("Authentication-Results: mx\x1b[31m; spf=pass\x07\r\n");
        assert!(!found.said.contains(['\x1b', '\x07']), "{:?}", found.said);
    }
}
