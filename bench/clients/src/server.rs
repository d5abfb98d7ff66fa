//! What every protocol can do.

use std::error::Error;

/// Why a run ends without figures.
pub(crate) type Failure = Box<dyn Error + Send + Sync>;

/// One connection to a server.
pub(crate) trait Connection: Sized + 'static {
    /// Makes the place where events go, and empties it.
    async fn prepare(address: &str) -> Result<(), Failure>;

    async fn connect(address: &str) -> Result<Self, Failure>;

    /// Sends all, the way its documents call fastest, and returns once all are acknowledged.
    async fn send(&mut self, events: Vec<Vec<u8>>) -> Result<(), Failure>;

    /// How many events the server says it holds.
    async fn held(&mut self) -> Result<u64, Failure>;
}
