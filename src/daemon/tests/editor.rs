//! The end of a day with a language model that fails in every way: there is always a digest, it is whole, and it is never later
//! than the deadline.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::*;
use crate::editor::{self, Edited};

#[path = "../../../tests/scenarios/lab/scripted_llm.rs"]
#[allow(dead_code)] // Other tests use the rest.
mod scripted_llm;
use scripted_llm::{Does, ScriptedLlm};

const DEADLINE: Duration = Duration::from_secs(10);
const MIDNIGHT: &str = "2025-11-29T00:00:00Z";
/// 14 gists and 14 summaries; texts, reasons and essays of three hot topics; four titles; the closing note.
const ITEMS: u32 = 14 + 14 + 9 + 4 + 1;

fn recording() -> Value {
    serde_json::from_str(include_str!(
        "../../../tests/data/editor/2025-11-28.ja.json"
    ))
    .unwrap()
}

/// The model day in an archive that began on it, and the configuration for a service at `url`.
async fn model_day(url: &str, deadline: &str) -> (Config, Archive) {
    let text = format!(
        "[mailbox]\nhost = \"imap.example.net\"\nusername = \"reader\"\npassword = \"x\"\n\
         [smtp]\nhost = \"smtp.example.net\"\n[archive]\ndirectory = \"/nowhere\"\n\
         [[edition]]\nname = \"daily\"\nfrom = \"nikkan@example.net\"\nto = [\"r@example.net\"]\nlanguage = \"ja\"\n\
         [editor]\nkind = \"llm\"\nbase_url = \"{url}\"\nmodel = \"scripted:1\"\ndeadline = \"{deadline}\"\n"
    );
    let config = config::parse(&text, std::path::Path::new("config.toml")).unwrap();
    let archive = Archive::in_memory().unwrap();
    let morning = "2025-11-28T00:10:00Z".parse().unwrap();
    archive.begin_edition("daily", morning).await.unwrap();
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/model-day");
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "eml"))
        .collect();
    files.sort();
    let mails = files.iter().map(|file| std::fs::read(file).unwrap());
    archive
        .import(mails.collect(), &Lists::built_in(), morning)
        .await
        .unwrap();
    (config, archive)
}

/// What was sealed, and the mail that it became.
async fn sealed(archive: &Archive) -> (Edited, String) {
    let day = "2025-11-28".parse().unwrap();
    let compiled = archive
        .compiled_digest("daily", day)
        .await
        .unwrap()
        .unwrap();
    let due = archive
        .due_deliveries("2025-11-30T00:00:00Z".parse().unwrap())
        .await
        .unwrap();
    assert_eq!(due.len(), 1);
    let edited: Edited = serde_json::from_str(&compiled).unwrap();
    let bytes = archive.message_bytes(due[0].message).await.unwrap();
    (edited, String::from_utf8(bytes.to_vec()).unwrap())
}

/// All that the end of a day needs, made before it begins: that takes its time on a busy machine.
struct Evening {
    server: Option<ScriptedLlm>,
    config: Config,
    archive: Archive,
    clock: Clock,
    editor: Arc<dyn editor::Editor>,
}

async fn evening(does: Option<Does>) -> Evening {
    let server = does.map(|does| ScriptedLlm::start(recording(), does));
    let url = server.as_ref().map_or_else(nobody, ScriptedLlm::base_url);
    let (config, archive) = model_day(&url, "10s").await;
    let clock = Clock::held(MIDNIGHT.parse().unwrap());
    let editor = editor::configured(config.editor.as_ref(), &archive, &clock).unwrap();
    Evening {
        server,
        config,
        archive,
        clock,
        editor,
    }
}

/// Ends one day; a row of the table, and how many texts came from the extract.
async fn end_day(what: &str, evening: Evening) -> (String, u32, f64) {
    let Evening {
        server,
        config,
        archive,
        clock,
        editor,
    } = evening;
    let midnight = Instant::now();
    let context = context_of(config, &archive, &clock);
    let sealed_count = end_days(&context, &*editor, true).await;
    assert_eq!(sealed_count, 1);
    let late = midnight.elapsed().as_secs_f64();
    let (edited, mail) = sealed(&archive).await;
    // A model that is only asked for single texts is not asked for all of them.
    let missing = match edited.words.editor.as_str() {
        "extract" => ITEMS,
        _ => edited.words.fallbacks,
    };
    // It is whole, whoever wrote it.
    let drafts = edited.digest.drafts();
    assert_eq!(
        drafts.filter(|draft| !draft.summary.is_empty()).count(),
        14,
        "{what}"
    );
    assert!(
        edited
            .digest
            .hot_topics
            .iter()
            .all(|topic| !topic.reason.is_empty())
    );
    assert!(edited.words.closing.is_some(), "{what}");
    let whole = serde_json::to_string(&edited).unwrap();
    for wrong in ["evil.example", "draft-nobody", "9999", "wrong language"] {
        assert!(
            !whole.contains(wrong) && !mail.contains(wrong),
            "{what}: {wrong}"
        );
    }
    let asked = server.map_or(0, |server| server.questions().len());
    let row = format!(
        "| {what} | {asked} | {} | {} | {late:.1} |",
        ITEMS - missing,
        fell_back(&edited)
    );
    (row, missing, late)
}

/// Which texts came from the extract, by comparing with what was recorded.
fn fell_back(edited: &Edited) -> String {
    let recorded = recording();
    let missing = |kind: &str, texts: Vec<(String, String)>| {
        let count = texts
            .iter()
            .filter(|(id, text)| recorded[kind][id.as_str()] != *text)
            .count();
        (count > 0).then(|| format!("{count} {kind}"))
    };
    let (digest, words) = (&edited.digest, &edited.words);
    let drafts = digest.drafts();
    let topics = &digest.hot_topics;
    let essay = |id: &String| words.essays.get(id).cloned().unwrap_or_default();
    let mut found: Vec<String> = [
        missing(
            "summary",
            drafts
                .map(|d| (d.name.clone(), d.summary.clone()))
                .collect(),
        ),
        missing(
            "gist",
            digest
                .drafts()
                .map(|d| (d.name.clone(), d.gist.line.clone()))
                .collect(),
        ),
        missing(
            "topic",
            topics
                .iter()
                .map(|t| (t.document.clone(), t.gist.line.clone()))
                .collect(),
        ),
        missing(
            "reason",
            topics
                .iter()
                .map(|t| (t.document.clone(), t.reason.clone()))
                .collect(),
        ),
        missing(
            "essay",
            topics
                .iter()
                .map(|t| (t.document.clone(), essay(&t.document)))
                .collect(),
        ),
        missing(
            "title",
            digest
                .themes
                .iter()
                .map(|t| (t.key.clone(), t.title.clone()))
                .collect(),
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    if Value::from(words.closing.clone()) != recorded["closing"] {
        found.push("closing".into());
    }
    if found.is_empty() {
        "none".into()
    } else {
        found.join(", ")
    }
}

fn context_of(config: Config, archive: &Archive, clock: &Clock) -> DaemonContext {
    DaemonContext {
        config: Arc::new(config),
        archive: archive.clone(),
        clock: clock.clone(),
        stop: CancellationToken::new(),
        liveness: Default::default(),
        ending: Default::default(),
    }
}

/// An address at which nobody listens.
fn nobody() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    format!("http://127.0.0.1:{port}/v1")
}

#[tokio::test(flavor = "multi_thread")]
async fn there_is_a_digest_by_the_deadline_whatever_the_model_does() {
    let second = Duration::from_secs(1);
    // Whether all, some or none is written by the model.
    let cases: [(&str, Option<Does>, &str); 17] = [
        ("answers well", Some(Does::Well), "all"),
        (
            "takes 1 s for each answer",
            Some(Does::Slowly(second)),
            "all",
        ),
        (
            "takes 6 s for each answer",
            Some(Does::Slowly(second * 6)),
            "some",
        ),
        (
            "takes 30 s for each answer",
            Some(Does::Slowly(second * 30)),
            "none",
        ),
        ("never answers", Some(Does::Nothing), "none"),
        (
            "429 twice, `Retry-After: 1`",
            Some(Does::TooMany("1", 2)),
            "all",
        ),
        (
            "429, `Retry-After: 3600`",
            Some(Does::TooMany("3600", 99)),
            "none",
        ),
        ("500", Some(Does::Fails(500)), "none"),
        ("401", Some(Does::Fails(401)), "none"),
        ("nobody listens", None, "none"),
        ("broken JSON", Some(Does::Broken), "none"),
        (
            "leaves out half, adds invented drafts",
            Some(Does::Invents),
            "some",
        ),
        ("only the first of each list", Some(Does::Forgets), "some"),
        ("the wrong language", Some(Does::WrongLanguage), "none"),
        (
            "obeys an instruction injected into an abstract",
            Some(Does::Obeys),
            "none",
        ),
        (
            "makes up RFC numbers and revisions",
            Some(Does::MakesUpFacts),
            "none",
        ),
        ("10 MB", Some(Does::TenMegabytes), "none"),
    ];
    let mut evenings = Vec::new();
    for (what, does, wanted) in cases {
        evenings.push((what, wanted, evening(does).await));
    }
    let ends: Vec<_> = evenings
        .into_iter()
        .map(|(what, wanted, evening)| {
            tokio::spawn(async move { (what, wanted, end_day(what, evening).await) })
        })
        .collect();
    println!(
        "| the service | requests | texts of the model | from the extract | seconds past midnight |"
    );
    println!("|---|---|---|---|---|");
    for end in ends {
        let (what, wanted, (row, missing, late)) = end.await.unwrap();
        println!("{row}");
        let written = match missing {
            0 => "all",
            ITEMS => "none",
            _ => "some",
        };
        assert_eq!(written, wanted, "{what}: {row}");
        // Sealing itself takes a moment on a busy machine.
        assert!(
            late < DEADLINE.as_secs_f64() + 5.0,
            "{what}: {late} s past midnight"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lid_that_was_closed_over_midnight_does_not_hold_up_the_digest() {
    let server = ScriptedLlm::start(recording(), Does::Nothing);
    let (config, archive) = model_day(&server.base_url(), "5m").await;
    let clock = Clock::held(MIDNIGHT.parse().unwrap());
    let editor = editor::configured(config.editor.as_ref(), &archive, &clock).unwrap();
    let end = tokio::spawn({
        let context = context_of(config, &archive, &clock);
        async move { end_days(&context, &*editor, true).await }
    });
    while server.questions().is_empty() {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    // The machine sleeps in the middle of a question and wakes in the morning.
    let woke = Instant::now();
    clock.set("2025-11-29T07:00:00Z".parse().unwrap());
    assert_eq!(end.await.unwrap(), 1);
    assert!(
        woke.elapsed() < Duration::from_secs(30),
        "{:?}",
        woke.elapsed()
    );
    assert_eq!(sealed(&archive).await.0.words.fallbacks, ITEMS);
}
