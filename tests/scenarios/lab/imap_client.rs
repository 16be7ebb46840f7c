//! A small IMAP client of the lab's own: it delivers mail, looks at flags, and drains a socket as fast as it can, for
//! comparison. It shares no code with what it tests.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

pub struct ImapClient {
    reader: BufReader<TcpStream>,
    tag: u32,
}

impl ImapClient {
    /// Connects and reads the greeting.
    pub fn connect(port: u16) -> std::io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        stream.set_nodelay(true)?;
        let mut client = ImapClient {
            reader: BufReader::with_capacity(256 * 1024, stream),
            tag: 0,
        };
        let greeting = client.line()?;
        if greeting.starts_with("* OK") {
            Ok(client)
        } else {
            Err(std::io::Error::other(greeting))
        }
    }

    fn line(&mut self) -> std::io::Result<String> {
        let mut line = Vec::new();
        self.reader.read_until(b'\n', &mut line)?;
        if line.is_empty() {
            return Err(std::io::ErrorKind::UnexpectedEof.into());
        }
        Ok(String::from_utf8_lossy(&line).into_owned())
    }

    /// Sends a command and returns its untagged lines; fails unless it is answered with OK.
    pub fn run(&mut self, command: &str) -> Vec<String> {
        self.tag += 1;
        let tag = format!("L{}", self.tag);
        write!(self.reader.get_mut(), "{tag} {command}\r\n").unwrap();
        self.until(&tag)
    }

    fn until(&mut self, tag: &str) -> Vec<String> {
        let mut lines = Vec::new();
        loop {
            let line = self.line().unwrap();
            if let Some(rest) = line.strip_prefix(tag) {
                assert!(rest.trim_start().starts_with("OK"), "refused: {line}");
                return lines;
            }
            lines.push(line);
        }
    }

    pub fn log_in(&mut self, user: &str, password: &str) {
        self.run(&format!("LOGIN {user} \"{password}\""));
    }

    /// Stores a message in a folder, with CRLF line ends and no flags.
    pub fn append(&mut self, folder: &str, message: &[u8]) {
        let message = crlf(message);
        self.tag += 1;
        let tag = format!("L{}", self.tag);
        let command = format!("{tag} APPEND {folder} {{{}}}\r\n", message.len());
        self.reader.get_mut().write_all(command.as_bytes()).unwrap();
        let go = self.line().unwrap();
        assert!(go.starts_with('+'), "refused: {go}");
        self.reader.get_mut().write_all(&message).unwrap();
        self.reader.get_mut().write_all(b"\r\n").unwrap();
        self.until(&tag);
    }

    /// Waits in IDLE until the server says this word, then ends IDLE.
    pub fn idle_until(&mut self, word: &str, begun: impl FnOnce()) {
        self.tag += 1;
        let tag = format!("L{}", self.tag);
        write!(self.reader.get_mut(), "{tag} IDLE\r\n").unwrap();
        let go = self.line().unwrap();
        assert!(go.starts_with('+'), "refused: {go}");
        begun();
        while !self.line().unwrap().contains(word) {}
        self.reader.get_mut().write_all(b"DONE\r\n").unwrap();
        self.until(&tag);
    }

    /// The flags of every message in a folder, one line each.
    pub fn flags(&mut self, folder: &str) -> Vec<String> {
        self.run(&format!("EXAMINE {folder}"));
        self.run("FETCH 1:* (UID FLAGS)")
    }

    /// Reads everything that a command answers without looking at it; the number of bytes.
    pub fn drain(&mut self, command: &str) -> u64 {
        self.tag += 1;
        let tag = format!("L{} OK", self.tag);
        write!(self.reader.get_mut(), "L{} {command}\r\n", self.tag).unwrap();
        let mut total = 0;
        let mut buffer = vec![0; 256 * 1024];
        let mut tail: Vec<u8> = Vec::new();
        loop {
            let length = self.reader.read(&mut buffer).unwrap();
            assert!(length > 0, "closed in the middle");
            total += length as u64;
            // The tagged answer is the last line and may be cut in two.
            tail.extend_from_slice(&buffer[length.saturating_sub(200)..length]);
            let end = tail.len().saturating_sub(400);
            tail.drain(..end);
            let seen = String::from_utf8_lossy(&tail);
            if seen.ends_with("\r\n")
                && seen
                    .lines()
                    .last()
                    .is_some_and(|line| line.starts_with(&tag))
            {
                return total;
            }
        }
    }
}

/// Every line end as CRLF.
pub fn crlf(message: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(message.len() + 100);
    for byte in message {
        match byte {
            b'\r' => {}
            b'\n' => out.extend_from_slice(b"\r\n"),
            other => out.push(*other),
        }
    }
    out
}
