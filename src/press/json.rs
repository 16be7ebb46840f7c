//! The digest for scripts: exactly the keys of the contract, in its order. Nothing is escaped but what JSON asks
//! for; control and direction-changing characters are left out as in every other format.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{CharEscape, Formatter, PrettyFormatter, Serializer};

use super::{PrintError, clean};
use crate::announcement::{Group, GroupNews, IesgAction, LastCall, Meeting, Notice};
use crate::archive::SilentList;
use crate::clock::Day;
use crate::digest::{
    Announced, Counts, DraftEntry, HotTopic, LateArrival, Links, Previous, RfcEntry, Theme,
};
use crate::editor::Edited;
use crate::wording::Language;

#[derive(Serialize)]
struct JsonDigest<'a> {
    date: Day,
    /// Only when several days are summed up.
    #[serde(skip_serializing_if = "Option::is_none")]
    since: Option<Day>,
    edition: &'a str,
    language: Language,
    counts: Counts,
    hot_topics: Vec<JsonHotTopic<'a>>,
    themes: Vec<JsonTheme<'a>>,
    rfcs: Vec<JsonRfc<'a>>,
    last_calls: &'a [Announced<LastCall>],
    actions: &'a [Announced<IesgAction>],
    groups: &'a [Announced<GroupNews>],
    meetings: Vec<Announced<JsonMeeting<'a>>>,
    notices: &'a [Announced<Notice>],
    late: &'a [LateArrival],
    /// Only when there are some.
    #[serde(skip_serializing_if = "<[SilentList]>::is_empty")]
    silent_lists: &'a [SilentList],
}

#[derive(Serialize)]
struct JsonHotTopic<'a> {
    document: &'a str,
    title: &'a str,
    reason: &'a str,
}

#[derive(Serialize)]
struct JsonTheme<'a> {
    key: &'a str,
    title: &'a str,
    drafts: Vec<JsonDraft<'a>>,
}

#[derive(Serialize)]
struct JsonDraft<'a> {
    name: &'a str,
    revisions: &'a [String],
    previous: Option<&'a Previous>,
    title: &'a str,
    authors: &'a [String],
    group: Option<JsonGroup<'a>>,
    pages: Option<u32>,
    summary: &'a str,
    updates: &'a [u32],
    obsoletes: &'a [u32],
    related: &'a [String],
    watched: &'a [String],
    links: JsonLinks<'a>,
}

/// Where to read a document, as the contract shows it.
#[derive(Serialize)]
struct JsonLinks<'a> {
    datatracker: &'a str,
    html: &'a str,
    diff: Option<&'a str>,
}

fn links(links: &Links) -> JsonLinks<'_> {
    JsonLinks {
        datatracker: &links.datatracker,
        html: &links.html,
        diff: links.diff.as_deref(),
    }
}

/// A group as the contract shows it, without the area, which is nikkan's own knowledge.
#[derive(Clone, Serialize)]
struct JsonGroup<'a> {
    acronym: Option<&'a str>,
    name: Option<&'a str>,
}

#[derive(Serialize)]
struct JsonRfc<'a> {
    number: u32,
    title: Option<&'a str>,
    authors: &'a [String],
    status: Option<&'a str>,
    stream: Option<&'a str>,
    published: Option<&'a str>,
    pages: Option<u32>,
    obsoletes: &'a [u32],
    updates: &'a [u32],
    series: &'a [String],
    draft: Option<&'a str>,
    doi: Option<&'a str>,
    group: Option<JsonGroup<'a>>,
    #[serde(rename = "abstract")]
    abstract_text: Option<&'a str>,
    summary: &'a str,
    watched: &'a [String],
    links: JsonLinks<'a>,
}

#[derive(Serialize)]
struct JsonMeeting<'a> {
    title: &'a str,
    group: Option<JsonGroup<'a>>,
    starts: Option<&'a str>,
    changed: bool,
    cancelled: bool,
}

/// Prints the digest as the contract's object, with a line end.
pub(super) fn print(edited: &Edited) -> Result<String, PrintError> {
    let digest = &edited.digest;
    let object = JsonDigest {
        date: digest.date,
        since: digest.since,
        edition: &digest.edition,
        language: digest.language,
        counts: digest.counts,
        hot_topics: digest.hot_topics.iter().map(hot).collect(),
        themes: digest.themes.iter().map(theme).collect(),
        rfcs: digest.rfcs.iter().map(rfc).collect(),
        last_calls: &digest.last_calls,
        actions: &digest.actions,
        groups: &digest.groups,
        meetings: digest.meetings.iter().map(meeting).collect(),
        notices: &digest.notices,
        late: &digest.late,
        silent_lists: &digest.silent,
    };
    let mut bytes = Vec::new();
    object.serialize(&mut Serializer::with_formatter(
        &mut bytes,
        Harmless::default(),
    ))?;
    bytes.push(b'\n');
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

fn hot(topic: &HotTopic) -> JsonHotTopic<'_> {
    JsonHotTopic {
        document: &topic.document,
        title: &topic.title,
        reason: &topic.reason,
    }
}

fn theme(theme: &Theme) -> JsonTheme<'_> {
    JsonTheme {
        key: &theme.key,
        title: &theme.title,
        drafts: theme.drafts.iter().map(draft).collect(),
    }
}

fn draft(draft: &DraftEntry) -> JsonDraft<'_> {
    JsonDraft {
        name: &draft.name,
        revisions: &draft.revisions,
        previous: draft.previous.as_ref(),
        title: &draft.title,
        authors: &draft.authors,
        group: draft.group.as_ref().map(group),
        pages: draft.pages,
        summary: &draft.summary,
        updates: &draft.updates,
        obsoletes: &draft.obsoletes,
        related: &draft.related,
        watched: &draft.watched,
        links: links(&draft.links),
    }
}

fn rfc(entry: &RfcEntry) -> JsonRfc<'_> {
    let rfc = &entry.rfc;
    JsonRfc {
        number: rfc.number,
        title: rfc.title.as_deref(),
        authors: &rfc.authors,
        status: rfc.status.as_deref(),
        stream: rfc.stream.as_deref(),
        published: rfc.published.as_deref(),
        pages: rfc.pages,
        obsoletes: &rfc.obsoletes,
        updates: &rfc.updates,
        series: &rfc.series,
        draft: rfc.draft.as_deref(),
        doi: rfc.doi.as_deref(),
        group: rfc.group.as_ref().map(group),
        abstract_text: rfc.abstract_text.as_deref(),
        summary: &entry.summary,
        watched: &entry.watched,
        links: links(&entry.links),
    }
}

fn meeting(item: &Announced<Meeting>) -> Announced<JsonMeeting<'_>> {
    Announced {
        body: JsonMeeting {
            title: &item.body.title,
            group: item.body.group.as_ref().map(group),
            starts: item.body.starts.as_deref(),
            changed: item.body.changed,
            cancelled: item.body.cancelled,
        },
        subject: item.subject.clone(),
        message_id: item.message_id.clone(),
        list: item.list.clone(),
        watched: item.watched.clone(),
    }
}

fn group(group: &Group) -> JsonGroup<'_> {
    JsonGroup {
        acronym: group.acronym.as_deref(),
        name: group.name.as_deref(),
    }
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
