//! Of two machines on one mailbox, one hands in, whichever dies at whatever step. `make standby-proof` plays 1,000 nights;
//! here there are fewer.

use crate::lab::standby;

#[test]
fn over_twelve_nights_with_kills() {
    let tally = standby::run(env!("CARGO_BIN_EXE_nikkan"), 12, 7);
    eprintln!("{tally:#?}");
    assert!(tally.is_good(), "{tally:#?}");
    assert!(tally.killed.0 >= 5 && tally.killed.1 >= 3, "{tally:#?}");
    assert!(tally.nights.len() >= 2, "{tally:#?}");
}
