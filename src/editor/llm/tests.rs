//! The plan: what is asked, in which order, with which facts.

use crate::archive::DayRecord;
use crate::clock::Day;
use crate::digest::{self, Edition, Taxonomy};

use super::plan;

#[test]
fn a_silent_day_asks_for_nothing() {
    let day: Day = "2025-10-23".parse().unwrap();
    let record = DayRecord {
        day,
        since: None,
        announcements: Vec::new(),
        late: Vec::new(),
        earlier: Default::default(),
        milestones: Default::default(),
        past: Vec::new(),
        last_before: None,
        connected: Default::default(),
        silent: Vec::new(),
        heard: Vec::new(),
        closing: Vec::new(),
        background: Default::default(),
    };
    let digest = digest::compile(
        &record,
        &Edition::unconfigured(),
        Taxonomy::built_in(),
        None,
    );
    assert!(plan::items(&digest).is_empty());
}
