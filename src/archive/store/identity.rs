//! The identity of an archive: random, made with it, kept by its backups and in the copies of its digests.

use std::fmt;
use std::path::Path;

use super::genuine::open_uri;
use crate::archive::{Archive, ArchiveError};

/// Bytes of an identity: two never meet by chance.
const LENGTH: usize = 16;

/// The identity of one archive, which its backups share. It is no secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArchiveIdentity([u8; LENGTH]);

impl ArchiveIdentity {
    /// Reads an identity from its bytes; `None` when they are not as many as one has.
    pub(super) fn from_bytes(bytes: &[u8]) -> Option<Self> {
        Some(ArchiveIdentity(bytes.try_into().ok()?))
    }

    /// Reads the identity of a whole file that nobody writes: a backup. `None` where it has none or cannot be read.
    pub fn of_file(file: &Path) -> Option<Self> {
        let sql = "SELECT identity FROM archive_identity";
        let connection = open_uri(file, "immutable=1").ok()?;
        let bytes: Vec<u8> = connection.query_row(sql, [], |row| row.get(0)).ok()?;
        Self::from_bytes(&bytes)
    }

    /// Reads what `Display` writes: 32 hexadecimal digits.
    pub fn from_text(text: &str) -> Option<Self> {
        let digits = text.trim();
        if digits.len() != 2 * LENGTH || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return None;
        }
        Some(ArchiveIdentity(
            u128::from_str_radix(digits, 16).ok()?.to_be_bytes(),
        ))
    }
}

impl fmt::Display for ArchiveIdentity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl Archive {
    /// Returns the archive's identity, which its backups and the copies in `sent_folder` carry.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn identity(&self) -> Result<ArchiveIdentity, ArchiveError> {
        let sql = "SELECT identity FROM archive_identity";
        let bytes: Option<Vec<u8>> = self.find(sql, [], |row| row.get(0)).await?;
        bytes
            .and_then(|bytes| ArchiveIdentity::from_bytes(&bytes))
            .ok_or_else(|| ArchiveError::Content("it has no identity".into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_archive_is_marked_as_one_and_keeps_its_identity() {
        let directory = tempfile::tempdir().unwrap();
        let archive = Archive::open(directory.path()).unwrap();
        let identity = archive.identity().await.unwrap();
        archive.close().await;
        let again = Archive::open(directory.path()).unwrap();
        assert_eq!(again.identity().await.unwrap(), identity);
        let number =
            again
                .call(|connection| {
                    Ok(connection
                        .query_row("PRAGMA application_id", [], |row| row.get::<_, u32>(0))?)
                })
                .await
                .unwrap();
        assert_eq!(number.to_be_bytes(), *b"nikk");
        let other = Archive::in_memory().unwrap().identity().await.unwrap();
        assert_ne!(other, identity);
    }

    #[test]
    fn an_identity_is_read_as_it_is_written_and_nothing_else_is_one() {
        let identity = ArchiveIdentity::from_bytes(&[7; LENGTH]).unwrap();
        let text = identity.to_string();
        assert_eq!(text, "07".repeat(16));
        assert_eq!(ArchiveIdentity::from_text(&text), Some(identity));
        for wrong in ["", "07", "+7070707070707070707070707070707", &text[1..]] {
            assert_eq!(ArchiveIdentity::from_text(wrong), None, "{wrong}");
        }
    }
}
