//! The way to a server in this very process, for tests in which time is paused: through the kernel, time could jump while
//! bytes are under way.

use std::fmt;
use std::io;
use std::sync::Arc;

use tokio::io::DuplexStream;

/// Makes a connection to a server in this process.
type Dial = dyn Fn() -> io::Result<DuplexStream> + Send + Sync;

/// Reaches a server without the network: each call gives one end of a new connection, or refuses it.
#[doc(hidden)]
#[derive(Clone)]
pub struct InProcess(Arc<Dial>);

impl InProcess {
    /// Makes a way of what connects.
    pub fn new(dial: impl Fn() -> io::Result<DuplexStream> + Send + Sync + 'static) -> Self {
        InProcess(Arc::new(dial))
    }

    /// Connects.
    pub(super) fn dial(&self) -> io::Result<DuplexStream> {
        (self.0)()
    }
}

impl fmt::Debug for InProcess {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InProcess")
    }
}
