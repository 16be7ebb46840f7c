//! Lists that are joined or left by mail: the request, its confirmation, the reply of the list. A confirmation is
//! accepted in the transaction that moves the mailbox cursor past it, and its answer is stored together with the note
//! that it is answered: a crash answers nothing twice and forgets none.

mod replies;
mod requests;

pub(super) use replies::record_reply;
pub use requests::{
    CONFIRMATION_PERIOD, PendingConfirmation, Subscription, SubscriptionAction, SubscriptionState,
};

#[cfg(test)]
mod tests;
