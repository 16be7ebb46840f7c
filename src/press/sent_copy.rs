//! Writes what only the copy of a digest in `sent_folder` has, and reads it back: no reader's address, and the key by which the
//! tokens that the readers were given are known again when the archive is lost, and the archive that it came from.

use super::identify_digest;
use crate::archive::ArchiveIdentity;
use crate::mail::Header;
use crate::mailbox::KEY_FIELD;
use crate::secret::InstallationKey;

/// The field that names the archive which a copy came from: one that was restored, or another machine's, can be told.
const ARCHIVE_FIELD: &str = "X-Nikkan-Archive";

/// Returns the header fields that stand before `bytes`, the part of a digest's mail that all readers have. `key` is left out
/// where others may read the folder.
pub fn copy_fields(
    bytes: &[u8],
    archive: ArchiveIdentity,
    key: Option<&InstallationKey>,
) -> Vec<u8> {
    let mut fields = String::new();
    // Mail of older versions has the readers in what was sealed.
    if Header::parse(bytes).first("To").is_none() {
        fields.push_str("To: undisclosed readers:;\r\n");
    }
    fields.push_str(&format!("{ARCHIVE_FIELD}: {archive}\r\n"));
    if let Some(key) = key {
        fields.push_str(&format!("{KEY_FIELD}: {}\r\n", key.to_text()));
    }
    fields.into_bytes()
}

/// Reads the key from the header of a copy; `None` when it is none of a digest, or has none. Only of a folder into which nobody
/// can mail is this to be believed.
pub fn copied_key(header: &[u8]) -> Option<InstallationKey> {
    identify_digest(header)?;
    InstallationKey::from_text(&Header::parse(header).first(KEY_FIELD)?.text())
}

/// Reads from the header of a copy which archive it came from; `None` when it is none of a digest, or an older version's.
pub fn copied_archive(header: &[u8]) -> Option<ArchiveIdentity> {
    identify_digest(header)?;
    ArchiveIdentity::from_text(&Header::parse(header).first(ARCHIVE_FIELD)?.text())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::Edition;
    use crate::press::tests::fixtures::{mail, model_day};
    use crate::press::{message_id, resend_message_id};
    use crate::wording::Language;

    fn archive() -> ArchiveIdentity {
        ArchiveIdentity::from_text("000102030405060708090a0b0c0d0e0f").unwrap()
    }

    /// The copy of a digest, as the folder holds it.
    fn copy(id: &str, key: Option<&InstallationKey>) -> Vec<u8> {
        let edited = model_day(Language::En);
        let date = edited.digest.date.end();
        let mail = mail(&edited, &Edition::unconfigured(), date, id).unwrap();
        [copy_fields(&mail.bytes, archive(), key), mail.bytes].concat()
    }

    #[test]
    fn a_copy_names_no_reader_and_brings_the_key_back() {
        let key = InstallationKey::generate().unwrap();
        let (edition, day) = (Edition::unconfigured(), model_day(Language::En).digest.date);
        let id = message_id(&key, &edition, day);
        let whole = copy(&id, Some(&key));
        let text = String::from_utf8_lossy(&whole);
        assert!(text.starts_with(
            "To: undisclosed readers:;\r\nX-Nikkan-Archive: 000102030405060708090a0b0c0d0e0f\r\nX-Nikkan-Key: "
        ));
        assert!(!text.contains("reader@localhost"), "{text}");
        assert!(identify_digest(&whole).is_some());
        assert_eq!(copied_key(&whole), Some(key.clone()));
        assert_eq!(copied_archive(&whole), Some(archive()));
        assert_eq!(copied_key(&copy(&id, None)), None);
        // Neither a resend nor any other mail brings one.
        let id = resend_message_id(&key, &edition, day, 1);
        assert_eq!(copied_key(&copy(&id, Some(&key))), None);
        let other = format!("X-Nikkan-Key: {}\r\n\r\n", key.to_text());
        assert_eq!(copied_key(other.as_bytes()), None);
    }

    #[test]
    fn a_digest_that_an_older_version_sealed_keeps_its_one_to() {
        let old = b"From: a@example.net\r\nTo: b@example.org,\r\n c@example.org\r\n\r\nx\r\n";
        let fields = copy_fields(old, archive(), None);
        assert!(fields.starts_with(b"X-Nikkan-Archive: "));
        assert!(!String::from_utf8_lossy(&fields).contains("To: "));
    }
}
