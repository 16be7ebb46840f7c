//! Reads a received mail back, without the code that wrote it.

use std::process::{Command, Stdio};

/// A header field's value, unfolded.
pub fn header(mail: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(mail).replace("\r\n", "\n");
    let head = text
        .split("\n\n")
        .next()
        .unwrap()
        .replace("\n ", " ")
        .replace("\n\t", " ");
    let field = head.lines().find(|line| {
        line.to_ascii_lowercase()
            .starts_with(&format!("{}:", name.to_ascii_lowercase()))
    });
    let field = field.unwrap_or_else(|| panic!("no {name} in\n{head}"));
    field.split_once(':').unwrap().1.trim().to_owned()
}

/// The text part, decoded.
pub fn text_part(mail: &[u8]) -> String {
    part(mail, "plain")
}

/// The HTML part, decoded.
pub fn html_part(mail: &[u8]) -> String {
    part(mail, "html")
}

/// Decoded by Python's own mail library.
fn part(mail: &[u8], kind: &str) -> String {
    const SCRIPT: &str = "import sys, email, email.policy\n\
        mail = email.message_from_bytes(sys.stdin.buffer.read(), policy=email.policy.default)\n\
        part = mail.get_body((sys.argv[1],))\n\
        sys.stdout.buffer.write(part.get_content().encode())";
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT, kind])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::io::Write::write_all(&mut child.stdin.take().unwrap(), mail).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "the mail has no {kind} part");
    String::from_utf8(output.stdout).unwrap()
}

/// A draft's announcement as i-d-announce sends it, dated `date` (`2025-11-25T09:00:00Z`).
pub fn announcement(name: &str, date: &str) -> Vec<u8> {
    let (stem, _) = name.rsplit_once('-').unwrap();
    let date: jiff::Timestamp = date.parse().unwrap();
    format!(
        "From: internet-drafts@ietf.org\r\nSubject: I-D Action: {name}.txt\r\nDate: {}\r\n\
         Message-ID: <{name}.{}@ietf.org>\r\nList-Id: <i-d-announce.ietf.org>\r\n\r\n\
         Internet-Draft {name}.txt is now available.\r\n\r\n   Title:   On {stem}\r\n   Authors: A. Author\r\n\
            Name:    {name}.txt\r\n   Pages:   3\r\n\r\nAbstract:\r\n\r\n   It says something about {stem}.\r\n",
        date.strftime("%a, %d %b %Y %H:%M:%S +0000"),
        date.as_second(),
    )
    .into_bytes()
}

/// A mail's text with the line ends of quoted-printable taken back, so that names in it can be looked for.
pub fn joined(mail: &[u8]) -> String {
    String::from_utf8_lossy(mail).replace("=\r\n", "")
}
