//! The memory engine: a [`Queue`] of events, and a ledger of where they are.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forebay::Queue;

use crate::backlog::{Backlog, Durability, Taking};
use crate::delivery::{GivenBack, Home, Next, Returns, Turn, next};
use crate::ledger::Ledger;
use crate::marks::{Marks, NewMarks, Sifted, leave_out};
use crate::{AppendError, Appended, Delivery, Event, Group, Limits, MarkLimits, Receipt, Snapshot};

/// A backlog in memory: as fast as can be, and lost with the process.
///
/// Cloning makes another handle of the same backlog.
///
/// # Examples
/// ```
/// use forebay_backlog::{Event, Limits, MemoryBacklog};
///
/// # fn event() -> Event {
/// #     Event { id: uuid::Uuid::nil(), received_at_ms: 0, attributes: "{}".into(), body: "1".into(), key: None }
/// # }
/// # futures_lite::future::block_on(async {
/// let backlog = MemoryBacklog::new(Limits { events_max: 1000, bytes_max: 1 << 20 });
/// backlog.append(vec![event(), event()])?;
/// let delivery = backlog.take(100).await.expect("two events wait");
/// assert_eq!(delivery.events().len(), 2);
/// delivery.ack(0);
/// assert_eq!(backlog.snapshot().delivered, 2);
/// # Ok::<(), forebay_backlog::AppendError>(()) }).unwrap();
/// ```
#[derive(Clone, Debug)]
pub struct MemoryBacklog {
    inner: Arc<Inner>,
}

#[derive(Debug)]
pub(crate) struct Inner {
    queue: Queue<Event>,
    /// They go out again before anything new. Closed once the backlog is closed and everything is
    /// finished.
    given_back: Returns,
    books: Mutex<Books>,
}

#[derive(Debug)]
struct Books {
    limits: Limits,
    ledger: Ledger,
    marks: Marks,
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.snapshot().fmt(f)
    }
}

impl MemoryBacklog {
    /// Makes an empty backlog.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::with_marks(limits, MarkLimits::default())
    }

    /// Makes an empty backlog that remembers keys within these limits.
    #[must_use]
    pub fn with_marks(limits: Limits, marks: MarkLimits) -> Self {
        let books = Books { limits, ledger: Ledger::default(), marks: Marks::new(marks) };
        let inner = Inner {
            queue: Queue::unbounded(),
            given_back: Returns::new(),
            books: Mutex::new(books),
        };
        MemoryBacklog { inner: Arc::new(inner) }
    }

    /// Takes events in, all or nothing. Never waits.
    ///
    /// # Errors
    /// Those of [`append_group`](Self::append_group).
    pub fn append(&self, events: Vec<Event>) -> Result<Appended, AppendError> {
        self.append_group(events.into())
    }

    /// Takes a group in, all or nothing. Never waits.
    ///
    /// # Errors
    /// [`AppendError::Full`] when it would exceed a limit, [`AppendError::NeverFits`] when it does
    /// so by itself, [`AppendError::KeyReused`], [`AppendError::Closed`] after
    /// [`close`](Self::close). Nothing of the group was taken then.
    pub fn append_group(&self, mut group: Group) -> Result<Appended, AppendError> {
        let mut books = self.inner.books();
        books.ledger.check_open()?;
        let mut new = NewMarks::default();
        let repeats = match books.marks.sift(&group, &mut new)? {
            Sifted::Repeated(answer) => return Ok(Appended::Repeated(answer)),
            Sifted::Fresh { repeats } => {
                leave_out(&mut group.events, &repeats);
                repeats
            }
        };
        let limits = books.limits;
        books.ledger.accept(&group.events, &limits)?;
        books.marks.remember(new.into_inner());
        // Still under the ledger's lock: the queue closes under it too, so what the ledger
        // has accepted the queue cannot refuse.
        let put = self.inner.queue.try_put_many(&mut group.events);
        debug_assert!(put.is_ok(), "an open, unbounded queue takes everything");
        drop(books);
        Ok(Appended::Taken { repeats })
    }

    /// Takes the oldest events out, up to `events_max`, waiting without spinning until there
    /// is one. `None` means closed and everything finished.
    ///
    /// A delivery that was given back comes again whole, even if it is longer.
    ///
    /// # Cancel safety
    /// Dropping the future takes nothing out.
    pub async fn take(&self, events_max: usize) -> Option<Delivery> {
        let inner = &self.inner;
        let next = next(&inner.given_back, &inner.queue, events_max).await?;
        let home = Arc::clone(inner) as Arc<dyn Home>;
        let GivenBack { number, events } = match next {
            Next::Again(again) => again,
            Next::Fresh(events) => {
                let number = inner.books().ledger.take(&events);
                return Some(Delivery::new(home, number, events, Turn::First));
            }
        };
        inner.books().ledger.take_again(number);
        Some(Delivery::new(home, number, events, Turn::Again))
    }

    /// How many events wait for a consumer: what gears look at.
    pub fn waiting(&self) -> usize {
        self.inner.queue.len()
    }

    /// One consistent look at where every event is.
    pub fn snapshot(&self) -> Snapshot {
        self.inner.books().ledger.snapshot()
    }

    /// The limits in force.
    pub fn limits(&self) -> Limits {
        self.inner.books().limits
    }

    /// Takes nothing more in. What is there can still be taken and finished.
    pub fn close(&self) {
        let mut books = self.inner.books();
        books.ledger.close();
        self.inner.queue.close();
        self.inner.end_when_done(&books);
    }
}

impl Backlog for MemoryBacklog {
    fn append(&self, group: Group) -> Receipt {
        Receipt::known(self.append_group(group))
    }

    fn take(&self, events_max: usize) -> Taking<'_> {
        Box::pin(self.take(events_max))
    }

    fn waiting(&self) -> usize {
        self.waiting()
    }

    fn snapshot(&self) -> Snapshot {
        self.snapshot()
    }

    fn limits(&self) -> Limits {
        self.limits()
    }

    fn set_limits(&self, limits: Limits) {
        self.inner.books().limits = limits;
    }

    fn durability(&self) -> Durability {
        Durability::Memory
    }

    fn close(&self) {
        self.close();
    }
}

impl Inner {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn end_when_done(&self, books: &Books) {
        if books.ledger.is_done() {
            self.given_back.close();
        }
    }
}

impl Home for Inner {
    fn finish(&self, number: u64, dead: u64) {
        let mut books = self.books();
        books.ledger.finish(number, dead);
        self.end_when_done(&books);
    }

    fn give_back(&self, number: u64, events: Vec<Event>, after: Duration) {
        self.books().ledger.give_back(number);
        self.given_back.put(GivenBack { number, events }, after);
    }
}
