//! An archive that may be behind: put back from a backup, by `nikkan restore` or by hand. Before anything is sealed or handed in
//! it is asked what was told since, of `sent_folder` and of newer backups, and told days are sealed as they were.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result};
use tracing::{info, warn};

use super::context::DaemonContext;
use super::due::open_days;
use super::lost::ask_slow_disk;
use crate::archive::{ArchiveIdentity, RecoveredDigest, ToldInFile, generations, told_in_file};
use crate::clock::Day;
use crate::config::Config;
use crate::mailbox::{self, WatcherChannel};
use crate::press;

/// The longest look of an archive that is not known to be restored: a mailbox that is away must not hold up its digest.
const LONGEST_LOOK: Duration = Duration::from_secs(2 * 60);

/// Seals what was told and is open in this archive, if any day is open that is over, or if it was restored: a day that was over
/// before the start may have been told by what this archive was before. A running archive is never replaced, so it is asked at the
/// start alone. Returns false when asked to stop meanwhile.
///
/// # Errors
/// The archive cannot be read or written, or, without a channel to wait with, a restored one cannot ask the mailbox.
pub(super) async fn adopt_what_was_told(
    context: &DaemonContext,
    channel: Option<&WatcherChannel>,
) -> Result<bool> {
    let archive = &context.archive;
    let restored = archive.restored().await?;
    let first = first_open_day(context).await?;
    let Some(first) = first.or(restored.is_some().then(|| context.clock.today())) else {
        return Ok(true);
    };
    // What waited when the backup was made may have been handed in since, also of days that it knows as sealed.
    let waiting = match &restored {
        Some(_) => archive.oldest_waiting_digest().await?,
        None => None,
    };
    let since = (first, waiting.unwrap_or(first));
    let mut told = told_in_newer_backups(context, since).await;
    let mut is_whole = true;
    for aside in restored.iter().flat_map(|mark| &mark.aside) {
        let asking = told_in_aside(aside.clone(), since);
        let Some(read) = context.stop.run_until_cancelled(asking).await else {
            return Ok(false);
        };
        let read = read?;
        is_whole &= read.damage.is_none();
        told.extend(read.digests);
    }
    let believed = believed_folder(&context.config);
    match (&restored, believed) {
        (_, Some(folder)) => {
            let headers = match (&restored, channel) {
                (Some(_), Some(channel)) => wait_for_headers(context, folder, channel).await,
                (Some(_), None) => read_headers(&context.config, folder, first).await.map(Some),
                (None, _) => Ok(Some(look_once(context, folder, first).await)),
            };
            let headers =
                headers.context("what was told since the backup could not be looked for")?;
            let Some(headers) = headers else {
                return Ok(false);
            };
            told.extend(digests_of(context, &headers, restored.is_some()).await?);
            adopt(context, told).await?;
        }
        (Some(_), None) => {
            adopt(context, told).await?;
            begin_with_the_last_day(context).await?;
        }
        (None, None) => adopt(context, told).await?,
    }
    if let Some(mark) = restored {
        archive.forget_restored().await?;
        let from = mark.from.display();
        match is_whole {
            true => info!(%from, "what was told since the backup is known"),
            false => {
                warn!(%from, "what was told since the backup is known in part: it may be told twice")
            }
        }
    }
    Ok(true)
}

/// Finds the first day that is over and not sealed, of any edition.
async fn first_open_day(context: &DaemonContext) -> Result<Option<Day>> {
    let mut first = None;
    for edition in &context.config.editions {
        let days = open_days(context, edition, context.clock.now()).await?;
        first = first.into_iter().chain(days.first().copied()).min();
    }
    Ok(first)
}

/// Returns the folder for sent digests, where there is one and no stranger's mail arrives in it.
fn believed_folder(config: &Config) -> Option<&str> {
    let folder = config.mailbox.sent_folder.as_deref()?;
    (!config.mailbox.watches(folder)).then_some(folder)
}

async fn read_headers(config: &Config, folder: &str, first: Day) -> Result<Vec<Vec<u8>>> {
    let reading = Box::pin(mailbox::read_sent_headers_since(
        &config.mailbox,
        folder,
        first,
        None,
    ));
    Ok(reading.await?)
}

/// Reads the headers, however long the mailbox does not answer; `None` when asked to stop.
async fn wait_for_headers(
    context: &DaemonContext,
    folder: &str,
    channel: &WatcherChannel,
) -> Result<Option<Vec<Vec<u8>>>> {
    let (settings, clock) = (&context.config.mailbox, &context.clock);
    let waiting = mailbox::wait_for_sent_headers(settings, folder, clock, channel, &context.stop);
    Ok(Box::pin(waiting).await)
}

/// Reads the headers once; none when that fails: before a digest is handed in, the folder is looked into again.
async fn look_once(context: &DaemonContext, folder: &str, first: Day) -> Vec<Vec<u8>> {
    let reading = read_headers(&context.config, folder, first);
    let limited = tokio::time::timeout(LONGEST_LOOK, reading);
    let why = match context.stop.run_until_cancelled(limited).await {
        None => return Vec::new(),
        Some(Ok(Ok(headers))) => return headers,
        Some(Ok(Err(error))) => format!("{error:#}"),
        Some(Err(_)) => format!("the look took longer than {} s", LONGEST_LOOK.as_secs()),
    };
    warn!(
        folder,
        why, "whether a day that is due was told before could not be looked up"
    );
    Vec::new()
}

/// Finds the digests among the headers that tell of days here: of an archive that was restored all of them, else those whose
/// Message-ID only this archive's key can have made.
async fn digests_of(
    context: &DaemonContext,
    headers: &[Vec<u8>],
    restored: bool,
) -> Result<Vec<RecoveredDigest>> {
    let now = context.clock.now();
    if restored {
        for key in headers
            .iter()
            .filter_map(|header| press::copied_key(header))
        {
            context.archive.learn_key(&key, now).await?;
        }
    }
    let key = context.archive.installation_key(now).await?;
    // Of a day that was opened again after a clock's excursion.
    let rewound = context.archive.rewound_message_ids().await?;
    let mut found = Vec::new();
    for digest in headers
        .iter()
        .filter_map(|header| press::identify_digest(header))
    {
        let editions = &context.config.editions;
        let Some(edition) = editions.iter().find(|it| it.name == digest.edition) else {
            continue;
        };
        let times = context
            .archive
            .times_rewound(&edition.name, digest.day)
            .await?;
        let own = press::message_id_anew(&key, edition, digest.day, times);
        if own == digest.message_id || restored && !rewound.contains(&digest.message_id) {
            found.push(digest);
        }
    }
    Ok(found)
}

/// Reads what newer backups of this very archive tell. A directory that does not answer is told and passed over.
async fn told_in_newer_backups(
    context: &DaemonContext,
    (open, waiting): (Day, Day),
) -> Vec<RecoveredDigest> {
    let Some(directory) = context.config.archive.backup.clone() else {
        return Vec::new();
    };
    let Ok(identity) = context.archive.identity().await else {
        return Vec::new();
    };
    let shown = directory.clone();
    let reading = move || {
        // Each of them: the newest by its name may be of a clock that was ahead, or damaged.
        let all = generations(&directory).unwrap_or_default().into_iter();
        let own = |path: &PathBuf| ArchiveIdentity::of_file(path) == Some(identity);
        all.map(|generation| generation.path)
            .filter(own)
            .map(|path| (told_in_file(&path, open, waiting), path))
            .collect::<Vec<_>>()
    };
    match ask_slow_disk(reading).await {
        Some(read) => {
            for (told, path) in &read {
                warn_of_damage(told, path);
            }
            read.into_iter()
                .flat_map(|(told, _)| told.digests)
                .collect()
        }
        None => {
            warn!(directory = %shown.display(), "whether a newer backup is there could not be seen: the directory does not answer");
            Vec::new()
        }
    }
}

/// Reads what an archive that was set aside tells, damaged as it may be.
///
/// # Errors
/// Its disk, which is the archive's, does not answer: it is asked again at the next start.
async fn told_in_aside(aside: PathBuf, (open, waiting): (Day, Day)) -> Result<ToldInFile> {
    let path = aside.clone();
    let asking = ask_slow_disk(move || told_in_file(&path, open, waiting));
    let told = asking.await.with_context(|| {
        format!(
            "{}, which was set aside and knows what was told since the backup, does not answer",
            aside.display()
        )
    })?;
    warn_of_damage(&told, &aside);
    Ok(told)
}

fn warn_of_damage(told: &ToldInFile, path: &Path) {
    if let Some(why) = &told.damage {
        warn!(file = %path.display(), %why, found = told.digests.len(), "what was told since the backup could not all be read");
    }
}

async fn adopt(context: &DaemonContext, mut told: Vec<RecoveredDigest>) -> Result<()> {
    let editions = &context.config.editions;
    told.retain(|digest| {
        editions
            .iter()
            .any(|edition| edition.name == digest.edition)
    });
    let known = context
        .archive
        .adopt_told(told, context.clock.now())
        .await?;
    let names: BTreeSet<&str> = known.iter().map(|(edition, _)| edition.as_str()).collect();
    for edition in names {
        let days = || {
            known
                .iter()
                .filter(|(name, _)| name == edition)
                .map(|(_, day)| *day)
        };
        if let Some((first, last)) = days().min().zip(days().max()) {
            warn!(
                edition,
                %first,
                %last,
                "the archive is older than what was sent: it goes on after the last digest that was found"
            );
        }
    }
    Ok(())
}

/// Lets each edition of a restored archive go on with the last day that is over, where nothing tells what was told since: what
/// had been received before counts as told.
async fn begin_with_the_last_day(context: &DaemonContext) -> Result<()> {
    for edition in &context.config.editions {
        let days = open_days(context, edition, context.clock.now()).await?;
        let Some((since, last)) = edition.digests(&days, usize::MAX).pop() else {
            continue;
        };
        let Some(first) = days.first().copied().filter(|first| *first < since) else {
            warn!(
                edition = edition.name,
                day = %last,
                "restored, and no sent_folder tells what was sent since: the digest of this day may be told twice"
            );
            continue;
        };
        let before = since.previous();
        let sealed_at = before.end().checked_add(context.config.grace);
        let told = RecoveredDigest {
            edition: edition.name.clone(),
            message_id: String::new(),
            day: before,
            since: Some(first).filter(|first| *first < before),
            sealed_at: sealed_at.unwrap_or(before.end()),
            contents: None,
        };
        context
            .archive
            .adopt_told(vec![told], context.clock.now())
            .await?;
        warn!(
            edition = edition.name,
            day = %last,
            %first,
            %before,
            "restored, and no sent_folder tells what was sent since: the digest of this day may be told twice, and what was \
             announced from `first` to `before` counts as told; `nikkan send` with such a day sends it again"
        );
    }
    Ok(())
}
