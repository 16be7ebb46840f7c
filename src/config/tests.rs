//! Every broken configuration in `tests/data/configs` with its exact message, and the shipped example.

use std::path::{Path, PathBuf};

use super::keys::Table;
use super::*;

mod every_key;

fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/configs")
}

fn example() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("config.example.toml"))
        .unwrap()
}

#[test]
fn each_broken_configuration_is_told_with_its_exact_message() {
    let mut wrong = Vec::new();
    let mut cases: Vec<_> = std::fs::read_dir(data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    cases.sort();
    assert!(cases.len() >= 20, "only {} cases", cases.len());
    for case in cases {
        let text = std::fs::read_to_string(case.join("config.toml")).unwrap();
        let expected = std::fs::read_to_string(case.join("expected-error")).unwrap_or_default();
        let found = match parse(&text, Path::new("config.toml")) {
            Ok(_) => "no error\n".to_owned(),
            Err(error) => format!("{error}\n"),
        };
        if found != expected {
            std::fs::write(case.join("expected-error.actual"), &found).unwrap();
            wrong.push(format!(
                "{}\n  expected: {expected}  found:    {found}",
                case.display()
            ));
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

#[test]
fn the_shipped_example_is_a_valid_configuration() {
    let config = parse(&example(), Path::new("config.example.toml")).unwrap();
    assert_eq!(config.editions.len(), 1);
    assert_eq!(config.grace, Duration::ZERO);
    assert_eq!(config.warnings, Vec::<String>::new());
}

/// What stands in the example after a `#` is read as well, so that it cannot rot: every commented key must be known
/// and have a value of the right type.
#[test]
fn what_the_example_shows_commented_out_is_valid_too() {
    let alternatives = [
        "password_command",
        "password",
        "token_command",
        "auth",
        "api_key_file",
        "api_key_command",
        "password_file",
    ];
    let uncommented: String = example()
        .lines()
        .map(|line| {
            let bare = line.strip_prefix("#").unwrap_or(line);
            let key = bare.split(" =").next().unwrap_or_default();
            let is_setting = !key.is_empty()
                && key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                && bare.contains(" = ");
            let is_header = bare.starts_with('[');
            let shown = (is_setting || is_header) && !alternatives.contains(&key);
            let line = if shown { bare } else { line };
            format!("{line}\n")
        })
        .collect();
    let config = parse(&uncommented, Path::new("config.example.toml")).unwrap();
    assert!(config.editor.is_some());
    assert!(!config.lists.is_empty());
    assert!(config.mailbox.server.ca_file.is_some() && config.smtp.server.ca_file.is_some());
}

#[test]
fn the_example_documents_every_key() {
    let example = example();
    let mut missing = Vec::new();
    let mut section = String::new();
    let mut documented = std::collections::BTreeSet::new();
    for line in example.lines() {
        let bare = line.strip_prefix("#").unwrap_or(line);
        if bare.starts_with('[') {
            section = bare.trim_matches(['[', ']']).to_owned();
        } else if let Some((key, _)) = bare.split_once(" = ") {
            documented.insert((section.clone(), key.to_owned()));
        }
    }
    for (section, keys) in [
        ("", vec!["grace", "catch_up_days"]),
        ("mailbox", MailboxSettings::keys()),
        ("smtp", SmtpSettings::keys()),
        ("archive", archive::ArchiveSettings::keys()),
        ("list", List::keys()),
        ("edition", Edition::keys()),
        ("editor", EditorSettings::keys()),
        ("standby", StandbySettings::keys()),
        ("press", press::PressSettings::keys()),
    ] {
        for key in keys {
            if !documented.contains(&(section.to_owned(), key.to_owned())) {
                missing.push(format!("[{section}] {key}"));
            }
        }
    }
    for key in crate::digest::Watch::keys() {
        if !example.contains(&format!("{key} = [")) {
            missing.push(format!("watch: {key}"));
        }
    }
    assert!(missing.is_empty(), "config.example.toml lacks {missing:?}");
}

const SMALL: &str = r#"
[mailbox]
host = "localhost"
username = "reader"
password = "hunter2"

[smtp]
host = "localhost"

[[edition]]
name = "daily"
from = "nikkan@example.net"
to = ["Reader <reader@example.net>"]
"#;

#[test]
fn defaults_are_those_of_the_documentation() {
    let config = parse(SMALL, Path::new("c.toml")).unwrap();
    assert_eq!(config.mailbox.endpoint().port, 993);
    assert_eq!(config.smtp.endpoint().port, 465);
    assert_eq!(config.mailbox.folders, ["INBOX"]);
    assert_eq!(config.mailbox.idle_refresh, Duration::from_secs(300));
    assert_eq!(config.mailbox.poll, Duration::from_secs(900));
    assert_eq!(config.grace, Duration::ZERO);
    assert!(config.editor.is_none() && config.lists.is_empty());
}

/// The small configuration with what its readers need to leave.
fn with_address() -> String {
    let password = "password = \"hunter2\"\n";
    SMALL.replacen(
        password,
        &format!("{password}address = \"in@example.net\"\n"),
        1,
    )
}

#[test]
fn readers_who_cannot_leave_or_are_named_twice_are_warned_of() {
    let twice = with_address().replace(
        "to = [\"",
        "to = [\"Reader <Reader@EXAMPLE.org>\", \"Reader@example.org\", \"",
    );
    let config = parse(&twice, Path::new("c.toml")).unwrap();
    let [_, warning] = config.warnings.as_slice() else {
        panic!("{:?}", config.warnings);
    };
    assert!(
        warning.contains("\"Reader@example.org\" is a reader who stands there already"),
        "{warning}"
    );
    let config = parse(SMALL, Path::new("c.toml")).unwrap();
    let [_, warning] = config.warnings.as_slice() else {
        panic!("{:?}", config.warnings);
    };
    assert!(warning.contains("are not told how to leave"), "{warning}");
    let list = SMALL.replace("to = [", "unsubscribe = false\nto = [");
    let config = parse(&list, Path::new("c.toml")).unwrap();
    assert_eq!(config.warnings.len(), 1);
}

#[test]
fn a_plain_password_is_warned_of_and_never_shown() {
    let config = parse(&with_address(), Path::new("c.toml")).unwrap();
    assert_eq!(
        config.warnings,
        [
            "c.toml:5:1: the password in [mailbox] stands in the configuration; put it into a file of its own and name that as password_file, or let systemd hand it over with password_credential"
        ]
    );
    assert!(!format!("{config:?}").contains("hunter2"));
}

#[test]
fn a_password_without_its_quotes_is_not_repeated_in_the_message() {
    let number = SMALL.replace("\"hunter2\"", "271828");
    let error = parse(&number, Path::new("c.toml")).unwrap_err().to_string();
    assert_eq!(
        error,
        "c.toml:5:1: `password` in [mailbox] must be a string in quotes, not a number"
    );
    let word = SMALL.replace("\"hunter2\"", "hunter2");
    let error = parse(&word, Path::new("c.toml")).unwrap_err().to_string();
    assert!(!error.contains("hunter2"), "{error}");
}

#[test]
fn a_file_that_others_may_read_is_warned_of_when_it_holds_a_password() {
    use std::os::unix::fs::PermissionsExt;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("config.toml");
    std::fs::write(&path, with_address()).unwrap();
    let mode = |mode| std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).unwrap();
    mode(0o644);
    let warnings = load(&path).unwrap().warnings;
    assert_eq!(warnings.len(), 2);
    assert!(warnings[1].contains("mode 644"), "{}", warnings[1]);
    mode(0o600);
    assert_eq!(load(&path).unwrap().warnings.len(), 1);
}

#[test]
fn a_missing_file_is_told_with_the_line_that_names_it() {
    let text = SMALL.replace(
        "password = \"hunter2\"",
        "password_file = \"/no/such/password\"",
    );
    let config = parse(&text, Path::new("c.toml")).unwrap();
    assert_eq!(
        config.check_files().unwrap_err().to_string(),
        "c.toml:5:1: `password_file` in [mailbox]: cannot read the password file /no/such/password: No such file or directory (os error 2); it must exist and be readable by the user that runs nikkan"
    );
    let text = SMALL.replace("[smtp]", "[smtp]\nca_file = \"/no/such/ca.pem\"");
    let error = parse(&text, Path::new("c.toml")).unwrap().check_files();
    assert!(
        error
            .unwrap_err()
            .to_string()
            .starts_with("c.toml:8:1: `ca_file` in [smtp]: cannot use ca_file /no/such/ca.pem")
    );
}

#[test]
fn a_configuration_that_cannot_be_read_says_how_to_name_another() {
    let error = load(Path::new("/no/such/config.toml")).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot read the configuration /no/such/config.toml: No such file or directory (os error 2); name the file with --config or NIKKAN_CONFIG"
    );
    let cause = std::io::ErrorKind::PermissionDenied.into();
    let error = ConfigError::Unreadable("/etc/nikkan/config.toml".into(), cause);
    assert_eq!(
        error.to_string(),
        "cannot read the configuration /etc/nikkan/config.toml: permission denied; the user that runs nikkan must be able to read it, as with: chmod 644 /etc/nikkan/config.toml"
    );
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("latin.toml");
    std::fs::write(&path, b"# caf\xe9\n").unwrap();
    let error = load(&path).unwrap_err().to_string();
    assert!(
        error.ends_with("latin.toml:1:6: this is not UTF-8 text; save the file as UTF-8"),
        "{error}"
    );
}

#[test]
fn the_archive_has_a_directory_or_says_which_key() {
    let config = parse(SMALL, Path::new("c.toml")).unwrap();
    let error = config.archive_directory().unwrap_err().to_string();
    assert!(error.contains("set directory in [archive]"), "{error}");
}

#[test]
fn an_edition_is_found_by_name_and_the_first_is_the_default() {
    let config = parse(SMALL, Path::new("c.toml")).unwrap();
    assert_eq!(config.edition(None).unwrap().name, "daily");
    assert_eq!(
        config.edition(Some("weekly")).unwrap_err(),
        "no edition is called `weekly`; there is daily"
    );
}

#[test]
fn no_mutilation_of_the_example_is_a_panic_or_more_than_one_line() {
    let example = example();
    let mut texts: Vec<String> = Vec::new();
    for (at, _) in example.char_indices().step_by(7) {
        texts.push(example[..at].to_owned());
        texts.push(format!("{}{}", &example[..at], &example[at + 1..]));
        for odd in ["[", "\"", "=", "\n", "{", "\u{feff}", "é"] {
            texts.push(format!("{}{odd}{}", &example[..at], &example[at..]));
        }
    }
    let lines: Vec<_> = example.lines().collect();
    for gap in 0..lines.len() {
        let kept = lines.iter().enumerate().filter(|(at, _)| *at != gap);
        texts.push(kept.map(|(_, line)| format!("{line}\n")).collect());
    }
    for odd in [
        "mailbox = 3",
        "edition = []",
        "edition = [1]",
        "list = {}",
        "[mailbox.host]",
        "grace = 1979-05-27",
    ] {
        texts.push(format!("{odd}\n"));
        texts.push(format!("{odd}\n{example}"));
        texts.push(format!("{example}\n{odd}\n"));
    }
    for text in texts {
        if let Err(error) = parse(&text, Path::new("c.toml")) {
            let said = error.to_string();
            assert!(
                said.starts_with("c.toml:") && said.lines().count() == 1,
                "{said}"
            );
        }
    }
}

#[test]
fn each_edition_knows_the_lists_that_are_watched() {
    let config = parse(&example(), Path::new("config.example.toml")).unwrap();
    let known = crate::announcement::Lists::new(&config.lists).names();
    assert!(known.len() >= 3);
    assert!(config.editions.iter().all(|edition| edition.lists == known));
}
