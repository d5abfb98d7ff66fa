//! The simplest models, as fast as their chance can be drawn.
//!
//! With one worker that pauses, gets one item and has nothing else to do, an unbounded queue, and
//! arrivals that depend on nothing, no calendar is needed: gaps are drawn ahead in blocks, and the
//! same ring of times is what is to come, what waits, and what was got. What comes out is what
//! the engine has, bit for bit.

mod band;
mod numbers;
mod ring;

use crate::arrivals::Arrivals;
use crate::chance::Chance;
use crate::distribution::Steps;
use crate::error::SimError;
use crate::machine::Machine;
use crate::model::{Consult, Model, Style};
use crate::tally::Tally;
use band::Band;
use numbers::Numbers;
use ring::Ring;

/// So many gaps are looked at in any case: more seldom end within one pause.
const AHEAD: usize = 3;

/// A run of one of the simplest models.
pub(crate) struct Lane {
    ring: Ring,
    pauses: Vec<Steps>,
    band: Band,
    service: Numbers,
    tally: Tally,
    now_ns: u64,
    /// The worker pauses until then.
    end_ns: u64,
    events: u64,
}

impl Lane {
    /// `None` for a model that needs the engine.
    pub(crate) fn new(model: &Model, chance: Chance) -> Option<Self> {
        let is_simple = model.style == Style::PauseThenGet
            && model.consult == Consult::EachTake
            && model.capacity.is_none()
            && model.sink.troubles.is_empty();
        let Arrivals::Gaps(gap) = &model.arrivals else { return None };
        // Never two at the same time: which of them a worker sees would depend on the order.
        let gap = gap.steps().filter(|gap| gap.min_ns > 0)?;
        let pauses: Option<Vec<Steps>> = model
            .gears
            .iter()
            .map(|speed| {
                let alone = speed.workers == 1 && speed.batch == 1;
                let at_once = speed.per_batch.is_zero() && speed.per_item.is_zero();
                speed.pause.steps().filter(|_| alone && at_once)
            })
            .collect();
        let (band, pauses) = (Band::new(&model.control)?, pauses?);
        if !is_simple {
            return None;
        }
        let mut lane = Lane {
            ring: Ring::new(gap, chance.arrivals),
            tally: Tally::new(pauses.len(), None),
            pauses,
            band,
            service: Numbers::new(chance.service),
            now_ns: 0,
            end_ns: 0,
            // The worker starts.
            events: 1,
        };
        lane.look(0);
        lane.end_ns = lane.pauses[0].of(lane.service.next());
        Some(lane)
    }

    /// Turns of the worker's loop that end by then; how many.
    ///
    /// A worker that waits counts as one whose pause ends at that time: the next call finds the
    /// queue as empty, and waits on.
    fn turn(&mut self, until_ns: u64, turns_max: u64) -> u64 {
        let mut turns = 0;
        let (mut wait_sum_ns, mut early_ns) = (0_u128, 0_u128);
        let since_ns = self.tally.since_ns();
        while self.end_ns <= until_ns && turns < turns_max {
            let mut got_ns = self.end_ns;
            let mut len = self.come(got_ns);
            if len == 0 {
                got_ns = self.ring.next();
                if got_ns > until_ns {
                    self.end_ns = until_ns;
                    break;
                }
                len = self.come(got_ns);
            }
            turns += 1;
            self.tally.lengths.changes(got_ns, len);
            let put_ns = self.ring.get();
            self.tally.waits.record(got_ns - put_ns);
            wait_sum_ns += u128::from(got_ns - put_ns);
            early_ns += u128::from(since_ns.saturating_sub(put_ns));
            self.now_ns = got_ns;
            self.look(len - 1);
            let pause = self.pauses[self.band.gear()];
            self.end_ns = got_ns + pause.of(self.service.next());
        }
        self.tally.wait_sum_ns += wait_sum_ns;
        self.tally.waited_ns += wait_sum_ns - early_ns;
        self.tally.got += turns;
        turns
    }

    /// Items come until then, and with then; how many wait.
    #[inline]
    fn come(&mut self, until_ns: u64) -> usize {
        let ahead = self.ring.ahead::<AHEAD>();
        let count = self.tally.lengths.rises(self.ring.len(), ahead, until_ns).unwrap_or(0);
        self.ring.come(count);
        while self.ring.next() <= until_ns {
            self.tally.lengths.changes(self.ring.next(), self.ring.len());
            self.ring.come(1);
        }
        self.ring.len()
    }

    #[inline]
    fn look(&mut self, len: usize) {
        if self.band.is_left_by(len)
            && let Some(shift) = self.band.shift(len)
        {
            self.tally.shifted(self.now_ns, shift.from, shift.to);
        }
    }
}

impl Machine for Lane {
    fn run(&mut self, until_ns: u64, events_max: u64) -> Result<bool, SimError> {
        let came = self.ring.came();
        let turns_max = events_max / 2;
        let turns = self.turn(until_ns, turns_max);
        let is_there = turns < turns_max;
        if is_there {
            self.come(until_ns);
            self.now_ns = until_ns;
        }
        let came = self.ring.came() - came;
        self.tally.arrivals += came;
        self.events += came + turns;
        Ok(is_there)
    }

    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn events(&self) -> u64 {
        // The pause of a worker that waits has ended, too.
        self.events + u64::from(self.end_ns <= self.now_ns)
    }

    fn len(&self) -> usize {
        self.ring.len()
    }

    fn left_ns(&self, since_ns: u64) -> u128 {
        self.ring.waiting().map(|put_ns| u128::from(self.now_ns - put_ns.max(since_ns))).sum()
    }

    fn restart(&mut self) {
        self.tally.restart(self.now_ns, self.ring.len());
    }

    fn settle(&mut self) {
        self.tally.lengths.changes(self.now_ns, self.ring.len());
        self.tally.shifts.stays(self.now_ns);
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn into_tally(self) -> Tally {
        self.tally
    }
}
