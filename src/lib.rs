//! nikkan (日刊, "published daily") keeps a mailbox subscribed to the IETF announcement lists, gathers each UTC
//! day's announcements as they arrive, and mails out one compiled digest when the day is over.
//!
//! The modules below are its rooms, from the ground up. A later room may import an earlier one, never the other way
//! round, and rooms do not call onward: only [`daemon`] and [`cli`] do. `tests/layering.rs` keeps this order. The data
//! goes its way through them:
//!
//! ```text
//! IMAP ─▶ mailbox ─▶ mail ─▶ announcement ─▶ archive ─▶ digest ─▶ editor ─▶ press ─▶ outbox ─▶ SMTP
//! ```

pub mod clock;
pub mod crash;
pub mod panics;
pub mod secret;

pub mod endpoint;

pub mod wording;

pub mod mail;

pub mod announcement;
pub mod correspondence;

pub mod mailbox;

pub mod archive;

pub mod digest;

pub mod editor;

pub mod press;

pub mod site;

pub mod outbox;

pub mod config;

pub mod daemon;

pub mod cli;
