//! Who is in the field, and what can be asked of each.

use crate::cell::{Cell, Kind, NAMES};
use crate::class::Class;
use crate::item::{Ranked, Wide};
use crate::measure::{self, Figures};
use crate::queue::{Awaited, Blocking, Full, Local};

/// What a contender's figures are there for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// It is what is measured.
    Ours,
    /// It is what ours is measured against, and loses nothing when a future is dropped.
    Safe,
    /// It loses items, wake-ups or slots when a future is dropped, or has been seen to hang or crash.
    Lossy,
    /// It shows what something costs, and is nobody's peer.
    Yardstick,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Role::Ours => "ours",
            Role::Safe => "safe",
            Role::Lossy => "lossy",
            Role::Yardstick => "yardstick",
        }
    }
}

type Measure = fn(&Cell) -> Result<Figures, String>;
type Repeat = fn(&Cell, u64) -> Result<(), String>;

/// Which of the kinds of a class a cell asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Slot {
    Bounded,
    Unbounded,
    BlockingBounded,
    BlockingUnbounded,
}

impl Slot {
    fn of(cell: &Cell) -> Self {
        match (cell.kind, cell.capacity) {
            (Kind::Threads, Some(_)) => Slot::BlockingBounded,
            (Kind::Threads, None) => Slot::BlockingUnbounded,
            (Kind::PutFull, _) | (_, Some(_)) => Slot::Bounded,
            (_, None) => Slot::Unbounded,
        }
    }
}

/// A kind of a queue, and what can be asked of it.
#[derive(Debug, Clone, Copy)]
struct Asked {
    class: Class,
    slot: Slot,
    measure: Measure,
    repeat: Option<Repeat>,
}

/// A queue under its name in the table.
#[derive(Debug, Clone)]
pub struct Contender {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) role: Role,
    one_producer: bool,
    one_consumer: bool,
    kinds: Vec<Asked>,
}

impl Contender {
    /// A queue with any number of producers and consumers, as yet without kinds.
    pub fn new(name: &'static str, package: &'static str, role: Role) -> Self {
        let kinds = Vec::new();
        Self { name, package, role, one_producer: false, one_consumer: false, kinds }
    }

    /// Keeps it out of the cells with more than one producer.
    pub fn one_producer(mut self) -> Self {
        self.one_producer = true;
        self
    }

    /// Keeps it out of the cells with more than one consumer.
    pub fn one_consumer(mut self) -> Self {
        self.one_consumer = true;
        self
    }

    /// Its bounded kind for futures.
    pub fn bounded<Q: Awaited<u64> + Awaited<Wide>>(self) -> Self {
        let repeat: Repeat = measure::repeat::<Q>;
        self.with(Class::Fifo, Slot::Bounded, measure::awaited::<Q>, Some(repeat))
    }

    /// Its unbounded kind for futures.
    pub fn unbounded<Q: Awaited<u64> + Awaited<Wide>>(self) -> Self {
        let repeat: Repeat = measure::repeat::<Q>;
        self.with(Class::Fifo, Slot::Unbounded, measure::awaited::<Q>, Some(repeat))
    }

    /// Its bounded kind for threads.
    pub fn blocking_bounded<Q: Blocking<u64>>(self) -> Self {
        self.with(Class::Fifo, Slot::BlockingBounded, measure::blocking::<Q>, None)
    }

    /// Its unbounded kind for threads.
    pub fn blocking_unbounded<Q: Blocking<u64>>(self) -> Self {
        self.with(Class::Fifo, Slot::BlockingUnbounded, measure::blocking::<Q>, None)
    }

    /// Its bounded kind that hands out the newest item first.
    pub fn lifo_bounded<Q: Awaited<u64>>(self) -> Self {
        self.with(Class::Lifo, Slot::Bounded, measure::ordered::<Q, u64>, None)
    }

    /// Its unbounded kind that hands out the newest item first.
    pub fn lifo_unbounded<Q: Awaited<u64>>(self) -> Self {
        self.with(Class::Lifo, Slot::Unbounded, measure::ordered::<Q, u64>, None)
    }

    /// Its bounded kind that hands out the greatest item first.
    pub fn priority_bounded<Q: Awaited<Ranked>>(self) -> Self {
        self.with(Class::Priority, Slot::Bounded, measure::ordered::<Q, Ranked>, None)
    }

    /// Its unbounded kind that hands out the greatest item first.
    pub fn priority_unbounded<Q: Awaited<Ranked>>(self) -> Self {
        self.with(Class::Priority, Slot::Unbounded, measure::ordered::<Q, Ranked>, None)
    }

    /// Its kind that drops the oldest item when it is full.
    pub fn drop_oldest<Q: Full>(self) -> Self {
        self.with(Class::DropOldest, Slot::Bounded, measure::full::<Q>, None)
    }

    /// Its kind that drops the newest item when it is full.
    pub fn drop_newest<Q: Full>(self) -> Self {
        self.with(Class::DropNewest, Slot::Bounded, measure::full::<Q>, None)
    }

    /// Its kind that gives the item back when it is full.
    pub fn reject<Q: Full>(self) -> Self {
        self.with(Class::Reject, Slot::Bounded, measure::full::<Q>, None)
    }

    /// Its bounded kind for one thread.
    pub fn local_bounded<Q: Local<u64>>(self) -> Self {
        self.with(Class::Local, Slot::Bounded, measure::local::<Q>, None)
    }

    /// Its unbounded kind for one thread.
    pub fn local_unbounded<Q: Local<u64>>(self) -> Self {
        self.with(Class::Local, Slot::Unbounded, measure::local::<Q>, None)
    }

    fn with(mut self, class: Class, slot: Slot, measure: Measure, repeat: Option<Repeat>) -> Self {
        self.kinds.push(Asked { class, slot, measure, repeat });
        self
    }

    /// The names of the cells it is in.
    pub(crate) fn cells(&self) -> impl Iterator<Item = &'static str> {
        let in_cell = |name: &str| Cell::named(name).is_some_and(|cell| self.is_in(&cell));
        NAMES.into_iter().filter(move |name| in_cell(name))
    }

    fn is_in(&self, cell: &Cell) -> bool {
        let fits = (cell.producers == 1 || !self.one_producer)
            && (cell.consumers == 1 || !self.one_consumer);
        fits && self.asked(cell).is_ok()
    }

    fn asked(&self, cell: &Cell) -> Result<Asked, String> {
        self.kind(cell.class, Slot::of(cell))
            .ok_or_else(|| format!("{} is not in that cell", self.name))
    }

    fn kind(&self, class: Class, slot: Slot) -> Option<Asked> {
        self.kinds.iter().find(|kind| (kind.class, kind.slot) == (class, slot)).copied()
    }

    /// Measures a cell.
    pub(crate) fn measure(&self, cell: &Cell) -> Result<Figures, String> {
        let mut figures = (self.asked(cell)?.measure)(cell)?;
        let blocking = self.kind(cell.class, Slot::BlockingUnbounded);
        if let (Kind::Waiting(_), Some(blocking)) = (cell.kind, blocking) {
            figures.extend((blocking.measure)(cell)?);
        }
        Ok(figures)
    }

    /// Does what a cell does `count` times, and measures nothing.
    pub(crate) fn repeat(&self, cell: &Cell, count: u64) -> Result<(), String> {
        let repeat = self.asked(cell)?.repeat;
        repeat.ok_or("instructions are counted in cells without a class only")?(cell, count)
    }
}
