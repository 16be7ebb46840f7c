//! HTML as text, for mail whose plain alternative was taken away on its way. Lines matter here: the fields of an
//! announcement are lines, also when they stand in `<pre>` or each in a `<div>`.
//!
//! mail-parser has an `html_to_text`, which ends a line only at `<br>` and `</p>`: it joins the lines of `<pre>`,
//! `<div>`, `<tr>` and `<li>`, and loses the empty line between paragraphs. Of it only the table of entities is used
//! here.

use mail_parser::decoders::html::add_html_token;

use super::text::starts_ignoring_case;

/// True for elements that begin and end a line.
fn is_block(name: &str) -> bool {
    let is_heading = matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6");
    let is_list = matches!(name, "ul" | "ol" | "li" | "dt" | "dd" | "table" | "tr");
    let is_other = matches!(
        name,
        "p" | "div" | "blockquote" | "hr" | "br" | "pre" | "body"
    );
    is_heading || is_list || is_other
}

/// Elements whose content is nothing to read.
const SILENT: [&str; 4] = ["style", "script", "title", "template"];

/// Names of letters that mail has are shorter.
const LONGEST_ENTITY: usize = 12;

/// Returns the text of a page, with its lines.
pub(super) fn html_to_text(html: &str) -> String {
    let mut text = String::with_capacity(html.len() / 2);
    let mut rest = html;
    let mut preformatted = 0_usize;
    let mut in_word = false;
    let mut closes = true;
    while let Some(open) = rest.find('<') {
        write(&mut text, &rest[..open], preformatted > 0);
        rest = &rest[open..];
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end + 3..]);
            continue;
        }
        let is_tag = rest[1..].starts_with(|c: char| c.is_ascii_alphabetic() || "/!?".contains(c));
        // When one tag is not closed, none after it is: the rest is looked through once.
        let close = (is_tag && closes).then(|| rest.find('>')).flatten();
        closes = closes && (close.is_some() || !is_tag);
        let Some(close) = close else {
            write(&mut text, "<", preformatted > 0);
            rest = &rest[1..];
            continue;
        };
        let tag = &rest[1..close];
        rest = &rest[close + 1..];
        let ends = tag.starts_with('/');
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(char::is_ascii_alphanumeric)
            .map(|c| c.to_ascii_lowercase())
            .collect();
        if !ends && SILENT.contains(&name.as_str()) {
            rest = after_end(rest, &name);
            continue;
        }
        if name == "pre" {
            preformatted = if ends {
                preformatted.saturating_sub(1)
            } else {
                preformatted + 1
            };
        }
        if is_block(&name) {
            // Word makes each line of a plain text a paragraph of its own.
            let is_line = name != "p" || in_word;
            end_line(&mut text, &name, ends && !is_line);
            in_word = name == "p" && !ends && tag.contains("Mso");
        }
    }
    write(&mut text, rest, preformatted > 0);
    // A blank that must not break is how mailers keep the indent of a field, and an empty line.
    text.replace('\u{a0}', " ")
}

/// Ends a line. A paragraph is followed by an empty line; every other block only ends its line. Each `<br>` counts.
fn end_line(text: &mut String, name: &str, paragraph_ends: bool) {
    text.truncate(text.trim_end_matches(' ').len());
    let is_open = !text.is_empty() && !text.ends_with('\n');
    if is_open || name == "br" {
        text.push('\n');
    }
    if paragraph_ends && !text.ends_with("\n\n") {
        text.push('\n');
    }
}

/// Skips to what follows the end of an element that is not read.
fn after_end<'a>(rest: &'a str, name: &str) -> &'a str {
    let mut from = 0;
    while let Some(at) = rest[from..].find("</") {
        let start = from + at + 2;
        if starts_ignoring_case(&rest[start..], name) {
            return rest[start..].split_once('>').map_or("", |(_, after)| after);
        }
        from = start;
    }
    ""
}

/// Adds text with its entities resolved; outside of `<pre>` blanks and line ends run together.
fn write(text: &mut String, piece: &str, preformatted: bool) {
    let mut rest = piece;
    while let Some(c) = rest.chars().next() {
        if c == '&'
            && let Some(length) = write_entity(text, rest)
        {
            rest = &rest[length..];
            continue;
        }
        rest = &rest[c.len_utf8()..];
        if preformatted || !c.is_whitespace() {
            text.push(c);
        } else if !text.is_empty() && !text.ends_with([' ', '\n']) {
            text.push(' ');
        }
    }
}

/// Adds the character of `&amp;`, `&#8212;` or `&#x2014;` at the start, and returns the length of what stands for it;
/// `None` when it is no entity.
fn write_entity(text: &mut String, rest: &str) -> Option<usize> {
    let end = rest
        .bytes()
        .take(LONGEST_ENTITY)
        .position(|byte| byte == b';')?
        + 1;
    let entity = rest.get(..end)?;
    let before = text.len();
    add_html_token(text, entity.as_bytes(), false);
    let found = &text[before..];
    if found == entity || found == "\u{fffd}" {
        text.truncate(before);
        return None;
    }
    Some(end)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_kept_in_every_way_in_which_mailers_write_them() {
        assert_eq!(html_to_text("<pre>  a\n  b</pre>").trim_end(), "  a\n  b");
        assert_eq!(html_to_text("a\nb<br>c<BR />d"), "a b\nc\nd");
        assert_eq!(html_to_text("<p>one</p>\n<p>two</p>"), "one\n\ntwo\n\n");
        assert_eq!(
            html_to_text("<div>&nbsp;&nbsp; Title: x</div><div>y &lt; z &amp; &#8212;</div>"),
            "   Title: x\ny < z & —\n"
        );
        let word = "<p class=\"MsoPlainText\">a<o:p></o:p></p>\n<p class=MsoPlainText><o:p>&nbsp;</o:p></p>\n<p class=MsoPlainText>b</p>";
        assert_eq!(html_to_text(word), "a\n \nb\n");
    }

    #[test]
    fn what_is_no_text_goes_and_what_is_no_tag_stays() {
        assert_eq!(
            html_to_text("<style>p { x }</style><!-- c -->a < b &unknown; c"),
            "a < b &unknown; c"
        );
        assert_eq!(html_to_text("<STYLE>never ended"), "");
        assert_eq!(html_to_text("<script>1</scr</script>x <"), "x <");
        assert_eq!(html_to_text("&#xD800; &;"), "&#xD800; &;");
        assert_eq!(html_to_text("caf&eacute; &#233; &hellip;"), "café é …");
    }
}
