//! Kills the process at a chosen step, for the crash test: every SQL statement, before and after it, and every read and
//! write on a server's connection is a step. Only in builds with debug assertions; elsewhere nothing is left of it.
//!
//! `NIKKAN_CRASH_AT=n` kills at the n-th step, as SIGKILL does it: no destructor runs, nothing is flushed.
//! `NIKKAN_PANIC_AT=n` panics at the n-th read or write on a server's connection; SQLite lets no panic through.
//! `NIKKAN_CRASH_LOG=FILE` writes down what the steps are.
//!
//! ```
//! use nikkan::crash;
//!
//! // Neither variable is set: a step is nothing.
//! assert!(!crash::is_planned());
//! crash::step("before COMMIT", "the batch and its cursor");
//! ```

/// Takes a step. `what` and `detail` are for the log.
pub fn step(what: &str, detail: &str) {
    #[cfg(debug_assertions)]
    if let Some(plan) = planned::plan() {
        plan.step(what, detail);
    }
    #[cfg(not(debug_assertions))]
    let _ = (what, detail);
}

/// Returns true when steps are counted at all.
pub fn is_planned() -> bool {
    #[cfg(debug_assertions)]
    let planned = planned::plan().is_some();
    #[cfg(not(debug_assertions))]
    let planned = false;
    planned
}

#[cfg(debug_assertions)]
mod planned {
    use std::fs::{File, OpenOptions};
    use std::io::Write;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::sync::{Mutex, OnceLock};

    use rustix::process::{Signal, getpid, kill_process};

    pub(super) struct Plan {
        kill_at: Option<u64>,
        panic_at: Option<u64>,
        log: Option<Mutex<File>>,
        taken: AtomicU64,
        /// Reads and writes on a server's connection.
        transfers: AtomicU64,
    }

    /// Reads what the environment asks for; `None` when it asks for nothing.
    pub(super) fn plan() -> Option<&'static Plan> {
        static PLAN: OnceLock<Option<Plan>> = OnceLock::new();
        let read = || {
            let number = |name: &str| std::env::var(name).ok()?.parse().ok();
            let log = std::env::var_os("NIKKAN_CRASH_LOG");
            let open = |path| OpenOptions::new().create(true).append(true).open(path).ok();
            let plan = Plan {
                kill_at: number("NIKKAN_CRASH_AT"),
                panic_at: number("NIKKAN_PANIC_AT"),
                log: log.and_then(open).map(Mutex::new),
                taken: AtomicU64::new(0),
                transfers: AtomicU64::new(0),
            };
            let planned = plan.kill_at.or(plan.panic_at).is_some();
            (planned || plan.log.is_some()).then_some(plan)
        };
        PLAN.get_or_init(read).as_ref()
    }

    impl Plan {
        pub(super) fn step(&self, what: &str, detail: &str) {
            let number = self.taken.fetch_add(1, Ordering::SeqCst) + 1;
            if let Some(Ok(mut log)) = self.log.as_ref().map(Mutex::lock) {
                let detail = detail.split_whitespace().take(6).collect::<Vec<_>>();
                let _ = writeln!(log, "{number} {what} {}", detail.join(" "));
            }
            if self.kill_at == Some(number) {
                let _ = kill_process(getpid(), Signal::KILL);
            }
            if what.ends_with("a server") {
                let number = self.transfers.fetch_add(1, Ordering::SeqCst) + 1;
                assert!(
                    self.panic_at != Some(number),
                    "planned, at transfer {number}"
                );
            }
        }
    }
}
