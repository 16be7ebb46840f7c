//! The rooms' settings, put together, and read from one TOML file.
//!
//! Each room says which keys its table has; here they are only joined, checked against each other, and every fault is
//! told with its file, line and key.
//!
//! ```
//! use std::path::Path;
//!
//! let text = r#"
//! [mailbox]
//! host = "mail.example.net"
//! username = "reader"
//! password_file = "/etc/nikkan/password"
//!
//! [smtp]
//! host = "mail.example.net"
//!
//! [[edition]]
//! name = "daily"
//! from = "nikkan@example.net"
//! to = ["reader@example.net"]
//! "#;
//! let config = nikkan::config::parse(text, Path::new("config.toml"))?;
//! assert_eq!(config.mailbox.endpoint().to_string(), "mail.example.net:993");
//!
//! let misspelt = text.replace("username", "usrename");
//! let error = nikkan::config::parse(&misspelt, Path::new("config.toml")).unwrap_err();
//! assert_eq!(
//!     error.to_string(),
//!     "config.toml:4:1: unknown key `usrename` in [mailbox]; did you mean `username`?"
//! );
//! # Ok::<(), nikkan::config::ConfigError>(())
//! ```

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::announcement::List;
use crate::archive;
use crate::digest::{self, Edition};
use crate::editor::EditorSettings;
use crate::mailbox::MailboxSettings;
use crate::outbox::{SmtpSettings, StandbySettings};
use crate::press;

mod checks;
mod explain;
mod files;
mod keys;
mod read;
mod section;
mod shape;
mod tables;

/// Everything that can be configured.
#[derive(Clone, Debug)]
pub struct Config {
    /// The file it was read from.
    pub path: PathBuf,
    /// `[mailbox]`.
    pub mailbox: MailboxSettings,
    /// `[smtp]`.
    pub smtp: SmtpSettings,
    /// `[standby]`; `None` where this is the only machine, or the first of two.
    pub standby: Option<StandbySettings>,
    /// `[archive]`.
    pub archive: archive::ArchiveSettings,
    /// `[[list]]`: what is configured; the built-in lists come from [`crate::announcement::Lists`].
    pub lists: Vec<List>,
    /// `[[edition]]`, at least one; the names differ.
    pub editions: Vec<Edition>,
    /// `[editor]`.
    pub editor: Option<EditorSettings>,
    /// `[digest]`.
    pub digest: digest::DigestSettings,
    /// `[press]`.
    pub press: press::PressSettings,
    /// The time after midnight that the digest waits for slow lists.
    pub grace: Duration,
    /// The number of missed days that are made good one by one; more are summed up in one digest.
    pub catch_up_days: usize,
    /// Warnings of what is allowed and not wise, one sentence each, with file and line.
    pub warnings: Vec<String>,
    /// The files that the keys name, with the positions of these.
    files: Vec<files::NamedFile>,
}

/// Why a configuration cannot be used. Printed, it is one line that names file, line and key.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("cannot read the configuration {0}: {1}; {what}", what = what_to_change(.0, .1))]
    Unreadable(PathBuf, io::Error),
    /// A file that the configuration names is not there, and may come later: the position of its key, the fault, and what to
    /// change.
    #[error("{0}:{1}: {2}")]
    NotThere(PathBuf, Position, String),
    /// A file that the configuration names did not answer in this time.
    #[error(
        "{0}: a file that it names could not be looked at within {limit} s: its file system does not answer",
        limit = .1.as_secs()
    )]
    Stuck(PathBuf, Duration),
    /// Something in the file is wrong at this position: the fault, and what to change.
    #[error("{0}:{1}: {2}")]
    Wrong(PathBuf, Position, String),
    /// Neither `directory` in the file nor `$STATE_DIRECTORY` is set.
    #[error(
        "{0}: no directory for the archive; set directory in [archive], or let systemd set it with StateDirectory="
    )]
    NoDirectory(PathBuf),
}

/// A file that is there, saved under a strict umask, is not to be named otherwise.
fn what_to_change(path: &Path, cause: &io::Error) -> String {
    if cause.kind() == io::ErrorKind::PermissionDenied {
        format!(
            "the user that runs nikkan must be able to read it, as with: chmod 644 {}",
            path.display()
        )
    } else {
        "name the file with --config or NIKKAN_CONFIG".into()
    }
}

/// A position in a text file, counted from 1.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column, in characters.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

impl Position {
    /// Returns the position of the byte `at` of `text`.
    fn of(text: &str, at: usize) -> Self {
        let before = text.get(..at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Position {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
        }
    }
}

/// Reads the configuration in `path`.
///
/// # Errors
/// The first fault found; see [`ConfigError`].
pub fn load(path: &Path) -> Result<Config, ConfigError> {
    let bytes = std::fs::read(path);
    let bytes = bytes.map_err(|cause| ConfigError::Unreadable(path.to_owned(), cause))?;
    let text = String::from_utf8(bytes).map_err(|error| {
        let text = String::from_utf8_lossy(error.as_bytes());
        let position = Position::of(&text, error.utf8_error().valid_up_to());
        let message = "this is not UTF-8 text; save the file as UTF-8".into();
        ConfigError::Wrong(path.to_owned(), position, message)
    })?;
    let mut config = parse(&text, path)?;
    if config.archive.directory.is_none() {
        config.archive.directory = state_directory();
    }
    let open = files::readable_by_others(&config, path);
    config.warnings.extend(open);
    Ok(config)
}

/// Returns the directory that systemd made for the service: the first one, when it names several.
fn state_directory() -> Option<PathBuf> {
    let value = std::env::var_os("STATE_DIRECTORY")?;
    std::env::split_paths(&value).find(|path| !path.as_os_str().is_empty())
}

/// Reads the configuration `text`; `path` is only for messages.
///
/// # Errors
/// The first fault found.
pub fn parse(text: &str, path: &Path) -> Result<Config, ConfigError> {
    read::read(text, path).map_err(|fault| {
        let position = Position::of(text, fault.at);
        ConfigError::Wrong(path.to_owned(), position, fault.message)
    })
}

impl Config {
    /// Returns the directory of the archive.
    ///
    /// # Errors
    /// Neither the key nor `$STATE_DIRECTORY` is set.
    pub fn archive_directory(&self) -> Result<PathBuf, ConfigError> {
        let directory = self.archive.directory.clone();
        directory.ok_or_else(|| ConfigError::NoDirectory(self.path.clone()))
    }

    /// Checks that the files which the configuration names (passwords, certificates) can be read. Not part of
    /// reading it: most commands need none of them, and are run by people who may not read them.
    ///
    /// # Errors
    /// The first that cannot.
    pub fn check_files(&self) -> Result<(), ConfigError> {
        (self.files.iter()).try_for_each(|named| self.check(named).map(drop))
    }

    /// Returns what is remarkable about the files that can be used, one sentence each, with file and line.
    pub fn file_remarks(&self) -> Vec<String> {
        let remarks = self.files.iter().flat_map(|named| {
            let found = self.check(named).unwrap_or_default();
            let (path, position) = (self.path.display(), named.position);
            found
                .into_iter()
                .map(move |said| format!("{path}:{position}: {said}"))
        });
        remarks.collect()
    }

    /// Checks the same of the templates and the themes alone, which every command needs that prints a digest.
    ///
    /// # Errors
    /// The first that cannot be used.
    pub fn check_looks(&self) -> Result<(), ConfigError> {
        let mut looks = (self.files.iter()).filter(|named| files::LOOKS.contains(&named.key));
        looks.try_for_each(|named| self.check(named).map(drop))
    }

    fn check(&self, named: &files::NamedFile) -> Result<Vec<String>, ConfigError> {
        named.check().map_err(|fault| {
            let (path, at) = (self.path.clone(), named.position);
            match fault.may_come {
                true => ConfigError::NotThere(path, at, fault.said),
                false => ConfigError::Wrong(path, at, fault.said),
            }
        })
    }

    /// Returns the edition with this name, or the first.
    ///
    /// # Errors
    /// No edition has this name; the sentence lists those there are.
    pub fn edition(&self, name: Option<&str>) -> Result<&Edition, String> {
        let wanted = |edition: &&Edition| name.is_none_or(|name| edition.name == name);
        self.editions.iter().find(wanted).ok_or_else(|| {
            let known: Vec<_> = self.editions.iter().map(|e| e.name.as_str()).collect();
            let (name, known) = (name.unwrap_or_default(), known.join(", "));
            format!("no edition is called `{name}`; there is {known}")
        })
    }
}

#[cfg(test)]
mod tests;
