//! A panic is a fault of the program, and never its silence: it is logged with its backtrace, and becomes an error of
//! whoever ran what panicked.
//!
//! ```
//! use nikkan::panics;
//!
//! let numbers = [1, 2];
//! let failed = panics::caught(|| numbers.iter().sum::<i32>() / (numbers.len() as i32 - 2));
//! assert!(failed.unwrap_err().to_string().contains("divide by zero"));
//! ```

use std::any::Any;
use std::backtrace::Backtrace;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
use std::sync::Once;

use futures_util::FutureExt as _;
use tracing::error;

thread_local! {
    /// True while this thread does what may panic without a fault of ours.
    static EXPECTED: Cell<bool> = const { Cell::new(false) };
}

/// A panic that was caught.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("nikkan failed, by a fault of its own: {said}")]
pub struct Panic {
    /// Its message, in one line.
    pub said: String,
}

impl Panic {
    /// Returns the panic with this payload.
    pub fn of(payload: &(dyn Any + Send)) -> Self {
        Panic {
            said: message_of(payload),
        }
    }
}

/// Logs every panic from here on at `error`, with its place and its backtrace, instead of printing it.
pub fn log_from_here_on() {
    std::panic::set_hook(Box::new(|panic| {
        if !EXPECTED.get() {
            log(panic);
        }
    }));
}

fn log(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string);
    let thread = std::thread::current();
    error!(
        place = place.as_deref().unwrap_or("unknown"),
        thread = thread.name().unwrap_or("unnamed"),
        // Of every build, whatever RUST_BACKTRACE says: the panic that matters comes once a year.
        backtrace = %Backtrace::force_capture(),
        "panicked: {}",
        message_of(panic.payload())
    );
}

/// Runs `work`.
///
/// # Errors
/// It panicked. What it had in its hands is dropped.
pub fn caught<T>(work: impl FnOnce() -> T) -> Result<T, Panic> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Panic::of(&*payload))
}

/// Awaits `work`.
///
/// # Errors
/// It panicked. What it had in its hands is dropped.
pub async fn caught_while<T>(work: impl Future<Output = T>) -> Result<T, Panic> {
    let done = AssertUnwindSafe(work).catch_unwind().await;
    done.map_err(|payload| Panic::of(&*payload))
}

/// Runs what is known to panic on some inputs, by a library's fault; `None` when it did. Such a panic is not logged: the
/// caller has another way.
pub fn caught_quietly<T>(work: impl FnOnce() -> T) -> Option<T> {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            if !EXPECTED.get() {
                before(panic);
            }
        }));
    });
    EXPECTED.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    EXPECTED.set(false);
    done.ok()
}

/// Returns the words of a panic in one line of at most 200 characters.
fn message_of(payload: &dyn Any) -> String {
    let text = payload.downcast_ref::<&str>().copied();
    let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
    let text = text.unwrap_or("without words");
    let in_one_line = text.chars().map(|c| if c.is_control() { ' ' } else { c });
    in_one_line.take(200).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_becomes_an_error_with_its_words() {
        let failed = caught_while(async { panic!("no {}\nat all", "bytes") }).await;
        let words = "nikkan failed, by a fault of its own: no bytes at all";
        assert_eq!(failed.unwrap_err().to_string(), words);
        assert_eq!(caught(|| 7), Ok(7));
        assert_eq!(caught_quietly(|| panic!("known")), None::<u8>);
        assert!(!EXPECTED.get());
    }
}
