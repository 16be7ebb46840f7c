//! Escapes text for the format that it is written into.

use std::fmt::{self, Write};

/// Writes text into HTML or XML, in an element or in a quoted attribute. What XML cannot hold was cleaned away before.
pub(crate) fn markup(out: &mut impl Write, text: &str) -> fmt::Result {
    for c in text.chars() {
        match c {
            '&' => out.write_str("&amp;")?,
            '<' => out.write_str("&lt;")?,
            '>' => out.write_str("&gt;")?,
            '"' => out.write_str("&quot;")?,
            '\'' => out.write_str("&#39;")?,
            c => out.write_char(c)?,
        }
    }
    Ok(())
}

/// Writes text into Markdown: what could begin a mark-up anywhere is escaped, what could only at the start of a line, there.
pub(super) fn markdown(out: &mut impl Write, text: &str) -> fmt::Result {
    let list = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let numbered = list.len() < text.len() && list.starts_with(['.', ')']);
    let mark = text.len() - list.len();
    for (at, c) in text.char_indices() {
        let anywhere = "\\`*_[]<>#|~&!$@{}".contains(c);
        let at_start = at == 0 && "-+=:".contains(c) || numbered && at == mark;
        if anywhere || at_start {
            out.write_char('\\')?;
        }
        out.write_char(c)?;
    }
    Ok(())
}
