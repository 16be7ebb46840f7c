//! `nikkan check`: tries everything that `run` will need, and says for each what it found and what to change. Nothing
//! is changed, and nothing is sent or stored unless it is asked for.

use std::ffi::OsString;
use std::fmt::{self, Display};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::process::ExitCode;

use anyhow::{Context, Result};
use jiff::{SignedDuration, Timestamp};

use super::CommandContext;
use super::terminal::{counted, exit, one_line, say};
use crate::announcement::Lists;
use crate::archive::Archive;
use crate::clock::Clock;
use crate::config::Config;
use crate::digest::Edition;
use crate::outbox::{Outcome, SmtpSettings};
use crate::press::{self, clean::is_hostile};
use crate::{config, endpoint, mailbox, outbox};

mod authentication;
mod domain;
mod editor;
mod returned;
mod rights;
mod storage;
mod test_digest;
mod unit;

/// Try the configuration: log in to IMAP and SMTP, look at the archive
///
/// Prints a line for each thing that the daemon needs: ok, warning or error, with what to change. Nothing is changed. Run by
/// root, it tries all of it with the rights of the service: as its unit runs it, or as the user whose the archive is.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan check
  nikkan check --send                   and see whether the mail arrives
  nikkan check --write                  and see whether sent_folder takes it
  nikkan --config ./config.toml check
  sudo nikkan check                     with the rights of the service
  sudo nikkan check --own-rights        with those of root")]
pub(super) struct Arguments {
    /// Also mail each edition's readers a test: today's digest so far; a copy that comes back is judged
    #[arg(long)]
    send: bool,
    /// Also store a test message in `sent_folder`, which is made if it is missing
    #[arg(long)]
    write: bool,
    /// Judge by the rights of who runs this, also where that is root
    #[arg(long)]
    own_rights: bool,
    /// Ask this name server about the sender's domain, instead of the system's
    #[arg(
        long,
        value_name = "ADDRESS:PORT",
        env = "NIKKAN_RESOLVER",
        hide_env = true
    )]
    resolver: Option<SocketAddr>,
}

impl Arguments {
    /// Returns the words that ask for the same, with the rights that they are run with.
    fn again(&self, config: &Config, clock: &Clock) -> Vec<OsString> {
        let mut words: Vec<OsString> = vec!["--config".into(), config.path.clone().into()];
        if !clock.is_system() {
            words.extend(["--at".into(), clock.now().to_string().into()]);
        }
        words.extend(["check".into(), "--own-rights".into()]);
        let asked = [(self.send, "--send"), (self.write, "--write")];
        words.extend(
            asked
                .iter()
                .filter(|(is, _)| *is)
                .map(|(_, word)| word.into()),
        );
        if let Some(resolver) = self.resolver {
            words.extend(["--resolver".into(), resolver.to_string().into()]);
        }
        words
    }
}

/// The step that a clock may be set back without a word; time servers do no more.
const CLOCK_STEP: SignedDuration = SignedDuration::from_mins(5);

/// The grade of a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Grade {
    Ok,
    Warning,
    Error,
}

impl Display for Grade {
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

/// The subject of findings: the first word of their lines.
#[derive(Clone, Copy)]
struct Subject(&'static str);

impl Subject {
    fn ok(self, said: impl Display) -> Finding {
        self.finding(Grade::Ok, said)
    }

    fn warning(self, said: impl Display) -> Finding {
        self.finding(Grade::Warning, said)
    }

    fn error(self, said: impl Display) -> Finding {
        self.finding(Grade::Error, said)
    }

    fn finding(self, grade: Grade, said: impl Display) -> Finding {
        Finding {
            grade,
            subject: self.0,
            // What servers say stands in it.
            said: one_line(&said.to_string().replace(is_hostile, " ")),
        }
    }

    /// Returns what was found, or the error that ended the search.
    fn found(self, found: Result<Vec<Finding>>) -> Vec<Finding> {
        found.unwrap_or_else(|error| vec![self.error(error)])
    }
}

const CLOCK: Subject = Subject("clock");
const MAILBOX: Subject = Subject("mailbox");
const SMTP: Subject = Subject("smtp");

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    // The warnings become findings here, so the configuration is read without saying them.
    let config = config::load(&context.config_path())?;
    let mut out = io::stdout().lock();
    let mut worst = (0, 0);
    let mut tell = |findings: Vec<Finding>| -> Result<()> {
        for found in findings {
            worst.0 += u64::from(found.grade == Grade::Warning);
            worst.1 += u64::from(found.grade == Grade::Error);
            let (grade, subject) = (found.grade, found.subject);
            writeln!(out, "{grade:<8} {subject:<14} {}", found.said).context("cannot write")?;
        }
        out.flush().context("cannot write")
    };
    if !arguments.own_rights {
        match rights::of_the_service(&config).await {
            Ok(service) => {
                tell(vec![service.finding()])?;
                let again = arguments.again(&config, &context.clock);
                return service.run(&again).await;
            }
            Err(why) => tell(why.into_iter().collect())?,
        }
    }
    tell(configuration(&config))?;
    tell(
        context
            .clock
            .disbelief()
            .into_iter()
            .map(|why| CLOCK.error(why))
            .collect(),
    )?;
    tell(archive(&config, &context.clock).await)?;
    tell(storage::backup(&config).await)?;
    let now = context.clock.now();
    let (imap, smtp) = tokio::join!(imap(&config, &context.clock), smtp(&config, now));
    tell(MAILBOX.found(imap))?;
    let (smtp, hello) = smtp;
    tell(SMTP.found(smtp))?;
    tell(domain::look_up(&config, hello.as_deref(), arguments.resolver).await)?;
    tell(editor::try_out(&config, &context.clock).await)?;
    if arguments.send {
        tell(test_digest::send(&config, &context.clock).await)?;
    }
    if arguments.write {
        tell(storage::write_sent_folder(&config, &context.clock).await)?;
    }
    match worst {
        (0, 0) => say("everything is ready"),
        (warnings, 0) => say(&format!("ready, with {}", counted(warnings, "warning"))),
        (_, errors) => say(&format!("not ready: {}", counted(errors, "error"))),
    }
    Ok(exit(worst.1 == 0))
}

fn configuration(config: &Config) -> Vec<Finding> {
    const CONFIGURATION: Subject = Subject("configuration");
    let readers: usize = config.editions.iter().map(|edition| edition.to.len()).sum();
    let names: Vec<_> = config.editions.iter().map(|e| e.name.as_str()).collect();
    let mut found = vec![CONFIGURATION.ok(format!(
        "{}: edition {} for {}; lists {}",
        config.path.display(),
        names.join(", "),
        counted(readers as u64, "reader"),
        Lists::new(&config.lists).names().join(", ")
    ))];
    found.extend(
        config
            .warnings
            .iter()
            .map(|said| CONFIGURATION.warning(said)),
    );
    found.extend((config.file_remarks().iter()).map(|said| CONFIGURATION.warning(said)));
    found.extend(
        config
            .check_files()
            .err()
            .map(|said| CONFIGURATION.error(said)),
    );
    found
}

async fn archive(config: &Config, clock: &Clock) -> Vec<Finding> {
    const ARCHIVE: Subject = Subject("archive");
    let directory = match config.archive_directory() {
        Ok(directory) => directory,
        // systemd sets it for the service, and not for who checks by hand.
        Err(error) => return vec![ARCHIVE.warning(error)],
    };
    let shown = directory.display();
    match directory.join("nikkan.db").try_exists() {
        Ok(true) => {}
        // Made now, it would belong to who runs this, and the service could not write it.
        Ok(false) => {
            let mut found = vec![ARCHIVE.ok(format!("{shown}: empty, is made at the first start"))];
            found.extend(storage::space(&directory).await);
            return found;
        }
        Err(cause) => {
            return vec![ARCHIVE.error(format!(
                "cannot look into {shown}: {cause}; run this as the user of the service"
            ))];
        }
    }
    let strangers = storage::strangers(&directory);
    if !strangers.is_empty() {
        return strangers;
    }
    let looked = async {
        let archive = Archive::open_to_read(&directory)?;
        let integrity = archive.check_integrity().await?;
        Ok::<_, crate::archive::ArchiveError>((integrity, archive.status(clock.today()).await?))
    };
    let (integrity, status) = match looked.await {
        Ok(found) => found,
        Err(error) => return vec![ARCHIVE.error(error)],
    };
    if integrity != "ok" {
        return vec![ARCHIVE.error(format!(
            "{shown}: nikkan.db is damaged: {integrity}; restore a backup, or move the file away and let nikkan read the mailbox again"
        ))];
    }
    let mut found = vec![ARCHIVE.ok(format!("{shown}: {} messages, sound", status.messages))];
    found.extend(storage::space(&directory).await);
    let newest = status.folders.iter().map(|folder| folder.moved_at).max();
    let now = clock.now();
    if let Some(newest) = newest.filter(|newest| newest.duration_since(now) > CLOCK_STEP) {
        found.push(CLOCK.error(format!(
            "the clock shows {now}, and the archive was written at {newest}; set the clock"
        )));
    }
    found
}

async fn imap(config: &Config, clock: &Clock) -> Result<Vec<Finding>> {
    let settings = &config.mailbox;
    let offer = match mailbox::probe(settings).await {
        Ok(offer) => offer,
        Err(error) => {
            let advice = error.advice().map(|advice| format!("; {advice}"));
            anyhow::bail!("{error}{}", advice.unwrap_or_default());
        }
    };
    let offers: Vec<_> = offer.capabilities.iter().map(String::as_str).collect();
    let mut found = vec![MAILBOX.ok(format!(
        "{} (tls {}), logged in as {}; offers {}",
        settings.endpoint(),
        settings.server.tls,
        settings.login.username,
        offers.join(" ")
    ))];
    found.extend(certificate(MAILBOX, offer.certificate_expires, clock.now()));
    let heard = offer.heard.iter();
    found.extend(heard.map(|said| MAILBOX.warning(format!("the server says: {said}"))));
    if !offers
        .iter()
        .any(|offer| offer.eq_ignore_ascii_case("IDLE"))
    {
        found.push(MAILBOX.warning(format!(
            "the server has no IDLE: new mail is looked for every {} s (key poll)",
            settings.poll.as_secs()
        )));
    }
    found.extend(offer.folders.iter().map(|folder| {
        MAILBOX.ok(format!(
            "folder `{}`: {} messages",
            folder.name, folder.messages
        ))
    }));
    if let (Some(name), Some(sent)) = (&settings.sent_folder, offer.sent_folder) {
        found.push(storage::sent_folder(name, sent));
    }
    // A clock that is played says nothing about this machine's.
    if clock.is_system() {
        let newest = offer.folders.iter().filter_map(|folder| folder.newest);
        found.push(against_the_server(newest.max(), clock.now()));
    }
    Ok(found)
}

/// Tries the submission server; beside what was found stands the name that was said to it, where it could be asked.
async fn smtp(config: &Config, now: Timestamp) -> (Result<Vec<Finding>>, Option<String>) {
    let settings = &config.smtp;
    let offer = match outbox::probe(settings).await {
        Ok(offer) => offer,
        Err(why) => return (Err(why.into()), None),
    };
    let login = match &settings.login.username {
        Some(username) if offer.logged_in => format!("logged in as {username}"),
        _ => "without login".into(),
    };
    let mut found = vec![SMTP.ok(format!(
        "{} (tls {}), which calls itself {}, {login}; offers {}",
        settings.endpoint(),
        offer.tls,
        offer.name,
        offer.offers.join(", ")
    ))];
    found.extend(certificate(SMTP, offer.certificate_expires, now));
    for edition in &config.editions {
        found.extend(SMTP.found(envelope(settings, edition).await));
    }
    (Ok(found), Some(offer.hello))
}

/// Asks if the server would take an edition's mail from its sender and for each of its readers.
async fn envelope(settings: &SmtpSettings, edition: &Edition) -> Result<Vec<Finding>> {
    let name = &edition.name;
    let (from, to) = press::addresses(edition).map_err(anyhow::Error::msg)?;
    let sender = from.email.to_string();
    let readers: Vec<_> = to.iter().map(|reader| reader.email.to_string()).collect();
    let asked = outbox::rehearse(settings, &sender, &readers).await?;
    let told = asked.into_iter().map(|(reader, answer)| match answer {
        Ok(()) => SMTP.ok(format!("edition `{name}`: takes mail from {sender} to {reader}")),
        Err(Outcome::Throttled(why) | Outcome::Deferred(why)) => SMTP.warning(format!(
            "edition `{name}`: puts mail to {reader} off for now: {why}"
        )),
        Err(
            Outcome::Delivered(why)
            | Outcome::NeedsHand(why)
            | Outcome::Refused(why)
            | Outcome::Uncertain(why),
        ) => {
            SMTP.error(format!(
                "edition `{name}`: refuses mail from {sender} to {reader}: {why}; check the keys from and to, and username in [smtp]"
            ))
        }
    });
    Ok(told.collect())
}

/// The clock, beside the newest message's arrival as the server's clock showed it.
fn against_the_server(newest: Option<Timestamp>, now: Timestamp) -> Finding {
    let shown = now.strftime("%F %T UTC");
    match newest.filter(|newest| newest.duration_since(now) > CLOCK_STEP) {
        Some(newest) => CLOCK.error(format!(
            "shows {shown}, and the mailbox received its newest message at {}; set the clock, best by a time server",
            newest.strftime("%F %T UTC")
        )),
        None => CLOCK.ok(format!("shows {shown}")),
    }
}

/// Tells when a server's certificate ends, with a warning in time.
fn certificate(subject: Subject, expires: Option<Timestamp>, now: Timestamp) -> Option<Finding> {
    let expires = expires?;
    let days = expires.duration_since(now).as_hours() / 24;
    let said = format!("certificate valid for {days} more days, until {expires}");
    Some(if days < endpoint::RENEWAL_DAYS {
        subject.warning(format!("{said}; the server needs a new one soon"))
    } else {
        subject.ok(said)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_is_one_aligned_line() {
        let found = SMTP.warning("two\nlines");
        assert_eq!(found.said, "two lines");
        assert_eq!(format!("[{:<8}]", found.grade), "[warning ]");
    }

    #[test]
    fn a_certificate_that_ends_soon_is_warned_of() {
        let now: Timestamp = "2025-11-28T12:00:00Z".parse().unwrap();
        let at = |text: &str| certificate(SMTP, Some(text.parse().unwrap()), now).unwrap();
        assert_eq!(at("2026-02-26T12:00:00Z").grade, Grade::Ok);
        let soon = at("2025-12-01T13:00:00Z");
        assert_eq!(soon.grade, Grade::Warning);
        assert_eq!(
            soon.said,
            "certificate valid for 3 more days, until 2025-12-01T13:00:00Z; the server needs a new one soon"
        );
        assert_eq!(certificate(SMTP, None, now), None);
    }

    #[test]
    fn a_clock_behind_the_servers_is_an_error() {
        let now: Timestamp = "2025-11-28T12:00:00Z".parse().unwrap();
        let beside = |text: &str| against_the_server(Some(text.parse().unwrap()), now);
        assert_eq!(beside("2025-11-28T12:04:00Z").grade, Grade::Ok);
        assert_eq!(beside("2020-01-01T00:00:00Z").grade, Grade::Ok);
        assert_eq!(against_the_server(None, now).grade, Grade::Ok);
        let behind = beside("2025-11-28T13:00:00Z");
        assert_eq!(behind.grade, Grade::Error);
        assert!(behind.said.contains("set the clock"), "{}", behind.said);
    }
}
