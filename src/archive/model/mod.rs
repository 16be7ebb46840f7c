//! What a language model wrote, and how much of it was used.

mod texts;
mod usage;

pub use texts::ModelTextKey;
pub use usage::ModelUsage;
