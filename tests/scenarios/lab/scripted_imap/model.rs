//! What the scripted server keeps: folders with their UIDs, what it offers, and what it is to play.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

/// One message. A large one is not kept but made up while it is sent.
#[derive(Clone, Debug)]
pub struct Message {
    text: Arc<Vec<u8>>,
    padding: usize,
}

const PAD: &[u8] = b"0123456789012345678901234567890123456789012345678901234567890123456789\r\n";

impl Message {
    pub fn new(text: Vec<u8>) -> Self {
        Message {
            text: Arc::new(text),
            padding: 0,
        }
    }

    /// With so many bytes behind its text.
    pub fn padded(text: Vec<u8>, padding: usize) -> Self {
        Message {
            text: Arc::new(text),
            padding,
        }
    }

    /// Tells it from others, as long as one of its copies is kept.
    pub fn identity(&self) -> usize {
        Arc::as_ptr(&self.text).addr()
    }

    pub fn size(&self) -> usize {
        self.text.len() + self.padding
    }

    pub fn header(&self) -> &[u8] {
        let end = memchr::memmem::find(&self.text, b"\r\n\r\n");
        &self.text[..end.map_or(self.text.len(), |end| end + 4)]
    }

    /// The lines of one header field, its continuations included, and the empty line behind them.
    pub fn fields(&self, names: &str) -> Vec<u8> {
        let mut found = Vec::new();
        let mut inside = false;
        for line in self.header().split_inclusive(|byte| *byte == b'\n') {
            if !line.starts_with(b" ") && !line.starts_with(b"\t") {
                let line = String::from_utf8_lossy(line).to_ascii_lowercase();
                let name = line.split(':').next().unwrap_or_default();
                inside = names
                    .split(' ')
                    .any(|wanted| wanted.eq_ignore_ascii_case(name));
            }
            if inside {
                found.extend_from_slice(line);
            }
        }
        found.extend_from_slice(b"\r\n");
        found
    }

    pub fn first(&self, most: usize) -> Vec<u8> {
        let length = most.min(self.size());
        let mut bytes = self.text[..length.min(self.text.len())].to_vec();
        bytes.extend(PAD.iter().cycle().take(length - bytes.len()));
        bytes
    }
}

/// One folder.
#[derive(Clone, Debug, Default)]
pub struct Folder {
    pub uidvalidity: u32,
    pub uid_next: u32,
    pub messages: BTreeMap<u32, Message>,
}

impl Folder {
    pub fn new(uidvalidity: u32) -> Self {
        Folder {
            uidvalidity,
            uid_next: 1,
            messages: BTreeMap::new(),
        }
    }

    pub fn add(&mut self, message: Message) -> u32 {
        let uid = self.uid_next;
        self.uid_next += 1;
        self.messages.insert(uid, message);
        uid
    }

    /// The UIDs of a set such as `4:*,9`; `*` is the last message, and `9:*` names it even where it is below 9 (RFC
    /// 9051 section 6.4.8).
    pub fn named(&self, set: &str, echo: bool) -> Vec<u32> {
        let last = self.messages.keys().next_back().copied().unwrap_or(0);
        let mut found = Vec::new();
        for part in set.split(',') {
            let number = |text: &str| match text {
                "*" => last,
                digits => digits.parse().unwrap(),
            };
            let (from, to) = part.split_once(':').unwrap_or((part, part));
            let (mut from, mut to) = (number(from), number(to));
            if from > to && !echo {
                continue;
            }
            if from > to {
                std::mem::swap(&mut from, &mut to);
            }
            found.extend(self.messages.range(from..=to).map(|(uid, _)| *uid));
        }
        found
    }
}

/// Where in a session something can be played.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// The connection was accepted, nothing was said.
    Greeting,
    Capability,
    Login,
    /// CAPABILITY after the login.
    LookAround,
    Examine,
    Status,
    /// A FETCH that finds messages.
    Fetch,
    /// A FETCH of bodies.
    FetchBody,
    Create,
    /// APPEND was asked for, no `+` was said.
    Append,
    /// The message came, its OK was not said.
    Appended,
    /// A FETCH that finds none, or only the echo of the last message.
    FetchNothing,
    /// IDLE was asked for, no `+` was said.
    BeforePlus,
    /// In IDLE.
    Idling,
    /// DONE came, its OK was not said.
    Done,
}

/// What is played.
#[derive(Clone, Debug)]
pub enum Act {
    /// End of the connection, without a word.
    Close,
    Bye(&'static str),
    /// The command's tagged answer, for instance `NO no time`.
    Answer(&'static str),
    /// Not one byte more on this connection, and no end of it either.
    Silence,
    /// Bytes before the answer, and the answer as usual.
    Say(Vec<u8>),
    /// A message arrives and is told at once.
    Arrive(Message),
    /// A message arrives, and this session never speaks of it, nor of any other.
    ArriveUntold(Message),
    /// The last message is removed.
    Expunge,
    /// The answer ends after so many bytes, and with it the connection.
    Cut(usize),
    /// Bytes without end.
    Endless(&'static [u8]),
    /// `* OK still here` in IDLE, every 100 ms, and no other word.
    Chat,
    /// The rest of the connection comes at one byte a second.
    Crawl,
}

/// Something to play, once, at the place it is for.
#[derive(Clone, Debug)]
pub struct Fault {
    pub at: At,
    /// How often to pass the place before.
    pub skip: u32,
    pub act: Act,
}

/// Changes what the server says, as often as `left`. The closure sees the command that is answered, without its tag and
/// empty before the first, and the bytes that are about to be sent: a whole line, a whole FETCH response with its literals,
/// or all of EXAMINE's answer. It returns what is sent instead; `None` when this is not its place.
#[derive(Clone)]
pub struct Twist {
    pub left: u32,
    pub change: Arc<Change>,
}

/// What is sent in answer to a command, instead of these bytes.
pub type Change = dyn Fn(&str, &[u8]) -> Option<Vec<u8>> + Send + Sync;

impl std::fmt::Debug for Twist {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Twist {{ left: {} }}", self.left)
    }
}

/// All that the server's sessions share.
#[derive(Debug)]
pub struct Model {
    pub folders: BTreeMap<String, Folder>,
    /// What CAPABILITY tells before the login and after it; other servers' blanks and case included.
    pub offered: [String; 2],
    pub password: String,
    /// Whether EXAMINE and STATUS tell UIDNEXT.
    pub tells_uid_next: bool,
    /// Whether `n:*` names the last message where it is below n.
    pub echoes: bool,
    pub faults: Vec<Fault>,
    pub twists: Vec<Twist>,
    /// The UID whose body no FETCH can have.
    pub broken: Option<u32>,
    /// The first fault that was played.
    pub played: Option<Instant>,
    /// How many were played.
    pub count: usize,
    /// Every command that came, in order, without tags.
    pub commands: Vec<String>,
    /// Bytes of message bodies that were sent.
    pub body_bytes: usize,
    pub logins: u32,
    /// Sessions that are open.
    pub sessions: u32,
}

impl Model {
    pub fn folder(&mut self, name: &str) -> Option<&mut Folder> {
        self.folders.get_mut(name)
    }

    /// What is sent instead of `bytes` in answer to `command`: every twist in turn.
    pub fn twisted(&mut self, command: &str, bytes: &[u8]) -> Option<Vec<u8>> {
        let mut changed: Option<Vec<u8>> = None;
        for twist in &mut self.twists {
            if twist.left == 0 {
                continue;
            }
            let before = changed.as_deref().unwrap_or(bytes);
            if let Some(after) = (twist.change)(command, before) {
                twist.left -= 1;
                changed = Some(after);
            }
        }
        if changed.is_some() {
            self.played.get_or_insert_with(Instant::now);
            self.count += 1;
            self.twists.retain(|twist| twist.left > 0);
        }
        changed
    }

    /// What is to be played here now.
    pub fn fault(&mut self, at: At) -> Option<Act> {
        let index = self.faults.iter().position(|fault| fault.at == at)?;
        if self.faults[index].skip > 0 {
            self.faults[index].skip -= 1;
            return None;
        }
        self.played.get_or_insert_with(Instant::now);
        self.count += 1;
        Some(self.faults.remove(index).act)
    }
}
