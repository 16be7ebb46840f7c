//! What tells an announcement: its announcer, and the beginning of its subject. The addresses are those from which
//! drafts, RFCs and the IESG's decisions have been sent since 1994; forwards, replies and notifications come from others.

use super::lists::between_brackets;
use crate::mail::Message;
use crate::mail::text::split_ignoring_case;

/// The local parts from which the IESG, its secretary and the tracker have sent.
const IESG: &str = "iesg-secretary iesg iesg-secretary-reply noreply scoya ietf-secretariat ietf-secretariat-reply \
    session-request irsg irtf-chair iab iab-chair execd";
const IESG_HOSTS: &str = "ietf.org irtf.org iab.org cnri.reston.va.us nri.reston.va.us";

/// The host of `internet-drafts`, which announces drafts.
const DRAFT_HOSTS: &str = "ietf.org cnri.reston.va.us nri.reston.va.us";

/// The local parts from which RFCs were announced.
const RFC_EDITOR: &str = "rfc-editor rfc-ed rfc-dist-owner jkrey postel";
const RFC_EDITOR_HOSTS: &str = "rfc-editor.org isi.edu ietf.org amsl.com";

/// The hosts of announcers and of the lists that they copy their announcements to.
const OUR_HOSTS: &str = "ietf.org irtf.org iab.org rfc-editor.org iana.org w3.org";

/// List-Ids of the lists to which only announcers post.
const ANNOUNCEMENTS: &str = "i-d-announce.ietf.org ietf-announce.ietf.org irtf-announce.irtf.org rfc-dist.rfc-editor.org \
    new-work.ietf.org ipr-announce.ietf.org";

/// Words that say how often something was said.
const REPEATED: &str = "additional second third fourth 2nd 3rd updated update revised extended extension new \
    corrected correction reissued repeated of ietf wide";

/// True when a message comes from the IESG, its secretary or the tracker. Copies that lost the field are believed when
/// their subject has the form.
pub(super) fn is_iesg(message: &Message) -> bool {
    message.from.is_empty() || is_from(message, IESG, IESG_HOSTS)
}

/// True when a message comes from the announcer of drafts. Copies in some archives have lost the field; the subject's
/// form is then all there is.
pub(super) fn is_draft_announcer(message: &Message) -> bool {
    message.from.is_empty() || is_from(message, "internet-drafts", DRAFT_HOSTS)
}

/// True when a message comes from the RFC Editor, whose sender is a setting of its system: its domain tells it.
pub(super) fn is_rfc_editor(message: &Message) -> bool {
    comes_from(message, |_, host| is_within(host, "rfc-editor.org"))
        || is_from(message, RFC_EDITOR, RFC_EDITOR_HOSTS)
}

/// True when a message was made by the tracker itself, which writes in the name of others too: `Ann via Datatracker`.
pub(super) fn is_tracker(message: &Message) -> bool {
    is_from(message, "noreply", "ietf.org")
}

fn is_from(message: &Message, local_parts: &str, domains: &str) -> bool {
    comes_from(message, |local, host| {
        is_among(local, local_parts) && is_within(host, domains)
    })
}

/// True when a message's author is the one who is asked for, by local part and host.
pub(super) fn comes_from(message: &Message, is_it: impl Fn(&str, &str) -> bool) -> bool {
    let asked = |address: &String| {
        let parts = address.split_once('@');
        parts.is_some_and(|(local, host)| is_it(local, host))
    };
    let Some(behind) = &message.behind_list else {
        return asked(&message.from);
    };
    // The list stands in the author's place. To a list of announcements only announcers post; on any other a stranger
    // may, and then his own address is among those that the list has left.
    let is_ours = |address: &String| {
        let host = address.split_once('@').map(|(_, host)| host);
        host.is_some_and(|host| is_within(host, OUR_HOSTS))
    };
    behind.iter().any(asked) && (is_list_of_announcements(message) || behind.iter().all(is_ours))
}

/// True when the list that carried a message is one to which only announcers post.
fn is_list_of_announcements(message: &Message) -> bool {
    let id = message.list_id.as_deref().and_then(between_brackets);
    id.is_some_and(|id| {
        let mut lists = ANNOUNCEMENTS.split(' ');
        lists.any(|list| list.eq_ignore_ascii_case(id))
    })
}

/// True when a word is one of these, which are divided by blanks.
fn is_among(word: &str, words: &str) -> bool {
    words.split(' ').any(|known| known == word)
}

/// True when a host is one of these domains, which are divided by blanks, or below one of them.
pub(super) fn is_within(host: &str, domains: &str) -> bool {
    let mut before = domains
        .split(' ')
        .filter_map(|domain| host.strip_suffix(domain));
    before.any(|before| before.is_empty() || before.ends_with('.'))
}

/// Returns what follows `words` in a subject, when nothing stands before them but words that say how often it was said,
/// such as "Second", "UPDATED:" or "Correction -".
pub(super) fn after_words<'a>(subject: &'a str, words: &str) -> Option<&'a str> {
    let (before, after) = split_ignoring_case(subject, words)?;
    is_how_often(before).then(|| after.trim())
}

/// True for words that say how often something was said, and for none at all.
pub(super) fn is_how_often(words: &str) -> bool {
    let words = words.to_ascii_lowercase();
    let mut words = words.split([' ', ':', '-', '*', '(', ')']);
    words.all(|word| word.is_empty() || is_among(word, REPEATED))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_that_only_ends_alike_is_another() {
        assert!(is_within("ns.ietf.org", IESG_HOSTS));
        assert!(!is_within("not-ietf.org", IESG_HOSTS));
    }

    #[test]
    fn the_editor_is_known_behind_a_list_and_a_stranger_is_not() {
        let is_editor = |list: &str, behind: &[&str]| {
            is_rfc_editor(&Message {
                from: behind.first().copied().unwrap_or_default().into(),
                behind_list: Some(behind.iter().map(|one| (*one).into()).collect()),
                list_id: Some(format!("<{list}.rfc-editor.org>")),
                ..Message::default()
            })
        };
        let (purple, stranger) = ("purple@rfc-editor.org", "me@example.org");
        assert!(is_editor("rfc-dist", &["ann@example.org", purple]));
        assert!(is_editor("rfc-interest", &[purple, "netmod@ietf.org"]));
        assert!(!is_editor("rfc-interest", &[purple, stranger]));
        assert!(!is_editor("rfc-dist", &[stranger]) && !is_editor("rfc-dist", &[]));
    }

    #[test]
    fn how_often_it_was_said_may_stand_first() {
        for subject in [
            "Last Call: x",
            "Second Last Call: x",
            "UPDATED: Last Call: x",
            "Extension of Last Call: x",
            "IETF-wide Last Call: x",
        ] {
            assert_eq!(after_words(subject, "Last Call:"), Some("x"), "{subject}");
        }
        for subject in [
            "Re: Last Call: x",
            "Guidance on Last Call: x",
            "Fwd: Last Call: x",
            "WG Last Call: x",
        ] {
            assert_eq!(after_words(subject, "Last Call:"), None, "{subject}");
        }
    }
}
