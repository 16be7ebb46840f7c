//! What belongs to a day: its announcements, what came late, what is known of it besides, and which days are sealed.

mod background;
mod record;
pub(super) mod recovery;
mod silence;
mod spans;

pub use recovery::RecoveredDigest;
pub use silence::SilentList;
