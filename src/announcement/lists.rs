//! The lists, and which of them carried a message. A List-Id's description is free text that changes; only what stands
//! between its angle brackets counts, without regard to case (RFC 2919).

use serde::{Deserialize, Serialize};

use crate::mail::{self, Message};

/// One `[[list]]`: a mailing list the mailbox is subscribed to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct List {
    /// The short name, used everywhere: `i-d-announce`.
    pub name: String,
    /// The id between the angle brackets of its List-Id header (RFC 2919): `i-d-announce.ietf.org`.
    pub id: String,
}

impl List {
    /// Returns the address for posting.
    pub fn address(&self) -> String {
        mail::posting_address(&self.id)
    }
}

/// Names and List-Ids of the lists that need no configuration.
const BUILT_IN: [(&str, &str); 3] = [
    ("i-d-announce", "i-d-announce.ietf.org"),
    ("ietf-announce", "ietf-announce.ietf.org"),
    ("rfc-dist", "rfc-dist.rfc-editor.org"),
];

/// The known lists: the built-in ones, and those of the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lists(Vec<List>);

impl Lists {
    /// Returns the built-in lists and `configured`; a configured name or List-Id replaces the built-in one.
    pub fn new(configured: &[List]) -> Self {
        let mut lists = configured.to_vec();
        for (name, id) in BUILT_IN {
            let known = |list: &List| list.name == name || list.id.eq_ignore_ascii_case(id);
            if !lists.iter().any(known) {
                let (name, id) = (name.into(), id.into());
                lists.push(List { name, id });
            }
        }
        Lists(lists)
    }

    /// Returns the built-in lists.
    pub fn built_in() -> Self {
        Lists::new(&[])
    }

    /// Returns the List-Ids to watch for, in lower case.
    pub fn ids(&self) -> Vec<String> {
        let ids = self.0.iter().map(|list| list.id.to_ascii_lowercase());
        ids.collect()
    }

    /// Returns the names, in the order of the configuration.
    pub fn names(&self) -> Vec<String> {
        self.0.iter().map(|list| list.name.clone()).collect()
    }

    /// Returns the list with this name.
    pub fn get(&self, name: &str) -> Option<&List> {
        self.find(|list| list.name == name)
    }

    /// Returns the first list that is wanted.
    pub(crate) fn find(&self, wanted: impl Fn(&List) -> bool) -> Option<&List> {
        self.0.iter().find(|list| wanted(list))
    }

    /// Returns the name of the known list that carried a message.
    pub(super) fn known(&self, message: &Message) -> Option<String> {
        let id = message.list_id.as_deref().and_then(between_brackets);
        // Before List-Id there was only who it was addressed to: `IETF-Announce: ;` until 2003.
        let carriers = message
            .carriers
            .iter()
            .flat_map(|carrier| carrier.split('@').next());
        let list = self.find(|list| match id {
            Some(id) => list.id.eq_ignore_ascii_case(id),
            None => carriers
                .clone()
                .any(|local| local.eq_ignore_ascii_case(&list.name)),
        })?;
        Some(list.name.clone())
    }

    /// Returns the name of the list that carried a message: a known one, else the short name of an IETF list such as
    /// `netmod`.
    pub(super) fn carrier(&self, message: &Message) -> Option<String> {
        self.known(message).or_else(|| {
            let id = message.list_id.as_deref().and_then(between_brackets)?;
            let (name, host) = id.split_once('.')?;
            let ours = ["ietf.org", "irtf.org", "iab.org", "rfc-editor.org"];
            ours.iter()
                .any(|known| host.eq_ignore_ascii_case(known))
                .then(|| name.to_ascii_lowercase())
        })
    }
}

/// Returns what stands between the last angle brackets.
pub(super) fn between_brackets(list_id: &str) -> Option<&str> {
    let start = list_id.rfind('<')?;
    let end = list_id[start..].find('>')? + start;
    Some(list_id[start + 1..end].trim()).filter(|id| !id.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn carried(list_id: &str) -> Option<String> {
        let message = Message {
            list_id: Some(list_id.into()),
            ..Message::default()
        };
        Lists::built_in().carrier(&message)
    }

    #[test]
    fn only_what_is_between_the_brackets_counts() {
        let id = "\"IETF announcement list. No discussions.\" <IETF-Announce.ietf.org>";
        assert_eq!(carried(id).as_deref(), Some("ietf-announce"));
        assert_eq!(
            carried("<i-d-announce.ietf.org>").as_deref(),
            Some("i-d-announce")
        );
        assert_eq!(
            carried("NETMOD WG list <netmod.ietf.org>").as_deref(),
            Some("netmod")
        );
        assert_eq!(carried("i-d-announce.ietf.org"), None);
        // As the whole way from a header goes: descriptions hold commas, quotes and brackets of their own.
        for id in [
            "Drafts, announced, \"in <quotes>\" <i-d-announce.ietf.org>",
            "\"Drafts <not.this.one>, and more\"\r\n <I-D-Announce.ietf.org>",
            "=?utf-8?Q?Drafts=2C_caf=C3=A9?= <i-d-announce.ietf.org>",
            "<i-d-announce.ietf.org> (Drafts)",
        ] {
            let raw = format!("Subject: x\r\nList-Id: {id}\r\n\r\n");
            let message = Message::parse(raw.as_bytes());
            let carrier = Lists::built_in().carrier(&message);
            assert_eq!(carrier.as_deref(), Some("i-d-announce"), "{id}");
        }
        assert_eq!(carried("Friends <friends.example.org>"), None);
    }

    #[test]
    fn a_configured_list_replaces_the_built_in_one() {
        let mine = List {
            name: "drafts".into(),
            id: "i-d-announce.ietf.org".into(),
        };
        let lists = Lists::new(&[mine]);
        assert_eq!(lists.names(), ["drafts", "ietf-announce", "rfc-dist"]);
    }
}
