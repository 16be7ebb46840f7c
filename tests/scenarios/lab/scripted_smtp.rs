//! A submission server that fails as it is told, connection by connection.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

/// What the server does with one connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Takes the mail.
    Accept,
    /// Has no time for anybody: 421 instead of a greeting.
    Refuse,
    /// Asks to come back: 451 to the recipient.
    Greylist,
    /// 452 to the recipient.
    Full,
    /// Says nothing at all.
    StallAtConnect,
    /// Takes DATA and the text, or not, and then says nothing more.
    StallAfterData { taken: bool },
    /// Takes the text, or not, and cuts the connection before its answer.
    CutBeforeAnswer { taken: bool },
    /// Takes the mail, and answers two seconds later.
    AnswerLate,
    /// Never: 550 to the recipient.
    NoSuchReader,
}

/// The server; its threads end with their connections.
pub struct ScriptedSmtp {
    pub port: u16,
    taken: Arc<Mutex<Vec<Vec<u8>>>>,
    stalls: UnboundedReceiver<()>,
}

impl ScriptedSmtp {
    /// Plays one turn for each connection; the last one for all that follow.
    pub fn start(script: &[Turn]) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let (stalling, stalls) = unbounded_channel();
        let taken: Arc<Mutex<Vec<Vec<u8>>>> = Arc::default();
        let (script, kept) = (script.to_vec(), taken.clone());
        std::thread::spawn(move || {
            for (number, stream) in listener.incoming().enumerate() {
                let turn = script.get(number).or(script.last()).copied().unwrap();
                let (kept, stalling) = (kept.clone(), stalling.clone());
                // A client that goes away ends its connection.
                std::thread::spawn(move || play(stream.unwrap(), turn, &kept, &stalling).ok());
            }
        });
        ScriptedSmtp {
            port,
            taken,
            stalls,
        }
    }

    /// The mails it took, in order.
    pub fn taken(&self) -> Vec<Vec<u8>> {
        self.taken.lock().unwrap().clone()
    }

    /// Waits until it has fallen silent in the middle of a connection.
    pub async fn stalls(&mut self) {
        self.stalls.recv().await.unwrap();
    }
}

fn play(
    mut stream: TcpStream,
    turn: Turn,
    taken: &Mutex<Vec<Vec<u8>>>,
    stalling: &UnboundedSender<()>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?);
    let mut line = Vec::new();
    // Silent until the client goes.
    let stall = |lines: &mut BufReader<TcpStream>| {
        let _ = stalling.send(());
        std::io::copy(lines, &mut std::io::sink()).map(drop)
    };
    match turn {
        Turn::StallAtConnect => return stall(&mut lines),
        Turn::Refuse => return stream.write_all(b"421 too busy\r\n"),
        _ => stream.write_all(b"220 scripted.lab\r\n")?,
    }
    loop {
        line.clear();
        if lines.read_until(b'\n', &mut line)? == 0 {
            return Ok(());
        }
        let command = String::from_utf8_lossy(&line).to_ascii_uppercase();
        let answer: &[u8] = match command.split([' ', '\r']).next().unwrap_or_default() {
            "EHLO" => b"250-scripted.lab\r\n250 8BITMIME\r\n",
            "RCPT" => match turn {
                Turn::Greylist => b"451 4.7.1 come back later\r\n",
                Turn::Full => b"452 4.2.2 mailbox full\r\n",
                Turn::NoSuchReader => b"550 5.1.1 no such reader\r\n",
                _ => b"250 ok\r\n",
            },
            "DATA" => {
                stream.write_all(b"354 go on\r\n")?;
                let mut mail = Vec::new();
                while !mail.ends_with(b"\r\n.\r\n") {
                    if lines.read_until(b'\n', &mut mail)? == 0 {
                        return Ok(());
                    }
                }
                let keep = || taken.lock().unwrap().push(mail.clone());
                match turn {
                    Turn::StallAfterData { taken } => {
                        if taken {
                            keep();
                        }
                        return stall(&mut lines);
                    }
                    Turn::CutBeforeAnswer { taken } => {
                        if taken {
                            keep();
                        }
                        return Ok(());
                    }
                    _ => {}
                }
                keep();
                if turn == Turn::AnswerLate {
                    let _ = stalling.send(());
                    std::thread::sleep(Duration::from_secs(2));
                }
                b"250 2.0.0 taken\r\n"
            }
            "QUIT" => return stream.write_all(b"221 bye\r\n"),
            _ => b"250 ok\r\n",
        };
        stream.write_all(answer)?;
    }
}
