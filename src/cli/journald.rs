//! Events for journald, in its native protocol: the level as PRIORITY, and each fact also as a field of its own, so
//! that `journalctl -u nikkan NIKKAN_DOCUMENT=rfc9737` finds it. The message is the sentence with its facts, as it
//! stands on a terminal, since `journalctl` shows nothing else unasked; that is why this is not `tracing-journald`,
//! whose message is the sentence alone.

use std::fmt::{self, Write as _};
use std::os::unix::net::UnixDatagram;

use tracing::field::{Field, Visit};
use tracing::{Event, Level, Subscriber};
use tracing_subscriber::layer::{Context, Layer};

use super::log_queue::{LogEntry, LogQueue};

/// The socket at which journald takes entries (systemd.io/JOURNAL_NATIVE_PROTOCOL).
const SOCKET: &str = "/run/systemd/journal/socket";

/// A longer value is cut: an entry must fit into one datagram, whose usual limit is 208 KiB for all of it.
const LONGEST: usize = 16 * 1024;

/// Connects to journald; `None` when it is not there, and its reading of standard error must do.
pub(super) fn connect() -> Option<UnixDatagram> {
    let socket = UnixDatagram::unbound().ok()?;
    socket.connect(SOCKET).ok()?;
    Some(socket)
}

/// Makes an entry of a sentence that is no event.
pub(super) fn warning(sentence: &str) -> Vec<u8> {
    let fields = EventFields {
        target: module_path!().to_owned(),
        sentence: sentence.to_owned(),
        ..EventFields::default()
    };
    fields.entry(Level::WARN)
}

/// Makes each event an entry for journald.
#[derive(Debug)]
pub(super) struct JournaldLayer(LogQueue);

impl JournaldLayer {
    /// Returns the layer whose entries go through `queue`.
    pub(super) fn new(queue: LogQueue) -> Self {
        JournaldLayer(queue)
    }
}

impl<S: Subscriber> Layer<S> for JournaldLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        let meta = event.metadata();
        let mut fields = EventFields {
            target: meta.target().to_owned(),
            ..EventFields::default()
        };
        event.record(&mut fields);
        let entry = fields.entry(*meta.level());
        self.0.add(LogEntry::Datagram(entry));
    }
}

/// The sentence and the fields of an event.
#[derive(Default)]
struct EventFields {
    target: String,
    sentence: String,
    /// ` name=value` for each fact.
    said: String,
    fields: Vec<(String, String)>,
}

impl EventFields {
    fn add(&mut self, field: &Field, mut value: String) {
        if value.len() > LONGEST {
            let end = value.floor_char_boundary(LONGEST);
            value.truncate(end);
        }
        match field.name() {
            "message" => self.sentence = value,
            // A library that speaks through `log` is known by this only.
            "log.target" => self.target = value,
            name if name.starts_with("log.") => {}
            name => {
                let _ = write!(self.said, " {name}={value}");
                self.fields.push((field_name(name), value));
            }
        }
    }

    fn entry(&self, level: Level) -> Vec<u8> {
        let priority = match level {
            Level::ERROR => "3",
            Level::WARN => "4",
            Level::INFO => "6",
            _ => "7",
        };
        let mut entry = Vec::new();
        let message = format!("{}{}", self.sentence, self.said);
        put(&mut entry, "MESSAGE", message.trim_start());
        put(&mut entry, "PRIORITY", priority);
        put(&mut entry, "SYSLOG_IDENTIFIER", "nikkan");
        put(&mut entry, "NIKKAN_TARGET", &self.target);
        for (name, value) in &self.fields {
            put(&mut entry, name, value);
        }
        entry
    }
}

impl Visit for EventFields {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.add(field, value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.add(field, format!("{value:?}"));
    }
}

/// `message_id` becomes `NIKKAN_MESSAGE_ID`; journald takes capital letters, digits and `_`, at most 64.
fn field_name(name: &str) -> String {
    let plain = |c: char| {
        if c.is_ascii_alphanumeric() {
            c.to_ascii_uppercase()
        } else {
            '_'
        }
    };
    let mut field = format!("NIKKAN_{}", name.chars().map(plain).collect::<String>());
    field.truncate(64);
    field
}

/// One field. A value of several lines is told with its length before it, so that none of them can pass for a field.
fn put(entry: &mut Vec<u8>, name: &str, value: &str) {
    entry.extend_from_slice(name.as_bytes());
    if value.contains('\n') {
        entry.push(b'\n');
        entry.extend_from_slice(&(value.len() as u64).to_le_bytes());
    } else {
        entry.push(b'=');
    }
    entry.extend_from_slice(value.as_bytes());
    entry.push(b'\n');
}

#[cfg(test)]
mod tests {
    use tracing_subscriber::layer::SubscriberExt;

    use super::*;
    use crate::cli::log_outlets::LogOutlets;

    /// Returns what a journal receives of the events of `work`.
    fn received(work: impl FnOnce()) -> String {
        let (ours, journald) = UnixDatagram::pair().unwrap();
        let queue = LogQueue::start(LogOutlets::new(Some(ours))).unwrap();
        let subscriber = tracing_subscriber::registry().with(JournaldLayer::new(queue));
        tracing::subscriber::with_default(subscriber, work);
        let mut entry = vec![0; 65536];
        let length = journald.recv(&mut entry).unwrap();
        entry.truncate(length);
        String::from_utf8_lossy(&entry).into_owned()
    }

    #[test]
    fn an_event_has_its_level_its_facts_and_its_sentence() {
        let entry =
            received(|| tracing::warn!(uid = 7, list = %"i-d-announce", why = "a\"b", "archived"));
        assert_eq!(
            entry.replace("nikkan::cli::journald::tests", "HERE"),
            "MESSAGE=archived uid=7 list=i-d-announce why=a\"b\nPRIORITY=4\nSYSLOG_IDENTIFIER=nikkan\nNIKKAN_TARGET=HERE\n\
             NIKKAN_UID=7\nNIKKAN_LIST=i-d-announce\nNIKKAN_WHY=a\"b\n"
        );
    }

    #[test]
    fn a_line_end_in_a_value_makes_no_field() {
        let entry = received(|| tracing::error!(subject = "x\nPRIORITY=0", "archived"));
        assert!(
            entry.starts_with(
                "MESSAGE\n\u{1d}\0\0\0\0\0\0\0archived subject=x\nPRIORITY=0\nPRIORITY=3\n"
            ),
            "{entry:?}"
        );
        assert!(
            entry.ends_with("NIKKAN_SUBJECT\n\u{c}\0\0\0\0\0\0\0x\nPRIORITY=0\n"),
            "{entry:?}"
        );
    }

    #[test]
    fn what_is_too_long_is_cut_at_a_character() {
        let entry = received(|| tracing::info!(text = "é".repeat(10_000), "archived"));
        assert!(entry.len() < 3 * LONGEST && !entry.contains('\u{fffd}'));
    }
}
