//! A server that answers as a script tells it, over as many connections as it is asked for.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use futures_util::future::join_all;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

use crate::outbox::{Outcome, Smtp, Submission, Transport};

/// The shared part of each mail.
pub(super) const MAIL: &[u8] = b"Subject: a digest\r\n\r\n.A line that begins with a dot\r\n";

/// The steps, and what a willing server says at each.
pub(super) const STEPS: [(&str, &str); 6] = [
    ("greeting", "220 mail.example ready"),
    (
        "EHLO",
        "250-mail.example\r\n250-SIZE 1000000\r\n250 8BITMIME",
    ),
    ("MAIL", "250 2.1.0 ok"),
    ("RCPT", "250 2.1.5 ok"),
    ("DATA", "354 go on"),
    ("end", "250 2.0.0 taken"),
];

/// What is played: what the server says instead at some steps, and who is to have a mail.
#[derive(Clone, Debug, Default)]
pub(super) struct Play {
    /// A step, or one of its turns as `RCPT/2`, counted over all connections; and the reply. What does not end with a line
    /// feed is cut there, and the connection with it.
    pub(super) script: Vec<(String, Vec<u8>)>,
    /// Further keys of `[smtp]`.
    pub(super) keys: String,
    /// One mail for each.
    pub(super) readers: Vec<String>,
    /// Mails that are under way at once, beside the first.
    pub(super) others: usize,
}

impl Play {
    /// Returns a play for one reader in which the server says something else at one step.
    pub(super) fn at(step: &str, reply: &[u8]) -> Self {
        Play::default().and(step, reply)
    }

    pub(super) fn and(mut self, step: &str, reply: &[u8]) -> Self {
        self.script.push((step.to_owned(), reply.to_owned()));
        self
    }

    pub(super) fn with_keys(mut self, keys: &str) -> Self {
        self.keys += keys;
        self.keys.push('\n');
        self
    }

    pub(super) fn for_readers(mut self, number: usize) -> Self {
        self.readers = (1..=number)
            .map(|number| format!("r{number}@example.net"))
            .collect();
        self
    }
}

/// What the server noticed.
#[derive(Clone, Debug, Default)]
pub(super) struct Noticed {
    /// Every line of a command.
    pub(super) heard: String,
    /// Copies that it took, by the path in RCPT.
    pub(super) taken: BTreeMap<String, u32>,
    pub(super) connections: u32,
    turns: BTreeMap<String, u32>,
}

impl Noticed {
    pub(super) fn copies(&self) -> u32 {
        self.taken.values().sum()
    }
}

/// Plays it; returns the outcomes and what the server noticed.
pub(super) async fn play(play: Play) -> (Vec<Outcome>, Noticed) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let noticed: Arc<Mutex<Noticed>> = Arc::default();
    let server = tokio::spawn(accept(listener, play.script, noticed.clone()));
    let keys = format!(
        "host = \"127.0.0.1\"\nport = {port}\ntls = \"none\"\n{}",
        play.keys
    );
    let smtp = Smtp::new(toml::from_str(&keys).unwrap());
    let readers = match play.readers.is_empty() {
        true => vec!["b@example.net".to_owned()],
        false => play.readers,
    };
    let mut outcomes = Vec::new();
    for readers in readers.chunks(1 + play.others) {
        let submissions = readers.iter().map(|reader| {
            smtp.submit(Submission {
                sender: "a@example.net",
                recipient: reader,
                own: b"To: somebody\r\n",
                bytes: MAIL,
            })
        });
        outcomes.extend(join_all(submissions).await);
    }
    smtp.rest().await;
    server.abort();
    let noticed = noticed.lock().unwrap().clone();
    (outcomes, noticed)
}

/// Serves every connection by the script.
pub(super) async fn accept(
    listener: TcpListener,
    script: Vec<(String, Vec<u8>)>,
    noticed: Arc<Mutex<Noticed>>,
) {
    let script = Arc::new(script);
    while let Ok((stream, _)) = listener.accept().await {
        noticed.lock().unwrap().connections += 1;
        let (script, noticed) = (script.clone(), noticed.clone());
        // A connection that ends is an end of the dialogue.
        tokio::spawn(async move { serve(stream, &script, &noticed).await.ok() });
    }
}

async fn serve(
    stream: TcpStream,
    script: &[(String, Vec<u8>)],
    noticed: &Mutex<Noticed>,
) -> std::io::Result<()> {
    let mut stream = BufReader::new(stream);
    let (mut step, mut reader) = ("greeting".to_owned(), String::new());
    loop {
        let reply = reply_to(&step, script, &mut noticed.lock().unwrap());
        let mut lines = reply.split(|byte| *byte == b'\n');
        if step == "end" && lines.any(|line| first(line) == Some(b'2')) {
            *noticed
                .lock()
                .unwrap()
                .taken
                .entry(reader.clone())
                .or_default() += 1;
        }
        stream.write_all(&reply).await?;
        stream.flush().await?;
        if !reply.ends_with(b"\n") {
            return stream.shutdown().await;
        }
        if step == "DATA" && first(&reply) == Some(b'3') {
            let mut text = Vec::new();
            while !text.ends_with(b"\r\n.\r\n") {
                text.push(stream.read_u8().await?);
            }
            let start = b"To: somebody\r\nSubject: a digest\r\n\r\n..A line";
            assert!(text.starts_with(start), "{}", text.escape_ascii());
            "end".clone_into(&mut step);
            continue;
        }
        let mut line = String::new();
        if stream.read_line(&mut line).await? == 0 {
            return Ok(());
        }
        noticed.lock().unwrap().heard.push_str(&line);
        // What follows a challenge is no command.
        step = match reply.starts_with(b"334") {
            true => "answer".to_owned(),
            false => line
                .split([' ', '\r'])
                .next()
                .unwrap_or_default()
                .to_owned(),
        };
        if step == "RCPT" {
            line.trim_end().clone_into(&mut reader);
        }
    }
}

/// Returns the first digit of a line.
fn first(reply: &[u8]) -> Option<u8> {
    reply.iter().copied().find(u8::is_ascii_digit)
}

fn reply_to(step: &str, script: &[(String, Vec<u8>)], noticed: &mut Noticed) -> Vec<u8> {
    let turn = noticed.turns.entry(step.to_owned()).or_default();
    *turn += 1;
    let this_turn = format!("{step}/{turn}");
    let told = [this_turn.as_str(), step]
        .into_iter()
        .find_map(|at| script.iter().find(|(told, _)| told == at));
    let usual = || {
        STEPS
            .iter()
            .find(|(at, _)| *at == step)
            .map_or("250 ok", |(_, reply)| *reply)
    };
    told.map_or_else(
        || format!("{}\r\n", usual()).into_bytes(),
        |(_, reply)| reply.clone(),
    )
}

/// Returns the word for an outcome.
pub(super) fn word(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Delivered(_) => "delivered",
        Outcome::Deferred(_) => "deferred",
        Outcome::Throttled(_) => "throttled",
        Outcome::NeedsHand(_) => "needs a hand",
        Outcome::Refused(_) => "refused",
        Outcome::Uncertain(_) => "uncertain",
    }
}

/// Returns the words for outcomes.
pub(super) fn words(outcomes: &[Outcome]) -> String {
    outcomes.iter().map(word).collect::<Vec<_>>().join(", ")
}
