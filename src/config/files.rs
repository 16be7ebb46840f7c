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
    let Sections {
        mailbox: at_mailbox,
        smtp: at_smtp,
        ..
    } = sections;
    let at_editor = sections.editor.as_ref();
    let mut files = Vec::new();
    let mut named = |key, section: Option<&Section>, path: Option<&Path>, credential| {
        if let (Some(section), Some(path)) = (section, path)
            && let Some(at) = section.position_of(key)
        {
            files.push(NamedFile {
                key,
                label: section.label.clone(),
                path: path.to_owned(),
                credential,
                position: Position::of(text, at),
            });
        }
    };
    for (section, server, login_file) in [
        (
            at_mailbox,
            &config.mailbox.server,
            &config.mailbox.login.password_file,
        ),
        (
            at_smtp,
            &config.smtp.server,
            &config.smtp.login.password_file,
        ),
    ] {
        named("ca_file", Some(section), server.ca_file.as_deref(), None);
        named("password_file", Some(section), login_file.as_deref(), None);
    }
    if let Some(editor) = &config.editor {
        named(
            "api_key_file",
            at_editor,
            editor.api_key_file.as_deref(),
            None,
        );
        named("ca_file", at_editor, editor.ca_file.as_deref(), None);
        named("prompt", at_editor, editor.prompt.as_deref(), None);
    }
    let themes = config.digest.themes.as_deref();
    named("themes", sections.digest.as_ref(), themes, None);
    let templates = config.press.templates.as_deref();
    named("templates", sections.press.as_ref(), templates, None);

    let password = "password_credential";
    let api_key = config.editor.as_mut();
    let api_key = api_key.and_then(|editor| editor.api_key_credential.as_mut());
    let of_mailbox = config.mailbox.login.password_credential.as_mut();
    let of_smtp = config.smtp.login.password_credential.as_mut();
    for (key, section, credential) in [
        (password, Some(at_mailbox), of_mailbox),
        (password, Some(at_smtp), of_smtp),
        ("api_key_credential", at_editor, api_key),
    ] {
        if let Some(credential) = credential {
            credential.named_by(&config.path);
            named(key, section, Some(&config.path), Some(credential.clone()));
        }
    }
    config.files = files;
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
