//! The readers of the editions: who is written to, who has left, whose mail comes back. What a mail asks for by a reader's
//! token is kept in the transaction that moves the mailbox cursor past it, and judged by itself afterwards: a flood of made-up
//! tokens costs one look, and a key that is learned later still opens what was read before.

mod keys;
mod refusals;
mod requests;
mod resting;
mod states;

pub use keys::{bounce_token, leave_token};
pub use refusals::RefusedRequests;
pub(super) use refusals::refused_since;
pub use requests::{EditionReaders, ReadersJudged};
pub(super) use requests::{record_bounce, record_leave_request};
pub use states::{ActiveReader, KnownReader, ReaderChange, ReaderState};

#[cfg(test)]
mod tests;
