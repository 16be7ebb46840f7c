//! What is said of a wrong usage or configuration, and what `--help` teaches.

use super::*;

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
        "run",
        "check",
        "status",
        "digest",
        "send",
        "reparse",
        "rewind",
        "search",
        "glossary",
        "lists",
        "readers",
        "parse",
        "import",
        "subscribe",
        "unsubscribe",
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

#[test]
fn a_list_that_is_not_known_is_a_wrong_usage_and_those_there_are_are_named() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    let output = run(&["--config", config, "subscribe", "netmod"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "nikkan: `netmod` is no list that nikkan knows (i-d-announce, ietf-announce, rfc-dist); another one needs a [[list]] in the configuration\n"
    );
}

#[test]
fn every_shells_completions_know_every_command() {
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        for command in [
            "run",
            "check",
            "status",
            "digest",
            "send",
            "subscribe",
            "unsubscribe",
            "lists",
            "readers",
            "search",
            "glossary",
            "parse",
            "import",
            "reparse",
            "rewind",
            "completions",
        ] {
            let known = stdout(&output).contains(command);
            assert!(known, "{shell} does not know {command}");
        }
    }
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
fn help_of_a_command_is_the_same_in_both_orders() {
    let (asked, option) = (run(&["help", "digest"]), run(&["digest", "--help"]));
    assert_eq!(asked.status.code(), Some(0));
    assert_eq!(stdout(&asked), stdout(&option));
    assert_eq!(stdout(&run(&["help"])), stdout(&run(&["--help"])));
    assert_eq!(run(&["help", "no-such-command"]).status.code(), Some(2));
}

#[test]
fn a_plain_password_is_warned_of_by_run_and_check_and_by_nothing_else() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let text = std::fs::read_to_string(&config).unwrap();
    let text = text.replace(
        "password_command = [\"printf\", \"secret\"]",
        "password = \"secret\"",
    );
    std::fs::write(&config, text).unwrap();
    let config = config.to_str().unwrap();
    let warns = |arguments: &[&str]| {
        let output = run(&[&["--config", config], arguments].concat());
        let said = stderr(&output) + &stdout(&output);
        said.contains("the password in [mailbox] stands in the configuration")
    };
    let empty = directory.path().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let empty = empty.to_str().unwrap();
    assert!(warns(&["run", "--once"]));
    assert!(warns(&["check"]));
    for quiet in [
        &["import", empty] as &[_],
        &["status"],
        &["lists"],
        &["readers"],
        &["digest"],
        &["search", "quic"],
    ] {
        assert!(!warns(quiet), "{quiet:?}");
    }
}

#[test]
fn options_that_do_not_go_together_are_refused_with_both_named() {
    let mail = model_day();
    for (options, one, other) in [
        (
            &["--explain", "--format", "html"] as &[_],
            "--explain",
            "--format html",
        ),
        (
            &["--explain", "--format", "json"],
            "--explain",
            "--format json",
        ),
        (
            &["--explain", "--editor", "extract"],
            "--explain",
            "--editor",
        ),
        (
            &["--part-size", "5", "--format", "eml"],
            "--part-size",
            "--format eml",
        ),
        (&["--part-size", "5"], "--part-size", "--format text"),
    ] {
        let output = run(&[&["digest", "2025-11-28", "--mail", &mail], options].concat());
        assert_eq!(output.status.code(), Some(2), "{options:?}");
        assert_eq!(stdout(&output), "", "{options:?}");
        let said = stderr(&output);
        assert!(said.contains(one) && said.contains(other), "{said}");
    }
}
