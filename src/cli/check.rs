//! `nikkan check`: tries everything that `run` will need, and says for each what it found and what to change. Nothing
//! is changed and nothing is sent.

use std::fmt;
use std::io::{self, Write};
use std::process::ExitCode;

use anyhow::{Context, Result};

use super::{Surroundings, one_line, say};
use crate::announcement::Lists;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::Config;
use crate::press::Press;
use crate::{config, mailbox, outbox};

/// Try the configuration: log in to IMAP and SMTP, look at the archive
///
/// Prints a line for each thing that the daemon needs: ok, warning or error, with what to change. Nothing is changed.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan check
  nikkan --config ./config.toml check
  sudo systemd-run --pipe -p DynamicUser=yes nikkan check    with the rights of the service")]
pub(super) struct Arguments {}

/// How one thing was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Ok,
    Warning,
    Error,
}

impl fmt::Display for Grade {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Grade::Ok => "ok",
            Grade::Warning => "warning",
            Grade::Error => "error",
        })
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Finding {
    grade: Grade,
    subject: &'static str,
    said: String,
}

fn finding(grade: Grade, subject: &'static str, said: impl Into<String>) -> Finding {
    Finding {
        grade,
        subject,
        said: one_line(&said.into()),
    }
}

pub(super) async fn run(_: Arguments, around: Surroundings) -> Result<ExitCode> {
    // The warnings become findings here, so the configuration is read without saying them.
    let config = config::load(&around.config_path())?;
    let mut out = io::stdout().lock();
    let mut worst = (0, 0);
    let mut tell = |findings: Vec<Finding>| -> Result<()> {
        for Finding {
            grade,
            subject,
            said,
        } in findings
        {
            match grade {
                Grade::Ok => {}
                Grade::Warning => worst.0 += 1,
                Grade::Error => worst.1 += 1,
            }
            writeln!(out, "{grade:<8} {subject:<14} {said}").context("cannot write")?;
        }
        out.flush().context("cannot write")
    };
    tell(configuration(&config))?;
    tell(archive(&config, &around.clock).await)?;
    let (imap, smtp) = tokio::join!(imap(&config), smtp(&config));
    tell(imap)?;
    tell(smtp)?;
    match worst {
        (0, 0) => say("everything is ready"),
        (warnings, 0) => say(&format!("ready, with {}", counted(warnings, "warning"))),
        (_, errors) => say(&format!("not ready: {}", counted(errors, "error"))),
    }
    Ok(if worst.1 > 0 {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

fn counted(number: u32, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}

fn configuration(config: &Config) -> Vec<Finding> {
    const SUBJECT: &str = "configuration";
    let mut found = Vec::new();
    let readers: usize = config.editions.iter().map(|edition| edition.to.len()).sum();
    let names: Vec<_> = config.editions.iter().map(|e| e.name.as_str()).collect();
    found.push(finding(
        Grade::Ok,
        SUBJECT,
        format!(
            "{}: edition {} for {}; lists {}",
            config.path.display(),
            names.join(", "),
            counted(u32::try_from(readers).unwrap_or(u32::MAX), "reader"),
            Lists::new(&config.lists).names().join(", ")
        ),
    ));
    for warning in &config.warnings {
        found.push(finding(Grade::Warning, SUBJECT, warning));
    }
    if let Err(error) = config.check_files() {
        found.push(finding(Grade::Error, SUBJECT, error.to_string()));
    }
    if let Err(error) = Press::open(&config.press) {
        found.push(finding(Grade::Error, "templates", error.to_string()));
    }
    found
}

async fn archive(config: &Config, clock: &Clock) -> Vec<Finding> {
    const SUBJECT: &str = "archive";
    let directory = match config.archive_directory() {
        Ok(directory) => directory,
        // systemd sets it for the service, and not for who checks by hand.
        Err(error) => return vec![finding(Grade::Warning, SUBJECT, error.to_string())],
    };
    let shown = directory.display();
    match directory.join("nikkan.db").try_exists() {
        Ok(true) => {}
        // Made now, it would belong to who runs this, and the service could not write it.
        Ok(false) => {
            return vec![finding(
                Grade::Ok,
                SUBJECT,
                format!("{shown}: empty, is made at the first start"),
            )];
        }
        Err(cause) => {
            let said =
                format!("cannot look into {shown}: {cause}; run this as the user of the service");
            return vec![finding(Grade::Error, SUBJECT, said)];
        }
    }
    let looked = async {
        let archive = Archive::open(&directory)?;
        let integrity = archive.check_integrity().await?;
        Ok::<_, crate::archive::Error>((integrity, archive.status(clock.today()).await?))
    };
    let (integrity, status) = match looked.await {
        Ok(found) => found,
        Err(error) => return vec![finding(Grade::Error, SUBJECT, error.to_string())],
    };
    if integrity != "ok" {
        let said = format!(
            "{shown}: nikkan.db is damaged: {integrity}; restore a backup, or move the file away and let nikkan read the mailbox again"
        );
        return vec![finding(Grade::Error, SUBJECT, said)];
    }
    let mut found = vec![finding(
        Grade::Ok,
        SUBJECT,
        format!("{shown}: {} messages, sound", status.messages),
    )];
    let newest = status.folders.iter().map(|folder| folder.moved_at).max();
    if let Some(newest) = newest.filter(|newest| *newest > clock.now()) {
        let said = format!(
            "the clock shows {}, and the archive was written at {newest}; set the clock",
            clock.now()
        );
        found.push(finding(Grade::Error, "clock", said));
    }
    found
}

async fn imap(config: &Config) -> Vec<Finding> {
    const SUBJECT: &str = "mailbox";
    let settings = &config.mailbox;
    let offer = match mailbox::probe(settings).await {
        Ok(offer) => offer,
        Err(error) => return vec![finding(Grade::Error, SUBJECT, error.to_string())],
    };
    let offers: Vec<_> = offer.capabilities.iter().map(String::as_str).collect();
    let mut found = vec![finding(
        Grade::Ok,
        SUBJECT,
        format!(
            "{} (tls {}), logged in as {}; offers {}",
            settings.endpoint(),
            settings.tls,
            settings.username,
            offers.join(" ")
        ),
    )];
    if !offers
        .iter()
        .any(|offer| offer.eq_ignore_ascii_case("IDLE"))
    {
        let said = format!(
            "the server has no IDLE: new mail is looked for every {} s (key poll)",
            settings.poll.as_secs()
        );
        found.push(finding(Grade::Warning, SUBJECT, said));
    }
    for folder in offer.folders {
        let said = format!("folder `{}`: {} messages", folder.name, folder.messages);
        found.push(finding(Grade::Ok, SUBJECT, said));
    }
    found
}

async fn smtp(config: &Config) -> Vec<Finding> {
    const SUBJECT: &str = "smtp";
    let settings = &config.smtp;
    let offer = match outbox::probe(settings).await {
        Ok(offer) => offer,
        Err(error) => return vec![finding(Grade::Error, SUBJECT, error.to_string())],
    };
    let login = match &settings.username {
        Some(username) if offer.logged_in => format!("logged in as {username}"),
        _ => "without login".into(),
    };
    vec![finding(
        Grade::Ok,
        SUBJECT,
        format!(
            "{} (tls {}), which calls itself {}, {login}; offers {}",
            settings.endpoint(),
            offer.tls,
            offer.name,
            offer.offers.join(", ")
        ),
    )]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_aligned_line() {
        let found = finding(Grade::Warning, "smtp", "two\nlines");
        assert_eq!(found.said, "two lines");
        assert_eq!(format!("[{:<8}]", found.grade), "[warning ]");
    }

    #[test]
    fn one_is_not_many() {
        assert_eq!(counted(1, "error"), "1 error");
        assert_eq!(counted(2, "error"), "2 errors");
    }
}
