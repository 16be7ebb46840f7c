//! Dialogues with a server that answers as it is told: every class of reply at every step, in forms that real servers
//! send, cut at every byte, of one mail and of several on a session.

mod dialogues;
mod document;
mod script;
mod silence;

use script::{MAIL, Play, STEPS, play};

/// The forms of a reply: its code with text as servers send it.
fn forms(code: &str) -> Vec<Vec<u8>> {
    let with = |text: &[u8]| [code.as_bytes(), text, b"\r\n"].concat();
    vec![
        with(b" plain words"),
        with(b""),
        with(b" "),
        with(b" \xd3\xca\xbc\xfe\xd2\xd1\xbd\xd3\xca\xd5"),
        with(b" utilisateur d\xe9sol\xe9"),
        with(format!(" {}", "x".repeat(5000)).as_bytes()),
        format!("{code}-one\r\n{code}-two\r\n{code} three\r\n").into_bytes(),
        format!("{code}-one\r\n{code}\r\n").into_bytes(),
        format!("\r\n{code} after a blank line\r\n").into_bytes(),
        format!("\u{feff}{code} after a byte order mark\r\n").into_bytes(),
        format!("{code} bare\n").into_bytes(),
        format!("{code} \x1b[31mred\x07\0\r\n").into_bytes(),
    ]
}
