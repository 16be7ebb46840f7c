//! Small notes of the daemon, for its next start and for `nikkan status`.

use rusqlite::{OptionalExtension, params};

use super::{Archive, ArchiveError};

impl Archive {
    /// Reads a note of the daemon.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn daemon_note(&self, name: &str) -> Result<Option<String>, ArchiveError> {
        let name = name.to_owned();
        self.call(move |connection| {
            Ok(connection
                .query_row("SELECT text FROM note WHERE name = ?1", [name], |row| {
                    row.get(0)
                })
                .optional()?)
        })
        .await
    }

    /// Writes a note of the daemon.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn set_daemon_note(&self, name: &str, text: String) -> Result<(), ArchiveError> {
        let name = name.to_owned();
        self.call(move |connection| {
            connection.execute(
                "INSERT INTO note (name, text) VALUES (?1, ?2) ON CONFLICT DO UPDATE SET text = excluded.text",
                params![name, text],
            )?;
            Ok(())
        })
        .await
    }
}
