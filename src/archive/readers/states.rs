//! The state of each reader: active, until a mail or the operator says otherwise.

use jiff::Timestamp;
use rusqlite::{OptionalExtension as _, Row};
use serde::{Deserialize, Serialize};

use crate::archive::queue::{Owner, enqueue};
use crate::archive::store::rows::{instant, micros, named};
use crate::archive::{Archive, ArchiveError, MailObject, MessageKind};
use crate::mail::comparable_address;

/// A reader who is written to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActiveReader {
    /// The address as it is configured.
    pub address: String,
    /// The number of times that this reader came back after leaving; it is part of the tokens.
    pub generation: i64,
}

/// The state of a reader.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ReaderState {
    /// Gets each digest.
    Active,
    /// Has left by mail.
    Left,
    /// Gets nothing any more, because it came back each time.
    Bouncing,
}

impl ReaderState {
    /// Returns the name in the file, in the log and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            ReaderState::Active => "active",
            ReaderState::Left => "left",
            ReaderState::Bouncing => "bouncing",
        }
    }
}

/// What is known of a reader besides the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownReader {
    /// The edition.
    pub edition: String,
    /// The address, as addresses are compared.
    pub address: String,
    /// The state.
    pub state: ReaderState,
    /// The instant at which the state began.
    pub since: Timestamp,
    /// The last words of a server, of one that bounces; else empty.
    pub why: String,
}

/// A change of a reader's state that somebody is to be told of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReaderChange {
    /// The archive's number for the reader.
    pub id: i64,
    /// The reader, in the new state.
    pub reader: KnownReader,
    /// The number of times that this reader came back before.
    pub generation: i64,
    /// True when the reader is written to as well.
    pub farewell: bool,
    /// The Message-ID of the mail that asked for it; empty when none did.
    pub request: String,
}

impl Archive {
    /// Returns those of an edition's readers who are written to, in the same order: without those who left, and those whose
    /// mail comes back.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn active_readers(
        &self,
        edition: &str,
        addresses: Vec<String>,
    ) -> Result<Vec<ActiveReader>, ArchiveError> {
        let edition = edition.to_owned();
        self.call(move |connection| {
            let mut known = connection.prepare_cached(
                "SELECT state, generation FROM reader WHERE edition = ?1 AND address = ?2",
            )?;
            let mut active = Vec::with_capacity(addresses.len());
            for address in addresses {
                let row: Option<(String, i64)> = known
                    .query_row((&edition, comparable_address(&address)), |row| {
                        row.try_into()
                    })
                    .optional()?;
                let (state, generation) = row.unwrap_or_else(|| ("active".into(), 0));
                if state == "active" {
                    active.push(ActiveReader {
                        address,
                        generation,
                    });
                }
            }
            Ok(active)
        })
        .await
    }

    /// Returns what is known of readers besides the configuration, by edition and address.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn known_readers(&self) -> Result<Vec<KnownReader>, ArchiveError> {
        let sql =
            "SELECT edition, address, state, since, why FROM reader ORDER BY edition, address";
        self.select(sql, [], read_reader).await
    }

    /// Brings a reader back, to one edition or to all that it left. What it had before, to leave by, is of no use then: the
    /// mail that asked may come again. Returns the editions.
    ///
    /// # Errors
    /// The archive cannot be written.
    pub async fn bring_back(
        &self,
        address: &str,
        edition: Option<&str>,
        now: Timestamp,
    ) -> Result<Vec<String>, ArchiveError> {
        let (address, edition) = (comparable_address(address), edition.map(str::to_owned));
        self.select(
            "UPDATE reader SET state = 'active', since = ?3, generation = generation + (state = 'left'),
                why = '', told = 1, farewell = 0, request = ''
             WHERE address = ?1 AND edition = coalesce(?2, edition) AND state <> 'active' RETURNING edition",
            (address, edition, micros(now)),
            |row| row.get(0),
        )
        .await
    }

    /// Returns the changes that nobody was told of, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn untold_changes(&self) -> Result<Vec<ReaderChange>, ArchiveError> {
        self.select(
            "SELECT edition, address, state, since, why, id, generation, farewell, request
             FROM reader WHERE told = 0 AND state <> 'active' ORDER BY since, id",
            [],
            |row| {
                Ok(ReaderChange {
                    reader: read_reader(row)?,
                    id: row.get(5)?,
                    generation: row.get(6)?,
                    farewell: row.get(7)?,
                    request: row.get(8)?,
                })
            },
        )
        .await
    }

    /// Queues the mails about changes, and notes that they are told, in one transaction: nobody is told twice.
    ///
    /// # Errors
    /// The archive cannot be written; nothing of it is true then.
    pub async fn tell_changes(
        &self,
        changes: Vec<ReaderChange>,
        mails: Vec<(MessageKind, MailObject)>,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(move |transaction| {
            for change in &changes {
                transaction.execute("UPDATE reader SET told = 1 WHERE id = ?1", [change.id])?;
            }
            for (kind, mail) in &mails {
                enqueue(transaction, *kind, Owner::Nobody, mail, now)?;
            }
            Ok(())
        })
        .await
    }
}

fn read_reader(row: &Row<'_>) -> rusqlite::Result<KnownReader> {
    Ok(KnownReader {
        edition: row.get(0)?,
        address: row.get(1)?,
        state: named(row, 2)?,
        since: instant(row.get(3)?),
        why: row.get(4)?,
    })
}
