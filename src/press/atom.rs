//! The newest digests as an Atom feed (RFC 4287). Identifiers are tags (RFC 4151) made of the sender's domain, the
//! edition and the day: they stay the same wherever the feed is served.

use std::fmt::Write as _;

use super::mail::{domain, token};
use super::page::{Entry, Link, Page, Voice};
use super::site::{FEED, INDEX, page_name};
use crate::digest::Edition;
use crate::editor::Edited;

/// So many digests are in a feed.
pub const ENTRIES: usize = 20;

/// The feed of an edition, `digests` newest first. `base` is the site's address with its final `/`, where it is known:
/// without it, links are relative to wherever the feed is, and it does not tell its own address.
pub fn feed(edition: &Edition, digests: &[Edited], base: Option<&str>) -> String {
    let voice = Voice(edition.language);
    let own = format!(
        "tag:{},2025:nikkan/{}",
        domain(edition),
        token(&edition.name)
    );
    let at = |file: &str| xml(&format!("{}{file}", base.unwrap_or_default()));
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"utf-8\"?>\n");
    let lang = voice.0.tag();
    line(
        &mut out,
        &format!("<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"{lang}\">"),
    );
    line(&mut out, &format!("<id>{}</id>", xml(&own)));
    line(
        &mut out,
        &format!(
            "<title>{}</title>",
            xml(&voice.with("feed-title", &[("edition", token(&edition.name).into())]))
        ),
    );
    // A feed with nothing in it was last changed before there was one.
    let newest = digests.iter().map(|edited| edited.digest.date.end()).max();
    let updated = newest.unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    line(&mut out, &format!("<updated>{updated}</updated>"));
    line(&mut out, "<author><name>nikkan</name></author>");
    line(&mut out, "<generator>nikkan</generator>");
    line(
        &mut out,
        &format!(
            "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>",
            at(INDEX)
        ),
    );
    if base.is_some() {
        line(
            &mut out,
            &format!(
                "<link rel=\"self\" type=\"application/atom+xml\" href=\"{}\"/>",
                at(FEED)
            ),
        );
    }
    for edited in digests.iter().take(ENTRIES) {
        let day = edited.digest.date;
        let page = Page::of(edited);
        line(&mut out, "<entry>");
        line(&mut out, &format!("<id>{}/{day}</id>", xml(&own)));
        line(&mut out, &format!("<title>{}</title>", xml(&page.title)));
        let end = day.end();
        line(&mut out, &format!("<published>{end}</published>"));
        line(&mut out, &format!("<updated>{end}</updated>"));
        line(
            &mut out,
            &format!(
                "<link rel=\"alternate\" type=\"text/html\" href=\"{}\"/>",
                at(&page_name(day))
            ),
        );
        line(
            &mut out,
            "<content type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">",
        );
        body(&mut out, &page);
        line(&mut out, "</div></content>\n</entry>");
    }
    line(&mut out, "</feed>");
    out
}

/// What leads, then every document by its title: feed readers drop styles, so there are none.
fn body(out: &mut String, page: &Page) {
    paragraph(out, &page.first_line);
    paragraph(out, &page.counts.join(" · "));
    for said in &page.silence {
        paragraph(out, said);
    }
    if !page.teasers.is_empty() {
        line(out, "<ul>");
        for teaser in &page.teasers {
            line(out, &format!("<li>{}</li>", xml(teaser)));
        }
        line(out, "</ul>");
    }
    let heading = |out: &mut String, text: &str| line(out, &format!("<h2>{}</h2>", xml(text)));
    let said = |key: &str| page.say.get(key).map_or("", String::as_str);
    if !page.hot.is_empty() {
        heading(out, said("hot"));
        line(out, "<ol>");
        for topic in &page.hot {
            let name = anchor(&topic.title, topic.url.as_deref());
            let told = topic.what.iter().chain(&topic.reason).map(|text| xml(text));
            let told: Vec<String> = told.collect();
            line(
                out,
                &format!(
                    "<li><strong>{name}</strong><br/>{}</li>",
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
    heading(out, said("rfcs"));
    list(out, &page.rfcs);
    if let Some(none) = &page.no_rfcs {
        paragraph(out, none);
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

fn paragraph(out: &mut String, text: &str) {
    line(out, &format!("<p>{}</p>", xml(text)));
}

fn line(out: &mut String, text: &str) {
    out.push_str(text);
    out.push('\n');
}

/// Text in XML, in an element or in a quoted attribute. What XML cannot hold was cleaned away before.
fn xml(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}
