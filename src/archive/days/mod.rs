//! What belongs to a day: its announcements, what came late, what is known of it besides, and which days are sealed.

mod adopted;
mod past;
mod record;
pub(super) mod recovery;
mod rewind;
mod seal;
mod silence;
mod told;

pub use past::{Background, DayCount, EarlierRevision, PastDraft};
pub use record::DayRecord;
pub use recovery::RecoveredDigest;
pub use rewind::{Rewound, SealedAhead};
pub use seal::{Sealed, Sealing};
pub use silence::SilentList;
pub use told::{ToldInFile, told_in_file};
