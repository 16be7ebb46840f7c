//! The files that the configuration names, and the permissions of the configuration itself.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::section::Section;
use super::{Config, Position};
use crate::digest::Taxonomy;
use crate::endpoint;
use crate::press::{self, Press};
use crate::secret::Credential;
use crate::site;

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
    /// Checks that the file can be read now, and used.
    pub(super) fn check(&self) -> Result<(), String> {
        let NamedFile {
            key, label, path, ..
        } = self;
        if let Some(credential) = &self.credential {
            let read = credential.read().map(drop);
            return read.map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        if *key == "ca_file" {
            return endpoint::read_ca_file(path)
                .map(drop)
                .map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        if *key == "templates" {
            let settings = press::PressSettings {
                templates: Some(path.clone()),
            };
            return Press::configured(&settings)
                .and_then(|press| site::try_template(&press))
                .map_err(|error| format!("`{key}` in {label}: {error}"));
        }
        if *key == "themes" {
            return Taxonomy::from_file(path)
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

/// The tables that name files.
pub(super) struct Sections {
    pub(super) mailbox: Section,
    pub(super) smtp: Section,
    pub(super) editor: Option<Section>,
    pub(super) digest: Option<Section>,
    pub(super) press: Option<Section>,
}

/// Notes which files the keys name, with their positions, and tells each credential which configuration names it.
pub(super) fn note(config: &mut Config, text: &str, sections: &Sections) {
    let at_editor = sections.editor.as_ref();
    tell_credentials(config);
    let (mailbox, smtp) = (&config.mailbox, &config.smtp);
    let named = |key, section: Option<&Section>, path: Option<&Path>| {
        let at = section?.position_of(key)?;
        Some(NamedFile {
            key,
            label: section?.label.clone(),
            path: path?.to_owned(),
            credential: None,
            position: Position::of(text, at),
        })
    };
    let handed_over = |key, section, credential: Option<&Credential>| {
        let file = named(key, section, credential.and(Some(&*config.path)))?;
        Some(NamedFile {
            credential: credential.cloned(),
            ..file
        })
    };
    let mut found = Vec::new();
    for (section, server, file) in [
        (
            &sections.mailbox,
            &mailbox.server,
            &mailbox.login.password_file,
        ),
        (&sections.smtp, &smtp.server, &smtp.login.password_file),
    ] {
        found.push(named("ca_file", Some(section), server.ca_file.as_deref()));
        found.push(named("password_file", Some(section), file.as_deref()));
    }
    if let Some(editor) = &config.editor {
        found.push(named(
            "api_key_file",
            at_editor,
            editor.api_key_file.as_deref(),
        ));
        found.push(named("ca_file", at_editor, editor.ca_file.as_deref()));
        found.push(named("prompt", at_editor, editor.prompt.as_deref()));
    }
    let (themes, templates) = (&config.digest.themes, &config.press.templates);
    found.push(named("themes", sections.digest.as_ref(), themes.as_deref()));
    found.push(named(
        "templates",
        sections.press.as_ref(),
        templates.as_deref(),
    ));
    let of_editor = config
        .editor
        .as_ref()
        .and_then(|editor| editor.api_key_credential.as_ref());
    for (key, section, credential) in [
        (
            "password_credential",
            Some(&sections.mailbox),
            mailbox.login.password_credential.as_ref(),
        ),
        (
            "password_credential",
            Some(&sections.smtp),
            smtp.login.password_credential.as_ref(),
        ),
        ("api_key_credential", at_editor, of_editor),
    ] {
        found.push(handed_over(key, section, credential));
    }
    config.files = found.into_iter().flatten().collect();
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
    let holds_secret =
        config.mailbox.login.password.is_some() || config.smtp.login.password.is_some();
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
