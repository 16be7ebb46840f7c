//! Credentials, which systemd hands over with `LoadCredential=`: files in `$CREDENTIALS_DIRECTORY` that no other
//! service can read. A command that is run by hand finds the same secret at its source, beside the configuration.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::file::beginning_at_once;
use super::text::{Unusable, first_line};
use super::{Secret, SecretError};

/// A secret by the name that the unit gives it.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub struct Credential {
    name: String,
    /// The directory that it is read from when systemd hands nothing over: `config.credentials` for `config.toml`.
    by_hand: Option<PathBuf>,
}

impl From<String> for Credential {
    fn from(name: String) -> Self {
        let by_hand = None;
        Credential { name, by_hand }
    }
}

impl Credential {
    /// Notes which configuration names it: a command that is run by hand reads it from beside that.
    pub fn named_by(&mut self, config: &Path) {
        self.by_hand = Some(config.with_extension("credentials"));
    }

    /// Returns true when it can be the name of a file in one directory.
    pub(super) fn is_sound(&self) -> bool {
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
        let name = &self.name;
        !name.is_empty() && name.len() <= 255 && name.bytes().all(plain) && !name.starts_with('.')
    }

    /// Reads it now.
    ///
    /// # Errors
    /// It is not there, or empty.
    pub fn read(&self) -> Result<Secret, SecretError> {
        self.read_from(std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from))
    }

    /// Reads it from the directory that systemd made, or else from the one beside the configuration.
    fn read_from(&self, handed: Option<PathBuf>) -> Result<Secret, SecretError> {
        let name = self.name.clone();
        let source = self.by_hand.as_ref().map(|directory| directory.join(&name));
        let read = match (handed, &source) {
            (Some(directory), _) => beginning_at_once(&directory.join(&name))
                .map_err(|cause| SecretError::NotHandedOver(name.clone(), cause)),
            (None, Some(path)) => {
                beginning_at_once(path).map_err(|cause| SecretError::NotByHand(path.clone(), cause))
            }
            (None, None) => Err(SecretError::Nowhere(name.clone())),
        };
        first_line(&read?).map_err(|why| match why {
            Unusable::Empty => {
                let unknown = || "the file that LoadCredential= names".to_owned();
                let file = source.map_or_else(unknown, |path| path.display().to_string());
                SecretError::EmptyCredential(name, file)
            }
            why => SecretError::Unusable(format!("credential `{name}`"), why),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn imap(config: Option<&Path>) -> Credential {
        let mut credential = Credential::from("imap".to_owned());
        if let Some(config) = config {
            credential.named_by(config);
        }
        credential
    }

    #[test]
    fn what_systemd_hands_over_comes_first_and_by_hand_it_lies_beside_the_configuration() {
        let root = tempfile::tempdir().unwrap();
        let (handed, beside) = (
            root.path().join("run"),
            root.path().join("work.credentials"),
        );
        for (directory, password) in [(&handed, "from systemd\n"), (&beside, "by hand\n")] {
            std::fs::create_dir(directory).unwrap();
            std::fs::write(directory.join("imap"), password).unwrap();
        }
        let credential = imap(Some(&root.path().join("work.toml")));
        let read = |from: Option<PathBuf>| credential.read_from(from).unwrap();
        assert_eq!(read(Some(handed)).expose(), "from systemd");
        assert_eq!(read(None).expose(), "by hand");
    }

    #[test]
    fn a_missing_or_empty_one_says_what_to_change() {
        let root = tempfile::tempdir().unwrap();
        let handed = Some(root.path().to_owned());
        let told = |from| imap(Some(Path::new("/no/such/work.toml"))).read_from(from);
        let missing = told(handed.clone()).unwrap_err().to_string();
        assert!(
            missing.contains("the unit needs LoadCredential=imap:FILE"),
            "{missing}"
        );
        std::fs::write(root.path().join("imap"), "\n").unwrap();
        assert_eq!(
            told(handed).unwrap_err().to_string(),
            "the credential `imap` is empty: write it on one line into /no/such/work.credentials/imap, then restart the service"
        );
        let by_hand = told(None).unwrap_err().to_string();
        assert!(
            by_hand.starts_with("cannot read /no/such/work.credentials/imap: "),
            "{by_hand}"
        );
        let nowhere = imap(None).read_from(None).unwrap_err().to_string();
        assert!(nowhere.ends_with("set CREDENTIALS_DIRECTORY"), "{nowhere}");
    }

    #[test]
    fn a_name_is_no_path() {
        for name in ["", ".", "../imap", "a/b", "/etc/passwd", "a b"] {
            assert!(!Credential::from(name.to_owned()).is_sound(), "{name}");
        }
        assert!(Credential::from("nikkan.imap-2".to_owned()).is_sound());
    }
}
