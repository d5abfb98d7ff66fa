//! The queue under test, as the suite sees it.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::Poll;

use forebay::sharing::{OneThread, Queue, Sharing, Threads};
use forebay::{GetError, PutError, Stats, WhenFull};

/// In which order items come out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Discipline {
    /// The oldest first.
    Fifo,
    /// The newest first.
    Lifo,
    /// The greatest first, equal ones in the order they were put.
    Priority,
}

/// What kind of queue is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Kind {
    /// In which order items come out.
    pub discipline: Discipline,
    /// How many fit; `None` when unbounded.
    pub capacity: Option<usize>,
    /// What happens when it is full.
    pub when_full: WhenFull,
}

/// An item: compared by its rank alone, so that two of equal rank can be told apart.
#[derive(Debug, Clone, Copy)]
pub struct Item {
    /// What a priority queue sorts by.
    pub rank: u8,
    /// Which item it is.
    pub id: u32,
}

impl PartialEq for Item {
    fn eq(&self, other: &Self) -> bool {
        self.rank == other.rank
    }
}

impl Eq for Item {}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Item {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.rank.cmp(&other.rank)
    }
}

/// How a put that may wait came out.
#[derive(Debug)]
pub enum PutEnd {
    /// It was put (or dropped by policy).
    Put,
    /// It was refused, and came back.
    Refused(PutError<Item>),
    /// It was taken back while it waited.
    TakenBack(Option<Item>),
}

/// A future of the subject's, boxed.
pub type Later<T> = Pin<Box<dyn Future<Output = T>>>;

/// A queue that the suite can drive: one `impl` brings a new queue under every test.
#[expect(missing_docs, reason = "each method is the queue's method of the same name")]
pub trait Subject: Clone + 'static {
    /// Makes one; what its policy drops is added to `dropped`.
    fn make(kind: Kind, dropped: Dropped) -> Self;
    /// A put; once the cell is set, the next poll takes the item back instead.
    fn put(&self, item: Item, take_back: Rc<Cell<bool>>) -> Later<PutEnd>;
    /// What was not put is on the shelf, when it ends and when it is dropped.
    fn put_many(&self, shelf: Rc<RefCell<Vec<Item>>>) -> Later<Result<(), PutError<()>>>;
    fn get(&self) -> Later<Option<Item>>;
    fn get_many(&self, max: usize) -> Later<Vec<Item>>;
    fn join(&self) -> Later<()>;
    fn try_put(&self, item: Item) -> Result<(), PutError<Item>>;
    fn try_put_many(&self, items: &mut Vec<Item>) -> Result<usize, PutError<()>>;
    fn try_get(&self) -> Result<Item, GetError>;
    fn try_get_many(&self, into: &mut Vec<Item>, max: usize) -> Result<usize, GetError>;
    fn task_done(&self);
    fn close(&self);
    fn close_now(&self) -> Vec<Item>;
    fn stats(&self) -> Stats;
}

/// Where dropped items end up, shared with the test.
#[derive(Debug, Clone, Default)]
pub struct Dropped(std::sync::Arc<std::sync::Mutex<Vec<u32>>>);

impl Dropped {
    /// Notes a dropped item.
    pub fn add(&self, item: Item) {
        self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner).push(item.id);
    }

    /// What was dropped since the last call, by id, in order.
    pub fn take(&self) -> Vec<u32> {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}

/// Makes a queue of forebay's. Apart for each way to share one: builders ask for `Send` or not.
pub trait Make: Sharing {
    /// Makes one; what its policy drops is added to `dropped`.
    fn make(kind: Kind, dropped: Dropped) -> Queue<Item, Self>
    where
        Self: Sized;
}

macro_rules! make {
    ($($sharing:ident)*) => {$(
        impl Make for $sharing {
            fn make(kind: Kind, dropped: Dropped) -> Queue<Item, Self> {
                let builder = Queue::<Item, Self>::builder();
                let builder = match kind.discipline {
                    Discipline::Fifo => builder,
                    Discipline::Lifo => builder.lifo(),
                    Discipline::Priority => builder.priority(),
                };
                let builder = match kind.capacity {
                    Some(capacity) => builder.capacity(capacity).when_full(kind.when_full),
                    None => builder,
                };
                builder
                    .on_drop(move |item| dropped.add(item))
                    .build()
                    .expect("the suite asks for queues that exist")
            }
        }
    )*};
}

make! { Threads OneThread }

// Behind an `Rc`: a future that held a handle of its own would, when dropped, drop that too,
// and the wake-up it owes could come from there.
impl<S: Make> Subject for Rc<Queue<Item, S>> {
    fn make(kind: Kind, dropped: Dropped) -> Self {
        Rc::new(S::make(kind, dropped))
    }

    fn put(&self, item: Item, take_back: Rc<Cell<bool>>) -> Later<PutEnd> {
        let queue = Rc::clone(self);
        Box::pin(async move {
            let mut put = pin!(Queue::put(&queue, item));
            std::future::poll_fn(|cx| match take_back.get() {
                true => Poll::Ready(PutEnd::TakenBack(put.as_mut().take_back())),
                false => put.as_mut().poll(cx).map(|end| match end {
                    Ok(()) => PutEnd::Put,
                    Err(why) => PutEnd::Refused(why),
                }),
            })
            .await
        })
    }

    #[expect(clippy::await_holding_refcell_ref, reason = "nobody looks until the future is gone")]
    fn put_many(&self, shelf: Rc<RefCell<Vec<Item>>>) -> Later<Result<(), PutError<()>>> {
        let queue = Rc::clone(self);
        Box::pin(async move {
            let mut items = shelf.borrow_mut();
            Queue::put_many(&queue, &mut items).await
        })
    }

    fn get(&self) -> Later<Option<Item>> {
        let queue = Rc::clone(self);
        Box::pin(async move { Queue::get(&queue).await })
    }

    fn get_many(&self, max: usize) -> Later<Vec<Item>> {
        let queue = Rc::clone(self);
        Box::pin(async move {
            let mut items = Vec::new();
            let count = Queue::get_many(&queue, &mut items, max).await;
            assert_eq!(count, items.len(), "get_many says how many it added");
            items
        })
    }

    fn join(&self) -> Later<()> {
        let queue = Rc::clone(self);
        Box::pin(async move { Queue::join(&queue).await })
    }

    fn try_put(&self, item: Item) -> Result<(), PutError<Item>> {
        Queue::try_put(self, item)
    }

    fn try_put_many(&self, items: &mut Vec<Item>) -> Result<usize, PutError<()>> {
        Queue::try_put_many(self, items)
    }

    fn try_get(&self) -> Result<Item, GetError> {
        Queue::try_get(self)
    }

    fn try_get_many(&self, into: &mut Vec<Item>, max: usize) -> Result<usize, GetError> {
        Queue::try_get_many(self, into, max)
    }

    fn task_done(&self) {
        Queue::task_done(self);
    }

    fn close(&self) {
        Queue::close(self);
    }

    fn close_now(&self) -> Vec<Item> {
        Queue::close_now(self)
    }

    fn stats(&self) -> Stats {
        Queue::stats(self)
    }
}
