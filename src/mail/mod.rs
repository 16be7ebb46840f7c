//! One mail: its header, its text, who wrote it and when. It knows nothing of the IETF.
//!
//! Pure: no clock, no network, no database. Whatever the bytes are, a message comes out of them; what they do not tell
//! is `None` or empty.
//!
//! ```
//! use nikkan::mail::{Header, Message};
//!
//! let raw = b"From: Ann <Ann@Example.org>\r\nSubject: =?utf-8?Q?caf=C3=A9?=\r\n and tea\r\n\r\nAt four.\r\n";
//!
//! // A header is parsed once, and asked for its fields by name.
//! let header = Header::parse(raw);
//! assert_eq!(header.first("from").unwrap().text(), "Ann <Ann@Example.org>");
//!
//! // The whole message, decoded.
//! let message = Message::from_header(&header);
//! assert_eq!(message.from, "ann@example.org");
//! assert_eq!(message.subject, "café and tea");
//! assert_eq!(message.text, "At four.");
//! ```

mod address;
mod body;
mod charset;
mod date;
mod dating;
mod encoded_words;
mod escapes;
mod fields;
mod header;
mod html;
mod list_digest;
mod message;
mod repair;
mod strip;
pub(crate) mod text;
mod transfer;

pub use address::comparable_address;
pub use charset::unlabelled_text;
pub use dating::Arrival;
pub use fields::posting_address;
pub use header::{Field, Header};
pub use message::Message;

pub(crate) use dating::DateWitnesses;
pub(crate) use fields::{MAILMAN_ROLES, only_address, without_prefixes};
pub(crate) use list_digest::split_list_digest;
pub(crate) use message::{date_at_end, relayed_at};
