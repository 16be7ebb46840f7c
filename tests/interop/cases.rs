//! What a mailbox server of any family must be read like.

use std::path::Path;
use std::time::{Duration, Instant};

use nikkan::mailbox::{self, MailboxSettings};

use crate::lab::dovecot::{PASSWORD, USER};
use crate::lab::mailserver::Mailserver;
use crate::lab::proxy::Proxy;
use crate::lab::watched::Watched;
use crate::lab::{announcements, imap_client::crlf};

fn watch(server: &impl Mailserver, keys: &str, folder: &Path) -> Watched {
    let keys = format!("password = \"{PASSWORD}\"\n{keys}");
    Watched::start(server.port(), &keys, folder)
}

/// The full name of a folder.
fn folder_name<S: Mailserver>(name: &str) -> String {
    format!("{}{name}", S::PREFIX)
}

/// Keys with which a server that tells of mail late is asked for it; the others must tell by themselves.
fn poll_if_late<S: Mailserver>() -> &'static str {
    match S::TELLS_LATE {
        true => "poll = \"5s\"\n",
        false => "",
    }
}

/// All of them, each once, and nothing else.
async fn holds_exactly(watched: &Watched, count: usize) {
    assert!(watched.holds(count).await.is_some(), "not all {count} came");
    let expected = i64::try_from(count).unwrap();
    assert_eq!(watched.counts().await, (expected, expected, expected));
}

pub async fn a_folder_is_caught_up_and_new_mail_is_heard_in_idle<S: Mailserver>() {
    let (server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let mails = announcements(40);
    server.deliver("INBOX", &mails[..35]);
    let watched = watch(&server, "", folder.path());
    watched.waits().await;
    holds_exactly(&watched, 35).await;
    for (number, mail) in mails[35..].iter().enumerate() {
        if S::TELLS_LATE {
            watched.waits().await;
        }
        let start = Instant::now();
        server.deliver("INBOX", std::slice::from_ref(mail));
        holds_exactly(&watched, 36 + number).await;
        // The refresh is five minutes: it was heard, not found.
        assert!(
            start.elapsed() < Duration::from_secs(20),
            "{:?}",
            start.elapsed()
        );
    }
    let flags = server.client().flags("INBOX");
    assert!(
        !flags.iter().any(|line| line.contains("\\Seen")),
        "{flags:?}"
    );
    assert_eq!(watched.end().await, None);
}

pub async fn a_restart_costs_no_message<S: Mailserver>() {
    let (mut server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let mails = announcements(12);
    server.deliver("INBOX", &mails[..10]);
    let watched = watch(&server, poll_if_late::<S>(), folder.path());
    watched.waits().await;
    server.stop();
    server.restart();
    if !S::KEEPS {
        server.deliver("INBOX", &mails[..10]);
    }
    server.deliver("INBOX", &mails[10..]);
    holds_exactly(&watched, 12).await;
    assert_eq!(watched.end().await, None);
}

pub async fn a_rebuilt_folder_is_read_again_and_lists_nothing_twice<S: Mailserver>() {
    let (server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let mails = announcements(12);
    let lists = folder_name::<S>("Lists");
    let mut client = server.client();
    client.run(&format!("CREATE {lists}"));
    server.deliver(&lists, &mails[..10]);
    let keys = format!("folders = [\"{lists}\"]\nidle_refresh = \"2s\"\n");
    let watched = watch(&server, &keys, folder.path());
    watched.waits().await;
    holds_exactly(&watched, 10).await;
    client.run(&format!("DELETE {lists}"));
    // UIDVALIDITY is a time in seconds with some servers; another folder needs another second.
    tokio::time::sleep(Duration::from_millis(1100)).await;
    client.run(&format!("CREATE {lists}"));
    // In another order, so that old UIDs name other messages.
    let mut again = mails.clone();
    again.reverse();
    server.deliver(&lists, &again);
    holds_exactly(&watched, 12).await;
    assert_eq!(watched.end().await, None);
}

pub async fn a_second_folder_is_read_on_the_same_connection<S: Mailserver>() {
    let (server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let mails = announcements(12);
    let lists = folder_name::<S>("Lists");
    server.client().run(&format!("CREATE {lists}"));
    server.deliver("INBOX", &mails[..5]);
    server.deliver(&lists, &mails[5..10]);
    let never = folder_name::<S>("Never");
    let keys = format!("folders = [\"INBOX\", \"{lists}\", \"{never}\"]\nidle_refresh = \"2s\"\n");
    let watched = watch(&server, &keys, folder.path());
    watched.waits().await;
    holds_exactly(&watched, 10).await;
    server.deliver(&lists, &mails[10..11]);
    server.deliver("INBOX", &mails[11..]);
    holds_exactly(&watched, 12).await;
    let said = watched
        .state
        .borrow()
        .last_error
        .clone()
        .unwrap_or_default();
    let words = format!("cannot open the folder `{never}`");
    assert!(said.contains(&words), "{said}");
    assert_eq!(watched.end().await, None);
}

pub async fn what_is_expunged_is_not_missed_and_not_waited_for<S: Mailserver>() {
    let (server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let mails = announcements(12);
    server.deliver("INBOX", &mails[..10]);
    let watched = watch(&server, "idle_refresh = \"2s\"\n", folder.path());
    watched.waits().await;
    let mut client = server.client();
    client.run("SELECT INBOX");
    client.run("STORE 1:3 +FLAGS (\\Deleted)");
    client.run("EXPUNGE");
    server.deliver("INBOX", &mails[10..]);
    holds_exactly(&watched, 12).await;
    assert_eq!(watched.end().await, None);
}

pub async fn other_mail_is_left_alone<S: Mailserver>() {
    let (server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let private = |number: usize| {
        let text = format!(
            "From: friend@example.net\nSubject: lunch {number}?\nMessage-ID: <{number}@example.net>\n\n{}\n",
            "Noon? ".repeat(20_000)
        );
        crlf(text.as_bytes())
    };
    let mails = announcements(6);
    for number in 0..10 {
        server.deliver("INBOX", &[private(number)]);
    }
    server.deliver("INBOX", &mails[..5]);
    let proxy = Proxy::start(server.port()).await;
    let keys = format!("password = \"{PASSWORD}\"\n{}", poll_if_late::<S>());
    let watched = Watched::start(proxy.port, &keys, folder.path());
    watched.waits().await;
    holds_exactly(&watched, 5).await;
    server.deliver("INBOX", &[private(11)]);
    server.deliver("INBOX", &mails[5..]);
    holds_exactly(&watched, 6).await;
    // Eleven private messages have 1.3 MB; six announcements less than 30 kB.
    let carried = proxy.carried();
    assert!(carried < 100_000, "{carried} bytes crossed the wire");
    assert_eq!(watched.end().await, None);
}

pub async fn a_large_message_is_noted_by_its_beginning<S: Mailserver>() {
    let (server, folder) = (S::start(), tempfile::tempdir().unwrap());
    let mut large = crlf(
        b"From: x <x@ietf.org>\nSubject: Minutes, with slides\nDate: Fri, 28 Nov 2025 09:00:00 +0000\n\
          Message-ID: <large@ietf.org>\nList-Id: <ietf-announce.ietf.org>\n\nThe slides follow.\n",
    );
    large.extend(b"0123456789012345678901234567890123456789\r\n".repeat(150_000));
    server.deliver("INBOX", &[large]);
    server.deliver("INBOX", &announcements(1));
    let proxy = Proxy::start(server.port()).await;
    let keys = format!("password = \"{PASSWORD}\"\n");
    let watched = Watched::start(proxy.port, &keys, folder.path());
    holds_exactly(&watched, 2).await;
    let carried = proxy.carried();
    assert!(carried < 600_000, "{carried} bytes crossed the wire");
    let day = "2025-11-28".parse().unwrap();
    let record = watched.archive.record_of_day(day).await.unwrap();
    let notices = record
        .announcements
        .iter()
        .map(|stored| serde_json::to_value(&stored.announcement).unwrap())
        .filter(|announcement| announcement["kind"] == "notice");
    let titles: Vec<String> = notices
        .map(|notice| notice["subject"].to_string())
        .collect();
    assert_eq!(titles, ["\"Minutes, with slides\""]);
    assert_eq!(watched.end().await, None);
}

pub async fn a_digest_is_kept_in_sent_folder_once<S: Mailserver>() {
    let server = S::start();
    server.client();
    let sent = folder_name::<S>("Sent digests");
    let settings: MailboxSettings = toml::from_str(&format!(
        "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"{USER}\"\npassword = \"{PASSWORD}\"\n",
        server.port()
    ))
    .unwrap();
    let at = "2025-11-29T00:10:00Z".parse().unwrap();
    let digest = |number: u32| {
        crlf(
            format!(
                "From: nikkan <nikkan@example.net>\nTo: reader@example.net\nSubject: digest {number}\n\
                 Message-ID: <{number}.daily@example.net>\n\n{}\n",
                "Eight drafts, three RFCs.\n".repeat(2_000)
            )
            .as_bytes(),
        )
    };
    // The folder is made with the first; what is there by its Message-ID is not stored again.
    for number in [1, 2, 1, 2] {
        let id = format!("{number}.daily@example.net");
        // Without the prefix that the server may want.
        let open = mailbox::SentFolder::open(&settings, "Sent digests", None);
        let mut folder = open.await.unwrap();
        assert_eq!(folder.name(), sent);
        folder.store(&id, &digest(number), at).await.unwrap();
        folder.close().await;
    }
    let headers = mailbox::read_sent_headers(&settings, &sent).await.unwrap();
    let ids: Vec<String> = headers
        .iter()
        .filter_map(|header| {
            let header = String::from_utf8_lossy(header);
            let line = header
                .lines()
                .find_map(|line| line.strip_prefix("Message-ID: "));
            line.map(str::to_owned)
        })
        .collect();
    assert_eq!(ids, ["<1.daily@example.net>", "<2.daily@example.net>"]);
    // Read by its sender, so that no client shows it as news.
    let flags = server.client().flags(&format!("\"{sent}\""));
    let seen = flags.iter().filter(|line| line.contains("\\Seen"));
    assert_eq!(seen.count(), 2, "{flags:?}");
}

pub async fn a_wrong_password_and_a_missing_folder_are_told_apart<S: Mailserver>() {
    let server = S::start();
    let settings = |password: &str, folder: &str| -> MailboxSettings {
        toml::from_str(&format!(
            "host = \"127.0.0.1\"\nport = {}\ntls = \"none\"\nusername = \"{USER}\"\npassword = \"{password}\"\n\
             folders = [\"{folder}\"]\n",
            server.port()
        ))
        .unwrap()
    };
    server.client();
    let error = mailbox::probe(&settings("wrong", "INBOX"))
        .await
        .unwrap_err();
    assert!(error.is_credentials(), "{error}");
    let never = folder_name::<S>("Never");
    let error = mailbox::probe(&settings(PASSWORD, &never))
        .await
        .unwrap_err();
    let said = error.to_string();
    let words = format!("cannot open the folder `{never}`");
    assert!(said.contains(&words), "{said}");
    assert!(said.contains("folders there: INBOX"), "{said}");
    mailbox::probe(&settings(PASSWORD, "INBOX")).await.unwrap();
}
