//! Discrete events, one after the other, for any model.
//!
//! At the same nanosecond arrivals come first, then the tick of the controller, then workers in
//! the order of their numbers.

mod calendar;
mod senses;
mod worker;

use std::collections::VecDeque;

use forebay::WhenFull;

use crate::arrivals::Source;
use crate::chance::Chance;
use crate::decider::Decider;
use crate::error::SimError;
use crate::machine::Machine;
use crate::model::{Consult, Model};
use crate::tally::Tally;
use crate::tally::trace::Trace;
use crate::time::{NEVER_NS, ns_of};
use calendar::Calendar;
use senses::Senses;
use worker::Worker;

/// A run of any model.
pub(crate) struct Engine<'m> {
    model: &'m Model,
    source: Source,
    chance: Chance,
    decider: Decider,
    senses: Senses,
    tally: Tally,
    now_ns: u64,
    arrival_ns: u64,
    tick_ns: u64,
    /// Since when the producer stands before a full queue, an item in its hands.
    blocked_since_ns: Option<u64>,
    /// When each item was put, the oldest first.
    waiting: VecDeque<u64>,
    workers: Vec<Worker>,
    calendar: Calendar,
    /// Workers that wait for items, the first that came first.
    idle: VecDeque<usize>,
    busy: usize,
    /// The items that they have.
    in_flight: usize,
    events: u64,
}

impl<'m> Engine<'m> {
    pub(crate) fn new(
        model: &'m Model,
        chance: Chance,
        trace: Option<Trace>,
    ) -> Result<Self, SimError> {
        let workers = model.gears.iter().map(|speed| speed.workers).max().unwrap_or(1);
        let mut engine = Engine {
            model,
            source: Source::open(&model.arrivals)?,
            chance,
            decider: Decider::new(&model.control),
            senses: Senses::default(),
            tally: Tally::new(model.gears.len(), trace),
            now_ns: 0,
            arrival_ns: NEVER_NS,
            tick_ns: match model.consult {
                Consult::EachTake => NEVER_NS,
                Consult::Every(tick) => ns_of(tick),
            },
            blocked_since_ns: None,
            waiting: VecDeque::new(),
            workers: vec![Worker::Parked; workers],
            calendar: Calendar::new(workers),
            idle: VecDeque::new(),
            busy: 0,
            in_flight: 0,
            events: 0,
        };
        engine.schedule_arrival()?;
        engine.staff();
        Ok(engine)
    }

    fn schedule_arrival(&mut self) -> Result<(), SimError> {
        self.arrival_ns = self.source.next_ns(self.now_ns, &mut self.chance.arrivals)?;
        Ok(())
    }

    fn arrive(&mut self) -> Result<(), SimError> {
        self.tally.arrivals += 1;
        self.senses.arrivals += 1;
        let is_full = self.model.capacity.is_some_and(|capacity| self.waiting.len() >= capacity);
        match (is_full, self.model.when_full) {
            (false, _) => self.put(),
            (true, WhenFull::Wait) => {
                self.blocked_since_ns = Some(self.now_ns);
                self.arrival_ns = NEVER_NS;
                return Ok(());
            }
            (true, WhenFull::Reject) => self.tally.rejected += 1,
            (true, WhenFull::DropNewest) => self.tally.dropped += 1,
            (true, WhenFull::DropOldest) => {
                let put_ns = self.waiting.pop_front().expect("a full queue has an oldest item");
                self.tally.dropped(self.now_ns, put_ns, self.waiting.len() + 1);
                self.put();
            }
        }
        self.schedule_arrival()?;
        self.feed()
    }

    fn put(&mut self) {
        self.tally.put(self.now_ns, self.waiting.len());
        self.waiting.push_back(self.now_ns);
    }

    /// There is room: a producer that stands before the queue puts its item, and goes on.
    fn unblock(&mut self) -> Result<(), SimError> {
        let Some(since_ns) = self.blocked_since_ns.take() else { return Ok(()) };
        self.tally.blocked_ns += u128::from(self.now_ns - since_ns);
        self.put();
        self.schedule_arrival()
    }

    fn tick(&mut self) {
        let Consult::Every(tick) = self.model.consult else { return };
        self.tick_ns += ns_of(tick);
        self.look();
    }

    /// Asks the controller, and obeys.
    fn look(&mut self) {
        let (len, now_ns) = (self.waiting.len(), self.now_ns);
        let oldest_ns = self.waiting.front().map_or(0, |put_ns| now_ns - put_ns);
        let (senses, in_flight) = (&mut self.senses, self.in_flight);
        let snapshot = || senses.snapshot(now_ns, len, oldest_ns, in_flight);
        if let Some(shift) = self.decider.shift(len, now_ns, snapshot) {
            self.tally.shifted(now_ns, shift.from, shift.to);
            self.staff();
        }
    }

    /// As many workers as the gear wants: others start at once; busy ones finish first.
    fn staff(&mut self) {
        let wanted = self.model.gears[self.decider.gear()].workers;
        for number in 0..wanted {
            if self.workers[number] == Worker::Parked {
                self.workers[number] = Worker::Starting;
                self.calendar.put(number, self.now_ns);
            }
        }
        while let Some(at) = self.idle.iter().position(|number| *number >= wanted) {
            let number = self.idle.remove(at).expect("it was found there");
            self.workers[number] = Worker::Parked;
        }
    }
}

impl Machine for Engine<'_> {
    fn run(&mut self, until_ns: u64, events_max: u64) -> Result<bool, SimError> {
        let last = self.events + events_max;
        while self.events < last {
            let (worker_ns, worker) = self.calendar.next();
            let at_ns = self.arrival_ns.min(self.tick_ns).min(worker_ns);
            if at_ns > until_ns {
                self.now_ns = until_ns;
                return Ok(true);
            }
            self.now_ns = at_ns;
            self.events += 1;
            if self.arrival_ns == at_ns {
                self.arrive()?;
            } else if self.tick_ns == at_ns {
                self.tick();
            } else {
                self.calendar.take(worker);
                self.step(worker)?;
            }
        }
        Ok(false)
    }

    fn now_ns(&self) -> u64 {
        self.now_ns
    }

    fn events(&self) -> u64 {
        self.events
    }

    fn len(&self) -> usize {
        self.waiting.len()
    }

    fn left_ns(&self, since_ns: u64) -> u128 {
        self.waiting.iter().map(|put_ns| u128::from(self.now_ns - (*put_ns).max(since_ns))).sum()
    }

    fn restart(&mut self) {
        self.tally.restart(self.now_ns, self.waiting.len());
        if let Some(since_ns) = &mut self.blocked_since_ns {
            *since_ns = self.now_ns;
        }
    }

    fn settle(&mut self) {
        self.tally.lengths.changes(self.now_ns, self.waiting.len());
        self.tally.shifts.stays(self.now_ns);
        if let Some(since_ns) = &mut self.blocked_since_ns {
            self.tally.blocked_ns += u128::from(self.now_ns - *since_ns);
            *since_ns = self.now_ns;
        }
    }

    fn tally(&self) -> &Tally {
        &self.tally
    }

    fn into_tally(self) -> Tally {
        self.tally
    }
}
