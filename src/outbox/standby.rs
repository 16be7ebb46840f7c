//! The `[standby]` table: a spare machine that hands in what another one did not.

use std::time::Duration;

use serde::Deserialize;

use crate::clock;

/// The `[standby]` table.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StandbySettings {
    /// The time after midnight and `grace` at which a digest that the other machine did not hand in is handed in here.
    #[serde(deserialize_with = "clock::span")]
    pub after: Duration,
}
