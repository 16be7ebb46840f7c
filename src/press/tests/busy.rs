//! However many drafts a day has, the mail can be read.

use super::fixtures::{busy_day, mail, print};
use super::hostile;
use crate::digest::Edition;
use crate::editor::Edited;
use crate::press::html::{self, Fitted};
use crate::press::templates::Templates;
use crate::press::{Format, message_id};
use crate::secret::InstallationKey;
use crate::wording::Language;

fn fit(edited: &Edited) -> Fitted {
    html::fit(Templates::built_in().unwrap(), edited).unwrap()
}

#[test]
fn a_day_too_busy_for_every_gist_keeps_those_of_first_versions() {
    let edited = busy_day(Language::En, 350);
    let Fitted { html, page } = fit(&edited);
    assert!(page.busy.is_some() && html.contains("A busy day"));
    let told = html.matches("that a client can refer to").count();
    assert_eq!(told, 350usize.div_ceil(4));
    let text = print(&edited, Format::Text).unwrap();
    assert_eq!(text.matches("that a client can refer to").count(), told);
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
fn the_lead_of_a_busy_day_is_as_long_as_that_of_any_day() {
    for (language, unit, most) in [(Language::En, "words", 300), (Language::Ja, "字", 900)] {
        for count in [14, 443, 2_000] {
            let mut edited = busy_day(language, count);
            let drafts = edited
                .digest
                .themes
                .iter_mut()
                .flat_map(|theme| &mut theme.drafts);
            drafts.for_each(|draft| draft.watched = vec!["groups: netmod".into()]);
            let page = fit(&edited).page;
            let length = page.length.unwrap();
            let (before, _) = length.split_once(unit).unwrap();
            let digits = before
                .rsplit(|c: char| !c.is_ascii_digit())
                .find(|part| !part.is_empty());
            let length: usize = digits.unwrap().parse().unwrap();
            assert!((20..=most).contains(&length), "{count}: {length}");
            let watch = page.watch.unwrap();
            assert_eq!(watch.more.is_some(), watch.entries.len() < count, "{count}");
        }
    }
}

#[test]
fn in_each_theme_first_versions_stand_before_revisions_and_the_lead_before_all() {
    let mut edited = busy_day(Language::En, 443);
    edited.digest.themes[13].drafts[3].watched = vec!["groups: netmod".into()];
    for format in [Format::Html, Format::Text] {
        let printed = print(&edited, format).unwrap();
        let at = |what: &str| printed.find(what).unwrap_or_else(|| panic!("{what}"));
        assert!(
            at("You watch netmod: 1 document") < at("draft-gaikwad-south"),
            "{format:?}"
        );
        // The preheader may name a theme before the page does.
        let theme = printed.rfind("Theme number 0").unwrap();
        assert!(at("draft-gaikwad-south") < theme, "{format:?}");
    }
    for theme in fit(&edited).page.themes {
        let new: Vec<bool> = theme.entries.iter().map(|entry| entry.new).collect();
        assert!(new.is_sorted_by(|one, other| one >= other), "{new:?}");
    }
}

/// The addresses of documents, in their order.
fn links(printed: &str) -> Vec<&str> {
    let found = printed.split("https://datatracker.ietf.org/doc/").skip(1);
    let ends = |c: char| c == '/' || c.is_whitespace();
    found.filter_map(|rest| rest.split(ends).next()).collect()
}

#[test]
fn a_day_of_700_drafts_has_them_all_below_100_kilobytes() {
    for count in [60, 120, 443, 700] {
        for language in [Language::En, Language::Ja] {
            let edited = busy_day(language, count);
            let Fitted { html, .. } = fit(&edited);
            let text = print(&edited, Format::Text).unwrap();
            let sent = carried(&edited);
            assert!(html.len() < 100_000, "{count}: {}", html.len());
            assert!(sent < 100_000, "{count}: {sent} as it travels");
            assert_eq!(links(&html), links(&text), "{count}");
            let linked = links(&html).len();
            let all = count + 1;
            assert!(
                linked >= if count > 443 { count / 4 } else { all },
                "{linked}"
            );
            for draft in edited.digest.drafts() {
                let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
                let start: String = draft.title.chars().take(30).collect();
                assert!(
                    html.contains(&start) && flat.contains(&start),
                    "{}",
                    draft.title
                );
            }
        }
    }
}

#[test]
fn a_day_of_few_drafts_and_many_announcements_has_a_lead() {
    for (language, words) in [
        (Language::En, "all 300 announcements below"),
        (Language::Ja, "全300通"),
    ] {
        let mut edited = hostile::carrying("A call", language);
        edited.digest.silence = None;
        edited.digest.themes.clear();
        edited.digest.rfcs.clear();
        edited.digest.counts.drafts = 0;
        edited.digest.counts.rfcs = 0;
        let call = edited.digest.last_calls[0].clone();
        edited.digest.last_calls = vec![call.clone(); 300];
        edited.digest.actions.clear();
        edited.digest.groups.clear();
        edited.digest.meetings.clear();
        edited.digest.notices.clear();
        edited.digest.late.clear();
        edited.digest.closing.clear();
        let page = fit(&edited).page;
        assert!(!page.small);
        let length = page.length.unwrap();
        assert!(length.contains(words), "{length}");
        edited.digest.last_calls = vec![call; 2];
        assert!(fit(&edited).page.small);
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
fn a_usual_day_has_every_gist() {
    for language in [Language::En, Language::Ja] {
        let edited = busy_day(language, 33);
        let fitted = fit(&edited);
        assert!(fitted.page.busy.is_none());
        let gists = fitted.html.matches("that a client can refer to").count();
        assert_eq!(gists, 33);
    }
}

#[test]
fn no_file_is_attached_to_the_mail_of_a_busy_day() {
    let edited = busy_day(Language::En, 443);
    let edition = Edition::unconfigured();
    let id = message_id(&InstallationKey::of_none(), &edition, edited.digest.date);
    let built = mail(&edited, &edition, edited.digest.date.end(), &id).unwrap();
    let mail = String::from_utf8(built.bytes).unwrap();
    assert!(mail.contains("Content-Type: multipart/alternative;"));
    assert!(!mail.contains("Content-Disposition") && !mail.contains("multipart/mixed"));
    assert!(mail.contains("Subject: SOUTH =?utf-8?b?wrc=?= 443 drafts, 28 Nov\r\n"));
    assert!(mail.lines().all(|line| line.len() <= 78));
}
