//! The backups in a directory: one a UTC day, `nikkan-2025-11-28.db`. `nikkan.db`, as 0.1.0 wrote it, is one as well.

use std::cmp::Reverse;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::directory::DATABASE;
use super::summary::{ArchiveSummary, check_integrity, open_unchanging};
use crate::archive::ArchiveError;
use crate::clock::Day;

/// One backup in its directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Generation {
    /// The day on which it was made; `None` of 0.1.0's, which is older than all others.
    pub day: Option<Day>,
    /// Counts those of one day, from 0.
    number: u32,
    /// The file.
    pub path: PathBuf,
}

impl Generation {
    /// Returns the file of a day; `number` is 0 unless one that holds more lies there already.
    pub(super) fn of_day(directory: &Path, day: Day, number: u32) -> Generation {
        let name = match number {
            0 => format!("nikkan-{day}.db"),
            more => format!("nikkan-{day}.{more}.db"),
        };
        Generation {
            day: Some(day),
            number,
            path: directory.join(name),
        }
    }

    fn from_path(path: PathBuf) -> Option<Generation> {
        let name = path.file_name()?.to_str()?;
        if name == DATABASE {
            return Some(Generation {
                day: None,
                number: 0,
                path,
            });
        }
        let stem = name.strip_prefix("nikkan-")?.strip_suffix(".db")?;
        let (day, number) = match stem.split_once('.') {
            Some((day, number)) => (day, number.parse().ok().filter(|number| *number > 0)?),
            None => (stem, 0),
        };
        Some(Generation {
            day: Some(day.parse().ok()?),
            number,
            path,
        })
    }

    /// Checks the whole file, and reads what it holds.
    ///
    /// # Errors
    /// The file cannot be read, is damaged, or is no archive.
    pub fn verify(&self) -> Result<ArchiveSummary, ArchiveError> {
        let connection = open_unchanging(&self.path)?;
        check_integrity(&connection)?;
        ArchiveSummary::of(&connection)
    }
}

/// Lists the backups in `directory`, newest first; none where it is not there.
///
/// # Errors
/// The directory cannot be read.
pub fn generations(directory: &Path) -> io::Result<Vec<Generation>> {
    let entries = match fs::read_dir(directory) {
        Err(cause) if cause.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries?,
    };
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        // A link may lead to a disk of its own.
        if let Some(generation) = Generation::from_path(entry.path())
            && fs::metadata(entry.path()).is_ok_and(|it| it.is_file() && it.len() > 0)
        {
            found.push(generation);
        }
    }
    found.sort_by(|one, other| other.cmp(one));
    Ok(found)
}

/// The newest backup of a directory that is whole.
#[derive(Debug, Default)]
pub struct NewestBackup {
    /// That backup, and what it holds.
    pub whole: Option<(Generation, ArchiveSummary)>,
    /// The newer ones, and what is wrong with each.
    pub damaged: Vec<(PathBuf, ArchiveError)>,
}

/// Finds the newest backup that is whole: the one that holds most.
///
/// # Errors
/// The directory cannot be read.
pub fn newest_whole(directory: &Path) -> io::Result<NewestBackup> {
    let mut all = generations(directory)?;
    // An archive only grows; a name may be of a day that a clock ahead was at. One that cannot be read is told, if it is newer.
    all.sort_by_cached_key(|generation| {
        let held = ArchiveSummary::read(&generation.path).ok();
        Reverse((
            held.is_none(),
            held.map(|it| (it.messages, it.digests, it.rewound)),
            generation.clone(),
        ))
    });
    let mut newest = NewestBackup::default();
    let mut damaged = Vec::new();
    for generation in all {
        match generation.verify() {
            Ok(summary) => {
                damaged.retain(|(other, _)| *other > generation);
                newest.whole = Some((generation, summary));
                break;
            }
            Err(why) => damaged.push((generation, why)),
        }
    }
    newest.damaged = damaged
        .into_iter()
        .map(|(it, why)| (it.path, why))
        .collect();
    Ok(newest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn backups_are_known_by_their_names_and_stand_newest_first() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "nikkan.db",
            "nikkan-2025-11-28.db",
            "nikkan-2025-11-28.10.db",
            "nikkan-2025-11-28.9.db",
            "nikkan-2025-12-01.db",
            "nikkan-2025-12-02.db-wal",
            "nikkan-2025-12-02.db.7.part",
            "nikkan-2025-11-28.0.db",
            "nikkan-2025-13-01.db",
            "nikkan-today.db",
            "other.db",
        ] {
            fs::write(folder.path().join(name), "x").unwrap();
        }
        fs::write(folder.path().join("nikkan-2025-12-03.db"), "").unwrap();
        fs::create_dir(folder.path().join("nikkan-2025-12-04.db")).unwrap();
        let found = generations(folder.path()).unwrap();
        let names: Vec<_> = found
            .iter()
            .map(|one| one.path.file_name().unwrap().to_str().unwrap())
            .collect();
        assert_eq!(
            names,
            [
                "nikkan-2025-12-01.db",
                "nikkan-2025-11-28.10.db",
                "nikkan-2025-11-28.9.db",
                "nikkan-2025-11-28.db",
                "nikkan.db"
            ]
        );
        assert_eq!(generations(&folder.path().join("none")).unwrap(), []);
    }
}
