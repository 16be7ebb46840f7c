//! What the list says of a document in its one line: which revision, what it is about, who, and what it would change.

use super::some_line;
use crate::announcement::Group;
use crate::digest::{Digest, DraftEntry, Gist, RfcEntry};
use crate::press::clean::{self, NAME, TITLE};
use crate::press::localizer::Localizer;
use crate::wording::{Language, short_date};

/// More RFCs than this are not listed in a line.
const RFCS: usize = 4;

impl Localizer {
    /// Returns what stands first in a draft's line: `new`, `-02`, `-13, -14`.
    pub(super) fn rev(&self, draft: &DraftEntry) -> String {
        let each = draft
            .revisions
            .iter()
            .map(|revision| match revision.as_str() {
                "00" => self.say("rev-new"),
                revision => format!("-{}", clean::line(revision, 8)),
            });
        self.list(each)
    }

    /// Returns the same as it is said in a sentence: `first version`, `-13 and -14 on one day`.
    pub(super) fn told_revision(&self, digest: &Digest, draft: &DraftEntry) -> String {
        let each = draft
            .revisions
            .iter()
            .map(|revision| match revision.as_str() {
                "00" => self.say("told-new"),
                revision => {
                    let revision = clean::line(revision, 8);
                    self.with("told-revision", &[("revision", revision.into())])
                }
            });
        let each: Vec<String> = each.collect();
        if let [one] = &each[..] {
            return one.clone();
        }
        // Within several days, a revision each day is no haste.
        let key = match digest.since {
            None => "told-revisions",
            Some(_) => "told-revisions-span",
        };
        self.with(key, &[("revisions", self.both(&each).into())])
    }

    /// Joins phrases as `a, b and c`.
    pub(super) fn both(&self, phrases: &[String]) -> String {
        match phrases {
            [] => String::new(),
            [one] => one.clone(),
            [before @ .., last] => self.with(
                "told-and",
                &[
                    ("one", self.list(before).into()),
                    ("other", last.as_str().into()),
                ],
            ),
        }
    }

    /// Returns what stands behind a draft's title, in the language's order.
    pub(super) fn draft_line(&self, draft: &DraftEntry) -> Vec<String> {
        let named: Vec<u32> = [&draft.updates[..], &draft.obsoletes].concat();
        let mut facts = self.gist_facts(&draft.gist, &named);
        facts.extend(self.draft_facts(draft));
        let who = self.who(draft.group.as_ref(), &draft.name, &draft.authors);
        self.ordered(self.gist(&draft.gist), who, facts)
    }

    /// Returns what a draft would change and where it stands, a phrase each.
    pub(super) fn draft_facts(&self, draft: &DraftEntry) -> Vec<String> {
        let history = &draft.history;
        let was = draft.adopted_from.as_deref();
        let was = some_line(was, NAME).map(|name| self.with("fact-was", &[("name", name.into())]));
        let call = history.last_call_until.map(|ends| {
            let date = short_date(self.0, ends);
            self.with("fact-last-call", &[("date", date.into())])
        });
        let approved = history.approved.map(|_| self.say("fact-approved"));
        let became = history.rfc.map(|number| {
            let name = format!("RFC {number}");
            self.with("fact-became", &[("name", name.into())])
        });
        [
            self.rfcs_named("would-update", &draft.updates),
            self.rfcs_named("would-replace", &draft.obsoletes),
            was,
            call,
            approved,
            became,
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Returns what stands behind an RFC's title.
    pub(super) fn rfc_line(&self, entry: &RfcEntry) -> Vec<String> {
        let rfc = &entry.rfc;
        let named: Vec<u32> = [&rfc.updates[..], &rfc.obsoletes].concat();
        let mut facts = self.gist_facts(&entry.gist, &named);
        facts.extend(self.rfc_facts(entry));
        let draft = rfc.draft.as_deref().unwrap_or_default();
        let who = self.who(rfc.group.as_ref(), draft, &rfc.authors);
        self.ordered(self.gist(&entry.gist), who, facts)
    }

    /// Returns an RFC's level and what it changes, a phrase each.
    pub(super) fn rfc_facts(&self, entry: &RfcEntry) -> Vec<String> {
        let rfc = &entry.rfc;
        let status = some_line(rfc.status.as_deref(), NAME);
        let status = status.map(|status| self.status(&status));
        [
            status,
            self.rfcs_named("fact-updates", &rfc.updates),
            self.rfcs_named("fact-replaces", &rfc.obsoletes),
        ]
        .into_iter()
        .flatten()
        .collect()
    }

    /// Returns a document's level in the language's words, beside the IETF's own.
    pub(super) fn status(&self, status: &str) -> String {
        let key = match status.to_ascii_lowercase().as_str() {
            "proposed standard" => "status-proposed",
            "internet standard" => "status-standard",
            "best current practice" => "status-practice",
            "informational" => "status-informational",
            "experimental" => "status-experimental",
            "historic" => "status-historic",
            _ => return status.to_owned(),
        };
        self.say(key)
    }

    /// Puts the parts of a line in the language's order: English names who before what would change, Japanese behind it.
    fn ordered(
        &self,
        gist: Option<String>,
        who: Option<String>,
        facts: Vec<String>,
    ) -> Vec<String> {
        let mut line = Vec::new();
        line.extend(gist);
        if self.0 == Language::En {
            line.extend(who);
            line.extend(facts);
        } else {
            line.extend(facts);
            line.extend(who);
        }
        line
    }

    /// Returns what a document is about: its own words, else the terms of the field that it uses.
    pub(super) fn gist(&self, gist: &Gist) -> Option<String> {
        some_line(Some(&gist.line), TITLE).or_else(|| self.keywords("keywords-line", gist))
    }

    /// Returns the terms of a gist in the phrase `key`.
    pub(super) fn keywords(&self, key: &str, gist: &Gist) -> Option<String> {
        let terms = gist.keywords.iter().map(|term| clean::line(term, NAME));
        let terms: Vec<String> = terms.filter(|term| !term.is_empty()).collect();
        (!terms.is_empty()).then(|| self.with(key, &[("terms", self.list(terms).into())]))
    }

    /// Returns what a gist tells besides, where the title was not translated: its kind, and the RFCs that it names.
    fn gist_facts(&self, gist: &Gist, told: &[u32]) -> Vec<String> {
        let kind = some_line(gist.kind.as_deref(), NAME);
        let kind = kind.filter(|_| gist.title.is_none() && gist.line.is_empty());
        let kind = kind.map(|kind| self.with("fact-kind", &[("kind", kind.into())]));
        let others = gist.rfcs.iter().filter(|rfc| !told.contains(rfc));
        let others: Vec<u32> = others.copied().collect();
        let rfcs = self.rfcs_named("fact-rfcs", &others);
        kind.into_iter().chain(rfcs).collect()
    }

    /// Returns `would update RFC 8040 and RFC 8526`.
    fn rfcs_named(&self, key: &str, rfcs: &[u32]) -> Option<String> {
        let named: Vec<String> = (rfcs.iter().take(RFCS))
            .map(|number| format!("RFC {number}"))
            .collect();
        let named = match self.others(rfcs.len(), RFCS) {
            Some(others) => format!("{} {others}", self.list(named)),
            None if named.is_empty() => return None,
            None => self.list(named),
        };
        Some(self.with(key, &[("rfcs", named.into())]))
    }

    /// Returns whose document it is: the group as the mail names it, else the first author and the number of others.
    pub(super) fn who(
        &self,
        group: Option<&Group>,
        name: &str,
        authors: &[String],
    ) -> Option<String> {
        self.group(group, name).or_else(|| {
            let mut names = authors.iter().filter_map(|one| some_line(Some(one), NAME));
            let first = names.next()?;
            Some(match names.count() {
                0 => first,
                more => {
                    let values = [("name", first.into()), ("count", more.into())];
                    self.with("who-more", &values)
                }
            })
        })
    }

    /// Returns `mailmaint WG`, `cfrg RG`, or a group's long name.
    pub(super) fn group(&self, group: Option<&Group>, name: &str) -> Option<String> {
        let group = group?;
        let Some(acronym) = some_line(group.acronym.as_deref(), NAME) else {
            return some_line(group.name.as_deref(), NAME);
        };
        if is_board(group) {
            return Some(acronym.to_uppercase());
        }
        let key = if is_research(group, name) {
            "group-rg"
        } else {
            "group-wg"
        };
        Some(self.with(key, &[("acronym", acronym.into())]))
    }
}

/// Returns true when a document's group is the Internet Architecture Board, which is no working group.
pub(super) fn is_board(group: &Group) -> bool {
    let acronym = group.acronym.as_deref();
    acronym.is_some_and(|acronym| acronym.eq_ignore_ascii_case("iab"))
}

/// Returns true when a document's group is one of the IRTF.
pub(super) fn is_research(group: &Group, document: &str) -> bool {
    group.area.as_deref() == Some("irtf") || document.starts_with("draft-irtf-")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_called_what_it_is() {
        let told = |acronym: &str, name: &str| {
            let group = Group {
                acronym: Some(acronym.into()),
                name: None,
                area: None,
            };
            Localizer(Language::En).group(Some(&group), name)
        };
        for (acronym, name, expected) in [
            ("netmod", "draft-ietf-netmod-a", "netmod WG"),
            ("cfrg", "draft-irtf-cfrg-a", "cfrg RG"),
            ("iab", "draft-iab-a", "IAB"),
        ] {
            assert_eq!(told(acronym, name).as_deref(), Some(expected));
        }
    }
}
