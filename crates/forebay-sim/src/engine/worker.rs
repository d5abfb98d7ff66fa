//! What a worker does next.

use rand::RngExt;

use super::Engine;
use crate::error::SimError;
use crate::model::{Consult, Style};

/// What a worker does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worker {
    /// The gear does not want it.
    Parked,
    /// About to begin.
    Starting,
    /// Pausing before the next items.
    Pausing,
    /// Waiting for items.
    Idle,
    /// Bringing items to the sink.
    Serving(Batch),
    /// Pausing before another attempt with the same items.
    BackingOff(Batch),
}

/// Items that were taken together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Batch {
    count: usize,
    /// How long they take a sink that does well.
    service_ns: u64,
    taken_ns: u64,
    attempt_ns: u64,
    failures: u32,
    began: Began,
}

/// How the sink was when an attempt began.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Began {
    Alive,
    Dead,
}

impl Engine<'_> {
    /// A worker's time has come.
    pub(super) fn step(&mut self, number: usize) -> Result<(), SimError> {
        match self.workers[number] {
            Worker::Starting => self.begin(number),
            Worker::Pausing => match self.model.style {
                Style::PauseThenGet => self.get(number),
                Style::GetThenServe => self.begin(number),
            },
            Worker::Serving(batch) => self.served(number, batch),
            Worker::BackingOff(batch) => {
                self.attempt(number, batch);
                Ok(())
            }
            Worker::Parked | Worker::Idle => Ok(()),
        }
    }

    /// The beginning of a worker's loop.
    fn begin(&mut self, number: usize) -> Result<(), SimError> {
        // Idle while it looks: who shifts down may park it.
        self.workers[number] = Worker::Starting;
        if self.model.style == Style::PauseThenGet || self.waiting.is_empty() {
            self.look_before_take();
        }
        if number >= self.model.gears[self.decider.gear()].workers {
            self.workers[number] = Worker::Parked;
            return Ok(());
        }
        match self.model.style {
            Style::PauseThenGet => {
                self.pause(number);
                Ok(())
            }
            Style::GetThenServe => self.get(number),
        }
    }

    fn look_before_take(&mut self) {
        if self.model.consult == Consult::EachTake {
            self.look();
        }
    }

    fn pause(&mut self, number: usize) {
        let pause = &self.model.gears[self.decider.gear()].pause;
        let until_ns = self.now_ns + pause.draw_ns(&mut self.chance.service);
        self.workers[number] = Worker::Pausing;
        self.calendar.put(number, until_ns);
    }

    fn get(&mut self, number: usize) -> Result<(), SimError> {
        if self.waiting.is_empty() {
            self.workers[number] = Worker::Idle;
            self.idle.push_back(number);
            return Ok(());
        }
        self.take(number)
    }

    /// Items came: who waits for them gets them.
    pub(super) fn feed(&mut self) -> Result<(), SimError> {
        while !self.waiting.is_empty()
            && let Some(number) = self.idle.pop_front()
        {
            self.take(number)?;
        }
        Ok(())
    }

    /// Takes as many as the gear allows; there is one at least.
    fn take(&mut self, number: usize) -> Result<(), SimError> {
        // Nobody parks it while it has items before it.
        self.workers[number] = Worker::Starting;
        if self.model.style == Style::GetThenServe {
            self.look_before_take();
        }
        let speed = &self.model.gears[self.decider.gear()];
        let count = speed.batch.min(self.waiting.len());
        let mut service_ns = speed.per_batch.draw_ns(&mut self.chance.service);
        for _ in 0..count {
            let put_ns = self.waiting.pop_front().expect("no more than there are");
            self.tally.got(self.now_ns, put_ns, self.waiting.len() + 1);
            service_ns += speed.per_item.draw_ns(&mut self.chance.service);
        }
        self.unblock()?;
        self.busy += 1;
        self.in_flight += count;
        let batch = Batch {
            count,
            service_ns,
            taken_ns: self.now_ns,
            attempt_ns: self.now_ns,
            failures: 0,
            began: Began::Alive,
        };
        // Who serves in no time need not come back for it.
        if service_ns == 0 && self.model.style == Style::PauseThenGet && !self.is_dead() {
            return self.served(number, batch);
        }
        self.attempt(number, batch);
        Ok(())
    }

    fn is_dead(&self) -> bool {
        self.model.sink.is_dead(self.now_ns)
    }

    fn attempt(&mut self, number: usize, batch: Batch) {
        let sink = &self.model.sink;
        let is_dead = self.is_dead();
        let took_ns = if is_dead {
            crate::time::ns_of(sink.retry.fails_after)
        } else if sink.troubles.is_empty() {
            batch.service_ns
        } else {
            let slowness = sink.slowness(self.now_ns, self.busy);
            crate::time::ns_of_f64(batch.service_ns as f64 * slowness)
        };
        let began = if is_dead { Began::Dead } else { Began::Alive };
        let batch = Batch { attempt_ns: self.now_ns, began, ..batch };
        self.workers[number] = Worker::Serving(batch);
        self.calendar.put(number, self.now_ns + took_ns);
    }

    fn served(&mut self, number: usize, batch: Batch) -> Result<(), SimError> {
        let took_ns = u128::from(self.now_ns - batch.attempt_ns.max(self.tally.since_ns()));
        if batch.began == Began::Dead || self.is_dead() {
            self.tally.wasted_ns += took_ns;
            self.failed(number, batch);
            return Ok(());
        }
        self.tally.served_ns += took_ns;
        self.busy -= 1;
        self.in_flight -= batch.count;
        self.senses.takes += 1;
        self.senses.service_ns += u128::from(self.now_ns - batch.taken_ns);
        self.senses.completions += batch.count as u64;
        let pauses_now = self.model.style == Style::GetThenServe
            && !self.model.gears[self.decider.gear()].pause.is_zero();
        if pauses_now {
            self.pause(number);
            return Ok(());
        }
        self.begin(number)
    }

    fn failed(&mut self, number: usize, batch: Batch) {
        self.tally.attempts_failed += 1;
        self.senses.failures += 1;
        let batch = Batch { failures: batch.failures.saturating_add(1), ..batch };
        let share: f64 = self.chance.retries.random();
        let pause_ns = self.model.sink.retry.pause_ns(batch.failures, share);
        self.workers[number] = Worker::BackingOff(batch);
        self.calendar.put(number, self.now_ns + pause_ns);
    }
}
