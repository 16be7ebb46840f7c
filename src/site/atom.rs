//! The newest digests as an Atom feed (RFC 4287). Identifiers are tags (RFC 4151) made of the sender's domain, the
//! edition and the day: they stay the same wherever the feed is served.

use std::fmt::Write as _;

use super::{FEED, INDEX, page_name};
use crate::digest::Edition;
use crate::editor::Edited;
use crate::press::address::{edition_token, sender_domain};
use crate::press::escape_markup;
use crate::press::localizer::Localizer;
use crate::press::page::{Entry, Link, Page};

/// Digests in a feed.
pub const ENTRIES: usize = 20;

/// Writes the feed of an edition, `digests` newest first. `base` is the site's address with its final `/`, if it is known:
/// without it, links are relative to wherever the feed is, and it does not tell its own address.
pub fn feed(edition: &Edition, digests: &[Edited], base: Option<&str>) -> String {
    let localizer = Localizer(edition.language);
    let name = edition_token(&edition.name);
    let id = format!("tag:{},2025:nikkan/{name}", sender_domain(edition));
    let base = base.unwrap_or_default();
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let lang = localizer.0.tag();
    line(
        &mut out,
        &format!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{lang}\">"),
    );
    element(&mut out, "id", &id);
    let title = localizer.with("feed-title", &[("edition", name.into())]);
    element(&mut out, "title", &title);
    // A feed with nothing in it was last changed before there was one.
    let newest = digests.iter().map(|edited| edited.digest.date.end()).max();
    let updated = newest.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    element(&mut out, "updated", &updated.to_string());
    line(&mut out, "<author><name>nikkan</name></author>");
    element(&mut out, "generator", "nikkan");
    link(&mut out, "alternate", "text/html", base, INDEX);
    if !base.is_empty() {
        link(&mut out, "self", "application/atom+xml", base, FEED);
    }
    for edited in digests.iter().take(ENTRIES) {
        entry(&mut out, edited, &id, base);
    }
    line(&mut out, "</feed>");
    out
}

/// Writes the entry of one digest, whole.
fn entry(out: &mut String, edited: &Edited, feed_id: &str, base: &str) {
    let day = edited.digest.date;
    let page = Page::of(edited);
    line(out, "<entry>");
    element(out, "id", &format!("{feed_id}/{day}"));
    element(out, "title", &page.title);
    let end = day.end().to_string();
    element(out, "published", &end);
    element(out, "updated", &end);
    link(out, "alternate", "text/html", base, &page_name(day));
    line(
        out,
        "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">",
    );
    body(out, &page);
    line(out, "</div></content>\n</entry>");
}

/// Writes what leads, then every document by its title: feed readers drop styles, so there are none.
fn body(out: &mut String, page: &Page) {
    paragraph(out, &page.first_line);
    paragraph(out, &page.counts.join(" · "));
    for said in &page.silence {
        paragraph(out, said);
    }
    if let Some(said) = &page.sentence {
        paragraph(out, said);
    }
    let heading = |out: &mut String, text: &str| line(out, &format!("<h2>{}</h2>", xml(text)));
    let said = |key: &str| page.say.get(key).map_or("", String::as_str);
    if !page.hot.is_empty() {
        line(out, "<ol>");
        for topic in &page.hot {
            let parts = topic.headline.iter();
            let headline: String = parts
                .map(|part| anchor(&part.label, part.url.as_deref()))
                .collect();
            let facts = topic.facts.join(said("dot"));
            let told = topic.text.iter().chain([&facts]).map(|text| xml(text));
            let told: Vec<String> = told.collect();
            line(
                out,
                &format!(
                    "<li><strong>{headline}</strong><br/>{}</li>",
                    told.join("<br/>")
                ),
            );
        }
        line(out, "</ol>");
    }
    for theme in &page.themes {
        heading(out, &theme.tally);
        list(out, &theme.entries);
    }
    if !page.rfcs.is_empty() {
        heading(out, said("heading-rfcs"));
        list(out, &page.rfcs);
    }
    for section in &page.sections {
        heading(out, &section.title);
        list(out, &section.entries);
    }
    for note in &page.closing {
        paragraph(out, note);
    }
}

fn list(out: &mut String, entries: &[Entry]) {
    if entries.is_empty() {
        return;
    }
    line(out, "<ul>");
    for entry in entries {
        let mut text = anchor(&entry.title, entry.url.as_deref());
        let beside = entry.name.iter().chain(&entry.mark);
        for word in beside {
            // Writing to a string cannot fail.
            let _ = write!(text, " · {}", xml(word));
        }
        for Link { label, url } in &entry.documents {
            let _ = write!(text, "<br/>{}", anchor(label, url.as_deref()));
        }
        line(out, &format!("<li>{text}</li>"));
    }
    line(out, "</ul>");
}

fn anchor(label: &str, url: Option<&str>) -> String {
    match url {
        Some(url) => format!("<a href=\"{}\">{}</a>", xml(url), xml(label)),
        None => xml(label),
    }
}

fn element(out: &mut String, name: &str, text: &str) {
    line(out, &format!("<{name}>{}</{name}>", xml(text)));
}

fn link(out: &mut String, relation: &str, kind: &str, base: &str, file: &str) {
    let address = xml(&format!("{base}{file}"));
    line(
        out,
        &format!("<link rel=\"{relation}\" type=\"{kind}\" href=\"{address}\"/>"),
    );
}

fn paragraph(out: &mut String, text: &str) {
    element(out, "p", text);
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Escapes text for XML, in an element or in a quoted attribute.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    // Writing to a string cannot fail.
    let _ = escape_markup(&mut out, text);
    out
}
