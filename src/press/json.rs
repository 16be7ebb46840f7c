//! The digest for scripts: exactly the keys of the contract, in its order. Nothing is escaped but what JSON asks
//! for; control and direction-changing characters are left out as in every other format.

use std::io::{self, Write};

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter};

use super::{PrintError, clean};
use crate::announcement::{Group, Meeting};
use crate::digest::{Announced, Digest, DraftEntry, Gist, HotTopic, Links, RfcEntry, Theme};
use crate::editor::Edited;

/// Prints the digest as the contract's object, with a line end.
pub(super) fn print(edited: &Edited) -> Result<String, PrintError> {
    let mut bytes = Vec::new();
    let mut serializer = serde_json::Serializer::with_formatter(&mut bytes, Harmless::default());
    Json(&edited.digest).serialize(&mut serializer)?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// A part of the digest in the contract's form.
struct Json<'a, T>(&'a T);

fn each<T>(parts: &[T]) -> Vec<Json<'_, T>> {
    parts.iter().map(Json).collect()
}

/// Says for each type which keys its object has, in their order; a key with a condition stands only when that is true.
macro_rules! contract {
    ($($part:ty: $value:ident { $($key:literal $(if $given:expr)? => $field:expr,)* })*) => {$(
        impl Serialize for Json<'_, $part> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let $value = self.0;
                let mut object = serializer.serialize_map(None)?;
                $($(if $given)? {
                    object.serialize_entry($key, &$field)?;
                })*
                object.end()
            }
        }
    )*};
}

contract! {
    Digest: digest {
        "date" => digest.date,
        "since" if digest.since.is_some() => digest.since,
        "edition" => digest.edition,
        "language" => digest.language,
        "counts" => digest.counts,
        "hot_topics" => each(&digest.hot_topics),
        "themes" => each(&digest.themes),
        "rfcs" => each(&digest.rfcs),
        "last_calls" => digest.last_calls,
        "actions" => digest.actions,
        "groups" => digest.groups,
        "meetings" => each(&digest.meetings),
        "notices" => digest.notices,
        "late" => digest.late,
        "silent_lists" if !digest.silent.is_empty() => digest.silent,
    }
    HotTopic: topic {
        "document" => topic.document,
        "title" => topic.title,
        "reason" => topic.reason,
        "documents" => documents(topic),
        "gist" => line(&topic.gist),
    }
    Theme: theme {
        "key" => theme.key,
        "title" => theme.title,
        "drafts" => each(&theme.drafts),
    }
    DraftEntry: draft {
        "name" => draft.name,
        "revisions" => draft.revisions,
        "previous" => draft.previous,
        "title" => draft.title,
        "authors" => draft.authors,
        "group" => draft.group.as_ref().map(Json),
        "pages" => draft.pages,
        "summary" => draft.summary,
        "gist" => line(&draft.gist),
        "updates" => draft.updates,
        "obsoletes" => draft.obsoletes,
        "related" => draft.related,
        "second_theme" if draft.second_theme.is_some() => draft.second_theme,
        "watched" => draft.watched,
        "links" => Json(&draft.links),
    }
    RfcEntry: entry {
        "number" => entry.rfc.number,
        "title" => entry.rfc.title,
        "authors" => entry.rfc.authors,
        "status" => entry.rfc.status,
        "stream" => entry.rfc.stream,
        "published" => entry.rfc.published,
        "pages" => entry.rfc.pages,
        "obsoletes" => entry.rfc.obsoletes,
        "updates" => entry.rfc.updates,
        "series" => entry.rfc.series,
        "draft" => entry.rfc.draft,
        "doi" => entry.rfc.doi,
        "group" => entry.rfc.group.as_ref().map(Json),
        "abstract" => entry.rfc.abstract_text,
        "summary" => entry.summary,
        "gist" => line(&entry.gist),
        "watched" => entry.watched,
        "links" => Json(&entry.links),
    }
    Announced<Meeting>: meeting {
        "title" => meeting.body.title,
        "group" => meeting.body.group.as_ref().map(Json),
        "starts" => meeting.body.starts_with_offset(),
        "zone" if meeting.body.zone_name().is_some() => meeting.body.zone_name(),
        "changed" => meeting.body.changed,
        "cancelled" => meeting.body.cancelled,
        "subject" => meeting.subject,
        "message_id" => meeting.message_id,
        "list" => meeting.list,
        "watched" => meeting.watched,
    }
    // Where to find the announcement is the press's own business.
    Links: links {
        "datatracker" => links.datatracker,
        "html" => links.html,
        "diff" => links.diff,
    }
    // The area is nikkan's own knowledge.
    Group: group {
        "acronym" => group.acronym,
        "name" => group.name,
    }
}

/// Returns the line of a gist, `null` where no rule gave one.
fn line(gist: &Gist) -> Option<&str> {
    Some(gist.line.as_str()).filter(|line| !line.is_empty())
}

/// The documents of a hot topic as one array, its own first.
fn documents(topic: &HotTopic) -> Vec<&str> {
    let own = std::iter::once(&topic.document);
    own.chain(&topic.with).map(String::as_str).collect()
}

/// The pretty form, with the hostile characters of every string left out.
#[derive(Default)]
struct Harmless(PrettyFormatter<'static>);

impl Formatter for Harmless {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        text: &str,
    ) -> io::Result<()> {
        if !text.contains(clean::is_hostile) {
            return out.write_all(text.as_bytes());
        }
        let harmless: String = text.chars().filter(|c| !clean::is_hostile(*c)).collect();
        out.write_all(harmless.as_bytes())
    }

    fn write_char_escape<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        escape: CharEscape,
    ) -> io::Result<()> {
        match escape {
            CharEscape::AsciiControl(_) | CharEscape::Backspace | CharEscape::FormFeed => Ok(()),
            escape => self.0.write_char_escape(out, escape),
        }
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }

    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }

    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }

    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }

    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }

    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }

    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }

    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }

    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}
