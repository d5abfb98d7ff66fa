//! Who is in the field, and what can be asked of each.

use crate::cell::{Cell, Kind, NAMES};
use crate::item::{Item, Wide};
use crate::queue::{Awaited, Blocking};
use crate::{latency, memory, one_thread, pingpong, spike, tasks, waiting};

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

/// Names and values of what was found.
pub(crate) type Figures = Vec<(&'static str, f64)>;
type Measure = fn(&Cell) -> Result<Figures, String>;
type Repeat = fn(&Cell, u64) -> Result<(), String>;

/// A queue under its name in the table.
#[derive(Debug, Clone)]
pub struct Contender {
    pub(crate) name: &'static str,
    pub(crate) package: &'static str,
    pub(crate) role: Role,
    one_producer: bool,
    one_consumer: bool,
    bounded: Option<(Measure, Repeat)>,
    unbounded: Option<(Measure, Repeat)>,
    blocking_bounded: Option<Measure>,
    blocking_unbounded: Option<Measure>,
}

impl Contender {
    /// A queue with any number of producers and consumers, as yet without kinds.
    pub fn new(name: &'static str, package: &'static str, role: Role) -> Self {
        Self {
            name,
            package,
            role,
            one_producer: false,
            one_consumer: false,
            bounded: None,
            unbounded: None,
            blocking_bounded: None,
            blocking_unbounded: None,
        }
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
    pub fn bounded<Q: Awaited<u64> + Awaited<Wide>>(mut self) -> Self {
        self.bounded = Some((measure_awaited::<Q>, repeat::<Q>));
        self
    }

    /// Its unbounded kind for futures.
    pub fn unbounded<Q: Awaited<u64> + Awaited<Wide>>(mut self) -> Self {
        self.unbounded = Some((measure_awaited::<Q>, repeat::<Q>));
        self
    }

    /// Its bounded kind for threads.
    pub fn blocking_bounded<Q: Blocking<u64>>(mut self) -> Self {
        self.blocking_bounded = Some(measure_blocking::<Q>);
        self
    }

    /// Its unbounded kind for threads.
    pub fn blocking_unbounded<Q: Blocking<u64>>(mut self) -> Self {
        self.blocking_unbounded = Some(measure_blocking::<Q>);
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
        fits && self.measure_of(cell).is_some()
    }

    fn measure_of(&self, cell: &Cell) -> Option<Measure> {
        match (cell.kind, cell.capacity) {
            (Kind::Threads, Some(_)) => self.blocking_bounded,
            (Kind::Threads, None) => self.blocking_unbounded,
            (_, Some(_)) => self.bounded.map(|(measure, _)| measure),
            (_, None) => self.unbounded.map(|(measure, _)| measure),
        }
    }

    /// Measures a cell.
    pub(crate) fn measure(&self, cell: &Cell) -> Result<Figures, String> {
        let not_in = || format!("{} is not in that cell", self.name);
        let mut figures = self.measure_of(cell).ok_or_else(not_in)?(cell)?;
        if let (Kind::Waiting(_), Some(blocking)) = (cell.kind, self.blocking_unbounded) {
            figures.extend(blocking(cell)?);
        }
        Ok(figures)
    }

    /// Does what a cell does `count` times, and measures nothing.
    pub(crate) fn repeat(&self, cell: &Cell, count: u64) -> Result<(), String> {
        let kind = if cell.capacity.is_some() { self.bounded } else { self.unbounded };
        let not_in = || format!("{} is not in that cell", self.name);
        kind.ok_or_else(not_in)?.1(cell, count)
    }
}

fn measure_awaited<Q: Awaited<u64> + Awaited<Wide>>(cell: &Cell) -> Result<Figures, String> {
    if cell.wide { measure_items::<Q, Wide>(cell) } else { measure_items::<Q, u64>(cell) }
}

fn measure_items<Q: Awaited<T>, T: Item>(cell: &Cell) -> Result<Figures, String> {
    let ns = match cell.kind {
        Kind::TryPair | Kind::Batch | Kind::BatchOfSingles | Kind::ReadyPair => {
            one_thread::pair::<Q, T>(cell)
        }
        Kind::Tasks(place) => tasks::awaited::<Q, T>(cell, place),
        Kind::Pingpong(place) => pingpong::round_trip::<Q, T>(cell, place),
        Kind::SpikePut => spike::put::<Q, T>(),
        Kind::SpikeGet => spike::get::<Q, T>(),
        Kind::Create => one_thread::create::<Q, T>(cell),
        Kind::Memory => return memory::measure::<Q, T>(),
        Kind::LongestPut => return latency::longest::<Q, T>(),
        Kind::Waiting(waits) => {
            return Ok(vec![("waiting_ms", waiting::awaited::<Q, T>(waits)?)]);
        }
        Kind::Threads => Err("threads take blocking calls".to_owned()),
    };
    Ok(vec![("ns", ns?)])
}

fn measure_blocking<Q: Blocking<u64>>(cell: &Cell) -> Result<Figures, String> {
    match cell.kind {
        Kind::Waiting(waits) => {
            Ok(vec![("waiting_blocked_ms", waiting::blocking::<Q, u64>(waits)?)])
        }
        _ => Ok(vec![("ns", tasks::blocking::<Q, u64>(cell)?)]),
    }
}

fn repeat<Q: Awaited<u64>>(cell: &Cell, count: u64) -> Result<(), String> {
    one_thread::pairs::<Q, u64>(cell, count)
}
