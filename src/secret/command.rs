//! Runs a command that prints a secret, in a process group of its own, and ends all of the group with it: after its time,
//! after an answer without end, with this process, and where it leaves a child behind. What is to stay, such as an agent,
//! has a session of its own (setsid(2)) and is left alone.

use std::collections::BTreeSet;
use std::process::{ExitStatus, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::io::AsyncReadExt as _;
use tokio::process::{Child, ChildStdout};
use tokio::time::{Instant, sleep_until, timeout};

use super::SecretError;
use super::text::MOST;

/// A command that asks a person or a locked keyring would hang for ever; nobody is there at midnight.
pub(super) const LIMIT: Duration = Duration::from_secs(60);

/// The time that is left for a first line after the command has ended, while a child of its own keeps the pipe open.
const AFTER_ITS_END: Duration = Duration::from_secs(2);

/// The groups of the commands that run.
static RUNNING: Mutex<BTreeSet<i32>> = Mutex::new(BTreeSet::new());

/// Ends all commands that run at this moment. It is for a process that ends without leaving its tasks in order: a process
/// group of its own hears nothing of the terminal's Ctrl-C.
pub fn end_commands() {
    for group in std::mem::take(&mut *running()) {
        kill(group);
    }
}

/// Returns what a command prints, at least its first line.
///
/// # Errors
/// It cannot be started, fails, does not end in time, or prints without an end.
pub(super) async fn run(words: &[String]) -> Result<Vec<u8>, SecretError> {
    let program = words.first().cloned().unwrap_or_default();
    let started = tokio::process::Command::new(&program)
        .args(words.get(1..).unwrap_or_default())
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn();
    let mut child = started.map_err(|cause| SecretError::Start(program.clone(), cause))?;
    let _group = Group::of(&child);
    let mut answer = Answer::default();
    let reading = answer.read(&mut child);
    match timeout(LIMIT, reading).await {
        Err(_) => Err(SecretError::Slow(program)),
        Ok(Err(cause)) => Err(SecretError::Start(program, cause)),
        Ok(Ok(Ended::TooMuch)) => Err(SecretError::Endless(program)),
        Ok(Ok(Ended::With(status))) if !status.success() => {
            Err(SecretError::Failed(program, status))
        }
        Ok(Ok(Ended::With(_))) => Ok(answer.bytes),
    }
}

/// The end of a command.
enum Ended {
    /// It ended by itself.
    With(ExitStatus),
    /// It printed more than a secret may have, and goes on.
    TooMuch,
}

/// What a command has printed so far.
#[derive(Default)]
struct Answer {
    bytes: Vec<u8>,
    /// True when nobody can print any more.
    is_closed: bool,
}

impl Answer {
    /// Reads until the command has ended and its first line is there. All it prints is read, since it may fail by a pipe that
    /// nobody reads; but who keeps the pipe open after its end is not waited for.
    async fn read(&mut self, child: &mut Child) -> std::io::Result<Ended> {
        let mut pipe = child.stdout.take();
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            if self.bytes.len() > MOST {
                return Ok(Ended::TooMuch);
            }
            let is_read = self.is_closed || pipe.is_none() || self.bytes.contains(&b'\n');
            if let Some((status, _)) = ended.filter(|(status, _)| is_read || !status.success()) {
                return Ok(Ended::With(status));
            }
            let last = ended.map_or_else(Instant::now, |(_, at)| at + AFTER_ITS_END);
            tokio::select! {
                biased;
                () = self.more(pipe.as_mut()), if !self.is_closed => {}
                status = child.wait(), if ended.is_none() => ended = Some((status?, Instant::now())),
                () = sleep_until(last), if ended.is_some() => self.is_closed = true,
            }
        }
    }

    /// Reads a piece.
    async fn more(&mut self, pipe: Option<&mut ChildStdout>) {
        let read = match pipe {
            Some(pipe) => pipe.read_buf(&mut self.bytes).await,
            None => Ok(0),
        };
        self.is_closed = !matches!(read, Ok(1..));
    }
}

/// The process group of a command, which ends when this is dropped.
struct Group(Option<i32>);

impl Group {
    fn of(child: &Child) -> Group {
        let number = child.id().and_then(|id| i32::try_from(id).ok());
        running().extend(number);
        Group(number)
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(group) = self.0.filter(|group| running().remove(group)) {
            kill(group);
        }
    }
}

fn kill(group: i32) {
    if let Some(group) = Pid::from_raw(group) {
        // Mostly nobody is left in it.
        let _ = kill_process_group(group, Signal::KILL);
    }
}

fn running() -> MutexGuard<'static, BTreeSet<i32>> {
    RUNNING.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    async fn sh(script: &str) -> Result<String, String> {
        let words = ["sh", "-c", script].map(str::to_owned);
        let answer = run(&words).await.map_err(|error| error.to_string())?;
        Ok(String::from_utf8(answer).unwrap())
    }

    /// Waits until the process whose number is in `file` is gone, or is only waited for by who started it.
    fn ends(file: &Path) {
        let number = std::fs::read_to_string(file).unwrap();
        let state = format!("/proc/{}/stat", number.trim());
        let begun = std::time::Instant::now();
        let lives = || std::fs::read_to_string(&state).is_ok_and(|stat| !stat.contains(") Z "));
        while lives() {
            assert!(begun.elapsed() < LIMIT, "{number} lives on");
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    #[tokio::test]
    async fn its_first_line_counts_when_it_has_ended_well() {
        // Notes that nobody would read must not make it fail.
        let script = "echo secret; sleep 0.2; printf '%01000d\\n' 1 2 3 4 5 6 7 8 9; echo done";
        assert!(sh(script).await.unwrap().starts_with("secret\n"));
        assert_eq!(sh("printf secret").await.unwrap(), "secret");
        assert!(
            sh("echo secret; exit 3")
                .await
                .unwrap_err()
                .contains("exit status: 3")
        );
    }

    #[tokio::test]
    async fn a_child_that_keeps_the_pipe_is_not_waited_for_and_ends() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let begun = std::time::Instant::now();
        for print in ["echo secret", "printf secret"] {
            let script = format!("sleep 1000 & echo $! > {}; {print}", file.display());
            assert_eq!(sh(&script).await.unwrap().trim(), "secret");
            ends(&file);
        }
        assert!(begun.elapsed() < LIMIT / 2);
    }

    #[tokio::test]
    async fn what_its_child_prints_after_its_end_is_read() {
        assert_eq!(sh("(sleep 0.2; echo secret) &").await.unwrap(), "secret\n");
    }

    #[tokio::test]
    async fn an_answer_without_end_is_cut_and_told() {
        for script in ["yes", "cat /dev/zero", "yes & echo secret; wait"] {
            let said = sh(script).await.unwrap_err();
            assert!(said.contains("more than 64 KiB"), "{said}");
        }
    }

    #[tokio::test]
    async fn one_that_hangs_is_ended_with_its_children_when_it_is_given_up() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("child");
        let script = format!("sleep 1000 & echo $! > {}; wait", file.display());
        let hanging = tokio::spawn(async move { sh(&script).await });
        while std::fs::read_to_string(&file)
            .unwrap_or_default()
            .is_empty()
        {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        hanging.abort();
        assert!(hanging.await.unwrap_err().is_cancelled());
        ends(&file);
    }

    #[tokio::test(start_paused = true)]
    async fn one_that_waits_for_a_person_is_given_up_after_a_minute() {
        let said = sh("sleep 1000").await.unwrap_err();
        assert!(said.contains("did not answer within 60 s"), "{said}");
    }
}
