//! Copies sent digests into the mailbox's `sent_folder`: there they can be read again, and found again when the archive's
//! disk is lost. A copy that cannot be stored is tried again later and never holds up a delivery.

use std::time::Duration;

use tracing::{info, warn};

use super::context::DaemonContext;
use crate::archive::Archive;
use crate::mailbox;

/// The time between two checks for missing copies: short, for what is not stored a lost disk forgets.
const CHECK_EVERY: Duration = Duration::from_secs(5);

/// The time until a server that refused a copy is asked again.
const AFTER_A_FAILURE: Duration = Duration::from_secs(60);

/// Stores copies until the round ends; ends at once if no folder is configured.
pub(super) async fn run(context: &DaemonContext) {
    let settings = &context.config.mailbox;
    if settings.sent_folder.is_none() {
        return;
    }
    loop {
        let pause = match copy_missing(settings, &context.archive).await {
            true => CHECK_EVERY,
            false => AFTER_A_FAILURE,
        };
        if !context.pause(pause).await {
            return;
        }
    }
}

/// Stores every copy that is missing, oldest first. Returns `false` after the first that cannot be stored.
pub(super) async fn copy_missing(settings: &mailbox::MailboxSettings, archive: &Archive) -> bool {
    let Some(folder) = &settings.sent_folder else {
        return true;
    };
    let missing = match archive.missing_sent_copies().await {
        Ok(missing) => missing,
        Err(why) => {
            warn!(%why, "the copies to store could not be read");
            return false;
        }
    };
    for copy in missing {
        let stored = mailbox::append_message(
            settings,
            folder,
            &copy.message_id,
            &copy.bytes,
            copy.queued_at,
        )
        .await;
        if let Err(why) = stored {
            warn!(folder, day = %copy.day, %why, "a copy could not be stored");
            return false;
        }
        if let Err(why) = archive.note_sent_copy(copy.message).await {
            warn!(folder, day = %copy.day, %why, "a stored copy could not be noted");
            return false;
        }
        info!(folder, day = %copy.day, message_id = copy.message_id, "copy stored");
    }
    true
}
