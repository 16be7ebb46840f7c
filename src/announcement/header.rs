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
