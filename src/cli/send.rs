//! `nikkan send`: a day's digest once more, as a mail of its own. The archive's outbox is the only way out, also here,
//! so that this mail is retried like any other and shows in `status`.

use std::process::ExitCode;

use anyhow::{Result, bail};

use super::digest::Date;
use super::terminal::say;
use super::{
    CommandContext, Usage, hand_in, lock_or_daemon, open_archive, sealed_digest, taxonomy,
};
use crate::archive::Archive;
use crate::clock::{Clock, Day};
use crate::config::Config;
use crate::daemon;
use crate::digest::{self, Edition};
use crate::editor::{self, Edited};
use crate::press::{self, Press};

/// Send a day's digest again
///
/// The digest is the one that was sealed, with a new Message-ID, so that no reader's mail program takes it for a copy.
/// Where the daemon runs, it sends the mail; otherwise this command does.
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
    let readers = mail
        .recipients
        .iter()
        .map(|reader| reader.address.as_str())
        .collect::<Vec<_>>()
        .join(", ");
    archive
        .enqueue_resend(&edition.name, day, mail, now)
        .await?;

    let _lock = match lock_or_daemon(&config, "send")? {
        Ok(lock) => lock,
        Err(daemon) => {
            say(&format!(
                "the digest of {day} to {readers} is in the outbox; the daemon (process {daemon}) sends it within half a minute"
            ));
            return Ok(ExitCode::SUCCESS);
        }
    };
    let delivered = hand_in(&config, &archive, &context.clock).await?;
    let open = archive.status(context.clock.today()).await?.outbox;
    archive.close().await;
    let mut waiting = (open.iter()).filter(|open| open.day == day && open.edition == edition.name);
    if let Some(open) = waiting.next_back() {
        bail!(
            "the digest of {day} to {} was not taken: {}; it stays in the outbox, `nikkan run` tries again",
            open.recipient,
            open.response
        );
    }
    say(&format!(
        "the digest of {day} went to {readers} ({delivered} delivered)"
    ));
    Ok(ExitCode::SUCCESS)
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
