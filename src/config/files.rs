//! The files that the configuration names, and the permissions of the configuration itself.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::{Config, Place};
use crate::digest::Taxonomy;
use crate::endpoint::{Endpoint, Tls};

/// A file that a key names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    /// The key, as in `password_file`.
    pub(super) key: &'static str,
    /// Its table, as in `[mailbox]`.
    pub(super) label: String,
    /// The file.
    pub(super) path: PathBuf,
    /// Where the key stands.
    pub(super) place: Place,
}

impl Named {
    /// Whether the file can be read now.
    pub(super) fn check(&self) -> Result<(), String> {
        let Named {
            key, label, path, ..
        } = self;
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
