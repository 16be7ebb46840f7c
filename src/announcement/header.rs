//! Where a header ends, and its fields as they stand: for what is looked at before the parser.

use memchr::memchr_iter;

/// Splits a header into its fields, each with its folded lines.
pub(super) fn fields_of(header: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut ends = memchr_iter(b'\n', header);
    let mut start = Some(0);
    std::iter::from_fn(move || {
        let begin = start?;
        let is_end = |at: &usize| !matches!(header.get(at + 1), Some(b' ' | b'\t'));
        let end = ends.find(is_end).map(|at| at + 1);
        start = end;
        Some(&header[begin..end.unwrap_or(header.len())])
    })
}

/// The first `From` and `Subject` of a message and all of its `Content-Type`, as they stand.
#[derive(Debug, Default)]
pub(super) struct Glance<'a> {
    pub(super) from: &'a [u8],
    pub(super) subject: &'a [u8],
    pub(super) content_types: Vec<&'a [u8]>,
}

impl<'a> Glance<'a> {
    /// In one pass, which ends with the header: every message is looked at so, and nearly none is meant.
    pub(super) fn at(raw: &'a [u8]) -> Self {
        let mut glance = Glance::default();
        for field in fields_of(raw) {
            let value = |name: &[u8]| {
                let (start, rest) = field.split_at_checked(name.len())?;
                let is_named = start.eq_ignore_ascii_case(name);
                is_named.then(|| rest.trim_ascii_start().strip_prefix(b":"))?
            };
            match field.first() {
                None | Some(b'\n') => break,
                Some(b'\r') if field.starts_with(b"\r\n") => break,
                Some(b'f' | b'F') if glance.from.is_empty() => {
                    glance.from = value(b"from").unwrap_or_default();
                }
                Some(b's' | b'S') if glance.subject.is_empty() => {
                    glance.subject = value(b"subject").unwrap_or_default();
                }
                Some(b'c' | b'C') => glance.content_types.extend(value(b"content-type")),
                _ => {}
            }
        }
        glance
    }
}

/// Where the header ends, with the empty line behind it.
pub(super) fn header_end(raw: &[u8]) -> usize {
    let mut line_start = 0;
    for at in memchr_iter(b'\n', raw) {
        let line = &raw[line_start..at];
        if line.is_empty() || line == b"\r" {
            return at + 1;
        }
        line_start = at + 1;
    }
    raw.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glance_takes_the_first_fields_and_ends_with_the_header() {
        let raw = b"Subject: a\r\n b\r\nfrom : x@y\r\nFrom: other\r\nContent-Type: a/b\r\nContent-Type: c/d\r\n\r\nContent-Type: e/f\r\n";
        let glance = Glance::at(raw);
        assert_eq!(glance.subject, b" a\r\n b\r\n");
        assert_eq!(glance.from, b" x@y\r\n");
        assert_eq!(glance.content_types.len(), 2);
        assert!(Glance::at(b"\nFrom: x@y\n").from.is_empty());
        assert!(Glance::at(b"").from.is_empty());
    }
}
