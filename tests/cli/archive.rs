//! Commands on an archive: what they print, keep, and leave alone.

use super::*;

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
fn missing_words_are_listed_and_titles_told_in_japanese() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let output = run(&["--config", config, "glossary", "--missing"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(
        stdout(&output).contains("    1  collobration  (Enhanced A2A Requirements"),
        "{}",
        stdout(&output)
    );
    assert!(stderr(&output).ends_with(" of 14 titles are Japanese\n"));
    let explain = [
        "--config",
        config,
        "digest",
        "2025-11-28",
        "--language",
        "ja",
        "--explain",
    ];
    assert!(stdout(&run(&explain)).contains("\n  stays English: "));
    // A term of one's own takes effect, and a fault in the file is told with its line.
    let own = directory.path().join("own.tsv");
    std::fs::write(&own, "collobration\t連携\tact\n").unwrap();
    let text = std::fs::read_to_string(config).unwrap();
    let editor = format!("\n[editor]\nglossary = \"{}\"\n", own.display());
    std::fs::write(config, text + &editor).unwrap();
    let title = "Requirements for Agent Collobration";
    let output = run(&["--config", config, "glossary", title, "Quux"]);
    assert_eq!(
        stdout(&output),
        "エージェント連携の要件\n(no term for `Quux`)\n"
    );
    assert_eq!(output.status.code(), Some(1));
    let output = run(&[
        "--config",
        config,
        "digest",
        "2025-11-28",
        "--language",
        "ja",
        "--explain",
    ]);
    assert!(
        stdout(&output).contains("\n  Japanese: Agent Gatewayの要件\n"),
        "{}",
        stdout(&output)
    );
    std::fs::write(&own, "collobration\n").unwrap();
    let output = run(&["--config", config, "glossary", title]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        stderr(&output).contains("own.tsv:1: a term is English, a tab, Japanese"),
        "{}",
        stderr(&output)
    );
    assert_eq!(run(&["glossary"]).status.code(), Some(2));
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
    assert!(lists(late).contains("nothing for 4 weekdays; the subscription may have ended"));
    let status = run(&["--config", config, "--at", late, "status"]);
    assert_eq!(status.status.code(), Some(1));
    assert!(stdout(&status).starts_with("PROBLEM       i-d-announce: nothing for 4 weekdays"));
}

#[test]
fn a_list_is_told_as_json_with_state_and_instants() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let output = run(&[
        "--config",
        config,
        "--at",
        "2025-11-29T00:00:00Z",
        "lists",
        "--json",
    ]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let told: serde_json::Value = serde_json::from_str(&stdout(&output)).unwrap();
    let names: Vec<_> = told
        .as_array()
        .unwrap()
        .iter()
        .map(|list| &list["name"])
        .collect();
    assert_eq!(names, ["i-d-announce", "ietf-announce", "rfc-dist"]);
    assert!(
        told[0]["last_message"]
            .as_str()
            .unwrap()
            .starts_with("2025-11-28T")
    );
    assert!(told[0]["state"].is_null() && told[2]["last_message"].is_null());
    assert_eq!(told[0]["silent"], false);
}

#[test]
fn a_day_before_the_edition_began_cannot_be_sent_and_what_can_be_done_is_said() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let at = |arguments: &[&str]| {
        let played = ["--config", config, "--at", "2025-12-03T00:00:00Z"];
        let output = run(&[&played, arguments].concat());
        assert_eq!(output.status.code(), Some(1));
        stderr(&output)
    };
    let said = at(&["send", "2025-11-28"]);
    assert!(
        said.contains("`nikkan run` seals a day when it is over"),
        "{said}"
    );
    // The edition begins with the first start, whose mailbox does not answer here.
    at(&["run", "--once"]);
    let said = at(&["send", "2025-11-28"]);
    assert!(
        said.contains("`daily` began after 2025-11-28")
            && said.contains("`nikkan digest 2025-11-28` prints one"),
        "{said}"
    );
    assert!(at(&["send", "2025-12-03"]).contains("yet"));
    assert!(at(&["send", "2025-12-24"]).contains("still to come"));
}
