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
        "search",
        "lists",
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
            "search",
            "parse",
            "import",
            "reparse",
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
