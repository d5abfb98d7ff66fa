//! The disk engine: what it acknowledges survives the process, and the machine.
//!
//! ```text
//! append ──▶ orders ──▶ writer ──▶ rows on disk ──▶ reader ──▶ window ──▶ delivery
//!                          └────── while nothing is behind ──────▲
//! ```
//!
//! A group is acknowledged when a sync has brought it to disk; one sync serves all who came while
//! the one before was under way. Events wait in rows of a SQLite file, and a window of them in
//! memory, whatever the length of the backlog. A row is removed when all its events are
//! finished, along with a later group.

mod books;
mod folder;
mod pages;
mod reader;
mod record;
mod salvage;
mod store;
mod writer;

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::Duration;

use forebay::Queue;

use crate::backlog::{Backlog, Durability, Taking};
use crate::clock::Alarm;
use crate::delivery::{GivenBack, Home, Next, Turn, next};
use crate::event::size_of;
use crate::marks::Marks;
use crate::receipt::Promise;
use crate::{Appended, Delivery, Event, Group, Limits, MarkLimits, Receipt, Snapshot};
use books::Books;
use folder::Folder;
use reader::Reader;
use store::Rows;
use writer::{Append, Order, Writer};

pub use folder::OpenError;
pub use salvage::Salvage;

/// A backlog in a folder of its own.
///
/// Cloning makes another handle of the same backlog. When the last one and the last delivery are
/// dropped, the folder is free again.
///
/// # Examples
/// ```
/// use forebay_backlog::{Backlog, DiskBacklog, Event, Limits};
///
/// # fn event() -> Event {
/// #     Event { id: uuid::Uuid::nil(), received_at_ms: 0, attributes: "{}".into(), body: "1".into(), key: None }
/// # }
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path().join("forebay-data");
/// # futures_lite::future::block_on(async {
/// let limits = Limits { events_max: 1000, bytes_max: 1 << 20 };
/// let backlog = DiskBacklog::open(&folder, limits)?;
/// backlog.append(vec![event()].into()).await?; // on disk now
/// drop(backlog);
///
/// let backlog = DiskBacklog::open(&folder, limits)?;
/// let delivery = backlog.take(100).await.expect("it is still there");
/// delivery.ack(0);
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct DiskBacklog {
    engine: Arc<Engine>,
}

/// What the handles, the deliveries and the two threads share.
pub(super) struct Shared {
    limits: Limits,
    books: Mutex<Books>,
    /// Told when the window has room, or the backlog ends.
    room: Condvar,
    /// Events in memory, with their rows, to be handed out.
    window: Queue<(i64, Event)>,
    /// Deliveries that were given back, the oldest first; they go out again before anything new.
    given_back: Queue<GivenBack>,
    /// Those that are to wait before they do.
    alarm: Alarm<GivenBack>,
    damaged_rows: AtomicU64,
    /// Of this process: a restart forgets them.
    marks: Mutex<Marks>,
}

/// The backlog; ends when nobody has a handle or a delivery of it.
struct Engine {
    shared: Arc<Shared>,
    orders: Queue<Order>,
    path: PathBuf,
    salvage: Option<Salvage>,
    threads: Vec<JoinHandle<()>>,
}

impl Shared {
    fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn marks(&self) -> MutexGuard<'_, Marks> {
        self.marks.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a row's events into the window. Under the books' lock, so that rows stay in order.
    fn show(&self, row: i64, events: Vec<Event>) {
        let mut events: Vec<_> = events.into_iter().map(|event| (row, event)).collect();
        let put = self.window.try_put_many(&mut events);
        debug_assert!(put.is_ok() || self.window.is_closed(), "an open window takes everything");
    }

    fn wake_reader(&self) {
        self.room.notify_one();
    }

    /// Waits until the next row is to be read and says behind which it comes; `None` at the end.
    fn wait_for_room(&self) -> Option<i64> {
        let mut books = self.books();
        loop {
            if books.is_over() {
                return None;
            }
            if let Some(after) = books.reads_after() {
                return Some(after);
            }
            books = self.room.wait(books).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn end_when_done(&self, books: &Books) {
        if books.is_done() {
            self.given_back.close();
        }
    }

    fn note_damage(&self) {
        // Ordering: relaxed; a figure.
        self.damaged_rows.fetch_add(1, Ordering::Relaxed);
    }
}

impl DiskBacklog {
    /// Opens the backlog in the folder `path`, or makes one there.
    ///
    /// Everything that was acknowledged and not finished before is delivered again, in order;
    /// some of it may have reached the sink. A damaged file is set aside, and what is intact in it
    /// salvaged first: see [`salvage`](Self::salvage).
    ///
    /// # Errors
    /// The path is something else, cannot be used, is in use, or was made by a newer version:
    /// see [`OpenError`]. Nothing was changed then.
    #[expect(clippy::missing_panics_doc, reason = "an unbounded queue can always be built")]
    pub fn open(path: impl AsRef<Path>, limits: Limits) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let folder = Arc::new(Folder::open(path)?);
        let (store, salvage) = salvage::open(&folder)?;
        let unusable = |what: &'static str, error: String| OpenError::Folder {
            path: path.to_owned(),
            what,
            error,
        };
        let found = store.found().map_err(|error| unusable("cannot be read", error.to_string()))?;
        let rows = Rows::open(&folder.events())?;
        let given_back: Queue<GivenBack> =
            Queue::builder().priority().build().expect("no capacity to refuse");
        let again = given_back.clone();
        let shared = Arc::new(Shared {
            limits,
            books: Mutex::new(Books::open(found.events, found.bytes, found.rows)),
            room: Condvar::new(),
            window: Queue::unbounded(),
            given_back,
            alarm: Alarm::new(move |back| {
                // It closes only when nothing is out.
                let _ = again.try_put(back);
            }),
            damaged_rows: AtomicU64::new(0),
            marks: Mutex::new(Marks::new(MarkLimits::default())),
        });
        let orders = Queue::unbounded();
        let next_row = found.rows.map_or(1, |(_, last)| last + 1);
        let writer = Writer::new(Arc::clone(&shared), orders.clone(), store, next_row);
        let reader = Reader::new(Arc::clone(&shared), Arc::clone(&folder), rows);
        let mut threads = Vec::new();
        for (name, run) in [
            ("backlog-writer", Box::new(move || writer.run()) as Box<dyn FnOnce() + Send>),
            ("backlog-reader", Box::new(move || reader.run())),
        ] {
            let thread = std::thread::Builder::new().name(name.to_owned()).spawn(run);
            threads.push(
                thread.map_err(|error| unusable("has no thread to serve it", error.to_string()))?,
            );
        }
        let path = folder.path().to_owned();
        Ok(DiskBacklog { engine: Arc::new(Engine { shared, orders, path, salvage, threads }) })
    }

    /// How many damaged rows were set aside since it was opened.
    #[must_use]
    pub fn damaged_rows(&self) -> u64 {
        // Ordering: relaxed; a figure.
        self.engine.shared.damaged_rows.load(Ordering::Relaxed)
    }

    /// What became of the file, if it was found damaged when it was opened.
    #[must_use]
    pub fn salvage(&self) -> Option<&Salvage> {
        self.engine.salvage.as_ref()
    }

    async fn take(&self, events_max: usize) -> Option<Delivery> {
        let shared = &self.engine.shared;
        let next = next(&shared.given_back, &shared.window, events_max).await?;
        let home = Arc::clone(&self.engine) as Arc<dyn Home>;
        let GivenBack { number, events } = match next {
            Next::Again(again) => again,
            Next::Fresh(events) => {
                let (number, turn) = shared.books().take(&events);
                shared.wake_reader();
                let events = events.into_iter().map(|(_, event)| event).collect();
                return Some(Delivery::new(home, number, events, turn));
            }
        };
        shared.books().take_again(number);
        Some(Delivery::new(home, number, events, Turn::Again))
    }
}

impl Backlog for DiskBacklog {
    fn append(&self, group: Group) -> Receipt {
        let now_ms = group.events.first().map_or(0, |event| event.received_at_ms);
        match self.engine.shared.marks().answer(group.mark.as_ref(), now_ms) {
            Ok(None) => {}
            Ok(Some(answer)) => return Receipt::known(Ok(Appended::Repeated(answer))),
            Err(error) => return Receipt::known(Err(error)),
        }
        let admitted = self.engine.shared.books().admit(&group.events, &self.engine.shared.limits);
        if let Err(refused) = admitted {
            return Receipt::known(Err(refused));
        }
        if group.events.is_empty() {
            return Receipt::known(Ok(Appended::WHOLE));
        }
        let size = size_of(&group.events);
        let mut promise = Promise::new();
        let receipt = promise.receipt();
        let put = self.engine.orders.try_put(Order::Append(Append { group, size, promise }));
        debug_assert!(put.is_ok(), "it is open while there is a handle");
        receipt
    }

    fn take(&self, events_max: usize) -> Taking<'_> {
        Box::pin(self.take(events_max))
    }

    fn waiting(&self) -> usize {
        usize::try_from(self.engine.shared.books().fresh()).unwrap_or(usize::MAX)
    }

    fn snapshot(&self) -> Snapshot {
        self.engine.shared.books().snapshot()
    }

    fn limits(&self) -> Limits {
        self.engine.shared.limits
    }

    fn durability(&self) -> Durability {
        Durability::Disk
    }

    fn fault(&self) -> Option<String> {
        self.engine.shared.books().fault().map(str::to_owned)
    }

    fn close(&self) {
        let shared = &self.engine.shared;
        let mut books = shared.books();
        books.close();
        shared.end_when_done(&books);
    }
}

impl Home for Engine {
    fn finish(&self, number: u64, dead: u64) {
        let mut books = self.shared.books();
        let is_row_finished = books.finish(number, dead);
        self.shared.end_when_done(&books);
        drop(books);
        if is_row_finished {
            // Refused only at the end, which removes the row too.
            let _ = self.orders.try_put(Order::Tidy);
        }
    }

    fn give_back(&self, number: u64, events: Vec<Event>, after: Duration) {
        self.shared.books().give_back(number);
        self.shared.alarm.set(GivenBack { number, events }, after);
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.books().end();
        self.shared.wake_reader();
        self.orders.close();
        for thread in self.threads.drain(..) {
            // Its panic was told where it happened.
            let _ = thread.join();
        }
    }
}

impl fmt::Debug for DiskBacklog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DiskBacklog")
            .field("path", &self.engine.path)
            .field("snapshot", &self.engine.shared.books().snapshot())
            .finish_non_exhaustive()
    }
}
