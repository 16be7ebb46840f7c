//! `site`: the archive as files that a web server can hand out.

use std::collections::BTreeMap;
use std::fs;
use std::time::SystemTime;

use super::*;

/// Each file's content and when it was written.
fn files(directory: &Path) -> BTreeMap<String, (String, SystemTime)> {
    let entries = fs::read_dir(directory).unwrap().map(Result::unwrap);
    entries
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            let text = fs::read_to_string(entry.path()).unwrap();
            (name, (text, entry.metadata().unwrap().modified().unwrap()))
        })
        .collect()
}

#[test]
fn the_archive_becomes_pages_a_feed_and_json_and_only_what_changed_is_written_again() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    let site = directory.path().join("public/nikkan");
    let write = |at: &str| {
        let site = site.to_str().unwrap();
        let url = "https://www.example.net/nikkan";
        let output = run(&["--config", config, "--at", at, "site", site, "--url", url]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        assert_eq!(stdout(&output), "");
        stderr(&output)
    };
    run(&["--config", config, "import", &model_day()]);
    // The day is not over.
    assert!(write("2025-11-28T23:59:00Z").contains("0 digests in "));
    let first = write("2025-11-29T00:00:00Z");
    assert!(
        first.contains("1 digest in ") && first.contains(": 4 of 4 files written"),
        "{first}"
    );
    let before = files(&site);
    let names: Vec<&String> = before.keys().collect();
    assert_eq!(
        names,
        [
            "2025-11-28.html",
            "2025-11-28.json",
            "feed.atom",
            "index.html"
        ]
    );
    let digest = run(&[
        "--config",
        config,
        "digest",
        "2025-11-28",
        "--format",
        "json",
    ]);
    assert_eq!(before["2025-11-28.json"].0, stdout(&digest), "the contract");
    let feed = &before["feed.atom"].0;
    assert!(feed.contains("<id>tag:example.net,2025:nikkan/daily/2025-11-28</id>"));
    assert!(feed.contains("href=\"https://www.example.net/nikkan/2025-11-28.html\""));
    assert!(before["index.html"].0.contains("href=\"2025-11-28.html\""));
    for (name, (text, _)) in &before {
        for remote in [" src=", "url(http", "@import", "<script", "<iframe"] {
            assert!(!text.contains(remote), "{name}: {remote}");
        }
    }

    assert!(write("2026-02-01T00:00:00Z").contains(": 0 of 4 files written"));
    assert_eq!(
        files(&site),
        before,
        "the same archive, the same files, untouched"
    );

    // A day before comes in: it gets its page, and what tells of its neighbours changes.
    let mail = directory.path().join("earlier.eml");
    let text = "From: internet-drafts@ietf.org\r\nSubject: I-D Action: draft-earlier-one-00.txt\r\n\
        Date: Thu, 27 Nov 2025 10:00:00 +0000\r\nMessage-ID: <e@ietf.org>\r\n\
        List-Id: <i-d-announce.ietf.org>\r\n\r\nInternet-Draft draft-earlier-one-00.txt is now available.\r\n";
    fs::write(&mail, text).unwrap();
    run(&["--config", config, "import", mail.to_str().unwrap()]);
    assert!(write("2026-02-01T00:00:00Z").contains(": 5 of 6 files written"));
    let after = files(&site);
    assert!(
        after["2025-11-28.html"]
            .0
            .contains("rel=\"prev\" href=\"2025-11-27.html\"")
    );
    assert!(
        after["2025-11-27.html"]
            .0
            .contains("rel=\"next\" href=\"2025-11-28.html\"")
    );
    assert_eq!(after["2025-11-28.json"], before["2025-11-28.json"]);
    assert!(
        after.keys().all(|name| !name.ends_with(".new")),
        "{:?}",
        after.keys()
    );
}

#[test]
fn another_site_is_not_overwritten_and_a_wrong_address_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let site = directory.path().join("www");
    fs::create_dir(&site).unwrap();
    fs::write(site.join("index.html"), "mine").unwrap();
    let site = site.to_str().unwrap();
    let output = run(&["--config", config, "site", site]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        stderr(&output),
        format!(
            "nikkan: {site} has an index.html that nikkan did not write; name a directory of its own\n"
        )
    );
    let output = run(&["--config", config, "site", site, "--url", "www.example.net"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(stderr(&output).contains("write it like https://www.example.net/nikkan/"));
}

#[test]
fn a_weekly_edition_is_printed_and_written_week_by_week() {
    let directory = tempfile::tempdir().unwrap();
    let config = configured(directory.path());
    let text = fs::read_to_string(&config).unwrap();
    fs::write(
        &config,
        format!("{text}cadence = \"weekly\"\nweekday = \"saturday\"\n"),
    )
    .unwrap();
    let config = config.to_str().unwrap();
    run(&["--config", config, "import", &model_day()]);
    let json = |date: &str| {
        let at = "2025-11-30T00:00:00Z";
        let output = run(&[
            "--config", config, "--at", at, "digest", date, "--format", "json",
        ]);
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        serde_json::from_str::<serde_json::Value>(&stdout(&output)).unwrap()
    };
    let week = json("2025-11-25");
    assert_eq!(week, json("2025-11-28"), "any day of the week names it");
    assert_eq!(
        (&week["since"], &week["date"]),
        (&"2025-11-22".into(), &"2025-11-28".into())
    );
    assert_eq!(week["counts"]["drafts"], 14);
    // The week that is not over ends today.
    let open = json("2025-11-29");
    assert_eq!(
        (&open["since"], &open["date"]),
        (&"2025-11-29".into(), &"2025-11-30".into())
    );
    let site = directory.path().join("site");
    let output = run(&["--config", config, "site", site.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let index = &files(&site)["index.html"].0;
    assert!(index.contains("22 to 28 November 2025"), "{index}");
}
