//! Copies of sent digests in the mailbox's `sent_folder`: there they can be read again, and found again when the
//! archive's disk is lost. A copy that cannot be stored is tried again later and never holds up a delivery.

use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tracing::{info, warn};

use crate::archive::Archive;
use crate::mailbox;

/// How often is looked whether a copy is missing: soon after it was sent, for what is not stored a lost disk forgets.
const LOOK_AGAIN: Duration = Duration::from_secs(5);

/// How long to wait before a server that refused a copy is asked again.
const AFTER_A_FAILURE: Duration = Duration::from_secs(60);

/// Stores copies until `stop`; ends at once where no folder is configured.
pub(super) async fn keep(
    settings: &mailbox::MailboxSettings,
    archive: &Archive,
    stop: &CancellationToken,
) {
    if settings.sent_folder.is_none() {
        return;
    }
    loop {
        let pause = match store(settings, archive).await {
            true => LOOK_AGAIN,
            false => AFTER_A_FAILURE,
        };
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Stores every copy that is missing, oldest first; `false` after the first that cannot be stored.
pub(super) async fn store(settings: &mailbox::MailboxSettings, archive: &Archive) -> bool {
    let Some(folder) = &settings.sent_folder else {
        return true;
    };
    let missing = match archive.copies_due().await {
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
        if let Err(why) = archive.copy_stored(copy.id).await {
            warn!(folder, day = %copy.day, %why, "a stored copy could not be noted");
            return false;
        }
        info!(folder, day = %copy.day, message_id = copy.message_id, "copy stored");
    }
    true
}
