//! `nikkan send`: a day's digest once more, as a mail of its own. The archive's outbox is the only way out, also here,
//! so that this mail is retried like any other and shows in `status`.

use std::process::ExitCode;

use anyhow::{Result, bail};
use jiff::Timestamp;

use super::asked::{Holder, PATIENCE, hand_in_and_see};
use super::digest::Date;
use super::terminal::say;
use super::{CommandContext, Usage, open_archive, sealed_digest, taxonomy};
use crate::archive::{Archive, DeliveryStanding, DeliveryState};
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::daemon;
use crate::digest::{self, Edition};
use crate::editor::{self, Edited};
use crate::press::{self, Press};

/// Send a day's digest again
///
/// The digest is the one that was sealed, with a new Message-ID, so that no reader's mail program takes it for a copy. For
/// a reader whose mail of that day still waits in the outbox, that one is tried now, and no second one is made. Where the
/// daemon runs, it sends the mail; otherwise this command does. Done means that a server has taken it.
#[derive(Debug, clap::Args)]
#[command(after_help = "Examples:
  nikkan send 2025-11-28
  nikkan send 2025-11-28 --to colleague@example.net
  nikkan send yesterday --edition weekly")]
pub(super) struct Arguments {
    /// The UTC day, like 2025-11-28, or `yesterday`
    #[arg(value_name = "DATE")]
    date: Date,

    /// The edition, by its name [default: the first one]
    #[arg(long, value_name = "NAME")]
    edition: Option<String>,

    /// To this reader instead of the edition's; may be repeated
    #[arg(long, value_name = "ADDRESS")]
    to: Vec<String>,
}

pub(super) async fn run(arguments: Arguments, context: CommandContext) -> Result<ExitCode> {
    let config = context.config()?;
    config.check_files()?;
    let day = arguments.date.day(context.clock.today());
    let edition = config
        .edition(arguments.edition.as_deref())
        .map_err(Usage)?;
    let named = !arguments.to.is_empty();
    let configured = edition;
    let mut edition = edition.clone();
    if named {
        edition.to = arguments.to;
        press::addresses(&edition).map_err(|why| Usage(format!("--to: {why}")))?;
    }
    let archive = open_archive(&config)?;
    let edited = edited(&archive, &config, &edition, day, &context.clock).await?;
    // A digest of several days goes by the last of them.
    let day = edited.digest.date;
    let now = context.clock.now();
    let key = archive.installation_key(now).await?;
    let message_id = press::resend_message_id(&key, &edition, day, fastrand::u64(..));
    let press = Press::configured(&config.press)?;
    let mut mail = press.mail(&edited, &edition, now, &message_id, None)?;
    let active = daemon::add_reader_headers(&config, &archive, configured, &mut mail, now).await?;
    // Who is named gets it in any case.
    if !named {
        press::keep_readers(&mut mail, &active);
    }
    if mail.recipients.is_empty() {
        bail!(
            "every reader of `{}` has left, or their mail comes back; name one with --to, or see `nikkan readers`",
            edition.name
        );
    }
    let Some(asked) = archive.ask_again(&edition.name, day, mail, now).await? else {
        bail!(not_sealed(&archive, &edition.name, day, context.clock.today()).await?);
    };
    let standings = async || archive.standings(asked.deliveries.clone()).await;
    let is_answered = async || {
        let standings = standings().await?;
        Ok(standings.iter().all(|one| one.is_answered(now)))
    };
    let holder = hand_in_and_see(&config, &archive, &context.clock, "send", is_answered).await?;
    let standings = standings().await?;
    archive.close().await;
    let told = told(&standings, asked.were_open, holder.as_ref(), now);
    match standings.iter().all(is_done) {
        true => say(&format!("the digest of {day} {told}")),
        false => bail!("the digest of {day} {told}"),
    }
    Ok(ExitCode::SUCCESS)
}

/// True when the reader has the mail, as far as it can be known.
fn is_done(one: &DeliveryStanding) -> bool {
    matches!(one.state, DeliveryState::Sent | DeliveryState::Elsewhere)
}

/// Tells how what was asked for ended and what follows: only what is seen.
fn told(
    standings: &[DeliveryStanding],
    were_open: usize,
    holder: Option<&Holder>,
    asked: Timestamp,
) -> String {
    let mut alike: Vec<(&DeliveryStanding, Vec<&str>)> = Vec::new();
    for one in standings {
        let same = |(other, _): &&mut (&DeliveryStanding, _)| {
            (other.state, &other.response) == (one.state, &one.response)
                || (other.state, one.state) == (DeliveryState::Sent, DeliveryState::Sent)
        };
        match alike.iter_mut().find(same) {
            Some((_, readers)) => readers.push(&one.recipient),
            None => alike.push((one, vec![&one.recipient])),
        }
    }
    let clauses = alike.iter().map(|(one, readers)| {
        let (who, said) = (who(readers), &one.response);
        let stays = || stays(one, holder);
        match one.state {
            DeliveryState::Sent => {
                let count = readers.len();
                let open = match were_open {
                    0 => "",
                    _ => ", as the mail that waited in the outbox, and no second one",
                };
                format!("went to {who} ({count} delivered{open})")
            }
            DeliveryState::Elsewhere => format!("was not sent to {who} from here: {said}"),
            DeliveryState::Failed => {
                format!("was refused for {who}: {said}; it is not tried again by itself")
            }
            DeliveryState::Cancelled => format!("is not sent to {who}: {said}"),
            _ if !one.is_answered(asked) => {
                let seconds = PATIENCE.as_secs();
                let by = holder.map(|holder| format!(" by {holder}"));
                let by = by.unwrap_or_default();
                format!(
                    "waits in the outbox for {who}, and was not handed in{by} within {seconds} s; `nikkan status` shows what becomes of it"
                )
            }
            _ if said.is_empty() => format!("was not taken yet for {who}; {}", stays()),
            _ => format!("was not taken for {who}: {said}; {}", stays()),
        }
    });
    clauses.collect::<Vec<_>>().join("; it ")
}

/// Tells what becomes of a delivery that is still open.
fn stays(one: &DeliveryStanding, holder: Option<&Holder>) -> String {
    let Some(holder) = holder else {
        return "it stays in the outbox; `nikkan run` tries the same mail again, and so does this command".into();
    };
    let next = one.next_attempt.filter(|_| holder.is_daemon());
    match next {
        Some(next) => {
            let next = next.strftime("%F %T UTC");
            format!("it stays in the outbox, and {holder} tries again at {next}")
        }
        None => format!("it stays in the outbox, which {holder} has"),
    }
}

/// Names readers, the first few of many.
fn who(readers: &[&str]) -> String {
    const NAMED: usize = 5;
    let named = readers[..readers.len().min(NAMED)].join(", ");
    match readers.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}

/// Returns the digest of a day as it was sealed. When it was sent before the archive was lost, it is made again of what
/// it was made of, which is there again.
async fn edited(
    archive: &Archive,
    config: &Config,
    edition: &Edition,
    day: Day,
    clock: &Clock,
) -> Result<Edited> {
    if let Some(edited) = sealed_digest(archive, &edition.name, day).await? {
        return Ok(edited);
    }
    let Some((since, last)) = archive.sealed_span(&edition.name, day).await? else {
        let why = not_sealed(archive, &edition.name, day, clock.today()).await?;
        bail!(why);
    };
    let record = archive.record_of_days(since, last).await?;
    let editor = editor::configured(config.editor.as_ref(), archive, clock)?;
    let digest = digest::compile(&record, edition, &taxonomy(config)?, None);
    Ok(editor.edit(digest, None).await)
}

/// Tells why a day has no digest to send again, and what can be done.
async fn not_sealed(archive: &Archive, edition: &str, day: Day, today: Day) -> Result<String> {
    let open = archive.unsealed_days(edition, today.next()).await?;
    let last = archive.status(today).await?.digests;
    let begun = !open.is_empty() || last.iter().any(|digest| digest.edition == edition);
    Ok(if day > today {
        format!("{day} is still to come: there is no digest of it to send again")
    } else if !begun || open.contains(&day) {
        format!(
            "there is no digest of {day} for `{edition}` yet; `nikkan run` seals a day when it is over"
        )
    } else {
        format!(
            "`{edition}` began after {day}, so that no digest of that day was ever made, and none can be sent again; `nikkan digest {day}` prints one from the archive, with --format eml as a whole mail"
        )
    })
}
