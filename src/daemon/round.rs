//! One round of the daemon: five tasks with one configuration, ended together at a safe point. Between them run only
//! nudges, never data: what is due is always read from the archive.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use anyhow::{Result, anyhow};
use tokio::sync::{Notify, watch};
use tokio::task::AbortHandle;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::{error, info};

use super::context::DaemonContext;
use super::ending::Ending;
use super::liveness::{DaemonPart, Liveness};
use super::{
    archive_watch, bootstrap, delivery, end_of_day, preparation, service, service_manager, status,
};
use crate::announcement::Lists;
use crate::editor::{self, Editor};
use crate::mailbox::{self, WatcherChannel, WatcherHandle};
use crate::panics;

/// Time that a round's tasks have at a reload. What is in hand by then goes on by its own configuration, beside the next round.
const RELOAD: Duration = Duration::from_secs(2);

/// Interval at which the archive is asked whether it answers.
const PROVE_ARCHIVE: Duration = Duration::from_secs(5);
/// Longer than the archive may take over what was asked before: a statement waits half a minute for another process.
const ARCHIVE_STUCK: Duration = Duration::from_secs(15 * 60);

/// Pause after a task's first panic; it doubles with each that follows.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause after a panic, and how long a task must have gone well for the pauses to begin anew.
const LONGEST_PAUSE: Duration = Duration::from_secs(5 * 60);

/// Runs the tasks until the round's token is cancelled, or one of them ends. `refused` is for the service
/// manager, see [`service::report`].
///
/// # Errors
/// The editor cannot be used, or the first task's error.
pub(super) async fn run_round(
    context: DaemonContext,
    refused: watch::Receiver<Option<String>>,
) -> Result<()> {
    let (config, clock) = (&context.config, &context.clock);
    let editor = editor::configured(config.editor.as_ref(), &context.archive, clock)?;
    let (watcher, channel) = mailbox::watcher_channel();
    let (begun, queued) = (CancellationToken::new(), Arc::new(Notify::new()));
    info!(
        account = %config.mailbox.login.username,
        editions = config.editions.len(),
        "started"
    );
    let (state, stored) = (watcher.state(), watcher.stored());
    let tasks = RoundTasks::new(context.stop.clone(), context.liveness.clone());
    // It survives the panics of its sessions; it holds an end of the channel, and cannot be begun twice.
    let watching = watch_mailbox(context.clone(), channel, begun.clone());
    tasks.spawn_once("watcher", Some(DaemonPart::Watcher), watching);
    let reported = watcher.clone();
    let (days, words) = (context.clone(), context.clone());
    let (nudge, last_editor, copying) = (queued.clone(), editor.clone(), watcher.clone());
    tasks.spawn("end-of-day job", Some(DaemonPart::EndOfDay), move || {
        end_days(
            days.clone(),
            watcher.clone(),
            last_editor.clone(),
            begun.clone(),
            nudge.clone(),
        )
    });
    tasks.spawn("editor", Some(DaemonPart::Editor), move || {
        prepare_words(words.clone(), editor.clone(), stored.clone())
    });
    let watched = context.clone();
    tasks.spawn("watch of the archive", None, move || {
        archive_watch::run(watched.clone())
    });
    let (mails, shown) = (context.clone(), context.clone());
    let begun_before = AtomicBool::new(false);
    tasks.spawn_in_hand("delivery", Some(DaemonPart::Delivery), move || {
        let again = begun_before.swap(true, Ordering::AcqRel);
        deliver(mails.clone(), copying.clone(), queued.clone(), again)
    });
    tasks.spawn("status", None, move || {
        status::run(shown.clone(), state.clone())
    });
    tokio::select! {
        () = service::report(&reported, refused, &context) => {}
        () = prove_archive(&context) => {}
    }
    tasks.end(&context.ending).await
}

/// Asks the archive now and then whether it answers, without end.
async fn prove_archive(context: &DaemonContext) {
    loop {
        let waits = context.liveness.waits_for(
            DaemonPart::Archive,
            "its disk, or for another process that holds its lock",
            ARCHIVE_STUCK,
        );
        // Closed only at the end of the process.
        let _ = context.archive.answers().await;
        drop(waits);
        context.liveness.proves(DaemonPart::Archive, ARCHIVE_STUCK);
        sleep(PROVE_ARCHIVE).await;
    }
}

/// The task of the watcher, after the archive has begun.
async fn watch_mailbox(
    context: DaemonContext,
    channel: WatcherChannel,
    begun: CancellationToken,
) -> Result<()> {
    let begins = context.liveness.waits_for(
        DaemonPart::Watcher,
        "what the archive begins with: the clock and the sent digests",
        Duration::MAX,
    );
    if !bootstrap::wait_to_begin(&context, &channel).await? {
        return Ok(());
    }
    drop(begins);
    begun.cancel();
    let (settings, clock) = (context.config.mailbox.clone(), context.clock);
    let lists = Lists::new(&context.config.lists);
    let (wanted, intake) = (lists.ids(), context.archive.intake(lists, clock.clone()));
    // On the heap: all of a session lies within it.
    let watching = mailbox::watch(settings, wanted, clock, intake, channel, context.stop);
    Box::pin(watching).await;
    Ok(())
}

/// The task of the end-of-day job. What was sent before must be known before anything is sealed: it waits for `begun`.
async fn end_days(
    context: DaemonContext,
    watcher: WatcherHandle,
    editor: Arc<dyn Editor>,
    begun: CancellationToken,
    queued: Arc<Notify>,
) -> Result<()> {
    let begun = context.stop.run_until_cancelled(begun.cancelled());
    match begun.await {
        Some(()) => end_of_day::run(&context, &watcher, &*editor, &queued).await,
        None => Ok(()),
    }
}

/// The task of the editor.
async fn prepare_words(
    context: DaemonContext,
    editor: Arc<dyn Editor>,
    stored: watch::Receiver<u64>,
) -> Result<()> {
    preparation::run(&context, &*editor, stored).await;
    Ok(())
}

/// The task of the delivery, `again` after a panic. What that interrupted counts as what a crash interrupted: it may have been
/// taken. What an earlier round has in hand is not: it is waited for.
async fn deliver(
    context: DaemonContext,
    watcher: WatcherHandle,
    queued: Arc<Notify>,
    again: bool,
) -> Result<()> {
    if again {
        while !context.ending.in_hand.is_empty() && context.pause(FIRST_PAUSE).await {}
        let now = context.clock.now();
        context.archive.recover_interrupted(now).await?;
    }
    delivery::run(context, watcher, queued).await
}

/// The tasks of a round, and the first error among them.
struct RoundTasks {
    tasks: TaskTracker,
    stop: CancellationToken,
    liveness: Liveness,
    /// Those that a reload may leave anywhere: what they do is done whole or not at all, by the archive's transactions.
    left: Mutex<Vec<AbortHandle>>,
    failure: Arc<Mutex<Option<anyhow::Error>>>,
}

impl RoundTasks {
    fn new(stop: CancellationToken, liveness: Liveness) -> Self {
        RoundTasks {
            tasks: TaskTracker::new(),
            stop,
            liveness,
            left: Mutex::default(),
            failure: Arc::default(),
        }
    }

    /// Starts a task, and begins it anew after each panic, which is logged; what is due is read from the archive, so it goes
    /// on where it was. See [`RoundTasks::spawn_once`] for its end.
    fn spawn<F: Future<Output = Result<()>> + Send + 'static>(
        &self,
        name: &'static str,
        part: Option<DaemonPart>,
        task: impl Fn() -> F + Send + 'static,
    ) {
        self.spawn_once(name, part, anew(name, self.stop.clone(), task));
    }

    /// Starts a task as [`RoundTasks::spawn`] does, which a reload leaves alone until what it has in hand is done.
    fn spawn_in_hand<F: Future<Output = Result<()>> + Send + 'static>(
        &self,
        name: &'static str,
        part: Option<DaemonPart>,
        task: impl Fn() -> F + Send + 'static,
    ) {
        self.begin(name, part, anew(name, self.stop.clone(), task));
    }

    /// Starts a task. When it ends the round ends: one task without the others would be silence without a reason. It ends
    /// well only when it was asked to.
    fn spawn_once(
        &self,
        name: &'static str,
        part: Option<DaemonPart>,
        task: impl Future<Output = Result<()>> + Send + 'static,
    ) {
        let begun = self.begin(name, part, task);
        if let Ok(mut left) = self.left.lock() {
            left.push(begun);
        }
    }

    fn begin(
        &self,
        name: &'static str,
        part: Option<DaemonPart>,
        task: impl Future<Output = Result<()>> + Send + 'static,
    ) -> AbortHandle {
        let (stop, failure) = (self.stop.clone(), self.failure.clone());
        let liveness = self.liveness.clone();
        let task = self.tasks.spawn(async move {
            let ended = panics::caught_while(Box::pin(task)).await;
            part.into_iter().for_each(|part| liveness.ends(part));
            let error = match ended {
                Ok(Ok(())) if stop.is_cancelled() => None,
                Ok(Ok(())) => Some(anyhow!("nobody asked it to")),
                Ok(Err(error)) => Some(error),
                Err(panic) => Some(panic.into()),
            };
            if let Some(error) = error {
                error!("the {name} ended: {error:#}");
                let error = error.context(format!("the {name} ended"));
                if let Ok(mut first) = failure.lock() {
                    first.get_or_insert(error);
                }
            }
            stop.cancel();
        });
        task.abort_handle()
    }

    /// Waits for the tasks of a round that is over. Before the next round that takes two seconds at most: the watcher is left,
    /// so that no two of them read the mailbox, and what is being handed in goes on. At a shutdown and after a failure all is
    /// waited for, as long as it may take.
    async fn end(self, ending: &Ending) -> Result<()> {
        self.tasks.close();
        let has_failed = self.failure.lock().is_ok_and(|first| first.is_some());
        if !has_failed && !ending.shutdown.is_cancelled() {
            tokio::select! {
                biased;
                () = ending.shutdown.cancelled() => {}
                () = self.tasks.wait() => return self.failed(),
                () = sleep(RELOAD) => {
                    self.leave();
                    let tasks = self.tasks.clone();
                    ending.in_hand.spawn(async move { tasks.wait().await });
                    info!("what is being handed in goes on by the configuration before");
                    return self.failed();
                }
            }
        }
        service_manager::stopping();
        info!("stopping");
        ending.in_hand.close();
        let all = async {
            self.tasks.wait().await;
            ending.in_hand.wait().await;
        };
        match ending.wait_for(all).await {
            Some(()) => info!("stopped"),
            None => error!(
                tasks = self.tasks.len() + ending.in_hand.len(),
                "stopped in the middle of work; the next start makes it good"
            ),
        }
        self.failed()
    }

    /// Ends, wherever they are, the tasks that may be left there.
    fn leave(&self) {
        if let Ok(left) = self.left.lock() {
            left.iter().for_each(AbortHandle::abort);
        }
    }

    fn failed(&self) -> Result<()> {
        let first = self.failure.lock().ok().and_then(|mut first| first.take());
        first.map_or(Ok(()), Err)
    }
}

/// Runs a task, and begins it anew after each panic.
async fn anew<F: Future<Output = Result<()>>>(
    name: &'static str,
    stop: CancellationToken,
    task: impl Fn() -> F,
) -> Result<()> {
    let mut pause = FIRST_PAUSE;
    loop {
        let begun = Instant::now();
        let panic = match panics::caught_while(Box::pin(task())).await {
            Ok(ended) => return ended,
            Err(panic) => panic,
        };
        if begun.elapsed() > LONGEST_PAUSE {
            pause = FIRST_PAUSE;
        }
        error!(%panic, wait = pause.as_secs(), "the {name} begins anew");
        if stop.run_until_cancelled(sleep(pause)).await.is_none() {
            return Ok(());
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicU32;

    use super::*;

    fn tasks() -> RoundTasks {
        RoundTasks::new(CancellationToken::new(), Liveness::default())
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_panics_begins_anew_and_the_round_goes_on() {
        let tasks = tasks();
        let (stop, times) = (tasks.stop.clone(), Arc::new(AtomicU32::new(0)));
        let begun = times.clone();
        let start = Instant::now();
        let ended = stop.clone();
        tasks.spawn("trial", None, move || {
            let (count, stop) = (begun.fetch_add(1, Ordering::SeqCst), ended.clone());
            async move {
                assert!(count >= 10, "a fault, for the {count}th time");
                stop.cancelled().await;
                Ok(())
            }
        });
        while times.load(Ordering::SeqCst) <= 10 {
            sleep(Duration::from_secs(1)).await;
        }
        // 1 + 2 + 4 … + 256, and one of 300.
        assert_eq!(start.elapsed().as_secs() / 10, 811 / 10);
        assert!(!stop.is_cancelled());
        stop.cancel();
        tasks.end(&Ending::default()).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_task_that_ends_unasked_or_cannot_begin_anew_is_an_error() {
        let unasked = tasks();
        unasked.spawn("trial", None, || async { Ok(()) });
        let panicked = tasks();
        panicked.spawn_once("trial", None, async { panic!("a fault") });
        for (tasks, words) in [(unasked, "nobody asked"), (panicked, "a fault")] {
            tasks.stop.cancelled().await;
            let error = tasks.end(&Ending::default()).await.unwrap_err();
            assert!(format!("{error:#}").contains(words), "{error:#}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_reload_leaves_the_watcher_and_lets_go_on_what_is_in_hand() {
        let (tasks, ending) = (tasks(), Ending::default());
        let in_hand = Arc::new(Notify::new());
        let answer = in_hand.clone();
        tasks.spawn_once("watcher", None, std::future::pending());
        tasks.spawn_in_hand("delivery", None, move || {
            let answer = answer.clone();
            async move {
                answer.notified().await;
                Ok(())
            }
        });
        tasks.stop.cancel();
        let begun = Instant::now();
        tasks.end(&ending).await.unwrap();
        assert_eq!(begun.elapsed(), RELOAD);
        assert_eq!(ending.in_hand.len(), 1);
        in_hand.notify_one();
        ending.in_hand.close();
        ending.in_hand.wait().await;
        assert_eq!(begun.elapsed(), RELOAD);
    }
}
