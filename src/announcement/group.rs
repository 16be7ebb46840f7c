//! Working and research groups, as sentences name them: "a work item of the Network Modeling (NETMOD) WG of the IETF".

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::mail::text::{
    find_ignoring_case, not_empty, one_line, split_ignoring_case, starts_ignoring_case,
};

/// A working or research group.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// Lower case; `None` when only the long name is known.
    pub acronym: Option<String>,
    /// The long name, as written.
    pub name: Option<String>,
    /// The acronym of its IETF area, or `irtf`; `None` when the group is not in the table.
    pub area: Option<String>,
}

/// Acronyms of the groups with their areas: a table with its date, and nothing that is guessed.
static AREAS: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    include_str!("groups.tsv")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| line.split_once('\t'))
        .flat_map(|(area, groups)| groups.split_whitespace().map(move |group| (group, area)))
        .collect()
});

/// Returns the acronym of a group's area, or `irtf`; `None` for a group that is not in the table.
fn area_of(acronym: &str) -> Option<&'static str> {
    AREAS.get(acronym.to_ascii_lowercase().as_str()).copied()
}

/// Returns the group in "… is a work item of the X WG of the IETF", and its stream.
pub(super) fn group_of_work_item(text: &str) -> Option<(Group, &'static str)> {
    named_after(&one_line(text), "work item of the ")
}

/// Returns the group in "This document is a product of the X Working Group of the IETF", in a text on one line.
pub(super) fn group_of_product(flat: &str) -> Option<Group> {
    named_after(flat, "product of the ")
        .map(|(group, _)| group)
        .or_else(|| {
            find_ignoring_case(flat, "product of the Internet Architecture Board")?;
            Some(Group {
                acronym: Some("iab".into()),
                name: Some("Internet Architecture Board".into()),
                area: None,
            })
        })
}

fn named_after(flat: &str, words: &str) -> Option<(Group, &'static str)> {
    let (_, rest) = split_ignoring_case(flat, words)?;
    let ends = [
        (" of the IETF", "IETF"),
        (" of the IRTF", "IRTF"),
        (" of the Internet Engineering Task Force", "IETF"),
        (" of the Internet Research Task Force", "IRTF"),
    ];
    let (end, stream) = ends
        .iter()
        .filter_map(|(end, stream)| find_ignoring_case(rest, end).map(|at| (at, *stream)))
        .min()?;
    // A name is one clause: what reaches over the end of a sentence is something else.
    let name = &rest[..end];
    if name.len() > 200 || name.contains(". ") {
        return None;
    }
    let kind = name_before_kind(name).map_or("", |before| name[before.len()..].trim());
    Some((group_named(name), stream_of_kind(kind).unwrap_or(stream)))
}

/// Returns the stream of groups of a kind, where that is not what the sentence says: the tracker calls every group but
/// research groups one of the IETF.
fn stream_of_kind(kind: &str) -> Option<&'static str> {
    match kind {
        "EDWG" | "EDAPPR" => Some("Editorial"),
        "IAB" | "IAB ASG" | "IABASG" | "IAB Workshop" | "Program" => Some("IAB"),
        "RAG" => Some("IRTF"),
        _ => None,
    }
}

/// Returns the group that is named "Network Modeling (NETMOD) WG", "Quic Working Group", "Crypto Forum".
pub(super) fn group_named(text: &str) -> Group {
    let text = text.trim();
    let mut name = name_before_kind(text).unwrap_or(text);
    let mut acronym = None;
    if let Some((before, inner)) = name.rsplit_once(" (")
        && let Some(inner) = inner.strip_suffix(')')
        && is_acronym(inner)
    {
        acronym = Some(inner.to_ascii_lowercase());
        name = before.trim_end();
    }
    Group {
        area: acronym.as_deref().and_then(area_of).map(str::to_owned),
        acronym,
        name: not_empty(name),
    }
}

/// Returns the group with this acronym, if the table has it.
pub(super) fn known_group(acronym: &str) -> Option<Group> {
    Some(Group {
        area: Some(area_of(acronym)?.to_owned()),
        acronym: Some(acronym.to_ascii_lowercase()),
        name: None,
    })
}

/// Kinds of groups, as they stand after the names: the datatracker's types, and the long forms. Divided by commas.
pub(super) const KINDS: &str = "Working Group,Research Group,Area Group,WG,RG,AG,RAG,BOF,EDWG,EDAPPR,IABASG,IAB ASG,\
    IABWORKSHOP,IAB Workshop,Program,Directorate (with reviews),Directorate,Review,Team,Adhoc";

/// Kinds whose names are words or names of their own: they count behind an acronym in brackets only.
const KINDS_BEHIND_ACRONYMS: &str = "IAB,IESG,IETF,IRTF,DIR,AREA,ADM,ADMIN,IANA,ISE,ISOC,LLC,NomCom,RFC Editor,RFCEDTYP,\
    RPC,RSAB,SDO,Individual";

/// Returns the name before a group's kind: of "Thing (thing) WG", of "Thing Working Group".
pub(super) fn name_before_kind(text: &str) -> Option<&str> {
    let text = text.trim_end();
    let before = |kind: &str| {
        let start = text.get(..text.len().checked_sub(kind.len())?)?;
        let fits = text[start.len()..].eq_ignore_ascii_case(kind) && start.ends_with(' ');
        (fits && !start.trim().is_empty()).then(|| start.trim_end())
    };
    let behind = |kind: &str| before(kind).filter(|start| start.ends_with(')'));
    let mut kinds = KINDS.split(',');
    let mut others = KINDS_BEHIND_ACRONYMS.split(',');
    kinds.find_map(before).or_else(|| others.find_map(behind))
}

/// Returns the group of "The Thing Maintenance (thing) Working Group will hold …", at the start of a text on one line.
pub(super) fn in_first_sentence(flat: &str) -> Option<Group> {
    let end = flat
        .char_indices()
        .nth(300)
        .map_or(flat.len(), |(at, _)| at);
    let start = &flat[..end];
    let at = start.find("The ")? + "The ".len();
    let open = start[at..].find(" (")? + at;
    let close = start[open..].find(')')? + open;
    let name = &start[at..open];
    let after = start[close + 1..].trim_start();
    let words = ["virtual ", "multi-day ", "interim "];
    let mut kinds = KINDS.split(',').chain(KINDS_BEHIND_ACRONYMS.split(','));
    let is_group = words.iter().any(|word| after.starts_with(word))
        || after.starts_with("will hold")
        || kinds.any(|kind| starts_ignoring_case(after, kind));
    if !is_group || !is_acronym(&start[open + 2..close]) || name.contains(['.', ':']) {
        return None;
    }
    // A session may be cancelled: "The "first" session of the Thing (thing) virtual …".
    let from = name
        .rfind(" session of the ")
        .map_or(at, |before| at + before + " session of the ".len());
    Some(group_named(&start[from..=close]))
}

/// True for acronyms, which have no blanks: "6man", "httpbis", "rtgwg", "t2trg", "pim-wg".
pub(super) fn is_acronym(text: &str) -> bool {
    (2..=20).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<(Option<String>, Option<String>, &'static str)> {
        group_of_work_item(text).map(|(group, stream)| (group.acronym, group.name, stream))
    }

    #[test]
    fn a_work_item_names_its_group_and_stream() {
        let text = "It is\na work item of the Network Modeling (NETMOD) WG of the IETF.";
        let (acronym, name, stream) = read(text).unwrap();
        assert_eq!(acronym.as_deref(), Some("netmod"));
        assert_eq!(name.as_deref(), Some("Network Modeling"));
        assert_eq!(stream, "IETF");
        let text = "This draft is a work item of the Crypto Forum Research Group of the IRTF.";
        let (acronym, name, stream) = read(text).unwrap();
        assert_eq!((acronym, stream), (None, "IRTF"));
        assert_eq!(name.as_deref(), Some("Crypto Forum"));
        assert_eq!(read("This document describes a thing."), None);
        let first = |text: &str| in_first_sentence(text).and_then(|group| group.acronym);
        assert_eq!(
            first("The Thing (thing) WG will hold").as_deref(),
            Some("thing")
        );
        assert_eq!(first("The Thing (thing) in RFC 1 will hold"), None);
        let (acronym, name, _) = read("a work item of the Area (aa) AG of the IETF").unwrap();
        assert_eq!(
            (acronym.as_deref(), name.as_deref()),
            (Some("aa"), Some("Area"))
        );
        for (text, whole) in [
            (
                "Internet Architecture Board (IAB) IAB",
                ("iab", "Internet Architecture Board", "IAB"),
            ),
            (
                "RFC Series Working Group (RSWG) EDWG",
                ("rswg", "RFC Series Working Group", "Editorial"),
            ),
            (
                "RFC Series Approval Board (RSAB) EDAPPR",
                ("rsab", "RFC Series Approval Board", "Editorial"),
            ),
            (
                "Security Area Directorate (SECDIR) Directorate (with reviews)",
                ("secdir", "Security Area Directorate", "IETF"),
            ),
            ("Tools (TOOLS) DIR", ("tools", "Tools", "IETF")),
            ("Crypto (CRG) RAG", ("crg", "Crypto", "IRTF")),
            ("Evolvability (EDM) Program", ("edm", "Evolvability", "IAB")),
            (
                "IAB Liaison (LIAISON) IAB ASG",
                ("liaison", "IAB Liaison", "IAB"),
            ),
        ] {
            let (acronym, name, stream) =
                read(&format!("a work item of the {text} of the IETF.")).unwrap();
            assert_eq!(
                (acronym.as_deref(), name.as_deref(), stream),
                (Some(whole.0), Some(whole.1), whole.2)
            );
        }
        assert_eq!(name_before_kind("Joint IESG and IAB"), None);
        let text = "work item of the Internet Area Working Group Working Group of the IETF";
        assert_eq!(
            read(text).unwrap().1.as_deref(),
            Some("Internet Area Working Group")
        );
        let text = "work item of the Thing Working Group of the Internet Engineering Task Force";
        assert_eq!(read(text).unwrap().2, "IETF");
    }

    #[test]
    fn known_groups_have_their_area_and_others_none() {
        assert_eq!(area_of("netmod"), Some("ops"));
        assert_eq!(area_of("QUIC"), Some("wit"));
        assert_eq!(area_of("cfrg"), Some("irtf"));
        assert_eq!(area_of("sidrops"), Some("ops"));
        assert_eq!(area_of("cdni"), Some("wit"));
        assert_eq!(area_of("exmaint"), None);
    }

    #[test]
    fn no_group_stands_in_two_areas() {
        let all = include_str!("groups.tsv")
            .lines()
            .filter(|line| !line.starts_with('#'));
        let count: usize = all.map(|line| line.split_whitespace().count() - 1).sum();
        assert_eq!(count, AREAS.len());
        assert!(count > 120);
    }
}
