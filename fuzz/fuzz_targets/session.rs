//! Plays each input as a mailbox's server to the whole reading side: greeting, guard, library, session, watcher. Nothing may
//! panic, and what is handed over to be stored is in order.
//!
//! An input is a byte that chooses what is done, and what the server says: pieces with 0x1E between them, the first as the
//! greeting, then one to each line of the client; 0x1F in them stands for the tag of that line. When nothing is left the server
//! closes, and the watcher is asked to stop.
#![no_main]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use libfuzzer_sys::fuzz_target;
use nikkan::clock::Clock;
use nikkan::endpoint::InProcess;
use nikkan::mailbox::{self, Batch, Cursor, Intake, MailboxSettings, SentFolder, SetAside};
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader, DuplexStream};
use tokio_util::sync::CancellationToken;

const BETWEEN: u8 = 0x1e;
const TAG: u8 = 0x1f;
/// Bytes that are under way at most: how responses are cut.
const ROOM: [usize; 4] = [64 * 1024, 1000, 64, 3];

type Pieces = Arc<Mutex<VecDeque<Vec<u8>>>>;

fuzz_target!(|bytes: &[u8]| {
    let Some((first, said)) = bytes.split_first() else {
        return;
    };
    let pieces = said.split(|byte| *byte == BETWEEN).map(<[u8]>::to_vec);
    let pieces: Pieces = Arc::new(Mutex::new(pieces.collect()));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    runtime.block_on(read(*first, pieces));
});

/// Reads the mailbox in the way that `choice` says.
async fn read(choice: u8, pieces: Pieces) {
    let folders = match choice >> 5 & 1 {
        0 => "[\"INBOX\"]",
        _ => "[\"INBOX\", \"日刊\"]",
    };
    let keys = format!(
        "host = \"127.0.0.1\"\ntls = \"none\"\nusername = \"reader\"\npassword = \"hidden\"\nfolders = {folders}\n\
         sent_folder = \"Sent\"\nidle_refresh = \"20s\""
    );
    let mut settings: MailboxSettings = toml::from_str(&keys).unwrap();
    let stop = CancellationToken::new();
    let (room, ended) = (ROOM[usize::from(choice >> 3 & 3)], stop.clone());
    settings.in_process = Some(InProcess::new(move || {
        if pieces.lock().unwrap().is_empty() {
            ended.cancel();
            return Err(io::ErrorKind::ConnectionRefused.into());
        }
        let (ours, theirs) = tokio::io::duplex(room);
        tokio::spawn(serve(theirs, pieces.clone(), ended.clone()));
        Ok(ours)
    }));
    let clock = Clock::held("2025-11-28T12:00:00Z".parse().unwrap());
    let wanted = ["i-d-announce.ietf.org".to_owned()];
    let memory = Memory::default();
    match choice & 7 {
        4 => {
            let _ = mailbox::sync_once(&settings, &wanted, &clock, &memory, &stop).await;
        }
        5 => {
            let _ = mailbox::probe(&settings).await;
        }
        6 => {
            if let Ok(mut folder) = SentFolder::open(&settings, "Sent", None).await {
                let _ = folder.store("a@b", b"A: b\r\n", clock.now()).await;
                folder.close().await;
            }
        }
        7 => {
            let _ = mailbox::read_sent_headers(&settings, "Sent").await;
        }
        _ => {
            let (_handle, channel) = mailbox::watcher_channel();
            mailbox::watch(settings, wanted.into(), clock, memory, channel, stop).await;
        }
    }
}

/// Says a piece at first and after each line, until none is left.
async fn serve(stream: DuplexStream, pieces: Pieces, ended: CancellationToken) {
    let mut stream = BufReader::new(stream);
    let (mut line, mut tag) = (Vec::new(), Vec::new());
    loop {
        let Some(piece) = pieces.lock().unwrap().pop_front() else {
            ended.cancel();
            return;
        };
        let mut said = Vec::new();
        for byte in piece {
            match byte {
                TAG => said.extend_from_slice(&tag),
                byte => said.push(byte),
            }
        }
        if stream.get_mut().write_all(&said).await.is_err() {
            return;
        }
        line.clear();
        if !matches!(stream.read_until(b'\n', &mut line).await, Ok(1..)) {
            return;
        }
        let word = line.split(|byte| *byte == b' ').next().unwrap_or_default();
        if matches!(word, [b'A' | b'n', b'0'..=b'9', ..]) {
            tag = word.to_vec();
        }
    }
}

/// An archive in memory.
#[derive(Default)]
struct Memory {
    cursors: Mutex<Vec<Cursor>>,
    aside: Mutex<Vec<SetAside>>,
}

impl Intake for Memory {
    type Error = Infallible;

    async fn cursor(&self, _: &str, folder: &str) -> Result<Option<Cursor>, Infallible> {
        let known = self.cursors.lock().unwrap();
        Ok(known.iter().find(|known| known.folder == folder).cloned())
    }

    async fn store(&self, batch: Batch) -> Result<(), Infallible> {
        let uids: Vec<u32> = batch.messages.iter().map(|message| message.uid).collect();
        assert!(uids.is_sorted_by(|one, next| one < next), "{uids:?}");
        assert!(uids.last().is_none_or(|last| *last <= batch.cursor.last_uid));
        let mut known = self.cursors.lock().unwrap();
        known.retain(|known| known.folder != batch.cursor.folder);
        known.push(batch.cursor);
        Ok(())
    }

    async fn set_aside(&self, _: &str, message: SetAside) -> Result<(), Infallible> {
        self.aside.lock().unwrap().push(message);
        Ok(())
    }

    async fn all_set_aside(&self, _: &str, folder: &str) -> Result<Vec<SetAside>, Infallible> {
        let mut found = self.aside.lock().unwrap().clone();
        found.retain(|message| message.folder == folder);
        Ok(found)
    }

    async fn note_alive(&self, _: Timestamp, _: Timestamp) -> Result<(), Infallible> {
        Ok(())
    }
}
