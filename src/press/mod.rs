//! Prints a digest. Every byte from outside is escaped here, and only here.
//!
//! All formats are printed from one [`page::Page`], so that they say the same in the same order; it holds cleaned
//! text, and each format escapes what it is given. The JSON for scripts comes from the digest itself.

use std::str::FromStr;

use crate::editor::Edited;

mod clean;
mod html;
mod json;
mod link;
mod mail;
mod markdown;
mod page;
mod templates;
mod text;
mod width;

pub use mail::{addresses, mail, message_id, resend_message_id};
pub use markdown::markdown_parts;

/// What a digest can be printed as.
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
    /// The whole mail; made by [`mail`].
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
pub enum Error {
    /// An edition's address cannot be used.
    #[error("{0}")]
    Address(String),
    /// A template is wrong; it names the file and the line.
    #[error("template: {0:#}")]
    Template(#[from] minijinja::Error),
    /// The digest could not be written as JSON.
    #[error("json: {0}")]
    Json(#[from] serde_json::Error),
    /// The mail could not be put together.
    #[error("mail: {0}")]
    Mail(#[from] lettre::error::Error),
    /// The mail needs an edition, a date and a Message-ID: call [`mail`].
    #[error("a mail is not printed, it is put together with its edition")]
    NotAMail,
}

/// The digest in `format`, as UTF-8 with LF line ends. Pure: same digest, same bytes.
///
/// # Errors
/// A broken template, or [`Format::Eml`], which [`mail`] makes.
pub fn print(edited: &Edited, format: Format) -> Result<String, Error> {
    match format {
        Format::Text => text::print(edited),
        Format::Html => html::print(edited),
        Format::Markdown => markdown::print(edited),
        Format::Json => json::print(edited),
        Format::Eml => Err(Error::NotAMail),
    }
}

#[cfg(test)]
mod tests;
