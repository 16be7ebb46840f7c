//! Passwords and tokens: where they come from, and a value that never prints. No secret reaches a log, an error,
//! `status` or the process list.
//!
//! ```
//! use nikkan::secret::LoginKeys;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let login: LoginKeys<String> = toml::from_str(
//!     r#"
//!     username = "reader"
//!     password_command = ["echo", "correct horse"]
//!     "#,
//! )?;
//! let secret = login.secret()?.read().await?;
//! assert_eq!(secret.expose(), "correct horse");
//! assert_eq!(format!("{secret:?}"), "[secret]");
//! # Ok(())
//! # }
//! ```

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::{Deserialize, Deserializer};

mod auth;
mod credential;
mod keys;

pub use auth::Auth;
pub use credential::{Credential, CredentialError};
pub use keys::{KeyError, LoginKeys, SecretKeys};

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

    /// Returns the value itself, for the one call that sends it.
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

/// The source of a secret. It is read anew at each login, so that a changed password needs no restart.
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
        /// The system's words.
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
        /// Its exit status.
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
    /// Reads the secret now, as it is at this moment.
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
