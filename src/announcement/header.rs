//! Where a header ends, and its fields as they stand: for what is looked at before the parser.

/// Splits a header into its fields, each with its folded lines.
pub(super) fn fields_of(header: &[u8]) -> Vec<&[u8]> {
    let mut fields = Vec::new();
    let mut start = 0;
    for (at, byte) in header.iter().enumerate() {
        let next = header.get(at + 1);
        let folded = matches!(next, Some(b' ' | b'\t'));
        if *byte == b'\n' && !folded {
            fields.push(&header[start..=at]);
            start = at + 1;
        }
    }
    fields.push(&header[start..]);
    fields
}

/// Where the header ends, with the empty line behind it.
pub(super) fn header_end(raw: &[u8]) -> usize {
    let mut line_start = 0;
    for (at, byte) in raw.iter().enumerate() {
        if *byte == b'\n' {
            let line = &raw[line_start..at];
            if line.is_empty() || line == b"\r" {
                return at + 1;
            }
            line_start = at + 1;
        }
    }
    raw.len()
}
