//! What the operator of a watcher in this process sees: its log, and its state as `status` shows it.

use std::io::Write;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use nikkan::mailbox::WatcherState;
use tokio::sync::watch;
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::fmt::time::FormatTime;

/// The lines of one watcher, as they come. Many can be kept side by side in one process: each watcher's future is run
/// with a subscriber of its own, which sees what is logged while that future is polled.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Lines>);

#[derive(Debug, Default)]
struct Lines {
    text: Mutex<String>,
    changed: tokio::sync::Notify,
}

impl Seen {
    /// The subscriber to run a watcher with (`tracing::instrument::WithSubscriber`), down to `debug`.
    pub fn subscriber(&self) -> Dispatch {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_ansi(false)
            .with_target(false)
            .with_timer(Since(tokio::time::Instant::now()))
            .with_writer(self.clone())
            .finish();
        Dispatch::new(subscriber)
    }

    /// Takes down the state too, whenever it is another, until the watcher is gone.
    pub fn note_states(&self, mut states: watch::Receiver<WatcherState>) {
        let seen = self.clone();
        tokio::spawn(async move {
            let mut last = String::new();
            while states.changed().await.is_ok() {
                let mut state = states.borrow_and_update().clone();
                // Proofs of life alone are no change.
                state.last_proof = None;
                let state = serde_json::to_string(&state).unwrap();
                if state != last {
                    seen.add(&format!("0 state {state}\n"));
                    last = state;
                }
            }
        });
    }

    /// Notes what happened at the server, for who looks for a fault.
    pub fn note(&self, at: tokio::time::Instant, text: &str) {
        let seconds = at.elapsed().as_secs_f64();
        self.add(&format!("{seconds:.3} lab {text}\n"));
    }

    fn add(&self, text: &str) {
        self.0.text.lock().unwrap().push_str(text);
        self.0.changed.notify_waiters();
    }

    /// All of it, with what is only for who looks for a fault.
    pub fn all(&self) -> String {
        self.0.text.lock().unwrap().clone()
    }

    /// What the operator is shown without asking for more, line by line and without the time.
    pub fn shown(&self) -> Vec<String> {
        let text = self.0.text.lock().unwrap();
        let lines = text.lines().map(|line| match line.trim().split_once(' ') {
            Some((_, said)) => said.trim(),
            None => line,
        });
        let shown = lines.filter(|line| !line.starts_with("DEBUG") && !line.starts_with("lab "));
        shown.map(str::to_owned).collect()
    }

    /// The first line with these words that an operator sees without asking for more.
    pub fn line_with(&self, words: &str) -> Option<String> {
        let mut shown = self.shown().into_iter();
        shown.find(|line| line.contains(words))
    }

    /// The same, waiting for it at most so long.
    pub async fn wait_for(&self, words: &str, limit: Duration) -> Option<String> {
        let comes = async {
            loop {
                // Registered before looking, so that nothing comes between.
                let changed = self.0.changed.notified();
                if let Some(line) = self.line_with(words) {
                    return line;
                }
                changed.await;
            }
        };
        tokio::time::timeout(limit, comes).await.ok()
    }

    /// The first line that warns of something.
    pub fn first_warning(&self) -> Option<String> {
        let warns = |line: &String| line.starts_with("WARN") || line.starts_with("ERROR");
        self.shown().into_iter().find(warns)
    }
}

/// Seconds since then, in the time of tests.
struct Since(tokio::time::Instant);

impl FormatTime for Since {
    fn format_time(&self, writer: &mut Writer<'_>) -> std::fmt::Result {
        write!(writer, "{:.3}", self.0.elapsed().as_secs_f64())
    }
}

impl Write for Seen {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.add(&String::from_utf8_lossy(bytes));
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl MakeWriter<'_> for Seen {
    type Writer = Seen;

    fn make_writer(&self) -> Seen {
        self.clone()
    }
}
