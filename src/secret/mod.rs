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
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use serde::Deserialize;

mod command;
mod credential;
mod file;
mod installation_key;
mod keys;
mod last;
mod text;

pub use command::end_commands;
pub use credential::Credential;
pub use installation_key::InstallationKey;
pub use keys::{Auth, KeyError, LoginKeys, SecretKeys};
pub use last::LastSecret;
pub use text::{Remark, Unusable};

/// A password or token. `Debug` prints `[secret]`, there is no `Display` and it cannot be serialised.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
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
    /// The file as configured is missing or may not be read.
    #[error(
        "cannot read the password file {0}: {1}; it must exist and be readable by the user that runs nikkan"
    )]
    File(PathBuf, io::Error),
    /// The service did not get the credential of this name.
    #[error(
        "systemd handed over no credential `{0}` ({1}); the unit needs LoadCredential={0}:FILE, see `systemctl edit`"
    )]
    NotHandedOver(String, io::Error),
    /// Run by hand, and the file that the unit takes the credential from cannot be read.
    #[error(
        "cannot read {0}: {1}; systemd hands a credential to the service only, by hand it is read from this file: run as root, or set CREDENTIALS_DIRECTORY"
    )]
    NotByHand(PathBuf, io::Error),
    /// Run by hand, and no configuration was said to name the credential.
    #[error("there is no credential `{0}` outside of the service; set CREDENTIALS_DIRECTORY")]
    Nowhere(String),
    /// The credential has no first line. The shipped units hand an empty one over when its file, named second, is missing.
    #[error(
        "the credential `{0}` is empty: write it on one line into {1}, then restart the service"
    )]
    EmptyCredential(String, String),
    /// What the file, the credential or the command gives cannot be sent as it stands.
    #[error("the password {0} {1}")]
    Unusable(String, Unusable),
    /// The program as configured could not be started.
    #[error("cannot run the password command `{0}`: {1}")]
    Start(String, io::Error),
    /// The command ended with an error; what it printed is not shown, since it may hold the secret.
    #[error("the password command `{0}` failed ({1}); run it by hand as the user that runs nikkan")]
    Failed(String, ExitStatus),
    /// The command did not end in time.
    #[error("the password command `{0}` did not answer within {limit} s; it must not wait for a person", limit = command::LIMIT.as_secs())]
    Slow(String),
    /// The command prints and prints.
    #[error("the password command `{0}` printed more than {most} KiB; it must print the password on its first line, and end", most = text::MOST / 1024)]
    Endless(String),
}

impl SecretSource {
    /// Reads the secret now, as it is at this moment.
    ///
    /// # Errors
    /// See [`SecretError`]; each message says what to change.
    pub async fn read(&self) -> Result<Secret, SecretError> {
        match self {
            SecretSource::Plain(secret) => Ok(secret.clone()),
            SecretSource::Credential(named) => named.read(),
            SecretSource::File(path) => {
                let unreadable = |cause| SecretError::File(path.clone(), cause);
                let bytes = Box::pin(file::beginning(path)).await.map_err(unreadable)?;
                of_file(path, &bytes)
            }
            SecretSource::Command(words) => {
                // On the heap: it is read deep within a session.
                let output = Box::pin(command::run(words)).await?;
                text::first_line(&output).map_err(|why| {
                    let program = words.first().map_or("", String::as_str);
                    SecretError::Unusable(format!("command `{program}`"), why)
                })
            }
        }
    }
}

/// Looks whether a file gives a secret, and returns what is remarkable about it. What is no plain file, such as a pipe, is
/// left for the login to read.
///
/// # Errors
/// It gives none that could be sent as it stands.
pub fn look_at_file(path: &Path) -> Result<Vec<Remark>, SecretError> {
    let unreadable = |cause| SecretError::File(path.to_owned(), cause);
    if !std::fs::metadata(path).map_err(unreadable)?.is_file() {
        return Ok(Vec::new());
    }
    let bytes = file::beginning_at_once(path).map_err(unreadable)?;
    of_file(path, &bytes)?;
    Ok(text::remarks(&bytes))
}

fn of_file(path: &Path, bytes: &[u8]) -> Result<Secret, SecretError> {
    let told = |why| SecretError::Unusable(format!("file {}", path.display()), why);
    text::first_line(bytes).map_err(told)
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
