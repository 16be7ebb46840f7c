//! Why a title stays English.

/// Why a title has no Japanese line.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unknown {
    /// A word that the glossary does not have.
    #[error("no term for `{0}`")]
    Word(String),
    /// A form whose Japanese would often be wrong, and the words that show it.
    #[error("left English, {0}: `{1}`")]
    Form(&'static str, String),
}

impl Unknown {
    /// Names a form with the words that show it.
    pub(super) fn form(form: &'static str, words: impl Into<String>) -> Self {
        Unknown::Form(form, words.into())
    }
}
