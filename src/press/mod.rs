//! Prints a digest. Every byte from outside is escaped here, and only here.
//!
//! All formats are printed from one `page::Page`, so that they say the same in the same order; it holds cleaned
//! text, and each format escapes what it is given. The JSON for scripts comes from the digest itself.
//!
//! ```
//! use nikkan::digest::{Digest, Edition, Language};
//! use nikkan::press::{Format, Press, message_id};
//! use nikkan::secret::InstallationKey;
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let day = "2025-11-28".parse()?;
//! let edited = nikkan::editor::extract(Digest::empty(day, "daily", Language::En));
//! let text = Press::default().print(&edited, Format::Text)?;
//! assert!(text.starts_with("nikkan · Friday, 28 November 2025 (UTC)"));
//!
//! let id = message_id(&InstallationKey::of_none(), &Edition::unconfigured(), day);
//! assert!(id.starts_with("20251128-daily-") && id.ends_with(".nikkan@id.localhost"));
//! # Ok(())
//! # }
//! ```

use std::path::PathBuf;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Day;
use crate::digest::Digest;
use crate::editor::{Edited, EditorNotes};
use crate::wording::Language;
use localizer::Localizer;
use page::Page;
use templates::{MARKDOWN, OF_A_DIGEST, TEXT, Templates};

pub(crate) mod address;
pub(crate) mod clean;
mod contents;
mod failure_notice;
mod folder_test;
mod html;
mod identify;
mod json;
mod link;
mod list_command;
pub(crate) mod localizer;
mod mail;
mod moment;
mod outgoing;
pub(crate) mod page;
mod phrase;
mod reader_header;
mod reader_notice;
mod sent_copy;
mod subject;
mod templates;
mod transfer;
mod unlink;
mod waiting_notice;
mod width;

pub use address::{
    addresses, bare_address, is_address, message_id, message_id_anew, reader_addresses,
    resend_message_id,
};
pub use clean::title;
pub use failure_notice::failure_notice;
pub use folder_test::folder_test;
pub use identify::identify_digest;
pub use list_command::{confirmation_reply, subscription_request};
pub use reader_header::{ReaderHeader, keep_readers};
pub use reader_notice::{farewell, reader_notice};
pub use sent_copy::{copied_archive, copied_key, copy_fields};
pub(crate) use templates::escape_markup;
pub use waiting_notice::waiting_notice;

/// A form in which a digest can be printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Format {
    /// 72 columns, for a terminal and for the plain part of the mail.
    Text,
    /// The HTML part of the mail, also a page of its own.
    Html,
    /// For posting.
    Markdown,
    /// For scripts; a contract.
    Json,
    /// The whole mail; made by [`Press::mail`].
    Eml,
}

impl Format {
    /// All of them, by the name that is given on the command line.
    pub const NAMES: [(&'static str, Format); 5] = [
        ("text", Format::Text),
        ("html", Format::Html),
        ("markdown", Format::Markdown),
        ("json", Format::Json),
        ("eml", Format::Eml),
    ];
}

impl FromStr for Format {
    type Err = String;

    /// Reads `text`, `html`, `markdown`, `json` or `eml`.
    ///
    /// # Errors
    /// Anything else, with the names that are known.
    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::NAMES.iter().find(|(name, _)| *name == text);
        known.map(|(_, format)| *format).ok_or_else(|| {
            format!("`{text}` is not a format, write text, html, markdown, json or eml")
        })
    }
}

/// Why a digest could not be printed.
#[derive(Debug, thiserror::Error)]
pub enum PrintError {
    /// An edition's address cannot be used.
    #[error("{0}")]
    Address(String),
    /// A template is wrong; it names the file and the line.
    #[error("template {0}")]
    Template(String),
    /// The digest could not be written as JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// The mail needs an edition, a date and a Message-ID: call [`Press::mail`].
    #[error("a mail is not printed, it is put together with its edition")]
    NotAMail,
}

/// The `[press]` table.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PressSettings {
    /// A directory whose `digest.txt.j2`, `digest.html.j2`, `digest.md.j2` and `site.html.j2` replace the built-in templates.
    pub templates: Option<PathBuf>,
}

/// Prints with one set of templates; [`Press::default`] with the built-in ones.
#[derive(Debug, Default)]
pub struct Press(Option<Templates>);

impl Press {
    /// Opens a press as configured.
    ///
    /// # Errors
    /// A directory or file that cannot be read, a file whose name replaces nothing, or a template that is not one or
    /// fails on an empty day; each named.
    pub fn configured(settings: &PressSettings) -> Result<Self, PrintError> {
        let Some(directory) = &settings.templates else {
            return Ok(Press(None));
        };
        let templates = Templates::from_directory(directory)?;
        let nothing = Page::of(&nothing(Language::En));
        for name in OF_A_DIGEST {
            templates.render(name, &nothing)?;
        }
        Ok(Press(Some(templates)))
    }

    fn templates(&self) -> Result<&Templates, PrintError> {
        match &self.0 {
            Some(templates) => Ok(templates),
            None => Templates::built_in(),
        }
    }

    /// Sets `page` in the template `name`.
    ///
    /// # Errors
    /// A template that fails on this page, with file and line.
    pub(crate) fn render(&self, name: &str, page: &impl Serialize) -> Result<String, PrintError> {
        self.templates()?.render(name, page)
    }

    /// Prints the digest in `format`, as UTF-8 with LF line ends. Pure: same digest, same bytes.
    ///
    /// # Errors
    /// A template that fails on this digest, or [`Format::Eml`], which [`Press::mail`] makes.
    pub fn print(&self, edited: &Edited, format: Format) -> Result<String, PrintError> {
        let templates = self.templates()?;
        match format {
            // Condensed when its HTML must be: both parts of a mail say the same.
            Format::Text => {
                // Beside a subject it goes on; alone it would begin in the middle.
                let mut page = html::fit(templates, edited)?.page;
                page.preheader = None;
                templates.render(TEXT, &page)
            }
            Format::Html => Ok(html::fit(templates, edited)?.html),
            // Nothing cuts it off, so it is never condensed.
            Format::Markdown => templates.render(MARKDOWN, &Page::whole(edited)),
            Format::Json => json::print(edited),
            Format::Eml => Err(PrintError::NotAMail),
        }
    }

    /// Prints the digest as Markdown in parts of at most `size` drafts each, with their numbers, counts and themes; hot
    /// topics stand in the first part, RFCs, announcements of other kinds and the closing note in the last.
    ///
    /// # Errors
    /// A template that fails on this digest.
    pub fn markdown_parts(&self, edited: &Edited, size: usize) -> Result<Vec<String>, PrintError> {
        let templates = self.templates()?;
        let parts = Page::whole(edited).parts(&Localizer(edited.digest.language), size);
        let printed = parts.iter().map(|page| templates.render(MARKDOWN, page));
        printed.collect()
    }
}

/// Makes a day without anything, to try templates on.
fn nothing(language: Language) -> Edited {
    Edited {
        digest: Digest::empty(Day::of(Timestamp::UNIX_EPOCH), "daily", language),
        words: EditorNotes::default(),
    }
}

#[cfg(test)]
pub(crate) mod tests;
