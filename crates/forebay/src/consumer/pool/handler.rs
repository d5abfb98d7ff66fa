//! What is done with an item, and what came of it.

use std::future::Future;
use std::time::Duration;

/// What came of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It is finished.
    Done,
    /// It failed, and is tried again after a time that grows with each attempt.
    Retry,
    /// It failed, and is tried again after this time.
    RetryAfter(Duration),
    /// It can't be finished, for this reason, and goes to `on_dead`.
    Dead(String),
}

/// What came of the items of a batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcomes {
    /// The same of all of them.
    All(Outcome),
    /// Of each its own, in their order. Items without one are tried again.
    Each(Vec<Outcome>),
}

/// What a pool does with an item.
///
/// An `async fn` that takes a `&mut T` is one. What needs something of its own is a type.
///
/// # Examples
/// ```
/// use forebay::{Handler, Outcome};
///
/// struct Greeter {
///     greeting: String,
/// }
///
/// impl Handler<String> for Greeter {
///     async fn handle(&self, name: &mut String) -> Outcome {
///         println!("{}, {name}", self.greeting);
///         Outcome::Done
///     }
/// }
/// ```
pub trait Handler<T>: Send + Sync + 'static {
    /// Deals with an item. The item stays with the pool: it is there for the next attempt,
    /// whatever becomes of this one.
    fn handle(&self, item: &mut T) -> impl Future<Output = Outcome> + Send;
}

/// What a pool does with a batch of items; see [`Handler`].
///
/// # Examples
/// ```
/// use forebay::{BatchHandler, Outcome, Outcomes};
///
/// struct Table;
///
/// impl BatchHandler<u32> for Table {
///     async fn handle(&self, rows: &mut [u32]) -> Outcomes {
///         println!("insert {rows:?}");
///         Outcomes::All(Outcome::Done)
///     }
/// }
/// ```
pub trait BatchHandler<T>: Send + Sync + 'static {
    /// Deals with some items, one at least.
    fn handle(&self, items: &mut [T]) -> impl Future<Output = Outcomes> + Send;
}

/// A function of something borrowed that returns a future which may borrow it, too.
pub trait Calling<'a, T: ?Sized + 'a, R>: Fn(&'a mut T) -> Self::Called {
    /// The future.
    type Called: Future<Output = R> + Send;
}

impl<'a, T: ?Sized + 'a, R, F, C> Calling<'a, T, R> for F
where
    F: Fn(&'a mut T) -> C,
    C: Future<Output = R> + Send,
{
    type Called = C;
}

impl<T, F> Handler<T> for F
where
    F: for<'a> Calling<'a, T, Outcome> + Send + Sync + 'static,
{
    fn handle(&self, item: &mut T) -> impl Future<Output = Outcome> + Send {
        self(item)
    }
}

impl<T, F> BatchHandler<T> for F
where
    F: for<'a> Calling<'a, [T], Outcomes> + Send + Sync + 'static,
{
    fn handle(&self, items: &mut [T]) -> impl Future<Output = Outcomes> + Send {
        self(items)
    }
}
