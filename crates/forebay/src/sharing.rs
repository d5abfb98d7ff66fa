//! The handles and futures of a queue, generic over how they are shared: the types behind the
//! names of the crate's front page and of [`local`](crate::local).
//!
//! One engine has both forms. What differs is listed in one trait that nobody else can
//! implement: the counted pointer, the lock, the number that `len` reads, and whether callbacks
//! and items have to be `Send`.

mod one_thread;
mod threads;

use std::ops::{Deref, DerefMut};

pub use crate::consumer::Consumer;
pub use crate::consumer::get::Get;
pub use crate::consumer::get_many::GetMany;
pub use crate::consumer::items::Items;
pub use crate::consumer::join::Join;
pub use crate::producer::Producer;
pub use crate::producer::put::Put;
pub use crate::producer::put_many::PutMany;
pub use crate::producer::sink::Puts;
pub use crate::queue::Queue;
pub use crate::queue::builder::Builder;
pub use crate::queue::weak::WeakQueue;

/// Who may share the handles of a queue: [`Threads`] or [`OneThread`].
#[expect(private_bounds, reason = "nobody else can say how a queue is shared")]
pub trait Sharing: Parts {}

/// Any thread may have a handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Threads;

impl Sharing for Threads {}

/// All handles stay on the thread that made the queue.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct OneThread;

impl Sharing for OneThread {}

/// What a shared queue is made of.
pub(crate) trait Parts: Sized + 'static {
    /// A counted pointer, and its form that does not keep alive.
    type Pointer<T>: Clone + Deref<Target = T>;
    type Weak<T>: Clone;
    /// Lets one call at a time at what it guards.
    type Lock<T>;
    type Guard<'a, T: 'a>: DerefMut<Target = T>;
    /// A number that may be read while somebody has the lock.
    type Number;
    /// Receives what a policy drops; called without the lock.
    type OnDrop<T>: Fn(T) + ?Sized;
    /// Says what an item weighs; called with the lock.
    type Weigh<T>: Fn(&T) -> usize + ?Sized;

    /// Shares what `make` makes, where it stays.
    fn share<T>(make: impl FnOnce() -> T) -> Self::Pointer<T>;
    fn downgrade<T>(pointer: &Self::Pointer<T>) -> Self::Weak<T>;
    fn upgrade<T>(weak: &Self::Weak<T>) -> Option<Self::Pointer<T>>;

    /// Whether there is no other counted pointer. Where there is none, everything is seen that was
    /// done through those that were.
    fn is_only<T>(pointer: &Self::Pointer<T>) -> bool;

    fn new_lock<T>(value: T) -> Self::Lock<T>;

    /// The value, for who has the lock to itself.
    fn get_mut<T>(lock: &mut Self::Lock<T>) -> &mut T;

    /// Takes the lock if that costs next to nothing.
    fn lock_as_owner<T>(lock: &Self::Lock<T>) -> Option<Self::Guard<'_, T>>;

    /// Takes the lock.
    ///
    /// # Panics
    /// When the caller has it already: an `Ord` or a waker of the user's used the queue it was
    /// called by.
    fn lock<T>(lock: &Self::Lock<T>) -> Self::Guard<'_, T>;

    fn new_number(value: usize) -> Self::Number;
    fn number(number: &Self::Number) -> usize;
    /// Called only by who has the lock.
    fn set_number(number: &Self::Number, value: usize);
}
