//! What belongs to a day: its announcements, what came late, what is known of it besides, and which days are sealed.

mod background;
mod editions;
mod past;
mod record;
pub(super) mod recovery;
mod seal;
mod silence;

pub use background::{Background, PastDraft};
pub use past::{DayCount, EarlierRevision};
pub use record::DayRecord;
pub use recovery::RecoveredDigest;
pub use seal::{Sealed, Sealing};
pub use silence::SilentList;
