//! What a pool needs of the runtime it works under, and all it knows of one.

use std::future::Future;
use std::pin::Pin;
use std::time::Duration;

/// Something to be run to its end.
pub type Task = Pin<Box<dyn Future<Output = ()> + Send>>;

/// A spawner and a clock.
///
/// # Examples
/// Under tokio:
/// ```
/// use std::time::Duration;
/// use forebay::{Runtime, Task};
///
/// struct Tokio(tokio::time::Instant);
///
/// impl Runtime for Tokio {
///     fn spawn(&self, task: Task) {
///         tokio::spawn(task);
///     }
///     fn after(&self, time: Duration) -> Task {
///         Box::pin(tokio::time::sleep(time))
///     }
///     fn now(&self) -> Duration {
///         self.0.elapsed()
///     }
/// }
/// ```
/// Under smol:
/// ```
/// use std::time::{Duration, Instant};
/// use forebay::{Runtime, Task};
///
/// struct Smol(Instant);
///
/// impl Runtime for Smol {
///     fn spawn(&self, task: Task) {
///         smol::spawn(task).detach();
///     }
///     fn after(&self, time: Duration) -> Task {
///         Box::pin(async move { _ = smol::Timer::after(time).await })
///     }
///     fn now(&self) -> Duration {
///         self.0.elapsed()
///     }
/// }
/// ```
pub trait Runtime: Send + Sync + 'static {
    /// Runs a task beside everything else. A worker is one.
    fn spawn(&self, task: Task);

    /// A task that ends when this much time has passed.
    fn after(&self, time: Duration) -> Task;

    /// The time since some fixed moment; it does not run backwards.
    fn now(&self) -> Duration;
}
