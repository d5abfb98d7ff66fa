//! The names for any thread; those for one are in `local`.

use crate::sharing::{self, Threads};

/// A queue that any number of producers and consumers share, from any thread and under any
/// async runtime.
///
/// It is a [`Producer`] and a [`Consumer`] in one handle; cloning it makes another handle of
/// the same queue. [`split`](sharing::Queue::split) parts the two sides, so that each can see
/// when the other is gone. The crate's front page tells what is promised about order, fairness,
/// closing and cancellation. For handles that stay on one thread there is
/// [`local::Queue`](crate::local::Queue).
///
/// There is no `peek`: with several consumers the item one looks at may be gone before one
/// acts on it. To remove an item only once it has been dealt with, use a backlog, whose
/// deliveries are acknowledged.
///
/// # Examples
/// ```
/// # futures_lite::future::block_on(async {
/// let queue = forebay::Queue::unbounded();
/// queue.put("work").await?;
/// assert_eq!(queue.get().await, Some("work"));
/// # Ok::<(), forebay::PutError<&str>>(()) }).unwrap();
/// ```
pub type Queue<T> = sharing::Queue<T, Threads>;

/// Makes a [`Queue`] that is something other than unbounded, or first in first out.
///
/// # Examples
/// ```
/// use forebay::{Queue, WhenFull};
///
/// let queue = Queue::builder()
///     .capacity(2)
///     .when_full(WhenFull::DropOldest)
///     .on_drop(|item: u32| println!("{item} came too early"))
///     .build()?;
/// for item in 1..=3 {
///     queue.try_put(item)?;
/// }
/// assert_eq!(queue.try_get(), Ok(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub type Builder<T> = sharing::Builder<T, Threads>;

/// A handle that puts.
///
/// Cloning makes another producer of the same queue. When the last one is dropped the queue
/// closes: consumers drain what is left, then their gets end.
///
/// # Examples
/// ```
/// let (producer, consumer) = forebay::Queue::unbounded().split();
/// producer.try_put(1)?;
/// drop(producer);
/// assert_eq!(consumer.get_blocking(), Some(1));
/// assert_eq!(consumer.get_blocking(), None);
/// # Ok::<(), forebay::PutError<i32>>(())
/// ```
pub type Producer<T> = sharing::Producer<T, Threads>;

/// A handle that gets.
///
/// Cloning makes another consumer of the same queue; each item goes to one of them. When the
/// last one is dropped the queue closes, puts end with an error, and what was waiting is
/// dropped (through `on_drop`, where one was given).
///
/// # Examples
/// ```
/// let (producer, consumer) = forebay::Queue::unbounded().split();
/// drop(consumer);
/// assert!(producer.try_put(1).unwrap_err().is_closed());
/// ```
pub type Consumer<T> = sharing::Consumer<T, Threads>;

/// A handle that keeps neither side of a [`Queue`] open.
///
/// For whoever looks on, or may want to put something one day, without being the reason that
/// consumers wait for ever.
///
/// # Examples
/// ```
/// let queue = forebay::Queue::unbounded();
/// let weak = queue.downgrade();
/// weak.upgrade().expect("the queue is alive").try_put(1)?;
/// drop(queue);
/// assert!(weak.upgrade().is_none());
/// # Ok::<(), forebay::PutError<i32>>(())
/// ```
pub type WeakQueue<T> = sharing::WeakQueue<T, Threads>;

/// A put under way; see [`Producer::put`](sharing::Producer::put).
///
/// # Examples
/// ```
/// let queue = forebay::Queue::unbounded();
/// let put: forebay::Put<'_, u32> = queue.put(1);
/// futures_lite::future::block_on(put)?;
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Put<'a, T> = sharing::Put<'a, T, Threads>;

/// Many puts under way; see [`Producer::put_many`](sharing::Producer::put_many).
///
/// # Examples
/// ```
/// let (queue, mut items) = (forebay::Queue::unbounded(), vec![1, 2]);
/// let put: forebay::PutMany<'_, u32> = queue.put_many(&mut items);
/// futures_lite::future::block_on(put)?;
/// # Ok::<(), forebay::PutError<()>>(())
/// ```
pub type PutMany<'a, T> = sharing::PutMany<'a, T, Threads>;

/// Puts as a sink; see [`Producer::sink`](sharing::Producer::sink).
///
/// # Examples
/// ```
/// use futures_util::SinkExt;
///
/// let (producer, consumer) = forebay::Queue::unbounded().split();
/// let mut sink: forebay::Puts<u32> = producer.sink();
/// futures_lite::future::block_on(sink.send(1))?;
/// assert_eq!(consumer.try_get(), Ok(1));
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Puts<T> = sharing::Puts<T, Threads>;

/// A get under way; see [`Consumer::get`](sharing::Consumer::get).
///
/// # Examples
/// ```
/// let queue = forebay::Queue::unbounded();
/// queue.try_put(1)?;
/// let get: forebay::Get<'_, u32> = queue.get();
/// assert_eq!(futures_lite::future::block_on(get), Some(1));
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Get<'a, T> = sharing::Get<'a, T, Threads>;

/// Many gets under way; see [`Consumer::get_many`](sharing::Consumer::get_many).
///
/// # Examples
/// ```
/// let (queue, mut batch) = (forebay::Queue::unbounded(), Vec::new());
/// queue.try_put(1)?;
/// let get: forebay::GetMany<'_, u32> = queue.get_many(&mut batch, 8);
/// assert_eq!(futures_lite::future::block_on(get), 1);
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type GetMany<'a, T> = sharing::GetMany<'a, T, Threads>;

/// The items of a queue as a stream; see [`Consumer::stream`](sharing::Consumer::stream).
///
/// # Examples
/// ```
/// use futures_lite::StreamExt;
///
/// let queue = forebay::Queue::unbounded();
/// queue.try_put(1)?;
/// let mut items: forebay::Items<u32> = queue.stream();
/// assert_eq!(futures_lite::future::block_on(items.next()), Some(1));
/// # Ok::<(), forebay::PutError<u32>>(())
/// ```
pub type Items<T> = sharing::Items<T, Threads>;

/// A join under way; see [`Queue::join`](sharing::Queue::join).
///
/// # Examples
/// ```
/// let queue = forebay::Queue::<u32>::unbounded();
/// let join: forebay::Join<'_, u32> = queue.join();
/// futures_lite::future::block_on(join); // nothing was put
/// ```
pub type Join<'a, T> = sharing::Join<'a, T, Threads>;
