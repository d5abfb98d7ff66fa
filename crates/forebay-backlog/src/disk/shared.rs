//! What the handles, the deliveries and those who do the work share.

use std::fmt;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::Duration;

use forebay::Queue;

use super::DiskOptions;
use super::books::{Books, News, Role};
use super::log::Spare;
use crate::Event;
use crate::delivery::Returns;

pub(super) struct Shared {
    pub(super) options: DiskOptions,
    books: Mutex<Books>,
    /// By role: told when there is something to do; and at the end.
    told: [Condvar; Role::ALL.len()],
    /// Had by who tells the news, so that they are told in order. Taken before the books.
    turn: Mutex<()>,
    /// Events in memory, to be handed out.
    pub(super) window: Queue<(u64, Event)>,
    /// They go out again before anything new.
    pub(super) given_back: Returns,
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
    /// So long was what last came, if the disk had no room for it.
    refused_bytes: Option<u64>,
}

impl Shared {
    pub(super) fn new(options: DiskOptions, books: Books) -> Self {
        Shared {
            options,
            books: Mutex::new(books),
            told: Default::default(),
            turn: Mutex::default(),
            window: Queue::unbounded(),
            given_back: Returns::new(),
            spares: Mutex::default(),
        }
    }

    pub(super) fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets go of the books, and wakes those who have something to do by now.
    pub(super) fn put_back(&self, mut books: MutexGuard<'_, Books>) {
        let called = books.call();
        drop(books);
        for (told, _) in self.told.iter().zip(called).filter(|(_, is_called)| *is_called) {
            told.notify_one();
        }
    }

    /// Lets go of the books, and tells the news if the one whose work that is has nothing better to do than
    /// that: waking another for it takes longer.
    pub(super) fn put_back_and_tell(&self, mut books: MutexGuard<'_, Books>) {
        let turn = match self.turn.try_lock() {
            Ok(turn) => turn,
            Err(TryLockError::Poisoned(poisoned)) => poisoned.into_inner(),
            // Whoever tells looks again when that is done.
            Err(TryLockError::WouldBlock) => return self.put_back(books),
        };
        let news = books.take_news();
        self.put_back(books);
        self.tell(news);
        drop(turn);
    }

    /// Tells what is to be told. Whether there was something.
    pub(super) fn tell_news(&self) -> bool {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let news = self.books().take_news();
        let had_some = self.tell(news);
        drop(turn);
        had_some
    }

    /// With the turn.
    fn tell(&self, news: impl Iterator<Item = News>) -> bool {
        let mut had_some = false;
        for News { shown, reply } in news {
            had_some = true;
            let mut events = shown.into_events();
            if !events.is_empty() {
                let put = self.window.try_put_many(&mut events);
                debug_assert!(put.is_ok() || self.window.is_closed(), "it takes everything");
            }
            if let Some(reply) = reply {
                reply.give();
            }
        }
        had_some
    }

    pub(super) fn end_when_done(&self, books: &Books) {
        if books.is_done() {
            self.given_back.close();
        }
    }

    /// Waits for something to do. Whether there may be; there will be nothing more otherwise.
    pub(super) fn wait_as(&self, role: Role) -> bool {
        let mut books = self.books();
        loop {
            if books.is_over_for(role) {
                return false;
            }
            if !books.goes_on_waiting(role) {
                return true;
            }
            let told = self.told[role as usize].wait(books);
            books = told.unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Where there are groups, waits until there are as many as are `wanted`, or for so long. Says how many there are.
    pub(super) fn wait_for_groups(&self, wanted: usize, patience: Duration) -> Option<usize> {
        let mut books = self.books();
        if books.gathering.is_empty() {
            return None;
        }
        books.expect(wanted);
        let waited =
            self.told[Role::Writer as usize]
                .wait_timeout_while(books, patience, |books| books.goes_on_waiting(Role::Writer));
        let (mut books, _) = waited.unwrap_or_else(PoisonError::into_inner);
        books.expect(0);
        Some(books.gathering.len())
    }

    /// Waits until something is to be tidied up.
    pub(super) fn wait_for_chores(&self) -> bool {
        self.wait_as(Role::Keeper) && self.books().take_chores()
    }

    /// Everything that is not finished comes again, from disk, in order. Nobody may be taking meanwhile, nor have a
    /// delivery.
    #[cfg(feature = "jetstream")]
    pub(super) fn rewind(&self) {
        let turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        let mut books = self.books();
        books.rewind();
        self.given_back.clear();
        while self.window.try_get().is_ok() {}
        self.put_back(books);
        drop(turn);
    }

    /// The last handle is gone.
    pub(super) fn end_all(&self) {
        let mut books = self.books();
        books.end_all();
        self.put_back(books);
    }

    /// The writer is gone.
    pub(super) fn end_writing(&self) {
        let mut books = self.books();
        books.end_writing();
        self.put_back(books);
    }

    fn spares(&self) -> MutexGuard<'_, Spares> {
        self.spares.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn want_spare(&self, number: u64, bytes: u64) {
        self.spares().wanted = Some((number, bytes));
        let mut books = self.books();
        books.note_chores();
        self.put_back(books);
    }

    /// How far the writer is in the segment that is written to.
    pub(super) fn active_end(&self) -> u64 {
        self.books().active_end()
    }

    /// The keeper lets so much time go by. Whether it goes on then.
    pub(super) fn take_breath(&self, breath: Duration) -> bool {
        let mut books = self.books();
        if !breath.is_zero() && !books.is_over_for(Role::Keeper) {
            let told = self.told[Role::Keeper as usize].wait_timeout(books, breath);
            (books, _) = told.unwrap_or_else(PoisonError::into_inner);
        }
        !books.is_over_for(Role::Keeper)
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
        let mut spares = self.spares();
        (spares.waits_for_room, spares.refused_bytes) = (false, None);
    }

    /// The disk had no room for these bytes, or it had for what has come since.
    pub(super) fn note_refused(&self, bytes: Option<u64>) {
        self.spares().refused_bytes = bytes;
    }

    /// How long it was that the disk had no room for.
    pub(super) fn refused_bytes(&self) -> Option<u64> {
        self.spares().refused_bytes
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
