//! The files that the configuration names, and the permissions of the configuration itself.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::read::Section;
use super::{Config, Position};
use crate::digest::Taxonomy;
use crate::endpoint::{Endpoint, Tls};
use crate::press::{self, Press};
use crate::secret::Credential;

/// A file that a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The key, as in `password_file`.
    pub(super) key: &'static str,
    /// Its table, as in `[mailbox]`.
    pub(super) label: String,
    /// The file; of a credential the configuration.
    pub(super) path: PathBuf,
    /// What systemd hands over, where the key names that.
    pub(super) credential: Option<Credential>,
    /// Where the key stands.
    pub(super) position: Position,
}

impl Named {
    /// Whether the file can be read now.
    pub(super) fn check(&self) -> Result<(), String> {
        let Named {
            key, label, path, ..
        } = self;
        if let Some(credential) = &self.credential {
            let read = credential.read().map(drop);
            return read.map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        if *key == "ca_file" {
            let endpoint = Endpoint {
                host: String::new(),
                port: 0,
                tls: Tls::Implicit,
                ca_file: Some(path.clone()),
            };
            return endpoint
                .ca_pem()
                .map(drop)
                .map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        if *key == "templates" {
            let settings = press::Settings {
                templates: Some(path.clone()),
            };
            return Press::open(&settings)
                .map(drop)
                .map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        if *key == "themes" {
            return Taxonomy::open(path)
                .map(drop)
                .map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        std::fs::File::open(path).map(drop).map_err(|cause| {
            format!(
                "`{key}` in {label}: cannot read {}: {cause}; it must exist and be readable by the user that runs nikkan",
                path.display()
            )
        })
    }
}

/// Tells each credential which configuration names it, and notes where.
pub(super) fn credentials(
    config: &mut Config,
    text: &str,
    mailbox: &Section,
    smtp: &Section,
    editor: Option<&Section>,
) {
    let password = "password_credential";
    let of_editor = config.editor.as_mut();
    let api_key = of_editor.and_then(|settings| settings.api_key_credential.as_mut());
    let of_mailbox = config.mailbox.password_credential.as_mut();
    let of_smtp = config.smtp.password_credential.as_mut();
    for (key, credential, section) in [
        (password, of_mailbox, Some(mailbox)),
        (password, of_smtp, Some(smtp)),
        ("api_key_credential", api_key, editor),
    ] {
        let (Some(credential), Some(section)) = (credential, section) else {
            continue;
        };
        credential.named_by(&config.path);
        if let Some(at) = section.position_of(key) {
            config.files.push(Named {
                key,
                label: section.label.clone(),
                path: config.path.clone(),
                credential: Some(credential.clone()),
                position: Position::of(text, at),
            });
        }
    }
}

/// A warning where the file holds a password and others may read it.
pub(super) fn readable_by_others(config: &Config, path: &Path) -> Option<String> {
    let holds_secret = config.mailbox.password.is_some() || config.smtp.password.is_some();
    let mode = std::fs::metadata(path).ok()?.permissions().mode();
    (holds_secret && mode & 0o077 != 0).then(|| {
        format!(
            "{}: holds a password and others may read it (mode {:03o}); run: chmod 600 {}",
            path.display(),
            mode & 0o777,
            path.display()
        )
    })
}
