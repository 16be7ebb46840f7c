//! One case from its start to its figures: a scripted server, the watcher, the real archive.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::lab::announcements;
use crate::lab::proxy::Proxy;
use crate::lab::scripted_imap::{Act, At, Fault, Message, PASSWORD, ScriptedImap};
use crate::lab::tls_front::{Before, TlsFront, Turn};
use crate::lab::watched::{Watched, clear_text};

/// The cases' `idle_refresh`.
pub const REFRESH: Duration = Duration::from_secs(3);
/// Messages in the folder before anything goes wrong.
const BEFORE: usize = 3;
/// The words that an operator must see may come a little after the message; the time for that.
const WORDS: Duration = Duration::from_secs(15);
/// Characters of a line in the table.
const SHOWN: usize = 240;

/// One fault.
#[derive(Clone)]
pub struct Case {
    /// Its name in the table.
    pub name: &'static str,
    /// What the server does.
    pub played: &'static str,
    /// The missed message must be archived within this time.
    pub within: Duration,
    /// More keys of `[mailbox]`; `FOLDER` stands for a directory of the case's own.
    pub settings: &'static str,
    /// Changes the server before the watcher starts.
    pub before: fn(&Lab),
    /// What happens once the watcher waits; nothing where the fault lies in its way there.
    pub then: Option<fn(&Lab)>,
    /// TLS between server and watcher, as the key `tls` names it; clear text where there is none.
    pub tls: Option<&'static str>,
    /// Words that the operator must see, each in a line of the log (`info` and above) or in the watcher's state.
    pub sees: &'static [&'static str],
}

/// A case in which nothing happens yet.
pub fn case(name: &'static str, played: &'static str, within: Duration) -> Case {
    Case {
        name,
        played,
        within,
        settings: "",
        before: |_| {},
        then: None,
        tls: None,
        sees: &[],
    }
}

impl Case {
    pub fn before(mut self, before: fn(&Lab)) -> Self {
        self.before = before;
        self
    }

    pub fn then(mut self, then: fn(&Lab)) -> Self {
        self.then = Some(then);
        self
    }

    pub fn set(mut self, settings: &'static str) -> Self {
        self.settings = settings;
        self
    }

    pub fn behind(mut self, tls: &'static str) -> Self {
        self.tls = Some(tls);
        self
    }

    pub fn sees(mut self, words: &'static [&'static str]) -> Self {
        self.sees = words;
        self
    }
}

/// What a case has in its hands.
pub struct Lab {
    pub server: Arc<ScriptedImap>,
    pub proxy: Arc<Proxy>,
    front: Option<TlsFront>,
    pub folder: tempfile::TempDir,
    /// The message that must not be missed.
    pub missed: Message,
    /// Others.
    pub more: Vec<Message>,
    state: Mutex<Measured>,
}

#[derive(Default)]
struct Measured {
    delivered: Option<Instant>,
    expected: usize,
}

impl Lab {
    /// With a server, the way to it, and these messages at hand.
    pub fn with(
        server: Arc<ScriptedImap>,
        proxy: Arc<Proxy>,
        missed: Message,
        more: Vec<Message>,
    ) -> Self {
        Lab {
            server,
            proxy,
            front: None,
            folder: tempfile::tempdir().unwrap(),
            missed,
            more,
            state: Mutex::default(),
        }
    }

    /// What speaks TLS before the server.
    pub fn front(&self) -> &TlsFront {
        self.front.as_ref().unwrap()
    }

    /// The missed message arrives, and is told in the usual way.
    pub fn deliver(&self) {
        self.state.lock().unwrap().delivered = Some(Instant::now());
        self.server.deliver(self.missed.clone());
    }

    /// The missed message arrives in the same moment in which a fault strikes, so that nothing is told before it.
    pub fn deliver_into(&self, at: At, act: Act) {
        self.state.lock().unwrap().delivered = Some(Instant::now());
        {
            let mut model = self.server.model();
            model.faults.push(Fault { at, skip: 0, act });
            model.folder("INBOX").unwrap().add(self.missed.clone());
        }
        self.server.shared.wake();
    }

    /// Counts from now on, for a message that arrived another way.
    pub fn arrived(&self) {
        self.state.lock().unwrap().delivered = Some(Instant::now());
    }

    fn expected(&self) -> usize {
        self.state.lock().unwrap().expected
    }

    /// So many more messages than the missed one will be in the archive.
    pub fn expect_more(&self, count: usize) {
        self.state.lock().unwrap().expected += count;
    }
}

/// What a case came to.
#[derive(Clone, Debug)]
pub struct Outcome {
    pub name: &'static str,
    pub played: &'static str,
    pub seconds: f64,
    pub within: f64,
    pub lost: i64,
    pub doubled: i64,
    /// The line with the words that the operator must see, or else the first that warns.
    pub seen: Option<String>,
    /// What else went wrong.
    pub wrong: Option<String>,
}

impl Outcome {
    pub fn fault(&self) -> Option<String> {
        if let Some(wrong) = &self.wrong {
            return Some(wrong.clone());
        }
        (self.lost != 0 || self.doubled != 0 || self.seconds > self.within)
            .then(|| "see the figures".into())
    }
}

/// Plays cases side by side: they mostly wait.
pub async fn play_all(cases: Vec<Case>) -> Vec<Outcome> {
    let tasks: Vec<_> = cases
        .into_iter()
        .map(|case| {
            let (name, played, within) = (case.name, case.played, case.within);
            (name, played, within, tokio::spawn(play(case)))
        })
        .collect();
    let mut results = Vec::new();
    for (name, played, within, task) in tasks {
        results.push(task.await.unwrap_or_else(|error| Outcome {
            name,
            played,
            seconds: f64::NAN,
            within: within.as_secs_f64(),
            lost: 1,
            doubled: 0,
            seen: None,
            wrong: Some(error.to_string()),
        }));
    }
    results
}

async fn play(case: Case) -> Outcome {
    let mut mails = announcements(BEFORE + 6).into_iter().map(Message::new);
    let server = Arc::new(ScriptedImap::start().await);
    let proxy = Arc::new(Proxy::start(server.port).await);
    for message in mails.by_ref().take(BEFORE) {
        server.deliver(message);
    }
    let missed = mails.next().unwrap();
    let mut lab = Lab::with(server, proxy, missed, mails.collect());
    let way = match case.tls {
        None => clear_text(lab.proxy.port),
        Some(tls) => {
            let front = TlsFront::start(lab.proxy.port);
            if tls == "starttls" {
                front.play([Turn {
                    before: Before::ImapStarttls,
                    ..front.sound()
                }]);
            }
            let (port, ca_file) = (front.port, front.ca_file());
            lab.front = Some(front);
            format!("host = \"localhost\"\nport = {port}\ntls = \"{tls}\"\nca_file = {ca_file:?}\n")
        }
    };
    lab.expect_more(BEFORE + 1);
    (case.before)(&lab);
    let keys = case
        .settings
        .replace("FOLDER", &lab.folder.path().display().to_string());
    let password = if keys.contains("auth") {
        String::new()
    } else {
        format!("password = \"{PASSWORD}\"\n")
    };
    let keys = format!(
        "{password}idle_refresh = \"{}s\"\n{keys}",
        REFRESH.as_secs()
    );
    let watched = Watched::start_by(&way, &keys, &lab.folder.path().join("archive"));
    if let Some(then) = case.then {
        watched.waits().await;
        then(&lab);
    }
    let archived = watched.holds(lab.expected()).await;
    let mut wrong = None;
    let started = {
        let delivered = lab.state.lock().unwrap().delivered;
        delivered.or_else(|| lab.server.model().played)
    };
    let seconds = match (archived, started) {
        (Some(archived), Some(started)) => archived.duration_since(started).as_secs_f64(),
        (Some(_), None) => {
            wrong = Some("the fault was never played".to_owned());
            0.0
        }
        _ => f64::INFINITY,
    };
    let left = lab.server.model().faults.len();
    if left > 0 {
        wrong = Some(format!("{left} faults were never played"));
    }
    // And it still hears afterwards.
    if archived.is_some() {
        lab.expect_more(1);
        lab.server.deliver(lab.more.last().unwrap().clone());
        if watched.holds(lab.expected()).await.is_none() {
            wrong = Some("it is deaf afterwards".to_owned());
        }
    }
    for words in case.sees {
        if watched.operator.wait_for(words, WORDS).await.is_none() {
            wrong = Some(format!("the operator does not see \"{words}\""));
            eprintln!("{}:\n{}", case.name, watched.operator.all());
        }
    }
    let seen = match case.sees.first() {
        Some(words) => watched.operator.line_with(words).map(|line| {
            let state = line.starts_with("state ");
            if state {
                format!("in `status`: {words}")
            } else {
                line
            }
        }),
        None => watched.operator.first_warning(),
    };
    let expected = i64::try_from(lab.expected()).unwrap();
    let (messages, listed, distinct) = watched.counts().await;
    if let Some(why) = watched.end().await {
        wrong = Some(why);
    }
    Outcome {
        name: case.name,
        played: case.played,
        seconds,
        within: case.within.as_secs_f64(),
        lost: (expected - messages).max(0),
        doubled: (messages - expected).max(0) + listed - distinct,
        seen,
        wrong,
    }
}

/// As Markdown.
pub fn table(results: &[Outcome]) -> String {
    let mut text = "| fault | what was played | seconds | at most | lost | doubled | the operator sees |\n|---|---|---:|---:|---:|---:|---|\n".to_owned();
    for result in results {
        let seen = shortened(result.seen.as_deref().unwrap_or("–"));
        text += &format!(
            "| {} | {} | {:.2} | {} | {} | {} | {seen} |{}\n",
            result.name,
            result.played,
            result.seconds,
            result.within,
            result.lost,
            result.doubled,
            result
                .fault()
                .map_or(String::new(), |why| format!(" <-- {why}"))
        );
    }
    text
}

/// A line of the log without what is the same in all of them, or another in each run.
fn shortened(line: &str) -> String {
    let line = line.replace(" account=reader@127.0.0.1 error=", ": ");
    let line = line.split(" failures=").next().unwrap_or_default();
    let line: String = line.chars().take(SHOWN).collect();
    line.replace('|', "\\|")
}
