//! Every key of every table with every kind of wrong value: what is refused is told with file, line, key and table;
//! what is taken stands in a list, so that nothing is taken unseen.

use std::fmt::Write as _;

use super::*;

/// A sound configuration, table by table.
const SOUND: [(&str, &str); 9] = [
    (
        "[mailbox]",
        "host = \"localhost\"\nusername = \"reader\"\npassword_file = \"/p\"\nsent_folder = \"s\"\n",
    ),
    (
        "[smtp]",
        "host = \"localhost\"\nusername = \"reader\"\npassword_file = \"/p\"\n",
    ),
    ("[archive]", ""),
    ("[[list]]", "name = \"n\"\nid = \"n.ietf.org\"\n"),
    (
        "[[edition]]",
        "name = \"daily\"\nfrom = \"a@example.net\"\nto = [\"b@example.net\"]\n",
    ),
    (
        "[editor]",
        "kind = \"llm\"\nbase_url = \"http://127.0.0.1/v1\"\nmodel = \"m\"\n",
    ),
    ("[digest]", ""),
    ("[standby]", "after = \"20m\"\n"),
    ("[press]", ""),
];

/// Of every kind that TOML has, with what is too small, too large, empty, or no word.
const VALUES: [&str; 17] = [
    "7",
    "-1",
    "\"\"",
    "true",
    "[]",
    "[7]",
    "[\"\"]",
    "{}",
    "{ x = 1 }",
    "{ groups = 7 }",
    "{ input = -1, output = 1 }",
    "{ input = \"x\", output = 1 }",
    "1.5",
    "nan",
    "1979-05-27",
    "\"x y\"",
    "99999999999999999999",
];

/// Values that may stand there after all: `table key = value`.
const TAKEN: [&str; 35] = [
    " catch_up_days = 7",
    "[mailbox] port = 7",
    "[mailbox] ca_file = \"x y\"",
    "[mailbox] username = \"x y\"",
    "[mailbox] password_file = \"x y\"",
    "[mailbox] password = \"x y\"",
    "[mailbox] sent_folder = \"x y\"",
    "[smtp] port = 7",
    "[smtp] ca_file = \"x y\"",
    "[smtp] username = \"x y\"",
    "[smtp] password_file = \"x y\"",
    "[smtp] password = \"x y\"",
    "[smtp] mails_per_session = 7",
    "[smtp] sessions = 7",
    "[archive] directory = \"x y\"",
    "[archive] backup = \"x y\"",
    "[archive] keep = 7",
    "[[edition]] hot_topics = 7",
    "[[edition]] unsubscribe = true",
    "[[edition]] watch = {}",
    "[[edition]] kinds = []",
    "[[edition]] only = {}",
    "[[edition]] except = {}",
    "[editor] model = \"x y\"",
    "[editor] api_key_file = \"x y\"",
    "[editor] ca_file = \"x y\"",
    "[editor] glossary = \"x y\"",
    "[editor] prompt = \"x y\"",
    "[editor] concurrency = 7",
    "[editor] requests_per_day = 7",
    "[editor] tokens_per_day = 7",
    "[editor] cost_per_day = 7",
    "[editor] cost_per_day = 1.5",
    "[digest] themes = \"x y\"",
    "[press] templates = \"x y\"",
];

fn keys_by_table() -> [(&'static str, Vec<&'static str>); 10] {
    [
        ("", vec!["grace", "catch_up_days"]),
        ("[mailbox]", MailboxSettings::keys()),
        ("[smtp]", SmtpSettings::keys()),
        ("[archive]", archive::ArchiveSettings::keys()),
        ("[[list]]", List::keys()),
        ("[[edition]]", Edition::keys()),
        ("[editor]", EditorSettings::keys()),
        ("[digest]", digest::DigestSettings::keys()),
        ("[standby]", crate::outbox::StandbySettings::keys()),
        ("[press]", press::PressSettings::keys()),
    ]
}

/// The sound configuration with `line` in `table`, in the place of what has its key, or of another key for the same
/// secret; and which line it is.
fn with(table: &str, line: &str) -> (String, usize) {
    let key = line.split(' ').next().unwrap();
    let secret = key.starts_with("password");
    let mut text = String::new();
    if table.is_empty() {
        writeln!(text, "{line}").unwrap();
    }
    for (name, body) in SOUND {
        writeln!(text, "{name}").unwrap();
        for sound in body.lines() {
            let own = sound.split(' ').next().unwrap();
            let replaced = own == key || (secret && own.starts_with("password"));
            if name != table || !replaced {
                writeln!(text, "{sound}").unwrap();
            }
        }
        if name == table {
            writeln!(text, "{line}").unwrap();
        }
    }
    let at = text.lines().position(|written| written == line).unwrap();
    (text, at + 1)
}

#[test]
fn each_wrong_value_is_told_with_file_line_key_and_table() {
    let mut wrong = String::new();
    let mut tried = 0;
    for (table, keys) in keys_by_table() {
        for key in keys {
            for value in VALUES {
                tried += 1;
                let line = format!("{key} = {value}");
                let (text, at) = with(table, &line);
                let taken = TAKEN.contains(&format!("{table} {line}").as_str());
                let said = match parse(&text, Path::new("c.toml")) {
                    Ok(_) if taken => continue,
                    Ok(_) => "taken".to_owned(),
                    Err(error) => error.to_string(),
                };
                // A key inside of a table is told itself, with the key whose table it is.
                let inside = ["watch", "only", "except"].contains(&key)
                    && said.contains(&format!("in {key} of {table}"));
                let told = said.starts_with(&format!("c.toml:{at}:"))
                    && (said.contains(&format!("`{key}`")) || inside)
                    && said.contains(table);
                let rust = [
                    "u32", "u64", "f64", "usize", "struct ", "element", "invalid ",
                ];
                if taken || !told || rust.iter().any(|word| said.contains(word)) {
                    writeln!(wrong, "{table} {line}: {said}").unwrap();
                }
            }
        }
    }
    assert!(tried > 800, "only {tried}");
    assert_eq!(wrong, "");
}

/// The exact words, for what was told badly once.
#[test]
fn what_is_said_tells_what_to_change() {
    for (table, line, said) in [
        (
            "[editor]",
            "price = {}",
            "`price` in [editor] needs both input and output, like { input = 0.15, output = 0.60 }",
        ),
        (
            "[editor]",
            "price = { input = \"0.15\", output = 1 }",
            "`price` in [editor]: what stands there must be a number, not a string",
        ),
        (
            "[editor]",
            "price = { input = -1, output = 1 }",
            "`price` in [editor] must be amounts of money, 0 or more",
        ),
        (
            "[editor]",
            "price = 1.5",
            "`price` in [editor] must be a table, like { input = 0.15, output = 0.60 }",
        ),
        (
            "[editor]",
            "requests_per_day = -1",
            "`requests_per_day` in [editor] must be a whole number, 0 or more",
        ),
        (
            "[[edition]]",
            "hot_topics = -1",
            "`hot_topics` in [[edition]] must be a whole number, 0 or more",
        ),
        (
            "[mailbox]",
            "tls = { x = 1 }",
            "`tls` in [mailbox] must be one value, not a table",
        ),
        (
            "[press]",
            "templates = \"\"",
            "`templates` in [press] is empty; write a path, or leave the key out",
        ),
        (
            "[smtp]",
            "token_command = [\"oama\"]",
            "`token_command` in [smtp] is for auth = \"xoauth2\" or \"oauthbearer\"; set auth, or take it away",
        ),
        (
            "[smtp]",
            "auth = \"xoauth2\"",
            "`auth` in [smtp] wants a token and not a password; take the password's key away, or auth",
        ),
        (
            "[mailbox]",
            "password_command = [\"\"]",
            "`password_command` in [mailbox] must name a program",
        ),
        (
            "[mailbox]",
            "password = \"\"",
            "`password` in [mailbox] is empty",
        ),
        (
            "[smtp]",
            "username = \"\"",
            "`username` in [smtp] is empty; leave the key out where no login is wanted",
        ),
    ] {
        let (text, at) = with(table, line);
        let error = parse(&text, Path::new("c.toml")).unwrap_err().to_string();
        assert_eq!(error, format!("c.toml:{at}:1: {said}"));
    }
}

#[test]
fn two_keys_for_one_secret_are_told_at_the_second_with_the_first() {
    for (table, first, second) in [
        (
            "[mailbox]",
            "password_file",
            "password_command = [\"pass\"]",
        ),
        (
            "[mailbox]",
            "password_file",
            "password_credential = \"imap\"",
        ),
        ("[smtp]", "password_file", "password_credential = \"smtp\""),
        ("[smtp]", "password_file", "password = \"x\""),
    ] {
        let (text, _) = with("[press]", "templates = \"x\"");
        let (before, after) = text.split_once(table).unwrap();
        // Other keys may follow; they are not at fault.
        let after = after.replacen(
            "\"/p\"\n",
            &format!("\"/p\"\n{second}\ntls = \"implicit\"\n"),
            1,
        );
        let text = format!("{before}{table}{after}");
        let at = 1 + text.lines().position(|line| line == second).unwrap();
        let key = second.split(' ').next().unwrap();
        assert_eq!(
            parse(&text, Path::new("c.toml")).unwrap_err().to_string(),
            format!(
                "c.toml:{at}:1: `{key}` in {table}: `{first}` is there too, and one is enough; take one of them away"
            )
        );
    }
    let (text, at) = with("[editor]", "api_key_file = \"/k\"");
    let text = text.replace("api_key_file", "api_key_credential = \"llm\"\napi_key_file");
    assert_eq!(
        parse(&text, Path::new("c.toml")).unwrap_err().to_string(),
        format!(
            "c.toml:{}:1: `api_key_file` in [editor]: `api_key_credential` is there too, and one is enough; take one of them away",
            at + 1
        )
    );
}

#[test]
fn clear_text_is_for_this_machine_by_its_address_or_as_localhost() {
    for (table, host, sound) in [
        ("[mailbox]", "localhost", true),
        ("[smtp]", "LOCALHOST", true),
        ("[smtp]", "127.0.0.7", true),
        ("[mailbox]", "::1", true),
        ("[mailbox]", "192.0.2.1", false),
        ("[smtp]", "192.0.2.1", false),
        ("[mailbox]", "imap.example.net", false),
        ("[smtp]", "smtp.example.net", false),
    ] {
        let (text, at) = with(table, "tls = \"none\"");
        let (before, after) = text.split_once(table).unwrap();
        let after = after.replacen("localhost", host, 1);
        let parsed = parse(&format!("{before}{table}{after}"), Path::new("c.toml"));
        match parsed {
            Ok(_) => assert!(sound, "{table} {host}"),
            Err(error) => {
                let said = error.to_string();
                let told = format!(
                    "c.toml:{at}:1: `tls` in {table} is \"none\", which is for this machine only, and {host} "
                );
                assert!(!sound && said.starts_with(&told), "{said}");
            }
        }
    }
}

#[test]
fn templates_that_cannot_be_used_are_told_with_the_line_that_names_them() {
    let folder = tempfile::tempdir().unwrap();
    let named = |path: &Path| {
        let (text, at) = with("[press]", &format!("templates = \"{}\"", path.display()));
        let config = parse(&text, Path::new("c.toml")).unwrap();
        (
            config.check_looks(),
            format!("c.toml:{at}:1: `templates` in [press]: "),
        )
    };
    let (checked, place) = named(&folder.path().join("none"));
    let said = checked.unwrap_err().to_string();
    assert!(
        said.starts_with(&place) && said.contains("cannot be read"),
        "{said}"
    );
    let broken = folder.path().join("digest.txt.j2");
    std::fs::write(&broken, "\n{{ nothing.of.this }}\n").unwrap();
    let (checked, place) = named(folder.path());
    let said = checked.unwrap_err().to_string();
    let at = format!("{}:2: ", broken.display());
    assert!(said.starts_with(&place) && said.contains(&at), "{said}");
    std::fs::remove_file(broken).unwrap();
    assert!(named(folder.path()).0.is_ok());
}
