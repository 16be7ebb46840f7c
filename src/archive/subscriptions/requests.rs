//! Requests to join and to leave a list, the answers to their confirmations, and what became of them.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::archive::queue::{Owner, cancel_commands, enqueue};
use crate::archive::store::rows::{instant, micros, named};
use crate::archive::{Archive, ArchiveError, DeliveryState, MailObject, MessageKind};

/// The time that a request waits for its confirmation. Mailman forgets it after three days as well.
pub const CONFIRMATION_PERIOD: SignedDuration = SignedDuration::from_hours(3 * 24);

/// A request to a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionAction {
    /// To send its mail.
    Join,
    /// To send none any more.
    Leave,
}

impl SubscriptionAction {
    /// Returns the name in the file, in JSON and in the list's own addresses.
    pub fn name(self) -> &'static str {
        match self {
            SubscriptionAction::Join => "join",
            SubscriptionAction::Leave => "leave",
        }
    }
}

/// The state of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum SubscriptionState {
    /// The request is written, and the list has not answered.
    Asked,
    /// The list wanted a confirmation; it is given, or on its way.
    Confirming,
    /// The list said welcome, or its mail comes.
    Subscribed,
    /// The list said goodbye.
    Left,
    /// The list's server refused our mail for good.
    Refused,
}

/// The last request for a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Subscription {
    /// The list's short name.
    pub list: String,
    /// The request.
    pub action: SubscriptionAction,
    /// The address it was asked for.
    pub address: String,
    /// When.
    pub asked_at: Timestamp,
    /// When the request for a confirmation was read.
    pub confirmed_at: Option<Timestamp>,
    /// Its state.
    #[serde(rename = "standing")]
    pub state: SubscriptionState,
    /// The state of our last command to the list.
    #[serde(rename = "letter")]
    pub command: DeliveryState,
    /// The mail server's answer to it.
    pub response: String,
}

/// A confirmation that is to be answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingConfirmation {
    /// The list's short name.
    pub list: String,
    /// The address that was asked for.
    pub address: String,
    /// The token that has to come back.
    pub token: String,
}

impl Archive {
    /// Stores a request and queues its mail, in one transaction. An earlier request for the list is forgotten.
    ///
    /// # Errors
    /// The archive cannot be written; nothing is asked then.
    pub async fn request_subscription(
        &self,
        list: &str,
        action: SubscriptionAction,
        mail: MailObject,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        let list = list.to_owned();
        self.write(move |transaction| {
            transaction.execute(
                "INSERT INTO subscription (list, action, address, asked_at) VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (list) DO UPDATE SET action = excluded.action, address = excluded.address,
                    asked_at = excluded.asked_at, confirmed_at = NULL, done_at = NULL",
                params![
                    list,
                    action.name(),
                    mail.sender.to_ascii_lowercase(),
                    micros(now)
                ],
            )?;
            transaction.execute("DELETE FROM confirmation WHERE list = ?1", [&list])?;
            cancel_commands(transaction, &list)?;
            enqueue(transaction, MessageKind::Command, Owner::List(&list), &mail, now)
        })
        .await
    }

    /// Reads the confirmations that are to be answered, oldest first.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn pending_confirmations(&self) -> Result<Vec<PendingConfirmation>, ArchiveError> {
        self.select(
            "SELECT c.list, s.address, c.token FROM confirmation c JOIN subscription s ON s.list = c.list
             WHERE c.answered = 0 ORDER BY c.read_at, c.token",
            [],
            |row| {
                Ok(PendingConfirmation {
                    list: row.get(0)?,
                    address: row.get(1)?,
                    token: row.get(2)?,
                })
            },
        )
        .await
    }

    /// Queues the answer to a confirmation and marks it as answered, in one transaction. Returns false when it was answered
    /// before, or is not wanted any more.
    ///
    /// # Errors
    /// The archive cannot be written; the confirmation is still unanswered then.
    pub async fn answer_confirmation(
        &self,
        confirmation: &PendingConfirmation,
        mail: MailObject,
        now: Timestamp,
    ) -> Result<bool, ArchiveError> {
        let PendingConfirmation { list, token, .. } = confirmation.clone();
        self.write(move |transaction| {
            let open = transaction.execute(
                "UPDATE confirmation SET answered = 1 WHERE list = ?1 AND token = ?2 AND answered = 0",
                params![list, token],
            )?;
            if open > 0 {
                let owner = Owner::List(&list);
                enqueue(transaction, MessageKind::Command, owner, &mail, now)?;
            }
            Ok(open > 0)
        })
        .await
    }

    /// Reads the last request for each list that was ever asked, by name.
    ///
    /// # Errors
    /// The archive cannot be read.
    pub async fn subscriptions(&self) -> Result<Vec<Subscription>, ArchiveError> {
        // A list whose mail came after the request has let us in, whatever became of its welcome.
        self.select(
            "SELECT s.list, s.action, s.address, s.asked_at, s.confirmed_at, s.done_at IS NOT NULL,
                coalesce(v.state, 'failed'), coalesce(v.response, ''),
                EXISTS (SELECT 1 FROM announcement_list c JOIN announcement a ON a.id = c.announcement
                        JOIN message m ON m.id = a.message
                        WHERE c.list = s.list AND a.at > s.asked_at AND m.stored_at > s.asked_at)
             FROM subscription s LEFT JOIN delivery v
                ON v.queued_message = (SELECT max(id) FROM queued_message WHERE list = s.list) ORDER BY s.list",
            [],
            read_subscription,
        )
        .await
    }
}

fn read_subscription(row: &Row<'_>) -> rusqlite::Result<Subscription> {
    let action = named(row, 1)?;
    let command = named(row, 6)?;
    let confirmed_at: Option<i64> = row.get(4)?;
    let state = match (action, row.get(5)?, row.get(8)?) {
        (SubscriptionAction::Leave, true, _) => SubscriptionState::Left,
        (SubscriptionAction::Join, true, _) | (SubscriptionAction::Join, _, true) => {
            SubscriptionState::Subscribed
        }
        _ if command == DeliveryState::Failed => SubscriptionState::Refused,
        _ if confirmed_at.is_some() => SubscriptionState::Confirming,
        _ => SubscriptionState::Asked,
    };
    Ok(Subscription {
        list: row.get(0)?,
        action,
        address: row.get(2)?,
        asked_at: instant(row.get(3)?),
        confirmed_at: confirmed_at.map(instant),
        state,
        command,
        response: row.get(7)?,
    })
}
