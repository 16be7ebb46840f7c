//! Delivers the archive's queue, at least once, with bytes and Message-ID that never change.
//!
//! What a server answers decides what follows; here one takes the mail and nothing is left to do:
//!
//! ```
//! # use nikkan::{archive::{Archive, MailObject, Recipient, Sealing}, clock::Clock, outbox::{self, Outcome, Submission, Transport}};
//! # use tokio_util::sync::CancellationToken;
//! struct Willing;
//!
//! impl Transport for Willing {
//!     async fn submit(&self, _mail: Submission<'_>) -> Outcome {
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
//! #     recipients: vec![Recipient::plain("a@example.net"), Recipient::plain("b@example.net")],
//! #     bytes: b"Subject: x\r\n\r\n".to_vec(),
//! # };
//! # let day = "2025-11-28".parse()?;
//! # archive.seal(Sealing { edition: "daily".into(), day, since: None, sealed_at: clock.now(), compiled: "{}".into(),
//! #     announcements: Vec::new(), mail: Some(mail) }).await?;
//! let round = outbox::deliver_due(&archive, &Willing, &(), &clock, &CancellationToken::new()).await?;
//! assert_eq!((round.delivered, round.postponed, round.failed), (2, 0, 0));
//! assert_eq!(archive.next_due().await?, None);
//! # Ok(())
//! # }
//! ```

use std::future::Future;
use std::time::Duration;

use serde::Deserialize;

use crate::clock;
use crate::endpoint::{Endpoint, ServerKeys};
use crate::secret::LoginKeys;

mod attempt;
mod deliver;
mod dialogue;
mod envelope;
mod error;
mod extensions;
mod hindrance;
mod login;
mod open;
mod pace;
mod probe;
mod reply;
mod retry;
mod session;
mod smtp;
mod standby;
mod text;
mod transaction;
mod unanswered;
mod verdict;

pub use deliver::{Round, deliver_due, run};
pub use error::SmtpError;
pub use probe::{SmtpProbe, probe, rehearse};
pub use session::ServerDate;
pub use smtp::Smtp;
pub use standby::{HandIn, Leave, StandbySettings};
pub use unanswered::Unanswered;

/// The end of one attempt to submit a mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The server took it; its words.
    Delivered(String),
    /// Not now: the server or the way to it said no for the time being.
    Deferred(String),
    /// Not so many or not so fast (421, a limit on mails or sessions): the others had better wait, too.
    Throttled(String),
    /// Not before the operator has changed something: the login, the sender, the mail's size, the server's rules.
    NeedsHand(String),
    /// Never: the server refused this recipient (5yz, RFC 5321 section 4.2.1).
    Refused(String),
    /// The connection was lost after the mail's end was sent and before the server's answer: it may have it.
    Uncertain(String),
}

/// One mail for one recipient, as it is submitted.
#[derive(Clone, Copy, Debug)]
pub struct Submission<'a> {
    /// The envelope's sender.
    pub sender: &'a str,
    /// The envelope's recipient.
    pub recipient: &'a str,
    /// Header fields that stand before the rest.
    pub own: &'a [u8],
    /// The rest of the mail, CRLF line ends.
    pub bytes: &'a [u8],
}

/// A way to submit mail (RFC 6409).
pub trait Transport: Send + Sync {
    /// Makes one attempt to submit one mail for one recipient. It never takes longer than the limits of RFC 5321 section
    /// 4.5.3.2 add up to. Several may be under way at once, as many as [`Transport::sessions`] tells.
    fn submit(&self, mail: Submission<'_>) -> impl Future<Output = Outcome> + Send;

    /// Returns the number of mails that may be submitted at once.
    fn sessions(&self) -> usize {
        1
    }

    /// Returns the age at which a mail that is not taken is given up, as RFC 5321 section 4.5.4.1 advises (at least 4 to 5 days)
    /// unless it is configured.
    fn give_up_after(&self) -> Duration {
        five_days()
    }

    /// Notes that the loop goes on: called at each of its turns, half a minute apart at most while no mail is under way.
    fn turns(&self) {}

    /// Returns true while the server refuses the login, so that nobody's mail can be handed in.
    fn refuses_us(&self) -> bool {
        false
    }

    /// Waits until something is in the way, and then until that has gone, as far as it can be seen: the server is back, there
    /// is another password.
    fn mended(&self) -> impl Future<Output = ()> + Send {
        std::future::pending()
    }

    /// Ends what was kept for the next mail: for now there is none.
    fn rest(&self) -> impl Future<Output = ()> + Send {
        std::future::ready(())
    }
}

impl<T: Transport> Transport for &T {
    fn submit(&self, mail: Submission<'_>) -> impl Future<Output = Outcome> + Send {
        (**self).submit(mail)
    }

    fn sessions(&self) -> usize {
        (**self).sessions()
    }

    fn give_up_after(&self) -> Duration {
        (**self).give_up_after()
    }

    fn turns(&self) {
        (**self).turns();
    }

    fn refuses_us(&self) -> bool {
        (**self).refuses_us()
    }

    fn mended(&self) -> impl Future<Output = ()> + Send {
        (**self).mended()
    }

    fn rest(&self) -> impl Future<Output = ()> + Send {
        (**self).rest()
    }
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
    /// The name that is said in EHLO; by default this host's full name, else the address of this end.
    pub helo: Option<String>,
    /// The age at which a mail that was not taken is given up.
    #[serde(default = "five_days", deserialize_with = "clock::span")]
    pub give_up_after: Duration,
    /// The most mails that are handed in over one session.
    #[serde(default = "a_hundred")]
    pub mails_per_session: u32,
    /// The most sessions at once.
    #[serde(default = "two")]
    pub sessions: usize,
    /// The envelope's sender, with a `*` that stands for who the reader is; by default the edition's sender, for all readers.
    pub bounce_address: Option<String>,
}

fn five_days() -> Duration {
    Duration::from_secs(5 * 24 * 60 * 60)
}

fn a_hundred() -> u32 {
    100
}

fn two() -> usize {
    2
}

impl SmtpSettings {
    /// Returns the server that the keys name, with the port's default.
    pub fn endpoint(&self) -> Endpoint {
        self.server.endpoint(465, 587)
    }
}
