//! Scenarios with real parts: a private Dovecot, a real SMTP server, the built binary. One module per claim.
#![allow(clippy::unwrap_used)] // A panic is how a scenario reports.

mod lab;
mod the_mailbox_is_read_over_every_protection;
mod the_model_day_arrives_after_midnight;
mod the_operator_sees_and_sends;
