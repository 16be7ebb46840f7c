//! One connection to the scripted server: commands in, answers out, and the faults between them.

use std::collections::BTreeSet;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{
    AsyncBufReadExt, AsyncRead, AsyncWrite, AsyncWriteExt, BufReader, ReadHalf, WriteHalf,
};

use super::Shared;
use super::model::{Act, At, Message};
use super::wire::{rendered, unquoted};

mod storing;

/// Why a session ended.
type Ended<T> = io::Result<T>;

/// The way to the client.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<W: AsyncRead + AsyncWrite + Send + Unpin> Wire for W {}

pub struct Session {
    shared: Arc<Shared>,
    reader: BufReader<ReadHalf<Box<dyn Wire>>>,
    partial: Vec<u8>,
    writer: WriteHalf<Box<dyn Wire>>,
    /// The folder that is open, and the UIDs that were told.
    open: Option<(String, Vec<u32>)>,
    logged_in: bool,
    /// Says nothing of new messages.
    mute: bool,
    /// The command that is being answered, without its tag.
    command: String,
    /// One byte a second.
    crawls: bool,
    /// The answer ends after so many bytes.
    cut: Option<usize>,
}

fn closed() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

impl Session {
    pub fn new(stream: impl Wire + 'static, shared: Arc<Shared>) -> Self {
        let (reader, writer) = tokio::io::split(Box::new(stream) as Box<dyn Wire>);
        Session {
            shared,
            reader: BufReader::new(reader),
            partial: Vec::new(),
            writer,
            open: None,
            logged_in: false,
            mute: false,
            command: String::new(),
            crawls: false,
            cut: None,
        }
    }

    pub async fn run(mut self) -> Ended<()> {
        if self.play(At::Greeting, "*").await? {
            return Ok(());
        }
        self.say("* OK scripted server ready\r\n").await?;
        loop {
            let line = self.line().await?;
            let (tag, command) = line.split_once(' ').unwrap_or((&line, ""));
            let (tag, command) = (tag.to_owned(), command.to_owned());
            self.shared.model().commands.push(command.clone());
            self.command.clone_from(&command);
            if command.eq_ignore_ascii_case("LOGOUT") {
                self.say(&format!("* BYE bye\r\n{tag} OK bye\r\n")).await?;
                return Ok(());
            }
            self.answer(&tag, &command).await?;
        }
    }

    /// The next line. May be dropped while waiting: what has come in part is kept.
    async fn line(&mut self) -> Ended<String> {
        if self.reader.read_until(b'\n', &mut self.partial).await? == 0 {
            return Err(closed());
        }
        let line = std::mem::take(&mut self.partial);
        Ok(String::from_utf8_lossy(&line).trim_end().to_owned())
    }

    async fn say(&mut self, text: &str) -> Ended<()> {
        self.send(text.as_bytes()).await
    }

    async fn send(&mut self, bytes: &[u8]) -> Ended<()> {
        let twisted = self.shared.model().twisted(&self.command, bytes);
        let mut bytes = twisted.as_deref().unwrap_or(bytes);
        if let Some(left) = &mut self.cut {
            bytes = &bytes[..bytes.len().min(*left)];
            *left -= bytes.len();
        }
        if self.crawls && !self.shared.behaves() {
            for byte in bytes {
                self.writer.write_all(&[*byte]).await?;
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        } else {
            self.writer.write_all(bytes).await?;
        }
        self.writer.flush().await?;
        if self.cut == Some(0) {
            return Err(closed());
        }
        Ok(())
    }

    /// Plays what is due here. `true` where the command was answered by it.
    async fn play(&mut self, at: At, tag: &str) -> Ended<bool> {
        loop {
            let Some(act) = self.shared.model().fault(at) else {
                return Ok(false);
            };
            match act {
                Act::Close => return Err(closed()),
                Act::Bye(text) => {
                    self.say(&format!("* BYE {text}\r\n")).await?;
                    return Err(closed());
                }
                Act::Answer(text) => {
                    self.say(&format!("{tag} {text}\r\n")).await?;
                    return Ok(true);
                }
                Act::Silence => {
                    // Whatever else is said here is not heard, until the other side gives up.
                    while self.line().await.is_ok() {}
                    return Err(closed());
                }
                Act::Say(bytes) => self.send(&bytes).await?,
                Act::Arrive(message) => {
                    self.shared.arrive("INBOX", message);
                    self.tell().await?;
                }
                Act::ArriveUntold(message) => {
                    self.mute = true;
                    self.shared.arrive("INBOX", message);
                }
                Act::Expunge => {
                    if let Some(folder) = self.shared.model().folder("INBOX") {
                        folder.messages.pop_last();
                    }
                }
                Act::Cut(after) => self.cut = Some(after),
                Act::Endless(bytes) => {
                    // In paused time nothing must go on for ever in one moment.
                    let (size, pause) = match self.shared.in_process {
                        true => (1024, Duration::from_secs(1)),
                        false => (16 * 1024, Duration::ZERO),
                    };
                    let block = bytes.repeat(size / bytes.len() + 1);
                    loop {
                        self.send(&block).await?;
                        tokio::time::sleep(pause).await;
                    }
                }
                Act::Chat => {
                    self.mute = true;
                    let shared = self.shared.clone();
                    loop {
                        self.say("* OK still here\r\n").await?;
                        tokio::select! {
                            biased;
                            line = self.line() => {
                                assert_eq!(line?, "DONE");
                                self.say(&format!("{tag} OK idled\r\n")).await?;
                                return Ok(true);
                            }
                            () = tokio::time::sleep(Duration::from_millis(100)) => {}
                            () = shared.stopped.cancelled() => return Err(closed()),
                        }
                    }
                }
                Act::Crawl => self.crawls = true,
            }
        }
    }

    /// Tells what has changed in the open folder since it was last told.
    async fn tell(&mut self) -> Ended<()> {
        let Some((name, told)) = self.open.take() else {
            return Ok(());
        };
        let now: Vec<u32> = {
            let mut model = self.shared.model();
            let folder = model.folder(&name);
            folder.map_or(told.clone(), |folder| {
                folder.messages.keys().copied().collect()
            })
        };
        let mut text = String::new();
        for (index, uid) in told.iter().enumerate().rev() {
            if now.binary_search(uid).is_err() {
                text += &format!("* {} EXPUNGE\r\n", index + 1);
            }
        }
        if now.last() > told.last() {
            text += &format!("* {} EXISTS\r\n", now.len());
        }
        if self.mute {
            text.clear();
        }
        self.open = Some((name, now));
        if text.is_empty() {
            return Ok(());
        }
        self.say(&text).await
    }

    async fn answer(&mut self, tag: &str, command: &str) -> Ended<()> {
        let upper = command.to_ascii_uppercase();
        let word = upper.split(' ').next().unwrap_or_default();
        match word {
            "CAPABILITY" => {
                let at = if self.logged_in {
                    At::LookAround
                } else {
                    At::Capability
                };
                if self.play(at, tag).await? {
                    return Ok(());
                }
                let offered = self.shared.model().offered[usize::from(self.logged_in)].clone();
                self.say(&format!("* CAPABILITY {offered}\r\n{tag} OK done\r\n"))
                    .await
            }
            "LOGIN" | "AUTHENTICATE" => self.log_in(tag, command).await,
            _ if !self.logged_in => self.say(&format!("{tag} BAD not yet\r\n")).await,
            "EXAMINE" => self.examine(tag, &unquoted(&command[8..])).await,
            "STATUS" => self.status(tag, command).await,
            "UID" if upper.starts_with("UID FETCH ") => self.fetch(tag, command).await,
            "IDLE" => self.idle(tag).await,
            "ID" => self.say(&format!("* ID NIL\r\n{tag} OK done\r\n")).await,
            "CREATE" => self.create(tag, &unquoted(&command[7..])).await,
            "APPEND" => self.append(tag, command).await,
            "UID" if upper.starts_with("UID SEARCH ") => self.search(tag, command).await,
            "LIST" => {
                let names: Vec<String> = self.shared.model().folders.keys().cloned().collect();
                for name in names {
                    self.say(&format!("* LIST () \"/\" \"{name}\"\r\n")).await?;
                }
                self.say(&format!("{tag} OK done\r\n")).await
            }
            "NOOP" => {
                self.tell().await?;
                self.say(&format!("{tag} OK done\r\n")).await
            }
            _ => self.say(&format!("{tag} BAD unknown\r\n")).await,
        }
    }

    async fn log_in(&mut self, tag: &str, command: &str) -> Ended<()> {
        let secret = if let Some(rest) = command.strip_prefix("LOGIN ") {
            unquoted(rest)
        } else {
            self.say("+ \r\n").await?;
            let answer = self.line().await?;
            let decoded = openssl::base64::decode_block(&answer).unwrap_or_default();
            String::from_utf8_lossy(&decoded).into_owned()
        };
        self.shared.model().logins += 1;
        if self.play(At::Login, tag).await? {
            return Ok(());
        }
        let password = self.shared.model().password.clone();
        // PLAIN ends with the password, LOGIN with its quotes, the tokens with control characters.
        let given = secret.trim_end_matches('\x01');
        if given.ends_with(&password) {
            self.logged_in = true;
            return self.say(&format!("{tag} OK welcome\r\n")).await;
        }
        if command.contains("OAUTH") {
            // RFC 7628 section 3.2.3: the failure is a challenge, and the client must answer it.
            let told = openssl::base64::encode_block(b"{\"status\":\"invalid_token\"}");
            self.say(&format!("+ {told}\r\n")).await?;
            self.line().await?;
        }
        self.say(&format!("{tag} NO [AUTHENTICATIONFAILED] no\r\n"))
            .await
    }

    async fn examine(&mut self, tag: &str, name: &str) -> Ended<()> {
        if self.play(At::Examine, tag).await? {
            return Ok(());
        }
        let answer = {
            let mut model = self.shared.model();
            let tells = model.tells_uid_next;
            model.folder(name).map(|folder| {
                let uids: Vec<u32> = folder.messages.keys().copied().collect();
                let mut text = format!(
                    "* FLAGS (\\Seen)\r\n* {} EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY {}] valid\r\n",
                    uids.len(),
                    folder.uidvalidity
                );
                if tells {
                    text += &format!("* OK [UIDNEXT {}] next\r\n", folder.uid_next);
                }
                (text, uids)
            })
        };
        match answer {
            Some((text, uids)) => {
                self.open = Some((name.to_owned(), uids));
                self.say(&format!("{text}{tag} OK [READ-ONLY] done\r\n"))
                    .await
            }
            None => {
                self.open = None;
                self.say(&format!("{tag} NO [NONEXISTENT] no such folder\r\n"))
                    .await
            }
        }
    }

    async fn status(&mut self, tag: &str, command: &str) -> Ended<()> {
        if self.play(At::Status, tag).await? {
            return Ok(());
        }
        let name = unquoted(command[7..].split(" (").next().unwrap_or_default());
        let stands = {
            let mut model = self.shared.model();
            model
                .folder(&name)
                .map(|folder| (folder.uidvalidity, folder.uid_next))
        };
        match stands {
            Some((validity, next)) => {
                self.say(&format!(
                    "* STATUS \"{name}\" (UIDVALIDITY {validity} UIDNEXT {next})\r\n{tag} OK done\r\n"
                ))
                .await
            }
            None => {
                self.say(&format!("{tag} NO [NONEXISTENT] no such folder\r\n"))
                    .await
            }
        }
    }

    async fn fetch(&mut self, tag: &str, command: &str) -> Ended<()> {
        let words = &command["UID FETCH ".len()..];
        let (set, items) = words.split_once(' ').unwrap_or((words, ""));
        let Some((name, _)) = self.open.clone() else {
            return self.say(&format!("{tag} BAD no folder\r\n")).await;
        };
        let from = set.split([':', ',']).next().unwrap();
        // `*` is whatever is last.
        let from: u32 = from.parse().unwrap_or(0);
        let found = |shared: &Shared| -> Vec<(usize, u32, Message)> {
            let mut model = shared.model();
            let echo = model.echoes;
            let Some(folder) = model.folder(&name) else {
                return Vec::new();
            };
            let uids: Vec<u32> = folder.messages.keys().copied().collect();
            let number = |uid| uids.binary_search(&uid).map_or(0, |index| index + 1);
            let named = folder.named(set, echo);
            let all = named
                .into_iter()
                .map(|uid| (number(uid), uid, folder.messages[&uid].clone()));
            all.collect()
        };
        // What comes while the answer is being made is not in it; what is removed meanwhile is not either.
        let before = found(&self.shared);
        let news = before.iter().any(|(_, uid, _)| *uid >= from);
        let mut places = vec![if news { At::Fetch } else { At::FetchNothing }];
        if news && items.contains("BODY.PEEK[]") {
            places.push(At::FetchBody);
        }
        for at in places {
            if self.play(at, tag).await? {
                return Ok(());
            }
        }
        let broken = self.shared.model().broken;
        if items.contains("BODY.PEEK[]") && before.iter().any(|(_, uid, _)| Some(*uid) == broken) {
            return self
                .say(&format!("{tag} NO [SERVERBUG] cannot read it\r\n"))
                .await;
        }
        let after: BTreeSet<u32> = found(&self.shared).iter().map(|(_, uid, _)| *uid).collect();
        for (number, uid, message) in before {
            if !after.contains(&uid) {
                continue;
            }
            let bytes = rendered(number, uid, &message, items);
            if items.contains("BODY.PEEK[]") {
                self.shared.model().body_bytes += bytes.len();
            }
            self.send(&bytes).await?;
        }
        self.tell().await?;
        self.say(&format!("{tag} OK done\r\n")).await
    }

    async fn idle(&mut self, tag: &str) -> Ended<()> {
        if !self.shared.model().offered[1]
            .to_ascii_uppercase()
            .contains("IDLE")
        {
            return self.say(&format!("{tag} BAD unknown\r\n")).await;
        }
        if self.play(At::BeforePlus, tag).await? {
            return Ok(());
        }
        self.say("+ idling\r\n").await?;
        let shared = self.shared.clone();
        loop {
            // Registered before looking, so that nothing comes between.
            let changed = shared.changed.notified();
            if self.play(At::Idling, tag).await? {
                return Ok(());
            }
            if self.crawls || !self.mute {
                self.tell().await?;
            }
            tokio::select! {
                biased;
                line = self.line() => {
                    if line?.eq_ignore_ascii_case("DONE") {
                        break;
                    }
                }
                () = changed => {}
            }
        }
        if self.play(At::Done, tag).await? {
            return Ok(());
        }
        self.say(&format!("{tag} OK idled\r\n")).await
    }
}
