//! The kinds of texts, and how long each may be.

use crate::wording::Language;

/// A kind of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::editor) enum TextKind {
    /// One line of the list, on what a document does.
    Gist,
    /// The purpose of a document.
    Summary,
    /// One or two sentences on what a hot topic is about.
    Topic,
    /// Why a hot topic is one.
    Reason,
    /// A hot topic, explained to somebody outside the field.
    Essay,
    /// The title of a theme on this day.
    Theme,
    /// The closing note.
    Closing,
}

impl TextKind {
    /// Returns its name in the archive and in what is sent.
    pub(in crate::editor) fn name(self) -> &'static str {
        match self {
            TextKind::Gist => "gist",
            TextKind::Summary => "summary",
            TextKind::Topic => "topic",
            TextKind::Reason => "reason",
            TextKind::Essay => "essay",
            TextKind::Theme => "title",
            TextKind::Closing => "closing",
        }
    }

    /// Returns the length of the shortest and of the longest text, in characters.
    pub(in crate::editor) fn length(self, language: Language) -> (usize, usize) {
        match (self, language) {
            (TextKind::Gist, Language::En) => (12, 220),
            (TextKind::Gist, Language::Ja) => (6, 60),
            (TextKind::Topic, Language::En) => (20, 420),
            (TextKind::Topic, Language::Ja) => (15, 120),
            (TextKind::Summary, Language::En) => (40, 500),
            (TextKind::Summary, Language::Ja) => (25, 260),
            (TextKind::Reason, Language::En) => (20, 260),
            (TextKind::Reason, Language::Ja) => (12, 140),
            (TextKind::Essay, Language::En) => (120, 1200),
            (TextKind::Essay, Language::Ja) => (80, 600),
            (TextKind::Theme, Language::En) => (3, 60),
            (TextKind::Theme, Language::Ja) => (2, 30),
            (TextKind::Closing, Language::En) => (60, 900),
            (TextKind::Closing, Language::Ja) => (40, 500),
        }
    }

    /// Returns the most words that a text may have, where the page counts them.
    pub(in crate::editor) fn most_words(self, language: Language) -> Option<usize> {
        match (self, language) {
            (TextKind::Gist, Language::En) => Some(25),
            (TextKind::Topic, Language::En) => Some(50),
            _ => None,
        }
    }
}
