//! What decides the gear of a consumer: pure state machines over snapshots of its queue.
//!
//! A controller has no clock, no queue and no source of chance: the same snapshots at the same
//! times give the same gears, in a live consumer and in a simulation.

pub(crate) mod aimd;
mod capacity;
pub(crate) mod combined;
pub(crate) mod delay;
mod evidence;
pub(crate) mod gradient;
mod limit;
pub(crate) mod proportional;
mod reading;
pub(crate) mod setting;
mod window;

use std::fmt;
use std::time::Duration;

use super::gears::{Gears, Shift};

/// What a controller sees.
///
/// Rates and means are over the time since the snapshot before, or smoothed: that is up to who
/// takes them. A number that is not known is 0. None is trusted: a controller treats what is not
/// a number, or below 0, as 0, and bounds what is infinite.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Snapshot {
    /// How many items wait.
    pub len: usize,
    /// Items that came, per second.
    pub arrivals_per_s: f64,
    /// Items that were finished, per second.
    pub completions_per_s: f64,
    /// For how long the oldest item has waited; zero when none does.
    pub oldest_age: Duration,
    /// Items that are being worked on.
    pub in_flight: usize,
    /// From taking an item to finishing it, on average.
    pub service_time: Duration,
    /// Of the attempts that ended, the share that failed: 0 to 1.
    pub failures: f64,
    /// The gear that is in force, where it is not the controller's own: a part of a
    /// [`Combined`](crate::Combined) is told. `None` otherwise.
    pub gear: Option<usize>,
}

/// What a gear sets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Gear {
    /// How long a worker pauses before it takes the next items.
    pub pause: Duration,
    /// How many items it takes at once, at most; 1 or more.
    pub batch: usize,
    /// How many workers there are; 1 or more.
    pub workers: usize,
}

impl Gear {
    /// One worker that takes one item after the other.
    pub const ONE_BY_ONE: Gear = Gear { pause: Duration::ZERO, batch: 1, workers: 1 };
}

/// Decides in which gear a consumer works: 0 is the slowest, and the start.
///
/// Where a controller reckons with speeds, gear `n` is taken to be `n + 1` times as fast as
/// gear 0, as it is when gears are numbers of workers.
pub trait Controller {
    /// Looks at a snapshot, taken at `now`, and changes gear where that is called for.
    ///
    /// `now` is the time since some fixed moment, and does not run backwards.
    fn shift(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Shift>;

    /// The present gear.
    fn gear(&self) -> usize;

    /// How many gears there are.
    fn count(&self) -> usize;
}

impl Controller for Gears {
    fn shift(&mut self, snapshot: &Snapshot, _now: Duration) -> Option<Shift> {
        self.observe(snapshot.len)
    }

    fn gear(&self) -> usize {
        self.gear()
    }

    fn count(&self) -> usize {
        self.count()
    }
}

impl<C: Controller + ?Sized> Controller for Box<C> {
    fn shift(&mut self, snapshot: &Snapshot, now: Duration) -> Option<Shift> {
        (**self).shift(snapshot, now)
    }

    fn gear(&self) -> usize {
        (**self).gear()
    }

    fn count(&self) -> usize {
        (**self).count()
    }
}

/// Why a gear was changed.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Why {
    /// The length passed this threshold.
    Length {
        /// `engage_above` on the way up, `release_at` on the way down.
        threshold: usize,
    },
    /// What waits, and what comes, wants this gear.
    Demand {
        /// The gear that would do, were it there.
        wanted: usize,
    },
    /// Over a whole interval no item waited less than this.
    Delay {
        /// The shortest waiting time of the interval.
        shortest: Duration,
    },
    /// For this long things hardly waited.
    Calm {
        /// How long that was.
        lasted: Duration,
    },
    /// The sink answers slower than it did, so less is sent to it.
    Slower {
        /// How many times as long as usual it takes.
        times: f64,
    },
    /// Too much fails.
    Failing {
        /// The share that failed.
        share: f64,
    },
    /// A try whether the sink can take more.
    Probe,
    /// Somebody put other gears in the place of those before.
    Changed,
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Why::Length { threshold } => write!(f, "the length passed {threshold}"),
            Why::Demand { wanted } => write!(f, "the backlog wants gear {wanted}"),
            Why::Delay { shortest } => {
                write!(f, "nothing waited less than {:.3} s", shortest.as_secs_f64())
            }
            Why::Calm { lasted } => {
                write!(f, "things hardly waited for {:.1} s", lasted.as_secs_f64())
            }
            Why::Slower { times } => write!(f, "the sink takes {times:.1} times as long"),
            Why::Failing { share } => write!(f, "{:.0} % failed", share * 100.0),
            Why::Probe => f.write_str("a try whether the sink can take more"),
            Why::Changed => f.write_str("other gears were set"),
        }
    }
}
