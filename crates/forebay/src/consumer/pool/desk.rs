//! What a pool keeps besides what its workers have in hand: items that wait for their next
//! attempt, for their key or for a worker; and who the workers are. Pure: nothing here waits.

use std::cmp::Ordering;
use std::collections::{BinaryHeap, HashMap, VecDeque};
use std::task::Waker;
use std::time::Duration;

use super::bells::Bells;
use super::retry::Chance;
use super::run::{Job, Run};

/// With keys, no more is taken while so many items wait for theirs.
const HELD_MAX: usize = 4096;

/// What a worker that has nothing in hand does next.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// It has been given something.
    Work,
    /// It takes from the source.
    Take,
    /// It waits until it is woken, for which it has to sleep.
    Wait,
    /// It ends.
    Leave,
}

/// How things stand around the desk.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rules {
    pub(super) is_stopping: bool,
    pub(super) has_keys: bool,
    pub(super) workers: usize,
    pub(super) batch: usize,
}

pub(super) struct Desk<T> {
    pub(super) bells: Bells,
    /// Workers that have not left.
    pub(super) workers: usize,
    /// Items that a worker may have at once.
    ready: VecDeque<Job<T>>,
    /// A key that is here is busy: an item of it is ready, with a worker or to be tried again.
    /// Younger ones wait here.
    keys: HashMap<u64, VecDeque<Job<T>>>,
    retries: BinaryHeap<Retry<T>>,
    /// Retries so far, to keep those of one moment in order.
    retried: u64,
    /// How many items are here.
    held: usize,
    /// When a timer will ask for what is due.
    armed_for: Option<Duration>,
    /// With keys one worker at a time takes, so that the order of a key is that of the source.
    is_led: bool,
    /// The source has said that no more will come.
    is_closed: bool,
    pub(super) given_back: Vec<T>,
    pub(super) joiners: Vec<Waker>,
    pub(super) chance: Chance,
}

struct Retry<T> {
    due: Duration,
    number: u64,
    job: Job<T>,
}

impl<T> Desk<T> {
    pub(super) fn new(seed: u64) -> Self {
        Desk {
            bells: Bells::default(),
            workers: 0,
            ready: VecDeque::new(),
            keys: HashMap::new(),
            retries: BinaryHeap::new(),
            retried: 0,
            held: 0,
            armed_for: None,
            is_led: false,
            is_closed: false,
            given_back: Vec::new(),
            joiners: Vec::new(),
            chance: Chance::new(seed),
        }
    }

    /// How many workers there should be that are not.
    pub(super) fn lacks(&self, rules: &Rules) -> usize {
        let is_ending = rules.is_stopping || self.is_closed;
        if is_ending { 0 } else { rules.workers.saturating_sub(self.workers) }
    }

    pub(super) fn held(&self) -> usize {
        self.held
    }

    /// Whether a worker that waits for the source should look here instead.
    pub(super) fn calls(&self, rules: &Rules) -> bool {
        rules.is_stopping || !self.ready.is_empty() || self.workers > rules.workers
    }

    /// Whether anything but taking from the source can be to do.
    pub(super) fn needs_attention(&self, rules: &Rules) -> bool {
        rules.has_keys || self.is_closed || self.calls(rules)
    }

    pub(super) fn advise(&mut self, rules: &Rules, run: &mut Run<T>) -> Advice {
        if rules.is_stopping || self.workers > rules.workers {
            return Advice::Leave;
        }
        if !self.ready.is_empty() {
            self.hand_out(rules, run);
            return Advice::Work;
        }
        if self.is_closed {
            return if self.held == 0 { Advice::Leave } else { Advice::Wait };
        }
        if !rules.has_keys {
            return Advice::Take;
        }
        if self.is_led || self.held >= HELD_MAX {
            return Advice::Wait;
        }
        self.is_led = true;
        Advice::Take
    }

    /// A worker's share of what is ready.
    fn hand_out(&mut self, rules: &Rules, run: &mut Run<T>) {
        let share = self.ready.len().div_ceil(rules.workers).min(rules.batch);
        self.held -= share;
        self.ready.drain(..share).for_each(|job| run.push(job));
    }

    pub(super) fn stop_leading(&mut self) -> Vec<Waker> {
        self.is_led = false;
        self.bells.ring(1)
    }

    /// No more will come.
    pub(super) fn note_closed(&mut self) -> Vec<Waker> {
        self.is_closed = true;
        self.bells.ring(usize::MAX)
    }

    /// Takes in what the leader took: what has to wait for its key, and what is ready.
    pub(super) fn admit(&mut self, jobs: impl Iterator<Item = (u64, Job<T>)>) {
        for (key, job) in jobs {
            self.held += 1;
            match self.keys.get_mut(&key) {
                Some(waiting) => waiting.push_back(job),
                None => {
                    self.keys.insert(key, VecDeque::new());
                    self.ready.push_back(job);
                }
            }
        }
    }

    /// The item that had this key is finished: the next one may go.
    pub(super) fn release(&mut self, key: u64) {
        let Some(waiting) = self.keys.get_mut(&key) else { return };
        match waiting.pop_front() {
            Some(job) => self.ready.push_back(job),
            None => _ = self.keys.remove(&key),
        }
    }

    /// Keeps an item until it is due. Its key stays busy. Answers when a timer is to be set.
    pub(super) fn retry_at(&mut self, due: Duration, job: Job<T>) -> Option<Duration> {
        self.held += 1;
        self.retried += 1;
        self.retries.push(Retry { due, number: self.retried, job });
        let is_earliest = self.armed_for.is_none_or(|armed_for| due < armed_for);
        is_earliest.then(|| *self.armed_for.insert(due))
    }

    /// A timer that was set for `due` rings at `now`. Answers what it is to be set for next.
    pub(super) fn timer_rings(&mut self, due: Duration, now: Duration) -> Option<Duration> {
        if self.armed_for != Some(due) {
            return None; // An earlier one has taken its place.
        }
        while self.retries.peek().is_some_and(|retry| retry.due <= now) {
            self.ready.extend(self.retries.pop().map(|retry| retry.job));
        }
        self.armed_for = self.retries.peek().map(|retry| retry.due);
        self.armed_for
    }

    /// Wakes as many as there is something for, and one more: somebody has to take from the
    /// source, too, or to leave when it is over. Who leaves rouses the next.
    pub(super) fn rouse(&mut self) -> Vec<Waker> {
        self.bells.ring(self.ready.len() + 1)
    }

    /// A worker leaves. The last one wakes those who wait for that.
    pub(super) fn leave(&mut self, place: usize) -> Vec<Waker> {
        self.bells.leave(place);
        self.workers -= 1;
        if self.workers == 0 { std::mem::take(&mut self.joiners) } else { Vec::new() }
    }

    /// Everything that is here, for whoever put it. There are no workers any more.
    pub(super) fn clear_out(&mut self) -> Vec<T> {
        self.held = 0;
        let mut jobs = Vec::from_iter(self.ready.drain(..));
        jobs.extend(
            std::mem::take(&mut self.retries)
                .into_sorted_vec()
                .into_iter()
                .rev()
                .map(|retry| retry.job),
        );
        jobs.extend(self.keys.drain().flat_map(|(_, waiting)| waiting));
        let mut items = std::mem::take(&mut self.given_back);
        items.extend(jobs.into_iter().map(|job| job.item));
        items
    }
}

impl<T> Ord for Retry<T> {
    /// The greatest is the one that is due first.
    fn cmp(&self, other: &Self) -> Ordering {
        (other.due, other.number).cmp(&(self.due, self.number))
    }
}

impl<T> PartialOrd for Retry<T> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> PartialEq for Retry<T> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<T> Eq for Retry<T> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn with_keys_one_worker_at_a_time_takes() {
        let rules = |has_keys| Rules { is_stopping: false, has_keys, workers: 4, batch: 1 };
        let mut desk: Desk<u32> = Desk::new(1);
        let mut run = Run::new();
        let keyed = rules(true);
        assert_eq!(desk.advise(&keyed, &mut run), Advice::Take);
        assert_eq!(desk.advise(&keyed, &mut run), Advice::Wait);
        desk.stop_leading();
        assert_eq!(desk.advise(&keyed, &mut run), Advice::Take);
        assert_eq!(desk.advise(&rules(false), &mut run), Advice::Take);
    }
}
