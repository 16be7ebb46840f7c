//! The folder for sent digests on servers that want it elsewhere, refuse it, or say other things first.

use jiff::Timestamp;
use nikkan::mailbox;
use nikkan::mailbox::{ImapError, MailboxSettings, SentFolder, SentFolderProbe};

use crate::lab::daemon::{Home, Setup};
use crate::lab::scripted_imap::{Act, At, Folder, PASSWORD, ScriptedImap};

const MAIL: &[u8] = b"Subject: digest\r\nMessage-ID: <1.daily@example.net>\r\n\r\nhello\r\n";

fn settings(server: &ScriptedImap) -> MailboxSettings {
    let keys = format!(
        "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"reader\"\npassword = \"{PASSWORD}\"\nsent_folder = \"nikkan\"\n",
        server.port
    );
    toml::from_str(&keys).unwrap()
}

/// Stores one mail; the folder's name on the server.
async fn store(server: &ScriptedImap) -> Result<String, ImapError> {
    let at: Timestamp = "2025-11-29T00:00:10Z".parse().unwrap();
    let mut folder = SentFolder::open(&settings(server), "nikkan", None).await?;
    folder.store("1.daily@example.net", MAIL, at).await?;
    let name = folder.name().to_owned();
    folder.close().await;
    Ok(name)
}

/// A server whose folders lie under `INBOX.`; NAMESPACE tells it, or only their names do.
async fn with_prefix(tells: bool) -> ScriptedImap {
    let server = ScriptedImap::start().await;
    let folders = ["INBOX.Sent", "INBOX.Trash"];
    for (name, validity) in folders.into_iter().zip(7..) {
        let folder = Folder::new(validity);
        server.model().folders.insert(name.to_owned(), folder);
    }
    if tells {
        server.model().offered[1] += " NAMESPACE";
    }
    server.twist(1000, |command, bytes| {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let tag = text.split(' ').next().unwrap().to_owned();
        if command.starts_with("LIST") && text.contains("\"/\"") {
            return Some(text.replace("\"/\"", "\".\"").into_bytes());
        }
        if command == "NAMESPACE" {
            let told = "* NAMESPACE ((\"INBOX.\" \".\")) NIL ((\"#shared.\" \".\"))\r\n";
            return Some(format!("{told}{tag} OK done\r\n").into_bytes());
        }
        None
    });
    server
}

/// What Dovecot says of a name without the prefix.
const ELSEWHERE: &str = "NO [CANNOT] Client tried to access nonexistent namespace. (Mailbox name should probably be prefixed with: INBOX.)";

#[tokio::test(flavor = "multi_thread")]
async fn the_prefix_of_the_accounts_own_folders_is_put_before_it() {
    for tells in [true, false] {
        let server = with_prefix(tells).await;
        if !tells {
            server.play(At::Create, Act::Answer(ELSEWHERE));
        }
        let probed = mailbox::probe(&settings(&server)).await.unwrap();
        let Some(SentFolderProbe::Missing(names)) = probed.sent_folder else {
            panic!("{:?}", probed.sent_folder);
        };
        let expected = match tells {
            true => ["INBOX.nikkan", "nikkan"],
            false => ["nikkan", "INBOX.nikkan"],
        };
        assert_eq!(names, expected);
        assert_eq!(store(&server).await.unwrap(), "INBOX.nikkan");
        // The second time it is there under its prefix, and holds the mail already.
        assert_eq!(store(&server).await.unwrap(), "INBOX.nikkan");
        let held = server
            .model()
            .folder("INBOX.nikkan")
            .unwrap()
            .messages
            .len();
        assert_eq!(held, 1);
        let settings = settings(&server);
        let headers = mailbox::read_sent_headers(&settings, "nikkan").await;
        assert_eq!(headers.unwrap().len(), 1);
        let probed = mailbox::probe(&settings).await.unwrap();
        let there = SentFolderProbe::There("INBOX.nikkan".into(), 1);
        assert_eq!(probed.sent_folder, Some(there));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_create_and_append_are_told_in_the_servers_words() {
    let server = ScriptedImap::start().await;
    let create = "NO [NOPERM] no folders for you";
    server.play(At::Create, Act::Answer(create));
    server.play(At::Create, Act::Answer("NO [OVERQUOTA] nor there"));
    let why = store(&server).await.unwrap_err().to_string();
    assert_eq!(
        why,
        "the server refused CREATE: `nikkan`: [NOPERM] no folders for you; `INBOX/nikkan`: [OVERQUOTA] nor there"
    );
    for (answer, said) in [
        (
            "NO [OVERQUOTA] mailbox is full",
            "[OVERQUOTA] mailbox is full",
        ),
        (
            "NO [TRYCREATE] prefixed with INBOX.",
            "[TRYCREATE] prefixed with INBOX.",
        ),
        ("BAD what?", "what?"),
    ] {
        server.play(At::Append, Act::Answer(answer));
        let why = store(&server).await.unwrap_err().to_string();
        assert_eq!(why, format!("the server refused APPEND: {said}"));
    }
    // After the message as well as before it.
    server.play(At::Appended, Act::Answer("NO [LIMIT] too large"));
    let why = store(&server).await.unwrap_err().to_string();
    assert_eq!(why, "the server refused APPEND: [LIMIT] too large");
    assert_eq!(store(&server).await.unwrap(), "nikkan");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_said_before_the_continuation_does_not_end_append() {
    for instead in [
        "* 3 EXISTS\r\n+ \r\n",
        "* OK [ALERT] nearly full\r\n+ go ahead\r\n",
        "* 1 RECENT\r\n* NO slow today\r\n+\r\n",
        "* LIST () \"/\" \"x\"\r\n* 1 FETCH (FLAGS ())\r\n+ Ready for literal data\r\n",
    ] {
        let server = ScriptedImap::start().await;
        server.twist(1, move |command, bytes| {
            let waits = command.starts_with("APPEND") && bytes.starts_with(b"+");
            waits.then(|| instead.as_bytes().to_vec())
        });
        assert_eq!(store(&server).await.unwrap(), "nikkan", "{instead:?}");
        let held = server.model().folder("nikkan").unwrap().messages.len();
        assert_eq!(held, 1);
    }
}

/// `check` says what will be made, and with `--write` makes it and stores a message that says what it is.
#[tokio::test(flavor = "multi_thread")]
async fn check_tries_the_folder_for_real_when_asked() {
    let server = ScriptedImap::start().await;
    let mut setup = Setup::plain(server.port, 1);
    setup.mailbox.push_str("sent_folder = \"nikkan\"\n");
    let home = Home::new(env!("CARGO_BIN_EXE_nikkan"), &setup);
    let check = |more: &'static [&str]| {
        let arguments = [&["check"], more].concat();
        let printed = tokio::task::block_in_place(|| home.run(&arguments));
        String::from_utf8_lossy(&printed.stdout).into_owned()
    };
    server.play(
        At::Examine,
        Act::Say(b"* NO [ALERT] Maintenance tonight\r\n".to_vec()),
    );
    let text = check(&[]);
    assert!(
        text.contains("the server says: [ALERT] Maintenance tonight"),
        "{text}"
    );
    assert!(
        text.contains("`nikkan`: not there yet, is made with the first digest, as `nikkan` or, if that is refused, `INBOX/nikkan`; `nikkan check --write` tries it now"),
        "{text}"
    );
    assert!(server.model().folder("nikkan").is_none());
    server.play(At::Append, Act::Answer("NO [OVERQUOTA] mailbox is full"));
    let text = check(&["--write"]);
    assert!(
        text.contains(
            "`nikkan` cannot be written: the server refused APPEND: [OVERQUOTA] mailbox is full"
        ),
        "{text}"
    );
    let text = check(&["--write"]);
    assert!(
        text.contains("stored a message in `nikkan`: it says that it is a test and stays there"),
        "{text}"
    );
    let stored = server.model().folder("nikkan").unwrap().messages[&1].clone();
    let header = String::from_utf8_lossy(stored.header()).into_owned();
    assert!(
        header.contains("Subject: nikkan: a test of sent_folder"),
        "{header}"
    );
    // It is no digest to whoever looks for those.
    assert!(!header.contains("X-Nikkan-Day"), "{header}");
}

/// What a look before a hand-in finds: as many messages as the folder has, or why it cannot be sure.
async fn look(server: &ScriptedImap) -> Result<usize, ImapError> {
    let first = "2025-11-28".parse().unwrap();
    let settings = settings(server);
    let headers = mailbox::read_sent_headers_since(&settings, "nikkan", first, None);
    Ok(headers.await?.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look_before_a_hand_in_sees_all_or_says_that_it_does_not() {
    let server = ScriptedImap::start().await;
    assert_eq!(look(&server).await.unwrap(), 0, "there is no such folder");
    store(&server).await.unwrap();
    // Its search names nothing: the last messages are read all the same.
    assert_eq!(look(&server).await.unwrap(), 1);
    for (answer, found) in [
        ("* SEARCH 1\r\nTAG OK done\r\n", Some(1)),
        ("TAG NO not supported\r\n", Some(1)),
        ("TAG BAD what?\r\n", Some(1)),
        ("* SEARCH 1 2 99\r\nTAG OK done\r\n", None),
    ] {
        server.twist(1, move |command, bytes| {
            let text = String::from_utf8_lossy(bytes).into_owned();
            let tag = text.rsplit_once(" OK ")?.0.lines().last()?.to_owned();
            command
                .contains("SEARCH")
                .then(|| answer.replace("TAG", &tag).into_bytes())
        });
        match (look(&server).await, found) {
            (Ok(seen), Some(found)) => assert_eq!(seen, found, "{answer}"),
            (Err(why), None) => {
                let why = why.to_string();
                assert!(why.contains("2,99 and does not give them"), "{why}");
            }
            other => panic!("{answer}: {other:?}"),
        }
    }
    server.play(At::Examine, Act::Answer("NO [SERVERBUG] later"));
    assert!(
        look(&server).await.is_err(),
        "a folder that cannot be opened is not empty"
    );
}
