//! Reads back what `mail.rs` wrote: which digest a mail is, and what was in it. Only the header is looked at.

use super::address::edition_token;
use super::mail::CONTENTS;
use crate::archive::RecoveredDigest;
use crate::mail::Header;

/// The digest that this mail is, told by its header; `None` for any other mail, for an explicit resend, and for one
/// that claims a day which was not over when it was written.
pub fn identify_digest(header: &[u8]) -> Option<RecoveredDigest> {
    let header = Header::parse(header);
    let field = |name: &str| header.first(name).map(|field| field.text());
    let edition = field("X-Nikkan-Edition")?;
    let day: crate::clock::Day = field("X-Nikkan-Day")?.parse().ok()?;
    let id = field("Message-ID")?;
    let begin = format!("{day}.{}.nikkan@", edition_token(&edition));
    if !id.trim_start_matches('<').starts_with(&begin) {
        return None;
    }
    let date = field("Date")?;
    let sealed_at = jiff::fmt::rfc2822::parse(&date).ok()?.timestamp();
    if sealed_at < day.end() {
        return None;
    }
    let is_fingerprint =
        |word: &&str| !word.is_empty() && word.bytes().all(|b| b.is_ascii_hexdigit());
    Some(RecoveredDigest {
        edition: edition.into_owned(),
        day,
        since: field("X-Nikkan-Since").and_then(|since| since.parse().ok()),
        sealed_at,
        contents: field(CONTENTS).map(|words| {
            let words = words.split_whitespace().filter(is_fingerprint);
            words.map(str::to_owned).collect()
        }),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::MailObject;
    use crate::press::tests::fixtures::model_day;

    fn mail(contents: &[String]) -> MailObject {
        let edition = crate::digest::Edition::unconfigured();
        let edited = model_day(crate::wording::Language::En);
        let day = edited.digest.date;
        let id = crate::press::message_id(&edition, day);
        crate::press::Press::default()
            .mail(&edited, &edition, day.end(), &id, Some(contents))
            .unwrap()
    }

    #[test]
    fn a_digest_tells_which_it_is_and_what_was_in_it() {
        let contents: Vec<String> = (0..500).map(|n| format!("{n:016x}")).collect();
        let built = mail(&contents);
        let found = identify_digest(&built.bytes).unwrap();
        assert_eq!(found.edition, "daily");
        assert_eq!(found.sealed_at, found.day.end());
        assert_eq!(found.contents.unwrap(), contents);
        let longest = built.bytes.split(|byte| *byte == b'\n').map(<[u8]>::len);
        assert!(longest.max().unwrap() < 200);
    }

    #[test]
    fn a_digest_of_nothing_held_nothing_and_an_older_one_does_not_tell() {
        assert_eq!(
            identify_digest(&mail(&[]).bytes).unwrap().contents,
            Some(Vec::new())
        );
        let old = String::from_utf8(mail(&[]).bytes).unwrap();
        let old = old.split_once("\r\n").unwrap().1;
        assert_eq!(identify_digest(old.as_bytes()).unwrap().contents, None);
    }

    #[test]
    fn a_resend_a_day_that_was_not_over_and_other_mail_are_no_digests() {
        let text = String::from_utf8(mail(&[]).bytes).unwrap();
        let day = identify_digest(text.as_bytes()).unwrap().day;
        let resend = text.replace(".daily.nikkan@", ".daily.resend-1f.nikkan@");
        assert_eq!(identify_digest(resend.as_bytes()), None);
        let future = text.replace(&day.to_string(), "2099-01-01");
        assert_eq!(identify_digest(future.as_bytes()), None);
        assert_eq!(
            identify_digest(b"Subject: hello\r\n\r\nX-Nikkan-Day: 2025-11-28\r\n"),
            None
        );
    }
}
