//! However many drafts a day has, the mail can be read.

use super::fixtures::{busy_day, mail, print};
use crate::digest::Edition;
use crate::editor::Edited;
use crate::press::html::{self, Fitted};
use crate::press::templates::Templates;
use crate::press::{Format, message_id};
use crate::wording::Language;

fn names(edited: &Edited) -> Vec<&str> {
    let drafts = edited.digest.themes.iter().flat_map(|theme| &theme.drafts);
    drafts.map(|draft| draft.name.as_str()).collect()
}

fn fit(edited: &Edited) -> Fitted {
    html::fit(Templates::built_in().unwrap(), edited).unwrap()
}

#[test]
fn on_a_day_of_90_drafts_first_versions_keep_their_summaries() {
    let edited = busy_day(Language::En, 90);
    let Fitted { html, page, .. } = fit(&edited);
    assert!(page.news_told && html.contains("new drafts have their summaries"));
    let told = html
        .matches("Adds a system configuration datastore")
        .count();
    assert_eq!(told, 90usize.div_ceil(4));
    let text = print(&edited, Format::Text).unwrap();
    assert_eq!(
        text.matches("Adds a system configuration datastore")
            .count(),
        told
    );
}

/// The bytes of the HTML part in the mail, encoded as it travels.
fn carried(edited: &Edited) -> usize {
    let edition = Edition::unconfigured();
    let built = mail(edited, &edition, edited.digest.date.end(), "id@localhost").unwrap();
    let mail = String::from_utf8(built.bytes).unwrap();
    let (_, part) = mail.split_once("Content-Type: text/html").unwrap();
    let (_, body) = part.split_once("\r\n\r\n").unwrap();
    body.find("\r\n--nikkan").unwrap()
}

#[test]
fn first_versions_stand_before_revisions_and_what_is_watched_before_both() {
    let mut edited = busy_day(Language::En, 443);
    edited.digest.themes[13].drafts[3].watched = vec!["groups: netmod".into()];
    for format in [Format::Html, Format::Text] {
        let printed = print(&edited, format).unwrap();
        let at = |what: &str| printed.find(what).unwrap_or_else(|| panic!("{what}"));
        let places = [
            at("Hot topics"),
            at("For you"),
            at("First versions"),
            at("Revisions"),
            at("RFCs published"),
        ];
        assert!(places.is_sorted(), "{format:?}: {places:?}");
        for draft in edited.digest.themes.iter().flat_map(|theme| &theme.drafts) {
            let line = at(&format!("{}-{}", draft.name, draft.revisions[0]));
            let new = draft.revisions[0] == "00";
            assert!(
                !draft.watched.is_empty() || (line < places[3]) == new,
                "{format:?}: {}",
                draft.name
            );
        }
    }
}

#[test]
fn a_day_of_700_drafts_names_them_all_below_100_kilobytes() {
    for count in [60, 120, 443, 700] {
        for language in [Language::En, Language::Ja] {
            let edited = busy_day(language, count);
            let html = fit(&edited).html;
            let text = print(&edited, Format::Text).unwrap();
            let sent = carried(&edited);
            assert!(
                html.len() < 100_000 && html.len() < sent,
                "{count}: {}",
                html.len()
            );
            assert!(sent < 100_000, "{count}: {sent} as it travels");
            let linked = html
                .matches("https://datatracker.ietf.org/doc/draft-author")
                .count();
            let first_versions = count.div_ceil(4);
            let expected = match count {
                60 | 120 => count,
                443 => first_versions,
                _ => 0,
            };
            assert_eq!(linked, expected, "{count}");
            for name in names(&edited) {
                assert!(html.contains(name) && text.contains(name), "{name}");
            }
        }
    }
}

#[test]
fn even_ten_thousand_drafts_fit_and_the_rest_is_counted() {
    let edited = busy_day(Language::En, 10_000);
    let html = fit(&edited).html;
    assert!(html.len() < 100_000, "{}", html.len());
    assert!(html.contains("more have no room here"));
}

#[test]
fn an_ordinary_day_is_printed_whole() {
    let edited = busy_day(Language::En, 25);
    let fitted = fit(&edited);
    assert_eq!(fitted.page.busy, None, "{}", fitted.html.len());
    assert_eq!(fitted.html.matches("iddiff").count(), 18);
}

#[test]
fn no_file_is_attached_to_the_mail_of_a_busy_day() {
    let edited = busy_day(Language::En, 443);
    let edition = Edition::unconfigured();
    let id = message_id(&edition, edited.digest.date);
    let built = mail(&edited, &edition, edited.digest.date.end(), &id).unwrap();
    let mail = String::from_utf8(built.bytes).unwrap();
    assert!(mail.contains("Content-Type: multipart/alternative;"));
    assert!(!mail.contains("Content-Disposition") && !mail.contains("multipart/mixed"));
    assert!(mail.contains("Subject: SOUTH =?utf-8?b?wrc=?= 443 drafts, 28 Nov\r\n"));
    assert!(mail.lines().all(|line| line.len() <= 78));
}
