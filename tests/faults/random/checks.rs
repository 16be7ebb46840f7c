//! What must hold after a run.

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use openssl::sha::sha256;

use super::intake::{Hash, Kept, Memory};
use super::{WANTED, World};
use crate::lab::scripted_imap::{Message, ScriptedImap};

/// Connections within an hour that a provider may take for an attack.
const CONNECTIONS: usize = 60;
/// Bytes that are asked of a message at first.
const FIRST_PART: usize = 256 * 1024;

/// Every message that the server ever had.
#[derive(Default)]
pub struct Known(HashMap<usize, Judged>);

struct Judged {
    hash: Hash,
    /// Of its first part, if it is larger: the server may keep back the rest, which is told.
    beginning: Option<Hash>,
    wanted: bool,
    /// Its identity stays its own.
    _message: Message,
}

impl Known {
    /// Takes down what the server has.
    pub fn look(&mut self, server: &ScriptedImap) {
        let model = server.model();
        let folders = model.folders.values();
        for message in folders.flat_map(|folder| folder.messages.values()) {
            self.add(message);
        }
    }

    /// Takes down one message.
    pub fn add(&mut self, message: &Message) {
        let judged = || Judged {
            hash: sha256(&message.first(usize::MAX)),
            beginning: (message.size() > FIRST_PART).then(|| sha256(&message.first(FIRST_PART))),
            wanted: is_wanted(message),
            _message: message.clone(),
        };
        self.0.entry(message.identity()).or_insert_with(judged);
    }

    /// How many of them were wanted.
    pub fn wanted(&self) -> usize {
        self.0.values().filter(|judged| judged.wanted).count()
    }

    /// The wanted messages that the server has in these folders and that were never stored.
    pub fn missing(&self, server: &ScriptedImap, folders: &[&str], memory: &Memory) -> Vec<String> {
        let model = server.model();
        let mut found = Vec::new();
        for name in folders {
            let Some(folder) = model.folders.get(*name) else {
                continue;
            };
            for (uid, message) in &folder.messages {
                let judged = &self.0[&message.identity()];
                if judged.wanted && !memory.with(|kept| judged.is_in(kept)) {
                    let validity = folder.uidvalidity;
                    found.push(format!("UID {uid} of {name} (UIDVALIDITY {validity})"));
                }
            }
        }
        found
    }
}

impl Judged {
    fn is_in(&self, kept: &Kept) -> bool {
        let there = |hash: &Hash| kept.stored.contains_key(hash);
        there(&self.hash) || self.beginning.as_ref().is_some_and(there)
    }
}

/// Judges by its own means which message is wanted.
fn is_wanted(message: &Message) -> bool {
    let header = String::from_utf8_lossy(message.header()).to_ascii_lowercase();
    header.contains("list-id:") && header.contains(&format!("<{WANTED}>"))
}

/// Why this run does not count, if it does not.
pub fn verdict(world: &World) -> Result<(), String> {
    let (server, memory) = (&world.server, &world.memory);
    let missing = world.known.missing(server, &world.folders, memory);
    if !missing.is_empty() {
        return Err(format!("lost: {}", missing.join(", ")));
    }
    let wanted = world.known.0.values().filter(|judged| judged.wanted);
    let mut allowed: BTreeSet<Hash> = wanted.clone().map(|judged| judged.hash).collect();
    if world.seen.line_with("kept as it came").is_some() {
        allowed.extend(wanted.filter_map(|judged| judged.beginning));
    }
    let (other, aside) = memory.with(|kept| {
        let other = kept
            .stored
            .iter()
            .find(|(hash, _)| !allowed.contains(*hash));
        let other = other.map(|(_, (beginning, _))| beginning.clone());
        (other, kept.set_aside.clone())
    });
    if let Some(beginning) = other {
        return Err(format!("stored what is not wanted as this: {beginning:?}"));
    }
    if let Some(message) = aside.first() {
        return Err(format!(
            "left aside though the server gives it: {message:?}"
        ));
    }
    causes(world)?;
    let most = world.proxy.most_within(Duration::from_secs(3600));
    if most > CONNECTIONS {
        return Err(format!("{most} connections within an hour"));
    }
    Ok(())
}

/// Each lost session has its cause in the log, in words.
fn causes(world: &World) -> Result<(), String> {
    let shown = world.seen.shown();
    let lost: Vec<&String> = shown
        .iter()
        .filter(|line| line.contains("session lost"))
        .collect();
    let sessions = world.proxy.opened() as usize;
    if lost.len() + 1 < sessions {
        return Err(format!(
            "{sessions} sessions, {} words of a loss",
            lost.len()
        ));
    }
    for line in &shown {
        if line.contains("session lost") && !line.contains("error=") {
            return Err(format!("no cause: {line}"));
        }
        // A list of byte values, or a structure of the parser.
        if line.contains("input: [") || line.contains("Error(") || line.contains("None, info") {
            return Err(format!("not in words: {line}"));
        }
        if line.chars().any(char::is_control) {
            return Err(format!("control characters in {line:?}"));
        }
        if line.len() > 1000 && !line.starts_with("state ") {
            return Err(format!("a line of {} bytes: {line:.200}", line.len()));
        }
    }
    Ok(())
}
