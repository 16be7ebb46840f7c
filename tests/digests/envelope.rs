//! The whole mail of a golden digest: small enough to be loaded at once, and both its parts lead to the same places.

use super::*;

/// A usual day's mail is smaller, encoded and with its header: some programs load no more at first.
const USUAL: usize = 32_000;

/// Returns the addresses in `text` that stand behind `begin`, in their order.
fn addresses<'a>(text: &'a str, begin: &str) -> Vec<&'a str> {
    let ends = |c: char| c.is_whitespace() || "\"<>)".contains(c);
    let found = text.split(begin).skip(1);
    let found = found.map(|rest| &rest[..rest.find(ends).unwrap_or(rest.len())]);
    found.collect()
}

#[test]
fn a_usual_days_mail_is_below_32_kilobytes_and_its_parts_have_the_same_links() {
    let days = [model_day(), record("2025-11-29")];
    for record in &days {
        for language in [Language::En, Language::Ja] {
            let edited = edited(record, language, Watch::default());
            let edition = Edition::unconfigured();
            let id = nikkan::press::message_id(
                &nikkan::secret::InstallationKey::of_none(),
                &edition,
                record.day,
            );
            let contents: Vec<String> = (0..record.announcements.len())
                .map(|n| format!("{n:016x}"))
                .collect();
            let press = Press::default();
            let mail = press
                .mail(&edited, &edition, record.day.end(), &id, Some(&contents))
                .unwrap();
            let length = mail.bytes.len();
            assert!(length < USUAL, "{} {language:?}: {length}", record.day);
            let text = press.print(&edited, Format::Text).unwrap();
            let html = press.print(&edited, Format::Html).unwrap();
            let html = html.replace("href=\"https", "\u{1}https");
            let (in_text, in_html) = (addresses(&text, "https"), addresses(&html, "\u{1}https"));
            assert_eq!(in_text, in_html, "{} {language:?}", record.day);
            println!(
                "{} {language:?}: {length} bytes, {} links",
                record.day,
                in_text.len()
            );
        }
    }
}
