//! Makes the digests that are due: material → compile → edit → print → seal, each once.

use std::collections::BTreeSet;

use anyhow::{Context, Result};
use futures_util::future::join_all;
use tracing::{error, info};

use super::context::DaemonContext;
use super::due::{DueDigest, due_digests, editor_deadline};
use super::readers;
use super::recipients::add_reader_headers;
use crate::archive::{Sealed, Sealing};
use crate::clock::Day;
use crate::config::Config;
use crate::digest::{self, Digest, Empty, Taxonomy, Unread};
use crate::editor::{Edited, Editor};
use crate::mailbox::LastReading;
use crate::press::{self, Press};

/// The facts that are sealed with a digest.
struct SealMaterial<'a> {
    due: DueDigest<'a>,
    /// As the record tells it: `None` for a digest of one day.
    since: Option<Day>,
    /// The archive's numbers of what it holds, late arrivals too.
    announcements: Vec<i64>,
}

/// Seals the digests of the days that were over, with their grace, when `reading` began, oldest first; none after a stop.
/// Returns how many. Nothing else seals a day: what has no proof of its reading cannot.
///
/// # Errors
/// The archive cannot be read or written, or a digest cannot be printed.
pub(super) async fn seal_due(
    context: &DaemonContext,
    editor: &dyn Editor,
    reading: &LastReading,
) -> Result<usize> {
    // A clock that was set back since makes no day over.
    let over_by = reading.begun().min(context.clock.now());
    let due = due_digests(context, over_by).await?;
    let sealing = seal_all(context, editor, &due, reading);
    let sealed = context.stop.run_until_cancelled(sealing).await;
    sealed.unwrap_or(Ok(0))
}

/// Seals what is due, each digest once.
async fn seal_all(
    context: &DaemonContext,
    editor: &dyn Editor,
    due: &[DueDigest<'_>],
    reading: &LastReading,
) -> Result<usize> {
    if due.is_empty() {
        return Ok(0);
    }
    readers::judge(context).await?;
    let press = Press::configured(&context.config.press)?;
    let until = editor_deadline(&context.config, due, context.clock.now());
    let compiled = compile_due(context, due, reading).await?;
    let (materials, digests): (Vec<_>, Vec<_>) = compiled.into_iter().unzip();
    // All at once: one must not use up the editor's time of the others.
    let writing = digests
        .into_iter()
        .map(|digest| editor.edit(digest, Some(until)));
    let edited = join_all(writing).await;
    for (material, edited) in materials.into_iter().zip(edited) {
        let DueDigest { edition, day, .. } = material.due;
        print_and_seal(context, &press, material, edited)
            .await
            .with_context(|| {
                format!(
                    "the digest of {day} for `{}` could not be sealed",
                    edition.name
                )
            })?;
    }
    Ok(due.len())
}

/// Reads the material of all digests and compiles them. What is in one of an edition is no late arrival of the next.
async fn compile_due<'a>(
    context: &DaemonContext,
    due: &[DueDigest<'a>],
    reading: &LastReading,
) -> Result<Vec<(SealMaterial<'a>, Digest)>> {
    let archive = &context.archive;
    // Readers wait for it: what else goes on at the archive stands still meanwhile, though not while the editor writes.
    let _first = archive.claim_precedence();
    let partly = reading.answered();
    let unread = match partly && reading.unread().is_empty() {
        true => None,
        false => Some(Unread {
            since: archive.last_connected().await?,
            partly,
        }),
    };
    let taxonomy = themes(&context.config);
    let mut taken: BTreeSet<(&str, i64)> = BTreeSet::new();
    let mut compiled = Vec::with_capacity(due.len());
    for one in due {
        let DueDigest {
            edition,
            since,
            day,
        } = *one;
        let mut record = archive.record_to_seal(&edition.name, since, day).await?;
        record
            .late
            .retain(|stored| !taken.contains(&(edition.name.as_str(), stored.id)));
        let stored = record.announcements.iter().chain(&record.late);
        let announcements: Vec<i64> = stored.map(|stored| stored.id).collect();
        taken.extend(announcements.iter().map(|id| (edition.name.as_str(), *id)));
        let digest = digest::compile(&record, edition, &taxonomy, unread);
        let material = SealMaterial {
            due: *one,
            since: record.since,
            announcements,
        };
        compiled.push((material, digest));
    }
    Ok(compiled)
}

/// Reads the themes as configured. A file that was broken since the start must not stop the digest: the built-in ones
/// stand in.
pub(super) fn themes(config: &Config) -> Taxonomy {
    Taxonomy::configured(&config.digest).unwrap_or_else(|fault| {
        error!("the digest is grouped by the built-in themes: {fault}");
        Taxonomy::built_in().clone()
    })
}

/// Prints a digest with the header that names its contents, and seals it.
async fn print_and_seal(
    context: &DaemonContext,
    press: &Press,
    material: SealMaterial<'_>,
    edited: Edited,
) -> Result<()> {
    let archive = &context.archive;
    let _first = archive.claim_precedence();
    let DueDigest { edition, day, .. } = material.due;
    let Digest {
        counts, ref late, ..
    } = edited.digest;
    let late = late.len();
    let now = context.clock.now();
    let key = archive.installation_key(now).await?;
    let times = archive.times_rewound(&edition.name, day).await?;
    let message_id = press::message_id_anew(&key, edition, day, times);
    let skipped = counts.announcements == 0 && late == 0 && edition.empty == Empty::Skip;
    let mail = if skipped {
        None
    } else {
        let announcements = material.announcements.clone();
        let contents = archive.announcement_fingerprints(announcements).await?;
        let mut mail = press.mail(&edited, edition, now, &message_id, Some(&contents))?;
        let config = &context.config;
        let readers = add_reader_headers(config, archive, edition, &mut mail, now).await?;
        press::keep_readers(&mut mail, &readers);
        Some(mail)
    };
    let readers = mail.as_ref().map_or(0, |mail| mail.recipients.len());
    let sealed = archive
        .seal(Sealing {
            edition: edition.name.clone(),
            day,
            since: material.since,
            sealed_at: now,
            compiled: serde_json::to_string(&edited)?,
            announcements: material.announcements,
            mail,
        })
        .await?;
    if sealed == Sealed::Now {
        info!(
            edition = edition.name,
            %day,
            %message_id,
            drafts = counts.drafts,
            rfcs = counts.rfcs,
            announcements = counts.announcements,
            late,
            readers,
            skipped,
            "sealed"
        );
    }
    Ok(())
}
