//! Takes the teeth out of text from outside, before any format escapes it: no control character, no invisible or
//! direction-changing character, no line break when one line is expected, no address that a mail program would
//! turn into a link of its own accord.

use unicode_width::UnicodeWidthChar;

use super::unlink::unlink;

/// Titles longer than this are cut: the longest real ones have some 200 characters.
pub(super) const TITLE: usize = 300;
/// Names of people, groups and lists.
pub(super) const NAME: usize = 120;
/// Summaries, excerpts, the closing note.
pub(super) const PROSE: usize = 2_000;

/// Combining characters in a row that are let through; no script needs more, and a pile of them covers other lines.
const COMBINING: usize = 3;

/// Returns true when `c` could change how text around it is shown, or is shown as nothing at all.
///
/// The joiners U+200C and U+200D and the variation selectors stay: scripts and emoji need them.
pub(crate) fn is_hostile(c: char) -> bool {
    matches!(c,
        '\0'..='\u{1f}' | '\u{7f}'..='\u{9f}'      // C0, DEL, C1
        | '\u{ad}'                                  // soft hyphen
        | '\u{61c}' | '\u{200e}' | '\u{200f}'       // directional marks
        | '\u{202a}'..='\u{202e}'                   // embeddings and overrides
        | '\u{2066}'..='\u{206f}'                   // isolates, deprecated format characters
        | '\u{200b}' | '\u{2060}'..='\u{2064}' | '\u{feff}' | '\u{180e}'   // zero width
        | '\u{2028}' | '\u{2029}'                   // line and paragraph separators
        | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}'                // fillers
        | '\u{fff9}'..='\u{fffb}'                   // interlinear annotation
        | '\u{e0000}'..='\u{e007f}'                // tags
        | '\u{fdd0}'..='\u{fdef}')                 // no characters, as the next
        || u32::from(c) & 0xfffe == 0xfffe // XML cannot hold the first two of them
}

/// Cleans a title to one line, as it may stand in a digest or on a terminal: no control, direction or invisible characters, no
/// address that becomes a link, at most 300 characters.
pub fn title(text: &str) -> String {
    line(text, TITLE)
}

/// Cleans `text` to one line, harmless, at most `limit` characters; what is cut is marked with `…`.
pub(super) fn line(text: &str, limit: usize) -> String {
    let mut out = String::with_capacity(text.len().min(4 * limit));
    let (mut length, mut combining, mut gap) = (0, 0, false);
    for c in text.chars() {
        if c.is_whitespace() || matches!(c, '\u{85}' | '\u{2028}' | '\u{2029}') {
            gap = !out.is_empty();
            continue;
        }
        if is_hostile(c) {
            continue;
        }
        combining = if c.width() == Some(0) {
            combining + 1
        } else {
            0
        };
        if combining > COMBINING {
            continue;
        }
        if length + usize::from(gap) >= limit {
            out.push('…');
            return unlink(&out);
        }
        if gap {
            out.push(' ');
            length += 1;
            gap = false;
        }
        out.push(c);
        length += 1;
    }
    unlink(&out)
}

/// Cuts a line that [`line`] made to at most `limit` characters of it.
pub(super) fn cut(line: &str, limit: usize) -> String {
    if line.chars().count() <= limit {
        return line.to_owned();
    }
    let kept: String = line.chars().take(limit.saturating_sub(1)).collect();
    // Between words, if that costs little.
    let whole = kept.rsplit_once(' ').map(|(words, _)| words);
    let whole = whole.filter(|words| words.chars().count() * 4 >= limit * 3);
    format!("{}…", whole.unwrap_or(&kept).trim_end())
}

/// Cleans the paragraphs of `text`, each as by [`line`]; they are divided by an empty line.
pub(super) fn paragraphs(text: &str) -> Vec<String> {
    text.replace("\r\n", "\n")
        .split("\n\n")
        .map(|paragraph| line(paragraph, PROSE))
        .filter(|paragraph| !paragraph.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_and_direction_characters_are_gone() {
        let hostile = "a\u{202e}b\u{2066}c\u{200b}d\u{1b}[31me\u{7}\u{9b}f\0\u{e0041}";
        assert_eq!(line(hostile, TITLE), "abcd[31mef");
    }

    #[test]
    fn any_white_space_is_one_space_and_none_stands_at_the_ends() {
        assert_eq!(
            line(" a\r\n\tb\u{2028}c\u{3000}\u{85}d \n", TITLE),
            "a b c d"
        );
    }

    #[test]
    fn a_long_title_is_cut_at_the_limit() {
        let cut = line(&"ab ".repeat(5_000), 300);
        assert_eq!(cut.chars().count(), 300);
        assert!(cut.ends_with('…'));
        assert_eq!(line("exact", 5), "exact");
    }

    #[test]
    fn a_title_is_shortened_between_words() {
        assert_eq!(
            cut("Extensions for Associated Paths", 29),
            "Extensions for Associated…"
        );
        assert_eq!(cut("Supercalifragilistic", 10), "Supercali…");
        assert_eq!(cut("short", 5), "short");
    }

    #[test]
    fn piles_of_combining_characters_are_levelled() {
        let pile = format!("e{}x", "\u{301}".repeat(500));
        assert_eq!(line(&pile, TITLE), "e\u{301}\u{301}\u{301}x");
    }

    #[test]
    fn japanese_and_emoji_pass() {
        let text = "次世代の日刊紙:ガ👩‍🔬①";
        assert_eq!(line(text, TITLE), text);
    }

    #[test]
    fn no_word_is_looked_at_for_ever() {
        for (word, told) in [
            ("/a.example/b", "/a[.]example/b"),
            ("(#evil.example/x)", "(#evil[.]example/x)"),
            ("?a.bc/d", "?a[.]bc/d"),
            ("https:///a.example/b", "/a[.]example/b"),
            ("https://", "https://"),
            ("//www.a.example", "//www[.]a[.]example"),
        ] {
            assert_eq!(line(word, 300), told);
        }
        // Every word of six of these characters, and some long ones.
        let letters = ['/', '?', '#', ':', '.', 'a', 'b', '('];
        for number in 0..8_usize.pow(6) {
            let word: String = (0..6)
                .map(|place| letters[number / 8_usize.pow(place) % 8])
                .collect();
            assert!(line(&word, 300).len() <= 60);
        }
        let long = line(&"/a.bc/?#d.ef:1".repeat(1_000), 100_000);
        assert!(!long.contains("a.bc") && long.contains("a[.]bc"));
    }

    #[test]
    fn addresses_in_text_are_no_links() {
        let unlinked = line(
            "see HTTPS://evil.example/a.b?c, (http://x.example) or www.a.example/",
            300,
        );
        assert_eq!(
            unlinked,
            "see evil[.]example/a.b?c, (x[.]example) or www[.]a[.]example/"
        );
        assert_eq!(
            line("the http:// and coap:// schemes", 300),
            "the http:// and coap:// schemes"
        );
        assert_eq!(
            line(
                "datatracker.ietf.org.evil.example/doc, evil.example:80 d\u{430}ta.example?x",
                300
            ),
            "datatracker[.]ietf[.]org[.]evil[.]example/doc, evil[.]example:80 d\u{430}ta[.]example?x"
        );
        let ordinary =
            "TCP/IP, and/or, e.g. X/Y, HTTP/1.1, v1.2/3 (a.b): c.d, i.e.: text/html; Sec. 2. A/B";
        assert_eq!(line(ordinary, 300), ordinary);
        let twice = line("https://a.example/https://b.example/", 300);
        assert_eq!(twice, "a[.]example/b[.]example/");
    }
}
