//! Passwords and tokens: where they come from, and a value that never prints. No secret reaches a log, an error,
//! `status` or the process list.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

mod auth;
mod credential;

pub use auth::Auth;
pub use credential::{Credential, CredentialError};

/// A command that asks a person or a locked keyring would hang for ever; nobody is there at midnight.
const COMMAND_LIMIT: Duration = Duration::from_secs(60);

/// A password or token. `Debug` prints `[secret]`, there is no `Display` and it cannot be serialised.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// Wraps a value that must not be printed.
    pub fn new(value: impl Into<String>) -> Self {
        Secret(value.into())
    }

    /// The value itself, for the one call that sends it.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Secret)
    }
}

/// Where a secret comes from. It is read anew at each login, so that a changed password needs no restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The first line of what systemd hands over.
    Credential(Credential),
    /// The first line of a file.
    File(PathBuf),
    /// The first line that a command prints; the command is run without a shell.
    Command(Vec<String>),
    /// Written into the configuration itself, which `check` and `run` warn of.
    Plain(Secret),
}

/// Why a secret could not be had. Says what to change, and never shows what was read.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file is missing or may not be read.
    #[error(
        "cannot read the password file {path}: {cause}; it must exist and be readable by the user that runs nikkan"
    )]
    File {
        /// The file as configured.
        path: PathBuf,
        /// What the system said.
        cause: io::Error,
    },
    /// The credential is not there.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The file or the command's output has no first line.
    #[error("{0} gave no password: its first line is empty")]
    Empty(String),
    /// The command could not be started.
    #[error("cannot run the password command `{program}`: {cause}")]
    Start {
        /// The program as configured.
        program: String,
        /// What the system said.
        cause: io::Error,
    },
    /// The command ended with an error; what it printed is not shown, since it may hold the secret.
    #[error(
        "the password command `{program}` failed ({status}); run it by hand as the user that runs nikkan"
    )]
    Failed {
        /// The program as configured.
        program: String,
        /// How it ended.
        status: std::process::ExitStatus,
    },
    /// The command did not end in time.
    #[error("the password command `{program}` did not answer within {} s; it must not wait for a person", COMMAND_LIMIT.as_secs())]
    Slow {
        /// The program as configured.
        program: String,
    },
}

impl SecretSource {
    /// Joins the keys `<name>_file`, `<name>_command` and `<name>` of one table; `None` where none is set.
    ///
    /// # Errors
    /// More than one of them set, or an empty command: the sentence to show.
    pub fn from_keys(
        name: &str,
        file: Option<&Path>,
        command: Option<&[String]>,
        plain: Option<&Secret>,
    ) -> Result<Option<Self>, String> {
        Self::from_all_keys(name, None, file, command, plain)
    }

    /// The same with `<name>_credential`.
    ///
    /// # Errors
    /// As above, or a credential's name that is no file's.
    pub fn from_all_keys(
        name: &str,
        credential: Option<&Credential>,
        file: Option<&Path>,
        command: Option<&[String]>,
        plain: Option<&Secret>,
    ) -> Result<Option<Self>, String> {
        let mut found = Vec::new();
        found.extend(credential.map(|named| SecretSource::Credential(named.clone())));
        found.extend(file.map(|path| SecretSource::File(path.to_owned())));
        found.extend(command.map(|words| SecretSource::Command(words.to_vec())));
        found.extend(plain.map(|value| SecretSource::Plain(value.clone())));
        if found.len() > 1 {
            return Err(format!(
                "only one of {name}_credential, {name}_file, {name}_command and {name} may be set"
            ));
        }
        match found.pop() {
            Some(SecretSource::Credential(named)) if !named.is_sound() => Err(format!(
                "{name}_credential must be a name of letters, digits, `-`, `_` and `.`, as in LoadCredential="
            )),
            Some(SecretSource::Command(words)) if words.first().is_none_or(String::is_empty) => {
                Err(format!("{name}_command must name a program"))
            }
            Some(SecretSource::Plain(value)) if value.expose().is_empty() => {
                Err(format!("{name} is empty"))
            }
            source => Ok(source),
        }
    }

    /// Reads the secret now.
    ///
    /// # Errors
    /// See [`SecretError`]; each message says what to change.
    pub async fn read(&self) -> Result<Secret, SecretError> {
        match self {
            SecretSource::Plain(secret) => Ok(secret.clone()),
            SecretSource::Credential(named) => Ok(named.read()?),
            SecretSource::File(path) => {
                let text = tokio::fs::read(path)
                    .await
                    .map_err(|cause| SecretError::File {
                        path: path.clone(),
                        cause,
                    })?;
                first_line(&text, || format!("the password file {}", path.display()))
            }
            SecretSource::Command(words) => run(words).await,
        }
    }
}

async fn run(words: &[String]) -> Result<Secret, SecretError> {
    let program = words.first().cloned().unwrap_or_default();
    let output = tokio::process::Command::new(&program)
        .args(words.get(1..).unwrap_or_default())
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .output();
    let output = tokio::time::timeout(COMMAND_LIMIT, output)
        .await
        .map_err(|_| SecretError::Slow {
            program: program.clone(),
        })?
        .map_err(|cause| SecretError::Start {
            program: program.clone(),
            cause,
        })?;
    if !output.status.success() {
        return Err(SecretError::Failed {
            program,
            status: output.status,
        });
    }
    first_line(&output.stdout, || {
        format!("the password command `{program}`")
    })
}

/// The first line without its line end: editors and `pass` add one, and further lines hold notes.
fn first_line(bytes: &[u8], origin: impl Fn() -> String) -> Result<Secret, SecretError> {
    let text = String::from_utf8_lossy(bytes);
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Secret::new(line)),
        _ => Err(SecretError::Empty(origin())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_never_prints() {
        let source = SecretSource::Plain(Secret::new("hunter2"));
        assert!(!format!("{source:?}").contains("hunter2"));
    }

    #[test]
    fn two_sources_at_once_are_refused() {
        let error = SecretSource::from_keys(
            "password",
            Some(Path::new("/a")),
            None,
            Some(&Secret::new("b")),
        );
        assert_eq!(
            error.unwrap_err(),
            "only one of password_credential, password_file, password_command and password may be set"
        );
    }

    #[tokio::test]
    async fn a_file_gives_its_first_line() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "correct horse\r\nnotes\n").unwrap();
        let secret = SecretSource::File(file.path().to_owned())
            .read()
            .await
            .unwrap();
        assert_eq!(secret.expose(), "correct horse");
    }

    #[tokio::test]
    async fn a_command_gives_its_first_line_and_its_failure_is_told() {
        let echo = SecretSource::Command(vec!["printf".into(), "s3cret\\nmore".into()]);
        assert_eq!(echo.read().await.unwrap().expose(), "s3cret");
        let fails = SecretSource::Command(vec!["false".into()]).read().await;
        assert!(fails.unwrap_err().to_string().contains("`false` failed"));
        let missing = SecretSource::Command(vec!["/no/such/program".into()])
            .read()
            .await;
        assert!(missing.unwrap_err().to_string().contains("cannot run"));
    }

    #[tokio::test]
    async fn a_missing_or_empty_file_says_what_to_change() {
        let missing = SecretSource::File("/no/such/file".into()).read().await;
        assert!(
            missing
                .unwrap_err()
                .to_string()
                .contains("readable by the user that runs nikkan")
        );
        let empty = tempfile::NamedTempFile::new().unwrap();
        let error = SecretSource::File(empty.path().to_owned()).read().await;
        assert!(
            error
                .unwrap_err()
                .to_string()
                .ends_with("its first line is empty")
        );
    }
}
