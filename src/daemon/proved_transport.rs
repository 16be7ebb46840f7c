//! A way to submit mail that proves that it moves: which server is waited for, and since when.

use std::time::Duration;

use super::liveness::{DaemonPart, Liveness};
use crate::outbox::{Outcome, Submission, Transport};

/// Longer than any attempt may take: the limits of RFC 5321 section 4.5.3.2 add up to half of it.
const ATTEMPT: Duration = Duration::from_secs(2 * 60 * 60);

/// Longer than the outbox may take from one turn to the next while no mail is under way.
const TURN: Duration = Duration::from_secs(15 * 60);

/// A transport and its proofs.
#[derive(Debug)]
pub(super) struct ProvedTransport<T> {
    transport: T,
    server: String,
    liveness: Liveness,
}

impl<T: Transport> ProvedTransport<T> {
    /// Returns `transport`, which submits to `server`, with its proofs in `liveness`.
    pub(super) fn new(transport: T, server: String, liveness: Liveness) -> Self {
        ProvedTransport {
            transport,
            server,
            liveness,
        }
    }
}

impl<T: Transport> Transport for ProvedTransport<T> {
    async fn submit(&self, mail: Submission<'_>) -> Outcome {
        let what = format!("{} to take a mail", self.server);
        let _waits = self.liveness.waits_for(DaemonPart::Delivery, what, ATTEMPT);
        // On the heap: all of a session lies within it.
        Box::pin(self.transport.submit(mail)).await
    }

    fn sessions(&self) -> usize {
        self.transport.sessions()
    }

    fn give_up_after(&self) -> Duration {
        self.transport.give_up_after()
    }

    fn turns(&self) {
        self.liveness.proves(DaemonPart::Delivery, TURN);
    }

    fn refuses_us(&self) -> bool {
        self.transport.refuses_us()
    }

    async fn mended(&self) {
        self.transport.mended().await;
    }

    async fn rest(&self) {
        self.transport.rest().await;
    }
}
