//! Makes sure that what lies in the archive's place is an archive, with its own journal or none, before SQLite opens it: an
//! empty file becomes a database when it is opened, another program's gets our tables, and a journal that belongs elsewhere
//! is written over it.

use std::fs::{self, File, Metadata};
use std::io::{self, BufReader, ErrorKind, Read};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::directory::{DATABASE, beside};
use super::journal_proof::{self, FileFacts, HEADER, Marks};
use super::presence;
use crate::archive::ArchiveError;

/// The number in the header of an archive (sqlite.org/fileformat2.html, section 1.3.16): "nikk". One of 0.1.0 has 0 there until
/// it is migrated.
const APPLICATION: u32 = u32::from_be_bytes(*b"nikk");

/// Looks at a file that another process is writing are made so often before what they show counts.
const LOOKS: usize = 5;

/// The tables that every archive has had since 0.1.0, which had no number of its own.
const TABLES_OF_0_1_0: [&str; 5] = ["announcement", "cursor", "digest", "edition", "message"];

/// What lies in the archive's place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing.
    Nothing,
    /// A database, and no journal that would spoil it.
    Database,
}

/// Looks at the archive's place in `directory` without opening anything in it by SQLite's ways.
///
/// # Errors
/// Something else lies there, or a journal that belongs to another file.
pub(super) fn examine(directory: &Path) -> Result<Found, ArchiveError> {
    let path = directory.join(DATABASE);
    let metadata = match fs::metadata(&path) {
        Ok(metadata) => metadata,
        Err(why) if why.kind() == ErrorKind::NotFound => return examine_nothing(&path),
        Err(cause) => {
            let path = directory.to_owned();
            return Err(ArchiveError::Directory { path, cause });
        }
    };
    let not_ours = |what: &str| ArchiveError::NotOurs {
        path: path.clone(),
        what: what.into(),
    };
    if !metadata.is_file() {
        return Err(not_ours("it is no file"));
    }
    if metadata.len() == 0 {
        return Err(ArchiveError::Empty {
            what: "0 bytes".into(),
            path,
        });
    }
    // What is open was examined when it was opened.
    if presence::is_open_here(&metadata) {
        return Ok(Found::Database);
    }
    match read_header(&path) {
        Ok(Some(facts)) => examine_journals(&path, &metadata, facts),
        Ok(None) => Err(not_ours(
            "it does not begin as a database of SQLite does, so it is another file, or damaged",
        )),
        // SQLite finds words for what cannot be read.
        Err(_) => Ok(Found::Database),
    }
}

/// Without the file, a journal means that it was moved, and would be deleted with a new one.
fn examine_nothing(path: &Path) -> Result<Found, ArchiveError> {
    if path.symlink_metadata().is_ok() {
        return Err(ArchiveError::NotOurs {
            path: path.to_owned(),
            what: "it is a link to a file that is not there".into(),
        });
    }
    for ending in ["-wal", "-journal"] {
        let journal = beside(path, ending);
        if fs::metadata(&journal).is_ok_and(|metadata| metadata.len() > 0) {
            return Err(ArchiveError::ForeignJournal {
                journal,
                file: DATABASE.into(),
                why: format!("there is no {DATABASE}, which was moved or removed"),
            });
        }
    }
    Ok(Found::Nothing)
}

fn read_header(path: &Path) -> io::Result<Option<FileFacts>> {
    let mut header = [0; HEADER];
    match File::open(path)?.read_exact(&mut header) {
        Ok(()) => Ok(FileFacts::of_header(&header)),
        Err(short) if short.kind() == ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

fn examine_journals(
    path: &Path,
    metadata: &Metadata,
    facts: FileFacts,
) -> Result<Found, ArchiveError> {
    let foreign = |ending, why| ArchiveError::ForeignJournal {
        journal: beside(path, ending),
        file: DATABASE.into(),
        why,
    };
    // A journal that cannot be opened is none, or SQLite cannot open it either, and finds words for that.
    if let Ok(journal) = File::open(beside(path, "-journal")) {
        let pages = metadata.len() / u64::from(facts.page_size.max(1));
        let fault = journal_proof::fault_of_rollback_journal(journal, &facts, pages);
        if let Ok(Some(why)) = fault {
            return Err(foreign("-journal", why));
        }
    }
    match fault_of_log(path, facts) {
        Some(why) => Err(foreign("-wal", why)),
        None => Ok(Found::Database),
    }
}

/// Judges the write-ahead log. Another process may write both meanwhile: what they show counts when neither has changed.
fn fault_of_log(path: &Path, mut facts: FileFacts) -> Option<String> {
    let mut fault = None;
    for _ in 0..LOOKS {
        let log = File::open(beside(path, "-wal")).ok()?;
        facts.marks = read_marks(path);
        let (mut salt, mut again) = ([0; 8], [0; 8]);
        fault = journal_proof::fault_of_log(BufReader::new(log), &facts, &mut salt).ok()?;
        fault.as_ref()?;
        let log = File::open(beside(path, "-wal")).ok()?;
        journal_proof::fault_of_log(log.take(32), &facts, &mut again).ok()?;
        if salt == again && read_marks(path) == facts.marks {
            return fault;
        }
    }
    fault
}

/// Returns true when the write-ahead log beside `path` is known to be another file's.
pub(super) fn has_foreign_log(path: &Path) -> bool {
    let facts = read_header(path).ok().flatten();
    facts.is_some_and(|facts| fault_of_log(path, facts).is_some())
}

/// Reads the marks of the file as it is without its journals; `None` when it has none. `immutable` keeps SQLite from looking at
/// journals and from locking (sqlite.org/uri.html, section 3.4).
fn read_marks(path: &Path) -> Option<(u32, Marks)> {
    let connection = open_uri(path, "immutable=1").ok()?;
    let sql = "SELECT rootpage, identity, stamp, before FROM sqlite_schema, archive_identity
         WHERE type = 'table' AND name = 'archive_identity'";
    let read = connection.query_row(sql, [], |row| {
        let marks = Marks {
            identity: row.get(1)?,
            stamp: row.get(2)?,
            before: row.get(3)?,
        };
        Ok((row.get(0)?, marks))
    });
    read.ok()
}

/// Opens a file for reading alone, with the parameters of a URI.
///
/// # Errors
/// SQLite cannot open it.
pub(super) fn open_uri(path: &Path, parameters: &str) -> rusqlite::Result<Connection> {
    let mut uri = String::from("file:");
    for c in path.to_string_lossy().chars() {
        match c {
            '%' | '?' | '#' => uri.push_str(&format!("%{:02x}", u32::from(c))),
            c => uri.push(c),
        }
    }
    uri.push('?');
    uri.push_str(parameters);
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
        | OpenFlags::SQLITE_OPEN_NO_MUTEX
        | OpenFlags::SQLITE_OPEN_URI;
    Connection::open_with_flags(uri, flags)
}

/// Makes sure that a database is an archive, before anything is written into it.
///
/// # Errors
/// It is another program's, or has no tables.
pub(super) fn check_marks(connection: &Connection, path: &Path) -> Result<(), ArchiveError> {
    let read = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, u32>(0));
    let number = read("PRAGMA application_id")?;
    if number == APPLICATION {
        return Ok(());
    }
    let mut statement = connection.prepare(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let tables = statement.query_map([], |row| row.get(0))?;
    let tables: Vec<String> = tables.collect::<Result<_, _>>()?;
    let path = path.to_owned();
    if tables.is_empty() {
        return Err(ArchiveError::Empty {
            path,
            what: "a database without a table".into(),
        });
    }
    let is_0_1_0 = TABLES_OF_0_1_0
        .iter()
        .all(|name| tables.iter().any(|table| table == name));
    if number == 0 && is_0_1_0 {
        return Ok(());
    }
    let mut first = tables;
    first.truncate(3);
    let program = match name_of(number) {
        Some(name) => format!(" with the application id {name}"),
        None => String::new(),
    };
    Err(ArchiveError::NotOurs {
        path,
        what: format!(
            "it is another program's database{program}, whose tables begin with {}",
            first.join(", ")
        ),
    })
}

/// Writes an application id as people write them; `None` for 0, which is none.
fn name_of(number: u32) -> Option<String> {
    let bytes = number.to_be_bytes();
    if number == 0 {
        return None;
    }
    Some(match bytes.iter().all(u8::is_ascii_graphic) {
        true => bytes.iter().map(|byte| char::from(*byte)).collect(),
        false => format!("{number:#x}"),
    })
}
