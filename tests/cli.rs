//! The built binary as a person or a script meets it: what it prints where, and with which exit code.

#![allow(clippy::unwrap_used)] // A panic is how a test reports.

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

#[test]
fn parse_prints_one_object_per_announcement_and_a_summary_beside_it() {
    let output = run(&["parse", &model_day()]);
    assert_eq!(output.status.code(), Some(0));
    let found = lines(&output);
    assert_eq!(found.len(), 15);
    assert!(found.iter().all(|one| one["kind"] == "draft"));
    assert_eq!(
        stderr(&output),
        "nikkan: 15 messages: 15 draft (1 file beside them is no mail)\n"
    );
}

#[test]
fn parse_reads_an_mbox_from_a_pipe_like_the_single_files() {
    let mut names: Vec<_> = std::fs::read_dir(data("model-day"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    names.sort();
    let mut mbox = Vec::new();
    for name in names {
        mbox.extend_from_slice(b"From nobody Fri Nov 28 09:05:37 2025\n");
        let text = std::fs::read(name).unwrap();
        for line in text.split_inclusive(|byte| *byte == b'\n') {
            if line.starts_with(b"From ") {
                mbox.push(b'>');
            }
            mbox.extend_from_slice(line);
        }
        mbox.extend_from_slice(b"\n");
    }
    let piped = pipe(&["parse"], &mbox);
    assert_eq!(piped.status.code(), Some(0));
    assert_eq!(stdout(&piped), stdout(&run(&["parse", &model_day()])));
}

#[test]
fn parse_says_which_file_is_missing_reads_the_others_and_fails() {
    let output = run(&["parse", "/no/such.eml", &model_day()]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(lines(&output).len(), 15);
    assert!(
        stderr(&output).starts_with("nikkan: cannot read /no/such.eml: No such file or directory"),
        "{}",
        stderr(&output)
    );
}

#[test]
fn parse_takes_what_is_no_mail_for_a_notice() {
    let output = pipe(&["parse", "-"], b"\xff\xfe\x00 no mail at all");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(lines(&output)[0]["kind"], "notice");
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let mut child = nikkan()
        .args([
            "parse",
            &model_day(),
            &model_day(),
            &model_day(),
            &model_day(),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stderr(&output), "");
}

#[cfg(target_os = "linux")]
#[test]
fn parse_needs_no_more_memory_for_a_long_mbox() {
    const MESSAGES: usize = 400;
    let body = "Some words that fill a line of a mail that nobody ever wrote.\n".repeat(2000);
    let mut child = nikkan()
        .arg("parse")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = child.stdin.take().unwrap();
    for number in 0..MESSAGES {
        let head = format!("From a@b Fri Nov 28 09:05:37 2025\nSubject: message {number}\n\n");
        stdin.write_all(head.as_bytes()).unwrap();
        stdin.write_all(body.as_bytes()).unwrap();
        stdin.write_all(b"\n").unwrap();
    }
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    drop(stdin);
    assert!(child.wait().unwrap().success());
    let peak = status
        .lines()
        .find(|line| line.starts_with("VmHWM:"))
        .unwrap();
    let kib: usize = peak.split_whitespace().nth(1).unwrap().parse().unwrap();
    let written = MESSAGES * body.len() / 1024;
    assert!(
        kib < 32 << 10 && kib < written,
        "{kib} KiB for {written} KiB"
    );
}

#[test]
fn a_wrong_usage_is_told_with_exit_code_2() {
    for arguments in [
        &["digset"] as &[_],
        &["parse", "--no-such-flag"],
        &["import"],
        &["--at", "yesterday", "parse"],
        &[],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert_eq!(stdout(&output), "", "{arguments:?}");
    }
    assert!(stderr(&run(&["pasre"])).contains("parse"));
}

#[test]
fn help_is_data_and_teaches_by_example() {
    for command in [
        "run", "check", "status", "digest", "send", "reparse", "search", "lists", "parse", "import",
    ] {
        let output = run(&[command, "--help"]);
        assert_eq!(output.status.code(), Some(0));
        assert!(
            stdout(&output).contains(&format!("Examples:\n  nikkan {command}")),
            "{command}"
        );
    }
}

#[test]
fn a_wrong_configuration_is_one_line_with_file_line_and_key_and_exit_code_2() {
    let file = data("configs/misspelt-key/config.toml");
    let output = run(&["--config", file.to_str().unwrap(), "import", "/dev/null"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        format!(
            "nikkan: {}:3:1: unknown key `usrename` in [mailbox]; did you mean `username`?\n",
            file.display()
        )
    );
}

#[test]
fn a_missing_configuration_says_how_to_name_one() {
    let output = nikkan()
        .env("NIKKAN_CONFIG", "/no/such/config.toml")
        .args(["import", "/dev/null"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("/no/such/config.toml")
            && stderr(&output).contains("--config or NIKKAN_CONFIG"),
        "{}",
        stderr(&output)
    );
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

#[test]
fn import_can_be_repeated() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let import = || run(&["--config", config.to_str().unwrap(), "import", &model_day()]);
    let first = import();
    assert_eq!(first.status.code(), Some(0), "{}", stderr(&first));
    assert_eq!(
        stderr(&first),
        "nikkan: 15 messages, 15 new announcements\n"
    );
    assert_eq!(stdout(&first), "");
    assert_eq!(
        stderr(&import()),
        "nikkan: 15 messages, 0 new announcements\n"
    );
}

#[test]
fn a_day_is_compiled_straight_from_files_without_any_configuration() {
    for arguments in [
        &["digest", "2025-11-28", "--mail", &model_day()] as &[_],
        &["digest", "--mail", &model_day(), "2025-11-28"],
        &[
            "--at",
            "2025-11-29T10:00:00Z",
            "digest",
            "--mail",
            &model_day(),
        ],
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stderr(&output), "");
        let text = stdout(&output);
        assert!(text.contains("14 Internet-Drafts"), "{text}");
        assert!(text.contains("draft-ietf-netmod-system-config"), "{text}");
    }
}

#[test]
fn every_format_and_language_of_the_digest_is_printed() {
    let mail = model_day();
    let print = |format: &str, language: &str| {
        let output = run(&[
            "digest",
            "2025-11-28",
            "--mail",
            &mail,
            "--format",
            format,
            "--language",
            language,
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    assert!(print("html", "en").starts_with("<!doctype html>"));
    assert!(print("markdown", "en").contains("draft-ietf-netmod-system-config"));
    assert!(print("eml", "en").contains("Message-ID: <2025-11-28.daily.nikkan@localhost>"));
    assert!(print("text", "ja").contains("14件"));
    let json: serde_json::Value = serde_json::from_str(&print("json", "en")).unwrap();
    assert_eq!(json["counts"]["drafts"], 14);
    assert_eq!(json["counts"]["announcements"], 15);
}

#[test]
fn files_without_the_day_say_which_day_they_have() {
    let output = run(&["digest", "2025-11-20", "--mail", &model_day()]);
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        stderr(&output),
        "nikkan: nothing in these files is of 2025-11-20; the newest announcement is of 2025-11-28\n"
    );
}

#[test]
fn a_day_is_compiled_from_the_archive_as_from_the_files() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let json = |arguments: &[&str]| {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    assert_eq!(
        json(&[
            "--config",
            config,
            "digest",
            "2025-11-28",
            "--format",
            "json"
        ]),
        json(&[
            "digest",
            "2025-11-28",
            "--mail",
            &model_day(),
            "--format",
            "json"
        ])
    );
}

#[test]
fn an_unknown_edition_is_a_wrong_usage_and_those_there_are_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    let output = run(&["--config", config, "digest", "--edition", "weekly"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "nikkan: no edition is called `weekly`; there is daily\n"
    );
}

#[test]
fn commands_that_look_make_no_archive() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    for command in [&["status"] as &[_], &["digest"], &["send", "2025-11-28"]] {
        let output = nikkan()
            .arg("--config")
            .arg(&config)
            .args(command)
            .output()
            .unwrap();
        assert_eq!(output.status.code(), Some(1), "{command:?}");
        assert!(
            stderr(&output).contains("there is no archive in"),
            "{}",
            stderr(&output)
        );
    }
    assert!(!directory.path().join("archive").exists());
}

#[test]
fn status_is_for_people_and_for_scripts_and_its_exit_code_for_monitoring() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&[
        "--config",
        config,
        "--at",
        "2025-11-28T23:00:00Z",
        "import",
        &model_day(),
    ]);
    let status = |more: &[&str]| {
        let mut arguments = vec!["--config", config, "--at", "2025-11-28T23:00:00Z", "status"];
        arguments.extend(more);
        run(&arguments)
    };
    let people = status(&[]);
    assert_eq!(people.status.code(), Some(0), "{}", stdout(&people));
    assert!(stdout(&people).starts_with("health        all is well\n"));
    assert!(stdout(&people).contains("2025-11-28: 14 drafts, 0 RFCs, 15 announcements so far"));
    let scripts = status(&["--json"]);
    assert_eq!(scripts.status.code(), Some(0));
    let json: serde_json::Value = serde_json::from_str(&stdout(&scripts)).unwrap();
    assert_eq!(json["healthy"], true);
    assert_eq!(json["today"]["drafts"], 14);
    assert_eq!(json["next_digest"], "2025-11-29T00:00:00Z");
}

#[test]
fn a_day_that_was_not_sealed_is_not_sent_again() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let output = run(&["--config", config, "send", "2025-11-28"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        "nikkan: there is no digest of 2025-11-28 for `daily` yet; `nikkan run` seals a day when it is over\n"
    );
}

#[test]
fn check_says_for_each_thing_how_it_was_found() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let output = nikkan()
        .arg("--config")
        .arg(&config)
        .arg("check")
        .output()
        .unwrap();
    // Nothing listens on the ports of this configuration.
    assert_eq!(output.status.code(), Some(1));
    let text = stdout(&output);
    let begins = |start: &str| text.lines().any(|line| line.starts_with(start));
    assert!(begins("ok       configuration"), "{text}");
    assert!(begins("ok       archive"), "{text}");
    assert!(
        begins("error    mailbox        cannot connect to 127.0.0.1:"),
        "{text}"
    );
    assert!(
        begins("error    smtp           cannot connect to 127.0.0.1:"),
        "{text}"
    );
    assert_eq!(stderr(&output), "nikkan: not ready: 2 errors\n");
    assert!(!directory.path().join("archive").exists());
}

#[test]
fn reparse_finds_nothing_new_in_what_was_just_parsed() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let output = run(&["--config", config, "reparse"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(
        stderr(&output),
        "nikkan: 15 messages read again: 0 announcements changed, 0 added, 0 removed\n"
    );
}

#[test]
fn a_busy_day_is_printed_in_parts_for_posting() {
    let mail = model_day();
    let mut arguments = vec!["digest", "2025-11-28", "--mail", &mail, "--part-size", "5"];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "nikkan: --part-size is for --format markdown\n"
    );
    arguments.extend(["--format", "markdown"]);
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).split("\n-----\n").count(), 3);
}

#[test]
fn the_end_of_the_calendar_is_no_panic() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    for at in ["9999-12-30T21:59:59Z", "-009999-01-03T00:00:00Z"] {
        for command in [&["status"] as &[_], &["digest"], &["digest", "today"]] {
            let at = format!("--at={at}");
            let arguments = [&["--config", config, at.as_str()] as &[_], command].concat();
            let output = run(&arguments);
            assert!(
                output.status.code().is_some_and(|code| code < 2),
                "{arguments:?}"
            );
            assert!(!stderr(&output).contains("panicked"), "{}", stderr(&output));
        }
    }
}

#[test]
fn search_finds_by_name_person_and_word() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let search = |words: &[&str]| {
        let output = run(&[&["--config", config, "search"], words].concat());
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        stdout(&output)
    };
    assert_eq!(
        search(&["system-config", "configuration", "--limit", "1"]),
        "2025-11-28  draft-ietf-netmod-system-config-14  System-defined Configuration\n"
    );
    assert_eq!(search(&["qiufang", "immutable"]).lines().count(), 1);
    let json: serde_json::Value =
        serde_json::from_str(&search(&["quic", "multi-path", "--json"])).unwrap();
    assert_eq!(json["draft"]["name"], "draft-gage-quic-pathmgmt");
    assert_eq!(search(&["nosuchword"]), "");
}

#[test]
fn a_list_that_fell_silent_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    let mail = |day: u32| {
        format!(
            "From a@b Thu Nov 27 09:05:37 2025\nFrom: internet-drafts@ietf.org\nSubject: I-D Action: draft-a-b-{day}.txt\n\
             Date: {day} Nov 2025 09:00:00 +0000\nMessage-ID: <{day}@ietf.org>\nList-Id: <i-d-announce.ietf.org>\n\n\
             Internet-Draft draft-a-b-{day}.txt is now available.\n\n"
        )
    };
    let mbox: String = (17..=21).map(mail).collect();
    pipe(&["--config", config, "import", "-"], mbox.as_bytes());
    let lists = |at: &str| stdout(&run(&["--config", config, "--at", at, "lists"]));
    assert_eq!(
        lists("2025-11-24T12:00:00Z"),
        "i-d-announce     last message 2025-11-21 09:00:00 UTC\n\
         ietf-announce    no message yet\nrfc-dist         no message yet\n"
    );
    let late = "2025-11-28T12:00:00Z";
    assert!(lists(late).contains("nothing for 4 weekdays, the subscription may have ended"));
    let status = run(&["--config", config, "--at", late, "status"]);
    assert_eq!(status.status.code(), Some(1));
    assert!(stdout(&status).starts_with("PROBLEM       i-d-announce: nothing for 4 weekdays"));
}
