//! The daemon with a language model: it writes before midnight, the digest has its words, and whatever is logged, the key is
//! not in it. Then the commands that go with it.

use serde_json::{Value, json};

use crate::lab::daemon::{Home, Setup};
use crate::lab::dovecot::Dovecot;
use crate::lab::mail::text_part;
use crate::lab::model_day;
use crate::lab::scripted_llm::{Does, ScriptedLlm};
use crate::lab::smtp_receiver::SmtpReceiver;

const KEY: &str = "sk-never-tell-271828";

fn recording() -> Value {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/tests/data/editor/2025-11-28.ja.json"
    );
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn home(imap: u16, smtp: u16, model: &ScriptedLlm) -> Home {
    let mut setup = Setup::plain(imap, smtp);
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let key = home.folder.path().join("api-key");
    std::fs::write(&key, format!("{KEY}\n")).unwrap();
    setup.editions.push_str(&format!(
        "language = \"ja\"\n[editor]\nkind = \"llm\"\nbase_url = \"{}\"\nmodel = \"scripted:1\"\napi_key_file = \"{}\"\ndeadline = \"20s\"\n",
        model.base_url(),
        key.display()
    ));
    home.write(&setup);
    home
}

#[test]
fn a_model_writes_before_midnight_and_its_key_is_in_no_log() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let model = ScriptedLlm::start(recording(), Does::Well);
    let home = home(dovecot.port, receiver.port, &model);
    let mails: Vec<Vec<u8>> = model_day().into_iter().map(|(_, bytes)| bytes).collect();
    let mut daemon = home.start_logging("2025-11-28T23:59:30Z", "trace");
    daemon.wait_for("connected", 1);
    dovecot.deliver(&mails);
    daemon.wait_for("written by the model", 1);
    assert!(
        !daemon.log().contains("sealed"),
        "nothing was written before midnight"
    );
    let received = receiver.wait_for(1);
    daemon.wait_for("delivered", 1);
    assert!(daemon.stop("TERM").0.success());

    let text: String = text_part(&received[0].bytes).split_whitespace().collect();
    let squeezed = |text: &Value| -> String { text.as_str().unwrap().split_whitespace().collect() };
    let recorded = recording();
    // Recorded are topics for more documents than lead on this day.
    let topics = recorded["topic"].as_object().unwrap().values();
    let told = topics.filter(|topic| text.contains(&squeezed(topic)));
    assert!(told.count() >= 3, "{text}");
    assert!(text.contains("scripted:1"));
    assert!(
        model
            .keys()
            .iter()
            .all(|key| *key == format!("Bearer {KEY}"))
    );
    let log = daemon.log();
    let told = log.lines().find(|line| line.contains(KEY));
    assert_eq!(told, None, "the key is in the log");
    assert!(log.contains("DEBUG"), "nothing was logged");

    // Side by side. What was written is there, so that nobody is asked again.
    let asked = model.questions().len();
    let printed = |arguments: &[&str]| {
        let output = home.run(arguments);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && !said.contains(KEY), "{said}");
        String::from_utf8(output.stdout).unwrap()
    };
    let extract = printed(&["digest", "2025-11-28", "--editor", "extract"]);
    let llm = printed(&["digest", "2025-11-28", "--editor", "llm"]);
    assert!(extract.contains("SSH Agent Protocol") && !extract.contains("scripted:1"));
    assert!(llm.contains("scripted:1") && !llm.contains("A key agent protocol"));
    assert_eq!(model.questions().len(), asked);

    let check = home.run(&["check"]);
    let (said, notes) = (
        String::from_utf8(check.stdout).unwrap(),
        String::from_utf8(check.stderr).unwrap(),
    );
    let line = said.lines().find(|line| line.contains("editor")).unwrap();
    assert!(
        line.starts_with("ok") && line.contains("scripted:1 at http://127.0.0.1"),
        "{line}"
    );
    assert!(!said.contains(KEY) && !notes.contains(KEY));
    assert_eq!(model.questions().len(), asked + 1);
}

#[test]
fn check_tells_why_a_model_does_not_write_and_not_with_which_key() {
    let (dovecot, receiver) = (Dovecot::start(), SmtpReceiver::start());
    let model = ScriptedLlm::start(json!({}), Does::TellsTheKey);
    let home = home(dovecot.port, receiver.port, &model);
    let check = home
        .command(&["check"])
        .env("RUST_LOG", "trace")
        .output()
        .unwrap();
    let said = String::from_utf8(check.stdout).unwrap();
    let line = said.lines().find(|line| line.contains("editor")).unwrap();
    assert!(
        line.starts_with("warning") && line.contains("401") && line.contains("check the key"),
        "{line}"
    );
    assert!(line.contains("[secret]"), "{line}");
    let log = String::from_utf8(check.stderr).unwrap();
    assert!(!said.contains(KEY) && !log.contains(KEY), "{log}");
}

#[test]
fn the_editor_llm_without_a_configuration_says_what_is_missing() {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_nikkan"))
        .args(["digest", "2025-11-28", "--editor", "llm", "--mail"])
        .arg(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/model-day"))
        .env_remove("NIKKAN_CONFIG")
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        said.contains("needs a configuration whose [editor] has base_url and model"),
        "{said}"
    );
}
