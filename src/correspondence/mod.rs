//! Mail to us that is no announcement: reports about our own mail that did not arrive, readers who want to leave, and what a
//! list's server writes to its subscriber. It may ask [`announcement`](crate::announcement) for its lists, never the other way round.
//!
//! Pure, like the rooms below it. Every message of the mailbox is looked at here first and nearly none is meant, so
//! each reader begins with one cheap look at the header.
//!
//! ```
//! use nikkan::announcement::Lists;
//! use nikkan::correspondence::{CommandReply, list_server};
//! use nikkan::mail::Header;
//!
//! let raw = b"From: i-d-announce-request@ietf.org\r\n\
//!     Subject: Welcome to the \"I-D-Announce\" mailing list\r\n\r\nWelcome!\r\n";
//! let mail = list_server::parse(&Header::parse(raw), &Lists::built_in()).unwrap();
//! assert_eq!(mail.list, "i-d-announce");
//! assert_eq!(mail.reply, CommandReply::Welcome);
//! ```

mod addresses;
pub mod bounce_report;
mod dsn;
pub mod leave_request;
pub mod list_server;
mod plain_report;
mod severity;

pub(crate) use addresses::unsubscribe_tokens;
pub use bounce_report::BounceReport;
pub use dsn::FailedRecipient;
pub use leave_request::LeaveRequest;
pub use list_server::{CommandReply, ConfirmationRequest, ListServerMail};
