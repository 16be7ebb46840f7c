//! Killed with SIGKILL at any step between its start and its end, nikkan loses nothing, tells nothing twice and makes no
//! digest beyond one per day. `make crash` kills it at 1,000 steps; here there are fewer.

use crate::lab::crash::{self, Blow};

#[test]
fn at_eighty_steps_of_a_pass() {
    let tally = crash::run(env!("CARGO_BIN_EXE_nikkan"), Blow::Kill, 80);
    eprintln!("{tally:#?}");
    assert!(tally.steps > 500, "{tally:#?}");
    // How a server cuts its answers into pieces differs by a few steps: the last kills may come after the end.
    assert!(tally.killed >= 76, "{tally:#?}");
    assert!(tally.is_good(), "{tally:#?}");
    // A copy is made only where the server may have taken what was being sent.
    assert!(tally.copies <= tally.while_sending, "{tally:#?}");
    assert!(tally.while_sending > 0, "{tally:#?}");
}
