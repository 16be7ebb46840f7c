//! Delivers the archive's queue, at least once, with bytes and Message-ID that never change.
//!
//! What a server answers decides what follows; here one takes the mail and nothing is left to do:
//!
//! ```
//! # use nikkan::{archive::{Archive, MailObject, Sealing}, clock::Clock, outbox::{self, Outcome, Transport}};
//! # use tokio_util::sync::CancellationToken;
//! struct Willing;
//!
//! impl Transport for Willing {
//!     async fn submit(&self, _sender: &str, _recipient: &str, _bytes: &[u8]) -> Outcome {
//!         Outcome::Delivered("250 2.0.0 ok".into())
//!     }
//! }
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # let archive = Archive::in_memory()?;
//! # let clock = Clock::held("2025-11-29T00:00:00Z".parse()?);
//! # let mail = MailObject {
//! #     message_id: "2025-11-28.daily.nikkan@example.net".into(),
//! #     sender: "nikkan@example.net".into(),
//! #     recipients: vec!["a@example.net".into(), "b@example.net".into()],
//! #     bytes: b"Subject: x\r\n\r\n".to_vec(),
//! # };
//! # let day = "2025-11-28".parse()?;
//! # archive.seal(Sealing { edition: "daily".into(), day, since: None, sealed_at: clock.now(), compiled: "{}".into(),
//! #     announcements: Vec::new(), mail: Some(mail) }).await?;
//! let round = outbox::deliver_due(&archive, &Willing, &clock, &CancellationToken::new()).await?;
//! assert_eq!((round.delivered, round.postponed, round.failed), (2, 0, 0));
//! assert_eq!(archive.next_due().await?, None);
//! # Ok(())
//! # }
//! ```

use std::future::Future;

use serde::Deserialize;

use crate::endpoint::{Endpoint, ServerKeys};
use crate::secret::LoginKeys;

mod deliver;
mod error;
mod probe;
mod retry;
mod session;
mod smtp;
mod stream;

pub use deliver::{Round, deliver_due, run};
pub use error::SmtpError;
pub use probe::{SmtpProbe, probe, rehearse};
pub use smtp::Smtp;

/// The end of one attempt to submit a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it; its words.
    Delivered(String),
    /// Not now: the server or the way to it said no for the time being.
    Deferred(String),
    /// Never: the server refused this mail or this recipient (5yz, RFC 5321 section 4.2.1).
    Refused(String),
    /// The connection was lost after the mail was begun and before the server's answer: it may have it.
    Uncertain(String),
}

/// A way to submit mail (RFC 6409).
pub trait Transport: Send + Sync {
    /// Makes one attempt to submit one mail for one recipient. It never takes longer than the limits of RFC 5321 section
    /// 4.5.3.2 add up to.
    fn submit(
        &self,
        sender: &str,
        recipient: &str,
        bytes: &[u8],
    ) -> impl Future<Output = Outcome> + Send;
}

/// The `[smtp]` table: the server that mails are submitted to.
#[derive(Clone, Debug, Deserialize)]
pub struct SmtpSettings {
    /// The submission server; without `port` it is 465 with `tls = "implicit"`, else 587.
    #[serde(flatten)]
    pub server: ServerKeys,
    /// The login; without `username` none is made.
    #[serde(flatten)]
    pub login: LoginKeys<Option<String>>,
    /// The address that is notified when a delivery fails; by default the edition's sender.
    pub operator: Option<String>,
}

impl SmtpSettings {
    /// Returns the server that the keys name, with the port's default.
    pub fn endpoint(&self) -> Endpoint {
        self.server.endpoint(465, 587)
    }
}
