//! Migrations: an older file becomes a current one. The list only grows: the position of an entry is the version it leads
//! to, and an entry that was released is never edited.

use rusqlite::{Connection, TransactionBehavior};

use crate::archive::ArchiveError;

/// Entry 0 leads from an empty file to version 1.
const MIGRATIONS: &[&str] = &[
    include_str!("migrations/1.sql"),
    include_str!("migrations/2.sql"),
    include_str!("migrations/3.sql"),
    include_str!("migrations/4.sql"),
    include_str!("migrations/5.sql"),
    include_str!("migrations/6.sql"),
    include_str!("migrations/7.sql"),
    include_str!("migrations/8.sql"),
    include_str!("migrations/9.sql"),
    include_str!("migrations/10.sql"),
    include_str!("migrations/11.sql"),
    include_str!("migrations/12.sql"),
];

/// Reads the file's version, and the newest that is known.
fn versions(connection: &Connection) -> Result<(u32, u32), ArchiveError> {
    let known = u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX);
    let found: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    if found > known {
        return Err(ArchiveError::Newer { found, known });
    }
    Ok((found, known))
}

/// Returns true when the file must be brought to the current version before it can be read.
///
/// # Errors
/// It is of a newer version.
pub(super) fn is_outdated(connection: &Connection) -> Result<bool, ArchiveError> {
    let (found, known) = versions(connection)?;
    Ok(found < known)
}

/// Brings the file to the current version, in one transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), ArchiveError> {
    let (found, known) = versions(connection)?;
    if found == known {
        return Ok(());
    }
    // A table that others refer to can be made anew only so (sqlite.org/lang_altertable.html, section 7); it has no
    // effect within a transaction.
    connection.pragma_update(None, "foreign_keys", false)?;
    let migrated = in_one(connection, found, known);
    connection.pragma_update(None, "foreign_keys", true)?;
    migrated
}

fn in_one(connection: &mut Connection, found: u32, known: u32) -> Result<(), ArchiveError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    for migration in MIGRATIONS.iter().skip(found as usize) {
        transaction.execute_batch(migration)?;
    }
    let broken: i64 =
        transaction.query_row("SELECT count(*) FROM pragma_foreign_key_check", [], |row| {
            row.get(0)
        })?;
    if broken > 0 {
        return Err(ArchiveError::Content(format!(
            "{broken} of its rows refer to others that are gone"
        )));
    }
    transaction.pragma_update(None, "user_version", known)?;
    transaction.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_becomes_current_and_stays_so() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        let version: u32 = connection
            .query_row("PRAGMA user_version", [], |row| row.get(0))
            .unwrap();
        assert_eq!(version as usize, MIGRATIONS.len());
    }

    #[test]
    fn the_first_schema_that_was_released_still_becomes_current() {
        let mut old = Connection::open_in_memory().unwrap();
        old.execute_batch(include_str!("../../../tests/data/schema/v1.sql"))
            .unwrap();
        old.pragma_update(None, "user_version", 1).unwrap();
        migrate(&mut old).unwrap();
        let mut new = Connection::open_in_memory().unwrap();
        migrate(&mut new).unwrap();
        assert_eq!(tables(&old), tables(&new));
    }

    #[test]
    fn messages_and_what_they_announce_outlive_a_table_made_anew() {
        let mut old = Connection::open_in_memory().unwrap();
        old.pragma_update(None, "foreign_keys", true).unwrap();
        for migration in &MIGRATIONS[..4] {
            old.execute_batch(migration).unwrap();
        }
        old.pragma_update(None, "user_version", 4).unwrap();
        old.execute_batch(
            "INSERT INTO message (id, sha256, message_id, stored_at, size, raw) VALUES (7, x'01', 'a@b', 0, 1, x'00');
             INSERT INTO announcement (message, position, identity, kind, day, at, history, body)
                VALUES (7, 0, 'rfc:1', 'rfc', '2025-11-28', 0, 0, '{}');",
        )
        .unwrap();
        migrate(&mut old).unwrap();
        let kept: (i64, String) = old
            .query_row(
                "SELECT m.id, a.identity FROM message m JOIN announcement a ON a.message = m.id",
                [],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .unwrap();
        assert_eq!(kept, (7, "rfc:1".to_owned()));
        // Numbers are not given again, references are kept again, and the same message is refused as before.
        let insert = "INSERT INTO message (sha256, message_id, stored_at, size, raw) VALUES (x'02', NULL, 0, 1, x'00')";
        old.execute(insert, []).unwrap();
        assert_eq!(old.last_insert_rowid(), 8);
        old.execute(insert, []).unwrap_err();
        old.execute("DELETE FROM message WHERE id = 7", [])
            .unwrap_err();
    }

    /// What a table or index is called, and its columns by name.
    fn shape(connection: &Connection) -> Vec<(String, String, String)> {
        let mut statement = connection
            .prepare(
                "SELECT m.type, m.name, coalesce(c.name || ' ' || c.type || ' ' || c.\"notnull\" || ' ' || c.pk, '')
                 FROM sqlite_schema m LEFT JOIN pragma_table_xinfo(m.name) c ORDER BY 1, 2, c.cid",
            )
            .unwrap();
        let rows = statement
            .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
            .unwrap();
        rows.map(Result::unwrap).collect()
    }

    #[test]
    fn the_schema_for_reading_is_what_the_migrations_add_up_to() {
        let mut migrated = Connection::open_in_memory().unwrap();
        migrate(&mut migrated).unwrap();
        let read = Connection::open_in_memory().unwrap();
        read.execute_batch(include_str!("../schema.sql")).unwrap();
        assert_eq!(shape(&migrated), shape(&read));
    }

    fn tables(connection: &Connection) -> Vec<String> {
        let mut statement = connection
            .prepare("SELECT name FROM pragma_table_list ORDER BY name")
            .unwrap();
        let names = statement.query_map([], |row| row.get(0)).unwrap();
        names.map(Result::unwrap).collect()
    }

    #[test]
    fn a_newer_file_is_refused_with_both_numbers() {
        let mut connection = Connection::open_in_memory().unwrap();
        connection.pragma_update(None, "user_version", 99).unwrap();
        let error = migrate(&mut connection).unwrap_err().to_string();
        assert!(
            error.contains("version 99") && error.contains(&format!("up to {}", MIGRATIONS.len())),
            "{error}"
        );
    }
}
