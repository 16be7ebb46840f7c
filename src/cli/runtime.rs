//! The threads of a command, as many on each machine: a service has a limit (`TasksMax=`, systemd.resource-control(5)), and a
//! thread for each core would be beyond it on a large one. `nikkan run` makes them all at its start, so that one that cannot be
//! had is an error then, and not a wait for ever later.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use tokio::runtime::{Builder, Runtime};

use crate::daemon::Signals;
use crate::secret;

/// Threads that run the tasks: they wait far more than they compute.
const WORKERS: usize = 2;

/// Threads for what blocks: parsing, name look-ups, files.
const BLOCKING: usize = 8;

/// Bytes of their stacks. A session lies in futures within futures, whose frames a build without optimisation keeps apart; what
/// is not touched takes no memory.
const STACK: usize = 4 * 1024 * 1024;

/// Threads that others make: the archive's two, the backup's, those of the log and of the signals.
const OTHERS: usize = 5;

/// Carries out a command that waits for servers, the archive or signals.
pub(super) fn block_on(command: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    // Without it, a password command that hangs may be left behind.
    let _ = Signals::end_commands_first();
    carry_out(runtime()?, command)
}

/// Carries out the daemon, with all of its threads.
pub(super) fn block_on_daemon(command: impl Future<Output = Result<ExitCode>>) -> Result<ExitCode> {
    try_threads().context(
        "the system does not give nikkan its 15 threads; check TasksMax= of the unit, and `ulimit -u`",
    )?;
    let runtime = runtime()?;
    for _ in 0..BLOCKING {
        // Each needs a thread while the others sleep.
        runtime.spawn_blocking(|| thread::sleep(Duration::from_millis(20)));
    }
    carry_out(runtime, command)
}

fn runtime() -> Result<Runtime> {
    let runtime = Builder::new_multi_thread()
        .worker_threads(WORKERS)
        .thread_stack_size(STACK)
        .max_blocking_threads(BLOCKING)
        // Those that were made stay.
        .thread_keep_alive(Duration::from_secs(365 * 24 * 60 * 60))
        .enable_all()
        .build();
    runtime.context("the runtime cannot start")
}

fn carry_out(
    runtime: Runtime,
    command: impl Future<Output = Result<ExitCode>>,
) -> Result<ExitCode> {
    let done = runtime.block_on(command);
    // A look-up that hangs in the system's resolver must not hold up the end.
    runtime.shutdown_background();
    // Nor is a password command that hangs left behind.
    secret::end_commands();
    done
}

/// Makes as many threads as will be needed, and ends them.
///
/// # Errors
/// The system gives fewer.
fn try_threads() -> std::io::Result<()> {
    let count = WORKERS + BLOCKING + OTHERS;
    thread::scope(|scope| {
        let mut made = Vec::with_capacity(count);
        let made_all = (0..count).try_for_each(|_| {
            made.push(thread::Builder::new().spawn_scoped(scope, thread::park)?);
            Ok(())
        });
        made.iter().for_each(|one| one.thread().unpark());
        made_all
    })
}
