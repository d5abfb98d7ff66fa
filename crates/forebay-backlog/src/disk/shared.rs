//! What the handles, the deliveries and those who do the work share.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use forebay::Queue;

use super::DiskOptions;
use super::books::{Books, Numbered};
use super::log::Spare;
use crate::Event;
use crate::clock::Alarm;
use crate::delivery::GivenBack;

pub(super) struct Shared {
    pub(super) options: DiskOptions,
    books: Mutex<Books>,
    /// Told when there is something to write, to read, or to tidy up; and at the end.
    work: Condvar,
    room: Condvar,
    chores: Condvar,
    /// Events in memory, to be handed out.
    pub(super) window: Queue<(u64, Event)>,
    /// Deliveries that were given back, the oldest first; they go out again before anything new.
    pub(super) given_back: Queue<GivenBack>,
    /// Those that are to wait before they do.
    pub(super) alarm: Alarm<GivenBack>,
    spares: Mutex<Spares>,
}

/// The segment that is made ahead of its use.
#[derive(Debug, Default)]
struct Spares {
    /// Which, and how long it is to be.
    wanted: Option<(u64, u64)>,
    made: Option<Spare>,
    /// The disk was full: not before there is room.
    waits_for_room: bool,
}

impl Shared {
    pub(super) fn new(options: DiskOptions, books: Books) -> Self {
        let given_back: Queue<GivenBack> =
            Queue::builder().priority().build().expect("no capacity to refuse");
        let again = given_back.clone();
        let alarm = Alarm::new(move |back| {
            // It closes only when nothing is out.
            let _ = again.try_put(back);
        });
        Shared {
            options,
            books: Mutex::new(books),
            work: Condvar::new(),
            room: Condvar::new(),
            chores: Condvar::new(),
            window: Queue::unbounded(),
            given_back,
            alarm,
            spares: Mutex::default(),
        }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts events into the window. Under the books' lock, so that they stay in order.
    pub(super) fn show(&self, mut events: Numbered) {
        let put = self.window.try_put_many(&mut events);
        debug_assert!(put.is_ok() || self.window.is_closed(), "an open window takes everything");
    }

    pub(super) fn end_when_done(&self, books: &Books) {
        if books.is_done() {
            self.given_back.close();
        }
    }

    pub(super) fn wake_writer(&self) {
        self.work.notify_one();
    }

    pub(super) fn wake_reader(&self) {
        self.room.notify_one();
    }

    pub(super) fn wake_keeper(&self) {
        self.chores.notify_one();
    }

    /// Waits for something to write. Whether there may be; there will be nothing more otherwise.
    pub(super) fn wait_for_work(&self) -> bool {
        self.wait(&self.work, |books| books.has_work())
    }

    /// Waits until something is to be read.
    pub(super) fn wait_for_room(&self) -> bool {
        self.wait(&self.room, |books| books.reads().is_some() && books.fault().is_none())
    }

    /// Waits until something is to be tidied up.
    pub(super) fn wait_for_chores(&self) -> bool {
        self.wait(&self.chores, Books::take_chores)
    }

    fn wait(&self, told: &Condvar, mut is_time: impl FnMut(&mut Books) -> bool) -> bool {
        let mut books = self.books();
        loop {
            if books.is_over() {
                return false;
            }
            if is_time(&mut books) {
                return true;
            }
            books = told.wait(books).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The last handle is gone.
    pub(super) fn end_all(&self) {
        self.books().end_all();
        for told in [&self.work, &self.room, &self.chores] {
            told.notify_all();
        }
    }

    fn spares(&self) -> MutexGuard<'_, Spares> {
        self.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn want_spare(&self, number: u64, bytes: u64) {
        self.spares().wanted = Some((number, bytes));
        self.books().note_chores();
        self.wake_keeper();
    }

    pub(super) fn wanted_spare(&self) -> Option<(u64, u64)> {
        let spares = self.spares();
        spares.wanted.filter(|_| !spares.waits_for_room)
    }

    /// Puts it there, if it is wanted still and `make_known` succeeds. Whether it did.
    pub(super) fn put_spare(&self, spare: Spare, make_known: impl FnOnce(u64) -> bool) -> bool {
        let mut spares = self.spares();
        let is_wanted = spares.wanted.is_some_and(|(number, _)| number == spare.number);
        if is_wanted {
            spares.wanted = None;
            spares.made = make_known(spare.number).then_some(spare);
        }
        spares.made.is_some()
    }

    /// There is no room for it now.
    pub(super) fn put_off_spare(&self) {
        self.spares().waits_for_room = true;
    }

    /// It cannot be made.
    pub(super) fn give_up_spare(&self) {
        self.spares().wanted = None;
    }

    /// There may be room again.
    pub(super) fn note_room(&self) {
        self.spares().waits_for_room = false;
    }

    /// Takes it, if it has been made; otherwise it is too late for it.
    pub(super) fn take_spare(&self) -> Option<Spare> {
        let mut spares = self.spares();
        spares.wanted = None;
        spares.made.take()
    }
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("snapshot", &self.books().snapshot()).finish_non_exhaustive()
    }
}
