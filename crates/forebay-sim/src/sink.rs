//! What becomes of the sink while items are brought to it.

use std::time::Duration;

use crate::error::SimError;
use crate::time::{LONGEST, ns_of};

/// How the sink answers over time. The default is always as well as it can.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Sink {
    /// What befalls it, all of it together.
    pub troubles: Vec<Trouble>,
    /// How an attempt that fails is repeated.
    pub retry: Retry,
}

/// What can befall a sink. Times are since the start.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub enum Trouble {
    /// It takes `times` as long.
    Slow {
        /// From then on.
        from: Duration,
        /// Until then.
        to: Duration,
        /// How many times as long.
        times: f64,
    },
    /// Every attempt that begins or ends while it is dead fails.
    Dead {
        /// From then on.
        from: Duration,
        /// Until then.
        to: Duration,
    },
    /// It is up, then dead, then up, for ever.
    Flaps {
        /// How long it is up, at first and each time.
        up: Duration,
        /// How long it is dead.
        down: Duration,
    },
    /// Workers get into each other's way: with `w` busy ones, more than `workers`, each takes
    /// `w / workers · (1 + loss · (w − workers))` times as long, so that all of them together do
    /// less than `workers` would.
    Contention {
        /// As many do no harm.
        workers: usize,
        /// What each one more costs all: 0 and the throughput stays where it is.
        loss: f64,
    },
}

/// How an attempt that fails is repeated: until it succeeds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Retry {
    /// How long an attempt at a dead sink takes to fail.
    pub fails_after: Duration,
    /// The pause after the first failure; doubled with each further one.
    pub pause: Duration,
    /// The longest pause.
    pub pause_max: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Retry {
            fails_after: Duration::from_millis(100),
            pause: Duration::from_millis(100),
            pause_max: Duration::from_secs(30),
        }
    }
}

impl Retry {
    /// The pause after so many failures: between half of the full one and all of it, by `share`.
    pub(crate) fn pause_ns(&self, failures: u32, share: f64) -> u64 {
        let doubled = ns_of(self.pause).saturating_mul(1 << failures.saturating_sub(1).min(40));
        let full = doubled.min(ns_of(self.pause_max));
        (full as f64 * (0.5 + share / 2.0)) as u64
    }
}

impl Sink {
    /// Whether it is dead at that time.
    pub(crate) fn is_dead(&self, now_ns: u64) -> bool {
        self.troubles.iter().any(|trouble| match *trouble {
            Trouble::Dead { from, to } => (ns_of(from)..ns_of(to)).contains(&now_ns),
            Trouble::Flaps { up, down } => now_ns % ns_of(up + down) >= ns_of(up),
            Trouble::Slow { .. } | Trouble::Contention { .. } => false,
        })
    }

    /// How many times as long as usual an attempt takes that begins now, among `busy` workers.
    pub(crate) fn slowness(&self, now_ns: u64, busy: usize) -> f64 {
        let each = self.troubles.iter().map(|trouble| match *trouble {
            Trouble::Slow { from, to, times } if (ns_of(from)..ns_of(to)).contains(&now_ns) => {
                times
            }
            Trouble::Contention { workers, loss } => contention(busy, workers, loss),
            _ => 1.0,
        });
        each.product()
    }

    /// The same for a long time, without what passes.
    pub(crate) fn usual_slowness(&self, busy: usize) -> f64 {
        let each = self.troubles.iter().map(|trouble| match *trouble {
            Trouble::Contention { workers, loss } => contention(busy, workers, loss),
            Trouble::Flaps { up, down } => (up + down).as_secs_f64() / up.as_secs_f64(),
            _ => 1.0,
        });
        each.product()
    }

    pub(crate) fn check(&self) -> Result<(), SimError> {
        if self.retry.pause.is_zero() && self.retry.fails_after.is_zero() {
            return Err(SimError::parameter(
                "retry pause",
                "0",
                "above 0 when failing takes no time",
            ));
        }
        for time in [self.retry.pause, self.retry.pause_max, self.retry.fails_after] {
            if time > LONGEST {
                return Err(SimError::parameter(
                    "retry pause",
                    format!("{time:?}"),
                    "100 years or less",
                ));
            }
        }
        self.troubles.iter().try_for_each(Trouble::check)
    }
}

fn contention(busy: usize, workers: usize, loss: f64) -> f64 {
    if busy <= workers {
        return 1.0;
    }
    busy as f64 / workers as f64 * (1.0 + loss * (busy - workers) as f64)
}

impl Trouble {
    fn check(&self) -> Result<(), SimError> {
        match *self {
            Trouble::Slow { from, to, times } => {
                if !(0.001..=1e6).contains(&times) {
                    return Err(SimError::parameter("slow times", times, "from 0.001 to 1000000"));
                }
                span("slow", from, to)
            }
            Trouble::Dead { from, to } => span("dead", from, to),
            Trouble::Flaps { up, down } => {
                if up.is_zero() || down.is_zero() || up > LONGEST || down > LONGEST {
                    let value = format!("{up:?} up and {down:?} down");
                    return Err(SimError::parameter("flaps", value, "from 1ns to 100 years each"));
                }
                Ok(())
            }
            Trouble::Contention { workers, loss } => {
                if workers == 0 {
                    return Err(SimError::parameter("contention workers", 0, "1 or more"));
                }
                if !(0.0..=1e6).contains(&loss) {
                    return Err(SimError::parameter("contention loss", loss, "from 0 to 1000000"));
                }
                Ok(())
            }
        }
    }
}

fn span(name: &str, from: Duration, to: Duration) -> Result<(), SimError> {
    if from < to && to <= LONGEST {
        return Ok(());
    }
    let value = format!("from {from:?} to {to:?}");
    Err(SimError::parameter(name, value, "from an earlier to a later time, 100 years at most"))
}
