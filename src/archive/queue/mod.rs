//! The queue of mails to be handed in: digests, commands to list servers, failure notices. A queued message is stored
//! whole, with one delivery per recipient, and leaves this archive under the Message-ID and with the bytes it came with.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::clock::Day;

mod again;
mod bounces;
mod deliveries;
mod elsewhere;
mod enqueue;
mod failures;
mod waiting;

pub use again::{AskedDeliveries, DeliveryStanding};
pub use bounces::Bounce;
pub(super) use bounces::{bounces_since, note_bounce, note_returned};
pub(super) use deliveries::cancel_commands;
pub use deliveries::{DueNumber, SentCopy};
pub(super) use elsewhere::elsewhere_since;
pub use elsewhere::{ElsewhereDigest, UncopiedDigest};
pub(super) use enqueue::{Owner, enqueue};
pub(super) use failures::outbox_entries;
pub use failures::{FailedDelivery, OutboxEntry};
pub use waiting::WaitingDeliveries;

/// An envelope and its content (RFC 5321 section 2.3.1), before it is queued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailObject {
    /// The content's Message-ID, without angle brackets.
    pub message_id: String,
    /// The envelope's sender, a bare address.
    pub sender: String,
    /// The envelope's recipients; each gets a mail of its own.
    pub recipients: Vec<Recipient>,
    /// Header and body, with CRLF line ends; of the header, what all recipients have.
    pub bytes: Vec<u8>,
}

impl MailObject {
    /// Returns the whole mail as its first recipient gets it.
    pub fn as_first(&self) -> Vec<u8> {
        let own = self.recipients.first().map(|first| first.own.as_slice());
        [own.unwrap_or_default(), &self.bytes].concat()
    }
}

/// One recipient of a mail, and what only its mail has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// A bare address.
    pub address: String,
    /// The envelope's sender, where it names the recipient; `None` is the mail's.
    pub sender: Option<String>,
    /// Header fields with CRLF line ends, which stand before the mail's bytes.
    pub own: Vec<u8>,
}

impl Recipient {
    /// Returns a recipient of a mail whose header is complete.
    pub fn plain(address: impl Into<String>) -> Self {
        Recipient {
            address: address.into(),
            sender: None,
            own: Vec::new(),
        }
    }
}

/// The purpose of a queued message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MessageKind {
    /// A digest, sealed and sent for the first time.
    Digest,
    /// A digest that `nikkan send` asked for once more, under a Message-ID of its own.
    Resend,
    /// A command to a list server: a request to join or to leave, or the answer to a confirmation.
    Command,
    /// The operator's notice of deliveries that failed.
    FailureNotice,
    /// The operator's notice of a digest that waits until something is changed. It is not sent when that is done already.
    WaitingNotice,
    /// The last word to a reader who has left.
    Farewell,
    /// The word to the operator about readers who left, or whose mail comes back.
    ReaderNotice,
}

impl MessageKind {
    /// Returns the name in the file and in the log.
    pub fn name(self) -> &'static str {
        match self {
            MessageKind::Digest => "digest",
            MessageKind::Resend => "resend",
            MessageKind::Command => "command",
            MessageKind::FailureNotice => "failure_notice",
            MessageKind::WaitingNotice => "waiting_notice",
            MessageKind::Farewell => "farewell",
            MessageKind::ReaderNotice => "reader_notice",
        }
    }
}

/// One delivery that is due: one message to one recipient, so that one bad address neither stops the others nor makes
/// them get it twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueuedDelivery {
    /// The delivery's number.
    pub id: i64,
    /// The queued message's number.
    pub message: i64,
    /// The purpose of the message.
    pub kind: MessageKind,
    /// The digest's edition; `None` for a command.
    pub edition: Option<String>,
    /// The digest's day; `None` for a command.
    pub day: Option<Day>,
    /// The list's short name; `None` for all but a command.
    pub list: Option<String>,
    /// The Message-ID, without angle brackets.
    pub message_id: String,
    /// The envelope's sender.
    pub sender: String,
    /// The envelope's one recipient.
    pub recipient: String,
    /// The header fields that only this recipient's mail has; they stand before the message's bytes, the same at each attempt.
    pub own: Vec<u8>,
    /// The state.
    pub state: DeliveryState,
    /// Attempts before this one.
    pub attempts: u32,
    /// The instant at which the message was queued.
    pub queued_at: Timestamp,
}

/// The state of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeliveryState {
    /// Not tried yet.
    Queued,
    /// An attempt was begun and its end is not known: after a crash it counts as uncertain.
    Sending,
    /// The server took it.
    Sent,
    /// Put off; tried again.
    Deferred,
    /// The connection was lost when the server may have had it: tried again with the same Message-ID.
    Uncertain,
    /// Refused for good, or not taken until its time had expired.
    Failed,
    /// Not made here: another machine handed the digest in.
    Elsewhere,
    /// Not to be made any more: its reader has left.
    Cancelled,
}

impl DeliveryState {
    /// Returns the name in the file and in JSON.
    pub fn name(self) -> &'static str {
        match self {
            DeliveryState::Queued => "queued",
            DeliveryState::Sending => "sending",
            DeliveryState::Sent => "sent",
            DeliveryState::Deferred => "deferred",
            DeliveryState::Uncertain => "uncertain",
            DeliveryState::Failed => "failed",
            DeliveryState::Elsewhere => "elsewhere",
            DeliveryState::Cancelled => "cancelled",
        }
    }
}

/// The end of one attempt to deliver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AttemptResult {
    /// The state that follows.
    pub state: DeliveryState,
    /// The server's last words, or what went wrong on the way to it.
    pub response: String,
    /// The instant of the next attempt; `None` after the last one.
    pub next_attempt: Option<Timestamp>,
    /// What else is to be known of it.
    pub mark: AttemptMark,
}

/// What is noted of an attempt beside the state that follows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AttemptMark {
    /// Nothing.
    #[default]
    None,
    /// The next one will end no better before the operator has changed something.
    NeedsHand,
    /// The server refused this recipient for good.
    Refused,
}

#[cfg(test)]
mod tests;
