//! Where the log ends up. Both outlets may hang: only the thread of the queue writes to them.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::fd::AsFd;
use std::os::unix::net::UnixDatagram;

use super::journald;
use super::log_queue::{LogEntry, LogSink};

/// Standard error, and journald where that listens.
#[derive(Debug)]
pub(super) struct LogOutlets {
    /// A descriptor of its own: the lock of [`io::stderr`] is another's to wait for.
    stderr: Option<File>,
    journald: Option<UnixDatagram>,
}

impl LogOutlets {
    /// Returns this process's outlets.
    pub(super) fn new(journald: Option<UnixDatagram>) -> Self {
        let stderr = io::stderr().as_fd().try_clone_to_owned().ok();
        LogOutlets {
            stderr: stderr.map(File::from),
            journald,
        }
    }
}

impl LogSink for LogOutlets {
    fn write(&mut self, entry: &LogEntry) {
        // What reads the log may be gone; there is nobody to tell.
        let _ = match (entry, &mut self.stderr, &self.journald) {
            (LogEntry::Line(line), Some(stderr), _) => stderr.write_all(line),
            (LogEntry::Datagram(entry), _, Some(journald)) => journald.send(entry).map(drop),
            _ => Ok(()),
        };
    }

    fn dropped(&self, count: u64) -> LogEntry {
        let words = format!("the log could not be written for a while; entries left out: {count}");
        match &self.journald {
            Some(_) => LogEntry::Datagram(journald::warning(&words)),
            None => LogEntry::Line(format!("nikkan: {words}\n").into_bytes()),
        }
    }
}
