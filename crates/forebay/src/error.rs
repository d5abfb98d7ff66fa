//! Why a call did not do what it was asked: one closed set a side.

use std::fmt;

/// Why an item was not put; it comes back inside.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum PutError<T> {
    /// The queue is full, and its [`WhenFull`](crate::WhenFull) does not let this call wait (any longer).
    Full(T),
    /// The queue is closed, or nobody is left who could get the item.
    Closed(T),
    /// The item alone weighs more than the queue can ever hold.
    TooHeavy(T),
}

impl<T> PutError<T> {
    /// Gives the item back.
    pub fn into_item(self) -> T {
        match self {
            PutError::Full(item) | PutError::Closed(item) | PutError::TooHeavy(item) => item,
        }
    }

    /// Whether the queue was full.
    pub fn is_full(&self) -> bool {
        matches!(self, PutError::Full(_))
    }

    /// Whether the queue was closed.
    pub fn is_closed(&self) -> bool {
        matches!(self, PutError::Closed(_))
    }
}

// Written by hand so that an item without `Debug` can still be put with `?` and `unwrap`.
impl<T> fmt::Debug for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "Full(..)",
            PutError::Closed(_) => "Closed(..)",
            PutError::TooHeavy(_) => "TooHeavy(..)",
        })
    }
}

impl<T> fmt::Display for PutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            PutError::Full(_) => "the queue is full",
            PutError::Closed(_) => "the queue is closed",
            PutError::TooHeavy(_) => "the item weighs more than the queue can ever hold",
        })
    }
}

impl<T> std::error::Error for PutError<T> {}

/// Why no item was got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GetError {
    /// Nothing is waiting now (or nothing came in the time given); more may come.
    Empty,
    /// The queue is closed and drained; nothing will come.
    Closed,
}

impl fmt::Display for GetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            GetError::Empty => "the queue is empty",
            GetError::Closed => "the queue is closed and drained",
        })
    }
}

impl std::error::Error for GetError {}

/// Why a [`Builder`](crate::Builder) built no queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BuildError {
    /// A capacity of 0: no item could ever be put.
    CapacityZero,
    /// A capacity above [`CAPACITY_MAX`](crate::CAPACITY_MAX).
    CapacityAboveMax {
        /// What was asked for.
        capacity: usize,
    },
    /// A weight of 0: no item that weighs anything could ever be put.
    WeightZero,
    /// A policy that drops items, and no `on_drop` to receive them.
    DropsGoNowhere,
    /// A [`WhenFull`](crate::WhenFull) other than `Wait` on a queue that is never full.
    NeverFull,
}

impl fmt::Display for BuildError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BuildError::CapacityZero => f.write_str(
                "capacity 0 cannot hold an item; use 1 or more (a rendezvous is not offered)",
            ),
            BuildError::CapacityAboveMax { capacity } => write!(
                f,
                "capacity {capacity} is above the limit of {}; leave it out for an unbounded queue",
                crate::CAPACITY_MAX
            ),
            BuildError::WeightZero => f.write_str(
                "weight 0 cannot hold an item that weighs anything; use 1 or more, or leave it out",
            ),
            BuildError::DropsGoNowhere => f.write_str(
                "a queue that drops items needs on_drop to receive them; add .on_drop(|item| ..)",
            ),
            BuildError::NeverFull => f.write_str(
                "an unbounded queue is never full; add .capacity(n) or .weight(n, ..), or leave when_full out",
            ),
        }
    }
}

impl std::error::Error for BuildError {}
