//! The announcers: the addresses from which drafts, RFCs and the IESG's decisions have been sent since 1994. Forwards,
//! replies and notifications come from others.

use crate::mail::Message;

/// The local parts from which the IESG, its secretary and the tracker have sent.
const IESG: [&str; 13] = [
    "iesg-secretary",
    "iesg",
    "iesg-secretary-reply",
    "noreply",
    "scoya",
    "ietf-secretariat",
    "ietf-secretariat-reply",
    "session-request",
    "irsg",
    "irtf-chair",
    "iab",
    "iab-chair",
    "execd",
];
const IESG_HOSTS: [&str; 5] = [
    "ietf.org",
    "irtf.org",
    "iab.org",
    "cnri.reston.va.us",
    "nri.reston.va.us",
];

/// The host of `internet-drafts`, which announces drafts.
const DRAFT_HOSTS: [&str; 3] = ["ietf.org", "cnri.reston.va.us", "nri.reston.va.us"];

/// The local parts from which RFCs were announced.
const RFC_EDITOR: [&str; 5] = ["rfc-editor", "rfc-ed", "rfc-dist-owner", "jkrey", "postel"];
const RFC_EDITOR_HOSTS: [&str; 4] = ["rfc-editor.org", "isi.edu", "ietf.org", "amsl.com"];

/// True when a message comes from the IESG, its secretary or the tracker. Copies that lost the field are believed when
/// their subject has the form.
pub(super) fn is_iesg(message: &Message) -> bool {
    message.from.is_empty() || is_from(message, &IESG, &IESG_HOSTS)
}

/// True when a message comes from the announcer of drafts. Copies in some archives have lost the field; the subject's
/// form is then all there is.
pub(super) fn is_draft_announcer(message: &Message) -> bool {
    message.from.is_empty() || is_from(message, &["internet-drafts"], &DRAFT_HOSTS)
}

/// True when a message comes from the RFC Editor.
pub(super) fn is_rfc_editor(message: &Message) -> bool {
    is_from(message, &RFC_EDITOR, &RFC_EDITOR_HOSTS)
}

fn is_from(message: &Message, local_parts: &[&str], domains: &[&str]) -> bool {
    let address = message.from.split_once('@');
    address.is_some_and(|(local, host)| local_parts.contains(&local) && is_within(host, domains))
}

/// True when a host is one of these domains or below one of them.
pub(super) fn is_within(host: &str, domains: &[&str]) -> bool {
    domains.iter().any(|domain| {
        host.strip_suffix(domain)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_only_ends_alike_is_another() {
        assert!(is_within("ns.ietf.org", &IESG_HOSTS));
        assert!(!is_within("not-ietf.org", &IESG_HOSTS));
    }
}
