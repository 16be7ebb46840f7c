//! The keys of this installation and of those before it and beside it, and the readers' tokens that are made of them.

use jiff::Timestamp;

use crate::archive::store::rows::micros;
use crate::archive::{Archive, ArchiveError};
use crate::mail::comparable_address;
use crate::secret::InstallationKey;

/// Returns the token by which a reader leaves an edition. `address` is compared as [`comparable_address`] makes it.
pub fn leave_token(key: &InstallationKey, edition: &str, address: &str, generation: i64) -> String {
    reader_token(key, "leave", edition, address, generation)
}

/// Returns the token that stands for a reader in the envelope's sender, so that a bounce names who it is about.
pub fn bounce_token(
    key: &InstallationKey,
    edition: &str,
    address: &str,
    generation: i64,
) -> String {
    reader_token(key, "bounce", edition, address, generation)
}

fn reader_token(
    key: &InstallationKey,
    purpose: &str,
    edition: &str,
    address: &str,
    generation: i64,
) -> String {
    let address = comparable_address(address);
    key.tag(&[purpose, edition, &address, &generation.to_string()])
}

fn read_key(bytes: Vec<u8>) -> Result<InstallationKey, ArchiveError> {
    InstallationKey::from_bytes(&bytes)
        .ok_or_else(|| ArchiveError::Content("the installation's key is none".into()))
}

impl Archive {
    /// Returns the key of this installation, which is made when it is first asked for.
    ///
    /// # Errors
    /// The archive cannot be read or written, or the system gives no random bytes.
    pub async fn installation_key(&self, now: Timestamp) -> Result<InstallationKey, ArchiveError> {
        let sql = "SELECT key FROM installation_key WHERE own = 1";
        // Asked for with every mail that is printed: it waits for no other process that writes.
        if let Some(known) = self.find(sql, [], |row| row.get(0)).await? {
            return read_key(known);
        }
        let new = InstallationKey::generate()
            .map_err(|why| ArchiveError::Content(format!("no key can be made: {why}")))?;
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO installation_key (key, own, learned_at)
                 SELECT ?1, 1, ?2 WHERE NOT EXISTS (SELECT 1 FROM installation_key WHERE own = 1)",
                (new.as_bytes(), micros(now)),
            )?;
            read_key(transaction.query_row(sql, [], |row| row.get(0))?)
        })
        .await
    }

    /// Returns every key that a reader's token may be made of: this installation's, and those that were learned.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn known_keys(&self) -> Result<Vec<InstallationKey>, ArchiveError> {
        let sql = "SELECT key FROM installation_key ORDER BY own DESC, learned_at DESC";
        let keys: Vec<Vec<u8>> = self.select(sql, [], |row| row.get(0)).await?;
        Ok(keys
            .iter()
            .filter_map(|key| InstallationKey::from_bytes(key))
            .collect())
    }

    /// Keeps the key of another installation, or of this one before its archive was lost.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn learn_key(
        &self,
        key: &InstallationKey,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let key = key.as_bytes().to_vec();
        self.execute(
            "INSERT INTO installation_key (key, own, learned_at) VALUES (?1, 0, ?2) ON CONFLICT DO NOTHING",
            (key, micros(now)),
        )
        .await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_key_is_made_once_and_others_are_learned_beside_it() {
        let archive = Archive::in_memory().unwrap();
        let now: Timestamp = "2025-11-28T12:00:00Z".parse().unwrap();
        let own = archive.installation_key(now).await.unwrap();
        assert_eq!(archive.installation_key(now).await.unwrap(), own);
        let other = InstallationKey::generate().unwrap();
        for _ in 0..2 {
            archive.learn_key(&other, now).await.unwrap();
            archive.learn_key(&own, now).await.unwrap();
        }
        assert_eq!(archive.known_keys().await.unwrap(), [own, other]);
    }
}
