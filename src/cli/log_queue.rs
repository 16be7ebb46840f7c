//! The way of the log from whoever speaks to where it is read: a queue and a thread of its own. A journal that is frozen, a pipe
//! that nobody empties and a terminal that was stopped hold up that thread alone; what does not fit into the queue meanwhile is
//! dropped, counted, and told once the log goes on.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of lines that may wait: an hour of a busy daemon.
const MOST_BYTES: usize = 2 * 1024 * 1024;

/// One entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum LogEntry {
    /// A whole line, for standard error.
    Line(Vec<u8>),
    /// A datagram for journald.
    Datagram(Vec<u8>),
}

impl LogEntry {
    fn len(&self) -> usize {
        match self {
            LogEntry::Line(bytes) | LogEntry::Datagram(bytes) => bytes.len(),
        }
    }
}

/// Where entries end up; it may hang.
pub(super) trait LogSink: Send + 'static {
    /// Writes an entry. One that is not taken is lost.
    fn write(&mut self, entry: &LogEntry);

    /// Makes the entry that tells of `count` dropped ones.
    fn dropped(&self, count: u64) -> LogEntry;
}

/// The queue. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct LogQueue(Arc<Shared>);

#[derive(Debug, Default)]
struct Shared {
    waiting: Mutex<Waiting>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct Waiting {
    entries: VecDeque<LogEntry>,
    bytes: usize,
    /// Since when one is being written.
    writing: Option<Instant>,
    dropped: u64,
}

impl LogQueue {
    /// Starts the thread that writes to `sink`.
    ///
    /// # Errors
    /// The system gives no thread.
    pub(super) fn start(sink: impl LogSink) -> io::Result<Self> {
        let queue = LogQueue::default();
        let writer = queue.clone();
        std::thread::Builder::new()
            .name("log".into())
            .spawn(move || writer.write_all_to(sink))?;
        Ok(queue)
    }

    /// Adds an entry, or counts it where there is no space. It never waits for the sink.
    pub(super) fn add(&self, entry: LogEntry) {
        let mut waiting = self.waiting();
        if waiting.bytes + entry.len() > MOST_BYTES {
            waiting.dropped += 1;
            return;
        }
        waiting.bytes += entry.len();
        waiting.entries.push_back(entry);
        self.0.changed.notify_all();
    }

    /// Waits until all is written, `limit` at most.
    pub(super) fn flush(&self, limit: Duration) {
        let busy = |waiting: &mut Waiting| !waiting.entries.is_empty() || waiting.writing.is_some();
        let waited = self
            .0
            .changed
            .wait_timeout_while(self.waiting(), limit, busy);
        drop(waited);
    }

    /// Returns since when the sink has not taken an entry, while it has one.
    pub(super) fn hangs_since(&self) -> Option<Instant> {
        self.waiting().writing
    }

    fn write_all_to(&self, mut sink: impl LogSink) {
        let mut waiting = self.waiting();
        loop {
            let Some(entry) = waiting.entries.pop_front() else {
                waiting = self
                    .0
                    .changed
                    .wait(waiting)
                    .unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            waiting.bytes -= entry.len();
            waiting.writing = Some(Instant::now());
            drop(waiting);
            sink.write(&entry);
            waiting = self.waiting();
            waiting.writing = None;
            if waiting.dropped > 0 && waiting.bytes < MOST_BYTES / 2 {
                let told = sink.dropped(std::mem::take(&mut waiting.dropped));
                waiting.bytes += told.len();
                waiting.entries.push_front(told);
            }
            self.0.changed.notify_all();
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting> {
        self.0
            .waiting
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds what is written as lines; each event is one write.
impl Write for LogQueue {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.add(LogEntry::Line(line.to_vec()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, Sender, channel};

    use super::*;

    /// Takes an entry each time it is told to.
    struct Slow(Receiver<()>, Sender<Vec<u8>>);

    impl LogSink for Slow {
        fn write(&mut self, entry: &LogEntry) {
            let LogEntry::Line(bytes) = entry else { return };
            if self.0.recv().is_ok() {
                let _ = self.1.send(bytes.clone());
            }
        }

        fn dropped(&self, count: u64) -> LogEntry {
            LogEntry::Line(format!("{count} dropped").into_bytes())
        }
    }

    #[test]
    fn a_log_that_hangs_holds_nobody_up_and_what_was_dropped_is_told() {
        let (go_on, told) = channel();
        let (written, read) = channel();
        let queue = LogQueue::start(Slow(told, written)).unwrap();
        let line = vec![b'x'; 1024];
        let lines = 3 * MOST_BYTES / line.len();
        for _ in 0..lines {
            queue.add(LogEntry::Line(line.clone()));
        }
        let limit = Instant::now() + Duration::from_secs(60);
        while queue.hangs_since().is_none() {
            assert!(Instant::now() < limit, "nobody takes the first line");
            std::thread::yield_now();
        }
        for _ in 0..lines {
            go_on.send(()).unwrap();
        }
        queue.flush(Duration::from_secs(60));
        assert_eq!(queue.hangs_since(), None);
        let written: Vec<Vec<u8>> = read.try_iter().collect();
        let notice = written
            .iter()
            .find(|line| line.ends_with(b" dropped"))
            .unwrap();
        let dropped: usize = String::from_utf8_lossy(notice)
            .trim_end_matches(" dropped")
            .parse()
            .unwrap();
        assert_eq!(dropped + written.len() - 1, lines);
    }
}
