//! The files that the configuration names, and the permissions of the configuration itself.

use std::io::ErrorKind;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::section::Section;
use super::{Config, Position};
use crate::digest::Taxonomy;
use crate::editor::Japanese;
use crate::endpoint;
use crate::press::{self, Press};
use crate::secret::{self, Credential};
use crate::site;

/// The keys of what every command needs that prints a digest.
pub(super) const LOOKS: [&str; 3] = ["templates", "themes", "glossary"];

/// A file that a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedFile {
    /// The key, as in `password_file`.
    pub(super) key: &'static str,
    /// Its table, as in `[mailbox]`.
    pub(super) label: String,
    /// The file; of a credential the configuration.
    pub(super) path: PathBuf,
    /// The credential, when the key names one.
    pub(super) credential: Option<Credential>,
    /// The position of the key.
    pub(super) position: Position,
}

impl NamedFile {
    /// Checks that the file can be read now, and used. Returns what is remarkable about it.
    pub(super) fn check(&self) -> Result<Vec<String>, FileFault> {
        let (key, path) = (self.key, &self.path);
        let fault = |said: String| FileFault {
            may_come: self.credential.is_none() && may_come(path),
            said: format!("`{key}` in {}: {said}", self.label),
        };
        if self.holds_a_secret() {
            let looked = secret::look_at_file(path).map_err(|why| fault(why.to_string()))?;
            let remarks = looked.iter().map(|remark| {
                let path = path.display();
                format!("`{key}` in {}: {path} {remark}", self.label)
            });
            return Ok(remarks.collect());
        }
        let used = match (key, &self.credential) {
            (_, Some(credential)) => credential.read().map(drop).map_err(|e| e.to_string()),
            ("ca_file", _) => endpoint::read_ca_file(path)
                .map(drop)
                .map_err(|e| e.to_string()),
            ("templates", _) => {
                let templates = Some(path.clone());
                Press::configured(&press::PressSettings { templates })
                    .and_then(|press| site::try_template(&press))
                    .map_err(|error| error.to_string())
            }
            ("glossary", _) => Japanese::configured(Some(path)).map(drop),
            ("themes", _) => Taxonomy::from_file(path)
                .map(drop)
                .map_err(|e| e.to_string()),
            _ => std::fs::File::open(path).map(drop).map_err(|cause| {
                format!(
                    "cannot read {}: {cause}; it must exist and be readable by the user that runs nikkan",
                    path.display()
                )
            }),
        };
        used.map(|()| Vec::new()).map_err(fault)
    }

    fn holds_a_secret(&self) -> bool {
        matches!(self.key, "password_file" | "api_key_file")
    }
}

/// Why a file cannot be used.
pub(super) struct FileFault {
    /// True where it may be there later, without anybody changing the configuration.
    pub(super) may_come: bool,
    /// The fault, and what to change.
    pub(super) said: String,
}

/// Returns true for a file that is not there, but may be: its file system is mounted late, or its server is away for a while.
fn may_come(path: &Path) -> bool {
    let cause = std::fs::metadata(path).err().map(|error| error.kind());
    matches!(
        cause,
        Some(
            ErrorKind::NotFound
                | ErrorKind::NotConnected
                | ErrorKind::StaleNetworkFileHandle
                | ErrorKind::HostUnreachable
                | ErrorKind::NetworkUnreachable
                | ErrorKind::NetworkDown
                | ErrorKind::TimedOut
        )
    )
}

/// Lists the files that the keys name, with their positions, and tells each credential which configuration names it.
pub(super) fn named(config: &mut Config, text: &str, sections: &[Section]) -> Vec<NamedFile> {
    tell_credentials(config);
    let at = |label: &str, key, path: &Path, credential: Option<&Credential>| {
        let section = sections.iter().find(|section| section.label == label)?;
        Some(NamedFile {
            key,
            label: label.to_owned(),
            path: path.to_owned(),
            credential: credential.cloned(),
            position: Position::of(text, section.position_of(key)?),
        })
    };
    let file = |label, key, path: &Option<PathBuf>| at(label, key, path.as_ref()?, None);
    let handed_over = |label, key, credential: &Option<Credential>| {
        at(label, key, &config.path, Some(credential.as_ref()?))
    };
    let (mailbox, smtp) = (&config.mailbox, &config.smtp);
    let mut found = vec![
        file("[mailbox]", "ca_file", &mailbox.server.ca_file),
        file("[mailbox]", "password_file", &mailbox.login.password_file),
        file("[smtp]", "ca_file", &smtp.server.ca_file),
        file("[smtp]", "password_file", &smtp.login.password_file),
    ];
    if let Some(editor) = &config.editor {
        found.extend([
            file("[editor]", "api_key_file", &editor.api_key_file),
            file("[editor]", "ca_file", &editor.ca_file),
            file("[editor]", "glossary", &editor.glossary),
            file("[editor]", "prompt", &editor.prompt),
        ]);
    }
    let passwords = [
        ("[mailbox]", &mailbox.login.password_credential),
        ("[smtp]", &smtp.login.password_credential),
    ];
    found.push(file("[digest]", "themes", &config.digest.themes));
    found.push(file("[press]", "templates", &config.press.templates));
    found.extend(passwords.map(|(label, named)| handed_over(label, "password_credential", named)));
    if let Some(editor) = &config.editor {
        let key = &editor.api_key_credential;
        found.push(handed_over("[editor]", "api_key_credential", key));
    }
    found.into_iter().flatten().collect()
}

/// Tells each credential which configuration names it.
fn tell_credentials(config: &mut Config) {
    let editor = config.editor.as_mut();
    let credentials = [
        config.mailbox.login.password_credential.as_mut(),
        config.smtp.login.password_credential.as_mut(),
        editor.and_then(|editor| editor.api_key_credential.as_mut()),
    ];
    for credential in credentials.into_iter().flatten() {
        credential.named_by(&config.path);
    }
}

/// Warns when the file holds a password and others may read it.
pub(super) fn readable_by_others(config: &Config, path: &Path) -> Option<String> {
    let (mailbox, smtp) = (&config.mailbox.login, &config.smtp.login);
    let holds_secret = mailbox.password.is_some() || smtp.password.is_some();
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (holds_secret && mode & 0o077 != 0).then(|| {
        let (path, mode) = (path.display(), mode & 0o777);
        format!("{path}: holds a password and others may read it (mode {mode:03o}); run: chmod 600 {path}")
    })
}
