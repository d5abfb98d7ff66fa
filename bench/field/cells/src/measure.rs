//! Which cell does what, for a kind of queue that can do it.

use crate::cell::{Cell, Kind};
use crate::item::{Item, Wide};
use crate::queue::{Awaited, Blocking, Full, Local};
use crate::{full, latency, local, memory, one_thread, order, pingpong, spike, tasks, waiting};

/// Names and values of what was found.
pub(crate) type Figures = Vec<(&'static str, f64)>;

/// The cells for futures.
pub(crate) fn awaited<Q: Awaited<u64> + Awaited<Wide>>(cell: &Cell) -> Result<Figures, String> {
    if cell.wide { of_items::<Q, Wide>(cell) } else { of_items::<Q, u64>(cell) }
}

/// The cells for futures of a queue with an order of its own.
pub(crate) fn ordered<Q: Awaited<T>, T: Item>(cell: &Cell) -> Result<Figures, String> {
    order::check::<Q, T>(cell)?;
    let ns = match cell.kind {
        Kind::TryPair | Kind::BatchOfSingles => one_thread::pair::<Q, T>(cell),
        Kind::Tasks(place) => tasks::awaited::<Q, T>(cell, place),
        Kind::SpikePut => spike::put::<Q, T>(cell),
        Kind::SpikeGet => spike::get::<Q, T>(cell),
        _ => Err("there is no such cell of an order".to_owned()),
    };
    Ok(vec![("ns", ns?)])
}

fn of_items<Q: Awaited<T>, T: Item>(cell: &Cell) -> Result<Figures, String> {
    let ns = match cell.kind {
        Kind::TryPair | Kind::Batch | Kind::BatchOfSingles | Kind::ReadyPair => {
            one_thread::pair::<Q, T>(cell)
        }
        Kind::Tasks(place) => tasks::awaited::<Q, T>(cell, place),
        Kind::Pingpong(place) => pingpong::round_trip::<Q, T>(cell, place),
        Kind::SpikePut => spike::put::<Q, T>(cell),
        Kind::SpikeGet => spike::get::<Q, T>(cell),
        Kind::Create => one_thread::create::<Q, T>(cell),
        Kind::Memory => return memory::measure::<Q, T>(),
        Kind::LongestPut => return latency::longest::<Q, T>(),
        Kind::Waiting(waits) => {
            return Ok(vec![("waiting_ms", waiting::awaited::<Q, T>(waits)?)]);
        }
        Kind::Threads => Err("threads take blocking calls".to_owned()),
        Kind::PutFull => Err("what is done when it is full has to be said".to_owned()),
    };
    Ok(vec![("ns", ns?)])
}

/// The cells for threads.
pub(crate) fn blocking<Q: Blocking<u64>>(cell: &Cell) -> Result<Figures, String> {
    match cell.kind {
        Kind::Waiting(waits) => {
            Ok(vec![("waiting_blocked_ms", waiting::blocking::<Q, u64>(waits)?)])
        }
        _ => Ok(vec![("ns", tasks::blocking::<Q, u64>(cell)?)]),
    }
}

/// The cells for one thread.
pub(crate) fn local<Q: Local<u64>>(cell: &Cell) -> Result<Figures, String> {
    order::check::<Q, u64>(cell)?;
    let ns = match cell.kind {
        Kind::TryPair | Kind::ReadyPair => one_thread::pair::<Q, u64>(cell),
        Kind::Tasks(_) => local::tasks::<Q, u64>(cell),
        Kind::SpikePut => spike::put::<Q, u64>(cell),
        Kind::SpikeGet => spike::get::<Q, u64>(cell),
        Kind::Create => one_thread::create::<Q, u64>(cell),
        _ => Err("that needs more than one thread".to_owned()),
    };
    Ok(vec![("ns", ns?)])
}

/// The cells of what is done when a queue is full.
pub(crate) fn full<Q: Full>(cell: &Cell) -> Result<Figures, String> {
    Ok(vec![("ns", full::put::<Q>(cell)?)])
}

/// What a cell does, so many times.
pub(crate) fn repeat<Q: Awaited<u64>>(cell: &Cell, count: u64) -> Result<(), String> {
    match cell.kind {
        Kind::Tasks(place) => tasks::repeat::<Q, u64>(cell, place, count),
        Kind::Pingpong(place) => pingpong::repeat::<Q, u64>(cell, place, count),
        _ => one_thread::pairs::<Q, u64>(cell, count),
    }
}
