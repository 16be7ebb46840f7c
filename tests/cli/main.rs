//! The built binary as a person or a script meets it: what it prints where, and with which exit code.

#![allow(clippy::unwrap_used)] // A panic is how a test reports.

mod archive;
mod digest;
mod reading;
mod site;
mod usage;

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// The binary, with nothing of the surroundings' configuration.
fn nikkan() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nikkan"));
    command
        .env_remove("NIKKAN_CONFIG")
        .env_remove("STATE_DIRECTORY")
        .env_remove("JOURNAL_STREAM")
        .env_remove("RUST_LOG")
        .stdin(Stdio::null());
    command
}

fn data(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/data")
        .join(path)
}

fn run(arguments: &[&str]) -> Output {
    nikkan().args(arguments).output().unwrap()
}

/// Runs with `input` on standard input.
fn pipe(arguments: &[&str], input: &[u8]) -> Output {
    let mut child = nikkan()
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().unwrap();
    writer.join().unwrap().unwrap();
    output
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn lines(output: &Output) -> Vec<serde_json::Value> {
    stdout(output)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

fn model_day() -> String {
    data("model-day").display().to_string()
}

/// A port that nothing listens on.
fn silent_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().port()
}

/// A configuration for commands that only need the archive.
fn configured(directory: &Path) -> PathBuf {
    let path = directory.join("config.toml");
    let port = silent_port();
    let text = format!(
        r#"
[mailbox]
host = "127.0.0.1"
port = {port}
tls = "none"
username = "reader"
password_command = ["printf", "secret"]

[smtp]
host = "127.0.0.1"
port = {port}
tls = "none"

[archive]
directory = "{}"

[[edition]]
name = "daily"
from = "nikkan <nikkan@example.net>"
to = ["reader@example.net"]
"#,
        directory.join("archive").display()
    );
    std::fs::write(&path, text).unwrap();
    path
}
