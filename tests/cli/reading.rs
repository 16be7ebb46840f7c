//! `parse`: mails in every form, one object per announcement out.

use std::io::Write;
use std::process::Stdio;

use super::*;

/// The files of the model day, sorted.
fn mails_of_the_model_day() -> Vec<std::path::PathBuf> {
    let mut names: Vec<_> = std::fs::read_dir(data("model-day"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "eml"))
        .collect();
    names.sort();
    names
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
    let names = mails_of_the_model_day();
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
fn parse_reads_the_same_from_files_a_directory_a_maildir_and_an_mbox() {
    let names = mails_of_the_model_day();
    let expected = stdout(&run(&["parse", &model_day()]));
    let mut files = vec!["parse"];
    files.extend(names.iter().map(|name| name.to_str().unwrap()));
    assert_eq!(stdout(&run(&files)), expected);
    let directory = tempfile::tempdir().unwrap();
    let maildir = directory.path().join("Maildir");
    for folder in ["cur", "new", "tmp"] {
        std::fs::create_dir_all(maildir.join(folder)).unwrap();
    }
    let mut mbox = Vec::new();
    for (at, name) in names.iter().enumerate() {
        let to = maildir.join(format!("cur/{at:02}.M1.host:2,S"));
        std::fs::copy(name, to).unwrap();
        mbox.extend_from_slice(b"From nobody Fri Nov 28 09:05:37 2025\n");
        mbox.extend_from_slice(&std::fs::read(name).unwrap());
        mbox.extend_from_slice(b"\n");
    }
    let file = directory.path().join("november.mbox");
    std::fs::write(&file, mbox).unwrap();
    for source in [&maildir, &file] {
        let output = run(&["parse", source.to_str().unwrap()]);
        assert_eq!(stdout(&output), expected, "{}", source.display());
        assert_eq!(stderr(&output), "nikkan: 15 messages: 15 draft\n");
    }
}

/// `script` (of util-linux) gives the command a terminal of its own.
#[cfg(target_os = "linux")]
#[test]
fn parse_shows_how_far_it_is_on_a_terminal_only() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("long.mbox");
    let body = "A line of a mail that nobody wrote.\n".repeat(2000);
    let mbox: String = (0..300)
        .map(|number| format!("From a@b Fri Nov 28 09:05:37 2025\nSubject: {number}\n\n{body}\n"))
        .collect();
    std::fs::write(&file, mbox).unwrap();
    let command = format!(
        "{} parse {} > /dev/null",
        env!("CARGO_BIN_EXE_nikkan"),
        file.display()
    );
    let on_terminal = Command::new("script")
        .args(["-qec", &command, "/dev/null"])
        .stdin(Stdio::null())
        .output()
        .expect("`script` of util-linux is needed");
    let shown = String::from_utf8_lossy(&on_terminal.stdout).into_owned();
    assert!(shown.contains(" left"), "{shown:?}");
    assert!(
        shown.contains("nikkan: 300 messages: 300 notice"),
        "{shown:?}"
    );
    let elsewhere = run(&["parse", file.to_str().unwrap()]);
    assert_eq!(stderr(&elsewhere), "nikkan: 300 messages: 300 notice\n");
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
fn nothing_on_standard_input_is_no_notice() {
    for input in [&b""[..], b"\n"] {
        let output = pipe(&["parse"], input);
        assert_eq!(output.status.code(), Some(0));
        assert_eq!(stdout(&output), "");
        assert_eq!(
            stderr(&output),
            "nikkan: nothing came over standard input; name files, or pipe mail in\n"
        );
    }
}
