//! `digest`: a day from files or from the archive, in every format.

use super::*;

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
        assert!(
            text.contains("14 drafts: 2 first versions, 12 revised"),
            "{text}"
        );
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
    assert!(print("eml", "en").contains("Message-ID: <20251128-daily-"));
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
fn a_busy_day_is_printed_in_parts_for_posting() {
    let mail = model_day();
    let mut arguments = vec!["digest", "2025-11-28", "--mail", &mail, "--part-size", "5"];
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(
        stderr(&output),
        "nikkan: --part-size and --format text do not go together: parts are for --format markdown\n"
    );
    arguments.extend(["--format", "markdown"]);
    let output = run(&arguments);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert_eq!(stdout(&output).split("\n-----\n").count(), 3);
}

#[test]
fn paths_that_cannot_be_read_give_an_error_and_no_digest() {
    let output = run(&["digest", "2025-11-28", "--mail", "/no/such/mail"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(stdout(&output), "");
    assert_eq!(
        stderr(&output),
        "nikkan: cannot read /no/such/mail: No such file or directory (os error 2)\n"
    );
}

#[test]
fn mails_of_one_day_need_no_date_and_mails_of_several_ask_for_one() {
    let day = model_day();
    let with = run(&["digest", "2025-11-28", "--mail", &day]);
    let without = run(&["digest", "--mail", &day]);
    assert_eq!(without.status.code(), Some(0), "{}", stderr(&without));
    assert_eq!(stdout(&without), stdout(&with));
    assert!(stderr(&without).contains("all of these mails are of 2025-11-28"));
    let folder = tempfile::tempdir().unwrap();
    let other = folder.path().join("other.eml");
    let one = data("announcements/draft/2025-individual-first-version.eml");
    std::fs::copy(one, &other).unwrap();
    let output = run(&["digest", "--mail", &day, other.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(stdout(&output), "");
    let said = stderr(&output);
    assert!(
        said.contains("several days: ")
            && said.contains("2025-11-28")
            && said.contains("name the day"),
        "{said}"
    );
    // Where any of them is of yesterday, that is the day, as from the archive.
    let at = [
        "--at",
        "2025-11-29T12:00:00Z",
        "digest",
        "--mail",
        &day,
        other.to_str().unwrap(),
    ];
    let yesterday = run(&at);
    assert_eq!(yesterday.status.code(), Some(0), "{}", stderr(&yesterday));
    assert!(stdout(&yesterday).contains("28 November 2025"));
}
