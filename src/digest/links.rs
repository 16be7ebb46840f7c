//! Where to read a document. Every address is built from a parsed name and number, never taken from a text.

use super::Links;

/// The pages of a draft's newest revision; the difference only where there is an earlier one.
pub(super) fn of_draft(name: &str, revision: &str) -> Links {
    Links {
        datatracker: format!("https://datatracker.ietf.org/doc/{name}/"),
        html: format!("https://www.ietf.org/archive/id/{name}-{revision}.html"),
        diff: (revision != "00")
            .then(|| format!("https://author-tools.ietf.org/iddiff?url2={name}-{revision}")),
    }
}

/// The pages of an RFC.
pub(super) fn of_rfc(number: u32) -> Links {
    Links {
        datatracker: format!("https://datatracker.ietf.org/doc/rfc{number}/"),
        html: format!("https://www.rfc-editor.org/rfc/rfc{number}.html"),
        diff: None,
    }
}
