//! What stores and finds messages: CREATE, APPEND, SEARCH.

use tokio::io::AsyncReadExt;

use super::super::model::{At, Folder, Message};
use super::super::wire::unquoted;
use super::{Ended, Session};

impl Session {
    pub(super) async fn create(&mut self, tag: &str, name: &str) -> Ended<()> {
        if self.play(At::Create, tag).await? {
            return Ok(());
        }
        let made = {
            let mut model = self.shared.model();
            let next = u32::try_from(model.folders.len()).unwrap() + 100;
            let there = model.folders.contains_key(name);
            if !there {
                model.folders.insert(name.to_owned(), Folder::new(next));
            }
            !there
        };
        let answer = match made {
            true => "OK done",
            false => "NO [ALREADYEXISTS] it is there",
        };
        self.say(&format!("{tag} {answer}\r\n")).await
    }

    pub(super) async fn append(&mut self, tag: &str, command: &str) -> Ended<()> {
        if self.play(At::Append, tag).await? {
            return Ok(());
        }
        let size = command.rsplit_once('{').map(|(_, size)| size);
        let size = size.unwrap().trim_end_matches(['}', '+']).parse().unwrap();
        let quoted = command["APPEND ".len()..].trim_start();
        let name = match quoted.strip_prefix('"') {
            Some(rest) => rest.split('"').next().unwrap(),
            None => quoted.split(' ').next().unwrap(),
        };
        if self.shared.model().folder(name).is_none() {
            return self
                .say(&format!("{tag} NO [TRYCREATE] no such folder\r\n"))
                .await;
        }
        self.say("+ go ahead\r\n").await?;
        let mut bytes = vec![0; size];
        self.reader.read_exact(&mut bytes).await?;
        self.line().await?;
        if self.play(At::Appended, tag).await? {
            return Ok(());
        }
        self.shared.arrive(name, Message::new(bytes));
        self.say(&format!("{tag} OK [APPENDUID 1 1] stored\r\n"))
            .await
    }

    /// `UID SEARCH HEADER Message-ID "…"`, or `UID SEARCH UID set`.
    pub(super) async fn search(&mut self, tag: &str, command: &str) -> Ended<()> {
        let Some((name, _)) = self.open.clone() else {
            return self.say(&format!("{tag} BAD no folder\r\n")).await;
        };
        let found: Vec<String> = {
            let mut model = self.shared.model();
            let echo = model.echoes;
            let words = &command["UID SEARCH ".len()..];
            match (model.folder(&name), words.strip_prefix("UID ")) {
                (None, _) => Vec::new(),
                (Some(folder), Some(set)) => folder.named(set, echo),
                (Some(folder), None) => {
                    let wanted = unquoted(words);
                    let holds = |message: &Message| {
                        String::from_utf8_lossy(message.header()).contains(&wanted)
                    };
                    let all = folder.messages.iter();
                    all.filter(|(_, message)| holds(message))
                        .map(|(uid, _)| *uid)
                        .collect()
                }
            }
            .into_iter()
            .map(|uid| format!(" {uid}"))
            .collect()
        };
        self.say(&format!("* SEARCH{}\r\n{tag} OK done\r\n", found.concat()))
            .await
    }
}
