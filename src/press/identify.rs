//! Reads back what `mail.rs` wrote: which digest a mail is, and what was in it. Only the header is looked at.

use super::address::{ID_END, edition_token};
use super::contents::{self, CONTENTS};
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
    let id = id.trim().trim_start_matches('<').trim_end_matches('>');
    if !is_id_of(id, &edition_token(&edition), &day.to_string()) {
        return None;
    }
    let date = field("Date")?;
    let sealed_at = jiff::fmt::rfc2822::parse(&date).ok()?.timestamp();
    if sealed_at < day.end() {
        return None;
    }
    Some(RecoveredDigest {
        edition: edition.into_owned(),
        message_id: id.to_owned(),
        day,
        since: field("X-Nikkan-Since").and_then(|since| since.parse().ok()),
        sealed_at,
        contents: field(CONTENTS).map(|value| contents::read(&value)),
    })
}

/// Returns true for the Message-ID of the edition's digest of `day`, and for no other that is made here:
/// `20251128-daily-TAG.nikkan@id.example.net`, where the tag has 24 digits, or 8 before installations had keys, and
/// `2025-11-28.daily.nikkan@example.net`, the form of 0.1.0.
fn is_id_of(id: &str, edition: &str, day: &str) -> bool {
    if id.starts_with(&format!("{day}.{edition}.{ID_END}")) {
        return true;
    }
    let begin = format!("{}-{edition}-", day.replace('-', ""));
    let mark = id
        .strip_prefix(&begin)
        .and_then(|rest| rest.split_once('.'));
    mark.is_some_and(|(mark, rest)| {
        let is_mark =
            matches!(mark.len(), 8 | 24) && mark.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_mark && rest.starts_with(ID_END)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::archive::MailObject;
    use crate::press::tests::fixtures::model_day;
    use crate::secret::InstallationKey;

    fn mail(contents: &[String]) -> MailObject {
        let edition = crate::digest::Edition::unconfigured();
        let edited = model_day(crate::wording::Language::En);
        let day = edited.digest.date;
        let id = crate::press::message_id(&InstallationKey::of_none(), &edition, day);
        crate::press::Press::default()
            .mail(&edited, &edition, day.end(), &id, Some(contents))
            .unwrap()
    }

    #[test]
    fn a_digest_tells_which_it_is_and_what_was_in_it() {
        let contents: Vec<String> = (0..200).map(|n| format!("{n:016x}")).collect();
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
        let resend = text.replace(".nikkan@id.", ".resend-1f.nikkan@id.");
        assert_ne!(resend, text);
        assert_eq!(identify_digest(resend.as_bytes()), None);
        let future = text.replace(&day.to_string(), "2099-01-01");
        let future = future.replace("20251128-", "20990101-");
        assert_eq!(identify_digest(future.as_bytes()), None);
        assert_eq!(
            identify_digest(b"Subject: hello\r\n\r\nX-Nikkan-Day: 2025-11-28\r\n"),
            None
        );
    }

    #[test]
    fn a_digest_of_0_1_0_is_known_and_so_is_its_resend() {
        let text = String::from_utf8(mail(&[]).bytes).unwrap();
        let (before, rest) = text.split_once("Message-ID: <").unwrap();
        let (_, after) = rest.split_once('>').unwrap();
        let named = |id: &str| format!("{before}Message-ID: <{id}>{after}");
        let id = "2025-11-28.daily.nikkan@localhost";
        let old = identify_digest(named(id).as_bytes()).unwrap();
        assert_eq!(old.message_id, id);
        let new = identify_digest(text.as_bytes()).unwrap();
        let message_id = new.message_id.clone();
        assert_eq!(RecoveredDigest { message_id, ..old }, new);
        for other in [
            "2025-11-28.daily.resend-1f.nikkan@localhost",
            "2025-11-27.daily.nikkan@localhost",
            "20251128-weekly-0f1e2d3c.nikkan@id.localhost",
            "20251128-daily-0f1e2d3c.given-up-3.nikkan@id.localhost",
            "20251128-daily-0f1e2d3.nikkan@id.localhost",
            "20251128-daily-x0f1e2d3.nikkan@id.localhost",
        ] {
            assert_eq!(identify_digest(named(other).as_bytes()), None, "{other}");
        }
    }
}
