//! The same queue for one thread: no atomics, no lock, and items need not be `Send`.
//!
//! Everything promised at the front page holds here too, and every call is there but those that
//! block a thread (`put_blocking`, `get_blocking`, `join_blocking` and the ones with a time
//! limit): with everybody else on the same thread they could only wait for ever. The handles
//! and futures cannot leave the thread, so they go where such tasks do: tokio's `LocalSet`, a
//! `LocalExecutor`, anything under `block_on`.
//!
//! ```
//! use std::rc::Rc;
//!
//! # futures_lite::future::block_on(async {
//! let (producer, consumer) = forebay::local::Queue::unbounded().split();
//! producer.put(Rc::new("stays here")).await?;
//! drop(producer);
//! assert_eq!(consumer.get().await.as_deref(), Some(&"stays here"));
//! assert_eq!(consumer.get().await, None);
//! # Ok::<(), forebay::PutError<Rc<&str>>>(()) }).unwrap();
//! ```
//!
//! No handle goes to another thread, whatever the items are:
//!
//! ```compile_fail,E0277
//! let queue = forebay::local::Queue::<u32>::unbounded();
//! std::thread::spawn(move || queue.try_put(1));
//! ```
//!
//! Nor does a future, or what it waits for:
//!
//! ```compile_fail,E0277
//! fn crosses<T: Send>(_: T) {}
//! let queue = forebay::local::Queue::<u32>::unbounded();
//! crosses(queue.get());
//! ```
//!
//! And nothing blocks:
//!
//! ```compile_fail,E0599
//! forebay::local::Queue::<u32>::unbounded().get_blocking();
//! ```

use crate::sharing::{self, OneThread};

/// A queue that any number of producers and consumers on one thread share.
///
/// It is a [`Producer`] and a [`Consumer`] in one handle, as [`forebay::Queue`](crate::Queue) is.
///
/// # Examples
/// ```
/// # futures_lite::future::block_on(async {
/// let queue = forebay::local::Queue::bounded(8);
/// queue.put("work").await?;
/// assert_eq!(queue.get().await, Some("work"));
/// # Ok::<(), forebay::PutError<&str>>(()) }).unwrap();
/// ```
pub type Queue<T> = sharing::Queue<T, OneThread>;

/// Makes a [`Queue`] that is something other than unbounded, or first in first out.
///
/// # Examples
/// ```
/// use std::{cell::Cell, rc::Rc};
/// use forebay::{WhenFull, local::Queue};
///
/// let dropped = Rc::new(Cell::new(0));
/// let seen = Rc::clone(&dropped);
/// let builder = Queue::builder().capacity(1).when_full(WhenFull::DropOldest);
/// let queue = builder.on_drop(move |item| seen.set(item)).build()?;
/// queue.try_put(1)?;
/// queue.try_put(2)?;
/// assert_eq!((dropped.get(), queue.try_get()), (1, Ok(2)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Builder<T> = sharing::Builder<T, OneThread>;

/// A handle that puts; see [`forebay::Producer`](crate::Producer).
///
/// # Examples
/// ```
/// let (producer, consumer) = forebay::local::Queue::unbounded().split();
/// producer.try_put(1)?;
/// drop(producer);
/// assert_eq!(consumer.try_get(), Ok(1));
/// assert_eq!(consumer.try_get(), Err(forebay::GetError::Closed));
/// # Ok::<(), forebay::PutError<i32>>(())
/// ```
pub type Producer<T> = sharing::Producer<T, OneThread>;

/// A handle that gets; see [`forebay::Consumer`](crate::Consumer).
///
/// # Examples
/// ```
/// let (producer, consumer) = forebay::local::Queue::unbounded().split();
/// drop(consumer);
/// assert!(producer.try_put(1).unwrap_err().is_closed());
/// ```
pub type Consumer<T> = sharing::Consumer<T, OneThread>;

/// A handle that keeps neither side of a [`Queue`] open.
///
/// # Examples
/// ```
/// let queue = forebay::local::Queue::<u32>::unbounded();
/// let weak = queue.downgrade();
/// drop(queue);
/// assert!(weak.upgrade().is_none());
/// ```
pub type WeakQueue<T> = sharing::WeakQueue<T, OneThread>;

/// A put under way; see [`Producer::put`](sharing::Producer::put).
///
/// # Examples
/// ```
/// let queue = forebay::local::Queue::unbounded();
/// let put: forebay::local::Put<'_, u32> = queue.put(1);
/// futures_lite::future::block_on(put)?;
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Put<'a, T> = sharing::Put<'a, T, OneThread>;

/// Many puts under way; see [`Producer::put_many`](sharing::Producer::put_many).
///
/// # Examples
/// ```
/// let (queue, mut items) = (forebay::local::Queue::unbounded(), vec![1, 2]);
/// let put: forebay::local::PutMany<'_, u32> = queue.put_many(&mut items);
/// futures_lite::future::block_on(put)?;
/// # Ok::<(), forebay::PutError<()>>(())
/// ```
pub type PutMany<'a, T> = sharing::PutMany<'a, T, OneThread>;

/// Puts as a sink; see [`Producer::sink`](sharing::Producer::sink).
///
/// # Examples
/// ```
/// use futures_util::SinkExt;
///
/// let (producer, consumer) = forebay::local::Queue::unbounded().split();
/// let mut sink: forebay::local::Puts<u32> = producer.sink();
/// futures_lite::future::block_on(sink.send(1))?;
/// assert_eq!(consumer.try_get(), Ok(1));
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Puts<T> = sharing::Puts<T, OneThread>;

/// A get under way; see [`Consumer::get`](sharing::Consumer::get).
///
/// # Examples
/// ```
/// let queue = forebay::local::Queue::unbounded();
/// queue.try_put(1)?;
/// let get: forebay::local::Get<'_, u32> = queue.get();
/// assert_eq!(futures_lite::future::block_on(get), Some(1));
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Get<'a, T> = sharing::Get<'a, T, OneThread>;

/// Many gets under way; see [`Consumer::get_many`](sharing::Consumer::get_many).
///
/// # Examples
/// ```
/// let (queue, mut batch) = (forebay::local::Queue::unbounded(), Vec::new());
/// queue.try_put(1)?;
/// let get: forebay::local::GetMany<'_, u32> = queue.get_many(&mut batch, 8);
/// assert_eq!(futures_lite::future::block_on(get), 1);
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type GetMany<'a, T> = sharing::GetMany<'a, T, OneThread>;

/// The items of a queue as a stream; see [`Consumer::stream`](sharing::Consumer::stream).
///
/// # Examples
/// ```
/// use futures_lite::StreamExt;
///
/// let queue = forebay::local::Queue::unbounded();
/// queue.try_put(1)?;
/// let mut items: forebay::local::Items<u32> = queue.stream();
/// assert_eq!(futures_lite::future::block_on(items.next()), Some(1));
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Items<T> = sharing::Items<T, OneThread>;

/// A join under way; see [`Queue::join`](sharing::Queue::join).
///
/// # Examples
/// ```
/// let queue = forebay::local::Queue::<u32>::unbounded();
/// let join: forebay::local::Join<'_, u32> = queue.join();
/// futures_lite::future::block_on(join); // nothing was put
/// ```
pub type Join<'a, T> = sharing::Join<'a, T, OneThread>;
