//! The two ways out: what was asked for goes to standard output, words for a person to standard error, one line at a
//! time.

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::Timestamp;

use super::log;

/// Writes to standard output, to the end.
pub(super) fn print(bytes: impl AsRef<[u8]>) -> Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes.as_ref())
        .and_then(|()| out.flush())
        .context("cannot write")
}

/// Returns how a command ends that did all, or not all, of its work.
pub(super) fn exit(done: bool) -> ExitCode {
    if done {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// Says something to the person at the terminal, or to the log of the service.
pub(super) fn say(words: &str) {
    log::say(format!("nikkan: {words}\n"));
}

/// Asks the person at the terminal a question, to be answered with yes or no; `None` where nobody sits there.
pub(super) fn ask(question: &str) -> Result<Option<bool>> {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return Ok(None);
    }
    let mut out = io::stderr();
    write!(out, "nikkan: {question} [y/N] ")
        .and_then(|()| out.flush())
        .context("cannot ask")?;
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .context("cannot read the answer")?;
    let answer = answer.trim();
    Ok(Some(
        answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"),
    ))
}

/// Makes one line of a text, with single spaces.
pub(super) fn one_line(text: &str) -> String {
    let words: Vec<_> = text.split_whitespace().collect();
    words.join(" ")
}

/// Writes a number with its noun, of which the plural ends with an `s`.
pub(super) fn counted(number: u64, noun: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {noun}{plural}")
}

/// Writes an instant to the second, in UTC.
pub(super) fn moment(instant: Timestamp) -> String {
    instant.strftime("%F %H:%M:%S UTC").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_one_line() {
        assert_eq!(one_line("a\n  b\tc"), "a b c");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "error"), "1 error");
        assert_eq!(counted(2, "error"), "2 errors");
    }

    #[test]
    fn a_moment_is_told_to_the_second() {
        let instant = "2025-11-28T09:59:59.7Z".parse().unwrap();
        assert_eq!(moment(instant), "2025-11-28 09:59:59 UTC");
    }
}
