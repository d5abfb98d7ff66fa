//! The disk engine: what it acknowledges survives the process, and the machine.
//!
//! ```text
//! append ──▶ gathering ──▶ writer ──▶ the log on disk ──▶ reader ──▶ window ──▶ delivery
//!                            └─▶ herald ─ while nothing is behind ─────▲
//! ```
//!
//! A group is acknowledged when a sync has brought it to disk; one sync serves all who came while
//! the one before was under way. Events wait in a log ([docs/format.md]), and a window of them in
//! memory, whatever the length of the backlog. What is finished is said along with a later group,
//! and segments of which nothing is left are removed.
//!
//! Who does the work ([`Writer`], [`Herald`], [`Reader`], [`Keeper`]) does it step by step, so that a test can say when.
//!
//! [docs/format.md]: https://github.com/forebay/forebay/blob/main/docs/format.md

mod aside;
mod books;
mod care;
mod crowd;
mod error;
#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub mod fuzz;
mod gathering;
mod herald;
mod holdings;
mod identity;
mod keeper;
mod lock;
mod log;
mod mover;
mod newest;
mod options;
#[cfg(feature = "jetstream")]
pub(crate) mod parcel;
mod payload;
mod ranges;
mod reader;
mod record;
mod recover;
mod reserve;
mod room;
mod scan;
mod segment;
mod shared;
mod text;
mod volume;
mod writer;

use std::cell::RefCell;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use std::{fmt, io};

use crate::backlog::{Backlog, Durability, Syncs, Taking};
use crate::delivery::{GivenBack, Home, Next, Turn, next};
use crate::{Delivery, Event, Group, Limits, Receipt, Snapshot, clock};
use books::{Books, Role};
use gathering::BUFFER_BYTES_MAX;
use identity::Identity;
use lock::{Before, Lock};
use log::Log;
use recover::recover;
use segment::{Id, log_name};
use shared::Shared;
use volume::Directory;

pub use care::{
    Damage, Export, Inspection, Progress, Repair, SegmentInspection, Verification, export, inspect,
    is_in_use, repair, verify,
};
pub use error::OpenError;
pub use herald::Herald;
pub use keeper::Keeper;
pub use options::DiskOptions;
pub use reader::Reader;
pub use volume::{Storage, Volume};
pub use writer::Writer;

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

/// The backlog; ends when nobody has a handle or a delivery of it.
struct Engine {
    shared: Arc<Shared>,
    volume: Arc<dyn Volume>,
    path: PathBuf,
    recovery: Recovery,
    threads: Vec<JoinHandle<()>>,
    /// Let go of when all is done.
    lock: Option<Lock>,
}

/// Those who do a backlog's work. Nothing is written or read but in their steps.
#[derive(Debug)]
pub struct Crew {
    /// Brings groups to disk.
    pub writer: Writer,
    /// Says so, when the writer has something better to do.
    pub herald: Herald,
    /// Fills the window.
    pub reader: Reader,
    /// Makes and removes segments.
    pub keeper: Keeper,
}

/// How a backlog was found when it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Recovery {
    /// Unfinished events.
    pub events: u64,
    /// Places that were damaged, and are copied to `quarantine/`.
    pub damaged: u64,
    /// Events that are lost there.
    pub lost: u64,
    /// Segments of the log that should be there and are not, as far as is known: what was in them is lost.
    pub missing_segments: u64,
    /// Bytes at the end that were being written and were never acknowledged.
    pub torn_bytes: u64,
}

impl DiskBacklog {
    /// Opens the backlog in the folder `path`, or makes one there.
    ///
    /// Everything that was acknowledged and not finished before is delivered again, in order;
    /// some of it may have reached the sink. What is damaged is set aside, and what is intact
    /// delivered: see [`recovery`](Self::recovery).
    ///
    /// # Errors
    /// The path is something else, cannot be used, is in use, or was made by a newer version:
    /// see [`OpenError`]. Nothing was changed then.
    pub fn open(
        path: impl AsRef<Path>,
        options: impl Into<DiskOptions>,
    ) -> Result<Self, OpenError> {
        let path = path.as_ref();
        let volume = Arc::new(Directory::new(path));
        let before = Before::of(path);
        if lock::is_there(path)? {
            // Before there is anything that could be taken for a trace of ours.
            identity::identify(&*volume, path)?;
        } else {
            lock::make(path)?;
        }
        let lock = Lock::take(path).inspect_err(|error| {
            // What lies there is the other process's then, which was quicker to make it.
            if !matches!(error, OpenError::InUse { .. }) {
                before.restore(path);
            }
        })?;
        let built = Self::build(path, volume, options.into(), clock::chance());
        let (mut backlog, crew) = built.inspect_err(|_| before.restore(path))?;
        let threads = crew
            .start(&backlog.engine.shared)
            .map_err(|error| OpenError::folder(path, "has no thread to serve it", &error))?;
        if let Some(engine) = Arc::get_mut(&mut backlog.engine) {
            // Nobody has another handle yet.
            (engine.threads, engine.lock) = (threads, Some(lock));
        }
        Ok(backlog)
    }

    /// Opens the backlog on a disk of one's own, with nobody at work but who takes the steps of the
    /// crew. `id` is what tells it from others, should it be a new one.
    ///
    /// # Errors
    /// As [`open`](Self::open); nobody sees to it that there is only one at a time.
    pub fn open_on(
        volume: Arc<dyn Volume>,
        options: impl Into<DiskOptions>,
        id: [u8; 16],
    ) -> Result<(Self, Crew), OpenError> {
        Self::build(Path::new("a volume"), volume, options.into(), id)
    }

    fn build(
        path: &Path,
        volume: Arc<dyn Volume>,
        options: DiskOptions,
        new_id: Id,
    ) -> Result<(Self, Crew), OpenError> {
        let because =
            |what: &'static str| move |error: io::Error| OpenError::folder(path, what, &error);
        let identity = identity::identify(&*volume, path)?;
        let id = match identity {
            Identity::Known(id) => id,
            Identity::Found(id) => {
                identity::write(&*volume, &id).map_err(because("cannot be written to"))?;
                id
            }
            Identity::Empty | Identity::Lost => {
                identity::write(&*volume, &new_id).map_err(because("cannot be written to"))?;
                new_id
            }
        };
        let found =
            recover(&*volume, id, options.marks.marks_max).map_err(because("cannot be read"))?;
        for &number in &found.blank {
            // Left behind, it would have the next segment missed should that never be begun.
            let _ = volume.remove(&log_name(number));
        }
        let mut recovery = Recovery::of(&found);
        if identity == Identity::Lost {
            recovery.damaged += found.unreadable.len() as u64;
        }
        let log = Log::new(Arc::clone(&volume), id, found.next_number, found.next_batch);
        let (damaged, kept) = (found.damaged.clone(), found.unreadable.clone());
        let known: Vec<_> = found.damaged.iter().chain(&found.torn).copied().collect();
        let left = found.left.clone();
        let books = Books::open(found, &options);
        let shared = Arc::new(Shared::new(options, books));
        let crew = Crew {
            writer: Writer::new(Arc::clone(&shared), log),
            herald: Herald::new(Arc::clone(&shared)),
            reader: Reader::new(Arc::clone(&shared), Arc::clone(&volume), id, known),
            keeper: Keeper::new(Arc::clone(&shared), Arc::clone(&volume), id, left, damaged, kept),
        };
        let path = path.to_owned();
        let engine = Engine { shared, volume, path, recovery, threads: Vec::new(), lock: None };
        Ok((DiskBacklog { engine: Arc::new(engine) }, crew))
    }

    /// How it was found when it was opened.
    #[must_use]
    pub fn recovery(&self) -> Recovery {
        self.engine.recovery
    }

    async fn take(&self, events_max: usize) -> Option<Delivery> {
        let shared = &self.engine.shared;
        let next = next(&shared.given_back, &shared.window, events_max).await?;
        let home = Arc::clone(&self.engine) as Arc<dyn Home>;
        let GivenBack { number, events } = match next {
            Next::Again(again) => again,
            Next::Fresh(events) => {
                let mut books = shared.books();
                let (number, turn) = books.take(&events);
                shared.put_back(books);
                let events = events.into_iter().map(|(_, event)| event).collect();
                return Some(Delivery::new(home, number, events, turn));
            }
        };
        shared.books().take_again(number);
        Some(Delivery::new(home, number, events, Turn::Again))
    }
}

/// For whoever moves events on, and keeps them until they are elsewhere for sure.
#[cfg(feature = "jetstream")]
impl DiskBacklog {
    /// Lets go of the events of a delivery, which stay on disk until [their shelf is finished](Self::finish_shelf).
    pub(crate) fn shelve(&self, delivery: Delivery, shelf: u64) {
        let number = delivery.into_number();
        self.engine.shared.books().shelve(number, shelf);
    }

    /// All that lies on a shelf is finished.
    pub(crate) fn finish_shelf(&self, shelf: u64) {
        let shared = &self.engine.shared;
        let mut books = shared.books();
        books.finish_shelf(shelf);
        shared.end_when_done(&books);
        shared.put_back(books);
    }

    /// Where every event is; and how many events, and bytes, lie on shelves.
    pub(crate) fn spooled(&self) -> (Snapshot, (u64, u64)) {
        let books = self.engine.shared.books();
        (books.snapshot(), books.shelved())
    }

    /// Everything that is not finished comes again, from disk, in order. Nobody may be taking meanwhile, nor have a
    /// delivery.
    pub(crate) fn rewind(&self) {
        self.engine.shared.rewind();
    }
}

thread_local! {
    /// Where a group is written down, before it is known whether it is let in.
    static ENCODED: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
}

impl Backlog for DiskBacklog {
    fn append(&self, group: Group) -> Receipt {
        let shared = &self.engine.shared;
        // Whoever appends writes it down, and not the one writer.
        ENCODED.with_borrow_mut(|encoded| {
            encoded.clear();
            encoded.shrink_to(BUFFER_BYTES_MAX);
            payload::write_group(&group, encoded);
            let mut books = shared.books();
            let receipt = books.let_in(group, encoded);
            shared.put_back(books);
            receipt
        })
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
        self.engine.shared.books().limits
    }

    fn set_limits(&self, limits: Limits) {
        self.engine.shared.books().limits = limits;
    }

    fn durability(&self) -> Durability {
        Durability::Disk
    }

    fn syncs(&self) -> Syncs {
        self.engine.shared.books().syncs
    }

    fn fault(&self) -> Option<String> {
        self.engine.shared.books().fault().map(str::to_owned)
    }

    fn is_out_of_room(&self) -> bool {
        let shared = &self.engine.shared;
        let Some(bytes) = shared.refused_bytes() else { return false };
        let has_room = room::is_there(&*self.engine.volume, bytes);
        if has_room {
            shared.note_room();
        }
        !has_room
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
        books.finish(number, dead);
        self.shared.end_when_done(&books);
        self.shared.put_back(books);
    }

    fn give_back(&self, number: u64, events: Vec<Event>, after: Duration) {
        self.shared.books().give_back(number);
        self.shared.given_back.put(GivenBack { number, events }, after);
    }
}

impl Crew {
    /// A thread for each of them.
    fn start(self, shared: &Arc<Shared>) -> std::io::Result<Vec<JoinHandle<()>>> {
        let Crew { mut writer, mut herald, mut reader, mut keeper } = self;
        let [for_writer, for_herald, for_reader, for_keeper] = [(); 4].map(|()| Arc::clone(shared));
        let write = move || {
            while for_writer.wait_as(Role::Writer) {
                loop {
                    writer.wait_for_crowd();
                    if !writer.step() {
                        break;
                    }
                }
            }
            writer.finish();
        };
        let tell = move || {
            while for_herald.wait_as(Role::Herald) {
                herald.step();
            }
        };
        let read = move || {
            while for_reader.wait_as(Role::Reader) {
                reader.step();
            }
        };
        let keep = move || {
            keeper.open();
            keeper.go_gently();
            while for_keeper.wait_for_chores() {
                while keeper.step() {}
            }
            keeper.finish();
        };
        Ok(vec![
            spawn("backlog-writer", write)?,
            spawn("backlog-herald", tell)?,
            spawn("backlog-reader", read)?,
            spawn("backlog-keeper", keep)?,
        ])
    }
}

fn spawn(name: &str, run: impl FnOnce() + Send + 'static) -> std::io::Result<JoinHandle<()>> {
    std::thread::Builder::new().name(name.to_owned()).spawn(run)
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.shared.end_all();
        for thread in self.threads.drain(..) {
            // Its panic was told where it happened.
            let _ = thread.join();
        }
        self.lock = None;
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
